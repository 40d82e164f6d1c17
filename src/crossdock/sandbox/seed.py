"""What a sandbox begins with unless it is empty: stock at three places, a connected warehouse, orders on their way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import resources
from itertools import count

import msgspec

from crossdock.runtime.clock import MovableClock
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.postgres.pool import open_pool
from crossdock.runtime.secrets import Vault
from crossdock.sandbox.cast import Cast, Merchant, cast_of
from crossdock.sandbox.contract import Details
from crossdock.sandbox.kept import ADDRESS, LOCATION, Kept
from crossdock.sandbox.stories import (
    BundledOrder,
    Played,
    ask,
    bundled_orders,
    cancel,
    order_body,
    send_first_unit,
    ship,
)
from crossdock.service.setup import NewStore, connect_store
from crossdock.service.stores.client import Caller
from crossdock.store.setup import create_location

HARBOUR = "Harbour shop"
WAREHOUSE = "Crossdock Warehouse"
# As many calls at once as keep a small machine busy.
AT_ONCE = 8


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is sold: units by place as the store counts them, and as the warehouse does (None: not at all)."""

    sku: str
    title: str
    price: str
    grams: int
    stock: Mapping[str, int]
    shelf: int | None


async def seed(details: Details, kept: Kept, outgoing: Outgoing) -> None:
    """Stock up and bring in orders, by the calls that make such orders in life."""
    cast, variants = await stock_up(details, kept, outgoing)
    first = {order.story: order for order in reversed(bundled_orders())}
    # One after the other, so that every sandbox has the same orders under the same names.
    played = [await _bring(cast, variants, first[story], f"seed:{place}") for place, (story, _) in enumerate(BEGUN)]
    await asyncio.gather(*(_begin(order, begin) for order, (_, begin) in zip(played, BEGUN, strict=True)))


async def stock_up(details: Details, kept: Kept, outgoing: Outgoing) -> tuple[Cast, Mapping[str, int]]:
    """Make locations and products and connect the warehouse; return who plays, and the ids of variants by SKU.

    May be done again: what is there stays.
    """
    store_id = await _connect(details, kept, outgoing)
    cast = cast_of(details, outgoing, store_id)
    names = {LOCATION: "shop", HARBOUR: "harbour", WAREHOUSE: "warehouse"}
    locations = (await cast.merchant.api.call("GET", "/locations.json"))["locations"]
    places = {names[each["name"]]: each["id"] for each in locations if each["name"] in names}
    articles = msgspec.json.decode(
        (resources.files("crossdock.sandbox") / "catalogue.json").read_bytes(), type=list[Article]
    )
    await cast.warehouse.count({each.sku: each.shelf for each in articles if each.shelf is not None})
    gate = asyncio.Semaphore(AT_ONCE)

    async def put_up(article: Article) -> int:
        async with gate:
            return await _put_up(cast, article, places)

    variants = await asyncio.gather(*map(put_up, articles))
    return cast, {article.sku: variant for article, variant in zip(articles, variants, strict=True)}


async def _connect(details: Details, kept: Kept, outgoing: Outgoing) -> int:
    """Make the second shop, and connect the warehouse to the store as its own app; return its id of the store."""
    assert kept.tokens is not None
    store = await open_pool(details.databases.store, size=1, name="crossdock-sandbox")
    service = await open_pool(details.databases.service, size=2, name="crossdock-sandbox")
    try:
        at = await MovableClock(store).now()
        await create_location(store, at, kept.tokens.shop_id, name=HARBOUR, address=ADDRESS)
        caller = Caller(pool=service, clock=MovableClock(service), vault=Vault([kept.secret_key]), outgoing=outgoing)
        new = NewStore(
            url=details.store_url,
            token=kept.tokens.warehouse,
            secret=kept.tokens.warehouse_secret,
            service_name=WAREHOUSE,
        )
        return (await connect_store(caller, new, public_url=details.service_url)).id
    finally:
        await store.close()
        await service.close()


async def _put_up(cast: Cast, article: Article, places: Mapping[str, int]) -> int:
    """Make a product with its stock; return the id of its variant."""
    merchant: Merchant = cast.merchant
    variant = {
        "sku": article.sku,
        "price": article.price,
        "grams": article.grams,
        "inventory_management": "shopify",
    }
    product = {"title": article.title, "vendor": "Crossdock", "variants": [variant]}
    key = f"seed:{article.sku}"
    made = (await merchant.api.call("POST", "/products.json", {"product": product}, key=key))["product"]["variants"][0]
    for place, units in article.stock.items():
        level = {
            "inventory_item_id": made["inventory_item_id"],
            "location_id": places[place],
            "available": units,
        }
        await merchant.api.call("POST", "/inventory_levels/set.json", level, key=f"{key}:{place}")
    variant_id: int = made["id"]
    return variant_id


async def _bring(cast: Cast, variants: Mapping[str, int], order: BundledOrder, key: str) -> Played:
    made = await cast.merchant.create_order(order_body(order, variants), key=key)
    return Played(id=made["id"], country=order.address["country_code"], cast=cast, parcels=count(1))


async def _begin(order: Played, begin: Callable[[Played], Awaitable[None]]) -> None:
    """Bring an order as far as it is to come, unless a start that was interrupted has begun with it."""
    if all(each["request_status"] == "unsubmitted" and each["status"] == "open" for each in await order.work()):
        await begin(order)


async def wait(order: Played) -> None:
    """Nobody has done anything yet."""


async def request(order: Played) -> None:
    await ask(order)


async def begin_to_ship(order: Played) -> None:
    await send_first_unit(order, await ask(order))


# Which orders there are, by the story of the bundled order, and how far each has come.
BEGUN: Sequence[tuple[str, Callable[[Played], Awaitable[None]]]] = (
    ("ship", wait),
    ("merchant", wait),
    ("split", wait),
    ("ship_in_two", request),
    ("partial_request", begin_to_ship),
    ("cancel", cancel),
    ("unknown_sku", request),
    ("out_of_stock", request),
    ("cancel_too_late", ship),
    ("split", ship),
)
