"""Who calls, and which fulfillment orders are theirs to see and to change.

Scopes are words of the wires; a dialect turns them into reaches. Source: Shopify, fulfillment order access scopes.
"""

from dataclasses import dataclass
from enum import StrEnum

from crossdock.domain.places import Location
from crossdock.domain.states import Party, Place


class Reach(StrEnum):
    """The three kinds of fulfillment orders as an app sees them."""

    ASSIGNED = "assigned"
    MERCHANT_MANAGED = "merchant_managed"
    THIRD_PARTY = "third_party"


ALL_REACHES = frozenset(Reach)
_OF_THE_MERCHANT = frozenset({Reach.MERCHANT_MANAGED, Reach.THIRD_PARTY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks: an app with its reaches, or (without an app) the merchant at a page or a command line.

    `whole_orders`: sees all of an order, else only the parcels of fulfillment orders that it may read. `old_orders`:
    sees orders of any age. `every_place`: sees and changes every location, else only those that it runs.
    """

    app_id: int | None = None
    name: str = "merchant"
    reads: frozenset[Reach] = ALL_REACHES
    writes: frozenset[Reach] = ALL_REACHES
    whole_orders: bool = True
    old_orders: bool = True
    every_place: bool = True

    def reach_of(self, location: Location) -> Reach:
        """Say which kind a fulfillment order at this location is to the caller."""
        if location.place is Place.MERCHANT or location.service is None:
            return Reach.MERCHANT_MANAGED
        return Reach.ASSIGNED if location.service.app_id == self.app_id else Reach.THIRD_PARTY

    def may_read(self, location: Location) -> bool:
        """Say whether fulfillment orders at this location are visible to the caller."""
        return bool(self._kinds(location) & (self.reads | self.writes))

    def may_see_parcels_of(self, location: Location) -> bool:
        """Say whether fulfillments from this location are visible to the caller."""
        return self.whole_orders or self.may_read(location)

    def parties_at(self, location: Location) -> frozenset[Party]:
        """Say in whose name the caller may change fulfillment orders at this location; empty: in nobody's.

        An app that runs the location and also works for the merchant may act as either; one that was uninstalled since
        it was let in, as nobody.
        """
        reach = self.reach_of(location)
        if reach is not Reach.ASSIGNED:
            return frozenset({Party.MERCHANT}) if reach in self.writes else frozenset()
        if location.service is not None and location.service.app_gone:
            return frozenset()
        service = {Party.SERVICE} if Reach.ASSIGNED in self.writes else set()
        merchant = {Party.MERCHANT} if _OF_THE_MERCHANT & self.writes else set()
        return frozenset(service | merchant)

    def _kinds(self, location: Location) -> frozenset[Reach]:
        reach = self.reach_of(location)
        return frozenset({reach}) | _OF_THE_MERCHANT if reach is Reach.ASSIGNED else frozenset({reach})


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """Something of an order that a list left out, and the reach that would have shown it.

    `order_id` None: what a search did not look at, the work of a whole location.
    """

    what: str
    id: int
    order_id: int | None
    reach: Reach


MERCHANT = Caller()
