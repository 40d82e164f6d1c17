"""The start: to the orders of the only shop, or a list of the shops."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crossdock.runtime.clock import read_face
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.visits import desk_of

MOST = 200


async def start(request: Request) -> Response:
    """Go to the orders where there is one shop, else let choose."""
    desk = desk_of(request)
    async with acquire_ready(desk.pool) as connection:
        rows = await connection.fetch("SELECT name, domain, subdomain FROM shops ORDER BY id LIMIT $1", MOST)
        clock = await read_face(desk.clock, connection)
    if len(rows) == 1 and request.url.path.rstrip("/").endswith("/shops") is False:
        root = request.scope.get("root_path", "")
        return RedirectResponse(f"{root}/shops/{rows[0]['subdomain']}/orders", 303)
    return page(request, "shops.html", side="store", clock=clock, shops=rows)
