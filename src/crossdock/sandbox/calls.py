"""Calls to the two sides' APIs, as programs of merchants and warehouses make them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from crossdock.dialects.operation import Json
from crossdock.runtime.http.outgoing import Outgoing, OutgoingRequest
from crossdock.runtime.json import write_json

LARGEST_ANSWER = 8 * 1024 * 1024
DEADLINE = 120.0


class CallRefused(Exception):
    """A side answered with an error."""

    def __init__(self, method: str, url: str, status: int, body: bytes) -> None:
        super().__init__(f"{method} {url} was answered {status}: {body[:500].decode(errors='replace')}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Api:
    """One side's API, with the headers that open it."""

    outgoing: Outgoing
    base: str
    headers: Mapping[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: Json = None, *, key: str | None = None) -> Json:
        """Make a call and return its JSON answer; `key` makes a write happen once. Raises: CallRefused, NoAnswer."""
        headers = {**self.headers, "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        request = OutgoingRequest(
            method=method, url=self.base + path, headers=headers, body=b"" if body is None else write_json(body)
        )
        answer = await self.outgoing.send(request, deadline=DEADLINE, cap=LARGEST_ANSWER)
        if answer.status >= 300:
            raise CallRefused(method, request.url, answer.status, answer.body)
        return msgspec.json.decode(answer.body) if answer.body else None
