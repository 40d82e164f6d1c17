"""What callers of the service's API send, read strictly: unknown fields and wrong types are refused by name."""

from typing import TypeVar

import msgspec

from crossdock.runtime.json import read_json

LONGEST_TEXT = 255
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


class ParcelBody(msgspec.Struct, forbid_unknown_fields=True):
    """A parcel to be booked: of a fulfillment order by its id, or by its order's name."""

    carrier: str
    tracking_number: str
    store: int | str | None = None
    fulfillment_order_id: int | None = None
    order_name: str | None = None
    lines: list[ParcelLineBody] | None = None

    def __post_init__(self) -> None:
        if (self.fulfillment_order_id is None) == (self.order_name is None):
            raise ValueError("name either fulfillment_order_id or order_name")
        for text in (self.carrier, self.tracking_number, self.order_name):
            if text is not None and not 0 < len(text.strip()) <= LONGEST_TEXT:
                raise ValueError(f"a text must have 1 to {LONGEST_TEXT} characters")


class ShelfBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many units lie on the shelf."""

    on_hand: int
    store: int | str | None = None


class ShelvesBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many units lie on the shelf, for several SKUs at once."""

    on_hand: dict[str, int]
    store: int | str | None = None


class StoreBody(msgspec.Struct, forbid_unknown_fields=True):
    """How we deal with a store."""

    paused: bool


class CloseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why work is given back."""

    message: str | None = None

    def __post_init__(self) -> None:
        if self.message is not None and len(self.message) > LONGEST_MESSAGE:
            raise ValueError(f"a message must have at most {LONGEST_MESSAGE} characters")


def read_into(body: bytes, kind: type[Body]) -> Body:
    """Read a JSON body. Raises: BadJson, BadBody."""
    value = read_json(body) if body else {}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise BadBody(path.rstrip("`").removeprefix("$").lstrip(".") or "base", message) from error
