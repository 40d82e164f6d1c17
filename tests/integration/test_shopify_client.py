"""The client that Shopify's own developers use for Python, as it comes from PyPI, against a sandbox."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyactiveresource.connection
import pytest
import shopify

from tests.integration.sandboxes import sandbox

VERSION = "2026-07"
CALLBACKS = "http://127.0.0.1:1025/callbacks"


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


def made(resource: Any) -> Any:
    """Return what was saved, having looked that nothing is wrong with it."""
    assert resource.errors.full_messages() == []
    assert resource.id
    return resource


def saved(resource: Any, **changes: object) -> Any:
    """Change what was read, and send all of it back, as the client does."""
    for name, value in changes.items():
        setattr(resource, name, value)
    assert resource.save(), resource.errors.full_messages()
    resource.reload()
    assert {name: getattr(resource, name) for name in changes} == changes
    return resource


def mug(sku: str = "MUG", units: int = 10) -> Any:
    """Make a product, put units of it on the shop's shelf, and return its variant."""
    variant = {"sku": sku, "price": "12.50", "inventory_management": "shopify"}
    (variant,) = made(shopify.Product.create({"title": "Mug", "variants": [variant]})).variants
    shopify.InventoryLevel.set(shelf().id, variant.inventory_item_id, units)
    return variant


def shelf() -> Any:
    return next(each for each in shopify.Location.find() if not each.legacy)


def ordered(variant: Any, quantity: int = 3) -> Any:
    line = {"variant_id": variant.id, "quantity": quantity}
    order = {"line_items": [line], "email": "ada@example.com", "financial_status": "paid"}
    return made(shopify.Order.create({**order, "inventory_behaviour": "decrement_obeying_policy"}))


def shipped(order: Any, **more: object) -> Any:
    (work,) = shopify.FulfillmentOrders.find(order_id=order.id)
    what = {"line_items_by_fulfillment_order": [{"fulfillment_order_id": work.id}], **more}
    return made(shopify.FulfillmentV2.create(what))


def orders_and_parcels(details: Mapping[str, Any]) -> None:
    shop = shopify.Shop.current()
    assert shop.domain == details["shop_domain"]
    variant = mug()
    order = ordered(variant)
    assert order.name == "#1001"

    (work,) = shopify.FulfillmentOrders.find(order_id=order.id)
    assert (work.status, work.request_status) == ("open", "unsubmitted")
    (line,) = work.line_items
    assert (line.quantity, line.fulfillable_quantity) == (3, 3)

    part = {"fulfillment_order_id": work.id, "fulfillment_order_line_items": [{"id": line.id, "quantity": 2}]}
    tracking = {"number": "1Z999AA10123456784", "company": "UPS"}
    parcel = made(shopify.FulfillmentV2.create({"line_items_by_fulfillment_order": [part], "tracking_info": tracking}))
    assert (parcel.status, parcel.tracking_number, parcel.name) == ("success", "1Z999AA10123456784", "#1001.1")
    rest = shipped(order)
    assert rest.name == "#1001.2"

    (work,) = shopify.FulfillmentOrders.find(order_id=order.id)
    assert work.status == "closed"
    assert shopify.Order.find(order.id).fulfillment_status == "fulfilled"
    assert [each.id for each in shopify.Fulfillment.find(order_id=order.id)] == [parcel.id, rest.id]
    assert shopify.InventoryLevel.find(inventory_item_ids=variant.inventory_item_id)[0].available == 7


def tracking(_: Mapping[str, Any]) -> None:
    order = ordered(mug())
    parcel = shipped(order, tracking_info={"number": "1", "company": "UPS"})
    assert json.loads(parcel.update_tracking({"number": "2", "company": "DHL"}, False).body)["fulfillment"]
    found = shopify.Fulfillment.find(parcel.id, order_id=order.id)
    assert (found.tracking_number, found.tracking_company) == ("2", "DHL")
    found.update_tracking({"number": "3", "company": "DHL"}, True)
    assert found.tracking_number == "3"
    assert shopify.Fulfillment.count(order_id=order.id) == 1

    scan = {"order_id": order.id, "fulfillment_id": parcel.id}
    event = made(shopify.FulfillmentEvent.create({"status": "in_transit", **scan}))
    assert [each.id for each in shopify.FulfillmentEvent.find(**scan)] == [event.id]
    assert shopify.Fulfillment.find(parcel.id, order_id=order.id).shipment_status == "in_transit"
    shopify.FulfillmentEvent.find(event.id, **scan).destroy()
    assert list(shopify.FulfillmentEvent.find(**scan)) == []

    for given_up in (
        found.complete,
        found.open,
        found.save,
        lambda: shopify.Fulfillment.create({"order_id": order.id}),
    ):
        with pytest.raises(pyactiveresource.connection.ClientError) as refused:
            given_up()
        assert (refused.value.code, refused.value.response.body) == (406, b"")
    found.cancel()
    assert found.status == "cancelled"


def orders(_: Mapping[str, Any]) -> None:
    order = ordered(mug(units=30))
    saved(order, note="handle with care", tags="fragile, gift", email="grace@example.com")
    order.close()
    assert order.closed_at
    order.open()
    assert order.closed_at is None
    order.cancel()
    assert (order.cancel_reason, bool(order.cancelled_at)) == ("other", True)
    with pytest.raises(pyactiveresource.connection.ResourceInvalid):
        order.cancel()
    assert shopify.Order.count(status="cancelled") == 1
    order.destroy()
    assert not shopify.Order.exists(order.id)
    other = ordered(mug("OTHER", 30))
    other.cancel(reason="inventory", email=False, restock=True)
    assert other.cancel_reason == "inventory"
    other = ordered(mug("ANOTHER", 30))
    answer = other.post("cancel", json.dumps({"reason": "customer", "email": False}).encode())
    assert json.loads(answer.body)["order"]["cancel_reason"] == "customer"


def pages(_: Mapping[str, Any]) -> None:
    """Both ways through a list, one page after the other."""
    variant = mug(units=30)
    ids = [ordered(variant, 1).id for _ in range(5)]
    first = shopify.Order.find(limit=2, since_id=ids[0] - 1, fields="id,name")
    assert ([each.id for each in first], first.has_previous_page()) == (ids[:2], False)
    assert set(first[0].attributes) == {"id", "name"}
    second = first.next_page()
    assert [each.id for each in second] == ids[2:4]
    assert [each.id for each in second.next_page()] == ids[4:]
    assert not second.next_page().has_next_page()
    assert [each.id for each in second.previous_page()] == ids[:2]
    again = shopify.PaginatedIterator(shopify.Order.find(limit=2, since_id=ids[0] - 1))
    assert [each.id for page in again for each in page] == ids
    assert [each.id for each in shopify.Order.find(ids=",".join(map(str, ids[:2])))] == ids[1::-1]
    assert shopify.Order.count(created_at_min="2020-01-01") >= 5


def catalogue(_: Mapping[str, Any]) -> None:
    variant = mug()
    product = shopify.Product.find()[-1]
    assert [each.id for each in product.variants] == [variant.id]
    assert (product.price_range(), shopify.Product.exists(product.id)) == ("12.50", True)
    saved(product, title="Cup", vendor="Acme")
    blue = shopify.Variant({"option1": "Blue", "sku": "MUG-BLUE", "price": "9.00"})
    assert product.add_variant(blue), blue.errors.full_messages()
    product.reload()
    assert product.price_range() == "9.00 - 12.50"
    assert shopify.Variant.count(product_id=product.id) == 2
    assert [each.sku for each in shopify.Variant.find(product_id=product.id)] == ["MUG", "MUG-BLUE"]
    found = saved(shopify.Variant.find(variant.id), price="13.00", barcode="0123456789012")
    saved(found, price="13.50")
    shopify.Variant.find(product_id=product.id)[1].destroy()
    assert shopify.Variant.count(product_id=product.id) == 1
    assert shopify.Product.count() == len(shopify.Product.find())
    product.destroy()
    assert not shopify.Product.exists(product.id)


def stock(_: Mapping[str, Any]) -> None:
    variant = mug(units=10)
    item = shopify.InventoryItem.find(variant.inventory_item_id)
    assert [each.id for each in shopify.InventoryItem.find(ids=str(item.id))] == [item.id]
    saved(item, cost="3.00", country_code_of_origin="PT", harmonized_system_code="691110")
    here = shelf()
    assert shopify.InventoryLevel.adjust(here.id, item.id, -2).available == 8
    there = made(shopify.FulfillmentService.create({"name": "Stockers", "callback_url": CALLBACKS})).location_id
    assert shopify.InventoryLevel.connect(there, item.id).available == 0
    assert shopify.InventoryLevel.set(there, item.id, 4, disconnect_if_necessary=True).available == 4
    levels = shopify.InventoryLevel.find(inventory_item_ids=item.id, location_ids=f"{here.id},{there}")
    assert {each.location_id: each.available for each in levels} == {here.id: 8, there: 4}
    (level,) = shopify.InventoryLevel.find(location_ids=there)
    level.destroy()
    assert list(shopify.InventoryLevel.find(location_ids=there)) == []
    assert item.id in {each.inventory_item_id for each in here.inventory_levels()}
    assert shopify.Location.find(here.id).name == here.name
    assert shopify.Location.count() == len(shopify.Location.find())


def services(_: Mapping[str, Any]) -> None:
    kind = {
        "inventory_management": False,
        "tracking_support": False,
        "requires_shipping_method": True,
        "format": "json",
    }
    service = made(shopify.FulfillmentService.create({"name": "Dockers", "callback_url": CALLBACKS, **kind}))
    assert service.handle == "dockers"
    assert service.location_id in {each.id for each in shopify.Location.find()}
    saved(service, name="Dock Two", tracking_support=True)
    assert (service.handle, service.format) == ("dockers", "json")
    for scope in ("current_client", "all"):
        assert service.id in {each.id for each in shopify.FulfillmentService.find(scope=scope)}
    twice = shopify.FulfillmentService.create({"name": "Dock Two", "callback_url": CALLBACKS})
    assert twice.errors.full_messages() == ["name has already been taken"]
    service.destroy()
    assert not shopify.FulfillmentService.exists(service.id)


def webhooks(_: Mapping[str, Any]) -> None:
    where = {"address": "https://app.example/hooks", "format": "json"}
    webhook = made(shopify.Webhook.create({"topic": "orders/create", **where}))
    saved(webhook, address="https://app.example/elsewhere")
    assert (webhook.format, shopify.Webhook.count(topic="orders/create")) == ("json", 1)
    assert [each.id for each in shopify.Webhook.find(topic="orders/create")] == [webhook.id]
    unknown = shopify.Webhook.create({"topic": "orders/eaten", **where})
    assert unknown.errors.full_messages()[0].startswith("topic Invalid topic specified: orders/eaten.")
    webhook.destroy()
    assert shopify.Webhook.count() == 0


def scopes_and_limits(_: Mapping[str, Any]) -> None:
    assert {"write_orders", "write_assigned_fulfillment_orders"} <= {each.handle for each in shopify.AccessScope.find()}
    shopify.Shop.current()
    assert shopify.Limits.credit_limit() == 40
    assert shopify.Limits.credit_left() == 40 - shopify.Limits.credit_used()
    assert not shopify.Limits.credit_maxed()


def graphql(details: Mapping[str, Any]) -> None:
    def asked(query: str, **more: object) -> Any:
        return json.loads(shopify.GraphQL().execute(query, **more))

    two = """
        query Shops { shop { myshopifyDomain } }
        query Locations($first: Int!) { locations(first: $first) { nodes { name } } }
    """
    answer = asked(two, variables={"first": 1}, operation_name="Locations")
    assert answer["data"] == {"locations": {"nodes": [{"name": "Shop location"}]}}
    assert answer["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] > 0
    assert asked(two, operation_name="Shops")["data"]["shop"]["myshopifyDomain"] == details["shop_domain"]
    (wrong,) = asked("{ shop { noSuchField } }")["errors"]
    assert wrong["extensions"]["code"] == "undefinedField"
    cancelled = 'mutation { fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { userErrors { field message } } }'
    assert asked(cancelled)["data"]["fulfillmentCancel"]["userErrors"][0]["message"]


def refusals(_: Mapping[str, Any]) -> None:
    for absent in (shopify.Order, shopify.Product, shopify.Variant, shopify.Location, shopify.Webhook):
        assert not absent.exists(1)
        with pytest.raises(pyactiveresource.connection.ResourceNotFound):
            absent.find(1)
    assert shopify.Order.create({"line_items": []}).errors.full_messages() != []
    parcel = shopify.FulfillmentV2.create({"line_items_by_fulfillment_order": [{"fulfillment_order_id": 1}]})
    assert parcel.errors.full_messages() != []
    assert shopify.Product.create({"title": ""}).errors.full_messages() == ["title can't be blank"]
    with pytest.raises(pyactiveresource.connection.ResourceInvalid):
        shopify.InventoryLevel.find()


def what_is_no_part_of_fulfillment(_: Mapping[str, Any]) -> None:
    """Metafields, payments, events of the shop: nothing stands there, and the client hears so."""
    shop, order = shopify.Shop.current(), ordered(mug())
    for elsewhere in (shop.metafields, shop.events, order.transactions, order.capture, order.metafields, order.events):
        with pytest.raises(pyactiveresource.connection.ResourceNotFound):
            elsewhere()


def uninstalled(_: Mapping[str, Any]) -> None:
    shopify.ApiPermission.delete()
    with pytest.raises(pyactiveresource.connection.UnauthorizedAccess):
        shopify.Shop.current()


JOURNEYS: tuple[Callable[[Mapping[str, Any]], None], ...] = (
    orders_and_parcels,
    tracking,
    orders,
    pages,
    catalogue,
    stock,
    services,
    webhooks,
    scopes_and_limits,
    graphql,
    refusals,
    what_is_no_part_of_fulfillment,
    uninstalled,
)


def run(journey: Callable[[Mapping[str, Any]], None], details: Mapping[str, Any]) -> None:
    with session(details):
        journey(details)


async def test_the_unmodified_client_works_with_a_sandbox(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "--empty") as box:
        for journey in JOURNEYS:
            await asyncio.to_thread(run, journey, box.details)
