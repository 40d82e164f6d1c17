"""What 29 Next's apps are told: the envelope, the signature over it, and which changes are told as what.

Source: 29 Next, webhooks: envelope and signature; its changelog of 2026-06-17 and 2026-07-15 for what is not told.
"""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.deliveries import Addressee, Posted, Telling
from crossdock.dialects.next29 import callback, retries
from crossdock.dialects.next29.paging import NEWEST_FIRST
from crossdock.dialects.next29.rest import webhooks as rows
from crossdock.dialects.next29.silent_topics import SILENT
from crossdock.dialects.next29.webhooks import TOPICS, announcements, example, write_delivery
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import AnyOperation, Call, Json, Unreadable, find
from crossdock.domain.events import Event, EventKind
from crossdock.domain.orders import Order, RequestKind, Tracking
from crossdock.domain.queries import Page
from crossdock.domain.shipment import CarrierEvent, ShipmentStatus
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    DeleteWebhookSubscription,
    GetWebhookSubscription,
    Gone,
    Happened,
    Happening,
    ListWebhookSubscriptions,
    OrderChange,
    SubscribeToWebhook,
    ToldWebhook,
    WebhookFilter,
    WebhookSubscription,
)
from crossdock.domain.work import RequestNotification
from tests.dialects.scene import AT, LOCATIONS, OWN, SHOP, order, parcel

SECRET = "whsec-Ωμέγα"
HOOK = Addressee(subscription_id=7, topics=("order.created", "fulfillment.created"), address="https://app.example.se/h")
# Of the kinds over which receivers and senders fall out: text beyond ASCII, numbers with a fraction, nested lists.
PAYLOADS: list[Json] = [
    {"name": "Åsa Öberg", "note": "配達 🚚 \u2028", "quote": '"\\/ <b>&amp;'},
    {"weight": 0.1, "large": 1e16, "small": 1e-7, "negative": -0.0, "whole": 3.0, "id": 2**53 + 1},
    {"lines": [[1, [2, [3, []]]], [], [{}], [{"a": [None, True, False]}]]},
]


def verified_by_bytes(body: bytes, signature: str) -> bool:
    """Verify as receivers do that look at what came."""
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest() == signature


def verified_by_dumping(body: bytes, signature: str) -> bool:
    """Verify as the published receiver does, which has parsed the body before."""
    dumped = json.dumps(json.loads(body))
    return hmac.new(SECRET.encode(), dumped.encode(), hashlib.sha256).hexdigest() == signature


def delivered(payload: Json) -> tuple[bytes, str]:
    _, body = write_delivery(Telling(topic="order.created", body=payload, event="order:1:1"), HOOK, SHOP)
    return body, callback.delivery_headers(posted(body))["X-29Next-Signature"]


def posted(body: bytes = b"{}", topic: str | None = "order.created") -> Posted:
    return Posted(
        topic=topic,
        shop_domain=SHOP.domain,
        subdomain=SHOP.subdomain,
        version=None,
        message_id="m-1",
        action="a-1",
        posted_at=AT,
        body=body,
        secret=SECRET,
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_signature_fits_the_bytes_and_what_is_parsed_and_dumped_again(payload: Json) -> None:
    body, signature = delivered(payload)
    assert verified_by_bytes(body, signature)
    assert verified_by_dumping(body, signature)
    assert callback.verify([SECRET], body, signature)
    assert body.isascii()
    assert json.loads(body)["data"] == payload


@given(
    payload=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_whatever_is_told_is_verified_in_both_ways(payload: Json) -> None:
    body, signature = delivered(payload)
    assert verified_by_bytes(body, signature)
    assert verified_by_dumping(body, signature)


def test_a_signature_is_hexadecimal_in_lower_case() -> None:
    # Computed apart: printf '{"a": 1}' | openssl dgst -sha256 -hmac hush
    assert callback.sign("hush", b'{"a": 1}') == "e432b38d78e4a213c406bb4c3344fde2dc41e62343820daecf8f8e42d1647e2a"


def test_a_receiver_takes_a_compact_body_signed_over_pythons_dump_and_nothing_else() -> None:
    body = b'{"a":1,"b":"\xc3\xa5"}'
    over_the_dump = callback.sign(SECRET, json.dumps(json.loads(body)).encode())
    assert callback.verify(["other", SECRET], body, over_the_dump)
    assert callback.verify([SECRET], body, callback.sign(SECRET, body))
    assert not callback.verify([SECRET], body + b" ", callback.sign("other", body))
    assert not callback.verify([], body, over_the_dump)
    assert not callback.verify([SECRET], body, over_the_dump.upper())
    for nonsense in (None, "", "å", "00" * 32):
        assert not callback.verify([SECRET], b"[" * 5000, nonsense)


def test_an_envelope() -> None:
    telling = Telling(topic="fulfillment.created", body={"id": 5}, event="order:1:9")
    content_type, body = write_delivery(telling, HOOK, SHOP)
    said = json.loads(body)
    assert content_type == "application/json"
    assert said == {
        "api_version": "2024-04-01",
        "object": "fulfillment",
        "data": {"id": 5},
        "event_id": said["event_id"],
        "event_type": "fulfillment.created",
        "webhook": {
            "id": 7,
            "store": "jsmith",
            "events": ["order.created", "fulfillment.created"],
            "target": "https://app.example.se/h",
        },
    }
    assert UUID(said["event_id"])
    _, again = write_delivery(telling, replace(HOOK, subscription_id=8, version="2023-02-10"), SHOP)
    assert json.loads(again)["event_id"] == said["event_id"]
    assert json.loads(again)["api_version"] == "2023-02-10"
    _, other = write_delivery(replace(telling, event="order:1:10"), HOOK, SHOP)
    assert json.loads(other)["event_id"] != said["event_id"]


def test_a_location_is_called_with_the_kind_of_request_and_the_stores_name_and_nothing_else() -> None:
    said = callback.NOTIFY.encode(RequestNotification(kind=RequestKind.CANCELLATION))
    assert (said.method, said.body) == ("POST", {"type": "cancellation_requested"})
    assert callback.NOTIFY.encode(RequestNotification(kind=RequestKind.FULFILLMENT)).body == {
        "type": "fulfillment_requested"
    }
    assert callback.delivery_headers(posted(topic=None)) == {"X-29Next-Store": "jsmith"}


@pytest.mark.parametrize(
    ("callback_url", "address"),
    [
        ("https://3pl.example.se/hooks", "https://3pl.example.se/hooks/fulfillment-order-notification/"),
        ("https://3pl.example.se/hooks/", "https://3pl.example.se/hooks/fulfillment-order-notification/"),
        ("https://3pl.example.se", "https://3pl.example.se/fulfillment-order-notification/"),
        ("https://3pl.example.se/?dock=1", "https://3pl.example.se/fulfillment-order-notification/?dock=1"),
    ],
)
def test_where_a_location_is_called(callback_url: str, address: str) -> None:
    call = callback.NOTIFY.encode(RequestNotification(kind=RequestKind.FULFILLMENT))
    assert callback.callback_address(callback_url, call.path) == address


@pytest.mark.parametrize("body", [None, {}, {"type": "fulfilment"}, {"type": None}, {"type": ["x"]}])
def test_word_of_no_request_is_not_understood(body: Json) -> None:
    with pytest.raises(Unreadable):
        callback.NOTIFY.decode(Call(method="POST", path="", body=body))


def test_ten_retries_take_ten_days() -> None:
    assert len(retries.RETRY_DELAYS) == 10
    assert timedelta(days=10) < timedelta(seconds=sum(retries.RETRY_DELAYS)) < timedelta(days=11)
    assert 200 in retries.ARRIVED
    assert 201 not in retries.ARRIVED
    assert 204 not in retries.ARRIVED


# -- What is told of what happens --------------------------------------------------------------------------------------

PARCEL = parcel(order().lines[0], tracking=(Tracking(company="DHL", number="1Z", url=None),))


def scanned(*statuses: ShipmentStatus) -> Order:
    events = tuple(
        CarrierEvent(id=number, status=status, happened_at=AT + timedelta(hours=number), created_at=AT)
        for number, status in enumerate(statuses, 1)
    )
    return order(fulfillments=(replace(PARCEL, events=events),))


def told(before: Order | None, after: Order, *kinds: EventKind) -> list[tuple[str, int]]:
    """Return the topics of a change, each with its event's number; the first event is the fifth of its order."""
    events = tuple(Event(kind=kind, fulfillment_id=PARCEL.id, location_id=OWN) for kind in kinds)
    change = OrderChange(order=after, events=events, first=5, before=before)
    return [(each.topic, each.number) for each in announcements(change, set(TOPICS), SHOP, LOCATIONS, "2024-04-01")]


def test_a_scan_is_told_where_it_makes_the_delivery_status_another() -> None:
    before, moving = scanned(), scanned(ShipmentStatus.IN_TRANSIT)
    changed = [("fulfillment.updated", 5), ("order.updated", 5)]
    assert told(before, moving, EventKind.CARRIER_EVENT_ADDED) == changed
    assert told(moving, before, EventKind.CARRIER_EVENT_REMOVED) == changed
    # Only the date of the last event is another.
    further = scanned(ShipmentStatus.IN_TRANSIT, ShipmentStatus.PICKED_UP)
    assert told(moving, further, EventKind.CARRIER_EVENT_ADDED) == []
    assert told(before, scanned(ShipmentStatus.LABEL_PRINTED), EventKind.CARRIER_EVENT_ADDED) == []


def test_a_parcel_is_told_with_its_order_once() -> None:
    made = [("fulfillment.created", 5), ("order.updated", 6)]
    assert told(order(), scanned(), EventKind.FULFILLMENT_CREATED, EventKind.ORDER_FULFILLED) == made
    changed = [("fulfillment.updated", 5), ("order.updated", 5)]
    assert told(scanned(), scanned(), EventKind.FULFILLMENT_TRACKING_UPDATED) == changed
    assert told(scanned(), scanned(), EventKind.FULFILLMENT_CANCELLED) == changed


def test_an_order_is_told_as_made_and_not_as_changed_then() -> None:
    assert told(None, order(), EventKind.ORDER_CREATED, EventKind.ORDER_ROUTED) == [("order.created", 5)]
    assert told(order(), order(), EventKind.ORDER_DELETED) == []
    assert told(order(), order(), EventKind.ORDER_UPDATED) == [("order.updated", 5)]


def test_only_what_is_wanted_is_told_and_a_product_that_is_gone_by_its_id() -> None:
    gone = Happened(kind=Happening.PRODUCT_DELETED, thing=Gone(id=632910392))
    assert [(each.topic, each.body) for each in announcements(gone, set(TOPICS), SHOP, LOCATIONS, "2024-04-01")] == [
        ("product.deleted", {"id": 632910392})
    ]
    assert list(announcements(gone, {"product.created"}, SHOP, LOCATIONS, "2024-04-01")) == []
    moved = Happened(kind=Happening.LEVEL_UPDATED, thing=Gone(id=1))
    assert list(announcements(moved, set(TOPICS), SHOP, LOCATIONS, "2024-04-01")) == []


def test_topics_are_those_of_the_documents() -> None:
    assert set(TOPICS) - SILENT == {
        *("app.uninstalled", "fulfillment.created", "fulfillment.updated", "order.created", "order.updated"),
        *("product.created", "product.updated", "product.deleted", "store.updated"),
    }
    assert {"cart.abandoned", "customer.redacted", "transaction.updated"} <= SILENT
    assert len(TOPICS) == 24
    assert all(isinstance(example(topic), dict) for topic in TOPICS)


# -- Managing them -----------------------------------------------------------------------------------------------------

CONTEXT = Rendering(shop=SHOP, locations=LOCATIONS, version="2024-04-01", base_url="https://jsmith.29next.store")
SUBSCRIPTION = WebhookSubscription(
    id=7,
    app_id=5,
    topics=("order.created", "fulfillment.created"),
    address="https://app.example.se/h",
    created_at=AT,
    updated_at=AT,
    name="Mine",
    warnings=2,
    next_attempt_at=AT + timedelta(minutes=4, seconds=30),
    secret="hush",
)
# The fields of the file's schema, with values in the forms that it gives.
BODY: Json = {
    "id": 7,
    "name": "Mine",
    "events": ["order.created", "fulfillment.created"],
    "target": "https://app.example.se/h",
    "secret_key": "hush",
    "api_version": "2024-04-01",
    "active": True,
    "warning_count": 2,
    "next_check_date": "2025-01-02T11:39:57.000000-05:00",
    "created_at": "2025-01-02T11:35:27.000000-05:00",
    "updated_at": "2025-01-02T11:35:27.000000-05:00",
}


def test_a_webhook_is_written_and_read_field_by_field() -> None:
    assert rows.GET.encode_result(SUBSCRIPTION, CONTEXT) == BODY
    assert rows.GET.decode_result(BODY) == ToldWebhook(
        id=7, topics=SUBSCRIPTION.topics, address=SUBSCRIPTION.address, secret="hush"
    )
    off = replace(SUBSCRIPTION, disabled_at=AT, disabled_reason="gone", warnings=11, next_attempt_at=None, secret=None)
    assert rows.GET.encode_result(off, CONTEXT) == BODY | {
        "active": False,
        "warning_count": 11,
        "next_check_date": None,
        "secret_key": None,
    }
    page = rows.LIST.encode_result(Page(items=(SUBSCRIPTION,)), CONTEXT)
    assert page == {"next": None, "previous": None, "results": [BODY]}
    assert [each.id for each in rows.LIST.decode_result(page)] == [7]


ASKED: list[tuple[AnyOperation, object]] = [
    (
        rows.LIST,
        ListWebhookSubscriptions(
            only=WebhookFilter(topics=("order.created", "store.updated"), name="Mine", active=False),
            window=replace(NEWEST_FIRST, limit=7),
        ),
    ),
    (
        rows.CREATE,
        SubscribeToWebhook(
            topics=("order.created",),
            address="https://app.example.se/h",
            name="Mine",
            secret="hush",
            api_version="unstable",
            active=False,
        ),
    ),
    (rows.GET, GetWebhookSubscription(subscription_id=7)),
    (rows.UPDATE, ChangeWebhookSubscription(subscription_id=7, name="", active=None)),
    (
        rows.REPLACE,
        ChangeWebhookSubscription(
            subscription_id=7,
            topics=("order.created",),
            address="https://app.example.se/h",
            secret="hush",
            api_version="2023-02-10",
        ),
    ),
    (rows.DELETE, DeleteWebhookSubscription(subscription_id=7)),
]


@pytest.mark.parametrize(("row", "command"), ASKED, ids=[row.name for row, _ in ASKED])
def test_what_is_asked_arrives(row: AnyOperation, command: object) -> None:
    call = row.encode(command)
    (found, parameters) = find(rows.OPERATIONS, call.method, call.path) or (None, {})
    assert found is row
    body = json.loads(json.dumps(call.body))
    assert row.decode(replace(call, parameters=parameters, body=body, version="2024-04-01")) == command


def test_the_version_of_a_webhook_is_named_by_either_word_or_by_the_call() -> None:
    body = {"events": ["order.created"], "target": "https://app.example.se/h"}

    def version(**more: str) -> str | None:
        call = Call(method="POST", path="webhooks/", body=body | more, version="2023-02-10")
        said: str | None = rows.CREATE.decode(call).api_version
        return said

    assert version() == version(version="v2") == "2023-02-10"
    assert version(version="2024-04-01") == version(api_version="2024-04-01", version="v2") == "2024-04-01"
    with pytest.raises(Unreadable):
        version(api_version="v2")
