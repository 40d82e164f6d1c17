"""One order: a card for each fulfillment order, its journey, and what the merchant can do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.commands import (
    CreateFulfillment,
    FulfillmentGroup,
    LineQuantity,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.orders import (
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    MerchantRequest,
    Order,
    OrderLine,
    StockClaim,
    Tracking,
    supported_actions,
)
from crossdock.domain.places import Location
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.domain.states import Status, SupportedAction
from crossdock.runtime.forms import BadForm, number, text, units
from crossdock.runtime.live import live_page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.journey import story, unavailable_units
from crossdock.store.dashboard.standing import Standing, heirs_of, order_badge, origin_of, shown, standing
from crossdock.store.dashboard.visits import Visit, address_of, desk_of, origin, visit
from crossdock.store.database.orders import load_orders

# What an order did to stock when it came in.
CLAIMS: Mapping[StockClaim, str] = MappingProxyType(
    {
        StockClaim.BYPASS: "Nothing was set aside",
        StockClaim.IGNORING_POLICY: "Set aside, also where there was not enough",
        StockClaim.OBEYING_POLICY: "Set aside, where there was enough",
    }
)

Command = SubmitFulfillmentRequest | SubmitCancellationRequest | CreateFulfillment


@dataclass(frozen=True, kw_only=True)
class CardLine:
    line: FulfillmentOrderLine
    item: OrderLine


@dataclass(frozen=True, kw_only=True)
class Card:
    """A fulfillment order as its card shows it."""

    fulfillment_order: FulfillmentOrder
    location: Location
    who: str
    standing: Standing
    lines: tuple[CardLine, ...]
    parcels: tuple[Fulfillment, ...]
    requests: tuple[MerchantRequest, ...]
    actions: frozenset[SupportedAction]
    faults: dict[int, str]
    unavailable: int
    origin: str | None
    expected: datetime | None


async def order(request: Request) -> Response:
    """Show an order."""
    return await show(request)


async def act(request: Request) -> Response:
    """Carry out what a button of a fulfillment order asks for, then show the order again."""
    form = await request.form()
    desk = desk_of(request)
    async with acquire_ready(desk.pool) as connection:
        here = await visit(request, connection)
        loaded = await load_orders(connection, here.shop.id, [order_id_of(request)])
    try:
        fulfillment_order = found(loaded, request).fulfillment_order(request.path_params["fulfillment_order"])
        command = command_of(request.path_params["action"], fulfillment_order, form)
        asked = origin(request, here.shop, key_of(request, form))
        await desk.dispatcher.tell(command, asked)
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except BadForm as problem:
        return await show(request, status=422, refused=str(problem))
    except Refusal as refusal:
        return await show(request, status=409, refused=f"The store refused this: {refusal}.")
    return RedirectResponse(order_address(request, here), 303)


async def show(request: Request, *, status: int = 200, refused: str | None = None) -> Response:
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        found_order = found(await load_orders(connection, here.shop.id, [order_id_of(request)]), request)
        moments = await story(connection, found_order.id, here)
        waiting = await unavailable_units(connection, found_order)
    telling = list(shown(found_order))
    return live_page(
        request,
        "order.html",
        "order_live.html",
        home=order_address(request, here),
        status=status,
        side="store",
        clock=here.clock,
        shop=here.shop,
        address=order_address(request, here),
        order=found_order,
        order_badge=order_badge(found_order),
        claims=CLAIMS,
        cards=[
            card(one, found_order, here, waiting.get(one.id, 0))
            for one in found_order.fulfillment_orders
            if one in telling or one.requests
        ],
        moments=moments,
        refused=refused,
        Action=SupportedAction,
    )


def order_id_of(request: Request) -> int:
    order_id = number(request.path_params["order"])
    if order_id is None:
        raise HTTPException(404)
    return order_id


def found(orders: dict[int, Order], request: Request) -> Order:
    try:
        return orders[order_id_of(request)]
    except KeyError as error:
        raise HTTPException(404) from error


def order_address(request: Request, here: Visit) -> str:
    return f"{address_of(request, here, 'orders')}/{order_id_of(request)}"


def card(fulfillment_order: FulfillmentOrder, order: Order, here: Visit, unavailable: int) -> Card:
    who = here.who(fulfillment_order.location_id)
    how = standing(fulfillment_order, who, heirs=heirs_of(order, fulfillment_order))
    return Card(
        fulfillment_order=fulfillment_order,
        location=here.locations[fulfillment_order.location_id],
        who=who,
        standing=how,
        lines=tuple(CardLine(line=line, item=order.line(line.order_line_id)) for line in fulfillment_order.lines),
        parcels=parcels_of(fulfillment_order, order.fulfillments),
        requests=fulfillment_order.requests,
        actions=frozenset(supported_actions(order, fulfillment_order)),
        faults={fault.fulfillment_order_line_id: fault.message or "at fault" for fault in how.faults},
        unavailable=unavailable,
        origin=origin_of(order, fulfillment_order),
        expected=expected_at(fulfillment_order),
    )


def expected_at(fulfillment_order: FulfillmentOrder) -> datetime | None:
    """Return when the service said, as it took the work on, that it will have shipped what is still to be shipped."""
    if fulfillment_order.status is not Status.IN_PROGRESS:
        return None
    return next((each.estimated_shipped_at for each in reversed(fulfillment_order.requests) if each.answer), None)


def parcels_of(fulfillment_order: FulfillmentOrder, fulfillments: Sequence[Fulfillment]) -> tuple[Fulfillment, ...]:
    return tuple(
        fulfillment
        for fulfillment in fulfillments
        if any(line.fulfillment_order_id == fulfillment_order.id for line in fulfillment.lines)
    )


def command_of(action: str, fulfillment_order: FulfillmentOrder, form: FormData) -> Command:
    """Turn a form into a command. Raises: BadForm, and HTTPException 404 for an action that no button has."""
    if action == SupportedAction.REQUEST_FULFILLMENT:
        return SubmitFulfillmentRequest(
            fulfillment_order_id=fulfillment_order.id,
            message=text(form, "message"),
            notify_customer="notify" in form,
            lines=chosen(fulfillment_order, form),
        )
    if action == SupportedAction.REQUEST_CANCELLATION:
        return SubmitCancellationRequest(fulfillment_order_id=fulfillment_order.id, message=text(form, "message"))
    if action == SupportedAction.CREATE_FULFILLMENT:
        group = FulfillmentGroup(fulfillment_order_id=fulfillment_order.id, lines=chosen(fulfillment_order, form))
        tracking = Tracking(number=text(form, "number"), company=text(form, "company"), url=text(form, "url"))
        return CreateFulfillment(
            groups=(group,),
            tracking=(tracking,) if tracking != Tracking() else (),
            notify_customer="notify" in form,
        )
    raise HTTPException(404)


def chosen(fulfillment_order: FulfillmentOrder, form: FormData) -> tuple[LineQuantity, ...]:
    typed = units(form, (line.id for line in fulfillment_order.lines))
    return tuple(LineQuantity(id=line_id, quantity=quantity) for line_id, quantity in typed.items())


def key_of(request: Request, form: FormData) -> str | None:
    """Return what makes a form count once: it was made for one version of the order, so a second click is a repeat."""
    version = number(str(form.get("version", "")))
    parameters = request.path_params
    if version is None:
        return None
    return f"page:{parameters['action']}:{parameters['fulfillment_order']}:{version}"
