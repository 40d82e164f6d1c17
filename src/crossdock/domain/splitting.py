"""Parting and gathering fulfillment orders at one location, and putting another in the place of one that is cancelled.

Source: Shopify GraphQL fulfillmentOrderSplit, fulfillmentOrderMerge and fulfillmentOrderCancel, as recorded.
"""

from collections.abc import Sequence

from crossdock.domain.commands import (
    CancelFulfillmentOrder,
    FulfillmentGroup,
    MergeFulfillmentOrders,
    SplitFulfillmentOrders,
)
from crossdock.domain.decisions import (
    Circumstances,
    Decision,
    FulfillmentOrderChanged,
    FulfillmentOrderReplaced,
    FulfillmentOrdersSplit,
    Parts,
)
from crossdock.domain.events import Event, EventKind
from crossdock.domain.moving import named_once
from crossdock.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order, move
from crossdock.domain.parting import (
    checked_quantities,
    emptied,
    line_changes,
    merged_event,
    parted,
    remaining_units,
    split_event,
    told,
    units_as_lines,
    with_units,
)
from crossdock.domain.refusals import (
    ActionNotAllowed,
    Invalid,
    NothingToSplit,
    ProgressReported,
    QuantityNotPositive,
    SeveralLocations,
)
from crossdock.domain.requests import withdrawn
from crossdock.domain.states import Action, RequestStatus, Status, transition
from crossdock.domain.values import replace


def split_fulfillment_orders(order: Order, command: SplitFulfillmentOrders, circumstances: Circumstances) -> Decision:
    """Take units out of fulfillment orders, each into a new one at its location. Something must stay behind.

    Raises: NothingToSplit, QuantityNotPositive, LineNamedTwice, NotFound, LineNotFound, QuantityNotAvailable,
    ActionNotAllowed. Nothing is changed when one of them fails.
    Source: Shopify GraphQL fulfillmentOrderSplit.
    """
    check_split(command.groups)
    originals = named_once(order, [group.fulfillment_order_id for group in command.groups])
    splits: list[Parts] = []
    for number, (original, group) in enumerate(zip(originals, command.groups, strict=True)):
        reduced = move(original, Action.SPLIT, by=circumstances.parties_at(original), at=circumstances.at)
        leaving = checked_quantities(original, group.lines, group=number)
        if original.progress_reported or sum(leaving.values()) == original.remaining:
            raise ActionNotAllowed(Action.SPLIT, original.state, original.id)
        kept, rest = parted(reduced, leaving, circumstances)
        splits.append(Parts(original=kept, remaining=rest))
    changed = order.replacing(*(part for each in splits for part in (each.original, each.remaining)))
    return Decision(
        order=changed,
        events=tuple(split_event(each.original, each.remaining) for each in splits),
        result=FulfillmentOrdersSplit(order=changed, splits=tuple(splits)),
    )


def merge_fulfillment_orders(order: Order, command: MergeFulfillmentOrders, circumstances: Circumstances) -> Decision:
    """Gather units in the first fulfillment order named; those that have nothing left then are closed.

    The lines of the first are its own already, so that what is named of it must be right, but changes nothing.
    Raises: NothingToFulfill, LineNamedTwice, NotFound, SeveralLocations, ActionNotAllowed, QuantityNotPositive,
    LineNotFound, QuantityNotAvailable, Invalid for fewer than two.
    Source: Shopify GraphQL fulfillmentOrderMerge.
    """
    first, *others = named_once(order, [group.fulfillment_order_id for group in command.groups])
    if not others:
        raise Invalid("fulfillment_order_ids", "must be at least two")
    locations = tuple(dict.fromkeys(each.location_id for each in (first, *others)))
    if len(locations) > 1:
        raise SeveralLocations(locations)
    by, at = circumstances.parties_at(first), circumstances.at
    gathered = move(first, Action.MERGE, by=by, at=at)
    checked_quantities(first, command.groups[0].lines)
    absorbed: list[FulfillmentOrder] = []
    for number, (other, group) in enumerate(zip(others, command.groups[1:], strict=True), 1):
        units = checked_quantities(other, group.lines, group=number)
        reduced = emptied(move(other, Action.MERGE, by=by, at=at), units)
        if not reduced.remaining:
            reduced = replace(move(reduced, Action.ABSORB, by=by, at=at), merged_into=first.id, split_by_hold=False)
        gathered = with_units(gathered, units_as_lines(other, units), circumstances.ids)
        absorbed.append(reduced)
    changed = order.replacing(gathered, *absorbed)
    return Decision(
        order=changed,
        events=tuple(merged_event(each, gathered) for each in absorbed),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=gathered),
    )


def cancel_fulfillment_order(order: Order, command: CancelFulfillmentOrder, circumstances: Circumstances) -> Decision:
    """Cancel a fulfillment order without asking its service, which is not told; a new one has its units.

    The lines go over with their ids; of a line that was shipped in part, what is left gets a line of its own.
    Raises: NotFound, ActionNotAllowed, ProgressReported.
    Source: Shopify, FulfillmentOrder cancel; the same line ids as recorded for GraphQL. 29 Next, cancel, for who may.
    """
    original = order.fulfillment_order(command.fulfillment_order_id)
    at = circumstances.at
    cancelled = _cancelled(original, command, circumstances)
    if original.progress_reported:
        raise ProgressReported(original.id)
    going = units_as_lines(original, remaining_units(original))
    shipped = {line.id for line in original.lines if line.quantity > line.remaining}
    closed = replace(
        withdrawn(cancelled, at),
        lines=tuple(line for line in emptied(original).lines if line.id in shipped),
    )
    replacement = FulfillmentOrder(
        id=next(circumstances.ids),
        location_id=original.location_id,
        place=original.place,
        status=Status.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        lines=tuple(_own_line(line, circumstances) if line.id in shipped else line for line in going),
        created_at=at,
        updated_at=at,
        fulfill_at=original.fulfill_at,
        fulfill_by=original.fulfill_by,
        replaces=original.id,
    )
    changed = order.replacing(closed, replacement)
    return Decision(
        order=changed,
        events=(_cancelled_event(closed, replacement),),
        result=FulfillmentOrderReplaced(order=changed, original=closed, replacement=replacement),
    )


def _cancelled(
    original: FulfillmentOrder, command: CancelFulfillmentOrder, circumstances: Circumstances
) -> FulfillmentOrder:
    by, at = circumstances.parties_at(original), circumstances.at
    row = transition(original.state, Action.REPLACE) if command.by_whoever_has_it else None
    if row is None:
        return move(original, Action.CANCEL, by=by, at=at)
    if by & row.by:
        return move(original, Action.REPLACE, by=by, at=at)
    if original.status is Status.IN_PROGRESS:  # also when it was asked to stop: nobody can force it
        raise ActionNotAllowed(Action.CANCEL, original.state, original.id)
    return move(original, Action.CANCEL, by=by, at=at)


def check_split(groups: Sequence[FulfillmentGroup]) -> None:
    """Raises: NothingToSplit, QuantityNotPositive. Recorded: both are found before anything else is."""
    for number, group in enumerate(groups):
        if not group.lines:
            raise NothingToSplit(number)
        for item, line in enumerate(group.lines):
            if line.quantity <= 0:
                raise QuantityNotPositive(number, item)


def _own_line(line: FulfillmentOrderLine, circumstances: Circumstances) -> FulfillmentOrderLine:
    return replace(line, id=next(circumstances.ids))


def _cancelled_event(closed: FulfillmentOrder, replacement: FulfillmentOrder) -> Event:
    return told(
        closed,
        EventKind.FULFILLMENT_ORDER_CANCELLED,
        lines=line_changes(replacement),
        details={"replacement": replacement.id},
    )
