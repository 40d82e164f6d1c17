"""Serving an app on a socket, with an end that lets requests under way finish."""

import signal
import socket
from typing import TypeAlias

import uvicorn
from starlette.types import ASGIApp

# Connections that wait while a web process that died is started again.
BACKLOG = 2048
GRACE_SECONDS = 8

Listener: TypeAlias = socket.socket


class PortTaken(Exception):
    """Another program listens on the port."""


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
    await uvicorn.Server(config).serve(sockets=[listener])
