"""The store's calls to a fulfillment service: notifications, and the hourly questions for stock and tracking numbers.

Source: Shopify, "Build for fulfillment services" steps 2, 8 and 9; active_fulfillment for the two GETs; webhooks for
headers and signatures.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from crossdock.dialects.deliveries import Posted
from crossdock.dialects.numbers import digits, is_integer
from crossdock.dialects.operation import Call, Json, NotExpressible, Operation, Unreadable
from crossdock.dialects.shopify.fields import Parameters, body_of
from crossdock.dialects.shopify.versions import spoken
from crossdock.domain.orders import RequestKind
from crossdock.domain.work import FetchStock, FetchTrackingNumbers, RequestNotification

NOTIFICATION_TOPIC = "fulfillment_orders/fulfillment_order_notification"
SIGNATURE = "X-Shopify-Hmac-Sha256"
SHOP_DOMAIN = "X-Shopify-Shop-Domain"
WEBHOOK_ID = "X-Shopify-Webhook-Id"
_HIGHEST_QUANTITY = 1_000_000_000
_LONGEST_NUMBER = 255
_OPTIONAL_SUFFIX = ".json"


def sign(secret: str, body: bytes) -> str:
    """Return the base64 HMAC-SHA256 of a raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def verify(secrets: Iterable[str], body: bytes, signature: str | None) -> bool:
    """Say whether one of the secrets made the signature of a raw body. Every secret is tried, whichever fits."""
    try:
        given = base64.b64decode(signature or "", validate=True)
    except (binascii.Error, ValueError):
        return False
    matches = [hmac.compare_digest(hmac.digest(secret.encode(), body, hashlib.sha256), given) for secret in secrets]
    return any(matches)


def delivery_headers(posted: Posted) -> dict[str, str]:
    """Return the headers of a delivery, with its signature. An order is named to those who hear of orders as such."""
    topic = posted.topic or NOTIFICATION_TOPIC
    order_id = posted.order_id if topic.startswith("orders/") else None
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        SHOP_DOMAIN: posted.shop_domain,
        "X-Shopify-API-Version": spoken(posted.version),
        WEBHOOK_ID: posted.message_id,
        "X-Shopify-Event-Id": str(uuid5(NAMESPACE_URL, f"https://{posted.shop_domain}/events/{posted.action}")),
        "X-Shopify-Triggered-At": posted.posted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
        **({"X-Shopify-Name": posted.name} if posted.name else {}),
        **({"X-Shopify-Order-Id": str(order_id)} if order_id is not None else {}),
        **({"X-Shopify-Test": "true"} if posted.test else {}),
        SIGNATURE: sign(posted.secret, posted.body),
    }


def callback_address(callback_url: str, path: str) -> str:
    """Join a service's callback URL and the path of a call: its own sub-path and query stay, no slash is doubled."""
    parts = urlsplit(callback_url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path.lstrip('/')}", fragment=""))


def _encode_notification(command: RequestNotification) -> Call:
    return Call(method="POST", path="fulfillment_order_notification", body={"kind": command.kind.value.upper()})


def _decode_notification(call: Call) -> RequestNotification:
    body = body_of(call)
    kind = body.need("kind", body.text("kind"))
    try:
        return RequestNotification(kind=RequestKind(kind.lower()))
    except ValueError as error:
        raise Unreadable("kind", "is neither FULFILLMENT_REQUEST nor CANCELLATION_REQUEST") from error


def _encode_nothing(_result: None, _context: Any) -> Json:
    return {}


def _decode_nothing(_answer: Json) -> None:
    return None


def _encode_fetch_stock(command: FetchStock) -> Call:
    # Keys are sorted, as Rails sorts them.
    query = (
        ("location_id", command.location_id),
        ("max_retries", command.attempts),
        ("shop", command.shop),
        ("sku", command.sku),
        ("timestamp", _timestamp(command.at)),
    )
    return Call(
        method="GET",
        path="fetch_stock.json",
        query=tuple((name, str(value)) for name, value in query if value is not None),
    )


def _decode_fetch_stock(call: Call) -> FetchStock:
    parameters = Parameters(call.query)
    return FetchStock(
        shop=_shop(parameters),
        at=_time(parameters),
        location_id=parameters.whole("location_id"),
        sku=parameters.text("sku"),
        attempts=parameters.whole("max_retries") or 1,
    )


def _encode_stock(levels: Mapping[str, int], _context: Any) -> Json:
    return dict(levels)


def _decode_stock(answer: Json) -> dict[str, int]:
    """Read stock by SKU, with or without the root; what is no whole number of units from 0 on is left out."""
    match answer:
        case {"stock_levels": {**levels}}:
            return _quantities(levels)
        case {**levels}:
            return _quantities(levels)
        case str():
            return _quantities(_xml_pairs(answer, "Product", "Sku", "Quantity"))
        case _:
            raise Unreadable("stock_levels", "is neither an object nor XML")


def _quantities(levels: Mapping[Any, Json]) -> dict[str, int]:
    read = {sku: _quantity(value) for sku, value in levels.items()}
    return {sku: value for sku, value in read.items() if value is not None}


def _quantity(value: Json) -> int | None:
    number: Json = digits(value.strip()) if isinstance(value, str) else value
    return int(number) if is_integer(number) and 0 <= number <= _HIGHEST_QUANTITY else None


def _encode_fetch_tracking_numbers(command: FetchTrackingNumbers) -> Call:
    if not command.fulfillment_names:
        raise NotExpressible("a question for the tracking numbers of no fulfillment")
    return Call(
        method="GET",
        path="fetch_tracking_numbers.json",
        query=(
            *(("order_names[]", name) for name in command.fulfillment_names),
            ("shop", command.shop),
            ("timestamp", str(_timestamp(command.at))),
        ),
    )


def _decode_fetch_tracking_numbers(call: Call) -> FetchTrackingNumbers:
    parameters = Parameters(call.query)
    return FetchTrackingNumbers(
        shop=_shop(parameters),
        at=_time(parameters),
        fulfillment_names=tuple(value for name, value in call.query if name in {"order_names[]", "order_names"}),
    )


def _encode_tracking_numbers(numbers: Mapping[str, str], _context: Any) -> Json:
    return {
        "tracking_numbers": dict(numbers),
        "message": "Successfully received the tracking numbers",
        "success": True,
    }


def _decode_tracking_numbers(answer: Json) -> dict[str, str]:
    """Read numbers by fulfillment name, with or without the root; what is no text is left out."""
    match answer:
        case {"tracking_numbers": {**numbers}}:
            return _texts(numbers)
        case {**numbers}:
            return _texts(numbers)
        case str():
            return _texts(_xml_pairs(answer, "Order", "ID", "Tracking"))
        case _:
            return {}


def _texts(values: Mapping[Any, Json]) -> dict[str, str]:
    read = {name: value.strip() for name, value in values.items() if isinstance(value, str)}
    return {name: value for name, value in read.items() if 0 < len(value) <= _LONGEST_NUMBER}


def _xml_pairs(text: str, item: str, key: str, value: str) -> dict[str, str]:
    # Entities are refused, not expanded: the answer is a stranger's.
    if "<!" in text:
        raise Unreadable("base", "XML with declarations is not taken")
    try:
        document = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise Unreadable("base", f"is neither JSON nor XML: {error}") from error
    found = ((each.findtext(key), each.findtext(value)) for each in document.iter(item))
    return {name.strip(): said for name, said in found if name and said}


def _shop(parameters: Parameters) -> str:
    shop = parameters.text("shop")
    if shop is None:
        raise Unreadable("shop", "Required parameter missing or invalid")
    return shop


def _timestamp(at: datetime) -> int:
    return int(at.timestamp())


def _time(parameters: Parameters) -> datetime:
    seconds = parameters.whole("timestamp")
    try:
        return datetime.fromtimestamp(0 if seconds is None else seconds, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("timestamp", "is not a time") from error


NOTIFY: Operation[RequestNotification, None, None] = Operation(
    name="fulfillment_order_notification",
    command=RequestNotification,
    method="POST",
    path="fulfillment_order_notification",
    scopes=frozenset(),
    encode=_encode_notification,
    decode=_decode_notification,
    encode_result=_encode_nothing,
    decode_result=_decode_nothing,
    source="Shopify, Build for fulfillment services, step 2; upper-case as in every implementation found",
)
FETCH_STOCK: Operation[FetchStock, Mapping[str, int], dict[str, int]] = Operation(
    name="fetch_stock",
    command=FetchStock,
    method="GET",
    path="fetch_stock.json",
    scopes=frozenset(),
    encode=_encode_fetch_stock,
    decode=_decode_fetch_stock,
    encode_result=_encode_stock,
    decode_result=_decode_stock,
    writes=False,
    source="Shopify, Build for fulfillment services, step 9",
)
FETCH_TRACKING_NUMBERS: Operation[FetchTrackingNumbers, Mapping[str, str], dict[str, str]] = Operation(
    name="fetch_tracking_numbers",
    command=FetchTrackingNumbers,
    method="GET",
    path="fetch_tracking_numbers.json",
    scopes=frozenset(),
    encode=_encode_fetch_tracking_numbers,
    decode=_decode_fetch_tracking_numbers,
    encode_result=_encode_tracking_numbers,
    decode_result=_decode_tracking_numbers,
    writes=False,
    source="Shopify, Build for fulfillment services, step 8",
)
CALLBACKS: tuple[Operation[Any, Any, Any], ...] = (NOTIFY, FETCH_STOCK, FETCH_TRACKING_NUMBERS)


def callback_named(path: str) -> Operation[Any, Any, Any] | None:
    """Return the call that a path ends in, with or without `.json`, as both are called in the wild."""
    last = path.rstrip("/").rsplit("/", 1)[-1].removesuffix(_OPTIONAL_SUFFIX)
    return next((each for each in CALLBACKS if each.name == last), None)
