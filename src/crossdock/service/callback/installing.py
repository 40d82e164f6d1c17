"""The way in for shops: `/{platform}/install` sends a merchant to the consent page, `/{platform}/callback` hears of it.

Who comes back is the browser that was sent, by a signed cookie with the state; and each state is good once. Nothing is
written before all of that is checked. What a platform adds to it is in a module of its own.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Json, Unreadable
from crossdock.domain.refusals import Refusal
from crossdock.runtime.html import render
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingRequest
from crossdock.runtime.json import BadJson, read_json
from crossdock.service.dispatch.commands import LetIn, UseState
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Installation
from crossdock.service.stores.client import Caller
from crossdock.service.stores.platforms import PLATFORMS

COOKIE = "crossdock_install"
COOKIE_LASTS = 600
LONGEST_QUERY = 8_000
PATHS = frozenset(f"/{platform}/{end}" for platform in PLATFORMS for end in ("install", "callback"))

Query = Sequence[tuple[str, str]]


def is_installing(path: str) -> bool:
    """Tell whether a path is one of these."""
    return path in PATHS


@dataclass(frozen=True, kw_only=True)
class Door:
    """What letting a platform's shops in takes: as which app, under which address of ours, and which shops.

    `shops` are the platform's own by their domains, `addresses` says where others are. `transport`: how they are asked.
    `cookie_key` signs the browser's cookie.
    """

    platform: str
    shops: re.Pattern[str]
    client_id: str
    client_secret: str
    public_url: str
    addresses: Mapping[str, str]
    scopes: tuple[str, ...]
    transport: str
    cookie_key: bytes

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url}/{self.platform}/callback"

    def address_of(self, shop: str) -> str | None:
        """Return where a shop is; None for a domain that is no shop's."""
        if shop in self.addresses:
            return self.addresses[shop]
        return f"https://{shop}" if self.shops.fullmatch(shop) else None


BEGIN_AGAIN = "Begin again: open the app from your store's list of apps, or follow its install link once more."
NO_APP = "Shops of this platform cannot be connected here by installing: no app is set up for it"
SET_ONE_UP = (
    "Who runs this warehouse sets the app's client id and secret, and CROSSDOCK_PUBLIC_URL, or connects the shop with "
    "a token of its own, on the command line: crossdock service connect."
)


class No(Exception):
    """The answer is no. `then`: what its reader can do."""

    def __init__(self, status: int, words: str, then: str = BEGIN_AGAIN) -> None:
        super().__init__(status)
        self.status = status
        self.words = words
        self.then = then


Step = Callable[[Scope, Query], Awaitable[Response]]


class Installing:
    """Lets shops in, by the steps of their platforms; who cannot be let in reads why on a page."""

    def __init__(self, steps: Mapping[str, Step], templates: Environment) -> None:
        self.steps = steps
        self.templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self.answer(scope)
        except No as no:
            response = render(
                self.templates,
                Request(scope),
                "not_installed.html",
                status=no.status,
                side="service",
                words=no.words,
                then=no.then,
            )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        await response(scope, receive, send)

    async def answer(self, scope: Scope) -> Response:
        step = self.steps.get(scope["path"])
        if step is None:
            raise No(404, NO_APP, SET_ONE_UP)
        if scope["method"] != "GET":
            raise No(405, "This address is for following a link, not for sending a form")
        return await step(scope, query_of(scope))


def query_of(scope: Scope) -> list[tuple[str, str]]:
    text = str(scope["query_string"], "latin-1")
    if len(text) > LONGEST_QUERY or "%00" in text:
        raise No(400, "The query is too long, or holds a NUL character")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise No(400, "The query cannot be read") from error


def new_state() -> str:
    return secrets.token_urlsafe(32)


def send_to_shop(door: Door, shop: str, state: str, url: str) -> Response:
    """Send a browser to a shop's consent page, with a cookie by which we know it again."""
    response = RedirectResponse(url, 302)
    response.set_cookie(
        COOKIE,
        signed_state(door, shop, state),
        max_age=COOKIE_LASTS,
        path=f"/{door.platform}",
        secure=door.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return response


def signed_state(door: Door, shop: str, state: str) -> str:
    """Return the cookie's value: the state, and that it was made for this shop."""
    digest = hmac.digest(door.cookie_key, urlencode({"install": shop, "state": state}).encode(), hashlib.sha256)
    return f"{state}.{digest.hex()}"


def state_sent(door: Door, scope: Scope, shop: str) -> str:
    """Return the state that the browser was sent to a shop with, as its cookie shows. Raises: No."""
    cookie = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")
    state = cookie.rpartition(".")[0]
    if not state or not hmac.compare_digest(cookie.encode(), signed_state(door, shop, state).encode()):
        raise No(400, "This installation was not begun here, or too long ago")
    return state


async def use_state(dispatcher: Dispatcher, state: str) -> None:
    """Raises: No for one that was used before."""
    try:
        await dispatcher.dispatch(UseState(state=state), actor="store")
    except Refusal as refusal:
        raise No(400, f"This installation cannot go on: {refusal}") from refusal


async def exchanged(caller: Caller, request: OutgoingRequest, read_refusal: Callable[[Json], str]) -> Json:
    """Return what a shop answers to a code. It is not noted in the ledger: it is all secrets. Raises: No."""
    try:
        answer = await caller.outgoing.send(request)
        body = read_json(answer.body)
    except NoAnswer as silence:
        raise No(502, "The shop did not answer") from silence
    except BadJson as error:
        raise No(502, "The shop's answer cannot be understood") from error
    if answer.status != 200:
        raise No(502, f"The shop gave us no token: {read_refusal(body) or answer.status}")
    return body


def not_understood(error: Unreadable) -> No:
    return No(502, f"The shop's answer cannot be understood ({error.field})")


async def let_in(dispatcher: Dispatcher, door: Door, installation: Installation) -> Response:
    """Keep what a shop gave us, and show it to who brought it. Raises: No."""
    try:
        store_id = await dispatcher.dispatch(LetIn(installation=installation), actor="store")
    except Refusal as refusal:
        raise No(409, f"This shop cannot be connected: {refusal}") from refusal
    response = RedirectResponse(f"{door.public_url}/stores/{store_id}", 303)
    response.delete_cookie(COOKIE, path=f"/{door.platform}")
    return response
