"""What people decide about work that waits: take it, or decline it for a reason."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.domain.orders import RejectionReason
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.runtime.forms import text
from crossdock.service.dashboard.assignment import REASONS, here, show
from crossdock.service.dashboard.desk import actor_of, desk_of
from crossdock.service.dispatch.commands import AcceptAssignment, RejectAssignment


async def accept(request: Request) -> Response:
    """Take work, then show it."""
    known = await here(request)
    message = text(await request.form(), "message")
    command = AcceptAssignment(
        store_id=known.store_id, fulfillment_order_id=known.fulfillment_order_id, message=message
    )
    return await decided(request, command, "/accept")


async def reject(request: Request) -> Response:
    """Decline work, then show it."""
    known = await here(request)
    form = await request.form()
    reason = next((each for each in REASONS if each == text(form, "reason")), RejectionReason.OTHER)
    command = RejectAssignment(
        store_id=known.store_id,
        fulfillment_order_id=known.fulfillment_order_id,
        reason=reason,
        message=text(form, "message"),
    )
    return await decided(request, command, "/reject")


async def decided(request: Request, command: object, end: str) -> Response:
    try:
        await desk_of(request).dispatcher.dispatch(command, actor=actor_of(request))
    except NotFound as refusal:
        raise HTTPException(404) from refusal
    except Refusal as refusal:
        return await show(request, status=409, refused=f"Not decided: {refusal}.")
    return RedirectResponse(request.url.path.removesuffix(end), 303)
