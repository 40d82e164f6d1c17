"""What can be asked of the dispatcher."""

from crossdock.service.handlers.closing import CloseAssignment
from crossdock.service.handlers.counting import CountShelf
from crossdock.service.handlers.installing import HearOfUninstall, LetIn, UseState
from crossdock.service.handlers.pulling import HearNotification, PauseStore, PullStore, TryAgain
from crossdock.service.handlers.shipping import PackedLine, ShipParcel

__all__ = [
    "CloseAssignment",
    "CountShelf",
    "HearNotification",
    "HearOfUninstall",
    "LetIn",
    "PackedLine",
    "PauseStore",
    "PullStore",
    "ShipParcel",
    "TryAgain",
    "UseState",
]
