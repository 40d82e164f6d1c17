"""The REST API as an OpenAPI document, made from the operations' rows and `descriptions`.

Paths, methods, scopes and statuses are those of the rows. Answers are described by their status.
"""

import re
from collections.abc import Mapping
from typing import Any

from crossdock.dialects.operation import AnyOperation, Json
from crossdock.dialects.shopify.paging import HIGHEST_LIMIT
from crossdock.dialects.shopify.rest.descriptions import ID, TEXT, TOLD, Told
from crossdock.dialects.shopify.rest.operations import BASE, OPERATIONS, UNVERSIONED, UNVERSIONED_BASE

PAGING: Mapping[str, Json] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT},
    "since_id": ID,
    "page_info": TEXT,
}
KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request has its effect once; the answer is given again.",
    "schema": {"type": "string", "maxLength": 255},
}
REFUSED: Mapping[str, str] = {
    "400": "The message does not fit the wire.",
    "401": "The token is missing or wrong.",
    "403": "A scope is missing; the answer names it.",
    "404": "There is no such thing, or not for this token.",
    "422": "A rule says no.",
    "429": "Too many calls; Retry-After says when to come back.",
}


def document(version: str) -> Json:
    """Return the OpenAPI document of a version."""
    paths: dict[str, dict[str, Json]] = {}
    for base, rows in ((BASE.format(version=version), OPERATIONS), (UNVERSIONED_BASE, UNVERSIONED)):
        for row in rows:
            paths.setdefault(base + row.path, {})[row.method.lower()] = described(row)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Crossdock, Shopify's Admin REST API",
            "version": version,
            "description": "What a Crossdock store answers to apps that were written for Shopify.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "X-Shopify-Access-Token"}}
        },
    }


def described(row: AnyOperation) -> Json:
    """Return what the document says of an operation."""
    told = TOLD[row.name]
    needed = ", ".join(sorted(row.scopes))
    body: dict[str, Any] = {
        "operationId": row.name,
        "summary": told.summary,
        "description": f"Needs one of the scopes {needed}." if needed else "Needs no scope.",
        "tags": [row.path.partition("/")[0].removesuffix(".json")],
        "parameters": parameters_of(row, told),
        "responses": {
            str(row.status): {"description": "Done."},
            **{status: {"description": meaning} for status, meaning in REFUSED.items()},
        },
    }
    if row.deprecated:
        body["deprecated"] = True
    if told.body is not None:
        body["requestBody"] = {"content": {"application/json": {"schema": told.body}}}
    return body


def parameters_of(row: AnyOperation, told: Told) -> list[Json]:
    """Return the parameters in path and query, and the header that writes may have."""
    named = [
        {"name": name, "in": "path", "required": True, "schema": ID} for name in re.findall(r"\{(\w+)\}", row.path)
    ]
    filters = {**(told.query or {}), **(PAGING if told.paged else {}), **({} if row.writes else {"fields": TEXT})}
    return [
        *named,
        *({"name": name, "in": "query", "schema": schema} for name, schema in filters.items()),
        *([KEY] if row.writes else []),
    ]
