"""Reading what Shopify's GraphQL answers: ids, enums, and the objects that several documents select alike."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify.fields import REQUIRED, Fields
from crossdock.dialects.shopify.graphql.ids import read_gid
from crossdock.domain.countries import country_name
from crossdock.domain.orders import RequestKind
from crossdock.domain.places import Address
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import AssignedFulfillmentOrder, AssignedLine, AssignedRequest, BookedFulfillment

Word = TypeVar("Word", bound=StrEnum)

_NUMBERED = re.compile(r"-F(\d+)$", re.ASCII)

FULFILLMENT_ORDER = """
    id orderId orderName status requestStatus createdAt updatedAt
    assignedLocation { location { id } }
    destination { firstName lastName company address1 address2 city province zip countryCode phone }
    merchantRequests(last: 5) { nodes { kind sentAt message requestOptions } }
"""
LINES = """
    pageInfo { hasNextPage endCursor }
    nodes { id totalQuantity remainingQuantity inventoryItemId sku lineItem { id } }
"""
FULFILLMENT = """
    id name status location { id } trackingInfo(first: 50) { number }
    fulfillmentOrders(first: 1) { nodes { orderId } }
"""
USER_ERRORS = "userErrors { field message }"
CODED_ERRORS = "userErrors { field message code }"


def number(fields: Fields, name: str = "id") -> int:
    """Read the number of a global id that must be there. Raises: Unreadable."""
    return read_gid(fields.need(name, fields.text(name))).number


def number_or_none(fields: Fields, name: str) -> int | None:
    text = fields.text(name)
    return None if text is None else read_gid(text).number


def within(fields: Fields, *path: str) -> Fields:
    """Go down to an object that must be there. Raises: Unreadable, with the place that is empty."""
    for name in path:
        fields = fields.need(name, fields.within(name))
    return fields


def word(fields: Fields, name: str, words: type[Word]) -> Word:
    """Read one of our words from an enum. Raises: Unreadable for a value that we do not know."""
    text = fields.need(name, fields.text(name))
    try:
        return words(text.lower())
    except ValueError as error:
        raise Unreadable(fields.where(name), f"the value {text[:100]} is not known") from error


def nodes(fields: Fields, *path: str) -> Sequence[Fields]:
    """Read the nodes of a connection that must be there."""
    return within(fields, *path).each("nodes") or ()


def read_fulfillment_order(fields: Fields) -> AssignedFulfillmentOrder:
    """Read a fulfillment order; without its lines in the document it is not complete."""
    lines = fields.within("lineItems")
    destination = fields.within("destination")
    more = within(lines, "pageInfo").flag("hasNextPage") if lines else True
    return AssignedFulfillmentOrder(
        id=number(fields),
        order_id=number(fields, "orderId"),
        order_name=fields.text("orderName"),
        location_id=number(within(fields, "assignedLocation", "location")),
        status=word(fields, "status", Status),
        request_status=word(fields, "requestStatus", RequestStatus),
        lines=tuple(_read_line(line) for line in nodes(lines)) if lines else (),
        complete=not more,
        created_at=fields.need("createdAt", fields.time("createdAt")),
        updated_at=fields.need("updatedAt", fields.time("updatedAt")),
        destination=_read_destination(destination) if destination else None,
        requests=tuple(_read_request(each) for each in nodes(fields, "merchantRequests") if _is_known(each)),
    )


def read_known(orders: Sequence[Fields]) -> tuple[AssignedFulfillmentOrder, ...]:
    """Read the fulfillment orders whose state is one that we know; others wait until we do, and are told as drift."""
    return tuple(
        read_fulfillment_order(each)
        for each in orders
        if _knows(each, "status", Status) and _knows(each, "requestStatus", RequestStatus)
    )


def read_fulfillment(fields: Fields) -> BookedFulfillment:
    """Read a fulfillment."""
    of = nodes(fields, "fulfillmentOrders")
    numbers = [each.text("number") for each in fields.each("trackingInfo") or ()]
    if not of:
        raise Unreadable(fields.where("fulfillmentOrders"), REQUIRED)
    return BookedFulfillment(
        id=number(fields),
        order_id=number(of[0], "orderId"),
        location_id=number(within(fields, "location")),
        name=_plain_name(fields.text("name")),
        status=fields.need("status", fields.text("status")).lower(),
        tracking_numbers=tuple(each for each in numbers if each),
    )


def _plain_name(name: str | None) -> str | None:
    """Return a fulfillment's name as REST and the callbacks have it: `#1513-F1` is `#1513.1` there."""
    return None if name is None else _NUMBERED.sub(r".\1", name)


def _read_line(fields: Fields) -> AssignedLine:
    return AssignedLine(
        id=number(fields),
        order_line_id=number(within(fields, "lineItem")),
        quantity=fields.need("totalQuantity", fields.whole("totalQuantity")),
        remaining=fields.need("remainingQuantity", fields.whole("remainingQuantity")),
        inventory_item_id=number_or_none(fields, "inventoryItemId"),
        sku=fields.text("sku") or None,
    )


def _read_destination(fields: Fields) -> Address:
    code = fields.text("countryCode")
    return Address(
        first_name=fields.text("firstName"),
        last_name=fields.text("lastName"),
        company=fields.text("company"),
        address1=fields.text("address1"),
        address2=fields.text("address2"),
        city=fields.text("city"),
        province=fields.text("province"),
        zip=fields.text("zip"),
        country=country_name(code) if code else None,
        country_code=code,
        phone=fields.text("phone"),
    )


def _read_request(fields: Fields) -> AssignedRequest:
    options = fields.values.get("requestOptions")
    return AssignedRequest(
        kind=word(fields, "kind", RequestKind),
        sent_at=fields.need("sentAt", fields.time("sentAt")),
        message=fields.text("message"),
        notify_customer=isinstance(options, dict) and options.get("notify_customer") is True,
    )


def _is_known(fields: Fields) -> bool:
    return _knows(fields, "kind", RequestKind)


def _knows(fields: Fields, name: str, words: type[StrEnum]) -> bool:
    return fields.need(name, fields.text(name)).lower() in set(words)
