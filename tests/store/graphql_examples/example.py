"""What a golden example is: a document, what it is asked about, and the answer that the vendor's word says it gets.

Sections are those of our notes on Shopify's GraphQL, of which each sentence is a recorded exchange with a real shop or
the vendor's documentation; what they leave out is named by its operation.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.ids import gid, service_gid
from tests.store.calls import Served

Names: TypeAlias = dict[str, str]
Setting: TypeAlias = Callable[[Served], Awaitable[Names]]

ERRORS = "userErrors { field message }"
CODED = "userErrors { field message code }"
NO_DATA = object()
"""An answer without data: the document did not fit the schema. Source: section 2."""


async def bare(_: Served) -> Names:
    """A shop with a location of the merchant's and one of a service's."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One root field as `source` tells it, by the sections of the vendor's documents and of recorded exchanges.

    `{name}` in a text is what the setting made of that name. `...` is anything; a function says whether it will do.
    `notes` stand beside the data about words that were searched for.
    """

    operation: str
    source: str
    document: str
    data: Json = NO_DATA
    setting: Setting = bare
    variables: Mapping[str, Json] = field(default_factory=dict)
    errors: Sequence[Json] = ()
    notes: Sequence[Json] = ()
    by_warehouse: bool = False

    @property
    def answer(self) -> Json:
        """The whole answer, but for what it cost."""
        data = {} if self.data is NO_DATA else {"data": self.data}
        errors = {"errors": list(self.errors)} if self.errors else {}
        return data | errors | ({"search": list(self.notes)} if self.notes else {})


def refused(field: Sequence[str] | None, message: str, code: str | None = None) -> list[Json]:
    """Return the user errors of a payload that has one; without a code it has no such field."""
    said = {"field": None if field is None else list(field), "message": message}
    return [said if code is None else {**said, "code": code}]


def id_of(type_name: str) -> Callable[[Json], bool]:
    """Accept the id of anything of a type."""
    return lambda said: (
        isinstance(said, str) and re.fullmatch(rf"gid://shopify/{type_name}/\d+(\?.+)?", said) is not None
    )


def a_time(said: Json) -> bool:
    """Accept a time in whole seconds, in UTC. Source: section 3."""
    return isinstance(said, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said) is not None


def differences(told: Any, said: Any, path: str = "") -> Iterator[str]:
    """Yield where an answer is not as told."""
    if told is ...:
        return
    if callable(told):
        if not told(said):
            yield f"{path}: {said!r} will not do"
    elif isinstance(told, dict) and isinstance(said, dict):
        for name in dict.fromkeys((*told, *said)):
            if name not in told or name not in said:
                yield f"{path}.{name} is {'not told of' if name in said else 'missing'}"
            else:
                yield from differences(told[name], said[name], f"{path}.{name}")
    elif isinstance(told, list) and isinstance(said, list) and len(told) == len(said):
        for position, (one, other) in enumerate(zip(told, said, strict=True)):
            yield from differences(one, other, f"{path}[{position}]")
    elif told != said:
        yield f"{path}: {told!r} is {said!r} here"


def with_names(value: Any, names: Names) -> Any:
    """Put what a setting made in the place of its names."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], value)
    if isinstance(value, list):
        return [with_names(each, names) for each in value]
    return {name: with_names(each, names) for name, each in value.items()} if isinstance(value, dict) else value


def shop_names(acme: Served) -> Names:
    """Return the names that stand in every shop."""
    return {
        "here": gid("Location", acme.shop.merchant_location),
        "there": gid("Location", acme.shop.service.location_id),
        "service": service_gid(acme.shop.service.id),
        "plain_service": service_gid(acme.shop.service.id).removesuffix("?id=true"),
        "shop": gid("Shop", acme.shop.shop_id),
    }
