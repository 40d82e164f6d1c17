"""What every request passes through: a cap on its body, an id, an access line, a net under bugs, metrics."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlsplit

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossdock.runtime.http.metrics import may_see_metrics
from crossdock.runtime.json import MAX_BYTES, write_json
from crossdock.runtime.postgres.pool import DatabaseUnavailable, TookTooLong

log = structlog.get_logger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SANE_ID = re.compile(rb"[A-Za-z0-9._-]{8,80}")
RETRY_AFTER_SECONDS = 2
LONG = "The body is longer than 1 MB."
UNAVAILABLE = "The database is not available. Try again."
TOO_SLOW = "This took longer than it may here, and nothing was changed. Ask for less at once, or try again later."
SHOW_FOR_METRICS = "Send CROSSDOCK_METRICS_TOKEN as a Bearer token."
METRICS_STAY_HERE = "Metrics are shown on this machine only, unless CROSSDOCK_METRICS_TOKEN is set."
# What the log and the client are told of what is answered with 503.
WHY_LATER: Mapping[type[Exception], tuple[str, str]] = {
    DatabaseUnavailable: ("database_unavailable", UNAVAILABLE),
    TookTooLong: ("took_too_long", TOO_SLOW),
}
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

Headers = list[tuple[bytes, bytes]]
Ready = Callable[[], Awaitable[None]]


def page_policy(*, form_targets: Sequence[str] = ()) -> str:
    """Return the content security policy of a page. `form_targets`: URLs on other hosts that its forms may lead to."""
    targets = " ".join(["'self'", *(origin_of(url) for url in form_targets)])
    return (
        f"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action {targets}; "
        "object-src 'none'"
    )


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, without what could say more in a policy than where it is."""
    parts = urlsplit(url)
    host = re.sub(r"[^a-z0-9.:\[\]-]", "", parts.netloc.rpartition("@")[2].lower())
    return f"{parts.scheme}://{host}"


PAGE_HEADERS: Headers = [
    (b"content-security-policy", page_policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
]


class BodyTooLarge(Exception):
    """The request's body is above the cap: answer 413."""


class ClientGone(Exception):
    """The client went away before its body had arrived: nobody hears the answer."""


async def read_body(receive: Receive, *, cap: int = MAX_BYTES) -> bytes:
    """Read a request's whole body.

    Raises: BodyTooLarge, ClientGone.
    """
    chunks: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > cap:
            raise BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if len(chunks) > 1 else chunk


class Guard:
    """Wraps a side's app: request ids, access lines, metrics, and an answer to what went wrong inside.

    The id is `scope["state"]["request_id"]` and the answer's `X-Request-Id`; one that the client sends is kept if it is
    sane. A bug becomes 500, `DatabaseUnavailable` and `TookTooLong` 503 with `Retry-After`, all in JSON with the id.
    Serves /healthz, /readyz and /metrics itself; `ready` raises when the side cannot serve. A side's own metrics go
    into `registry`; they are shown to whoever shows the token, and without one on this machine only.
    """

    def __init__(self, app: ASGIApp, *, side: str, ready: Ready, metrics_token: str | None = None) -> None:
        self.app = app
        self.side = side
        self.ready = ready
        self.metrics_token = metrics_token
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self.requests = Counter(
            "crossdock_requests", "Requests answered.", ["side", "method", "status"], registry=registry
        )
        self.seconds = Histogram(
            "crossdock_request_seconds", "Time to answer.", ["side"], buckets=BUCKETS, registry=registry
        ).labels(side)
        self.counts: dict[tuple[str, int], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] in {"/healthz", "/readyz", "/metrics"}:
            await self.serve(scope, send)
        else:
            await self.pass_on(scope, receive, send)

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request_id = id_of(scope)
        # A copy: the server gives the same dictionary to every request.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientGone:
            status = status or 499
        except BodyTooLarge:
            await refuse(send_with_id, 413, LONG, request_id)
        except (DatabaseUnavailable, TookTooLong) as error:
            event, words = WHY_LATER[type(error)]
            log.warning(event, request_id=request_id, error=str(error))
            if status:
                raise
            retry: Headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())]
            await refuse(send_with_id, 503, words, request_id, retry)
        except Exception:
            log.exception("bug", request_id=request_id, method=scope["method"], path=scope["path"])
            if status:
                raise  # half an answer is out: only closing the connection tells the client
            await refuse(send_with_id, 500, "Something went wrong here.", request_id)
        finally:
            self.account(scope, status, time.perf_counter() - started, request_id)

    def account(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        count = self.counts.get((method, status))
        if count is None:
            count = self.counts[method, status] = self.requests.labels(self.side, method, status)
        count.inc()
        self.seconds.observe(seconds)
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=request_id,
        )

    async def serve(self, scope: Scope, send: Send) -> None:
        path = scope["path"]
        if path == "/metrics":
            await self.show_metrics(scope, send)
            return
        if path == "/readyz":
            try:
                await self.ready()
            except Exception as error:
                log.warning("not_ready", error=str(error))
                await answer(send, 503, write_json({"ready": False}), "application/json")
                return
        await answer(
            send, 200, write_json({"ready": True} if path == "/readyz" else {"alive": True}), "application/json"
        )

    async def show_metrics(self, scope: Scope, send: Send) -> None:
        if may_see_metrics(scope, self.metrics_token):
            await answer(send, 200, generate_latest(self.registry), CONTENT_TYPE_LATEST)
        elif self.metrics_token is not None:
            body = write_json({"errors": SHOW_FOR_METRICS})
            await answer(send, 401, body, "application/json", [(b"www-authenticate", b"Bearer")])
        else:
            await answer(send, 403, write_json({"errors": METRICS_STAY_HERE}), "application/json")


def secure_pages(app: ASGIApp) -> ASGIApp:
    """Wrap the app of a side's pages: content from itself only, no framing, no sniffing; forms of 1 MB at most.

    A page that needs another policy sets its own.
    """

    async def secured(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ())]
                given = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(each for each in PAGE_HEADERS if each[0] not in given)]
            await send(message)

        await app(scope, capped(receive), send_secured)

    return secured


def capped(receive: Receive) -> Receive:
    """Return a `receive` that raises BodyTooLarge once more than the cap has come."""
    length = 0

    async def receive_capped() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > MAX_BYTES:
            raise BodyTooLarge
        return message

    return receive_capped


def id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(12)


async def too_large(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the shape of a handler
    return Response(write_json({"errors": LONG}), 413, media_type="application/json")


async def unavailable(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the shape of a handler
    event, words = WHY_LATER[type(error)]
    log.warning(event, error=str(error))
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return Response(write_json({"errors": words}), 503, headers, "application/json")


# For Starlette's apps, which would answer these with a bare 500 before the Guard around them hears of it.
FAULTS: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    BodyTooLarge: too_large,
    DatabaseUnavailable: unavailable,
    TookTooLong: unavailable,
}


async def refuse(send: Send, status: int, words: str, request_id: str, headers: Headers | None = None) -> None:
    body = write_json({"errors": words, "request_id": request_id})
    await answer(send, status, body, "application/json", headers)


async def answer(send: Send, status: int, body: bytes, media: str, headers: Headers | None = None) -> None:
    fields: Headers = [
        (b"content-type", media.encode()),
        (b"content-length", str(len(body)).encode()),
        *(headers or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
