"""Lists of orders and fulfillment orders: found by conditions, cut by cursors, and only what the caller may see."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from crossdock.domain.access import Caller
from crossdock.domain.orders import Order
from crossdock.domain.queries import AssignmentStatus, FulfillmentOrderFound
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import (
    EVERYTHING,
    All,
    Comparison,
    Condition,
    Count,
    Cursor,
    Cut,
    Either,
    FindStocking,
    Matches,
    Not,
    SearchFulfillmentOrders,
    SearchOrders,
    Stretch,
    Tally,
    terms,
)
from crossdock.store.database.shops import load_shop
from crossdock.store.handlers.context import ReadContext
from crossdock.store.handlers.graph.order_lists import FULFILLMENT_ORDERS, ORDERS
from crossdock.store.handlers.loaders import LOADERS
from tests.store.scene import NOW, Scene, scene

E = Comparison.EQUAL


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Scene]:
    """Five orders of one unit, one of them at the service."""
    async with scene(store_database) as place:
        mine = (await place.product("MINE")).variants[0]
        theirs = (await place.product("THEIRS", managed_by="acme-3pl")).variants[0]
        await place.stock(mine, place.merchant_location, 100)
        await place.stock(theirs, place.service.location_id, 100)
        for _ in range(4):
            await place.order((mine, 1))
        await place.order((theirs, 2))
        yield place


async def context_of(place: Scene, caller: Caller | None = None) -> ReadContext:
    async with place.pool.acquire() as connection:
        shop, locations = await load_shop(connection, place.shop_id)
    return ReadContext(shop=shop, locations=locations, caller=caller or place.merchant, at=NOW)


async def asked(place: Scene, *queries: object, caller: Caller | None = None) -> Sequence[object]:
    """Load queries of one kind."""
    context = await context_of(place, caller)
    async with place.pool.acquire() as connection:
        return await LOADERS[type(queries[0])](connection, queries, context)


async def names(place: Scene, search: SearchOrders) -> list[str]:
    (stretch,) = await asked(place, search)
    assert isinstance(stretch, Stretch)
    return [order.name for order in stretch.items]


def matches(field: str | None, value: str, comparison: Comparison = E) -> Condition:
    return Matches(field, comparison, value)


ALL = ["#1001", "#1002", "#1003", "#1004", "#1005"]
LAST = ["#1005"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (EVERYTHING, ALL),
        (matches("name", "#1005"), LAST),
        (matches("name", "1005"), LAST),
        (matches("name", "#100", Comparison.PREFIX), ALL),
        (matches("sku", "theirs"), LAST),
        (matches("sku", "their", Comparison.PREFIX), LAST),
        (Not(matches("sku", "MINE")), LAST),
        (matches(None, "EK"), ALL),
        (matches(None, "1005"), LAST),
        (matches(None, "theirs"), LAST),
        (matches(None, "nobody"), []),
        (Either((matches("name", "#1001"), matches("name", "#1005"))), ["#1001", "#1005"]),
        (All((matches("name", "#1001"), matches("name", "#1005"))), []),
        (matches("financial_status", "PAID"), ALL),
        (matches("financial_status", "pa", Comparison.PREFIX), ALL),
        (matches("financial_status", "voided"), []),
        (matches("financial_status", "sand"), []),
        (matches("fulfillment_status", "unshipped"), ALL),
        (matches("fulfillment_status", "on_hold"), []),
        (matches("fulfillment_status", "scheduled"), []),
        (matches("fulfillment_status", "request_declined"), []),
        (matches("status", "not_closed"), ALL),
        (matches("status", "cancelled"), []),
        (matches("test", "false"), ALL),
        (matches("test", "perhaps"), []),
        (matches("id", "1", Comparison.AT_LEAST), ALL),
        (matches("id", "1"), []),
        (matches("id", "one"), []),
        (matches("id", "9" * 30), []),
        (Not(matches("id", "one")), ALL),
        (matches("created_at", "now", Comparison.AT_MOST), []),
        (matches("created_at", "2020-01-01", Comparison.GREATER), ALL),
        (matches("created_at", "2020-01-01T00:00:00+02:00", Comparison.LESS), []),
        (matches("created_at", "yesterday"), []),
        (matches("created_at", "0001-01-01"), []),
        (matches("created_at", "2020-01-01", Comparison.PREFIX), []),
        (matches("email", "", Comparison.PRESENT), []),
        (matches("sku", "", Comparison.PRESENT), ALL),
        (matches("location_id", "1"), []),
        (matches("fulfillment_location_id", "1"), []),
        (matches("delivery_method", "shipping"), ALL),
        (matches("delivery_method", "none"), []),
        (matches("tag", "vip"), []),
        (matches("tag_not", "vip"), ALL),
        (matches("source_name", "web"), []),
        (matches("name", "a\0b"), []),
        (matches(None, "a\0b"), []),
        (matches(None, "%"), []),
        (matches("name", "'; DROP TABLE orders; --"), []),
    ],
)
async def test_orders_are_found(acme: Scene, condition: Condition, found: list[str]) -> None:
    if any(term.value == "now" for term in terms(condition)):
        await acme.pool.execute("UPDATE orders SET created_at = $1", NOW + timedelta(seconds=1))
    assert await names(acme, SearchOrders(cut=Cut(limit=50), condition=condition)) == found


async def test_a_time_equals_its_second_and_a_date_its_day(acme: Scene) -> None:
    await acme.pool.execute("UPDATE orders SET created_at = $1", NOW + timedelta(milliseconds=400))
    for text, found in (
        ("2026-11-21", 5),
        ("2026-11-20", 0),
        ("2026-11-21T12:00:00Z", 5),
        ("2026-11-21T12:00:01Z", 0),
    ):
        assert len(await names(acme, SearchOrders(cut=Cut(limit=50), condition=matches("created_at", text)))) == found


@pytest.mark.parametrize("sort", ["id", *ORDERS.sorts])
@pytest.mark.parametrize("reverse", [False, True])
async def test_a_list_is_paged_without_gaps_both_ways(acme: Scene, sort: str, reverse: bool) -> None:
    whole = await names(acme, SearchOrders(cut=Cut(limit=50, sort=sort, reverse=reverse)))
    assert sorted(whole) == ALL
    seen: list[str] = []
    after: Cursor | None = None
    for _ in range(3):
        (stretch,) = await asked(acme, SearchOrders(cut=Cut(limit=2, sort=sort, reverse=reverse, after=after)))
        assert isinstance(stretch, Stretch)
        assert stretch.goes_on == (len(seen) + 2 < len(ALL))
        assert stretch.goes_back == bool(seen)
        seen += [order.name for order in stretch.items]
        after = stretch.cursors[-1]
    assert seen == whole
    back: list[str] = []
    before: Cursor | None = None
    for _ in range(3):
        cut = Cut(limit=2, sort=sort, reverse=reverse, before=before, from_end=True)
        (stretch,) = await asked(acme, SearchOrders(cut=cut))
        assert isinstance(stretch, Stretch)
        assert stretch.goes_back == (len(back) + 2 < len(ALL))
        assert stretch.goes_on == bool(back)
        back = [order.name for order in stretch.items] + back
        before = stretch.cursors[0]
    assert back == whole


@pytest.mark.parametrize("value", [None, "", "x", "2026-13-01", "\0"])
async def test_a_cursor_of_another_list_is_refused_alone(acme: Scene, value: str | None) -> None:
    strange = Cut(limit=2, sort="updated_at", after=Cursor(1, value))
    refused, found = await asked(acme, SearchOrders(cut=strange), SearchOrders(cut=Cut(limit=2)))
    assert isinstance(refused, Invalid)
    assert isinstance(found, Stretch)
    (by_hand,) = await asked(acme, SearchFulfillmentOrders(cut=replace(strange, sort="updated_at")))
    assert isinstance(by_hand, Invalid)


async def test_a_list_of_nothing_goes_nowhere(acme: Scene) -> None:
    assert await asked(acme, SearchOrders(cut=Cut(limit=0))) == [Stretch()]


@pytest.mark.parametrize("sort", ["id", *FULFILLMENT_ORDERS.sorts])
async def test_fulfillment_orders_are_found_as_far_as_they_are_seen(acme: Scene, sort: str) -> None:
    search = SearchFulfillmentOrders(cut=Cut(limit=50, sort=sort))

    async def seen(caller: Caller, search: SearchFulfillmentOrders) -> list[str]:
        (stretch,) = await asked(acme, search, caller=caller)
        assert isinstance(stretch, Stretch)
        assert all(isinstance(each, FulfillmentOrderFound) for each in stretch.items)
        return [each.order.name for each in stretch.items]

    assert sorted(await seen(acme.merchant, search)) == ALL
    assert await seen(acme.warehouse, search) == LAST
    assert await seen(acme.warehouse, replace(search, assigned=True)) == LAST
    assert await seen(Caller(app_id=acme.app_id, reads=frozenset(), writes=frozenset()), search) == []
    assert await seen(acme.merchant, replace(search, assigned=True)) == []
    assert await seen(acme.merchant, replace(search, location_ids=(acme.service.location_id,))) == LAST
    assert await seen(acme.merchant, replace(search, held=True)) == []
    for status, found in (
        (AssignmentStatus.FULFILLMENT_UNSUBMITTED, LAST),
        (AssignmentStatus.FULFILLMENT_ACCEPTED, []),
    ):
        assert await seen(acme.warehouse, replace(search, assigned=True, assignment_status=status)) == found
    at_the_service = matches("assigned_location_id", str(acme.service.location_id))
    assert await seen(acme.merchant, replace(search, condition=at_the_service)) == LAST
    assert await seen(acme.warehouse, replace(search, condition=Not(at_the_service))) == []
    assert await seen(acme.merchant, replace(search, condition=matches("status", "closed"))) == []
    assert (
        sorted(await seen(acme.merchant, replace(search, condition=matches("order_financial_status", "paid")))) == ALL
    )
    assert await seen(acme.merchant, replace(search, condition=matches(None, "1005"))) == LAST


async def test_every_field_takes_any_value(acme: Scene) -> None:
    """No value makes a statement that the database refuses."""
    values = ("", "1", "-5", "x", "true", "2026-01-01", "now", "open", "'", '"', "\\", "{}", "$1", "ß", "9" * 40)
    for searchable, search in (
        (ORDERS, SearchOrders(cut=Cut(limit=1))),
        (FULFILLMENT_ORDERS, SearchFulfillmentOrders(cut=Cut(limit=1))),
    ):
        conditions = tuple(
            Matches(field, comparison, value)
            for field in (None, *searchable.fields)
            for comparison in Comparison
            for value in values
        )
        for start in range(0, len(conditions), 150):
            (stretch,) = await asked(acme, replace(search, condition=Either(conditions[start : start + 150])))
            assert isinstance(stretch, Stretch)


async def test_counting_stops_at_its_limit(acme: Scene) -> None:
    search = SearchOrders(cut=Cut(limit=1))
    counts = await asked(acme, Count(search=search), Count(search=search, limit=5), Count(search=search, limit=4))
    assert counts == [Tally(count=5), Tally(count=5), Tally(count=4, exact=False)]
    work = Count(search=SearchFulfillmentOrders(cut=Cut(limit=1)), limit=10)
    assert await asked(acme, work, caller=acme.warehouse) == [Tally(count=1)]


async def test_deleted_orders_are_found_by_nobody(acme: Scene) -> None:
    await acme.pool.execute("UPDATE orders SET deleted_at = $1 WHERE name = '#1005'", NOW)
    assert await names(acme, SearchOrders(cut=Cut(limit=50))) == ALL[:-1]
    (stretch,) = await asked(acme, SearchFulfillmentOrders(cut=Cut(limit=50)), caller=acme.warehouse)
    assert stretch == Stretch()


async def test_what_is_stocked_where(acme: Scene) -> None:
    (stretch,) = await asked(acme, SearchOrders(cut=Cut(limit=50)))
    assert isinstance(stretch, Stretch)
    orders: Sequence[Order] = stretch.items
    mine, theirs = (orders[at].lines[0].inventory_item_id or 0 for at in (0, -1))
    pairs, none = await asked(
        acme, FindStocking(inventory_item_ids=(mine, theirs)), FindStocking(inventory_item_ids=())
    )
    assert isinstance(pairs, frozenset)
    assert {(mine, acme.merchant_location), (theirs, acme.service.location_id)} <= pairs
    assert none == frozenset()
