"""A shop behind 29 Next's Admin API, and apps that call it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from crossdock.dialects.next29.scopes import SCOPES
from crossdock.store.setup import create_app, issue_token
from tests.store.calls import Client, Reply, Served, served
from tests.store.scene import NOW, Scene

ADDRESS = {"line1": "Storgatan 1", "line4": "Lund", "postcode": "223 50", "country": "SE"}


@dataclass
class Api:
    """An app's way to the API; paths are relative to its base."""

    client: Client

    async def call(self, method: str, path: str, body: object = None) -> Reply:
        return await self.client.call(method, f"/api/admin/{path}", body)

    async def send(self, method: str, path: str, body: bytes, content_type: str = "application/json") -> Reply:
        """Send a body as it is."""
        return await self.client.send(method, f"/api/admin/{path}", body, content_type=content_type)

    async def ok(self, method: str, path: str, body: object = None) -> Any:
        """Return what is answered to a call that succeeds."""
        reply = await self.call(method, path, body)
        assert reply.status in {200, 201, 204}, (reply.status, reply.body)
        return reply.json if reply.body else None

    async def refused(self, method: str, path: str, body: object = None, status: int = 400) -> Any:
        reply = await self.call(method, path, body)
        assert reply.status == status, (reply.status, reply.body)
        return reply.json


@dataclass
class Next29:
    """A shop: `desk` may do everything, `warehouse` is another app that only ships."""

    served: Served
    desk: Api
    warehouse: Api

    @property
    def shop(self) -> Scene:
        return self.served.shop

    async def client_id(self, name: str) -> str:
        """Return the client id of the app of this name."""
        id: str = await self.shop.pool.fetchval(
            "SELECT client_id FROM apps WHERE shop_id = $1 AND name = $2 AND platform = 'next29'",
            self.shop.shop_id,
            name,
        )
        return id

    async def api(self, *scopes: str, name: str = "Dockers", version: str = "2024-04-01") -> Api:
        """Return the way in for the app of this name, with a token of its own."""
        store = self.served.store
        app = await create_app(store.pool, store.vault, NOW, self.shop.shop_id, name=name, platform="next29")
        token = await issue_token(store.pool, NOW, self.shop.shop_id, app.id, scopes=scopes, platform="next29")
        headers = {"authorization": f"Bearer {token}", "x-29next-api-version": version}
        return Api(Client(self.served.app, None, headers=headers))


@asynccontextmanager
async def next29_shop(url: str) -> AsyncIterator[Next29]:
    """Serve a shop with a merchant's location and two apps of 29 Next's, in a migrated database."""
    async with served(url) as place:
        shop = Next29(place, desk=None, warehouse=None)  # type: ignore[arg-type]  # made next
        shop.desk = await shop.api(*SCOPES, name="Order desk")
        shop.warehouse = await shop.api("fulfillment_service:read", "fulfillment_service:write")
        yield shop
