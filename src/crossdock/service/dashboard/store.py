"""A connected store: how it stands, what keeps us from working for it, and what it says that we do not know."""

from msgspec import UNSET
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.dialects.platforms import TITLES
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.runtime.clock import read_face
from crossdock.runtime.forms import number, text
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.desk import actor_of, desk_of
from crossdock.service.database.budgets import budget_of_store
from crossdock.service.database.drift import drift_of_store
from crossdock.service.database.stores import store_by_id
from crossdock.service.dispatch.commands import ChangeStore, TryAgain
from crossdock.service.stores.platforms import PLATFORMS

TRANSPORT_NAMES = {"graphql": "GraphQL", "rest": "REST"}


async def store(request: Request) -> Response:
    """Show a store."""
    return await show(request)


async def show(request: Request, *, status: int = 200, refused: str | None = None) -> Response:
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
        status=status,
        side="service",
        clock=clock,
        address=f"{root}/stores/{store_id}",
        store=found,
        platform=TITLES[found.platform],
        drift=drift,
        budget=budget,
        transports={name: TRANSPORT_NAMES[name] for name in PLATFORMS[found.platform].transports},
        refused=refused,
    )


async def change(request: Request) -> Response:
    """Change how we deal with a store, then show it."""
    form = await request.form()
    typed = text(form, "ships_within_hours")
    hours = None if typed is None else number(typed)
    if typed is not None and hours is None:
        return await show(request, status=422, refused=f"“{typed[:20]}” is not a number of hours.")
    command = ChangeStore(
        store_id=store_id_of(request),
        paused="paused" in form,
        by_hand="by_hand" in form,
        transport=text(form, "transport") or UNSET,
        ships_within_hours=hours,
    )
    try:
        await desk_of(request).dispatcher.dispatch(command, actor=actor_of(request))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except Refusal as refusal:
        return await show(request, status=422, refused=f"Not changed: {refusal}.")
    return RedirectResponse(request.url.path, 303)


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
