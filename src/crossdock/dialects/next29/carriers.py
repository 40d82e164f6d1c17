"""Carriers: 29 Next's slugs, and the names that the engine and the other wires know the same companies by.

Source: 29 Next Admin API 2024-04-01, TrackingInfo `carrier`; which name is which slug's is ours where they differ.
"""

from collections.abc import Mapping
from types import MappingProxyType

from crossdock.dialects.next29.fields import Fields
from crossdock.dialects.operation import Json
from crossdock.domain.orders import Tracking

OTHER = "other"
_NO_NAME = "Other"

COMPANIES: Mapping[str, str] = MappingProxyType(
    {
        "4px": "4PX",
        "amazon": "Amazon",
        "asendia": "Asendia USA",
        "australia_post": "Australia Post",
        "china_post": "China Post",
        "deutsche_de": "Deutsche Post",
        "dhl": "DHL",
        "dhl_ecommerce": "DHL eCommerce",
        "fedex": "FedEx",
        "firstmile": "FirstMile",
        "gofo_express": "GOFO Express",
        "hermesworld_uk": "Evri",
        "myhermes": "Hermes",
        "ontrac": "OnTrac",
        OTHER: _NO_NAME,
        "royal_mail": "Royal Mail",
        "speedx": "SpeedX",
        "swiss_post": "Swiss Post",
        "ulala": "Ulala",
        "uniuni": "UniUni",
        "ups": "UPS",
        "usps": "USPS",
        "yunexpress": "YunExpress",
    }
)
# Companies that go by more than one name where a parcel was made by another wire.
_ALIASES: Mapping[str, str] = {
    "Amazon Logistics UK": "amazon",
    "Amazon Logistics US": "amazon",
    "Asendia": "asendia",
    "Deutsche Post (DE)": "deutsche_de",
    "Deutsche Post (EN)": "deutsche_de",
    "DHL Express": "dhl",
    "DHL Parcel": "dhl",
    "DHL eCommerce Asia": "dhl_ecommerce",
    "First Mile": "firstmile",
    "Lasership": "ontrac",
}
_SLUGS: Mapping[str, str] = {
    name.casefold(): slug for name, slug in (*((name, slug) for slug, name in COMPANIES.items()), *_ALIASES.items())
}


def company_of(slug: str, name: str | None = None) -> str:
    """Return the name of a slug's company. `name`: what the caller calls it, where no slug is its own."""
    return name if slug == OTHER and name else COMPANIES[slug]


def slug_of(company: str | None) -> str:
    """Return the slug of a company, whatever its capitals."""
    return _SLUGS.get((company or "").strip().casefold(), OTHER)


def read_carrier(fields: Fields) -> str | None:
    """Read a carrier as its company's name. Raises: Unreadable for a slug that there is not."""
    slug = fields.text("carrier")
    if not slug:
        return None
    if slug not in COMPANIES:
        raise fields.not_a_choice("carrier", slug)
    return company_of(slug, (fields.line("carrier_other_name") or "").strip() or None)


def write_carrier(tracking: Tracking) -> dict[str, Json]:
    """Write the carrier of a parcel as a caller tells it."""
    slug = slug_of(tracking.company)
    named = slug == OTHER and tracking.company not in {None, "", _NO_NAME}
    return {"carrier": slug, **({"carrier_other_name": tracking.company} if named else {})}
