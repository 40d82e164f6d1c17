"""A worker that dies while it puts a shop in order that let us in: the next one takes it up, and does nothing twice."""

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from pydantic import SecretStr

from crossdock.service.database.stores import Store
from tests.integration.serving import crossdock
from tests.service.fake_store import DOMAIN, SECRET, FakeStore, fake_store
from tests.service.test_installing import OURS, begin, come_back, known
from tests.service.warehouse import SETTINGS, Warehouse, warehouse

PATIENCE = 90.0
HELD = "create_webhook_subscription"


async def test_what_a_killed_worker_began_is_taken_up(service_database: str, tmp_path: Path) -> None:
    log = tmp_path / "work.log"
    async with fake_store() as shop, house_at(service_database, shop) as house:
        env = {
            "SERVICE_DATABASE_URL": service_database,
            "CROSSDOCK_SECRET_KEYS": SETTINGS.secret_keys[0],
            "CROSSDOCK_PUBLIC_URL": OURS,
            "CROSSDOCK_SANDBOX": "1",
            "CROSSDOCK_ALLOW_HTTP": "1",
            "CROSSDOCK_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8",
        }
        assert (await come_back(house, await begin(house))).status == 303
        shop.gates[HELD] = asyncio.Event()
        async with asyncio.timeout(PATIENCE), crossdock("service", "work", log=log, env=env) as worker:
            while HELD not in shop.calls:
                assert worker.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
            worker.kill()
            await worker.wait()
        assert shop.service is not None
        begun = await known(house)
        assert begun is not None
        assert begun.set_up_at is None
        # What was on its way arrives all the same, and nobody hears the answer.
        shop.gates.pop(HELD).set()
        async with asyncio.timeout(PATIENCE), crossdock("service", "work", log=log, env=env):
            store = await set_up(house)
    assert (store.service_id, store.location_id, store.trouble) == (3, 2, None)
    assert len(shop.heard_of("create_fulfillment_service")) == 1
    topics = Counter(each["topic"] for each in shop.subscriptions)
    assert set(topics.values()) == {1}
    assert "APP_UNINSTALLED" in topics


def house_at(database: str, shop: FakeStore) -> AbstractAsyncContextManager[Warehouse]:
    app = {
        "app_client_id": "ours",
        "app_client_secret": SecretStr(SECRET),
        "public_url": OURS,
        "store_addresses": (f"{DOMAIN}={shop.url}",),
    }
    return warehouse(database, shop, SETTINGS.model_copy(update=app))


async def set_up(house: Warehouse) -> Store:
    while True:
        store = await known(house)
        if store is not None and store.set_up_at is not None:
            return store
        await asyncio.sleep(0.1)
