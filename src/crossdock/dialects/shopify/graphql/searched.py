"""What a list is searched by, with what it does not know told beside the data."""

from collections.abc import Collection

from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.search import read_search
from crossdock.domain.searching import Condition


def searched(asking: Asking, text: str | None, fields: Collection[str], *path: str) -> Condition:
    """Return the condition that a search string says of a list with these fields, at this path of the answer."""
    found = read_search(text, fields, path=path)
    asking.search_notes.extend(note for note in found.notes if note not in asking.search_notes)
    return found.condition
