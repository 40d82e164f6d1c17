"""One assignment: what to ship from which shelf, its parcels, its journey, and what the warehouse can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.carriers import CARRIERS, tracking_url
from crossdock.domain.orders import Tracking
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.runtime.clock import ClockFace, read_face
from crossdock.runtime.connection import Connection
from crossdock.runtime.forms import BadForm, number, text, units
from crossdock.runtime.live import live_page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.desk import Client, actor_of, clients, desk_of
from crossdock.service.dashboard.journey import story
from crossdock.service.dashboard.standing import standing
from crossdock.service.database.assignments import Assignment, Line, Stage, load
from crossdock.service.database.parcels import Parcel, parcels_where
from crossdock.service.database.shelf import Stock
from crossdock.service.handlers.closing import CloseAssignment
from crossdock.service.handlers.shipping import PackedLine, ShipParcel


@dataclass(frozen=True, kw_only=True)
class Visit:
    """The assignment that a request's address names."""

    store: Client
    assignment: Assignment
    clock: ClockFace


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line with what its shelf has; `stock` None: the SKU is not kept here."""

    line: Line
    stock: Stock | None


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A parcel with where it can be followed."""

    parcel: Parcel
    tracking: Tracking


async def assignment(request: Request) -> Response:
    """Show an assignment."""
    return await show(request)


async def ship(request: Request) -> Response:
    """Book a parcel, then show the assignment again."""
    form = await request.form()
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
    try:
        await desk_of(request).dispatcher.dispatch(parcel_of(here.assignment, form), actor=actor_of(request))
    except BadForm as problem:
        return await show(request, status=422, refused=str(problem))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except Refusal as refusal:
        return await show(request, status=409, refused=f"Not booked: {refusal}.")
    return RedirectResponse(request.url.path.removesuffix("/parcels"), 303)


async def give_back(request: Request) -> Response:
    """Give the rest back to the merchant, then show the assignment again."""
    form = await request.form()
    async with acquire_ready(desk_of(request).pool) as connection:
        known = (await visit(request, connection)).assignment
    command = CloseAssignment(
        store_id=known.store_id, fulfillment_order_id=known.fulfillment_order_id, message=text(form, "message")
    )
    try:
        await desk_of(request).dispatcher.dispatch(command, actor=actor_of(request))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except Refusal as refusal:
        return await show(request, status=409, refused=f"Not given back: {refusal}.")
    return RedirectResponse(request.url.path.removesuffix("/close"), 303)


async def visit(request: Request, connection: Connection) -> Visit:
    """Return what the address names. Raises: HTTPException 404."""
    store_id = number(str(request.path_params["store"]))
    fulfillment_order_id = number(str(request.path_params["fulfillment_order"]))
    if store_id is None or fulfillment_order_id is None:
        raise HTTPException(404)
    stores = await clients(connection)
    if store_id not in stores:
        raise HTTPException(404)
    found = await load(connection, store_id, [fulfillment_order_id])
    if fulfillment_order_id not in found:
        raise HTTPException(404)
    clock = await read_face(desk_of(request).clock, connection)
    return Visit(store=stores[store_id], assignment=found[fulfillment_order_id], clock=clock)


async def show(request: Request, *, status: int = 200, refused: str | None = None) -> Response:
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        known = here.assignment
        shelf = await shelf_of(connection, known)
        parcels = await parcels_where(
            connection,
            "p.store_id = $1 AND p.fulfillment_order_id = $2 ORDER BY p.id",
            known.store_id,
            known.fulfillment_order_id,
        )
        moments = await story(connection, known, here.store)
    root = request.scope.get("root_path", "")
    address = f"{root}/stores/{known.store_id}/assignments/{known.fulfillment_order_id}"
    return live_page(
        request,
        "assignment.html",
        "assignment_live.html",
        home=address,
        status=status,
        side="service",
        clock=here.clock,
        address=address,
        store=here.store,
        assignment=known,
        standing=standing(known),
        items=[Item(line=line, stock=shelf.get(line.sku or "")) for line in known.lines],
        parcels=[Shipped(parcel=parcel, tracking=tracking_of(parcel)) for parcel in parcels],
        ready=known.status is Stage.ACCEPTED and known.left > 0,
        carriers=CARRIERS,
        moments=moments,
        refused=refused,
    )


async def shelf_of(connection: Connection, known: Assignment) -> Mapping[str, Stock]:
    rows = await connection.fetch(
        "SELECT sku, on_hand, allocated FROM shelf WHERE store_id = $1 AND sku = ANY ($2::text[])",
        known.store_id,
        [line.sku for line in known.lines if line.sku is not None],
    )
    return {row["sku"]: Stock(on_hand=row["on_hand"], allocated=row["allocated"]) for row in rows}


def tracking_of(parcel: Parcel) -> Tracking:
    told = Tracking(number=parcel.tracking_number, company=parcel.carrier)
    return Tracking(number=told.number, company=told.company, url=tracking_url(told))


def parcel_of(known: Assignment, form: FormData) -> ShipParcel:
    """Turn the form into a parcel. Raises: BadForm."""
    carrier, tracking_number = text(form, "carrier"), text(form, "number")
    if carrier is None or tracking_number is None:
        raise BadForm("A parcel needs a carrier and a tracking number.")
    packed = units(form, (line.id for line in known.lines))
    return ShipParcel(
        store_id=known.store_id,
        fulfillment_order_id=known.fulfillment_order_id,
        carrier=carrier,
        tracking_number=tracking_number,
        lines=tuple(PackedLine(id=line_id, quantity=quantity) for line_id, quantity in packed.items()),
    )
