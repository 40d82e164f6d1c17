"""Looking at a store now, because somebody wants to."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import IncomingMessage, receive
from crossdock.service.database.stores import store_by_id
from crossdock.service.jobs.pull_assigned_work import enqueue_pull


@dataclass(frozen=True, kw_only=True)
class PullStore:
    """Pull from a store soon."""

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


async def hear(connection: Connection, command: HearNotification, *, actor: str, at: datetime) -> bool:  # noqa: ARG001
    """Take a notification into the inbox; False when it was there before, and so is its pull."""
    is_new = await receive(connection, command.message, at)
    if is_new:
        await enqueue_pull(connection, command.message.tenant_id)
    return is_new
