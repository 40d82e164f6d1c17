"""`python -m bench.generate`: a database of many orders that agree with themselves, in a minute or two.

One shop's orders are played by the store's own commands, each to another end. The shop is then copied, row by row, as
often as it takes: every table is keyed by its shop, so that a copy needs no other ids. What is played is what the store
can do today, so the copies stay true when its tables change.
"""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import CreateFulfillmentService, CreateProduct, NewVariant, ProductVariant, SetAvailable
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CreateFulfillment,
    CreateOrder,
    FulfillmentGroup,
    LineQuantity,
    NewOrderLine,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.orders import FinancialStatus, FulfillmentOrder, RejectionReason, StockClaim, Tracking
from crossdock.domain.places import Address
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import open_pool, transaction
from crossdock.runtime.secrets import Vault, new_key, new_token
from crossdock.store.database.chains import seal
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.origin import Origin, ReceivedCall
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.setup import create_app, create_location, create_shop

PLAYED = 1000  # orders that are played; the rest are copies
PRODUCTS = 50
STOCK = 1_000_000
AT_ONCE = 48
COPYING = 3  # connections that copy at the same time
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

# Columns that are unique over all shops or name their shop, and what a copy has there.
OWN = {
    ("events", "after"): "CASE WHEN source.after #> '{order,shop_id}' IS NULL THEN source.after"
    " ELSE jsonb_set(source.after, '{order,shop_id}', to_jsonb(copy.id)) END",
    ("shops", "domain"): "source.domain || '.' || copy.id",
    ("shops", "subdomain"): "source.subdomain || '-' || copy.id",
    ("apps", "client_id"): "source.client_id || '-' || copy.id",
}
# Credentials and what is only for the moment are not copied.
LEFT_OUT = ("seals", "tokens", "call_buckets")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The shop in which orders are played, and who plays."""

    pool: Pool
    dispatcher: Dispatcher
    shop_id: int
    warehouse: Caller
    variants: Sequence[ProductVariant]

    async def run(self, command: object, caller: Caller = MERCHANT, path: str = "") -> Any:
        """Carry out a command and return its result; with a `path`, as a call over the wire."""
        held: list[Any] = []

        def render(result: object, *_: object) -> Rendered:
            held.append(result)
            return Rendered(status=200, body=b'{"ok":true}')

        call = ReceivedCall(method="POST", url=f"https://bulk.example/admin/api/2026-01/{path}", body=b'{"a":1}')
        origin = Origin(
            shop_id=self.shop_id,
            caller=caller,
            actor=caller.name,
            request_id=f"bulk-{path}",
            key=new_token("") if path else None,
            call=call if path else None,
        )
        await self.dispatcher.dispatch(command, origin, render)
        return held[-1]

    async def request(self, work: FulfillmentOrder, *lines: LineQuantity) -> int:
        command = SubmitFulfillmentRequest(fulfillment_order_id=work.id, message="Please ship.", lines=lines)
        await self.run(command, path=f"fulfillment_orders/{work.id}/fulfillment_request.json")
        return work.id

    async def accept(self, work: FulfillmentOrder, *lines: LineQuantity) -> int:
        await self.request(work, *lines)
        command = AcceptFulfillmentRequest(fulfillment_order_id=work.id, message="We will.")
        await self.run(command, self.warehouse, f"fulfillment_orders/{work.id}/fulfillment_request/accept.json")
        return work.id

    async def ship(self, work: FulfillmentOrder, *lines: LineQuantity, number: int = 1) -> None:
        command = CreateFulfillment(
            groups=(FulfillmentGroup(fulfillment_order_id=work.id, lines=lines),),
            tracking=(Tracking(number=f"BULK{work.id}-{number}", company="PostNord"),),
        )
        await self.run(command, self.warehouse, "fulfillments.json")


async def _waits(_stage: Stage, _work: FulfillmentOrder) -> None:
    """Nobody has done anything yet."""


async def _is_shipped(stage: Stage, work: FulfillmentOrder) -> None:
    await stage.accept(work)
    await stage.ship(work)


async def _is_shipped_in_two(stage: Stage, work: FulfillmentOrder) -> None:
    await stage.accept(work)
    first, *_ = work.lines
    await stage.ship(work, LineQuantity(id=first.id, quantity=1))
    await stage.ship(work, number=2)


async def _is_shipped_in_part(stage: Stage, work: FulfillmentOrder) -> None:
    first, *_ = work.lines
    await stage.accept(work, LineQuantity(id=first.id, quantity=first.quantity))
    await stage.ship(work)


async def _is_declined(stage: Stage, work: FulfillmentOrder) -> None:
    number = await stage.request(work)
    command = RejectFulfillmentRequest(fulfillment_order_id=number, reason=RejectionReason.INELIGIBLE_PRODUCT)
    await stage.run(command, stage.warehouse, f"fulfillment_orders/{number}/fulfillment_request/reject.json")


async def _is_stopped(stage: Stage, work: FulfillmentOrder) -> None:
    number = await stage.accept(work)
    await stage.run(SubmitCancellationRequest(fulfillment_order_id=number))
    await stage.run(AcceptCancellationRequest(fulfillment_order_id=number), stage.warehouse)


async def _is_stopped_too_late(stage: Stage, work: FulfillmentOrder) -> None:
    number = await stage.accept(work)
    await stage.run(SubmitCancellationRequest(fulfillment_order_id=number))
    await stage.run(RejectCancellationRequest(fulfillment_order_id=number), stage.warehouse)
    await stage.ship(work)


STORIES: Sequence[Callable[[Stage, FulfillmentOrder], Awaitable[None]]] = (
    *[_is_shipped] * 10,
    *[_is_shipped_in_two] * 3,
    _is_shipped_in_part,
    _is_declined,
    _is_stopped,
    _is_stopped_too_late,
    _waits,
)


@asynccontextmanager
async def open_stage(pool: Pool) -> AsyncIterator[Stage]:
    """Make the shop with its service and products."""
    shop_id = await create_shop(
        pool, AT, name="Bulk Goods", subdomain="bulk", domain="bulk.example", email="desk@bulk.example"
    )
    await create_location(pool, AT, shop_id, name="Shop location")
    app = await create_app(pool, Vault([new_key("bulk")]), AT, shop_id, name="Bulk 3PL")
    caller = Caller(app_id=app.id, name="Bulk 3PL")
    dispatcher = Dispatcher(pool, SystemClock(), callback_urls=UrlPolicy(http=True, allowed=("127.0.0.0/8",)))
    stage = Stage(pool=pool, dispatcher=dispatcher, shop_id=shop_id, warehouse=caller, variants=())
    service = await stage.run(
        CreateFulfillmentService(name="Bulk 3PL", callback_url="http://127.0.0.1:1025/bulk"), caller
    )
    variants = tuple(
        NewVariant(sku=f"BULK-{number}", title=str(number), price=1000 + number, managed_by="shopify")
        for number in range(PRODUCTS)
    )
    product = await stage.run(CreateProduct(title="Bulk", variants=variants))
    for variant in product.variants:
        item = variant.inventory_item_id
        await stage.run(SetAvailable(inventory_item_id=item, location_id=service.location_id, available=STOCK))
    yield Stage(pool=pool, dispatcher=dispatcher, shop_id=shop_id, warehouse=caller, variants=product.variants)


async def play(stage: Stage, orders: int) -> None:
    """Play so many orders, some at a time, each by the next story."""
    numbers = iter(range(orders))

    async def player() -> None:
        for number in numbers:
            made = await stage.run(_order(stage, number), path="orders.json")
            await STORIES[number % len(STORIES)](stage, made.order.fulfillment_orders[0])

    await asyncio.gather(*(player() for _ in range(AT_ONCE)))
    await _deliver(stage)


def _order(stage: Stage, number: int) -> CreateOrder:
    lines = tuple(
        NewOrderLine(variant_id=stage.variants[(number * 7 + step) % PRODUCTS].id, quantity=2 + (number + step) % 3)
        for step in range(2)
    )
    return CreateOrder(
        lines=lines,
        financial_status=FinancialStatus.PAID,
        stock_claim=StockClaim.OBEYING_POLICY,
        email=f"customer{number}@example.com",
        shipping_address=Address(first_name="Ada", address1="1 Dock Road", city="Gothenburg", country_code="SE"),
    )


async def _deliver(stage: Stage) -> None:
    """Let what waits to be sent have been sent and answered, one after the other."""
    ends = datetime.now(UTC)  # the messages were made by the system's clock
    async with transaction(stage.pool) as connection:
        await connection.execute(
            """
            WITH sent AS (
                UPDATE messages SET status = 'delivered', attempts = 1, fence = 1, next_attempt_at = NULL,
                    answer_status = 200, finished_at = $2::timestamptz + id * interval '1 ms'
                WHERE tenant_id = $1 AND status = 'waiting'
                RETURNING tenant_id, id, finished_at
            )
            INSERT INTO message_attempts (tenant_id, message, number, started_at, duration_ms, answer_status)
            SELECT tenant_id, id, 1, finished_at - interval '1 ms', 1, 200 FROM sent
            """,
            stage.shop_id,
            ends + timedelta(seconds=1),
        )


TABLES = """
    SELECT c.relname AS name,
        (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('shop_id', 'tenant_id')) AS owner,
        (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
        (SELECT array_agg(a.attname ORDER BY key.place)
            FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number
            WHERE i.indrelid = c.oid AND i.indisprimary) AS key
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND (c.relname = 'shops' OR EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('shop_id', 'tenant_id')
        ))
    ORDER BY c.oid
"""


async def copy_shop(pool: Pool, shop_id: int, copies: int) -> list[int]:
    """Make so many copies of a shop with everything in it; return their ids. Each is one transaction."""
    async with pool.acquire() as connection:
        ids = [row[0] for row in await connection.fetch("SELECT nextval('ids') FROM generate_series(1, $1)", copies)]
        # A table's foreign keys name tables that were made before it, so that this order can be written in.
        tables = await connection.fetch(TABLES)
    statements = [_copying(row) for row in tables if row["name"] not in LEFT_OUT]
    waiting = iter(ids)

    async def copier() -> None:
        for copy in waiting:
            async with transaction(pool) as connection:
                for statement in statements:
                    await connection.execute(statement, shop_id, copy)

    await asyncio.gather(*(copier() for _ in range(COPYING)))
    return ids


def _copying(table: asyncpg.Record) -> str:
    """Return the statement that copies a table's rows of shop $1 to shop $2, in the order of its key."""
    name, owner = table["name"], table["owner"] or "id"
    values = [
        "copy.id" if column == owner else OWN.get((name, column), f"source.{column}") for column in table["columns"]
    ]
    order = ", ".join(f"source.{column}" for column in table["key"])
    return (
        f"INSERT INTO {name} ({', '.join(table['columns'])}) SELECT {', '.join(values)} "
        f"FROM {name} source, (SELECT $2::bigint AS id) copy WHERE source.{owner} = $1 ORDER BY {order}"
    )


async def generate(url: str, orders: int, *, played: int = PLAYED) -> None:
    """Fill a migrated database with at least so many orders, of which `played` are played and the rest are copies."""
    pool = await open_pool(url, size=8, name="crossdock-generate")
    try:
        played = min(orders, played)
        async with open_stage(pool) as stage:
            await play(stage, played)
            copies = await copy_shop(pool, stage.shop_id, -(-orders // played) - 1)
        for shop_id in [stage.shop_id, *copies]:
            await seal(pool, shop_id, AT)
        async with pool.acquire() as connection:
            await connection.execute("ANALYZE")
    finally:
        await pool.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--url", default=os.environ.get("DATABASE_URL"), help="a migrated, empty store database")
    arguments = parser.parse_args()
    asyncio.run(generate(arguments.url, arguments.orders))


if __name__ == "__main__":
    main()
