"""Samples of the vendors' own documents: asked as they are asked there, and served field for field."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crossdock.dialects.operation import AnyOperation, Call, Json, find
from crossdock.dialects.registry import SHOPIFY
from crossdock.domain.catalogue import CreateFulfillmentService, SetAvailable
from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    CreateFulfillment,
    FulfillmentGroup,
    LineQuantity,
    RejectFulfillmentRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import FulfillmentOrderChanged, RequestSubmitted
from crossdock.domain.orders import (
    LineRejection,
    OrderLine,
    RejectionReason,
    RequestAnswer,
    RequestKind,
    Tracking,
)
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.queries import (
    AssignmentStatus,
    FulfillmentFound,
    FulfillmentOrderFound,
    GetFulfillment,
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListLocationsForMove,
    LocationForMove,
    Unmovable,
)
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import FetchStock, FetchTrackingNumbers, RequestNotification
from tests.dialects.scene import AT, CONTEXT, fulfillment_order, order, parcel, submitted

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))
ASAP = "Fulfill this ASAP please."

# What a sample has that the rest of it does not tell: ids of things that have none of their own here.
NOT_TOLD = ("destination.id", "delivery_method.id")


@dataclass(frozen=True)
class Meant:
    """What a sample's request means, and the result that its answer tells."""

    command: Any
    result: Any = None
    asked_so: bool = True  # our own asking side says it in the same words; else the sample leaves out a default


def _whole() -> RequestSubmitted:
    asked = fulfillment_order(
        1046000806,
        (1072503304, 1072503305, 1072503306),
        goods=slice(0, 3),
        created_at=AT.replace(second=26),
        request_status=RequestStatus.SUBMITTED,
        requests=(submitted(ASAP),),
    )
    return RequestSubmitted(order=order(asked), original=asked, submitted=asked, unsubmitted=None)


def _part() -> RequestSubmitted:
    asked = fulfillment_order(
        1046000807,
        (1072503307, 1072503308),
        goods=slice(0, 2),
        request_status=RequestStatus.SUBMITTED,
        requests=(submitted(ASAP, notify_customer=True),),
    )
    rest = fulfillment_order(1046000808, (1072503309,), goods=slice(2, 3))
    # The sample's order has more unsubmitted work there, which the rest can be merged with.
    sibling = fulfillment_order(1046000700, (1072503200,), goods=slice(2, 3))
    return RequestSubmitted(order=order(asked, rest, sibling), original=asked, submitted=asked, unsubmitted=rest)


def _accepted() -> FulfillmentOrderChanged:
    later = AT.replace(second=28)
    taken = fulfillment_order(
        1046000809,
        (1072503310, 1072503311, 1072503312),
        goods=slice(0, 3),
        created_at=later,
        updated_at=later,
        status=Status.IN_PROGRESS,
        request_status=RequestStatus.ACCEPTED,
        requests=(submitted(ASAP, answer=RequestAnswer.ACCEPTED),),
    )
    return FulfillmentOrderChanged(order=order(taken), fulfillment_order=taken)


def _found() -> FulfillmentOrderFound:
    asked = fulfillment_order(
        1046000781,
        (1072503278,),
        goods=slice(1, 2),
        created_at=AT.replace(second=26),
        request_status=RequestStatus.SUBMITTED,
    )
    return FulfillmentOrderFound(order=order(asked), fulfillment_order=asked)


def _shipped() -> FulfillmentFound:
    shoes = OrderLine(
        id=1071823216,
        title="Crafty Shoes - Red",
        variant_title="Small",
        quantity=1,
        price=1000,
        variant_id=389013007,
        product_id=910489600,
        sku="crafty_shoes_red",
    )
    fulfillment = parcel(shoes, number=2, tracking=(Tracking(number="1Z001985YW99744790"),))
    fulfillment = replace(fulfillment, location_id=24826418)
    return FulfillmentFound(
        order=replace(order(), lines=(shoes,), fulfillments=(fulfillment,)), fulfillment=fulfillment
    )


ASKED_AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
JUPITER = FulfillmentService(
    id=1061774487,
    app_id=1,
    name="Jupiter Fulfillment",
    handle="jupiter-fulfillment",
    location_id=1072404544,
    callback_url="http://google.com/",
    tracking_support=True,
    inventory_management=True,
)
MEANT: dict[str, Meant] = {
    "fulfillment_order": Meant(GetFulfillmentOrder(fulfillment_order_id=1046000781), _found()),
    "locations_for_move": Meant(
        ListLocationsForMove(fulfillment_order_id=1046000846),
        (
            LocationForMove(
                location=Location(id=1072404542, name="Alpha Location", address=Address()), why_not=Unmovable.CURRENT
            ),
            LocationForMove(
                location=Location(id=1072404543, name="Bravo Location", address=Address()),
                why_not=Unmovable.NOT_STOCKED,
            ),
        ),
    ),
    "submit_whole_request": Meant(
        SubmitFulfillmentRequest(fulfillment_order_id=1046000806, message=ASAP), _whole(), asked_so=False
    ),
    "submit_part_of_request": Meant(
        SubmitFulfillmentRequest(
            fulfillment_order_id=1046000807,
            message=ASAP,
            notify_customer=True,
            lines=(LineQuantity(id=1072503307, quantity=1), LineQuantity(id=1072503308, quantity=1)),
        ),
        _part(),
    ),
    "accept_request": Meant(
        AcceptFulfillmentRequest(
            fulfillment_order_id=1046000809,
            message="We will start processing your fulfillment on the next business day.",
        ),
        _accepted(),
    ),
    "reject_request": Meant(
        RejectFulfillmentRequest(
            fulfillment_order_id=1046000811,
            reason=RejectionReason.INVENTORY_OUT_OF_STOCK,
            message="Not enough inventory on hand to complete the work.",
            lines=(LineRejection(fulfillment_order_line_id=1072503316, message="Not enough inventory."),),
        )
    ),
    "assigned_by_javascript_client": Meant(
        ListAssignedFulfillmentOrders(
            assignment_status=AssignmentStatus.CANCELLATION_REQUESTED, location_ids=(24826418,)
        )
    ),
    "fulfillment": Meant(GetFulfillment(order_id=450789469, fulfillment_id=1069019877), _shipped()),
    "fulfillment_service": Meant(
        CreateFulfillmentService(
            name="Jupiter Fulfillment",
            callback_url="http://google.com/",
            tracking_support=True,
            inventory_management=True,
        ),
        JUPITER,
        asked_so=False,
    ),
    "set_inventory_level_by_python_client": Meant(
        SetAvailable(inventory_item_id=808950810, location_id=655441491, available=42), asked_so=False
    ),
    "create_fulfillment": Meant(
        CreateFulfillment(
            groups=(
                FulfillmentGroup(fulfillment_order_id=1046000801, lines=(LineQuantity(id=1072503301, quantity=1),)),
            ),
            tracking=(
                Tracking(
                    number="1Z1234512345123456",
                    url="https://www.my-shipping-company.com?tracking_number=MS1562678",
                    company="my-shipping-company",
                ),
            ),
            notify_customer=True,
            message="The package was shipped this morning.",
        )
    ),
    "notification_of_request": Meant(RequestNotification(kind=RequestKind.FULFILLMENT)),
    "notification_of_cancellation": Meant(RequestNotification(kind=RequestKind.CANCELLATION)),
    "fetch_tracking_numbers": Meant(
        FetchTrackingNumbers(shop="x.myshopify.com", at=ASKED_AT, fulfillment_names=("#1001.1", "#1002.1")),
        {"#1001.1": "qwerty", "#1002.1": "asdfg"},
    ),
    "fetch_stock_of_one": Meant(
        FetchStock(shop="x.myshopify.com", at=ASKED_AT, location_id=72404544, sku="998KIB"), {"998KIB": 10}
    ),
    "fetch_stock_of_all": Meant(
        FetchStock(shop="x.myshopify.com", at=ASKED_AT, location_id=72404544), {"998KIB": 10, "123": 1000}
    ),
}


def read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


ASKED_SO = [path for path in EXAMPLES if MEANT[path.stem].asked_so]
ANSWERED = [path for path in EXAMPLES if "answer" in read(path)]


def call_of(sample: Json) -> Call:
    request = sample["request"]
    query = tuple((name, value) for name, value in request.get("query", ()))
    return Call(method=request["method"], path=request["path"], query=query, body=request.get("body"))


def operation_of(sample: Json) -> tuple[AnyOperation, Call]:
    call = call_of(sample)
    table = SHOPIFY.callbacks if "callback" in sample else SHOPIFY.operations
    found = find(table, call.method, call.path)
    assert found is not None
    operation, parameters = found
    assert operation.name == sample.get("operation", sample.get("callback"))
    return operation, replace(call, parameters=parameters)


def differences(sample: Json, ours: Json, path: str = "") -> Iterator[str]:
    """Yield where a sample and our answer differ; what we have more does not count."""
    if any(path.endswith(each) for each in NOT_TOLD):
        return
    if isinstance(sample, dict) and isinstance(ours, dict):
        for name, value in sample.items():
            if name not in ours:
                yield f"{path}.{name} is missing"
            else:
                yield from differences(value, ours[name], f"{path}.{name}")
    elif isinstance(sample, list) and isinstance(ours, list) and len(sample) == len(ours):
        for position, (value, mine) in enumerate(zip(sample, ours, strict=True)):
            yield from differences(value, mine, f"{path}[{position}]")
    elif sample != ours:
        yield f"{path}: {sample!r} is {ours!r} here"


def test_every_sample_is_looked_at() -> None:
    assert {path.stem for path in EXAMPLES} == set(MEANT)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_understood(path: Path) -> None:
    sample = read(path)
    operation, call = operation_of(sample)
    assert sample["source"]
    assert operation.decode(call) == MEANT[path.stem].command


@pytest.mark.parametrize("path", ASKED_SO, ids=lambda path: path.stem)
def test_a_sample_is_asked_so(path: Path) -> None:
    operation, call = operation_of(read(path))
    assert replace(operation.encode(MEANT[path.stem].command), parameters=call.parameters) == call


@pytest.mark.parametrize("path", ANSWERED, ids=lambda path: path.stem)
def test_a_sample_is_served_field_for_field(path: Path) -> None:
    sample = read(path)
    operation, _ = operation_of(sample)
    answer = operation.encode_result(MEANT[path.stem].result, CONTEXT)
    assert list(differences(sample["answer"], answer)) == []
    assert sample.get("status", 200) == operation.status


@pytest.mark.parametrize("path", ANSWERED, ids=lambda path: path.stem)
def test_a_sample_is_heard(path: Path) -> None:
    sample = read(path)
    operation, _ = operation_of(sample)
    ours = operation.encode_result(MEANT[path.stem].result, CONTEXT)
    assert operation.decode_result(sample["answer"]) == operation.decode_result(ours)


def test_the_order_body_has_every_key_of_the_sample() -> None:
    """Source: Shopify REST Order, sample of 2026-07; keys as the reference lists them."""
    operation = next(row for row in SHOPIFY.operations if row.name == "get_order")
    body = operation.encode_result(order(), CONTEXT)["order"]
    assert set(ORDER_KEYS.split()) <= body.keys()
    assert set(LINE_KEYS.split()) <= body["line_items"][0].keys()
    assert (body["name"], body["order_number"]) == ("#1001", 1001)
    assert body["total_price"] == "597.00"


ORDER_KEYS = """
id admin_graphql_api_id app_id browser_ip buyer_accepts_marketing cancel_reason cancelled_at cart_token checkout_id
checkout_token client_details closed_at confirmation_number confirmed contact_email created_at currency
current_subtotal_price current_subtotal_price_set current_total_discounts current_total_price current_total_price_set
current_total_tax customer_locale device_id discount_codes duties_included email estimated_taxes financial_status
fulfillment_status landing_site location_id merchant_business_entity_id merchant_of_record_app_id name note
note_attributes number order_number order_status_url payment_gateway_names phone po_number presentment_currency
processed_at reference referring_site source_identifier source_name source_url subtotal_price subtotal_price_set tags
tax_exempt tax_lines taxes_included test token total_discounts total_discounts_set total_line_items_price
total_line_items_price_set total_outstanding total_price total_price_set total_shipping_price_set total_tax
total_tax_set total_tip_received total_weight updated_at user_id billing_address customer discount_applications
fulfillments line_items payment_terms refunds shipping_address shipping_lines
"""
LINE_KEYS = """
id admin_graphql_api_id attributed_staffs current_quantity fulfillable_quantity fulfillment_service fulfillment_status
gift_card grams name price price_set product_exists product_id properties quantity requires_shipping sku taxable title
total_discount total_discount_set variant_id variant_inventory_management variant_title vendor tax_lines duties
discount_allocations
"""
