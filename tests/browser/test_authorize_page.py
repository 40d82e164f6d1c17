"""A merchant lets an app in, and ends it, in a browser: which holds forms to the page's policy."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Browser, expect
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from crossdock.dialects.next29 import oauth as next29_oauth
from crossdock.dialects.shopify import oauth
from crossdock.dialects.shopify.oauth import AuthorizeRequest
from crossdock.store.setup import Registration, register
from tests.browser.conftest import looking
from tests.browser.conftest import served as listening
from tests.store.calls import served
from tests.store.scene import NOW


@dataclass
class Place:
    """A shop's pages, and an app that is registered there. `back`: where it wants the browser sent back to."""

    url: str
    client_id: str
    back: str


async def the_app(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("the app")(scope, receive, send)


@pytest_asyncio.fixture
async def place(store_database: str) -> AsyncIterator[Place]:
    async with served(store_database) as shop, listening(the_app) as there, listening(shop.app) as url:
        back = f"{there}/auth/callback"
        app = Registration(name="Packer", app_url=there, redirect_urls=(back,))
        made = await register(shop.store.pool, shop.store.vault, NOW, shop.shop.shop_id, app)
        yield Place(url, made.client_id, back)


async def test_a_merchant_lets_an_app_in_and_ends_it(browser: Browser, place: Place) -> None:
    asked = AuthorizeRequest(client_id=place.client_id, scopes=("write_orders",), redirect_uri=place.back, state="s")
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(oauth.authorize_url(place.url, asked))
    await expect(page.get_by_text("See and change orders")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Install app").click()
    await expect(page.get_by_text("the app")).to_be_visible()
    assert page.url.startswith(f"{place.back}?code=")
    # What was agreed to is not asked again.
    await page.goto(oauth.authorize_url(place.url, asked))
    assert page.url.startswith(f"{place.back}?code=")
    await context.close()
    async with looking(browser, f"{place.url}/shops/acme/apps") as page:
        row = page.get_by_role("row").filter(has_text="Packer")
        await expect(row).to_contain_text("Installed")
        await row.get_by_text("Uninstall…").click()
        await row.get_by_role("button", name="Uninstall Packer").click()
        await expect(page.get_by_role("row").filter(has_text="Packer")).to_contain_text("Uninstalled")


async def test_who_cancels_stays_in_the_shop(browser: Browser, place: Place) -> None:
    asked = AuthorizeRequest(client_id=place.client_id, scopes=("write_orders",), redirect_uri=place.back)
    async with looking(browser, oauth.authorize_url(place.url, asked), scripts=False) as page:
        await page.get_by_role("link", name="Cancel").click()
        await expect(page.get_by_role("row").filter(has_text="Packer")).to_contain_text("Not installed")


async def test_a_merchant_authorizes_an_app_of_29_next_and_opens_it(browser: Browser, store_database: str) -> None:
    async with served(store_database) as shop, listening(the_app) as there, listening(shop.app) as url:
        back = f"{there}/setup/"
        app = Registration(name="Dockers", app_url=there, redirect_urls=(back,), platform="next29")
        made = await register(shop.store.pool, shop.store.vault, NOW, shop.shop.shop_id, app)
        asked = next29_oauth.AuthorizeRequest(
            client_id=made.client_id, redirect_uri=back, scopes=("fulfillment_service:write", "orders:read"), state="s"
        )
        address = next29_oauth.authorize_url(url, asked)
        context = await browser.new_context(viewport={"width": 320, "height": 740}, java_script_enabled=False)
        page = await context.new_page()
        await page.goto(address)
        await expect(page.get_by_text("Change the app's own locations")).to_be_visible()
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_text("the app")).to_be_visible()
        assert "error=access_denied" in page.url
        await page.goto(address)
        await page.get_by_role("button", name="Authorize").click()
        await expect(page.get_by_text("the app")).to_be_visible()
        assert page.url.startswith(f"{back}?store=acme.example&code=")
        await page.goto(f"{url}/shops/acme/apps")
        await page.get_by_role("row").filter(has_text="Dockers").get_by_role("link", name="Open").click()
        await expect(page.get_by_text("the app")).to_be_visible()
        assert "store=acme.example&token=" in page.url
        await context.close()
        async with looking(browser, address, width=320) as page:
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_page_of_a_customers_data_fits_a_phone(browser: Browser, place: Place) -> None:
    async with looking(browser, f"{place.url}/shops/acme/apps", width=320) as page:
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_label("Customer's e-mail").fill("ana@example.com")
        await page.get_by_role("button", name="Have apps erase it").click()
        await expect(page.get_by_role("status").filter(has_text="will be told")).to_be_visible()
