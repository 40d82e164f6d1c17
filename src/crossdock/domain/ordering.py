"""Taking an order in: its lines are priced and named from the catalogue, routed, and stock is claimed for them.

Source: Shopify REST Order, "Creates an order"; order routing by location priority.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.cancelling import cancel_order, close_order
from crossdock.domain.commands import CancelOrder, CloseOrder, CreateOrder, NewOrderLine
from crossdock.domain.decisions import Circumstances, Decision, OrderCreated
from crossdock.domain.events import Event, EventKind
from crossdock.domain.order_details import NO_DETAILS, LineDetails, OrderDetails
from crossdock.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine, StockClaim
from crossdock.domain.parting import line_changes
from crossdock.domain.refusals import Invalid
from crossdock.domain.routing.case import Demand
from crossdock.domain.routing.plan import Assignment, Plan
from crossdock.domain.routing.route import route
from crossdock.domain.shipping_methods import ShippingMethod
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.stock import InventoryLevel, StockCause, StockMove, StockState
from crossdock.domain.values import replace
from crossdock.domain.variants import Variant

HIGHEST_LINE_QUANTITY = 1_000_000
HIGHEST_PRICE = 100_000_000_000_000
HIGHEST_GRAMS = 1_000_000_000
MOST_LINES = 2_000
NO_SUCH_VARIANT = "variant does not exist"
OF_THE_MERCHANT = "manual"
"""The handle of the service that the merchant's own locations have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFacts:
    """What must be known to take an order in: the next number, the variants named, and the stock of their items.

    `priority` lists the active locations in the shop's order; levels come by (item, location). `shipping_method`: the
    one that the order names, if the shop has it.
    """

    shop_id: int
    number: int
    currency: str
    variants: Mapping[int, Variant]
    levels: Mapping[tuple[int, int], InventoryLevel]
    priority: Sequence[int]
    shipping_method: ShippingMethod | None = None


def create_order(command: CreateOrder, facts: OrderFacts, circumstances: Circumstances) -> Decision:
    """Make the order and one fulfillment order for each location that gets work.

    Raises: Invalid for lines that make no order, NoLocation, StockNotAvailable where stock is claimed by the policy.
    """
    _check(command, circumstances)
    shipping = _shipping(command, facts)
    lines = _order_lines(command, facts, circumstances)
    plan = _routed(command, lines, facts, circumstances)
    fulfillment_orders = _fulfillment_orders(lines, plan.assignments, circumstances, fulfill_at=command.fulfill_at)
    order = Order(
        id=next(circumstances.ids),
        shop_id=facts.shop_id,
        number=facts.number,
        name=command.name or f"#{1000 + facts.number}",
        currency=command.currency or facts.currency,
        created_at=circumstances.at,
        updated_at=circumstances.at,
        processed_at=command.processed_at or circumstances.at,
        lines=lines,
        fulfillment_orders=fulfillment_orders,
        financial_status=command.financial_status,
        stock_claim=command.stock_claim,
        email=command.email,
        phone=command.phone,
        note=command.note,
        tags=command.tags,
        note_attributes=command.note_attributes,
        source_name=command.source_name,
        test=command.test,
        shipping_address=command.shipping_address,
        billing_address=command.billing_address,
        shipping_title=shipping.title,
        shipping_code=shipping.code,
        shipping_price=shipping.price,
        app_id=circumstances.caller.app_id,
    )
    details = _details(command, lines)
    made = Decision(
        order=order,
        events=(_created(order), *(_routed_event(each, plan) for each in fulfillment_orders)),
        result=OrderCreated(order=order, details=details or NO_DETAILS),
        stock_moves=_claims(order, plan, facts),
        routing=plan.explanation,
        details=details,
    )
    return _as_past(made, command, circumstances) if command.closed or command.cancelled else made


def _as_past(made: Decision, command: CreateOrder, circumstances: Circumstances) -> Decision:
    """Return the order put away or given up as soon as it is made, as one that another shop has dealt with."""
    if command.cancelled:
        ending = cancel_order(made.order, CancelOrder(order_id=made.order.id), circumstances)
    else:
        ending = close_order(made.order, CloseOrder(order_id=made.order.id), circumstances)
    return replace(
        made,
        order=ending.order,
        events=(*made.events, *ending.events),
        result=OrderCreated(order=ending.order, details=made.details or NO_DETAILS),
        stock_moves=(*made.stock_moves, *ending.stock_moves),
    )


@dataclass(frozen=True, slots=True)
class _Shipping:
    """How an order is sent, as it stands on it."""

    title: str | None
    code: str | None
    price: int


def _shipping(command: CreateOrder, facts: OrderFacts) -> _Shipping:
    """Raises: Invalid."""
    if command.shipping_price is not None and not 0 <= command.shipping_price <= HIGHEST_PRICE:
        raise Invalid("shipping_price", f"must be from 0 to {HIGHEST_PRICE // 100}")
    if command.shipping_method is None:
        return _Shipping(command.shipping_title, command.shipping_code, command.shipping_price or 0)
    method, address = facts.shipping_method, command.shipping_address
    if method is None:
        raise Invalid("shipping_code", "the store has no such shipping method")
    if address is not None and not method.goes_to(address.country_code):
        raise Invalid("shipping_code", "the shipping method does not go to this country")
    usual = method.price_in(command.currency or facts.currency)
    return _Shipping(method.name, method.code, usual if command.shipping_price is None else command.shipping_price)


def _details(command: CreateOrder, lines: Iterable[OrderLine]) -> OrderDetails | None:
    """Return what is to be kept of the order; None where nothing is."""
    of_lines = tuple(
        LineDetails(order_line_id=line.id, upsell=new.upsell, metadata=new.metadata)
        for line, new in zip(lines, command.lines, strict=True)
        if new.upsell or new.metadata is not None
    )
    if command.details is None and not of_lines:
        return None
    return replace(command.details or NO_DETAILS, lines=of_lines)


def _check(command: CreateOrder, circumstances: Circumstances) -> None:
    """Raises: Invalid."""
    if command.processed_at is not None and command.processed_at > circumstances.at:
        raise Invalid("processed_at", "must not be in the future")
    services = {each.service.handle for each in circumstances.locations.values() if each.service is not None}
    for line in command.lines:
        if line.service not in {None, OF_THE_MERCHANT, *services}:
            raise Invalid("fulfillment_service", "does not exist")


def _order_lines(command: CreateOrder, facts: OrderFacts, circumstances: Circumstances) -> tuple[OrderLine, ...]:
    if not command.lines:
        raise Invalid("line_items", "must have at least one line item")
    if len(command.lines) > MOST_LINES:
        raise Invalid("line_items", f"must not be more than {MOST_LINES}")
    claims = command.stock_claim is not StockClaim.BYPASS
    return tuple(new_order_line(line, facts.variants, next(circumstances.ids), claims=claims) for line in command.lines)


def new_order_line(new: NewOrderLine, variants: Mapping[int, Variant], line_id: int, *, claims: bool) -> OrderLine:
    """Return a line named and priced from the catalogue; `claims`: orders like its own claim stock. Raises: Invalid."""
    if not 0 < new.quantity <= HIGHEST_LINE_QUANTITY:
        raise Invalid("line_items", f"quantity must be from 1 to {HIGHEST_LINE_QUANTITY}")
    if new.price is not None and not 0 <= new.price <= HIGHEST_PRICE:
        raise Invalid("line_items", f"price must be from 0 to {HIGHEST_PRICE // 100}")
    if new.grams is not None and not 0 <= new.grams <= HIGHEST_GRAMS:
        raise Invalid("line_items", f"grams must be from 0 to {HIGHEST_GRAMS}")
    variant = variants.get(new.variant_id) if new.variant_id is not None else None
    if variant is None:
        if not new.title or new.variant_id is not None:
            raise Invalid("line_items", "Title can't be blank" if new.variant_id is None else NO_SUCH_VARIANT)
        return _custom_line(new, line_id)
    return OrderLine(
        id=line_id,
        title=new.title or variant.title,
        quantity=new.quantity,
        price=variant.price if new.price is None else new.price,
        variant_id=variant.id,
        product_id=variant.product_id,
        inventory_item_id=variant.inventory_item_id,
        sku=variant.sku if new.sku is None else new.sku,
        variant_title=variant.variant_title,
        vendor=variant.vendor if new.vendor is None else new.vendor,
        grams=variant.grams if new.grams is None else new.grams,
        requires_shipping=variant.requires_shipping if new.requires_shipping is None else new.requires_shipping,
        taxable=new.taxable,
        claims_stock=claims and variant.tracked,
        properties=new.properties,
    )


def _custom_line(new: NewOrderLine, line_id: int) -> OrderLine:
    return OrderLine(
        id=line_id,
        title=new.title or "",
        quantity=new.quantity,
        price=new.price or 0,
        sku=new.sku,
        vendor=new.vendor,
        grams=new.grams or 0,
        requires_shipping=new.requires_shipping is not False,
        taxable=new.taxable,
        properties=new.properties,
    )


def _routed(command: CreateOrder, lines: Iterable[OrderLine], facts: OrderFacts, circumstances: Circumstances) -> Plan:
    demands = [
        Demand(
            key=line.id,
            quantity=line.quantity,
            inventory_item_id=line.inventory_item_id,
            counted=line.variant_id is not None and facts.variants[line.variant_id].tracked,
        )
        for line in lines
    ]
    return route(
        demands,
        [circumstances.locations[location_id] for location_id in facts.priority],
        facts.levels,
        destination=command.shipping_address,
        routing=circumstances.routing,
        obey_policy=command.stock_claim is StockClaim.OBEYING_POLICY,
    )


def _fulfillment_orders(
    lines: Sequence[OrderLine],
    assignments: Iterable[Assignment],
    circumstances: Circumstances,
    *,
    fulfill_at: datetime | None,
) -> tuple[FulfillmentOrder, ...]:
    by_id = {line.id: line for line in lines}
    by_location: dict[int, list[Assignment]] = {}
    for assignment in assignments:
        by_location.setdefault(assignment.location_id, []).append(assignment)
    begins = fulfill_at or circumstances.at.replace(minute=0, second=0, microsecond=0)
    return tuple(
        FulfillmentOrder(
            id=next(circumstances.ids),
            location_id=location_id,
            place=circumstances.locations[location_id].place,
            status=Status.SCHEDULED if begins > circumstances.at else Status.OPEN,
            request_status=RequestStatus.UNSUBMITTED,
            lines=tuple(
                FulfillmentOrderLine(
                    id=next(circumstances.ids),
                    order_line_id=each.key,
                    quantity=each.quantity,
                    remaining=each.quantity,
                    inventory_item_id=by_id[each.key].inventory_item_id,
                    variant_id=by_id[each.key].variant_id,
                )
                for each in assigned
            ),
            created_at=circumstances.at,
            updated_at=circumstances.at,
            fulfill_at=begins,
        )
        for location_id, assigned in by_location.items()
    )


def _claims(order: Order, plan: Plan, facts: OrderFacts) -> tuple[StockMove, ...]:
    """Units of tracked items are committed where they will ship from, or wait; one move an item and place."""
    obeys = order.stock_claim is StockClaim.OBEYING_POLICY
    items = {line.id: line.inventory_item_id for line in order.lines if line.claims_stock}
    units: Counter[tuple[int, int]] = Counter()
    waiting: set[tuple[int, int]] = set()
    for each in plan.assignments:
        item = items.get(each.key)
        if item is not None and (item, each.location_id) in facts.levels:
            units[item, each.location_id] += each.quantity
            if each.unavailable:
                waiting.add((item, each.location_id))
    return tuple(
        StockMove(
            inventory_item_id=item,
            location_id=location_id,
            quantity=quantity,
            source=StockState.AVAILABLE,
            target=StockState.COMMITTED,
            cause=StockCause.ORDER_ROUTED,
            cause_id=order.id,
            obeys_policy=obeys
            and not facts.levels[item, location_id].may_oversell
            and (item, location_id) not in waiting,
        )
        for (item, location_id), quantity in units.items()
    )


def _created(order: Order) -> Event:
    return Event(
        kind=EventKind.ORDER_CREATED,
        details={
            "name": order.name,
            "lines": len(order.lines),
            "units": sum(line.quantity for line in order.lines),
            "source": order.source_name,
        },
    )


def _routed_event(fulfillment_order: FulfillmentOrder, plan: Plan) -> Event:
    unavailable = sum(
        each.unavailable for each in plan.assignments if each.location_id == fulfillment_order.location_id
    )
    return Event(
        kind=EventKind.ORDER_ROUTED,
        fulfillment_order_id=fulfillment_order.id,
        location_id=fulfillment_order.location_id,
        status=fulfillment_order.status,
        request_status=fulfillment_order.request_status,
        lines=line_changes(fulfillment_order),
        details={"unavailable": unavailable} if unavailable else {},
    )
