"""Which column of a file says what of an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields


class BadColumns(ValueError):
    """The file's header or the wish for other columns makes no sense; the message says how to mend it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The header of each field; None where the file does not tell it. `name` and `quantity` are needed.

    Fields of the order may stand in any of its rows; the first one that is not empty counts.
    """

    name: str
    quantity: str
    sku: str | None = None
    title: str | None = None
    price: str | None = None
    requires_shipping: str | None = None
    vendor: str | None = None
    email: str | None = None
    phone: str | None = None
    financial_status: str | None = None
    created_at: str | None = None
    currency: str | None = None
    note: str | None = None
    tags: str | None = None
    shipping_title: str | None = None
    customer: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    zip: str | None = None
    province: str | None = None
    country: str | None = None


# Source: Shopify Help, "Exporting orders", the columns of the export.
SHOPIFY = Columns(
    name="Name",
    quantity="Lineitem quantity",
    sku="Lineitem sku",
    title="Lineitem name",
    price="Lineitem price",
    requires_shipping="Lineitem requires shipping",
    vendor="Vendor",
    email="Email",
    phone="Shipping Phone",
    financial_status="Financial Status",
    created_at="Created at",
    currency="Currency",
    note="Notes",
    tags="Tags",
    shipping_title="Shipping Method",
    customer="Shipping Name",
    company="Shipping Company",
    address1="Shipping Address1",
    address2="Shipping Address2",
    city="Shipping City",
    zip="Shipping Zip",
    province="Shipping Province",
    country="Shipping Country",
)


def parse_columns(text: str) -> Columns:
    """Read "name=InvoiceNo,sku=StockCode,…". Raises: BadColumns."""
    known = {field.name for field in fields(Columns)}
    chosen: dict[str, str] = {}
    for part in text.split(","):
        field, equals, header = (piece.strip() for piece in part.partition("="))
        if not equals or not header or field not in known:
            raise BadColumns(f"cannot read {part.strip()!r}: write field=Header with a field of {', '.join(known)}")
        chosen[field] = header
    for needed in ("name", "quantity"):
        if needed not in chosen:
            raise BadColumns(f"{needed}=… is missing: every row must tell the {needed}")
    return Columns(**chosen)


def positions(columns: Columns, header: Sequence[str], *, strictly: bool) -> Mapping[str, int]:
    """Return where each field stands in a row. `strictly`: a column that was asked for must be there.

    Raises: BadColumns when a needed column is not in the header.
    """
    places = {title.strip(): place for place, title in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for field in fields(Columns):
        title: str | None = getattr(columns, field.name)
        if title in places:
            found[field.name] = places[title]
        elif title is not None and (strictly or field.name in ("name", "quantity")):
            raise BadColumns(
                f"the file has no column {title!r} (it has {', '.join(places)}); name its columns with --columns"
            )
    return found
