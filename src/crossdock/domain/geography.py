"""Where addresses are on the globe, as far as a table of places knows them, and how far apart.

A table of places has coordinates by key: `US#94110` a postal code, `US/CA/san francisco` and `SE/lund` cities, with a
province only where addresses carry codes of them, `US/CA` a province, `SE` a country, at the middle of its people.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Protocol

from crossdock.domain.countries import COUNTRY_NAMES, country_code
from crossdock.domain.places import Address, Coordinates

EARTH_RADIUS_KM = 6371.0
COUNTRIES_WITH_LONG_ZIP = frozenset({"US"})


class Gazetteer(Protocol):
    """A table of places, which never changes."""

    def get(self, key: str, /) -> Coordinates | None: ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False)
class PlainTable:
    """A table of places in memory."""

    rows: Mapping[str, Coordinates] = field(default_factory=dict)

    def get(self, key: str) -> Coordinates | None:
        return self.rows.get(key)


class Precision(StrEnum):
    """What in an address told where it is."""

    COORDINATES = "coordinates"
    POSTAL_CODE = "postal_code"
    CITY = "city"
    PROVINCE = "province"
    COUNTRY = "country"


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """A place on the globe, and how it was found."""

    coordinates: Coordinates
    by: Precision


def distance_km(one: Coordinates, other: Coordinates) -> float:
    """Return the way over the globe in kilometres, by the haversine formula."""
    latitude, other_latitude = radians(one.latitude), radians(other.latitude)
    east = sin(radians(other.longitude - one.longitude) / 2) ** 2
    north = sin((other_latitude - latitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, north + cos(latitude) * cos(other_latitude) * east)))


@lru_cache(maxsize=4096)
def locate(address: Address, places: Gazetteer) -> Located | None:
    """Return where an address is by the most exact part of it that the table knows; None if it knows none.

    Remembered: the same locations are asked for with every order.
    """
    country = country_of(address)
    if country is None:
        return None
    province, city = address.province_code, folded(address.city or "")
    keys = [
        (f"{country}#{postal_code(country, address.zip or '')}", Precision.POSTAL_CODE),
        (f"{country}/{province}/{city}", Precision.CITY),
        (f"{country}/{city}", Precision.CITY),
        (f"{country}/{province}", Precision.PROVINCE),
        (country, Precision.COUNTRY),
    ]
    for key, precision in keys:
        coordinates = places.get(key)
        if coordinates is not None:
            return Located(coordinates=coordinates, by=precision)
    return None


def country_of(address: Address | None) -> str | None:
    """Return the ISO 3166-1 code of an address's country, by its code or else its name."""
    if address is None:
        return None
    if address.country_code in COUNTRY_NAMES:
        return address.country_code
    return country_code(address.country_code or "") or country_code(address.country or "")


def postal_code(country: str, text: str) -> str:
    """Return a postal code as tables have it: capital letters and digits; a ZIP+4 without its last four."""
    code = re.sub(r"[^A-Z0-9]", "", text.upper())
    return code[:5] if country in COUNTRIES_WITH_LONG_ZIP else code


def folded(name: str) -> str:
    """Return a place's name without case, accents and punctuation."""
    spelled = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(character for character in spelled if not unicodedata.combining(character))
    return " ".join(re.findall(r"\w+", re.sub(r"['’`ʻ.]", "", plain)))


# Letters that do not come apart into a letter and an accent.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})
