"""Where apps want to be told, and of what: tried out, and taken up again where it failed."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.dialects.platforms import TITLES
from crossdock.domain.refusals import NotFound
from crossdock.domain.subscriptions import ChangeWebhookSubscription, SendTestWebhook, WebhookFilter
from crossdock.runtime.forms import LARGEST_ID, number
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.visits import address_of, desk_of, entered, origin, visit
from crossdock.store.database.apps import list_apps
from crossdock.store.database.webhooks import list_subscriptions

MOST = 500
COMMANDS = {"test": SendTestWebhook, "enable": ChangeWebhookSubscription}
DONE = {
    "test": "A made-up event is on its way; how it ends stands among the deliveries.",
    "enable": "It hears again of what happens from now on. What it missed can be sent again among the deliveries.",
}


async def webhooks(request: Request) -> Response:
    """List every app's subscriptions, those that were disabled first."""
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        found = await list_subscriptions(
            connection, here.shop.id, None, WebhookFilter(), above=0, below=LARGEST_ID, direction="ASC", limit=MOST
        )
        apps = await list_apps(connection, here.shop.id, {each.app_id for each in found})
    return page(
        request,
        "webhooks.html",
        side="store",
        shop=here.shop,
        clock=here.clock,
        subscriptions=sorted(found, key=lambda each: (each.disabled_at is None, each.app_id, each.topics)),
        apps=apps,
        platforms=TITLES,
        done=DONE.get(request.query_params.get("done", "")),
    )


async def act(request: Request) -> Response:
    """Carry out what the button of a subscription asks for."""
    subscription_id, action = number(request.path_params["webhook"]), request.path_params["action"]
    if subscription_id is None or action not in COMMANDS:
        raise HTTPException(404)
    desk = desk_of(request)
    here = await entered(request)
    command = COMMANDS[action](subscription_id=subscription_id)
    try:
        await desk.dispatcher.tell(command, origin(request, here.shop, None))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    return RedirectResponse(f"{address_of(request, here, 'webhooks')}?done={action}", 303)
