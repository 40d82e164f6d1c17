"""Permissions of the Admin API: which there are, what they let in, and which fulfillment orders they reach.

Where an operation names several, any one of them will do; writing does not imply reading. Source: 29 Next, permissions
of the Admin API; that several are alternatives: its demo app and bulk tools, which hold one of them each.
"""

from collections.abc import Iterable

from crossdock.domain.access import Hidden, Reach

ADMIN = "admin"
_AREAS = (
    *(ADMIN, "carts", "catalogue", "content", "disputes", "exports", "fulfillment_service", "fulfillment_orders"),
    *("gift_cards", "locations", "metadata", "orders", "subscriptions", "themes", "transactions", "tickets", "users"),
    "webhooks",
)
SCOPES: tuple[str, ...] = (
    *(f"{area}:{verb}" for area in _AREAS for verb in ("read", "write")),
    "gateways:read",
    "store:read",
)

READ_SERVICE = "fulfillment_service:read"
WRITE_SERVICE = "fulfillment_service:write"
READ_FULFILLMENT_ORDERS = "fulfillment_orders:read"
WRITE_FULFILLMENT_ORDERS = "fulfillment_orders:write"
READ_LOCATIONS = "locations:read"
WRITE_LOCATIONS = "locations:write"
READ_ORDERS = "orders:read"
WRITE_ORDERS = "orders:write"
READ_CATALOGUE = "catalogue:read"
WRITE_CATALOGUE = "catalogue:write"
READ_WEBHOOKS = "webhooks:read"
WRITE_WEBHOOKS = "webhooks:write"
READ_STORE = "store:read"

# Any one of a pair lets a caller in.
READS_WORK = frozenset({READ_SERVICE, READ_FULFILLMENT_ORDERS})
WRITES_WORK = frozenset({WRITE_SERVICE, WRITE_FULFILLMENT_ORDERS})
READS_PLACES = frozenset({READ_SERVICE, READ_LOCATIONS})
WRITES_PLACES = frozenset({WRITE_SERVICE, WRITE_LOCATIONS})
# Who is let in by one of these is shown the locations of everybody, by the others of the pair those that it runs.
OF_ALL_PLACES = frozenset({READ_LOCATIONS, WRITE_LOCATIONS})

_MERCHANTS = frozenset({Reach.MERCHANT_MANAGED, Reach.THIRD_PARTY})


def granted(scopes: Iterable[str]) -> frozenset[str]:
    """Return the permissions with those that `admin` stands for."""
    given = frozenset(scopes)
    verbs = [verb for verb in ("read", "write") if f"{ADMIN}:{verb}" in given]
    return given | {scope for scope in SCOPES if scope.partition(":")[2] in verbs}


def missing(needed: frozenset[str], scopes: Iterable[str]) -> str | None:
    """Return the permission to ask for where none of those needed is granted; None when the caller may."""
    if not needed or needed & granted(scopes):
        return None
    return min(needed, key=SCOPES.index)


def reaches(scopes: Iterable[str], needed: frozenset[str] = frozenset()) -> tuple[frozenset[Reach], frozenset[Reach]]:
    """Return which kinds of fulfillment orders may be read, and which may be changed.

    `needed`: what lets in to the operation asked for. Who comes in by the permission for orders sees and does what
    belongs to them as the merchant does; who runs a location may also answer there by the permission for fulfillment
    orders, where an operation takes it.
    """
    given = granted(scopes)
    by = given & needed
    answers = WRITE_SERVICE in given or (WRITE_SERVICE in needed and WRITE_FULFILLMENT_ORDERS in by)
    return (
        _reach(assigned=READ_SERVICE in given, merchant=READ_FULFILLMENT_ORDERS in given or READ_ORDERS in by),
        _reach(assigned=answers, merchant=WRITE_FULFILLMENT_ORDERS in given or WRITE_ORDERS in by),
    )


def _reach(*, assigned: bool, merchant: bool) -> frozenset[Reach]:
    return (frozenset({Reach.ASSIGNED}) if assigned else frozenset()) | (_MERCHANTS if merchant else frozenset())


def left_out(hidden: Iterable[Hidden]) -> str:
    """Say what lists left out, and which permission would have shown it."""
    told = ", ".join(f"{each.what} {each.id}" for each in hidden)
    return f"left out: {told} (needs {READ_FULFILLMENT_ORDERS})"
