"""Whether and when a store is looked at: when it says so, when somebody wants to, and not while it is paused."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import IncomingMessage, receive
from crossdock.service.database.stores import Store, set_paused, store_by_id
from crossdock.service.jobs.pull_assigned_work import enqueue_pull


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


async def hear(connection: Connection, command: HearNotification, *, actor: str, at: datetime) -> bool:  # noqa: ARG001
    """Take a notification into the inbox; False when it was there before, and so is its pull."""
    is_new = await receive(connection, command.message, at)
    if is_new:
        await enqueue_pull(connection, command.message.tenant_id)
    return is_new
