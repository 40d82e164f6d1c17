"""Reading a part of a list by ids, one more than asked so that it is known whether there are others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from crossdock.domain.queries import Page, Window

Item = TypeVar("Item")

HIGHEST_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """A window as SQL takes it: ids between `above` and `below`, sorted `direction`, at most `limit`."""

    above: int
    below: int
    direction: str
    limit: int


def is_backwards(window: Window) -> bool:
    """Say whether the window ends at its anchor: then what is nearest to the anchor is read first."""
    return window.after is None and window.before is not None


def slice_of(window: Window) -> Slice:
    above, below = (window.before, window.after) if window.descending else (window.after, window.before)
    return Slice(
        above=-1 if above is None else above,
        below=HIGHEST_ID if below is None else below,
        direction="DESC" if window.descending != is_backwards(window) else "ASC",
        limit=window.limit + 1,
    )


def page_of(window: Window, found: Sequence[Item], id_of: Callable[[Item], int]) -> Page[Item]:
    """Make the page of what `slice_of` found, in the order in which it was found."""
    more = len(found) > window.limit
    kept = found[: window.limit]
    if is_backwards(window):
        kept, before, after = kept[::-1], more, True
    else:
        before, after = window.after is not None, more
    return Page(
        items=tuple(kept),
        next=id_of(kept[-1]) if kept and after else None,
        previous=id_of(kept[0]) if kept and before else None,
    )


def window_over(window: Window, items: Sequence[Item], id_of: Callable[[Item], int]) -> Page[Item]:
    """Take a window out of a list that is in memory."""
    part = slice_of(window)
    inside = [item for item in items if part.above < id_of(item) < part.below]
    inside.sort(key=id_of, reverse=part.direction == "DESC")
    return page_of(window, inside[: part.limit], id_of)
