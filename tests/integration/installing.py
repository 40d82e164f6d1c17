"""Shops let apps in: what the merchant's browser does, and a warehouse's web process that is an app of the shop's."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

from tests.integration.sandboxes import Box
from tests.integration.serving import answering, crossdock, free_port
from tests.store.calls import Reply
from tests.store.test_oauth import hidden_fields


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    # Everybody is at 127.0.0.1, whose cookies a jar does not keep unless it is told to.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def agree(session: aiohttp.ClientSession, address: str) -> str:
    """Follow an address to the shop's page, agree there, and return where that leads in the end."""
    async with session.get(address) as page:
        assert page.status == 200, await page.text()
        fields = hidden_fields(Reply(page.status, page.headers, await page.read()))
        target = page.url.with_path("/admin/oauth/authorize").with_query(None)
    async with session.post(target, data=fields) as answer:
        assert answer.status == 200, await answer.text()
        return str(answer.url)


@asynccontextmanager
async def open_door(box: Box, data: Path, *, transport: str) -> AsyncIterator[str]:
    """Run one more web process of the warehouse, which shops can let in, beside those of a sandbox; give its URL."""
    url = f"http://127.0.0.1:{free_port()}"
    app = {"name": "Crossdock", "app_url": url, "redirect_urls": [f"{url}/shopify/callback"]}
    status, credentials = await box.store("POST", "/sandbox/apps", app)
    assert status == 201, credentials
    env = {
        "SERVICE_DATABASE_URL": box.details["databases"]["service"],
        "CROSSDOCK_SECRET_KEYS": json.loads((data / "sandbox.json").read_text())["secret_key"],
        "CROSSDOCK_PUBLIC_URL": url,
        "CROSSDOCK_SANDBOX": "1",
        "CROSSDOCK_ALLOW_HTTP": "1",
        "CROSSDOCK_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8",
        "CROSSDOCK_APP_CLIENT_ID": credentials["client_id"],
        "CROSSDOCK_APP_CLIENT_SECRET": credentials["client_secret"],
        "CROSSDOCK_APP_TRANSPORT": transport,
        "CROSSDOCK_STORE_ADDRESSES": f"{box.details['shop_domain']}={box.details['store_url']}",
    }
    log = data / "door.log"
    async with crossdock("service", "serve", "--port", url.rpartition(":")[2], log=log, env=env) as process:
        await answering(f"{url}/readyz", process, log)
        yield url


async def let_warehouse_in(box: Box, door: str) -> None:
    """Install the warehouse on the shop, and wait until it has put everything in order there."""
    async with browser() as session:
        landed = await agree(session, f"{door}/shopify/install?shop={box.details['shop_domain']}")
    assert landed.startswith(f"{door}/stores/"), landed
    await box.settle()


@dataclass(frozen=True, kw_only=True)
class InstalledApp:
    """An app that a shop let in."""

    token: str
    secret: str


async def let_in(box: Box, name: str, page: str, *scopes: str) -> InstalledApp:
    """Register an app whose own page is `page`, and have the shop let it in with these scopes."""
    app = {"name": name, "app_url": page, "redirect_urls": [page]}
    status, credentials = await box.store("POST", "/sandbox/apps", app)
    assert status == 201, credentials
    asked = {"client_id": credentials["client_id"], "scope": ",".join(scopes), "redirect_uri": page, "state": "1"}
    async with browser() as session:
        landed = await agree(session, f"{box.details['store_url']}/admin/oauth/authorize?{urlencode(asked)}")
    code = parse_qs(urlsplit(landed).query)["code"][0]
    status, answer = await box.store("POST", "/admin/oauth/access_token", credentials | {"code": code})
    assert (status, set(answer["scope"].split(","))) == (200, set(scopes)), answer
    return InstalledApp(token=answer["access_token"], secret=credentials["client_secret"])
