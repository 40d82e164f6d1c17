"""No request brings 29 Next's Admin API down: junk in bodies, forms, queries, cursors, paths and headers."""

import base64
import json
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.dialects.next29_openapi import Documented, problem_of, read_file, whole
from tests.store.calls import Reply
from tests.store.next29_calls import Next29, next29_shop
from tests.store.next29_conformance import BOUNDARY, JSON, joined, parts_of
from tests.store.next29_errands import ERRANDS, Errand, Things
from tests.store.test_api_fuzz import JUNK, places, replaced

FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
PARTS = 4
MORE: tuple[Any, ...] = (
    *JUNK,
    *("\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "-0", "+1", "1e3", "NaN", "Infinity", "0x10", "１２"),
    *("1_000", "--1", ".", "-", "true", "2026-01-01", "2026-01-01T00:00:00", "10000-01-01T00:00:00Z", "a,b", ","),
    *(10**400, -(10**400), 1e-320, -0.0, {"a": {"b": {}}}, [1, "1", None, {}], {"\x00": 1}, {"\ud800": "x"}),
)
TEXTS = [each for each in MORE if isinstance(each, str)] + [str(each)[:400] for each in JUNK]
CURSORS: tuple[bytes, ...] = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"1",
    b'{"a":null}',
    b'{"a":true}',
    b'{"a":-1}',
    b'{"a":1e300}',
    b'{"a":9223372036854775808}',
    b'{"a":9223372036854775807}',
    b'{"b":-9223372036854775807}',
    b'{"a":1,"b":2}',
    b'{"b":"1"}',
    b'{"a":NaN}',
    b'{"a":"\\ud800"}',
    b"[" * 100_000,
    b"\xff\xfe",
)
NAMES: tuple[str, ...] = (
    *("", ".", "..", "[", "]", "[]", "[0]", "a[", "a]", "a[]", "a[0", "a..b", ".a", "a.", "a[0].", "a[-1]", "a[1e3]"),
    *(
        "a[999999999999]",
        "a[0][0][0][0][0][0][0][0][0]",
        "a.b.c.d.e.f.g.h.i.j",
        "a" * 5000,
        "a[" * 500,
        "[[" * 500,
        "[0]" * 500,
    ),
    *("a.\x00", "\x00", "__class__", "a.__proto__", "a[0]b[1]c", "é", "\U0001f4a9", "a b", "a=b&c", 'a"; filename="x'),
    *("lines", "lines[0]", "lines[0]product_id", "lines.product_id", "lines[0].price.a", "shipping_address"),
    *(
        "shipping_address.line1",
        "shipping_address[line1]",
        "shipping_address.line1.x",
        "user.email[0]",
        "metadata[0].a",
    ),
    *(
        "tags",
        "events",
        "events[0]",
        "target",
        "title",
        "variants[0].prices[0].price",
        "address.country",
        "callback_url",
    ),
)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


async def things_of(acme: Next29) -> Things:
    return Things(acme.desk, acme.warehouse, await acme.client_id("Order desk"))


def written(part: int) -> list[Documented]:
    """Return a part of the operations that have a body."""
    return [each for each in read_file().operations() if each.taken is not None][part::PARTS]


def held(reply: Reply, *case: object) -> None:
    """Hold an answer to what every answer must be."""
    assert reply.status < 500, (reply.status, *case)
    if reply.status >= 400 and reply.headers["content-type"] == JSON:
        assert problem_of(reply.json) is None, case


async def asked(
    acme: Next29, row: Documented, errand: Errand, body: bytes, kind: str = JSON, query: str = "", **headers: str
) -> Reply:
    api = acme.warehouse if errand.by_warehouse else acme.desk
    path = f"/api/admin/{row.row.path.format(**errand.parameters)}?{query}"
    return await api.client.send(row.method, path, body, content_type=kind, **headers)


async def bodies_are_held(acme: Next29, part: int, *, kinds: int | None, seed: int) -> None:
    """Put junk in place of each part of each body; `kinds`: of how many kinds, None for all."""
    chance = random.Random(seed)
    things = await things_of(acme)
    for row in written(part):
        errand, spent = Errand(), True
        schema = row.raw["requestBody"]["content"][JSON]["schema"]
        made = whole(row.file, schema)
        for where in places(joined(made, (await ERRANDS[row.row.name](things)).body)):
            for junk in MORE if kinds is None else chance.sample(MORE, kinds):
                if spent:
                    errand = await ERRANDS[row.row.name](things)
                body = replaced(joined(made, errand.body), where, junk)
                reply = await asked(acme, row, errand, json.dumps(body).encode())
                held(reply, row.method, errand.parameters, row.path, where, junk)
                spent = reply.status < 300


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_part_of_a_body_can_be_junk_enough(acme: Next29, part: int) -> None:
    await bodies_are_held(acme, part, kinds=1, seed=part)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
async def test_no_part_of_a_body_can_be_junk_of_any_kind(acme: Next29, part: int) -> None:
    await bodies_are_held(acme, part, kinds=None, seed=part)


RAW: tuple[bytes, ...] = (
    b"null",
    b"[]",
    b"1",
    b'"a"',
    b"{",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"message":1e400}',
    b'{"message":' + b"9" * 100_000 + b"}",
    b'{"a":1,"a":2}',
    b'{"message":"\\ud800"}',
    b'{"message":"\\u0000"}',
    b'{"\\u0000":1}',
    b'{"message":"\xed\xa0\x80"}',
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b'{"metadata":' * 60 + b"1" + b"}" * 60,
    b'{"message":"' + b"a" * 900_000 + b'"}',
    b'{"lines":[' + b"{}," * 100_000 + b"{}]}",
    b"a" * 1_100_000,
    b"a=1",
    b"%",
    b"a=%ff",
    b"=&=&&",
    b"&".join(b"a=1" for _ in range(1001)),
    b"&".join(b"a[%d]=1" % number for number in range(1000)),
    b"&".join(b"a" + b"[0]" * number + b"=1" for number in range(20)),
    b"a=1&a.b=2",
    b"a.b=1&a=2",
    b"a[0]=1&a.b=2&a[x]=3",
    b"a[" * 200_000 + b"=%00",
    b"[0]" * 200_000 + b"=%00",
    f"--{BOUNDARY}--".encode(),
    f"--{BOUNDARY}\r\n\r\n\r\n--{BOUNDARY}--\r\n".encode(),
    f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(),
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'.encode(),
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nx\r\n--{BOUNDARY}--\r\n'.encode(),
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode("latin-1"),
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\x00\r\n--{BOUNDARY}--\r\n'.encode("latin-1"),
    f'--{BOUNDARY}\r\nContent-Type: text/plain; charset=none\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    f"--{BOUNDARY}--\r\n".encode(),
)
KINDS: tuple[str, ...] = (
    *(JSON, FORM, MULTIPART, "", "application/json; charset=utf-16", "multipart/form-data", "text/plain", "a/b" * 1000),
    *("multipart/form-data; boundary=", "multipart/form-data; boundary=\xff", "multipart/form-data; charset=none;"),
    *(
        f"{MULTIPART}; charset=none",
        f"{MULTIPART}; charset=utf-16",
        f"{FORM}; charset=none",
        ";",
        "application/json,x/y",
    ),
)


async def test_no_body_can_be_written_badly_enough(acme: Next29) -> None:
    """Every kind of body as every content type says, of operations of each shape."""
    things = await things_of(acme)
    chance = random.Random(1)
    rows = {row.row.name: row for part in range(PARTS) for row in written(part)}
    for name in ("create_order", "create_webhook_subscription", "replace_app_settings"):
        errand = await ERRANDS[name](things)
        for body in RAW:
            for kind in (JSON, chance.choice((FORM, MULTIPART)), chance.choice(KINDS)):
                held(await asked(acme, rows[name], errand, body, kind), name, body[:80], kind)
        for kind in KINDS:
            for body in (b"a=1", parts_of({"a": "1"}), json.dumps(errand.body).encode()):
                held(await asked(acme, rows[name], errand, body, kind), name, body[:80], kind)


def form(pairs: Iterable[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs).encode()


def multipart(pairs: Iterable[tuple[str, str]]) -> bytes:
    each = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs
    ]
    return "".join([*each, f"--{BOUNDARY}--\r\n"]).encode(errors="replace")


async def test_no_field_of_a_form_can_be_named_badly_enough(acme: Next29) -> None:
    things = await things_of(acme)
    chance = random.Random(2)
    texts = [text.encode(errors="replace").decode() for text in TEXTS]
    for part in range(PARTS):
        for row in written(part):
            errand = await ERRANDS[row.row.name](things)
            for _ in range(8):
                pairs = [(chance.choice(NAMES), chance.choice(texts)) for _ in range(chance.randint(1, 12))]
                held(await asked(acme, row, errand, form(pairs), FORM), row.path, pairs)
                held(await asked(acme, row, errand, multipart(pairs), MULTIPART), row.path, pairs)


async def test_no_query_cursor_or_path_can_be_junk_enough(acme: Next29) -> None:
    things = await things_of(acme)
    chance = random.Random(3)
    texts = [*TEXTS, "%00", "%ff", "a" * 5000, "1,2", "1,", "..", "%2e%2e", "%2F", "a/b"]
    cursors = [base64.urlsafe_b64encode(each).decode() for each in CURSORS] + ["=", "a", "é", "====", "!" * 50]
    await ERRANDS["get_fulfillment_event"](things)
    for row in read_file().operations():
        names = [*row.queries, "page_size", "limit", "unknown", "cursor"]
        for text in chance.sample(texts, 8 if "{" in row.path else 0):
            path = row.row.path
            while "{" in path:
                start, _, rest = path.partition("{")
                written_as = text if text.startswith("%") else quote(text.encode(errors="replace"), safe="")
                path = start + written_as + rest.partition("}")[2]
            held(await acme.desk.send(row.method, path, b""), row.method, path)
        if row.method != "GET":
            continue
        errand = await ERRANDS[row.row.name](things) if "{" in row.path else Errand()
        for cursor in cursors if "cursor" in names[:-1] else ():
            held(await asked(acme, row, errand, b"", query=f"cursor={quote(cursor)}"), row.path, cursor)
        for _ in range(12):
            query = "&".join(
                f"{quote(chance.choice(names))}={quote(chance.choice(texts).encode(errors='replace'))}"
                for _ in range(chance.randint(1, 6))
            )
            held(await asked(acme, row, errand, b"", query=query), row.path, query)
        held(await asked(acme, row, errand, b"", query="a=1&" * 300), row.path)


HEADERS: tuple[dict[str, str], ...] = (
    *({"x_29next_api_version": each} for each in ("", " ", "2022-01-01", "latest", "UNSTABLE", "\xff", "a" * 5000)),
    *({"idempotency_key": each} for each in ("", " ", "\xff", "a" * 255, "a" * 256, "a" * 9000, "'; --", "{}")),
    *({"accept": each} for each in ("", "text/html", "application/xml", "*/*;q=x", "\xff" * 500)),
    *({"host": each} for each in ("", "a b", "[::", "[::1]:1", "other.example", "127.0.0.1:99999", "\xff")),
    *({"authorization": each} for each in ("", "Bearer", "Bearer  ", "bearer x", "\xff \xff", "Bearer " + "a" * 9000)),
    *({"x_http_method_override": each} for each in ("DELETE", "\xff")),
    *({"content_length": each} for each in ("-1", "a", "9" * 30)),
)


async def test_no_header_can_be_junk_enough(acme: Next29) -> None:
    things = await things_of(acme)
    for name in ("create_order_note", "list_orders", "create_location", "get_shop"):
        row = next(each for each in read_file().operations() if each.row.name == name)
        for headers in HEADERS:
            errand = await ERRANDS[name](things)
            raw = b"" if errand.body is None else json.dumps(errand.body).encode()
            held(await asked(acme, row, errand, raw, **headers), name, headers)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "G" * 500, "\x01"):
        for path in ("orders/", "orders", "", "/", "orders//", "no/such/", "orders/1001/cancel/"):
            held(await acme.desk.send(method, path, b"{}"), method, path)
