"""The pages' colours can be read by everybody, in the light and in the dark."""

import re
from importlib.resources import files

import pytest

SHEET = files("crossdock.runtime").joinpath("static", "crossdock.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))
    for block in re.findall(r":root \{(.*?)\n *\}", SHEET, re.S)
)
TONES = ("bad", "warn", "good", "unfulfilled", "requested", "progress", "hold", "grey")
READ = [
    *((text, ground) for text in ("ink", "second", "accent", "bad") for ground in ("page", "card", "faint")),
    *((text, "card") for text in ("hint", *TONES)),
    *((tone, f"{tone}-ground") for tone in TONES),
    *(("on", ground) for ground in ("accent", "accent-strong", "bad", "bad-strong", "progress")),
    ("accent", "accent-ground"),
    ("card", "ink"),  # the chosen tab
    ("ink", "soft"),
    ("second", "soft"),
]
SEEN = [(line, "card") for line in ("edge", "bar", "late", "fault", "accent")]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_what_is_read_and_what_is_seen_stands_out(colours: dict[str, str]) -> None:
    """Source: WCAG 2.2, 1.4.3 and 1.4.11."""
    faint = {pair: ratio for pair in READ if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    faint |= {pair: ratio for pair in SEEN if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 3}
    assert faint == {}


def test_the_dark_has_a_colour_for_each_of_the_light() -> None:
    assert set(DARK) == set(LIGHT)
    beside = SHEET.replace("@media print", "").partition("*, *::before")[2]
    assert re.findall(r"#[0-9a-f]{3,6}\b", beside) == ["#fff"]  # paper
