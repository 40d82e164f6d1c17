"""The service's own JSON API, for the systems of the warehouse: work, parcels, shelf, stores."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from crossdock.runtime.connection import Pool
from crossdock.runtime.http.incoming import read_body
from crossdock.runtime.http.strangers import Strangers
from crossdock.runtime.json import BadJson
from crossdock.service.api import lists, writes
from crossdock.service.api.answers import No, json_response
from crossdock.service.api.bodies import BadBody
from crossdock.service.api.visits import Visit, admitted
from crossdock.service.dispatch.dispatcher import Dispatcher

Action = Callable[[Visit], Awaitable[Response]]

ROUTES: Mapping[str, Mapping[str, Action]] = {
    "/api/stores": {"GET": lists.stores},
    "/api/stores/{store}": {"PUT": writes.change_store},
    "/api/stores/{store}/pull": {"POST": writes.pull},
    "/api/assignments": {"GET": lists.assignments},
    "/api/assignments/{store}/{fulfillment_order}": {"GET": lists.assignment},
    "/api/assignments/{store}/{fulfillment_order}/close": {"POST": writes.close},
    "/api/assignments/{store}/{fulfillment_order}/accept": {"POST": writes.accept},
    "/api/assignments/{store}/{fulfillment_order}/reject": {"POST": writes.reject},
    "/api/parcels": {"GET": lists.parcels, "POST": writes.ship},
    "/api/parcels/{store}/{parcel}": {"GET": lists.parcel, "PUT": writes.correct_tracking},
    "/api/parcels/{store}/{parcel}/cancel": {"POST": writes.cancel_parcel},
    "/api/parcels/{store}/{parcel}/events": {"GET": lists.carrier_events, "POST": writes.follow},
    "/api/shelf": {"GET": lists.shelf, "PUT": writes.count_many},
    "/api/shelf/{sku:path}": {"GET": lists.shelf_of, "PUT": writes.count_one},
}


class Api:
    """The API as an app; its paths begin with /api/. What goes wrong inside is for the guard around all apps."""

    def __init__(self, dispatcher: Dispatcher, *, pool: Pool, strangers: Strangers) -> None:
        self.router = Router(
            [
                Route(path, endpoint(actions, dispatcher, pool, strangers), methods=list(actions))
                for path, actions in ROUTES.items()
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            # With an app in the scope, unknown paths and wrong verbs are raised and not answered in plain text.
            await self.router({**scope, "app": self}, receive, send)
        except HTTPException as no:
            answer = json_response(no.status_code, {"errors": no.detail}, dict(no.headers or {}))
            await answer(scope, receive, send)


def endpoint(
    actions: Mapping[str, Action], dispatcher: Dispatcher, pool: Pool, strangers: Strangers
) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers the calls of one path."""

    async def answer(request: Request) -> Response:
        try:
            refuse_nul(request)
            token = await admitted(request, pool, strangers)
            body = await read_body(request.receive)
            visit = Visit(request=request, body=body, token=token, dispatcher=dispatcher, pool=pool)
            return await actions["GET" if request.method == "HEAD" else request.method](visit)
        except No as no:
            return json_response(no.status, {"errors": no.errors}, no.headers)
        except BadJson as error:
            return json_response(400, {"errors": error.reason})
        except BadBody as error:
            return json_response(400, {"errors": {error.field: error.message}})

    return answer


def refuse_nul(request: Request) -> None:
    """Refuse the one character that no text in the database can hold. Raises: No."""
    if "\x00" in request.url.path or "%00" in str(request.url):
        raise No(400, "a NUL character")
