"""Reading what was typed into a form or an address."""

from collections.abc import Iterable, Mapping

from starlette.datastructures import FormData

LONGEST_TEXT = 1000
LARGEST_ID = 2**63 - 1
MOST_UNITS = 10**9


class BadForm(Exception):
    """What was typed cannot be used; the words say what to change."""


def number(text: str) -> int | None:
    """Return an id that was typed, with or without a `#`; None for anything else."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        return None
    return int(digits) if int(digits) <= LARGEST_ID else None


def text(form: FormData, name: str) -> str | None:
    """Return a field's text without the blanks around it; None when it is empty."""
    typed = str(form.get(name, "")).replace("\0", "").strip()
    return typed[:LONGEST_TEXT] or None


def units(form: FormData, line_ids: Iterable[int]) -> Mapping[int, int]:
    """Return the units typed for each line, from fields `units-{id}`; lines without a number or at 0 are left out.

    Raises: BadForm when something is no number, or nothing is chosen.
    """
    chosen: dict[int, int] = {}
    for line_id in line_ids:
        typed = str(form.get(f"units-{line_id}", "")).strip()
        quantity = number(typed) if typed else 0
        if quantity is None or quantity > MOST_UNITS:
            raise BadForm(f"“{typed[:20]}” is not a number of units.")
        if quantity:
            chosen[line_id] = quantity
    if not chosen:
        raise BadForm("Choose at least one unit.")
    return chosen
