"""Who may call what: every operation of the REST API, asked for by everybody who may not, and by one who may.

The rows are those of the dialect. An operation that `ERRANDS` has no request for fails the first test.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.operation import AnyOperation
from crossdock.dialects.shopify.rest.operations import OPERATIONS, UNVERSIONED
from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain.apps import RevokeTokens
from crossdock.store.setup import create_app, create_shop, issue_token
from tests.store.calls import Client, Reply, Served, served
from tests.store.errands import ERRANDS, Errand, Things, state
from tests.store.scene import NOW

ROWS = {row.name: row for row in (*OPERATIONS, *UNVERSIONED)}
REACHING = "_fulfillment_orders"
# Operations on what belongs to an app, which no other app finds, whatever its scopes. The rest is the shop's.
OF_THE_APP = {
    *("update_fulfillment_service", "delete_fulfillment_service"),
    *("get_webhook_subscription", "update_webhook_subscription", "delete_webhook_subscription"),
}


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


def test_every_operation_has_an_errand() -> None:
    assert set(ERRANDS) == set(ROWS)


async def asked(client: Client, row: AnyOperation, errand: Errand) -> Reply:
    return await client.call(row.method, errand.path, errand.body)


@pytest.mark.parametrize("part", range(4))
async def test_nobody_does_what_he_may_not(acme: Served, part: int) -> None:
    things = Things(acme)
    wrong: list[tuple[object, ...]] = []
    revoked = await acme.client(*SCOPES, name="Revoked")
    app = await create_app(acme.store.pool, acme.store.vault, NOW, acme.shop.shop_id, name="Revoked")
    await acme.shop.dispatch(RevokeTokens(app_id=app.id))
    for row in list(ROWS.values())[part::4]:
        errand = await ERRANDS[row.name](things)
        before = await state(acme)
        nobody = [replace(acme.desk, token=None), replace(acme.desk, token="shpat_none"), revoked]
        statuses = [(await asked(client, row, errand)).status for client in nobody]
        if statuses != [401] * 3:
            wrong.append((row.name, "without a token that is good", statuses))
        if row.scopes:
            others = [scope for scope in SCOPES if scope.removeprefix("write_") not in unprefixed(row)]
            reply = await asked(await acme.client(*others, name="Order desk"), row, errand)
            named = reply.status == 403 and any(f" {scope} scope." in reply.json["errors"] for scope in row.scopes)
            if not named:
                wrong.append((row.name, "without its scopes", reply.status, reply.body))
        if await state(acme) != before:
            wrong.append((row.name, "changed something"))
        reply = await asked(acme.warehouse if errand.by_warehouse else acme.desk, row, errand)
        if reply.status != row.status:
            wrong.append((row.name, "with its scopes", reply.status, reply.body))
    assert wrong == []


def ids_in(reply: Reply) -> set[int]:
    """Return the ids that an answer tells."""

    def told(value: Any) -> Iterator[int]:
        if isinstance(value, dict):
            yield from (each for name, each in value.items() if name.endswith("id") and isinstance(each, int))
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from told(each)

    return set(told(reply.json)) if reply.body else set()


def unprefixed(row: AnyOperation) -> set[str]:
    """Return the names of a row's scopes, so that those that imply them can be left out, too."""
    return {scope.removeprefix("read_").removeprefix("write_") for scope in row.scopes} | row.scopes


@pytest.mark.parametrize("part", range(4))
async def test_another_shop_finds_nothing(acme: Served, part: int) -> None:
    things = Things(acme)
    wrong: list[tuple[object, ...]] = []
    pool, vault = acme.store.pool, acme.store.vault
    other = await create_shop(pool, NOW, name="Other", subdomain="other", domain="other.shop", email="o@other.shop")
    app = await create_app(pool, vault, NOW, other, name="Order desk")
    stranger = Client(acme.app, await issue_token(pool, NOW, other, app.id, scopes=SCOPES))
    for row in list(ROWS.values())[part::4]:
        errand = await ERRANDS[row.name](things)
        reply = await asked(stranger, row, errand)
        names_something = any(str(each) in f"{errand.path}{errand.body}" for each in things.made)
        if names_something and row.writes and reply.status not in {404, 422}:
            wrong.append((row.name, reply.status, reply.body))
        if ids_in(reply) & set(things.made):
            wrong.append((row.name, "tells of", reply.body))
        reply = await asked(acme.warehouse if errand.by_warehouse else acme.desk, row, errand)
        if reply.status != row.status:
            wrong.append((row.name, "and then its own", reply.status, reply.body))
    assert wrong == []


@pytest.mark.parametrize("part", range(4))
async def test_another_app_reaches_only_what_its_scopes_reach(acme: Served, part: int) -> None:
    """It has every scope, but of fulfillment orders only those assigned to it, and there are none."""
    things = Things(acme)
    wrong: list[tuple[object, ...]] = []
    scopes = [scope for scope in SCOPES if REACHING not in scope or "assigned" in scope]
    other = await acme.client(*scopes, name="Other 3PL")
    for row in list(ROWS.values())[part::4]:
        errand = await ERRANDS[row.name](things)
        reply = await asked(other, row, errand)
        reaching = bool(row.scopes) and all(REACHING in scope for scope in row.scopes)
        if row.name in OF_THE_APP and reply.status != 404:
            wrong.append((row.name, reply.status, reply.body))
        if reaching and row.writes and reply.status not in {403, 404, 422}:
            wrong.append((row.name, reply.status, reply.body))
        if reaching and not row.writes and ids_in(reply) & set(things.made):
            wrong.append((row.name, "tells of", reply.body))
    assert wrong == []


async def test_a_list_that_leaves_something_out_says_so_in_the_ledger(acme: Served) -> None:
    """The app sees an empty list; the merchant reads in the order's journey what it did not see, and why."""
    things = Things(acme)
    order = await things.order()
    (one,) = order.fulfillment_orders
    narrow = await acme.client("read_merchant_managed_fulfillment_orders", name="Other 3PL")
    for _ in range(2):
        reply = await narrow.get(f"orders/{order.id}/fulfillment_orders.json")
        assert reply.json == {"fulfillment_orders": []}
    (noted,) = await acme.store.pool.fetch(
        "SELECT reason, subject, endpoint FROM messages WHERE direction = 'in' AND method = 'GET'"
    )
    assert noted["subject"] == f"order:{order.id}"
    assert noted["reason"] == (f"left out: fulfillment order {one.id} (needs read_third_party_fulfillment_orders)")
    assert (await acme.desk.get(f"orders/{order.id}/fulfillment_orders.json")).json["fulfillment_orders"]


async def test_what_graphql_leaves_out_stands_in_the_ledger_too(acme: Served) -> None:
    """Each order once, however often a document names it; an order that shows everything not at all."""
    things = Things(acme)
    orders = [await things.order() for _ in range(2)]
    works = "fulfillmentOrders(first: 9) { nodes { id } }"
    text = f"{{ orders(first: 9) {{ nodes {{ {works} again: {works} }} }} }}"
    for scope, noted in (("read_third_party_fulfillment_orders", 0), ("read_merchant_managed_fulfillment_orders", 2)):
        client = await acme.client("read_orders", scope, name="Other 3PL")
        for _ in range(2):
            listed = (await client.post("graphql.json", {"query": text})).json["data"]["orders"]["nodes"]
            assert [bool(each["fulfillmentOrders"]["nodes"]) for each in listed] == [noted == 0] * 2
        rows = await acme.store.pool.fetch(
            "SELECT subject, reason FROM messages WHERE direction = 'in' AND reason LIKE 'left out:%' ORDER BY subject"
        )
        assert [(row["subject"], row["reason"]) for row in rows] == [
            (
                f"order:{order.id}",
                f"left out: fulfillment order {order.fulfillment_orders[0].id} "
                "(needs read_third_party_fulfillment_orders)",
            )
            for order in orders[:noted]
        ]


async def test_parcels_are_seen_by_who_sees_the_order_or_the_place(acme: Served) -> None:
    order_id, parcel = await Things(acme).parcel()
    for app, scope, sees in (
        ("Other 3PL", "read_orders", True),
        ("Other 3PL", "read_fulfillments", True),
        ("Acme 3PL", "read_assigned_fulfillment_orders", True),
        ("Other 3PL", "read_third_party_fulfillment_orders", True),
        ("Other 3PL", "read_assigned_fulfillment_orders", False),
        ("Other 3PL", "read_merchant_managed_fulfillment_orders", False),
    ):
        client = await acme.client(scope, name=app)
        listed = (await client.get(f"orders/{order_id}/fulfillments.json")).json["fulfillments"]
        assert [each["id"] for each in listed] == ([parcel] if sees else []), (app, scope)
        assert (await client.get(f"orders/{order_id}/fulfillments/count.json")).json == {"count": int(sees)}
        assert (await client.get(f"orders/{order_id}/fulfillments/{parcel}.json")).status == (200 if sees else 404)


async def test_old_orders_need_a_scope_of_their_own(acme: Served) -> None:
    order = await Things(acme).order()
    await acme.store.pool.execute(
        "UPDATE orders SET created_at = created_at - interval '61 days' WHERE id = $1", order.id
    )
    old, new = await acme.client("read_orders", "read_all_orders"), await acme.client("read_orders")
    assert [(await client.get(f"orders/{order.id}.json")).status for client in (old, new)] == [200, 404]
    assert [(await client.get("orders/count.json")).json["count"] for client in (old, new)] == [1, 0]
    assert [len((await client.get("orders.json")).json["orders"]) for client in (old, new)] == [1, 0]
