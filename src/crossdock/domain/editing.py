"""Changing what is ordered, before and while it is worked on.

Source: Shopify GraphQL order editing; 29 Next: order lines' `editable_quantity`, upsells at the same location.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crossdock.domain.cancelling import ended_by_order, ended_event
from crossdock.domain.claims import claim_moves
from crossdock.domain.commands import EditOrder, NewOrderLine
from crossdock.domain.decisions import Circumstances, Decision, OrderChanged
from crossdock.domain.events import Event, EventKind
from crossdock.domain.fulfilling import closed_if_done
from crossdock.domain.ordering import new_order_line
from crossdock.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine, StockClaim
from crossdock.domain.parting import emptied, line_changes, told, with_units
from crossdock.domain.refusals import Invalid, LineNamedTwice, NotEditable, OrderCancelled
from crossdock.domain.routing.case import Demand
from crossdock.domain.routing.plan import Plan
from crossdock.domain.routing.route import route
from crossdock.domain.states import Action, RequestStatus, Status, transition
from crossdock.domain.stock import StockCause, StockMove, StockState
from crossdock.domain.values import replace


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taken:
    """Units of order lines that were taken out, by order line and location, and the fulfillment orders after it."""

    order: Order
    units: Counter[tuple[int, int]]
    changed: tuple[FulfillmentOrder, ...]


def edit_order(order: Order, command: EditOrder, circumstances: Circumstances) -> Decision:
    """Make the quantities of lines what is wanted now, and add lines.

    Only units that nobody was asked for can be taken out. What is added is shipped from where the order ships already,
    if it is there, and joins a fulfillment order that is still to be started; else it gets one of its own. Neither is
    begun before the time that all of the order waits for.
    Raises: OrderCancelled, NotFound, LineNamedTwice, Invalid, NotEditable, NoLocation, StockNotAvailable.
    Source: Shopify GraphQL orderEditSetQuantity and orderEditAddVariant; 29 Next changelog of 2024-07-31.
    """
    if order.cancelled_at is not None:
        raise OrderCancelled(order.id)
    fewer, more = _changes(order, command)
    if not fewer and not more and not command.added:
        return Decision(order=order, events=(), result=OrderChanged(order=order))
    taken = _take_out(order, fewer, circumstances)
    added = tuple(_added_line(order, line, circumstances) for line in command.added)
    grown = replace(
        taken.order,
        lines=(*(_grown(line, more.get(line.id, 0)) for line in taken.order.lines), *added),
    )
    wanted = {**more, **{line.id: line.quantity for line in added}}
    plan = _planned(grown, wanted, circumstances) if wanted else None
    placed, changed = _put_in(grown, plan, circumstances)
    done = closed_if_done(replace(placed, closed_at=None if wanted else placed.closed_at), circumstances)
    return Decision(
        order=done,
        events=_events(order, done, command, taken, changed),
        result=OrderChanged(order=done),
        stock_moves=_stock_moves(done, taken, plan, command, circumstances),
        routing=plan.explanation if plan else None,
    )


def editable_units(order: Order) -> Counter[int]:
    """Return how many units of each order line, by its id, can still be taken out."""
    units: Counter[int] = Counter()
    for each in order.fulfillment_orders:
        if _editable(each):
            for line in each.lines:
                units[line.order_line_id] += line.remaining
    return +units


def _changes(order: Order, command: EditOrder) -> tuple[dict[int, int], dict[int, int]]:
    """Return by how many units lines are to be fewer, and more."""
    fewer: dict[int, int] = {}
    more: dict[int, int] = {}
    ids = [named.id for named in command.quantities]
    for named in command.quantities:
        if ids.count(named.id) > 1:
            raise LineNamedTwice(named.id)
        line = order.line(named.id)
        if named.quantity < 0:
            raise Invalid("quantity", "must be greater than or equal to 0")
        now = line.quantity - line.removed
        if named.quantity < now:
            fewer[line.id] = now - named.quantity
        elif named.quantity > now:
            more[line.id] = named.quantity - now
    return fewer, more


def _editable(fulfillment_order: FulfillmentOrder) -> bool:
    return (
        transition(fulfillment_order.state, Action.CANCEL_ORDER) is not None
        and fulfillment_order.request_status is not RequestStatus.SUBMITTED
        and not fulfillment_order.progress_reported
    )


def _take_out(order: Order, fewer: Mapping[int, int], circumstances: Circumstances) -> _Taken:
    """Take units out of fulfillment orders, of the newest first."""
    editable = editable_units(order)
    for line_id, units in fewer.items():
        if units > editable[line_id]:
            raise NotEditable(line_id, units, editable[line_id])
    left = Counter(fewer)
    taken: Counter[tuple[int, int]] = Counter()
    changed: list[FulfillmentOrder] = []
    for each in reversed(order.fulfillment_orders):
        if not _editable(each):
            continue
        leaving: dict[int, int] = {}
        for line in each.lines:
            share = min(left[line.order_line_id], line.remaining)
            if share:
                leaving[line.id] = share
                left[line.order_line_id] -= share
                taken[line.order_line_id, each.location_id] += share
        if leaving:
            reduced = replace(emptied(each, leaving), updated_at=circumstances.at)
            changed.append(reduced if reduced.remaining else ended_by_order(reduced, circumstances))
    lines = tuple(
        replace(line, removed=line.removed + fewer[line.id]) if line.id in fewer else line for line in order.lines
    )
    return _Taken(order=replace(order.replacing(*changed), lines=lines), units=taken, changed=tuple(changed))


def _added_line(order: Order, new: NewOrderLine, circumstances: Circumstances) -> OrderLine:
    claims = order.stock_claim is not StockClaim.BYPASS
    return new_order_line(new, circumstances.variants, next(circumstances.ids), claims=claims)


def _grown(line: OrderLine, units: int) -> OrderLine:
    return replace(line, quantity=line.quantity + units) if units else line


def _planned(order: Order, wanted: Mapping[int, int], circumstances: Circumstances) -> Plan:
    """Route what is added: first to where the order ships already, if that has all of it, else by the shop's rules."""
    counted = {item for (item, _), level in circumstances.levels.items() if level.tracked}
    demands = [
        Demand(
            key=line.id,
            quantity=wanted[line.id],
            inventory_item_id=line.inventory_item_id,
            counted=line.inventory_item_id in counted,
        )
        for line in order.lines
        if line.id in wanted
    ]
    used = {each.location_id for each in order.fulfillment_orders if each.live}

    def planned(location_ids: Iterable[int], *, obey_policy: bool) -> Plan:
        return route(
            demands,
            [circumstances.locations[each] for each in location_ids],
            circumstances.levels,
            destination=order.shipping_address,
            routing=circumstances.routing,
            obey_policy=obey_policy,
            used=used,
        )

    obeys = order.stock_claim is StockClaim.OBEYING_POLICY
    for location_id in circumstances.priority:
        if location_id in used and _has_all(demands, location_id, circumstances):
            return planned([location_id], obey_policy=obeys)
    return planned(circumstances.priority, obey_policy=obeys)


def _has_all(demands: Iterable[Demand], location_id: int, circumstances: Circumstances) -> bool:
    needed: Counter[int] = Counter()
    for demand in demands:
        if demand.inventory_item_id is not None:
            needed[demand.inventory_item_id] += demand.quantity
    for item, units in needed.items():
        level = circumstances.levels.get((item, location_id))
        if level is None or (level.tracked and not level.may_oversell and level.available < units):
            return False
    return True


def _put_in(
    order: Order, plan: Plan | None, circumstances: Circumstances
) -> tuple[Order, tuple[FulfillmentOrder, ...]]:
    """Give the units planned to fulfillment orders that are still to be started, or to new ones."""
    lines = {line.id: line for line in order.lines}
    coming: dict[int, list[FulfillmentOrderLine]] = {}
    for each in plan.assignments if plan else ():
        coming.setdefault(each.location_id, []).append(
            FulfillmentOrderLine(
                id=0,  # a line of its own gets an id when it is put in
                order_line_id=each.key,
                quantity=each.quantity,
                remaining=each.quantity,
                inventory_item_id=lines[each.key].inventory_item_id,
                variant_id=lines[each.key].variant_id,
            )
        )
    changed = tuple(
        with_units(
            _still_to_start(order, location_id, circumstances) or _new(order, location_id, circumstances),
            units,
            circumstances.ids,
        )
        for location_id, units in coming.items()
    )
    return order.replacing(*changed), changed


def _still_to_start(order: Order, location_id: int, circumstances: Circumstances) -> FulfillmentOrder | None:
    """Return what joins units at a location: what is open there, else what is scheduled."""
    for status in (Status.OPEN, Status.SCHEDULED):
        for each in order.fulfillment_orders:
            if (
                each.location_id == location_id
                and each.status is status
                and each.request_status is RequestStatus.UNSUBMITTED
            ):
                return replace(each, updated_at=circumstances.at)
    return None


def _new(order: Order, location_id: int, circumstances: Circumstances) -> FulfillmentOrder:
    """Return a fulfillment order without lines, scheduled if all that is left of the order is."""
    live = [each for each in order.fulfillment_orders if each.live]
    scheduled = bool(live) and all(each.status is Status.SCHEDULED for each in live)
    this_hour = circumstances.at.replace(minute=0, second=0, microsecond=0)
    begins = min((each.fulfill_at or this_hour for each in live), default=this_hour) if scheduled else this_hour
    return FulfillmentOrder(
        id=next(circumstances.ids),
        location_id=location_id,
        place=circumstances.locations[location_id].place,
        status=Status.SCHEDULED if scheduled else Status.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        lines=(),
        created_at=circumstances.at,
        updated_at=circumstances.at,
        fulfill_at=begins,
    )


def _events(
    before: Order, after: Order, command: EditOrder, taken: _Taken, changed: Iterable[FulfillmentOrder]
) -> tuple[Event, ...]:
    edited = Event(
        kind=EventKind.ORDER_EDITED,
        message=command.staff_note,
        details={
            "removed": sum(taken.units.values()),
            "added": sum(line.quantity for line in after.lines) - sum(line.quantity for line in before.lines),
        },
    )
    routed = [told(each, EventKind.ORDER_ROUTED, lines=line_changes(each)) for each in changed]
    ended = [ended_event(each) for each in taken.changed if not each.live]
    status: list[Event] = []
    if after.fulfilled and not before.fulfilled:
        status.append(Event(kind=EventKind.ORDER_FULFILLED))
    if after.closed_at is not None and before.closed_at is None:
        status.append(Event(kind=EventKind.ORDER_CLOSED))
    if after.closed_at is None and before.closed_at is not None:
        status.append(Event(kind=EventKind.ORDER_REOPENED))
    return (edited, *ended, *routed, *status)


def _stock_moves(
    order: Order, taken: _Taken, plan: Plan | None, command: EditOrder, circumstances: Circumstances
) -> tuple[StockMove, ...]:
    coming = Counter({(each.key, each.location_id): each.quantity for each in plan.assignments} if plan else {})
    released = claim_moves(
        order,
        taken.units,
        source=StockState.COMMITTED,
        target=StockState.AVAILABLE if command.restock else None,
        cause=StockCause.ORDER_EDITED,
        cause_id=next(circumstances.ids),
    )
    claimed = claim_moves(
        order,
        coming,
        source=StockState.AVAILABLE,
        target=StockState.COMMITTED,
        cause=StockCause.ORDER_EDITED,
        cause_id=next(circumstances.ids),
    )
    return (*released, *claimed)
