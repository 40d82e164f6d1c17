"""What people decide about work that waits: take it, or decline it for a reason."""

from starlette.requests import Request
from starlette.responses import Response

from crossdock.domain.orders import RejectionReason
from crossdock.runtime.forms import text
from crossdock.service.dashboard.assignment import REASONS, changed, here
from crossdock.service.dispatch.commands import AcceptAssignment, RejectAssignment

NOT_DECIDED = "Not decided"


async def accept(request: Request) -> Response:
    """Take work, then show it."""
    known = await here(request)
    message = text(await request.form(), "message")
    command = AcceptAssignment(
        store_id=known.store_id, fulfillment_order_id=known.fulfillment_order_id, message=message
    )
    return await changed(request, known, command, NOT_DECIDED)


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
    return await changed(request, known, command, NOT_DECIDED)
