"""What callers of the service's API send, read strictly: unknown fields and wrong types are refused by name."""

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from crossdock.domain.orders import RejectionReason
from crossdock.domain.shipment import ShipmentStatus
from crossdock.runtime.json import read_json

LONGEST_TEXT = 255
# Far enough from the ends of what a time can be for every offset.
EARLIEST_YEAR, LATEST_YEAR = 1900, 9000
# What stores take.
LONGEST_MESSAGE = 5_000

Body = TypeVar("Body", bound=msgspec.Struct)


class BadBody(ValueError):
    """A field is missing, unknown, or of the wrong type or length."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ParcelLineBody(msgspec.Struct, forbid_unknown_fields=True):
    """Units in a parcel, of a line by its id or by its SKU."""

    quantity: int
    id: int | None = None
    sku: str | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.sku is None):
            raise ValueError("name either the line's id or its sku")


class TrackingBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How a parcel travels: with a carrier, under a tracking number or several."""

    carrier: str
    tracking_number: str | None = None
    tracking_numbers: list[str] | None = None

    def __post_init__(self) -> None:
        if (self.tracking_number is None) == (self.tracking_numbers is None):
            raise ValueError("name either tracking_number or tracking_numbers")
        refuse_bad_texts(self.carrier, *self.numbers)

    @property
    def numbers(self) -> tuple[str, ...]:
        """All tracking numbers."""
        given = self.tracking_numbers if self.tracking_number is None else [self.tracking_number]
        return tuple(number.strip() for number in given or ())


class ParcelBody(TrackingBody, forbid_unknown_fields=True, kw_only=True):
    """A parcel to be booked: of a fulfillment order by its id, or by its order's name."""

    store: int | str | None = None
    fulfillment_order_id: int | None = None
    order_name: str | None = None
    lines: list[ParcelLineBody] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.fulfillment_order_id is None) == (self.order_name is None):
            raise ValueError("name either fulfillment_order_id or order_name")
        refuse_bad_texts(*([] if self.order_name is None else [self.order_name]))


class CarrierEventBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a carrier says of a parcel. `happened_at` has an offset."""

    status: ShipmentStatus
    happened_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    message: str | None = None
    city: str | None = None
    province: str | None = None
    zip: str | None = None
    country: str | None = None

    def __post_init__(self) -> None:
        if self.happened_at is not None and not EARLIEST_YEAR <= self.happened_at.year <= LATEST_YEAR:
            raise ValueError(f"happened_at must be between {EARLIEST_YEAR} and {LATEST_YEAR}")
        texts = (self.message, self.city, self.province, self.zip, self.country)
        refuse_bad_texts(*(text for text in texts if text is not None))


class NoBody(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing more than the address says."""


class ShelfBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many units lie on the shelf."""

    on_hand: int
    store: int | str | None = None


class ShelvesBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many units lie on the shelf, for several SKUs at once."""

    on_hand: dict[str, int]
    store: int | str | None = None


class StoreBody(msgspec.Struct, forbid_unknown_fields=True):
    """How we deal with a store; what is left out stays as it is."""

    paused: bool | msgspec.UnsetType = msgspec.UNSET
    transport: str | msgspec.UnsetType = msgspec.UNSET
    ships_within_hours: int | msgspec.UnsetType | None = msgspec.UNSET
    by_hand: bool | msgspec.UnsetType = msgspec.UNSET


class MessageBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the merchant is told with an answer."""

    message: str | None = None

    def __post_init__(self) -> None:
        if self.message is not None and len(self.message) > LONGEST_MESSAGE:
            raise ValueError(f"a message must have at most {LONGEST_MESSAGE} characters")


class RejectionBody(MessageBody, forbid_unknown_fields=True, kw_only=True):
    """Why work is declined."""

    reason: RejectionReason


def refuse_bad_texts(*texts: str) -> None:
    """Raises: ValueError."""
    if not all(0 < len(text.strip()) <= LONGEST_TEXT for text in texts):
        raise ValueError(f"a text must have 1 to {LONGEST_TEXT} characters")


def read_into(body: bytes, kind: type[Body]) -> Body:
    """Read a JSON body. Raises: BadJson, BadBody."""
    value = read_json(body) if body else {}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise BadBody(path.rstrip("`").removeprefix("$").lstrip(".") or "base", message) from error
