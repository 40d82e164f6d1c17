"""Having another location ship: where the merchant says, or where the shop's routing says.

Source: Shopify REST FulfillmentOrder move; GraphQL fulfillmentOrderMove and fulfillmentOrdersReroute.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from crossdock.domain.claims import moved_claims, units_at
from crossdock.domain.commands import LineQuantity, MoveFulfillmentOrder, RerouteFulfillmentOrders
from crossdock.domain.decisions import (
    Circumstances,
    Decision,
    FulfillmentOrderMoved,
    FulfillmentOrdersChanged,
)
from crossdock.domain.events import Event, EventKind
from crossdock.domain.orders import FulfillmentOrder, Order, move
from crossdock.domain.parting import (
    checked_quantities,
    emptied,
    line_changes,
    merged_event,
    remaining_units,
    split_lines,
    told,
    units_as_lines,
    with_units,
)
from crossdock.domain.places import Location
from crossdock.domain.refusals import (
    ActionNotAllowed,
    Invalid,
    LineNamedTwice,
    NotFound,
    NothingToFulfill,
    NotStockedThere,
    NowhereElse,
    ProgressReported,
    SeveralLocations,
    StockNotAvailable,
)
from crossdock.domain.routing.case import Demand
from crossdock.domain.routing.plan import Plan
from crossdock.domain.routing.route import route
from crossdock.domain.states import Action, RequestStatus, Status
from crossdock.domain.values import replace


@dataclass(frozen=True, kw_only=True, slots=True)
class _Journey:
    """Units of a fulfillment order, by line, that go to another location."""

    original: FulfillmentOrder
    units: Mapping[int, int]
    destination: Location
    action: Action
    renumbered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Relocated:
    """What became of a fulfillment order whose units went to another location."""

    order: Order
    original: FulfillmentOrder
    moved: FulfillmentOrder
    events: tuple[Event, ...]


def move_fulfillment_order(order: Order, command: MoveFulfillmentOrder, circumstances: Circumstances) -> Decision:
    """Have another location ship all that is left, or the lines named, as far as it stocks their items.

    All of it keeps its id, unless it, or its service's platform, has it renumbered. A part, and what is left beside
    shipped units, becomes a new fulfillment order there; so does everything together with an open one of this order
    that stands there already.
    Raises: NotFound, ActionNotAllowed, ProgressReported, QuantityNotPositive, LineNamedTwice, LineNotFound,
    QuantityNotAvailable, NotStockedThere, Invalid.
    Source: Shopify, FulfillmentOrder move; 29 Next, whose moved one has always a new id.
    """
    original = order.fulfillment_order(command.fulfillment_order_id)
    destination = circumstances.locations.get(command.location_id)
    if destination is None or not destination.active:
        raise NotFound("location", command.location_id)
    _check_movable(original, Action.MOVE, circumstances)
    if destination.id == original.location_id:
        raise Invalid("new_location_id", "is the location that the fulfillment order is assigned to")
    asked = _asked(original, command)
    units = _stocked(original, asked, destination.id, circumstances)
    if not units:
        raise NotStockedThere(destination.id)
    claimed = units_at(original, units)
    journey = _Journey(
        original=original, units=units, destination=destination, action=Action.MOVE, renumbered=command.renumbered
    )
    result = _relocate(order, journey, circumstances)
    stayed = result.moved.id != original.id and result.original.live
    return Decision(
        order=result.order,
        events=result.events,
        result=FulfillmentOrderMoved(
            order=result.order,
            original=result.original,
            moved=result.moved,
            remaining=result.original if stayed else None,
        ),
        stock_moves=moved_claims(order, [(claimed, destination.id)], next(circumstances.ids)),
    )


def reroute_fulfillment_orders(
    order: Order, command: RerouteFulfillmentOrders, circumstances: Circumstances
) -> Decision:
    """Have the shop's routing choose other locations, where the units are or may be oversold.

    Raises: NothingToFulfill, LineNamedTwice, NotFound, SeveralLocations, ActionNotAllowed, ProgressReported,
    NowhereElse.
    Source: Shopify GraphQL fulfillmentOrdersReroute; that several locations may share the units is ours.
    """
    chosen = named_once(order, command.fulfillment_order_ids)
    for each in chosen:
        _check_movable(each, Action.REROUTE, circumstances)
    plan = _planned(order, chosen, command, circumstances)
    places = _places(chosen, plan)
    claims: list[tuple[Counter[tuple[int, int]], int]] = []
    events: list[Event] = []
    results: list[FulfillmentOrder] = []
    for each in chosen:
        for location_id, units in places[each.id].items():
            standing = order.fulfillment_order(each.id)
            claims.append((units_at(standing, units), location_id))
            destination = circumstances.locations[location_id]
            journey = _Journey(original=standing, units=units, destination=destination, action=Action.REROUTE)
            result = _relocate(order, journey, circumstances)
            order = result.order
            events += result.events
            results.append(result.moved)
    moved_ids = {moved.id for moved in results}
    return Decision(
        order=order,
        events=tuple(events),
        result=FulfillmentOrdersChanged(
            order=order,
            # What came to one place is gathered in the last that came; those before it are closed and empty.
            fulfillment_orders=tuple(each for each in order.fulfillment_orders if each.id in moved_ids and each.live),
        ),
        stock_moves=moved_claims(order, claims, next(circumstances.ids)),
        routing=plan.explanation.naming({line.id: line.order_line_id for each in chosen for line in each.lines}),
    )


def named_once(order: Order, fulfillment_order_ids: Iterable[int]) -> list[FulfillmentOrder]:
    """Return the fulfillment orders of these ids. Raises: NothingToFulfill without any, LineNamedTwice, NotFound."""
    ids = list(fulfillment_order_ids)
    if not ids:
        raise NothingToFulfill
    for each in ids:
        if ids.count(each) > 1:
            raise LineNamedTwice(each)
    return [order.fulfillment_order(each) for each in ids]


def _check_movable(fulfillment_order: FulfillmentOrder, action: Action, circumstances: Circumstances) -> None:
    by, at = circumstances.parties_at(fulfillment_order), circumstances.at
    move(fulfillment_order, action, by=by, at=at)
    if fulfillment_order.progress_reported:
        raise ProgressReported(fulfillment_order.id, action)


def _asked(original: FulfillmentOrder, command: MoveFulfillmentOrder) -> dict[int, int]:
    """Return the units that are to move, by line id. Of a whole line with nothing left one is asked, and refused."""
    whole = tuple(LineQuantity(id=each, quantity=original.line(each).remaining or 1) for each in command.whole_lines)
    return checked_quantities(original, (*(command.lines or ()), *whole))


def _stocked(
    original: FulfillmentOrder, asked: Mapping[int, int], location_id: int, circumstances: Circumstances
) -> dict[int, int]:
    """Return the units whose items the location stocks; what is no item at all can be shipped from anywhere."""
    return {
        line.id: asked[line.id]
        for line in original.lines
        if line.id in asked
        and (line.inventory_item_id is None or (line.inventory_item_id, location_id) in circumstances.levels)
    }


def _relocate(order: Order, journey: _Journey, circumstances: Circumstances) -> _Relocated:
    original, units, destination = journey.original, journey.units, journey.destination
    target = move(original, journey.action, by=circumstances.parties_at(original), at=circumstances.at)
    whole = units == remaining_units(original)
    service = circumstances.locations[original.location_id].service
    renumbered = journey.renumbered or (service is not None and service.dialect in circumstances.renumbering)
    if not whole and original.status is Status.ON_HOLD:
        raise ActionNotAllowed(Action.SPLIT, original.state, original.id)
    held = target.status is Status.ON_HOLD
    sibling = None if held else _open_sibling(order, original, destination)
    shipped = any(line.quantity > line.remaining for line in original.lines)
    if whole and not shipped and sibling is None and not renumbered:
        moved = replace(target, location_id=destination.id, place=destination.place, split_by_hold=False)
        return _Relocated(
            order=order.replacing(moved), original=moved, moved=moved, events=(_moved_event(original, moved, units),)
        )
    left, moved = _departed(journey, circumstances, held=held, whole=whole)
    changed = order.replacing(left, moved)
    events: tuple[Event, ...] = ()
    if sibling is not None:
        moved, closed = _gathered(moved, sibling, circumstances)
        changed = changed.replacing(moved, closed)
        events = (merged_event(closed, moved),)
    return _Relocated(order=changed, original=left, moved=moved, events=(*events, _moved_event(original, moved, units)))


def _departed(
    journey: _Journey, circumstances: Circumstances, *, held: bool, whole: bool
) -> tuple[FulfillmentOrder, FulfillmentOrder]:
    """Return what stays behind, closed if nothing is left of it, and a new fulfillment order with what goes."""
    original, at = journey.original, circumstances.at
    kept, gone = split_lines(original.lines, journey.units, circumstances.ids)
    left = replace(original, lines=kept)  # recorded: its time of change stays
    moved = FulfillmentOrder(
        id=next(circumstances.ids),
        location_id=journey.destination.id,
        place=journey.destination.place,
        status=Status.ON_HOLD if held else Status.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        lines=gone,
        holds=original.holds,
        created_at=at,
        updated_at=at,
        fulfill_at=original.fulfill_at,
        fulfill_by=original.fulfill_by,
        split_from=original.id,
    )
    if whole:
        closed = move(left, Action.ABSORB, by=circumstances.parties_at(original), at=at)
        left = replace(closed, holds=(), merged_into=moved.id)
    return left, moved


def _gathered(
    moved: FulfillmentOrder, sibling: FulfillmentOrder, circumstances: Circumstances
) -> tuple[FulfillmentOrder, FulfillmentOrder]:
    """Return what has moved with the units of the one that stood there, and that one, closed."""
    moved = with_units(moved, units_as_lines(sibling, remaining_units(sibling)), circumstances.ids)
    closed = move(emptied(sibling), Action.ABSORB, by=circumstances.parties_at(sibling), at=circumstances.at)
    return moved, replace(closed, merged_into=moved.id)


def _open_sibling(order: Order, original: FulfillmentOrder, destination: Location) -> FulfillmentOrder | None:
    """Return what of this order is still to be started at the destination: it is shipped together with what comes.

    Source: Shopify GraphQL fulfillmentOrderMove, "closed and all is recreated in a new one".
    """
    for each in order.fulfillment_orders:
        if (
            each.id != original.id
            and each.location_id == destination.id
            and each.status is Status.OPEN
            and each.request_status is RequestStatus.UNSUBMITTED
        ):
            return each
    return None


def _moved_event(original: FulfillmentOrder, moved: FulfillmentOrder, units: Mapping[int, int]) -> Event:
    return told(
        moved,
        EventKind.FULFILLMENT_ORDER_MOVED,
        lines=line_changes(moved),
        details={
            "original": original.id,
            "from_location": original.location_id,
            "to_location": moved.location_id,
            "units": sum(units.values()),
        },
    )


def _planned(
    order: Order,
    chosen: Iterable[FulfillmentOrder],
    command: RerouteFulfillmentOrders,
    circumstances: Circumstances,
) -> Plan:
    """Route what is left of fulfillment orders, by their lines' ids, over the other locations that the command allows.

    Raises: SeveralLocations, NowhereElse.
    """
    standing = {each.location_id for each in chosen}
    if len(standing) > 1:
        raise SeveralLocations(tuple(standing))
    allowed = [
        circumstances.locations[location_id]
        for location_id in circumstances.priority
        if location_id not in standing
        and location_id not in command.excluded_location_ids
        and (command.included_location_ids is None or location_id in command.included_location_ids)
    ]
    counted = {item for (item, _), level in circumstances.levels.items() if level.tracked}
    demands = [
        Demand(
            key=line.id,
            quantity=line.remaining,
            inventory_item_id=line.inventory_item_id,
            counted=line.inventory_item_id in counted,
        )
        for each in chosen
        for line in each.lines
        if line.remaining
    ]
    refusal = NowhereElse(tuple(each.id for each in chosen), only=len(circumstances.priority) < 2)
    if not allowed:
        raise refusal
    try:
        plan = route(
            demands,
            allowed,
            circumstances.levels,
            destination=order.shipping_address,
            routing=circumstances.routing,
            obey_policy=True,
            used={each.location_id for each in order.fulfillment_orders if each.live},
        )
    except StockNotAvailable as missing:
        raise refusal from missing
    if plan.explanation.unavailable:
        raise refusal
    return plan


def _places(chosen: Iterable[FulfillmentOrder], plan: Plan) -> dict[int, dict[int, dict[int, int]]]:
    """Return the units that go to each location: by fulfillment order, location and line."""
    owners = {line.id: each.id for each in chosen for line in each.lines}
    units: dict[int, dict[int, dict[int, int]]] = {each.id: {} for each in chosen}
    for each in plan.assignments:
        units[owners[each.key]].setdefault(each.location_id, {})[each.key] = each.quantity
    return units


def has_somewhere_to_go(
    one: FulfillmentOrder, locations: Iterable[Location], stocking: Mapping[int | None, Collection[int]]
) -> bool:
    """Say whether another active location stocks anything that is left. `stocking`: locations by inventory item.

    What is not stocked anywhere can be shipped from anywhere.
    """
    others = {each.id for each in locations if each.active and each.id != one.location_id}
    items = {line.inventory_item_id for line in one.lines if line.remaining}
    return bool(others) if None in items else any(not others.isdisjoint(stocking.get(item, ())) for item in items)
