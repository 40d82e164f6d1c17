"""For every operation of 29 Next's Admin API a request that is carried out: what has to happen before, path and body.

All that has to happen before is done over the same API, so that errands can be run against any server of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.store.calls import Reply

BO = {
    "first_name": "Bo",
    "last_name": "Ek",
    "line1": "Storgatan 1",
    "line4": "Lund",
    "postcode": "223 50",
    "country": "SE",
}
PLACE = {"line1": "Hamngatan 2", "line4": "Lund", "postcode": "223 50", "country": "SE"}
PARCEL = {"carrier": "usps", "tracking_code": "94001", "tracking_link": "https://tracks.example/94001"}
# Steps that the warehouse takes; the order desk takes the others.
BY_WAREHOUSE = ("accept", "reject")


class Caller(Protocol):
    """Calls the API as one app; paths are relative to its base."""

    async def call(self, method: str, path: str, body: object = None) -> Reply: ...


@dataclass(frozen=True)
class Errand:
    """What to ask for. `parameters`: those of the path, by the names of the row; `by_warehouse`: whose errand it is."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    by_warehouse: bool = False


@dataclass
class Things:
    """Things of a shop, made when an errand needs them. `client_id`: the order desk's app."""

    desk: Caller
    warehouse: Caller
    client_id: str
    run: str = ""
    count: int = 0
    docks: tuple[int, ...] = ()
    made: set[int] = field(default_factory=set)

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.run}{self.count}"

    async def did(self, caller: Caller, method: str, path: str, body: Any = None) -> Any:
        reply = await caller.call(method, path, body)
        assert reply.status < 300, (method, path, reply.status, reply.body)
        return reply.json if reply.body else None

    async def ask(self, path: str, body: Any = None) -> Any:
        return await self.did(self.desk, "POST", path, {} if body is None else body)

    def noted(self, *ids: int) -> None:
        self.made.update(ids)

    async def place(self) -> int:
        """A location of the warehouse's, with nothing in it."""
        body = {"name": self.name("Dock"), "address": PLACE}
        made: int = (await self.did(self.warehouse, "POST", "locations/", body))["id"]
        self.noted(made)
        return made

    async def places(self) -> tuple[int, ...]:
        """The warehouse's two docks, where all that is sold lies."""
        if not self.docks:
            self.docks = (await self.place(), await self.place())
        return self.docks

    def shelves(self, docks: tuple[int, ...]) -> list[dict[str, int]]:
        return [{"location_id": dock, "num_in_stock": 1000, "low_stock_threshold": 2} for dock in docks]

    async def product(self, **fields: Any) -> dict[str, Any]:
        """A product with one variant, which lies at both docks."""
        shelves = self.shelves(await self.places())
        variant = {"sku": self.name("SKU"), "prices": [{"currency": "USD", "price": "12.50"}], "stockrecords": shelves}
        made: dict[str, Any] = await self.ask("products/", {"title": self.name("Mug"), "variants": [variant], **fields})
        self.noted(made["id"], made["variants"][0]["id"])
        return made

    async def variant(self, **fields: Any) -> int:
        id: int = (await self.product(**fields))["variants"][0]["id"]
        return id

    async def order_body(self) -> dict[str, Any]:
        lines = [{"product_id": await self.variant(), "quantity": 3, "price": "10.00"}]
        user = {"email": "bo@example.com", "first_name": "Bo", "last_name": "Ek", "id": None}
        return {"lines": lines, "shipping_address": BO, "payment_method": "external", "user": user, "currency": "USD"}

    async def order(self, **fields: Any) -> str:
        """The number of a paid order for three of one thing, which go from the first dock."""
        made = await self.ask("orders/", {**await self.order_body(), **fields})
        number: str = made["number"]
        return number

    async def of_order(self, number: str) -> dict[str, Any]:
        (work,) = await self.did(self.desk, "GET", f"orders/{number}/fulfillment-orders/")
        self.noted(work["id"], *(line["id"] for line in work["line_items"]))
        found: dict[str, Any] = work
        return found

    async def work(self, *steps: str) -> dict[str, Any]:
        """A fulfillment order that these steps were taken with, as it was before them."""
        work = await self.of_order(await self.order())
        for step in steps:
            caller = self.warehouse if step.endswith(BY_WAREHOUSE) else self.desk
            body = {"reason": "other"} if step == "hold" else {}
            await self.did(caller, "POST", f"fulfillment-orders/{work['id']}/{step}/", body)
        return work

    async def parcel(self) -> tuple[str, int]:
        """An order's number, and its fulfillment."""
        work = await self.work("fulfillment-request", "fulfillment-request/accept")
        path = f"fulfillment-orders/{work['id']}/fulfillments/"
        made = await self.did(self.warehouse, "POST", path, {"tracking_info": [PARCEL]})
        self.noted(made["id"])
        return work["order_number"], made["id"]

    async def record(self) -> int:
        """A stock record of a variant at the first dock."""
        (sku,) = [each["sku"] for each in (await self.product())["variants"]]
        found = await self.did(self.desk, "GET", f"stockrecords/?sku={sku}")
        self.noted(*(each["id"] for each in found["results"]))
        dock = (await self.places())[0]
        id: int = next(each["id"] for each in found["results"] if each["location"]["id"] == dock)
        return id

    async def webhook(self) -> int:
        made: int = (await self.ask("webhooks/", await self.hook()))["id"]
        self.noted(made)
        return made

    async def hook(self) -> dict[str, Any]:
        """What a webhook is made of. Of those that were made before, not more are left than an app may have."""
        listed = await self.did(self.desk, "GET", "webhooks/")
        for each in listed["results"] if len(listed["results"]) > 30 else ():
            await self.did(self.desk, "DELETE", f"webhooks/{each['id']}/")
        target = f"https://hooks.acme.shop/{self.name('hook')}"
        return {"events": ["order.created", "order.updated"], "target": target, "api_version": "2024-04-01"}


Preparation = Callable[[Things], Awaitable[Errand]]


def plain(body: Any = None, *, warehouse: bool = False) -> Preparation:
    async def prepare(_things: Things) -> Errand:
        return Errand(body=body, by_warehouse=warehouse)

    return prepare


def worked(*steps: str, body: Any = None, warehouse: bool = False, lines: bool = False) -> Preparation:
    """Ask for something to be done with work that these steps were taken with; `lines`: with one unit of it."""

    async def prepare(things: Things) -> Errand:
        work = await things.work(*steps)
        named = {"fulfillment_order_line_items": [{"id": line["id"], "quantity": 1} for line in work["line_items"]]}
        return Errand({"id": str(work["id"])}, {**body, **named} if lines else body, warehouse)

    return prepare


def with_id(make: Callable[[Things], Awaitable[int]], body: Any = None, *, warehouse: bool = False) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand({"id": str(await make(things))}, body, warehouse)

    return prepare


def with_order(body: Any = None, **fields: Any) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand({"number": await things.order(**fields)}, body)

    return prepare


def with_app(body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand({"client_id": things.client_id}, body)

    return prepare


def with_parcel(body: Any = None) -> Preparation:
    async def prepare(things: Things) -> Errand:
        number, parcel = await things.parcel()
        return Errand({"number": number, "fulfillmentId": str(parcel)}, body)

    return prepare


async def with_scan(things: Things) -> Errand:
    number, parcel = await things.parcel()
    scan = await things.ask(f"orders/{number}/fulfillments/{parcel}/events/", {"status": "in_transit"})
    things.noted(scan["id"])
    return Errand({"number": number, "fulfillmentId": str(parcel), "eventId": str(scan["id"])})


async def replaced_place(things: Things) -> Errand:
    body = {"name": things.name("Dock"), "address": PLACE}
    return Errand({"id": str(await things.place())}, body, by_warehouse=True)


async def added_place(things: Things) -> Errand:
    return Errand(body={"name": things.name("Dock"), "address": PLACE}, by_warehouse=True)


async def moved(things: Things) -> Errand:
    work, (_, other) = await things.work(), await things.places()
    return Errand({"id": str(work["id"])}, {"new_location_id": other})


async def ordered(things: Things) -> Errand:
    return Errand(body=await things.order_body())


async def added_product(things: Things) -> Errand:
    shelves = things.shelves(await things.places())
    prices = [{"currency": "USD", "price": "9.99"}]
    value = [{"name": "Size", "value": "M"}]
    variant = {"sku": things.name("SKU"), "prices": prices, "stockrecords": shelves, "variant_attribute_values": value}
    attributes = [{"name": "Size", "values": ["M"]}]
    return Errand(body={"title": things.name("Tee"), "variant_attributes": attributes, "variants": [variant]})


async def added_variant(things: Things) -> Errand:
    product = await things.product()
    values = [{"name": "Size", "value": things.name("L")}]
    body = {
        "sku": things.name("SKU"),
        "prices": [{"currency": "USD", "price": "9.99"}],
        "variant_attribute_values": values,
        "stockrecords": things.shelves(await things.places()),
    }
    return Errand({"id": str(product["id"])}, body)


async def added_record(things: Things) -> Errand:
    variant, place = await things.variant(), await things.place()
    return Errand(body={"product": variant, "location_id": place, "num_in_stock": 7, "low_stock_threshold": 1})


async def changed_record(things: Things) -> Errand:
    """Neither product nor location of a record can be changed; a client sends back the ones that it read."""
    record = await things.record()
    read = await things.did(things.desk, "GET", f"stockrecords/{record}/")
    body = {"num_in_stock": 5, "product": read["product"]["variant_id"], "location_id": read["location"]["id"]}
    return Errand({"id": str(record)}, body)


async def hooked(things: Things) -> Errand:
    return Errand(body=await things.hook())


async def rehooked(things: Things) -> Errand:
    return Errand({"id": str(await things.webhook())}, await things.hook())


async def shipping_method(things: Things) -> Errand:
    listed = await things.did(things.desk, "GET", "shipping-methods/")
    return Errand({"id": str(listed["results"][0]["id"])})


async def product_id(things: Things) -> int:
    id: int = (await things.product())["id"]
    return id


async def spare_variant(things: Things) -> int:
    """One of two variants of a product."""
    errand = await added_variant(things)
    made: int = (await things.ask(f"products/{errand.parameters['id']}/variants/", errand.body))["id"]
    things.noted(made)
    return made


REQUESTED = ("fulfillment-request",)
ACCEPTED = (*REQUESTED, "fulfillment-request/accept")
ASKED_BACK = (*ACCEPTED, "cancellation-request")
SAID = {"message": "gently"}
SCAN = {"status": "in_transit", "message": "Lund", "happened_at": "2026-11-21T12:00:00Z"}
VALUES: Any = {"variant_attribute_values": []}

ERRANDS: Mapping[str, Preparation] = {
    "list_locations": with_id(Things.place),
    "get_location": with_id(Things.place, warehouse=True),
    "create_location": added_place,
    "replace_location": replaced_place,
    "delete_location": with_id(Things.place, warehouse=True),
    "list_stock_records": with_id(Things.record),
    "get_stock_record": with_id(Things.record),
    "create_stock_record": added_record,
    "update_stock_record": changed_record,
    "delete_stock_record": with_id(Things.record),
    "list_products": with_id(product_id),
    "get_product": with_id(product_id),
    "create_product": added_product,
    "update_product": with_id(product_id, {"title": "Cup"}),
    "replace_product": with_id(product_id, {"title": "Cup", "description": "<p>Blue</p>"}),
    "delete_product": with_id(product_id),
    "list_variants": with_id(product_id),
    "create_variant": added_variant,
    "find_fulfillment_orders": worked(),
    "get_fulfillment_order": worked(*ACCEPTED, warehouse=True),
    "list_assigned_fulfillment_orders": worked(*REQUESTED, warehouse=True),
    "list_fulfillment_orders": with_order(),
    "submit_fulfillment_request": worked(body=SAID, lines=True),
    "accept_fulfillment_request": worked(*REQUESTED, body=SAID, warehouse=True),
    "reject_fulfillment_request": worked(*REQUESTED, body={"rejected_reason": "undeliverable_address"}, warehouse=True),
    "withdraw_fulfillment_request": worked(*REQUESTED, body=SAID),
    "submit_cancellation_request": worked(*ACCEPTED, body=SAID),
    "accept_cancellation_request": worked(*ASKED_BACK, body=SAID, warehouse=True),
    "reject_cancellation_request": worked(*ASKED_BACK, body=SAID, warehouse=True),
    "withdraw_cancellation_request": worked(*ASKED_BACK, body=SAID),
    "close_fulfillment_order": worked(*ACCEPTED, body=SAID, warehouse=True),
    "list_available_locations": worked(),
    "cancel_fulfillment_order": worked(),
    "hold_fulfillment_order": worked(body={"reason": "awaiting_payment", "reason_message": "a bill"}),
    "release_hold": worked("hold"),
    "move_fulfillment_order": moved,
    "create_fulfillment": worked(*ACCEPTED, body={"tracking_info": [PARCEL]}, warehouse=True, lines=True),
    "list_fulfillments_of_fulfillment_order": worked(*ACCEPTED, "fulfillments", warehouse=True),
    "create_fulfillment_of_order": with_order({"carrier": "ups", "lines": []}),
    "list_fulfillments": with_parcel(),
    "get_fulfillment": with_parcel(),
    "list_fulfillment_events": with_scan,
    "create_fulfillment_event": with_parcel(SCAN),
    "get_fulfillment_event": with_scan,
    "delete_fulfillment_event": with_scan,
    "list_orders": with_order(),
    "create_order": ordered,
    "get_order": with_order(),
    "update_order": with_order({"tags": ["vip"], "shipping_address": BO}),
    "replace_order": with_order({"tags": ["vip"], "shipping_address": BO, "status": "archived"}),
    "cancel_order": with_order({"cancel_reason": "customer"}),
    "mark_order_as_paid": with_order({"external_payment_method": "bank"}, payment_method=None),
    "list_order_notes": with_order(),
    "create_order_note": with_order({"message": "Call before noon"}),
    "list_shipping_methods": plain(),
    "get_shipping_method": shipping_method,
    "get_shop": plain(),
    "list_webhook_subscriptions": with_id(Things.webhook),
    "create_webhook_subscription": hooked,
    "get_webhook_subscription": with_id(Things.webhook),
    "update_webhook_subscription": with_id(Things.webhook, {"active": False, "events": ["product.created"]}),
    "replace_webhook_subscription": rehooked,
    "delete_webhook_subscription": with_id(Things.webhook),
    "get_app": with_app(),
    "get_app_settings": with_app(),
    "replace_app_settings": with_app({"color": "#fff"}),
    "update_app_settings": with_app({"on": True}),
    "delete_app_settings": with_app(),
    "get_variant": with_id(Things.variant),
    "update_variant": with_id(Things.variant, {"upc": "5901234123457"}),
    "replace_variant": with_id(Things.variant, VALUES),
    "delete_variant": with_id(spare_variant),
}
