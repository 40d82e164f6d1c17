"""The ledger and its courier, against real sockets and PostgreSQL."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import pytest_asyncio

from crossdock.runtime.clock import MovableClock, SystemClock
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange import claims, journey
from crossdock.runtime.exchange.courier import CannotPrepare
from crossdock.runtime.exchange.messages import (
    FinishedCall,
    IncomingMessage,
    OutgoingMessage,
    close_received,
    post,
    receive,
    record,
    record_calls,
    wake,
)
from crossdock.runtime.exchange.second_thoughts import (
    Replayed,
    cancel,
    cancel_waiting,
    forget,
    replay,
    replay_dead,
    replay_range,
)
from crossdock.runtime.exchange.verdicts import Dead, Delivered, End, Message
from crossdock.runtime.http.outgoing import OutgoingAnswer, OutgoingRequest
from crossdock.runtime.postgres.pool import Pool, open_pool, transaction
from tests.runtime.exchange import Endpoint, courier, create_tables, listening, message, settled, until


@pytest_asyncio.fixture
async def pool(empty_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(empty_database, size=12, name="test")
    await create_tables(pool)
    yield pool
    await pool.close()


async def put(pool: Pool, *messages: OutgoingMessage) -> None:
    async with transaction(pool) as connection:
        await post(connection, messages, await SystemClock().now())
    async with pool.acquire() as connection:
        await wake(connection)


async def ledger(pool: Pool) -> list[journey.LedgerMessage]:
    async with pool.acquire() as connection:
        return list(reversed(await journey.messages(connection, 1)))


async def advance(pool: Pool, seconds: float) -> None:
    clock = MovableClock(pool)
    await clock.set_offset(await clock.offset() + seconds)


async def test_a_message_is_delivered_with_its_attempt_on_record(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        await put(pool, message(endpoint, "hello", subject="order:7", command={"then": "smile"}))
        await settled(pool)
    async with pool.acquire() as connection:
        (sent,) = await journey.journey(connection, 1, "order:7")
    assert endpoint.heard == ["hello"]
    assert (sent.status, sent.answer_status, sent.answer_body, sent.request_body) == (
        "delivered",
        200,
        b"thanks",
        b"hello",
    )
    assert [(attempt.number, attempt.answer_status, attempt.error) for attempt in sent.attempts] == [(1, 200, None)]


async def test_one_key_is_served_in_order_and_others_pass_by(pool: Pool) -> None:
    async with listening(open_gate=False) as endpoint, courier(pool):
        await put(
            pool, *(message(endpoint, f"a{n}", fifo_key="a") for n in range(5)), message(endpoint, "b0", fifo_key="b")
        )
        await asyncio.sleep(0.3)
        assert sorted(endpoint.heard) == ["a0", "b0"]
        endpoint.gate.set()
        await settled(pool)
    assert [text for text in endpoint.heard if text.startswith("a")] == ["a0", "a1", "a2", "a3", "a4"]


async def test_a_failed_message_holds_up_its_key_until_it_is_dead(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        endpoint.status = 500
        await put(pool, message(endpoint, "first", fifo_key="a"), message(endpoint, "second", fifo_key="a"))
        await settled(pool)
        assert endpoint.heard == ["first"]
        await advance(pool, 61)
        await settled(pool)
        assert endpoint.heard == ["first", "first"]
        endpoint.status = 200
        await advance(pool, 599)
        await settled(pool)
        assert endpoint.heard == ["first", "first"]
        await advance(pool, 10)
        await settled(pool)
    assert endpoint.heard == ["first", "first", "first", "second"]
    assert [sent.status for sent in await ledger(pool)] == ["delivered", "delivered"]


async def test_a_message_dies_at_the_end_of_its_profile_and_lives_again_by_replay(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        endpoint.status = 503
        await put(pool, message(endpoint, "x", profile="at_once"))
        await settled(pool)
        (dead,) = await ledger(pool)
        assert (dead.status, dead.reason, len(dead.attempts)) == ("dead", "given up after 4 attempts: answered 503", 4)
        endpoint.status = 200
        async with pool.acquire() as connection:
            assert await replay(connection, 1, dead.id, datetime.now(UTC))
            assert not await replay(connection, 2, dead.id, datetime.now(UTC))
        await settled(pool)
    (sent,) = await ledger(pool)
    assert sent.status == "delivered"
    assert [attempt.number for attempt in sent.attempts] == [1, 2, 3, 4, 5]
    assert set(endpoint.ids) == {sent.message_id}


async def test_gone_is_final_where_the_profile_says_so(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        endpoint.status = 410
        await put(pool, message(endpoint, "x"), message(endpoint, "y", profile="long"))
        await settled(pool)
    assert [sent.status for sent in await ledger(pool)] == ["dead", "waiting"]


@pytest.mark.parametrize("wait", ["120", "date"])
async def test_retry_after_is_honoured(pool: Pool, wait: str) -> None:
    async with listening() as endpoint, courier(pool):
        in_two_minutes = datetime.now(UTC) + timedelta(seconds=120)
        endpoint.status = 429
        endpoint.headers = {
            "Retry-After": in_two_minutes.strftime("%a, %d %b %Y %H:%M:%S GMT") if wait == "date" else wait
        }
        await put(pool, message(endpoint, "x"))
        await settled(pool)
    (sent,) = await ledger(pool)
    assert sent.next_attempt_at is not None
    assert abs(sent.next_attempt_at - in_two_minutes) < timedelta(seconds=3)


async def test_one_slow_endpoint_holds_up_nobody_else(pool: Pool) -> None:
    async with listening(open_gate=False) as slow, listening() as quick, courier(pool, per_endpoint=4, concurrency=16):
        await put(pool, *(message(slow, str(n)) for n in range(40)))
        await put(pool, *(message(quick, str(n)) for n in range(40)))
        await until(lambda: len(quick.heard) == 40)
        assert len(slow.heard) == claims.ROOM_FOR_STRANGERS
        slow.gate.set()
        await settled(pool)
    assert len(slow.heard) == 40


async def test_an_endpoint_that_keeps_failing_rests_and_then_one_message_tries_it(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool, per_endpoint=1):
        endpoint.status = 500
        await put(pool, *(message(endpoint, str(n), profile="long") for n in range(30)))
        await settled(pool)
        assert len(endpoint.heard) == claims.BREAKS_AFTER
        endpoint.status = 200
        await settled(pool)
        assert len(endpoint.heard) == claims.BREAKS_AFTER
        await advance(pool, claims.FIRST_REST + 1)
        await settled(pool)
        assert len(endpoint.heard) == 30
        async with pool.acquire() as connection:
            assert await connection.fetchval("SELECT failures FROM endpoints") == 0
            assert await journey.next_due(connection) is not None


async def test_a_cause_makes_one_message(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        await put(pool, message(endpoint, "x", cause="event:1"))
        await put(pool, message(endpoint, "x", cause="event:1"), message(endpoint, "y", cause="event:2"))
        await settled(pool)
    assert sorted(endpoint.heard) == ["x", "y"]


async def test_what_ends_a_message_commits_with_it(pool: Pool) -> None:
    await pool.execute("CREATE TABLE effects (text text)")
    failing = [True]

    async def on_end(connection: Connection, message: Message, end: End) -> None:
        await connection.execute("INSERT INTO effects VALUES ($1)", f"{message.command} {end.delivered}")
        if failing and failing.pop():
            raise LookupError

    async with listening() as endpoint, courier(pool, on_end=on_end):
        await put(pool, message(endpoint, "x", command={"a": 1}, profile="at_once"))
        await settled(pool)
    (sent,) = await ledger(pool)
    assert endpoint.heard == ["x", "x"]
    assert sent.status == "delivered"
    assert [row["text"] for row in await pool.fetch("SELECT text FROM effects")] == ["{'a': 1} True"]


async def test_a_message_that_cannot_be_prepared_is_dead_with_the_reason(pool: Pool) -> None:
    async def refuse(message: Message) -> OutgoingRequest:
        raise CannotPrepare("the app was uninstalled")

    async with listening() as endpoint, courier(pool, prepare=refuse):
        await put(pool, message(endpoint, "x"))
        await settled(pool)
    (sent,) = await ledger(pool)
    assert (sent.status, sent.reason, endpoint.heard) == ("dead", "the app was uninstalled", [])


async def test_a_judge_may_end_a_message_at_once(pool: Pool) -> None:
    def judge(message: Message, answer: OutgoingAnswer) -> Dead:
        return Dead(f"refused: {answer.status}")

    async with listening() as endpoint, courier(pool, judge=judge):
        await put(pool, message(endpoint, "x"))
        await settled(pool)
    assert [(sent.status, sent.reason) for sent in await ledger(pool)] == [("dead", "refused: 200")]


async def claim_one(connection: Connection, courier: int = 1, lease: float = 15) -> list[claims.Claim]:
    at = datetime.now(UTC)
    return await claims.claim(connection, courier=courier, at=at, limit=10, lease=lease, per_endpoint=8, sending={})


async def test_a_late_result_does_not_overwrite(pool: Pool) -> None:
    await put(pool, message(Endpoint(url="http://nowhere/"), "x"))
    at = datetime.now(UTC)
    async with pool.acquire() as connection:
        (first,) = await claim_one(connection, lease=-1)
        (second,) = await claim_one(connection)
        assert (first.message.fence, second.message.fence) == (1, 2)
        late = claims.Sent(message=first.message, started_at=at, duration_ms=1, answer=None, error="late")
        mine = claims.Sent(message=second.message, started_at=at, duration_ms=1, answer=None, error=None)
        assert not await claims.finish(connection, late, Dead("late"), reason="late", at=at)
        assert await claims.finish(connection, mine, Delivered(), reason=None, at=at)
        assert not await claims.finish(connection, late, Dead("late"), reason="late", at=at)
    (sent,) = await ledger(pool)
    assert sent.status == "delivered"
    assert [attempt.error for attempt in sent.attempts] == ["late", None]


async def test_leases_of_a_dead_courier_are_freed_at_once_and_of_a_living_one_kept(pool: Pool) -> None:
    await put(pool, message(Endpoint(url="http://nowhere/"), "x"))
    mortal = await pool.acquire()
    number = await claims.sign_on(mortal, None)
    assert len(await claim_one(mortal, courier=number)) == 1
    async with pool.acquire() as connection:
        assert await claims.free_orphans(connection) == 0
        assert await claim_one(connection) == []
        mortal.terminate()
        freed = 0
        for _ in range(100):
            freed += await claims.free_orphans(connection)
            await asyncio.sleep(0 if freed else 0.05)
        assert freed == 1
        (again,) = await claim_one(connection)
    await pool.release(mortal)
    assert again.message.attempts == 2


async def test_twelve_couriers_send_each_message_once(pool: Pool) -> None:
    async with listening() as endpoint:
        await put(pool, *(message(endpoint, str(n), fifo_key=str(n % 7)) for n in range(140)))
        workers = [courier(pool, concurrency=3) for _ in range(4)]
        async with workers[0], workers[1], workers[2], workers[3]:
            await settled(pool, within=20)
    assert sorted(map(int, endpoint.heard)) == list(range(140))
    for key in range(7):
        assert [n for n in map(int, endpoint.heard) if n % 7 == key] == list(range(key, 140, 7))


async def test_a_courier_outlives_the_loss_of_its_connections(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        await put(pool, message(endpoint, "before"))
        await settled(pool)
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        await asyncio.sleep(0.1)
        await put(pool, message(endpoint, "after"))
        await settled(pool)
    assert endpoint.heard == ["before", "after"]


async def test_waking_is_prompt(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        await asyncio.sleep(0.2)
        started = asyncio.get_running_loop().time()
        await put(pool, message(endpoint, "x"))
        await until(lambda: bool(endpoint.heard))
        assert asyncio.get_running_loop().time() - started < 0.5


async def test_a_message_that_came_before_is_not_received_again(pool: Pool) -> None:
    at = datetime.now(UTC)
    note = IncomingMessage(
        tenant_id=1, kind="note", source="shop:1", method="POST", url="/cb", message_id="m1", body=b"\x00raw",
        headers={"Authorization": "Bearer s3cret", "X-Topic": "orders"},
    )  # fmt: skip
    async with pool.acquire() as connection:
        assert await receive(connection, note, at)
        assert not await receive(connection, note, at)
        await close_received(connection, 1, "shop:1", "m1", at)
    (received,) = await ledger(pool)
    assert (received.status, received.request_body) == ("done", b"\x00raw")
    assert received.request_headers == {"Authorization": "(secret)", "X-Topic": "orders"}


async def test_calls_are_on_record(pool: Pool) -> None:
    at = datetime.now(UTC)
    answered = IncomingMessage(
        tenant_id=1,
        kind="api",
        source="app:1",
        method="POST",
        url="/accept",
        answer_status=422,
        answer_body=b"x" * 9000,
    )
    pull = FinishedCall(
        tenant_id=1, kind="pull", endpoint="shop:1", method="GET", url="/orders", started_at=at, duration=0.25,
        answer_status=200, answer_body=b"[]",
    )  # fmt: skip
    async with pool.acquire() as connection:
        await record(connection, [answered], at)
        await record_calls(connection, [pull], at)
    refused, delivered = await ledger(pool)
    assert (refused.status, refused.answer_status, refused.answer_body) == ("refused", 422, b"x" * 4096)
    assert (delivered.status, delivered.attempts[0].duration_ms) == ("delivered", 250)


async def test_a_cancelled_message_is_not_sent(pool: Pool) -> None:
    async with listening() as endpoint:
        await put(pool, message(endpoint, "x"))
        (waiting,) = await ledger(pool)
        async with pool.acquire() as connection:
            assert await cancel(connection, 1, waiting.id, "the order was deleted", datetime.now(UTC))
        async with courier(pool):
            await settled(pool)
            await asyncio.sleep(0.1)
    assert endpoint.heard == []


async def test_a_bug_in_preparing_is_no_endless_loop(pool: Pool) -> None:
    async def fail(message: Message) -> OutgoingRequest:
        raise LookupError

    async with listening() as endpoint, courier(pool, prepare=fail):
        await put(pool, message(endpoint, "x", profile="at_once"))
        await settled(pool)
    (sent,) = await ledger(pool)
    assert (sent.status, sent.reason) == ("dead", "given up after 4 attempts: could not be sent: LookupError")


KILLED = """
import asyncio, sys
from crossdock.runtime.postgres.pool import open_pool
from tests.runtime.exchange import courier

async def main():
    pool = await open_pool(sys.argv[1], size=4, name="killed")
    async with courier(pool):
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_a_killed_courier_was_sending_is_sent_again_at_once(pool: Pool, empty_database: str) -> None:
    async with listening(open_gate=False) as endpoint:
        victim = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, empty_database)
        await put(pool, message(endpoint, "x", fifo_key="a"), message(endpoint, "y", fifo_key="a"))
        await until(lambda: endpoint.heard == ["x"], within=20)
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        endpoint.gate.set()
        async with courier(pool):
            await until(lambda: endpoint.heard == ["x", "x", "y"], within=5)
            await settled(pool)
    assert endpoint.ids[0] == endpoint.ids[1]
    assert [sent.status for sent in await ledger(pool)] == ["delivered", "delivered"]


async def test_one_that_waits_unsent_speaks_for_all_that_say_the_same(pool: Pool) -> None:
    async with listening() as endpoint:
        await put(pool, message(endpoint, "ping", fold_key="place:1"), message(endpoint, "ping", fold_key="place:1"))
        await put(pool, message(endpoint, "ping", fold_key="place:1"), message(endpoint, "ping", fold_key="place:2"))
        async with courier(pool):
            await settled(pool)
            assert endpoint.heard == ["ping", "ping"]
            await put(pool, message(endpoint, "ping", fold_key="place:1"))
            await settled(pool)
    assert endpoint.heard == ["ping"] * 3
    assert [sent.status for sent in await ledger(pool)] == [
        "delivered",
        "cancelled",
        "cancelled",
        "delivered",
        "delivered",
    ]


async def test_what_failed_once_speaks_for_nobody(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        endpoint.status = 500
        await put(pool, message(endpoint, "ping", fold_key="place:1"))
        await settled(pool)
        endpoint.status = 200
        await put(pool, message(endpoint, "ping", fold_key="place:1"))
        await settled(pool)
    assert [sent.status for sent in await ledger(pool)] == ["waiting", "delivered"]


async def test_a_message_is_not_sent_before_what_was_folded_into_it_is_committed(pool: Pool) -> None:
    async with listening() as endpoint:
        await put(pool, message(endpoint, "ping", fold_key="place:1"))
        async with transaction(pool) as folding:
            await post(folding, [message(endpoint, "ping", fold_key="place:1")], datetime.now(UTC))
            async with courier(pool):
                await asyncio.sleep(0.3)
                assert endpoint.heard == []
        async with courier(pool):
            await settled(pool)
    assert endpoint.heard == ["ping"]


async def test_retries_keep_the_times_of_their_profile_while_their_endpoint_rests(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool, per_endpoint=1):
        endpoint.status = 500
        await put(pool, *(message(endpoint, str(n), profile="long") for n in range(claims.BREAKS_AFTER)))
        await settled(pool)
        for _ in range(4):
            await advance(pool, 61)
            await settled(pool)
        await put(pool, message(endpoint, "new", profile="long"))
        await asyncio.sleep(0.1)
        assert "new" not in endpoint.heard
    counts = {each: endpoint.heard.count(each) for each in endpoint.heard}
    assert set(counts.values()) == {5}


async def test_a_range_is_replayed_in_order_and_its_endpoint_tried_at_once(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        endpoint.status = 500
        for n in range(6):
            await put(pool, message(endpoint, str(n), fifo_key="a", profile="at_once"))
        await settled(pool)
        for _ in range(8):  # while it rests, one more message tries it now and then
            await advance(pool, claims.LONGEST_REST + 1)
            await settled(pool)
        dead = await ledger(pool)
        assert {sent.status for sent in dead} == {"dead"}
        endpoint.status = 200
        endpoint.heard.clear()
        later = await MovableClock(pool).now()
        async with pool.acquire() as connection:
            again = await replay_range(connection, 1, later, since=dead[2].created_at, until=later)
            assert again == Replayed(count=4, last=None)
            none = await replay_range(connection, 1, later, since=later, until=later + timedelta(days=1))
            assert none == Replayed(count=0, last=None)
            await wake(connection)
        await settled(pool)
    assert endpoint.heard == ["2", "3", "4", "5"]


async def test_a_long_range_is_replayed_some_at_a_time_the_oldest_first(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        for n in range(5):
            await put(pool, message(endpoint, str(n)))
        await settled(pool)
        endpoint.gate.clear()  # what is sent again stays on its way
        endpoint.heard.clear()
        began, ended = (await ledger(pool))[0].created_at, await MovableClock(pool).now()
        rounds: list[Replayed] = []
        after = 0
        async with pool.acquire() as connection:
            while not rounds or rounds[-1].last is not None:
                rounds.append(
                    await replay_range(
                        connection, 1, ended, since=began, until=ended, after=after, delivered=True, limit=2
                    )
                )
                waiting = await connection.fetchval("SELECT count(*) FROM messages WHERE status = 'waiting'")
                assert waiting == sum(each.count for each in rounds)
                after = rounds[-1].last or after
        assert [each.count for each in rounds] == [2, 2, 1]
        endpoint.gate.set()
        await settled(pool)
    assert sorted(endpoint.heard) == ["0", "1", "2", "3", "4"]


async def test_what_waits_for_an_endpoint_is_given_up_at_once(pool: Pool) -> None:
    async with listening() as endpoint:
        await put(pool, *(message(endpoint, str(n), command={"to": 1, "n": n}) for n in range(3)))
        async with pool.acquire() as connection:
            at = datetime.now(UTC)
            assert await cancel_waiting(connection, 1, "gone", at, endpoint=endpoint.url, command={"to": 2}) == 0
            assert await cancel_waiting(connection, 1, "gone", at, endpoint=endpoint.url, command={"to": 1}) == 3
    assert {(sent.status, sent.reason) for sent in await ledger(pool)} == {("cancelled", "gone")}


async def test_what_waits_and_what_died_is_taken_up_some_at_a_time_the_oldest_first(pool: Pool) -> None:
    async with listening() as endpoint:
        at, about = datetime.now(UTC), {"to": 1}
        await put(pool, *(message(endpoint, str(n), command={"to": 1}) for n in range(5)))

        async def statuses() -> list[str]:
            return [sent.status for sent in await ledger(pool)]

        async with pool.acquire() as connection:
            given_up = partial(cancel_waiting, connection, 1, "gone", at, endpoint=endpoint.url, command=about)
            assert await given_up(until=at - timedelta(days=1)) == 0
            assert await given_up(limit=2) == 2
            assert await statuses() == [*["cancelled"] * 2, *["waiting"] * 3]
            assert await given_up(limit=4) == 3
            await connection.execute("UPDATE messages SET status = 'dead'")
            kinds = [(await ledger(pool))[0].kind]
            first = await replay_dead(connection, 1, "gone", at, kinds=kinds, limit=3)
            assert (first.count, await statuses()) == (3, [*["waiting"] * 3, *["dead"] * 2])
            assert first.last is not None
            rest = await replay_dead(connection, 1, "gone", at, kinds=kinds, after=first.last, limit=3)
        assert rest == Replayed(count=2, last=None)


async def test_old_messages_are_forgotten_with_their_attempts_and_waiting_ones_are_not(pool: Pool) -> None:
    async with listening() as endpoint, courier(pool):
        await put(pool, *(message(endpoint, str(n)) for n in range(3)))
        await settled(pool)
        endpoint.status = 500
        await put(pool, message(endpoint, "waits"))
        await settled(pool)
        async with pool.acquire() as connection:
            soon = datetime.now(UTC) + timedelta(seconds=1)
            assert await forget(connection, soon - timedelta(days=1), limit=10) == 0
            assert await forget(connection, soon, limit=2) == 2
            assert await forget(connection, soon, limit=2) == 1
            assert await forget(connection, soon, limit=2) == 0
        assert await pool.fetchval("SELECT count(*) FROM message_attempts") == 1
    assert [sent.status for sent in await ledger(pool)] == ["waiting"]
