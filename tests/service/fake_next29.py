"""A 29 Next store on 127.0.0.1, as its public description has it: no words of ours are used to answer.

Source: 29 Next Admin API 2024-04-01, paths and fields as described; bodies of errors in Django REST Framework's form.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

TOKEN = "next_test"
NAME = "fake"
SECRET = "app_secret"
LISTED = {
    "fulfillment_requested": "requested",
    "fulfillment_accepted": "accepted",
    "cancellation_requested": "cancel_requested",
}


@dataclass(kw_only=True)
class FakeNext29:
    """The store and what it was asked. The switches make it misbehave."""

    url: str = ""
    ids: Iterator[int] = field(default_factory=lambda: count(1001))
    work: dict[int, dict[str, Any]] = field(default_factory=dict)
    fulfillments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    locations: list[dict[str, Any]] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    heard: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, list[web.Response]] = field(default_factory=dict)
    loses_answers: int = 0
    page: int = 50
    next_host: str | None = None
    code: str | None = None
    exchanges: list[dict[str, str]] = field(default_factory=list)

    def ask(self, sku: str, quantity: int) -> int:
        """Request fulfillment of a new order."""
        id, line = next(self.ids), next(self.ids)
        self.work[id] = {
            "id": id,
            "order_number": str(next(self.ids)),
            "status": "open",
            "request_status": "requested",
            "assigned_location": {"id": 7, "name": "Crossdock", "address": {}, "callback_url": None},
            "line_items": [
                {
                    "id": line,
                    "fulfillment_order_id": id,
                    "order_line_id": line,
                    "sku": sku,
                    "quantity": quantity,
                    "fulfillable_quantity": str(quantity),
                }
            ],
            "shipping_address": {"first_name": "Ada", "line1": "Kaj 1", "line2": "", "line4": "Lund", "country": "SE"},
            "merchant_requests": [{"type": "fulfill_request", "message": "please", "notify": True}],
            "created_at": "2026-11-22T09:00:00+01:00",
            "updated_at": "2026-11-22T09:30:00+01:00",
        }
        return id

    def state(self, id: int) -> tuple[str, str]:
        return self.work[id]["status"], self.work[id]["request_status"]

    def told(self, path: str) -> list[Any]:
        """Return the bodies of calls whose path ends so."""
        return [body for _, called, body in self.heard if called.endswith(path)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api/admin/")
        if request.path == "/oauth2/token/":
            return self.exchanged(dict(parse_qsl(await request.text())))
        body = json.loads(text) if (text := await request.text()) else None
        self.heard.append((request.method, path, body))
        self.headers.append(dict(request.headers))
        if waiting := self.answers.get(path):
            return waiting.pop(0)
        if not request.path.startswith("/api/admin/") or not path.endswith("/"):
            return web.Response(status=404, text="<h1>Page not found</h1>", content_type="text/html")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"detail": "Invalid token."}, status=401)
        status, answer = self.result(request, path, body)
        if self.loses_answers and request.method == "POST":
            self.loses_answers -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(answer, status=status)

    def exchanged(self, form: dict[str, str]) -> web.Response:
        """Give a token for the code, once."""
        self.exchanges.append(form)
        if form.get("code") != self.code or form.get("client_secret") != SECRET:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.code = None
        given = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 15778476000, "refresh_token": "r"}
        return web.json_response(given | {"scope": "fulfillment_service:read orders:read"})

    def result(self, request: web.Request, path: str, body: Any) -> tuple[int, Any]:
        match request.method, path.rstrip("/").split("/"):
            case "GET", ["store"]:
                return 200, {"name": "Fake", "timezone": "UTC", "primary_domain": "fake.example"}
            case "GET", ["locations"]:
                return 200, self.part(request, self.locations)
            case "POST", ["locations"]:
                self.locations.append({"id": 7, **body})
                return 201, self.locations[-1]
            case "GET", ["webhooks"]:
                return 200, self.part(request, self.webhooks)
            case "POST", ["webhooks"]:
                self.webhooks.append({"id": next(self.ids), **body})
                return 201, self.webhooks[-1]
            case "PATCH", ["webhooks", _]:
                self.webhooks[0] |= body
                return 200, self.webhooks[0]
            case "GET", ["assigned-fulfillment-orders"]:
                wanted = LISTED[request.query["assignment_status"]]
                found = [each for each in self.work.values() if each["request_status"] == wanted]
                return 200, self.part(request, found[::-1])
            case "GET", ["stockrecords"]:
                return 200, self.part(request, self.records)
            case "PATCH", ["stockrecords", id]:
                (record,) = [each for each in self.records if each["id"] == int(id)]
                return 200, record | body | {"num_in_stock": record.update(body) or body["num_in_stock"]}
            case _, ["fulfillment-orders", id, *action]:
                return self.acted(int(id), "/".join(action), request.method, body)
        return 404, {"detail": "Not found."}

    def acted(self, id: int, action: str, method: str, body: Any) -> tuple[int, Any]:
        work = self.work.get(id)
        if work is None:
            return 404, {"detail": "Not found."}
        if action == "fulfillments":
            return self.fulfilled(work, body) if method == "POST" else (200, self.fulfillments.get(id, []))
        moves = {
            "fulfillment-request/accept": ("requested", "processing", "accepted"),
            "fulfillment-request/reject": ("requested", "open", "rejected"),
            "cancellation-request/accept": ("cancel_requested", "canceled", "cancel_accepted"),
            "cancellation-request/reject": ("cancel_requested", "processing", "cancel_rejected"),
        }
        if action in moves:
            before, status, request_status = moves[action]
            if work["request_status"] != before:
                return 400, {"detail": f"This cannot be done while it is {work['request_status']}."}
            work |= {"status": status, "request_status": request_status}
        return 200, work

    def fulfilled(self, work: dict[str, Any], body: Any) -> tuple[int, Any]:
        (line,) = work["line_items"]
        units = sum(each["quantity"] for each in body["fulfillment_order_line_items"])
        left = int(line["fulfillable_quantity"]) - units
        if left < 0:
            return 400, {"fulfillment_order_line_items": ["There are not so many units left."]}
        line["fulfillable_quantity"] = str(left)
        if not left:
            work |= {"status": "closed", "request_status": "closed"}
        made = {
            "id": next(self.ids),
            "order_number": work["order_number"],
            "location_id": 7,
            "status": "success",
            "tracking_code": body["tracking_info"][0]["tracking_code"],
            "tracking_codes": ", ".join(each["tracking_code"] for each in body["tracking_info"]),
        }
        self.fulfillments.setdefault(work["id"], []).append(made)
        return 201, made

    def part(self, request: web.Request, whole: list[Any]) -> dict[str, Any]:
        start = int(request.query.get("cursor", "0"))
        query = {**request.query, "cursor": str(start + self.page)}
        following = str(request.url.with_query(query))
        if self.next_host is not None:
            following = re.sub(r"//[^/]+", f"//{self.next_host}", following)
        more = start + self.page < len(whole)
        return {"next": following if more else None, "previous": None, "results": whole[start : start + self.page]}


@asynccontextmanager
async def fake_next29() -> AsyncIterator[FakeNext29]:
    store = FakeNext29()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", store.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    store.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield store
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)
