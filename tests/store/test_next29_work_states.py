"""Every operation on a fulfillment order by 29 Next's wire in every state that one can be in, by either side.

What is expected is read from the vendor's guides and from what its tools were seen to do, not from the engine's table.
Marks: [S] its OpenAPI file, [D] its developer guides, [V] its own tools against live stores, [I] our inference.
"""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.store.next29_calls import Api, Next29, next29_shop
from tests.store.test_next29_work import Docks, post, state

# How to come to a state: who takes which steps. The merchant ("m") sends, the service ("s") answers.
WAYS: dict[str, tuple[str, ...]] = {
    "open/pending": (),
    "open/requested": ("m fulfillment-request",),
    "open/rejected": ("m fulfillment-request", "s fulfillment-request/reject"),
    "processing/accepted": ("m fulfillment-request", "s fulfillment-request/accept"),
    "processing/cancel_requested": (
        "m fulfillment-request",
        "s fulfillment-request/accept",
        "m cancellation-request",
    ),
    "processing/cancel_rejected": (
        "m fulfillment-request",
        "s fulfillment-request/accept",
        "m cancellation-request",
        "s cancellation-request/reject",
    ),
    "canceled/cancel_accepted": (
        "m fulfillment-request",
        "s fulfillment-request/accept",
        "m cancellation-request",
        "s cancellation-request/accept",
    ),
    "incomplete/closed": ("m fulfillment-request", "s fulfillment-request/accept", "s close"),
    "on_hold/pending": ("m hold",),
    "closed/closed": ("m move",),
    "canceled/closed": ("m cancel",),
}
OPERATIONS = (
    *("fulfillment-request", "fulfillment-request/accept", "fulfillment-request/reject", "fulfillment-request/cancel"),
    *("cancellation-request", "cancellation-request/accept", "cancellation-request/reject"),
    *("cancellation-request/cancel", "cancel", "close", "hold", "release-hold", "move", "fulfillments"),
)
# What comes of an operation of one side in a state; all else is refused. Behind ">" stands the state of one newly made.
EXPECTED: dict[tuple[str, str, str], str] = {
    # [S] Sent by the merchant from what is open, [D] after a rejection and after a cancellation, then as a new one [I].
    ("m", "fulfillment-request", "open/pending"): "open/requested",
    ("m", "fulfillment-request", "open/rejected"): "open/requested",
    ("m", "fulfillment-request", "canceled/cancel_accepted"): "canceled/cancel_accepted > open/requested",
    ("m", "fulfillment-request", "incomplete/closed"): "closed/closed > open/requested",  # [I]
    # [D] The service answers.
    ("s", "fulfillment-request/accept", "open/requested"): "processing/accepted",
    ("s", "fulfillment-request/reject", "open/requested"): "open/rejected",
    ("m", "fulfillment-request/cancel", "open/requested"): "open/pending",
    # [V] The service is asked to stop what it works on; it alone answers.
    ("m", "cancellation-request", "processing/accepted"): "processing/cancel_requested",
    ("s", "cancellation-request/accept", "processing/cancel_requested"): "canceled/cancel_accepted",
    ("s", "cancellation-request/reject", "processing/cancel_requested"): "processing/cancel_rejected",
    ("m", "cancellation-request/cancel", "processing/cancel_requested"): "processing/accepted",
    # [S] A new one carries the lines; nobody can force the service to let go of what it works on [D].
    ("m", "cancel", "open/pending"): "canceled/closed > open/pending",
    ("s", "cancel", "open/pending"): "canceled/closed > open/pending",
    ("m", "cancel", "open/requested"): "canceled/closed > open/pending",
    ("s", "cancel", "open/requested"): "canceled/closed > open/pending",
    ("m", "cancel", "open/rejected"): "canceled/closed > open/pending",
    ("s", "cancel", "open/rejected"): "canceled/closed > open/pending",
    ("s", "cancel", "processing/accepted"): "canceled/closed > open/pending",
    ("s", "cancel", "processing/cancel_requested"): "canceled/closed > open/pending",
    ("s", "cancel", "processing/cancel_rejected"): "canceled/closed > open/pending",
    # [S] The service gives up.
    ("s", "close", "processing/accepted"): "incomplete/closed",
    ("s", "close", "processing/cancel_rejected"): "incomplete/closed",
    # [S] By both sides; [D] what is open, and after an accepted cancellation. Held twice: [I].
    **{
        (who, "hold", start): end
        for who in "ms"
        for start, end in {
            "open/pending": "on_hold/pending",
            "open/rejected": "on_hold/rejected",
            "canceled/cancel_accepted": "on_hold/cancel_accepted",
            "incomplete/closed": "on_hold/closed",
        }.items()
    },
    ("s", "hold", "on_hold/pending"): "on_hold/pending",  # the merchant's app has held it already
    ("m", "release-hold", "on_hold/pending"): "open/pending",
    ("s", "release-hold", "on_hold/pending"): "open/pending",
    # [D][V] What is open or was stopped moves, as a new one; the rest: [I].
    **{
        ("m", "move", start): "closed/closed > open/pending"
        for start in ("open/pending", "open/rejected", "canceled/cancel_accepted", "incomplete/closed")
    },
    ("m", "move", "on_hold/pending"): "closed/closed > on_hold/pending",
    # [V] What is open or processing is shipped, unless it is being stopped; what is open, by the merchant [I].
    ("m", "fulfillments", "open/pending"): "closed/closed",
    ("m", "fulfillments", "open/rejected"): "closed/closed",
    **{
        (who, "fulfillments", start): "closed/closed"
        for who in "ms"
        for start in ("processing/accepted", "processing/cancel_rejected")
    },
}
# [S] Only for the merchant's side: the others have no permission for them at all.
MERCHANTS = {
    *("fulfillment-request", "fulfillment-request/cancel", "cancellation-request", "cancellation-request/cancel"),
    "move",
}
NEW = ("requested_fulfillment_order", "moved_fulfillment_order", "new_fulfillment_order")


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


def body_for(docks: Docks, operation: str) -> object:
    return {"hold": {"reason": "other"}, "move": {"new_location_id": docks.other}}.get(operation)


async def test_every_operation_in_every_state_by_either_side(acme: Next29) -> None:
    docks = await Docks.of(acme)
    merchant = await acme.api("fulfillment_orders:read", "fulfillment_orders:write", name="Back office")
    sides: dict[str, Api] = {"m": merchant, "s": acme.warehouse}
    article = await docks.variant("MUG", docks.dock, docks.other)
    await acme.shop.stock(article, docks.dock, 5000)
    differences = []
    for start, way in WAYS.items():
        for operation in OPERATIONS:
            for who, api in sides.items():
                work = await docks.work((article, 1))
                for step in way:
                    side, _, taken = step.partition(" ")
                    await post(sides[side], work, taken, body_for(docks, taken))
                path = f"fulfillment-orders/{work}/"
                assert state(await merchant.ok("GET", path)) == start
                reply = await api.call("POST", f"{path}{operation}/", body_for(docks, operation))
                expected = EXPECTED.get((who, operation, start))
                seen: str | None = None
                if reply.status in (200, 201):
                    seen = state(await merchant.ok("GET", path))
                    fresh = next((reply.json[name] for name in NEW if name in reply.json), None)
                    if fresh is not None and fresh["id"] != work:
                        seen += f" > {state(fresh)}"
                elif who == "s" and operation in MERCHANTS:
                    assert (reply.status, list(reply.json)) == (403, ["detail"])
                else:
                    assert (reply.status, list(reply.json)) == (400, ["detail"]), (who, operation, start, reply.body)
                    assert state(await merchant.ok("GET", path)) == start
                if seen != expected:
                    differences.append((who, operation, start, seen, expected))
    assert differences == []
