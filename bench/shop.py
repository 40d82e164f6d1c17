"""A shop to measure: one fulfillment service that stocks everything, and orders whose requests wait for its answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from bench import graphql
from bench.calls import Answer, Api, Call
from bench.floor import Recorder
from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain.places import Address
from crossdock.domain.routing.rules import RULES, RuleSetting
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings
from crossdock.store.app import open_store
from crossdock.store.setup import create_app, create_location, create_shop, issue_token

PRODUCTS = 40
PRODUCTS_TO_ROUTE = 10
CITIES = (("Stockholm", "SE"), ("Malmö", "SE"), ("Oslo", "NO"), ("Hamburg", "DE"), ("Rotterdam", "NL"))
STOCK = 100_000_000
AT_ONCE = 64  # calls under way while the shop is made ready


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What can be ordered."""

    variants: Sequence[int]

    def order(self, number: int, *, lines: int = 3) -> Call:
        """Return the call that makes an order: some lines, an address, stock claimed."""
        wanted = [
            {"variant_id": self.variants[(number * 7 + step) % len(self.variants)], "quantity": 1 + (number + step) % 3}
            for step in range(lines)
        ]
        return Call(
            method="POST",
            path="orders.json",
            body={
                "order": {
                    "line_items": wanted,
                    "email": f"customer{number}@example.com",
                    "financial_status": "paid",
                    "inventory_behaviour": "decrement_obeying_policy",
                    "shipping_address": {
                        "first_name": "Ada",
                        "last_name": f"Customer {number}",
                        "address1": "1 Dock Road",
                        "city": "Gothenburg",
                        "zip": "41104",
                        "country": "Sweden",
                        "country_code": "SE",
                    },
                }
            },
        )


def request(fulfillment_order_id: int) -> Call:
    return Call(
        method="POST",
        path=f"fulfillment_orders/{fulfillment_order_id}/fulfillment_request.json",
        body={"fulfillment_request": {"message": "Please ship."}},
    )


def accept(fulfillment_order_id: int) -> Call:
    return Call(
        method="POST",
        path=f"fulfillment_orders/{fulfillment_order_id}/fulfillment_request/accept.json",
        body={"fulfillment_request": {"message": "We will."}},
    )


def fulfil(fulfillment_order_id: int) -> Call:
    return Call(
        method="POST",
        path="fulfillments.json",
        body={
            "fulfillment": {
                "line_items_by_fulfillment_order": [{"fulfillment_order_id": fulfillment_order_id}],
                "tracking_info": {"number": f"BENCH{fulfillment_order_id}", "company": "PostNord"},
                "notify_customer": False,
            }
        },
    )


async def open_shop(url: str, settings: Settings) -> str:
    """Make a shop with an app that runs a fulfillment service, and return the app's token."""
    async with open_store(settings, url=url) as store:
        at = await SystemClock().now()
        shop_id = await create_shop(
            store.pool, at, name="Bench", subdomain="bench", domain="bench.example.com", email="bench@example.com"
        )
        await create_location(store.pool, at, shop_id, name="Shop location")
        app = await create_app(store.pool, Vault(settings.secret_keys), at, shop_id, name="Bench")
        return await issue_token(store.pool, at, shop_id, app.id, scopes=SCOPES)


async def open_routing_shop(url: str, settings: Settings) -> str:
    """Make a shop with locations in several cities, that routes by every rule there is, and return its app's token."""
    async with open_store(settings, url=url) as store:
        at = await SystemClock().now()
        shop_id = await create_shop(
            store.pool, at, name="Routes", subdomain="routes", domain="routes.example.com", email="bench@example.com"
        )
        for city, country in CITIES:
            address = Address(city=city, country_code=country)
            await create_location(store.pool, at, shop_id, name=city, address=address)
        rules = [RuleSetting(name=name) for name in RULES]
        await store.pool.execute("UPDATE shops SET routing_rules = $2 WHERE id = $1", shop_id, rules)
        app = await create_app(store.pool, Vault(settings.secret_keys), at, shop_id, name="Bench")
        return await issue_token(store.pool, at, shop_id, app.id, scopes=SCOPES)


async def spread_shelves(recorder: Recorder) -> Catalogue:
    """Put products into the routing shop, each at all of its locations but one."""
    locations = (await call(recorder, Call(method="GET", path="locations.json")))["locations"]
    variants = []
    for number in range(PRODUCTS_TO_ROUTE):
        variant = await _product(recorder, f"Parcel {number}", f"PARCEL-{number}")
        for place, location in enumerate(locations):
            if place != number % len(locations):
                await _stock(recorder, variant, location["id"])
        variants.append(variant["id"])
    return Catalogue(variants=variants)


async def fill_shelves(recorder: Recorder) -> Catalogue:
    """Register the service and stock its shelves, by calls of the API."""
    made = await call(
        recorder, Call(method="POST", path="fulfillment_services.json", body={"fulfillment_service": SERVICE})
    )
    location_id = made["fulfillment_service"]["location_id"]
    variants = []
    for number in range(PRODUCTS):
        variant = await _product(recorder, f"Thing {number}", f"THING-{number}")
        await _stock(recorder, variant, location_id)
        variants.append(variant["id"])
    return Catalogue(variants=variants)


async def _product(recorder: Recorder, title: str, sku: str) -> Any:
    variants = [{"sku": sku, "price": "19.90", "inventory_management": "shopify"}]
    body = {"product": {"title": title, "variants": variants}}
    (variant,) = (await call(recorder, Call(method="POST", path="products.json", body=body)))["product"]["variants"]
    return variant


async def _stock(recorder: Recorder, variant: Any, location_id: int) -> None:
    level = {"inventory_item_id": variant["inventory_item_id"], "location_id": location_id, "available": STOCK}
    await call(recorder, Call(method="POST", path="inventory_levels/set.json", body=level))


# It has no callback URL: what is measured is the store, not how fast somebody else answers it.
SERVICE = {"name": "Bench dockers", "tracking_support": False, "inventory_management": False}


async def waiting_requests(recorder: Recorder, catalogue: Catalogue, count: int) -> list[int]:
    """Make orders whose requests wait for an answer, and return their fulfillment orders' ids."""
    orders = await calls(recorder, [catalogue.order(number) for number in range(count)])
    ids = await fulfillment_orders(recorder.url, [made["order"]["id"] for made in orders])
    await calls(recorder, [request(each) for each in ids])
    return ids


async def unasked_work(recorder: Recorder, catalogue: Catalogue) -> None:
    """Make a page of orders with as many lines as are listed, whose work nobody asks for."""
    await calls(recorder, [catalogue.order(number, lines=graphql.LINES_EACH) for number in range(graphql.PAGE)])


async def calls(recorder: Recorder, wanted: Sequence[Call]) -> list[Any]:
    """Have calls answered, many at once."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(each: Call) -> Any:
        async with turn:
            return await call(recorder, each)

    return await asyncio.gather(*(one(each) for each in wanted))


async def call(recorder: Recorder, wanted: Call) -> Any:
    answer, _ = await recorder.record(wanted)
    return checked(answer)


def checked(answer: Answer) -> Any:
    """Return what an answer says. Raises: RuntimeError if it is a refusal, for then nothing was measured."""
    if answer.status not in (200, 201):
        raise RuntimeError(f"{answer.status}: {answer.body[:500]!r}")
    said = msgspec.json.decode(answer.body)
    if "errors" in said or any(part and part.get("userErrors") for part in said.get("data", {}).values()):
        raise RuntimeError(str(said)[:500])
    return said


async def fulfillment_orders(url: str, order_ids: Sequence[int]) -> list[int]:
    """Return the fulfillment order of each order, which has one."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT order_id, id FROM fulfillment_orders WHERE order_id = ANY ($1::bigint[])", order_ids
        )
    finally:
        await connection.close()
    of: Mapping[int, int] = {row["order_id"]: row["id"] for row in rows}
    return [of[order_id] for order_id in order_ids]


def wire(api: Api, wanted: Sequence[Call]) -> list[bytes]:
    return [api.encoded(each) for each in wanted]
