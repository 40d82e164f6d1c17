"""Page mechanics."""

from datetime import datetime, timedelta, timezone

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crossdock.runtime.html import body, environment, page, span, static, static_url, time
from tests.runtime.asgi import call


async def show(request: Request) -> Response:
    return page(request, "login.html", side="<b>", error=None, email="", next="")


def app() -> Starlette:
    made = Starlette(routes=[Route("/", show), static()])
    made.state.templates = environment("crossdock.runtime")
    return made


async def test_a_page_is_escaped_and_links_what_can_be_kept() -> None:
    shown = await call(app(), "GET", "/")
    assert (shown.status, shown.headers["cache-control"]) == (200, "private, no-cache")
    assert b"&lt;b&gt;" in shown.body
    assert static_url("crossdock.css").encode() in shown.body


async def test_a_linked_file_is_kept_and_another_is_not() -> None:
    kept = await call(app(), "GET", static_url("crossdock.css"))
    assert (kept.status, kept.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert "cache-control" not in (await call(app(), "GET", "/static/crossdock.css")).headers
    assert (await call(app(), "GET", "/static/nothing.css?v=1")).status == 404


def test_times_are_shown_in_utc_with_iso_on_hover() -> None:
    at = datetime(2026, 3, 1, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert time(at) == (
        '<time datetime="2026-02-28T23:02:03.000Z" title="2026-02-28T23:02:03.000Z" data-form="second">'
        "2026-02-28 23:02:03</time>"
    )
    assert ">28 Feb 23:02 UTC<" in time(at, "minute")
    assert time(None) == ""


def test_bodies_are_shown_readably() -> None:
    assert body(b'{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert body(b"plain") == "plain"
    assert body(b"\xff\xfe") == "(2 bytes)"
    assert body(None) == ""
    assert body(b"x" * 20_001).endswith("x\n… and 1 byte more")


def test_a_moved_clock_is_told_in_its_two_largest_units() -> None:
    assert span(timedelta(hours=54, minutes=3)) == "+2 d 6 h"
    assert span(timedelta(seconds=-90)) == "-1 min 30 s"
    assert span(timedelta()) == "+0 s"
