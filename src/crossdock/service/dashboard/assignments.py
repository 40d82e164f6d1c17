"""The assignments of all connected stores: views as tabs, search, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from crossdock.runtime.badges import Badge, Tab
from crossdock.runtime.clock import read_face
from crossdock.runtime.connection import Connection
from crossdock.runtime.forms import number
from crossdock.runtime.live import live_page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.desk import Client, clients, desk_of
from crossdock.service.dashboard.standing import standing
from crossdock.service.database.assignments import ASSIGNMENT, Assignment, decoder

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class View:
    """A tab: the assignments of which `having` is true. Those that wait for someone are counted."""

    name: str
    words: str
    having: str = "true"
    counted: bool = False
    urgent: bool = False


VIEWS = (
    View(name="", words="All"),
    View(name="requests", words="Requests", having="a.status IN ('received', 'accepting')", counted=True),
    View(name="to_ship", words="To ship", having="a.status = 'accepted'", counted=True),
    View(
        name="cancellations",
        words="Cancellations",
        having="a.status = 'cancelling' OR a.status = 'accepted' AND a.store_request_status = 'cancellation_requested'",
        counted=True,
        urgent=True,
    ),
    View(
        name="trouble",
        words="Trouble",
        having="a.answer_state IN ('refused', 'failed') AND a.status NOT IN ('closed', 'cancelled', 'shipped')",
        counted=True,
        urgent=True,
    ),
    View(name="shipped", words="Shipped", having="a.status = 'shipped'"),
    View(name="declined", words="Declined", having="a.status IN ('rejecting', 'rejected')"),
    View(name="cancelled", words="Cancelled", having="a.status = 'cancelled'"),
    View(name="closed", words="Closed", having="a.status IN ('closing', 'closed')"),
)
BY_NAME: Mapping[str, View] = {view.name: view for view in VIEWS}
COUNTED = tuple(view for view in VIEWS if view.counted)

COUNT = f"""
    SELECT {", ".join(f"count(*) FILTER (WHERE {view.having}) AS {view.name}" for view in COUNTED)}
    FROM assignments a
    WHERE a.store_id = ANY ($1::bigint[])
        AND a.status IN ('received', 'accepting', 'accepted', 'rejecting', 'cancelling', 'closing', 'rejected')
"""

FOUND = """ AND (
    a.order_name IN ($3, '#' || $3) OR a.fulfillment_order_id = $4::bigint
    OR strpos(lower(concat_ws(' ', a.destination->>'first_name', a.destination->>'last_name')), lower($3)) > 0
    OR EXISTS (SELECT FROM assignment_lines l WHERE l.store_id = a.store_id
        AND l.fulfillment_order_id = a.fulfillment_order_id AND lower(l.sku) = lower($3))
    OR EXISTS (SELECT FROM parcels p WHERE p.store_id = a.store_id
        AND p.fulfillment_order_id = a.fulfillment_order_id AND p.tracking_number = $3)
)"""
