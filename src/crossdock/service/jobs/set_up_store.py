"""Put a store that let us in in order: our fulfillment service there, what it tells us of, and the first pull.

Each step looks at what is there first, so that the job can be run again after a kill, and after a reinstallation.
"""

from dataclasses import dataclass

from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.queries import GetShop, ListFulfillmentServices
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import ListWebhookSubscriptions, SubscribeToWebhook
from crossdock.domain.work import ListedSubscription, RegisteredService, RepointFulfillmentService
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import wake
from crossdock.runtime.exchange.second_thoughts import replay_dead
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, enqueue, set_timers
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.service.database.stores import Store, disconnect, mark_set_up, set_trouble, store_by_id
from crossdock.service.jobs.context import JobContext
from crossdock.service.jobs.pull_assigned_work import NAME as PULL
from crossdock.service.jobs.pull_assigned_work import PullAssignedWork, poll
from crossdock.service.stores.client import Caller, ask, ask_for_all
from crossdock.service.stores.deliveries import NOT_CONNECTED
from crossdock.service.stores.errors import StoreDisconnected, StoreError, StoreRefused, StoreUnavailable
from crossdock.service.stores.messages import PARCELS
from crossdock.service.stores.wire import can_ask

NAME = "set_up_store"
# What changes our work, or ends it, without a call to the fulfillment service.
TOPICS = (
    "app/uninstalled",
    "fulfillment_orders/fulfillment_request_submitted",
    "fulfillment_orders/cancellation_request_submitted",
    "fulfillment_orders/cancelled",
    "fulfillment_orders/moved",
    "fulfillment_orders/placed_on_hold",
    "fulfillment_orders/hold_released",
    "fulfillment_orders/merged",
    "fulfillment_orders/split",
)


@dataclass(frozen=True, kw_only=True)
class SetUpStore:
    """Which store."""

    store_id: int


async def enqueue_set_up(connection: Connection, store_id: int) -> None:
    """Have a store put in order, in the caller's transaction."""
    await enqueue(connection, NAME, SetUpStore(store_id=store_id), unique=str(store_id))


async def run(job: SetUpStore, context: JobContext) -> Outcome:
    """Register what is missing, and begin to work. Raises: StoreUnavailable, to be tried again."""
    async with acquire_ready(context.caller.pool) as connection:
        store = await store_by_id(connection, job.store_id)
    if store is None or store.disconnected_at is not None or context.public_url is None:
        return Cancel("the store is not connected" if context.public_url else "nobody knows how the store reaches us")
    try:
        await set_up(context.caller, store, f"{context.public_url.rstrip('/')}/callbacks/{store.id}")
    except StoreError as error:
        async with transaction(context.caller.pool) as connection:
            await set_trouble(connection, store.id, str(error))
            if isinstance(error, StoreDisconnected):
                await disconnect(connection, store.id, str(error), await context.caller.clock.now(connection))
        if isinstance(error, StoreUnavailable):
            raise
        return Cancel(str(error))
    return Done()


async def set_up(caller: Caller, store: Store, callback_url: str) -> None:
    """Make a store know us as it should. Raises: StoreError."""
    shop: Shop = await ask(caller, store, GetShop())
    service = await service_at(caller, store, callback_url)
    trouble = await subscribe(caller, store, f"{callback_url}/webhooks")
    async with transaction(caller.pool) as connection:
        at = await caller.clock.now(connection)
        await mark_set_up(
            connection, store.id, name=shop.name, service_id=service.id, location_id=service.location_id, at=at
        )
        await set_trouble(connection, store.id, trouble)
        await replay_dead(connection, store.id, NOT_CONNECTED, at, kinds=sorted(PARCELS))
        await set_timers(connection, [poll(store.id, at)])
        await enqueue(connection, PULL, PullAssignedWork(store_id=store.id, whole=True), unique=f"{store.id}:whole")
    async with acquire_ready(caller.pool) as connection:
        await wake(connection)


async def service_at(caller: Caller, store: Store, callback_url: str) -> RegisteredService:
    """Return our fulfillment service at a store: found by its name, told where we are, or registered."""
    services: tuple[RegisteredService, ...] = await ask(caller, store, ListFulfillmentServices())
    found = next((each for each in services if each.name.lower() == store.service_name.lower()), None)
    if found is None:
        command = CreateFulfillmentService(
            name=store.service_name, callback_url=callback_url, tracking_support=True, inventory_management=True
        )
        registered: RegisteredService = await ask(caller, store, command)
        return registered
    if found.callback_url != callback_url and can_ask(store, RepointFulfillmentService):
        command_to = RepointFulfillmentService(service_id=found.id, callback_url=callback_url)
        repointed: RegisteredService = await ask(caller, store, command_to)
        return repointed
    return found


async def subscribe(caller: Caller, store: Store, address: str) -> str | None:
    """Subscribe to what is missing; return what the store refused, which is bearable: it is also polled."""
    if not can_ask(store, SubscribeToWebhook) or not can_ask(store, ListWebhookSubscriptions):
        return None
    subscriptions = [
        each
        async for each in ask_for_all(caller, store, ListWebhookSubscriptions())
        if isinstance(each, ListedSubscription)
    ]
    known = {(plain(each.topic), each.address) for each in subscriptions}
    refused: list[str] = []
    for topic in TOPICS:
        if (plain(topic), address) not in known:
            try:
                await ask(caller, store, SubscribeToWebhook(topics=(topic,), address=address))
            except StoreRefused as refusal:
                refused.append(f"{topic}: {refusal}")
    return f"does not tell of {'; '.join(refused)}" if refused else None


def plain(topic: str) -> str:
    """Return a topic in the one form that both transports' words have."""
    return topic.replace("/", "_").lower()


JOB = Job(name=NAME, args=SetUpStore, run=run, attempts=30)
