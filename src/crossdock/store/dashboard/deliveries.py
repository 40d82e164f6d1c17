"""What the shop sends to apps and services: what arrived, what did not, and sending it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.deliveries import DeliveriesReplayed, ReplayDeliveries, ReplayDelivery
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.badges import Badge, Tab
from crossdock.runtime.forms import BadForm, number, text
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.visits import Visit, address_of, desk_of, entered, origin, visit
from crossdock.store.database.deliveries import Debt, Delivery, debts, list_deliveries, receiver
from crossdock.store.database.webhooks import DISABLED

PER_PAGE = 50
VIEWS = {"": "All", "failed": "Failed", "waiting": "Waiting"}
# What says which deliveries are sent again; with `after`, where it was left off.
RANGE = ("since", "until", "receiver", "arrived", "after")
DONE: Mapping[str, str] = MappingProxyType({"one": "It is sent again."})


@dataclass(frozen=True, kw_only=True)
class Line:
    """A delivery as the list shows it. `order`: the address of the order that it is about."""

    delivery: Delivery
    what: str
    receiver: str
    badge: Badge
    order: str | None

    @property
    def can_be_replayed(self) -> bool:
        return self.delivery.status != "waiting"


async def deliveries(request: Request) -> Response:
    """List what was sent, newest first."""
    return await show(request)


async def replay_one(request: Request) -> Response:
    """Send one delivery again."""
    delivery_id = number(request.path_params["delivery"])
    if delivery_id is None:
        raise HTTPException(404)
    view = view_of(await request.form())
    here = await entered(request)
    try:
        await desk_of(request).dispatcher.tell(
            ReplayDelivery(delivery_id=delivery_id), origin(request, here.shop, None)
        )
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except Invalid as refusal:
        return await show(request, view=view, status=409, problem=f"It is not sent again: it {refusal.message}.")
    return RedirectResponse(f"{address_of(request, here, 'deliveries')}?view={view}&done=one", 303)


async def replay_range(request: Request) -> Response:
    """Send again what did not arrive in a time."""
    form = await request.form()
    here = await entered(request)
    try:
        again: DeliveriesReplayed = await desk_of(request).dispatcher.tell(
            range_of(form), origin(request, here.shop, None)
        )
    except BadForm as wrong:
        return await show(request, view="failed", status=422, problem=str(wrong))
    except Invalid:
        return await show(request, view="failed", status=422, problem="The time has to end after it begins.")
    told = {"view": "waiting", "done": str(again.count)}
    if again.last is not None:
        told |= {name: str(form.get(name, "")) for name in RANGE} | {"after": str(again.last)}
    return RedirectResponse(f"{address_of(request, here, 'deliveries')}?{urlencode(told)}", 303)


def range_of(form: FormData) -> ReplayDeliveries:
    """Raises: BadForm."""
    since = time_of(form, "since")
    if since is None:
        raise BadForm("Say from when on.")
    return ReplayDeliveries(
        since=since,
        until=time_of(form, "until"),
        endpoint=text(form, "receiver"),
        arrived=bool(form.get("arrived")),
        after=number(str(form.get("after", ""))) or 0,
    )


def time_of(form: FormData, name: str) -> datetime | None:
    """Return a time that was typed, in UTC as the form says. Raises: BadForm."""
    typed = text(form, name)
    if typed is None:
        return None
    try:
        time = datetime.fromisoformat(typed)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadForm(f"“{typed[:40]}” is no time; write it like 2026-11-21T14:00.") from error


async def show(request: Request, *, view: str | None = None, status: int = 200, problem: str | None = None) -> Response:
    chosen = view_of(request.query_params) if view is None else view
    before = number(request.query_params.get("before", ""))
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        found = await list_deliveries(connection, here.shop.id, which=chosen, before=before, limit=PER_PAGE + 1)
        owed = await debts(connection, here.shop.id)
    return page(
        request,
        "deliveries.html",
        status=status,
        side="store",
        shop=here.shop,
        clock=here.clock,
        address=address_of(request, here, "deliveries"),
        tabs=tabs(owed),
        view=chosen,
        lines=[line(each, here, address_of(request, here, "orders")) for each in found[:PER_PAGE]],
        older=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        owed=[(each, receiver(each.endpoint, each.url, here.locations.values())) for each in owed],
        done=said(request.query_params.get("done", "")),
        rest={name: request.query_params.get(name, "") for name in RANGE} if "after" in request.query_params else None,
        problem=problem,
    )


def tabs(owed: Sequence[Debt]) -> list[Tab]:
    """Return the views; how much did not arrive stands on its own."""
    failed = sum(each.failed for each in owed)
    return [
        Tab(name=name, words=words, count=failed if name == "failed" else 0, urgent=True)
        for name, words in VIEWS.items()
    ]


def line(delivery: Delivery, here: Visit, orders: str) -> Line:
    kind, _, id = (delivery.subject or "").partition(":")
    return Line(
        delivery=delivery,
        what=delivery.topic or delivery.kind.replace("_", " ").capitalize(),
        receiver=receiver(delivery.endpoint, delivery.url, here.locations.values()),
        badge=badge(delivery),
        order=f"{orders}/{id}" if kind == "order" else None,
    )


def badge(delivery: Delivery) -> Badge:
    match delivery.status:
        case "delivered":
            return Badge(words="Delivered", tone="fulfilled", icon="circle-check")
        case "waiting" if delivery.attempts:
            return Badge(words="Trying again", tone="urgent", icon="refresh")
        case "waiting":
            return Badge(words="On its way", tone="requested", icon="arrow-right")
        case "dead":
            return Badge(words="Failed", tone="declined", icon="x")
        case _ if (delivery.reason or "").startswith(DISABLED):
            return Badge(words="Not sent", tone="declined", icon="x")
        case _:
            return Badge(words="Called off", icon="minus")


def said(done: str) -> str | None:
    """Say what a form has done, from what it left in the address."""
    count = number(done)
    if count is None:
        return DONE.get(done)
    return "Nothing of that time has to be sent again." if not count else f"{count:,} sent again, in their order."


def view_of(fields: Mapping[str, object]) -> str:
    name = fields.get("view", "")
    return name if isinstance(name, str) and name in VIEWS else ""
