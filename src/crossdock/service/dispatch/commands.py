"""What can be asked of the dispatcher."""

from crossdock.service.handlers.closing import CloseAssignment
from crossdock.service.handlers.correcting import CancelParcel, CorrectTracking
from crossdock.service.handlers.counting import CountShelf
from crossdock.service.handlers.deciding_by_hand import AcceptAssignment, RejectAssignment
from crossdock.service.handlers.following import NoteCarrierEvent
from crossdock.service.handlers.installing import HearOfUninstall, LetIn, UseState
from crossdock.service.handlers.pulling import ChangeStore, HearHint, HearNotification, PullStore, TryAgain
from crossdock.service.handlers.shipping import PackedLine, ShipParcel

__all__ = [
    "AcceptAssignment",
    "CancelParcel",
    "ChangeStore",
    "CloseAssignment",
    "CorrectTracking",
    "CountShelf",
    "HearHint",
    "HearNotification",
    "HearOfUninstall",
    "LetIn",
    "NoteCarrierEvent",
    "PackedLine",
    "PullStore",
    "RejectAssignment",
    "ShipParcel",
    "TryAgain",
    "UseState",
]
