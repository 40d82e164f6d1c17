"""Notifications twice, late, out of order, never; stores that are down, lose answers or refuse; workers that die."""

import asyncio

from crossdock.domain.states import RequestStatus
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.second_thoughts import MOST_AT_ONCE
from crossdock.runtime.jobs import BATCH
from crossdock.runtime.secrets import Vault, new_key
from crossdock.service.app import job_context
from crossdock.service.database.stores import store_by_id, token_purpose
from crossdock.service.jobs.pull_assigned_work import PullAssignedWork, enqueue_pull, run
from crossdock.service.jobs.set_up_store import tell_again
from crossdock.service.stores.deliveries import NOT_CONNECTED
from crossdock.service.stores.messages import PARCELS
from tests.service.fake_store import TOKEN, FakeStore, fake_store
from tests.service.warehouse import Warehouse, working


async def test_a_notification_that_comes_twice_is_heard_once(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    replies = await asyncio.gather(*(house.notify(message_id="same") for _ in range(12)))
    assert {reply.status for reply in replies} == {200}
    await house.settle()
    assert (await house.notify(message_id="same")).status == 200
    await house.settle()
    inbox = await house.service.pool.fetch("SELECT status FROM messages WHERE direction = 'in'")
    assert [row["status"] for row in inbox] == ["done"]
    assert len(store.heard_of("accept_fulfillment_request")) == 1
    assert await house.stage(work) == "accepted"
    assert not await house.offences()


async def test_a_late_notification_changes_nothing(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    await house.notify()
    await house.settle()
    await house.ship(work, "A")
    await house.settle()
    events = await house.kinds(work)
    await house.notify()
    await house.notify("CANCELLATION_REQUEST")
    await house.settle()
    assert await house.kinds(work) == events
    assert len(store.heard) == 3
    assert not await house.offences()


async def test_a_cancellation_heard_of_before_its_request_is_answered(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    await house.notify("CANCELLATION_REQUEST")
    await house.settle()
    store.cancel(work)
    await house.notify("FULFILLMENT_REQUEST")
    await house.settle()
    assert store.state(work) == ("cancelled", "cancellation_accepted")
    assert not await house.offences()


async def test_without_any_notification_the_poll_finds_the_work(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    await house.settle()
    assert store.state(work) == ("open", "submitted")
    await house.pass_time(minutes=5, seconds=1)
    assert store.state(work) == ("in_progress", "accepted")
    store.cancel(work)
    await house.pass_time(minutes=5, seconds=1)
    assert store.state(work) == ("cancelled", "cancellation_accepted")


async def test_a_key_that_is_missing_for_a_while_loses_no_parcel(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    await house.notify()
    await house.settle()
    pool = house.service.pool
    row = await pool.fetchrow("SELECT access_token, shop_domain FROM stores")
    assert row is not None
    lost = Vault((new_key("lost"),)).encrypt("x", purpose=token_purpose(row["shop_domain"]))
    await pool.execute("UPDATE stores SET access_token = $1", lost)
    assert (await house.ship(work, "A")).status == 201
    await house.settle()
    assert store.state(work) == ("in_progress", "accepted")
    await pool.execute("UPDATE stores SET access_token = $1", row["access_token"])
    await house.pass_time(minutes=1)
    assert store.state(work) == ("closed", "accepted")
    assert not await house.offences()


async def test_a_store_that_is_down_is_told_when_it_is_up(house: Warehouse, store: FakeStore) -> None:
    first = store.ask(("TEE", 1))
    await house.notify()
    await house.settle()
    store.down = True
    second = store.ask(("TEE", 1))
    await house.notify()
    assert (await house.ship(first, "A")).status == 201
    await house.settle()
    trouble = await house.service.pool.fetchval("SELECT trouble FROM stores")
    assert trouble == "503"
    assert store.state(first) == ("in_progress", "accepted")
    store.down = False
    await house.pass_time(minutes=1)
    assert store.state(first) == ("closed", "accepted")
    assert store.state(second) == ("in_progress", "accepted")
    assert await house.service.pool.fetchval("SELECT trouble FROM stores") is None
    assert not await house.offences()


async def test_a_lost_answer_is_asked_for_again_under_its_key(house: Warehouse, store: FakeStore) -> None:
    store.loses_answers = 1
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    await house.pass_time(minutes=1)
    assert await house.stage(work) == "accepted"
    store.loses_answers = 1
    await house.ship(work, "A", lines=[{"sku": "TEE", "quantity": 1}])
    await house.settle()
    await house.pass_time(minutes=1)
    assert len(store.heard_of("create_fulfillment")) == 1
    assert store.work(work).remaining == 1
    assert not await house.offences()


async def test_a_store_without_keys_that_lost_our_acceptance_is_believed(house: Warehouse, store: FakeStore) -> None:
    store.loses_answers = 1
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    store.answers.clear()
    await house.pass_time(minutes=1)
    assert await house.stage(work) == "accepted"
    assert "accept_found" in await house.kinds(work)
    assert await house.shelf("TEE") == (10, 2)


async def test_a_store_without_keys_that_lost_our_parcel_is_believed(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    store.loses_answers = 1
    await house.ship(work, "A")
    await house.settle()
    store.answers.clear()
    await house.pass_time(minutes=1)
    assert await house.kinds(work) == [
        "requested",
        "accept_decided",
        "accept_told",
        "shipped",
        "parcel_refused",
        "parcel_found",
    ]
    (parcel,) = (await house.ask("GET", "/api/parcels")).json["parcels"]
    assert (parcel["told"], parcel["fulfillment_id"]) == ("told", store.order_of(work).fulfillments[0].id)
    assert len(store.heard_of("create_fulfillment")) == 1
    assert not await house.offences()


async def test_what_is_refused_because_the_merchant_took_it_back_is_let_go(house: Warehouse, store: FakeStore) -> None:
    store.gates["accept_fulfillment_request"] = asyncio.Event()
    work = store.ask(("TEE", 2))
    await house.notify()
    while await house.service.pool.fetchval("SELECT count(*) FROM assignments WHERE status = 'accepting'") == 0:
        await asyncio.sleep(0.01)
    assert (await house.ship(work, "EARLY")).status == 422
    store.put(work, request_status=RequestStatus.UNSUBMITTED)
    store.gates.pop("accept_fulfillment_request").set()
    await house.settle()
    assert await house.stage(work) == "closed"
    assert await house.shelf("TEE") == (10, 0)
    assert await house.kinds(work) == ["requested", "accept_decided", "accept_refused", "taken_back"]
    assert not await house.offences()


async def test_a_request_sent_again_while_the_rejection_travels_is_not_missed(
    house: Warehouse, store: FakeStore
) -> None:
    """The store takes our rejection and is asked again at once; its answer reaches us after the next pull."""
    work = store.ask(("TEE", 11))
    store.loses_answers = 1
    await house.notify()
    await house.settle()
    assert store.state(work) == ("open", "rejected")
    await house.count(TEE=20)
    store.request(work)
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "rejecting"
    await house.pass_time(minutes=1)
    assert (await house.stage(work), store.state(work)) == ("accepted", ("in_progress", "accepted"))
    assert not await house.offences()


async def test_a_token_taken_away_costs_nothing_once_it_is_back(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    store.refuses["accept_fulfillment_request"] = 403
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "accepting"
    store.refuses.clear()
    await house.pass_time(minutes=1)
    assert store.state(work) == ("in_progress", "accepted")


async def test_items_that_cannot_be_read_keep_work_waiting(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    store.refuses["list_inventory_items"] = 403
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "received"
    store.refuses.clear()
    await house.pass_time(minutes=6)
    assert await house.stage(work) == "accepted"


async def test_a_worker_that_dies_between_deciding_and_telling(idle: Warehouse, store: FakeStore) -> None:
    """What was decided is told by the next worker, once."""
    work = store.ask(("TEE", 1))
    context = job_context(idle.service)
    await run(PullAssignedWork(store_id=idle.store_id), context)
    assert (await idle.stage(work), store.state(work)) == ("accepting", ("open", "submitted"))
    await run(PullAssignedWork(store_id=idle.store_id, whole=True), context)
    async with working(idle.service):
        await idle.settle()
    assert store.state(work) == ("in_progress", "accepted")
    assert len(store.heard_of("accept_fulfillment_request")) == 1
    assert not await idle.offences()


async def test_pulls_of_one_store_follow_each_other(idle: Warehouse, store: FakeStore) -> None:
    work = [store.ask(("TEE", 1)) for _ in range(5)]
    context = job_context(idle.service)
    await asyncio.gather(*(run(PullAssignedWork(store_id=idle.store_id), context) for _ in range(8)))
    async with working(idle.service):
        await idle.settle()
    assert len(store.heard_of("accept_fulfillment_request")) == len(work)
    assert not await idle.offences()


async def test_twelve_who_ship_the_same_parcel(house: Warehouse, store: FakeStore) -> None:
    await house.count(TEE=100)
    work = [store.ask(("TEE", 2)) for _ in range(10)]
    await house.notify()
    await house.settle()
    for each in work:
        replies = await asyncio.gather(*(house.ship(each, f"P{each}") for _ in range(12)))
        assert sorted(reply.status for reply in replies) == [201] + [422] * 11
    await house.settle()
    assert len(store.heard_of("create_fulfillment")) == len(work)
    assert {await house.stage(each) for each in work} == {"shipped"}
    assert not await house.offences()


async def test_twelve_who_ship_with_one_key_get_one_answer(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    replies = await asyncio.gather(
        *(
            house.ask(
                "POST",
                "/api/parcels",
                {"fulfillment_order_id": work, "carrier": "DHL", "tracking_number": "K"},
                Idempotency_Key="k1",
            )
            for _ in range(12)
        )
    )
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert sum("idempotent-replayed" in reply.headers for reply in replies) == 11
    other = await house.ask(
        "POST",
        "/api/parcels",
        {"fulfillment_order_id": work, "carrier": "DHL", "tracking_number": "L"},
        Idempotency_Key="k1",
    )
    assert other.status == 422
    await house.settle()
    assert len(store.heard_of("create_fulfillment")) == 1


async def test_shipping_and_cancelling_at_once(house: Warehouse, store: FakeStore) -> None:
    """Whoever is first wins, and both sides agree in the end."""
    await house.count(TEE=100)
    work = [store.ask(("TEE", 1)) for _ in range(12)]
    await house.notify()
    await house.settle()
    for each in work:
        store.cancel(each)
    await asyncio.gather(house.notify("CANCELLATION_REQUEST"), *(house.ship(each, f"P{each}") for each in work))
    await house.settle()
    await house.pass_time(minutes=6)
    for each in work:
        assert (await house.stage(each), store.state(each)) in {
            ("shipped", ("closed", "cancellation_requested")),
            ("shipped", ("closed", "cancellation_rejected")),
            ("cancelled", ("cancelled", "cancellation_accepted")),
        }
    assert not await house.offences()


async def test_a_paused_store_is_left_alone_and_then_caught_up_with(house: Warehouse, store: FakeStore) -> None:
    path = f"/api/stores/{house.store_id}"
    assert (await house.ask("PUT", path, {"paused": True})).json["store"]["paused"] is True
    work = store.ask(("TEE", 1))
    calls = len(store.calls)
    await house.notify()
    await house.pass_time(minutes=6)
    assert len(store.calls) == calls
    assert (await house.ask("PUT", path, {"paused": False})).status == 200
    await house.settle()
    assert await house.stage(work) == "accepted"


async def test_a_store_that_is_busy_says_when_to_come_back(house: Warehouse, store: FakeStore) -> None:
    store.refuses["list_assigned_fulfillment_orders"] = 429
    work = store.ask(("TEE", 1))
    await house.notify()
    await house.settle()
    assert store.state(work) == ("open", "submitted")
    calls = len(store.calls)
    await house.pass_time(seconds=10)
    assert len(store.calls) == calls
    store.refuses.clear()
    await house.pass_time(seconds=25)
    assert store.state(work) == ("in_progress", "accepted")


async def test_stores_that_stay_silent_hold_up_no_others(house: Warehouse, store: FakeStore) -> None:
    """They wait by themselves, and keep no connections of the pool meanwhile, however many they are."""
    listing = "list_assigned_fulfillment_orders"
    silent = 45
    async with fake_store() as mute:
        mute.gates[listing] = asyncio.Event()
        mute.transport = store.transport
        try:
            async with house.service.pool.acquire() as connection, connection.transaction():
                for number in range(silent):
                    store_id = await silent_store(connection, house, f"silent{number}.test", mute)
                    await enqueue_pull(connection, store_id)
            async with asyncio.timeout(20):
                while len(mute.calls) < 2 * BATCH:
                    await asyncio.sleep(0.01)
            work = store.ask(("TEE", 1))
            assert (await house.notify()).status == 200
            async with asyncio.timeout(10):
                while store.state(work) != ("in_progress", "accepted"):
                    await asyncio.sleep(0.01)
            assert len(mute.calls) < silent
        finally:
            mute.gates.pop(listing).set()
        await house.settle()
        assert mute.calls.count(listing) >= silent
    assert not await house.service.pool.fetch("SELECT FROM stores WHERE trouble IS NOT NULL")


async def test_however_many_parcels_died_all_are_told_when_a_store_is_connected_again(
    idle: Warehouse, store: FakeStore
) -> None:
    dead = """
        INSERT INTO messages (tenant_id, direction, kind, message_id, endpoint, method, url, credential, profile,
            status, reason, created_at, finished_at, fence)
        SELECT $1, 'out', $2, 'm' || n, $3, 'POST', $3, 'store', 'store', 'dead', $4, now(), now(), 1
        FROM generate_series(1, $5) n
    """
    values = (idle.store_id, min(PARCELS), store.url, NOT_CONNECTED, MOST_AT_ONCE + 7)
    await idle.service.pool.execute(dead, *values)
    async with idle.service.pool.acquire() as connection:
        connected = await store_by_id(connection, idle.store_id)
    assert connected is not None
    await tell_again(idle.service.caller, connected)
    assert not await idle.service.pool.fetchval("SELECT count(*) FROM messages WHERE status = 'dead'")


async def silent_store(connection: Connection, house: Warehouse, domain: str, mute: FakeStore) -> int:
    """Have a store whose last pull failed."""
    sealed = house.service.caller.vault.encrypt(TOKEN, purpose=token_purpose(domain))
    store_id: int = await connection.fetchval(
        """
        INSERT INTO stores (id, name, platform, url, shop_domain, api_version, access_token, secret, transport,
            connected_at, trouble)
        SELECT nextval('ids'), $2, platform, $3, $2, api_version, $4, secret, $5, connected_at, 'silent'
        FROM stores WHERE id = $1
        RETURNING id
        """,
        house.store_id,
        domain,
        mute.url,
        sealed,
        mute.transport,
    )
    return store_id
