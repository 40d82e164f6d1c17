"""From an order to its log and back: each command's last event carries what changed, and the log gives the order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Protocol, TypeVar

from crossdock.domain.events import After, Event, LoggedEvent
from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Order
from crossdock.domain.values import replace


class Identified(Protocol):
    """A part of an order that has an id of its own."""

    @property
    def id(self) -> int: ...


Part = TypeVar("Part", bound=Identified)


class BrokenLog(Exception):
    """The events of an order do not make an order."""


def record(
    before: Order | None, after: Order, events: Sequence[Event], at: datetime
) -> tuple[Order, tuple[Event, ...]]:
    """Return the order with its version and time, and its new events, of which the last carries what changed.

    Without events nothing changed: the order stays at its version.
    """
    if not events:
        return after, ()
    order = replace(after, version=after.version + len(events), updated_at=at)
    *earlier, last = events
    return order, (*earlier, replace(last, after=difference(before, order)))


def difference(before: Order | None, after: Order) -> After:
    """Return what differs between an order before and after; without one before, all of it."""
    if before is None:
        return After(order=after)
    known_orders = {each.id: each for each in before.fulfillment_orders}
    known_parcels = {each.id: each for each in before.fulfillments}
    changed_orders = [
        (known_orders.get(each.id), each) for each in _changed(before.fulfillment_orders, after.fulfillment_orders)
    ]
    changed_parcels = [(known_parcels.get(each.id), each) for each in _changed(before.fulfillments, after.fulfillments)]
    gone = [
        *(
            part
            for old, new in changed_orders
            if old is not None
            for part in (*_missing(old.lines, new.lines), *_missing(old.holds, new.holds))
        ),
        *(part for old, new in changed_parcels if old is not None for part in _missing(old.events, new.events)),
    ]
    return After(
        order=_head(after) if _own(after) != _own(before) else None,
        lines=_changed(before.lines, after.lines),
        fulfillment_orders=tuple(_changed_part_of_order(old, new) for old, new in changed_orders),
        fulfillments=tuple(_changed_part_of_parcel(old, new) for old, new in changed_parcels),
        gone=tuple(gone),
    )


def replay(log: Iterable[LoggedEvent]) -> Order:
    """Return the order that a log of events, from the first to any later one, tells of, with its parts by id.

    Between two events of one command the order is as it was before the command, but for its version and time.
    Raises: BrokenLog where an event is missing or the first did not make the order.
    """
    order: Order | None = None
    for expected, logged in enumerate(log, 1):
        if logged.sequence != expected:
            raise BrokenLog(f"event {logged.sequence} stands where {expected} is due")
        order = applied(order, logged.event.after) if logged.event.after else order
        if order is not None:
            order = replace(order, version=expected, updated_at=logged.at)
    if order is None:
        raise BrokenLog("no event makes the order")
    return in_order(order)


def applied(order: Order | None, after: After) -> Order:
    """Return the order with what an event carries. Raises: BrokenLog."""
    if order is None:
        if after.order is None:
            raise BrokenLog("the order is changed before it is made")
        order = after.order
    elif after.order is not None:
        order = replace(
            after.order,
            lines=order.lines,
            fulfillment_orders=order.fulfillment_orders,
            fulfillments=order.fulfillments,
        )
    gone = frozenset(after.gone)
    known_orders = {each.id: each for each in order.fulfillment_orders}
    known_parcels = {each.id: each for each in order.fulfillments}
    return replace(
        order,
        lines=_with(order.lines, after.lines),
        fulfillment_orders=_with(
            order.fulfillment_orders,
            [_order_with(known_orders.get(each.id), each, gone) for each in after.fulfillment_orders],
        ),
        fulfillments=_with(
            order.fulfillments, [_parcel_with(known_parcels.get(each.id), each, gone) for each in after.fulfillments]
        ),
    )


def in_order(order: Order) -> Order:
    """Return an order with its parts by id, as a store returns them."""
    return replace(
        order,
        lines=_sorted(order.lines),
        fulfillment_orders=_sorted(
            replace(each, lines=_sorted(each.lines), requests=_sorted(each.requests), holds=_sorted(each.holds))
            for each in order.fulfillment_orders
        ),
        fulfillments=_sorted(
            replace(each, lines=_sorted(each.lines), events=_sorted(each.events)) for each in order.fulfillments
        ),
    )


_own = attrgetter(
    *(
        each.name
        for each in fields(Order)
        if each.name not in {"lines", "fulfillment_orders", "fulfillments", "version", "updated_at"}
    )
)


def _head(order: Order) -> Order:
    return replace(order, lines=(), fulfillment_orders=(), fulfillments=())


def _changed_part_of_order(old: FulfillmentOrder | None, new: FulfillmentOrder) -> FulfillmentOrder:
    if old is None:
        return new
    return replace(
        new,
        lines=_changed(old.lines, new.lines),
        requests=_changed(old.requests, new.requests),
        holds=_changed(old.holds, new.holds),
    )


def _changed_part_of_parcel(old: Fulfillment | None, new: Fulfillment) -> Fulfillment:
    if old is None:
        return new
    return replace(new, lines=_changed(old.lines, new.lines), events=_changed(old.events, new.events))


def _order_with(old: FulfillmentOrder | None, new: FulfillmentOrder, gone: Collection[int]) -> FulfillmentOrder:
    if old is None:
        return new
    return replace(
        new,
        lines=_with(old.lines, new.lines, gone),
        requests=_with(old.requests, new.requests),
        holds=_with(old.holds, new.holds, gone),
    )


def _parcel_with(old: Fulfillment | None, new: Fulfillment, gone: Collection[int]) -> Fulfillment:
    if old is None:
        return new
    return replace(new, lines=_with(old.lines, new.lines), events=_with(old.events, new.events, gone))


def _changed(old: Sequence[Part], new: Sequence[Part]) -> tuple[Part, ...]:
    if old is new:
        return ()
    known = {part.id: part for part in old}
    return tuple(
        part for part in new if (earlier := known.get(part.id)) is not part and (earlier is None or earlier != part)
    )


def _missing(old: Sequence[Part], new: Sequence[Part]) -> list[int]:
    if old is new:
        return []
    there = {part.id for part in new}
    return [part.id for part in old if part.id not in there]


def _with(parts: Sequence[Part], changed: Sequence[Part], gone: Collection[int] = ()) -> tuple[Part, ...]:
    by_id = {part.id: part for part in parts if part.id not in gone}
    by_id.update((part.id, part) for part in changed)
    return _sorted(by_id.values())


def _sorted(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.id))
