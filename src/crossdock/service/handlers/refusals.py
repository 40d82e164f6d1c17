"""What the warehouse says no to, beside what the domain does."""

from dataclasses import dataclass

from crossdock.domain.refusals import Refusal
from crossdock.service.database.assignments import Stage


@dataclass(eq=False)
class NotReady(Refusal):
    """The stage of the assignment does not allow this."""

    fulfillment_order_id: int
    stage: Stage

    def __str__(self) -> str:
        return f"fulfillment order {self.fulfillment_order_id} cannot be worked on while it is {self.stage}"


@dataclass(eq=False)
class CannotShip(Refusal):
    """What keeps the warehouse from shipping work that it is to accept."""

    faults: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.faults)


@dataclass(eq=False)
class ParcelBooked(Refusal):
    """A parcel of this carrier and number has left already."""

    carrier: str
    tracking_number: str

    def __str__(self) -> str:
        return f"parcel {self.carrier} {self.tracking_number} is booked already"


@dataclass(eq=False)
class NotOnShelf(Refusal):
    """Fewer units lie on the shelf than are to leave it."""

    sku: str
    asked: int
    on_hand: int

    def __str__(self) -> str:
        return f"SKU {self.sku}: {self.asked} to ship, {self.on_hand} on the shelf"


@dataclass(eq=False)
class SeveralAssignments(Refusal):
    """The order has several fulfillment orders that could be meant."""

    order_name: str
    fulfillment_order_ids: tuple[int, ...]

    def __str__(self) -> str:
        return f"order {self.order_name} has several fulfillment orders here: {list(self.fulfillment_order_ids)}"


@dataclass(eq=False)
class ParcelIsCancelled(Refusal):
    """The parcel does not count any more."""

    parcel_id: int

    def __str__(self) -> str:
        return f"parcel {self.parcel_id} is cancelled"


@dataclass(eq=False)
class NotInTheBooks(Refusal):
    """The store does not have the parcel yet, or did not say as what."""

    parcel_id: int

    def __str__(self) -> str:
        return f"the store has not booked parcel {self.parcel_id} yet"


@dataclass(eq=False)
class UndoneEarly(Refusal):
    """The store counts the units of a parcel as shipped until it has heard of the parcel and that it is cancelled."""

    parcel_id: int

    def __str__(self) -> str:
        return f"the store is still being told of parcel {self.parcel_id}, which is cancelled; book again after that"


@dataclass(eq=False)
class NoWords(Refusal):
    """The store cannot be told this by the transport that it is asked by."""

    what: str
    transport: str

    def __str__(self) -> str:
        return f"the store cannot be told of {self.what} by {self.transport}"
