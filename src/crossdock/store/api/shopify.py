"""The edge of Shopify's Admin REST API: tokens, versions, limits, paging and errors around the operations' rows.

Source: Shopify REST, sections on authentication, versioning, status codes, rate limits and pagination.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import AnyOperation, Json, Unreadable
from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify import errors, scopes, versions
from crossdock.dialects.shopify.paging import link_header
from crossdock.dialects.shopify.rest.openapi import document
from crossdock.dialects.shopify.rest.operations import GONE, OPERATIONS, UNVERSIONED
from crossdock.dialects.shopify.wire import rendering
from crossdock.domain.access import Caller
from crossdock.domain.places import Location
from crossdock.domain.queries import GetShop, ListAccessScopes, Page
from crossdock.domain.refusals import Refusal
from crossdock.domain.shops import Shop
from crossdock.runtime.http.strangers import RETRY_AFTER_SECONDS, TooManyTries
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.store.api.answers import Answer, No, answer_of, only_fields, refusing, reply
from crossdock.store.api.hosts import stands_for
from crossdock.store.api.requests import LONGEST_KEY, Asked, Request, basic_password, body_of, key_of, request_of
from crossdock.store.api.routes import Routes
from crossdock.store.dispatch.access import Access, Gate
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.lane import LaneFull
from crossdock.store.dispatch.origin import Origin, ReceivedCall

PLATFORM = "shopify"
WIRE = "rest"
SUFFIX = ".json"
BUCKET_SIZE = 40
LEAK_PER_SECOND = 2.0
KEY_TOO_LONG = f"is too long (maximum is {LONGEST_KEY} characters)"
NO_CONTENT = 204
# The Python client minds the case of this one.
CALL_LIMIT = "X-Shopify-Shop-Api-Call-Limit"
DOCUMENT = "/admin/api/openapi.json"
DEPRECATED = "x-shopify-api-deprecated-reason"
BUSY = {"errors": "The shop is busy. Try again."}

PATH = re.compile(r"/admin/(api/(?P<version>[^/]+)/)?(?P<rest>.*)")


class ShopifyApi:
    """Serves /admin/api/{version}/…, /admin/oauth/access_scopes.json, and to anybody what there is as OpenAPI.

    `public_url`: how the installation is reached under a name that stands for no shop.
    """

    def __init__(self, dispatcher: Dispatcher, gate: Gate, *, public_url: str | None = None) -> None:
        self.dispatcher = dispatcher
        self.gate = gate
        self.public_url = public_url
        self.public_host = urlsplit(public_url).hostname if public_url else None
        self.routes = Routes(((row.method, row.path, row) for row in OPERATIONS), suffix=SUFFIX)
        self.unversioned = Routes(((row.method, row.path, row) for row in UNVERSIONED), suffix=SUFFIX)
        self.gone = Routes(((method, path, None) for method, path in GONE), suffix=SUFFIX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope, self.public_url)
        if request.method == "HEAD":  # read as by GET; the server keeps the body back
            request = replace(request, method="GET")
        if request.path == DOCUMENT and request.method == "GET":
            await reply(send, Answer(status=200, body=write_json(document(versions.NEWEST))), {})
            return
        version, path = place(request.path)
        headers = {"x-shopify-api-version": version or versions.OLDEST}
        try:
            access = await self.admitted(request)
            headers[CALL_LIMIT] = await self.counted(access)
            if version is None:
                raise No(404, errors.NOT_FOUND)
            operation, parameters = self.found(request.method, path)
            if operation.deprecated:
                headers[DEPRECATED] = operation.deprecated
            asked = Asked(
                request=request,
                access=access,
                caller=caller_of(access),
                operation=operation,
                parameters=parameters,
                version=version,
            )
            answer = await (self.written(asked, receive) if operation.writes else self.read(asked))
        except No as no:
            answer = no.answer
        except LaneFull:
            answer = No(503, BUSY, {"retry-after": "1"}).answer
        await reply(send, answer, headers)

    async def admitted(self, request: Request) -> Access:
        """Return what the caller's token gives. Raises: No."""
        headers = request.headers
        token = headers.get("x-shopify-access-token") or basic_password(headers.get("authorization", ""))
        try:
            access = await self.gate.admit(token, PLATFORM, address=request.client) if token else None
        except TooManyTries as tries:
            raise No(429, errors.TOO_MANY_TRIES, {"retry-after": f"{RETRY_AFTER_SECONDS}.0"}) from tries
        if access is None or not stands_for(request.hostname, access.subdomain, self.public_host):
            raise No(401, errors.UNAUTHORIZED)
        return access

    async def counted(self, access: Access) -> str:
        """Count the call, and return how full the bucket is. Raises: No when it is."""
        level = await self.gate.draw(access, WIRE, size=BUCKET_SIZE, leak=LEAK_PER_SECOND)
        if level is None:
            full = {CALL_LIMIT: f"{BUCKET_SIZE}/{BUCKET_SIZE}", "retry-after": "2.0"}
            raise No(429, errors.TOO_MANY, full)
        return f"{ceil(level)}/{BUCKET_SIZE}"

    def found(self, method: str, path: str) -> tuple[AnyOperation, Mapping[str, str]]:
        """Return the operation of a path, and the path's parameters. Raises: No."""
        match = self.routes.match(path) or self.unversioned.match(path)
        if match is not None and (found := match.at(method)) is not None:
            return found
        if (gone := self.gone.match(path)) is not None and method in gone.leaves:
            raise No(406, errors.GONE)
        if match is not None:
            raise No(405, errors.METHOD_NOT_ALLOWED, {"allow": ", ".join(sorted(match.leaves))})
        raise No(404, errors.NOT_FOUND)

    async def read(self, asked: Asked) -> Answer:
        """Answer a query. Raises: No."""
        require_scope(asked)
        origin = asked.origin(asked.request.received)
        with refusing(SHOPIFY):
            call = asked.call(None)
            query = asked.operation.decode(call)
            result, shop, locations = await self.ask(query, asked, origin)
        if origin.hidden:
            await self.dispatcher.note_hidden(origin, scopes.left_out)
        parameters = dict(call.query)
        body = only_fields(encoded(asked, query, result, shop, locations), parameters.get("fields"))
        headers = {}
        if isinstance(result, Page):
            # Whoever begins in the middle by an id has not come from anywhere.
            page = result if "page_info" in parameters else replace(result, previous=None)
            if link := link_header(call, query.window, page, url=asked.request.url):
                headers["link"] = link
        return Answer(status=asked.operation.status, body=write_json(body), headers=headers)

    async def ask(self, query: object, asked: Asked, origin: Origin) -> tuple[Any, Shop, Mapping[int, Location]]:
        if not isinstance(query, ListAccessScopes):
            return await self.dispatcher.ask(query, origin)
        _, shop, locations = await self.dispatcher.ask(GetShop(), origin)
        return tuple(sorted(scopes.granted(asked.access.scopes))), shop, locations

    async def written(self, asked: Asked, receive: Receive) -> Answer:
        """Carry out a command. What is refused goes into the ledger of messages, too. Raises: No."""
        received = asked.request.received
        try:
            require_scope(asked)
            received = replace(received, body=await body_of(receive, errors.TOO_LARGE))
            return await self.carried_out(asked, received)
        except No as no:
            rendered = Rendered(status=no.answer.status, body=no.answer.body)
            await self.dispatcher.note_refusal(asked.origin(received), rendered)
            raise

    async def carried_out(self, asked: Asked, received: ReceivedCall) -> Answer:
        """Raises: No."""
        with refusing(SHOPIFY):
            key = key_of(asked.request, KEY_TOO_LONG)
            command = asked.operation.decode(asked.call(fields_of(received.body)))

        def render(result: Any, shop: Shop, locations: Mapping[int, Location]) -> Rendered:
            empty = asked.operation.status == NO_CONTENT
            written = b"" if empty else write_json(encoded(asked, command, result, shop, locations))
            return Rendered(status=asked.operation.status, body=written)

        try:
            return answer_of(await self.dispatcher.dispatch(command, asked.origin(received, key), render))
        except Refusal as refusal:
            raise No(*errors.answer_refusal(refusal, command)) from refusal


def place(path: str) -> tuple[str | None, str]:
    """Return the version that serves a path, None if there is none such, and what stands behind the version."""
    match = PATH.fullmatch(path)
    if match is None:
        return versions.OLDEST, ""
    version = match["version"]
    return versions.OLDEST if version is None else versions.served(version), match["rest"]


def require_scope(asked: Asked) -> None:
    """Raises: No, naming a scope that would let the caller in."""
    if scope := scopes.missing(asked.operation.scopes, asked.access.scopes):
        raise No(403, errors.scope_missing(scope))


def caller_of(access: Access) -> Caller:
    """Return who asks, with what a token's scopes let them reach."""
    reads, writes = scopes.reaches(access.scopes)
    return Caller(
        app_id=access.app_id,
        name=access.app_name,
        reads=reads,
        writes=writes,
        whole_orders=scopes.missing(scopes.WHOLE_ORDERS, access.scopes) is None,
        old_orders=scopes.READ_ALL_ORDERS in access.scopes,
    )


def fields_of(body: bytes) -> Json:
    """Read a body, if there is one. Raises: Unreadable."""
    try:
        return read_json(body) if body.strip() else None
    except BadJson as error:
        raise Unreadable("base", error.reason) from error


def encoded(
    asked: Asked, command: object, result: object, shop: Shop, locations: Mapping[int, Location]
) -> Any:  # JSON
    """Return a result in the wire's words."""
    context = rendering(
        command,
        shop=shop,
        locations=locations,
        version=asked.version,
        base_url=asked.request.base_url,
        app_id=asked.access.app_id,
    )
    return asked.operation.encode_result(result, context)
