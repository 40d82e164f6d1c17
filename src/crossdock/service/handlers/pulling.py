"""Whether and when a store is looked at: when it says so, when somebody wants to, and not while it is paused."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import IncomingMessage, close_received, receive
from crossdock.service.database.stores import Store, reconnect, set_paused, store_by_id
from crossdock.service.jobs.pull_assigned_work import NOTIFICATION, enqueue_pull
from crossdock.service.jobs.set_up_store import enqueue_set_up


@dataclass(frozen=True, kw_only=True)
class PullStore:
    """Pull from a store soon."""

    store_id: int


@dataclass(frozen=True, kw_only=True)
class PauseStore:
    """Stop taking work in from a store, or begin again. What was decided is told, and parcels can be booked."""

    store_id: int
    paused: bool


@dataclass(frozen=True, kw_only=True)
class TryAgain:
    """Call a store again that did not know us any more; it may have been a mistake of its own."""

    store_id: int


@dataclass(frozen=True, kw_only=True)
class HearNotification:
    """Keep a store's word that a request waits, and pull from it soon. The word itself is only a hint."""

    message: IncomingMessage


async def pull(connection: Connection, command: PullStore, *, actor: str, at: datetime) -> None:  # noqa: ARG001
    """Queue a pull. Raises: NotFound."""
    if await store_by_id(connection, command.store_id) is None:
        raise NotFound("store", command.store_id)
    await enqueue_pull(connection, command.store_id)


async def pause(connection: Connection, command: PauseStore, *, actor: str, at: datetime) -> Store:  # noqa: ARG001
    """Pause a store; one that goes on is pulled from soon. Raises: NotFound."""
    store = await set_paused(connection, command.store_id, command.paused)
    if store is None:
        raise NotFound("store", command.store_id)
    if not store.paused:
        await enqueue_pull(connection, store.id)
    return store


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
