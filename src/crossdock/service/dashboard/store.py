"""A connected store: how it stands, what keeps us from working for it, and what it says that we do not know."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.refusals import NotFound
from crossdock.runtime.clock import read_face
from crossdock.runtime.forms import number
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.desk import actor_of, desk_of
from crossdock.service.database.budgets import budget_of_store
from crossdock.service.database.drift import drift_of_store
from crossdock.service.database.stores import store_by_id
from crossdock.service.dispatch.commands import TryAgain


async def store(request: Request) -> Response:
    """Show a store."""
    store_id = store_id_of(request)
    async with acquire_ready(desk_of(request).pool) as connection:
        found = await store_by_id(connection, store_id)
        if found is None:
            raise HTTPException(404)
        drift = await drift_of_store(connection, store_id)
        budget = await budget_of_store(connection, store_id)
        clock = await read_face(desk_of(request).clock, connection)
    root = request.scope.get("root_path", "")
    return page(
        request,
        "store.html",
        side="service",
        clock=clock,
        address=f"{root}/stores/{store_id}",
        store=found,
        drift=drift,
        budget=budget,
    )


async def try_again(request: Request) -> Response:
    """Call a store again that did not know us any more, then show it."""
    store_id = store_id_of(request)
    try:
        await desk_of(request).dispatcher.dispatch(TryAgain(store_id=store_id), actor=actor_of(request))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    return RedirectResponse(request.url.path.removesuffix("/again"), 303)


def store_id_of(request: Request) -> int:
    """Return the store that the address names. Raises: HTTPException 404."""
    store_id = number(str(request.path_params["store"]))
    if store_id is None:
        raise HTTPException(404)
    return store_id
