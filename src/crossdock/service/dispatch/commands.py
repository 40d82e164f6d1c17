"""What can be asked of the dispatcher."""

from crossdock.service.handlers.closing import CloseAssignment
from crossdock.service.handlers.counting import CountShelf
from crossdock.service.handlers.pulling import HearNotification, PauseStore, PullStore
from crossdock.service.handlers.shipping import PackedLine, ShipParcel

__all__ = ["CloseAssignment", "CountShelf", "HearNotification", "PackedLine", "PauseStore", "PullStore", "ShipParcel"]
