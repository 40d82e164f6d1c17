"""Processes die at random moments, and every order reaches its end exactly once all the same."""

import asyncio
import os
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.integration.chaos import Killer, Persistent, meanwhile
from tests.integration.sandboxes import sandbox
from tests.integration.serving import verified

ORDERS = 50
UNITS = 2
ADMIN = "/admin/api/2026-07"
SERVICES = ("store-web", "store-work", "service-web", "service-work")
SHIPPED, STOPPED = "closed / accepted", "cancelled / cancellation_accepted"
# How often each process is killed: every day, and in the long runs.
EVERYDAY, LONG = 2, 5
STARTS_WITHIN_SECONDS = 10.0
LIFE_SECONDS = 90.0


@dataclass(frozen=True)
class Desk:
    """Both sides of a sandbox, as their own people use them."""

    store: Persistent
    service: Persistent
    control: Persistent

    async def stock_up(self, units: int) -> int:
        """Put a new product on the warehouse's shelf and into the store's books there; return its variant."""
        variant = {"sku": "ANVIL", "price": "10.00", "inventory_management": "shopify"}
        product = {"product": {"title": "Anvil", "variants": [variant]}}
        made = (await self.store.call("POST", "/products.json", product, key="anvil"))["product"]["variants"][0]
        services = await self.store.call("GET", "/fulfillment_services.json?scope=all")
        level = {
            "inventory_item_id": made["inventory_item_id"],
            "location_id": services["fulfillment_services"][0]["location_id"],
            "available": units,
        }
        await self.store.call("POST", "/inventory_levels/set.json", level)
        await self.service.call("PUT", "/api/shelf/ANVIL", {"on_hand": units})
        variant_id: int = made["id"]
        return variant_id

    async def live(self, number: int, variant_id: int) -> str:
        """Take one order from its creation to its end, and return that end."""
        order = {
            "line_items": [{"variant_id": variant_id, "quantity": UNITS}],
            "financial_status": "paid",
            "inventory_behaviour": "decrement_obeying_policy",
            "shipping_address": {"last_name": "Coyote", "address1": "1 Mesa", "city": "Lund", "country_code": "SE"},
        }
        made = (await self.store.call("POST", "/orders.json", {"order": order}, key=f"order {number}"))["order"]
        work = await self.work(made["id"])
        path = f"/fulfillment_orders/{work['id']}"
        await self.store.call("POST", f"{path}/fulfillment_request.json", {}, key=f"request {number}")
        await self.until(made["id"], "in_progress / accepted")
        if number % 5 == 4:
            await self.store.call("POST", f"{path}/cancellation_request.json", {}, key=f"stop {number}")
            return await self.until(made["id"], STOPPED)
        parcel = {"fulfillment_order_id": work["id"], "carrier": "PostNord", "tracking_number": f"ANVIL{number}"}
        # The warehouse ships when it knows that its answer has arrived, which may be later than the store does.
        await self.service.call("POST", "/api/parcels", parcel, key=f"parcel {number}", until_allowed=True)
        return await self.until(made["id"], SHIPPED)

    async def work(self, order_id: int) -> Any:
        (work,) = (await self.store.call("GET", f"/orders/{order_id}/fulfillment_orders.json"))["fulfillment_orders"]
        return work

    async def until(self, order_id: int, wanted: str) -> str:
        """Wait until the order's work is in a state."""
        state = ""
        try:
            async with asyncio.timeout(LIFE_SECONDS):
                while state != wanted:
                    await asyncio.sleep(0.1)
                    work = await self.work(order_id)
                    state = f"{work['status']} / {work['request_status']}"
        except TimeoutError:
            raise AssertionError(f"order {order_id} stays {state} and does not become {wanted}") from None
        return state

    async def let_time_pass(self) -> None:
        """Move the clock on, so that what is to be tried again later is tried again soon."""
        while True:
            with suppress(TimeoutError):  # nothing settles while everything is shot at
                async with asyncio.timeout(5):
                    await self.control.call("POST", "/sandbox/clock", {"advance_seconds": 120})
            await asyncio.sleep(0.5)


def desk(details: Mapping[str, Any], session: aiohttp.ClientSession) -> Desk:
    return Desk(
        store=Persistent(session, details["store_url"] + ADMIN, {"X-Shopify-Access-Token": details["admin_token"]}),
        service=Persistent(session, details["service_url"], {"Authorization": f"Bearer {details['service_token']}"}),
        control=Persistent(session, details["store_url"], {}),
    )


async def test_every_order_ends_once_while_web_processes_and_workers_are_killed(tmp_path: Path) -> None:
    await fifty_orders_under_fire(tmp_path, SERVICES, EVERYDAY)


@pytest.mark.long
@pytest.mark.parametrize("run", range(3))
async def test_every_order_ends_once_while_everything_is_killed(tmp_path: Path, run: int) -> None:
    await fifty_orders_under_fire(tmp_path, (*SERVICES, "postgres"), LONG)


async def fifty_orders_under_fire(folder: Path, targets: Sequence[str], rounds: int) -> None:
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    async with sandbox(folder) as box:
        details = box.details
        here = desk(details, box.session)
        variant_id = await here.stock_up(ORDERS * UNITS)
        chance = random.Random(seed)
        killer = Killer(box=box, names=targets, chance=chance, rounds=rounds)

        async def live(number: int) -> str:
            await asyncio.sleep(chance.uniform(0, STARTS_WITHIN_SECONDS))
            return await here.live(number, variant_id)

        async with meanwhile(killer.run(), here.let_time_pass()):
            ends = await asyncio.gather(*(live(number) for number in range(ORDERS)))
        assert killer.killed == dict.fromkeys(targets, rounds)
        await here.control.call("POST", "/sandbox/settle", {})
        assert ends.count(SHIPPED) == ORDERS - ORDERS // 5
        assert await parcels_in_the_books(details["databases"]["store"]) == [
            (f"ANVIL{number}", 1, UNITS) for number in range(ORDERS) if number % 5 != 4
        ]
        assert await told_once(details["databases"]["service"])
        await verified(details, folder)


async def parcels_in_the_books(database: str) -> list[tuple[str, int, int]]:
    """Return tracking number, parcels and units of all that the store has booked of these orders, by number."""
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(
            """
            SELECT f.tracking -> 0 ->> 'number' AS number, count(DISTINCT f.id) AS parcels, sum(l.quantity) AS units
            FROM fulfillments f JOIN fulfillment_lines l ON l.shop_id = f.shop_id AND l.fulfillment_id = f.id
            WHERE f.tracking -> 0 ->> 'number' LIKE 'ANVIL%'
            GROUP BY 1 ORDER BY substr(f.tracking -> 0 ->> 'number', 6)::integer
            """
        )
    finally:
        await connection.close()
    return [(row["number"], row["parcels"], row["units"]) for row in rows]


async def told_once(database: str) -> bool:
    """Say whether the service knows of each parcel that it was told, in one message of its own."""
    connection = await asyncpg.connect(database)
    try:
        waiting: int = await connection.fetchval("SELECT count(*) FROM parcels WHERE told <> 'told'")
        messages: int = await connection.fetchval(
            "SELECT count(*) FROM messages WHERE direction = 'out' AND kind = 'create_fulfillment'"
        )
        parcels: int = await connection.fetchval("SELECT count(*) FROM parcels")
    finally:
        await connection.close()
    return waiting == 0 and messages == parcels
