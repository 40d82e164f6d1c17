"""The edge of Shopify's Admin REST API: tokens, versions, limits, paging and errors around the operations' rows.

Source: Shopify REST, sections on authentication, versioning, status codes, rate limits and pagination.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Call, Operation, Unreadable, WireError
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
from crossdock.runtime.http.incoming import BodyTooLarge, read_body
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.store.api.answers import Answer, No, only_fields, reply
from crossdock.store.api.hosts import stands_for
from crossdock.store.api.requests import Request, basic_password, query_of, request_of
from crossdock.store.api.routes import Routes
from crossdock.store.dispatch.access import Access, Gate
from crossdock.store.dispatch.batch import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.lane import LaneFull
from crossdock.store.dispatch.origin import Origin, ReceivedCall

PLATFORM = "shopify"
WIRE = "rest"
SUFFIX = ".json"
BUCKET_SIZE = 40
LEAK_PER_SECOND = 2.0
LONGEST_KEY = 255
NO_CONTENT = 204
# The Python client minds the case of this one.
CALL_LIMIT = "X-Shopify-Shop-Api-Call-Limit"
DOCUMENT = "/admin/api/openapi.json"
DEPRECATED = "x-shopify-api-deprecated-reason"
BUSY = {"errors": "The shop is busy. Try again."}

Row = Operation[Any, Any, Any]
PATH = re.compile(r"/admin/(api/(?P<version>[^/]+)/)?(?P<rest>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request that is let in: who asks for which operation, in which version."""

    request: Request
    access: Access
    operation: Row
    parameters: Mapping[str, str]
    version: str

    def origin(self, call: ReceivedCall | None = None, key: str | None = None) -> Origin:
        """Return whose request it is; a write has the call for the ledger, and may have a key."""
        reads, writes = scopes.reaches(self.access.scopes)
        return Origin(
            shop_id=self.access.shop_id,
            caller=Caller(
                app_id=self.access.app_id,
                name=self.access.app_name,
                reads=reads,
                writes=writes,
                whole_orders=scopes.missing(scopes.WHOLE_ORDERS, self.access.scopes) is None,
                old_orders=scopes.READ_ALL_ORDERS in self.access.scopes,
            ),
            actor=f"app:{self.access.app_name}",
            request_id=self.request.request_id,
            key=key,
            call=call,
        )

    def call(self, body: bytes) -> Call:
        """Raises: BadJson, Unreadable."""
        return Call(
            method=self.request.method,
            path=self.operation.path,
            query=query_of(self.request),
            body=read_json(body) if body.strip() else None,
            parameters=self.parameters,
            currency=self.access.currency,
            version=self.version,
        )


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
            asked = Asked(request=request, access=access, operation=operation, parameters=parameters, version=version)
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
        access = await self.gate.admit(token, PLATFORM) if token else None
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

    def found(self, method: str, path: str) -> tuple[Row, Mapping[str, str]]:
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
        request = asked.request
        origin = asked.origin(ReceivedCall(method=request.method, url=request.address, headers=request.headers))
        try:
            call = asked.call(b"")
            query = asked.operation.decode(call)
            result, shop, locations = await self.ask(query, asked, origin)
        except WireError as error:
            raise No(*errors.answer_wire_error(error)) from error
        except Refusal as refusal:
            raise No(*errors.answer_refusal(refusal)) from refusal
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
        request = asked.request
        received = ReceivedCall(method=request.method, url=request.address, headers=request.headers)
        try:
            require_scope(asked)
            received = replace(received, body=await body_of(receive))
            return await self.carried_out(asked, received)
        except No as no:
            rendered = Rendered(status=no.answer.status, body=no.answer.body)
            await self.dispatcher.note_refusal(asked.origin(received), rendered)
            raise

    async def carried_out(self, asked: Asked, received: ReceivedCall) -> Answer:
        """Raises: No."""
        try:
            key = key_of(asked.request)
            command = asked.operation.decode(asked.call(received.body))
        except BadJson as error:
            raise No(*errors.answer_wire_error(Unreadable("base", error.reason))) from error
        except WireError as error:
            raise No(*errors.answer_wire_error(error)) from error
        except Refusal as refusal:
            raise No(*errors.answer_refusal(refusal)) from refusal

        def render(result: Any, shop: Shop, locations: Mapping[int, Location]) -> Rendered:
            empty = asked.operation.status == NO_CONTENT
            written = b"" if empty else write_json(encoded(asked, command, result, shop, locations))
            return Rendered(status=asked.operation.status, body=written)

        try:
            rendered = await self.dispatcher.dispatch(command, asked.origin(received, key), render)
        except Refusal as refusal:
            raise No(*errors.answer_refusal(refusal, command)) from refusal
        headers = {"idempotent-replayed": "true"} if rendered.replayed else {}
        return Answer(status=rendered.status, body=rendered.body, headers=headers)


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


def key_of(request: Request) -> str | None:
    """Return the idempotency key. Raises: Unreadable for one that is too long."""
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY:
        raise Unreadable("Idempotency-Key", f"is too long (maximum is {LONGEST_KEY} characters)")
    return key or None


async def body_of(receive: Receive) -> bytes:
    """Raises: No for a body over 1 MB, ClientGone."""
    try:
        return await read_body(receive)
    except BodyTooLarge as error:
        raise No(413, errors.TOO_LARGE) from error


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
