"""What the Admin API answers when the answer is no, and what a client makes of it.

Source: 29 Next: 400 for rules and states, bodies whose values are a text or a list of texts; the form is that of Django
REST Framework, on which the platform is built; sentences are ours where none is recorded.
"""

import re
from collections.abc import Mapping
from functools import reduce

from crossdock.dialects.next29.fields import WHOLE_BODY
from crossdock.dialects.operation import Json, Unreadable, WireError
from crossdock.domain.refusals import (
    ActionNotAllowed,
    AlreadyFulfilled,
    AlreadyImported,
    AlreadyPaid,
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
    PlaceRefused,
    PlaceRule,
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
from crossdock.domain.work_status import LIVE, SAID, WorkStatus

DETAIL = "detail"
BASE = "base"  # what a problem of the whole is about, in the domain's words
NO_CREDENTIALS: Json = {DETAIL: "Authentication credentials were not provided."}
BAD_TOKEN: Json = {DETAIL: "Invalid token."}
FORBIDDEN: Json = {DETAIL: "You do not have permission to perform this action."}
NOT_FOUND: Json = {DETAIL: "Not found."}
THROTTLED: Json = {DETAIL: "Request was throttled. Expected available in 1 second."}
TOO_MANY_TRIES: Json = {DETAIL: "Too many requests with tokens that are not valid. Try again later."}
TOO_LARGE: Json = {DETAIL: "The request body is too large."}
UNKNOWN_VERSION: Json = {DETAIL: "Invalid version in request header."}
BUSY: Json = {DETAIL: "The store is busy. Try again."}
FAILED: Json = {DETAIL: "Internal Server Error"}

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_LONGEST_PATH = 200
_MOST_STEPS = 12
_DOES_NOT_EXIST = "Invalid pk - object does not exist."
_TEXTS: Mapping[type[Refusal], str] = {
    NotAtFulfillmentService: "The location of this fulfillment order is not run by a fulfillment service.",
    QuantityNotPositive: "Ensure every quantity is greater than or equal to 1.",
    QuantityNotAvailable: "There are not so many units left to fulfill.",
    LineNotFound: "The fulfillment order has no such line.",
    LineNamedTwice: "A line is named more than once.",
    NothingToFulfill: "There is nothing left to fulfill.",
    HoldHandleTaken: "The fulfillment order is held for this already.",
    TooManyHolds: "The fulfillment order is held too often already.",
    NowhereElse: "No other location can fulfill these items.",
    NothingToSplit: "There are no items to split off.",
    NotEditable: "Items that are being fulfilled cannot be removed.",
    SeveralOrders: "The items belong to several orders.",
    SeveralLocations: "The items stand at several locations.",
    KeyReused: "The idempotency key was used for another request.",
    OrderCancelled: "The order is canceled.",
    FulfillmentsOutstanding: "The order cannot be canceled: items were sent to be fulfilled.",
    AlreadyFulfilled: "These items were fulfilled under this tracking code already.",
    NoLocation: "The store has no location that could take the order.",
    AlreadyPaid: "The order is paid, or nothing is to be paid for it any more.",
}
_DONE: Mapping[Action, str] = {
    Action.SUBMIT_REQUEST: "Fulfillment cannot be requested",
    Action.ACCEPT_REQUEST: "The fulfillment request cannot be accepted",
    Action.REJECT_REQUEST: "The fulfillment request cannot be rejected",
    Action.WITHDRAW_REQUEST: "The fulfillment request cannot be canceled",
    Action.SUBMIT_CANCELLATION: "Cancellation cannot be requested",
    Action.ACCEPT_CANCELLATION: "The cancellation request cannot be accepted",
    Action.REJECT_CANCELLATION: "The cancellation request cannot be rejected",
    Action.WITHDRAW_CANCELLATION: "The cancellation request cannot be canceled",
    Action.CANCEL: "The fulfillment order cannot be canceled",
    Action.CLOSE: "The fulfillment order cannot be closed",
    Action.HOLD: "The fulfillment order cannot be put on hold",
    Action.RELEASE_HOLD: "The fulfillment order cannot be released from hold",
    Action.MOVE: "The fulfillment order cannot be moved",
    Action.CANCEL_ORDER: "The order cannot be canceled",
}
# Under which field a rule of stock is told; the others are about the whole.
_STOCK_FIELDS: Mapping[StockRule, str] = {
    StockRule.ITEM_NOT_FOUND: "product",
    StockRule.LOCATION_NOT_FOUND: "location_id",
    StockRule.NOT_STOCKED: "location_id",
    StockRule.TOO_HIGH: "num_in_stock",
    StockRule.TOO_LOW: "num_in_stock",
    StockRule.OUT_OF_RANGE: "num_in_stock",
    StockRule.NEGATIVE: "num_in_stock",
}
_PLACE_FIELDS: Mapping[PlaceRule, str] = {
    PlaceRule.NAME_BLANK: "name",
    PlaceRule.NAME_TOO_LONG: "name",
    PlaceRule.NAME_TAKEN: "name",
}


def method_not_allowed(method: str) -> Json:
    return {DETAIL: f'Method "{method}" not allowed.'}


def unsupported(content_type: str) -> Json:
    return {DETAIL: f'Unsupported media type "{content_type[:100]}" in request.'}


def malformed(reason: str) -> Json:
    return {DETAIL: f"JSON parse error - {reason}"}


def answer_wire_error(error: WireError) -> tuple[int, Json]:
    """Return the answer to a message that does not fit the wire: 400, under the field at fault."""
    if isinstance(error, Unreadable):
        return 400, under(error.field if error.field != BASE else WHOLE_BODY, [error.message])
    return 400, {DETAIL: str(error)}


def under(path: str, problem: Json) -> Json:
    """Return a problem under the field it is about, which may stand within others and in lists: `lines[1].price`.

    A name that no field has, as a form may bring one, is told under the whole.
    """
    steps = [(name, position) for name, position in _STEP.findall(path[:_LONGEST_PATH])] or [(WHOLE_BODY, "")]
    if len(path) > _LONGEST_PATH or len(steps) > _MOST_STEPS or not steps[0][0]:
        steps = [(WHOLE_BODY, "")]
    body: Json = problem
    for name, position in reversed(steps):
        body = {name: body} if name else [*({} for _ in range(min(int(position), 1000))), body]
    return body


def _problem(invalid: Invalid) -> Json:
    return under(invalid.field if invalid.field != BASE else WHOLE_BODY, [_sentence(invalid.message)])


def _together(body: Json, more: Json) -> Json:
    """Return two bodies of problems as one."""
    match body, more:
        case dict(), dict():
            return body | {name: _together(body.get(name), problem) for name, problem in more.items()}
        case list(), list():
            return [*body, *more]
        case _:
            return more


def answer_refusal(refusal: Refusal, command: object = None) -> tuple[int, Json]:
    """Return the answer to a command that a rule said no to: 400, but for what is not there or not allowed."""
    match refusal:
        case NotFound(kind=kind) if command is not None and kind in _named_in(command):
            return 400, {_named_in(command)[kind]: [_DOES_NOT_EXIST]}
        case NotFound():
            return 404, NOT_FOUND
        case NotPermitted():
            return 403, FORBIDDEN
        case Invalid(field, message):
            return 400, _problem(Invalid(_SAID_AS.get(type(command).__name__, {}).get(field, field), message))
        case SeveralInvalid(problems):
            return 400, reduce(_together, map(_problem, problems), {})
        case StockNotAvailable():
            return 400, {"lines": ["There is not enough stock."]}
        case NotStockedThere():
            return 400, {"new_location_id": ["The location stocks none of these items."]}
        case StockRefused(problems):
            rules = dict.fromkeys(problem.rule for problem in problems)
            return 400, _by_field({rule: _STOCK_FIELDS.get(rule, WHOLE_BODY) for rule in rules})
        case PlaceRefused(rules):
            if PlaceRule.NOT_FOUND in rules:
                return 404, NOT_FOUND
            return 400, _by_field({rule: _PLACE_FIELDS.get(rule, WHOLE_BODY) for rule in rules})
        case AlreadyImported():
            return 400, {WHOLE_BODY: [_sentence(str(refusal))]}
        case _:
            return 400, {DETAIL: text_of(refusal)}


def text_of(refusal: Refusal) -> str:
    """Return what is said to a refusal, whatever was asked."""
    match refusal:
        case ActionNotAllowed(action, state, for_others=for_others):
            done = _DONE.get(action, "This is not possible")
            if for_others:
                return f"{done} by this app."
            return f"{done} while the fulfillment order is {_words_of_state(state.status, state.request_status)}."
        case NotFulfillable():
            return "The fulfillment order cannot be fulfilled in its present state."
        case ProgressReported():
            return "The fulfillment order is being worked on."
        case _:
            return _TEXTS.get(type(refusal)) or _sentence(str(refusal))


def _words_of_state(status: Status, request_status: RequestStatus) -> str:
    """Return a state in this platform's words, as its clients read them in the fulfillment order."""
    if status not in LIVE:
        return WorkStatus.CLOSED.value
    return f"{LIVE[status]} ({SAID[request_status]})".replace("_", " ")


def _named_in(command: object) -> Mapping[str, str]:
    """Return the fields of a command's body that name things, by the kind of thing."""
    return _NAMED.get(type(command).__name__, {})


# What fields of a command are called in its body.
_OF_WEBHOOKS: Mapping[str, str] = {"address": "target", "topic": "events"}
_OF_PRODUCTS = {
    "options": "variant_attributes",
    "option_values": "variant_attribute_values",
    "price": "prices",
    "cost": "unit_cost",
    "status": "is_public",
}
_SAID_AS: Mapping[str, Mapping[str, str]] = {
    "CreateOrder": {"line_items": "lines", "processed_at": "date_placed"},
    **dict.fromkeys(("AddProduct", "EditProduct", "AddVariant", "EditVariant"), _OF_PRODUCTS),
    "SubscribeToWebhook": _OF_WEBHOOKS,
    "ChangeWebhookSubscription": _OF_WEBHOOKS,
}
_NAMED: Mapping[str, Mapping[str, str]] = {
    "MoveFulfillmentOrder": {"location": "new_location_id"},
    "FulfillOrderLines": {"order line": "lines"},
    "AddStockRecord": {"product": "product"},
    "EditProduct": {"variant": "variants"},
}


def _by_field(rules: Mapping[StockRule, str] | Mapping[PlaceRule, str]) -> Json:
    body: dict[str, list[str]] = {}
    for rule, field in rules.items():
        body.setdefault(field, []).append(_sentence(str(rule)))
    return body


def _sentence(words: str) -> str:
    text = words[:1].upper() + words[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def read_error(status: int, answer: Json) -> str:
    """Return what a refusing answer says."""
    said = "; ".join(_sentences(answer))
    return f"{status}: {said}" if said else str(status)


def _sentences(answer: Json, depth: int = 4) -> list[str]:
    match answer:
        case str() if answer.strip():
            return [answer.strip()]
        case list() if depth:
            return [sentence for item in answer for sentence in _sentences(item, depth - 1)]
        case dict() if depth:
            return [
                sentence if field in {DETAIL, WHOLE_BODY} else f"{field}: {sentence}"
                for field, said in answer.items()
                for sentence in _sentences(said, depth - 1)
            ]
        case _:
            return []
