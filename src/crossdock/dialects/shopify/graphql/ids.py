"""Global ids: `gid://shopify/<Type>/<number>`, some with a query part that belongs to them.

Source: Shopify GraphQL, global ids; the two types with a query part as recorded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from crossdock.dialects.operation import Unreadable

MANUAL_SERVICE = "gid://shopify/FulfillmentService/manual"
"""The service of the merchant's own locations. It has no number, so `read_gid` does not know it: compare first."""

_JOB = "gid://shopify/Job/"
_HIGHEST = 2**63 - 1
_NUMBER = r"(?:0|[1-9][0-9]{0,18})"
_GID = re.compile(
    rf"gid://shopify/(?P<type>[A-Z][A-Za-z0-9]{{0,99}})/(?P<number>{_NUMBER})(?:\?(?P<query>[A-Za-z0-9_=&%.~+-]{{1,200}}))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gid:
    """What a global id says. Numbers of different types are independent of each other."""

    type: str
    number: int
    query: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return gid(self.type, self.number, **self.query)


def gid(type_name: str, number: int, /, **query: str | int) -> str:
    """Write a global id; `query` in the order given."""
    plain = f"gid://shopify/{type_name}/{number}"
    return f"{plain}?{urlencode(query)}" if query else plain


def service_gid(number: int) -> str:
    """Write the id of a fulfillment service that an app registered."""
    return gid("FulfillmentService", number, id="true")


def level_gid(number: int, *, inventory_item_id: int) -> str:
    """Write the id of an inventory level: a number of its own, and the item that it counts."""
    return gid("InventoryLevel", number, inventory_item_id=inventory_item_id)


def job_gid(job_id: UUID) -> str:
    """Write the id of work that goes on after the answer."""
    return f"{_JOB}{job_id}"


def read_job_gid(text: str) -> UUID:
    """Read the id of such work. Raises: Unreadable."""
    try:
        job_id = UUID(text.removeprefix(_JOB))
    except ValueError as error:
        raise _malformed(text) from error
    if text != job_gid(job_id):
        raise _malformed(text)
    return job_id


def read_gid(text: str, expected: str | None = None) -> Gid:
    """Read a global id, of the type expected if one is named.

    A query part is read and not judged: the id of a service is the same with and without it.
    Raises: Unreadable.
    """
    match = _GID.fullmatch(text)
    if match is None or int(match["number"]) > _HIGHEST or (expected is not None and match["type"] != expected):
        raise _malformed(text)
    return Gid(
        type=match["type"],
        number=int(match["number"]),
        query=dict(parse_qsl(match["query"] or "", keep_blank_values=True)),
    )


def _malformed(text: str) -> Unreadable:
    return Unreadable("id", f"Invalid global id '{text[:200]}'")
