"""Stopping work and letting it go on again.

Source: Shopify REST FulfillmentOrder hold and release_hold; GraphQL fulfillmentOrderHold and ReleaseHold, recorded.
"""

from collections.abc import Sequence

from crossdock.domain.commands import HoldFulfillmentOrder, LineQuantity, ReleaseHolds
from crossdock.domain.decisions import Circumstances, Decision, FulfillmentOrderChanged, FulfillmentOrderHeld
from crossdock.domain.events import Event, EventKind
from crossdock.domain.orders import MOST_HOLDS_OF_AN_APP, FulfillmentOrder, Hold, Order, move
from crossdock.domain.parting import (
    checked_quantities,
    emptied,
    merged_event,
    parted,
    remaining_units,
    split_event,
    told,
    units_as_lines,
    units_not_named,
    with_units,
)
from crossdock.domain.refusals import (
    ActionNotAllowed,
    HoldHandleTaken,
    Invalid,
    LineNamedTwice,
    NotFound,
    QuantityNotPositive,
    TooManyHolds,
)
from crossdock.domain.states import Action, Party, RequestStatus, Status
from crossdock.domain.values import replace

LONGEST_HANDLE = 64
_MERCHANT = frozenset({Party.MERCHANT})


def hold_fulfillment_order(order: Order, command: HoldFulfillmentOrder, circumstances: Circumstances) -> Decision:
    """Stop a fulfillment order. With lines named, these stay on it; the rest goes on as a new, open one.

    Several holds may stand on one fulfillment order; only the first may name lines.
    Raises: NotFound, ActionNotAllowed, QuantityNotPositive, LineNamedTwice, LineNotFound, QuantityNotAvailable,
    HoldHandleTaken, TooManyHolds, Invalid.
    Source: Shopify, FulfillmentOrder hold; the order of the checks is that recorded for GraphQL.
    """
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    _check_lines(command.lines or ())
    stopped = move(fulfillment_order, Action.HOLD, by=circumstances.parties_at(fulfillment_order), at=circumstances.at)
    if command.lines and fulfillment_order.status is Status.ON_HOLD:
        raise ActionNotAllowed(Action.SPLIT, fulfillment_order.state, fulfillment_order.id)
    _check_hold(fulfillment_order, command, circumstances.caller.app_id)
    leaving = units_not_named(stopped, checked_quantities(stopped, command.lines))
    kept, rest = parted(stopped, leaving, circumstances, by_hold=True) if leaving else (stopped, None)
    hold = Hold(
        id=next(circumstances.ids),
        reason=command.reason,
        placed_at=circumstances.at,
        app_id=circumstances.caller.app_id,
        notes=command.notes,
        handle=command.handle,
        external_id=command.external_id,
    )
    held = replace(kept, holds=(*kept.holds, hold), progress_reported=False)
    changed = order.replacing(held, *([rest] if rest else []))
    event = told(
        held,
        EventKind.FULFILLMENT_ORDER_PLACED_ON_HOLD,
        message=command.notes,
        reason=command.reason,
        details={"hold_id": hold.id, "handle": hold.handle, "remaining": rest.id if rest else None},
    )
    return Decision(
        order=changed,
        events=(*([split_event(fulfillment_order, rest)] if rest else []), event),
        result=FulfillmentOrderHeld(order=changed, held=held, hold=hold, remaining=rest),
    )


def release_holds(order: Order, command: ReleaseHolds, circumstances: Circumstances) -> Decision:
    """Lift holds; with the last one the fulfillment order goes on, and what a partial hold split off comes home.

    Raises: NotFound (also for a hold that is not there), ActionNotAllowed.
    Source: Shopify, FulfillmentOrder release_hold; GraphQL fulfillmentOrderReleaseHold, recorded.
    """
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    by, at = circumstances.parties_at(fulfillment_order), circumstances.at
    reopened = move(fulfillment_order, Action.RELEASE_HOLD, by=by, at=at)
    lifted = _named_holds(fulfillment_order, command)
    left = tuple(hold for hold in fulfillment_order.holds if hold not in lifted)
    absorbed: list[FulfillmentOrder] = []
    if left:
        released = replace(fulfillment_order, holds=left, updated_at=at)
    else:
        released = replace(reopened, holds=())
        for sibling in _split_off(order, fulfillment_order):
            coming = units_as_lines(sibling, remaining_units(sibling))
            released = with_units(released, coming, circumstances.ids)
            closed = emptied(move(sibling, Action.ABSORB, by=_MERCHANT, at=at))  # whoever lifts the hold
            absorbed.append(replace(closed, merged_into=released.id, split_by_hold=False))
    changed = order.replacing(released, *absorbed)
    events: list[Event] = [merged_event(sibling, released) for sibling in absorbed]
    events.append(
        told(
            released,
            EventKind.FULFILLMENT_ORDER_HOLD_RELEASED,
            details={"released": ", ".join(str(hold.id) for hold in lifted), "left": len(left)},
        )
    )
    return Decision(
        order=changed,
        events=tuple(events),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=released),
    )


def _check_lines(lines: Sequence[LineQuantity]) -> None:
    """Recorded: a quantity of 0 and a line named twice are found before anything about the state is."""
    for item, line in enumerate(lines):
        if line.quantity <= 0:
            raise QuantityNotPositive(0, item)
    ids = [line.id for line in lines]
    for line_id in ids:
        if ids.count(line_id) > 1:
            raise LineNamedTwice(line_id)


def _check_hold(fulfillment_order: FulfillmentOrder, command: HoldFulfillmentOrder, app_id: int | None) -> None:
    if len(command.handle) > LONGEST_HANDLE:
        raise Invalid("handle", f"is too long (maximum is {LONGEST_HANDLE} characters)")
    own = fulfillment_order.holds_of(app_id)
    if any(hold.handle == command.handle for hold in own):
        raise HoldHandleTaken(command.handle)
    if len(own) >= MOST_HOLDS_OF_AN_APP:
        raise TooManyHolds(MOST_HOLDS_OF_AN_APP)


def _named_holds(fulfillment_order: FulfillmentOrder, command: ReleaseHolds) -> tuple[Hold, ...]:
    known = {hold.id for hold in fulfillment_order.holds}
    for hold_id in command.hold_ids or ():
        if hold_id not in known:
            raise NotFound("fulfillment hold", hold_id)
    named = tuple(
        hold
        for hold in fulfillment_order.holds
        if (not command.hold_ids or hold.id in command.hold_ids) and command.external_id in {None, hold.external_id}
    )
    if not named:
        raise NotFound("fulfillment hold", command.external_id or "")
    return named


def _split_off(order: Order, held: FulfillmentOrder) -> list[FulfillmentOrder]:
    """Return what a partial hold split off, as far as it still waits where it was left."""
    return [
        each
        for each in order.fulfillment_orders
        if each.split_by_hold
        and each.split_from == held.id
        and each.location_id == held.location_id
        and each.status is Status.OPEN
        and each.request_status is RequestStatus.UNSUBMITTED
    ]
