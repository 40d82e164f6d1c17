"""Mutations of fulfillment orders and fulfillments, and a side that answers them as a test wants."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, parse
from graphql.type import GraphQLEnumType, GraphQLObjectType, get_named_type

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.graphql.context import Asking, Write
from crossdock.dialects.shopify.graphql.errors import TopLevel
from crossdock.dialects.shopify.graphql.execution import answer_of, start
from crossdock.dialects.shopify.graphql.mutation import Mutation
from crossdock.dialects.shopify.graphql.mutations import (
    fulfilling,
    holding,
    moving,
    requests,
    scheduling,
    splitting,
)
from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain.access import MERCHANT
from crossdock.domain.places import Location
from crossdock.domain.refusals import Refusal
from crossdock.domain.shops import Shop
from tests.dialects.scene import CONTEXT

ROWS: tuple[Mutation, ...] = (
    *requests.MUTATIONS,
    *holding.MUTATIONS,
    *moving.MUTATIONS,
    *splitting.MUTATIONS,
    *scheduling.MUTATIONS,
    *fulfilling.MUTATIONS,
)
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = '"2026-03-09T12:00:00Z"'
LATER_READ = datetime(2026, 3, 9, 12, tzinfo=UTC)


def fo(number: int) -> str:
    return f'"gid://shopify/FulfillmentOrder/{number}"'


def line(number: int, quantity: int) -> str:
    return f'{{id: "gid://shopify/FulfillmentOrderLineItem/{number}", quantity: {quantity}}}'


def parcel(number: int) -> str:
    return f'"gid://shopify/Fulfillment/{number}"'


def place(number: int) -> str:
    return f'"gid://shopify/Location/{number}"'


@dataclass
class Canned:
    """A side that answers every mutation with the results given, or the refusal."""

    results: Sequence[Any] = ()
    refusal: Refusal | None = None
    asked: list[Write] = field(default_factory=list)
    shop: Shop = CONTEXT.shop
    locations: dict[int, Location] = field(default_factory=dict)
    at: datetime = AT

    def load(self, query: Any, then: Callable[[Any], Any]) -> Awaitable[Any]:
        raise AssertionError(query)

    async def carry_out(self, write: Write) -> Json:
        self.asked.append(write)
        return write.refused(self.refusal) if self.refusal else write.done(self.results)

    async def turn_down(self, what: Json, answer: Json | TopLevel) -> Json:
        if isinstance(answer, TopLevel):
            raise answer
        return answer


async def ask(
    text: str, side: Canned, scopes: Sequence[str] = SCOPES, variables: dict[str, Json] | None = None
) -> tuple[ExecutionResult, dict[str, Json]]:
    asking = Asking(
        serving=side,
        caller=MERCHANT,
        scopes=frozenset(scopes),
        version="2026-07",
        base_url="",
        currency="USD",
        request_id="r",
    )
    started = start(parse(text), variables or {}, None, asking)
    result = await started if isawaitable(started) else started
    return result, answer_of(result, asking)


ARGUMENTS: dict[str, str] = {
    "fulfillmentOrderSubmitFulfillmentRequest": f"id: {fo(9)}, fulfillmentOrderLineItems: [{line(4, 1)}]",
    "fulfillmentOrderAcceptFulfillmentRequest": f"id: {fo(9)}",
    "fulfillmentOrderRejectFulfillmentRequest": f"id: {fo(9)}",
    "fulfillmentOrderSubmitCancellationRequest": f"id: {fo(9)}",
    "fulfillmentOrderAcceptCancellationRequest": f"id: {fo(9)}",
    "fulfillmentOrderRejectCancellationRequest": f"id: {fo(9)}",
    "fulfillmentOrderClose": f"id: {fo(9)}",
    "fulfillmentOrderHold": (
        f"id: {fo(9)}, fulfillmentHold: {{reason: OTHER, fulfillmentOrderLineItems: [{line(4, 1)}]}}"
    ),
    "fulfillmentOrderReleaseHold": f"id: {fo(9)}",
    "fulfillmentOrderMove": f"id: {fo(9)}, newLocationId: {place(3)}, fulfillmentOrderLineItems: [{line(4, 1)}]",
    "fulfillmentOrdersReroute": f"fulfillmentOrderIds: [{fo(9)}]",
    "fulfillmentOrderSplit": (
        f"fulfillmentOrderSplits: [{{fulfillmentOrderId: {fo(8)}, fulfillmentOrderLineItems: [{line(3, 1)}]}}, "
        f"{{fulfillmentOrderId: {fo(9)}, fulfillmentOrderLineItems: [{line(4, 1)}]}}]"
    ),
    "fulfillmentOrderMerge": (
        f"fulfillmentOrderMergeInputs: [{{mergeIntents: [{{fulfillmentOrderId: {fo(8)}}}, "
        f"{{fulfillmentOrderId: {fo(9)}, fulfillmentOrderLineItems: [{line(4, 1)}]}}]}}]"
    ),
    "fulfillmentOrderCancel": f"id: {fo(9)}",
    "fulfillmentOrderOpen": f"id: {fo(9)}",
    "fulfillmentOrderReportProgress": f"id: {fo(9)}",
    "fulfillmentOrderReschedule": f"id: {fo(9)}, fulfillAt: {LATER}",
    "fulfillmentOrdersSetFulfillmentDeadline": f"fulfillmentOrderIds: [{fo(9)}], fulfillmentDeadline: {LATER}",
    "fulfillmentOrderLineItemsPreparedForPickup": (
        f"input: {{lineItemsByFulfillmentOrder: [{{fulfillmentOrderId: {fo(9875856720178)}}}]}}"
    ),
    "fulfillmentCreate": f"fulfillment: {{lineItemsByFulfillmentOrder: [{{fulfillmentOrderId: {fo(9)}}}]}}",
    "fulfillmentCreateV2": f"fulfillment: {{lineItemsByFulfillmentOrder: [{{fulfillmentOrderId: {fo(9)}}}]}}",
    "fulfillmentCancel": f"id: {parcel(6)}",
    "fulfillmentTrackingInfoUpdate": f"fulfillmentId: {parcel(6)}, trackingInfoInput: {{}}",
    "fulfillmentTrackingInfoUpdateV2": f"fulfillmentId: {parcel(6)}, trackingInfoInput: {{}}",
    "fulfillmentEventCreate": f"fulfillmentEvent: {{fulfillmentId: {parcel(6)}, status: DELIVERED}}",
}


def payload_type(name: str) -> GraphQLObjectType:
    mutations = executable().mutation_type
    assert mutations is not None
    named = get_named_type(mutations.fields[name].type)
    assert isinstance(named, GraphQLObjectType)
    return named


def codes_of(name: str) -> frozenset[str]:
    """The codes that a mutation's user errors can have; none for plain ones."""
    errors = get_named_type(payload_type(name).fields["userErrors"].type)
    assert isinstance(errors, GraphQLObjectType)
    code = errors.fields.get("code")
    return frozenset() if code is None else frozenset(words(code.type))


def words(type_: Any) -> Sequence[str]:
    """The words of an enum."""
    named = get_named_type(type_)
    assert isinstance(named, GraphQLEnumType)
    return list(named.values)


def document(name: str, arguments: str | None = None) -> str:
    """A mutation with all that its payload has, one level deep."""
    objects = [
        f"{each} {{ __typename }}" if isinstance(get_named_type(of.type), GraphQLObjectType) else each
        for each, of in payload_type(name).fields.items()
        if each != "userErrors"
    ]
    code = " code" if codes_of(name) else ""
    return (
        f"mutation {{ {name}({arguments or ARGUMENTS[name]}) "
        f"{{ {' '.join(objects)} userErrors {{ field message{code} }} }} }}"
    )
