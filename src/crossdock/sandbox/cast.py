"""Who plays: the merchants' programs at the store's APIs, each by its platform's wire, and the warehouse's staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crossdock.dialects.next29.carriers import slug_of
from crossdock.dialects.next29.rest.operations import BASE
from crossdock.dialects.next29.versions import STABLE
from crossdock.dialects.operation import Json
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.sandbox.bundled import Article, BundledOrder
from crossdock.sandbox.calls import Api
from crossdock.sandbox.contract import Details

ADMIN = "/admin/api/2025-07"


@dataclass(frozen=True, kw_only=True)
class Made:
    """An order that a store took in. `id`: as its API addresses it."""

    id: int
    name: str


class Merchant(Protocol):
    """Sells, asks the warehouse to ship, and ships what lies in its own shops.

    What a wire answers is returned in its own words: a fulfillment order with its id, status, request_status,
    line_items and supported_actions.
    """

    async def places(self) -> Mapping[str, int]:
        """Return the ids of locations by name."""
        ...

    async def put_up(self, article: Article, places: Mapping[str, int]) -> int:
        """Sell an article, with its stock by the ids of places; return the id of its variant. Once by its SKU."""
        ...

    async def order_status(self, order_id: int) -> str | None: ...

    async def fulfillment_orders(self, order_id: int) -> Sequence[Json]: ...

    async def create_order(
        self, order: BundledOrder, variants: Mapping[str, int], *, key: str | None = None
    ) -> Made: ...

    async def request(
        self, fulfillment_order_id: int, message: str, *, lines: Sequence[Mapping[str, int]] = ()
    ) -> None:
        """Ask the warehouse to ship, all of it or the lines named."""
        ...

    async def ask_to_stop(self, fulfillment_order_id: int, message: str) -> None: ...

    async def ship_ourselves(self, fulfillment_order_id: int, company: str, number: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class ShopifyMerchant:
    """A merchant whose programs speak Shopify's Admin REST API."""

    api: Api

    async def places(self) -> Mapping[str, int]:
        locations = (await self.api.call("GET", "/locations.json"))["locations"]
        return {each["name"]: each["id"] for each in locations}

    async def put_up(self, article: Article, places: Mapping[str, int]) -> int:
        variant = {
            "sku": article.sku,
            "price": article.price,
            "grams": article.grams,
            "inventory_management": "shopify",
        }
        product = {"title": article.title, "vendor": "Crossdock", "variants": [variant]}
        key = f"seed:{article.sku}"
        answer = await self.api.call("POST", "/products.json", {"product": product}, key=key)
        made = answer["product"]["variants"][0]
        for place, units in article.stock.items():
            level = {
                "inventory_item_id": made["inventory_item_id"],
                "location_id": places[place],
                "available": units,
            }
            await self.api.call("POST", "/inventory_levels/set.json", level, key=f"{key}:{place}")
        variant_id: int = made["id"]
        return variant_id

    async def order_status(self, order_id: int) -> str | None:
        order = (await self.api.call("GET", f"/orders/{order_id}.json"))["order"]
        status: str | None = order["fulfillment_status"]
        return status

    async def fulfillment_orders(self, order_id: int) -> Sequence[Json]:
        answer = await self.api.call("GET", f"/orders/{order_id}/fulfillment_orders.json")
        found: Sequence[Json] = answer["fulfillment_orders"]
        return found

    async def create_order(self, order: BundledOrder, variants: Mapping[str, int], *, key: str | None = None) -> Made:
        body = {
            "email": order.email,
            "financial_status": "paid",
            "inventory_behaviour": "decrement_obeying_policy",
            "shipping_address": dict(order.address),
            "shipping_lines": [{"title": "Standard", "code": "standard", "price": "5.00"}],
            "line_items": [{"variant_id": variants[line.sku], "quantity": line.quantity} for line in order.lines],
        }
        made = (await self.api.call("POST", "/orders.json", {"order": body}, key=key))["order"]
        return Made(id=made["id"], name=made["name"])

    async def request(
        self, fulfillment_order_id: int, message: str, *, lines: Sequence[Mapping[str, int]] = ()
    ) -> None:
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
class Next29Merchant:
    """A merchant whose programs speak 29 Next's Admin API. An order's id is its number there."""

    api: Api

    async def places(self) -> Mapping[str, int]:
        return {each["name"]: each["id"] for each in (await self.api.call("GET", "/locations/"))["results"]}

    async def put_up(self, article: Article, places: Mapping[str, int]) -> int:
        variant = {
            "sku": article.sku,
            "prices": [{"currency": "USD", "price": article.price}],
            "stockrecords": [
                {"location_id": places[place], "num_in_stock": units} for place, units in article.stock.items()
            ],
        }
        product = {"title": article.title, "variants": [variant]}
        made = await self.api.call("POST", "/products/", product, key=f"seed:{article.sku}")
        variant_id: int = made["variants"][0]["id"]
        return variant_id

    async def order_status(self, order_id: int) -> str | None:
        status: str = (await self.api.call("GET", f"/orders/{order_id}/"))["fulfillment_status"]
        return status

    async def fulfillment_orders(self, order_id: int) -> Sequence[Json]:
        found: Sequence[Json] = await self.api.call("GET", f"/orders/{order_id}/fulfillment-orders/")
        return found

    async def create_order(self, order: BundledOrder, variants: Mapping[str, int], *, key: str | None = None) -> Made:
        to = order.address
        body = {
            "user": {"email": order.email},
            "payment_method": "external",
            "shipping_code": "standard",
            "shipping_address": {
                "first_name": to["first_name"],
                "last_name": to["last_name"],
                "line1": to["address1"],
                "line4": to["city"],
                "postcode": to["zip"],
                "country": to["country_code"],
            },
            "lines": [{"product_id": variants[line.sku], "quantity": line.quantity} for line in order.lines],
        }
        number: str = (await self.api.call("POST", "/orders/", body, key=key))["number"]
        return Made(id=int(number), name=f"#{number}")

    async def request(
        self, fulfillment_order_id: int, message: str, *, lines: Sequence[Mapping[str, int]] = ()
    ) -> None:
        body = {"message": message, **({"fulfillment_order_line_items": list(lines)} if lines else {})}
        await self.api.call("POST", f"/fulfillment-orders/{fulfillment_order_id}/fulfillment-request/", body)

    async def ask_to_stop(self, fulfillment_order_id: int, message: str) -> None:
        path = f"/fulfillment-orders/{fulfillment_order_id}/cancellation-request/"
        await self.api.call("POST", path, {"message": message})

    async def ship_ourselves(self, fulfillment_order_id: int, company: str, number: str) -> None:
        parcel = {"tracking_info": [{"carrier": slug_of(company), "tracking_code": number}]}
        await self.api.call("POST", f"/fulfillment-orders/{fulfillment_order_id}/fulfillments/", parcel)


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
    """A merchant and the warehouse that it asks, and the means to wait until they have heard each other out.

    `variants`: what the merchant sells, ids by SKU.
    """

    merchant: Merchant
    warehouse: Warehouse
    control: Api
    variants: Mapping[str, int]

    async def settle(self) -> None:
        await self.control.call("POST", "/sandbox/settle")


def shopify_merchant(details: Details, outgoing: Outgoing) -> ShopifyMerchant:
    headers = {"X-Shopify-Access-Token": details.admin_token}
    return ShopifyMerchant(api=Api(outgoing=outgoing, base=details.store_url + ADMIN, headers=headers))


def next29_merchant(details: Details, outgoing: Outgoing, token: str) -> Next29Merchant:
    headers = {"Authorization": f"Bearer {token}", "X-29next-API-Version": STABLE}
    return Next29Merchant(api=Api(outgoing=outgoing, base=details.store_url + BASE.rstrip("/"), headers=headers))


def warehouse_for(details: Details, outgoing: Outgoing, store_id: int) -> Warehouse:
    """Return the warehouse as it works for one of its stores."""
    headers = {"Authorization": f"Bearer {details.service_token}"}
    return Warehouse(api=Api(outgoing=outgoing, base=details.service_url, headers=headers), store_id=store_id)


def control_of(details: Details, outgoing: Outgoing) -> Api:
    return Api(outgoing=outgoing, base=details.store_url)
