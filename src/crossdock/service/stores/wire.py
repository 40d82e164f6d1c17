"""The platforms' Admin APIs from the asking side: by which transport, where a call goes, what an answer means."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from crossdock.dialects.asking import (
    Disconnected,
    Judgement,
    Later,
    Refused,
    Reply,
    Row,
    Taken,
    TooDear,
    Transport,
    Withheld,
)
from crossdock.dialects.operation import Call, NotExpressible
from crossdock.runtime.http.outgoing import OutgoingAnswer
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.service.database.stores import Store
from crossdock.service.stores.platforms import PLATFORMS

KEY_HEADER = "Idempotency-Key"
# A page of 250 fulfillment orders with their addresses and many lines.
CAP = 8 * 1024 * 1024
# Makes keys out of causes, which may be longer than a store takes.
KEYS = UUID("5f0c7a52-7f3e-5b0e-9d3c-3b1d1f0f6c11")


def transport_of(store: Store) -> Transport:
    """Return the way in which a store is asked."""
    return PLATFORMS[store.platform].transports[store.transport]


def can_ask(store: Store, command: type) -> bool:
    """Tell whether a store's transport has words for a command."""
    return command in transport_of(store).rows


def row_of(store: Store, command: object) -> Row:
    """Return the row of a command on a store's transport. Raises: NotExpressible where it has no words for it."""
    row = transport_of(store).rows.get(type(command))
    if row is None:
        raise NotExpressible(_in_words(type(command)))
    return row


def _in_words(command: type) -> str:
    """Return what a command is called, as people say it: UpdateTracking is `update tracking`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", command.__name__).lower()


def call_of(store: Store, command: object, *, key: str | None = None) -> Call:
    """Write a command as a call, which happens once under a key."""
    call = row_of(store, command).encode(command)
    return call if key is None else transport_of(store).keyed(call, key)


def key_of(store: Store, cause: str) -> str:
    """Return the key of what we have a store do for a cause: always the same, and never one of another store."""
    return str(uuid5(KEYS, f"{store.shop_domain}\0{cause}"))


def address(store: Store, call: Call) -> str:
    """Return the URL of a call at a store."""
    base = transport_of(store).base.format(version=store.api_version)
    query = f"?{urlencode(call.query)}" if call.query else ""
    return f"{store.url}{base}{call.path}{query}"


def body_of(call: Call) -> bytes:
    return b"" if call.body is None else write_json(call.body)


def headers_of(store: Store, call: Call) -> dict[str, str]:
    """Return the headers of a call, without those that carry a secret."""
    headers = {"Accept": "application/json", **transport_of(store).headers(store.api_version)}
    return headers if call.body is None else headers | {"Content-Type": "application/json"}


def reply_of(answer: OutgoingAnswer) -> Reply:
    """Return an answer as dialects take it. What is no JSON, or was cut off, has no body."""
    return Reply(status=answer.status, headers=answer.headers, body=_json_of(answer))


def _json_of(answer: OutgoingAnswer) -> Any:
    if answer.truncated:
        return None
    try:
        return read_json(answer.body, cap=CAP)
    except BadJson:
        return None


def words_of(judgement: Judgement) -> str:
    """Return what a judgement says beside itself."""
    match judgement:
        case Taken():
            return ""
        case Refused(words=words) | Later(words=words) | TooDear(words=words):
            return words
        case Withheld(words=words) | Disconnected(words=words):
            return words
