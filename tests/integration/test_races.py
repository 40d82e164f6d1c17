"""Many at once at two web processes: of twelve who want the same, exactly one wins, and no unit is lost on the way."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.dialects.shopify.versions import NEWEST
from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    CreateFulfillment,
    FulfillmentGroup,
    SubmitFulfillmentRequest,
)
from crossdock.domain.orders import FulfillmentOrder
from crossdock.store.setup import issue_token
from tests.integration.serving import serving_store
from tests.store.scene import NOW, Scene, new_dispatcher, scene

ROUNDS = [50, pytest.param(200, marks=pytest.mark.long)]
ROUNDS_WITH_KEYS = 40
LIVES = 400
CLIENTS = 12
PREPARED_AT_ONCE = 20

Answers = list[tuple[int, Any]]


class Crowd:
    """Clients that all say the same at the same moment, each on a connection of its own."""

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.api = f"{url}/admin/api/{NEWEST}"
        self.headers = {"X-Shopify-Access-Token": token}
        self.session = session

    async def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Answers:
        """Send the same call from everyone and return all answers. `key`: everyone's idempotency key."""
        gun = asyncio.Barrier(CLIENTS)
        headers = self.headers | ({"Idempotency-Key": key} if key else {})

        async def run() -> tuple[int, Any]:
            await gun.wait()
            async with self.session.post(f"{self.api}/{path}", json=body, headers=headers) as answer:
                return answer.status, await answer.json()

        return await asyncio.gather(*(run() for _ in range(CLIENTS)))


async def waiting(shop: Scene, count: int) -> list[FulfillmentOrder]:
    """Make fulfillment orders of three units each, whose requests wait for an answer."""
    (variant,) = (await shop.product("RACER")).variants
    await shop.stock(variant, shop.service.location_id, 3 * count)
    turn = asyncio.Semaphore(PREPARED_AT_ONCE)

    async def one() -> FulfillmentOrder:
        async with turn:
            (fulfillment_order,) = (await shop.order((variant, 3))).fulfillment_orders
            await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=fulfillment_order.id))
            return fulfillment_order

    return await asyncio.gather(*(one() for _ in range(count)))


def parcel(work: FulfillmentOrder, units: int, number: str) -> Mapping[str, Any]:
    lines = [{"id": work.lines[0].id, "quantity": units}]
    return {
        "fulfillment": {
            "line_items_by_fulfillment_order": [
                {"fulfillment_order_id": work.id, "fulfillment_order_line_items": lines}
            ],
            "tracking_info": {"number": number, "company": "PostNord"},
        }
    }


def winners(answers: Answers, won: int) -> int:
    """Count who won; everyone else must have been told the rule that stopped them."""
    for status, body in answers:
        assert status == won or (status == 422 and body["errors"]), (status, body)
    return sum(status == won for status, _ in answers)


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_one_of_twelve_wins_in_every_round(store_database: str, tmp_path: Path, rounds: int) -> None:
    async with (
        scene(store_database) as shop,
        serving_store(store_database, tmp_path / "store.log", web_processes=2) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        token = await issue_token(shop.pool, NOW, shop.shop_id, shop.app_id, scopes=SCOPES)
        crowd = Crowd(url, token, session)
        for number, work in enumerate(await waiting(shop, rounds)):
            accepted = await crowd.post(f"fulfillment_orders/{work.id}/fulfillment_request/accept.json", {})
            assert winners(accepted, 200) == 1
            # A part of it with room left for another: what stops the others is that it is the same parcel.
            part = await crowd.post("fulfillments.json", parcel(work, 1, f"PART{number}"))
            assert winners(part, 201) == 1
            rest = await crowd.post("fulfillments.json", parcel(work, 2, f"REST{number}"))
            assert winners(rest, 201) == 1

        assert await shop.offences() == []
        booked = await shop.pool.fetch(
            """
            SELECT count(DISTINCT f.id) AS parcels, sum(l.quantity) AS units
            FROM fulfillments f JOIN fulfillment_lines l ON l.shop_id = f.shop_id AND l.fulfillment_id = f.id
            """
        )
        assert [dict(row) for row in booked] == [{"parcels": 2 * rounds, "units": 3 * rounds}]
        told = await shop.pool.fetch("SELECT kind, count(*) AS times FROM events GROUP BY kind")
        times = {row["kind"]: row["times"] for row in told}
        assert times["fulfillment_request_accepted"] == rounds
        assert times["fulfillment_created"] == 2 * rounds
        assert times["order_fulfilled"] == rounds


async def test_twelve_with_the_same_key_make_one_order(store_database: str, tmp_path: Path) -> None:
    async with (
        scene(store_database) as shop,
        serving_store(store_database, tmp_path / "store.log", web_processes=2) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        token = await issue_token(shop.pool, NOW, shop.shop_id, shop.app_id, scopes=SCOPES)
        crowd = Crowd(url, token, session)
        (variant,) = (await shop.product("ONCE")).variants
        order = {"order": {"line_items": [{"variant_id": variant.id, "quantity": 1}]}}
        for number in range(ROUNDS_WITH_KEYS):
            answers = await crowd.post("orders.json", order, key=f"order {number}")
            made = {body["order"]["id"] for status, body in answers if status == 201}
            assert len(made) == 1
            assert all(status in (201, 409) for status, _ in answers), answers
        assert await shop.pool.fetchval("SELECT count(*) FROM orders") == ROUNDS_WITH_KEYS
        assert await shop.offences() == []


async def test_no_unit_is_uncounted_when_many_orders_want_the_same_shelves(store_database: str) -> None:
    """Stock levels are locked by transactions that wait for each other; whoever has waited must still see them."""
    async with scene(store_database) as shop:
        variants = (await shop.product("A", "B", "C", "D")).variants
        for variant in variants:
            await shop.stock(variant, shop.service.location_id, 100_000)
        processes = [new_dispatcher(shop.pool), new_dispatcher(shop.pool)]
        turn = asyncio.Semaphore(PREPARED_AT_ONCE)

        async def live(number: int) -> None:
            async with turn:
                one, other = processes[number % 2], processes[(number + 1) % 2]
                wanted = [(variants[(number + step) % len(variants)], 1 + step) for step in range(3)]
                (work,) = (await shop.order(*wanted, by=one)).fulfillment_orders
                await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id), by=other)
                await shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=work.id), shop.warehouse, by=one)
                parcel = CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=work.id),))
                await shop.dispatch(parcel, shop.warehouse, by=other)

        await asyncio.gather(*(live(number) for number in range(LIVES)))
        assert await shop.offences() == []
        moves = await shop.pool.fetch("SELECT cause, count(*) AS moves FROM stock_moves GROUP BY cause")
        counted = {row["cause"]: row["moves"] for row in moves}
        assert counted == {"correction": len(variants), "order_routed": 3 * LIVES, "fulfillment_created": 3 * LIVES}
