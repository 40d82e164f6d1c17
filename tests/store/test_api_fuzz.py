"""No request brings the API down: bodies with junk in place of their parts, junk in queries and paths."""

import json
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from crossdock.dialects.shopify.rest.operations import OPERATIONS
from tests.store.calls import Served, served

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**12,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63),
    1e300,
    "",
    " ",
    "x" * 300,
    "\U0001f4a9",
    "1",
    "-1",
    "9" * 30,
    "2026-13-45",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:00",
    [],
    [[]],
    {},
    {"id": 1},
    [None],
    [{"id": 1, "quantity": 1}],
)
ADDRESS = {"first_name": "Bo", "last_name": "Ek", "address1": "Storgatan 1", "city": "Lund", "country": "Sweden"}
PARAMETERS = ("limit", "since_id", "page_info", "ids", "fields", "status", "financial_status", "fulfillment_status")
MORE = (
    "created_at_min",
    "updated_at_max",
    "name",
    "location_ids[]",
    "inventory_item_ids",
    "assignment_status",
    "scope",
)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the paths of all parts of a JSON value."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], junk)
    return copy


async def bodies(acme: Served) -> list[tuple[str, Any]]:
    """Return writes with bodies that have every part which a client may send."""
    tee = (await acme.shop.product("TEE")).variants[0]
    await acme.shop.stock(tee, acme.shop.service.location_id, 10_000)
    one = (await acme.shop.order((tee, 3))).fulfillment_orders[0]
    level = {"inventory_item_id": tee.inventory_item_id, "location_id": acme.shop.service.location_id}
    lines = [{"id": one.lines[0].id, "quantity": 1}]
    order = {
        "line_items": [
            {"variant_id": tee.id, "quantity": 1, "properties": [{"name": "a", "value": "b"}]},
            {"title": "Gift", "price": "1.00", "quantity": 1, "grams": 5, "sku": "G", "requires_shipping": True},
        ],
        "email": "bo@example.com",
        "phone": "+46",
        "note": "n",
        "tags": "a, b",
        "note_attributes": [{"name": "a", "value": "b"}],
        "currency": "EUR",
        "name": "#7",
        "test": False,
        "financial_status": "paid",
        "inventory_behaviour": "decrement_ignoring_policy",
        "processed_at": "2026-01-01T00:00:00Z",
        "transactions": [{"kind": "sale", "status": "success", "amount": "1.00"}],
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
        "shipping_lines": [{"title": "Post", "code": "P", "price": "1.00"}],
    }
    variant = {
        "price": "1.00",
        "sku": "S",
        "option1": "M",
        "grams": 1,
        "inventory_management": "shopify",
        "taxable": True,
    }
    service = {
        "name": "J",
        "callback_url": "http://127.0.0.1:1025/x",
        "tracking_support": True,
        "permits_sku_sharing": True,
    }
    group = {"fulfillment_order_id": one.id, "fulfillment_order_line_items": lines}
    fulfillment = {
        "line_items_by_fulfillment_order": [group],
        "tracking_info": {"number": "1Z1", "company": "UPS", "url": "https://ups.com/1"},
        "notify_customer": False,
        "message": "m",
    }
    rejection = {"message": "m", "reason": "other", "line_items": [{"fulfillment_order_line_item_id": one.lines[0].id}]}
    path = f"fulfillment_orders/{one.id}"
    return [
        ("orders.json", {"order": order}),
        ("products.json", {"product": {"title": "T", "tags": ["a"], "status": "active", "variants": [variant]}}),
        ("fulfillment_services.json", {"fulfillment_service": service}),
        ("inventory_levels/set.json", level | {"available": 3}),
        ("inventory_levels/adjust.json", level | {"available_adjustment": 3}),
        ("inventory_levels/connect.json", level),
        (
            f"{path}/fulfillment_request.json",
            {"fulfillment_request": {"message": "m", "fulfillment_order_line_items": lines}},
        ),
        (f"{path}/fulfillment_request/reject.json", {"fulfillment_request": rejection}),
        (f"{path}/fulfillment_request/accept.json", {"fulfillment_request": {"message": "m"}}),
        (f"{path}/cancellation_request.json", {"cancellation_request": {"message": "m"}}),
        (f"{path}/cancellation_request/reject.json", {"cancellation_request": {"message": "m"}}),
        ("fulfillments.json", {"fulfillment": fulfillment}),
        (f"{path}/close.json", {"fulfillment_order": {"message": "m"}}),
    ]


async def test_no_part_of_a_body_can_be_junk_enough(acme: Served) -> None:
    for path, body in await bodies(acme):
        for place in places(body):
            for junk in JUNK:
                reply = await acme.desk.post(path, json.dumps(replaced(body, place, junk)).encode())
                assert reply.status < 500, (path, place, junk)
                if reply.status >= 400:
                    assert list(reply.json) == ["errors"], (path, place, junk)


@pytest.mark.parametrize("seed", range(3))
async def test_no_query_or_path_can_be_junk_enough(acme: Served, seed: int) -> None:
    chance = random.Random(seed)
    texts = [str(junk) for junk in JUNK] + ["%00", "\x00", "1,2", "1,", ",", "any", "open", "eyJmIjpbXX0", "a" * 5000]
    for operation in OPERATIONS:
        if operation.writes:
            continue
        for _ in range(25):
            path = operation.path
            while "{" in path:
                start, _, rest = path.partition("{")
                path = start + quote(chance.choice(texts), safe="") + rest.partition("}")[2]
            query = "&".join(
                f"{chance.choice(PARAMETERS + MORE)}={quote(chance.choice(texts))}" for _ in range(chance.randint(0, 3))
            )
            reply = await acme.desk.get(f"{path}?{query}")
            assert reply.status < 500, (path, query)
