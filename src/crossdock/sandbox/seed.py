"""What a sandbox begins with unless it is empty: stock at three places, a connected warehouse, orders on their way.

The demo has a second shop, with which the warehouse works by 29 Next's wire. A sandbox has none: its service side's API
need not be told which store is meant as long as there is one, and programs rely on that.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from crossdock.domain.places import Address
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.postgres.pool import open_pool, transaction
from crossdock.runtime.secrets import Vault
from crossdock.sandbox.bundled import Article, BundledOrder, articles, bundled_orders
from crossdock.sandbox.cast import (
    Cast,
    Merchant,
    control_of,
    next29_merchant,
    shopify_merchant,
    warehouse_for,
)
from crossdock.sandbox.contract import Details
from crossdock.sandbox.kept import ADDRESS, LOCATION, WAREHOUSE, WAREHOUSE_ADDRESS, Kept
from crossdock.sandbox.second_shop import SUBDOMAIN, make_second_shop
from crossdock.sandbox.stories import Played, ask, cancel, send_first_unit, ship
from crossdock.service.database.budgets import note_budget
from crossdock.service.setup import NewStore, connect_store
from crossdock.service.stores.client import Caller
from crossdock.store.setup import create_location

HARBOUR = "Harbour shop"
PLACES = {LOCATION: "shop", HARBOUR: "harbour", WAREHOUSE: "warehouse"}
# Calls a second: more than there ever are.
UNHELD = 1000.0
# As many calls at once as keep a small machine busy.
AT_ONCE = 8


async def seed(details: Details, kept: Kept, outgoing: Outgoing) -> None:
    """Stock up and bring in orders, by the calls that make such orders in life."""
    cast = await stock_up(details, kept, outgoing)
    first = {order.story: order for order in reversed(bundled_orders()) if order.platform == "shopify"}
    # One after the other, so that every sandbox has the same orders under the same names.
    played = [await _bring(cast, first[story], f"seed:{place}") for place, (story, _) in enumerate(BEGUN)]
    await asyncio.gather(*(_begin(order, begin) for order, (_, begin) in zip(played, BEGUN, strict=True)))


async def stock_up(details: Details, kept: Kept, outgoing: Outgoing) -> Cast:
    """Make locations and products and connect the warehouse; return who plays.

    May be done again: what is there stays.
    """
    assert kept.tokens is not None
    new = NewStore(
        url=details.store_url,
        token=kept.tokens.warehouse,
        secret=kept.tokens.warehouse_secret,
        service_name=WAREHOUSE,
    )
    async with _sides(details, kept, outgoing) as sides:
        at = await MovableClock(sides.store).now()
        await create_location(sides.store, at, kept.tokens.shop_id, name=HARBOUR, address=ADDRESS)
        connected = await connect_store(sides.caller, new, public_url=details.service_url)
    merchant = shopify_merchant(details, outgoing)
    return await _cast(details, outgoing, merchant, connected.id, articles("shopify"))


async def stock_up_second(details: Details, kept: Kept, outgoing: Outgoing) -> Cast:
    """Make the second shop, with what it sells, and connect the warehouse to it; return who plays."""
    async with _sides(details, kept, outgoing) as sides:
        at = await MovableClock(sides.store).now()
        shop = await make_second_shop(sides.store, sides.caller.vault, at)
        new = NewStore(
            url=details.store_url,
            token=shop.warehouse,
            service_name=WAREHOUSE,
            platform="next29",
            shop_domain=SUBDOMAIN,
        )
        address = Address(**WAREHOUSE_ADDRESS.model_dump())
        connected = await connect_store(sides.caller, new, public_url=details.service_url, address=address)
        async with transaction(sides.caller.pool) as connection:
            # The demo holds no limits, and this platform has no way of telling that.
            await note_budget(connection, connected.id, available=UNHELD, maximum=UNHELD, per_second=UNHELD, at=at)
    merchant = next29_merchant(details, outgoing, shop.merchant)
    return await _cast(details, outgoing, merchant, connected.id, articles("next29"))


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both sides' databases: the store's, and in `caller` the service's with what it calls stores by."""

    store: Pool
    caller: Caller


@asynccontextmanager
async def _sides(details: Details, kept: Kept, outgoing: Outgoing) -> AsyncIterator[Sides]:
    store = await open_pool(details.databases.store, size=1, name="crossdock-sandbox")
    service = await open_pool(details.databases.service, size=2, name="crossdock-sandbox")
    try:
        caller = Caller(pool=service, clock=MovableClock(service), vault=Vault([kept.secret_key]), outgoing=outgoing)
        yield Sides(store=store, caller=caller)
    finally:
        await store.close()
        await service.close()


async def _cast(
    details: Details, outgoing: Outgoing, merchant: Merchant, store_id: int, sold: Sequence[Article]
) -> Cast:
    """Have a shop sell these articles, and the warehouse count its shelf."""
    warehouse = warehouse_for(details, outgoing, store_id)
    places = {PLACES[name]: place for name, place in (await merchant.places()).items() if name in PLACES}
    await warehouse.count({each.sku: each.shelf for each in sold if each.shelf is not None})
    gate = asyncio.Semaphore(AT_ONCE)

    async def put_up(article: Article) -> tuple[str, int]:
        async with gate:
            return article.sku, await merchant.put_up(article, places)

    variants = dict(await asyncio.gather(*map(put_up, sold)))
    return Cast(merchant=merchant, warehouse=warehouse, control=control_of(details, outgoing), variants=variants)


Begin = Callable[[Played], Awaitable[None]]


async def _bring(cast: Cast, order: BundledOrder, key: str) -> Played:
    made = await cast.merchant.create_order(order, cast.variants, key=key)
    return Played(id=made.id, country=order.address["country_code"], cast=cast, parcels=count(1))


async def _begin(order: Played, begin: Begin) -> None:
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
BEGUN: Sequence[tuple[str, Begin]] = (
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
