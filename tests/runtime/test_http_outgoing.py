"""The guarded client, against real sockets."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web

from crossdock.runtime.http.addresses import may_call, networks
from crossdock.runtime.http.outgoing import NoAnswer, Outgoing, OutgoingAnswer, OutgoingRequest

LOCAL = ("127.0.0.0/8",)


@asynccontextmanager
async def serving(handle: Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def get(url: str, *, allowed: tuple[str, ...] = LOCAL, http: bool = True, **limits: Any) -> OutgoingAnswer:
    async with Outgoing(allowed=allowed, http=http) as outgoing:
        return await outgoing.send(OutgoingRequest(method="GET", url=url), **limits)


async def echo(request: web.Request) -> web.Response:
    return web.Response(
        body=await request.read(),
        headers=[("X-Saw", request.headers.get("Accept-Encoding", "")), ("Link", "<1>"), ("Link", "<2>")],
    )


async def test_an_answer_comes_whole() -> None:
    async with serving(echo) as url, Outgoing(allowed=LOCAL, http=True) as outgoing:
        answer = await outgoing.send(OutgoingRequest(method="POST", url=url, headers={"X-A": "1"}, body=b"\x00hi"))
    assert (answer.status, answer.body, answer.truncated) == (200, b"\x00hi", False)
    assert (answer.headers["x-saw"], answer.headers["link"]) == ("identity", "<1>, <2>")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254"],
)
async def test_addresses_that_are_not_public_are_never_dialled(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(NoAnswer):
            await get(f"http://{host}:{listener.getsockname()[1]}/", allowed=(), deadline=3)
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_a_refusal_names_the_address() -> None:
    with pytest.raises(NoAnswer, match=r"calls to 127\.0\.0\.1 are not allowed"):
        await get("http://127.0.0.1:9/", allowed=())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "it closed the connection without an answer"),
        (b"SSH-2.0-nope\r\n\r\n", "what it answered is no HTTP: bad status line"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000, "what it answered is no HTTP: too many headers received"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "its answer broke off"),
    ],
    ids=["nothing", "another protocol", "endless heads", "half of it"],
)
async def test_what_no_server_should_answer_is_told_in_words(answer: bytes, words: str) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(say, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NoAnswer) as silence:
            await get(f"http://127.0.0.1:{port}/")
        assert silence.value.reason == words
        with pytest.raises(NoAnswer, match=r"^no TLS with it: |^it broke the connection off$"):
            await get(f"https://127.0.0.1:{port}/")


async def test_who_does_not_listen_is_told_of_in_words() -> None:
    """The merchant reads it as the reason why a webhook was disabled."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer, match=r"^it refused the connection$"):
            await get(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    with pytest.raises(NoAnswer, match="names no host that can be"):
        await get(f"http://{'a' * 300}/")


async def test_a_host_on_the_list_may_be_private_and_others_not() -> None:
    async with serving(echo) as url:
        by_name = url.replace("127.0.0.1", "localhost")
        assert (await get(by_name, allowed=("localhost",))).status == 200
        with pytest.raises(NoAnswer, match="not allowed"):
            await get(url, allowed=("localhost",))


async def test_a_redirect_is_an_answer() -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with serving(redirect) as url:
        assert (await get(url)).status == 302


async def test_http_only_where_allowed() -> None:
    with pytest.raises(NoAnswer, match="only https"):
        await get("http://127.0.0.1:9/", http=False)


@pytest.mark.parametrize(
    "url",
    ["ftp://a/", "file:///etc/passwd", "nothing", "http://", "http://u:p@127.0.0.1/", "http://[bad/", "http://xn--/"],
)
async def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(NoAnswer):
        await get(url)


async def test_the_deadline_is_for_all_of_it() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(100):
            await answer.write(b"x")
            await asyncio.sleep(0.05)
        return answer

    async with serving(drip) as url:
        with pytest.raises(NoAnswer, match=r"no answer within 0\.3 s") as caught:
            await get(url, deadline=0.3)
    assert 0.29 < caught.value.duration.total_seconds() < 1


async def test_a_long_body_is_cut_off() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 10_000)

    async with serving(endless) as url:
        answer = await get(url)
        assert (len(answer.body), answer.truncated) == (65536, True)
        assert len((await get(url, cap=1_000_000)).body) == 1_000_000


async def test_compressed_bodies_do_not_grow() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)

    async def send(request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving(send) as url:
        answer = await get(url)
    assert answer.body == bomb[:65536]


async def test_headers_cannot_smuggle() -> None:
    async with serving(echo) as url, Outgoing(allowed=LOCAL, http=True) as outgoing:
        with pytest.raises(NoAnswer):
            await outgoing.send(OutgoingRequest(method="GET", url=url, headers={"X": "a\r\nY: b"}))


async def test_no_listener_and_hang_up_are_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer):
        await get(f"http://127.0.0.1:{port}/")

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        with pytest.raises(NoAnswer):
            await get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 200 OK\r\nX-Bytes: \x80\xff\r\nContent-Length: 0\r\n\r\n", b"\x80\x00\r\n\r\n"]
)
async def test_whatever_an_answer_says_can_be_stored(said: bytes) -> None:
    """Bytes that are no UTF-8 would otherwise be half surrogates, which no text in the database can hold."""

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        try:
            answer = await get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            told = answer.headers["x-bytes"]
        except NoAnswer as silence:
            told = silence.reason
    assert told.encode().decode() == told
    assert "\0" not in told


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.9", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12::1",
        "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_special_addresses_may_not_be_called(address: str) -> None:
    assert not may_call(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_public_addresses_may(address: str) -> None:
    assert may_call(address)


def test_networks_on_the_list_may() -> None:
    allowed = networks(["10.0.0.0/8", "some.host", "fd00::/8", "192.168.1.7"])
    assert may_call("10.9.9.9", allowed) and may_call("fd00::5", allowed) and may_call("192.168.1.7", allowed)
    assert not may_call("192.168.1.8", allowed)
