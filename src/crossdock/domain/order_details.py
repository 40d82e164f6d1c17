"""What a store keeps for those who placed an order and those who sell by it, and does not work by.

It stands beside the order: nothing of it is needed to route, request or ship. Source: 29 Next Admin API, Order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crossdock.domain.metadata import Free
from crossdock.domain.orders import Order
from crossdock.domain.values import replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """Who ordered. E-mail address and telephone number stand on the order itself.

    `id`: by which the client knows them, if it said so.
    """

    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    accepts_marketing: bool | None = None
    ip: str | None = None
    language: str | None = None
    user_agent: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Free = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LineDetails:
    """What is kept of one order line. `upsell`: it was offered with another and taken."""

    order_line_id: int
    upsell: bool = False
    metadata: Free = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderDetails:
    """What is kept of one order. `payment_method`: by which it was, or is to be, paid; a word of the client's."""

    customer: Customer | None = None
    metadata: Free = None
    attribution: Mapping[str, Free] | None = None
    payment_method: str | None = None
    lines: tuple[LineDetails, ...] = ()

    def line(self, order_line_id: int) -> LineDetails:
        """Return what is kept of a line, which may be nothing."""
        known = (each for each in self.lines if each.order_line_id == order_line_id)
        return next(known, LineDetails(order_line_id=order_line_id))


NO_DETAILS = OrderDetails()


@dataclass(frozen=True, kw_only=True, slots=True)
class DetailedOrder:
    """An order with what is kept of it."""

    order: Order
    details: OrderDetails = NO_DETAILS


@dataclass(frozen=True, kw_only=True, slots=True)
class GetDetailedOrder:
    """One order with what is kept of it."""

    order_id: int


def with_changes(
    details: OrderDetails, *, metadata: Free, attribution: Mapping[str, Free] | None
) -> tuple[OrderDetails, tuple[str, ...]]:
    """Return details with other metadata, and with what is new of an attribution; and the names of what differs.

    None leaves as it is. What is empty is not there: clients send whole orders back, in which what is not there is
    empty.
    """
    wanted: dict[str, Free] = {}
    if metadata is not None and (metadata or None) != (details.metadata or None):
        wanted["metadata"] = metadata or None
    known = _filled(details.attribution)
    parts = _filled({**known, **(attribution or {})})
    if parts != known:
        wanted["attribution"] = parts or None
    return replace(details, **wanted), tuple(wanted)  # type: ignore[arg-type]  # by name, each of its field's type


def _filled(parts: Mapping[str, Free] | None) -> dict[str, Free]:
    return {name: part for name, part in (parts or {}).items() if part is not None and part != ""}
