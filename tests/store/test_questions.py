"""What a store asks fulfillment services each hour: the questions word for word, and what it makes of any answer."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import pytest

from crossdock.dialects.shopify import callback
from crossdock.domain.commands import CancelFulfillment, CreateFulfillment, FulfillmentGroup
from crossdock.domain.orders import Order, Tracking
from crossdock.store.jobs.fetch_tracking_numbers import MOST_NAMES
from tests.store.hearing import Stage, stage

STOCK, NUMBERS = "fetch_stock.json", "fetch_tracking_numbers.json"


async def shipped(scene: Stage, *tracking: Tracking) -> Order:
    """Make an order that the service has shipped."""
    order = await scene.shop.order((scene.tee, 1))
    group = FulfillmentGroup(fulfillment_order_id=order.fulfillment_orders[0].id)
    await scene.shop.dispatch(CreateFulfillment(groups=(group,), tracking=tracking))
    return await scene.shop.read(order.id)


async def tracking(scene: Stage, order: Order) -> tuple[Tracking, ...]:
    return (await scene.shop.read(order.id)).fulfillments[0].tracking


def asked(scene: Stage, name: str) -> list[tuple[str, dict[str, str]]]:
    return [(path, headers) for path, headers, _ in scene.ear.heard if urlsplit(path).path.endswith(name)]


async def test_the_questions_are_asked_in_these_words_and_signed(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        order = await shipped(scene)
        await scene.advance(minutes=61)
        ((stock, stock_headers),), ((numbers, _),) = asked(scene, STOCK), asked(scene, NUMBERS)
        location_id = str(scene.shop.service.location_id)
        assert [name for name, _ in parse_qsl(urlsplit(stock).query)] == [
            "location_id",
            "max_retries",
            "shop",
            "timestamp",
        ]
        query = dict(parse_qsl(urlsplit(stock).query))
        assert (query["location_id"], query["shop"]) == (location_id, "acme.example")
        assert abs(int(query["timestamp"]) - (await scene.now()).timestamp()) < 180
        assert urlsplit(numbers).query.startswith(
            f"order_names%5B%5D=%23{order.name[1:]}.1&shop=acme.example&timestamp="
        )
        assert callback.verify([scene.app.client_secret], b"", stock_headers["x-shopify-hmac-sha256"])
        assert stock_headers["x-shopify-shop-domain"] == "acme.example"


@pytest.mark.parametrize(
    "answer",
    [
        {"stock_levels": {"TEE": "40"}},
        b'\xef\xbb\xbf{"TEE": 40}',
        b"<StockLevels><Product><Sku>TEE</Sku><Quantity>40</Quantity></Product></StockLevels>",
        b"""<?xml version="1.0" encoding="ISO-8859-1"?>
            <StockLevels><Product><Sku>TEE</Sku><Quantity> 40 </Quantity></Product>
            <Product><Sku>M\xfcTZE</Sku><Quantity>1</Quantity></Product></StockLevels>""",
        {"stock_levels": {f"SKU-{number:06}": number for number in range(90_000)} | {"TEE": 40}},
    ],
    ids=["root", "byte order mark", "xml", "latin xml", "two megabytes"],
)
async def test_stock_is_taken_in_from_every_form(store_database: str, answer: object) -> None:
    async with stage(store_database, manages=True) as scene:
        scene.ear.answers[STOCK] = answer
        await scene.advance(minutes=61)
        assert (await scene.shop.available(scene.tee, scene.shop.service.location_id))[2] == 40
        assert await scene.shop.offences() == []


@pytest.mark.parametrize(
    "answer",
    [
        [1, 2],
        b"nonsense",
        b'{"TEE": 1, "TEE": 2}',
        b"[" * 100_000,
        b"<a>" * 300_000,
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
        b"<StockLevels><Product><Sku>TEE</Sku><Quantity>-3</Quantity></Product></StockLevels>",
        {"TEE": 1e300, "tee": 4},
        b"{" + b" " * 5_000_000 + b'"TEE": 1}',
    ],
    ids=["list", "text", "same key twice", "deep json", "deep xml", "entities", "negative", "odd numbers", "too long"],
)
async def test_an_odd_answer_changes_nothing(store_database: str, answer: object) -> None:
    async with stage(store_database, manages=True) as scene:
        await shipped(scene)
        scene.ear.answers[STOCK] = scene.ear.answers[NUMBERS] = answer
        await scene.advance(minutes=61)
        assert (await scene.shop.available(scene.tee, scene.shop.service.location_id))[0] == 499
        assert [row["tracking"] for row in await scene.store.pool.fetch("SELECT tracking FROM fulfillments")] == [[]]
        assert await scene.shop.offences() == []


async def test_a_number_completes_the_tracking_that_there_is(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        carried = await shipped(scene, Tracking(company="DHL", url="https://dhl.example.se/follow"))
        numbered = await shipped(scene, Tracking(number="1Z1"))
        cancelled = await shipped(scene)
        await scene.shop.dispatch(CancelFulfillment(fulfillment_id=cancelled.fulfillments[0].id))
        scene.ear.answers[NUMBERS] = (
            b"<TrackingNumbers>"
            + b"".join(
                f"<Order><ID>{order.name}.1</ID><Tracking>9Z9</Tracking></Order>".encode()
                for order in (carried, numbered, cancelled)
            )
            + b"<Order><ID>#9999.1</ID><Tracking>9Z9</Tracking></Order></TrackingNumbers>"
        )
        await scene.advance(minutes=61)
        assert await tracking(scene, carried) == (
            Tracking(number="9Z9", company="DHL", url="https://dhl.example.se/follow"),
        )
        assert await tracking(scene, numbered) == (Tracking(number="1Z1"),)
        assert await tracking(scene, cancelled) == ()
        ((path, _),) = asked(scene, NUMBERS)
        assert path.count("order_names") == 1


async def test_many_names_are_asked_for_in_several_questions(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        orders = await asyncio.gather(*(shipped(scene) for _ in range(MOST_NAMES + 2)))
        scene.ear.answers[NUMBERS] = {f"{order.name}.1": f"1Z{order.id}" for order in orders}
        await scene.advance(minutes=61)
        assert [path.count("order_names") for path, _ in asked(scene, NUMBERS)] == [MOST_NAMES, 2]
        assert await tracking(scene, orders[0]) == (Tracking(number=f"1Z{orders[0].id}"),)
        without = "SELECT count(*) FROM fulfillments WHERE tracking = '[]'"
        assert await scene.store.pool.fetchval(without) == 0
