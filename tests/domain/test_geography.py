"""Where addresses are, and how far apart."""

import pytest

from crossdock.domain.geography import (
    Located,
    PlainTable,
    Precision,
    country_of,
    distance_km,
    folded,
    locate,
    postal_code,
)
from crossdock.domain.places import Address, Coordinates

LUND, MALMO = Coordinates(latitude=55.70, longitude=13.19), Coordinates(latitude=55.61, longitude=13.00)
SYDNEY = Coordinates(latitude=-33.87, longitude=151.21)
ROWS = {
    "SE": Coordinates(latitude=58.5, longitude=15.0),
    "SE/lund": LUND,
    "US": Coordinates(latitude=38.0, longitude=-92.0),
    "US/IL": Coordinates(latitude=41.6, longitude=-88.4),
    "US/IL/springfield": Coordinates(latitude=39.80, longitude=-89.64),
    "US/springfield": Coordinates(latitude=37.22, longitude=-93.30),
    "US#62701": Coordinates(latitude=39.80, longitude=-89.65),
}
TABLE = PlainTable(ROWS)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [(LUND, LUND, 0), (LUND, MALMO, 15.6), (LUND, SYDNEY, 15_950), (SYDNEY, LUND, 15_950)],
)
def test_distances_are_those_of_a_globe(one: Coordinates, other: Coordinates, km: float) -> None:
    assert distance_km(one, other) == pytest.approx(km, rel=0.02)


def test_opposite_points_are_half_the_globe_apart() -> None:
    poles = Coordinates(latitude=90, longitude=0), Coordinates(latitude=-90, longitude=77)
    assert distance_km(*poles) == pytest.approx(20_015, rel=0.001)


@pytest.mark.parametrize(
    ("address", "key", "precision"),
    [
        (Address(zip="62701-1234", city="Nowhere", country_code="US"), "US#62701", Precision.POSTAL_CODE),
        (
            Address(zip="99999", city="Springfield", province_code="IL", country_code="US"),
            "US/IL/springfield",
            Precision.CITY,
        ),
        (Address(city="Springfield", province_code="XX", country_code="US"), "US/springfield", Precision.CITY),
        (Address(city="Nowhere", province_code="IL", country="United States"), "US/IL", Precision.PROVINCE),
        (Address(city=" LUND ", country="Sweden"), "SE/lund", Precision.CITY),
        (Address(country_code="SE"), "SE", Precision.COUNTRY),
    ],
)
def test_the_most_exact_part_of_an_address_tells_where_it_is(address: Address, key: str, precision: Precision) -> None:
    assert locate(address, TABLE) == Located(coordinates=ROWS[key], by=precision)


def test_an_address_that_nobody_knows_is_nowhere() -> None:
    assert locate(Address(city="Lund"), TABLE) is None
    assert locate(Address(city="Oslo", country_code="NO"), TABLE) is None
    assert country_of(None) is None


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Łódź", "lodz"), ("St. John's", "st johns"), ("  Saint-Étienne ", "saint etienne"), ("København", "kobenhavn")],
)
def test_names_are_compared_without_case_accents_and_punctuation(name: str, plain: str) -> None:
    assert folded(name) == plain


def test_postal_codes_are_compared_without_spaces() -> None:
    assert postal_code("GB", "sw1a 1aa") == "SW1A1AA"
    assert postal_code("US", "94110-1234") == "94110"
