"""What stands in a shop before an example is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.ids import gid, level_gid
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import StockClaim
from crossdock.store.setup import create_location
from tests.store.calls import Client, Served
from tests.store.graphql_examples.example import Names, Setting
from tests.store.scene import NOW, new_order

# Who answers a request for work, and the only one who may close it.
OF_THE_SERVICE = ("/accept", "/reject", "close")
REQUESTED = ("fulfillment_request",)
ACCEPTED = (*REQUESTED, "fulfillment_request/accept")
ASKED_TO_STOP = (*ACCEPTED, "cancellation_request")


def article(*, at_service: bool = False) -> Setting:
    """A variant with a hundred units at the merchant's location, or at the service's."""

    async def make(acme: Served) -> Names:
        place, variant = await _stocked(acme, "TEE", at_service)
        level = await acme.store.pool.fetchval(
            "SELECT id FROM inventory_levels WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3",
            acme.shop.shop_id,
            variant.inventory_item_id,
            place,
        )
        return _names_of(variant) | {"level": level_gid(level, inventory_item_id=variant.inventory_item_id)}

    return make


async def priced_variant(acme: Served) -> Names:
    """A variant of which all is said."""
    named = await article()(acme)
    said = {"sku": "RED", "barcode": "1111111111111", "price": "24.00", "taxable": True, "requires_shipping": True}
    number = int(named["variant"].rpartition("/")[2])
    reply = await acme.desk.call("PUT", f"variants/{number}.json", {"variant": {"id": number, **said}})
    assert reply.status == 200, reply.body
    return named


def ordered(*units: int, at_service: bool = False, steps: Sequence[str] = (), also: int = 0) -> Setting:
    """An order with a line of so many units each, and its work, with which these steps were taken.

    `also`: another order of so many units, whose names end in 2.
    """

    async def make(acme: Served) -> Names:
        named = await _ordered(acme, units, at_service)
        for step in steps:
            client = acme.warehouse if step.endswith(OF_THE_SERVICE) else acme.desk
            body = {"fulfillment_hold": {"reason": "other"}} if step == "hold" else {}
            await done(client, f"fulfillment_orders/{named['work_number']}/{step}.json", body)
        if also:
            named |= {f"{name}2": value for name, value in (await _ordered(acme, (also,), at_service)).items()}
        return named

    return make


def shipped(units: int, of: int, *, at_service: bool = False, steps: Sequence[str] = ()) -> Setting:
    """An order of which so many units were shipped, as one parcel."""

    async def make(acme: Served) -> Names:
        named = await ordered(of, at_service=at_service, steps=steps)(acme)
        lines = [{"id": int(named["line"].rpartition("/")[2]), "quantity": units}]
        group = {"fulfillment_order_id": int(named["work_number"]), "fulfillment_order_line_items": lines}
        body = {"fulfillment": {"line_items_by_fulfillment_order": [group], "tracking_info": {"number": "1Z"}}}
        made = await done(acme.desk, "fulfillments.json", body)
        return named | {"parcel": gid("Fulfillment", made["fulfillment"]["id"])}

    return make


def closed(units: int) -> Setting:
    """An order that was put away."""

    async def make(acme: Served) -> Names:
        named = await ordered(units)(acme)
        await done(acme.desk, f"orders/{named['order_number']}/close.json", {})
        return named

    return make


async def scheduled(acme: Served) -> Names:
    """Work that begins in twenty days."""
    _, variant = await _stocked(acme, "TEE", at_service=False)
    made = await acme.shop.dispatch(replace(new_order((variant, 1)), fulfill_at=NOW + timedelta(days=20)))
    assert isinstance(made, OrderCreated)
    return {"work": gid("FulfillmentOrder", made.order.fulfillment_orders[0].id)}


async def annex(acme: Served) -> Names:
    """A second location of the merchant's."""
    return {"annex": gid("Location", await create_location(acme.store.pool, NOW, acme.shop.shop_id, name="Annex"))}


def movable(units: int) -> Setting:
    """Work whose item is also stocked at a second location of the merchant's."""

    async def make(acme: Served) -> Names:
        named = await both(ordered(units), annex)(acme)
        level = {"inventory_item_id": named["item"], "location_id": named["annex"], "available": 9}
        body = {name: int(str(value).rpartition("/")[2]) for name, value in level.items()}
        await done(acme.desk, "inventory_levels/set.json", body)
        return named

    return make


def parted(units: int, taken: int) -> Setting:
    """Work of which so many units were split off; `sibling` has them."""

    async def make(acme: Served) -> Names:
        named = await ordered(units)(acme)
        document = """mutation($splits: [FulfillmentOrderSplitInput!]!) {
          fulfillmentOrderSplit(fulfillmentOrderSplits: $splits) {
            fulfillmentOrderSplits { remainingFulfillmentOrder { id lineItems(first: 1) { nodes { id } } } }
          }
        }"""
        lines = [{"id": named["line"], "quantity": taken}]
        split = {"fulfillmentOrderId": named["work"], "fulfillmentOrderLineItems": lines}
        said = await done(acme.desk, "graphql.json", {"query": document, "variables": {"splits": [split]}})
        (made,) = said["data"]["fulfillmentOrderSplit"]["fulfillmentOrderSplits"]
        rest = made["remainingFulfillmentOrder"]
        return named | {"sibling": rest["id"], "sibling_line": rest["lineItems"]["nodes"][0]["id"]}

    return make


def subscribed(*topics: str) -> Setting:
    """Subscriptions of the desk's, in this order."""

    async def make(acme: Served) -> Names:
        named = {}
        for number, topic in enumerate(topics, 1):
            hook = {"topic": topic, "address": f"https://hooks.acme.shop/{number}"}
            made = await done(acme.desk, "webhooks.json", {"webhook": hook})
            named[f"hook{number}"] = gid("WebhookSubscription", made["webhook"]["id"])
        return named

    return make


async def own_service(acme: Served) -> Names:
    """A service of the desk's own app, that nothing lies at."""
    made = await done(acme.desk, "fulfillment_services.json", {"fulfillment_service": {"name": "Dockers"}})
    number, place = (made["fulfillment_service"][name] for name in ("id", "location_id"))
    plain = gid("FulfillmentService", number)
    return {"own": f"{plain}?id=true", "own_plain": plain, "own_place": gid("Location", place)}


def both(*settings: Setting) -> Setting:
    """One setting after the other, in the same shop."""

    async def make(acme: Served) -> Names:
        named: Names = {}
        for setting in settings:
            named |= await setting(acme)
        return named

    return make


async def done(client: Client, path: str, body: Json) -> Any:
    """Send a REST write that must be carried out, and return its answer."""
    reply = await client.post(path, body)
    assert reply.status < 300, (path, reply.status, reply.body)
    return reply.json


async def _stocked(acme: Served, sku: str, at_service: bool) -> tuple[int, ProductVariant]:
    place = acme.shop.service.location_id if at_service else acme.shop.merchant_location
    product = await acme.shop.product(sku, managed_by=acme.shop.service.handle if at_service else "shopify")
    await acme.shop.stock(product.variants[0], place, 100)
    return place, product.variants[0]


async def _ordered(acme: Served, units: Sequence[int], at_service: bool) -> Names:
    variants = [(await _stocked(acme, f"SKU-{number}", at_service))[1] for number, _ in enumerate(units)]
    made = await acme.shop.order(*zip(variants, units, strict=True), claim=StockClaim.IGNORING_POLICY)
    (work,) = made.fulfillment_orders
    return _names_of(variants[0]) | {
        "order": gid("Order", made.id),
        "order_name": made.name,
        "order_number": str(made.id),
        "order_line": gid("LineItem", made.lines[0].id),
        "work": gid("FulfillmentOrder", work.id),
        "work_number": str(work.id),
        "line": gid("FulfillmentOrderLineItem", work.lines[0].id),
    }


def _names_of(variant: ProductVariant) -> Names:
    return {
        "product": gid("Product", variant.product_id),
        "variant": gid("ProductVariant", variant.id),
        "item": gid("InventoryItem", variant.inventory_item_id),
    }
