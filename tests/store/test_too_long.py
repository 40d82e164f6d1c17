"""What a web process is asked ends, even if the database would go on for ever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest_asyncio

from crossdock.dialects.next29.scopes import SCOPES
from crossdock.store.app import open_store
from crossdock.store.setup import issue_token
from tests.store.calls import SETTINGS, Client, Reply, Served, opened
from tests.store.scene import NOW

ORDERS = "{ orders(first: 1) { nodes { id } } }"
ORDERED = {"order": {"line_items": [{"title": "Mug", "price": "1.00", "quantity": 1}]}}


@dataclass
class Shop:
    """A shop whose web process waits a second for a statement, and no longer."""

    served: Served
    next29: Client

    async def everything(self) -> list[Reply]:
        """Ask by each wire and a page, and make an order, all at once."""
        desk = self.served.desk
        replies = await asyncio.gather(
            desk.get("orders.json"),
            desk.post("graphql.json", {"query": ORDERS}),
            desk.post("orders.json", ORDERED),
            replace(desk, token=None).get("/shops/acme/orders"),
            self.next29.get("/api/admin/orders/"),
        )
        return list(replies)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Shop]:
    async with open_store(SETTINGS, url=store_database, size=12, statement_timeout=1.0) as store:
        place = await opened(store, subdomain="acme")
        token = await issue_token(
            store.pool, NOW, place.shop.shop_id, place.shop.app_id, scopes=SCOPES, platform="next29"
        )
        headers = {"authorization": f"Bearer {token}", "x-29next-api-version": "2024-04-01"}
        yield Shop(place, Client(place.app, None, headers=headers))


async def test_what_takes_too_long_is_answered_with_503_by_every_wire_and_changes_nothing(acme: Shop) -> None:
    pool = acme.served.store.pool
    async with pool.acquire() as other:
        begun = other.transaction()
        await begun.start()
        await other.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        replies = await acme.everything()
        await begun.rollback()
    assert [(reply.status, reply.headers.get("retry-after")) for reply in replies] == [(503, "2")] * 5
    assert {reply.json["errors"] for reply in replies} == {
        "This took longer than it may here, and nothing was changed. Ask for less at once, or try again later."
    }
    assert await pool.fetchval("SELECT count(*) FROM orders") == 0
    assert [reply.status for reply in await acme.everything()] == [200, 200, 201, 200, 200]


async def test_connections_of_workers_and_commands_wait_as_long_as_it_takes(acme: Shop, store_database: str) -> None:
    async with open_store(SETTINGS, url=store_database, size=1) as store:
        assert await store.pool.fetchval("SHOW statement_timeout") == "0"
    assert await acme.served.store.pool.fetchval("SHOW statement_timeout") == "1s"
