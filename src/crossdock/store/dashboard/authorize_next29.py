"""Where a merchant lets an app of 29 Next into the store, or does not. The addresses are that platform's."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.dialects.next29 import oauth, scopes
from crossdock.dialects.next29.oauth import AuthorizeRequest
from crossdock.dialects.operation import Unreadable
from crossdock.runtime.clock import read_face
from crossdock.runtime.forms import text
from crossdock.runtime.html import page
from crossdock.runtime.http.incoming import page_policy
from crossdock.store.dashboard.authorize import (
    ELSEWHERE,
    NO_PAGE,
    UNKNOWN,
    NotToBe,
    is_here,
    refused,
    sent,
    target_of,
)
from crossdock.store.dashboard.scopes import wishes
from crossdock.store.dashboard.visits import desk_of
from crossdock.store.database.apps import Registered

DENY = "deny"
FOUND = 302  # as this platform's install flow is documented


async def install(request: Request) -> Response:
    """Follow an install link: to the app, which then asks for what it needs."""
    who = await desk_of(request).next29.find(request.query_params.get("client_id", ""))
    if who is None or not is_here(request, who):
        return await refused(request, UNKNOWN)
    if who.app.app_url is None:
        return await refused(request, NO_PAGE)
    return sent(desk_of(request).next29.introduced(who, who.app.app_url), FOUND)


async def authorize(request: Request) -> Response:
    """Show what an app asks for. Nothing happens by looking."""
    try:
        who, asked = await asked_by(request, request.query_params.multi_items())
    except NotToBe as no:
        return await refused(request, str(no))
    if asked.refusal is not None:
        return sent(desk_of(request).next29.refuse(who, asked, asked.refusal), FOUND)
    return await shown(request, who, asked)


async def decide(request: Request) -> Response:
    """Let the app in, or do not, and send the browser back to it."""
    form = await request.form()
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    try:
        who, asked = await asked_by(request, pairs)
    except NotToBe as no:
        return await refused(request, str(no))
    grants = desk_of(request).next29
    refusal = oauth.DENIED if text(form, "decision") == DENY else asked.refusal
    return sent(await grants.agree(who, asked) if refusal is None else grants.refuse(who, asked, refusal), FOUND)


async def apps_of_host(request: Request) -> Response:
    """Go to the apps of the store that the browser is at; apps send it there when they are installed."""
    host = request.url.hostname or ""
    root = request.scope.get("root_path", "")
    of_no_shop = desk_of(request).stands_for(host, "")
    return RedirectResponse(f"{root}/" if of_no_shop else f"{root}/shops/{host.partition('.')[0]}/apps", 303)


async def asked_by(request: Request, pairs: Iterable[tuple[str, str]]) -> tuple[Registered, AuthorizeRequest]:
    """Return who asks for what, and may be answered. Raises: NotToBe."""
    try:
        asked = oauth.read_authorize(pairs)
    except Unreadable as error:
        raise NotToBe(f"The app's request cannot be read: {error}.") from error
    who = await desk_of(request).next29.find(asked.client_id)
    if who is None or not is_here(request, who):
        raise NotToBe(UNKNOWN)
    if not oauth.may_be_sent_to(who.app.redirect_urls, asked.redirect_uri):
        raise NotToBe(ELSEWHERE)
    return who, asked


async def shown(request: Request, who: Registered, asked: AuthorizeRequest) -> Response:
    answer = page(
        request,
        "authorize_next29.html",
        side="store",
        clock=await read_face(desk_of(request).clock),
        who=who,
        asked=asked,
        domain=desk_of(request).next29.store_of(who),
        scope=oauth.write_scopes(asked.scopes),
        wishes=wishes(who.app.platform, asked.scopes, scopes.granted(who.app.granted)),
        target=target_of(asked.redirect_uri),
    )
    # Browsers hold a form to this list also where its answer sends them on.
    answer.headers["Content-Security-Policy"] = page_policy(form_targets=(asked.redirect_uri,))
    answer.headers["Cache-Control"] = "no-store"
    return answer
