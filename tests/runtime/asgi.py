"""Calls an ASGI app in this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An answer; of repeated headers the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def call(
    app: ASGIApp,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = b"",
    client: str = "192.0.2.7",
) -> Heard:
    """Send a request to an app; with `body=None` the client goes away instead of sending one."""
    parts = urlsplit(url)
    given = {"host": "store.test", **(headers or {})}
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": (client, 1234),
        "server": ("store.test", 80),
    }
    waiting = [{"type": "http.disconnect"}] if body is None else [{"type": "http.request", "body": body}]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if not sent:
        return Heard(status=0, headers={}, body=b"")
    fields = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Heard(status=sent[0]["status"], headers=fields, body=b"".join(part.get("body", b"") for part in sent[1:]))
