"""An error beside the data, in the form that Shopify gives those found before anything was executed.

Source: Shopify GraphQL, errors as recorded; codes that were not recorded are those of the library it runs on.
"""

from collections.abc import Iterable

from graphql import Node, Source

from crossdock.dialects.operation import Json

Path = tuple[str | int, ...]

TOO_LARGE = "This query is too large to execute."
LONGEST_ECHO = 200
"""How many characters of what a caller sent are told back to him in a message."""


def problem(
    message: str, code: str | None, *, at: Iterable[Node] = (), path: Path | None = None, **extensions: Json
) -> Json:
    """Write an error that stands at some nodes of a document. `path` begins with the operation or the fragment."""
    said: dict[str, Json] = {"message": message}
    locations = [location for node in at if (location := _location(node)) is not None]
    if locations:
        said["locations"] = locations
    if path is not None:
        said["path"] = list(path)
    if code is not None:
        said["extensions"] = {"code": code, **extensions}
    return said


def problem_at(message: str, code: str, text: str, offset: int) -> Json:
    """Write an error that stands at a place of a text that could not be parsed."""
    place = _place(text, offset)
    return {"message": message, "locations": [place], "extensions": {"code": code}}


def bracketed(text: str, offset: int) -> str:
    place = _place(text, offset)
    return f"[{place['line']}, {place['column']}]"


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}..."


def _place(text: str, offset: int) -> dict[str, int]:
    found = Source(text).get_location(offset)
    return {"line": found.line, "column": found.column}


def _location(node: Node) -> dict[str, int] | None:
    if node.loc is None:
        return None
    return {"line": node.loc.start_token.line, "column": node.loc.start_token.column}
