"""Calls over HTTP on connections that stay open, with next to no work on the client's side."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import cast

import msgspec

from bench.driving import Send

HEAD = re.compile(rb"HTTP/1\.1 (\d{3}).*?\r\ncontent-length: *(\d+)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of the API. `path` follows the version."""

    method: str
    path: str
    body: object = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Api:
    """Where the API is, and the token for it."""

    port: int
    version: str
    token: str

    def target(self, call: Call) -> str:
        return f"/admin/api/{self.version}/{call.path}"

    def headers(self, body: bytes) -> dict[str, str]:
        return {
            "host": f"127.0.0.1:{self.port}",
            "x-shopify-access-token": self.token,
            "accept": "application/json",
            "content-type": "application/json",
            "content-length": str(len(body)),
        }

    def encoded(self, call: Call) -> bytes:
        """Return a call as it goes over the wire."""
        body = content(call)
        lines = [f"{call.method} {self.target(call)} HTTP/1.1", *(f"{k}: {v}" for k, v in self.headers(body).items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


def content(call: Call) -> bytes:
    return b"" if call.body is None else msgspec.json.encode(call.body)


@dataclass(frozen=True, kw_only=True)
class HttpJob:
    """Calls as they go over the wire, over so many connections."""

    port: int
    requests: Sequence[bytes]
    connections: int

    def connected(self) -> AbstractAsyncContextManager[Sequence[Send]]:
        return self._connected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Sequence[Send]]:
        loop = asyncio.get_running_loop()
        opened = [
            await loop.create_connection(Connection, host="127.0.0.1", port=self.port) for _ in range(self.connections)
        ]
        try:
            yield [connection.send for _, connection in opened]
        finally:
            for transport, _ in opened:
                transport.close()


class Connection(asyncio.Protocol):
    """One connection; one call at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def send(self, request: bytes) -> Answer:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer is None:
            raise ValueError(f"nobody asked for {data!r}")
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = HEAD.match(self._received, 0, end)
        if head is None:
            raise ValueError(f"cannot read {self._received[:end]!r}")
        size = end + 4 + int(head[2])
        if len(self._received) >= size:
            body, self._received = self._received[end + 4 : size], self._received[size:]
            self._answer.set_result(Answer(status=int(head[1]), body=body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))
