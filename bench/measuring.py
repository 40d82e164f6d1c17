"""The two things measured, each beside its floor, in turns."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import shop
from bench.calls import Api, Call, HttpJob
from bench.driving import Job, Run, waiting_drivers
from bench.floor import Recorder, SqlJob, Statements
from bench.servers import cpu_seconds


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where the store is, and the two databases that began alike: the store's and the floor's."""

    api: Api
    pids: list[int]
    store_url: str
    floor_url: str


@dataclass(kw_only=True)
class Measured:
    """What one side did over all rounds. A latency is that of one piece of work, however many calls it took."""

    seconds: float = 0.0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.latencies)

    def quantile(self, share: float) -> float:
        return statistics.quantiles(self.latencies, n=1000, method="inclusive")[round(share * 1000) - 1]

    def add(self, runs: Sequence[Run], cpu: float = 0.0) -> None:
        """Add a round; its runs are the calls of the same pieces of work, in the same order."""
        self.seconds += sum(run.seconds for run in runs)
        self.cpu += cpu
        self.latencies += [sum(parts) for parts in zip(*(run.latencies for run in runs), strict=True)]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The store beside its floor, for one piece of work at a number of connections."""

    work: str
    connections: int
    store: Measured = field(default_factory=Measured)
    floor: Measured = field(default_factory=Measured)

    @property
    def ratio(self) -> float:
        return self.store.per_second / self.floor.per_second


@dataclass(frozen=True, kw_only=True)
class Accepts:
    """One round of answers to waiting requests: the calls, and the statements that they take."""

    ids: Sequence[int]
    statements: Sequence[Statements]


@dataclass(frozen=True, kw_only=True)
class Lives:
    """One round of whole lives: the calls that make the orders, and the statements of each step."""

    orders: Sequence[Call]
    create: Sequence[Statements]
    request: Sequence[Statements]
    accept: Sequence[Statements]
    fulfil: Sequence[Statements]


@dataclass(frozen=True, kw_only=True)
class Calls:
    """One round of calls, none of which needs what another answered, and the statements that they take."""

    calls: Sequence[Call]
    statements: Sequence[Statements]


async def record_calls(recorder: Recorder, calls: Sequence[Call]) -> Calls:
    return Calls(calls=calls, statements=await _record(recorder, calls))


async def measure_calls(bench: Bench, calls: Calls, comparison: Comparison) -> None:
    """Measure one round, the store first and then its floor."""
    run, cpu = await _over_http(bench, calls.calls, comparison.connections)
    comparison.store.add([run], cpu)
    comparison.floor.add([await _over_sql(bench, calls.statements, comparison.connections)])


async def record_accepts(recorder: Recorder, ids: Sequence[int]) -> Accepts:
    return Accepts(ids=ids, statements=await _record(recorder, [shop.accept(each) for each in ids]))


async def record_lives(recorder: Recorder, orders: Sequence[Call]) -> Lives:
    created = [await recorder.record(order) for order in orders]
    order_ids = [shop.checked(answer)["order"]["id"] for answer, _ in created]
    ids = await shop.fulfillment_orders(recorder.url, order_ids)
    return Lives(
        orders=orders,
        create=[statements for _, statements in created],
        request=await _record(recorder, [shop.request(each) for each in ids]),
        accept=await _record(recorder, [shop.accept(each) for each in ids]),
        fulfil=await _record(recorder, [shop.fulfil(each) for each in ids]),
    )


async def _record(recorder: Recorder, calls: Sequence[Call]) -> list[Statements]:
    recorded = [await recorder.record(call) for call in calls]
    for answer, _ in recorded:
        shop.checked(answer)
    return [statements for _, statements in recorded]


async def measure_accepts(bench: Bench, accepts: Accepts, comparison: Comparison) -> None:
    """Measure one round, the store first and then its floor."""
    run, cpu = await _over_http(bench, [shop.accept(each) for each in accepts.ids], comparison.connections)
    comparison.store.add([run], cpu)
    comparison.floor.add([await _over_sql(bench, accepts.statements, comparison.connections)])


async def measure_lives(bench: Bench, lives: Lives, comparison: Comparison) -> None:
    """Measure one round, step by step. The merchant's request between two steps is sent, but not measured."""
    connections = comparison.connections
    created, creating = await _over_http(bench, lives.orders, connections)
    order_ids = [shop.checked(answer)["order"]["id"] for answer in created.answers]
    ids = await shop.fulfillment_orders(bench.store_url, order_ids)
    await _over_http(bench, [shop.request(each) for each in ids], connections)
    accepted, accepting = await _over_http(bench, [shop.accept(each) for each in ids], connections)
    fulfilled, fulfilling = await _over_http(bench, [shop.fulfil(each) for each in ids], connections)
    comparison.store.add([created, accepted, fulfilled], creating + accepting + fulfilling)

    create = await _over_sql(bench, lives.create, connections)
    await _over_sql(bench, lives.request, connections)
    accept = await _over_sql(bench, lives.accept, connections)
    comparison.floor.add([create, accept, await _over_sql(bench, lives.fulfil, connections)])


async def _over_http(bench: Bench, calls: Sequence[Call], connections: int) -> tuple[Run, float]:
    """Drive calls; return how it went and the processor time that the store's processes took for it."""
    job = HttpJob(port=bench.api.port, requests=shop.wire(bench.api, calls), connections=connections)
    async with waiting_drivers([job]) as go:
        before = cpu_seconds(bench.pids)
        run = await go()
        cpu = cpu_seconds(bench.pids) - before
    for answer in run.answers:
        shop.checked(answer)
    return run, cpu


async def _over_sql(bench: Bench, requests: Sequence[Statements], connections: int) -> Run:
    """Drive recorded statements, by two processes where there is enough for both: one alone would be the limit."""
    drivers = 1 if connections == 1 else 2
    jobs: list[Job] = [
        SqlJob(url=bench.floor_url, requests=requests[number::drivers], connections=connections // drivers)
        for number in range(drivers)
    ]
    async with waiting_drivers(jobs) as go:
        return _in_order(await go(), drivers)


def _in_order(run: Run, drivers: int) -> Run:
    """Undo the dealing out of the requests to several drivers, so that the same work stands at the same place."""
    if drivers == 1:
        return run
    half = (len(run.latencies) + 1) // 2
    first, second = run.latencies[:half], run.latencies[half:]
    dealt = [latency for pair in zip(first, second, strict=False) for latency in pair]
    return Run(seconds=run.seconds, latencies=dealt + first[len(second) :], answers=run.answers)
