"""What stores call: word that a request waits, webhooks, and questions for stock and tracking numbers.

Served under `/callbacks/{store}/`, and at the root for stores that name themselves by a header or parameter. How a call
is signed, and whether, is its platform's: what is unsigned is a hint that may be anybody's.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from crossdock.dialects.asking import Heard, Hearing
from crossdock.dialects.operation import Call, Json, Operation, Unreadable, WireError
from crossdock.domain.work import FetchStock, FetchTrackingNumbers, RequestNotification
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.messages import IncomingMessage, new_message_id
from crossdock.runtime.http.incoming import answer, read_body
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Vault
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.commands import HearHint, HearNotification, HearOfUninstall
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Store
from crossdock.service.dispatch.signatures import SecretLost, is_signed
from crossdock.service.stores.platforms import PLATFORMS

JSON = "application/json; charset=utf-8"
WEBHOOKS = re.compile(r"/callbacks/\d{1,18}/webhooks/?")
UNDER_A_STORE = re.compile(r"/callbacks/(?P<store>\d{1,18})/(?P<call>[^/]+)/?")
AT_THE_ROOT = re.compile(r"/(?P<call>[^/]+)/?")
# What the store names itself by may be anything; nothing longer is a host name or a message id.
LONGEST_NAME = 255
Row = Operation[Any, Any, Any]


def is_callback(path: str) -> bool:
    """Tell whether a path is one of these, so that pages and callbacks can live under one address."""
    return path.startswith("/callbacks/") or bool(AT_THE_ROOT.fullmatch(path) and calls_named(path))


def calls_named(path: str) -> dict[str, Row]:
    """Return what a path may be the call of, by platform."""
    found = {name: platform.hearing.call_named(path) for name, platform in PLATFORMS.items()}
    return {name: row for name, row in found.items() if row is not None}


class No(Exception):
    """The answer is no."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(status)
        self.status = status
        self.words = words


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
        allow = [(b"allow", ", ".join(sorted(allowed(scope["path"]))).encode())] if status == 405 else None
        await answer(send, status, write_json(body), JSON, allow)

    async def answer(self, scope: Scope, receive: Receive) -> tuple[int, Json]:
        methods = allowed(scope["path"])
        if not methods:
            raise No(404, "Not Found")
        if scope["method"] not in methods:
            raise No(405, "Method Not Allowed")
        heard = await hear(scope, receive)
        async with acquire_ready(self.pool) as connection:
            store = await self.store_of(connection, heard)
        hearing = PLATFORMS[store.platform].hearing
        if WEBHOOKS.fullmatch(heard.path):
            return await self.webhook(store, hearing, heard)
        row = hearing.call_named(heard.path)
        if row is None:
            raise No(404, "Not Found")
        if row.method != heard.method:
            raise No(405, "Method Not Allowed")
        if hearing.signed:
            self.require_signature(store, hearing, heard)
        if row.command is RequestNotification:
            return await self.notified(store, hearing, row, heard)
        async with acquire_ready(self.pool) as connection:
            return 200, await self.asked(connection, store, row, heard)

    async def webhook(self, store: Store, hearing: Hearing, heard: Heard) -> tuple[int, Json]:
        """Hear what a store tells of. All but the end is only a hint that something changed: the store is pulled."""
        self.require_signature(store, hearing, heard)
        told = hearing.told(heard, json_of(heard.body))
        message = self.incoming(store, heard, kind=told.topic[:LONGEST_NAME], message_id=told.id)
        word = HearOfUninstall if told.topic == hearing.farewell else HearNotification
        await self.dispatcher.dispatch(word(message=message), actor="store")
        return 200, {}

    def incoming(self, store: Store, heard: Heard, *, kind: str, message_id: str | None) -> IncomingMessage:
        return IncomingMessage(
            tenant_id=store.id,
            kind=kind,
            source=store.shop_domain,
            method=heard.method,
            url=heard.path,
            headers=heard.headers,
            body=heard.body,
            subject=store.subject,
            message_id=(message_id or new_message_id())[:LONGEST_NAME],
        )

    async def store_of(self, connection: Connection, heard: Heard) -> Store:
        """Find the store that calls, by the path or by what it calls itself. If it does both, they must agree."""
        under = UNDER_A_STORE.fullmatch(heard.path)
        if under is not None:
            store = await reads.store(connection, int(under["store"]))
            name = None if store is None else PLATFORMS[store.platform].hearing.named(heard)
            if store is None or (name is not None and name != store.shop_domain):
                raise No(404, "Unknown store")
            return store
        for platform in calls_named(heard.path) if AT_THE_ROOT.fullmatch(heard.path) else ():
            name = PLATFORMS[platform].hearing.named(heard)
            if name is None or len(name) > LONGEST_NAME:
                continue
            store = await reads.store(connection, name)
            if store is not None and store.platform == platform:
                return store
        raise No(404, "Unknown store")

    def require_signature(self, store: Store, hearing: Hearing, heard: Heard) -> None:
        """Check the raw body before anything in it is read."""
        try:
            signed = is_signed(self.vault, store, heard.body, heard.header(hearing.signature))
        except SecretLost as error:
            raise No(503, "The store's secret cannot be read") from error
        if not signed:
            raise No(401, "The signature is missing or wrong")

    async def notified(self, store: Store, hearing: Hearing, row: Row, heard: Heard) -> tuple[int, Json]:
        said = row.decode(call_of(heard, json_of(heard.body)))
        if hearing.signed:
            message = self.incoming(store, heard, kind=row.name, message_id=hearing.told(heard, None).id)
            await self.dispatcher.dispatch(HearNotification(message=message), actor="store")
        else:
            # Of what may be anybody's only what it says is kept.
            plain = replace(heard, headers={}, query=(), body=write_json(row.encode(said).body))
            hint = self.incoming(store, plain, kind=row.name, message_id=said.kind.value)
            await self.dispatcher.dispatch(HearHint(message=hint), actor="store")
        return 200, {}

    async def asked(self, connection: Connection, store: Store, row: Row, heard: Heard) -> Json:
        match row.decode(call_of(heard, None)):
            case FetchStock(sku=sku):
                return row.encode_result(await reads.told_stock(connection, store.id, sku), None)
            case FetchTrackingNumbers(fulfillment_names=names):
                return row.encode_result(await reads.tracking_numbers(connection, store.id, names), None)
            case other:
                raise AssertionError(other)


def allowed(path: str) -> frozenset[str]:
    """Return the methods that a path may be called by; none where nobody is called."""
    if WEBHOOKS.fullmatch(path):
        return frozenset({"POST"})
    return frozenset(row.method for row in calls_named(path).values())


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
