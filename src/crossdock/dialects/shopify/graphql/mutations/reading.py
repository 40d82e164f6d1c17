"""What the arguments of mutations say: ids, units of lines, and texts of the lengths that are taken."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify.fields import LONGEST_LINE, LONGEST_PARAGRAPH
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors, not_found
from crossdock.dialects.shopify.graphql.ids import read_gid
from crossdock.domain.commands import FulfillmentGroup, LineQuantity

FULFILLMENT_ORDER = "FulfillmentOrder"
FULFILLMENT_ORDER_LINE = "FulfillmentOrderLineItem"
FULFILLMENT = "Fulfillment"
LOCATION = "Location"


def number(text: str, type_name: str, *, zero: bool = False) -> int:
    """Read the number out of a global id. Raises: TopLevel for one that nothing of this type can have.

    `zero`: 0 is an id like any other that is not there.
    """
    try:
        named = read_gid(text, type_name)
    except Unreadable as error:
        raise not_found(text[:200]) from error
    if not named.number and not zero:
        raise not_found(text)
    return named.number


def numbers(texts: Iterable[str], type_name: str) -> tuple[int, ...]:
    """Read the numbers out of global ids, each once. Raises: TopLevel."""
    return tuple(dict.fromkeys(number(text, type_name) for text in texts))


def line_quantities(lines: Sequence[Any] | None) -> tuple[LineQuantity, ...] | None:
    """Read units of fulfillment order lines; whether there are as many is for the domain to say. Raises: TopLevel."""
    if lines is None:
        return None
    return tuple(
        LineQuantity(id=number(line["id"], FULFILLMENT_ORDER_LINE), quantity=line["quantity"]) for line in lines
    )


def group(named: Mapping[str, Any], *, zero: bool = False) -> FulfillmentGroup:
    """Read a fulfillment order with the units of it that are meant. Raises: TopLevel. `zero`: as `number` has it."""
    return FulfillmentGroup(
        fulfillment_order_id=number(named["fulfillment_order_id"], FULFILLMENT_ORDER, zero=zero),
        lines=line_quantities(named.get("fulfillment_order_line_items")),
    )


def paragraph(text: str | None, *path: str) -> str | None:
    """Return a text that people write to each other. Raises: UserErrors for one that nobody would read."""
    return at_most(LONGEST_PARAGRAPH, text, *path)


def one_line(text: str | None, *path: str) -> str | None:
    """Return a text of one line's length. Raises: UserErrors for a longer one."""
    return at_most(LONGEST_LINE, text, *path)


def at_most(longest: int, text: str | None, *path: str) -> str | None:
    """Return a text of at most so many characters. Raises: UserErrors."""
    if text is not None and len(text) > longest:
        name = next(each for each in reversed(path) if not each.isdecimal())
        said = f"{label(name)} is too long (maximum is {longest} characters)"
        raise UserErrors((UserError(path, said),))
    return text


def label(name: str) -> str:
    """Return a field's name as a sentence begins with it: `reasonNotes` is "Reason notes"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name).capitalize()
