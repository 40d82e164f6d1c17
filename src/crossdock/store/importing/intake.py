"""Bringing the orders of a file into a shop: each of them once, whole or not at all."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from crossdock.dialects.shopify.wire import read_money
from crossdock.domain.assortment import AddArticles, FindVariants, NewArticle
from crossdock.domain.commands import CreateOrder, NewOrderLine, SubmitFulfillmentRequest
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FinancialStatus, StockClaim
from crossdock.domain.places import Location
from crossdock.domain.queries import GetShop
from crossdock.domain.refusals import AlreadyImported, Refusal
from crossdock.domain.shops import Shop
from crossdock.domain.states import Place
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.origin import Origin
from crossdock.store.importing.reading import FileLine, FileOrder, OrderFile, Skipped

# So many orders wait for the same few transactions.
AT_ONCE = 32
ARTICLES_AT_ONCE = 500


class NoSuchLocation(Exception):
    """The shop has no location of the name that was given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """How orders are brought in. `stock`: units to begin with of SKUs that the shop does not have; None: refuse them.

    `location`: the name of the place where these units lie; without it the service's, else the first one. `request`:
    ask the service at once to ship what lies at its location.
    """

    stock: int | None = None
    location: str | None = None
    claim: StockClaim = StockClaim.BYPASS
    request: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """An order that is in the shop for good. `new` is False when an earlier run brought it."""

    name: str
    lines: int
    new: bool


Tell = Callable[[Taken | Skipped], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The shop that orders are brought to, and how. `variants`: ids by SKU."""

    dispatcher: Dispatcher
    origin: Origin
    shop: Shop
    wishes: Wishes
    variants: Mapping[str, int]


async def take_in(dispatcher: Dispatcher, origin: Origin, file: OrderFile, wishes: Wishes, tell: Tell) -> None:
    """Bring in the orders of a file. `tell` hears of each order after it is committed, and of each row left out.

    An order is known by its name in the file: one that is there is passed over, so running again adds nothing twice.
    Raises: NoSuchLocation, before anything is done.
    """
    for skipped in file.skipped:
        tell(skipped)
    shop, _, locations = await dispatcher.ask(GetShop(), origin)
    if wishes.stock is not None:
        place = _location(locations, wishes.location)
        for articles in _articles(file, shop):
            stocked = AddArticles(articles=articles, location_id=place.id, available=wishes.stock)
            await dispatcher.tell(stocked, origin)
    skus = tuple({line.sku for order in file.orders for line in order.lines})
    variants, _, _ = await dispatcher.ask(FindVariants(skus=skus), origin)
    desk = Desk(dispatcher=dispatcher, origin=origin, shop=shop, wishes=wishes, variants=variants)
    waiting = iter(file.orders)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(_take_each(desk, waiting, tell))


async def _take_each(desk: Desk, waiting: Iterator[FileOrder], tell: Tell) -> None:
    for order in waiting:
        for told in await _take(desk, order):
            tell(told)


async def _take(desk: Desk, order: FileOrder) -> list[Taken | Skipped]:
    """Bring in one order with the lines whose SKUs are known."""
    known = tuple(line for line in order.lines if line.sku in desk.variants)
    told: list[Taken | Skipped] = [
        Skipped(line=line.row, order=order.name, reason=f"SKU {line.sku!r} is not in the catalogue")
        for line in order.lines
        if line.sku not in desk.variants
    ]
    if not known:
        return told
    try:
        made: OrderCreated = await desk.dispatcher.tell(_command(desk, order, known), desk.origin)
    except AlreadyImported:
        return [*told, Taken(name=order.name, lines=len(known), new=False)]
    except Refusal as refusal:
        return [*told, *(Skipped(line=line.row, order=order.name, reason=str(refusal)) for line in known)]
    if desk.wishes.request:
        for fulfillment_order in made.order.fulfillment_orders:
            if fulfillment_order.place is Place.SERVICE:
                request = SubmitFulfillmentRequest(fulfillment_order_id=fulfillment_order.id, message="Please ship.")
                await desk.dispatcher.tell(request, desk.origin)
    return [*told, Taken(name=order.name, lines=len(known), new=True)]


def _command(desk: Desk, order: FileOrder, lines: tuple[FileLine, ...]) -> CreateOrder:
    currency = order.currency or desk.shop.currency
    return CreateOrder(
        name=order.name,
        import_key=f"import:{order.name}",
        source_name="import",
        currency=currency,
        email=order.email,
        phone=order.phone,
        note=order.note,
        tags=order.tags,
        financial_status=order.financial_status or FinancialStatus.PAID,
        stock_claim=desk.wishes.claim,
        shipping_address=order.address,
        shipping_title=order.shipping_title,
        processed_at=order.created_at,
        lines=tuple(
            NewOrderLine(
                variant_id=desk.variants[line.sku],
                quantity=line.quantity,
                title=line.title,
                price=None if line.price is None else read_money(str(line.price), currency),
                vendor=line.vendor,
                requires_shipping=line.requires_shipping,
            )
            for line in lines
        ),
    )


def _articles(file: OrderFile, shop: Shop) -> Iterator[tuple[NewArticle, ...]]:
    """Give what the file sells, as its first line of each SKU has it, so many at a time."""
    by_sku: dict[str, NewArticle] = {}
    for order in file.orders:
        for line in order.lines:
            price = read_money(str(line.price or 0), shop.currency)
            by_sku.setdefault(line.sku, NewArticle(sku=line.sku, title=line.title, price=price))
    articles = tuple(by_sku.values())
    for start in range(0, len(articles), ARTICLES_AT_ONCE):
        yield articles[start : start + ARTICLES_AT_ONCE]


def _location(locations: Mapping[int, Location], name: str | None) -> Location:
    """Return the location of this name; without one the service's, else the first. Raises: NoSuchLocation."""
    if name is not None:
        for location in locations.values():
            if location.name.lower() == name.lower():
                return location
        names = ", ".join(location.name for location in locations.values())
        raise NoSuchLocation(f"the shop has no location {name!r}, but {names or 'none at all'}")
    of_services = [location for location in locations.values() if location.place is Place.SERVICE]
    for location in (*of_services, *locations.values()):
        if location.active:
            return location
    raise NoSuchLocation("the shop has no active location")
