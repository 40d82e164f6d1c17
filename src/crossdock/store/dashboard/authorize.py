"""Where a merchant lets an app into the shop, or does not. The addresses are Shopify's: apps send browsers to them."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify import oauth, scopes
from crossdock.dialects.shopify.oauth import AuthorizeRequest, User
from crossdock.runtime.clock import read_face
from crossdock.runtime.html import page
from crossdock.runtime.http.incoming import page_policy
from crossdock.store.dashboard.scopes import wishes
from crossdock.store.dashboard.visits import desk_of
from crossdock.store.database.apps import Registered
from crossdock.store.dispatch.grants import owner_of, user_named

UNKNOWN = "No app of this shop has this client id."
ELSEWHERE = "The address that the app wants you to be sent back to is not one that it was registered with."
NO_PAGE = "The app was registered without a page of its own."


class NotToBe(Exception):
    """The request is not one that a merchant could agree to; nobody is sent anywhere."""


async def authorize(request: Request) -> Response:
    """Show what an app asks for; send on one that asks for nothing new."""
    try:
        who, asked = await asked_by(request, request.query_params.multi_items())
    except NotToBe as no:
        return await refused(request, str(no))
    if address := await desk_of(request).grants.agreed(who, asked, user_of(request, who)):
        return sent(address)
    return await shown(request, who, asked)


async def agree(request: Request) -> Response:
    """Let the app in, and send the browser back to it."""
    form = await request.form()
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    try:
        who, asked = await asked_by(request, pairs)
    except NotToBe as no:
        return await refused(request, str(no))
    return sent(await desk_of(request).grants.agree(who, asked, user_of(request, who)))


async def install(request: Request) -> Response:
    """Follow an install link: to the app, which then asks for what it needs."""
    who = await desk_of(request).grants.find(request.query_params.get("client_id", ""))
    if who is None or not is_here(request, who):
        return await refused(request, UNKNOWN)
    if who.app.app_url is None:
        return await refused(request, NO_PAGE)
    return sent(await desk_of(request).grants.opened(who, who.app.app_url, user_of(request, who)))


async def asked_by(request: Request, pairs: Iterable[tuple[str, str]]) -> tuple[Registered, AuthorizeRequest]:
    """Return who asks for what, all of it checked. Raises: NotToBe."""
    try:
        asked = oauth.read_authorize(pairs)
    except Unreadable as error:
        raise NotToBe(f"The app's request cannot be read: {error}.") from error
    who = await desk_of(request).grants.find(asked.client_id)
    if who is None or not is_here(request, who):
        raise NotToBe(UNKNOWN)
    if asked.redirect_uri not in who.app.redirect_urls:
        raise NotToBe(ELSEWHERE)
    return who, asked


def is_here(request: Request, who: Registered) -> bool:
    """Say whether the address that the browser is at stands for the app's shop, or for none."""
    return desk_of(request).stands_for(request.url.hostname or "", who.subdomain)


def user_of(request: Request, who: Registered) -> User:
    user = getattr(request.state, "user", None)
    return user_named(user.id, user.name, user.email) if user else owner_of(who)


async def shown(request: Request, who: Registered, asked: AuthorizeRequest) -> Response:
    answer = page(
        request,
        "authorize.html",
        side="store",
        clock=await read_face(desk_of(request).clock),
        who=who,
        asked=asked,
        scope=oauth.write_scopes(asked.scopes),
        grant_option=oauth.PER_USER if asked.online else "",
        domain=who.signer.shop_domain,
        wishes=wishes(who.app.platform, asked.scopes, scopes.granted(who.app.granted)),
        target=target_of(asked.redirect_uri),
    )
    # Browsers hold a form to this list also where its answer sends them on.
    answer.headers["Content-Security-Policy"] = page_policy(form_targets=(asked.redirect_uri,))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def target_of(url: str) -> str:
    """Return where a URL leads, as people read it."""
    return urlsplit(url).netloc


async def refused(request: Request, reason: str) -> Response:
    clock = await read_face(desk_of(request).clock)
    return page(request, "authorize_refused.html", status=400, side="store", clock=clock, reason=reason)


def sent(address: str, status: int = 303) -> Response:
    """Send the browser on. The address has a code in it: nobody is to keep it."""
    return RedirectResponse(address, status, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
