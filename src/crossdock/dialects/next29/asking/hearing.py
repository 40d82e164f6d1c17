"""How a service hears its 29 Next stores: unsigned word that a request waits, and signed webhooks.

The word is anybody's, so it is a hint to look and nothing more. A webhook's signature is made over the text that
Python's `json.dumps` makes of its body, and receivers in the wild make that text anew; mostly it is what was sent.
Source: 29 Next, fulfillment service guide, "Location Callback"; webhooks, signature.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from crossdock.dialects.asking import Heard, Hearing, Told
from crossdock.dialects.next29.fields import body_of
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.orders import RequestKind
from crossdock.domain.work import RequestNotification

SIGNATURE = "X-29Next-Signature"
STORE = "X-29Next-Store"
FAREWELL = "app.uninstalled"
PATH = "fulfillment-order-notification"
_KINDS = {
    "fulfillment_requested": RequestKind.FULFILLMENT,
    "cancellation_requested": RequestKind.CANCELLATION,
}
_WORDS = {kind: word for word, kind in _KINDS.items()}


def _encode(command: RequestNotification) -> Call:
    return Call(method="POST", path=f"{PATH}/", body={"type": _WORDS[command.kind]})


def _decode(call: Call) -> RequestNotification:
    body = body_of(call)
    return RequestNotification(kind=body.need("type", body.choice("type", _KINDS)))


def _encode_nothing(_result: None, _context: Any) -> Json:
    return {}


def _decode_nothing(_answer: Json) -> None:
    """Whatever is answered with 200 is yes."""


NOTIFY: Operation[RequestNotification, None, None] = Operation(
    name="fulfillment_order_notification",
    command=RequestNotification,
    method="POST",
    path=f"{PATH}/",
    scopes=frozenset(),
    encode=_encode,
    decode=_decode,
    encode_result=_encode_nothing,
    decode_result=_decode_nothing,
    source="29 Next, fulfillment service guide, Location Callback",
)


def call_named(path: str) -> Operation[Any, Any, Any] | None:
    """Return the call that a path ends in, with a slash or without."""
    return NOTIFY if path.rstrip("/").rsplit("/", 1)[-1] == PATH else None


def named(heard: Heard) -> str | None:
    """Return the store's subdomain. A header that has the whole network domain means the same."""
    name = heard.header(STORE)
    return name.strip().lower().partition(".")[0] if name else None


def verify(secrets: Iterable[str], body: bytes, signature: str | None) -> bool:
    """Say whether one of the secrets signed a body: as it came, or as the text that Python makes of it."""
    given = (signature or "").strip()
    if not given.isascii():
        return False
    keys = [secret.encode() for secret in secrets]
    if _matches(keys, body, given):
        return True
    dumped = _dumped(body)
    return dumped is not None and _matches(keys, dumped, given)


def _matches(keys: Iterable[bytes], message: bytes, given: str) -> bool:
    """Try every key, whichever fits."""
    found = [hmac.compare_digest(hmac.new(key, message, hashlib.sha256).hexdigest(), given) for key in keys]
    return any(found)


def _dumped(body: bytes) -> bytes | None:
    """Return Python's default text of a body; None for one that is no JSON. The body is nobody's yet."""
    try:
        return json.dumps(json.loads(body)).encode()
    except (ValueError, RecursionError):
        return None


def told(_heard: Heard, body: Json) -> Told:
    """Read what a webhook is: its envelope says."""
    fields = body_of(Call(method="POST", path="", body=body))
    return Told(topic=fields.text("event_type") or "webhook", id=fields.text("event_id") or None)


HEARING = Hearing(
    calls=(NOTIFY,),
    call_named=call_named,
    named=named,
    signed=False,
    own_secret=True,
    signature=SIGNATURE,
    verify=verify,
    told=told,
    # Another parcel, an address put right, a cancellation by the merchant: all change what is to be shipped.
    topics=(FAREWELL, "order.updated", "fulfillment.created"),
    farewell=FAREWELL,
)
