"""The store's call to a location: that requests wait there. And the signature of webhooks.

Source: 29 Next, "Fulfillment Service Apps", location callback; webhooks, signature as in the vendor's receiver.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crossdock.dialects.deliveries import Posted
from crossdock.dialects.next29.fields import body_of
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.orders import RequestKind
from crossdock.domain.work import RequestNotification

STORE = "X-29Next-Store"
SIGNATURE = "X-29Next-Signature"
NOTIFICATION = "fulfillment-order-notification"
_TYPES = {
    RequestKind.FULFILLMENT: "fulfillment_requested",
    RequestKind.CANCELLATION: "cancellation_requested",
}
_KINDS = {word: kind for kind, word in _TYPES.items()}


def write_payload(payload: Json) -> bytes:
    """Return the text that is signed and sent: Python's own dump, so that parsing and dumping it again changes nothing.

    The published receiver checks what it has parsed and dumped, others the bytes as they came; this fits both.
    """
    return json.dumps(payload, allow_nan=False).encode("ascii")


def sign(secret: str, body: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of a raw body, in lower case."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def verify(secrets: Iterable[str], body: bytes, signature: str | None) -> bool:
    """Say whether one of the secrets made the signature of a body, be it of its bytes or of its content dumped again.

    Every secret is tried, whichever fits.
    """
    given = (signature or "").strip().encode("utf-8", "replace")
    forms = [body, *_dumped_again(body)]
    matches = [
        hmac.compare_digest(hmac.digest(secret.encode(), form, hashlib.sha256).hex().encode(), given)
        for secret in secrets
        for form in forms
    ]
    return any(matches)


def _dumped_again(body: bytes) -> list[bytes]:
    try:
        again = json.dumps(json.loads(body)).encode()
    except (ValueError, RecursionError):
        return []
    return [again] if again != body else []


def delivery_headers(posted: Posted) -> dict[str, str]:
    """Return the headers of a delivery: webhooks are signed; calls to a location name the store, and are not."""
    if posted.topic is None:
        return {STORE: posted.subdomain}
    return {SIGNATURE: sign(posted.secret, posted.body)}


def callback_address(callback_url: str, path: str) -> str:
    """Join a location's callback URL and the path of a call: a slash at its end is not doubled."""
    parts = urlsplit(callback_url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path.lstrip('/')}", fragment=""))


def _encode_notification(command: RequestNotification) -> Call:
    return Call(method="POST", path=f"{NOTIFICATION}/", body={"type": _TYPES[command.kind]})


def _decode_notification(call: Call) -> RequestNotification:
    body = body_of(call)
    return RequestNotification(kind=body.need("type", body.choice("type", _KINDS)))


def _encode_answer(_result: None, _context: Any) -> Json:
    return "success"  # as the vendor's demo app answers


def _decode_answer(_answer: Json) -> None:
    return None


NOTIFY: Operation[RequestNotification, None, None] = Operation(
    name="fulfillment_order_notification",
    command=RequestNotification,
    method="POST",
    path=f"{NOTIFICATION}/",
    scopes=frozenset(),
    encode=_encode_notification,
    decode=_decode_notification,
    encode_result=_encode_answer,
    decode_result=_decode_answer,
    source="29 Next, Fulfillment Service Apps, location callback",
)
CALLBACKS: tuple[Operation[Any, Any, Any], ...] = (NOTIFY,)


def callback_named(path: str) -> Operation[Any, Any, Any] | None:
    """Return the call that a path ends in."""
    return NOTIFY if path.rstrip("/").rsplit("/", 1)[-1] == NOTIFICATION else None
