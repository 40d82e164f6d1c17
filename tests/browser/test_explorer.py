"""Trying GraphQL documents on the store's own page."""

from playwright.async_api import Browser, expect

from tests.browser.conftest import looking
from tests.browser.conftest import served as shown
from tests.store.calls import served


async def test_a_document_is_tried_with_an_apps_token(browser: Browser, store_database: str) -> None:
    async with served(store_database) as place, shown(place.app) as url, looking(browser, f"{url}/graphiql") as page:
        await expect(page.get_by_text("Enter an app's access token")).to_be_visible()
        await page.get_by_label("Access token").fill(place.desk.token or "")
        await page.get_by_label("Access token").press("Tab")
        await page.get_by_role("button", name="Execute query").click()
        await expect(page.locator(".result-window")).to_contain_text("hasNextPage")
