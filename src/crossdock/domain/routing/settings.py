"""What a shop can say about its routing, and ask about it."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.places import Coordinates
from crossdock.domain.routing.plan import Explanation
from crossdock.domain.routing.rules import RuleSetting


@dataclass(frozen=True, kw_only=True, slots=True)
class SetRoutingRules:
    """Apply these rules in this order from the next order on. Rules that are not named are off."""

    rules: tuple[RuleSetting, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SetLocationReach:
    """Say to which countries a location ships (none: everywhere), and where it is (None: where its address is)."""

    location_id: int
    destinations: tuple[str, ...] = ()
    coordinates: Coordinates | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RankLocations:
    """Put these locations first in the shop's priority, in this order; the others follow as they stood."""

    location_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GetRoutingRules:
    """Ask which rules apply, in their order, those that are off included. Answered by a tuple of RuleSetting."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainRouting:
    """Ask why an order's units went where they went: by its name, like `#1001`, or its id. Answered by OrderRouting."""

    order: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutedLine:
    """A line of an order, as far as it is needed to tell which one it is."""

    id: int
    title: str
    quantity: int
    sku: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Routed:
    """One time that units of an order were routed."""

    at: datetime
    version: int
    explanation: Explanation


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRouting:
    """Why an order's units went where they went, oldest first."""

    order_id: int
    name: str
    lines: tuple[RoutedLine, ...]
    routings: tuple[Routed, ...]
