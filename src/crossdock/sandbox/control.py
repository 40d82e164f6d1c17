"""What only a sandbox can do, under /sandbox on the store's port: move the clock, wait for quiet, register apps.

Open to programs on this machine only, and closed to pages of other sites in a browser on it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from crossdock.dialects.next29.oauth import is_safe_pattern
from crossdock.dialects.registry import DIALECTS
from crossdock.dialects.shopify.partings import PRIVACY_TOPICS
from crossdock.domain.apps import AppAtWork
from crossdock.runtime.connection import Pool
from crossdock.runtime.http.addresses import is_loopback
from crossdock.runtime.http.incoming import FAULTS, read_body
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.runtime.secrets import Vault
from crossdock.sandbox import apps
from crossdock.sandbox.clock import NeverSettled, advance, now, settle
from crossdock.store.setup import Registration, register

PREFIX = "/sandbox/"
LONGEST_ADVANCE = 20 * 366 * 86400
LONGEST_NAME = 255
LONGEST_URL = 2048
MOST_REDIRECT_URLS = 100


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """What the control needs of both sides. One advance runs at a time."""

    store: Pool
    service: Pool
    vault: Vault
    moving: asyncio.Lock

    @property
    def sides(self) -> tuple[Pool, Pool]:
        return self.store, self.service


def with_control(app: ASGIApp, sandbox: Sandbox) -> ASGIApp:
    """Return the app with /sandbox/* in front of it."""
    control = Starlette(
        routes=[
            Route("/sandbox/clock", read_clock, methods=["GET"]),
            Route("/sandbox/clock", move_clock, methods=["POST"]),
            Route("/sandbox/settle", wait_until_settled, methods=["POST"]),
            Route("/sandbox/apps", list_apps, methods=["GET"]),
            Route("/sandbox/apps", register_app, methods=["POST"]),
            Route("/sandbox/apps/{client_id}", uninstall_app, methods=["DELETE"]),
        ],
        exception_handlers={HTTPException: refusal, NeverSettled: unsettled, **FAULTS},
    )
    control.state.sandbox = sandbox

    async def controlled(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await app(scope, receive, send)
        elif reason := why_not(Request(scope)):
            await answer({"errors": reason}, 403)(scope, receive, send)
        else:
            await control(scope, receive, send)

    return controlled


def why_not(request: Request) -> str | None:
    """Say why a request is kept out: from another machine, by a name that is not ours, or from another site's page."""
    if request.client is None or not is_loopback(request.client.host):
        return "The sandbox's controls are for programs on this machine."
    # A name that somebody else's DNS points at us would make their page look like ours.
    if not is_loopback(request.url.hostname or ""):
        return "The sandbox's controls are reached by 127.0.0.1 or localhost."
    origin = request.headers.get("origin")
    if origin is not None and host_of(origin) != request.headers.get("host"):
        return "The sandbox's controls are closed to pages of other sites."
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "The sandbox's controls are closed to pages of other sites."
    return None


def host_of(url: str) -> str | None:
    """Return the host and port that a URL names; None where it is no URL."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


async def read_clock(request: Request) -> Response:
    """Tell the business time."""
    return answer(await time_of(sandbox_of(request)))


async def move_clock(request: Request) -> Response:
    """Move the clock forward and answer when all that became due is done."""
    seconds = (await fields(request)).get("advance_seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= LONGEST_ADVANCE:
        raise HTTPException(422, f"advance_seconds must be a number from 0 to {LONGEST_ADVANCE}")
    sandbox = sandbox_of(request)
    async with sandbox.moving:
        stops = await advance(sandbox.sides, seconds)
        return answer(await time_of(sandbox) | {"stops": stops})


async def wait_until_settled(request: Request) -> Response:
    """Answer when nothing is due or in flight."""
    sandbox = sandbox_of(request)
    await settle(sandbox.sides)
    return answer(await time_of(sandbox) | {"settled": True})


async def list_apps(request: Request) -> Response:
    """List the apps that are registered."""
    sandbox = sandbox_of(request)
    return answer({"apps": await apps.registered(sandbox.store)})


async def register_app(request: Request) -> Response:
    """Register an app for the install flow."""
    sandbox = sandbox_of(request)
    app = registration_of(await fields(request))
    shop_id = await apps.the_shop(sandbox.store)
    made = await register(sandbox.store, sandbox.vault, await now(sandbox.store), shop_id, app)
    return answer({"client_id": made.client_id, "client_secret": made.client_secret}, 201)


async def uninstall_app(request: Request) -> Response:
    """Uninstall an app."""
    sandbox = sandbox_of(request)
    client_id = request.path_params["client_id"]
    # No text in the database can hold a NUL character.
    try:
        gone = "\x00" not in client_id and await apps.uninstall(sandbox.store, client_id)
    except AppAtWork as refusal:
        raise HTTPException(409, f"{refusal}") from refusal
    if not gone:
        raise HTTPException(404, "Not Found")
    return answer({})


def registration_of(body: Mapping[str, object]) -> Registration:
    """Read what registers an app; `privacy_urls`, by topic, are where it is told of people's data."""
    name, urls, privacy = body.get("name"), body.get("redirect_urls", []), body.get("privacy_urls", {})
    platform = body.get("platform", "shopify")
    if not isinstance(name, str) or not name.strip():
        raise HTTPException(422, "name can't be blank")
    if len(name) > LONGEST_NAME:
        raise HTTPException(422, f"name is too long (maximum is {LONGEST_NAME} characters)")
    if not isinstance(urls, list) or len(urls) > MOST_REDIRECT_URLS or not all(is_url(url) for url in urls):
        raise HTTPException(422, f"redirect_urls must be a list of at most {MOST_REDIRECT_URLS} http or https URLs")
    if not all(map(is_safe_pattern, urls)):
        raise HTTPException(
            422, "a star may only be the whole first name of an https host, as in https://*.example.com/"
        )
    if not is_url(body.get("app_url")):
        raise HTTPException(422, "app_url must be an http or https URL")
    if platform not in DIALECTS:
        raise HTTPException(422, f"platform must be one of {', '.join(DIALECTS)}")
    if not isinstance(privacy, dict) or not all(
        name in PRIVACY_TOPICS and is_url(url) for name, url in privacy.items()
    ):
        raise HTTPException(422, f"privacy_urls must have http or https URLs for some of {', '.join(PRIVACY_TOPICS)}")
    return Registration(
        name=name.strip(),
        app_url=str(body["app_url"]),
        redirect_urls=tuple(urls),
        platform=str(platform),
        privacy_urls=privacy,
    )


def is_url(text: object) -> bool:
    if not isinstance(text, str) or len(text) > LONGEST_URL:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = all(32 < ord(each) < 127 for each in text)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


async def fields(request: Request) -> Mapping[str, object]:
    """Read the body as a JSON object."""
    try:
        body = read_json(await read_body(request.receive) or b"{}")
    except BadJson as error:
        raise HTTPException(400, error.reason) from error
    if not isinstance(body, dict):
        raise HTTPException(400, "the body must be a JSON object")
    return body


async def time_of(sandbox: Sandbox) -> dict[str, object]:
    return {"now": (await now(sandbox.store)).isoformat()}


def sandbox_of(request: Request) -> Sandbox:
    return cast(Sandbox, request.app.state.sandbox)


def answer(body: Mapping[str, object], status: int = 200) -> Response:
    return Response(write_json(body), status, media_type="application/json")


async def refusal(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the shape of a handler
    assert isinstance(error, HTTPException)
    return answer({"errors": error.detail}, error.status_code)


async def unsettled(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the shape of a handler
    return answer({"errors": str(error)}, 504)
