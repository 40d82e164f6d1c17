"""Users, sessions and forms."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from crossdock.runtime import clock, login
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.html import environment
from crossdock.runtime.login import LoginGate, add_user, local
from crossdock.runtime.postgres.pool import Pool, open_pool
from tests.runtime.asgi import Heard, call

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture
async def pool(empty_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(empty_database, size=4, name="test")
    await pool.execute(login.schema() + clock.schema())
    async with pool.acquire() as connection:
        at = await MovableClock(pool).now(connection)
        await add_user(connection, email="Ana@example.com", name="Ana", password=PASSWORD, at=at)
    yield pool
    await pool.close()


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    user = Request(scope).state.user
    await PlainTextResponse(f"{scope['path']} for {user.name if user else 'all'}")(scope, receive, send)


def gate(pool: Pool, *, needed: bool = True, secret: bytes = b"k" * 32) -> ASGIApp:
    return LoginGate(
        pages,
        side="store",
        pool=pool,
        clock=MovableClock(pool),
        templates=environment("crossdock.runtime"),
        secret=secret,
        needed=needed,
    )


async def log_in(app: ASGIApp, password: str = PASSWORD, email: str = "ana@example.com", next: str = "") -> Heard:
    body = urlencode({"email": email, "password": password, "next": next}).encode()
    return await call(app, "POST", "/login", body=body, headers={"Origin": "http://store.test"})


def cookie(heard: Heard) -> dict[str, str]:
    return {"Cookie": heard.headers["set-cookie"].partition(";")[0]}


async def test_pages_need_a_login_and_come_back_to_where_one_was(pool: Pool) -> None:
    app = gate(pool)
    refused = await call(app, "GET", "/orders?tab=open")
    assert (refused.status, refused.headers["location"]) == (303, "/login?next=%2Forders%3Ftab%3Dopen")
    form = await call(app, "GET", refused.headers["location"])
    assert form.status == 200
    assert re.search(rb'name="next" value="/orders\?tab=open"', form.body)
    entered = await log_in(app, next="/orders?tab=open")
    assert (entered.status, entered.headers["location"]) == (303, "/orders?tab=open")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "SameSite=lax" in entered.headers["set-cookie"]
    assert (await call(app, "GET", "/orders", headers=cookie(entered))).body == b"/orders for Ana"


async def test_a_logout_ends_the_session_for_good(pool: Pool) -> None:
    app = gate(pool)
    entered = cookie(await log_in(app))
    assert (await call(app, "POST", "/logout", headers=entered)).status == 303
    assert (await call(app, "GET", "/orders", headers=entered)).status == 303


async def test_a_session_ends_after_its_time(pool: Pool) -> None:
    app = gate(pool)
    entered = cookie(await log_in(app))
    await MovableClock(pool).set_offset(login.SESSION.total_seconds() + 1)
    assert (await call(app, "GET", "/orders", headers=entered)).status == 303


async def test_a_cookie_that_we_did_not_sign_is_nothing(pool: Pool) -> None:
    entered = cookie(await log_in(gate(pool, secret=b"other" * 8)))
    assert (await call(gate(pool), "GET", "/orders", headers=entered)).status == 303
    assert (await call(gate(pool), "GET", "/orders", headers={"Cookie": "crossdock_store=ü.x"})).status == 303


@pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com", "a\x00b", ""])
async def test_a_wrong_password_says_no_more_than_that(pool: Pool, email: str) -> None:
    refused = await log_in(gate(pool), password="wrong", email=email)
    assert refused.status == 401
    assert b"do not match" in refused.body
    assert "set-cookie" not in refused.headers


async def test_guessing_is_throttled_and_starts_anew_later(pool: Pool) -> None:
    app = gate(pool)
    assert [(await log_in(app, "wrong")).status for _ in range(6)] == [401] * 5 + [429]
    assert (await log_in(app)).status == 429
    await MovableClock(pool).set_offset(login.WINDOW.total_seconds() + 1)
    assert (await log_in(app)).status == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_only_our_pages_may_post_even_without_login(pool: Pool, headers: dict[str, str], status: int) -> None:
    here = {"host": "localhost:8000"}
    assert (await call(gate(pool, needed=False), "POST", "/orders", headers=here | headers)).status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("acme.localhost", 200), ("store.test", 403), ("10.0.0.1", 403)],
)
async def test_pages_without_login_are_for_this_machine(pool: Pool, host: str, status: int) -> None:
    """Or else a site whose name comes to stand for 127.0.0.1 could read them in a browser here."""
    assert (await call(gate(pool, needed=False), "GET", "/orders", headers={"host": host})).status == status


async def test_parts_of_pages_and_posts_are_told(pool: Pool) -> None:
    app = gate(pool)
    assert (await call(app, "POST", "/orders")).status == 401
    part = await call(app, "GET", "/orders/rows", headers={"HX-Request": "true"})
    assert (part.status, part.headers["hx-redirect"]) == (401, "/login")


async def test_a_user_is_there_once_and_has_a_long_password(pool: Pool) -> None:
    async with pool.acquire() as connection:
        at = await MovableClock(pool).now(connection)
        with pytest.raises(ValueError, match="already"):
            await add_user(connection, email="ana@EXAMPLE.com", name="Other", password=PASSWORD, at=at)
        with pytest.raises(ValueError, match="10 to 200"):
            await add_user(connection, email="b@example.com", name="B", password="short", at=at)


@pytest.mark.parametrize("address", ["//evil", "/\\evil", "https://evil", "", None, "/a\nb"])
def test_other_sites_are_no_place_to_go_to(address: str | None) -> None:
    assert local(address) == ""
