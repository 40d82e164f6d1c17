"""The guard around a side's app."""

import json

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from crossdock.runtime.http.incoming import FAULTS, BodyTooLarge, ClientGone, Guard, answer, read_body, secure_pages
from crossdock.runtime.postgres.pool import DatabaseUnavailable
from tests.runtime.asgi import call


async def ready() -> None:
    """Be ready."""


async def unready() -> None:
    raise DatabaseUnavailable("gone")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Echo, or fail as the path says."""
    match scope["path"]:
        case "/bug":
            raise LookupError("secret in the message")
        case "/late":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise LookupError
        case "/database":
            raise DatabaseUnavailable("it restarts")
        case "/id":
            await answer(send, 200, scope["state"]["request_id"].encode(), "text/plain")
        case _:
            await answer(send, 200, await read_body(receive), "text/plain")


HERE = {"host": "127.0.0.1:8000"}
GUARD = Guard(app, side="store", ready=ready)


async def test_an_answer_has_the_requests_id() -> None:
    heard = await call(GUARD, "GET", "/id")
    assert heard.headers["x-request-id"] == heard.body.decode()
    assert len(heard.body) == 24


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc-12345678", True), ("short", False), ("x" * 81, False), ("a b c d e f g", False)]
)
async def test_an_id_that_is_sane_is_kept(sent: str, kept: bool) -> None:
    heard = await call(GUARD, "GET", "/id", headers={"X-Request-Id": sent})
    assert (heard.body.decode() == sent) is kept


async def test_a_bug_is_500_with_the_id_and_without_its_words() -> None:
    with structlog.testing.capture_logs() as lines:
        heard = await call(GUARD, "POST", "/bug?token=s3cret", body=b"s3cret")
    assert heard.status == 500
    assert json.loads(heard.body)["request_id"] == heard.headers["x-request-id"]
    assert b"secret" not in heard.body
    assert [line["event"] for line in lines] == ["bug", "request"]
    assert "s3cret" not in repr(lines)


async def test_a_bug_after_half_an_answer_closes_the_connection() -> None:
    with structlog.testing.capture_logs(), pytest.raises(LookupError):
        await call(GUARD, "GET", "/late")


async def test_a_database_that_is_away_is_503_with_retry_after() -> None:
    with structlog.testing.capture_logs():
        heard = await call(GUARD, "GET", "/database")
    assert (heard.status, heard.headers["retry-after"]) == (503, "2")


async def test_a_body_above_the_cap_is_413() -> None:
    assert (await call(GUARD, "POST", "/", body=b"x" * 1024 * 1024)).status == 200
    assert (await call(GUARD, "POST", "/", body=b"x" * (1024 * 1024 + 1))).status == 413


async def test_nobody_hears_an_answer_when_the_client_is_gone() -> None:
    with structlog.testing.capture_logs() as lines:
        assert (await call(GUARD, "POST", "/", body=None)).status == 0
    assert lines[0]["status"] == 499


async def test_a_body_in_parts_is_read_whole() -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b"cd"},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return parts.pop(0)

    assert await read_body(receive) == b"abcd"
    with pytest.raises(ClientGone):
        await read_body(receive)
    parts.append({"type": "http.request", "body": b"abcd", "more_body": True})
    with pytest.raises(BodyTooLarge):
        await read_body(receive, cap=3)


async def test_health_readiness_and_metrics() -> None:
    assert (await call(GUARD, "GET", "/healthz")).status == 200
    assert (await call(GUARD, "GET", "/readyz")).status == 200
    with structlog.testing.capture_logs():
        assert (await call(Guard(app, side="store", ready=unready), "GET", "/readyz")).status == 503
        await call(GUARD, "BREW", "/")
    metrics = (await call(GUARD, "GET", "/metrics", headers=HERE, client="127.0.0.1")).body.decode()
    assert 'crossdock_requests_total{method="other",side="store",status="200"} 1.0' in metrics


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.0.2.7", {}),
        ("192.0.2.7", {"host": "localhost:8000"}),
        ("127.0.0.1", {"host": "store.example"}),
        ("127.0.0.1", {"host": "[::1"}),
        ("127.0.0.1", {"host": "localhost:8000", "x-forwarded-for": "192.0.2.7"}),
        ("::ffff:192.0.2.7", {"host": "[::1]:8000"}),
    ],
)
async def test_metrics_stay_on_this_machine(client: str, headers: dict[str, str]) -> None:
    heard = await call(GUARD, "GET", "/metrics", headers=headers, client=client)
    assert (heard.status, b"crossdock_" in heard.body) == (403, False)


async def test_metrics_are_shown_elsewhere_for_a_token_alone() -> None:
    guard = Guard(app, side="store", ready=ready, metrics_token="counted")
    for shown, status in (("Bearer counted", 200), ("bearer counted", 200), ("Bearer other", 401), ("counted", 401)):
        heard = await call(guard, "GET", "/metrics", headers={"authorization": shown})
        assert (heard.status, b"crossdock_" in heard.body) == (status, status == 200), shown
    assert (await call(guard, "GET", "/metrics", headers=HERE, client="127.0.0.1")).status == 401
    assert (await call(guard, "GET", "/healthz")).status == 200


@pytest.mark.parametrize(("path", "length", "status"), [("/", 1, 413), ("/", 0, 200), ("/database", 0, 503)])
async def test_a_starlette_app_answers_as_the_guard_does(path: str, length: int, status: int) -> None:
    """Its own net would catch the fault first, and answer a bare 500."""

    async def page(request: Request) -> Response:
        await request.form()
        if request.url.path == "/database":
            raise DatabaseUnavailable("it restarts")
        return PlainTextResponse("read")

    paths = ("/", "/database")
    pages = Starlette(routes=[Route(each, page, methods=["POST"]) for each in paths], exception_handlers=FAULTS)
    body = b"x" * (1024 * 1024 + length)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with structlog.testing.capture_logs():
        heard = await call(Guard(secure_pages(pages), side="store", ready=ready), "POST", path, headers=form, body=body)
    assert heard.status == status


async def test_pages_are_for_themselves_only() -> None:
    heard = await call(secure_pages(app), "GET", "/")
    assert heard.headers["content-security-policy"].startswith("default-src 'self'")
    assert (heard.headers["x-content-type-options"], heard.headers["x-frame-options"]) == ("nosniff", "DENY")
