"""A browser, and the pages of either side served to it on a free port."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright
from starlette.types import ASGIApp

from crossdock.runtime.http.incoming import secure_pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve pages with the headers that they have in earnest, and give their address."""
    server = uvicorn.Server(uvicorn.Config(secure_pages(app), host="127.0.0.1", port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@asynccontextmanager
async def looking(browser: Browser, address: str, *, width: int = 1280, scripts: bool = True) -> AsyncIterator[Page]:
    """Open a page; in the end nothing may have been complained about, or asked for elsewhere."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    ours = "/".join(address.split("/")[:3]) + "/"
    page.on("request", lambda asked: None if asked.url.startswith(ours) else complaints.append(asked.url))
    await page.goto(address)
    yield page
    await context.close()
    assert complaints == []
