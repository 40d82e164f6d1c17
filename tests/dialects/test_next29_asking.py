"""What a 29 Next store's answers mean to a service, and where its lists lead."""

from typing import Any

import pytest

from crossdock.dialects.asking import Disconnected, Later, Refused, Reply, Taken, Withheld
from crossdock.dialects.next29.transports import REST
from crossdock.domain.commands import AcceptFulfillmentRequest, RejectFulfillmentRequest
from crossdock.domain.orders import RejectionReason
from crossdock.domain.queries import AssignmentStatus, GetShop, ListAssignedFulfillmentOrders


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    return Reply(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=body)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (reply(200, {}), Taken()),
        (reply(201, {}), Taken()),
        (reply(400, {"detail": "No."}), Refused(words="400: No.")),
        (
            reply(400, {"carrier": ["Unknown."], "non_field_errors": ["And no."]}),
            Refused(words="400: carrier: Unknown.; And no."),
        ),
        (reply(401, {"detail": "Invalid token."}), Disconnected(words="401: Invalid token.")),
        (reply(403, {"detail": "You may not."}), Withheld(words="403: You may not.")),
        (reply(404, {"detail": "Not found."}), Refused(words="404: Not found.", missing=True)),
        (reply(404), Withheld(words="there is no Admin API under this address (404)")),
        (reply(429, {"detail": "Slow."}, retry_after="3"), Later(words="429: Slow.", seconds=3.0, early=True)),
        (reply(429, retry_after="soon"), Later(words="429", seconds=1.0, early=True)),
        (reply(500), Later(words="500")),
        (reply(503, {"detail": "Down."}), Later(words="503: Down.")),
    ],
)
def test_answers_are_told_apart(given: Reply, meant: object) -> None:
    assert REST.judge(given) == meant


def test_only_the_query_of_the_next_page_is_followed() -> None:
    query = ListAssignedFulfillmentOrders(assignment_status=AssignmentStatus.FULFILLMENT_REQUESTED)
    row = REST.rows[ListAssignedFulfillmentOrders]
    call = row.encode(query)
    assert (call.method, call.path) == ("GET", "assigned-fulfillment-orders/")
    assert call.query == (("assignment_status", "fulfillment_requested"),)
    address = "https://evil.example/steal/?assignment_status=fulfillment_requested&cursor=abc"
    following = REST.following(row, call, reply(200, {"next": address, "results": []}))
    assert following is not None
    assert (following.path, following.query) == (call.path, (*call.query, ("cursor", "abc")))
    assert REST.following(row, following, reply(200, {"next": address, "results": []})) is None
    assert REST.following(row, following, reply(200, {"next": None, "results": []})) is None


def test_only_an_answer_that_came_too_early_tells_of_the_budget() -> None:
    assert REST.budget(reply(200, {})) is None
    left = REST.budget(reply(429))
    assert left is not None
    assert (left.available, left.maximum, left.per_second) == (0.0, 4.0, 4.0)


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (RejectionReason.INCORRECT_ADDRESS, "incorrect_address"),
        (RejectionReason.INVENTORY_OUT_OF_STOCK, "inventory_out_of_stock"),
        (RejectionReason.INELIGIBLE_PRODUCT, "ineligible_product"),
        (RejectionReason.INVALID_SKU, "ineligible_product"),
        (RejectionReason.UNDELIVERABLE_DESTINATION, "undeliverable_address"),
        (RejectionReason.OTHER, "other"),
    ],
)
def test_a_rejection_says_one_of_the_five_reasons(reason: RejectionReason, word: str) -> None:
    command = RejectFulfillmentRequest(fulfillment_order_id=5, reason=reason, message="Sorry")
    call = REST.rows[RejectFulfillmentRequest].encode(command)
    assert (call.method, call.path) == ("POST", "fulfillment-orders/5/fulfillment-request/reject/")
    assert call.body == {"rejected_reason": word, "message": "Sorry"}


def test_a_token_and_a_version_go_in_headers() -> None:
    assert REST.credentials("abc") == {"Authorization": "Bearer abc"}
    assert REST.headers("2024-04-01") == {"X-29next-API-Version": "2024-04-01"}
    call = REST.rows[AcceptFulfillmentRequest].encode(AcceptFulfillmentRequest(fulfillment_order_id=5))
    assert (REST.base, call.path) == ("/api/admin/", "fulfillment-orders/5/fulfillment-request/accept/")


def test_a_store_says_its_name_and_its_money() -> None:
    # Source: 29 Next Admin API 2024-04-01, Store and Currency: currencies are objects.
    answer = {
        "name": "Roasters",
        "primary_domain": "roasters.example",
        "timezone": "Europe/Stockholm",
        "available_currencies": [{"code": "SEK", "label": "Swedish krona"}, {"code": "EUR", "label": "Euro"}],
    }
    store = REST.rows[GetShop].decode_result(answer)
    assert (store.name, store.currency, store.timezone) == ("Roasters", "SEK", "Europe/Stockholm")
