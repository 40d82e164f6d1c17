"""The way in for shops: `/shopify/install` sends a merchant to the consent page, `/shopify/callback` hears of it.

Who comes back is the browser that was sent, by a signed cookie with the state; what it brings was signed by the shop's
platform; and each state is good once. Nothing is written before all of that is checked.
Source: Shopify REST, AccessScope and OAuth.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify.oauth import (
    AuthorizationCode,
    AuthorizeRequest,
    Callback,
    Token,
    TokenRequest,
    authorize_url,
    read_callback,
    read_refusal,
    read_token,
    token_request,
)
from crossdock.domain.refusals import Refusal
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingRequest
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.service.dispatch.commands import LetIn, UseState
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Installation
from crossdock.service.dispatch.signatures import sealed
from crossdock.service.stores.client import Caller

INSTALL, BACK = "/shopify/install", "/shopify/callback"
COOKIE = "crossdock_install"
COOKIE_LASTS = 600
LONGEST_QUERY = 8_000
API_VERSION = "2026-07"
SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com", re.ASCII)
SCOPES = (
    "read_products",
    "read_locations",
    "write_inventory",
    "write_fulfillments",
    "write_assigned_fulfillment_orders",
)


def is_installing(path: str) -> bool:
    """Tell whether a path is one of these."""
    return path in {INSTALL, BACK}


@dataclass(frozen=True, kw_only=True)
class Door:
    """What letting shops in takes: as which app, under which address of ours, and which shops beside the platform's.

    `addresses`: where the shops are whose domains say nothing of it. `transport`: how they are asked. `cookie_key`
    signs the browser's cookie.
    """

    client_id: str
    client_secret: str
    public_url: str
    addresses: Mapping[str, str]
    scopes: tuple[str, ...]
    transport: str
    cookie_key: bytes

    @property
    def redirect_uri(self) -> str:
        return self.public_url + BACK

    def address_of(self, shop: str) -> str | None:
        """Return where a shop is; None for a domain that is no shop's."""
        if shop in self.addresses:
            return self.addresses[shop]
        return f"https://{shop}" if SHOP.fullmatch(shop) else None


class No(Exception):
    """The answer is no."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(status)
        self.status = status
        self.words = words


class Installing:
    """Lets shops in."""

    def __init__(self, dispatcher: Dispatcher, *, caller: Caller, door: Door | None) -> None:
        self.dispatcher = dispatcher
        self.caller = caller
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self.answer(scope)
        except No as no:
            response = PlainTextResponse(f"{no.words}\n", no.status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        await response(scope, receive, send)

    async def answer(self, scope: Scope) -> Response:
        if self.door is None:
            raise No(404, "Shops cannot be connected here by installing: no app is set up")
        if scope["method"] != "GET":
            raise No(405, "Method Not Allowed")
        query = query_of(scope)
        if scope["path"] == INSTALL:
            return send_to_shop(self.door, dict(query).get("shop", ""))
        return await self.came_back(self.door, scope, query)

    async def came_back(self, door: Door, scope: Scope, query: list[tuple[str, str]]) -> Response:
        at = await self.caller.clock.now()
        callback = callback_of(door, scope, query, at)
        url = door.address_of(callback.shop)
        if url is None:
            raise No(400, "That is not a shop")
        try:
            await self.dispatcher.dispatch(UseState(state=callback.state or ""), actor="store")
        except Refusal as refusal:
            raise No(400, f"This installation cannot go on: {refusal}. Begin again") from refusal
        token = await self.token(door, url, callback)
        given = sealed(self.caller.vault, callback.shop, token=token.access_token, secret=door.client_secret)
        installation = Installation(
            url=url,
            shop_domain=callback.shop,
            client_id=door.client_id,
            scopes=",".join(token.scopes),
            token=given.token,
            secret=given.secret,
            api_version=API_VERSION,
            transport=door.transport,
        )
        store_id = await self.dispatcher.dispatch(LetIn(installation=installation), actor="store")
        response = RedirectResponse(f"{door.public_url}/stores/{store_id}", 303)
        response.delete_cookie(COOKIE, path="/shopify")
        return response

    async def token(self, door: Door, url: str, callback: Callback) -> Token:
        """Exchange the code. It is not noted in the ledger: it is all secrets. Raises: No."""
        grant = AuthorizationCode(code=callback.code, redirect_uri=door.redirect_uri)
        call = token_request(TokenRequest(client_id=door.client_id, client_secret=door.client_secret, grant=grant))
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = OutgoingRequest(method=call.method, url=url + call.path, headers=headers, body=write_json(call.body))
        try:
            answer = await self.caller.outgoing.send(request)
            body = read_json(answer.body)
            if answer.status != 200:
                raise No(502, f"The shop gave us no token: {read_refusal(body) or answer.status}")
            return read_token(body)
        except NoAnswer as silence:
            raise No(502, "The shop did not answer; install again") from silence
        except (BadJson, Unreadable) as error:
            raise No(502, "The shop's answer cannot be understood; install again") from error


def query_of(scope: Scope) -> list[tuple[str, str]]:
    text = str(scope["query_string"], "latin-1")
    if len(text) > LONGEST_QUERY or "%00" in text:
        raise No(400, "The query is too long, or holds a NUL character")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise No(400, "The query cannot be read") from error


def send_to_shop(door: Door, shop: str) -> Response:
    """Send a browser to a shop's consent page, with a cookie by which we know it again."""
    shop = shop.strip().lower()
    url = door.address_of(shop)
    if url is None:
        raise No(400, "Name your shop: /shopify/install?shop=your-shop.myshopify.com")
    state = secrets.token_urlsafe(32)
    request = AuthorizeRequest(
        client_id=door.client_id, scopes=door.scopes, redirect_uri=door.redirect_uri, state=state
    )
    response = RedirectResponse(authorize_url(url, request), 302)
    response.set_cookie(
        COOKIE,
        signed_state(door, shop, state),
        max_age=COOKIE_LASTS,
        path="/shopify",
        secure=door.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return response


def signed_state(door: Door, shop: str, state: str) -> str:
    """Return the cookie's value: the state, and that it was made for this shop."""
    digest = hmac.digest(door.cookie_key, urlencode({"install": shop, "state": state}).encode(), hashlib.sha256)
    return f"{state}.{digest.hex()}"


def callback_of(door: Door, scope: Scope, query: list[tuple[str, str]], at: datetime) -> Callback:
    """Read what a browser brought back: signed by the platform, and for the browser that we sent. Raises: No."""
    try:
        callback = read_callback([door.client_secret], query, at=at)
    except Unreadable as error:
        raise No(400, f"This does not come from the shop: {error}") from error
    cookie = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")
    expected = signed_state(door, callback.shop, callback.state or "")
    if not hmac.compare_digest(cookie.encode(), expected.encode()):
        raise No(400, "This installation was not begun here, or too long ago. Begin again")
    return callback
