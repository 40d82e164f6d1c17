"""Scopes of apps in words that a merchant can decide by."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

SHOPIFYS: Mapping[str, str] = MappingProxyType(
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
NEXT29S: Mapping[str, str] = MappingProxyType(
    {
        "admin": "everything in the store",
        "catalogue": "products, variants and stock",
        "fulfillment_service": "the app's own locations and the work assigned to them",
        "fulfillment_orders": "work at all locations",
        "locations": "all locations",
        "orders": "orders and parcels, with customers' names and addresses",
        "store": "the store's name and settings",
        "webhooks": "what the app is told of",
        "users": "customers",
    }
)
# Of these there is nothing here, whatever they are called.
NOT_KEPT = frozenset({"users"})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an app may do with one kind of thing.

    `new`: it could not do so before. `used`: Crossdock has such things.
    """

    words: str
    changes: bool
    new: bool
    used: bool


def wishes(platform: str, scopes: Iterable[str], granted: Collection[str] = ()) -> Sequence[Wish]:
    """Put scopes into words, in their order. `granted`: what the app had before, with all that it implies."""
    return WORDS[platform](tuple(scopes), granted)


def shopifys(scopes: Sequence[str], granted: Collection[str]) -> list[Wish]:
    return [shopify_wish(scope, scope not in granted) for scope in scopes]


def shopify_wish(scope: str, new: bool) -> Wish:
    verb, _, thing = scope.removeprefix("unauthenticated_").partition("_")
    changes = verb == "write"
    words = SHOPIFYS.get(thing) or thing.replace("_", " ")
    return Wish(
        words=f"{'See and change' if changes else 'See'} {words}", changes=changes, new=new, used=thing in SHOPIFYS
    )


def next29s(scopes: Sequence[str], granted: Collection[str]) -> list[Wish]:
    """Put what is asked for of one thing into one wish: to write is not to read there."""
    things: dict[str, list[str]] = {}
    for scope in scopes:
        things.setdefault(scope.partition(":")[0], []).append(scope)
    return [next29_wish(thing, given, granted) for thing, given in things.items()]


def next29_wish(thing: str, scopes: Collection[str], granted: Collection[str]) -> Wish:
    verbs = [word for verb, word in (("read", "see"), ("write", "change")) if f"{thing}:{verb}" in scopes]
    words = NEXT29S.get(thing) or thing.replace("_", " ")
    return Wish(
        words=f"{' and '.join(verbs)} {words}".capitalize(),
        changes="change" in verbs,
        new=any(scope not in granted for scope in scopes),
        used=thing in NEXT29S and thing not in NOT_KEPT,
    )


WORDS: Mapping[str, Callable[[Sequence[str], Collection[str]], Sequence[Wish]]] = MappingProxyType(
    {"shopify": shopifys, "next29": next29s}
)
