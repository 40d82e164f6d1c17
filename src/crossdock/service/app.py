"""The service side put together: nothing here decides anything."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from crossdock.runtime.clock import Clock, MovableClock, SystemClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.courier import Courier
from crossdock.runtime.http.incoming import Guard, secure_pages
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.http.strangers import Strangers
from crossdock.runtime.jobs import Worker
from crossdock.runtime.login import LoginGate, cookie_secret
from crossdock.runtime.postgres.pool import acquire_ready, close_pool, open_pool
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings
from crossdock.runtime.working import work_until_cancelled
from crossdock.service.api.app import Api
from crossdock.service.callback import installing_next29, installing_shopify
from crossdock.service.callback.callbacks import Callbacks, is_callback
from crossdock.service.callback.installing import Door, Installing, Step, is_installing
from crossdock.service.callback.installing_next29 import Next29Installing
from crossdock.service.callback.installing_shopify import ShopifyInstalling
from crossdock.service.dashboard.app import dashboard
from crossdock.service.database.turns import Turns
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.handlers.telling import on_end
from crossdock.service.jobs.context import JobContext
from crossdock.service.jobs.registry import JOBS, timers
from crossdock.service.setup import warehouse_address
from crossdock.service.stores.client import Caller
from crossdock.service.stores.deliveries import LEASED_FOR, Deliveries, judge
from crossdock.service.stores.messages import PROFILES
from crossdock.service.stores.platforms import PLATFORMS


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a process of the service side has: its database, its clock, the way in for commands, the way to stores."""

    settings: Settings
    pool: Pool
    clock: Clock
    vault: Vault
    outgoing: Outgoing
    dispatcher: Dispatcher

    @property
    def caller(self) -> Caller:
        """What asking a store takes."""
        return Caller(pool=self.pool, clock=self.clock, vault=self.vault, outgoing=self.outgoing)


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    url: str,
    clock: Clock | None = None,
    size: int = 20,
    name: str = "crossdock service",
    statement_timeout: float = 0.0,
) -> AsyncIterator[Service]:
    """Open the service side on a migrated database. The clock can be moved in the sandbox, and only there.

    `statement_timeout`: seconds that any statement may take; 0: any time.
    Raises: BadKey without secret keys, DatabaseUnavailable.
    """
    vault = Vault(settings.secret_keys)
    pool = await open_pool(url, size=size, name=name, statement_timeout=statement_timeout)
    try:
        ours = clock or (MovableClock(pool) if settings.sandbox else SystemClock())
        async with Outgoing(allowed=settings.allow_private_addresses, http=settings.allow_http) as outgoing:
            yield Service(
                settings=settings,
                pool=pool,
                clock=ours,
                vault=vault,
                outgoing=outgoing,
                dispatcher=Dispatcher(pool, ours),
            )
    finally:
        await close_pool(pool)


def web(service: Service) -> ASGIApp:
    """Return the app of a web process: callbacks, the API, the pages, and /healthz, /readyz, /metrics."""
    settings = service.settings
    pages = dashboard(pool=service.pool, clock=service.clock, dispatcher=service.dispatcher)
    guarded_pages = LoginGate(
        pages,
        side="service",
        pool=service.pool,
        clock=service.clock,
        templates=pages.state.templates,
        secret=cookie_secret("service", settings.secret_keys[0]),
        needed=not settings.sandbox,
    )
    parts = Parts(
        api=Api(service.dispatcher, pool=service.pool, strangers=Strangers(limited=settings.limits)),
        callbacks=Callbacks(service.dispatcher, pool=service.pool, vault=service.vault),
        installing=secure_pages(Installing(steps_of(service), pages.state.templates)),
        open_pages=secure_pages(pages),
        pages=secure_pages(guarded_pages),
    )

    async def ready() -> None:
        async with acquire_ready(service.pool, patience=0.5) as connection:
            await connection.execute("SELECT FROM stores LIMIT 1")

    return Guard(parts, side="service", ready=ready, metrics_token=settings.shown_for_metrics)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The apps of the side, told apart by path. `open_pages` are what the login page itself needs."""

    api: ASGIApp
    callbacks: ASGIApp
    installing: ASGIApp
    open_pages: ASGIApp
    pages: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app_of(scope.get("path", ""))(scope, receive, send)

    def app_of(self, path: str) -> ASGIApp:
        if path.startswith("/api/"):
            return self.api
        if is_installing(path):
            return self.installing
        if is_callback(path):
            return self.callbacks
        return self.open_pages if path.startswith("/static/") else self.pages


async def work(service: Service) -> None:
    """Tell stores, pull from them and run timers until cancelled; then finish what is under way."""
    courier = Courier(
        pool=service.pool,
        clock=service.clock,
        outgoing=service.outgoing,
        profiles=PROFILES,
        prepare=Deliveries(caller=service.caller).prepare,
        judge=judge,
        on_end=on_end,
        deadline=LEASED_FOR,
    )
    context = job_context(service)
    worker = Worker(pool=service.pool, clock=service.clock, jobs=JOBS, context=context)
    await work_until_cancelled(courier, worker, pool=service.pool, clock=service.clock, timers=timers)


def job_context(service: Service) -> JobContext:
    """Return what the jobs are given."""
    dispatcher = service.dispatcher
    return JobContext(
        caller=service.caller,
        turns=Turns(pool=service.pool),
        public_url=service.settings.public_url,
        address=warehouse_address(service.settings),
        take_in=dispatcher.take_in,
        answer_received=dispatcher.answer_received,
        find_parcel=dispatcher.find_parcel,
    )


def steps_of(service: Service) -> Mapping[str, Step]:
    """Return how shops may let us in, by path: of the platforms that we are an app of."""
    settings, steps = service.settings, dict[str, Step]()
    if (door := shopify_door(settings)) is not None:
        steps |= ShopifyInstalling(dispatcher=service.dispatcher, caller=service.caller, door=door).steps
    if (door := next29_door(settings)) is not None:
        steps |= Next29Installing(dispatcher=service.dispatcher, caller=service.caller, door=door).steps
    return steps


def shopify_door(settings: Settings) -> Door | None:
    """Return what letting Shopify's shops in takes; None where we are no app there. Raises: ValueError."""
    return door_of(
        settings,
        settings.app_client_id,
        settings.app_client_secret,
        platform=installing_shopify.NAME,
        shops=installing_shopify.SHOPS,
        scopes=settings.app_scopes or installing_shopify.SCOPES,
        transport=settings.app_transport,
    )


def next29_door(settings: Settings) -> Door | None:
    """Return what letting 29 Next's stores in takes; None where we are no app there. Raises: ValueError."""
    return door_of(
        settings,
        settings.next29_client_id,
        settings.next29_client_secret,
        platform=installing_next29.NAME,
        shops=installing_next29.SHOPS,
        scopes=settings.next29_scopes or installing_next29.SCOPES,
        transport=PLATFORMS[installing_next29.NAME].best,
    )


def door_of(
    settings: Settings,
    client_id: str | None,
    client_secret: SecretStr | None,
    *,
    platform: str,
    shops: re.Pattern[str],
    scopes: tuple[str, ...],
    transport: str,
) -> Door | None:
    """Return what letting a platform's shops in takes; None where we are no app there. Raises: ValueError."""
    if not (client_id and client_secret and settings.public_url):
        return None
    return Door(
        platform=platform,
        shops=shops,
        client_id=client_id,
        client_secret=client_secret.get_secret_value(),
        public_url=settings.public_url.rstrip("/"),
        addresses=dict(each.split("=", 1) for each in settings.store_addresses),
        scopes=scopes,
        transport=transport,
        cookie_key=cookie_secret("service", settings.secret_keys[0]),
    )
