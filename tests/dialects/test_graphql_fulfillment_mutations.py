"""What mutations of fulfillment orders and fulfillments ask for, whom they let in, and what they answer."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec
import pytest

from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.graphql.mutation import Mutation
from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain import refusals
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillment,
    CancelFulfillmentOrder,
    CloseFulfillmentOrder,
    CreateFulfillment,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    LineQuantity,
    MarkAsOpen,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    ReleaseHolds,
    ReportProgress,
    RerouteFulfillmentOrders,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    UpdateTracking,
)
from crossdock.domain.fulfilling import create_fulfillment
from crossdock.domain.holding import hold_fulfillment_order
from crossdock.domain.orders import HoldReason, LineRejection, RejectionReason, Tracking
from crossdock.domain.parcels import add_carrier_event
from crossdock.domain.requests import submit_cancellation_request, submit_fulfillment_request
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.splitting import cancel_fulfillment_order, split_fulfillment_orders
from crossdock.domain.states import RequestStatus, Status
from tests.dialects.graphql_side import (
    ARGUMENTS,
    LATER,
    LATER_READ,
    ROWS,
    Canned,
    ask,
    document,
    fo,
    line,
    parcel,
    payload_type,
    place,
    words,
)
from tests.domain.scene import SERVICE_PLACE, WAREHOUSE, circumstances, order_at, placed_in, the_only


def test_every_mutation_of_the_schema_is_here() -> None:
    mutations = executable().mutation_type
    assert mutations is not None
    asked_for = {each for each in mutations.fields if each.startswith("fulfillment") and "Service" not in each}
    assert {row.name for row in ROWS} == set(ARGUMENTS) == asked_for
    assert len(ROWS) == len(asked_for)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_payload_names_all_that_the_schema_has(row: Mutation) -> None:
    fields = {each for each in payload_type(row.name).fields if each != "userErrors"}
    assert {"".join(w.capitalize() if i else w for i, w in enumerate(o.split("_"))) for o in row.objects} == fields


WHOLE = [LineQuantity(id=4, quantity=2), LineQuantity(id=5, quantity=1)]
TWO_LINES = f"fulfillmentOrderLineItems: [{line(4, 2)}, {line(5, 1)}]"

ASKED: list[tuple[str, str, list[Any]]] = [
    (
        "fulfillmentOrderSubmitFulfillmentRequest",
        f'id: {fo(9)}, message: "Soon.", notifyCustomer: true, {TWO_LINES}',
        [SubmitFulfillmentRequest(fulfillment_order_id=9, message="Soon.", notify_customer=True, lines=tuple(WHOLE))],
    ),
    (
        "fulfillmentOrderSubmitFulfillmentRequest",
        f"id: {fo(9)}, notifyCustomer: null",
        [SubmitFulfillmentRequest(fulfillment_order_id=9)],
    ),
    (
        "fulfillmentOrderAcceptFulfillmentRequest",
        f'id: {fo(9)}, message: "Yes.", estimatedShippedAt: "2020-01-01T00:00:00Z"',
        [
            AcceptFulfillmentRequest(
                fulfillment_order_id=9, message="Yes.", estimated_shipped_at=datetime(2020, 1, 1, tzinfo=UTC)
            )
        ],
    ),
    (
        "fulfillmentOrderRejectFulfillmentRequest",
        f'id: {fo(9)}, reason: INVALID_SKU, message: "No.", lineItems: '
        '[{fulfillmentOrderLineItemId: "gid://shopify/FulfillmentOrderLineItem/4", message: "Which?"}]',
        [
            RejectFulfillmentRequest(
                fulfillment_order_id=9,
                reason=RejectionReason.INVALID_SKU,
                message="No.",
                lines=(LineRejection(fulfillment_order_line_id=4, message="Which?"),),
            )
        ],
    ),
    (
        "fulfillmentOrderRejectFulfillmentRequest",
        f"id: {fo(9)}, reason: null",
        [RejectFulfillmentRequest(fulfillment_order_id=9)],
    ),
    (
        "fulfillmentOrderSubmitCancellationRequest",
        f'id: {fo(9)}, message: "Stop."',
        [SubmitCancellationRequest(fulfillment_order_id=9, message="Stop.")],
    ),
    (
        "fulfillmentOrderAcceptCancellationRequest",
        f"id: {fo(9)}",
        [AcceptCancellationRequest(fulfillment_order_id=9)],
    ),
    (
        "fulfillmentOrderRejectCancellationRequest",
        f"id: {fo(9)}",
        [RejectCancellationRequest(fulfillment_order_id=9)],
    ),
    (
        "fulfillmentOrderClose",
        f'id: {fo(9)}, message: "Lost."',
        [CloseFulfillmentOrder(fulfillment_order_id=9, message="Lost.")],
    ),
    (
        "fulfillmentOrderHold",
        f'id: {fo(9)}, fulfillmentHold: {{reason: AWAITING_PAYMENT, reasonNotes: "unpaid", notifyMerchant: true, '
        f'externalId: "x1", handle: "h", {TWO_LINES}}}',
        [
            HoldFulfillmentOrder(
                fulfillment_order_id=9,
                reason=HoldReason.AWAITING_PAYMENT,
                notes="unpaid",
                external_id="x1",
                handle="h",
                lines=tuple(WHOLE),
            )
        ],
    ),
    (
        "fulfillmentOrderHold",
        f"id: {fo(9)}, fulfillmentHold: {{reason: OTHER}}",
        [HoldFulfillmentOrder(fulfillment_order_id=9, reason=HoldReason.OTHER, lines=())],
    ),
    (
        "fulfillmentOrderReleaseHold",
        f'id: {fo(9)}, holdIds: ["gid://shopify/FulfillmentHold/3"], externalId: "x1"',
        [ReleaseHolds(fulfillment_order_id=9, hold_ids=(3,), external_id="x1")],
    ),
    (
        "fulfillmentOrderMove",
        f"id: {fo(9)}, newLocationId: {place(3)}, {TWO_LINES}",
        [MoveFulfillmentOrder(fulfillment_order_id=9, location_id=3, lines=tuple(WHOLE))],
    ),
    (
        "fulfillmentOrdersReroute",
        f"fulfillmentOrderIds: [{fo(8)}, {fo(9)}, {fo(8)}], includedLocationIds: [{place(1)}], "
        f"excludedLocationIds: [{place(2)}]",
        [
            RerouteFulfillmentOrders(
                fulfillment_order_ids=(8, 9), included_location_ids=(1,), excluded_location_ids=(2,)
            )
        ],
    ),
    (
        "fulfillmentOrdersReroute",
        f"fulfillmentOrderIds: [{fo(8)}], includedLocationIds: []",
        [RerouteFulfillmentOrders(fulfillment_order_ids=(8,))],
    ),
    (
        "fulfillmentOrderSplit",
        ARGUMENTS["fulfillmentOrderSplit"],
        [
            SplitFulfillmentOrders(
                groups=(FulfillmentGroup(fulfillment_order_id=each, lines=(LineQuantity(id=each - 5, quantity=1),)),)
            )
            for each in (8, 9)
        ],
    ),
    (
        "fulfillmentOrderMerge",
        f"{ARGUMENTS['fulfillmentOrderMerge'][:-1]}, {{mergeIntents: [{{fulfillmentOrderId: {fo(1)}}}]}}]",
        [
            MergeFulfillmentOrders(
                groups=(
                    FulfillmentGroup(fulfillment_order_id=8),
                    FulfillmentGroup(fulfillment_order_id=9, lines=(LineQuantity(id=4, quantity=1),)),
                )
            ),
            MergeFulfillmentOrders(groups=(FulfillmentGroup(fulfillment_order_id=1),)),
        ],
    ),
    ("fulfillmentOrderCancel", f"id: {fo(9)}", [CancelFulfillmentOrder(fulfillment_order_id=9)]),
    ("fulfillmentOrderOpen", f"id: {fo(9)}", [MarkAsOpen(fulfillment_order_id=9)]),
    (
        "fulfillmentOrderReportProgress",
        f'id: {fo(9)}, progressReport: {{reasonNotes: "packing"}}',
        [ReportProgress(fulfillment_order_id=9, notes="packing")],
    ),
    ("fulfillmentOrderReportProgress", f"id: {fo(9)}, progressReport: null", [ReportProgress(fulfillment_order_id=9)]),
    (
        "fulfillmentOrderReschedule",
        f"id: {fo(9)}, fulfillAt: {LATER}",
        [RescheduleFulfillmentOrder(fulfillment_order_id=9, fulfill_at=LATER_READ)],
    ),
    (
        "fulfillmentOrdersSetFulfillmentDeadline",
        f"fulfillmentOrderIds: [{fo(8)}, {fo(9)}, {fo(8)}], fulfillmentDeadline: {LATER}",
        [SetFulfillmentDeadline(fulfillment_order_ids=(each,), deadline=LATER_READ) for each in (8, 9)],
    ),
    *(
        (
            name,
            f"fulfillment: {{lineItemsByFulfillmentOrder: [{{fulfillmentOrderId: {fo(8)}}}, "
            f"{{fulfillmentOrderId: {fo(9)}, {TWO_LINES}}}], notifyCustomer: true, "
            'trackingInfo: {number: "1Z", url: "https://x.example/1Z", company: "UPS"}, '
            'originAddress: {countryCode: "SE"}}, message: "Off."',
            [
                CreateFulfillment(
                    groups=(
                        FulfillmentGroup(fulfillment_order_id=8),
                        FulfillmentGroup(fulfillment_order_id=9, lines=tuple(WHOLE)),
                    ),
                    tracking=(Tracking(number="1Z", url="https://x.example/1Z", company="UPS"),),
                    notify_customer=True,
                    message="Off.",
                )
            ],
        )
        for name in ("fulfillmentCreate", "fulfillmentCreateV2")
    ),
    ("fulfillmentCancel", f"id: {parcel(6)}", [CancelFulfillment(fulfillment_id=6)]),
    *(
        (
            name,
            f"fulfillmentId: {parcel(6)}, notifyCustomer: true, trackingInfoInput: "
            '{numbers: ["a", "b", "c"], urls: ["https://x.example/a", "https://x.example/b"], company: "DHL"}',
            [
                UpdateTracking(
                    fulfillment_id=6,
                    notify_customer=True,
                    tracking=(
                        Tracking(number="a", url="https://x.example/a", company="DHL"),
                        Tracking(number="b", url="https://x.example/b", company="DHL"),
                        Tracking(number="c", company="DHL"),
                    ),
                )
            ],
        )
        for name in ("fulfillmentTrackingInfoUpdate", "fulfillmentTrackingInfoUpdateV2")
    ),
    (
        "fulfillmentTrackingInfoUpdate",
        f'fulfillmentId: {parcel(6)}, trackingInfoInput: {{company: "DHL", number: ""}}',
        [UpdateTracking(fulfillment_id=6, tracking=(Tracking(company="DHL"),))],
    ),
    ("fulfillmentTrackingInfoUpdate", ARGUMENTS["fulfillmentTrackingInfoUpdate"], [UpdateTracking(fulfillment_id=6)]),
    (
        "fulfillmentEventCreate",
        f"fulfillmentEvent: {{fulfillmentId: {parcel(6)}, status: IN_TRANSIT, happenedAt: {LATER}, "
        f'estimatedDeliveryAt: {LATER}, message: "m", address1: "a", city: "c", province: "p", zip: "z", '
        'country: "k", latitude: 1.5, longitude: -2}',
        [
            AddCarrierEvent(
                fulfillment_id=6,
                status=ShipmentStatus.IN_TRANSIT,
                happened_at=LATER_READ,
                estimated_delivery_at=LATER_READ,
                message="m",
                address1="a",
                city="c",
                province="p",
                zip="z",
                country="k",
                latitude=1.5,
                longitude=-2,
            )
        ],
    ),
]


@pytest.mark.parametrize(("name", "arguments", "commands"), ASKED, ids=[name for name, _, _ in ASKED])
async def test_what_a_mutation_asks_for(name: str, arguments: str, commands: list[Any]) -> None:
    side = Canned(refusal=refusals.NothingToFulfill())
    await ask(document(name, arguments), side)
    (write,) = side.asked
    assert list(write.commands) == commands


# Source: Shopify GraphQL, access scopes of the mutations.
ASSIGNED, MERCHANT_MANAGED, THIRD_PARTY, MARKETPLACE = (
    f"write_{each}_fulfillment_orders" for each in ("assigned", "merchant_managed", "third_party", "marketplace")
)
ANY_OF_THREE = {ASSIGNED, MERCHANT_MANAGED, THIRD_PARTY}
NEEDED: dict[str, set[str]] = {
    **{
        key: {THIRD_PARTY}
        for key in ("fulfillmentOrderSubmitFulfillmentRequest", "fulfillmentOrderSubmitCancellationRequest")
    },
    **{
        key: {ASSIGNED}
        for key in (
            "fulfillmentOrderAcceptFulfillmentRequest",
            "fulfillmentOrderRejectFulfillmentRequest",
            "fulfillmentOrderAcceptCancellationRequest",
            "fulfillmentOrderRejectCancellationRequest",
            "fulfillmentOrderClose",
        )
    },
    **{
        key: {MERCHANT_MANAGED, THIRD_PARTY}
        for key in (
            f"fulfillmentOrder{each}" for each in ("Cancel", "Hold", "Move", "Open", "Reschedule", "Split", "Merge")
        )
    },
    **{
        key: {MERCHANT_MANAGED, THIRD_PARTY, MARKETPLACE}
        for key in ("fulfillmentOrderReleaseHold", "fulfillmentOrdersSetFulfillmentDeadline")
    },
    "fulfillmentOrderReportProgress": {MERCHANT_MANAGED, ASSIGNED},
    **dict.fromkeys(
        (
            "fulfillmentOrdersReroute",
            "fulfillmentCreate",
            "fulfillmentCreateV2",
            "fulfillmentCancel",
            "fulfillmentTrackingInfoUpdate",
            "fulfillmentTrackingInfoUpdateV2",
            "fulfillmentOrderLineItemsPreparedForPickup",
        ),
        ANY_OF_THREE,
    ),
    "fulfillmentEventCreate": {"write_fulfillments"},
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_any_one_of_its_scopes_lets_a_caller_in_and_no_other(row: Mutation) -> None:
    needed = NEEDED[row.name]
    side = Canned(refusal=refusals.NothingToFulfill())
    for scope in needed:
        _, answer = await ask(document(row.name), side, [scope])
        assert "errors" not in answer
    for others in ([], [each for each in SCOPES if each not in needed]):
        side = Canned()
        _, answer = await ask(document(row.name), side, others)
        (problem,) = answer["errors"]
        assert answer["data"] == {row.name: None}
        assert problem["extensions"]["code"] == "ACCESS_DENIED"
        assert problem["message"].startswith(f"Access denied for {row.name} field. Required access: `write_")
        assert side.asked == []


async def test_words_of_closed_sets_are_the_domain_s() -> None:
    types = executable().type_map
    assert set(words(types["FulfillmentHoldReason"])) == set(HoldReason.__members__)
    assert set(words(types["FulfillmentOrderRejectionReason"])) == set(RejectionReason.__members__)
    assert set(words(types["FulfillmentEventStatus"])) < set(ShipmentStatus.__members__)


def _results() -> list[tuple[str, Any]]:
    """A result of each kind, of decisions made for the occasion."""
    at_service, at_warehouse = order_at(SERVICE_PLACE, 3), order_at(WAREHOUSE, 3)
    asked, mine = the_only(at_service), the_only(at_warehouse)
    some = (LineQuantity(id=mine.lines[0].id, quantity=1),)
    now = circumstances(ids=count(9000))
    working = placed_in(at_service, Status.IN_PROGRESS, RequestStatus.ACCEPTED)
    shipped = create_fulfillment(
        at_warehouse, CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=mine.id),)), now
    )
    event = AddCarrierEvent(
        fulfillment_id=shipped.order.fulfillments[0].id, status=ShipmentStatus.DELIVERED, latitude=1.5
    )
    return [
        (
            "fulfillmentOrderSubmitFulfillmentRequest",
            submit_fulfillment_request(
                at_service,
                SubmitFulfillmentRequest(
                    fulfillment_order_id=asked.id, lines=(LineQuantity(id=asked.lines[0].id, quantity=1),)
                ),
                now,
            ).result,
        ),
        (
            "fulfillmentOrderSubmitCancellationRequest",
            submit_cancellation_request(working, SubmitCancellationRequest(fulfillment_order_id=asked.id), now).result,
        ),
        (
            "fulfillmentOrderHold",
            hold_fulfillment_order(
                at_warehouse,
                HoldFulfillmentOrder(fulfillment_order_id=mine.id, reason=HoldReason.OTHER, lines=some),
                now,
            ).result,
        ),
        (
            "fulfillmentOrderSplit",
            split_fulfillment_orders(
                at_warehouse,
                SplitFulfillmentOrders(groups=(FulfillmentGroup(fulfillment_order_id=mine.id, lines=some),)),
                now,
            ).result,
        ),
        (
            "fulfillmentOrderCancel",
            cancel_fulfillment_order(at_warehouse, CancelFulfillmentOrder(fulfillment_order_id=mine.id), now).result,
        ),
        ("fulfillmentCreate", shipped.result),
        ("fulfillmentEventCreate", add_carrier_event(shipped.order, event, now).result),
    ]


@pytest.mark.parametrize(("name", "result"), _results(), ids=[name for name, _ in _results()])
async def test_a_payload_has_what_came_of_it_also_when_it_is_told_again(name: str, result: Any) -> None:
    row = next(row for row in ROWS if row.name == name)
    kept = msgspec.json.decode(msgspec.json.encode(result), type=row.result)
    assert kept == result
    _, answer = await ask(document(name), Canned(results=[result]))
    assert "errors" not in answer
    payload = answer["data"][name]
    assert payload.pop("userErrors") == []
    assert all(payload.values())


async def test_the_answer_to_a_cancellation_request_still_says_accepted() -> None:
    result = dict(_results())["fulfillmentOrderSubmitCancellationRequest"]
    assert result.fulfillment_order.request_status is RequestStatus.CANCELLATION_REQUESTED
    row = next(row for row in ROWS if row.name == "fulfillmentOrderSubmitCancellationRequest")
    shown = row.payload(result, None, {})["fulfillment_order"]  # type: ignore[arg-type]  # it looks at nothing else
    assert (shown.fulfillment_order.status, shown.fulfillment_order.request_status) == (
        Status.IN_PROGRESS,
        RequestStatus.ACCEPTED,
    )
    assert len(shown.fulfillment_order.requests) == len(result.fulfillment_order.requests)


async def test_of_several_commands_about_one_order_each_shows_what_came_of_all() -> None:
    before = order_at(WAREHOUSE, 4)
    mine = the_only(before)
    groups = (FulfillmentGroup(fulfillment_order_id=mine.id, lines=(LineQuantity(id=mine.lines[0].id, quantity=1),)),)
    ids = count(9000)
    first = split_fulfillment_orders(before, SplitFulfillmentOrders(groups=groups), circumstances(ids=ids))
    second = split_fulfillment_orders(first.order, SplitFulfillmentOrders(groups=groups), circumstances(ids=ids))
    row = next(row for row in ROWS if row.name == "fulfillmentOrderSplit")
    payload = row.payload([first.result, second.result], None, {})  # type: ignore[arg-type]  # it looks at nothing else
    one, other = payload["fulfillment_order_splits"]
    assert one["fulfillment_order"] == other["fulfillment_order"]
    assert one["fulfillment_order"].fulfillment_order.remaining == 2
    assert one["remaining_fulfillment_order"] != other["remaining_fulfillment_order"]
