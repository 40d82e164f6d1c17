"""A shop to try things in: a merchant's location, a service's location, and products stocked at both."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crossdock.domain.access import MERCHANT, Caller, Reach
from crossdock.domain.catalogue import (
    CreateFulfillmentService,
    CreateProduct,
    NewVariant,
    Product,
    ProductVariant,
    SetAvailable,
)
from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FinancialStatus, Order, StockClaim
from crossdock.domain.places import Address, FulfillmentService
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import open_pool
from crossdock.runtime.secrets import Vault, new_key
from crossdock.runtime.verify import Offence
from crossdock.store import verify
from crossdock.store.database.orders import load_orders
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.setup import create_app, create_location, create_shop

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CALLBACK = "http://127.0.0.1:1025/callbacks"


@dataclass
class Scene:
    """A shop with what is in it. `dispatch` answers with the result itself."""

    pool: Pool
    dispatcher: Dispatcher
    shop_id: int
    app_id: int
    merchant_location: int
    service: FulfillmentService
    results: list[object] = field(default_factory=list)

    @property
    def merchant(self) -> Caller:
        return MERCHANT

    @property
    def warehouse(self) -> Caller:
        """The service's app, with its own scopes only."""
        reach = frozenset({Reach.ASSIGNED})
        return Caller(app_id=self.app_id, name="Acme 3PL", reads=reach, writes=reach)

    async def dispatch(
        self, command: object, caller: Caller = MERCHANT, *, key: str | None = None, by: Dispatcher | None = None
    ) -> object:
        """Carry out a command and return its result; a replayed one returns the answer that was kept."""
        held: list[object] = []

        def render(result: object, *_: object) -> Rendered:
            held.append(result)
            return Rendered(status=200, body=b"{}")

        origin = Origin(shop_id=self.shop_id, caller=caller, actor=caller.name, key=key)
        rendered = await (by or self.dispatcher).dispatch(command, origin, render)
        return rendered if rendered.replayed else held[-1]

    async def product(self, *skus: str, managed_by: str | None = "shopify", may_oversell: bool = False) -> Product:
        """Make a product with a variant for each SKU."""
        variants = tuple(
            NewVariant(sku=sku, title=sku, price=1000, managed_by=managed_by, may_oversell=may_oversell) for sku in skus
        )
        product = await self.dispatch(CreateProduct(title=" ".join(skus), variants=variants))
        assert isinstance(product, Product)
        return product

    async def stock(self, variant: ProductVariant, location_id: int, units: int) -> None:
        """Make so many units of a variant available at a location."""
        await self.dispatch(
            SetAvailable(inventory_item_id=variant.inventory_item_id, location_id=location_id, available=units)
        )

    async def order(
        self,
        *lines: tuple[ProductVariant, int],
        claim: StockClaim = StockClaim.OBEYING_POLICY,
        import_key: str | None = None,
        by: Dispatcher | None = None,
    ) -> Order:
        """Make a paid order."""
        made = await self.dispatch(new_order(*lines, claim=claim, import_key=import_key), by=by)
        assert isinstance(made, OrderCreated)
        return made.order

    async def read(self, order_id: int) -> Order:
        """Return an order as the database has it, also a deleted one."""
        async with self.pool.acquire() as connection:
            return (await load_orders(connection, self.shop_id, [order_id], deleted_too=True))[order_id]

    async def available(self, variant: ProductVariant, location_id: int) -> tuple[int, int, int]:
        """Return what is available, committed and on hand."""
        row = await self.pool.fetchrow(
            "SELECT available, committed, on_hand FROM inventory_levels"
            " WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3",
            self.shop_id,
            variant.inventory_item_id,
            location_id,
        )
        assert row is not None
        return (row["available"], row["committed"], row["on_hand"])

    async def offences(self) -> list[Offence]:
        async with self.pool.acquire() as connection:
            return await verify.offences(connection)


def new_order(
    *lines: tuple[ProductVariant, int],
    claim: StockClaim = StockClaim.OBEYING_POLICY,
    import_key: str | None = None,
) -> CreateOrder:
    return CreateOrder(
        lines=tuple(NewOrderLine(variant_id=variant.id, quantity=quantity) for variant, quantity in lines),
        financial_status=FinancialStatus.PAID,
        stock_claim=claim,
        import_key=import_key,
        shipping_address=Address(
            first_name="Bo", last_name="Ek", address1="Storgatan 1", city="Lund", country_code="SE"
        ),
    )


def new_dispatcher(pool: Pool) -> Dispatcher:
    """Make one more dispatcher, as one more web process would."""
    return Dispatcher(pool, SystemClock(), callback_urls=UrlPolicy(http=True, allowed=("127.0.0.0/8",)))


@asynccontextmanager
async def scene(url: str) -> AsyncIterator[Scene]:
    """Set a shop up in a migrated database."""
    pool = await open_pool(url, size=12, name="test")
    vault = Vault([new_key("test")])
    shop_id = await create_shop(
        pool, NOW, name="Acme Goods", subdomain="acme", domain="acme.example", email="desk@acme.example"
    )
    location = await create_location(pool, NOW, shop_id, name="Shop location")
    app = await create_app(pool, vault, NOW, shop_id, name="Acme 3PL")
    dispatcher = new_dispatcher(pool)
    place = Scene(pool, dispatcher, shop_id, app.id, location, service=None)  # type: ignore[arg-type]  # made next
    made = await place.dispatch(
        CreateFulfillmentService(name="Acme 3PL", callback_url=CALLBACK), Caller(app_id=app.id, name="Acme 3PL")
    )
    assert isinstance(made, FulfillmentService)
    place.service = made
    try:
        yield place
    finally:
        await pool.close()


async def all_of(*calls: object) -> Sequence[object]:
    """Run calls at once and return what each gave or raised."""
    return await asyncio.gather(*calls, return_exceptions=True)  # type: ignore[call-overload, no-any-return]
