"""The service side as its tests use it: on a real database, with a worker in this process, beside a fake store."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

from crossdock.dialects.registry import SHOPIFY
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.json import read_json, write_json
from crossdock.runtime.settings import Settings
from crossdock.service import verify
from crossdock.service.app import Service, open_service, web, work
from crossdock.service.database.assignments import Assignment
from crossdock.service.dispatch import reads
from crossdock.service.handlers.counting import CountShelf
from crossdock.service.setup import NewStore, add_service_token, connect_store
from tests.quiet import pending
from tests.service.fake_store import DOMAIN, SECRET, TOKEN, FakeStore

SETTINGS = Settings(
    sandbox=True,
    allow_http=True,
    allow_private_addresses=("127.0.0.0/8",),
    secret_keys=(f"test:{base64.b64encode(os.urandom(32)).decode()}",),
)
API_TOKEN = "xdock_test"


@dataclass(frozen=True)
class Reply:
    """An answer of the app, its body as JSON if there is one."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return read_json(self.body)


async def call(
    app: ASGIApp, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Reply:
    """Send a request into an app, without a socket."""
    parts = urlsplit(url)
    sent = [{"type": "http.request", "body": body, "more_body": False}]
    got: list[Any] = []

    async def receive() -> Any:
        return sent.pop(0) if sent else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(b"host", b"127.0.0.1"), *((k.lower().encode(), v.encode()) for k, v in (headers or {}).items())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    start = got[0]
    return Reply(
        status=start["status"],
        headers={k.decode().lower(): v.decode() for k, v in start["headers"]},
        body=b"".join(message.get("body", b"") for message in got[1:]),
    )


@dataclass(kw_only=True)
class Warehouse:
    """The service side and the store that it works for."""

    service: Service
    store: FakeStore
    app: ASGIApp
    store_id: int = 0

    async def connect(self, **shelf: int) -> None:
        """Connect the store, put units on the shelf, and make a token of the API."""
        new = NewStore(url=self.store.url, token=TOKEN, secret=SECRET, transport=self.store.transport)
        connected = await connect_store(self.service.caller, new, public_url="http://127.0.0.1:1")
        self.store_id = connected.id
        await self.count(**shelf)
        at = await self.service.clock.now()
        await add_service_token(self.service.pool, at, name="tests", token=API_TOKEN)

    async def count(self, **shelf: int) -> None:
        units = {sku.replace("_", "-"): quantity for sku, quantity in shelf.items()}
        await self.service.dispatcher.dispatch(CountShelf(store_id=self.store_id, on_hand=units), actor="test")

    async def notify(self, kind: str = "FULFILLMENT_REQUEST", *, message_id: str | None = None, **other: Any) -> Reply:
        """Send the store's signed word that a request waits."""
        body = other.get("body", write_json({"kind": kind}))
        headers = {
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-Hmac-Sha256": SHOPIFY.sign(other.get("secret", SECRET), body),
            **({"X-Shopify-Webhook-Id": message_id} if message_id else {}),
        }
        path = other.get("path", f"/callbacks/{self.store_id}/fulfillment_order_notification")
        return await call(self.app, "POST", path, headers=headers, body=body)

    async def ask(self, method: str, path: str, value: Any = None, **headers: str) -> Reply:
        """Call the API with its token."""
        body = b"" if value is None else write_json(value)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return await call(self.app, method, path, headers={"Authorization": f"Bearer {API_TOKEN}", **named}, body=body)

    async def ship(self, fulfillment_order_id: int, number: str, **more: Any) -> Reply:
        value = {"fulfillment_order_id": fulfillment_order_id, "carrier": "DHL", "tracking_number": number}
        return await self.ask("POST", "/api/parcels", value | more)

    async def assignment(self, fulfillment_order_id: int) -> Assignment:
        async with self.service.pool.acquire() as connection:
            found = await reads.assignment(connection, self.store_id, fulfillment_order_id)
        assert found is not None
        return found

    async def stage(self, fulfillment_order_id: int) -> str:
        return (await self.assignment(fulfillment_order_id)).status.value

    async def shelf(self, sku: str) -> tuple[int, int]:
        async with self.service.pool.acquire() as connection:
            stock = (await reads.shelf(connection, self.store_id, sku))[sku]
        return stock.on_hand, stock.allocated

    async def kinds(self, fulfillment_order_id: int) -> list[str]:
        """Return the kinds of the events of an assignment, in their order."""
        rows = await self.service.pool.fetch(
            "SELECT kind FROM assignment_events WHERE store_id = $1 AND fulfillment_order_id = $2 ORDER BY sequence",
            self.store_id,
            fulfillment_order_id,
        )
        return [row["kind"] for row in rows]

    async def settle(self, *, within: float = 20.0) -> None:
        """Wait until nothing is due or on its way, twice in a row."""
        quiet = 0
        async with asyncio.timeout(within):
            while quiet < 2:
                quiet = 0 if await pending(self.service.pool, self.service.clock) else quiet + 1
                await asyncio.sleep(0.02)

    async def pass_time(self, **span: float) -> None:
        """Move the clock on, and let what has become due happen."""
        clock = self.service.clock
        assert isinstance(clock, MovableClock)
        await clock.set_offset(await clock.offset() + timedelta(**span).total_seconds())
        await self.settle()

    async def offences(self) -> list[Any]:
        async with self.service.pool.acquire() as connection:
            return await verify.offences(connection)


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    """Run the side's worker in this process."""
    task = asyncio.create_task(work(service))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)


@asynccontextmanager
async def warehouse(url: str, store: FakeStore, settings: Settings = SETTINGS) -> AsyncIterator[Warehouse]:
    """Open the service side, without a worker."""
    async with open_service(settings, url=url) as service:
        yield Warehouse(service=service, store=store, app=web(service))
