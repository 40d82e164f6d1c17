"""One assignment: what to ship from which shelf, its parcels, its journey, and what the warehouse can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.carriers import CARRIERS, tracking_url
from crossdock.domain.orders import RejectionReason, Tracking
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.runtime.clock import ClockFace, read_face
from crossdock.runtime.connection import Connection
from crossdock.runtime.forms import BadForm, number, text, units
from crossdock.runtime.live import live_page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.desk import Client, actor_of, clients, desk_of
from crossdock.service.dashboard.journey import story
from crossdock.service.dashboard.standing import standing
from crossdock.service.database.assignments import Assignment, Line, Stage, Telling, load
from crossdock.service.database.parcels import Parcel, parcels_where
from crossdock.service.database.shelf import Stock
from crossdock.service.dispatch.commands import (
    CancelParcel,
    CloseAssignment,
    CorrectTracking,
    PackedLine,
    ShipParcel,
)
from crossdock.service.handlers.deciding_by_hand import is_for_people

LONGEST_NUMBER = 255
# Those that every platform has a word for.
REASONS: Mapping[RejectionReason, str] = {
    RejectionReason.INCORRECT_ADDRESS: "The address is wrong",
    RejectionReason.UNDELIVERABLE_DESTINATION: "We do not deliver there",
    RejectionReason.INVENTORY_OUT_OF_STOCK: "It is out of stock",
    RejectionReason.INELIGIBLE_PRODUCT: "We do not ship this product",
    RejectionReason.OTHER: "Something else",
}


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
    """A parcel with where it can be followed, and what the store knows of it."""

    parcel: Parcel
    tracking: tuple[Tracking, ...]
    words: str
    tone: str
    trouble: str | None


async def assignment(request: Request) -> Response:
    """Show an assignment."""
    return await show(request)


async def ship(request: Request) -> Response:
    """Book a parcel, then show the assignment again."""
    form = await request.form()
    known = await here(request)
    try:
        command = parcel_of(known, form)
    except BadForm as problem:
        return await show(request, status=422, refused=str(problem))
    return await changed(request, known, command, "Not booked")


async def correct(request: Request) -> Response:
    """Give a parcel other tracking, then show the assignment again."""
    form = await request.form()
    try:
        carrier, numbers = tracking_typed(form)
    except BadForm as problem:
        return await show(request, status=422, refused=str(problem))
    known = await here(request)
    command = CorrectTracking(
        store_id=known.store_id, parcel_id=parcel_id_of(request), carrier=carrier, tracking_numbers=numbers
    )
    return await changed(request, known, command, "Not changed")


async def cancel(request: Request) -> Response:
    """Take a parcel back, then show the assignment again."""
    known = await here(request)
    command = CancelParcel(store_id=known.store_id, parcel_id=parcel_id_of(request))
    return await changed(request, known, command, "Not cancelled")


async def changed(request: Request, known: Assignment, command: object, no: str) -> Response:
    """Carry out a command about an assignment, and go back to its page; `no` begins what a refusal is told with."""
    try:
        await desk_of(request).dispatcher.dispatch(command, actor=actor_of(request))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except Refusal as refusal:
        return await show(request, status=409, refused=f"{no}: {refusal}.")
    return RedirectResponse(address_of(request, known), 303)


def address_of(request: Request, known: Assignment) -> str:
    root = request.scope.get("root_path", "")
    return f"{root}/stores/{known.store_id}/assignments/{known.fulfillment_order_id}"


async def here(request: Request) -> Assignment:
    """Return the assignment that the address names. Raises: HTTPException 404."""
    async with acquire_ready(desk_of(request).pool) as connection:
        return (await visit(request, connection)).assignment


def parcel_id_of(request: Request) -> int:
    """Return the parcel that the address names. Raises: HTTPException 404."""
    parcel_id = number(str(request.path_params["parcel"]))
    if parcel_id is None:
        raise HTTPException(404)
    return parcel_id


async def give_back(request: Request) -> Response:
    """Give the rest back to the merchant, then show the assignment again."""
    form = await request.form()
    known = await here(request)
    command = CloseAssignment(
        store_id=known.store_id, fulfillment_order_id=known.fulfillment_order_id, message=text(form, "message")
    )
    return await changed(request, known, command, "Not given back")


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
    address = address_of(request, known)
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
        parcels=[shipped(parcel) for parcel in parcels],
        ready=known.status is Stage.ACCEPTED and known.left > 0,
        undecided=is_for_people(known),
        reasons=REASONS,
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


TELLS: Mapping[Telling, str] = {
    Telling.WAITING: "the store is being told",
    Telling.TOLD: "in the store's books",
    Telling.REFUSED: "refused by the store",
    Telling.FAILED: "the store could not be told",
}
CANCELLATION_TELLS: Mapping[Telling, str] = {
    Telling.WAITING: "cancelled; the store is being told",
    Telling.TOLD: "cancelled",
    Telling.REFUSED: "cancelled here; the store refused that",
    Telling.FAILED: "cancelled here; the store could not be told",
}
TONES: Mapping[Telling, str] = {Telling.WAITING: "waiting", Telling.TOLD: ""}
BAD = "bad"


def shipped(parcel: Parcel) -> Shipped:
    """Say how a parcel stands: the last thing that the store is to know of it counts."""
    telling = parcel.correction_state or parcel.told
    words = CANCELLATION_TELLS[telling] if parcel.cancelled_at else TELLS[telling]
    return Shipped(
        parcel=parcel,
        tracking=tracking_of(parcel),
        words=words,
        tone=TONES.get(telling, BAD),
        trouble=parcel.correction_trouble or parcel.trouble,
    )


def tracking_of(parcel: Parcel) -> tuple[Tracking, ...]:
    told = [Tracking(number=number, company=parcel.carrier) for number in parcel.tracking_numbers]
    return tuple(replace(each, url=tracking_url(each)) for each in told)


def parcel_of(known: Assignment, form: FormData) -> ShipParcel:
    """Turn the form into a parcel. Raises: BadForm."""
    carrier, numbers = tracking_typed(form)
    packed = units(form, (line.id for line in known.lines))
    return ShipParcel(
        store_id=known.store_id,
        fulfillment_order_id=known.fulfillment_order_id,
        carrier=carrier,
        tracking_numbers=numbers,
        lines=tuple(PackedLine(id=line_id, quantity=quantity) for line_id, quantity in packed.items()),
    )


def tracking_typed(form: FormData) -> tuple[str, tuple[str, ...]]:
    """Return the carrier and the tracking numbers that were typed, several with commas between. Raises: BadForm."""
    carrier, typed = text(form, "carrier"), text(form, "number") or ""
    numbers = tuple(dict.fromkeys(each.strip() for each in typed.split(",") if each.strip()))
    if carrier is None or not numbers:
        raise BadForm("A parcel needs a carrier and a tracking number.")
    if not all(len(each) <= LONGEST_NUMBER for each in (carrier, *numbers)):
        raise BadForm(f"A carrier or tracking number has at most {LONGEST_NUMBER} characters.")
    return carrier, numbers
