"""Endpoints that mean harm, all at once beside a good one: they hurt only themselves."""

import asyncio
import gzip
import ssl
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter

import pytest_asyncio

from crossdock.runtime.clock import SystemClock
from crossdock.runtime.exchange.messages import post, wake
from crossdock.runtime.postgres.pool import Pool, open_pool, transaction
from tests.runtime.exchange import Endpoint, courier, create_tables, listening, message, until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
# As many of each kind as would fill a courier with eight messages each.
OF_EACH = 4
MESSAGES = 8
DEADLINE = 1.5
BOMB = gzip.compress(bytes(20 * 1024 * 1024))

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest_asyncio.fixture
async def pool(empty_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(empty_database, size=12, name="test")
    await create_tables(pool)
    yield pool
    await pool.close()


async def never_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    await asyncio.sleep(60)


async def ten_gigabytes(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 10737418240\r\n\r\n")
    for _ in range(10 * 1024 * 16):
        writer.write(b"x" * 65536)
        await writer.drain()


async def one_byte_a_second(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
    for _ in range(60):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(1)


async def slow_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    for number in range(60):
        writer.write(f"X-Header-{number}: 1\r\n".encode())
        await writer.drain()
        await asyncio.sleep(1)


async def endless_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"X-More: " + b"y" * 4000 + b"\r\n")
        await writer.drain()


async def redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def gzip_bomb(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n".encode() + BOMB)
    await writer.drain()


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def garbage(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
    await writer.drain()


KINDS: dict[str, tuple[Behave, str, bool]] = {
    "never answers": (never_answer, "http", False),
    "ten gigabytes": (ten_gigabytes, "http", True),
    "one byte a second": (one_byte_a_second, "http", False),
    "slow head": (slow_head, "http", False),
    "endless head": (endless_head, "http", False),
    "redirects": (redirect, "http", False),
    "gzip bomb": (gzip_bomb, "http", True),
    "hangs up": (hang_up, "http", False),
    "garbage": (garbage, "http", False),
    "wrong TLS": (garbage, "https", False),
}


@asynccontextmanager
async def hostile(behave: Behave) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def put_one(pool: Pool, good: Endpoint, number: int) -> float:
    """Send one message to the good endpoint; return the seconds until it was there."""
    began = perf_counter()
    async with transaction(pool) as connection:
        await post(connection, [message(good, f"good {number}", profile="long")], await SystemClock().now())
    async with pool.acquire() as connection:
        await wake(connection)
    await until(lambda: f"good {number}" in good.heard, within=20)
    return perf_counter() - began


async def test_hostile_endpoints_hurt_only_themselves(pool: Pool) -> None:
    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(listening())
        bad: dict[str, str] = {}
        for name, (behave, scheme, _) in KINDS.items():
            for number in range(OF_EACH):
                port = await stack.enter_async_context(hostile(behave))
                bad[f"{name} {number}"] = f"{scheme}://127.0.0.1:{port}/"
        async with transaction(pool) as connection:
            letters = [
                message(Endpoint(url=url), name, kind=name, profile="long")
                for name, url in bad.items()
                for _ in range(MESSAGES)
            ]
            await post(connection, letters, await SystemClock().now())
        async with courier(pool, deadline=DEADLINE):
            await asyncio.sleep(0.3)
            waits = []
            for number in range(60):
                waits.append(await put_one(pool, good, number))
                await asyncio.sleep(0.05)
        rows = await pool.fetch("SELECT kind, max(octet_length(answer_body)) AS kept, array_agg(status) AS statuses "
                                "FROM messages WHERE kind <> 'note' GROUP BY kind")  # fmt: skip
    # All that they answered is cut off; what they never said counts as silence, and each is tried again in its time.
    assert all(row["kept"] is None or row["kept"] <= 4096 for row in rows)
    harmless = {name for name, (_, _, delivered) in KINDS.items() if delivered}
    for row in rows:
        expected = "delivered" if row["kind"].rpartition(" ")[0] in harmless else "waiting"
        assert set(row["statuses"]) <= {expected, "waiting"}, row
    waits.sort()
    assert statistics.median(waits) < 0.25, waits
    assert waits[-1] < 2 * DEADLINE, waits
