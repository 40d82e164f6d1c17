"""A parcel leaves: units go off the shelf, and the store is told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crossdock.dialects.operation import NotExpressible
from crossdock.domain.refusals import (
    Invalid,
    LineNamedTwice,
    LineNotFound,
    NotFound,
    NothingToFulfill,
    QuantityNotAvailable,
    QuantityNotPositive,
)
from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import Assignment, Line, Stage, lock
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.parcels import (
    Parcel,
    ParcelLine,
    insert_parcel,
    taken_number,
    times_booked,
    undone_early,
)
from crossdock.service.database.shelf import Move, MoveKind, Stock, lock_shelf
from crossdock.service.database.stores import Store, store_by_id
from crossdock.service.handlers.drafting import note
from crossdock.service.handlers.refusals import (
    NotOnShelf,
    NotReady,
    NoWords,
    ParcelBooked,
    SeveralAssignments,
    UndoneEarly,
)
from crossdock.service.stores.messages import parcel_message

MOST_NUMBERS = 50


@dataclass(frozen=True, kw_only=True)
class PackedLine:
    """Units in a parcel: of one line by its id, or of whichever lines have the SKU."""

    quantity: int
    id: int | None = None
    sku: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShipParcel:
    """Ship units of one fulfillment order, named by its id or by its order's name; no `lines`: all that is left.

    What travels under several tracking numbers of a carrier is one parcel all the same.
    """

    store_id: int
    carrier: str
    tracking_numbers: tuple[str, ...]
    fulfillment_order_id: int | None = None
    order_name: str | None = None
    lines: tuple[PackedLine, ...] | None = None


async def ship(connection: Connection, command: ShipParcel, *, actor: str, at: datetime) -> Parcel:
    """Book a parcel, once. Raises: Refusal."""
    store = await store_by_id(connection, command.store_id)
    if store is None:
        raise NotFound("store", command.store_id)
    fulfillment_order_id = await addressed(connection, command)
    known = (await lock(connection, store.id, [fulfillment_order_id])).get(fulfillment_order_id)
    if known is None:
        raise NotFound("fulfillment order", fulfillment_order_id)
    # Looked up under the lock: whoever booked the same parcel at the same time has committed by now.
    await require_free(connection, store.id, command.carrier, command.tracking_numbers)
    # What tells that the early one is cancelled is yet to be written, and must come before this parcel.
    if (early := await undone_early(connection, store.id, known.fulfillment_order_id)) is not None:
        raise UndoneEarly(early)
    booked_before = await times_booked(connection, store.id, known.fulfillment_order_id, command.tracking_numbers[0])
    parcel_id = await connection.fetchval("SELECT nextval('ids')")
    parcel = parcel_of(known, command, parcel_id, actor=actor, at=at)
    require_on_shelf(parcel, await lock_shelf(connection, store.id, per_sku(parcel)))
    await insert_parcel(connection, parcel)
    draft = send_off(known, parcel, store, at, booked_before=booked_before)
    await write(connection, together([draft]), at)
    return parcel


def parcel_of(known: Assignment, command: ShipParcel, id: int, *, actor: str, at: datetime) -> Parcel:
    """Return the parcel that is to leave. Raises: NotReady, and what `pack` raises."""
    if known.status is not Stage.ACCEPTED:
        raise NotReady(known.fulfillment_order_id, known.status)
    packed = pack(known, command.lines)
    return Parcel(
        store_id=known.store_id,
        id=id,
        fulfillment_order_id=known.fulfillment_order_id,
        carrier=command.carrier,
        tracking_numbers=command.tracking_numbers,
        booked_as=command.tracking_numbers,
        actor=actor,
        shipped_at=at,
        lines=tuple(
            ParcelLine(line_id=line.id, sku=line.sku or "", quantity=packed[line.id])
            for line in known.lines
            if packed[line.id]
        ),
    )


async def addressed(connection: Connection, command: ShipParcel) -> int:
    """Return the fulfillment order that is meant. Raises: NotFound, SeveralAssignments."""
    if command.fulfillment_order_id is not None:
        return command.fulfillment_order_id
    name = command.order_name or ""
    rows = await connection.fetch(
        """
        SELECT fulfillment_order_id AS id, status FROM assignments
        WHERE store_id = $1 AND order_name IN ($2, '#' || $2) ORDER BY fulfillment_order_id
        """,
        command.store_id,
        name,
    )
    ready = [row["id"] for row in rows if row["status"] == Stage.ACCEPTED] or [row["id"] for row in rows]
    if not ready:
        raise NotFound("order", name)
    if len(ready) > 1:
        raise SeveralAssignments(name, tuple(ready))
    return int(ready[0])


async def require_free(
    connection: Connection, store_id: int, carrier: str, numbers: Sequence[str], *, beside: int | None = None
) -> None:
    """Raises: Invalid for numbers that no parcel can have, ParcelBooked for one that another parcel has."""
    if not 0 < len(numbers) <= MOST_NUMBERS or len(set(numbers)) < len(numbers):
        raise Invalid("tracking_numbers", f"must be 1 to {MOST_NUMBERS}, each once")
    taken = await taken_number(connection, store_id, carrier, numbers, beside=beside)
    if taken is not None:
        raise ParcelBooked(carrier, taken)


def pack(known: Assignment, lines: Sequence[PackedLine] | None) -> Counter[int]:
    """Return the units by line that go into a parcel.

    Raises: NothingToFulfill, QuantityNotPositive, LineNamedTwice, LineNotFound, QuantityNotAvailable, NotFound.
    """
    if lines is None:
        packed = Counter({line.id: line.left for line in known.lines if line.left})
        if not packed:
            raise NothingToFulfill
        return packed
    if not lines:
        raise NothingToFulfill
    packed = Counter()
    named: set[int | str] = set()
    for item, asked in enumerate(lines):
        if asked.quantity <= 0:
            raise QuantityNotPositive(0, item)
        name = asked.sku if asked.id is None else asked.id
        assert name is not None
        if name in named:
            # Domain's word for a line named twice wants an id; a SKU stands for its first line.
            raise LineNamedTwice(asked.id or candidates(known, asked)[0].id)
        named.add(name)
        fill(packed, candidates(known, asked), asked.quantity)
    return packed


def candidates(known: Assignment, asked: PackedLine) -> list[Line]:
    """Return the lines that are meant. Raises: LineNotFound, NotFound."""
    if asked.id is not None:
        found = [line for line in known.lines if line.id == asked.id]
        if not found:
            raise LineNotFound(asked.id)
        return found
    found = [line for line in known.lines if line.sku == asked.sku]
    if not found:
        raise NotFound("SKU", str(asked.sku))
    return found


def fill(packed: Counter[int], lines: Sequence[Line], quantity: int) -> None:
    """Spread units over lines, in their order. Raises: QuantityNotAvailable."""
    left = sum(line.left - packed[line.id] for line in lines)
    if quantity > left:
        raise QuantityNotAvailable(lines[0].id, quantity, left)
    for line in lines:
        taken = min(quantity, line.left - packed[line.id])
        packed[line.id] += taken
        quantity -= taken


def per_sku(parcel: Parcel) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in parcel.lines:
        units[line.sku] += line.quantity
    return units


def require_on_shelf(parcel: Parcel, shelf: Mapping[str, Stock]) -> None:
    """Raises: NotOnShelf."""
    for sku, quantity in per_sku(parcel).items():
        on_hand = shelf[sku].on_hand if sku in shelf else 0
        if quantity > on_hand:
            raise NotOnShelf(sku, quantity, on_hand)


def send_off(known: Assignment, parcel: Parcel, store: Store, at: datetime, *, booked_before: int = 0) -> Draft:
    """Count a parcel's units as shipped, take them off the shelf, and have the store told. Raises: NoWords."""
    packed = Counter({line.line_id: line.quantity for line in parcel.lines})
    lines = tuple(replace(line, shipped=line.shipped + packed[line.id]) for line in known.lines)
    shipped = replace(known, lines=lines)
    draft = Draft(assignment=replace(shipped, status=known.status if shipped.left else Stage.SHIPPED))
    draft.moves += [
        Move(
            store_id=parcel.store_id,
            sku=sku,
            kind=MoveKind.SHIP,
            cause=f"parcel:{parcel.id}",
            actor=parcel.actor,
            at=at,
            on_hand=-quantity,
            allocated=-quantity,
        )
        for sku, quantity in sorted(per_sku(parcel).items())
    ]
    note(
        draft,
        "shipped",
        at,
        actor=parcel.actor,
        parcel=parcel.id,
        carrier=parcel.carrier,
        tracking_number=", ".join(parcel.tracking_numbers),
        units=packed.total(),
    )
    try:
        draft.messages.append(parcel_message(store, draft.assignment, parcel, booked_before=booked_before))
    except NotExpressible as error:
        raise NoWords(error.what, store.transport) from error
    return draft
