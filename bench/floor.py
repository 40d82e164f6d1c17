"""The floor: the statements that the server sends for each call, sent straight over asyncpg with the same rows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from bench.calls import Answer, Api, Call, content
from bench.driving import Send
from crossdock.runtime.connection import Connection
from crossdock.runtime.postgres.pool import prepare_connection
from crossdock.runtime.settings import Settings
from crossdock.store.app import open_store, web

WRITTEN = (
    "orders",
    "order_lines",
    "fulfillment_orders",
    "fulfillment_order_lines",
    "merchant_requests",
    "fulfillments",
    "fulfillment_lines",
    "events",
    "routings",
    "stock_moves",
    "messages",
)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement with its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


Statements = Sequence[Statement]


class Recorder:
    """The store's own app, in this process, on a database whose statements are listened to."""

    def __init__(self, app: Any, api: Api, heard: list[Statement], url: str) -> None:
        self.app = app
        self.api = api
        self.heard = heard
        self.url = url

    def calling(self, api: Api) -> "Recorder":
        """Return the same app as another shop's app calls it."""
        return Recorder(self.app, api, self.heard, self.url)

    async def record(self, call: Call) -> tuple[Answer, Statements]:
        """Have a call answered, and return the answer with the statements that it took."""
        self.heard.clear()
        answer = await _called(self.app, self.api, call)
        return answer, tuple(self.heard)


@asynccontextmanager
async def recorder(url: str, api: Api, settings: Settings) -> AsyncIterator[Recorder]:
    """Open the store on a database and listen to every statement on it."""
    heard: list[Statement] = []

    def listen(query: Any) -> None:
        heard.append(Statement(sql=query.query, parameters=tuple(query.args or ())))

    async with open_store(settings, url=url, size=2) as store, AsyncExitStack() as lent:
        for lent_out in [await lent.enter_async_context(store.pool.acquire()) for _ in range(2)]:
            lent_out.add_query_logger(listen)
        await lent.aclose()
        yield Recorder(web(store), api, heard, url)


async def _called(app: Any, api: Api, call: Call) -> Answer:
    body = content(call)
    path, _, query = api.target(call).partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in api.headers(body).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", api.port),
        "state": {},
    }
    status = 0
    parts: list[bytes] = []

    async def receive() -> Mapping[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status=status, body=b"".join(parts))


@dataclass(frozen=True, kw_only=True)
class SqlJob:
    """Recorded statements, a sequence for each call, over so many connections."""

    url: str
    requests: Sequence[Statements]
    connections: int

    def connected(self) -> AbstractAsyncContextManager[Sequence[Send]]:
        return self._connected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Sequence[Send]]:
        opened: list[Connection] = []
        try:
            for number in range(self.connections):
                connection = await asyncpg.connect(self.url, server_settings={"timezone": "UTC"})
                opened.append(connection)
                await prepare_connection(connection)
                await _warm_up(connection, self.requests[number % len(self.requests)])
            yield [_sender(connection) for connection in opened]
        finally:
            for each in opened:
                await each.close()


def _sender(connection: Connection) -> Send:
    async def send(statements: Statements) -> None:
        for statement in statements:
            if statement.parameters:
                await connection.fetch(statement.sql, *statement.parameters)
            else:
                await connection.execute(statement.sql)

    return send


async def _warm_up(connection: Connection, statements: Statements) -> None:
    """Have the statements prepared, as they are on the server's connections, and leave no trace."""
    undone = [statement for statement in statements if not statement.sql.startswith(("BEGIN", "COMMIT"))]
    await _sender(connection)([Statement(sql="BEGIN"), *undone, Statement(sql="ROLLBACK")])


async def row_counts(url: str) -> dict[str, int]:
    """Return how many rows the tables have that the measured calls write to."""
    counts = " UNION ALL ".join(f"SELECT '{table}' AS name, count(*) AS rows FROM {table}" for table in WRITTEN)
    connection = await asyncpg.connect(url)
    try:
        return {row["name"]: row["rows"] for row in await connection.fetch(counts)}
    finally:
        await connection.close()
