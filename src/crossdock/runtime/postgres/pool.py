"""Connections to PostgreSQL for programs that outlive its restarts."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

import asyncpg
import msgspec
import structlog

if TYPE_CHECKING:  # asyncpg's classes are generic in its type stubs only
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
    PooledConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool
    PooledConnection = asyncpg.pool.PoolConnectionProxy

T = TypeVar("T")
log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.05
CLOSING_SECONDS = 10.0
JSONB_VERSION = b"\x01"

# Left to itself PostgreSQL plans a statement that looks up rows by arrays of keys anew each time, because only then it
# knows how many keys there are; for the big ones that takes longer than running them. The triggers' own look-ups are
# planned once for a whole session, so even those that were planned on an empty table must go by an index.
BEGIN_KEYED = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off"

# A plan that is kept was made for tables as they were; in a young database they may be a thousand times larger soon,
# long before PostgreSQL itself looks at them again. Those of triggers and foreign keys would last for a whole session.
PLANS_LAST_SECONDS = 10

# What a client sees while PostgreSQL stops, is down, or starts.
GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    # A statement on an idle connection that PostgreSQL has just said goodbye on, and not closed yet.
    asyncpg.InternalClientError,
)


class DatabaseUnavailable(Exception):
    """PostgreSQL could not be reached, or was lost on the way.

    A write that was on its way may have been committed or not: repeat it only with its idempotency key.
    """


class TookTooLong(Exception):
    """A statement was ended because it took longer than its pool lets any; its transaction was rolled back."""


class _PlainConnection(Connection):
    """A connection that is handed back as it is, which saves a round trip each time, and forgets old plans on the way.

    Whoever changes the session (SET, LISTEN, advisory locks, temporary tables) uses a connection of its own.
    """

    planned_at = -math.inf

    def get_reset_query(self) -> str:
        return ""

    def renewing_plans(self, begin: str) -> str:
        """Return what begins a transaction, and then makes PostgreSQL plan anew if its plans are old.

        Before it, the statement would have looked at the database, and no isolation level can be chosen after that.
        """
        now = asyncio.get_running_loop().time()
        if now - self.planned_at < PLANS_LAST_SECONDS:
            return begin
        self.planned_at = now
        return f"{begin}; DISCARD PLANS"


class TransactionRolledBack(Exception):
    """The block went on after an error of a statement: a bug in the block."""


async def open_pool(url: str, *, size: int, name: str, patience: float = 30.0, statement_timeout: float = 0.0) -> Pool:
    """Open a pool of at most `size` connections, waiting while PostgreSQL starts.

    `jsonb` and `json` are Python values on both ways; sessions are in UTC; `name` is shown in pg_stat_activity.
    `statement_timeout`: seconds after which PostgreSQL ends any statement; 0: never.
    Raises: DatabaseUnavailable.
    """

    async def prepared(connection: Connection | PooledConnection) -> None:
        await prepare_connection(connection)
        if statement_timeout:  # not when it connects: what stands between may take no such wishes
            await connection.execute(f"SET statement_timeout = {round(statement_timeout * 1000)}")

    async def opened() -> Pool:
        pool: Pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            max_inactive_connection_lifetime=0,
            max_cached_statement_lifetime=PLANS_LAST_SECONDS,
            connection_class=_PlainConnection,
            init=prepared,
            server_settings={"application_name": name, "timezone": "UTC"},
        )
        await pool.release(await pool.acquire())
        return pool

    return await _patiently(opened, patience)


async def close_pool(pool: Pool, *, patience: float = CLOSING_SECONDS) -> None:
    """Close a pool once all it lent is back; what is not back soon is cut off, so that a process that ends does end."""
    try:
        async with asyncio.timeout(patience):
            await pool.close()
    except TimeoutError:
        log.warning("pool_cut_off")
        pool.terminate()


async def prepare_connection(connection: Connection | PooledConnection) -> None:
    """Make jsonb and json Python values on this connection."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: JSONB_VERSION + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[len(JSONB_VERSION) :]),
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=msgspec.json.encode, decoder=msgspec.json.decode
    )


@asynccontextmanager
async def acquire_ready(pool: Pool, *, patience: float = PATIENCE_SECONDS) -> AsyncIterator[PooledConnection]:
    """Lend a connection, waiting up to `patience` seconds while PostgreSQL restarts.

    Raises: DatabaseUnavailable, also when the connection is lost while it is lent; TookTooLong.
    """
    connection = await _patiently(pool.acquire, patience)
    async with _released(pool, connection):
        yield connection


@asynccontextmanager
async def transaction(pool: Pool, *, patience: float = PATIENCE_SECONDS) -> AsyncIterator[PooledConnection]:
    """Lend a connection inside a READ COMMITTED transaction, waiting while PostgreSQL restarts.

    Committed when the block ends, rolled back when it raises. Not to be nested: part of it is undone by SAVEPOINT.
    Raises: DatabaseUnavailable, also when the connection is lost before the commit is known; TookTooLong.
    """
    async with _in_transaction(pool, "BEGIN", patience) as connection:
        yield connection


@asynccontextmanager
async def keyed_transaction(pool: Pool, *, patience: float = PATIENCE_SECONDS) -> AsyncIterator[PooledConnection]:
    """Lend a connection as `transaction` does, for statements that find every row by its key: they are planned once."""
    async with _in_transaction(pool, BEGIN_KEYED, patience) as connection:
        yield connection


@asynccontextmanager
async def snapshot(pool: Pool, *, patience: float = PATIENCE_SECONDS) -> AsyncIterator[PooledConnection]:
    """Lend a connection that sees one state of the database and can change nothing, waiting as `transaction` does."""
    async with _in_transaction(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", patience) as connection:
        yield connection


@asynccontextmanager
async def _in_transaction(pool: Pool, begin: str, patience: float) -> AsyncIterator[PooledConnection]:
    async def begun() -> PooledConnection:
        # An idle connection may have died unnoticed; BEGIN changes nothing, so it can be tried on another.
        connection = await pool.acquire()
        try:
            await connection.execute(cast("_PlainConnection", connection).renewing_plans(begin))
        except BaseException:
            _drop(connection)
            await pool.release(connection)
            raise
        return connection

    connection = await _patiently(begun, patience)
    async with _released(pool, connection):
        try:
            yield connection
        except BaseException:
            if not _is_lost(connection):
                await connection.execute("ROLLBACK")
            raise
        # PostgreSQL answers COMMIT of a transaction with a swallowed error by rolling back, without an error.
        if await connection.execute("COMMIT") != "COMMIT":
            raise TransactionRolledBack("a statement failed and its error was swallowed, so nothing was committed")


@contextmanager
def in_time() -> Iterator[None]:
    """Say of a statement that it took too long. Raises: TookTooLong."""
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise TookTooLong(str(error)) from error


@asynccontextmanager
async def _released(pool: Pool, connection: PooledConnection) -> AsyncIterator[None]:
    try:
        with in_time():
            yield
    except GONE as error:
        if isinstance(error, OSError) and not _is_lost(connection):
            raise  # somebody else's network, or a file
        _drop(connection)
        raise DatabaseUnavailable(str(error) or type(error).__name__) from error
    except asyncpg.InterfaceError as error:
        if not _is_lost(connection):
            raise
        raise DatabaseUnavailable(str(error)) from error
    finally:
        await pool.release(connection)


def _is_lost(connection: PooledConnection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken a lost connection back by itself
        return True


def _drop(connection: PooledConnection) -> None:
    if not _is_lost(connection):
        connection.terminate()


async def _patiently(attempt: Callable[[], Awaitable[T]], patience: float) -> T:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        try:
            return await attempt()
        except GONE as error:
            if loop.time() >= deadline:
                raise DatabaseUnavailable(str(error) or type(error).__name__) from error
        await asyncio.sleep(PAUSE_SECONDS)
