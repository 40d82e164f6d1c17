"""The two who play: the merchant's program at the store's API, and the warehouse's staff at the service's API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.dialects.operation import Json
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.sandbox.calls import Api
from crossdock.sandbox.contract import Details

ADMIN = "/admin/api/2025-07"


@dataclass(frozen=True, kw_only=True)
class Merchant:
    """Sells, asks the warehouse to ship, and ships what lies in its own shops."""

    api: Api

    async def order(self, order_id: int) -> Json:
        return (await self.api.call("GET", f"/orders/{order_id}.json"))["order"]

    async def fulfillment_orders(self, order_id: int) -> Sequence[Json]:
        found: Sequence[Json] = (await self.api.call("GET", f"/orders/{order_id}/fulfillment_orders.json"))[
            "fulfillment_orders"
        ]
        return found

    async def create_order(self, order: Json, *, key: str | None = None) -> Json:
        return (await self.api.call("POST", "/orders.json", {"order": order}, key=key))["order"]

    async def request(
        self, fulfillment_order_id: int, message: str, *, lines: Sequence[Mapping[str, int]] = ()
    ) -> None:
        """Ask the warehouse to ship, all of it or the lines named."""
        body = {"message": message, **({"fulfillment_order_line_items": list(lines)} if lines else {})}
        path = f"/fulfillment_orders/{fulfillment_order_id}/fulfillment_request.json"
        await self.api.call("POST", path, {"fulfillment_request": body})

    async def ask_to_stop(self, fulfillment_order_id: int, message: str) -> None:
        path = f"/fulfillment_orders/{fulfillment_order_id}/cancellation_request.json"
        await self.api.call("POST", path, {"cancellation_request": {"message": message}})

    async def ship_ourselves(self, fulfillment_order_id: int, company: str, number: str) -> None:
        fulfillment = {
            "line_items_by_fulfillment_order": [{"fulfillment_order_id": fulfillment_order_id}],
            "tracking_info": {"company": company, "number": number},
        }
        await self.api.call("POST", "/fulfillments.json", {"fulfillment": fulfillment})


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """Packs and ships. What it accepts and declines, its worker decides by itself."""

    api: Api
    store_id: int

    async def count(self, on_hand: Mapping[str, int]) -> None:
        """Say how many units of each SKU lie on the shelf."""
        await self.api.call("PUT", "/api/shelf", {"store": self.store_id, "on_hand": dict(on_hand)})

    async def ship(
        self, fulfillment_order_id: int, carrier: str, number: str, *, lines: Sequence[Mapping[str, int]] = ()
    ) -> None:
        """Send a parcel, with all that is left or the lines named."""
        parcel = {
            "store": self.store_id,
            "fulfillment_order_id": fulfillment_order_id,
            "carrier": carrier,
            "tracking_number": number,
            **({"lines": list(lines)} if lines else {}),
        }
        await self.api.call("POST", "/api/parcels", parcel)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Both of them, and the means to wait until they have heard each other out."""

    merchant: Merchant
    warehouse: Warehouse
    control: Api

    async def settle(self) -> None:
        await self.control.call("POST", "/sandbox/settle")


def merchant_of(details: Details, outgoing: Outgoing) -> Merchant:
    headers = {"X-Shopify-Access-Token": details.admin_token}
    return Merchant(api=Api(outgoing=outgoing, base=details.store_url + ADMIN, headers=headers))


def cast_of(details: Details, outgoing: Outgoing, store_id: int) -> Cast:
    headers = {"Authorization": f"Bearer {details.service_token}"}
    return Cast(
        merchant=merchant_of(details, outgoing),
        warehouse=Warehouse(api=Api(outgoing=outgoing, base=details.service_url, headers=headers), store_id=store_id),
        control=Api(outgoing=outgoing, base=details.store_url),
    )
