"""Calling an app in memory, as a client over HTTP would."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain.access import Caller
from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.places import FulfillmentService
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.secrets import Vault, new_key
from crossdock.runtime.settings import Settings
from crossdock.store.app import Store, open_store, web
from crossdock.store.dispatch.grants import Grants
from crossdock.store.dispatch.next29_grants import Next29Grants
from crossdock.store.setup import create_app, create_location, create_shop, issue_token
from tests.store.scene import NOW, Scene

SETTINGS = Settings(
    secret_keys=(new_key("test"),),
    sandbox=True,
    limits=False,
    allow_http=True,
    allow_private_addresses=("127.0.0.0/8",),
)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Sends requests to an app with a token. Paths without a slash before them are those of the newest version."""

    app: ASGIApp
    token: str | None
    host: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.send("GET", path, b"", **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> Reply:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.send("POST", path, raw, **headers)

    async def call(self, method: str, path: str, body: object = None) -> Reply:
        """Send a JSON body, or none."""
        return await self.send(method, path, b"" if body is None else json.dumps(body).encode())

    async def send(self, method: str, path: str, body: bytes, **headers: str) -> Reply:
        """Send a request; underscores in names of headers are dashes."""
        full = path if path.startswith("/") else f"/admin/api/2026-07/{path}"
        where, _, query = full.partition("?")
        token = {"x-shopify-access-token": self.token} if self.token else {}
        given = {"host": self.host, **token, **self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": where,
            "raw_path": where.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[Message] = []

        waiting = [body]

        async def receive() -> Message:
            if waiting:
                return {"type": "http.request", "body": waiting.pop(), "more_body": False}
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # nobody hangs up

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        fields = {str(name, "latin-1").lower(): str(value, "latin-1") for name, value in sent[0]["headers"]}
        return Reply(sent[0]["status"], fields, b"".join(message.get("body", b"") for message in sent[1:]))


@dataclass
class Served:
    """A shop behind the API: `desk` is an app with every scope, `warehouse` runs the service with its own scopes."""

    store: Store
    shop: Scene
    app: ASGIApp
    desk: Client
    warehouse: Client

    async def client(self, *scopes: str, name: str = "Acme 3PL") -> Client:
        """Return a client of the app of this name, with a token of its own."""
        app = await create_app(self.store.pool, self.store.vault, NOW, self.shop.shop_id, name=name)
        return Client(self.app, await issue_token(self.store.pool, NOW, self.shop.shop_id, app.id, scopes=scopes))


async def opened(store: Store, *, subdomain: str) -> Served:
    """Open a shop with a merchant's location and a service."""
    shop_id = await create_shop(
        store.pool, NOW, name="Acme", subdomain=subdomain, domain=f"{subdomain}.example", email="a@acme.example"
    )
    location = await create_location(store.pool, NOW, shop_id, name="Shop location")
    app = await create_app(store.pool, store.vault, NOW, shop_id, name="Acme 3PL")
    shop = Scene(store.pool, store.dispatcher, shop_id, app.id, location, service=None)  # type: ignore[arg-type]
    command = CreateFulfillmentService(name="Acme 3PL", callback_url="http://127.0.0.1:1025/callbacks")
    made = await shop.dispatch(command, Caller(app_id=app.id))
    assert isinstance(made, FulfillmentService)
    shop.service = made
    place = Served(store, shop, web(store), desk=None, warehouse=None)  # type: ignore[arg-type]  # made next
    place.desk = await place.client(*SCOPES, name="Order desk")
    place.warehouse = await place.client(
        "write_assigned_fulfillment_orders", "write_inventory", "write_fulfillments", "read_products"
    )
    return place


@asynccontextmanager
async def served(url: str, settings: Settings = SETTINGS, *, subdomain: str = "acme") -> AsyncIterator[Served]:
    """Serve a shop with a merchant's location and a service, in a migrated database."""
    async with open_store(settings, url=url, size=12) as store:
        yield await opened(store, subdomain=subdomain)


def grants_of(pool: Pool, clock: Clock) -> Grants:
    """The way in for apps, with the keys of `SETTINGS`."""
    return Grants(pool=pool, clock=clock, vault=Vault(SETTINGS.secret_keys), limited=False)


def next29_grants_of(pool: Pool, clock: Clock) -> Next29Grants:
    """The same for apps of 29 Next."""
    return Next29Grants(pool=pool, clock=clock, vault=Vault(SETTINGS.secret_keys), limited=False)


def any_host(_host: str, _subdomain: str) -> bool:
    return True
