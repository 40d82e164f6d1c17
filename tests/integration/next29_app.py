"""A small app of 29 Next, as the platform's demo app goes about it, and a browser that knows where the store is."""

import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.integration.serving import free_port

SCOPES = "fulfillment_service:read%20fulfillment_service:write%20webhooks:read%20webhooks:write"
ADDRESS = {"line1": "Dock 1", "line4": "Reno", "state": "NV", "postcode": "89501", "country": "US"}
NETWORK = ".29next.store"


class Here(AbstractResolver):
    """Finds the network's stores on this machine, as an entry in its table of hosts would."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if not (host.endswith(NETWORK) or host == "127.0.0.1"):
            raise OSError(f"{host} is nowhere")
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        return None


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Give a client that finds the network's stores, and keeps cookies."""
    connector = aiohttp.TCPConnector(resolver=Here())
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@dataclass
class DemoApp:
    """The app: its page begins the installation, `/setup/` ends it with a location and a webhook of its own.

    `port`: where the network's stores listen, whose own addresses do not say so.
    """

    session: aiohttp.ClientSession
    url: str
    port: int
    client_id: str = ""
    client_secret: str = ""
    opened: list[dict[str, str]] = field(default_factory=list)
    store: str = ""
    token: str = ""
    location: dict[str, Any] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def begin(self, request: web.Request) -> web.Response:
        """The App URL. What is not escaped in the address that it makes is as the demo app leaves it."""
        self.opened.append(dict(request.query))
        if "token" in request.query:
            return web.Response(text="welcome back")
        address = f"http://{request.query['store']}:{self.port}/oauth2/authorize/?response_type=code&"
        address += f"client_id={self.client_id}&redirect_uri={self.url}/setup/&scope={SCOPES}"
        return web.Response(status=302, headers={"Location": address})

    async def set_up(self, request: web.Request) -> web.Response:
        self.store = request.query["store"]
        if "error" in request.query:
            return web.Response(text=request.query["error"])
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": f"{self.url}/setup/",
            "code": request.query["code"],
        }
        async with self.session.post(f"http://{self.store}:{self.port}/oauth2/token/", data=form) as answer:
            assert answer.status == 200, await answer.text()
            self.token = (await answer.json())["access_token"]
        place = {"name": "The app's warehouse", "address": ADDRESS, "callback_url": f"{self.url}/"}
        self.location = await self.ask("POST", "locations/", place)
        hook = {
            "events": ["app.uninstalled"],
            "name": "ends",
            "target": f"{self.url}/hook/",
            "secret_key": "a word of ours",
            "version": "2023-02-10",
        }
        await self.ask("POST", "webhooks/", hook)
        return web.Response(text="set up")

    async def hear(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        made = hmac.new(b"a word of ours", json.dumps(body).encode(), hashlib.sha256).hexdigest()
        assert request.headers["X-29Next-Signature"] == made
        self.heard.append(body)
        return web.Response(text="success")

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        status, answer = await self.call(method, path, body)
        assert status in {200, 201}, answer
        return dict(answer)

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Call the store that the app was installed on, by the name that the platform's apps make of its reference."""
        url = f"http://{self.store.split('.', 1)[0]}{NETWORK}:{self.port}/api/admin/{path}"
        headers = {"Authorization": f"Bearer {self.token}", "content-type": "application/json"}
        async with self.session.request(method, url, data=json.dumps(body), headers=headers) as answer:
            text = await answer.read()
            return answer.status, json.loads(text) if text else None


@asynccontextmanager
async def demo_app(store_url: str) -> AsyncIterator[DemoApp]:
    port = free_port()
    async with browser() as session:
        app = DemoApp(session, f"http://127.0.0.1:{port}", urlsplit(store_url).port or 80)
        served = web.Application()
        served.add_routes(
            [web.get("/", app.begin), web.get("/setup/", app.set_up), web.post("/hook/", app.hear)],
        )
        runner = web.AppRunner(served)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield app
        finally:
            await runner.cleanup()
