"""What every job is given beside its arguments."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.secrets import Vault


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """`dispatch` carries out a command for a shop in the store's own name. Raises: Refusal."""

    pool: Pool
    clock: Clock
    vault: Vault
    outgoing: Outgoing
    dispatch: Callable[[int, object], Awaitable[None]]
