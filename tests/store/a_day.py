"""A shop in the middle of its day, for tests and pictures of the pages: an order in each state that a card can show."""

from dataclasses import dataclass

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    CreateFulfillment,
    CreateOrder,
    FulfillmentGroup,
    LineQuantity,
    NewOrderLine,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FinancialStatus, FulfillmentOrder, LineRejection, Order, RejectionReason, Tracking
from crossdock.domain.places import Address
from crossdock.domain.states import Place
from crossdock.runtime.json import write_json
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.origin import Origin, ReceivedCall
from tests.store.scene import Scene

CUSTOMERS = (
    ("Ada", "Lindqvist", "Storgatan 12", "Stockholm", "SE", "Sweden"),
    ("Bo", "Norman", "400 Virginia Street", "Reno", "US", "United States"),
    ("Chiara", "Ferri", "Via Garibaldi 3", "Torino", "IT", "Italy"),
    ("Deniz", "Aydın", "Bağdat Caddesi 40", "İstanbul", "TR", "Türkiye"),
    ("Emi", "Ito", "2-4 Kanda", "Tokyo", "JP", "Japan"),
)


@dataclass
class Day:
    """Plays a day in a shop; `name` of each order says how it ended."""

    shop: Scene
    tee: ProductVariant
    mug: ProductVariant
    orders: dict[str, Order]

    async def run(self, command: object, caller: Caller = MERCHANT, path: str = "") -> object:
        """Carry out a command, with a `path` as a call over the wire."""
        held: list[object] = []

        def render(result: object, *_: object) -> Rendered:
            held.append(result)
            return Rendered(status=200, body=b'{"fulfillment_order":{"id":7,"status":"in_progress"}}')

        call = None
        if path:
            call = ReceivedCall(
                method="POST",
                url=f"https://acme.example/admin/api/2026-01/{path}.json",
                headers={"Content-Type": "application/json", "X-Shopify-Access-Token": "(secret)"},
                body=write_json({"fulfillment_request": {"message": getattr(command, "message", None)}}),
            )
        actor = f"app:{caller.name}" if caller.app_id else "merchant"
        origin = Origin(shop_id=self.shop.shop_id, caller=caller, actor=actor, call=call)
        await self.shop.dispatcher.dispatch(command, origin, render)
        return held[-1]

    async def order(self, name: str, *lines: tuple[ProductVariant, int]) -> Order:
        first, last, street, city, code, country = CUSTOMERS[len(self.orders) % len(CUSTOMERS)]
        made = await self.run(
            CreateOrder(
                lines=tuple(NewOrderLine(variant_id=one.id, quantity=quantity) for one, quantity in lines),
                email=f"{first.lower()}@example.com",
                financial_status=FinancialStatus.PAID,
                source_name="web",
                note="Ring twice." if name == "accepted" else None,
                shipping_address=Address(
                    first_name=first, last_name=last, address1=street, city=city, country=country, country_code=code
                ),
            )
        )
        assert isinstance(made, OrderCreated)
        self.orders[name] = made.order
        return made.order

    async def requested(self, name: str, *lines: tuple[ProductVariant, int]) -> FulfillmentOrder:
        one = at_service(await self.order(name, *(lines or ((self.tee, 2),))))
        await self.run(SubmitFulfillmentRequest(fulfillment_order_id=one.id, message="Gift wrap, please."))
        return one

    async def accepted(self, name: str, *lines: tuple[ProductVariant, int]) -> FulfillmentOrder:
        one = await self.requested(name, *lines)
        await self.answer(AcceptFulfillmentRequest(fulfillment_order_id=one.id, message="Ships tomorrow."), "accept")
        return one

    async def cancelling(self, name: str, *lines: tuple[ProductVariant, int]) -> FulfillmentOrder:
        one = await self.accepted(name, *lines)
        await self.run(SubmitCancellationRequest(fulfillment_order_id=one.id, message="The customer changed her mind."))
        return one

    async def answer(self, command: object, word: str, what: str = "fulfillment_request") -> None:
        one: int = command.fulfillment_order_id  # type: ignore[attr-defined]
        await self.run(command, self.shop.warehouse, f"fulfillment_orders/{one}/{what}/{word}")

    async def ship(self, one: FulfillmentOrder, number: str, *lines: LineQuantity) -> None:
        tracking = Tracking(number=number, company="UPS", url=f"https://www.ups.com/track?tracknum={number}")
        command = CreateFulfillment(
            groups=(FulfillmentGroup(fulfillment_order_id=one.id, lines=lines),), tracking=(tracking,)
        )
        await self.run(command, self.shop.warehouse, "fulfillments")


def at_service(order: Order) -> FulfillmentOrder:
    return next(one for one in order.fulfillment_orders if one.place is Place.SERVICE)


async def play(shop: Scene) -> Day:
    """Play the day: one order in each state."""
    tee = (await shop.product("TEE-BLK-M")).variants[0]
    mug = (await shop.product("MUG-ENA-01")).variants[0]
    await shop.stock(tee, shop.service.location_id, 500)
    await shop.stock(mug, shop.merchant_location, 500)
    day = Day(shop, tee, mug, {})
    await day.order("unfulfilled", (tee, 1))
    await day.order("split", (tee, 2), (mug, 3))
    await day.requested("requested")
    await day.accepted("accepted")
    await decline(day)
    await day.cancelling("cancelling")
    one = await day.cancelling("cancelled")
    await day.answer(
        AcceptCancellationRequest(fulfillment_order_id=one.id, message="Stopped."), "accept", "cancellation_request"
    )
    one = await day.cancelling("goes on")
    await day.answer(
        RejectCancellationRequest(fulfillment_order_id=one.id, message="Already packed."),
        "reject",
        "cancellation_request",
    )
    one = await day.accepted("part shipped", (tee, 3))
    await day.ship(one, "1Z999AA10123456784", LineQuantity(id=one.lines[0].id, quantity=2))
    one = await day.accepted("incomplete")
    await day.answer(CloseFulfillmentOrder(fulfillment_order_id=one.id, message="Found damaged."), "close", "")
    one = await day.accepted("shipped", (tee, 2))
    await day.ship(one, "1Z999AA10123456799")
    return day


async def decline(day: Day) -> None:
    one = await day.requested("declined")
    await day.answer(
        RejectFulfillmentRequest(
            fulfillment_order_id=one.id,
            reason=RejectionReason.INVENTORY_OUT_OF_STOCK,
            message="None left on the shelf.",
            lines=(LineRejection(fulfillment_order_line_id=one.lines[0].id, message="0 of 2 there"),),
        ),
        "reject",
    )
