"""Assignments: what stores have asked us to ship, and how far we are with each. Values, and reading them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from crossdock.domain.places import Address
from crossdock.domain.states import RequestStatus, Status
from crossdock.runtime.connection import Connection


class Stage(StrEnum):
    """How far we are. In the `…ing` stages we have decided, and the store does not know it yet."""

    RECEIVED = "received"
    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    REJECTING = "rejecting"
    REJECTED = "rejected"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    CLOSING = "closing"
    CLOSED = "closed"
    SHIPPED = "shipped"


# The shelf's units are promised to the work in these stages.
HOLDING = frozenset({Stage.ACCEPTING, Stage.ACCEPTED, Stage.CANCELLING, Stage.CLOSING})
# Something is still to be done by us or told to the store.
LIVE = HOLDING | {Stage.RECEIVED, Stage.REJECTING}


class Answer(StrEnum):
    """What we tell a store about a fulfillment order, beside its parcels."""

    ACCEPT = "accept"
    REJECT = "reject"
    ACCEPT_CANCELLATION = "accept_cancellation"
    REJECT_CANCELLATION = "reject_cancellation"
    CLOSE = "close"


class Telling(StrEnum):
    """What became of telling: the store took it, refused it, or could not be reached for too long."""

    WAITING = "waiting"
    TOLD = "told"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Line:
    """Units of one order line. `sku` is None as long as it is not known, or if the store gives the item none."""

    id: int
    order_line_id: int
    quantity: int
    shipped: int = 0
    inventory_item_id: int | None = None
    sku: str | None = None
    fault: str | None = None

    @property
    def left(self) -> int:
        return self.quantity - self.shipped


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A fulfillment order of a store, as the warehouse knows it.

    `answers` numbers the answers that we gave, `answer` is the last one. Pulls up to `settled_pull` may have read what
    was true before the store took our last word. `parcels_waiting` counts the parcels that the store is being told of,
    `parcels_untold` those that are not in its books as they are.
    """

    store_id: int
    fulfillment_order_id: int
    order_id: int
    location_id: int
    status: Stage
    store_status: Status
    store_request_status: RequestStatus
    lines: tuple[Line, ...]
    received_at: datetime
    updated_at: datetime
    order_name: str | None = None
    message: str | None = None
    requested_at: datetime | None = None
    notify_customer: bool = False
    destination: Address | None = None
    answer: Answer | None = None
    answers: int = 0
    answer_state: Telling | None = None
    answer_message: str | None = None
    answer_reason: str | None = None
    answer_trouble: str | None = None
    settled_pull: int = 0
    look_again: bool = False
    version: int = 0
    parcels_waiting: int = 0
    parcels_untold: int = 0

    @property
    def subject(self) -> str:
        """The subject of its messages, for the journey."""
        return f"assignment:{self.store_id}:{self.fulfillment_order_id}"

    @property
    def shipped(self) -> int:
        return sum(line.shipped for line in self.lines)

    @property
    def left(self) -> int:
        return sum(line.left for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to an assignment; `status` is its stage after it."""

    store_id: int
    fulfillment_order_id: int
    sequence: int
    kind: str
    status: Stage
    actor: str
    at: datetime
    message: str | None = None
    reason: str | None = None
    details: dict[str, object] = field(default_factory=dict)


# Assignments as `decoder` reads them; a condition over `a` follows.
ASSIGNMENT = """
    SELECT a.store_id, a.fulfillment_order_id, a.order_id, a.order_name, a.location_id, a.status, a.store_status,
        a.store_request_status, a.message, a.requested_at, a.notify_customer, a.destination, a.answer, a.answers,
        a.answer_state, a.answer_message, a.answer_reason, a.answer_trouble, a.settled_pull, a.look_again, a.version,
        a.received_at, a.updated_at,
        (SELECT coalesce(json_agg(line ORDER BY line.id), '[]') FROM (
            SELECT l.id, l.order_line_id, l.inventory_item_id, l.sku, l.quantity, l.shipped, l.fault
            FROM assignment_lines l
            WHERE l.store_id = a.store_id AND l.fulfillment_order_id = a.fulfillment_order_id
        ) line) AS lines,
        (SELECT count(*) FROM parcels p WHERE p.store_id = a.store_id
            AND p.fulfillment_order_id = a.fulfillment_order_id
            AND (p.told = 'waiting' OR p.correction_state = 'waiting')) AS parcels_waiting,
        (SELECT count(*) FROM parcels p WHERE p.store_id = a.store_id
            AND p.fulfillment_order_id = a.fulfillment_order_id
            AND (p.told = 'waiting' OR p.correction_state = 'waiting' OR (p.told <> 'told' AND p.cancelled_at IS NULL))
        ) AS parcels_untold
    FROM assignments a
"""

decoder = msgspec.json.Decoder(tuple[Assignment, ...])


async def assignments_where(connection: Connection, condition: str, *values: object) -> tuple[Assignment, ...]:
    """Return the assignments that an SQL condition (over `a`, with ORDER BY and LIMIT if need be) selects."""
    text: str = await connection.fetchval(
        f"SELECT coalesce(json_agg(a), '[]')::text FROM ({ASSIGNMENT} WHERE {condition}) a", *values
    )
    return decoder.decode(text)


async def load(connection: Connection, store_id: int, fulfillment_order_ids: Collection[int]) -> dict[int, Assignment]:
    """Return assignments of a store by fulfillment order; those that we do not have are left out."""
    found = await assignments_where(
        connection,
        "a.store_id = $1 AND a.fulfillment_order_id = ANY ($2::bigint[]) ORDER BY a.fulfillment_order_id",
        store_id,
        list(fulfillment_order_ids),
    )
    return {assignment.fulfillment_order_id: assignment for assignment in found}


async def lock(connection: Connection, store_id: int, fulfillment_order_ids: Collection[int]) -> dict[int, Assignment]:
    """Lock assignments of a store until the end of the transaction, and then read them."""
    await connection.execute(
        """
        SELECT FROM assignments WHERE store_id = $1 AND fulfillment_order_id = ANY ($2::bigint[])
        ORDER BY fulfillment_order_id FOR UPDATE
        """,
        store_id,
        list(fulfillment_order_ids),
    )
    return await load(connection, store_id, fulfillment_order_ids)


async def decidable(
    connection: Connection, store_id: int, unread: Collection[int], *, by_hand: bool, limit: int
) -> Sequence[int]:
    """Return the oldest work of a store that can be decided on: none of its items is still to be read.

    `by_hand`: what it asks to be shipped is for people to decide, and left out.
    """
    rows = await connection.fetch(
        """
        SELECT fulfillment_order_id FROM assignments a
        WHERE store_id = $1 AND status = 'received' AND NOT EXISTS (
            SELECT FROM assignment_lines l WHERE l.store_id = $1 AND l.fulfillment_order_id = a.fulfillment_order_id
                AND l.inventory_item_id = ANY ($2::bigint[])
        ) AND NOT ($4 AND store_status = 'open' AND store_request_status = 'submitted')
        ORDER BY fulfillment_order_id LIMIT $3
        """,
        store_id,
        list(unread),
        limit,
        by_hand,
    )
    return [row["fulfillment_order_id"] for row in rows]


async def unlisted(
    connection: Connection, store_id: int, listed: Collection[int], *, whole: bool, limit: int
) -> Sequence[int]:
    """Return what a store that lists these must be asked about one by one: it should have listed them, or refused us.

    What is on its way to the store is left alone. Without `whole`, accepted work is not expected in the list.
    """
    rows = await connection.fetch(
        """
        SELECT fulfillment_order_id FROM assignments a
        WHERE store_id = $1 AND status = ANY ($2::text[]) AND fulfillment_order_id <> ALL ($3::bigint[])
            AND answer_state IS DISTINCT FROM 'waiting'
            AND ($4 OR status = 'received' OR answer_state IN ('refused', 'failed'))
            AND NOT EXISTS (SELECT FROM parcels p WHERE p.store_id = a.store_id
                AND p.fulfillment_order_id = a.fulfillment_order_id
                AND (p.told = 'waiting' OR p.correction_state = 'waiting'))
        ORDER BY updated_at, fulfillment_order_id LIMIT $5
        """,
        store_id,
        list(LIVE),
        list(listed),
        whole,
        limit,
    )
    return [row["fulfillment_order_id"] for row in rows]
