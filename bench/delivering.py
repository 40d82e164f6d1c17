"""How fast workers deliver webhooks to an endpoint that answers at once."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.servers import cpu_seconds
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.exchange.messages import OutgoingMessage, post, wake
from crossdock.runtime.postgres.pool import Pool, open_pool, transaction

EVENTS_OF_AN_ORDER = 20
READY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """How it went: seconds until the last was there, and the processor time of the workers. Latencies in seconds."""

    webhooks: int
    workers: int
    seconds: float
    cpu: float
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.webhooks / self.seconds


async def measure_deliveries(
    url: str, environment: Mapping[str, str], log: Path, *, webhooks: int = 10_000, workers: int = 2
) -> Delivered:
    """Post webhooks at once, each order's in line, with the workers waiting; signed for the app of the database."""
    pool = await open_pool(url, size=4, name="bench")
    try:
        async with receiver() as port, working(url, environment, log, workers) as pids:
            async with asyncio.timeout(READY_SECONDS):
                await until(pool, "SELECT count(*) >= $1 FROM couriers", workers)
            app = await pool.fetchrow("SELECT shop_id, id FROM apps ORDER BY id LIMIT 1")
            assert app is not None
            letters = [letter(port, app["shop_id"], app["id"], number) for number in range(webhooks)]
            before = cpu_seconds(pids)
            async with transaction(pool) as connection:
                await post(connection, letters, await SystemClock().now())
            begun = perf_counter()
            async with pool.acquire() as connection:
                await wake(connection)
            await until(pool, "SELECT NOT EXISTS (SELECT FROM messages WHERE status = 'waiting')")
            seconds = perf_counter() - begun
            return Delivered(
                webhooks=webhooks,
                workers=workers,
                seconds=seconds,
                cpu=cpu_seconds(pids) - before,
                **await latencies(pool, webhooks),
            )
    finally:
        await pool.close()


async def latencies(pool: Pool, webhooks: int) -> dict[str, float]:
    """Return how long single calls took; every webhook must have arrived, at the first attempt."""
    row = await pool.fetchrow(
        """
        SELECT count(*) AS count, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) / 1000 AS p50,
            percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) / 1000 AS p99
        FROM messages m JOIN message_attempts a ON a.tenant_id = m.tenant_id AND a.message = m.id
        WHERE m.kind = 'webhook' AND m.status = 'delivered'
        """
    )
    assert row is not None
    if row["count"] != webhooks:
        raise RuntimeError(f"{row['count']} attempts delivered {webhooks} webhooks")
    return {"p50": row["p50"], "p99": row["p99"]}


def letter(port: int, shop_id: int, app_id: int, number: int) -> OutgoingMessage:
    order = number // EVENTS_OF_AN_ORDER
    return OutgoingMessage(
        tenant_id=shop_id,
        kind="webhook",
        endpoint="webhook:bench",
        method="POST",
        url=f"http://127.0.0.1:{port}/hooks",
        profile="shopify",
        body=b'{"id":1,"note":"' + b"x" * 1000 + b'"}',
        fifo_key=f"webhook:bench:order:{order}",
        subject=f"order:{order}",
        credential=f"app:{app_id}",
        command={"topic": "orders/updated", "event": f"order:{order}:{number}"},
        cause=f"order:{order}:{number}:orders/updated:1",
    )


@asynccontextmanager
async def receiver() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.receiver", stdout=PIPE)
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        await ended([process])


@asynccontextmanager
async def working(url: str, environment: Mapping[str, str], log: Path, workers: int) -> AsyncIterator[list[int]]:
    """Run workers of the store, and give their process ids."""
    local = {"CROSSDOCK_ALLOW_HTTP": "true", "CROSSDOCK_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8"}
    env = {**os.environ, **environment, **local, "DATABASE_URL": url}
    crossdock = str(Path(sys.executable).with_name("crossdock"))
    with log.open("wb") as output:
        processes = [
            await asyncio.create_subprocess_exec(crossdock, "store", "work", env=env, stdout=output, stderr=output)
            for _ in range(workers)
        ]
    try:
        yield [process.pid for process in processes]
    finally:
        await ended(processes)


async def ended(processes: list[Process]) -> None:
    for process in processes:
        if process.returncode is None:
            process.terminate()
    for process in processes:
        await process.wait()


async def until(pool: Pool, question: str, *values: object) -> None:
    """Ask the database again and again, until it says yes."""
    while True:
        if await pool.fetchval(question, *values):
            return
        await asyncio.sleep(0.05)
