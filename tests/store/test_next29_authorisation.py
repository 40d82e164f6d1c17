"""Who may call what of 29 Next's Admin API: every operation, asked for by all who may not, and by each who may.

The rows are those of the dialect; which permissions they take is held to the vendor's file elsewhere. An operation that
`ERRANDS` has no request for fails the first test.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.next29.rest.operations import NEWER, OLDEST, OPERATIONS
from crossdock.dialects.next29.scopes import SCOPES
from crossdock.dialects.next29.versions import OLDEST as OLDEST_VERSION
from crossdock.dialects.next29.versions import STABLE
from crossdock.dialects.operation import AnyOperation
from crossdock.domain.apps import RevokeTokens
from crossdock.store.setup import create_app, create_shop, issue_token
from tests.dialects.next29_openapi import problem_of
from tests.store import errands
from tests.store.calls import Client, Reply
from tests.store.next29_calls import Api, Next29, next29_shop
from tests.store.next29_errands import ERRANDS, Errand, Things
from tests.store.scene import NOW

ROWS: tuple[AnyOperation, ...] = (*OPERATIONS, *NEWER, *OLDEST)
PARTS = 4
SERVICE = ("fulfillment_service:read", "fulfillment_service:write")
# What belongs to the app that asks, whatever its permissions; what belongs to all apps of the shop.
OF_THE_APP = {"get_app", "get_app_settings", "replace_app_settings", "update_app_settings", "delete_app_settings"}
OF_WEBHOOKS = {
    "get_webhook_subscription",
    "update_webhook_subscription",
    "replace_webhook_subscription",
    "delete_webhook_subscription",
}
OF_ALL = {"list_shipping_methods", "get_shipping_method"}


@dataclass
class Desk:
    """A shop with its apps. `clients`: one for each app, version and set of permissions, made when it is needed."""

    acme: Next29
    things: Things
    clients: dict[tuple[str, ...], Api] = field(default_factory=dict)

    async def api(self, row: AnyOperation, name: str, *scopes: str) -> Api:
        version = OLDEST_VERSION if row in OLDEST else STABLE
        key = (version, name, *scopes)
        if key not in self.clients:
            self.clients[key] = await self.acme.api(*scopes, name=name, version=version)
        return self.clients[key]

    async def errand(self, row: AnyOperation) -> Errand:
        return await ERRANDS[row.name](self.things)

    async def state(self) -> object:
        """Read what an operation can change."""
        more = await self.acme.shop.pool.fetchrow(
            """
            SELECT (SELECT json_agg(l ORDER BY id)::text FROM locations l), (SELECT count(*) FROM order_notes),
                (SELECT json_agg(o ORDER BY order_id)::text FROM order_details o),
                (SELECT json_agg(json_build_array(id, settings) ORDER BY id)::text FROM apps)
            """
        )
        return await errands.state(self.acme.served), more


@pytest_asyncio.fixture
async def desk(store_database: str) -> AsyncIterator[Desk]:
    async with next29_shop(store_database) as acme:
        yield Desk(acme, Things(acme.desk, acme.warehouse, await acme.client_id("Order desk")))
        assert await acme.shop.offences() == []


def app_of(errand: Errand) -> str:
    return "Dockers" if errand.by_warehouse else "Order desk"


async def asked(api: Api, row: AnyOperation, errand: Errand) -> Reply:
    return await api.call(row.method, row.path.format(**errand.parameters), errand.body)


def rows(part: int) -> list[AnyOperation]:
    return list(ROWS[part::PARTS])


def test_every_operation_has_an_errand() -> None:
    assert set(ERRANDS) == {row.name for row in ROWS}


@pytest.mark.parametrize("part", range(PARTS))
async def test_nobody_does_what_he_may_not(desk: Desk, part: int) -> None:
    wrong: list[tuple[object, ...]] = []
    revoked = await desk.acme.api(*SCOPES, name="Revoked")
    store, shop_id = desk.acme.served.store, desk.acme.shop.shop_id
    app = await create_app(store.pool, store.vault, NOW, shop_id, name="Revoked", platform="next29")
    await desk.acme.shop.dispatch(RevokeTokens(app_id=app.id))
    good = desk.acme.desk.client.headers["authorization"].removeprefix("Bearer ")
    of_shopify = desk.acme.served.desk.token
    headers: tuple[dict[str, str], ...] = (
        {},
        {"authorization": good},
        {"authorization": f"Token {good}"},
        {"authorization": f"Basic {good}"},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {good[:-1]}"},
        {"authorization": f"Bearer {of_shopify}"},
        {"x-shopify-access-token": good},
        {"authorization": f"Bearer {good}", "host": "other.example"},
        revoked.client.headers,
    )
    nobody = [Api(Client(desk.acme.served.app, None, headers=each)) for each in headers]
    for row in rows(part):
        errand = await desk.errand(row)
        before = await desk.state()
        for api in nobody:
            api.client.headers |= {"x-29next-api-version": OLDEST_VERSION if row in OLDEST else STABLE}
            reply = await asked(api, row, errand)
            if reply.status != 401 or problem_of(reply.json) or "www-authenticate" not in reply.headers:
                wrong.append((row.name, api.client.headers, reply.status, reply.body))
        if row.scopes:
            others = [scope for scope in SCOPES if scope not in row.scopes and not covers(scope, row)]
            reply = await asked(await desk.api(row, app_of(errand), *others), row, errand)
            if reply.status != 403 or problem_of(reply.json):
                wrong.append((row.name, "with all other permissions", reply.status, reply.body))
        if await desk.state() != before:
            wrong.append((row.name, "changed something"))
    assert wrong == []


def covers(scope: str, row: AnyOperation) -> bool:
    """Whether `admin` stands for one of the permissions."""
    area, _, verb = scope.partition(":")
    return area == "admin" and any(each.endswith(f":{verb}") for each in row.scopes)


@pytest.mark.parametrize("part", range(PARTS))
async def test_any_one_permission_lets_in(desk: Desk, part: int) -> None:
    wrong: list[tuple[object, ...]] = []
    for row in rows(part):
        for scope in sorted(row.scopes) or ["tickets:read"]:
            errand = await desk.errand(row)
            # The warehouse's own permission is of use to the app that runs the location.
            name = "Dockers" if scope in SERVICE else app_of(errand)
            reply = await asked(await desk.api(row, name, scope), row, errand)
            if reply.status != row.status:
                wrong.append((row.name, name, scope, reply.status, reply.body))
    assert wrong == []


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))])
async def test_admin_stands_for_all_permissions(desk: Desk, part: int) -> None:
    wrong: list[tuple[object, ...]] = []
    for row in rows(part):
        errand = await desk.errand(row)
        needed = {scope.partition(":")[2] for scope in row.scopes}
        for verb in ("read", "write"):
            if needed and verb not in needed:
                reply = await asked(await desk.api(row, app_of(errand), f"admin:{verb}"), row, errand)
                if reply.status != 403:
                    wrong.append((row.name, verb, reply.status, reply.body))
        for verb in needed:
            reply = await asked(await desk.api(row, app_of(errand), f"admin:{verb}"), row, errand)
            if reply.status != row.status:
                wrong.append((row.name, verb, reply.status, reply.body))
    assert wrong == []


def numbers_in(value: Any) -> set[int]:
    """Return the ids in a JSON value: whole numbers whose field is one of ids, or a product."""

    def named(value: Any) -> Iterator[int]:
        if isinstance(value, dict):
            ids = {name: each for name, each in value.items() if name.endswith("id") or name == "product"}
            yield from (each for each in ids.values() if isinstance(each, int))
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from named(each)

    return set(named(value))


def ids_in(reply: Reply) -> set[int]:
    """Return the ids that an answer tells."""
    return numbers_in(reply.json) if reply.body and reply.headers["content-type"] == "application/json" else set()


@pytest.mark.parametrize("part", range(PARTS))
async def test_another_shop_finds_nothing(desk: Desk, part: int) -> None:
    wrong: list[tuple[object, ...]] = []
    pool, vault = desk.acme.served.store.pool, desk.acme.served.store.vault
    other = await create_shop(pool, NOW, name="Other", subdomain="other", domain="other.shop", email="o@other.shop")
    app = await create_app(pool, vault, NOW, other, name="Order desk", platform="next29")
    token = await issue_token(pool, NOW, other, app.id, scopes=SCOPES, platform="next29")
    for row in rows(part):
        version = OLDEST_VERSION if row in OLDEST else STABLE
        headers = {"authorization": f"Bearer {token}", "x-29next-api-version": version}
        stranger = Api(Client(desk.acme.served.app, None, headers=headers))
        errand = await desk.errand(row)
        before = await desk.state() if row.writes else None
        reply = await asked(stranger, row, errand)
        if "{" in row.path:
            if reply.status != 404:
                wrong.append((row.name, reply.status, reply.body))
        elif numbers_in(errand.body) & desk.things.made and reply.status != 400:
            wrong.append((row.name, reply.status, reply.body))
        if ids_in(reply) & desk.things.made:
            wrong.append((row.name, "tells of", reply.body))
        if row.writes and reply.status >= 400 and await desk.state() != before:
            wrong.append((row.name, "changed something"))
    assert wrong == []


@pytest.mark.parametrize("part", range(PARTS))
async def test_another_app_reaches_only_what_is_its_own(desk: Desk, part: int) -> None:
    """Another warehouse, with the same permissions as the one that runs the locations; then with every permission."""
    wrong: list[tuple[object, ...]] = []
    for row in rows(part):
        errand, other = await desk.errand(row), await desk.api(row, "Other 3PL", *SERVICE)
        before = await desk.state()
        reply = await asked(other, row, errand)
        own = row.name in {
            "list_locations",
            "create_location",
            "list_assigned_fulfillment_orders",
            "find_fulfillment_orders",
        }
        expected = {row.status} if own or row.name in OF_ALL else {404 if row.scopes & set(SERVICE) else 403}
        if row.name in OF_THE_APP:
            expected = {404}
        if reply.status not in expected:
            wrong.append((row.name, reply.status, reply.body))
        if row.name not in OF_ALL and ids_in(reply) & desk.things.made:
            wrong.append((row.name, "tells of", reply.body))
        if row.name != "create_location" and await desk.state() != before:
            wrong.append((row.name, "changed something"))
        if row.name in OF_THE_APP | OF_WEBHOOKS:
            reply = await asked(await desk.api(row, "Other 3PL", *SCOPES), row, errand)
            if reply.status != 404:
                wrong.append((row.name, "with every permission", reply.status, reply.body))
    assert wrong == []


async def test_a_token_of_this_wire_is_none_of_shopifys(desk: Desk) -> None:
    token = desk.acme.desk.client.headers["authorization"].removeprefix("Bearer ")
    for path in ("orders.json", "shop.json", "assigned_fulfillment_orders.json", "locations.json"):
        assert (await replace(desk.acme.served.desk, token=token).get(path)).status == 401
    assert (
        await replace(desk.acme.served.desk, token=token).post("graphql.json", {"query": "{shop{id}}"})
    ).status == 401


async def test_a_path_is_not_described_to_browsers_or_anybody(desk: Desk) -> None:
    for path, allowed in (("orders/", "GET, POST"), ("apps/none/settings/", "DELETE, GET, PATCH, PUT")):
        reply = await desk.acme.desk.call("OPTIONS", path)
        assert (reply.status, reply.headers["allow"]) == (405, allowed)
        assert reply.json == {"detail": 'Method "OPTIONS" not allowed.'}
        assert not [name for name in reply.headers if name.startswith("access-control-")]
    assert (await replace(desk.acme.desk.client, headers={}).call("OPTIONS", "/api/admin/orders/")).status == 401
