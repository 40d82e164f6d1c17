"""The published OpenAPI document: it has every operation, and what it allows to be asked is never a 5xx, nor slow."""

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from crossdock.dialects.shopify.rest.descriptions import TOLD
from crossdock.dialects.shopify.rest.openapi import document
from crossdock.dialects.shopify.rest.operations import OPERATIONS, UNVERSIONED
from tests.store.calls import Client, Served, served
from tests.store.drawing import drawn
from tests.store.errands import Things

SLOWEST = 5.0
ROWS = {row.name: row for row in (*OPERATIONS, *UNVERSIONED)}
JUNK: SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.text(max_size=20) | st.just([]) | st.just({})
)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


@dataclass(frozen=True)
class Published:
    """An operation as the document has it."""

    method: str
    path: str
    described: Mapping[str, Any]


def published() -> dict[str, Published]:
    return {
        described["operationId"]: Published(method.upper(), path, described)
        for path, methods in document("2026-07")["paths"].items()
        for method, described in methods.items()
    }


def test_the_document_has_every_operation() -> None:
    found = published()
    assert set(found) == set(ROWS) == set(TOLD)
    for name, each in found.items():
        row = ROWS[name]
        assert each.described["summary"].endswith(".")
        assert str(row.status) in each.described["responses"]
        assert ("requestBody" in each.described) == (TOLD[name].body is not None)
        assert row.method in {"POST", "PUT"} or TOLD[name].body is None


async def test_anybody_may_read_it(acme: Served) -> None:
    reply = await Client(acme.app, None).get("/admin/api/openapi.json")
    assert reply.status == 200
    assert reply.json == document("2026-07")


def allowed(schema: Mapping[str, Any], ids: list[int]) -> SearchStrategy[Any]:
    """Return what a schema of the document allows; every id is one of these."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    match schema["type"], schema.get("format"):
        case "integer", "int64":
            return st.sampled_from(ids)
        case "integer", _:
            return st.integers(schema.get("minimum", -(10**6)), schema.get("maximum", 10**12))
        case "number", _:
            return st.floats(schema["minimum"], schema["maximum"])
        case "boolean", _:
            return st.booleans()
        case "array", _:
            return st.lists(allowed(schema["items"], ids), max_size=3)
        case "object", _:
            fields = {name: allowed(each, ids) for name, each in schema["properties"].items()}
            needed = set(schema.get("required", ()))
            return st.fixed_dictionaries(
                {name: each for name, each in fields.items() if name in needed},
                optional={name: each for name, each in fields.items() if name not in needed},
            )
        case _, "date-time":
            return st.integers(-(10**9), 10**10).map(lambda at: datetime.fromtimestamp(at, UTC).isoformat())
        case _, "uri":
            return st.sampled_from(["https://hooks.acme.shop/a", "https://hooks.acme.shop/b?c=1", "http://[::1]/"])
        case _:
            return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 20))


def spoiled(body: Any, place: float, junk: Any) -> Any:
    """Put junk in the place of one part of a body."""
    parts = list(body) if isinstance(body, dict) else list(range(len(body))) if isinstance(body, list) else []
    if not parts:
        return junk
    chosen = parts[int(place * len(parts)) % len(parts)]
    copy = dict(body) if isinstance(body, dict) else list(body)
    deeper = isinstance(body[chosen], dict | list) and body[chosen]
    copy[chosen] = spoiled(body[chosen], (place * 7) % 1, junk) if deeper else junk
    return copy


@dataclass(frozen=True)
class Known:
    """Ids of things: by the names that paths have for them, those of one place belonging together, and all of them."""

    by_name: Mapping[str, list[int]]
    every: list[int]


@st.composite
def requests(draw: st.DrawFn, operation: Published, known: Known) -> tuple[str, str, Any]:
    path, query, chosen = operation.path, [], draw(st.integers(0, 2))
    lost = draw(st.integers(0, 3)) == 0
    for parameter in operation.described["parameters"]:
        name = parameter["name"]
        if parameter["in"] == "path":
            value = draw(st.sampled_from(known.every) | st.text(max_size=8)) if lost else known.by_name[name][chosen]
            path = path.replace("{" + name + "}", quote(str(value) or "0", safe=""))
        elif parameter["in"] == "query" and draw(st.integers(0, 3)) == 0:
            query.append((name, str(draw(allowed(parameter["schema"], known.every) | st.text(max_size=10)))))
    body = None
    if "requestBody" in operation.described:
        schema = operation.described["requestBody"]["content"]["application/json"]["schema"]
        body = draw(allowed(schema, known.every))
        if draw(st.integers(0, 2)) == 0:
            body = spoiled(body, draw(st.floats(0, 0.999)), draw(JUNK))
    return operation.method, f"{path}?{urlencode(query, errors='replace')}", body


async def known_to(acme: Served) -> Known:
    """Make three things of every kind."""
    things = Things(acme)
    by_name: dict[str, list[int]] = {}
    for _ in range(3):
        one = await things.work("fulfillment_request")
        await things.scheduled()
        scan = (await things.scan()).split("/")
        variant = await things.variant()
        found = {
            "fulfillment_order_id": one.id,
            "order_id": int(scan[1]),
            "fulfillment_id": int(scan[3]),
            "event_id": int(scan[5].removesuffix(".json")),
            "service_id": await things.service(),
            "webhook_id": await things.webhook(),
            "location_id": acme.shop.service.location_id,
            "product_id": variant.product_id,
            "variant_id": variant.id,
            "inventory_item_id": variant.inventory_item_id,
        }
        things.made += [line.id for line in one.lines]
        for name, id in found.items():
            by_name.setdefault(name, []).append(id)
    every = [*things.made, acme.shop.merchant_location, acme.shop.service.location_id, 1, 2**62]
    return Known(by_name, every)


async def hold_out(acme: Served, examples: int, capsys: pytest.CaptureFixture[str]) -> None:
    known = await known_to(acme)
    statuses: Counter[int] = Counter()
    slowest = 0.0
    for number, (name, operation) in enumerate(published().items()):
        for method, path, body in drawn(requests(operation, known), examples, number):
            began = time.perf_counter()
            raw = b"" if body is None else json.dumps(body).encode()
            reply = await acme.desk.send(method, path, raw)
            slowest = max(slowest, time.perf_counter() - began)
            statuses[reply.status] += 1
            assert reply.status < 500, (name, path, body)
            if reply.status >= 400 and reply.body:
                assert list(reply.json) == ["errors"], (name, path, body)
    assert slowest < SLOWEST
    with capsys.disabled():
        told = dict(sorted(statuses.items()))
        print(f"\n{statuses.total()} requests of the document's, slowest {slowest:.2f} s: {told}")


async def test_what_the_document_allows_is_answered(acme: Served, capsys: pytest.CaptureFixture[str]) -> None:
    await hold_out(acme, 6, capsys)


@pytest.mark.long
async def test_much_of_what_the_document_allows_is_answered(acme: Served, capsys: pytest.CaptureFixture[str]) -> None:
    await hold_out(acme, 300, capsys)
