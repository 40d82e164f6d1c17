"""Put a store that let us in in order: our fulfillment service there, what it tells us of, and the first pull.

Each step looks at what is there first, so that the job can be run again after a kill, and after a reinstallation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.places import Address, Location
from crossdock.domain.placing import GetPlace, OpenPlace, ReplacePlace
from crossdock.domain.queries import GetShop, ListFulfillmentServices
from crossdock.domain.shops import Shop
from crossdock.domain.stock_records import ListStockRecords
from crossdock.domain.subscriptions import ChangeWebhookSubscription, ListWebhookSubscriptions, SubscribeToWebhook
from crossdock.domain.work import (
    ListedSubscription,
    RegisteredService,
    RepointFulfillmentService,
)
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import wake
from crossdock.runtime.exchange.second_thoughts import replay_dead
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer, enqueue, set_timers
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Undecryptable
from crossdock.service.database.stores import (
    Store,
    disconnect,
    mark_set_up,
    secret_purpose,
    set_trouble,
    store_by_id,
)
from crossdock.service.jobs.context import JobContext
from crossdock.service.jobs.pull_assigned_work import NAME as PULL
from crossdock.service.jobs.pull_assigned_work import PullAssignedWork, poll
from crossdock.service.jobs.tell_stock import tell_at_intervals
from crossdock.service.stores.client import Caller, ask, ask_for_all
from crossdock.service.stores.deliveries import NOT_CONNECTED
from crossdock.service.stores.errors import (
    StoreDisconnected,
    StoreError,
    StoreRefused,
    StoreUnavailable,
    StoreWithholds,
)
from crossdock.service.stores.messages import PARCELS
from crossdock.service.stores.platforms import PLATFORMS
from crossdock.service.stores.wire import can_ask

NAME = "set_up_store"


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
    url = callback_url_of(context.public_url, store.id)
    try:
        await set_up(context.caller, store, url, context.address)
    except StoreError as error:
        async with transaction(context.caller.pool) as connection:
            await set_trouble(connection, store.id, str(error))
            if isinstance(error, StoreDisconnected):
                await disconnect(connection, store.id, str(error), await context.caller.clock.now(connection))
        if isinstance(error, StoreUnavailable):
            raise
        return Cancel(str(error))
    return Done()


def callback_url_of(public_url: str, store_id: int) -> str:
    """Return where a store calls us."""
    return f"{public_url.rstrip('/')}/callbacks/{store_id}"


async def set_up(caller: Caller, store: Store, callback_url: str, address: Address | None) -> None:
    """Make a store know us as it should. Raises: StoreError."""
    shop: Shop = await ask(caller, store, GetShop())
    service = await service_at(caller, store, callback_url, address)
    trouble = await subscribe(caller, store, f"{callback_url}/webhooks")
    async with transaction(caller.pool) as connection:
        at = await caller.clock.now(connection)
        await mark_set_up(
            connection, store.id, name=shop.name, service_id=service.id, location_id=service.location_id, at=at
        )
        await set_trouble(connection, store.id, trouble)
        await set_timers(connection, timers_of(store, at))
        await enqueue(connection, PULL, PullAssignedWork(store_id=store.id, whole=True), unique=f"{store.id}:whole")
    await tell_again(caller, store)


async def tell_again(caller: Caller, store: Store) -> None:
    """Have the store told of the parcels that it could not be told of while it was not connected."""
    after: int | None = 0
    while after is not None:  # each some thousand in a transaction of their own
        async with transaction(caller.pool) as connection:
            at = await caller.clock.now(connection)
            again = await replay_dead(connection, store.id, NOT_CONNECTED, at, kinds=sorted(PARCELS), after=after)
            await wake(connection)
            after = again.last


def timers_of(store: Store, at: datetime) -> list[Timer]:
    """Return the timers by which a store is looked at, and told of the shelf where it does not ask."""
    return [poll(store.id, at), *([tell_at_intervals(store.id, at)] if can_ask(store, ListStockRecords) else ())]


async def service_at(caller: Caller, store: Store, callback_url: str, address: Address | None) -> RegisteredService:
    """Return our fulfillment service at a store, or our location: as found or registered, and told where we are.

    Raises: StoreError.
    """
    found = await found_or_registered(caller, store, callback_url, address)
    if found.callback_url == callback_url:
        return found
    moved: RegisteredService
    if can_ask(store, RepointFulfillmentService):
        moved = await ask(caller, store, RepointFulfillmentService(service_id=found.id, callback_url=callback_url))
        return moved
    if can_ask(store, ReplacePlace):
        known: Location = await ask(caller, store, GetPlace(location_id=found.location_id))
        command = ReplacePlace(
            location_id=found.location_id, name=found.name, address=known.address, callback_url=callback_url
        )
        moved = await ask(caller, store, command)
        return moved
    return found


async def found_or_registered(
    caller: Caller, store: Store, callback_url: str, address: Address | None
) -> RegisteredService:
    """Return our fulfillment service or location at a store, found by its name. Raises: StoreError.

    `address`: where our warehouse is; a store whose locations have addresses must know.
    """
    services: tuple[RegisteredService, ...] = await ask(caller, store, ListFulfillmentServices())
    found = next((each for each in services if each.name.lower() == store.service_name.lower()), None)
    if found is not None:
        return found
    registered: RegisteredService
    if can_ask(store, CreateFulfillmentService):
        command = CreateFulfillmentService(
            name=store.service_name, callback_url=callback_url, tracking_support=True, inventory_management=True
        )
        registered = await ask(caller, store, command)
        return registered
    if address is None:
        raise StoreRefused(
            f"the store has no location {store.service_name} of ours; set CROSSDOCK_WAREHOUSE_ADDRESS to have it made"
        )
    registered = await ask(
        caller, store, OpenPlace(name=store.service_name, address=address, callback_url=callback_url)
    )
    return registered


async def subscribe(caller: Caller, store: Store, address: str) -> str | None:
    """Subscribe to what is missing; return what the store refused, which is bearable: it is also polled."""
    if not can_ask(store, SubscribeToWebhook) or not can_ask(store, ListWebhookSubscriptions):
        return None
    known = [
        each
        async for each in ask_for_all(caller, store, ListWebhookSubscriptions())
        if isinstance(each, ListedSubscription) and each.address == address
    ]
    if PLATFORMS[store.platform].hearing.own_secret:
        return await subscribe_at_once(caller, store, address, known)
    return await subscribe_one_by_one(caller, store, address, known)


async def subscribe_one_by_one(
    caller: Caller, store: Store, address: str, known: Sequence[ListedSubscription]
) -> str | None:
    topics = {plain(each.topic) for each in known}
    refused: list[str] = []
    for topic in PLATFORMS[store.platform].hearing.topics:
        if plain(topic) not in topics:
            try:
                await ask(caller, store, SubscribeToWebhook(topics=(topic,), address=address))
            except StoreRefused as refusal:
                refused.append(f"{topic}: {refusal}")
    return f"does not tell of {'; '.join(refused)}" if refused else None


async def subscribe_at_once(
    caller: Caller, store: Store, address: str, known: Sequence[ListedSubscription]
) -> str | None:
    """Have one webhook for all topics, signed by the secret that we keep for the store. What it had before is over."""
    topics = PLATFORMS[store.platform].hearing.topics
    try:
        secret = caller.vault.decrypt(store.secret, purpose=secret_purpose(store.shop_domain))
        command = (
            ChangeWebhookSubscription(subscription_id=known[0].id, topics=topics, secret=secret, active=True)
            if known
            else SubscribeToWebhook(topics=topics, address=address, secret=secret)
        )
        await ask(caller, store, command)
    except (StoreRefused, StoreWithholds) as refusal:
        return f"does not tell of {', '.join(topics)}: {refusal}"
    except Undecryptable as error:
        return f"does not tell of anything: the secret for it cannot be read ({error})"
    return None


def plain(topic: str) -> str:
    """Return a topic in the one form that both transports' words have."""
    return topic.replace("/", "_").lower()


JOB = Job(name=NAME, args=SetUpStore, run=run, attempts=30, apart=True)
