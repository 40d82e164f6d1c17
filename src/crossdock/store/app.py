"""The store side put together: nothing here decides anything."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from crossdock.dialects.next29.rest.operations import BASE as NEXT29_BASE
from crossdock.runtime.clock import Clock, MovableClock, SystemClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.courier import Courier
from crossdock.runtime.http.incoming import Guard, secure_pages
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.jobs import Worker
from crossdock.runtime.login import LoginGate, cookie_secret
from crossdock.runtime.postgres.pool import acquire_ready, close_pool, open_pool
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings
from crossdock.runtime.working import work_until_cancelled
from crossdock.store.api.graphql import GraphqlApi
from crossdock.store.api.next29 import Next29Api
from crossdock.store.api.next29_oauth import PATHS as NEXT29_PATHS
from crossdock.store.api.next29_oauth import Next29OAuthApi
from crossdock.store.api.oauth import PATHS, OAuthApi
from crossdock.store.api.shopify import ShopifyApi
from crossdock.store.dashboard.app import CONSENT, dashboard
from crossdock.store.dispatch.access import Gate
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.grants import Grants
from crossdock.store.dispatch.next29_grants import Next29Grants
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.jobs.context import JobContext
from crossdock.store.jobs.deliveries import LONGEST_DEADLINE, PROFILES, Deliveries, give_up_subscription, judge
from crossdock.store.jobs.registry import JOBS, timers


@dataclass(frozen=True, kw_only=True)
class Store:
    """What a process of the store side has: its database, its clock, and the way in for commands and queries."""

    settings: Settings
    pool: Pool
    clock: Clock
    vault: Vault
    dispatcher: Dispatcher


@asynccontextmanager
async def open_store(
    settings: Settings,
    *,
    url: str,
    clock: Clock | None = None,
    size: int = 20,
    name: str = "crossdock store",
    statement_timeout: float = 0.0,
) -> AsyncIterator[Store]:
    """Open the store on a migrated database. The clock can be moved in the sandbox, and only there.

    `statement_timeout`: seconds that any statement may take; 0: any time.
    Raises: BadKey without secret keys, DatabaseUnavailable.
    """
    vault = Vault(settings.secret_keys)
    pool = await open_pool(url, size=size, name=name, statement_timeout=statement_timeout)
    try:
        ours = clock or (MovableClock(pool) if settings.sandbox else SystemClock())
        own = urlsplit(settings.public_url or "").hostname
        policy = UrlPolicy(
            http=settings.allow_http, allowed=settings.allow_private_addresses, own=(own,) if own else ()
        )
        dispatcher = Dispatcher(pool, ours, callback_urls=policy, vault=vault)
        yield Store(settings=settings, pool=pool, clock=ours, vault=vault, dispatcher=dispatcher)
    finally:
        await close_pool(pool)


def web(store: Store) -> ASGIApp:
    """Return the app of a web process: the APIs, the pages, and /healthz, /readyz, /metrics."""
    settings = store.settings
    gate = Gate(store.pool, store.clock, limited=settings.limits)
    api = ShopifyApi(store.dispatcher, gate, public_url=settings.public_url)
    grants = Grants(pool=store.pool, clock=store.clock, vault=store.vault, limited=settings.limits)
    next29_grants = Next29Grants(
        pool=store.pool,
        clock=store.clock,
        vault=store.vault,
        limited=settings.limits,
        network=settings.network_domain,
    )
    graphql = GraphqlApi(store.dispatcher, gate, api.admitted)
    next29 = Next29Api(store.dispatcher, gate, public_url=settings.public_url)
    oauth = OAuthApi(store.dispatcher, gate, grants, public_url=settings.public_url)
    pages = dashboard(
        pool=store.pool,
        clock=store.clock,
        dispatcher=store.dispatcher,
        grants=grants,
        next29=next29_grants,
        stands_for=oauth.stands_for,
    )
    guarded_pages = LoginGate(
        pages,
        side="store",
        pool=store.pool,
        clock=store.clock,
        templates=pages.state.templates,
        secret=cookie_secret("store", settings.secret_keys[0]),
        needed=not settings.sandbox,
        networks=(settings.network_domain,) if settings.network_domain else (),
    )

    async def ready() -> None:
        async with acquire_ready(store.pool, patience=0.5) as connection:
            await connection.execute("SELECT FROM shops LIMIT 1")

    below = (
        ("/admin/", by_suffix("/graphql.json", graphql, api)),
        (NEXT29_BASE, next29),
        ("/static/", secure_pages(pages)),
    )
    places: dict[str, ASGIApp] = {
        **dict.fromkeys(PATHS, oauth),
        **dict.fromkeys(NEXT29_PATHS, Next29OAuthApi(next29_grants, public_url=settings.public_url)),
        **dict.fromkeys(CONSENT, secure_pages(guarded_pages)),
    }
    return Guard(
        by_path(places, below, secure_pages(guarded_pages)),
        side="store",
        ready=ready,
        metrics_token=settings.shown_for_metrics,
    )


def by_path(places: Mapping[str, ASGIApp], below: Sequence[tuple[str, ASGIApp]], pages: ASGIApp) -> ASGIApp:
    """Part the APIs, by a whole path or by how it begins, from the pages."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        app = places.get(path) or next((app for begin, app in below if path.startswith(begin)), pages)
        await app(scope, receive, send)

    return routed


def by_suffix(suffix: str, app: ASGIApp, otherwise: ASGIApp) -> ASGIApp:
    """Part what ends in a suffix from all else."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if scope["path"].endswith(suffix) else otherwise)(scope, receive, send)

    return routed


async def work(store: Store) -> None:
    """Send messages and run jobs until cancelled; then finish what is under way."""
    settings = store.settings
    async with Outgoing(allowed=settings.allow_private_addresses, http=settings.allow_http) as outgoing:
        deliveries = Deliveries(pool=store.pool, clock=store.clock, vault=store.vault)
        courier = Courier(
            pool=store.pool,
            clock=store.clock,
            outgoing=outgoing,
            profiles=PROFILES,
            prepare=deliveries.prepare,
            judge=judge,
            on_end=give_up_subscription,
            deadline=LONGEST_DEADLINE,
        )
        context = JobContext(
            pool=store.pool,
            clock=store.clock,
            vault=store.vault,
            outgoing=outgoing,
            dispatch=store.dispatcher.tell_by_itself,
        )
        worker = Worker(pool=store.pool, clock=store.clock, jobs=JOBS, context=context)
        await work_until_cancelled(courier, worker, pool=store.pool, clock=store.clock, timers=timers)
