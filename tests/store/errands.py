"""For every REST operation a request that is carried out: what has to be there before, the path and the body."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FulfillmentOrder, Order
from tests.store.calls import Served
from tests.store.scene import NOW, new_order

SOON = (NOW + timedelta(days=30)).isoformat()
HOOK = {"topic": "orders/create", "address": "https://hooks.acme.shop/orders"}


@dataclass(frozen=True)
class Errand:
    """What to ask for. `client`: whose errand it is; the desk's or the warehouse's."""

    path: str
    body: Any = None
    by_warehouse: bool = False


@dataclass
class Things:
    """Things of a shop, made when an errand needs them."""

    acme: Served
    count: int = 0
    made: list[int] = field(default_factory=list)

    async def variant(self) -> ProductVariant:
        """A product's only variant, stocked at the service's location and at the merchant's."""
        self.count += 1
        variant = (await self.acme.shop.product(f"SKU-{self.count}")).variants[0]
        await self.acme.shop.stock(variant, self.acme.shop.service.location_id, 10)
        self.made += [variant.id, variant.product_id, variant.inventory_item_id]
        return variant

    async def order(self) -> Order:
        order = await self.acme.shop.order((await self.variant(), 3))
        self.made += [order.id, *(each.id for each in order.fulfillment_orders)]
        return order

    async def work(self, *steps: str) -> FulfillmentOrder:
        """Work of the service's, that these steps were taken with."""
        order = await self.order()
        (one,) = order.fulfillment_orders
        for step in steps:
            client = self.acme.warehouse if step.endswith(("accept", "reject")) else self.acme.desk
            body = {"fulfillment_hold": {"reason": "other"}} if step == "hold" else {}
            done(await client.post(f"fulfillment_orders/{one.id}/{step}.json", body))
        return one

    async def scheduled(self) -> int:
        """Work that begins later."""
        command = replace(new_order((await self.variant(), 1)), fulfill_at=NOW + timedelta(days=20))
        made = await self.acme.shop.dispatch(command)
        assert isinstance(made, OrderCreated)
        (one,) = made.order.fulfillment_orders
        self.made += [made.order.id, one.id]
        return one.id

    async def parcel(self) -> tuple[int, int]:
        """The ids of an order and of a fulfillment of all its units."""
        order = await self.order()
        (one,) = order.fulfillment_orders
        group = {"fulfillment_order_id": one.id}
        body = {"fulfillment": {"line_items_by_fulfillment_order": [group], "tracking_info": {"number": "1Z"}}}
        made = done(await self.acme.desk.post("fulfillments.json", body))["fulfillment"]["id"]
        self.made.append(made)
        return order.id, made

    async def scan(self) -> str:
        """The path of a carrier event."""
        order_id, parcel = await self.parcel()
        path = f"orders/{order_id}/fulfillments/{parcel}/events"
        made = done(await self.acme.desk.post(f"{path}.json", {"event": {"status": "in_transit"}}))
        return f"{path}/{made['fulfillment_event']['id']}.json"

    async def level(self) -> dict[str, int]:
        variant = await self.variant()
        return {"inventory_item_id": variant.inventory_item_id, "location_id": self.acme.shop.service.location_id}

    async def service(self) -> int:
        """A service of the desk's own app."""
        self.count += 1
        body = {"fulfillment_service": {"name": f"Dockers {self.count}"}}
        made: int = done(await self.acme.desk.post("fulfillment_services.json", body))["fulfillment_service"]["id"]
        self.made.append(made)
        return made

    async def webhook(self) -> int:
        self.count += 1
        body = {"webhook": HOOK | {"address": f"https://hooks.acme.shop/{self.count}"}}
        made: int = done(await self.acme.desk.post("webhooks.json", body))["webhook"]["id"]
        self.made.append(made)
        return made


def done(reply: Any) -> Any:
    assert reply.status < 300, (reply.status, reply.body)
    return reply.json


async def state(acme: Served) -> object:
    """Read how many rows there are and when the last of each changed, of all that an operation changes."""
    return await acme.store.pool.fetchrow(
        """
        SELECT (SELECT max(sequence) + count(*) FROM events), (SELECT count(*) FROM stock_moves),
            (SELECT json_agg(v ORDER BY id)::text FROM variants v), (SELECT count(*) FROM products),
            (SELECT json_agg(l ORDER BY id)::text FROM inventory_levels l),
            (SELECT json_agg(f ORDER BY id)::text FROM fulfillment_services f),
            (SELECT json_agg(w ORDER BY id)::text FROM webhook_subscriptions w)
        """
    )


Preparation = Callable[[Things], Awaitable[Errand]]


def plain(path: str, body: Any = None) -> Preparation:
    async def prepare(_things: Things) -> Errand:
        return Errand(path, body)

    return prepare


def of_order(tail: str, body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(f"orders/{(await things.order()).id}{tail}", body)

    return prepare


def of_work(tail: str, *steps: str, body: Any = None, by_warehouse: bool = False) -> Preparation:
    async def prepare(things: Things) -> Errand:
        one = await things.work(*steps)
        return Errand(f"fulfillment_orders/{one.id}{tail}", body, by_warehouse)

    return prepare


def of_scheduled(tail: str, body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(f"fulfillment_orders/{await things.scheduled()}{tail}", body)

    return prepare


def of_parcel(path: str, body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        order_id, parcel = await things.parcel()
        return Errand(path.format(order=order_id, parcel=parcel), body)

    return prepare


def of_variant(path: str, body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        variant = await things.variant()
        return Errand(path.format(product=variant.product_id, variant=variant.id, item=variant.inventory_item_id), body)

    return prepare


def of_service(body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(f"fulfillment_services/{await things.service()}.json", body)

    return prepare


def of_webhook(body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(f"webhooks/{await things.webhook()}.json", body)

    return prepare


def of_level(path: str, body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        level = await things.level()
        return Errand(path, level | (body or {}))

    return prepare


async def ship(things: Things) -> Errand:
    one = await things.work()
    return Errand(
        "fulfillments.json",
        {"fulfillment": {"line_items_by_fulfillment_order": [{"fulfillment_order_id": one.id}]}},
    )


async def move(things: Things) -> Errand:
    one = await things.work()
    item, place = one.lines[0].inventory_item_id, things.acme.shop.merchant_location
    done(
        await things.acme.desk.post("inventory_levels/connect.json", {"inventory_item_id": item, "location_id": place})
    )
    return Errand(f"fulfillment_orders/{one.id}/move.json", {"fulfillment_order": {"new_location_id": place}})


async def set_deadline(things: Things) -> Errand:
    one = await things.work()
    return Errand(
        "fulfillment_orders/set_fulfillment_orders_deadline.json",
        {"fulfillment_order_ids": [one.id], "fulfillment_deadline": SOON},
    )


async def order_anew(things: Things) -> Errand:
    return Errand(
        "orders.json", {"order": {"line_items": [{"variant_id": (await things.variant()).id, "quantity": 1}]}}
    )


async def look_for_levels(things: Things) -> Errand:
    level = await things.level()
    return Errand(f"inventory_levels.json?inventory_item_ids={level['inventory_item_id']}")


async def give_up_level(things: Things) -> Errand:
    level = await things.level()
    return Errand(
        f"inventory_levels.json?inventory_item_id={level['inventory_item_id']}"
        f"&location_id={things.acme.shop.merchant_location}"
    )


async def at_the_service(things: Things) -> Errand:
    await things.variant()
    return Errand(f"locations/{things.acme.shop.service.location_id}/inventory_levels.json")


async def one_location(things: Things) -> Errand:
    return Errand(f"locations/{things.acme.shop.merchant_location}.json")


async def all_orders(things: Things) -> Errand:
    await things.order()
    return Errand("orders.json?status=any")


async def one_scan(things: Things) -> Errand:
    return Errand(await things.scan())


async def second_variant(things: Things) -> Errand:
    variant = await things.variant()
    path = f"products/{variant.product_id}/variants"
    made = done(await things.acme.desk.post(f"{path}.json", {"variant": {"option1": "Large"}}))
    return Errand(f"{path}/{made['variant']['id']}.json")


async def assigned(things: Things) -> Errand:
    await things.work()
    return Errand("assigned_fulfillment_orders.json", by_warehouse=True)


TRACKED = {"fulfillment": {"tracking_info": {"number": "1Z2"}}}
WORD = {"fulfillment_request": {"message": "m"}}
ERRANDS: Mapping[str, Preparation] = {
    "create_order": order_anew,
    "list_orders": all_orders,
    "count_orders": plain("orders/count.json"),
    "get_order": of_order(".json"),
    "update_order": of_order(".json", {"order": {"note": "handle with care"}}),
    "cancel_order": of_order("/cancel.json", {}),
    "close_order": of_order("/close.json", {}),
    "open_order": of_order("/open.json", {}),
    "delete_order": of_order(".json"),
    "list_fulfillment_orders": of_order("/fulfillment_orders.json"),
    "get_fulfillment_order": of_work(".json"),
    "list_assigned_fulfillment_orders": assigned,
    "set_fulfillment_orders_deadline": set_deadline,
    "cancel_fulfillment_order": of_work("/cancel.json", "fulfillment_request", body={}),
    "hold_fulfillment_order": of_work("/hold.json", body={"fulfillment_hold": {"reason": "other"}}),
    "release_hold": of_work("/release_hold.json", "hold", body={}),
    "move_fulfillment_order": move,
    "open_fulfillment_order": of_scheduled("/open.json", {}),
    "reschedule_fulfillment_order": of_scheduled("/reschedule.json", {"fulfillment_order": {"new_fulfill_at": SOON}}),
    "list_locations_for_move": of_work("/locations_for_move.json"),
    "submit_fulfillment_request": of_work("/fulfillment_request.json", body={}),
    "accept_fulfillment_request": of_work(
        "/fulfillment_request/accept.json", "fulfillment_request", body=WORD, by_warehouse=True
    ),
    "reject_fulfillment_request": of_work(
        "/fulfillment_request/reject.json", "fulfillment_request", body=WORD, by_warehouse=True
    ),
    "submit_cancellation_request": of_work(
        "/cancellation_request.json", "fulfillment_request", "fulfillment_request/accept", body={}
    ),
    "accept_cancellation_request": of_work(
        "/cancellation_request/accept.json",
        "fulfillment_request",
        "fulfillment_request/accept",
        "cancellation_request",
        body={},
        by_warehouse=True,
    ),
    "reject_cancellation_request": of_work(
        "/cancellation_request/reject.json",
        "fulfillment_request",
        "fulfillment_request/accept",
        "cancellation_request",
        body={},
        by_warehouse=True,
    ),
    "close_fulfillment_order": of_work(
        "/close.json", "fulfillment_request", "fulfillment_request/accept", body={}, by_warehouse=True
    ),
    "create_fulfillment": ship,
    "list_fulfillments": of_parcel("orders/{order}/fulfillments.json"),
    "list_fulfillments_of_fulfillment_order": of_work("/fulfillments.json"),
    "count_fulfillments": of_parcel("orders/{order}/fulfillments/count.json"),
    "get_fulfillment": of_parcel("orders/{order}/fulfillments/{parcel}.json"),
    "update_tracking": of_parcel("fulfillments/{parcel}/update_tracking.json", TRACKED),
    "cancel_fulfillment": of_parcel("fulfillments/{parcel}/cancel.json", {}),
    "cancel_fulfillment_of_order": of_parcel("orders/{order}/fulfillments/{parcel}/cancel.json", {}),
    "list_fulfillment_events": of_parcel("orders/{order}/fulfillments/{parcel}/events.json"),
    "create_fulfillment_event": of_parcel(
        "orders/{order}/fulfillments/{parcel}/events.json", {"event": {"status": "delivered"}}
    ),
    "get_fulfillment_event": one_scan,
    "delete_fulfillment_event": one_scan,
    "create_fulfillment_service": plain("fulfillment_services.json", {"fulfillment_service": {"name": "Mars"}}),
    "list_fulfillment_services": plain("fulfillment_services.json?scope=all"),
    "get_fulfillment_service": of_service(),
    "update_fulfillment_service": of_service({"fulfillment_service": {"tracking_support": True}}),
    "delete_fulfillment_service": of_service(),
    "list_locations": plain("locations.json"),
    "count_locations": plain("locations/count.json"),
    "get_location": one_location,
    "create_product": plain("products.json", {"product": {"title": "Mug"}}),
    "list_products": plain("products.json"),
    "count_products": plain("products/count.json"),
    "get_product": of_variant("products/{product}.json"),
    "update_product": of_variant("products/{product}.json", {"product": {"vendor": "Acme"}}),
    "delete_product": of_variant("products/{product}.json"),
    "get_variant": of_variant("variants/{variant}.json"),
    "update_variant": of_variant("variants/{variant}.json", {"variant": {"barcode": "123"}}),
    "get_variant_of_product": of_variant("products/{product}/variants/{variant}.json"),
    "update_variant_of_product": of_variant(
        "products/{product}/variants/{variant}.json", {"variant": {"barcode": "123"}}
    ),
    "list_variants": of_variant("products/{product}/variants.json"),
    "count_variants": of_variant("products/{product}/variants/count.json"),
    "create_variant": of_variant("products/{product}/variants.json", {"variant": {"option1": "Large"}}),
    "delete_variant": second_variant,
    "list_inventory_items": of_variant("inventory_items.json?ids={item}"),
    "get_inventory_item": of_variant("inventory_items/{item}.json"),
    "update_inventory_item": of_variant("inventory_items/{item}.json", {"inventory_item": {"cost": "2.50"}}),
    "list_inventory_levels": look_for_levels,
    "list_inventory_levels_of_location": at_the_service,
    "set_inventory_level": of_level("inventory_levels/set.json", {"available": 5}),
    "adjust_inventory_level": of_level("inventory_levels/adjust.json", {"available_adjustment": 5}),
    "connect_inventory_level": of_level("inventory_levels/connect.json"),
    "delete_inventory_level": give_up_level,
    "create_webhook_subscription": plain("webhooks.json", {"webhook": HOOK}),
    "list_webhook_subscriptions": plain("webhooks.json"),
    "count_webhook_subscriptions": plain("webhooks/count.json"),
    "get_webhook_subscription": of_webhook(),
    "update_webhook_subscription": of_webhook({"webhook": {"address": "https://hooks.acme.shop/else"}}),
    "delete_webhook_subscription": of_webhook(),
    "get_shop": plain("shop.json"),
    "list_access_scopes": plain("/admin/oauth/access_scopes.json"),
}
