"""Units of fulfillment order lines: naming them, parting them, gathering them, and telling of it.

Units are never lost on the way: what leaves one fulfillment order arrives in another.
"""

from collections.abc import Iterable, Mapping, Sequence

from crossdock.domain.commands import LineQuantity
from crossdock.domain.decisions import Circumstances
from crossdock.domain.events import Detail, Event, EventKind, LineChange
from crossdock.domain.orders import FulfillmentOrder, FulfillmentOrderLine
from crossdock.domain.refusals import LineNamedTwice, QuantityNotAvailable, QuantityNotPositive
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.values import replace


def checked_quantities(
    fulfillment_order: FulfillmentOrder, lines: Sequence[LineQuantity] | None, *, group: int = 0
) -> dict[int, int]:
    """Return units by line id: those named, or all that remain when none are.

    Raises: QuantityNotPositive, LineNamedTwice, LineNotFound, QuantityNotAvailable.
    """
    if not lines:
        return remaining_units(fulfillment_order)
    quantities: dict[int, int] = {}
    for item, named in enumerate(lines):
        if named.quantity <= 0:
            raise QuantityNotPositive(group, item)
        if named.id in quantities:
            raise LineNamedTwice(named.id)
        remaining = fulfillment_order.line(named.id).remaining
        if named.quantity > remaining:
            raise QuantityNotAvailable(named.id, named.quantity, remaining)
        quantities[named.id] = named.quantity
    return quantities


def remaining_units(fulfillment_order: FulfillmentOrder) -> dict[int, int]:
    """Return all that is left, by line id."""
    return {line.id: line.remaining for line in fulfillment_order.lines if line.remaining}


def split_lines(
    lines: Sequence[FulfillmentOrderLine], leaving: Mapping[int, int], ids: Iterable[int]
) -> tuple[tuple[FulfillmentOrderLine, ...], tuple[FulfillmentOrderLine, ...]]:
    """Part lines into those kept and those that go: `leaving` has how many units of each line go, by line id.

    A line that stays, even in part, keeps its id; units that go get lines of their own, with ids from `ids`. Only
    remaining units can go, so that shipped ones stay where they were shipped.
    """
    fresh = iter(ids)
    kept: list[FulfillmentOrderLine] = []
    gone: list[FulfillmentOrderLine] = []
    for line in lines:
        units = leaving.get(line.id, 0)
        if not units:
            kept.append(line)
            continue
        gone.append(replace(line, id=next(fresh), quantity=units, remaining=units))
        if line.quantity > units:
            kept.append(replace(line, quantity=line.quantity - units, remaining=line.remaining - units))
    return tuple(kept), tuple(gone)


def parted(
    fulfillment_order: FulfillmentOrder,
    leaving: Mapping[int, int],
    circumstances: Circumstances,
    *,
    by_hold: bool = False,
) -> tuple[FulfillmentOrder, FulfillmentOrder]:
    """Part a fulfillment order into itself and a new open, unsubmitted one at its location with the units leaving."""
    rest_id = next(circumstances.ids)
    kept, gone = split_lines(fulfillment_order.lines, leaving, circumstances.ids)
    rest = FulfillmentOrder(
        id=rest_id,
        location_id=fulfillment_order.location_id,
        place=fulfillment_order.place,
        status=Status.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        lines=gone,
        created_at=circumstances.at,
        updated_at=circumstances.at,
        fulfill_at=fulfillment_order.fulfill_at,
        fulfill_by=fulfillment_order.fulfill_by,
        split_from=fulfillment_order.id,
        split_by_hold=by_hold,
    )
    return replace(fulfillment_order, lines=kept), rest


def units_not_named(fulfillment_order: FulfillmentOrder, named: Mapping[int, int]) -> dict[int, int]:
    """Return what is left beside the units named, by line id."""
    others = {line.id: line.remaining - named.get(line.id, 0) for line in fulfillment_order.lines}
    return {line_id: units for line_id, units in others.items() if units}


def emptied(fulfillment_order: FulfillmentOrder, units: Mapping[int, int] | None = None) -> FulfillmentOrder:
    """Return a fulfillment order without these units, or without any that remain; its lines stay, at nothing.

    Source: Shopify GraphQL fulfillmentOrderMerge and ReleaseHold, as recorded: closed, with lines at 0/0.
    """
    leaving = remaining_units(fulfillment_order) if units is None else units
    lines = tuple(
        replace(
            line,
            quantity=line.quantity - leaving[line.id],
            remaining=line.remaining - leaving[line.id],
        )
        if line.id in leaving
        else line
        for line in fulfillment_order.lines
    )
    return replace(fulfillment_order, lines=lines)


def with_units(
    fulfillment_order: FulfillmentOrder, coming: Iterable[FulfillmentOrderLine], ids: Iterable[int]
) -> FulfillmentOrder:
    """Return a fulfillment order with the units of other lines added: to its own line of the order line, if it has one.

    `coming`: their quantities are what comes.
    """
    fresh = iter(ids)
    lines = {line.order_line_id: line for line in reversed(fulfillment_order.lines)}
    added: dict[int, FulfillmentOrderLine] = {}
    for line in coming:
        own = added.get(line.order_line_id) or lines.get(line.order_line_id)
        added[line.order_line_id] = (
            replace(own, quantity=own.quantity + line.quantity, remaining=own.remaining + line.quantity)
            if own
            else replace(line, id=next(fresh), remaining=line.quantity)
        )
    changed = {line.id: line for line in added.values()}
    kept = tuple(changed.pop(line.id, line) for line in fulfillment_order.lines)
    return replace(fulfillment_order, lines=(*kept, *changed.values()))


def units_as_lines(fulfillment_order: FulfillmentOrder, units: Mapping[int, int]) -> list[FulfillmentOrderLine]:
    """Return the units named as lines of their own, still with the ids of those that they come from."""
    return [
        replace(line, quantity=units[line.id], remaining=units[line.id])
        for line in fulfillment_order.lines
        if line.id in units
    ]


def line_changes(fulfillment_order: FulfillmentOrder, units: Mapping[int, int] | None = None) -> tuple[LineChange, ...]:
    """Return a fulfillment order's lines as an event tells them; only these units of them, if units are named."""
    return tuple(
        LineChange(
            fulfillment_order_line_id=line.id,
            order_line_id=line.order_line_id,
            quantity=line.quantity if units is None else units[line.id],
            remaining=line.remaining,
        )
        for line in fulfillment_order.lines
        if units is None or line.id in units
    )


def told(
    fulfillment_order: FulfillmentOrder,
    kind: EventKind,
    *,
    message: str | None = None,
    reason: str | None = None,
    lines: tuple[LineChange, ...] = (),
    details: Mapping[str, Detail] | None = None,
) -> Event:
    """Return an event about a fulfillment order as it is afterwards."""
    return Event(
        kind=kind,
        fulfillment_order_id=fulfillment_order.id,
        location_id=fulfillment_order.location_id,
        status=fulfillment_order.status,
        request_status=fulfillment_order.request_status,
        message=message,
        reason=reason,
        lines=lines,
        details=details or {},
    )


def split_event(original: FulfillmentOrder, rest: FulfillmentOrder) -> Event:
    """Tell that `rest` was split from the original."""
    return told(
        rest,
        EventKind.FULFILLMENT_ORDER_SPLIT,
        lines=line_changes(rest),
        details={"split_from": original.id},
    )


def merged_event(absorbed: FulfillmentOrder, into: FulfillmentOrder) -> Event:
    """Tell that the units of a fulfillment order went into another."""
    return told(absorbed, EventKind.FULFILLMENT_ORDER_MERGED, details={"merged_into": into.id})
