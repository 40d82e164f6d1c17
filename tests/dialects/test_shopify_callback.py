"""Notifications and hourly questions: signatures, headers, addresses, and answers in old forms."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import pytest

from crossdock.dialects.deliveries import Posted
from crossdock.dialects.operation import Call, Json, Unreadable
from crossdock.dialects.shopify.callback import (
    FETCH_STOCK,
    FETCH_TRACKING_NUMBERS,
    NOTIFY,
    callback_address,
    callback_named,
    delivery_headers,
    sign,
    verify,
)
from crossdock.domain.orders import RequestKind

BODY = b'{"kind":"FULFILLMENT_REQUEST"}'


def test_a_signature_is_base64_of_hmac_sha256() -> None:
    # Computed apart: printf '{"kind":"FULFILLMENT_REQUEST"}' | openssl dgst -sha256 -hmac hush -binary | base64
    assert sign("hush", BODY) == "PNIwqhSUuD0g2IXGBclIxL61YPHV7AhlTxRB7ZjmOHs="


def test_a_signature_holds_for_its_body_and_secret() -> None:
    signature = sign("hush", BODY)
    assert verify(["hush"], BODY, signature)
    assert verify(["new", "hush"], BODY, signature)
    assert not verify(["new"], BODY, signature)
    assert not verify([], BODY, signature)
    assert not verify(["hush"], BODY + b" ", signature)


@pytest.mark.parametrize("signature", [None, "", "x", "ä", "AAAA", "=" * 44, "A" * 10_000])
def test_a_signature_that_is_none(signature: str | None) -> None:
    assert not verify(["hush"], BODY, signature)


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("FULFILLMENT_REQUEST", RequestKind.FULFILLMENT),
        ("fulfillment_request", RequestKind.FULFILLMENT),
        ("CANCELLATION_REQUEST", RequestKind.CANCELLATION),
        ("cancellation_request", RequestKind.CANCELLATION),
    ],
)
def test_both_spellings_are_heard(kind: str, meant: RequestKind) -> None:
    assert NOTIFY.decode(Call(method="POST", path="", body={"kind": kind})).kind is meant


@pytest.mark.parametrize("body", [None, [], {}, {"kind": None}, {"kind": "REFUND"}, {"kind": ["FULFILLMENT_REQUEST"]}])
def test_any_other_notification_is_refused(body: Json) -> None:
    with pytest.raises(Unreadable):
        NOTIFY.decode(Call(method="POST", path="", body=body))


@pytest.mark.parametrize(
    ("callback_url", "address"),
    [
        ("https://3pl.example", "https://3pl.example/fetch_stock.json"),
        ("https://3pl.example/", "https://3pl.example/fetch_stock.json"),
        ("https://3pl.example/shopify", "https://3pl.example/shopify/fetch_stock.json"),
        ("https://3pl.example/a/b/?key=1#top", "https://3pl.example/a/b/fetch_stock.json?key=1"),
    ],
)
def test_a_call_goes_below_the_callback_url(callback_url: str, address: str) -> None:
    assert callback_address(callback_url, "fetch_stock.json") == address
    assert callback_address(callback_url, "/fetch_stock.json") == address


@pytest.mark.parametrize("path", ["/fetch_stock", "/fetch_stock.json", "/a/b/fetch_stock.json", "fetch_stock/"])
def test_a_path_is_known_with_and_without_suffix(path: str) -> None:
    assert callback_named(path) is FETCH_STOCK
    assert callback_named(path.replace("stock", "stocks")) is None


def test_the_headers_of_a_delivery() -> None:
    """JavaScript's webhooks.validate refuses a delivery without any of these."""
    posted = Posted(
        topic="products/create",
        shop_domain="jsmith.myshopify.com",
        subdomain="jsmith",
        version="2026-01",
        message_id="m-1",
        action="e-1",
        posted_at=datetime(2025, 7, 2, 16, 22, 25, 123456, tzinfo=UTC),
        order_id=7,
        body=BODY,
        secret="hush",
    )
    given = delivery_headers(posted)
    assert given == {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "products/create",
        "X-Shopify-Shop-Domain": "jsmith.myshopify.com",
        "X-Shopify-API-Version": "2026-01",
        "X-Shopify-Webhook-Id": "m-1",
        "X-Shopify-Event-Id": str(uuid5(NAMESPACE_URL, "https://jsmith.myshopify.com/events/e-1")),
        "X-Shopify-Triggered-At": "2025-07-02T16:22:25.123456000Z",
        "X-Shopify-Hmac-Sha256": sign("hush", BODY),
    }
    of_an_order = delivery_headers(replace(posted, topic="orders/create", name="mine", test=True))
    told = of_an_order.items() - given.items()
    assert told == {
        ("X-Shopify-Topic", "orders/create"),
        ("X-Shopify-Name", "mine"),
        ("X-Shopify-Order-Id", "7"),
        ("X-Shopify-Test", "true"),
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"998KIB": 10, "123": "1000"},
        {"stock_levels": {"998KIB": "10", "123": 1000}},
        {"998KIB": 10, "123": 1000, "odd": -1, "half": 1.5, "yes": True, "text": "many", "none": None},
        "<StockLevels><Product><Sku>998KIB</Sku><Quantity>10</Quantity></Product>"
        "<Product><Sku>123</Sku><Quantity>1000</Quantity></Product></StockLevels>",
    ],
)
def test_stock_is_heard_in_every_form(answer: Json) -> None:
    assert FETCH_STOCK.decode_result(answer) == {"998KIB": 10, "123": 1000}


@pytest.mark.parametrize("answer", [None, [], 5, "not xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_stock_that_is_none(answer: Json) -> None:
    with pytest.raises(Unreadable):
        FETCH_STOCK.decode_result(answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"tracking_numbers": {"#1001.1": "qwerty", "#1002.1": None}, "message": "ok", "success": True},
        {"#1001.1": "qwerty"},
        "<TrackingNumbers><Order><ID>#1001.1</ID><Tracking>qwerty</Tracking></Order></TrackingNumbers>",
    ],
)
def test_tracking_numbers_are_heard_in_every_form(answer: Json) -> None:
    assert FETCH_TRACKING_NUMBERS.decode_result(answer) == {"#1001.1": "qwerty"}


def test_tracking_numbers_of_no_form_are_none() -> None:
    assert FETCH_TRACKING_NUMBERS.decode_result([]) == {}
