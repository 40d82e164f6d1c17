"""What 29 Next's OpenAPI file says of its Admin API: operations, permissions, statuses and shapes.

`next29_2024_04_01.json` holds the facts of the file that Crossdock is concerned with (paths, parameters, scopes,
statuses, fields with their types, enumerations and limits), without its prose. Source: repository
29next/developer-docs, commit 83db20b240cdc20af473bb4d87201a9357aadca8, public/api/admin/2024-04-01.yaml.
`NEXT29_OPENAPI` names another file to go by, JSON or YAML, such as that original.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema

from crossdock.dialects.next29.rest.operations import BASE, BY_VERSION
from crossdock.dialects.next29.versions import STABLE
from crossdock.dialects.operation import AnyOperation
from tests.store.drawing import drawn

FACTS = Path(__file__).parent / "next29_2024_04_01.json"
ROWS: Mapping[tuple[str, str], AnyOperation] = {
    (row.method, re.sub(r"\{\w+\}", "{}", row.path)): row for row in BY_VERSION[STABLE]
}
Json = Any

# Statuses, where the store answers another than the file has.
STATUSES: Mapping[tuple[str, str], tuple[int, int]] = {
    ("GET", "apps/{}/"): (201, 200),  # the file's own slip: nothing is made
}
# Typed as one object in the file and described as lists.
LISTS = {
    "orders/{}/fulfillment-orders/",
    "orders/{}/fulfillments/",
    "fulfillment-orders/{}/fulfillments/",
    "orders/{}/fulfillments/{}/events/",
    "products/{}/variants/",
}
# Typed as a list in the file; its own clients refuse one.
ONE = {"store/"}
# Parameters of another kind than the file has them: the words that webhooks hear of, in place of whole numbers.
PARAMETERS = {"events"}
COUNT: Json = {"type": "integer", "minimum": 0}
# Fields whose type in the file comes from how it is generated, by their schema.
FIELDS: Mapping[tuple[str, str], Json] = {
    ("FulfillmentOrderLine", "product_id"): {"type": "integer"},
    ("FulfillmentOrderLine", "fulfillable_quantity"): COUNT,
    ("FulfillmentLineResponse", "fulfilled_quantity"): COUNT,
    ("FulfillmentLineResponse", "returnable_quantity"): COUNT,
    ("FulfillmentLineResponse", "returned_quantity"): COUNT,
    # Nothing is left over where all that there is was asked for.
    ("FulfillmentRequestResponse", "unrequested_fulfillment_order"): {
        "anyOf": [{"$ref": "#/components/schemas/FulfillmentOrder"}, {"type": "null"}]
    },
    # Several addresses in one text, or none.
    ("FulfillmentResponse", "tracking_links"): {"type": "string"},
    # The guides have the list, the file an object of any form.
    ("AvailableLocationFulfillmentOrder", "available_locations"): {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "name": {"type": "string"},
                "fulfillment_order_line_ids": {"type": "array", "items": {"type": "integer"}},
            },
            "required": ["id", "name", "fulfillment_order_line_ids"],
        },
    },
}


@dataclass(frozen=True)
class Documented:
    """An operation of the file. `pattern`: its path below the base, with the parameters as `{}`."""

    file: "File"
    operation: APIOperation  # type: ignore[type-arg]

    @property
    def method(self) -> str:
        return self.operation.method.upper()

    @property
    def path(self) -> str:
        return self.operation.path.removeprefix("/").removeprefix(BASE.removeprefix("/"))

    @property
    def pattern(self) -> str:
        return re.sub(r"\{\w+\}", "{}", self.path)

    @property
    def row(self) -> AnyOperation:
        return ROWS[self.method, self.pattern]

    @property
    def raw(self) -> Mapping[str, Any]:
        raw: Mapping[str, Any] = self.operation.definition.raw
        return raw

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(scope for each in self.raw.get("security", ()) for scope in each.get("oauth2", ()))

    @property
    def status(self) -> int:
        """The status of success that the store answers."""
        (documented,) = [int(status) for status in self.raw["responses"] if status.startswith("2")]
        was, now = STATUSES.get((self.method, self.pattern), (documented, documented))
        assert was == documented, "the difference is none any more"
        return now

    @cached_property
    def answers(self) -> jsonschema_rs.Validator | None:
        """What validates a body of success; None where there is none."""
        (said,) = [each for status, each in self.raw["responses"].items() if status.startswith("2")]
        if "content" not in said:
            return None
        schema = said["content"]["application/json"]["schema"]
        if self.method == "GET" and self.pattern in LISTS:
            schema = {"type": "array", "items": schema}
        if self.pattern in ONE:
            schema = schema["items"]
        return self.file.validator(schema)

    @cached_property
    def taken(self) -> jsonschema_rs.Validator | None:
        """What validates a body that may be taken; None where the file has no body."""
        content = self.raw.get("requestBody", {}).get("content")
        if content is None:
            return None
        return self.file.validator(lenient(content["application/json"]["schema"]), asked=True)

    @property
    def queries(self) -> Mapping[str, Json]:
        """The schemas of the query's parameters."""
        given = [each for each in self.raw.get("parameters", ()) if each.get("in") == "query"]
        return {each["name"]: each["schema"] for each in given}

    def refused_parameters(self, query: Iterable[tuple[str, str]]) -> Iterator[str]:
        """Return the parameters with a value that is to be refused."""
        for name, value in query:
            if name in self.queries and name not in PARAMETERS and not fits(self.queries[name], value):
                yield name

    def cases(self, mode: GenerationMode, count: int, number: int) -> list[Any]:
        return drawn(self.operation.as_strategy(generation_mode=mode), count, number)


@dataclass(frozen=True)
class File:
    schema: BaseSchema

    @property
    def raw(self) -> Mapping[str, Any]:
        return self.schema.raw_schema

    def operations(self) -> Iterator[Documented]:
        for each in self.schema.get_all_operations():
            assert isinstance(each, Ok), each
            yield Documented(self, each.ok())

    @cached_property
    def answered(self) -> Mapping[str, Json]:
        """The schemas of what is answered: without what is only sent, with the store's differences."""
        changed = {name: dict(schema) for name, schema in self.raw["components"]["schemas"].items()}
        for (name, field), schema in FIELDS.items():
            if name in changed:
                changed[name]["properties"] = changed[name]["properties"] | {field: schema}
        return {name: without_written(schema) for name, schema in changed.items()}

    @cached_property
    def asked(self) -> Mapping[str, Json]:
        return {name: lenient(schema) for name, schema in self.raw["components"]["schemas"].items()}

    def validator(self, schema: Json, *, asked: bool = False) -> jsonschema_rs.Validator:
        whole = {**schema, "components": {"schemas": self.asked if asked else self.answered}}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def fits(schema: Json, text: str) -> bool:
    """Whether a parameter may be a text. An empty one is absent; lists also come with commas between their items."""
    if schema.get("type") == "array":
        return all(fits(schema["items"], part.strip()) for part in text.split(","))
    if "enum" in schema:
        return not text or text in schema["enum"]
    match schema.get("type"), schema.get("format"):
        case "integer", _:
            return not text or re.fullmatch(r"\d{1,19}", text) is not None
        case "boolean", _:
            return not text or re.fullmatch(r"true|false|1|0|on|off|yes|no", text.lower()) is not None
        case _, "date":
            return not text or re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None
        case _:
            return True


def without_written(schema: Json) -> Json:
    """Return a schema of answers: what is only sent need not be there."""
    properties = schema.get("properties", {})
    sent = {name for name, each in properties.items() if each.get("writeOnly")}
    return {**schema, "required": [name for name in schema.get("required", ()) if name not in sent]}


NOTHING: Json = {"enum": ["", None]}
NUMERAL: Json = {"type": "string", "pattern": r"^\s*-?\d+\s*$"}
DECIMAL: Json = {"type": "string", "pattern": r"^\s*[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"}
FLAG: Json = {"type": "string", "pattern": r"^\s*(?i:true|false|1|0|on|off|yes|no)\s*$"}


def lenient(schema: Json) -> Json:
    """Return what the store may take where the file wants `schema`.

    Forms have texts only, so a text that says a number or a flag is one, as with Django REST Framework; a list of one
    may come as its item, unknown and read-only fields are not looked at, and what need not be there may be empty.
    """
    if "$ref" in schema or not schema:
        return schema
    if "oneOf" in schema:
        return {"anyOf": [lenient(each) for each in schema["oneOf"]]}
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    ways = [each for kind in kinds for each in _taken_as(schema, kind)]
    return ways[0] if len(ways) == 1 else {"anyOf": ways}


def _taken_as(schema: Json, kind: str) -> Iterator[Json]:
    plain = {key: value for key, value in schema.items() if key not in {"type", "items", "properties", "required"}}
    match kind:
        case "null":
            yield {"type": "null"}
        case "string":
            yield {**plain, "type": "string"}
            if "enum" not in plain:
                yield {"type": "number"}
        case "integer":
            yield {**plain, "type": "integer"}
            yield NUMERAL
        case "number":
            yield {**plain, "type": "number"}
            yield DECIMAL
        case "boolean":
            yield {"type": "boolean"}
            yield FLAG
            yield {"enum": [0, 1]}
        case "array":
            item = lenient(schema.get("items", {}))
            yield {"type": "array", "items": item}
            if "$ref" not in item:
                yield {"allOf": [item, {"type": ["string", "number"]}]}
        case "object":
            required = set(schema.get("required", ()))
            properties = {
                name: {} if each.get("readOnly") else lenient(each) if name in required else _optional(each)
                for name, each in schema.get("properties", {}).items()
            }
            needed = [name for name in required if not schema.get("properties", {}).get(name, {}).get("readOnly")]
            yield {"type": "object", "properties": properties, "required": needed}


def _optional(schema: Json) -> Json:
    return {"anyOf": [lenient(schema), NOTHING]}


def read_file() -> File:
    schema = schemathesis.openapi.from_path(os.environ.get("NEXT29_OPENAPI") or FACTS)
    schema.config.generation.allow_x00 = False  # no text field can hold it
    return File(schema)


def problem_of(body: Json) -> str | None:
    """Say what is wrong with the body of a refusal; None where it is as Django REST Framework writes them."""
    if not isinstance(body, dict) or not body:
        return f"no object: {body!r}"
    return None if _tells(body) else f"no texts: {body!r}"


def _tells(value: Json) -> bool:
    match value:
        case dict():
            return all(map(_tells, value.values()))
        case list():
            return all(map(_tells, value))
        case _:
            return isinstance(value, str)


def whole(file: File, schema: Json, within: tuple[str, ...] = ()) -> Json:
    """Make a value with every field that a schema has; what holds itself, once."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {} if name in within else whole(file, file.raw["components"]["schemas"][name], (*within, name))
    if "oneOf" in schema:
        return whole(file, schema["oneOf"][0], within)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    match kinds if isinstance(kinds, str) else kinds[0], schema.get("format"):
        case "object", _:
            return {name: whole(file, each, within) for name, each in schema.get("properties", {}).items()}
        case "array", _:
            return [whole(file, schema["items"], within)]
        case "integer", _:
            return 1
        case "number", _:
            return 1.5
        case "boolean", _:
            return True
        case _, form:
            return _TEXTS.get(form or "", "a")


_TEXTS = {
    "date-time": "2026-11-21T12:00:00Z",
    "decimal": "1.00",
    "email": "bo@example.com",
    "uri": "https://hooks.acme.shop/x",
}
