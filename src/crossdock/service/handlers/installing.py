"""Shops let us in, and put us out again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.domain.refusals import Invalid
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import IncomingMessage, close_received, receive
from crossdock.service.database.budgets import begin_budget
from crossdock.service.database.stores import Installation, disconnect, keep_installation
from crossdock.service.jobs.set_up_store import enqueue_set_up
from crossdock.service.stores.platforms import PLATFORMS

# A state that is older than this is refused by its time.
STATE_IS_GOOD_FOR = timedelta(minutes=15)
UNINSTALLED = "the shop has uninstalled us"


@dataclass(frozen=True, kw_only=True)
class UseState:
    """Take the state of an installation that came back as used."""

    state: str


@dataclass(frozen=True, kw_only=True)
class LetIn:
    """A shop has let us in."""

    installation: Installation


@dataclass(frozen=True, kw_only=True)
class HearOfUninstall:
    """Keep a store's word that it has put us out, and do not call it any more."""

    message: IncomingMessage


async def use_state(connection: Connection, command: UseState, *, actor: str, at: datetime) -> None:  # noqa: ARG001
    """Raises: Invalid when it was used before."""
    await connection.execute("DELETE FROM used_states WHERE used_at < $1", at - 2 * STATE_IS_GOOD_FOR)
    tag = await connection.execute(
        "INSERT INTO used_states (hash, used_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        hashlib.sha256(command.state.encode()).digest(),
        at,
    )
    if tag != "INSERT 0 1":
        raise Invalid("state", "was used before")


async def let_in(connection: Connection, command: LetIn, *, actor: str, at: datetime) -> int:  # noqa: ARG001
    """Keep what a shop gave us, and have it put in order; return the store's id, the same as before if it was known.

    Raises: Invalid.
    """
    given = command.installation
    store_id = await keep_installation(connection, given, at)
    if store_id is None:
        raise Invalid("shop", "has the name of one on another platform")
    await begin_budget(connection, store_id, PLATFORMS[given.platform].transports[given.transport].allowance, at)
    await enqueue_set_up(connection, store_id)
    return store_id


async def hear_of_uninstall(
    connection: Connection,
    command: HearOfUninstall,
    *,
    actor: str,  # noqa: ARG001
    at: datetime,
) -> bool:
    """Take the word into the inbox, once; what still waits for the store ends when its turn comes.

    Word of an earlier uninstallation may come late, after the shop has let us in again: the next call tells.
    """
    message = command.message
    if not await receive(connection, message, at):
        return False
    await disconnect(connection, message.tenant_id, UNINSTALLED, at)
    await close_received(connection, message.tenant_id, message.source, message.message_id, at)
    return True
