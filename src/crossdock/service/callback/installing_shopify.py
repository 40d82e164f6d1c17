"""How Shopify's shops let us in: what comes back was signed by the platform, and lately.

Source: Shopify REST, AccessScope and OAuth.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Scope

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
from crossdock.runtime.http.outgoing import OutgoingRequest
from crossdock.runtime.json import write_json
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
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Installation
from crossdock.service.dispatch.signatures import sealed
from crossdock.service.stores.client import Caller
from crossdock.service.stores.platforms import PLATFORMS

NAME = "shopify"
SHOPS = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com", re.ASCII)
SCOPES = (
    "read_products",
    "read_locations",
    "write_inventory",
    "write_fulfillments",
    "write_assigned_fulfillment_orders",
)
NAME_ONE = "Name your shop in the address: /shopify/install?shop=your-shop.myshopify.com"


@dataclass(frozen=True, kw_only=True)
class ShopifyInstalling:
    """The steps of Shopify's shops."""

    dispatcher: Dispatcher
    caller: Caller
    door: Door

    @property
    def steps(self) -> Mapping[str, Step]:
        return {f"/{NAME}/install": self.begin, f"/{NAME}/callback": self.came_back}

    async def begin(self, _scope: Scope, query: Query) -> Response:
        door = self.door
        shop = dict(query).get("shop", "").strip().lower()
        url = door.address_of(shop)
        if url is None:
            raise No(400, "No shop is named that could be connected", NAME_ONE)
        state = new_state()
        request = AuthorizeRequest(
            client_id=door.client_id, scopes=door.scopes, redirect_uri=door.redirect_uri, state=state
        )
        return send_to_shop(door, shop, state, authorize_url(url, request))

    async def came_back(self, scope: Scope, query: Query) -> Response:
        door = self.door
        callback = await self.callback_of(scope, query)
        url = door.address_of(callback.shop)
        if url is None:
            raise No(400, "That is not a shop", NAME_ONE)
        await use_state(self.dispatcher, callback.state or "")
        token = await self.token(url, callback)
        given = sealed(self.caller.vault, callback.shop, token=token.access_token, secret=door.client_secret)
        installation = Installation(
            platform=NAME,
            url=url,
            shop_domain=callback.shop,
            client_id=door.client_id,
            scopes=",".join(token.scopes),
            token=given.token,
            secret=given.secret,
            api_version=PLATFORMS[NAME].api_version,
            transport=door.transport,
        )
        return await let_in(self.dispatcher, door, installation)

    async def callback_of(self, scope: Scope, query: Query) -> Callback:
        """Read what a browser brought back: signed by the platform, and for the browser that we sent. Raises: No."""
        at = await self.caller.clock.now()
        try:
            callback = read_callback([self.door.client_secret], query, at=at)
        except Unreadable as error:
            raise No(400, f"This does not come from the shop: {error}") from error
        sent = state_sent(self.door, scope, callback.shop)
        if not hmac.compare_digest(sent.encode(), (callback.state or "").encode()):
            raise No(400, "This installation was not begun here, or too long ago")
        return callback

    async def token(self, url: str, callback: Callback) -> Token:
        """Exchange the code. Raises: No."""
        door = self.door
        grant = AuthorizationCode(code=callback.code, redirect_uri=door.redirect_uri)
        call = token_request(TokenRequest(client_id=door.client_id, client_secret=door.client_secret, grant=grant))
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = OutgoingRequest(method=call.method, url=url + call.path, headers=headers, body=write_json(call.body))
        try:
            return read_token(await exchanged(self.caller, request, read_refusal))
        except Unreadable as error:
            raise not_understood(error) from error
