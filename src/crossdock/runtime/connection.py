"""The name of what SQL is run on."""

from typing import TypeAlias

from crossdock.runtime.postgres.pool import Connection as OwnConnection
from crossdock.runtime.postgres.pool import Pool, PooledConnection

__all__ = ["Connection", "Pool", "PooledConnection"]

# One of our own, or one that a pool has lent.
Connection: TypeAlias = OwnConnection | PooledConnection
