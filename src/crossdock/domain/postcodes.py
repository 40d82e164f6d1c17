"""How postal codes are formed, by country. Countries that are not here take any, or have none.

Source: the forms as the countries' postal operators publish them; letters in either case, blanks and dashes as people
leave them out.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_DIGITS: Mapping[int, str] = {
    3: "FO IS",
    4: "AM AT AU BD BE BG CH CY DK GE HU LI LU MD ME MK NO NZ PH SI TN ZA",
    5: "BA CU DE DZ EE EG ES FI FR HR ID IT KE KR KW LA MA MC MM MQ MX MY NP PK RE RS SA SM SN TH TR TW UA UY VA ZM",
    6: "BY CN CO EC IN KG KZ MN NG RO RU SG TJ TM TT UZ VN",
    7: "CL IL",
}
_FORMS: Mapping[str, str] = {
    "AR": r"[A-Z]?\d{4}([A-Z]{3})?",
    "BR": r"\d{5}-?\d{3}",
    "CA": r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d",
    "CL": r"\d{3}-?\d{4}",
    "CZ": r"\d{3} ?\d{2}",
    "GB": r"GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}",
    "GR": r"\d{3} ?\d{2}",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}",
    "IL": r"\d{5}(\d{2})?",
    "IN": r"\d{3} ?\d{3}",
    "IR": r"\d{5}-?\d{5}",
    "JP": r"\d{3}-?\d{4}",
    "LT": r"(LT-?)?\d{5}",
    "LV": r"(LV-?)?\d{4}",
    "MT": r"[A-Z]{3} ?\d{2,4}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "PE": r"\d{5}",
    "PL": r"\d{2}-?\d{3}",
    "PR": r"00\d{3}(-?\d{4})?",
    "PT": r"\d{4}(-?\d{3})?",
    "SE": r"\d{3} ?\d{2}",
    "SK": r"\d{3} ?\d{2}",
    "TW": r"\d{3}(\d{2,3})?",
    "US": r"\d{5}(-?\d{4})?",
}


def is_postcode(country_code: str, text: str) -> bool:
    """Say whether a text can be a postal code of a country."""
    form = _KNOWN.get(country_code)
    return form is None or form.fullmatch(text.strip()) is not None


def _known() -> Mapping[str, re.Pattern[str]]:
    plain = {country: rf"\d{{{count}}}" for count, countries in _DIGITS.items() for country in countries.split()}
    forms = plain | dict(_FORMS)
    return MappingProxyType({country: re.compile(form, re.ASCII | re.IGNORECASE) for country, form in forms.items()})


_KNOWN = _known()
