"""Whatever is wrong in the database is found: each invariant, by a change that it forbids."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from bench.generate import generate
from crossdock.runtime.connection import Connection
from crossdock.runtime.postgres.pool import prepare_connection
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.store.verify import INVARIANTS, offences, replayed
from tests.conftest import database

FIRST = "shop_id = (SELECT min(id) FROM shops)"
OTHER = "shop_id = (SELECT max(id) FROM shops)"

# What is done to the database, and which invariants must find it.
PLANTED: dict[str, tuple[set[str], str]] = {
    "an event is gone": (
        {"events", "events_chained"},
        f"DELETE FROM events WHERE {FIRST} AND sequence = 2",
    ),
    "the last event of an order is gone": (
        {"events", "seals"},
        f"DELETE FROM events e USING orders o WHERE e.{FIRST} AND o.shop_id = e.shop_id AND o.id = e.order_id"
        " AND e.sequence = o.version",
    ),
    "an event says something else": (
        {"events_chained"},
        f"UPDATE events SET message = 'No.' WHERE {FIRST} AND kind = 'fulfillment_request_accepted'",
    ),
    "an event and its hash are forged": (
        {"seals"},
        f"UPDATE events SET actor = 'x', hash = sha256('x') WHERE {FIRST} AND kind = 'fulfillment_created'",
    ),
    "one unit more remains": (
        {"quantities", "fulfillment_order_lines"},
        f"UPDATE fulfillment_order_lines SET remaining = remaining - 1 WHERE {FIRST} AND remaining > 0",
    ),
    "a parcel has one unit more": (
        {"quantities", "fulfillment_order_lines"},
        f"UPDATE fulfillment_lines SET quantity = quantity + 1 WHERE {FIRST}",
    ),
    "more was fulfilled than was ordered": (
        {"never_above_ordered"},
        f"UPDATE order_lines SET quantity = 1 WHERE {FIRST}",
    ),
    "a fulfillment order is in a state that cannot be": (
        {"states"},
        f"UPDATE fulfillment_orders SET status = 'scheduled' WHERE {FIRST} AND request_status = 'accepted'",
    ),
    "work that is done is open": (
        {"closed_means_done"},
        f"UPDATE fulfillment_orders SET status = 'in_progress' WHERE {FIRST} AND status = 'closed'",
    ),
    "a request was never answered": (
        {"requests", "answers"},
        f"UPDATE merchant_requests SET answer = NULL, answered_at = NULL WHERE {FIRST} AND answer = 'accepted'",
    ),
    "a request was answered twice": (
        {"answers"},
        f"""
        INSERT INTO events (shop_id, order_id, sequence, kind, fulfillment_order_id, lines, details, actor, at)
        SELECT shop_id, order_id, sequence + 1000, kind, fulfillment_order_id, lines, details, actor, at FROM events
        WHERE {FIRST} AND kind = 'fulfillment_request_accepted'
        """,
    ),
    "something was shipped after the work had been stopped": (
        {"fulfillments_allowed"},
        f"UPDATE events SET request_status = 'submitted', status = 'open' WHERE {FIRST}"
        " AND kind = 'fulfillment_request_accepted'",
    ),
    "an order looks unshipped": (
        {"order_status"},
        f"UPDATE orders SET fulfillment_status = NULL WHERE {FIRST}",
    ),
    "less is committed": (
        {"committed_stock", "ledger"},
        f"UPDATE inventory_levels SET committed = committed - 1 WHERE {FIRST} AND committed > 0",
    ),
    "a counter was changed by hand": (
        {"ledger"},
        f"UPDATE inventory_levels SET damaged = 1 WHERE {FIRST}",
    ),
    "a move has one unit more": (
        {"ledger", "ledger_prefixes", "ledger_chained"},
        f"UPDATE stock_moves SET quantity = quantity + 1 WHERE {FIRST} AND cause = 'order_routed'",
    ),
    "a move has another actor": (
        {"ledger_chained"},
        f"UPDATE stock_moves SET actor = 'x' WHERE {FIRST} AND cause = 'fulfillment_created'",
    ),
    "a move oversold": (
        {"ledger_prefixes"},
        f"UPDATE stock_moves SET available_after = -1 WHERE {FIRST} AND cause = 'order_routed'",
    ),
    "moves are gone": (
        {"ledger", "seals"},
        f"DELETE FROM stock_moves WHERE {FIRST} AND cause = 'fulfillment_created'",
    ),
    "stock moved where nothing is stocked": (
        {"ledger_without_level"},
        f"UPDATE stock_moves SET location_id = 1 WHERE {FIRST}",
    ),
    "a parcel is not in the log": (
        {"fulfillments_in_log", "events_chained"},
        f"UPDATE events SET fulfillment_id = NULL WHERE {FIRST} AND kind = 'fulfillment_created'",
    ),
    "a service was told of a request that is not there": (
        {"announcements"},
        "UPDATE messages SET cause = 'request:1' WHERE id = (SELECT min(id) FROM messages"
        " WHERE kind = 'fulfillment_order_notification')",
    ),
    "a fulfillment order went back by itself": (
        {"states_in_log"},
        f"UPDATE fulfillment_orders SET status = 'open', request_status = 'submitted' WHERE {FIRST}"
        " AND request_status = 'rejected'",
    ),
    "a webhook is about nothing": (
        {"webhooks"},
        """
        UPDATE messages SET kind = 'webhook', cause = 'order:77:1:orders/create:5',
            command = '{"event": "order:77:1", "topic": "orders/create", "subscription_id": 5}'
        WHERE id = (SELECT min(id) FROM messages WHERE direction = 'out')
        """,
    ),
    "a webhook is gone": (
        {"fan_outs"},
        "INSERT INTO fan_outs (shop_id, action, webhooks, at)"
        f" SELECT shop_id, concat_ws(':', 'order', order_id, sequence), 1, at FROM events WHERE {FIRST} LIMIT 1",
    ),
    "a message is marked delivered without an attempt": (
        {"deliveries"},
        "DELETE FROM message_attempts",
    ),
    "a message is marked delivered by an answer that its platform does not take for yes": (
        {"deliveries"},
        "UPDATE message_attempts SET answer_status = 204; UPDATE messages SET profile = 'next29'",
    ),
    "a message died without a reason": (
        {"deliveries"},
        "UPDATE messages SET status = 'dead' WHERE status = 'delivered'",
    ),
    "a message overtook the one before it": (
        {"delivery_order"},
        "UPDATE message_attempts SET started_at = started_at - interval '1 day'",
    ),
    "a key has another answer": (
        {"idempotency_keys"},
        f"UPDATE idempotency_keys SET status = 500 WHERE {FIRST}",
    ),
    "a key is gone": (
        {"effects_of_keys"},
        f"DELETE FROM idempotency_keys WHERE {FIRST} AND used_at > (SELECT min(used_at) FROM idempotency_keys)",
    ),
    "an app that is gone has a token": (
        {"apps_gone"},
        f"INSERT INTO tokens (shop_id, id, app_id, hash, platform, scopes, created_at)"
        f" SELECT shop_id, 77, id, 'x', platform, '{{}}', created_at FROM apps WHERE {FIRST} LIMIT 1;"
        f" UPDATE apps SET uninstalled_at = created_at WHERE {FIRST}",
    ),
    "a row names another shop's": (
        {"tenancy"},
        f"INSERT INTO locations (shop_id, id, name, address, priority, created_at, updated_at) SELECT shop_id, 77, 'x',"
        f" '{{}}', 9, created_at, updated_at FROM locations WHERE {OTHER} LIMIT 1;"
        f" UPDATE fulfillments SET location_id = 77 WHERE {FIRST}",
    ),
    "a message is about another shop's order": (
        {"tenancy_of_messages"},
        "UPDATE messages SET subject = 'order:77' WHERE subject IS NOT NULL",
    ),
    "a foreign key crosses shops": (
        {"tenancy_of_keys"},
        "CREATE TABLE notes (shop_id bigint, id bigint, PRIMARY KEY (shop_id, id), UNIQUE (id));"
        " ALTER TABLE holds ADD COLUMN note bigint REFERENCES notes (id)",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url(postgres: EmbeddedPostgres, store_template: str) -> AsyncIterator[str]:
    """A database with two shops that have lived through some orders."""
    async with database(postgres, store_template) as address:
        await generate(address, 72, played=36)
        yield address


@pytest_asyncio.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    opened = await asyncpg.connect(url)
    await prepare_connection(opened)
    yield opened
    await opened.close()


async def found(connection: Connection) -> set[str]:
    """Return the names of the invariants that do not hold, inside the connection's transaction."""
    return {each.name for each in INVARIANTS if await connection.fetch(f"SELECT * FROM ({each.sql}) x LIMIT 1")}


async def test_what_the_store_wrote_is_sound(connection: Connection) -> None:
    assert await connection.fetchval("SELECT count(*) FROM orders") == 72
    assert await offences(connection) == []
    assert await replayed(connection) == []


@pytest.mark.parametrize("what", PLANTED)
async def test_what_is_wrong_is_found(connection: Connection, what: str) -> None:
    names, change = PLANTED[what]
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(change)
    assert await found(connection) >= names
    await transaction.rollback()


def test_every_invariant_has_been_broken_once() -> None:
    assert {each.name for each in INVARIANTS} == set().union(*(names for names, _ in PLANTED.values()))
