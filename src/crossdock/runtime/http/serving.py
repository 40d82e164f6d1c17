"""Serving an app on a socket, with an end that lets requests under way finish."""

import asyncio
import gc
import signal
import socket
from typing import TypeAlias

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Connections that wait while a web process that died is started again.
BACKLOG = 2048
GRACE_SECONDS = 8
LONGEST_HEAD = 64 * 1024
REQUEST_SECONDS = 30.0

# Requests leave hardly any cycles behind. By Python's own 700 the collector would look at what a single batch of
# commands has in its hands, some forty times a second and for nothing.
OBJECTS_BETWEEN_COLLECTIONS = 20_000

Listener: TypeAlias = socket.socket


class PortTaken(Exception):
    """Another program listens on the port."""


class HeadTooLong(Exception):
    """A request's line and headers are longer than we read: answered with 400, like all that is no request."""


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with two limits that it lacks: the length of a request's head, and the time for it to come.

    Without them a few slow or endless callers hold all the memory and all the connections.
    """

    patience = REQUEST_SECONDS
    in_head = False
    head_length = 0
    coming_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.coming_since = self.loop.time()
        self.watch = self.loop.call_later(self.patience, self.look_at_the_time)

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.cancel()
        super().connection_lost(exc)

    def look_at_the_time(self) -> None:
        """Close the connection if a request has been coming for too long. One look now and then is cheap."""
        if self.coming_since is not None and self.loop.time() - self.coming_since >= self.patience:
            self.transport.close()
        else:
            self.watch = self.loop.call_later(self.patience, self.look_at_the_time)

    def data_received(self, data: bytes) -> None:
        if self.in_head:
            self.head_length += len(data)
            if self.head_length > LONGEST_HEAD:
                self.send_400_response("The request's head is too long.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self.in_head, self.head_length = True, 0
        self.coming_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LONGEST_HEAD:
            raise HeadTooLong
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.coming_since = None
        super().on_message_complete()


def listen(host: str, port: int) -> Listener:
    """Listen on an address; port 0 takes a free one. Raises: PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def port_of(listener: Listener) -> int:
    """Return the port on which it listens."""
    port: int = listener.getsockname()[1]
    return port


def inherited(descriptor: int) -> Listener:
    """Return the listening socket that our parent process holds open for us."""
    listener = socket.socket(fileno=descriptor)
    listener.setblocking(False)
    return listener


async def serve(app: ASGIApp, listener: Listener) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is under way and return."""
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    # When it has stopped, uvicorn raises the signal once more for the handlers that were there before it; the default
    # ones would end the process before its pools are closed.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: None)
    # What is there by now (code, schemas, templates) stays; the collector would look at all of it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    await uvicorn.Server(config).serve(sockets=[listener])
