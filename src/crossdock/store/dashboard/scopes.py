"""Scopes of apps in words that a merchant can decide by."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

THINGS: Mapping[str, str] = MappingProxyType(
    {
        "orders": "orders, with customers' names and addresses",
        "all_orders": "orders of any age",
        "products": "products and variants",
        "inventory": "stock levels",
        "locations": "locations",
        "fulfillments": "parcels and their tracking",
        "assigned_fulfillment_orders": "work assigned to the app's own location",
        "merchant_managed_fulfillment_orders": "work at your own locations",
        "third_party_fulfillment_orders": "work at other services' locations",
        "shipping": "shipping settings",
    }
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an app may do with one kind of thing.

    `new`: it could not do so before. `used`: Crossdock has such things.
    """

    words: str
    changes: bool
    new: bool
    used: bool


def wishes(scopes: Iterable[str], granted: Collection[str] = ()) -> list[Wish]:
    """Put scopes into words, in their order. `granted`: what the app had before, with all that it implies."""
    return [wish(scope, scope not in granted) for scope in scopes]


def wish(scope: str, new: bool) -> Wish:
    verb, _, thing = scope.removeprefix("unauthenticated_").partition("_")
    changes = verb == "write"
    words = THINGS.get(thing) or thing.replace("_", " ")
    return Wish(
        words=f"{'See and change' if changes else 'See'} {words}", changes=changes, new=new, used=thing in THINGS
    )
