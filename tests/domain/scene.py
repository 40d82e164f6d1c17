"""A shop in plain values: its places, the people who act in it, and an order to act on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from crossdock.domain.access import MERCHANT, Caller, Reach
from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.decisions import Circumstances
from crossdock.domain.ordering import OrderFacts, create_order
from crossdock.domain.orders import FulfillmentOrder, Order, StockClaim
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.variants import Variant

AT = datetime(2026, 3, 2, 12, 21, 54, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)

WAREHOUSE, SERVICE_PLACE, ANNEX = 1, 2, 3
SERVICE_APP, STRANGER_APP = 70, 71

SERVICE = FulfillmentService(id=5, app_id=SERVICE_APP, name="Dockers", handle="dockers", location_id=SERVICE_PLACE)
LOCATIONS = {
    WAREHOUSE: Location(id=WAREHOUSE, name="Warehouse", address=Address()),
    SERVICE_PLACE: Location(id=SERVICE_PLACE, name="Dockers", address=Address(), service=SERVICE),
    ANNEX: Location(id=ANNEX, name="Annex", address=Address()),
}

THE_SERVICE = Caller(
    app_id=SERVICE_APP, name="Dockers", reads=frozenset({Reach.ASSIGNED}), writes=frozenset({Reach.ASSIGNED})
)
ANOTHER_SERVICE = Caller(
    app_id=STRANGER_APP, name="Others", reads=frozenset({Reach.ASSIGNED}), writes=frozenset({Reach.ASSIGNED})
)


def circumstances(caller: Caller = MERCHANT, *, ids: Iterator[int] | None = None) -> Circumstances:
    """What a decision may know, with ids far from those of the scene."""
    return Circumstances(at=LATER, ids=ids or count(9000), locations=LOCATIONS, caller=caller)


def variant(number: int, *, tracked: bool = True) -> Variant:
    """A variant; its inventory item has the id 100 higher."""
    return Variant(
        id=number,
        product_id=number + 200,
        inventory_item_id=number + 100,
        title=f"Thing {number}",
        price=1250,
        sku=f"SKU-{number}",
        grams=300,
        tracked=tracked,
    )


def level(item: int, location_id: int, available: int, **others: bool) -> InventoryLevel:
    return InventoryLevel(inventory_item_id=item, location_id=location_id, available=available, **others)


def facts(
    *levels: InventoryLevel, variants: Sequence[Variant] = (), priority: Sequence[int] = (WAREHOUSE, SERVICE_PLACE)
) -> OrderFacts:
    return OrderFacts(
        shop_id=1,
        number=7,
        currency="EUR",
        variants={each.id: each for each in variants},
        levels={(each.inventory_item_id, each.location_id): each for each in levels},
        priority=priority,
    )


def order_at(location_id: int, *quantities: int, claim: StockClaim = StockClaim.IGNORING_POLICY) -> Order:
    """An order of so many units a line, all of it at one location that stocks enough."""
    variants = [variant(number) for number in range(1, len(quantities) + 1)]
    stock = [level(each.inventory_item_id, location_id, 10_000) for each in variants]
    lines = tuple(
        NewOrderLine(variant_id=each.id, quantity=quantity) for each, quantity in zip(variants, quantities, strict=True)
    )
    decision = create_order(
        CreateOrder(lines=lines, stock_claim=claim),
        facts(*stock, variants=variants),
        Circumstances(at=AT, ids=count(1000), locations=LOCATIONS),
    )
    return decision.order


def the_only(order: Order) -> FulfillmentOrder:
    (fulfillment_order,) = order.fulfillment_orders
    return fulfillment_order


def placed_in(order: Order, status: Status, request_status: RequestStatus) -> Order:
    """The order with its only fulfillment order put into a state by hand."""
    return order.replacing(replace(the_only(order), status=status, request_status=request_status))
