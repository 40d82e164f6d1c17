"""Whether and when a store is looked at: when it says so, when somebody wants to, and not while it is paused."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from msgspec import UNSET, UnsetType

from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import IncomingMessage, close_received, receive
from crossdock.runtime.jobs import set_timers
from crossdock.service.database.stores import Store, lock_store, reconnect, set_dealings, store_by_id
from crossdock.service.jobs.pull_assigned_work import NOTIFICATION, enqueue_pull, pull_at
from crossdock.service.jobs.set_up_store import enqueue_set_up
from crossdock.service.stores.platforms import PLATFORMS

# Word that is not signed is heard once in so many seconds, and looked after once more at their end.
HINTS_EVERY = 5
# A year.
LONGEST_PROMISE = 8784


@dataclass(frozen=True, kw_only=True)
class PullStore:
    """Pull from a store soon."""

    store_id: int


@dataclass(frozen=True, kw_only=True)
class ChangeStore:
    """Deal with a store in another way; what is unset stays as it is.

    `paused`: no work is taken in from it; what was decided is told, and parcels can be booked. `transport`: how it is
    asked. `ships_within_hours`: what it is promised with an acceptance, None: nothing. `by_hand`: people decide on what
    it asks.
    """

    store_id: int
    paused: bool | UnsetType = UNSET
    transport: str | UnsetType = UNSET
    ships_within_hours: int | UnsetType | None = UNSET
    by_hand: bool | UnsetType = UNSET


@dataclass(frozen=True, kw_only=True)
class TryAgain:
    """Call a store again that did not know us any more; it may have been a mistake of its own."""

    store_id: int


@dataclass(frozen=True, kw_only=True)
class HearNotification:
    """Keep a store's word that a request waits, and pull from it soon. The word itself is only a hint."""

    message: IncomingMessage


@dataclass(frozen=True, kw_only=True)
class HearHint:
    """Keep word that a request waits at a store, which anybody may have sent, and look at the store, not too often.

    The message's id says what the word is: the same word has the same.
    """

    message: IncomingMessage


async def pull(connection: Connection, command: PullStore, *, actor: str, at: datetime) -> None:  # noqa: ARG001
    """Queue a pull. Raises: NotFound."""
    if await store_by_id(connection, command.store_id) is None:
        raise NotFound("store", command.store_id)
    await enqueue_pull(connection, command.store_id)


async def change(connection: Connection, command: ChangeStore, *, actor: str, at: datetime) -> Store:  # noqa: ARG001
    """Change how we deal with a store; one that goes on is pulled from soon. Raises: NotFound, Invalid."""
    known = await lock_store(connection, command.store_id)
    if known is None:
        raise NotFound("store", command.store_id)
    store = replace(
        known,
        paused=known.paused if command.paused is UNSET else command.paused,
        transport=known.transport if command.transport is UNSET else command.transport,
        ships_within_hours=known.ships_within_hours
        if command.ships_within_hours is UNSET
        else command.ships_within_hours,
        by_hand=known.by_hand if command.by_hand is UNSET else command.by_hand,
    )
    require_sense(store)
    await set_dealings(connection, store)
    if store.transport != known.transport and store.client_id is not None:
        # By the other transport there may be more, or less, that it can tell us of.
        await enqueue_set_up(connection, store.id)
    if not store.paused:
        await enqueue_pull(connection, store.id)
    return store


def require_sense(store: Store) -> None:
    """Raises: Invalid."""
    transports = PLATFORMS[store.platform].transports
    if store.transport not in transports:
        raise Invalid("transport", f"must be one of {', '.join(transports)}")
    if store.ships_within_hours is not None and not 1 <= store.ships_within_hours <= LONGEST_PROMISE:
        raise Invalid("ships_within_hours", f"must be between 1 and {LONGEST_PROMISE}")


async def try_again(connection: Connection, command: TryAgain, *, actor: str, at: datetime) -> None:  # noqa: ARG001
    """Take a store as connected, and pull from it soon; what it says then counts. Raises: NotFound."""
    if await store_by_id(connection, command.store_id) is None:
        raise NotFound("store", command.store_id)
    await reconnect(connection, command.store_id)
    await enqueue_set_up(connection, command.store_id)


async def hear(connection: Connection, command: HearNotification, *, actor: str, at: datetime) -> bool:  # noqa: ARG001
    """Take a notification into the inbox; False when it was there before, and so is its pull.

    A pull answers all notifications of requests; what else a store tells of is done when its pull is queued.
    """
    message = command.message
    is_new = await receive(connection, message, at)
    if is_new:
        await enqueue_pull(connection, message.tenant_id)
    if is_new and message.kind != NOTIFICATION:
        await close_received(connection, message.tenant_id, message.source, message.message_id, at)
    return is_new


async def hear_hint(connection: Connection, command: HearHint, *, actor: str, at: datetime) -> bool:
    """Take a hint into the inbox, the first of its kind within some seconds; False for those that follow it.

    Whoever sends many makes us write little and pull twice. What a later one of them may mean is looked for when the
    seconds are over.
    """
    span = int(at.timestamp()) // HINTS_EVERY
    hint = replace(command.message, message_id=f"{command.message.message_id}@{span}")
    if await hear(connection, HearNotification(message=hint), actor=actor, at=at):
        return True
    due_at = datetime.fromtimestamp((span + 1) * HINTS_EVERY, UTC)
    await set_timers(connection, [pull_at(command.message.tenant_id, due_at)])
    return False
