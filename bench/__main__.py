"""`python -m bench`: how fast the store is, beside what its database alone can do.

The store and its floor work on two databases that began as copies of one. A third copy is where the calls are first
answered by the store's own app in this process, to hear which statements they take.
"""

import argparse
import base64
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import asyncpg
import structlog
import uvloop
from rich.console import Console

from bench import graphql, measuring, report, shop
from bench.calls import Api
from bench.delivering import Delivered, measure_deliveries
from bench.floor import Recorder, recorder, row_counts
from bench.measuring import Accepts, Bench, Calls, Comparison, Lives
from bench.servers import free_port, store_servers
from bench.shop import Catalogue
from crossdock.dialects.shopify.versions import NEWEST
from crossdock.runtime.postgres.migrations import migrate
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.settings import Settings
from crossdock.sandbox.tree import STORE_MIGRATIONS

PREPARED, STORE, FLOOR, RECORDING, DELIVERING = "prepared", "store", "floor", "recording", "delivering"
ACCEPTS = {1: 120, 16: 480, 64: 960}
LIVES = {1: 40, 8: 160}
ROUTED = {1: 40, 8: 160}
BY_GRAPHQL = 120
LISTED = 80
LISTS = {"by GraphQL": graphql.work(), "by REST": graphql.work_by_rest()}
WARMING = 16  # the first round has one part in so many of the work, and does not count


@dataclass(frozen=True, kw_only=True)
class Round:
    """The recorded work of one round by its number of connections. A round that does not count warms both sides up."""

    counts: bool

    accepts: dict[int, Accepts]
    lives: dict[int, Lives]
    routed: dict[int, Calls]
    by_graphql: Calls
    lists: dict[str, Calls]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often the store and its floor take turns")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="crossdock-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)  # PostgreSQL may have to run as another account
        uvloop.run(run(folder, arguments.rounds, Console(width=140)))


async def run(folder: Path, rounds: int, console: Console) -> None:
    begun = time.perf_counter()
    postgres = await EmbeddedPostgres.start(folder / "postgres", databases=[PREPARED])
    try:
        comparisons = await compare(postgres, folder, rounds, console)
        console.print("delivering webhooks")
        delivered = await deliver(postgres, folder)
    finally:
        await postgres.stop()
    report.print_table(comparisons, console)
    report.print_deliveries(delivered, console)
    seconds = time.perf_counter() - begun
    path = report.write_json(comparisons, delivered, postgres=postgres.version, seconds=seconds)
    console.print(f"{seconds:.0f} s; written to {path}", soft_wrap=True)


async def compare(postgres: EmbeddedPostgres, folder: Path, rounds: int, console: Console) -> Sequence[Comparison]:
    key = f"bench:{base64.b64encode(os.urandom(32)).decode()}"
    settings = Settings(secret_keys=(key,), limits=False)
    console.print("making a shop ready")
    await migrate(postgres.url(PREPARED), STORE_MIGRATIONS)
    token = await shop.open_shop(postgres.url(PREPARED), settings)
    api = Api(port=free_port(), version=NEWEST, token=token)
    routing_token = await shop.open_routing_shop(postgres.url(PREPARED), settings)
    routing_api = replace(api, token=routing_token)
    shares = [WARMING, *[1] * rounds]
    async with recorder(postgres.url(PREPARED), api, settings) as maker:
        catalogue = await shop.fill_shelves(maker)
        await shop.unasked_work(maker, catalogue)
        wanted = sum(count // share for share in shares for count in (*ACCEPTS.values(), BY_GRAPHQL))
        waiting = iter(await shop.waiting_requests(maker, catalogue, wanted))
        spread = await shop.spread_shelves(maker.calling(routing_api))
    for name in (STORE, FLOOR, RECORDING):
        await clone(postgres, name)

    console.print("recording what the database is asked")
    async with recorder(postgres.url(RECORDING), api, settings) as listener:
        router = Router(recorder=listener.calling(routing_api), catalogue=spread)
        recorded = [await record(listener, catalogue, waiting, router, share) for share in shares]

    environment = {"CROSSDOCK_SECRET_KEYS": key, "CROSSDOCK_LIMITS": "false"}
    async with store_servers(postgres.url(STORE), api.port, environment, folder / "servers.log") as pids:
        bench = Bench(api=api, pids=pids, store_url=postgres.url(STORE), floor_url=postgres.url(FLOOR))
        comparisons = await take_turns(bench, replace(bench, api=routing_api), recorded, console)
        ours, theirs = await row_counts(bench.store_url), await row_counts(bench.floor_url)
        if ours != theirs:
            raise RuntimeError(f"the store and its floor did not do the same work: {ours}, {theirs}")
        return comparisons


async def deliver(postgres: EmbeddedPostgres, folder: Path) -> Delivered:
    """Measure deliveries on a database of their own, whose app has a secret under a key of its own."""
    key = f"bench:{base64.b64encode(os.urandom(32)).decode()}"
    admin = await asyncpg.connect(postgres.url("postgres"))
    await admin.execute(f"CREATE DATABASE {DELIVERING}")
    await admin.close()
    url = postgres.url(DELIVERING)
    await migrate(url, STORE_MIGRATIONS)
    await shop.open_shop(url, Settings(secret_keys=(key,)))
    return await measure_deliveries(url, {"CROSSDOCK_SECRET_KEYS": key}, folder / "workers.log")


@dataclass(frozen=True, kw_only=True)
class Router:
    """The shop whose orders have to be routed, as it is recorded."""

    recorder: Recorder
    catalogue: Catalogue


async def record(listener: Recorder, catalogue: Catalogue, waiting: Iterator[int], router: Router, share: int) -> Round:
    """Record one round of so large a share of the work."""
    return Round(
        counts=share == 1,
        accepts={
            connections: await measuring.record_accepts(listener, list(islice(waiting, count // share)))
            for connections, count in ACCEPTS.items()
        },
        lives={
            connections: await measuring.record_lives(listener, [catalogue.order(n) for n in range(count // share)])
            for connections, count in LIVES.items()
        },
        routed={
            connections: await measuring.record_calls(
                router.recorder, [router.catalogue.order(n) for n in range(count // share)]
            )
            for connections, count in ROUTED.items()
        },
        by_graphql=await measuring.record_calls(
            listener, [graphql.accept(each) for each in islice(waiting, BY_GRAPHQL // share)]
        ),
        lists={
            wire: await measuring.record_calls(listener, [call] * (LISTED // share)) for wire, call in LISTS.items()
        },
    )


async def take_turns(bench: Bench, routing: Bench, recorded: Sequence[Round], console: Console) -> Sequence[Comparison]:
    accepts = {each: Comparison(work="accept a request", connections=each) for each in ACCEPTS}
    lives = {each: Comparison(work="create, accept, fulfil", connections=each) for each in LIVES}
    routed = {each: Comparison(work="create, routed over 5 locations", connections=each) for each in ROUTED}
    accepts_by_graphql = Comparison(work="accept a request, by GraphQL", connections=1)
    lists = {
        wire: Comparison(work=f"list {graphql.PAGE} x {graphql.LINES_EACH} lines, {wire}", connections=1)
        for wire in LISTS
    }
    for number, work in enumerate(recorded):
        console.print(f"round {number} of {len(recorded) - 1}" if work.counts else "warming up")
        for connections, accept in work.accepts.items():
            comparison = accepts[connections] if work.counts else Comparison(work="", connections=connections)
            await measuring.measure_accepts(bench, accept, comparison)
        for connections, life in work.lives.items():
            comparison = lives[connections] if work.counts else Comparison(work="", connections=connections)
            await measuring.measure_lives(bench, life, comparison)
        for connections, creates in work.routed.items():
            comparison = routed[connections] if work.counts else Comparison(work="", connections=connections)
            await measuring.measure_calls(routing, creates, comparison)
        comparison = accepts_by_graphql if work.counts else Comparison(work="", connections=1)
        await measuring.measure_calls(bench, work.by_graphql, comparison)
        for wire, calls in work.lists.items():
            comparison = lists[wire] if work.counts else Comparison(work="", connections=1)
            await measuring.measure_calls(bench, calls, comparison)
    return [*accepts.values(), accepts_by_graphql, *lives.values(), *routed.values(), *lists.values()]


async def clone(postgres: EmbeddedPostgres, name: str) -> None:
    admin = await asyncpg.connect(postgres.url("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {PREPARED}")
    finally:
        await admin.close()


if __name__ == "__main__":
    main()
