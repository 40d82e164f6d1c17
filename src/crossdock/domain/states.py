"""The states of a fulfillment order and the one table that moves it between them.

Everything that depends on state is derived from `TRANSITIONS`: which actions an order supports, what a refusal says,
which buttons a page shows. Nothing else assigns a status.
Source: Shopify REST FulfillmentOrder, FulfillmentRequest, CancellationRequest; 29 Next Admin API for withdrawals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from types import MappingProxyType


class Status(StrEnum):
    """Where the work of a fulfillment order stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    ON_HOLD = "on_hold"
    INCOMPLETE = "incomplete"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    NOT_REQUIRED = "not_required"


class RequestStatus(StrEnum):
    """What merchant and fulfillment service last said to each other about a fulfillment order."""

    UNSUBMITTED = "unsubmitted"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CANCELLATION_ACCEPTED = "cancellation_accepted"
    CANCELLATION_REJECTED = "cancellation_rejected"
    CLOSED = "closed"


class Action(StrEnum):
    """What can be done to a fulfillment order."""

    SUBMIT_REQUEST = "submit_request"
    ACCEPT_REQUEST = "accept_request"
    REJECT_REQUEST = "reject_request"
    WITHDRAW_REQUEST = "withdraw_request"
    SUBMIT_CANCELLATION = "submit_cancellation"
    ACCEPT_CANCELLATION = "accept_cancellation"
    REJECT_CANCELLATION = "reject_cancellation"
    WITHDRAW_CANCELLATION = "withdraw_cancellation"
    CANCEL = "cancel"
    REPLACE = "replace"
    CLOSE = "close"
    FULFILL_PART = "fulfill_part"
    FULFILL_REST = "fulfill_rest"
    CANCEL_FULFILLMENT = "cancel_fulfillment"
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    MOVE = "move"
    REROUTE = "reroute"
    SPLIT = "split"
    MERGE = "merge"
    ABSORB = "absorb"
    RESCHEDULE = "reschedule"
    MARK_AS_OPEN = "mark_as_open"
    REPORT_PROGRESS = "report_progress"
    SET_DEADLINE = "set_deadline"
    CANCEL_ORDER = "cancel_order"


class Place(StrEnum):
    """Who runs the location that a fulfillment order is assigned to."""

    MERCHANT = "merchant"
    SERVICE = "service"


class Party(StrEnum):
    """Who acts: the merchant, the fulfillment service that holds the work, or the store itself (timers, routing)."""

    MERCHANT = "merchant"
    SERVICE = "service"
    STORE = "store"


class SupportedAction(StrEnum):
    """What a fulfillment order offers to its readers, in the words of Shopify's `supported_actions`."""

    REQUEST_FULFILLMENT = "request_fulfillment"
    CREATE_FULFILLMENT = "create_fulfillment"
    REQUEST_CANCELLATION = "request_cancellation"
    CANCEL_FULFILLMENT_ORDER = "cancel_fulfillment_order"
    REPORT_PROGRESS = "report_progress"
    RELEASE_HOLD = "release_hold"
    MOVE = "move"
    HOLD = "hold"
    MARK_AS_OPEN = "mark_as_open"
    SPLIT = "split"
    MERGE = "merge"


OFFERED_AS: Mapping[Action, SupportedAction] = MappingProxyType(
    {
        Action.SUBMIT_REQUEST: SupportedAction.REQUEST_FULFILLMENT,
        Action.FULFILL_REST: SupportedAction.CREATE_FULFILLMENT,
        Action.SUBMIT_CANCELLATION: SupportedAction.REQUEST_CANCELLATION,
        Action.CANCEL: SupportedAction.CANCEL_FULFILLMENT_ORDER,
        Action.REPORT_PROGRESS: SupportedAction.REPORT_PROGRESS,
        Action.RELEASE_HOLD: SupportedAction.RELEASE_HOLD,
        Action.MOVE: SupportedAction.MOVE,
        Action.HOLD: SupportedAction.HOLD,
        Action.MARK_AS_OPEN: SupportedAction.MARK_AS_OPEN,
        Action.SPLIT: SupportedAction.SPLIT,
        Action.MERGE: SupportedAction.MERGE,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A fulfillment order's status, request status and place: what the table is looked up by."""

    status: Status
    request_status: RequestStatus
    place: Place

    def __str__(self) -> str:
        return f"{self.status} / {self.request_status}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One row of the table: from a state, by an action of one of the parties, to a status and request status."""

    start: State
    action: Action
    status: Status
    request_status: RequestStatus
    by: frozenset[Party]


_EITHER_PLACE = frozenset(Place)
_AT_MERCHANT = frozenset({Place.MERCHANT})
_AT_SERVICE = frozenset({Place.SERVICE})

_MERCHANT = frozenset({Party.MERCHANT, Party.STORE})
_SERVICE = frozenset({Party.SERVICE})
_ANYONE = frozenset(Party)

_Row = tuple[frozenset[Place], Status, RequestStatus, Action, frozenset[Party], Status, RequestStatus]

S, Q, A = Status, RequestStatus, Action

# fmt: off
_ROWS: tuple[_Row, ...] = (
    # place         status         request status            action                   by         to status      to request status
    # -- the merchant's own location: someone there just ships
    (_AT_MERCHANT,  S.OPEN,        Q.UNSUBMITTED,            A.FULFILL_PART,          _MERCHANT, S.IN_PROGRESS, Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.OPEN,        Q.UNSUBMITTED,            A.REPORT_PROGRESS,       _MERCHANT, S.IN_PROGRESS, Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.OPEN,        Q.UNSUBMITTED,            A.CANCEL,                _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.FULFILL_PART,          _MERCHANT, S.IN_PROGRESS, Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.FULFILL_REST,          _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.REPORT_PROGRESS,       _MERCHANT, S.IN_PROGRESS, Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.MARK_AS_OPEN,          _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.CANCEL,                _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.HOLD,                  _MERCHANT, S.ON_HOLD,     Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.MOVE,                  _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.SPLIT,                 _MERCHANT, S.IN_PROGRESS, Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.ABSORB,                _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_AT_MERCHANT,  S.IN_PROGRESS, Q.UNSUBMITTED,            A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    # -- open, nothing asked yet
    (_AT_SERVICE,   S.OPEN,        Q.UNSUBMITTED,            A.SUBMIT_REQUEST,        _MERCHANT, S.OPEN,        Q.SUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.UNSUBMITTED,            A.FULFILL_PART,          _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.FULFILL_REST,          _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.MOVE,                  _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.REROUTE,               _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.SPLIT,                 _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.MERGE,                 _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.ABSORB,                _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_EITHER_PLACE, S.OPEN,        Q.UNSUBMITTED,            A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    # -- the service is asked
    (_AT_SERVICE,   S.OPEN,        Q.SUBMITTED,              A.ACCEPT_REQUEST,        _SERVICE,  S.IN_PROGRESS, Q.ACCEPTED),
    (_AT_SERVICE,   S.OPEN,        Q.SUBMITTED,              A.REJECT_REQUEST,        _SERVICE,  S.OPEN,        Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.SUBMITTED,              A.WITHDRAW_REQUEST,      _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.SUBMITTED,              A.CANCEL,                _MERCHANT, S.CLOSED,      Q.SUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.SUBMITTED,              A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.SUBMITTED),
    # -- the service declined: the merchant has the work back
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.SUBMIT_REQUEST,        _MERCHANT, S.OPEN,        Q.SUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.FULFILL_PART,          _MERCHANT, S.OPEN,        Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.FULFILL_REST,          _MERCHANT, S.CLOSED,      Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.MOVE,                  _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.REROUTE,               _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.SPLIT,                 _MERCHANT, S.OPEN,        Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.ABSORB,                _MERCHANT, S.CLOSED,      Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.REJECTED),
    # -- the service works on it
    (_AT_SERVICE,   S.IN_PROGRESS, Q.ACCEPTED,               A.FULFILL_PART,          _ANYONE,   S.IN_PROGRESS, Q.ACCEPTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.ACCEPTED,               A.FULFILL_REST,          _ANYONE,   S.CLOSED,      Q.ACCEPTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.ACCEPTED,               A.SUBMIT_CANCELLATION,   _MERCHANT, S.IN_PROGRESS, Q.CANCELLATION_REQUESTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.ACCEPTED,               A.CLOSE,                 _SERVICE,  S.INCOMPLETE,  Q.CLOSED),
    # -- the merchant asks it to stop
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.FULFILL_PART,          _ANYONE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.FULFILL_REST,          _ANYONE,   S.CLOSED,      Q.CANCELLATION_REQUESTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.ACCEPT_CANCELLATION,   _SERVICE,  S.CANCELLED,   Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.REJECT_CANCELLATION,   _SERVICE,  S.IN_PROGRESS, Q.CANCELLATION_REJECTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.WITHDRAW_CANCELLATION, _MERCHANT, S.IN_PROGRESS, Q.ACCEPTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.CANCEL,                _MERCHANT, S.CLOSED,      Q.CANCELLATION_REQUESTED),
    # -- it goes on all the same
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REJECTED,  A.FULFILL_PART,          _ANYONE,   S.IN_PROGRESS, Q.CANCELLATION_REJECTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REJECTED,  A.FULFILL_REST,          _ANYONE,   S.CLOSED,      Q.CANCELLATION_REJECTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REJECTED,  A.CLOSE,                 _SERVICE,  S.INCOMPLETE,  Q.CLOSED),
    # -- it stopped: the merchant has the work back
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.SUBMIT_REQUEST,        _MERCHANT, S.OPEN,        Q.SUBMITTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.FULFILL_PART,          _MERCHANT, S.CANCELLED,   Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.FULFILL_REST,          _MERCHANT, S.CLOSED,      Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.MOVE,                  _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.REROUTE,               _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.ABSORB,                _MERCHANT, S.CLOSED,      Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED,  A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.CANCELLATION_ACCEPTED),
    # -- it gave up: the merchant has the rest back
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.SUBMIT_REQUEST,        _MERCHANT, S.OPEN,        Q.SUBMITTED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.FULFILL_PART,          _MERCHANT, S.INCOMPLETE,  Q.CLOSED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.FULFILL_REST,          _MERCHANT, S.CLOSED,      Q.CLOSED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.CLOSED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.MOVE,                  _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.REROUTE,               _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.ABSORB,                _MERCHANT, S.CLOSED,      Q.CLOSED),
    (_AT_SERVICE,   S.INCOMPLETE,  Q.CLOSED,                 A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.CLOSED),
    # -- another takes its place where cancel is not offered: 29 Next's cancel, for whoever has the work
    (_AT_SERVICE,   S.OPEN,        Q.UNSUBMITTED,            A.REPLACE,               _ANYONE,   S.CLOSED,      Q.UNSUBMITTED),
    (_AT_SERVICE,   S.OPEN,        Q.REJECTED,               A.REPLACE,               _ANYONE,   S.CLOSED,      Q.REJECTED),
    (_AT_SERVICE,   S.OPEN,        Q.SUBMITTED,              A.REPLACE,               _SERVICE,  S.CLOSED,      Q.SUBMITTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.ACCEPTED,               A.REPLACE,               _SERVICE,  S.CLOSED,      Q.ACCEPTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REQUESTED, A.REPLACE,               _SERVICE,  S.CLOSED,      Q.CANCELLATION_REQUESTED),
    (_AT_SERVICE,   S.IN_PROGRESS, Q.CANCELLATION_REJECTED,  A.REPLACE,               _SERVICE,  S.CLOSED,      Q.CANCELLATION_REJECTED),
    # -- not to be started yet
    (_EITHER_PLACE, S.SCHEDULED,   Q.UNSUBMITTED,            A.MARK_AS_OPEN,          _MERCHANT, S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.SCHEDULED,   Q.UNSUBMITTED,            A.RESCHEDULE,            _MERCHANT, S.SCHEDULED,   Q.UNSUBMITTED),
    (_EITHER_PLACE, S.SCHEDULED,   Q.UNSUBMITTED,            A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    # -- held; the request status remembers where it comes back to
    (_EITHER_PLACE, S.ON_HOLD,     Q.UNSUBMITTED,            A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.UNSUBMITTED),
    (_EITHER_PLACE, S.ON_HOLD,     Q.UNSUBMITTED,            A.RELEASE_HOLD,          _ANYONE,   S.OPEN,        Q.UNSUBMITTED),
    (_EITHER_PLACE, S.ON_HOLD,     Q.UNSUBMITTED,            A.MOVE,                  _MERCHANT, S.ON_HOLD,     Q.UNSUBMITTED),
    (_EITHER_PLACE, S.ON_HOLD,     Q.UNSUBMITTED,            A.REROUTE,               _MERCHANT, S.ON_HOLD,     Q.UNSUBMITTED),
    (_EITHER_PLACE, S.ON_HOLD,     Q.UNSUBMITTED,            A.ABSORB,                _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_EITHER_PLACE, S.ON_HOLD,     Q.UNSUBMITTED,            A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.UNSUBMITTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.REJECTED,               A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.REJECTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.REJECTED,               A.RELEASE_HOLD,          _ANYONE,   S.OPEN,        Q.REJECTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.REJECTED,               A.MOVE,                  _MERCHANT, S.ON_HOLD,     Q.UNSUBMITTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.REJECTED,               A.ABSORB,                _MERCHANT, S.CLOSED,      Q.REJECTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.REJECTED,               A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.REJECTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED,  A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED,  A.RELEASE_HOLD,          _ANYONE,   S.CANCELLED,   Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED,  A.MOVE,                  _MERCHANT, S.ON_HOLD,     Q.UNSUBMITTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED,  A.ABSORB,                _MERCHANT, S.CLOSED,      Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CANCELLATION_ACCEPTED,  A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.CANCELLATION_ACCEPTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CLOSED,                 A.HOLD,                  _ANYONE,   S.ON_HOLD,     Q.CLOSED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CLOSED,                 A.RELEASE_HOLD,          _ANYONE,   S.INCOMPLETE,  Q.CLOSED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CLOSED,                 A.MOVE,                  _MERCHANT, S.ON_HOLD,     Q.UNSUBMITTED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CLOSED,                 A.ABSORB,                _MERCHANT, S.CLOSED,      Q.CLOSED),
    (_AT_SERVICE,   S.ON_HOLD,     Q.CLOSED,                 A.CANCEL_ORDER,          _MERCHANT, S.CLOSED,      Q.CLOSED),
)
# fmt: on

# Neither changes the state, so they hold in every one: Shopify takes a deadline even for closed orders, and a parcel
# may turn out wrong at any time.
_STATELESS: Mapping[Action, frozenset[Party]] = MappingProxyType(
    {Action.SET_DEADLINE: _MERCHANT, Action.CANCEL_FULFILLMENT: _ANYONE}
)


def _table() -> Mapping[tuple[State, Action], Transition]:
    table: dict[tuple[State, Action], Transition] = {}
    for places, status, request_status, action, by, to_status, to_request_status in _ROWS:
        for place in places:
            start = State(status=status, request_status=request_status, place=place)
            table[start, action] = Transition(
                start=start, action=action, status=to_status, request_status=to_request_status, by=by
            )
    for status, request_status, place in product(Status, RequestStatus, Place):
        start = State(status=status, request_status=request_status, place=place)
        for action, by in _STATELESS.items():
            table[start, action] = Transition(
                start=start, action=action, status=status, request_status=request_status, by=by
            )
    return MappingProxyType(table)


TRANSITIONS: Mapping[tuple[State, Action], Transition] = _table()

_ACTIONS_BY_STATE: Mapping[State, tuple[Action, ...]] = MappingProxyType(
    {
        state: tuple(action for start, action in TRANSITIONS if start == state and action not in _STATELESS)
        for state in {start for start, _ in TRANSITIONS}
    }
)

_OFFERED_BY_STATE: Mapping[State, tuple[SupportedAction, ...]] = MappingProxyType(
    {
        state: tuple(each for each in SupportedAction if each in {OFFERED_AS.get(action) for action in allowed})
        for state, allowed in _ACTIONS_BY_STATE.items()
    }
)


def transition(state: State, action: Action) -> Transition | None:
    """Return the row for an action in a state; None when the state does not allow it."""
    return TRANSITIONS.get((state, action))


def allowed_actions(state: State) -> tuple[Action, ...]:
    """Return the actions that a state allows, in the order of the table."""
    return _ACTIONS_BY_STATE.get(state, ())


def offered_actions(state: State) -> tuple[SupportedAction, ...]:
    """Return what a state offers as `supported_actions`, before anything but the state is looked at."""
    return _OFFERED_BY_STATE.get(state, ())
