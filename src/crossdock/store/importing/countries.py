"""The countries of the world, as order files name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from crossdock.domain.places import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """A country by its ISO 3166-1 code, with a city and postal code for addresses that name no place."""

    code: str
    name: str
    city: str
    zip: str | None


def find_country(text: str) -> Country | None:
    """Return the country that a code or a name, in any case, stands for."""
    return _by_name().get(text.strip().casefold())


def plausible_address(country: Country) -> Address:
    """Return an address that a parcel could have, for files that tell only the country."""
    return Address(
        address1="1 High Street",
        city=country.city,
        zip=country.zip,
        country=country.name,
        country_code=country.code,
    )


@cache
def _by_name() -> Mapping[str, Country]:
    table = (resources.files("crossdock.store.importing") / "countries.txt").read_text(encoding="utf-8")
    found: dict[str, Country] = {}
    for line in table.splitlines()[1:]:
        code, name, city, postal_code, others = line.split("|")
        country = Country(code=code, name=name, city=city, zip=postal_code or None)
        names = (code, name, *(other for other in others.split(",") if other))
        found.update((each.casefold(), country) for each in names)
    return found
