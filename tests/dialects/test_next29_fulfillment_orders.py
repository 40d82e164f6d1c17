"""29 Next's fulfillment orders, body by body, and every command about them there and back.

Source: the field lists of 29next/developer-docs, Admin API 2024-04-01 (FulfillmentOrder, FulfillmentOrderLine,
FulfillmentRequest, FulfillmentRequestReject, HoldFulfillment, MoveFulfillmentOrder and their answers), and its guide
for fulfillment services, whose rejection is `REJECTED_BY_GUIDE`. Values are ours.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from crossdock.dialects.next29.fields import Fields
from crossdock.dialects.next29.rest import actions, fulfillment_orders, operations, requests
from crossdock.dialects.next29.rest.fulfillment_orders import read_fulfillment_order, write_fulfillment_order
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import AnyOperation, Call, Json, NotExpressible, Unreadable, answer, ask, find
from crossdock.domain import commands, orders, queries
from crossdock.domain.decisions import (
    FulfillmentOrderChanged,
    FulfillmentOrderHeld,
    FulfillmentOrderMoved,
    FulfillmentOrderReplaced,
    RequestSubmitted,
)
from crossdock.domain.orders import FulfillmentOrder, Hold, HoldReason, MerchantRequest, RejectionReason, RequestKind
from crossdock.domain.places import Address
from crossdock.domain.queries import AssignmentStatus, FulfillmentOrderFound, Page, Window
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import (
    AssignedFulfillmentOrder,
    AssignedLine,
    AssignedRequest,
    MovedWork,
    OfferedPlace,
    ReplacedWork,
    SubmittedRequest,
)
from crossdock.domain.work_queries import AvailableLocation, FindFulfillmentOrders, ListAvailableLocations
from crossdock.domain.work_status import WorkRequestStatus, WorkStatus
from tests.dialects.commands import ids, messages, plain_words
from tests.dialects.scene import AT, LOCATIONS, OWN, SHIPWIRE, SHOP, fulfillment_order, order

WORK, NEW, LEVEL = 1046000778, 1046000779, 71
CONTEXT = Rendering(
    shop=SHOP,
    locations=LOCATIONS,
    version="2024-04-01",
    base_url="https://jsmith.29next.store",
    level_ids={(39072856, SHIPWIRE): LEVEL},
)
ROWS: tuple[AnyOperation, ...] = (
    *fulfillment_orders.OPERATIONS,
    *requests.OPERATIONS,
    *actions.OPERATIONS,
)
REJECTED_BY_GUIDE = {"rejected_reason": "incorrect_address", "message": "Your Message"}

ASKED = MerchantRequest(id=1, kind=RequestKind.FULFILLMENT, sent_at=AT, message="Please hurry", notify_customer=True)
HELD = Hold(id=2, reason=HoldReason.HIGH_RISK_OF_FRAUD, placed_at=AT, notes="Call first")


def work(id: int = WORK, **state: Any) -> FulfillmentOrder:
    return fulfillment_order(id, (1058737562,), goods=slice(1), **state)


REQUESTED = work(request_status=RequestStatus.SUBMITTED, requests=(ASKED,))
SHOWN = {
    "id": WORK,
    "order_number": "1001",
    "status": "open",
    "request_status": "requested",
    "assigned_location": {
        "id": SHIPWIRE,
        "name": "Apple Api Shipwire",
        "address": {
            "line1": "",
            "line2": "",
            "line3": "",
            "line4": "",
            "state": "",
            "postcode": "",
            "country": "DE",
            "phone_number": "",
        },
        "callback_url": None,
        "accept_return": False,
        "allowed_destination_countries": [],
    },
    "line_items": [
        {
            "id": 1058737562,
            "fulfillment_order_id": WORK,
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
            "stockrecord_id": LEVEL,
            "quantity": 1,
            "fulfillable_quantity": 1,
        }
    ],
    "shipping_address": {
        "id": WORK,
        "first_name": "Bob",
        "last_name": "Norman",
        "line1": "Chestnut Street 92",
        "line2": "",
        "line3": "",
        "line4": "Louisville",
        "state": "KY",
        "postcode": "40202",
        "country": "US",
        "phone_number": "+1(502)-459-2181",
        "notes": "",
    },
    "shipping_method": {"code": "", "name": "Expedited Shipping"},
    "fulfillment_holds": [],
    "merchant_requests": [{"type": "fulfill_request", "message": "Please hurry", "notify": True}],
    "supported_actions": ["cancel_fulfillment_order"],
    "created_at": "2025-01-02T11:35:27.000000-05:00",
    "updated_at": "2025-01-02T11:35:27.000000-05:00",
}
HEARD = AssignedFulfillmentOrder(
    id=WORK,
    order_id=1001,
    location_id=SHIPWIRE,
    status=Status.OPEN,
    request_status=RequestStatus.SUBMITTED,
    lines=(AssignedLine(id=1058737562, order_line_id=466157049, quantity=1, remaining=1, sku="IPOD-39072856"),),
    updated_at=AT,
    created_at=AT,
    order_name="1001",
    destination=Address(
        first_name="Bob",
        last_name="Norman",
        address1="Chestnut Street 92",
        city="Louisville",
        province="KY",
        zip="40202",
        country="United States",
        country_code="US",
        phone="+1(502)-459-2181",
    ),
    requests=(AssignedRequest(kind=RequestKind.FULFILLMENT, sent_at=AT, message="Please hurry", notify_customer=True),),
)


def shown(one: FulfillmentOrder, *others: FulfillmentOrder) -> dict[str, Json]:
    return write_fulfillment_order(order(one, *others), one, CONTEXT)


def heard(one: FulfillmentOrder, *others: FulfillmentOrder) -> AssignedFulfillmentOrder:
    return read_fulfillment_order(Fields(shown(one, *others)))


def test_a_fulfillment_order_is_told_with_every_field() -> None:
    assert shown(REQUESTED) == SHOWN
    assert heard(REQUESTED) == HEARD


@pytest.mark.parametrize(
    ("told", "code", "name"),
    [
        ("PT", "PT", "Portugal"),
        ("pt", "PT", "Portugal"),
        ("Portugal", "PT", "Portugal"),
        ("QQ", "QQ", "QQ"),
        ("Atlantis", None, "Atlantis"),
        ("", None, None),
    ],
)
def test_a_country_is_heard_by_its_name(told: str, code: str | None, name: str | None) -> None:
    body = shown(work())
    body["shipping_address"] = {"country": told}
    destination = read_fulfillment_order(Fields(body)).destination
    assert destination is not None
    assert (destination.country_code, destination.country) == (code, name)


def test_a_hold_is_told_with_its_reason() -> None:
    assert shown(work(status=Status.ON_HOLD, holds=(HELD,)))["fulfillment_holds"] == [
        {"reason": "high_risk", "reason_message": "Call first", "created_at": "2025-01-02T11:35:27.000000-05:00"}
    ]
    odd = replace(HELD, reason=HoldReason.AWAITING_RETURN_ITEMS, notes=None)
    (told,) = shown(work(status=Status.ON_HOLD, holds=(odd,)))["fulfillment_holds"]
    assert (told["reason"], told["reason_message"]) == ("other", "")


SHIPPED = tuple(replace(line, remaining=0) for line in work().lines)
GONE = tuple(replace(line, quantity=0, remaining=0) for line in work().lines)
Q = RequestStatus


@pytest.mark.parametrize(
    ("one", "others", "said"),
    [
        (work(), (), "open/pending"),
        (work(status=Status.SCHEDULED), (), "open/pending"),
        (work(status=Status.IN_PROGRESS, request_status=Q.ACCEPTED), (), "processing/accepted"),
        (work(status=Status.IN_PROGRESS, request_status=Q.CANCELLATION_REQUESTED), (), "processing/cancel_requested"),
        (work(status=Status.IN_PROGRESS, request_status=Q.CANCELLATION_REJECTED), (), "processing/cancel_rejected"),
        (work(status=Status.CANCELLED, request_status=Q.CANCELLATION_ACCEPTED), (), "canceled/cancel_accepted"),
        (work(status=Status.ON_HOLD, request_status=Q.CANCELLATION_ACCEPTED), (), "on_hold/cancel_accepted"),
        (work(status=Status.INCOMPLETE, request_status=Q.CLOSED), (), "incomplete/closed"),
        (work(request_status=Q.REJECTED), (), "open/rejected"),
        # Shipped.
        (work(status=Status.CLOSED, request_status=Q.ACCEPTED, lines=SHIPPED), (), "closed/closed"),
        # Moved.
        (work(status=Status.CLOSED, lines=(), merged_into=NEW), (work(NEW),), "closed/closed"),
        (
            work(status=Status.CLOSED, request_status=Q.CANCELLATION_ACCEPTED, lines=(), merged_into=NEW),
            (work(NEW),),
            "closed/closed",
        ),
        # Canceled by the merchant, with another in its place.
        (
            work(status=Status.CLOSED, request_status=Q.SUBMITTED, lines=()),
            (work(NEW, replaces=WORK),),
            "canceled/closed",
        ),
        # Stopped by its service and asked for again.
        (
            work(status=Status.CLOSED, request_status=Q.CANCELLATION_ACCEPTED, lines=GONE),
            (work(NEW, replaces=WORK),),
            "canceled/cancel_accepted",
        ),
        # Given up by its service and asked for again.
        (work(status=Status.CLOSED, request_status=Q.CLOSED, lines=GONE), (work(NEW, replaces=WORK),), "closed/closed"),
        # The order was canceled, or the units were taken out of it.
        (work(status=Status.CLOSED), (), "canceled/closed"),
        (work(status=Status.CLOSED, lines=GONE), (), "canceled/closed"),
        # Shipped, and the parcel taken back.
        (work(status=Status.CLOSED, request_status=Q.ACCEPTED), (work(NEW, replaces=WORK),), "closed/closed"),
    ],
)
def test_what_a_state_is_called(one: FulfillmentOrder, others: tuple[FulfillmentOrder, ...], said: str) -> None:
    told = shown(one, *others)
    assert f"{told['status']}/{told['request_status']}" == said
    if not one.live:
        assert told["supported_actions"] == []


def test_nothing_to_ship_is_required() -> None:
    digital = order(work())
    digital = replace(digital, lines=tuple(replace(line, requires_shipping=False) for line in digital.lines))
    told = write_fulfillment_order(digital, digital.fulfillment_orders[0], CONTEXT)
    assert (told["status"], told["request_status"]) == ("not_required", "pending")


@pytest.mark.parametrize(
    ("one", "offered"),
    [
        (work(), "request_fulfillment create_fulfillment cancel_fulfillment_order move hold"),
        (work(status=Status.IN_PROGRESS, request_status=Q.ACCEPTED), "create_fulfillment request_cancellation close"),
        (work(status=Status.IN_PROGRESS, request_status=Q.CANCELLATION_REQUESTED), ""),
        (
            work(status=Status.CANCELLED, request_status=Q.CANCELLATION_ACCEPTED),
            "request_fulfillment move hold",
        ),
        (work(status=Status.ON_HOLD), "release_hold move hold"),
    ],
)
def test_what_is_offered(one: FulfillmentOrder, offered: str) -> None:
    assert shown(one)["supported_actions"] == offered.split()


def test_what_was_never_asked_for_may_have_no_request_status() -> None:
    for silent in (None, ""):
        assert read_fulfillment_order(Fields({**SHOWN, "request_status": silent})).request_status is Q.UNSUBMITTED


def test_a_request_that_waits_is_as_old_as_what_changed_last() -> None:
    later = AT + timedelta(hours=2)
    again = replace(ASKED, id=3, message="Once more")
    waiting = heard(work(request_status=Q.SUBMITTED, requests=(ASKED, again), updated_at=later))
    assert [each.sent_at for each in waiting.requests] == [AT, later]
    answered = heard(work(status=Status.IN_PROGRESS, request_status=Q.ACCEPTED, requests=(again,), updated_at=later))
    assert [each.sent_at for each in answered.requests] == [AT]


def decoded(method: str, path: str, body: Json = None, query: tuple[tuple[str, str], ...] = ()) -> Any:
    found = find(ROWS, method, path)
    assert found is not None
    operation, parameters = found
    return operation.decode(Call(method=method, path=path, body=body, parameters=parameters, query=query))


def at(tail: str) -> str:
    return f"fulfillment-orders/{WORK}/{tail}"


@pytest.mark.parametrize(
    ("path", "body", "command"),
    [
        ("fulfillment-request/", None, commands.SubmitFulfillmentRequest(fulfillment_order_id=WORK)),
        (
            "fulfillment-request/",
            {"message": "Hi", "notify": "true", "fulfillment_order_line_items": [{"id": "3", "quantity": "2"}]},
            commands.SubmitFulfillmentRequest(
                fulfillment_order_id=WORK,
                message="Hi",
                notify_customer=True,
                lines=(commands.LineQuantity(id=3, quantity=2),),
            ),
        ),
        (
            "fulfillment-request/",
            {"fulfillment_order_line_items": []},
            commands.SubmitFulfillmentRequest(fulfillment_order_id=WORK),
        ),
        (
            "fulfillment-request/reject/",
            REJECTED_BY_GUIDE,
            commands.RejectFulfillmentRequest(
                fulfillment_order_id=WORK, reason=RejectionReason.INCORRECT_ADDRESS, message="Your Message"
            ),
        ),
        (
            "fulfillment-request/reject/",
            {"rejected_reason": "undeliverable_address"},
            commands.RejectFulfillmentRequest(
                fulfillment_order_id=WORK, reason=RejectionReason.UNDELIVERABLE_DESTINATION
            ),
        ),
        (
            "fulfillment-request/reject/",
            {"rejected_reason": "", "message": None},
            commands.RejectFulfillmentRequest(fulfillment_order_id=WORK, reason=RejectionReason.OTHER),
        ),
        (
            "cancellation-request/reject/",
            {"message": "Order already shipped."},
            commands.RejectCancellationRequest(fulfillment_order_id=WORK, message="Order already shipped."),
        ),
        (
            "hold/",
            {"reason": "out_of_stock", "reason_message": "Monday"},
            commands.HoldFulfillmentOrder(
                fulfillment_order_id=WORK, reason=HoldReason.INVENTORY_OUT_OF_STOCK, notes="Monday"
            ),
        ),
        (
            "move/",
            {"new_location_id": OWN, "fulfillment_order_line_items": [{"id": 3}]},
            commands.MoveFulfillmentOrder(
                fulfillment_order_id=WORK, location_id=OWN, whole_lines=(3,), renumbered=True
            ),
        ),
    ],
)
def test_bodies_are_read(path: str, body: Json, command: object) -> None:
    assert decoded("POST", at(path), body) == command


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("fulfillment-request/", {"fulfillment_order_line_items": [{"id": 3, "quantity": 0}]}, "quantity"),
        ("fulfillment-request/", {"fulfillment_order_line_items": [{"quantity": 1}]}, "id"),
        ("fulfillment-request/", {"fulfillment_order_line_items": {"id": 3}}, "fulfillment_order_line_items"),
        ("fulfillment-request/", {"notify": "perhaps"}, "notify"),
        ("fulfillment-request/reject/", {"rejected_reason": "raining"}, "rejected_reason"),
        ("hold/", {}, "reason"),
        ("hold/", {"reason": ""}, "reason"),
        ("hold/", {"reason": "fraud"}, "reason"),
        ("move/", {}, "new_location_id"),
        ("move/", {"new_location_id": "there"}, "new_location_id"),
        ("close/", [], "non_field_errors"),
    ],
)
def test_bodies_that_cannot_be_read_are_refused_by_field(path: str, body: Json, field: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decoded("POST", at(path), body)
    assert refused.value.field.rpartition(".")[2] == field


def test_a_list_is_asked_for_with_commas_and_with_names_that_repeat() -> None:
    query = (("status", "open,on_hold"), ("status", "open"), ("product_id", "7"), ("product", "8"), ("sku", "A,B"))
    asked = decoded("GET", "fulfillment-orders/", query=query)
    assert (asked.statuses, asked.products, asked.skus) == (
        (WorkStatus.OPEN, WorkStatus.ON_HOLD),
        (7, 8),
        ("A", "B"),
    )


def test_what_this_wire_has_no_words_for_is_not_said() -> None:
    units = (commands.LineQuantity(id=3, quantity=2),)
    unsaid: tuple[tuple[AnyOperation, object], ...] = (
        (actions.MOVE, commands.MoveFulfillmentOrder(fulfillment_order_id=1, location_id=2, lines=units)),
        (actions.HOLD, commands.HoldFulfillmentOrder(fulfillment_order_id=1, reason=HoldReason.OTHER, lines=units)),
        (actions.RELEASE_HOLD, commands.ReleaseHolds(fulfillment_order_id=1, hold_ids=(4,))),
    )
    for row, command in unsaid:
        with pytest.raises(NotExpressible):
            row.encode(command)


MOVED = work(NEW)
LEFT = work(status=Status.CLOSED, lines=(), merged_into=NEW)
WHOLE = order(REQUESTED, MOVED)
CHANGED = FulfillmentOrderChanged(order=WHOLE, fulfillment_order=REQUESTED)
FOUND = FulfillmentOrderFound(order=WHOLE, fulfillment_order=REQUESTED, movable=False)
days = st.none() | st.dates(min_value=AT.date(), max_value=AT.date() + timedelta(days=9))
some_words = st.lists(plain_words, max_size=2, unique=True).map(tuple)
some_ids = st.lists(ids, max_size=2, unique=True).map(tuple)


def told(command: type) -> SearchStrategy[Any]:
    return st.builds(command, fulfillment_order_id=ids, message=messages)


BY_NAME: dict[str, tuple[SearchStrategy[Any], Any, Any]] = {
    "find_fulfillment_orders": (
        st.builds(
            FindFulfillmentOrders,
            ids=some_ids,
            order_number=st.none() | st.integers(1, 10**6),
            location_ids=some_ids,
            statuses=st.lists(st.sampled_from(WorkStatus), unique=True).map(tuple),
            request_statuses=st.lists(st.sampled_from(WorkRequestStatus), unique=True).map(tuple),
            shipping_codes=some_words,
            created_from=days,
            created_to=days,
            products=some_ids,
            skus=some_words,
            window=st.builds(Window, limit=st.integers(1, 100), descending=st.just(True)),
        ),
        Page(items=(FOUND,), next=None, previous=None),
        (HEARD,),
    ),
    "get_fulfillment_order": (st.builds(queries.GetFulfillmentOrder, fulfillment_order_id=ids), FOUND, HEARD),
    "list_assigned_fulfillment_orders": (
        st.builds(
            queries.ListAssignedFulfillmentOrders,
            assignment_status=st.none() | st.sampled_from(AssignmentStatus),
            location_ids=some_ids,
            created_from=days,
            created_to=days,
            plainly=st.just(True),
            window=st.builds(Window, limit=st.integers(1, 50), descending=st.just(True)),
        ),
        Page(items=(FOUND,), next=None, previous=None),
        (HEARD,),
    ),
    "list_fulfillment_orders": (
        st.builds(queries.ListFulfillmentOrders, order_id=ids),
        (FOUND, FOUND),
        (HEARD, HEARD),
    ),
    "submit_fulfillment_request": (
        st.builds(
            commands.SubmitFulfillmentRequest,
            fulfillment_order_id=ids,
            message=messages,
            notify_customer=st.booleans(),
            lines=st.none()
            | st.lists(
                st.builds(commands.LineQuantity, id=ids, quantity=st.integers(1, 10**6)), min_size=1, max_size=3
            ).map(tuple),
        ),
        RequestSubmitted(order=WHOLE, original=REQUESTED, submitted=REQUESTED, unsubmitted=MOVED),
        SubmittedRequest(submitted=HEARD, unsubmitted=heard(MOVED)),
    ),
    "reject_fulfillment_request": (
        st.builds(
            commands.RejectFulfillmentRequest,
            fulfillment_order_id=ids,
            reason=st.sampled_from(orders.RejectionReason),
            message=messages,
            lines=st.just(()) | st.just((orders.LineRejection(fulfillment_order_line_id=1),)),
        ),
        CHANGED,
        HEARD,
    ),
    "accept_fulfillment_request": (told(commands.AcceptFulfillmentRequest), CHANGED, HEARD),
    "withdraw_fulfillment_request": (told(commands.WithdrawFulfillmentRequest), CHANGED, HEARD),
    "submit_cancellation_request": (told(commands.SubmitCancellationRequest), CHANGED, HEARD),
    "accept_cancellation_request": (told(commands.AcceptCancellationRequest), CHANGED, HEARD),
    "reject_cancellation_request": (told(commands.RejectCancellationRequest), CHANGED, HEARD),
    "withdraw_cancellation_request": (told(commands.WithdrawCancellationRequest), CHANGED, HEARD),
    "close_fulfillment_order": (told(commands.CloseFulfillmentOrder), CHANGED, HEARD),
    "list_available_locations": (
        st.builds(ListAvailableLocations, fulfillment_order_id=ids),
        (AvailableLocation(location=LOCATIONS[OWN], line_ids=(1, 2)),),
        (OfferedPlace(location_id=OWN, name="Fifth Avenue AppleStore", movable=True),),
    ),
    "cancel_fulfillment_order": (
        st.builds(commands.CancelFulfillmentOrder, fulfillment_order_id=ids, by_whoever_has_it=st.just(True)),
        FulfillmentOrderReplaced(order=WHOLE, original=REQUESTED, replacement=MOVED),
        ReplacedWork(original=HEARD, replacement=heard(MOVED)),
    ),
    "hold_fulfillment_order": (
        st.builds(
            commands.HoldFulfillmentOrder,
            fulfillment_order_id=ids,
            reason=st.sampled_from(orders.HoldReason),
            notes=messages,
            handle=st.just("") | plain_words,
        ),
        FulfillmentOrderHeld(order=WHOLE, held=REQUESTED, hold=HELD, remaining=None),
        HEARD,
    ),
    "release_hold": (st.builds(commands.ReleaseHolds, fulfillment_order_id=ids), CHANGED, HEARD),
    "move_fulfillment_order": (
        st.builds(
            commands.MoveFulfillmentOrder,
            fulfillment_order_id=ids,
            location_id=ids,
            whole_lines=some_ids,
            renumbered=st.just(True),
        ),
        FulfillmentOrderMoved(order=order(LEFT, MOVED), original=LEFT, moved=MOVED, remaining=None),
        MovedWork(original=heard(LEFT, MOVED), moved=heard(MOVED)),
    ),
}


@pytest.mark.parametrize("operation", ROWS, ids=[row.name for row in ROWS])
@given(data=st.data())
def test_a_command_arrives_as_it_was_sent(operation: AnyOperation, data: st.DataObject) -> None:
    drawn, result, expected = BY_NAME[operation.name]
    command = data.draw(drawn)
    arrived: list[Any] = []

    def handle(heard: Any) -> Any:
        arrived.append(heard)
        return result

    def send(call: Call) -> Json:
        return json.loads(
            json.dumps(answer(ROWS, replace(call, body=json.loads(json.dumps(call.body))), handle, CONTEXT))
        )

    assert ask(operation, command, send) == expected
    assert arrived == [operations.narrowed(command)]
