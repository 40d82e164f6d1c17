"""What Shopify answers when the answer is no, and what a client makes of it.

Source: Shopify REST, response status codes; texts as recorded from shops where the reference has them, else ours in
the same form.
"""

from collections.abc import Mapping

from crossdock.dialects.operation import Json, Unreadable, WireError
from crossdock.domain.catalogue import AdjustAvailable, SetAvailable, StockItem
from crossdock.domain.commands import (
    CancelOrder,
    CreateFulfillment,
    HoldFulfillmentOrder,
    MoveFulfillmentOrder,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
)
from crossdock.domain.refusals import (
    ActionNotAllowed,
    AlreadyFulfilled,
    AlreadyImported,
    FulfillmentsOutstanding,
    HoldHandleTaken,
    Invalid,
    KeyReused,
    LineNamedTwice,
    LineNotFound,
    NoLocation,
    NotAtFulfillmentService,
    NotEditable,
    NotFound,
    NotFulfillable,
    NothingToFulfill,
    NothingToSplit,
    NotPermitted,
    NotStockedThere,
    NowhereElse,
    OrderCancelled,
    ProgressReported,
    QuantityNotAvailable,
    QuantityNotPositive,
    Refusal,
    SeveralInvalid,
    SeveralLocations,
    SeveralOrders,
    StockNotAvailable,
    StockRefused,
    StockRule,
    TooManyHolds,
)
from crossdock.domain.states import Action, RequestStatus, Status
from crossdock.domain.stock_commands import DeactivateLevel

UNAUTHORIZED: Json = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
NOT_FOUND: Json = {"errors": "Not Found"}
METHOD_NOT_ALLOWED: Json = {"errors": "Method Not Allowed"}
TOO_MANY: Json = {
    "errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume unthrottled access."
}
TOO_MANY_TRIES: Json = {"errors": "Too many calls with access tokens that are not valid. Try again later."}
TOO_LARGE: Json = {"errors": "Request Entity Too Large"}
GONE: Json = None
"""Answered with 406 and an empty body, for calls that no version has any more."""

_ONE_ORDER = "All fulfillment orders must belong to the same order."
_ONE_LOCATION = "All fulfillment orders must be assigned to a single location."
_TEXTS: Mapping[type[Refusal], str] = {
    NotAtFulfillmentService: "The fulfillment order's assigned fulfillment service must be of api type",
    QuantityNotPositive: "Quantity must be greater than 0",
    QuantityNotAvailable: "Invalid fulfillment order line item quantity requested.",
    LineNotFound: "Fulfillment order line item does not exist.",
    LineNamedTwice: "must contain unique line item ids",
    NothingToFulfill: "The required line_items_by_fulfillment_order field is missing.",
    HoldHandleTaken: (
        "The handle provided for the fulfillment hold is already in use by this app for another hold on this "
        "fulfillment order."
    ),
    NotStockedThere: "None of the items are stocked at the new location.",
    NowhereElse: "No other location can fulfill the fulfillment orders.",
    NothingToSplit: "There must be at least one item selected in this fulfillment to split it.",
    NotEditable: "The quantity cannot be lower than what is already being fulfilled.",
    KeyReused: "The idempotency key was already used for another request.",
}
# What some commands say in words of their own, where others say something general or that the path is wrong.
_OWN_TEXTS: Mapping[tuple[type, type[Refusal]], str] = {
    (CreateFulfillment, NotFound): "Fulfillment order does not exist.",
    (SetFulfillmentDeadline, NotFound): "Fulfillment orders could not be found.",
    (SetFulfillmentDeadline, NothingToFulfill): "Fulfillment orders could not be found.",
    (SetFulfillmentDeadline, LineNamedTwice): "must contain unique fulfillment order ids",
    (HoldFulfillmentOrder, QuantityNotPositive): "You must select at least one item to place on partial hold.",
    (SplitFulfillmentOrders, QuantityNotPositive): (
        "You must select at least one item to split into a new fulfillment order."
    ),
    (CancelOrder, OrderCancelled): "Cannot cancel an order that has already been canceled",
}
# Source: Shopify GraphQL, user errors of the inventory mutations; where none is recorded, ours in the same form.
_STOCK_TEXTS: Mapping[StockRule, str] = {
    StockRule.NAME_NOT_COUNTABLE: "The quantity name must be either 'available' or 'on_hand'.",
    StockRule.NAME_NOT_MOVABLE: "The specified quantity name is invalid. Valid values are: available, damaged, "
    "incoming, quality_control, reserved, safety_stock.",
    StockRule.SAME_NAME: "The quantity names for each change can't be the same.",
    StockRule.REASON: "The specified reason is invalid.",
    StockRule.ITEM_NOT_FOUND: "The specified inventory item could not be found.",
    StockRule.LOCATION_NOT_FOUND: "The specified location could not be found.",
    StockRule.NOT_STOCKED: "The specified inventory item is not stocked at the location.",
    StockRule.PLACE_NAMED_TWICE: "The combination of inventoryItemId and locationId must be unique.",
    StockRule.SEVERAL_LOCATIONS: "The quantities can't be moved between different locations.",
    StockRule.SAME_LOCATION: "The origin and the destination location must be different.",
    StockRule.TOO_HIGH: "The quantity can't be higher than 1,000,000,000.",
    StockRule.TOO_LOW: "The quantity can't be lower than -1,000,000,000.",
    StockRule.OUT_OF_RANGE: "The quantity needs to be between -1 billion and 1 billion.",
    StockRule.NEGATIVE: "The quantity can't be negative.",
    StockRule.NOTHING: "The quantity must be greater than 0.",
    StockRule.NOT_ENOUGH: "The quantity can't be higher than what is there.",
    StockRule.STALE: "The quantity to change from is no longer the current quantity.",
    StockRule.DOCUMENT_NOT_ALLOWED: "A ledger document URI is not allowed when adjusting available.",
    StockRule.DOCUMENT_REQUIRED: "A ledger document URI is required except when adjusting available.",
    StockRule.SEVERAL_DOCUMENTS: "All changes must have the same ledger document URI or, in the case of adjusting "
    "available, no ledger document URI.",
    StockRule.BOTH_QUANTITIES: "Not allowed to set available and on_hand quantities at the same time.",
    StockRule.AVAILABLE_ALREADY_ACTIVE: "Not allowed to set available quantity when the item is already active at the "
    "location.",
    StockRule.ON_HAND_ALREADY_ACTIVE: "Not allowed to set an on_hand quantity when the item is already active at the "
    "location.",
    StockRule.ONLY_LOCATION: "Products need to be stocked at a minimum of 1 location.",
    StockRule.COMMITTED_THERE: "The product has committed inventory at the location.",
    StockRule.INCOMING_THERE: "The product has incoming inventory at the location.",
    StockRule.RESERVED_THERE: "The product has reserved inventory at the location.",
}
# Actions answer with a list of sentences, where resources name the field at fault.
_SAID_IN_LINES = (
    SetAvailable,
    AdjustAvailable,
    StockItem,
    HoldFulfillmentOrder,
    MoveFulfillmentOrder,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
)
_WORDS: Mapping[Action, str] = {
    Action.SUBMIT_REQUEST: "request fulfillment of",
    Action.ACCEPT_REQUEST: "accept the fulfillment request of",
    Action.REJECT_REQUEST: "reject the fulfillment request of",
    Action.WITHDRAW_REQUEST: "withdraw the fulfillment request of",
    Action.SUBMIT_CANCELLATION: "request cancellation of",
    Action.ACCEPT_CANCELLATION: "accept the cancellation request of",
    Action.REJECT_CANCELLATION: "reject the cancellation request of",
    Action.WITHDRAW_CANCELLATION: "withdraw the cancellation request of",
    Action.CLOSE: "close",
    Action.HOLD: "hold",
    Action.RELEASE_HOLD: "release the hold of",
    Action.MERGE: "merge",
    Action.REPORT_PROGRESS: "report progress of",
    Action.MOVE: "move",
    Action.REROUTE: "reroute",
    Action.CANCEL_ORDER: "cancel the order of",
}


def scope_missing(scope: str) -> Json:
    return {"errors": f"[API] This action requires merchant approval for {scope} scope."}


def answer_wire_error(error: WireError) -> tuple[int, Json]:
    """Return the answer to a message that does not fit the wire: 400, under the name of the field at fault."""
    if isinstance(error, Unreadable):
        return 400, {"errors": {error.field.rsplit(".", 1)[-1].split("[", 1)[0] or "base": error.message}}
    return 400, {"errors": {"base": str(error)}}


def answer_refusal(refusal: Refusal, command: object = None) -> tuple[int, Json]:
    """Return the answer to a command that a rule said no to.

    `command` tells whether what was not found stood in the path (404) or in the body (422).
    """
    own = _OWN_TEXTS.get((type(command), type(refusal)))
    match refusal:
        case _ if own is not None:
            return 422, {"errors": [own]}
        case NotFound():
            return _not_found(refusal, command)
        case NotPermitted(permission):
            return 403, scope_missing(permission)
        case FulfillmentsOutstanding():
            return 422, {"errors": "Cannot cancel a paid and fulfilled order"}
        case Invalid() | SeveralInvalid():
            return _invalid(refusal, command)
        case AlreadyImported():
            return 422, {"errors": {"base": [str(refusal)]}}
        case NoLocation():
            return 422, {"errors": {"base": ["The shop has no active location."]}}
        case StockNotAvailable():
            return 422, {"errors": {"line_items": ["Unable to reserve inventory"]}}
        case StockRefused():
            return _stock_refused(refusal, command)
        case _:
            return 422, {"errors": [text_of(refusal)]}


def _not_found(refusal: NotFound, command: object) -> tuple[int, Json]:
    if isinstance(command, MoveFulfillmentOrder) and refusal.kind == "location":
        return 422, {"errors": ["Location not found."]}
    return 404, NOT_FOUND


def _invalid(refusal: Invalid | SeveralInvalid, command: object) -> tuple[int, Json]:
    if isinstance(refusal, SeveralInvalid):
        return 422, {"errors": {each.field: [each.message] for each in refusal.problems}}
    if isinstance(command, _SAID_IN_LINES):
        return 422, {"errors": [refusal.message if refusal.field == "base" else f"{refusal.field} {refusal.message}"]}
    return 422, {"errors": {refusal.field: [refusal.message]}}


def _stock_refused(refusal: StockRefused, command: object) -> tuple[int, Json]:
    if isinstance(command, DeactivateLevel) and refusal.problems[0].rule is StockRule.NOT_STOCKED:
        return 404, NOT_FOUND
    return 422, {"errors": list(dict.fromkeys(_STOCK_TEXTS[problem.rule] for problem in refusal.problems))}


def text_of(refusal: Refusal) -> str:
    """Return what Shopify says to a refusal, whatever was asked."""
    match refusal:
        case ActionNotAllowed():
            return _not_allowed(refusal)
        case NotFulfillable(fulfillment_order_id, status):
            return f"Fulfillment order {fulfillment_order_id} has an unfulfillable status= {status}."
        case SeveralOrders(order_ids):
            return f"{_ONE_ORDER} Multiple orders with ids {list(order_ids)} were found."
        case SeveralLocations(location_ids):
            return f"{_ONE_LOCATION} Multiple locations with ids {list(location_ids)} were found."
        case ProgressReported(_, action):
            verb = "cancel" if action is Action.CANCEL else "move"
            return f"Cannot {verb} fulfillment order that has had progress reported. Mark as unfulfilled first."
        case TooManyHolds(most):
            return (
                "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. "
                f"An app can only have up to {most} holds on a single fulfillment order at any one time."
            )
        case OrderCancelled():
            return "The order has been canceled."
        case AlreadyFulfilled(fulfillment_id):
            return f"Fulfillment {fulfillment_id} already has these line items under this tracking number."
        case _:
            return _TEXTS.get(type(refusal)) or str(refusal)


def stock_text(rule: StockRule) -> str:
    """Return what Shopify says to a change of stock that breaks a rule."""
    return _STOCK_TEXTS[rule]


def _not_allowed(refusal: ActionNotAllowed) -> str:
    state = refusal.state
    match refusal.action:
        case Action.MARK_AS_OPEN:
            return f"Expected fulfillment order status to be valid but it was {state.status}."
        case Action.RESCHEDULE:
            return "Fulfillment order must be scheduled."
        case Action.CANCEL:
            return "Fulfillment order is not in cancelable request state and can't be canceled."
        case Action.MOVE | Action.REROUTE:
            if state.status is Status.CLOSED:
                return "Cannot change location."
            if state.request_status is RequestStatus.SUBMITTED:
                return "Cannot move submitted fulfillment order that is at a 3PL fulfillment service."
            return _standing(refusal)
        case Action.SPLIT:
            return "The fulfillment order is not in a splittable state."
        case action if action in _WORDS:
            return _standing(refusal)
        case _:
            return f"Fulfillment order {refusal.fulfillment_order_id} has an unfulfillable status= {state.status}."


def _standing(refusal: ActionNotAllowed) -> str:
    """Say what cannot be done because of how the fulfillment order stands, where nothing else is recorded."""
    state = refusal.state
    if refusal.for_others:
        return f"This app cannot {_WORDS[refusal.action]} fulfillment order {refusal.fulfillment_order_id}."
    return (
        f"Cannot {_WORDS[refusal.action]} fulfillment order {refusal.fulfillment_order_id} "
        f"with status {state.status} and request status {state.request_status}."
    )


def read_error(status: int, answer: Json) -> str:
    """Return what a refusing answer says, in whichever of Shopify's forms it comes."""
    said = "; ".join(_sentences(answer))
    return f"{status}: {said}" if said else str(status)


def _sentences(answer: Json, depth: int = 3) -> list[str]:
    match answer:
        case str() if answer.strip():
            return [answer.strip()]
        case list() if depth:
            return [sentence for item in answer for sentence in _sentences(item, depth - 1)]
        case {"errors": errors} if errors:
            return _sentences(errors, depth)
        case {"error": error} if error:
            description = answer.get("error_description")
            return [*_sentences(error, depth), *_sentences(description, depth)]
        case dict() if depth:
            return [
                sentence if field == "base" else f"{field} {sentence}"
                for field, said in answer.items()
                for sentence in _sentences(said, depth - 1)
            ]
        case _:
            return []
