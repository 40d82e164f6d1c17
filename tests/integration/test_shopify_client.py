"""The client that Shopify's own developers use, as it comes from PyPI, against a sandbox."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyactiveresource.connection
import pytest
import shopify

from tests.integration.sandboxes import sandbox

VERSION = "2026-07"


@contextmanager
def session(details: Mapping[str, Any]) -> Iterator[None]:
    """Point the client at the sandbox by its own settings.

    It takes the first label of a shop's address and adds the domain that it was set up with: `127` and `0.0.1`.
    """
    usual = {name: getattr(shopify.Session, name) for name in ("protocol", "myshopify_domain", "port")}
    where = urlsplit(details["store_url"])
    label, _, domain = str(where.hostname).partition(".")
    shopify.Session.setup(protocol=where.scheme, myshopify_domain=domain, port=where.port)
    shopify.ApiVersion.define_version(shopify.Release(VERSION))
    shopify.ShopifyResource.activate_session(shopify.Session(label, VERSION, details["admin_token"]))
    try:
        yield
    finally:
        shopify.ShopifyResource.clear_session()
        shopify.Session.setup(**usual)


def orders_and_parcels(details: Mapping[str, Any]) -> None:
    with session(details):
        shop = shopify.Shop.current()
        assert shop.domain == details["shop_domain"]
        (location,) = shopify.Location.find()

        product = shopify.Product.create(
            {"title": "Mug", "variants": [{"sku": "MUG", "price": "12.50", "inventory_management": "shopify"}]}
        )
        assert product.errors.full_messages() == []
        (variant,) = product.variants
        level = shopify.InventoryLevel.set(location.id, variant.inventory_item_id, 10)
        assert level.available == 10

        order = shopify.Order.create(
            {
                "line_items": [{"variant_id": variant.id, "quantity": 3}],
                "email": "ada@example.com",
                "financial_status": "paid",
                "inventory_behaviour": "decrement_obeying_policy",
            }
        )
        assert order.errors.full_messages() == []
        assert order.name == "#1001"

        (work,) = shopify.FulfillmentOrders.find(order_id=order.id)
        assert (work.status, work.request_status) == ("open", "unsubmitted")
        (line,) = work.line_items
        assert (line.quantity, line.fulfillable_quantity) == (3, 3)

        parcel = shopify.FulfillmentV2.create(
            {
                "line_items_by_fulfillment_order": [
                    {
                        "fulfillment_order_id": work.id,
                        "fulfillment_order_line_items": [{"id": line.id, "quantity": 2}],
                    }
                ],
                "tracking_info": {"number": "1Z999AA10123456784", "company": "UPS"},
            }
        )
        assert parcel.errors.full_messages() == []
        assert (parcel.status, parcel.tracking_number, parcel.name) == ("success", "1Z999AA10123456784", "#1001.1")
        rest = shopify.FulfillmentV2.create({"line_items_by_fulfillment_order": [{"fulfillment_order_id": work.id}]})
        assert rest.name == "#1001.2"

        (work,) = shopify.FulfillmentOrders.find(order_id=order.id)
        assert work.status == "closed"
        order = shopify.Order.find(order.id)
        assert order.fulfillment_status == "fulfilled"
        assert [each.id for each in shopify.Fulfillment.find(order_id=order.id)] == [parcel.id, rest.id]
        assert shopify.InventoryLevel.find(inventory_item_ids=variant.inventory_item_id)[0].available == 7


def refusals(details: Mapping[str, Any]) -> None:
    with session(details):
        with pytest.raises(pyactiveresource.connection.ResourceNotFound):
            shopify.Order.find(1)
        order = shopify.Order.create({"line_items": []})
        assert order.errors.full_messages() != []
        parcel = shopify.FulfillmentV2.create({"line_items_by_fulfillment_order": [{"fulfillment_order_id": 1}]})
        assert parcel.errors.full_messages() != []


def services(details: Mapping[str, Any]) -> None:
    with session(details):
        service = shopify.FulfillmentService.create(
            {
                "name": "Dockers",
                "callback_url": "http://127.0.0.1:1025/callbacks",
                "inventory_management": False,
                "tracking_support": False,
                "requires_shipping_method": True,
                "format": "json",
            }
        )
        assert service.errors.full_messages() == []
        assert service.handle == "dockers"
        assert service.location_id in {each.id for each in shopify.Location.find()}
        assert [each.id for each in shopify.FulfillmentService.find(scope="current_client")] == [service.id]
        scopes = {each.handle for each in shopify.AccessScope.find()}
        assert {"write_orders", "write_assigned_fulfillment_orders"} <= scopes


async def test_the_unmodified_client_works_with_a_sandbox(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "--empty") as box:
        await asyncio.to_thread(orders_and_parcels, box.details)
        await asyncio.to_thread(services, box.details)
        await asyncio.to_thread(refusals, box.details)
