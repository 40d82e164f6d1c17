"""The page on which an app's developer tries GraphQL documents."""

from starlette.requests import Request
from starlette.responses import Response

from crossdock.dialects.shopify.versions import NEWEST, SUPPORTED, UNSTABLE
from crossdock.runtime.clock import read_face
from crossdock.runtime.html import page
from crossdock.store.dashboard.visits import desk_of

# The editor measures text in elements that it styles itself, and has its fonts and marks inside its style sheet.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)


async def explorer(request: Request) -> Response:
    """Show the editor. It asks the API as any client does, with the token that is entered there."""
    clock = await read_face(desk_of(request).clock)
    response = page(request, "explorer.html", side="store", clock=clock, versions=[*SUPPORTED, UNSTABLE], newest=NEWEST)
    response.headers["Content-Security-Policy"] = POLICY
    return response
