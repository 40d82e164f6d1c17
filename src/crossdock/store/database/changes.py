"""Writing what a batch of commands changed: one statement, whatever the number of commands and rows.

The statement is put together from the parts that have rows, so its texts are few and stay prepared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from operator import attrgetter

from crossdock.domain.events import Event
from crossdock.domain.history import Identified, Part
from crossdock.domain.order_details import OrderDetails
from crossdock.domain.orders import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    Hold,
    MerchantRequest,
    Order,
    OrderLine,
)
from crossdock.domain.routing.plan import Explanation
from crossdock.domain.shipment import CarrierEvent
from crossdock.domain.stock import InventoryLevel, StockMove, StockState
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import insert_messages
from crossdock.runtime.jobs import insert_timers
from crossdock.store.database.lean import lean

Row = Mapping[str, object]


def _insert(table: str) -> str:
    return f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, {{parameter}})"


def _upsert(table: str, *changing: str) -> str:
    settings = ", ".join(f"{column} = excluded.{column}" for column in changing)
    return f"{_insert(table)} ON CONFLICT (shop_id, id) DO UPDATE SET {settings}"


def _delete(table: str) -> str:
    return f"""
        DELETE FROM {table} t USING jsonb_to_recordset({{parameter}}) AS c (shop_id bigint, id bigint)
        WHERE t.shop_id = c.shop_id AND t.id = c.id"""


# Each part's statement by its name in Changes; foreign keys are checked when the whole has run.
PARTS: Mapping[str, str] = {
    "shops": """
        UPDATE shops s SET last_order_number = c.last_order_number
        FROM jsonb_to_recordset({parameter}) AS c (id bigint, last_order_number bigint) WHERE s.id = c.id""",
    "new_orders": _insert("orders"),
    "orders": """
        UPDATE orders o SET version = c.version, updated_at = c.updated_at, closed_at = c.closed_at,
            cancelled_at = c.cancelled_at, fulfillment_status = c.fulfillment_status
        FROM jsonb_to_recordset({parameter}) AS c (shop_id bigint, id bigint, version bigint, updated_at timestamptz,
            closed_at timestamptz, cancelled_at timestamptz, fulfillment_status text)
        WHERE o.shop_id = c.shop_id AND o.id = c.id""",
    "order_heads": """
        UPDATE orders o SET version = c.version, updated_at = c.updated_at, closed_at = c.closed_at,
            cancelled_at = c.cancelled_at, fulfillment_status = c.fulfillment_status, cancel_reason = c.cancel_reason,
            staff_note = c.staff_note, financial_status = c.financial_status, email = c.email, phone = c.phone,
            note = c.note, tags = c.tags, note_attributes = c.note_attributes, shipping_address = c.shipping_address,
            billing_address = c.billing_address, deleted_at = c.deleted_at
        FROM jsonb_populate_recordset(NULL::orders, {parameter}) AS c
        WHERE o.shop_id = c.shop_id AND o.id = c.id""",
    "order_details": f"""{_insert("order_details")}
        ON CONFLICT (shop_id, order_id) DO UPDATE SET customer = excluded.customer, metadata = excluded.metadata,
            attribution = excluded.attribution, payment_method = excluded.payment_method, lines = excluded.lines""",
    "order_lines": _upsert("order_lines", "quantity", "removed"),
    "fulfillment_orders": _upsert(
        "fulfillment_orders",
        "location_id",
        "place",
        "status",
        "request_status",
        "progress_reported",
        "fulfill_at",
        "fulfill_by",
        "merged_into",
        "split_by_hold",
        "updated_at",
    ),
    "fulfillment_order_lines": _upsert("fulfillment_order_lines", "fulfillment_order_id", "quantity", "remaining"),
    "gone_fulfillment_order_lines": _delete("fulfillment_order_lines"),
    "merchant_requests": _upsert(
        "merchant_requests",
        "answer",
        "answered_at",
        "answer_message",
        "estimated_shipped_at",
        "rejection_reason",
        "line_rejections",
    ),
    "holds": _upsert("holds", "fulfillment_order_id"),
    "gone_holds": _delete("holds"),
    "fulfillments": _upsert("fulfillments", "status", "tracking", "notify_customer", "updated_at"),
    "fulfillment_lines": _insert("fulfillment_lines"),
    "carrier_events": _insert("carrier_events"),
    "gone_carrier_events": _delete("carrier_events"),
    "events": _insert("events"),
    "routings": _insert("routings"),
    "levels": """
        UPDATE inventory_levels l SET available = c.available, committed = c.committed, reserved = c.reserved,
            damaged = c.damaged, safety_stock = c.safety_stock, quality_control = c.quality_control,
            incoming = c.incoming, updated_at = c.updated_at
        FROM jsonb_to_recordset({parameter}) AS c (shop_id bigint, inventory_item_id bigint, location_id bigint,
            available bigint, committed bigint, reserved bigint, damaged bigint, safety_stock bigint,
            quality_control bigint, incoming bigint, updated_at timestamptz)
        WHERE l.shop_id = c.shop_id AND l.inventory_item_id = c.inventory_item_id AND l.location_id = c.location_id""",
    "stock_moves": _insert("stock_moves"),
    "messages": insert_messages("{parameter}"),
    "fan_outs": _insert("fan_outs"),
    "timers": insert_timers("{parameter}"),
    "idempotency_keys": """
        INSERT INTO idempotency_keys (shop_id, app_id, key, request_hash, status, body, used_at)
        SELECT shop_id, app_id, key, decode(request_hash, 'hex'), status, decode(body, 'base64'), used_at
        FROM jsonb_to_recordset({parameter}) AS c (shop_id bigint, app_id bigint, key text, request_hash text,
            status integer, body text, used_at timestamptz)""",
}


def _names(kind: type, *without: str) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name not in without)


ORDER_COLUMNS = _names(Order, "lines", "fulfillment_orders", "fulfillments")
DETAIL_COLUMNS = _names(OrderDetails)
ORDER_LINE_COLUMNS = _names(OrderLine)
FULFILLMENT_ORDER_COLUMNS = _names(FulfillmentOrder, "lines", "requests", "holds")
FULFILLMENT_ORDER_LINE_COLUMNS = _names(FulfillmentOrderLine)
REQUEST_COLUMNS = _names(MerchantRequest)
HOLD_COLUMNS = _names(Hold)
FULFILLMENT_COLUMNS = _names(Fulfillment, "lines", "events")
CARRIER_EVENT_COLUMNS = _names(CarrierEvent)
FULFILLMENT_LINE_COLUMNS = _names(FulfillmentLine)
EVENT_COLUMNS = _names(Event, "after")
HEAD_COLUMNS = (
    "cancel_reason",
    "staff_note",
    "financial_status",
    "email",
    "phone",
    "note",
    "tags",
    "note_attributes",
    "shipping_address",
    "billing_address",
    "deleted_at",
)
_head = attrgetter(*HEAD_COLUMNS)
MOVE_COLUMNS = _names(StockMove)
LEVEL_COLUMNS = ("inventory_item_id", "location_id", *StockState)


@dataclass(kw_only=True, slots=True)
class Changes:
    """The rows to write, by part."""

    shops: list[Row] = field(default_factory=list)
    new_orders: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    order_heads: list[Row] = field(default_factory=list)
    order_details: list[Row] = field(default_factory=list)
    order_lines: list[Row] = field(default_factory=list)
    fulfillment_orders: list[Row] = field(default_factory=list)
    fulfillment_order_lines: list[Row] = field(default_factory=list)
    gone_fulfillment_order_lines: list[Row] = field(default_factory=list)
    merchant_requests: list[Row] = field(default_factory=list)
    holds: list[Row] = field(default_factory=list)
    gone_holds: list[Row] = field(default_factory=list)
    fulfillments: list[Row] = field(default_factory=list)
    fulfillment_lines: list[Row] = field(default_factory=list)
    carrier_events: list[Row] = field(default_factory=list)
    gone_carrier_events: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    routings: list[Row] = field(default_factory=list)
    levels: list[Row] = field(default_factory=list)
    stock_moves: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    fan_outs: list[Row] = field(default_factory=list)
    timers: list[Row] = field(default_factory=list)
    idempotency_keys: list[Row] = field(default_factory=list)

    def add_new_order(self, order: Order, *, import_key: str | None) -> None:
        """Note an order that was made."""
        self.new_orders.append(_columns(order, ORDER_COLUMNS, **_state(order), import_key=import_key))
        self._add_parts(None, order)

    def add_order(self, before: Order, after: Order) -> None:
        """Note what differs between an order as it was read and as it is to be."""
        columns = {"shop_id": after.shop_id, "id": after.id, **_state(after)}
        if _head(after) == _head(before):
            self.orders.append(columns)
        else:
            self.order_heads.append({**columns, **_columns(after, HEAD_COLUMNS)})
        self._add_parts(before, after)

    def add_details(self, shop_id: int, order_id: int, details: OrderDetails) -> None:
        """Note what is to be kept of an order."""
        self.order_details.append(_columns(details, DETAIL_COLUMNS, shop_id=shop_id, order_id=order_id))

    def add_events(self, order: Order, first: int, events: Sequence[Event], **marks: object) -> None:
        """Note events of an order, the first with this sequence number."""
        self.events += [
            _columns(
                event,
                EVENT_COLUMNS,
                shop_id=order.shop_id,
                order_id=order.id,
                sequence=sequence,
                at=order.updated_at,
                after=lean(event.after),
                **marks,
            )
            for sequence, event in enumerate(events, first)
        ]

    def add_routing(self, order: Order, explanation: Explanation) -> None:
        """Note why units of an order, as it is now, went where they went."""
        self.routings.append(
            {
                "shop_id": order.shop_id,
                "order_id": order.id,
                "version": order.version,
                "unavailable": explanation.unavailable,
                "explanation": explanation,
                "at": order.updated_at,
            }
        )

    def add_stock_move(
        self, shop_id: int, move: StockMove, move_id: int, available_after: int, **marks: object
    ) -> None:
        """Note a move of stock."""
        self.stock_moves.append(
            _columns(move, MOVE_COLUMNS, shop_id=shop_id, id=move_id, available_after=available_after, **marks)
        )

    def add_level(self, shop_id: int, level: InventoryLevel, at: datetime) -> None:
        """Note a level's new counters."""
        self.levels.append(_columns(level, LEVEL_COLUMNS, shop_id=shop_id, updated_at=at))

    def _add_parts(self, before: Order | None, after: Order) -> None:
        self.order_lines += [
            _columns(line, ORDER_LINE_COLUMNS, shop_id=after.shop_id, order_id=after.id)
            for line in _changed(before.lines if before else (), after.lines)
        ]
        earlier = {each.id: each for each in before.fulfillment_orders} if before else {}
        kept = _Kept(after)
        for fulfillment_order in after.fulfillment_orders:
            if earlier.get(fulfillment_order.id) is not fulfillment_order:
                self._add_fulfillment_order(after, earlier.get(fulfillment_order.id), fulfillment_order, kept)
        known = {each.id: each for each in before.fulfillments} if before else {}
        for fulfillment in after.fulfillments:
            if known.get(fulfillment.id) is not fulfillment:
                self._add_fulfillment(after, known.get(fulfillment.id), fulfillment)

    def _add_fulfillment_order(
        self, order: Order, before: FulfillmentOrder | None, after: FulfillmentOrder, kept: "_Kept"
    ) -> None:
        shop_id = order.shop_id
        of = {"shop_id": shop_id, "fulfillment_order_id": after.id}
        self.fulfillment_orders.append(_columns(after, FULFILLMENT_ORDER_COLUMNS, shop_id=shop_id, order_id=order.id))
        lines, requests, holds = (before.lines, before.requests, before.holds) if before else ((), (), ())
        self.fulfillment_order_lines += [
            _columns(line, FULFILLMENT_ORDER_LINE_COLUMNS, **of) for line in _changed(lines, after.lines)
        ]
        self.merchant_requests += [
            _columns(request, REQUEST_COLUMNS, **of) for request in _changed(requests, after.requests)
        ]
        self.holds += [_columns(hold, HOLD_COLUMNS, **of) for hold in _changed(holds, after.holds)]
        self.gone_fulfillment_order_lines += _gone(shop_id, lines, after.lines, kept.lines)
        self.gone_holds += _gone(shop_id, holds, after.holds, kept.holds)

    def _add_fulfillment(self, order: Order, before: Fulfillment | None, after: Fulfillment) -> None:
        shop_id = order.shop_id
        of = {"shop_id": shop_id, "fulfillment_id": after.id}
        self.fulfillments.append(_columns(after, FULFILLMENT_COLUMNS, shop_id=shop_id, order_id=order.id))
        lines, events = (before.lines, before.events) if before else ((), ())
        self.fulfillment_lines += [
            _columns(line, FULFILLMENT_LINE_COLUMNS, **of) for line in _changed(lines, after.lines)
        ]
        self.carrier_events += [
            _columns(event, CARRIER_EVENT_COLUMNS, **of) for event in _changed(events, after.events)
        ]
        self.gone_carrier_events += _gone(shop_id, events, after.events, ())


class _Kept:
    """Ids of lines and holds that an order has somewhere: what leaves one fulfillment order may stand on another."""

    def __init__(self, order: Order) -> None:
        self.order = order

    @property
    def lines(self) -> Iterable[int]:
        return (line.id for each in self.order.fulfillment_orders for line in each.lines)

    @property
    def holds(self) -> Iterable[int]:
        return (hold.id for each in self.order.fulfillment_orders for hold in each.holds)


def _changed(before: Sequence[Part], after: Sequence[Part]) -> Sequence[Part]:
    if before is after:
        return ()
    known = {part.id: part for part in before}
    return [part for part in after if known.get(part.id) is not part]


def _gone(shop_id: int, before: Sequence[Identified], after: Sequence[Identified], kept: Iterable[int]) -> list[Row]:
    if before is after:
        return []
    gone = {part.id for part in before}.difference(part.id for part in after)
    return [{"shop_id": shop_id, "id": part_id} for part_id in gone.difference(kept)] if gone else []


def _columns(value: object, names: Iterable[str], **more: object) -> Row:
    return {name: getattr(value, name) for name in names} | more


def _state(order: Order) -> Row:
    fulfilled = "fulfilled" if order.fulfilled else "partial" if order.partially_fulfilled else None
    return {
        "version": order.version,
        "updated_at": order.updated_at,
        "closed_at": order.closed_at,
        "cancelled_at": order.cancelled_at,
        "fulfillment_status": fulfilled,
    }


async def write(connection: Connection, changes: Changes) -> None:
    """Write everything in one statement; nothing when nothing changed.

    Raises: asyncpg.UniqueViolationError when an idempotency or import key was taken meanwhile.
    """
    parts = {name: rows for name in PARTS if (rows := getattr(changes, name))}
    if not parts:
        return
    await connection.execute(_statement(tuple(parts)), *parts.values())


@cache
def _statement(names: tuple[str, ...]) -> str:
    texts = [PARTS[name].format(parameter=f"${number}::jsonb") for number, name in enumerate(names, 1)]
    named = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(texts))
    return f"WITH {named} SELECT"
