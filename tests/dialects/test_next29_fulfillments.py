"""29 Next's fulfillments and carrier events, body by body.

Source: the field lists of 29next/developer-docs, Admin API 2024-04-01 (FulfillmentResponse, FulfillmentLineResponse,
CreateFulfillment, TrackingInfo, AddOrderShipmentTracking, FulfillmentEvent, CreateFulfillmentEvent) and its guide for
fulfillment services, whose request is `CREATED_BY_GUIDE`. Values are ours.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crossdock.dialects.next29.carriers import COMPANIES, company_of, slug_of
from crossdock.dialects.next29.errors import answer_wire_error
from crossdock.dialects.next29.rest import fulfillment_events, fulfillments
from crossdock.dialects.next29.rest.fulfillments import write_fulfillment
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import AnyOperation, Call, Json, NotExpressible, Unreadable, find
from crossdock.domain.carriers import CARRIERS, completed
from crossdock.domain.commands import (
    AddCarrierEvent,
    CreateFulfillment,
    FulfillmentGroup,
    FulfillOrderLines,
    LineQuantity,
    RemoveCarrierEvent,
)
from crossdock.domain.decisions import CarrierEventAdded, FulfillmentCreated
from crossdock.domain.orders import Fulfillment, FulfillmentStatus, Order, Tracking
from crossdock.domain.queries import GetCarrierEvent, GetFulfillment, ListCarrierEvents, ListFulfillments, Page
from crossdock.domain.refusals import NothingToFulfill
from crossdock.domain.shipment import CarrierEvent, ShipmentStatus
from crossdock.domain.work import BookedFulfillment
from tests.dialects.scene import AT, LOCATIONS, OWN, SHOP, order, parcel

CONTEXT = Rendering(shop=SHOP, locations=LOCATIONS, version="2024-04-01", base_url="https://jsmith.29next.store")
ROWS: tuple[AnyOperation, ...] = (*fulfillments.OPERATIONS, *fulfillment_events.OPERATIONS)
UPS = "1Z001985YW99744790"
CREATED_BY_GUIDE = {"notify": True, "tracking_info": [{"tracking_code": "EXAMPLECODE", "carrier": "dhl_ecommerce"}]}

SHOWN = {
    "id": 1069019877,
    "order_number": "1001",
    "location_id": OWN,
    "status": "success",
    "delivery_status": "tracking_added",
    "created_at": "2025-01-02T11:35:27.000000-05:00",
    "last_event_date": None,
    "line_items": [
        {
            "id": 5,
            "order_line_id": 466157049,
            "product_id": 632910392,
            "product_title": "IPod Nano - 8gb",
            "product_image": "https://jsmith.29next.store/static/mark.svg",
            "sku": "IPOD-39072856",
            "price_excl_tax": "199.00",
            "price_incl_tax": "199.00",
            "total_discount": "0.00",
            "currency": "USD",
            "tax_lines": [],
            "quantity": 1,
            "fulfilled_quantity": 1,
            "returnable_quantity": 1,
            "returned_quantity": 0,
            "requires_shipping": True,
            "fulfillment_service": "manual",
        }
    ],
    "origin_address": {
        "line1": "",
        "line2": "",
        "line3": "",
        "line4": "New York",
        "state": "",
        "postcode": "",
        "country": "US",
        "phone_number": "",
    },
    "requires_shipping": True,
    "shipping_method": "Expedited Shipping",
    "tracking_carrier": "dhl_ecommerce",
    "tracking_carriers": "dhl_ecommerce",
    "tracking_code": "EXAMPLECODE",
    "tracking_codes": "EXAMPLECODE",
    "tracking_link": "https://webtrack.dhlecs.com/orders?trackingNumber=EXAMPLECODE",
    "tracking_links": "https://webtrack.dhlecs.com/orders?trackingNumber=EXAMPLECODE",
}


def shipped(*tracking: Tracking, **changes: Any) -> tuple[Order, Fulfillment]:
    """An order's parcel of its first line."""
    whole = order()
    made = replace(parcel(whole.lines[0], tracking=tracking), **changes)
    return replace(whole, fulfillments=(made,)), made


def decoded(method: str, path: str, body: Json = None) -> Any:
    found = find(ROWS, method, path)
    assert found is not None, (method, path)
    row, parameters = found
    return row.decode(Call(method=method, path=path, body=body, parameters=parameters))


def refused(method: str, path: str, body: Json) -> Json:
    with pytest.raises(Unreadable) as problem:
        decoded(method, path, body)
    status, answer = answer_wire_error(problem.value)
    assert status == 400
    return answer


def test_the_guides_request_ships_all_that_is_left_and_tells_the_customer() -> None:
    command = decoded("POST", "fulfillment-orders/7/fulfillments/", CREATED_BY_GUIDE)
    assert command == CreateFulfillment(
        groups=(FulfillmentGroup(fulfillment_order_id=7),),
        tracking=(Tracking(number="EXAMPLECODE", company="DHL eCommerce"),),
        notify_customer=True,
        only_while_going_on=True,
    )
    assert decoded("POST", "fulfillment-orders/7/fulfillments/") == CreateFulfillment(
        groups=(FulfillmentGroup(fulfillment_order_id=7),), notify_customer=True, only_while_going_on=True
    )


def test_several_parcels_and_some_of_the_units() -> None:
    body = {
        "notify": False,
        "tracking_info": [
            {"carrier": "usps", "tracking_code": " 9400 ", "tracking_link": None},
            {
                "carrier": "other",
                "carrier_other_name": "Bob's Bikes",
                "tracking_code": "B-7",
                "tracking_link": "https://bob.example/B-7",
            },
            {"carrier": "other", "carrier_other_name": "", "tracking_code": None},
        ],
        "fulfillment_order_line_items": [{"id": 11, "quantity": 2}, {"id": "12", "quantity": "1"}],
    }
    command = decoded("POST", "fulfillment-orders/7/fulfillments/", body)
    assert command == CreateFulfillment(
        groups=(
            FulfillmentGroup(
                fulfillment_order_id=7, lines=(LineQuantity(id=11, quantity=2), LineQuantity(id=12, quantity=1))
            ),
        ),
        tracking=(
            Tracking(number="9400", company="USPS"),
            Tracking(number="B-7", company="Bob's Bikes", url="https://bob.example/B-7"),
            Tracking(company="Other"),
        ),
        only_while_going_on=True,
    )
    sent = fulfillments.CREATE.encode(command)
    assert sent.path == "fulfillment-orders/7/fulfillments/"
    assert decoded(sent.method, sent.path, sent.body) == command


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"tracking_info": [{"carrier": "owl"}]}, {"tracking_info": [{"carrier": ['"owl" is not a valid choice.']}]}),
        (
            {"tracking_info": [{"carrier": "ups"}, {"tracking_code": "7"}]},
            {"tracking_info": [{}, {"carrier": ["This field is required."]}]},
        ),
        (
            {"tracking_info": [{"carrier": "ups", "tracking_link": "javascript:alert(1)"}]},
            {"tracking_info": [{"tracking_link": ["Enter a valid URL."]}]},
        ),
        (
            {"tracking_info": [{"carrier": "ups"}] * 101},
            {"tracking_info": ["Ensure this field has no more than 100 elements."]},
        ),
        (
            {"fulfillment_order_line_items": [{"id": 1, "quantity": 0}]},
            {"fulfillment_order_line_items": [{"quantity": ["Ensure this value is greater than or equal to 1."]}]},
        ),
        (
            {"fulfillment_order_line_items": [{"quantity": 1}]},
            {"fulfillment_order_line_items": [{"id": ["This field is required."]}]},
        ),
        ({"notify": "perhaps"}, {"notify": ["Must be a valid boolean."]}),
        ({"tracking_info": {"carrier": "ups"}}, None),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(body: Json, answer: Json) -> None:
    told = refused("POST", "fulfillment-orders/7/fulfillments/", body)
    assert answer is None or told == answer


def test_one_fulfillment_order_at_a_time() -> None:
    group = FulfillmentGroup(fulfillment_order_id=1)
    with pytest.raises(NotExpressible):
        fulfillments.CREATE.encode(CreateFulfillment(groups=(group, replace(group, fulfillment_order_id=2))))


def test_lines_of_an_order_are_shipped_by_the_older_path() -> None:
    body = {
        "lines": [1, None, 2, 1],
        "carrier": "fedex",
        "tracking_code": "77",
        "tracking_link": "fedex.example/77",
        "send_shipped_notification": False,
        "reference": "read only",
        "date_created": "2025-01-01T00:00:00Z",
    }
    command = decoded("POST", "orders/450789469/fulfillments/", body)
    assert command == FulfillOrderLines(
        order_id=450789469,
        order_line_ids=(1, 2),
        tracking=(Tracking(number="77", company="FedEx", url="fedex.example/77"),),
    )
    sent = fulfillments.FULFILL_LINES.encode(command)
    assert decoded(sent.method, sent.path, sent.body) == command


def test_the_older_path_ships_all_where_nothing_is_named_and_nothing_where_nothing_is_there() -> None:
    everything = FulfillOrderLines(order_id=9, notify_customer=True)
    bodies: tuple[Json, ...] = (None, {}, {"lines": []}, {"lines": None, "carrier": None, "tracking_code": None})
    for body in bodies:
        assert decoded("POST", "orders/9/fulfillments/", body) == everything
    with pytest.raises(NothingToFulfill):
        decoded("POST", "orders/9/fulfillments/", {"lines": [None]})


def test_a_fulfillment_is_shown_with_every_field() -> None:
    whole, made = shipped(Tracking(number="EXAMPLECODE", company="DHL eCommerce"))
    assert fulfillments.CREATE.encode_result(FulfillmentCreated(order=whole, fulfillment=made), CONTEXT) == SHOWN
    assert fulfillments.CREATE.decode_result(SHOWN) == BookedFulfillment(
        id=1069019877,
        order_id=1001,
        location_id=OWN,
        name=None,
        status="success",
        tracking_numbers=("EXAMPLECODE",),
    )


def test_of_several_parcels_the_first_is_told_and_all_of_them_joined() -> None:
    whole, made = shipped(
        Tracking(number=UPS),  # as Shopify's wires may have it: the number tells the carrier
        Tracking(number="B-7", company="Bob's Bikes", url="bob.example/7"),
        Tracking(number="94", company="USPS"),
    )
    shown = write_fulfillment(whole, made, CONTEXT)
    ups = f"https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums={UPS}"
    usps = "https://tools.usps.com/go/TrackConfirmAction_input?qtc_tLabels1=94"
    assert {name: value for name, value in shown.items() if name.startswith("tracking_")} == {
        "tracking_carrier": "ups",
        "tracking_carriers": "ups, other, usps",
        "tracking_code": UPS,
        "tracking_codes": f"{UPS}, B-7, 94",
        "tracking_link": ups,
        "tracking_links": f"{ups}, http://bob.example/7, {usps}",
    }
    assert fulfillments.GET.decode_result(shown).tracking_numbers == (UPS, "B-7", "94")


def test_without_tracking_its_fields_are_empty_texts() -> None:
    whole, made = shipped()
    shown = write_fulfillment(whole, made, CONTEXT)
    assert {value for name, value in shown.items() if name.startswith("tracking_")} == {""}
    assert shown["delivery_status"] is None
    assert fulfillments.GET.decode_result(shown).tracking_numbers == ()


def test_what_was_cancelled_is_canceled_and_fulfilled_nothing() -> None:
    whole, made = shipped(status=FulfillmentStatus.CANCELLED)
    shown = write_fulfillment(whole, made, CONTEXT)
    assert shown["status"] == "canceled"
    assert [shown["line_items"][0][name] for name in ("quantity", "fulfilled_quantity", "returnable_quantity")] == [
        1,
        0,
        0,
    ]
    assert fulfillments.GET.decode_result(shown).status == "cancelled"


def test_the_oldest_version_tells_prices_before_discounts() -> None:
    whole, made = shipped()
    line = write_fulfillment(whole, made, replace(CONTEXT, version="2023-02-10"))["line_items"][0]
    assert (line["price_excl_tax_excl_discounts"], line["price_incl_tax_excl_discounts"]) == ("199.00", "199.00")
    assert "total_discount" not in line


def test_lists_are_bare_and_one_object_alone_is_read_as_a_list() -> None:
    whole, made = shipped(Tracking(number="EXAMPLECODE", company="DHL eCommerce"))
    found = FulfillmentCreated(order=whole, fulfillment=made)
    for row in (fulfillments.LIST, fulfillments.LIST_OF_FULFILLMENT_ORDER):
        shown = row.encode_result(Page(items=(found,)), CONTEXT)  # type: ignore[arg-type]
        assert shown == [SHOWN]
        assert row.decode_result(shown) == row.decode_result(SHOWN)


@pytest.mark.parametrize(
    ("row", "query", "path"),
    [
        (fulfillments.LIST, ListFulfillments(order_id=1001), "orders/1001/fulfillments/"),
        (
            fulfillments.LIST_OF_FULFILLMENT_ORDER,
            ListFulfillments(fulfillment_order_id=7),
            "fulfillment-orders/7/fulfillments/",
        ),
        (fulfillments.GET, GetFulfillment(order_id=1001, fulfillment_id=5), "orders/1001/fulfillments/5/"),
        (
            fulfillment_events.LIST,
            ListCarrierEvents(order_id=1001, fulfillment_id=5),
            "orders/1001/fulfillments/5/events/",
        ),
        (
            fulfillment_events.GET,
            GetCarrierEvent(order_id=1001, fulfillment_id=5, event_id=9),
            "orders/1001/fulfillments/5/events/9/",
        ),
        (
            fulfillment_events.DELETE,
            RemoveCarrierEvent(order_id=1001, fulfillment_id=5, event_id=9),
            "orders/1001/fulfillments/5/events/9/",
        ),
    ],
)
def test_paths(row: AnyOperation, query: Any, path: str) -> None:
    sent = row.encode(query)
    assert sent.path == path
    understood = decoded(sent.method, path)
    assert understood == (replace(query, window=understood.window) if isinstance(query, ListFulfillments) else query)


EVENT = CarrierEvent(
    id=9,
    status=ShipmentStatus.PICKED_UP,
    happened_at=datetime(2025, 1, 3, 9, 0, tzinfo=UTC),
    created_at=AT,
    message="Here",
    estimated_delivery_at=datetime(2025, 1, 5, tzinfo=UTC),
    address1="Dock 4",
    address2="Gate 2",
    city="Lund",
    province="M",
    zip="223 50",
    country="SE",
    latitude=55.7,
    longitude=13.19,
)
TOLD = {
    "status": "picked_up",
    "message": "Here",
    "line1": "Dock 4",
    "line2": "Gate 2",
    "city": "Lund",
    "state": "M",
    "postcode": "223 50",
    "country": "SE",
    "latitude": 55.7,
    "longitude": 13.19,
}


def test_an_event_is_told_and_shown_with_every_field() -> None:
    times = {"happened_at": "2025-01-03T10:00:00+01:00", "estimated_delivery_at": "2025-01-05T00:00:00Z"}
    command = decoded("POST", "orders/1001/fulfillments/5/events/", TOLD | times)
    told = {
        name: getattr(EVENT, name) for name in CarrierEvent.__dataclass_fields__ if name not in {"id", "created_at"}
    }
    assert command == AddCarrierEvent(order_id=1001, fulfillment_id=5, **told)
    sent = fulfillment_events.CREATE.encode(command)
    assert decoded(sent.method, sent.path, sent.body) == command
    whole, made = shipped(events=(EVENT,))
    shown = fulfillment_events.CREATE.encode_result(
        CarrierEventAdded(order=whole, fulfillment=made, event=EVENT), CONTEXT
    )
    assert shown == TOLD | {
        "id": 9,
        "order": "1001",
        "fulfillment": 1069019877,
        "happened_at": "2025-01-03T04:00:00.000000-05:00",
        "estimated_delivery_at": "2025-01-04T19:00:00.000000-05:00",
        "created_at": "2025-01-02T11:35:27.000000-05:00",
        "updated_at": "2025-01-02T11:35:27.000000-05:00",
    }
    assert fulfillment_events.CREATE.decode_result(shown) == EVENT


def test_an_event_needs_a_status_of_the_list() -> None:
    path = "orders/1001/fulfillments/5/events/"
    assert refused("POST", path, {}) == {"status": ["This field is required."]}
    assert refused("POST", path, {"status": "lost"}) == {"status": ['"lost" is not a valid choice.']}
    assert refused("POST", path, {"status": "delivered", "latitude": "north"}) == {
        "latitude": ["A valid number is required."]
    }
    sparse = decoded("POST", path, {"status": "delivered", "message": None, "city": "", "happened_at": None})
    assert sparse == AddCarrierEvent(order_id=1001, fulfillment_id=5, status=ShipmentStatus.DELIVERED)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("label_printed", "tracking_added"),
        ("label_purchased", "tracking_added"),
        ("confirmed", "tracking_added"),
        ("ready_for_pickup", "tracking_added"),
        ("carrier_picked_up", "in_transit"),
        ("picked_up", "in_transit"),
        ("in_transit", "in_transit"),
        ("out_for_delivery", "out_for_delivery"),
        ("attempted_delivery", "attempted_delivery"),
        ("failure", "failed_delivery"),
        ("delivered", "delivered"),
        ("delayed", "delayed"),
    ],
)
def test_every_event_gives_its_delivery_status_and_nothing_after_the_delivery_does(told: str, shown: str) -> None:
    last = replace(EVENT, status=ShipmentStatus(told))
    late = replace(EVENT, id=10, status=ShipmentStatus.IN_TRANSIT, happened_at=EVENT.happened_at + timedelta(days=1))
    whole, made = shipped(events=(last,))
    body = write_fulfillment(whole, made, CONTEXT)
    assert (body["delivery_status"], body["last_event_date"]) == (shown, "2025-01-03T04:00:00.000000-05:00")
    whole, made = shipped(events=(last, late))
    body = write_fulfillment(whole, made, CONTEXT)
    expected = (shown, "2025-01-03") if told == "delivered" else ("in_transit", "2025-01-04")
    assert (body["delivery_status"], body["last_event_date"][:10]) == expected


def test_there_are_23_carriers_and_each_is_read_back() -> None:
    assert len(COMPANIES) == 23
    for slug in COMPANIES:
        assert slug_of(company_of(slug)) == slug
    assert company_of("other", "Bob's Bikes") == "Bob's Bikes"
    assert company_of("ups", "Bob's Bikes") == "UPS"


@pytest.mark.parametrize(
    ("company", "slug"),
    [
        ("UPS", "ups"),
        (" usps ", "usps"),
        ("Amazon Logistics US", "amazon"),
        ("Deutsche Post (DE)", "deutsche_de"),
        ("DHL Express", "dhl"),
        ("Bob's Bikes", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_companies_of_other_wires_have_their_slugs(company: str | None, slug: str) -> None:
    assert slug_of(company) == slug


def test_those_that_can_be_followed_have_a_link_and_other_has_none() -> None:
    links = {slug: completed(Tracking(number="7", company=company)).url for slug, company in COMPANIES.items()}
    followed = {slug for slug, company in COMPANIES.items() if CARRIERS.get(company)}
    assert {slug for slug, link in links.items() if link} == followed
    assert {"4px", "australia_post", "fedex", "hermesworld_uk", "ontrac", "royal_mail", "ups", "usps"} <= followed
    assert completed(Tracking(number=UPS, company=company_of("other"))).url is None
