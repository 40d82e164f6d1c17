"""Countries as people write them."""

import pytest

from crossdock.domain.countries import COUNTRY_NAMES, country_code, country_name


def test_all_countries_are_there_and_found_by_their_own_names() -> None:
    assert len(COUNTRY_NAMES) == 249
    assert {country_code(name) for name in COUNTRY_NAMES.values()} == set(COUNTRY_NAMES)
    assert all(country_code(code) == code for code in COUNTRY_NAMES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("great britain", "GB"),
        ("GBR", "GB"),
        ("EIRE", "IE"),
        ("USA", "US"),
        ("The United States of America", "US"),
        ("Channel Islands", "JE"),
        ("Cote d’Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("Korea, Republic of", "KR"),
        ("  czech   republic ", "CZ"),
        ("RSA", "ZA"),
        ("Österreich", "AT"),
        ("", None),
        ("Unspecified", None),
        ("European Community", None),
    ],
)
def test_a_country_is_found(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_a_name_is_found_by_its_code() -> None:
    assert country_name("US") == "United States"
    assert country_name("us") is None
