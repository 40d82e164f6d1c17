"""What stores call: word that a request waits, and questions for stock and tracking numbers.

Served under `/callbacks/{store}/`, and at the root for stores that name themselves by a header or parameter. Every call
is signed, the two GETs over their empty body.
Source: Shopify, "Build for fulfillment services", steps 2, 8 and 9.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Call, Json, Operation, Unreadable, WireError
from crossdock.dialects.shopify.callback import NOTIFY, SHOP_DOMAIN, SIGNATURE, WEBHOOK_ID, callback_named
from crossdock.domain.work import FetchStock, FetchTrackingNumbers
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.messages import IncomingMessage, new_message_id
from crossdock.runtime.http.incoming import answer, read_body
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Vault
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.commands import HearNotification, HearOfUninstall
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Store
from crossdock.service.dispatch.signatures import SecretLost, is_signed

JSON = "application/json; charset=utf-8"
WEBHOOKS = re.compile(r"/callbacks/\d{1,18}/webhooks")
TOPIC = "X-Shopify-Topic"
UNINSTALLED = "app/uninstalled"
UNDER_A_STORE = re.compile(r"/callbacks/(?P<store>\d{1,18})/[^/]+")
# What the store names itself by may be anything; nothing longer is a host name or a message id.
LONGEST_NAME = 255
Row = Operation[Any, Any, Any]


def is_callback(path: str) -> bool:
    """Tell whether a path is one of these, so that pages and callbacks can live under one address."""
    return path.startswith("/callbacks/") or (path.count("/") == 1 and callback_named(path) is not None)


class No(Exception):
    """The answer is no."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(status)
        self.status = status
        self.words = words


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A call as it came. Header names in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower()) or None

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in reversed(self.query) if key == name and value), None)


class Callbacks:
    """Answers stores. A notification is answered when it is safely in the inbox, and its pull in the queue."""

    def __init__(self, dispatcher: Dispatcher, *, pool: Pool, vault: Vault) -> None:
        self.dispatcher = dispatcher
        self.pool = pool
        self.vault = vault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, body = await self.answer(scope, receive)
        except No as no:
            status, body = no.status, {"errors": no.words}
        except WireError as error:
            status, body = 400, {"errors": str(error)}
        allow = [(b"allow", self.allowed(scope).encode())] if status == 405 else None
        await answer(send, status, write_json(body), JSON, allow)

    async def answer(self, scope: Scope, receive: Receive) -> tuple[int, Json]:
        if WEBHOOKS.fullmatch(scope["path"]):
            return await self.webhook(scope, receive)
        row = callback_named(scope["path"])
        if row is None:
            raise No(404, "Not Found")
        if scope["method"] != row.method:
            raise No(405, "Method Not Allowed")
        heard = await hear(scope, receive)
        async with acquire_ready(self.pool) as connection:
            store = await self.store_of(connection, heard)
        self.require_signature(store, heard)
        if row is NOTIFY:
            return await self.notified(store, row, heard)
        async with acquire_ready(self.pool) as connection:
            return 200, await self.asked(connection, store, row, heard)

    async def webhook(self, scope: Scope, receive: Receive) -> tuple[int, Json]:
        """Hear what a store tells of. All but the end is only a hint that something changed: the store is pulled."""
        if scope["method"] != "POST":
            raise No(405, "Method Not Allowed")
        heard = await hear(scope, receive)
        async with acquire_ready(self.pool) as connection:
            store = await self.store_of(connection, heard)
        self.require_signature(store, heard)
        json_of(heard.body)
        topic = (heard.header(TOPIC) or "")[:LONGEST_NAME]
        message = self.incoming(store, heard, kind=topic or "webhook")
        word = HearOfUninstall if topic == UNINSTALLED else HearNotification
        await self.dispatcher.dispatch(word(message=message), actor="store")
        return 200, {}

    def incoming(self, store: Store, heard: Heard, *, kind: str) -> IncomingMessage:
        return IncomingMessage(
            tenant_id=store.id,
            kind=kind,
            source=store.shop_domain,
            method=heard.method,
            url=heard.path,
            headers=heard.headers,
            body=heard.body,
            subject=store.subject,
            message_id=(heard.header(WEBHOOK_ID) or new_message_id())[:LONGEST_NAME],
        )

    def allowed(self, scope: Scope) -> str:
        if WEBHOOKS.fullmatch(scope["path"]):
            return "POST"
        row = callback_named(scope["path"])
        return row.method if row else ""

    async def store_of(self, connection: Connection, heard: Heard) -> Store:
        """Find the store that calls, by the path or by what it calls itself. If it does both, they must agree."""
        domain = heard.header(SHOP_DOMAIN) or heard.parameter("shop")
        under = UNDER_A_STORE.fullmatch(heard.path)
        if under is None and (domain is None or len(domain) > LONGEST_NAME or heard.path.count("/") > 1):
            raise No(404, "Unknown store")
        store = await reads.store(connection, int(under["store"]) if under else domain)
        if store is None or (domain is not None and domain.lower() != store.shop_domain):
            raise No(404, "Unknown store")
        return store

    def require_signature(self, store: Store, heard: Heard) -> None:
        """Check the raw body before anything in it is read."""
        try:
            signed = is_signed(self.vault, store, heard.body, heard.header(SIGNATURE))
        except SecretLost as error:
            raise No(503, "The store's secret cannot be read") from error
        if not signed:
            raise No(401, "The signature is missing or wrong")

    async def notified(self, store: Store, row: Row, heard: Heard) -> tuple[int, Json]:
        row.decode(call_of(heard, json_of(heard.body)))
        message = self.incoming(store, heard, kind=row.name)
        await self.dispatcher.dispatch(HearNotification(message=message), actor="store")
        return 200, {}

    async def asked(self, connection: Connection, store: Store, row: Row, heard: Heard) -> Json:
        match row.decode(call_of(heard, None)):
            case FetchStock(sku=sku):
                return row.encode_result(await reads.told_stock(connection, store.id, sku), None)
            case FetchTrackingNumbers(fulfillment_names=names):
                return row.encode_result(await reads.tracking_numbers(connection, store.id, names), None)
            case other:
                raise AssertionError(other)


async def hear(scope: Scope, receive: Receive) -> Heard:
    try:
        query = tuple(parse_qsl(str(scope["query_string"], "latin-1"), keep_blank_values=True, max_num_fields=500))
    except ValueError as error:
        raise No(400, "the query has too many parameters") from error
    headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in scope["headers"]}
    if any("\x00" in text for pair in (*query, *headers.items()) for text in pair) or "\x00" in scope["path"]:
        raise No(400, "a NUL character")
    return Heard(
        method=scope["method"],
        path=scope["path"],
        query=query,
        headers=headers,
        body=await read_body(receive),
    )


def json_of(body: bytes) -> Json:
    try:
        return read_json(body)
    except BadJson as error:
        raise Unreadable("base", error.reason) from error


def call_of(heard: Heard, body: Json) -> Call:
    return Call(method=heard.method, path=heard.path, query=heard.query, body=body)
