"""A store on 127.0.0.1 that keeps its orders in memory: the domain decides, the dialect's answering half speaks."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from aiohttp import web

from crossdock.dialects.operation import Call, WireError
from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify.oauth import TOKEN_PATH
from crossdock.dialects.shopify.paging import link_header
from crossdock.dialects.shopify.wire import Rendering
from crossdock.domain import commands, fulfilling, parcels, requests
from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import CreateFulfillmentService, InventoryItem
from crossdock.domain.decisions import Circumstances
from crossdock.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.queries import (
    AssignmentStatus,
    FulfillmentFound,
    FulfillmentOrderFound,
    GetFulfillmentOrder,
    GetShop,
    ListAssignedFulfillmentOrders,
    ListFulfillments,
    ListFulfillmentServices,
    ListInventoryItems,
    Page,
)
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.domain.shops import Shop
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.runtime.json import read_json, write_json
from tests.service import fake_graphql

TOKEN = "shpat_test"
SECRET = "shpss_test"
APP_ID = 7
DOMAIN = "fake.crossdock.test"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DECIDES: dict[type, Callable[..., Any]] = {
    commands.SubmitFulfillmentRequest: requests.submit_fulfillment_request,
    commands.AcceptFulfillmentRequest: requests.accept_fulfillment_request,
    commands.RejectFulfillmentRequest: requests.reject_fulfillment_request,
    commands.SubmitCancellationRequest: requests.submit_cancellation_request,
    commands.AcceptCancellationRequest: requests.accept_cancellation_request,
    commands.RejectCancellationRequest: requests.reject_cancellation_request,
    commands.CloseFulfillmentOrder: requests.close_fulfillment_order,
    commands.CreateFulfillment: fulfilling.create_fulfillment,
    commands.UpdateTracking: parcels.update_tracking,
    commands.CancelFulfillment: parcels.cancel_fulfillment,
    commands.AddCarrierEvent: parcels.add_carrier_event,
}
LISTED = {
    AssignmentStatus.FULFILLMENT_REQUESTED: {RequestStatus.SUBMITTED},
    AssignmentStatus.CANCELLATION_REQUESTED: {RequestStatus.CANCELLATION_REQUESTED},
    AssignmentStatus.FULFILLMENT_ACCEPTED: {RequestStatus.ACCEPTED, RequestStatus.CANCELLATION_REJECTED},
}


@dataclass(kw_only=True)
class FakeStore:
    """The shop and what it was asked. `heard` has the writes by operation name; the switches make it misbehave."""

    url: str = ""
    transport: str = "graphql"
    ids: Iterator[int] = field(default_factory=lambda: count(1001))
    orders: dict[int, Order] = field(default_factory=dict)
    skus: dict[int, str | None] = field(default_factory=dict)
    service: FulfillmentService | None = None
    heard: list[tuple[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    down: bool = False
    loses_answers: int = 0
    refuses: dict[str, int] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    graphql_answers: list[Any] = field(default_factory=list)
    subscriptions: list[Any] = field(default_factory=list)
    refused_topics: set[str] = field(default_factory=set)
    on_hand: dict[int, int] = field(default_factory=dict)
    token: str = TOKEN
    code: str | None = None
    page: int = 250
    at: datetime = AT

    @property
    def shop(self) -> Shop:
        return Shop(
            id=1,
            name="Fake",
            domain=DOMAIN,
            subdomain="fake",
            email="shop@fake.test",
            currency="EUR",
            timezone="UTC",
            address=Address(country_code="DE"),
            primary_location_id=1,
            created_at=AT,
            updated_at=AT,
        )

    @property
    def locations(self) -> dict[int, Location]:
        return {2: Location(id=2, name="Crossdock", address=Address(country_code="DE"), service=self.service)}

    # -- the merchant's hands

    def order(self, *lines: tuple[str | None, int], name: str | None = None) -> int:
        """Take an order of units by SKU in, and return its fulfillment order at the service."""
        order_id, fulfillment_order_id = next(self.ids), next(self.ids)
        goods = []
        for sku, quantity in lines:
            item = next((id for id, known in self.skus.items() if known == sku), None) or next(self.ids)
            self.skus[item] = sku
            goods.append(
                OrderLine(
                    id=next(self.ids), title=sku or "?", quantity=quantity, price=1, inventory_item_id=item, sku=sku
                )
            )
        work = FulfillmentOrder(
            id=fulfillment_order_id,
            location_id=2,
            place=Place.SERVICE,
            status=Status.OPEN,
            request_status=RequestStatus.UNSUBMITTED,
            lines=tuple(
                FulfillmentOrderLine(
                    id=next(self.ids),
                    order_line_id=line.id,
                    inventory_item_id=line.inventory_item_id,
                    variant_id=None,
                    quantity=line.quantity,
                    remaining=line.quantity,
                )
                for line in goods
            ),
            created_at=self.at,
            updated_at=self.at,
        )
        self.orders[order_id] = Order(
            id=order_id,
            shop_id=1,
            number=order_id,
            name=name or f"#{order_id}",
            currency="EUR",
            created_at=self.at,
            updated_at=self.at,
            processed_at=self.at,
            lines=tuple(goods),
            fulfillment_orders=(work,),
            shipping_address=Address(first_name="Ada", city="Berlin", country_code="DE"),
        )
        return fulfillment_order_id

    def request(self, fulfillment_order_id: int) -> int:
        """Request fulfillment, and return what was submitted: of work that was given back, a new one."""
        command = commands.SubmitFulfillmentRequest(fulfillment_order_id=fulfillment_order_id, message="please")
        submitted: int = self.do(command).submitted.id
        return submitted

    def ask(self, *lines: tuple[str | None, int], name: str | None = None) -> int:
        """Take an order in and request its fulfillment."""
        return self.request(self.order(*lines, name=name))

    def cancel(self, fulfillment_order_id: int) -> None:
        self.do(commands.SubmitCancellationRequest(fulfillment_order_id=fulfillment_order_id))

    def do(self, command: Any, caller: Caller = MERCHANT) -> Any:
        order = self.addressed(command)
        circumstances = Circumstances(at=self.at, ids=self.ids, locations=self.locations, caller=caller)
        decision = DECIDES[type(command)](order, command, circumstances)
        self.orders[order.id] = decision.order
        return decision.result

    def addressed(self, command: Any) -> Order:
        if fulfillment_id := getattr(command, "fulfillment_id", None):
            for order in self.orders.values():
                if any(each.id == fulfillment_id for each in order.fulfillments):
                    return order
            raise NotFound("fulfillment", fulfillment_id)
        ids = [each.fulfillment_order_id for each in getattr(command, "groups", ())] or [command.fulfillment_order_id]
        return self.order_of(ids[0])

    def order_of(self, fulfillment_order_id: int) -> Order:
        for order in self.orders.values():
            if any(each.id == fulfillment_order_id for each in order.fulfillment_orders):
                return order
        raise NotFound("fulfillment order", fulfillment_order_id)

    def work(self, fulfillment_order_id: int) -> FulfillmentOrder:
        return self.order_of(fulfillment_order_id).fulfillment_order(fulfillment_order_id)

    def state(self, fulfillment_order_id: int) -> tuple[str, str]:
        work = self.work(fulfillment_order_id)
        return work.status.value, work.request_status.value

    def put(self, fulfillment_order_id: int, **state: Any) -> None:
        """Change a fulfillment order behind everybody's back."""
        order = self.order_of(fulfillment_order_id)
        self.orders[order.id] = order.replacing(replace(order.fulfillment_order(fulfillment_order_id), **state))

    def heard_of(self, operation: str) -> list[Any]:
        return [command for name, command in self.heard if name == operation]

    # -- the wire

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503, text="down")
        if request.path == TOKEN_PATH:
            given: Any = read_json(await request.read())
            if (given["client_secret"], given["code"]) != (SECRET, self.code):
                return web.json_response({"error": "invalid_request"}, status=400)
            self.code = None
            return web.json_response({"access_token": self.token, "scope": "read_products,write_inventory"})
        if request.headers.get("X-Shopify-Access-Token") != self.token:
            return web.json_response({"errors": "[API] Invalid API key"}, status=401)
        path = re.sub(r"^/admin/api/[^/]+/", "", request.path)
        if path == "graphql.json":
            return await self.executed(request)
        for operation in SHOPIFY.operations:
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
            match = re.fullmatch(pattern, path)
            if match and operation.method == request.method:
                return await self.carried(request, operation, path, match.groupdict())
        return web.json_response({"errors": "Not Found"}, status=404)

    async def executed(self, request: web.Request) -> web.StreamResponse:
        """Answer a GraphQL document; what `refuses` says no to is refused in its way."""
        body: Any = read_json(await request.read())
        name = body["operationName"]
        self.calls.append(name)
        if gate := self.gates.get(name):
            await gate.wait()
        if self.graphql_answers:
            given = self.graphql_answers.pop(0)
            return given if isinstance(given, web.Response) else web.json_response(given)
        if status := self.refuses.get(name):
            if status not in {404, 422}:
                return web.json_response({"errors": "no"}, status=status, headers={"Retry-After": "30.0"})
            no = {"userErrors": [{"field": None, "message": "no"}]}
            return web.json_response({"data": {"mutation": no if status == 422 else None}})
        key = request.headers.get("Idempotency-Key")
        if key in self.answers:
            return web.Response(body=self.answers[key][1], content_type="application/json")
        answer = fake_graphql.answer(self, body)
        if key:
            self.answers[key] = (200, write_json(answer))
        if self.loses_answers and body["query"].startswith("mutation"):
            self.loses_answers -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(answer)

    async def carried(
        self, request: web.Request, operation: Any, path: str, parameters: dict[str, str]
    ) -> web.StreamResponse:
        self.calls.append(operation.name)
        if gate := self.gates.get(operation.name):
            await gate.wait()
        if status := self.refuses.get(operation.name):
            return web.json_response({"errors": ["no"]}, status=status, headers={"Retry-After": "30.0"})
        body = await request.read()
        key = request.headers.get("Idempotency-Key")
        if key in self.answers:
            status, text = self.answers[key]
        else:
            call = Call(
                method=request.method,
                path=path,
                query=tuple(request.query.items()),
                body=read_json(body) if body else None,
                parameters=parameters,
            )
            status, text, headers = self.done(operation, call)
            if key and status < 300:
                self.answers[key] = (status, text)
            if self.loses_answers and operation.writes:
                self.loses_answers -= 1
                assert request.transport is not None
                request.transport.abort()
            return web.Response(status=status, body=text, headers=headers, content_type="application/json")
        return web.Response(status=status, body=text, content_type="application/json")

    def done(self, operation: Any, call: Call) -> tuple[int, bytes, dict[str, str]]:
        headers: dict[str, str] = {}
        command: Any = None
        try:
            command = operation.decode(call)
            result = self.result(command)
        except WireError as error:
            status, answer = SHOPIFY.answer_wire_error(error)
            return status, write_json(answer), headers
        except Refusal as refusal:
            status, answer = SHOPIFY.answer_refusal(refusal, command)
            return status, write_json(answer), headers
        if operation.writes:
            self.heard.append((operation.name, command))
        if isinstance(result, Page):
            link = link_header(call, command.window, result, url=f"{self.url}/admin/api/2026-07/{call.path}")
            headers = {"Link": link} if link else {}
        context = Rendering(
            shop=self.shop,
            locations=self.locations,
            version="2026-07",
            base_url=self.url,
            order_reference=bool(getattr(command, "order_reference", False)),
        )
        return operation.status, write_json(operation.encode_result(result, context)), headers

    def result(self, command: Any) -> Any:
        match command:
            case GetShop():
                return self.shop
            case ListFulfillmentServices():
                return (self.service,) if self.service else ()
            case CreateFulfillmentService():
                self.service = FulfillmentService(
                    id=3,
                    app_id=APP_ID,
                    name=command.name,
                    handle="crossdock",
                    location_id=2,
                    callback_url=command.callback_url,
                )
                return self.service
            case ListInventoryItems():
                return tuple(
                    InventoryItem(
                        id=id, tracked=True, requires_shipping=True, created_at=AT, updated_at=AT, sku=self.skus[id]
                    )
                    for id in command.ids
                    if id in self.skus
                )
            case GetFulfillmentOrder():
                order = self.order_of(command.fulfillment_order_id)
                return FulfillmentOrderFound(
                    order=order, fulfillment_order=order.fulfillment_order(command.fulfillment_order_id)
                )
            case ListFulfillments():
                order = self.order_of(command.fulfillment_order_id or 0)
                return Page(items=tuple(FulfillmentFound(order=order, fulfillment=each) for each in order.fulfillments))
            case ListAssignedFulfillmentOrders():
                return self.listed(command)
            case _:
                return self.do(command, Caller(app_id=APP_ID, name="Crossdock", reads=MERCHANT.reads))

    def listed(self, command: ListAssignedFulfillmentOrders) -> Page[FulfillmentOrderFound]:
        wanted = LISTED[command.assignment_status] if command.assignment_status else set(RequestStatus)
        found = [
            FulfillmentOrderFound(order=order, fulfillment_order=work)
            for order in self.orders.values()
            for work in order.fulfillment_orders
            if work.status is not Status.CLOSED
            and work.request_status in wanted
            and work.id > (command.window.after or 0)
        ]
        limit = min(self.page, command.window.limit)
        part = tuple(found[:limit])
        return Page(items=part, next=part[-1].fulfillment_order.id if len(found) > limit else None)


@asynccontextmanager
async def fake_store() -> AsyncIterator[FakeStore]:
    store = FakeStore()
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
