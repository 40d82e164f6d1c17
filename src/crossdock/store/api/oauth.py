"""The edge of OAuth: apps exchange codes for tokens, and take themselves out of a shop.

Source: Shopify REST, AccessScope and OAuth.
"""

from urllib.parse import parse_qsl, urlsplit

from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Json, Unreadable
from crossdock.dialects.shopify import errors, oauth, versions
from crossdock.domain.access import Caller
from crossdock.domain.apps import UninstallApp
from crossdock.domain.refusals import NotFound
from crossdock.runtime.http.incoming import BodyTooLarge, read_body
from crossdock.runtime.http.strangers import RETRY_AFTER_SECONDS, TooManyTries
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.store.api.answers import Answer, No, reply
from crossdock.store.api.hosts import stands_for
from crossdock.store.api.requests import Request, request_of
from crossdock.store.api.shopify import BUSY
from crossdock.store.dispatch.access import Gate
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.grants import PLATFORM, Grants, Refused
from crossdock.store.dispatch.lane import LaneFull
from crossdock.store.dispatch.origin import Origin

# With a version, too: so the Python client calls it.
UNINSTALL_PATHS = tuple(
    f"/admin/{version}api_permissions/current.json"
    for version in ("", *(f"api/{each}/" for each in (*versions.SUPPORTED, versions.UNSTABLE)))
)
PATHS = frozenset({oauth.TOKEN_PATH, f"{oauth.TOKEN_PATH}.json", *UNINSTALL_PATHS})
LONGEST_BODY = 32 * 1024
MOST_FIELDS = 50
FORM = "application/x-www-form-urlencoded"
# An answer may hold a token.
HEADERS = {"cache-control": "no-store", "pragma": "no-cache"}


class OAuthApi:
    """Serves /admin/oauth/access_token and DELETE /admin/api_permissions/current.json."""

    def __init__(self, dispatcher: Dispatcher, gate: Gate, grants: Grants, *, public_url: str | None = None) -> None:
        self.dispatcher = dispatcher
        self.gate = gate
        self.grants = grants
        self.public_host = urlsplit(public_url).hostname if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope)
        try:
            if request.path in UNINSTALL_PATHS:
                answer = await self.uninstalled(request)
            else:
                answer = await self.exchanged(request, receive)
        except No as no:
            answer = no.answer
        except LaneFull:
            answer = No(503, BUSY, {"retry-after": "1"}).answer
        except Refused as refused:
            answer = Answer(status=refused.refusal.status, body=write_json(oauth.write_refusal(refused.refusal)))
        await reply(send, answer, HEADERS)

    def stands_for(self, host: str, subdomain: str) -> bool:
        """Say whether a shop may be asked under a host."""
        return stands_for(host, subdomain, self.public_host)

    async def exchanged(self, request: Request, receive: Receive) -> Answer:
        """Raises: No, Refused, ClientGone."""
        if request.method != "POST":
            raise No(405, errors.METHOD_NOT_ALLOWED, {"allow": "POST"})
        if not await self.grants.may_ask(request.client):
            raise No(429, oauth.write_refusal(oauth.TOO_MANY), {"retry-after": "2.0"})
        try:
            body = await read_body(receive, cap=LONGEST_BODY)
            asked = oauth.read_token_request(fields_of(body, request.headers.get("content-type", "")))
        except BodyTooLarge as error:
            raise No(413, errors.TOO_LARGE) from error
        except BadJson as error:
            raise No(400, unclear(error.reason)) from error
        except Unreadable as error:
            raise No(400, unclear(str(error))) from error
        who = await self.grants.find(asked.client_id)
        if who is not None and not self.stands_for(request.hostname, who.subdomain):
            who = None
        token = await self.grants.exchange(who, asked)
        return Answer(status=200, body=write_json(oauth.write_token(token)))

    async def uninstalled(self, request: Request) -> Answer:
        """Uninstall the app that calls. Raises: No, LaneFull."""
        if request.method != "DELETE":
            raise No(405, errors.METHOD_NOT_ALLOWED, {"allow": "DELETE"})
        token = request.headers.get("x-shopify-access-token")
        try:
            access = await self.gate.admit(token, PLATFORM, address=request.client) if token else None
        except TooManyTries as tries:
            raise No(429, errors.TOO_MANY_TRIES, {"retry-after": f"{RETRY_AFTER_SECONDS}.0"}) from tries
        if access is None or not self.stands_for(request.hostname, access.subdomain):
            raise No(401, errors.UNAUTHORIZED)
        origin = Origin(
            shop_id=access.shop_id,
            caller=Caller(app_id=access.app_id, name=access.app_name),
            actor=f"app:{access.app_name}",
            request_id=request.request_id,
        )
        try:
            await self.dispatcher.tell(UninstallApp(), origin)
        except NotFound as error:  # it was uninstalled by another call at the same time
            raise No(401, errors.UNAUTHORIZED) from error
        return Answer(status=200, body=b"{}")


def fields_of(body: bytes, content_type: str) -> Json:
    """Read a body as a form or as JSON, as it says that it is. Raises: BadJson, Unreadable."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        return read_json(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Unreadable("base", "is not a form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("base", "a field stands twice")
    return fields


def unclear(reason: str) -> Json:
    return {"error": "invalid_request", "error_description": reason}
