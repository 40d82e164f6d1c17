"""The service's pages put together."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crossdock.runtime.clock import Clock, read_face
from crossdock.runtime.connection import Pool
from crossdock.runtime.html import environment, page, static
from crossdock.runtime.http.incoming import FAULTS
from crossdock.service.dashboard.assignment import assignment, cancel, correct, give_back, ship
from crossdock.service.dashboard.assignments import assignments
from crossdock.service.dashboard.deciding import accept, reject
from crossdock.service.dashboard.desk import Desk, desk_of
from crossdock.service.dashboard.store import change, store, try_again
from crossdock.service.dashboard.stores import stores
from crossdock.service.dispatch.dispatcher import Dispatcher

TEMPLATES = "crossdock.service.dashboard"


async def start(request: Request) -> Response:
    """Go to the list."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/assignments", 303)


PAGES = (
    Route("/", start),
    Route("/assignments", assignments),
    Route("/stores", stores),
    Route("/stores/{store}", store),
    Route("/stores/{store}", change, methods=["POST"]),
    Route("/stores/{store}/again", try_again, methods=["POST"]),
    Route("/stores/{store}/assignments/{fulfillment_order}", assignment),
    Route("/stores/{store}/assignments/{fulfillment_order}/parcels", ship, methods=["POST"]),
    Route("/stores/{store}/assignments/{fulfillment_order}/parcels/{parcel}", correct, methods=["POST"]),
    Route("/stores/{store}/assignments/{fulfillment_order}/parcels/{parcel}/cancel", cancel, methods=["POST"]),
    Route("/stores/{store}/assignments/{fulfillment_order}/accept", accept, methods=["POST"]),
    Route("/stores/{store}/assignments/{fulfillment_order}/reject", reject, methods=["POST"]),
    Route("/stores/{store}/assignments/{fulfillment_order}/close", give_back, methods=["POST"]),
)


def dashboard(*, pool: Pool, clock: Clock, dispatcher: Dispatcher) -> Starlette:
    """Return the pages and /static as an app. Who may see them is the business of what wraps it."""
    app = Starlette(routes=[*PAGES, static()], exception_handlers={HTTPException: missing, **FAULTS})
    app.state.templates = environment(TEMPLATES)
    app.state.desk = Desk(pool=pool, clock=clock, dispatcher=dispatcher)
    return app


async def missing(request: Request, error: Exception) -> Response:
    """Say that there is nothing."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return page(request, "missing.html", status=status, side="service", clock=await read_face(desk_of(request).clock))
