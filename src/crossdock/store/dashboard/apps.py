"""The apps of a shop: what they may do, their secrets, and their end; and what they are told of people's data."""

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.dialects.platforms import TITLES
from crossdock.domain.apps import AppAtWork, EraseCustomer, RequestCustomerData, RevokeTokens, UninstallApp
from crossdock.domain.refusals import NotFound
from crossdock.runtime.badges import Badge
from crossdock.runtime.forms import number, text
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.authorize import sent, user_of
from crossdock.store.dashboard.scopes import wishes
from crossdock.store.dashboard.visits import address_of, desk_of, entered, origin, visit
from crossdock.store.database.apps import Registered, list_registered
from crossdock.store.dispatch.credentials import rotate

LONGEST_EMAIL = 254
# How long an app's old secret goes on to sign, as the form offers it.
OVERLAPS = {"": timedelta(days=1), "week": timedelta(days=7), "none": timedelta()}
WISHES = {"data": RequestCustomerData, "erase": EraseCustomer}


async def apps(request: Request) -> Response:
    """List the shop's apps."""
    return await show(request)


async def open_app(request: Request) -> Response:
    """Go to an app's own page, with what its platform gives the browser to carry."""
    desk = desk_of(request)
    async with acquire_ready(desk.pool) as connection:
        here = await visit(request, connection)
        who = one_of(await list_registered(connection, here.shop.id), request)
    if who.app.app_url is None:
        raise HTTPException(404)
    return sent(await desk.doors[who.app.platform].opened(who, who.app.app_url, user_of(request, who)))


async def uninstall(request: Request) -> Response:
    """Take an app out of the shop."""
    desk = desk_of(request)
    here = await entered(request)
    command = UninstallApp(app_id=app_id_of(request))
    try:
        await desk.dispatcher.tell(command, origin(request, here.shop, None))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except AppAtWork as refusal:
        words = f"{refusal}".capitalize()
        return await show(request, status=409, problem=f"{words}. Ask for it back, or let the app finish it.")
    return RedirectResponse(address_of(request, here, "apps"), 303)


async def new_secret(request: Request) -> Response:
    """Give an app a new secret, and show it this once."""
    form = await request.form()
    overlap = OVERLAPS.get(str(form.get("overlap", "")))
    if overlap is None:
        raise HTTPException(404)
    desk = desk_of(request)
    here = await entered(request)
    try:
        secret = await rotate(
            desk.pool, desk.clock, desk.grants.vault, here.shop.id, app_id_of(request), overlap=overlap
        )
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    answer = await show(request, fresh=(app_id_of(request), secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def end_tokens(request: Request) -> Response:
    """End an app's tokens, and leave it installed."""
    desk = desk_of(request)
    here = await entered(request)
    try:
        ended = await desk.dispatcher.tell(RevokeTokens(app_id=app_id_of(request)), origin(request, here.shop, None))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    return RedirectResponse(f"{address_of(request, here, 'apps')}?ended={ended}", 303)


async def concern(request: Request) -> Response:
    """Have apps tell, or erase, what they know of a customer."""
    form = await request.form()
    email = text(form, "email")
    command = WISHES.get(str(form.get("wish", "")))
    if command is None:
        raise HTTPException(404)
    if email is None or len(email) > LONGEST_EMAIL or "@" not in email:
        return await show(request, status=422, problem="Type the customer's e-mail address.")
    desk = desk_of(request)
    here = await entered(request)
    told = await desk.dispatcher.tell(command(email=email), origin(request, here.shop, None))
    return RedirectResponse(f"{address_of(request, here, 'apps')}?told={told}", 303)


async def show(
    request: Request, *, status: int = 200, problem: str | None = None, fresh: tuple[int, str] | None = None
) -> Response:
    """`fresh`: the app that has just been given a secret, and the secret."""
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        found = await list_registered(connection, here.shop.id)
    return page(
        request,
        "apps.html",
        status=status,
        side="store",
        shop=here.shop,
        clock=here.clock,
        platforms=TITLES,
        entries=[(who.app, badge(who), wishes(who.app.platform, who.app.granted, who.app.granted)) for who in found],
        told=number(request.query_params.get("told", "")),
        ended=number(request.query_params.get("ended", "")),
        fresh=fresh,
        problem=problem,
    )


def badge(who: Registered) -> Badge:
    if who.app.uninstalled_at is not None:
        return Badge(words="Uninstalled", icon="minus")
    if who.app.is_installed:
        return Badge(words="Installed", icon="circle-check", tone="fulfilled")
    return Badge(words="Not installed", icon="circle", tone="unfulfilled")


def one_of(found: tuple[Registered, ...], request: Request) -> Registered:
    """Raises: HTTPException 404."""
    app_id = app_id_of(request)
    for each in found:
        if each.app.id == app_id:
            return each
    raise HTTPException(404)


def app_id_of(request: Request) -> int:
    app_id = number(request.path_params["app"])
    if app_id is None:
        raise HTTPException(404)
    return app_id
