"""A shop and its warehouse, the merchant's program, and what it hears: what the guide's story is played with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import msgspec

from crossdock.dialects.shopify.callback import verify
from tests.integration.installing import InstalledApp
from tests.integration.merchants import Merchant, Parcel, Work
from tests.integration.sandboxes import Box
from tests.store.hearing import Ear


@dataclass
class Story:
    """Both sides of a shop, the merchant's program, and what it hears."""

    box: Box
    merchant: Merchant
    app: InstalledApp
    ear: Ear
    store: asyncpg.Connection
    wire: str
    handle: str = ""
    store_id: int = 0
    location_id: int = 0
    read: int = 0
    items: dict[str, int] = field(default_factory=dict)

    async def desk(self, method: str, path: str, body: object = None) -> Any:
        """Do what the merchant does on pages of the platform's."""
        status, answer = await self.box.store(method, path, body)
        assert status in (200, 201), (path, status, answer)
        return answer

    async def warehouse(self, method: str, path: str, body: object = None) -> Any:
        status, answer = await self.box.service(method, path, body)
        assert status in (200, 201, 202), (path, status, answer)
        await self.box.settle()
        return answer

    async def later(self, seconds: int) -> None:
        await self.desk("POST", "/sandbox/clock", {"advance_seconds": seconds})

    async def product(self, sku: str, *, managed_by: str) -> int:
        """Sell something; return its variant."""
        variant = {"sku": sku, "price": "40.00", "inventory_management": managed_by}
        answer = await self.desk("POST", "products.json", {"product": {"title": sku, "variants": [variant]}})
        (made,) = answer["product"]["variants"]
        self.items[sku] = made["inventory_item_id"]
        await self.box.settle()
        return int(made["id"])

    async def order(self, order_id: int) -> Any:
        return (await self.desk("GET", f"orders/{order_id}.json"))["order"]

    async def requested(self, variant_id: int, quantity: int, message: str = "Please") -> tuple[int, int]:
        """Take an order in and ask the warehouse for it; return the ids of the order and of the work."""
        order_id = await self.merchant.order(variant_id, quantity)
        (work,) = await self.merchant.work(order_id)
        assert work.state == "open/unsubmitted"
        assert "request_fulfillment" in work.actions
        await self.merchant.request(work.id, message)
        await self.box.settle()
        return order_id, work.id

    async def work(self, order_id: int, work_id: int) -> Work:
        return next(each for each in await self.merchant.work(order_id) if each.id == work_id)

    async def state(self, order_id: int, work_id: int) -> str:
        return (await self.work(order_id, work_id)).state

    async def assignment(self, work_id: int) -> Any:
        """Return the work as the warehouse knows it."""
        return (await self.warehouse("GET", f"/api/assignments/{self.store_id}/{work_id}"))["assignment"]

    async def booked(self, parcel_id: int) -> Any:
        """Return a parcel as the warehouse knows it."""
        return (await self.warehouse("GET", f"/api/parcels/{self.store_id}/{parcel_id}"))["parcel"]

    async def take_back(self, parcel_id: int) -> None:
        """Have the warehouse cancel a parcel: its units are on the shelf again."""
        await self.warehouse("POST", f"/api/parcels/{self.store_id}/{parcel_id}/cancel")

    async def ship(self, work_id: int, number: str, quantity: int | None = None) -> Any:
        lines = {} if quantity is None else {"lines": [{"sku": "ANVIL", "quantity": quantity}]}
        parcel = {"fulfillment_order_id": work_id, "carrier": "PostNord", "tracking_number": number, **lines}
        return (await self.warehouse("POST", "/api/parcels", parcel))["parcel"]

    async def parcel(self, order_id: int, number: str) -> Parcel:
        return next(each for each in await self.merchant.parcels(order_id) if number in each.numbers)

    async def stock(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Return on hand, promised and free of ANVIL: at the store for the warehouse's place, and on the shelf."""
        row = await self.store.fetchrow(
            """
            SELECT on_hand, committed, available FROM inventory_levels
            WHERE inventory_item_id = $1 AND location_id = $2
            """,
            self.items["ANVIL"],
            self.location_id,
        )
        assert row is not None
        shelf = await self.warehouse("GET", "/api/shelf/ANVIL")
        return tuple(row), (shelf["on_hand"], shelf["allocated"], shelf["available"])

    async def moved(self) -> list[tuple[str, int, str | None, str | None]]:
        """Return what was written into the stock ledger of ANVIL since the last look."""
        rows = await self.store.fetch(
            """
            SELECT id, cause, quantity, source, target FROM stock_moves
            WHERE inventory_item_id = $1 AND location_id = $2 AND id > $3 ORDER BY id
            """,
            self.items["ANVIL"],
            self.location_id,
            self.read,
        )
        self.read = max((row["id"] for row in rows), default=self.read)
        return [(row["cause"], row["quantity"], row["source"], row["target"]) for row in rows]

    async def asked(self, kind: str) -> list[dict[str, str]]:
        """Return what the store has asked the warehouse, each time; lists with spaces between."""
        urls = await self.sent(kind, "url")
        return [{key: " ".join(values) for key, values in parse_qs(urlsplit(url).query).items()} for url in urls]

    async def notified(self) -> list[str]:
        """Return of what the store has notified the warehouse."""
        bodies = await self.sent("fulfillment_order_notification", "request_body")
        return [msgspec.json.decode(body)["kind"] for body in bodies]

    async def sent(self, kind: str, what: str) -> list[Any]:
        query = f"SELECT {what} FROM messages WHERE kind = $1 AND direction = 'out' ORDER BY id"
        return [row[0] for row in await self.store.fetch(query, kind)]

    def told(self, topic: str) -> Sequence[Any]:
        """Return what the merchant's program was told of a topic. Every word must be signed with its app's secret."""
        found = []
        for _, headers, body in self.ear.heard:
            if headers.get("x-shopify-topic") == f"fulfillment_orders/{topic}":
                assert verify([self.app.secret], body, headers["x-shopify-hmac-sha256"])
                assert headers["x-shopify-shop-domain"] == self.box.details["shop_domain"]
                found.append(msgspec.json.decode(body))
        return found


def both(on_hand: int, promised: int, free: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The same on both sides."""
    return (on_hand, promised, free), (on_hand, promised, free)
