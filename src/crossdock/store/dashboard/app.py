"""The store's pages put together."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crossdock.dialects.next29 import oauth as next29_oauth
from crossdock.dialects.shopify.oauth import AUTHORIZE_PATH
from crossdock.runtime.clock import Clock, read_face
from crossdock.runtime.connection import Pool
from crossdock.runtime.html import environment, page, static
from crossdock.runtime.http.incoming import FAULTS
from crossdock.store.dashboard import authorize_next29
from crossdock.store.dashboard.apps import apps, concern, end_tokens, new_secret, open_app, uninstall
from crossdock.store.dashboard.authorize import agree, authorize, install
from crossdock.store.dashboard.deliveries import deliveries, replay_one, replay_range
from crossdock.store.dashboard.explorer import explorer
from crossdock.store.dashboard.order import act, order
from crossdock.store.dashboard.orders import orders
from crossdock.store.dashboard.settings import set_request_delay, settings
from crossdock.store.dashboard.shops import start
from crossdock.store.dashboard.visits import Desk, desk_of
from crossdock.store.dashboard.webhooks import act as act_on_webhook
from crossdock.store.dashboard.webhooks import webhooks
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.grants import Grants
from crossdock.store.dispatch.next29_grants import Next29Grants

TEMPLATES = "crossdock.store.dashboard"
# Pages under the API's own path, where apps send browsers to.
INSTALL_PATH = "/admin/oauth/install"
CONSENT = frozenset({AUTHORIZE_PATH, INSTALL_PATH})

PAGES = (
    Route("/", start),
    Route("/orders", start),
    Route("/shops", start),
    Route("/graphiql", explorer),
    Route("/shops/{shop}/orders", orders),
    Route("/shops/{shop}/orders/{order}", order),
    Route("/shops/{shop}/orders/{order}/fulfillment-orders/{fulfillment_order:int}/{action}", act, methods=["POST"]),
    Route("/shops/{shop}/deliveries", deliveries),
    Route("/shops/{shop}/deliveries/replay", replay_range, methods=["POST"]),
    Route("/shops/{shop}/deliveries/{delivery}/replay", replay_one, methods=["POST"]),
    Route("/shops/{shop}/webhooks", webhooks),
    Route("/shops/{shop}/webhooks/{webhook}/{action}", act_on_webhook, methods=["POST"]),
    Route("/shops/{shop}/settings", settings),
    Route("/shops/{shop}/settings/request-delay", set_request_delay, methods=["POST"]),
    Route("/shops/{shop}/apps", apps),
    Route("/shops/{shop}/apps/privacy", concern, methods=["POST"]),
    Route("/shops/{shop}/apps/{app}/open", open_app),
    Route("/shops/{shop}/apps/{app}/uninstall", uninstall, methods=["POST"]),
    Route("/shops/{shop}/apps/{app}/secret", new_secret, methods=["POST"]),
    Route("/shops/{shop}/apps/{app}/tokens", end_tokens, methods=["POST"]),
    Route(INSTALL_PATH, install),
    Route(AUTHORIZE_PATH, authorize),
    Route(AUTHORIZE_PATH, agree, methods=["POST"]),
    Route(next29_oauth.APPS_PATH, authorize_next29.apps_of_host),
    Route(next29_oauth.INSTALL_PATH, authorize_next29.install),
    Route(next29_oauth.AUTHORIZE_PATH, authorize_next29.authorize),
    Route(next29_oauth.AUTHORIZE_PATH, authorize_next29.decide, methods=["POST"]),
)


def dashboard(
    *,
    pool: Pool,
    clock: Clock,
    dispatcher: Dispatcher,
    grants: Grants,
    next29: Next29Grants,
    stands_for: Callable[[str, str], bool],
) -> Starlette:
    """Return the pages and /static as an app. Who may see them is the business of what wraps it."""
    app = Starlette(routes=[*PAGES, static()], exception_handlers={HTTPException: missing, **FAULTS})
    app.state.templates = environment(TEMPLATES)
    app.state.desk = Desk(
        pool=pool, clock=clock, dispatcher=dispatcher, grants=grants, next29=next29, stands_for=stands_for
    )
    return app


async def missing(request: Request, error: Exception) -> Response:
    """Say that there is nothing: what is another's and what is absent look alike."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return page(request, "missing.html", status=status, side="store", clock=await read_face(desk_of(request).clock))
