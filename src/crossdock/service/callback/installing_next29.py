"""How 29 Next's stores let us in. `/next29/install` is our App URL: they send browsers there to install and to open us.

What comes back is not signed: the browser's cookie is all that binds it, and the code proves itself when exchanged.
Source: 29 Next, app development: OAuth, opening an installed app.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from crossdock.dialects.next29.app_tokens import read_app_token
from crossdock.dialects.next29.oauth import (
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
from crossdock.dialects.operation import Unreadable
from crossdock.runtime.http.outgoing import OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.callback.installing import (
    Door,
    No,
    Query,
    Step,
    exchanged,
    let_in,
    new_state,
    not_understood,
    send_to_shop,
    state_sent,
    use_state,
)
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Installation
from crossdock.service.dispatch.signatures import sealed
from crossdock.service.stores.client import Caller
from crossdock.service.stores.platforms import PLATFORMS

NAME = "next29"
SHOPS = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.29next\.store", re.ASCII)
SCOPES = (
    "fulfillment_service:read",
    "fulfillment_service:write",
    "orders:read",
    "orders:write",
    "catalogue:read",
    "catalogue:write",
    "webhooks:read",
    "webhooks:write",
    "store:read",
)
OPEN_AGAIN = "Open the app from your store's list of apps again."
AGREE = "To connect the store after all, follow the app's install link once more, and agree."
NAME_ONE = "Name your store in the address: /next29/install?store=your-store.29next.store"


@dataclass(frozen=True, kw_only=True)
class Next29Installing:
    """The steps of 29 Next's stores."""

    dispatcher: Dispatcher
    caller: Caller
    door: Door

    @property
    def steps(self) -> Mapping[str, Step]:
        return {f"/{NAME}/install": self.opened, f"/{NAME}/callback": self.came_back}

    async def opened(self, _scope: Scope, query: Query) -> Response:
        """Show who comes from a store that has us its page with us; whoever else comes is to let us in."""
        given, door = dict(query), self.door
        shop, url = self.named(given.get("store", ""))
        if "token" in given:
            await self.require_opened(shop, given["token"])
            async with acquire_ready(self.caller.pool) as connection:
                store = await reads.store(connection, subdomain(shop))
            if store is not None and store.platform == NAME and store.disconnected_at is None:
                return RedirectResponse(f"{door.public_url}/stores/{store.id}", 303)
        state = new_state()
        request = AuthorizeRequest(
            client_id=door.client_id, redirect_uri=door.redirect_uri, scopes=door.scopes, state=state
        )
        return send_to_shop(door, shop, state, authorize_url(url, request))

    async def require_opened(self, shop: str, token: str) -> None:
        """Check a store's word that it opened us for somebody, just now. Raises: No."""
        at, door = await self.caller.clock.now(), self.door
        try:
            opened = read_app_token([door.client_secret], token, client_id=door.client_id, at=at)
        except Unreadable as error:
            raise No(400, f"This does not come from the store, or too late: {error}", OPEN_AGAIN) from error
        if opened.store != shop:
            raise No(400, "This was made for another store", OPEN_AGAIN)

    async def came_back(self, scope: Scope, query: Query) -> Response:
        callback = callback_of(query)
        shop, url = self.named(callback.store)
        state = state_sent(self.door, scope, shop)
        # Whether a state comes back is the store's to decide. One that does must be ours.
        if callback.state is not None and not hmac.compare_digest(state.encode(), callback.state.encode()):
            raise No(400, "This installation was not begun here, or too long ago")
        if callback.code is None:
            raise No(403, f"The store did not let us in: {(callback.error or '')[:200]}", AGREE)
        await use_state(self.dispatcher, state)
        token = await self.token(url, callback.code)
        name = subdomain(shop)
        ours = sealed(self.caller.vault, name, token=token.access_token, secret=secrets.token_urlsafe(32))
        installation = Installation(
            platform=NAME,
            url=url,
            shop_domain=name,
            client_id=self.door.client_id,
            scopes=",".join(token.scopes),
            token=ours.token,
            secret=ours.secret,
            api_version=PLATFORMS[NAME].api_version,
            transport=self.door.transport,
        )
        return await let_in(self.dispatcher, self.door, installation)

    async def token(self, url: str, code: str) -> Token:
        """Exchange the code. Raises: No."""
        door = self.door
        grant = AuthorizationCode(code=code, redirect_uri=door.redirect_uri)
        call = token_request(TokenRequest(client_id=door.client_id, client_secret=door.client_secret, grant=grant))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        form = urlencode(call.body).encode()
        request = OutgoingRequest(method=call.method, url=url + call.path, headers=headers, body=form)
        try:
            return read_token(await exchanged(self.caller, request, read_refusal))
        except Unreadable as error:
            raise not_understood(error) from error

    def named(self, given: str) -> tuple[str, str]:
        """Return the store that a query names, and where it is. Raises: No."""
        shop = given.strip().lower()
        url = self.door.address_of(shop)
        if url is None:
            raise No(400, "No store is named that could be connected", NAME_ONE)
        return shop, url


def callback_of(query: Query) -> Callback:
    try:
        return read_callback(query)
    except Unreadable as error:
        raise No(400, f"This does not come from the store: {error}") from error


def subdomain(shop: str) -> str:
    """Return what a store calls itself in its calls: the first part of its network domain."""
    return shop.partition(".")[0]
