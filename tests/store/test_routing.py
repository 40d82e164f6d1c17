"""Routing by the shop's own rules, why orders went where they went, and what other rules would have done."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from crossdock.cli import routing as desk
from crossdock.cli.desks import Desk, parse_time
from crossdock.cli.problems import Problem
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.commands import CreateFulfillment, FulfillmentGroup, RerouteFulfillmentOrders
from crossdock.domain.orders import Order, StockClaim
from crossdock.domain.places import Address, Coordinates
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.routing.comparison import AS_DECIDED, compare, summed
from crossdock.domain.routing.route import Routing
from crossdock.domain.routing.rules import DEFAULT_RULES, RULES, RuleSetting
from crossdock.domain.routing.settings import (
    ExplainRouting,
    GetRoutingRules,
    OrderRouting,
    RankLocations,
    SetLocationReach,
    SetRoutingRules,
)
from crossdock.domain.stock_commands import DeactivateLevel
from crossdock.store.database.past_orders import past_orders
from crossdock.store.dispatch.origin import Origin
from crossdock.store.gazetteer.places import places
from crossdock.store.setup import create_location
from tests.store.scene import NOW, Scene, new_order, scene

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NEAREST = tuple(RuleSetting(name=name) for name in ("allowed_destinations", "available_stock", "nearest"))


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place
        assert await place.offences() == []


async def location(shop: Scene, name: str, city: str, country: str) -> int:
    address = Address(city=city, country_code=country)
    return await create_location(shop.pool, NOW, shop.shop_id, name=name, address=address)


async def ask(shop: Scene, query: object) -> object:
    return (await shop.dispatcher.ask(query, Origin(shop_id=shop.shop_id, actor="test")))[0]


async def why(shop: Scene, order: Order) -> OrderRouting:
    told = await ask(shop, ExplainRouting(order=order.name))
    assert isinstance(told, OrderRouting)
    return told


async def stocked(shop: Scene, *places: tuple[int, int]) -> ProductVariant:
    """Make a variant with so many units at each of these places."""
    (variant,) = (await shop.product("TEE")).variants
    for location_id, units in places:
        await shop.stock(variant, location_id, units)
    return variant


def locations_of(order: Order) -> list[int]:
    return [each.location_id for each in order.fulfillment_orders]


async def test_a_shop_routes_by_its_own_rules_in_its_own_order(shop: Scene) -> None:
    umea, malmo = await location(shop, "Umeå", "Umeå", "SE"), await location(shop, "Malmö", "Malmö", "SE")
    tee = await stocked(shop, (umea, 50), (malmo, 50))
    assert locations_of(await shop.order((tee, 1))) == [umea]  # by priority, as nothing else was said
    told = await shop.dispatch(SetRoutingRules(rules=NEAREST))
    assert told == await ask(shop, GetRoutingRules())
    assert {rule.name: rule.on for rule in told} == {name: name in [each.name for each in NEAREST] for name in RULES}  # type: ignore[attr-defined]
    order = await shop.order((tee, 1))  # to Lund
    assert locations_of(order) == [malmo]
    (routed,) = (await why(shop, order)).routings
    assert routed.explanation.located_by == "city"
    assert {place: routed.explanation.distances[place] for place in (umea, malmo)} == {
        umea: pytest.approx(984, abs=5),
        malmo: pytest.approx(16, abs=3),
    }


async def test_what_decided_is_kept_as_it_was_decided(shop: Scene) -> None:
    tee = await stocked(shop, (shop.merchant_location, 1), (shop.service.location_id, 5))
    order = await shop.order((tee, 2))
    await shop.dispatch(SetRoutingRules(rules=NEAREST))
    told = await why(shop, order)
    assert (told.order_id, told.name, [line.sku for line in told.lines]) == (order.id, order.name, ["TEE"])
    (routed,) = told.routings
    (step,) = routed.explanation.steps
    assert routed.explanation.rules == tuple(rule.name for rule in DEFAULT_RULES if rule.on)
    assert (step.lines, step.units, step.location_id) == ((told.lines[0].id,), (2,), shop.service.location_id)
    assert step.dropped == {"fewest_splits": (shop.merchant_location,)}
    assert await ask(shop, ExplainRouting(order=str(order.id))) == told
    assert await ask(shop, ExplainRouting(order=order.name.removeprefix("#"))) == told
    with pytest.raises(NotFound):
        await ask(shop, ExplainRouting(order="#77"))


async def test_units_that_nobody_may_ship_there_wait_and_are_seen(shop: Scene) -> None:
    tee = await stocked(shop, (shop.service.location_id, 5))
    await shop.dispatch(SetLocationReach(location_id=shop.service.location_id, destinations=("NO", "DK")))
    order = await shop.order((tee, 2))
    assert locations_of(order) == [shop.merchant_location]
    (routed,) = (await why(shop, order)).routings
    assert routed.explanation.unavailable == 2
    (step,) = routed.explanation.steps
    assert step.dropped == {
        "allowed_destinations": (shop.service.location_id,),
        "available_stock": (shop.merchant_location,),  # every variant begins with nothing there
    }
    assert await shop.available(tee, shop.service.location_id) == (5, 0, 5)
    assert await shop.available(tee, shop.merchant_location) == (-2, 2, 0)
    row = await shop.pool.fetchrow("SELECT details FROM events WHERE kind = 'order_routed'")
    assert row is not None
    assert row["details"] == {"unavailable": 2}


async def test_waiting_units_are_claimed_where_they_wait_if_the_item_is_stocked_there(shop: Scene) -> None:
    tee = await stocked(shop, (shop.merchant_location, 1))
    order = await shop.order((tee, 3), claim=StockClaim.IGNORING_POLICY)
    assert locations_of(order) == [shop.merchant_location]
    assert await shop.available(tee, shop.merchant_location) == (-2, 3, 1)
    assert (await why(shop, order)).routings[0].explanation.unavailable == 2


async def test_locations_are_ranked(shop: Scene) -> None:
    tee = await stocked(shop, (shop.merchant_location, 5), (shop.service.location_id, 5))
    order = [shop.service.location_id, shop.merchant_location]
    assert await shop.dispatch(RankLocations(location_ids=(shop.service.location_id,))) == tuple(order)
    assert locations_of(await shop.order((tee, 1))) == [shop.service.location_id]
    with pytest.raises(NotFound):
        await shop.dispatch(RankLocations(location_ids=(1,)))
    with pytest.raises(Invalid):
        await shop.dispatch(RankLocations(location_ids=(order[0], order[0])))


async def test_a_location_can_be_told_where_it_is(shop: Scene) -> None:
    tee = await stocked(shop, (shop.merchant_location, 5), (shop.service.location_id, 5))
    await shop.dispatch(SetRoutingRules(rules=NEAREST))
    lund = Coordinates(latitude=55.70, longitude=13.19)
    await shop.dispatch(SetLocationReach(location_id=shop.service.location_id, coordinates=lund))
    assert locations_of(await shop.order((tee, 1))) == [shop.service.location_id]


@pytest.mark.parametrize(
    "wrong",
    [
        SetRoutingRules(rules=(RuleSetting(name="cheapest"),)),
        SetRoutingRules(rules=(RuleSetting(name="nearest"), RuleSetting(name="nearest", on=False))),
    ],
)
async def test_rules_that_are_none_are_refused(shop: Scene, wrong: SetRoutingRules) -> None:
    with pytest.raises(Invalid):
        await shop.dispatch(wrong)
    assert await ask(shop, GetRoutingRules()) == DEFAULT_RULES


async def test_a_location_reaches_countries_that_there_are_from_where_one_can_be(shop: Scene) -> None:
    for wrong in (
        SetLocationReach(location_id=shop.merchant_location, destinations=("XX",)),
        SetLocationReach(location_id=shop.merchant_location, coordinates=Coordinates(latitude=91, longitude=0)),
        SetLocationReach(
            location_id=shop.merchant_location, coordinates=Coordinates(latitude=float("nan"), longitude=0)
        ),
    ):
        with pytest.raises(Invalid):
            await shop.dispatch(wrong)
    with pytest.raises(NotFound):
        await shop.dispatch(SetLocationReach(location_id=1))


async def replayed(
    shop: Scene, **drafts: tuple[str, ...]
) -> tuple[list[dict[str, tuple[int, ...]]], dict[str, tuple[int, int, int]]]:
    """Replay all orders; return where each went by each set of rules, and splits, lines nowhere, orders elsewhere."""
    sets = {name: Routing(rules=tuple(map(rule, rules)), places=places()) for name, rules in drafts.items()}
    _, _, sites = await shop.dispatcher.ask(GetRoutingRules(), Origin(shop_id=shop.shop_id, actor="test"))
    async with shop.pool.acquire() as connection:
        pages = [page async for page in past_orders(connection, shop.shop_id, LONG_AGO)]
    compared = list(compare([order for page in pages for order in page], list(sites.values()), sets, places()))
    sums = {name: (each.splits, each.unroutable_lines, each.elsewhere) for name, each in summed(compared).items()}
    return [{name: outcome.locations for name, outcome in each.outcomes.items()} for each in compared], sums


def rule(name: str) -> RuleSetting:
    return RuleSetting(name=name)


async def test_past_orders_are_replayed_on_the_stock_as_it_was_then(shop: Scene) -> None:
    here, there = shop.merchant_location, shop.service.location_id
    tee = await stocked(shop, (here, 3), (there, 4))
    first = await shop.order((tee, 2))
    split = await shop.order((tee, 5))
    assert (locations_of(first), locations_of(split)) == ([here], [here, there])
    await shop.stock(tee, there, 100)  # since then the shelf was filled, which changes nothing about the past
    last = await shop.order((tee, 5))
    assert locations_of(last) == [there]
    went, sums = await replayed(
        shop,
        same=("available_stock", "fewest_splits", "location_priority"),
        blind=("location_priority",),
        nobody=("allowed_destinations",),
    )
    assert [each[AS_DECIDED] for each in went] == [(here,), tuple(sorted((here, there))), (there,)]
    assert [each["same"] for each in went] == [each[AS_DECIDED] for each in went]
    assert [each["blind"] for each in went] == [(here,), (here,), (here,)]
    assert sums == {AS_DECIDED: (1, 0, 0), "same": (1, 0, 0), "blind": (0, 0, 2), "nobody": (0, 0, 2)}


async def test_a_shelf_that_was_out_of_use_then_is_not_replayed_on(shop: Scene) -> None:
    here, there = shop.merchant_location, shop.service.location_id
    tee = await stocked(shop, (here, 5), (there, 5))
    first = await shop.order((tee, 1))
    await shop.dispatch(
        CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=first.fulfillment_orders[0].id),))
    )
    await shop.dispatch(DeactivateLevel(inventory_item_id=tee.inventory_item_id, location_id=here))
    late = await shop.order((tee, 1))
    assert locations_of(late) == [there]
    went, sums = await replayed(shop, same=tuple(rule.name for rule in DEFAULT_RULES if rule.on))
    assert [each["same"] for each in went] == [(here,), (there,)]
    assert sums["same"] == (0, 0, 0)


async def test_lines_that_a_draft_leaves_nowhere_are_counted(shop: Scene) -> None:
    tee = await stocked(shop, (shop.service.location_id, 9))
    await shop.order((tee, 2))
    await shop.dispatch(SetLocationReach(location_id=shop.service.location_id, destinations=("NO",)))
    _, sums = await replayed(shop, strict=("allowed_destinations", "available_stock"), loose=("available_stock",))
    assert sums == {AS_DECIDED: (0, 0, 0), "strict": (0, 1, 1), "loose": (0, 0, 0)}


def at_desk(url: str) -> Desk:
    return Desk(url=url, shop=None, console=Console(file=io.StringIO(), width=160))


def printed(place: Desk) -> str:
    assert isinstance(place.console.file, io.StringIO)
    return place.console.file.getvalue()


async def test_the_command_line_explains_an_order(shop: Scene, store_database: str) -> None:
    tee = await stocked(shop, (shop.merchant_location, 1), (shop.service.location_id, 5))
    order = await shop.order((tee, 2))
    at = at_desk(store_database)
    await desk.explain(at, order.name, as_json=False)
    assert "2 of TEE x 2" in printed(at)
    assert "dropped by fewest_splits" in printed(at)
    assert "ships, kept by fewest_splits" in printed(at)
    at = at_desk(store_database)
    await desk.explain(at, order.name, as_json=True)
    assert json.loads(printed(at))["routings"][0]["explanation"]["country"] == "SE"
    with pytest.raises(Problem, match="does not exist"):
        await desk.explain(at, "#99", as_json=False)


async def test_the_command_line_compares_draft_rules(shop: Scene, store_database: str, tmp_path: Path) -> None:
    umea, malmo = await location(shop, "Umeå", "Umeå", "SE"), await location(shop, "Malmö", "Malmö", "SE")
    tee = await stocked(shop, (umea, 50), (malmo, 50))
    for _ in range(3):
        await shop.order((tee, 1))
    draft = tmp_path / "near.toml"
    draft.write_text('rules = ["available_stock", "fewest_splits", "nearest"]')
    wish = desk.Wish(files=(draft,), since=parse_time("2001-01-01"), everything=False)
    at = at_desk(store_database)
    await desk.simulate(at, wish, as_json=True)
    told = json.loads(printed(at))
    assert [(each["name"], each["orders"], each["splits"], each["elsewhere"]) for each in told["sets"]] == [
        (AS_DECIDED, 3, 0, 0),
        ("rules now", 3, 0, 0),
        ("near", 3, 0, 3),
    ]
    assert [round(each["distance_km"] / 3, -1) for each in told["sets"]] == [980, 980, 20]
    assert [each["outcomes"]["near"]["locations"] for each in told["orders"]] == [[malmo]] * 3
    at = at_desk(store_database)
    await desk.simulate(at, wish, as_json=False)
    assert "Malmö, 16 km" in printed(at)


async def test_rules_now_of_a_shop_that_never_said_are_those_that_each_order_went_by(
    shop: Scene, store_database: str, tmp_path: Path
) -> None:
    umea, malmo = await location(shop, "Umeå", "Umeå", "SE"), await location(shop, "Malmö", "Malmö", "SE")
    tee = await stocked(shop, (umea, 50), (malmo, 50))
    await shop.order((tee, 1))
    await shop.dispatch(replace(new_order((tee, 1)), usual_rules=NEAREST))
    draft = tmp_path / "first.toml"
    draft.write_text('rules = ["available_stock", "location_priority"]')
    at = at_desk(store_database)
    await desk.simulate(at, desk.Wish(files=(draft,), since=LONG_AGO, everything=True), as_json=True)
    told = json.loads(printed(at))
    assert [(each["name"], each["elsewhere"]) for each in told["sets"]] == [
        (AS_DECIDED, 0),
        ("rules now", 0),
        ("first", 1),
    ]
    assert [each["rules"] for each in told["sets"][:2]] == [None, None]
    assert [each["outcomes"]["rules now"]["locations"] for each in told["orders"]] == [[umea], [malmo]]


async def test_the_command_line_shows_and_sets_rules(shop: Scene, store_database: str, tmp_path: Path) -> None:
    file, at = tmp_path / "rules.toml", at_desk(store_database)
    await desk.rules(at, None)
    file.write_text(printed(at))
    assert desk.read_rules(file) == tuple(rule for rule in DEFAULT_RULES if rule.on)
    file.write_text('rules = ["available_stock", "nearest"]')
    await desk.rules(at_desk(store_database), file)
    assert [rule.name for rule in await ask(shop, GetRoutingRules()) if rule.on] == ["available_stock", "nearest"]  # type: ignore[attr-defined]
    await desk.locations(at_desk(store_database), ("Acme 3PL",))
    at = at_desk(store_database)
    await desk.reach(at, "acme 3pl", ("se", "no"), desk.parse_point("55.7,13.19"))
    assert "NO, SE" in printed(at)
    assert printed(at).index("Acme 3PL") < printed(at).index("Shop location")
    with pytest.raises(Problem, match="there is no location"):
        await desk.reach(at, "Nowhere", (), None)
    for wrong in ("rules = 3", "rules = [", 'rules = ["cheapest"]'):
        file.write_text(wrong)
        with pytest.raises(Problem):
            desk.read_rules(file)
    with pytest.raises(Problem):
        parse_time("yesterday")
    with pytest.raises(Problem):
        desk.parse_point("here")


async def test_each_time_that_an_order_is_routed_is_explained(shop: Scene) -> None:
    tee = await stocked(shop, (shop.merchant_location, 5), (shop.service.location_id, 5))
    order = await shop.order((tee, 2))
    ids = tuple(each.id for each in order.fulfillment_orders)
    await shop.dispatch(RerouteFulfillmentOrders(fulfillment_order_ids=ids))
    first, second = (await why(shop, order)).routings
    assert first.version < second.version
    ends = [(step.lines, step.location_id) for each in (first, second) for step in each.explanation.steps]
    lines = (order.lines[0].id,)
    assert ends == [(lines, shop.merchant_location), (lines, shop.service.location_id)]
