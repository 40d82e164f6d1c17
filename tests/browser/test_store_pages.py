"""Journeys of a merchant through the store's pages."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from crossdock.domain.commands import AcceptFulfillmentRequest, LineQuantity
from crossdock.runtime.clock import MovableClock
from crossdock.store.dashboard.app import dashboard
from tests.browser.conftest import looking, served
from tests.store.a_day import Day, at_service, play
from tests.store.calls import any_host, grants_of, next29_grants_of
from tests.store.scene import scene


@pytest_asyncio.fixture
async def day(store_database: str) -> AsyncIterator[Day]:
    async with scene(store_database) as shop:
        yield await play(shop)


@pytest_asyncio.fixture
async def address(day: Day) -> AsyncIterator[str]:
    clock = MovableClock(day.shop.pool)
    await clock.set_offset(6 * 3600)
    pool = day.shop.pool
    grants = grants_of(pool, clock)
    pages = dashboard(
        pool=pool,
        clock=clock,
        dispatcher=day.shop.dispatcher,
        grants=grants,
        next29=next29_grants_of(pool, clock),
        stands_for=any_host,
    )
    async with served(pages) as url:
        yield url


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def test_a_merchant_finds_an_order_requests_it_and_sees_the_answer_come_in(
    browser: Browser, day: Day, address: str
) -> None:
    order = day.orders["unfulfilled"]
    async with looking(browser, address) as page:
        await expect(page.locator(".moved")).to_have_text("+6 h")
        await page.keyboard.press("/")
        await page.keyboard.type(order.name)
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name=order.name).click()
        await page.get_by_text("Request fulfillment", exact=True).click()
        await page.get_by_label("Message to Acme 3PL").fill("Soon, please")
        await page.get_by_role("button", name="Request", exact=True).click()
        await expect(page.locator(".card .badge", has_text="Requested")).to_be_visible()
        message = page.locator(".moment details").first
        await message.locator("summary").click()
        await expect(message.locator(".wire")).to_be_visible()
        # While it is looked at, the service answers.
        one = at_service(order)
        await day.answer(AcceptFulfillmentRequest(fulfillment_order_id=one.id, message="With pleasure."), "accept")
        await expect(page.get_by_text("Request accepted")).to_be_visible(timeout=5000)
        await expect(message.locator(".wire")).to_be_visible()
        await expect(page.locator(".card .badge", has_text="In progress").first).to_be_visible()


async def test_what_is_typed_outlives_a_change_of_the_page(browser: Browser, day: Day, address: str) -> None:
    order = day.orders["accepted"]
    async with looking(browser, f"{address}/shops/acme/orders/{order.id}") as page:
        await page.get_by_text("Fulfill items", exact=True).click()
        await page.get_by_label("Tracking number").fill("1Z-TYPED")
        await page.get_by_label("Carrier").focus()
        await day.ship(at_service(order), "1Z-OTHER", LineQuantity(id=at_service(order).lines[0].id, quantity=1))
        await expect(page.get_by_text("1Z-OTHER").first).to_be_visible(timeout=5000)
        await expect(page.get_by_label("Tracking number")).to_have_value("1Z-TYPED")
        await expect(page.get_by_label("Carrier")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_one_form_of_a_card_is_open_at_a_time(browser: Browser, day: Day, address: str, scripts: bool) -> None:
    order = day.orders["accepted"]
    async with looking(browser, f"{address}/shops/acme/orders/{order.id}", scripts=scripts) as page:
        for words, field in (("Fulfill items", "Tracking number"), ("Request cancellation", "Why?")):
            await page.locator("summary", has_text=words).click()
            await expect(page.get_by_label(field)).to_be_visible()
            assert await page.locator(".actions details[open]").count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_every_page_fits_a_narrow_screen(browser: Browser, day: Day, address: str, scripts: bool) -> None:
    for name in ("split", "declined", "shipped"):
        async with looking(
            browser, f"{address}/shops/acme/orders/{day.orders[name].id}", width=320, scripts=scripts
        ) as page:
            assert await fits(page)
    for name in ("orders", "deliveries", "webhooks", "apps", "settings"):
        async with looking(browser, f"{address}/shops/acme/{name}", width=320, scripts=scripts) as page:
            assert await fits(page)


async def test_all_works_without_scripts(browser: Browser, day: Day, address: str) -> None:
    order = day.orders["unfulfilled"]
    async with looking(browser, f"{address}/shops/acme/orders/{order.id}", scripts=False) as page:
        await page.get_by_text("Request fulfillment", exact=True).click()
        await page.get_by_role("button", name="Request", exact=True).click()
        await expect(page.locator(".card .badge", has_text="Requested")).to_be_visible()
        await expect(page.locator(".clock time")).to_contain_text("UTC")


async def test_a_merchant_sets_when_services_are_asked_without_scripts(
    browser: Browser, day: Day, address: str
) -> None:
    async with looking(browser, f"{address}/shops/acme/settings", scripts=False) as page:
        await expect(page.get_by_label("You do, on the order's page")).to_be_checked()
        await page.get_by_label("The store does,").check()
        await page.get_by_label("minutes after it came in").fill("25")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await expect(page.get_by_label("The store does,")).to_be_checked()
        await expect(page.get_by_label("minutes after it came in")).to_have_value("25")
    assert await day.shop.pool.fetchval("SELECT request_after FROM shops") == 1500


async def test_a_merchant_sends_again_what_a_dead_service_did_not_hear(
    browser: Browser, day: Day, address: str
) -> None:
    await day.shop.pool.execute(
        "UPDATE messages SET status = 'dead', reason = 'given up', next_attempt_at = NULL, finished_at = created_at"
        " WHERE kind = 'fulfillment_order_notification' AND status = 'waiting'"
    )
    async with looking(browser, f"{address}/shops/acme/deliveries?view=failed") as page:
        failed = await page.get_by_role("button", name="Send again").count() - 1  # the form has one
        assert failed
        await page.get_by_label("From (UTC)").fill("2020-01-01T00:00")
        await page.locator("[name=receiver]").select_option(label=f"Acme 3PL ({failed} failed)")
        await page.locator("form.facts button").click()
        await expect(page.get_by_text(f"{failed} sent again, in their order.")).to_be_visible()
        await expect(page.locator(".badge", has_text="On its way")).to_have_count(failed)
