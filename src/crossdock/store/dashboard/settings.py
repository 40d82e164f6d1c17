"""What a merchant sets for the whole shop."""

from datetime import timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.refusals import Invalid
from crossdock.domain.shops import LONGEST_REQUEST_DELAY, SetRequestDelay
from crossdock.runtime.forms import BadForm, text
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.visits import address_of, desk_of, entered, origin, visit
from crossdock.store.handlers.shops import delay_limits

MINUTE = timedelta(minutes=1)
MOST_MINUTES = LONGEST_REQUEST_DELAY // MINUTE
# What the form offers where nothing was ever set. Source: 29 Next, store settings.
USUAL_MINUTES = 30


async def settings(request: Request) -> Response:
    """Show the settings."""
    return await show(request)


async def set_request_delay(request: Request) -> Response:
    """Set whether and when services are asked by themselves."""
    form = await request.form()
    desk = desk_of(request)
    here = await entered(request)
    try:
        await desk.dispatcher.tell(SetRequestDelay(delay=delay_of(form)), origin(request, here.shop, None))
    except BadForm as wrong:
        return await show(request, status=422, problem=str(wrong))
    except Invalid as refusal:
        return await show(request, status=422, problem=f"The time {refusal.message}.")
    return RedirectResponse(f"{address_of(request, here, 'settings')}?saved=1", 303)


def delay_of(form: FormData) -> timedelta | None:
    """Raises: BadForm."""
    if form.get("who") != "store":
        return None
    typed = text(form, "minutes") or ""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 9 and int(typed) <= MOST_MINUTES):
        raise BadForm(f"Type whole minutes, at most {MOST_MINUTES} (30 days).")
    return int(typed) * MINUTE


async def show(request: Request, *, status: int = 200, problem: str | None = None) -> Response:
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        seconds = await connection.fetchval("SELECT request_after FROM shops WHERE id = $1", here.shop.id)
        limits = await delay_limits(connection, here.shop.id)
    return page(
        request,
        "settings.html",
        status=status,
        side="store",
        shop=here.shop,
        clock=here.clock,
        minutes=None if seconds is None else round(seconds / 60),
        usual=USUAL_MINUTES,
        least=limits.shortest // MINUTE,
        most=limits.longest // MINUTE,
        saved="saved" in request.query_params and problem is None,
        problem=problem,
    )
