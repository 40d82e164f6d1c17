"""What a rule says no to. A refusal is an answer: it is sent to the caller and never retried. It knows no HTTP."""

from dataclasses import dataclass
from enum import StrEnum

from crossdock.domain.states import Action, State, Status


class Refusal(Exception):
    """A rule said no; nothing was changed."""


@dataclass(eq=False)
class NotFound(Refusal):
    """The thing does not exist, or not for this caller: the two look alike."""

    kind: str
    id: int | str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} does not exist"


@dataclass(eq=False)
class ActionNotAllowed(Refusal):
    """The state of the fulfillment order does not allow the action; `for_others`: not to this caller."""

    action: Action
    state: State
    fulfillment_order_id: int
    for_others: bool = False

    def __str__(self) -> str:
        return f"cannot {self.action} while {self.state}" + (": that is for others to do" if self.for_others else "")


@dataclass(eq=False)
class NotAtFulfillmentService(Refusal):
    """The fulfillment order stands at one of the merchant's own locations: there is no service to ask."""

    fulfillment_order_id: int

    def __str__(self) -> str:
        return "the assigned location is not run by a fulfillment service"


@dataclass(eq=False)
class ProgressReported(Refusal):
    """Someone has begun the work, so the fulfillment order cannot be cancelled or moved."""

    fulfillment_order_id: int
    action: Action = Action.CANCEL

    def __str__(self) -> str:
        return f"cannot {self.action} while progress is reported; mark it as open first"


@dataclass(eq=False)
class HoldHandleTaken(Refusal):
    """The app has another hold of this handle on the fulfillment order."""

    handle: str

    def __str__(self) -> str:
        return f"there is a hold with the handle {self.handle!r}"


@dataclass(eq=False)
class TooManyHolds(Refusal):
    """The app has as many holds on the fulfillment order as it may have."""

    most: int

    def __str__(self) -> str:
        return f"there are {self.most} holds, and no app may have more"


@dataclass(eq=False)
class NotStockedThere(Refusal):
    """The location stocks none of the items that were to be moved to it."""

    location_id: int

    def __str__(self) -> str:
        return f"location {self.location_id} stocks none of the items"


@dataclass(eq=False)
class NowhereElse(Refusal):
    """No other location that may be chosen can ship the units. `only`: the shop has no other location at all."""

    fulfillment_order_ids: tuple[int, ...]
    only: bool = False

    def __str__(self) -> str:
        return "no other location can ship them"


@dataclass(eq=False)
class NothingToSplit(Refusal):
    """A split names no units. `group` says where in the input, counted from 0."""

    group: int

    def __str__(self) -> str:
        return "there is nothing to split off"


@dataclass(eq=False)
class OrderCancelled(Refusal):
    """The order was cancelled, so that nothing can be done about it any more."""

    order_id: int

    def __str__(self) -> str:
        return f"order {self.order_id} is cancelled"


@dataclass(eq=False)
class FulfillmentsOutstanding(Refusal):
    """Parcels of the order are on their way or delivered."""

    fulfillment_ids: tuple[int, ...]

    def __str__(self) -> str:
        return f"fulfillments {list(self.fulfillment_ids)} are outstanding"


@dataclass(eq=False)
class NotEditable(Refusal):
    """More units were to be taken out of an order line than nobody has been asked for yet."""

    order_line_id: int
    asked: int
    editable: int

    def __str__(self) -> str:
        return f"{self.asked} units asked off line {self.order_line_id}, {self.editable} can be taken out"


@dataclass(eq=False)
class NotFulfillable(Refusal):
    """The state of the fulfillment order does not let anything be shipped, or not by this caller."""

    fulfillment_order_id: int
    status: Status

    def __str__(self) -> str:
        return f"fulfillment order {self.fulfillment_order_id} cannot be fulfilled while {self.status}"


@dataclass(eq=False)
class QuantityNotPositive(Refusal):
    """A quantity of zero or less was asked for. `group` and `item` say where in the input, counted from 0."""

    group: int
    item: int

    def __str__(self) -> str:
        return "a quantity must be greater than 0"


@dataclass(eq=False)
class QuantityNotAvailable(Refusal):
    """More units were asked for than the line has left."""

    fulfillment_order_line_id: int
    asked: int
    remaining: int

    def __str__(self) -> str:
        return f"{self.asked} units asked of line {self.fulfillment_order_line_id}, {self.remaining} left"


@dataclass(eq=False)
class LineNotFound(Refusal):
    """A line was named that the fulfillment order does not have."""

    fulfillment_order_line_id: int

    def __str__(self) -> str:
        return f"fulfillment order line {self.fulfillment_order_line_id} does not exist here"


@dataclass(eq=False)
class LineNamedTwice(Refusal):
    """The same line (or fulfillment order) stands in the input more than once."""

    id: int

    def __str__(self) -> str:
        return f"{self.id} is named more than once"


@dataclass(eq=False)
class NothingToFulfill(Refusal):
    """A fulfillment names no fulfillment order, or orders that have nothing left."""

    def __str__(self) -> str:
        return "there is nothing to fulfill"


@dataclass(eq=False)
class SeveralOrders(Refusal):
    """One fulfillment cannot cover several orders."""

    order_ids: tuple[int, ...]

    def __str__(self) -> str:
        return f"fulfillment orders of several orders: {list(self.order_ids)}"


@dataclass(eq=False)
class SeveralLocations(Refusal):
    """One fulfillment cannot leave from several locations."""

    location_ids: tuple[int, ...]

    def __str__(self) -> str:
        return f"fulfillment orders at several locations: {list(self.location_ids)}"


@dataclass(eq=False)
class AlreadyFulfilled(Refusal):
    """The same units with the same tracking number were fulfilled before: a repeated call, not a second parcel."""

    fulfillment_id: int

    def __str__(self) -> str:
        return f"fulfillment {self.fulfillment_id} already has these units under this tracking number"


@dataclass(eq=False)
class Invalid(Refusal):
    """A field of the input breaks a rule of its own. `message` completes the field's name to a sentence."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field} {self.message}"


@dataclass(eq=False)
class StockNotAvailable(Refusal):
    """The order asked for stock to be claimed and no location has it."""

    inventory_item_id: int
    asked: int
    available: int

    def __str__(self) -> str:
        return f"{self.asked} units of item {self.inventory_item_id} asked, {self.available} available"


class StockRule(StrEnum):
    """What a change of stock by hand can break."""

    NAME_NOT_COUNTABLE = "only available and on_hand can be set"
    NAME_NOT_MOVABLE = "this quantity is not changed by hand"
    SAME_NAME = "units must change their named quantity"
    REASON = "the reason is not one of those known"
    ITEM_NOT_FOUND = "the inventory item does not exist"
    LOCATION_NOT_FOUND = "the location does not exist"
    NOT_STOCKED = "the item is not stocked at the location"
    PLACE_NAMED_TWICE = "the item and location are named more than once"
    SEVERAL_LOCATIONS = "units are moved within one location"
    SAME_LOCATION = "a transfer needs two locations"
    TOO_HIGH = "the quantity is above one thousand million"
    TOO_LOW = "the quantity is below minus one thousand million"
    OUT_OF_RANGE = "the quantity is not between minus and plus one thousand million"
    NEGATIVE = "the quantity would be negative"
    NOTHING = "no units are named"
    NOT_ENOUGH = "there are not so many units"
    STALE = "the quantity is not what it was thought to be"
    DOCUMENT_NOT_ALLOWED = "a change of available has no ledger document"
    DOCUMENT_REQUIRED = "a change of anything but available needs a ledger document"
    SEVERAL_DOCUMENTS = "all changes have one ledger document"
    BOTH_QUANTITIES = "available and on_hand cannot be set at the same time"
    AVAILABLE_ALREADY_ACTIVE = "available cannot be set when the item is already active there"
    ON_HAND_ALREADY_ACTIVE = "on_hand cannot be set when the item is already active there"
    ONLY_LOCATION = "an item is stocked at one location at least"
    COMMITTED_THERE = "units are committed at the location"
    INCOMING_THERE = "units are on their way to the location"
    RESERVED_THERE = "units are reserved at the location"


@dataclass(frozen=True, kw_only=True, slots=True)
class StockProblem:
    """One rule that a change of stock breaks; `line` counts the places named from 0, None: the command as a whole.

    `place`: the name of the location, where that is asked for by it.
    """

    rule: StockRule
    line: int | None = None
    place: str | None = None


@dataclass(eq=False)
class StockRefused(Refusal):
    """A change of stock by hand breaks rules; all of them are named."""

    problems: tuple[StockProblem, ...]

    def __str__(self) -> str:
        return "; ".join(dict.fromkeys(problem.rule for problem in self.problems))


class PlaceRule(StrEnum):
    """What a change of a location can break."""

    NAME_BLANK = "a location needs a name"
    NAME_TOO_LONG = "the name is too long"
    NAME_TAKEN = "another location has the name"
    STREET_TOO_LONG = "the street is too long"
    ZIP_TOO_LONG = "the postal code is too long"
    TOO_MANY = "the shop has as many locations as it may have"
    NOT_FOUND = "the location does not exist"
    RUN_BY_SERVICE = "the location is that of a fulfillment service"
    LAST_ONE = "it is the only location that the merchant has"
    LAST_ONLINE = "it is the only location that fulfills online orders"
    HAS_STOCK = "items are stocked at the location"
    HAS_WORK = "fulfillment orders stand at the location"
    HAS_PARCELS = "parcels from the location are on their way"
    IS_ACTIVE = "the location is active"
    SAME_DESTINATION = "stock would go to where it is"
    NO_DESTINATION = "the destination does not exist or is not active"
    DESTINATION_OF_SERVICE = "the destination is that of a fulfillment service"


@dataclass(eq=False)
class PlaceRefused(Refusal):
    """A change of a location breaks rules; all of them are named."""

    rules: tuple[PlaceRule, ...]

    def __str__(self) -> str:
        return "; ".join(self.rules)


@dataclass(eq=False)
class SeveralInvalid(Refusal):
    """Several fields of the input break rules of their own."""

    problems: tuple[Invalid, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems))


@dataclass(eq=False)
class AlreadyPaid(Refusal):
    """Nothing is owed for the order."""

    order_id: int

    def __str__(self) -> str:
        return f"order {self.order_id} is paid, or nothing is to be paid for it any more"


@dataclass(eq=False)
class NoLocation(Refusal):
    """The shop has no active location that could take the order."""

    def __str__(self) -> str:
        return "the shop has no active location"


@dataclass(eq=False)
class KeyReused(Refusal):
    """An idempotency key came back with another request."""

    key: str

    def __str__(self) -> str:
        return "the idempotency key was used for another request"


@dataclass(eq=False)
class AlreadyImported(Refusal):
    """An order with this import key is in the shop."""

    order_id: int

    def __str__(self) -> str:
        return f"already taken in as order {self.order_id}"


@dataclass(eq=False)
class NotPermitted(Refusal):
    """The caller lacks a permission, named in the wire's words."""

    permission: str

    def __str__(self) -> str:
        return f"needs {self.permission}"
