"""What a resolver may know, and how it gets at what is not there yet.

Resolvers are plain functions `(source, asking, **arguments)`. What they cannot say at once they ask for: `load` answers
something to wait for, which the side that serves has loaded together with all else that was asked for meanwhile, one
set-based read for each kind of query.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify import scopes
from crossdock.dialects.shopify.graphql.errors import TopLevel, denied
from crossdock.domain.access import Caller, Hidden
from crossdock.domain.places import Location
from crossdock.domain.refusals import Refusal
from crossdock.domain.shops import Shop

# Any: what is loaded depends on the query, and what is made of it on the field.
Made = Callable[[Any], Any]


def as_it_is(loaded: Any) -> Any:
    return loaded


class Serving(Protocol):
    """The side that performs what resolvers ask for."""

    @property
    def shop(self) -> Shop:
        """The shop, as it was when last looked at."""

    @property
    def locations(self) -> Mapping[int, Location]:
        """Its locations, likewise."""

    @property
    def at(self) -> datetime:
        """The time at which the answer is given."""

    def load(self, query: Any, then: Made) -> Awaitable[Any]:
        """Have a query of the domain answered, and make of the answer what the field needs. None: there is no such."""

    def carry_out(self, write: "Write") -> Awaitable[Any]:
        """Carry out the commands of a mutation, all or none, and make its payload."""

    def turn_down(self, what: Json, answer: Json | TopLevel) -> Awaitable[Any]:
        """Note a mutation that was refused, and answer it: with a payload, or with an error to raise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """A mutation to be carried out: its commands in order, and what its payload is then, or when a rule says no.

    `what` tells it from every other, for `key`, and can be written as JSON; `result` is the type of each command's
    result.
    """

    what: Json
    commands: Sequence[Any]
    result: Any
    key: str | None
    done: Callable[[Sequence[Any]], Json]
    refused: Callable[[Refusal], Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Who asks, in which version, with which scopes (those implied are among them).

    `currency`: the shop's, known before anything is loaded. `search_notes`: what stands beside the data about words
    that were searched for. `hidden`: what lists left out because the caller's reach does not go there.
    """

    serving: Serving
    caller: Caller
    scopes: frozenset[str]
    version: str
    base_url: str
    currency: str
    request_id: str | None = None
    search_notes: list[Json] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)

    @property
    def shop(self) -> Shop:
        return self.serving.shop

    @property
    def locations(self) -> Mapping[int, Location]:
        return self.serving.locations

    @property
    def at(self) -> datetime:
        return self.serving.at

    def load(self, query: object, then: Made = as_it_is) -> Awaitable[Any]:
        """Ask for what a field needs; `then` makes of it what the field is. None is loaded where there is no such."""
        return self.serving.load(query, then)

    def require(self, name: str, needed: frozenset[str]) -> None:
        """Raises: TopLevel where none of the scopes needed for a field is granted."""
        if scopes.missing(needed, self.scopes) is not None:
            raise denied(name, needed)
