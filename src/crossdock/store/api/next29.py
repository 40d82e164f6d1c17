"""The edge of 29 Next's Admin API: tokens, versions, limits, bodies of three kinds and errors around the rows.

Source: 29 Next Admin API: authentication, versioning, rate limits; how it answers to what is wrong is that of Django
REST Framework, on which it is built.
"""

from collections.abc import AsyncGenerator, Mapping, Set
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope, Send

from crossdock.dialects.next29 import errors, scopes, versions
from crossdock.dialects.next29.fields import NUMBER, WHOLE_BODY
from crossdock.dialects.next29.forms import read_form
from crossdock.dialects.next29.rest.operations import BASE, BY_VERSION
from crossdock.dialects.next29.wire import Rendering, read_order_number
from crossdock.dialects.operation import AnyOperation, Json, Unreadable
from crossdock.dialects.registry import NEXT29
from crossdock.domain.access import Caller
from crossdock.domain.places import Location
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.domain.searching import FindOrderByNumber
from crossdock.domain.shops import Shop
from crossdock.runtime.http.strangers import RETRY_AFTER_SECONDS, TooManyTries
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.store.api.answers import Answer, No, answer_of, refusing, reply
from crossdock.store.api.hosts import stands_for
from crossdock.store.api.requests import LONGEST_KEY, Asked, Request, body_of, key_of, query_of, request_of
from crossdock.store.api.routes import Match, Routes
from crossdock.store.dispatch.access import Access, Gate
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.lane import LaneFull
from crossdock.store.dispatch.origin import Origin, ReceivedCall

PLATFORM = "next29"
CALLS_PER_SECOND = 4.0
KEY_TOO_LONG = f"Ensure this field has no more than {LONGEST_KEY} characters."
NO_CONTENT = 204
MOST_FIELDS = 1000
JSON = "application/json"
PLAIN = {"vary": "Accept, Authorization"}
# A storefront answers what is no path of the API; its page is for people.
NOT_A_PATH = b"<!doctype html><html lang=en><title>Page not found</title><h1>Page not found</h1></html>"


class Next29Api:
    """Serves /api/admin/…. `public_url`: how the installation is reached under a name that stands for no shop."""

    def __init__(self, dispatcher: Dispatcher, gate: Gate, *, public_url: str | None = None) -> None:
        self.dispatcher = dispatcher
        self.gate = gate
        self.public_url = public_url
        self.public_host = urlsplit(public_url).hostname if public_url else None
        self.routes: Mapping[str, Routes[AnyOperation]] = {
            version: Routes((row.method, row.path, row) for row in rows) for version, rows in BY_VERSION.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope, self.public_url)
        if request.method == "HEAD":  # read as by GET; the server keeps the body back
            request = replace(request, method="GET")
        version = versions.served(request.headers.get(versions.HEADER))
        headers = {**PLAIN, "content-type": JSON}
        try:
            answer = await self.answer(request, version, receive)
        except No as no:
            answer = no.answer
        except LaneFull:
            answer = No(503, errors.BUSY, {"retry-after": "1"}).answer
        if version is not None:
            headers["x-29next-api-version"] = version
        await reply(send, answer, headers)

    async def answer(self, request: Request, version: str | None, receive: Receive) -> Answer:
        """Raises: No, LaneFull, ClientGone."""
        found = self.place(request, version)
        if isinstance(found, Answer):
            return found
        access = await self.admitted(request)
        await self.count(access)
        if version is None:
            raise No(406, errors.UNKNOWN_VERSION)
        at = found.at(request.method)
        if at is None:
            allowed = {"allow": ", ".join(sorted(found.leaves))}
            raise No(405, errors.method_not_allowed(request.method), allowed)
        operation, parameters = at
        asked = Asked(
            request=request,
            access=access,
            caller=caller_of(access, operation),
            operation=operation,
            parameters=parameters,
            version=version,
        )
        return await (self.written(asked, receive) if operation.writes else self.read(asked))

    def place(self, request: Request, version: str | None) -> Match[AnyOperation] | Answer:
        """Return what stands at a path; else where to go or the page for people, as the store's site has it."""
        routes = self.routes[version or versions.STABLE]
        path = request.path.removeprefix(BASE)
        found = routes.match(path)
        if found is not None:
            return found
        if routes.match(f"{path}/") is not None:
            query = f"?{request.query}" if request.query else ""
            return Answer(status=301, headers={"location": f"{request.path}/{query}", "content-type": "text/html"})
        return Answer(status=404, body=NOT_A_PATH, headers={"content-type": "text/html; charset=utf-8"})

    async def admitted(self, request: Request) -> Access:
        """Return what the caller's token gives. Raises: No."""
        given = request.headers.get("authorization")
        challenge = {"www-authenticate": "Bearer"}
        if given is None:
            raise No(401, errors.NO_CREDENTIALS, challenge)
        kind, _, token = given.partition(" ")
        shown = token.strip() if kind.lower() == "bearer" else ""
        try:
            access = await self.gate.admit(shown, PLATFORM, address=request.client) if shown else None
        except TooManyTries as tries:
            raise No(429, errors.TOO_MANY_TRIES, {"retry-after": str(RETRY_AFTER_SECONDS)}) from tries
        if access is None or not stands_for(request.hostname, access.subdomain, self.public_host):
            raise No(401, errors.BAD_TOKEN, challenge)
        return access

    async def count(self, access: Access) -> None:
        """Count the call in the token's own bucket. Raises: No when it is full."""
        bucket = f"{PLATFORM}:{access.token}"
        level = await self.gate.draw(access, bucket, size=CALLS_PER_SECOND, leak=CALLS_PER_SECOND)
        if level is None:
            raise No(429, errors.THROTTLED, {"retry-after": "1"})

    async def read(self, asked: Asked) -> Answer:
        """Answer a query. Raises: No."""
        require_scope(asked)
        origin = origin_of(asked, asked.request.received)
        with refusing(NEXT29):
            asked = await self.with_order(asked)
            query = asked.operation.decode(asked.call(None))
            result, shop, locations = await self.dispatcher.ask(query, origin)
        if origin.hidden:
            await self.dispatcher.note_hidden(origin, scopes.left_out)
        body = asked.operation.encode_result(result, rendering(asked, shop, locations, origin))
        return Answer(status=asked.operation.status, body=write_json(body))

    async def written(self, asked: Asked, receive: Receive) -> Answer:
        """Carry out a command. What is refused goes into the ledger of messages, too. Raises: No."""
        received = asked.request.received
        try:
            require_scope(asked)
            kept = b"" if asked.operation.secrets else None
            received = replace(received, body=await body_of(receive, errors.TOO_LARGE), kept=kept)
            return await self.carried_out(asked, received)
        except No as no:
            rendered = Rendered(status=no.answer.status, body=no.answer.body)
            await self.dispatcher.note_refusal(asked.origin(received), rendered)
            raise

    async def with_order(self, asked: Asked) -> Asked:
        """Return the request with an order's id in place of the number that its path names. Raises: NotFound."""
        text = asked.parameters.get(NUMBER)
        if text is None:
            return asked
        number = read_order_number(text)
        if number is None:
            raise NotFound("order", text)
        order_id, *_ = await self.dispatcher.ask(FindOrderByNumber(number=number), asked.origin())
        return replace(asked, parameters={**asked.parameters, NUMBER: str(order_id)})

    async def carried_out(self, asked: Asked, received: ReceivedCall) -> Answer:
        """Raises: No."""
        with refusing(NEXT29):
            key = key_of(asked.request, KEY_TOO_LONG)
            fields = await fields_of(received.body, asked.request.headers.get("content-type", ""))
            asked = await self.with_order(asked)
            command = asked.operation.decode(asked.call(fields))
        secrets = asked.operation.secrets
        if secrets:
            received = replace(received, kept=write_json(concealed(fields, secrets)))
        origin = origin_of(asked, received, key)

        def render(result: Any, shop: Shop, locations: Mapping[int, Location]) -> Rendered:
            if asked.operation.status == NO_CONTENT:
                return Rendered(status=NO_CONTENT, body=b"")
            body = asked.operation.encode_result(result, rendering(asked, shop, locations, origin))
            without_secrets = write_json(concealed(body, secrets)) if secrets else None
            return Rendered(status=asked.operation.status, body=write_json(body), without_secrets=without_secrets)

        try:
            return answer_of(await self.dispatcher.dispatch(command, origin, render))
        except Refusal as refusal:
            raise No(*errors.answer_refusal(refusal, command)) from refusal


def caller_of(access: Access, operation: AnyOperation) -> Caller:
    """Return who asks, with what a token's permissions let them reach by an operation."""
    reads, writes = scopes.reaches(access.scopes, operation.scopes)
    granted = scopes.granted(access.scopes)
    return Caller(
        app_id=access.app_id,
        name=access.app_name,
        reads=reads,
        writes=writes,
        whole_orders=scopes.READ_ORDERS in granted,
        every_place=bool(granted & operation.scopes & scopes.OF_ALL_PLACES),
    )


def origin_of(asked: Asked, call: ReceivedCall, key: str | None = None) -> Origin:
    """Return whose request it is. Answers name stock levels, whose ids are to be found."""
    return replace(asked.origin(call, key), level_ids={})


def rendering(asked: Asked, shop: Shop, locations: Mapping[int, Location], origin: Origin) -> Rendering:
    return Rendering(
        shop=shop,
        locations=locations,
        version=asked.version,
        base_url=asked.request.base_url,
        url=asked.request.url,
        query=query_of(asked.request),
        app_id=asked.access.app_id,
        level_ids=origin.level_ids or {},
    )


def concealed(body: Json, secrets: Set[str]) -> Json:
    """Return a body without the values of secret fields."""
    if not isinstance(body, dict):
        return body
    return {name: None if name in secrets else value for name, value in body.items()}


def require_scope(asked: Asked) -> None:
    """Raises: No."""
    if scopes.missing(asked.operation.scopes, asked.access.scopes):
        raise No(403, errors.FORBIDDEN)


async def fields_of(body: bytes, content_type: str) -> Json:
    """Read a body as what it says that it is: JSON or a form. Raises: Unreadable, No."""
    if not body.strip():
        return None
    match content_type.partition(";")[0].strip().lower():
        case "" | "application/json":
            try:
                return read_json(body)
            except BadJson as error:
                raise No(400, errors.malformed(error.reason)) from error
        case "application/x-www-form-urlencoded":
            return read_form(form_of(body))
        case "multipart/form-data":
            return read_form(await parts_of(body, content_type))
        case _:
            raise No(415, errors.unsupported(content_type))


def form_of(body: bytes) -> list[tuple[str, str]]:
    """Raises: Unreadable."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Unreadable(WHOLE_BODY, "The form cannot be read.") from error
    return storable(pairs)


async def parts_of(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Return the fields of a multipart form, which has no files. Raises: Unreadable."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers({"content-type": content_type})
    try:
        parser = MultiPartParser(
            headers, stream(), max_files=0, max_fields=MOST_FIELDS, max_part_size=max(len(body), 1)
        )
        form = await parser.parse()
    except (MultiPartException, UnicodeDecodeError, KeyError) as error:
        raise Unreadable(WHOLE_BODY, "The form cannot be read.") from error
    return storable([(name, value) for name, value in form.multi_items() if isinstance(value, str)])


def storable(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Raises: Unreadable for what no text field can hold."""
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Unreadable(name.replace("\x00", "") or WHOLE_BODY, "Null characters are not allowed.")
    return pairs
