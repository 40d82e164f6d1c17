"""The store in virtual time: its real edge, batch and decisions over facts that lie in memory and survive."""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any, cast
from urllib.parse import urlsplit

from crossdock.dialects.deliveries import Posted
from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify import callback
from crossdock.domain.catalogue import InventoryItem
from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.orders import Order, StockClaim
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.queries import (
    FulfillmentFound,
    FulfillmentOrderFound,
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListFulfillments,
    ListInventoryItems,
    Page,
)
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.domain.routing.rules import RuleSetting
from crossdock.domain.shops import Shop
from crossdock.domain.states import Status
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.variants import Variant
from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.exchange.verdicts import End, Message, judge_by_status
from crossdock.runtime.http.outgoing import OutgoingAnswer, OutgoingRequest
from crossdock.store.api.shopify import ShopifyApi
from crossdock.store.database.facts import Facts
from crossdock.store.database.shops import Premises
from crossdock.store.dispatch.access import Access
from crossdock.store.dispatch.batch import Batch, Task
from crossdock.store.dispatch.calls import Render, Rendered
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.fulfillment_order_queries import REQUEST_STATUSES
from crossdock.store.handlers.windows import window_over
from tests.integration.virtual.network import START, Node, Time, Weather
from tests.integration.virtual.outbox import Courier, Outbox

SHOP, APP, PLACE, OWN_PLACE = 1, 7, 2, 3
URL, DOMAIN, CALLBACK = "http://virtual", "virtual.crossdock.test", "http://warehouse/callbacks/1"
TOKEN, SECRET = "shpat_virtual", "shpss_virtual"
STOCKED = 1000
KEY_HEADER = "Idempotency-Key"
VERSION = "2026-07"
SCOPES = ("read_assigned_fulfillment_orders", "write_assigned_fulfillment_orders", "read_inventory", "read_orders",
          "write_fulfillments", "read_fulfillments")  # fmt: skip

SERVICE = FulfillmentService(
    id=5, app_id=APP, name="Dockers", handle="dockers", location_id=PLACE, callback_url=CALLBACK
)
PREMISES = Premises(
    id=SHOP,
    last_order_number=1000,
    locations=(Location(id=PLACE, name="Dockers", address=Address(country_code="DE"), service=SERVICE),),
    routing_rules=(RuleSetting(name="available_stock"),),
)
THE_SHOP = Shop(
    id=SHOP,
    name="Virtual",
    domain=DOMAIN,
    subdomain="virtual",
    email="shop@virtual.test",
    currency="EUR",
    timezone="UTC",
    address=Address(country_code="DE"),
    primary_location_id=PLACE,
    created_at=START,
    updated_at=START,
)


def empty() -> Facts:
    return Facts(
        orders={},
        order_of={},
        order_of_fulfillment={},
        shops={SHOP: THE_SHOP},
        premises={SHOP: PREMISES},
        locations={SHOP: PREMISES.by_id()},
        variants={},
        levels={},
        shipping_methods={},
        details={},
        imported={},
        keys={},
        subscribers={},
        ids=(),
    )


def run_now(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run what waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


@dataclass(kw_only=True)
class VirtualStore:
    """A shop with one fulfillment service. `facts` and `outbox` survive; `takes_keys` False plants a fault."""

    time: Time
    weather: Weather
    facts: Facts = field(default_factory=empty)
    outbox: Outbox = field(default_factory=Outbox)
    skus: dict[int, str] = field(default_factory=dict)
    ids: "count[int]" = field(default_factory=lambda: count(5000))
    takes_keys: bool = True

    def __post_init__(self) -> None:
        self.web = Node(time=self.time, weather=self.weather, serve=self.serve)
        self.worker = Node(time=self.time, weather=self.weather)
        self.api = ShopifyApi(cast(Any, self), cast(Any, self))

    def connect(self, warehouse: Node) -> None:
        """Have requests announced to a warehouse."""
        self.courier = Courier(
            node=self.worker,
            outbox=self.outbox,
            to=warehouse,
            prepare=signed,
            judge=judge_by_status,
            profiles={SHOPIFY.name: Profile(delays=SHOPIFY.retry_delays)},
            on_end=ignore,
        )
        self.worker.boot = self.courier.boot

    # -- the merchant's hands

    def order(self, name: str, *lines: tuple[str, int]) -> int:
        """Take an order of units by SKU in; each SKU is the order's own."""
        variants = {sku: self.variant(sku) for sku, _ in lines}
        command = CreateOrder(
            name=name,
            lines=tuple(NewOrderLine(variant_id=variants[sku], quantity=quantity) for sku, quantity in lines),
            stock_claim=StockClaim.OBEYING_POLICY,
            shipping_address=Address(first_name="Ada", city="Berlin", country_code="DE"),
        )
        result = self.do(command)
        return int(result.order.id)

    def variant(self, sku: str) -> int:
        id, item = next(self.ids), next(self.ids)
        made = Variant(id=id, product_id=id, inventory_item_id=item, title=sku, price=100, sku=sku)
        self.facts.variants = {**self.facts.variants, (SHOP, id): made}
        self.facts.levels[SHOP, item, PLACE] = InventoryLevel(
            inventory_item_id=item, location_id=PLACE, available=STOCKED
        )
        self.skus[item] = sku
        return id

    def do(self, command: Any) -> Any:
        """Carry out what the merchant wants, and return the result. Raises: Refusal."""
        results: list[Any] = []

        def keep(result: Any, _shop: Shop, _locations: Mapping[int, Location]) -> Rendered:
            results.append(result)
            return Rendered(status=200, body=b"")

        self.carried_out(command, Origin(shop_id=SHOP), keep)
        return results[0]

    def one(self, order_id: int) -> Order:
        return self.facts.orders[SHOP, order_id]

    def carried_out(self, command: Any, origin: Origin, render: Render) -> Rendered:
        """Do a transaction's work: decide, and let what was decided survive. Raises: Refusal."""
        batch = Batch(facts=self.facts, at=self.time.now, ids=self.ids)
        answer = batch.answer(Task(command=command, origin=origin, render=render))
        if isinstance(answer, Refusal):
            raise answer
        if batch.numbered[SHOP]:
            number = self.facts.premises[SHOP].last_order_number + batch.numbered[SHOP]
            self.facts.premises = {SHOP: replace(PREMISES, last_order_number=number)}
        self.outbox.post(batch.rows.messages, self.time.now)
        if batch.announced:
            self.courier.wake()
        return answer

    # -- the wire

    def serve(self, request: OutgoingRequest) -> OutgoingAnswer:
        """Answer a call by the real edge."""
        url = urlsplit(request.url)
        headers = dict(request.headers)
        if not self.takes_keys:
            headers.pop(KEY_HEADER, None)
        scope = {
            "type": "http",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "query_string": url.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        run_now(self.api(scope, receive, send))
        begin, *bodies = sent
        return OutgoingAnswer(
            status=begin["status"],
            headers={str(name, "latin-1"): str(value, "latin-1") for name, value in begin["headers"]},
            body=b"".join(each["body"] for each in bodies),
            duration=timedelta(0),
        )

    # -- what the edge asks of the dispatcher and of the gate

    async def admit(self, token: str, platform: str, *, address: str) -> Access | None:  # as the gate
        if token != TOKEN:
            return None
        return Access(
            platform=platform,
            shop_id=SHOP,
            subdomain=THE_SHOP.subdomain,
            currency=THE_SHOP.currency,
            app_id=APP,
            app_name="Dockers",
            scopes=frozenset(SCOPES),
            token=APP,
        )

    async def draw(self, _access: Access, _wire: str, *, size: float, leak: float, cost: float = 1) -> float | None:
        return 1

    async def dispatch(self, command: Any, origin: Origin, render: Render) -> Rendered:
        return self.carried_out(command, origin, render)

    async def note_refusal(self, origin: Origin, rendered: Rendered) -> None:
        """Nothing here reads the ledger of calls."""

    async def ask(self, query: Any, origin: Origin) -> tuple[Any, Shop, Mapping[int, Location]]:
        locations = self.facts.locations[SHOP]
        assert origin.caller.app_id == APP
        return self.found(query), THE_SHOP, locations

    def found(self, query: Any) -> Any:
        match query:
            case ListAssignedFulfillmentOrders():
                return self.assigned(query)
            case GetFulfillmentOrder(fulfillment_order_id=id):
                key = self.facts.order_of.get((SHOP, id))
                if key is None:
                    raise NotFound("fulfillment order", id)
                order = self.facts.orders[key]
                return FulfillmentOrderFound(order=order, fulfillment_order=order.fulfillment_order(id))
            case ListFulfillments(fulfillment_order_id=id):
                order = self.facts.orders[self.facts.order_of[SHOP, id or 0]]
                found = [FulfillmentFound(order=order, fulfillment=each) for each in order.fulfillments]
                return window_over(query.window, found, lambda each: each.fulfillment.id)
            case ListInventoryItems(ids=ids):
                return tuple(self.item(id) for id in ids if id in self.skus)
            case other:
                raise AssertionError(other)

    def assigned(self, query: ListAssignedFulfillmentOrders) -> Page[FulfillmentOrderFound]:
        assert query.assignment_status is not None
        wanted: Sequence[Any] = REQUEST_STATUSES[query.assignment_status]
        found = [
            FulfillmentOrderFound(order=order, fulfillment_order=each)
            for order in self.facts.orders.values()
            for each in order.fulfillment_orders
            if each.request_status in wanted and each.status is not Status.CLOSED
        ]
        return window_over(query.window, found, lambda each: each.fulfillment_order.id)

    def item(self, id: int) -> InventoryItem:
        return InventoryItem(
            id=id, tracked=True, requires_shipping=True, created_at=START, updated_at=START, sku=self.skus[id]
        )


def signed(message: Message) -> OutgoingRequest:
    """Sign an announcement as the real store does."""
    posted = Posted(
        topic=None,
        shop_domain=DOMAIN,
        subdomain=DOMAIN.partition(".")[0],
        version=VERSION,
        message_id=message.message_id,
        action=message.message_id,
        posted_at=message.created_at,
        body=message.body,
        secret=SECRET,
    )
    return OutgoingRequest(
        method=message.method,
        url=message.url,
        headers={**callback.delivery_headers(posted), **message.headers},
        body=message.body,
    )


def ignore(_message: Message, _end: End) -> None:
    """An announcement that dies is nobody's loss: the service polls."""
