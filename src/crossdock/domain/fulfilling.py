"""Shipping: units of fulfillment orders become a fulfillment with tracking.

Source: Shopify REST Fulfillment; the order of the checks is that recorded for GraphQL fulfillmentCreate.
"""

from collections import Counter
from collections.abc import Sequence

from crossdock.domain.commands import CreateFulfillment, FulfillmentGroup, FulfillOrderLines, LineQuantity
from crossdock.domain.decisions import Circumstances, Decision, FulfillmentCreated
from crossdock.domain.events import Event, EventKind, LineChange
from crossdock.domain.orders import (
    FinancialStatus,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentStatus,
    Order,
    move,
)
from crossdock.domain.parting import checked_quantities
from crossdock.domain.refusals import (
    ActionNotAllowed,
    AlreadyFulfilled,
    LineNamedTwice,
    NotFulfillable,
    NothingToFulfill,
    QuantityNotPositive,
    SeveralLocations,
)
from crossdock.domain.states import Action, RequestStatus, Status
from crossdock.domain.stock import StockCause, StockMove, StockState
from crossdock.domain.values import replace

Portion = tuple[FulfillmentOrder, dict[int, int]]
_GOING_ON = frozenset({Status.OPEN, Status.IN_PROGRESS})


def create_fulfillment(order: Order, command: CreateFulfillment, circumstances: Circumstances) -> Decision:
    """Ship units of one or more fulfillment orders of one location; nothing is changed when one group fails.

    Raises: NothingToFulfill, QuantityNotPositive, NotFound, SeveralLocations, NotFulfillable, LineNotFound,
    LineNamedTwice, QuantityNotAvailable, AlreadyFulfilled.
    Source: Shopify, Fulfillment, "Creates a fulfillment for one or many fulfillment orders".
    """
    check_positive(command.groups)
    portions = _portions(order, command, circumstances)
    _check_not_repeated(order, command, portions)
    shipped = [_ship(fulfillment_order, units, circumstances) for fulfillment_order, units in portions]
    fulfillment = _fulfillment(order, command, portions, circumstances)
    changed = replace(order.replacing(*shipped), fulfillments=(*order.fulfillments, fulfillment))
    closed = closed_if_done(changed, circumstances)
    return Decision(
        order=closed,
        events=(_created(fulfillment, shipped, portions), *_order_events(order, closed)),
        result=FulfillmentCreated(order=closed, fulfillment=fulfillment),
        stock_moves=_stock_moves(order, fulfillment, portions),
    )


def fulfill_order_lines(order: Order, command: FulfillOrderLines, circumstances: Circumstances) -> Decision:
    """Ship all that is left of the lines named, of whichever fulfillment orders have it; nothing where one fails.

    Raises: NotFound for a line that the order has not; what `create_fulfillment` raises.
    Source: 29 Next Admin API, ordersFulfillmentsCreate; that all of a line is shipped is inferred.
    """
    named = None if command.order_line_ids is None else {order.line(each).id for each in command.order_line_ids}
    left = (
        (each, tuple(line for line in each.lines if line.remaining and (named is None or line.order_line_id in named)))
        for each in order.fulfillment_orders
        if each.live
    )
    groups = tuple(
        FulfillmentGroup(
            fulfillment_order_id=each.id,
            lines=tuple(LineQuantity(id=line.id, quantity=line.remaining) for line in lines),
        )
        for each, lines in left
        if lines
    )
    parcel = CreateFulfillment(
        groups=groups, tracking=command.tracking, notify_customer=command.notify_customer, only_while_going_on=True
    )
    return create_fulfillment(order, parcel, circumstances)


def check_positive(groups: Sequence[FulfillmentGroup]) -> None:
    """Raises: QuantityNotPositive. Recorded: it is found before anything else is, in whichever group it stands."""
    for number, group in enumerate(groups):
        for item, line in enumerate(group.lines or ()):
            if line.quantity <= 0:
                raise QuantityNotPositive(number, item)


def _portions(order: Order, command: CreateFulfillment, circumstances: Circumstances) -> list[Portion]:
    if not command.groups:
        raise NothingToFulfill
    ids = [group.fulfillment_order_id for group in command.groups]
    for fulfillment_order_id in ids:
        if ids.count(fulfillment_order_id) > 1:
            raise LineNamedTwice(fulfillment_order_id)
    orders = [order.fulfillment_order(fulfillment_order_id) for fulfillment_order_id in ids]
    locations = tuple(dict.fromkeys(fulfillment_order.location_id for fulfillment_order in orders))
    if len(locations) > 1:
        raise SeveralLocations(locations)
    for fulfillment_order in orders:
        _check_fulfillable(fulfillment_order, circumstances)
        if command.only_while_going_on and not _goes_on(fulfillment_order):
            raise NotFulfillable(fulfillment_order.id, fulfillment_order.status)
    portions = [
        (fulfillment_order, checked_quantities(fulfillment_order, group.lines, group=number))
        for number, (fulfillment_order, group) in enumerate(zip(orders, command.groups, strict=True))
    ]
    if not all(units for _, units in portions):
        raise NothingToFulfill
    return portions


def _check_fulfillable(fulfillment_order: FulfillmentOrder, circumstances: Circumstances) -> None:
    try:
        _after(fulfillment_order, Action.FULFILL_REST, circumstances)
    except ActionNotAllowed as refusal:
        raise NotFulfillable(fulfillment_order.id, fulfillment_order.status) from refusal


def _goes_on(fulfillment_order: FulfillmentOrder) -> bool:
    stopping = fulfillment_order.request_status is RequestStatus.CANCELLATION_REQUESTED
    return fulfillment_order.status in _GOING_ON and not stopping


def _after(fulfillment_order: FulfillmentOrder, action: Action, circumstances: Circumstances) -> FulfillmentOrder:
    return move(fulfillment_order, action, by=circumstances.parties_at(fulfillment_order), at=circumstances.at)


def _check_not_repeated(order: Order, command: CreateFulfillment, portions: Sequence[Portion]) -> None:
    """A caller that lost our answer asks again: the same units under the same tracking number are one parcel."""
    numbers = {tracking.number for tracking in command.tracking if tracking.number}
    if not numbers:
        return
    asked = {line_id: quantity for _, units in portions for line_id, quantity in units.items()}
    for earlier in order.fulfillments:
        same_number = numbers == {tracking.number for tracking in earlier.tracking if tracking.number}
        same_units = asked == {line.fulfillment_order_line_id: line.quantity for line in earlier.lines}
        if earlier.status is FulfillmentStatus.SUCCESS and same_number and same_units:
            raise AlreadyFulfilled(earlier.id)


def _ship(fulfillment_order: FulfillmentOrder, units: dict[int, int], circumstances: Circumstances) -> FulfillmentOrder:
    everything = sum(units.values()) == fulfillment_order.remaining
    moved = _after(fulfillment_order, Action.FULFILL_REST if everything else Action.FULFILL_PART, circumstances)
    lines = tuple(replace(line, remaining=line.remaining - units.get(line.id, 0)) for line in moved.lines)
    return replace(moved, lines=lines)


def _fulfillment(
    order: Order, command: CreateFulfillment, portions: Sequence[Portion], circumstances: Circumstances
) -> Fulfillment:
    location_id = portions[0][0].location_id
    service = circumstances.locations[location_id].service
    return Fulfillment(
        id=next(circumstances.ids),
        number=len(order.fulfillments) + 1,
        location_id=location_id,
        status=FulfillmentStatus.SUCCESS,
        service_handle=service.handle if service else "manual",
        tracking=command.tracking,
        notify_customer=command.notify_customer,
        message=command.message,
        created_at=circumstances.at,
        updated_at=circumstances.at,
        lines=tuple(
            FulfillmentLine(
                id=next(circumstances.ids),
                fulfillment_order_id=fulfillment_order.id,
                fulfillment_order_line_id=line.id,
                order_line_id=line.order_line_id,
                quantity=units[line.id],
            )
            for fulfillment_order, units in portions
            for line in fulfillment_order.lines
            if line.id in units
        ),
    )


def closed_if_done(order: Order, circumstances: Circumstances) -> Order:
    """Return the order, closed if it is paid and everything is shipped: such an order closes itself (recorded)."""
    done = order.fulfilled and order.financial_status is FinancialStatus.PAID and order.closed_at is None
    return replace(order, closed_at=circumstances.at if done else order.closed_at)


def _created(fulfillment: Fulfillment, shipped: Sequence[FulfillmentOrder], portions: Sequence[Portion]) -> Event:
    units = {line_id: quantity for _, named in portions for line_id, quantity in named.items()}
    lines = tuple(
        LineChange(
            fulfillment_order_line_id=line.id,
            order_line_id=line.order_line_id,
            quantity=units[line.id],
            remaining=line.remaining,
        )
        for fulfillment_order in shipped
        for line in fulfillment_order.lines
        if line.id in units
    )
    first = shipped[0]
    return Event(
        kind=EventKind.FULFILLMENT_CREATED,
        fulfillment_id=fulfillment.id,
        fulfillment_order_id=first.id,
        location_id=fulfillment.location_id,
        status=first.status,
        request_status=first.request_status,
        message=fulfillment.message,
        lines=lines,
        details={
            "number": fulfillment.number,
            "tracking_number": ", ".join(tracking.number for tracking in fulfillment.tracking if tracking.number),
            "tracking_company": next((tracking.company for tracking in fulfillment.tracking), None),
        },
    )


def _order_events(before: Order, after: Order) -> tuple[Event, ...]:
    if not after.fulfilled:
        return (Event(kind=EventKind.ORDER_PARTIALLY_FULFILLED),)
    fulfilled = Event(kind=EventKind.ORDER_FULFILLED)
    return (fulfilled, Event(kind=EventKind.ORDER_CLOSED)) if after.closed_at != before.closed_at else (fulfilled,)


def _stock_moves(order: Order, fulfillment: Fulfillment, portions: Sequence[Portion]) -> tuple[StockMove, ...]:
    """Committed units leave the shelf; one move an item, so that the ledger names each cause once."""
    claiming = {line.id for line in order.lines if line.claims_stock}
    leaving: Counter[int] = Counter()
    for fulfillment_order, units in portions:
        for line in fulfillment_order.lines:
            if line.id in units and line.inventory_item_id is not None and line.order_line_id in claiming:
                leaving[line.inventory_item_id] += units[line.id]
    return tuple(
        StockMove(
            inventory_item_id=item,
            location_id=fulfillment.location_id,
            quantity=quantity,
            source=StockState.COMMITTED,
            target=None,
            cause=StockCause.FULFILLMENT_CREATED,
            cause_id=fulfillment.id,
        )
        for item, quantity in leaving.items()
    )
