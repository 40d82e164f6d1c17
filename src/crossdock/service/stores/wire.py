"""The platforms' Admin APIs from the asking side: where a call goes, who may make it, what an answer means."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from crossdock.dialects.operation import Call, Operation, by_command
from crossdock.dialects.registry import DIALECTS
from crossdock.runtime.json import write_json
from crossdock.service.database.stores import Store

TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 (a header's name)
KEY_HEADER = "Idempotency-Key"
# These say no to what was asked. Any other failure is the store's state (busy, frozen, our token taken away), which may
# pass; what was asked stays right.
REFUSING = frozenset({400, 404, 405, 406, 410, 413, 414, 415, 422})

OPERATIONS: Mapping[str, Mapping[type, Operation[Any, Any, Any]]] = {
    name: by_command(dialect.operations) for name, dialect in DIALECTS.items()
}


def operation_of(platform: str, command: object) -> Operation[Any, Any, Any]:
    """Return the row of a command on a platform's wire."""
    return OPERATIONS[platform][type(command)]


def address(store: Store, call: Call) -> str:
    """Return the URL of a call at a store."""
    base = DIALECTS[store.platform].base.format(version=store.api_version)
    query = f"?{urlencode(call.query)}" if call.query else ""
    return f"{store.url}{base}{call.path}{query}"


def body_of(call: Call) -> bytes:
    return b"" if call.body is None else write_json(call.body)


def headers_of(call: Call) -> dict[str, str]:
    """Return the headers of a call, without those that carry a secret."""
    accept = {"Accept": "application/json"}
    return accept if call.body is None else accept | {"Content-Type": "application/json"}
