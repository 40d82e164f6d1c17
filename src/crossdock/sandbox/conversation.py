"""What the two sides say to each other, read from their ledgers of messages and printed line by line."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlsplit

from asyncpg import Record
from rich.console import Console
from rich.text import Text

from crossdock.dialects.operation import Json
from crossdock.runtime.connection import Pool

MERCHANT, STORE, WAREHOUSE = "merchant", "store", "warehouse"
ADMIN_PATH = re.compile(r"^(/admin/api/[^/]+|/api/admin)(?=/)")
GRAPHQL_PATH = "/graphql.json"
COLOURS = {MERCHANT: "magenta", STORE: "cyan", WAREHOUSE: "yellow"}
# The fields of either wire whose values say what a message is about.
SAYING = ("kind", "type", "carrier", "company", "number", "tracking_code", "reason", "rejected_reason", "message")
# A message's line: who to whom, what, the answer's status, and then the state.
WIDEST_CALL = 62

# Calls to the store and its notifications stand in its own ledger; only what the warehouse reads stands in the other.
STORE_MESSAGES = """
    SELECT id, direction, endpoint, method, url, request_body, answer_status, created_at
    FROM messages WHERE id > $1 ORDER BY id
"""
WAREHOUSE_READS = """
    SELECT id, direction, endpoint, method, url, request_body, answer_status, created_at
    FROM messages
    WHERE id > $1 AND direction = 'out' AND (method = 'GET' OR request_body LIKE '{"query":"query %'::bytea) ORDER BY id
"""
STATES = """
    SELECT DISTINCT ON (events.at, fulfillment_order_id) events.at, fulfillment_order_id, locations.name,
        events.status, events.request_status
    FROM events LEFT JOIN locations ON locations.shop_id = events.shop_id AND locations.id = events.location_id
    WHERE order_id = (SELECT order_id FROM fulfillment_orders WHERE id = $1) AND events.status IS NOT NULL
    ORDER BY events.at, fulfillment_order_id, sequence DESC
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message: who said what to whom, and how it was answered."""

    speaker: str
    hearer: str
    call: str
    gist: str
    status: int | None
    at: datetime


class Conversation:
    """Prints what was said since it was last asked."""

    def __init__(self, store: Pool, service: Pool, console: Console) -> None:
        self.store = store
        self.service = service
        self.console = console
        self.heard_store = 0
        self.heard_service = 0

    async def skip(self) -> None:
        """Pass over what was said so far."""
        await self._heard()

    async def tell(self, fulfillment_order_id: int) -> None:
        """Print what was said since the last time, with the states of an order after each change of it.

        The order is named by a fulfillment order of its: their ids are the same on every wire.
        """
        said = await self._heard()
        states: dict[datetime, list[str]] = {}
        for row in await self.store.fetch(STATES, fulfillment_order_id):
            states.setdefault(row["at"], []).append(state_in_words(row))
        # What the store sends out at a moment follows from what came in at that moment.
        said.sort(key=lambda each: (each.at, each.speaker == STORE))
        for _, alike in groupby(said, key=lambda each: (each.speaker, each.call, each.status, each.gist)):
            times = list(alike)
            changes = [state for each in times for state in states.pop(each.at, [])]
            self.console.print(line_of(times[0], len(times), changes), soft_wrap=True)

    async def _heard(self) -> list[Said]:
        of_store = await self.store.fetch(STORE_MESSAGES, self.heard_store)
        of_service = await self.service.fetch(WAREHOUSE_READS, self.heard_service)
        self.heard_store = max((row["id"] for row in of_store), default=self.heard_store)
        self.heard_service = max((row["id"] for row in of_service), default=self.heard_service)
        return [*(said_at_store(row) for row in of_store), *(said_by_warehouse(row) for row in of_service)]


def said_at_store(row: Record) -> Said:
    if row["direction"] == "out":
        return said(row, STORE, WAREHOUSE)
    return said(row, WAREHOUSE if "Warehouse" in row["endpoint"] else MERCHANT, STORE)


def said_by_warehouse(row: Record) -> Said:
    return said(row, WAREHOUSE, STORE)


def said(row: Record, speaker: str, hearer: str) -> Said:
    path = ADMIN_PATH.sub("", urlsplit(row["url"]).path)
    return Said(
        speaker=speaker,
        hearer=hearer,
        call=operation(row["request_body"]) if path == GRAPHQL_PATH else f"{row['method']} {path}",
        gist=gist(row["request_body"]),
        status=row["answer_status"],
        at=row["created_at"],
    )


def operation(body: bytes) -> str:
    """Name what was asked by GraphQL, and of which thing if of one: a document, or a mutation as the store notes it."""
    try:
        asked = json.loads(body)
    except ValueError:
        return "GraphQL"
    name = asked.get("mutation") or asked.get("operationName")
    given = asked.get("arguments") or asked.get("variables") or {}
    number = str(given.get("id") or "").rpartition("/")[2]
    return " ".join(word for word in ("GraphQL", name, number) if word)


def gist(body: bytes) -> str:
    """Return what a body says in words: its message, kind, reason or tracking number."""
    try:
        fields = json.loads(body)
    except ValueError:
        return ""
    return ", ".join(words(fields))


def words(fields: Json) -> Sequence[str]:
    if not isinstance(fields, Mapping):
        return []
    if topic := fields.get("event_type"):
        return [str(topic)]  # what a webhook is about; what it carries is too much to say
    inner = [each for value in fields.values() for each in (value if isinstance(value, list) else [value])]
    found = [str(fields[name]) for name in SAYING if fields.get(name)]
    return [*found, *(word for each in inner for word in words(each))][:3]


def state_in_words(row: Record) -> str:
    return f"{row['name']}: {row['status']}/{row['request_status']}"


def line_of(said: Said, times: int, states: Sequence[str]) -> Text:
    line = Text("    ")
    line.append(f"{said.speaker:>9}", COLOURS[said.speaker])
    line.append(" → ")
    line.append(f"{said.hearer:<9}", COLOURS[said.hearer])
    line.append(f"  {said.call:<{WIDEST_CALL}}", "dim")
    line.append(f" {said.status or '---'}", "red" if (said.status or 500) >= 400 else "green")
    if times > 1:
        line.append(f"  {times} times", "dim")
    if said.gist:
        line.append(f"  “{said.gist}”")
    for state in states:
        line.append(f"\n{'':29}⇒ {state}", "bold")
    return line
