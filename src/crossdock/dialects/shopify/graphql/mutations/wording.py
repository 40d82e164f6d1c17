"""What user errors say, and to which argument they point.

Where a mutation has no words of its own for a refusal, it says what REST says, and points to nothing. What does not
exist is an error beside the data, as an id that cannot exist is, unless the mutation's user errors have a code for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.dialects.shopify.errors import text_of
from crossdock.dialects.shopify.graphql.errors import TopLevel, UserError, denied, not_found
from crossdock.dialects.shopify.graphql.ids import gid, read_gid
from crossdock.dialects.shopify.graphql.mutations.reading import label
from crossdock.domain.refusals import (
    ActionNotAllowed,
    Invalid,
    LineNamedTwice,
    LineNotFound,
    NotFound,
    NotPermitted,
    QuantityNotAvailable,
    QuantityNotPositive,
    Refusal,
)

NO_FULFILLMENT_ORDER = "Fulfillment order does not exist."

_TYPES: Mapping[str, str] = {
    "fulfillment order": "FulfillmentOrder",
    "fulfillment": "Fulfillment",
    "fulfillment hold": "FulfillmentHold",
    "fulfillment event": "FulfillmentEvent",
    "location": "Location",
    "order": "Order",
}
Path = tuple[str, ...]


def say(refusal: Refusal, path: Path | None = None, code: str | None = None) -> list[UserError]:
    """Return the user error of a refusal, at the argument at fault. Raises: TopLevel for what there is not."""
    match refusal:
        case NotFound(kind, int(number)) if kind in _TYPES:
            raise not_found(gid(_TYPES[kind], number))
        case NotFound(_, name):
            raise TopLevel(f"Invalid id: {name}", "RESOURCE_NOT_FOUND")
        case NotPermitted(permission):
            raise denied(path[0] if path else "mutation", {permission})
        case Invalid(field, message):
            return [UserError(path, f"{label(path[-1] if path else field)} {message}", code)]
        case _:
            return [UserError(path, text_of(refusal), code)]


def place_among(refusal: Refusal, path: Path, lines: Sequence[Any] | None) -> Path | None:
    """Return where among lines named what was refused stands; None for a refusal that is not of lines."""
    match refusal:
        case QuantityNotPositive(_, item):
            return (*path, str(item), "quantity")
        case QuantityNotAvailable(line_id):
            return (*path, *_index(lines, line_id), "quantity")
        case LineNotFound(line_id):
            return (*path, *_index(lines, line_id), "id")
        case LineNamedTwice():
            return path
        case _:
            return None


def place_in_groups(refusal: Refusal, path: Path, groups: Sequence[Any]) -> Path | None:
    """Return where among fulfillment orders with their lines what was refused stands; None where it is none of them."""
    for index, each in enumerate(groups):
        here, lines = (*path, str(index)), each.get("fulfillment_order_line_items")
        match refusal:
            case QuantityNotAvailable(line_id) | LineNotFound(line_id) | LineNamedTwice(line_id) if _index(
                lines, line_id
            ):
                return place_among(refusal, (*here, "fulfillmentOrderLineItems"), lines)
            case ActionNotAllowed(fulfillment_order_id=named) if read_gid(each["fulfillment_order_id"]).number == named:
                return (*here, "fulfillmentOrderId")
            case QuantityNotPositive(group, item) if group == index:
                return (*here, "fulfillmentOrderLineItems", str(item), "quantity")
    return None


def _index(lines: Sequence[Any] | None, line_id: int) -> Path:
    for index, line in enumerate(lines or ()):
        if read_gid(line["id"]).number == line_id:
            return (str(index),)
    return ()
