"""The table of places that comes with Crossdock."""

import pytest

from crossdock.domain.countries import COUNTRY_NAMES
from crossdock.domain.geography import Precision, locate
from crossdock.domain.places import Address
from crossdock.store.gazetteer.places import SortedTable, places

UNINHABITED = {"AQ", "BV", "HM", "UM"}


@pytest.mark.parametrize(
    ("address", "north", "east", "by"),
    [
        (Address(zip="94110-1234", country_code="US"), 37.75, -122.42, Precision.POSTAL_CODE),
        (Address(city="Göteborg", country_code="SE"), 57.71, 11.97, Precision.CITY),
        (Address(city="Gothenburg", country="Sweden"), 57.71, 11.97, Precision.CITY),
        (Address(city="Munich", country_code="DE"), 48.14, 11.58, Precision.CITY),
        (Address(city="Springfield", province_code="IL", country_code="US"), 39.80, -89.64, Precision.CITY),
        (Address(city="Nowhere", province_code="BC", country_code="CA"), 49.33, -122.73, Precision.PROVINCE),
        (Address(city="Nowhere", country_code="DE"), 51.1, 9.7, Precision.COUNTRY),
    ],
)
def test_addresses_are_found(address: Address, north: float, east: float, by: Precision) -> None:
    found = locate(address, places())
    assert found is not None
    assert found.by is by
    assert (found.coordinates.latitude, found.coordinates.longitude) == pytest.approx((north, east), abs=0.1)


def test_every_country_where_people_live_has_a_middle() -> None:
    assert {code for code in COUNTRY_NAMES if places().get(code) is None} == UNINHABITED


def test_every_line_of_a_table_is_found_and_nothing_else() -> None:
    keys = sorted(["", "A", "SE", "SE/lund", "SE/åre", "US#00501", "ZZ"])
    table = SortedTable("".join(f"{key}\t{number}\t-{number}\n" for number, key in enumerate(keys)).encode())
    for number, key in enumerate(keys):
        found = table.get(key)
        assert found is not None
        assert (found.latitude, found.longitude) == (number, -number)
    assert [table.get(key) for key in ("B", "SE/", "SE/lun", "SE/lundby", "ZZZ", "0")] == [None] * 6
    assert SortedTable(b"").get("SE") is None
