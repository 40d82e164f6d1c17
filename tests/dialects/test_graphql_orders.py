"""What fulfillment orders offer and show by GraphQL, held to what was recorded of real shops."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from inspect import isawaitable
from typing import Any

import pytest
from graphql import parse

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking, Write
from crossdock.dialects.shopify.graphql.errors import TopLevel
from crossdock.dialects.shopify.graphql.execution import answer_of, start
from crossdock.dialects.shopify.graphql.money import decimal
from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain.access import Caller
from crossdock.domain.orders import (
    MOST_HOLDS_OF_AN_APP,
    FulfillmentOrder,
    FulfillmentStatus,
    Hold,
    HoldReason,
    Order,
    RequestKind,
    Tracking,
)
from crossdock.domain.places import Location
from crossdock.domain.queries import FulfillmentOrderFound, GetFulfillmentOrder, GetOrder
from crossdock.domain.searching import FindStocking
from crossdock.domain.shops import Shop
from crossdock.domain.states import Place, RequestStatus, Status
from tests.dialects.scene import AT, GOODS, LOCATIONS, OWN, SHIPWIRE, SHOP, fulfillment_order, order, parcel, submitted

APP = 7
WORK = 1046000818


@dataclass(frozen=True)
class Canned:
    """A side that has loaded one order, whose items are stocked at these locations."""

    order: Order
    stocked_at: tuple[int, ...] = ()
    shop: Shop = SHOP
    locations: Mapping[int, Location] = None  # type: ignore[assignment]  # those of the samples
    at: datetime = AT

    def load(self, query: Any, then: Callable[[Any], Any]) -> Awaitable[Any]:
        async def loaded() -> Any:
            return then(self.answer(query))

        return loaded()

    def answer(self, query: Any) -> Any:
        match query:
            case GetOrder():
                return self.order
            case GetFulfillmentOrder(fulfillment_order_id=id):
                return FulfillmentOrderFound(order=self.order, fulfillment_order=self.order.fulfillment_order(id))
            case FindStocking(inventory_item_ids=items):
                return frozenset((item, place) for item in items for place in self.stocked_at)
        raise AssertionError(query)

    def carry_out(self, write: Write) -> Awaitable[Any]:
        raise AssertionError(write)

    def turn_down(self, what: Json, answer: Json | TopLevel) -> Awaitable[Any]:
        raise AssertionError(what, answer)


def asked(text: str, of: Order, *stocked_at: int) -> Json:
    """Execute a document over an order and return its data."""

    async def run() -> Json:
        asking = Asking(
            serving=Canned(of, stocked_at, locations=LOCATIONS),
            caller=Caller(app_id=APP),
            scopes=frozenset(SCOPES),
            currency=SHOP.currency,
            version="2026-07",
            base_url="https://jsmith.myshopify.com",
        )
        started = start(parse(text), {}, None, asking)
        result = await started if isawaitable(started) else started
        answer = answer_of(result, asking)
        assert "errors" not in answer, answer
        return answer["data"]

    return asyncio.run(run())


def work_in(state: str, place: Place, *, goods: slice = slice(0, 1), **more: Any) -> FulfillmentOrder:
    status, request_status = state.split("/")
    count = len(GOODS[goods])
    return fulfillment_order(
        WORK,
        tuple(range(1, count + 1)),
        goods=goods,
        status=Status(status),
        request_status=RequestStatus(request_status),
        place=place,
        location_id=OWN if place is Place.MERCHANT else SHIPWIRE,
        **more,
    )


def actions(work: FulfillmentOrder, *others: FulfillmentOrder, stocked_at: tuple[int, ...]) -> set[str]:
    text = f'{{ fulfillmentOrder(id: "gid://shopify/FulfillmentOrder/{WORK}") {{ supportedActions {{ action }} }} }}'
    found = asked(text, order(work, *others), *stocked_at)["fulfillmentOrder"]
    return {each["action"] for each in found["supportedActions"]}


MERCHANT, SERVICE = Place.MERCHANT, Place.SERVICE


@pytest.mark.parametrize(
    ("state", "place", "recorded"),
    [
        ("open/unsubmitted", MERCHANT, "CREATE_FULFILLMENT REPORT_PROGRESS MOVE HOLD"),
        ("open/unsubmitted", SERVICE, "REQUEST_FULFILLMENT CREATE_FULFILLMENT HOLD MOVE"),
        ("open/submitted", SERVICE, "CANCEL_FULFILLMENT_ORDER"),
        ("in_progress/accepted", SERVICE, "CREATE_FULFILLMENT REQUEST_CANCELLATION"),
        ("in_progress/cancellation_requested", SERVICE, "CREATE_FULFILLMENT CANCEL_FULFILLMENT_ORDER"),
        ("in_progress/cancellation_rejected", SERVICE, "CREATE_FULFILLMENT"),
        ("on_hold/unsubmitted", MERCHANT, "RELEASE_HOLD HOLD MOVE"),
        ("closed/unsubmitted", MERCHANT, ""),
    ],
)
def test_what_is_offered_was_recorded(state: str, place: Place, recorded: str) -> None:
    """Source: Shopify GraphQL, supportedActions as recorded and documented; with another place that stocks the item."""
    assert actions(work_in(state, place), stocked_at=(OWN, SHIPWIRE)) == set(recorded.split())


def test_reported_progress_can_be_taken_back() -> None:
    """Source: Shopify GraphQL, IN_PROGRESS / UNSUBMITTED as recorded."""
    work = work_in("in_progress/unsubmitted", MERCHANT, progress_reported=True)
    assert actions(work, stocked_at=(SHIPWIRE,)) == {"CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"}


def test_split_and_merge_take_more_than_one() -> None:
    """Source: Shopify GraphQL, supportedActions as recorded: SPLIT with more than one unit, MERGE with a sibling."""
    work = work_in("open/unsubmitted", MERCHANT, goods=slice(0, 2))
    alone = actions(work, stocked_at=(SHIPWIRE,))
    assert "SPLIT" in alone
    assert "MERGE" not in alone
    sibling = replace(work_in("open/unsubmitted", MERCHANT), id=WORK + 1)
    assert "MERGE" in actions(work, sibling, stocked_at=(SHIPWIRE,))


def test_there_is_no_move_to_nowhere() -> None:
    """Recorded in a shop where nothing else could take it."""
    assert "MOVE" not in actions(work_in("open/unsubmitted", MERCHANT), stocked_at=(OWN,))


@pytest.mark.parametrize(("app_id", "offered"), [(APP, False), (APP + 1, True)])
def test_an_app_that_holds_as_often_as_it_can_is_offered_no_more(app_id: int, offered: bool) -> None:
    """Source: Shopify GraphQL, "without HOLD once the asking app has 10 holds on it", recorded."""
    holds = tuple(
        Hold(id=each, reason=HoldReason.OTHER, placed_at=AT, app_id=app_id, handle=str(each))
        for each in range(MOST_HOLDS_OF_AN_APP)
    )
    work = work_in("on_hold/unsubmitted", MERCHANT, holds=holds)
    assert ("HOLD" in actions(work, stocked_at=(SHIPWIRE,))) is offered


def test_requests_are_shown_as_recorded() -> None:
    """Source: Shopify GraphQL, merchant requests of a submitted fulfillment and cancellation request, recorded."""
    asked_for = submitted("Please.")
    cancelled = replace(submitted("Stop."), id=2, kind=RequestKind.CANCELLATION)
    work = work_in("in_progress/cancellation_requested", SERVICE, requests=(asked_for, cancelled))
    found = asked(
        f"""{{ fulfillmentOrder(id: "gid://shopify/FulfillmentOrder/{WORK}") {{
            merchantRequests(first: 5) {{ nodes {{ kind message requestOptions responseData }} }}
            only: merchantRequests(first: 5, kind: CANCELLATION_REQUEST) {{ nodes {{ message }} }}
        }} }}""",
        order(work),
    )["fulfillmentOrder"]
    assert found["merchantRequests"]["nodes"] == [
        {
            "kind": "FULFILLMENT_REQUEST",
            "message": "Please.",
            "requestOptions": {"notify_customer": False},
            "responseData": None,
        },
        {"kind": "CANCELLATION_REQUEST", "message": "Stop.", "requestOptions": {}, "responseData": None},
    ]
    assert found["only"]["nodes"] == [{"message": "Stop."}]


def test_a_parcel_is_shown_as_recorded() -> None:
    """Source: Shopify GraphQL, fulfillmentCreate and fulfillmentCancel as recorded."""
    trackings = (Tracking(number="A", company="Acme"), Tracking(number="B", company="Acme"))
    shipped = order()
    sent = parcel(shipped.lines[0], number=2, tracking=trackings)
    text = f"""{{ order(id: "gid://shopify/Order/{shipped.id}") {{ fulfillments {{
        name status displayStatus originAddress {{ city }} trackingInfo {{ number company }} totalQuantity
    }} }} }}"""
    (found,) = asked(text, order(fulfillments=(sent,)))["order"]["fulfillments"]
    assert found == {
        "name": "#1001-F2",
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "originAddress": None,
        "trackingInfo": [{"number": "A", "company": "Acme"}, {"number": "B", "company": "Acme"}],
        "totalQuantity": 1,
    }
    back = replace(sent, status=FulfillmentStatus.CANCELLED)
    (found,) = asked(text, order(fulfillments=(back,)))["order"]["fulfillments"]
    assert (found["status"], found["displayStatus"]) == ("CANCELLED", "CANCELED")


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(1000, "EUR", "10.0"), (1050, "EUR", "10.5"), (1055, "EUR", "10.55"), (0, "EUR", "0.0"), (-5, "EUR", "-0.05"),
     (1000, "JPY", "1000.0"), (1234, "KWD", "1.234")],
)  # fmt: skip
def test_decimals_are_as_short_as_recorded(amount: int, currency: str, written: str) -> None:
    """Source: Shopify GraphQL, "10.0" in answers for 10.00 sent, recorded."""
    assert decimal(amount, currency) == written
