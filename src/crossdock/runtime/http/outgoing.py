"""The one client for calls to addresses that others gave us."""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

import aiohttp
from yarl import URL

from crossdock.runtime.http.addresses import may_call, networks

# A server commonly closes an idle connection after 5 s; one that is closed under our POST costs a whole retry.
KEEP_IDLE = 2.0


@dataclass(frozen=True, kw_only=True)
class OutgoingRequest:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class OutgoingAnswer:
    """What came back; `truncated` when the body was longer than the cap. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    duration: timedelta
    truncated: bool = False


class NoAnswer(Exception):
    """No answer came: refused address, no connection, no TLS, out of time."""

    def __init__(self, reason: str, duration: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.duration = duration


UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH})


class RefusedAddress(OSError):
    """The name stands for an address that may not be called."""


class Outgoing:
    """Sends requests under the rules for foreign addresses: public ones only, no redirects, a deadline, a cap.

    `allowed` names hosts and CIDRs whose private addresses may be called; `http` allows unencrypted calls.
    Use as an async context manager.
    """

    def __init__(
        self,
        *,
        allowed: tuple[str, ...] = (),
        http: bool = False,
        connections: int = 200,
        user_agent: str = "Crossdock/0.1",
    ) -> None:
        self.allowed_hosts = frozenset(name.lower().rstrip(".") for name in allowed)
        self.allowed_networks = networks(allowed)
        self.schemes = frozenset({"https", "http"} if http else {"https"})
        self.connections = connections
        self.user_agent = user_agent

    async def __aenter__(self) -> Self:
        self.guarded = self.session(self.guarded_socket)
        self.trusting = self.session(open_socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.guarded.close()
        await self.trusting.close()

    def session(self, socket_factory: "aiohttp.SocketFactoryType") -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                socket_factory=socket_factory, limit=self.connections, keepalive_timeout=KEEP_IDLE, ttl_dns_cache=10
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": self.user_agent, "Accept-Encoding": "identity"},
            auto_decompress=False,  # a small answer must not grow in memory
            trust_env=False,
        )

    def guarded_socket(self, address: "aiohttp.AddrInfoType") -> socket.socket:
        """Open the socket for a dial, where no name, literal or redirect can get past."""
        host = str(address[4][0])
        if not may_call(host, self.allowed_networks):
            raise RefusedAddress(f"calls to {host} are not allowed")
        return open_socket(address)

    async def send(self, request: OutgoingRequest, *, deadline: float = 10.0, cap: int = 64 * 1024) -> OutgoingAnswer:
        """Send a request and read its answer, within `deadline` seconds in all.

        Raises: NoAnswer.
        """
        url, session = self.route(request.url)
        started = time.perf_counter()
        try:
            async with (
                asyncio.timeout(deadline),
                session.request(
                    request.method, url, headers=request.headers, data=request.body or None, allow_redirects=False
                ) as answer,
            ):
                body = await read_up_to(answer, cap + 1)
                return OutgoingAnswer(
                    status=answer.status,
                    headers=joined(answer.headers),
                    body=body[:cap],
                    duration=since(started),
                    truncated=len(body) > cap,
                )
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {deadline:g} s", since(started)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(in_words(error), since(started)) from error

    def route(self, text: str) -> tuple[URL, aiohttp.ClientSession]:
        """Return the address parsed, and the session whose sockets may reach it."""
        try:
            url = URL(text)
            host = url.host
        except ValueError as error:
            raise NoAnswer("the address is not a URL") from error
        if url.scheme not in self.schemes:
            raise NoAnswer(f"only {' and '.join(sorted(self.schemes))} addresses may be called")
        if not host or url.user or url.password:
            raise NoAnswer("the address must name a host, and no user")
        named = host.lower().rstrip(".") in self.allowed_hosts
        return url, self.trusting if named else self.guarded


def open_socket(address: "aiohttp.AddrInfoType") -> socket.socket:
    family, kind, protocol, _, _ = address
    return socket.socket(family=family, type=kind, proto=protocol)


async def read_up_to(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read a body up to a length. What is longer is left unread, and its connection is not used again."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) >= limit:
            answer.close()
            break
    return bytes(body[:limit])


def joined(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by lower-case name, repeated ones joined by a comma."""
    found: dict[str, str] = {}
    for name, given in headers.items():
        key, value = storable(name).lower(), storable(given)
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def since(started: float) -> timedelta:
    return timedelta(seconds=time.perf_counter() - started)


def in_words(error: Exception) -> str:
    """Say what went wrong, for people: they see it as the reason why something did not arrive."""
    cause = cause_of(error)
    match cause:
        case RefusedAddress():
            return str(cause)
        case aiohttp.ClientConnectorDNSError():
            unknown = cause.os_error.errno == socket.EAI_NONAME
            return f"there is no host {cause.host}" if unknown else f"the name {cause.host} cannot be looked up now"
        case UnicodeError():
            return "the address names no host that can be"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {cause.verify_message}"
        case ssl.SSLError():
            return f"no TLS with it: {(cause.reason or 'it failed').replace('_', ' ').lower()}"
        case aiohttp.ServerDisconnectedError():
            return "it closed the connection without an answer"
        case aiohttp.ClientResponseError():
            return f"what it answered is no HTTP: {storable(cause.message).partition(':')[0].lower()}"
        case aiohttp.ClientPayloadError():
            return "its answer broke off"
        case ConnectionRefusedError():
            return "it refused the connection"
        case ConnectionError() | aiohttp.ClientOSError():
            return "it broke the connection off"
        case OSError() if cause.errno in UNREACHABLE:
            return "it cannot be reached"
        case _:
            return storable(str(cause)) or type(cause).__name__


def cause_of(error: Exception) -> Exception:
    """Return what went wrong where a connection was to be made, which names it best; else the error itself."""
    cause = error
    while isinstance(cause, aiohttp.ClientConnectorError) and not isinstance(cause, aiohttp.ClientConnectorDNSError):
        cause = (
            cause.certificate_error if isinstance(cause, aiohttp.ClientConnectorCertificateError) else cause.os_error
        )
    return cause


def storable(text: str) -> str:
    """Return a stranger's text without what no database takes: NUL, and bytes that are not UTF-8."""
    return text.encode(errors="surrogateescape").decode(errors="replace").replace("\0", "\ufffd")
