"""An app is installed by Shopify's own clients, unmodified: the one for Node, and the one for Python."""

import asyncio
import datetime as dt
import ipaddress
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest_asyncio
import shopify
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.types import ASGIApp

from crossdock.store.app import open_store, web
from crossdock.store.setup import App, Registration, create_shop, register
from tests.clients.programs import needs_node, run
from tests.store.calls import SETTINGS, Client, Reply
from tests.store.scene import NOW
from tests.store.test_oauth import FORM, hidden_fields

BACK = "https://app.example/auth/callback"
SHOP = "acme.myshopify.com"
SCOPES = ["write_orders", "read_products"]
ASK_FOR_A_TOKEN = """
import json, sys, shopify
given = json.load(sys.stdin)
shopify.Session.setup(api_key=given["key"], secret=given["secret"], myshopify_domain="0.0.1", port=given["port"])
session = shopify.Session("127", "unstable")
print(json.dumps([session.request_token(given["params"]), str(session.access_scopes)]))
"""


@dataclass
class Place:
    app: ASGIApp
    made: App

    @property
    def browser(self) -> Client:
        return Client(self.app, None)

    async def consent(self, address: str) -> str:
        """Follow the address that an app sends the browser to, agree, and return where that leads."""
        page = await self.browser.get(path_of(address))
        return (await self.agree(page) if page.status == 200 else page).headers["location"]

    async def agree(self, page: Reply) -> Reply:
        fields = urlencode(hidden_fields(page))
        return await self.browser.send("POST", "/admin/oauth/authorize", fields.encode(), content_type=FORM)


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


@pytest_asyncio.fixture
async def place(store_database: str) -> AsyncIterator[Place]:
    async with open_store(SETTINGS, url=store_database) as store:
        shop_id = await create_shop(
            store.pool, NOW, name="Acme", subdomain="acme", domain=SHOP, email="desk@acme.example"
        )
        app = Registration(name="Packer", app_url="https://app.example/", redirect_urls=(BACK,))
        yield Place(web(store), await register(store.pool, store.vault, NOW, shop_id, app))


@asynccontextmanager
async def listening(app: ASGIApp, **more: Any) -> AsyncIterator[int]:
    """Serve an app on a free port of this machine, and give the port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", **more))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@needs_node("@shopify/shopify-api (auth.begin, auth.callback, refreshToken, tokenExchange, clientCredentials)")
async def test_the_client_for_node_installs_an_app(place: Place) -> None:
    async with listening(place.app) as port:
        app = {"client_id": place.made.client_id, "client_secret": place.made.client_secret}
        given = {"store": f"http://127.0.0.1:{port}", "shop": SHOP, "app": app, "scopes": SCOPES}

        async def step(step: str, **more: object) -> Any:
            return await run("oauth.mjs", {**given, "step": step, **more})

        begun = await step("begin", isOnline=False)
        location = await place.consent(begun["location"])
        session = await step("callback", location=location, cookies=begun["cookies"], expiring=True)
        assert (session["shop"], session["scope"], session["isOnline"]) == (SHOP, ",".join(SCOPES), False)
        used = await step("callback", location=location, cookies=begun["cookies"])
        assert (used["refused"], "400" in used["message"]) == ("HttpResponseError", True)
        forged = await step("callback", location=location.replace("code=", "code=0"), cookies=begun["cookies"])
        assert forged["refused"] == "InvalidOAuthError"

        renewed = await step("refresh", refreshToken=session["refreshToken"])
        own = await step("credentials")
        begun = await step("begin", isOnline=True)
        online = await step("callback", location=await place.consent(begun["location"]), cookies=begun["cookies"])
        assert online["onlineAccessInfo"]["associated_user"]["email"] == "desk@acme.example"
        opened = await place.browser.get(f"/shops/acme/apps/{place.made.id}/open")
        id_token = dict(parse_qsl(urlsplit(opened.headers["location"]).query))["id_token"]
        exchanged = await step("exchange", sessionToken=id_token)
        for each in (session, renewed, own, online, exchanged):
            assert (await Client(place.app, each["accessToken"]).get("orders.json")).status == 200


async def test_the_client_for_python_installs_an_app(place: Place, tmp_path: Path) -> None:
    key, certificate = certified(tmp_path)
    async with listening(place.app, ssl_keyfile=key, ssl_certfile=certificate) as port:
        shopify.Session.setup(api_key=place.made.client_id, secret=place.made.client_secret)
        address = shopify.Session(SHOP, "unstable").create_permission_url(SCOPES, BACK, "a state")
        back = dict(parse_qsl(urlsplit(await place.consent(address)).query))
        assert back["state"] == "a state"
        given = {"key": place.made.client_id, "secret": place.made.client_secret, "port": port, "params": back}
        token, scopes = json.loads(await python(ASK_FOR_A_TOKEN, given, SSL_CERT_FILE=str(certificate)))
        assert scopes == ",".join(SCOPES) or set(scopes.split(",")) >= set(SCOPES)
        assert (await Client(place.app, token).get("orders.json")).status == 200


def certified(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of this machine's address, since the client asks for tokens over TLS only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "key.pem", folder / "certificate.pem"


async def python(program: str, given: object, **environment: str) -> str:
    """Run a program with JSON on its standard input, and return what it writes."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", program),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    output, trouble = await asyncio.wait_for(process.communicate(json.dumps(given).encode()), 60)
    assert process.returncode == 0, trouble.decode()
    return output.decode()
