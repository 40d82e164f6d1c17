"""Requests that come too long or too slowly, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from starlette.types import Receive, Scope, Send

from crossdock.runtime.http.incoming import answer, read_body
from crossdock.runtime.http.serving import LONGEST_HEAD, LimitedProtocol, listen, port_of

SOON = 0.2


class Hasty(LimitedProtocol):
    patience = SOON


async def app(_scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, 200, await read_body(receive), "text/plain")


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield port_of(listener)
    server.should_exit = True
    await task


async def said(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send parts of a request, and return all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""
    finally:
        writer.close()


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n"


async def test_a_head_of_usual_length_is_read(port: int) -> None:
    assert b"200 OK" in await said(port, HEAD + b"X: " + b"x" * (LONGEST_HEAD - 200) + b"\r\n\r\n", b"ab")


@pytest.mark.parametrize("parts", [1, 40])
async def test_a_head_that_is_too_long_is_refused(port: int, parts: int) -> None:
    answered = await said(port, HEAD + b"X: ", *[b"x" * (2 * LONGEST_HEAD // parts)] * parts, b"\r\n\r\nab")
    assert answered.startswith(b"HTTP/1.1 400") or not answered  # closed while we still wrote


@pytest.mark.parametrize("begun", [b"", b"POST / HT", HEAD, HEAD + b"\r\na"])
async def test_a_request_that_does_not_come_is_not_waited_for(port: int, begun: bytes) -> None:
    assert await said(port, begun) == b""


async def test_a_long_body_may_take_its_time_within_the_limit(port: int) -> None:
    assert b"200 OK" in await said(port, HEAD + b"\r\n", b"a", b"b", pause=SOON / 10)
