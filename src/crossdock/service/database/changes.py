"""Writing what was decided: assignments with their lines, events, shelf moves, messages and jobs, set by set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

import msgspec

from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, post
from crossdock.service.database.assignments import Assignment, Event
from crossdock.service.database.shelf import Move

# What the row of an assignment has not: its lines and parcels have tables of their own.
ELSEWHERE = {"lines", "parcels_waiting", "parcels_untold"}
COLUMNS = tuple(field.name for field in fields(Assignment) if field.name not in ELSEWHERE)
KEY = ("store_id", "fulfillment_order_id")


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a decision leaves to write, all in one transaction."""

    assignments: tuple[Assignment, ...] = ()
    events: tuple[Event, ...] = ()
    moves: tuple[Move, ...] = ()
    messages: tuple[OutgoingMessage, ...] = ()


@dataclass(kw_only=True)
class Draft:
    """Changes to one assignment while they are being decided."""

    assignment: Assignment
    events: list[Event] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    messages: list[OutgoingMessage] = field(default_factory=list)


def together(drafts: Iterable[Draft]) -> Changes:
    """Return what several drafts have to write."""
    all_drafts = list(drafts)
    return Changes(
        assignments=tuple(draft.assignment for draft in all_drafts),
        events=tuple(event for draft in all_drafts for event in draft.events),
        moves=tuple(move for draft in all_drafts for move in draft.moves),
        messages=tuple(message for draft in all_drafts for message in draft.messages),
    )


UPSERT_ASSIGNMENTS = f"""
    INSERT INTO assignments ({", ".join(COLUMNS)})
    SELECT {", ".join(COLUMNS)} FROM jsonb_populate_recordset(NULL::assignments, $1)
    ON CONFLICT (store_id, fulfillment_order_id) DO UPDATE
    SET {", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column not in KEY)}
"""

# A line that the store no longer names goes, unless units of it were shipped.
WRITE_LINES = """
    WITH line AS (SELECT * FROM jsonb_populate_recordset(NULL::assignment_lines, $1)), gone AS (
        DELETE FROM assignment_lines l
        USING (SELECT DISTINCT store_id, fulfillment_order_id FROM line) AS touched
        WHERE l.store_id = touched.store_id AND l.fulfillment_order_id = touched.fulfillment_order_id
            AND NOT EXISTS (SELECT FROM line WHERE line.store_id = l.store_id
                AND line.fulfillment_order_id = l.fulfillment_order_id AND line.id = l.id)
    )
    INSERT INTO assignment_lines (store_id, fulfillment_order_id, id, order_line_id, inventory_item_id, sku, quantity,
        shipped, fault)
    SELECT store_id, fulfillment_order_id, id, order_line_id, inventory_item_id, sku, quantity, shipped, fault FROM line
    ON CONFLICT (store_id, fulfillment_order_id, id) DO UPDATE
    SET inventory_item_id = excluded.inventory_item_id, sku = excluded.sku, quantity = excluded.quantity,
        shipped = excluded.shipped, fault = excluded.fault
"""

# A statement does not see rows that another part of it writes, so new SKUs get their row before the sums are added.
NEW_SKUS = """
    INSERT INTO shelf (store_id, sku, on_hand, allocated, updated_at)
    SELECT DISTINCT $1::bigint, sku, 0, 0, $3::timestamptz FROM unnest($2::text[]) AS sku ORDER BY sku
    ON CONFLICT DO NOTHING
"""
# In one order everywhere, so that nobody waits for another who waits for him.
LOCK_SKUS = """
    SELECT FROM shelf WHERE store_id = $1 AND sku = ANY ($2::text[]) ORDER BY sku FOR NO KEY UPDATE
"""
MOVE_STOCK = """
    WITH move AS (
        INSERT INTO shelf_moves (store_id, id, sku, kind, on_hand, allocated, cause, actor, at)
        SELECT store_id, nextval('ids'), sku, kind, on_hand, allocated, cause, actor, at
        FROM jsonb_populate_recordset(NULL::shelf_moves, $1)
        RETURNING store_id, sku, on_hand, allocated
    ), total AS (
        SELECT store_id, sku, sum(on_hand) AS on_hand, sum(allocated) AS allocated FROM move GROUP BY store_id, sku
    )
    UPDATE shelf
    SET on_hand = shelf.on_hand + total.on_hand, allocated = shelf.allocated + total.allocated, updated_at = $2
    FROM total WHERE shelf.store_id = total.store_id AND shelf.sku = total.sku
"""


async def write(connection: Connection, changes: Changes, at: datetime) -> None:
    """Write changes in the caller's transaction, which holds the locks of what they are about."""
    if changes.assignments:
        await connection.execute(UPSERT_ASSIGNMENTS, [row_of(assignment) for assignment in changes.assignments])
        await connection.execute(WRITE_LINES, line_rows(changes.assignments))
    if changes.events:
        await connection.execute(
            "INSERT INTO assignment_events SELECT * FROM jsonb_populate_recordset(NULL::assignment_events, $1)",
            changes.events,
        )
    await move_stock(connection, changes.moves, at)
    await post(connection, changes.messages, at)


async def move_stock(connection: Connection, moves: Sequence[Move], at: datetime) -> None:
    """Move units on the shelf of one store, by its ledger. A SKU that comes for the first time gets its row."""
    if moves:
        store_id, skus = moves[0].store_id, [move.sku for move in moves]
        await keep_skus(connection, store_id, skus, at)
        await connection.execute(LOCK_SKUS, store_id, skus)
        await connection.execute(MOVE_STOCK, moves, at)


async def keep_skus(connection: Connection, store_id: int, skus: Iterable[str], at: datetime) -> None:
    """Give a place on the shelf to SKUs that have none yet, with nothing on it."""
    await connection.execute(NEW_SKUS, store_id, list(skus), at)


def row_of(assignment: Assignment) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(assignment)
    return {column: values[column] for column in COLUMNS}


def line_rows(assignments: Sequence[Assignment]) -> list[dict[str, object]]:
    return [
        {
            "store_id": assignment.store_id,
            "fulfillment_order_id": assignment.fulfillment_order_id,
            **msgspec.to_builtins(line),
        }
        for assignment in assignments
        for line in assignment.lines
    ]
