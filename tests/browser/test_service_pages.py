"""Journeys of the warehouse through the service's pages."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from crossdock.runtime.clock import SystemClock
from crossdock.runtime.connection import Pool
from crossdock.service.dashboard.app import dashboard
from crossdock.service.dispatch.dispatcher import Dispatcher
from tests.browser.conftest import looking, served
from tests.service.a_shift import STORE_ID, number_of, play


@pytest_asyncio.fixture
async def address(service_pool: Pool) -> AsyncIterator[str]:
    await play(service_pool)
    await service_pool.execute("UPDATE shelf SET allocated = 2")
    clock = SystemClock()
    pages = dashboard(pool=service_pool, clock=clock, dispatcher=Dispatcher(service_pool, clock))
    async with served(pages) as url:
        yield url


async def test_a_packer_ships_what_is_left_and_sees_it_being_told(browser: Browser, address: str) -> None:
    async with looking(browser, address) as page:
        await page.get_by_role("link", name="To ship").click()
        await page.get_by_role("link", name=f"#{900 + number_of('to ship')}").click()
        await page.get_by_text("Ship a parcel", exact=True).click()
        await page.get_by_label("Carrier").fill("UPS")
        await page.get_by_label("Tracking number").fill("1Z999AA10123456784")
        await page.get_by_role("button", name="Book the parcel").click()
        await expect(page.get_by_role("link", name="1Z999AA10123456784")).to_be_visible()
        await expect(page.get_by_text("the store is being told")).to_be_visible()
        await expect(page.locator(".arrow.left.waiting").last).to_be_visible()


async def test_a_packer_puts_a_parcel_right_and_takes_it_back(browser: Browser, address: str) -> None:
    async with looking(browser, f"{address}/stores/{STORE_ID}/assignments/{number_of('part shipped')}") as page:
        await page.get_by_text("Put right", exact=True).click()
        await page.locator(".parcel").get_by_label("Tracking number").fill("1Z999AA10123456784, 1Z999AA10123456785")
        await page.get_by_role("button", name="Change the tracking").click()
        await expect(page.locator(".parcel").get_by_role("link", name="1Z999AA10123456785")).to_be_visible()
        await page.get_by_text("Put right", exact=True).click()
        await page.get_by_role("button", name="Cancel the parcel").click()
        await expect(page.get_by_text("cancelled; the store is being told")).to_be_visible()


async def test_pages_fit_a_narrow_screen(browser: Browser, address: str) -> None:
    work = f"/stores/{STORE_ID}/assignments"
    for path in (
        "/assignments",
        f"{work}/{number_of('declined')}",
        f"{work}/{number_of('part shipped')}",
        "/stores",
        f"/stores/{STORE_ID}",
    ):
        async with looking(browser, address + path, width=320) as page:
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
