"""The edge of Shopify's Admin GraphQL API: bodies, cost and throttle around the execution of documents.

Source: Shopify GraphQL, transport, cost and throttling. Nearly everything is answered with 200; what goes wrong before
a document is looked at has a status.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import structlog
from graphql import ExecutionResult
from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify import errors, scopes, versions
from crossdock.dialects.shopify.graphql import cost
from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.documents import Documents, Prepared, prepare
from crossdock.dialects.shopify.graphql.execution import answer_of, start, unforeseen
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.runtime.postgres.pool import TookTooLong
from crossdock.store.api.answers import Answer, No, reply
from crossdock.store.api.requests import Request, body_of, request_of
from crossdock.store.api.shopify import BUSY, caller_of, place
from crossdock.store.dispatch.access import Access, Gate
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.lane import LaneFull
from crossdock.store.dispatch.origin import Origin
from crossdock.store.dispatch.serving import serving

WIRE = "graphql"
BUCKET_SIZE = 2000
RESTORED_PER_SECOND = 100
# What is taken out of the bucket even for a document that costs nothing: whoever asks in vain is counted, too.
LEAST_COST = 1
NO_QUERY: Json = {"errors": {"query": "Required parameter missing or invalid"}}
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A document as it was sent, with its variables."""

    text: str
    variables: dict[str, Any]
    operation_name: str | None


class GraphqlApi:
    """Serves /admin/api/{version}/graphql.json. `admitted` says who calls, or raises No."""

    def __init__(self, dispatcher: Dispatcher, gate: Gate, admitted: Callable[[Request], Awaitable[Access]]) -> None:
        self.dispatcher = dispatcher
        self.gate = gate
        self.documents = Documents(executable())
        self.admitted = admitted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope)
        version, _ = place(request.path)
        headers = {"x-shopify-api-version": version or versions.OLDEST}
        try:
            access = await self.admitted(request)
            if version is None:
                raise No(404, errors.NOT_FOUND)
            if request.method != "POST":
                raise No(405, errors.METHOD_NOT_ALLOWED, {"allow": "POST"})
            body = await body_of(receive, errors.TOO_LARGE)
            answer = await self.answered(request, access, version, body)
        except No as no:
            answer = no.answer
        except LaneFull:
            answer = No(503, BUSY, {"retry-after": "1"}).answer
        await reply(send, answer, headers)

    async def answered(self, request: Request, access: Access, version: str, body: bytes) -> Answer:
        """Raises: No."""
        posted = posted_in(request, body)
        prepared = prepare(self.documents, posted.text, posted.variables, posted.operation_name, version=version)
        if not isinstance(prepared, Prepared):
            return Answer(status=200, body=write_json({"errors": prepared}))
        asked_for = max(LEAST_COST, prepared.requested_cost)
        level = await self.gate.draw(access, WIRE, size=BUCKET_SIZE, leak=RESTORED_PER_SECOND, cost=asked_for)
        if level is None:
            return Answer(status=200, body=write_json(cost.throttled(prepared.requested_cost, throttle(BUCKET_SIZE))))
        asking_origin = origin_of(request, access)
        async with serving(self.dispatcher, asking_origin, reads=not prepared.writes) as served:
            asking = Asking(
                serving=served,
                caller=asking_origin.caller,
                scopes=scopes.granted(access.scopes),
                version=version,
                base_url=request.base_url,
                currency=access.currency,
                request_id=request.request_id,
                hidden=asking_origin.hidden,
            )
            started = start(prepared.document, prepared.variables, prepared.operation_name, asking)
            result = await started if isawaitable(started) else started
            if not prepared.writes:
                stop_if_late(result)
        content = answer_of(result, asking)
        for error in unforeseen(result):
            log.error("graphql_failed", request_id=request.request_id, path=error.path, exc_info=error.original_error)
        actual = prepared.actual_cost(content["data"])
        unused = asked_for - max(LEAST_COST, actual)
        await self.gate.give_back(access, WIRE, unused)
        if asking.hidden:
            await self.dispatcher.note_hidden(asking_origin, scopes.left_out)
        content["extensions"] = {"cost": cost.extension(prepared.requested_cost, actual, throttle(level - unused))}
        if asking.search_notes:
            content["extensions"]["search"] = asking.search_notes
        headers = {"idempotent-replayed": "true"} if served.replayed else {}
        return Answer(status=200, body=write_json(content), headers=headers)


def stop_if_late(result: ExecutionResult) -> None:
    """Answer nothing of what could be read in part only. Raises: TookTooLong."""
    for error in unforeseen(result):
        if isinstance(error.original_error, TookTooLong):
            raise error.original_error


def posted_in(request: Request, body: bytes) -> Posted:
    """Read what was posted: JSON with the document in it, or the document itself. Raises: No."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/graphql":
        try:
            return Posted(text=body.decode(), variables={}, operation_name=None)
        except UnicodeDecodeError as error:
            raise No(400, NO_QUERY) from error
    try:
        sent = read_json(body)
    except BadJson as error:
        raise No(400, {"errors": error.reason}) from error
    if not isinstance(sent, dict):
        raise No(400, NO_QUERY)
    text = sent.get("query")
    if not isinstance(text, str) or not text.strip():
        raise No(400, NO_QUERY)
    variables, name = sent.get("variables"), sent.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise No(400, {"errors": {"variables" if isinstance(name, str | None) else "operationName": "is invalid"}})
    return Posted(text=text, variables=variables or {}, operation_name=name or None)


def origin_of(request: Request, access: Access) -> Origin:
    return Origin(
        shop_id=access.shop_id,
        caller=caller_of(access),
        actor=f"app:{access.app_name}",
        request_id=request.request_id,
        call=request.received,
    )


def throttle(level: float) -> Json:
    """Return what an answer says of the bucket, when so much is in it."""
    return {
        "maximumAvailable": BUCKET_SIZE,
        "currentlyAvailable": max(0, BUCKET_SIZE - round(level)),
        "restoreRate": RESTORED_PER_SECOND,
    }
