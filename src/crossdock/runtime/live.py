"""Pages that go on while they are looked at: htmx asks for the living part again, and gets it when it is another."""

import hashlib
from collections.abc import Mapping

from jinja2 import Environment
from markupsafe import Markup
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from crossdock.runtime.html import page

SEEN = "seen"


def live_page(
    request: Request, template: str, part: str, *, home: str | None = None, status: int = 200, **values: object
) -> Response:
    """Render a page around its living part, or the part alone when htmx asks for it; 204 when it has seen that.

    The page's template places `living`. Without scripts a plain reload shows the same. `home` is where the page is
    read, if it is shown in answer to a form that was posted elsewhere.
    """
    inner = rendered(request, part, values)
    digest = hashlib.sha256(inner.encode()).hexdigest()[:16]
    if "hx-request" in request.headers and request.query_params.get(SEEN) == digest:
        return Response(status_code=204)
    again = (URL(home) if home else request.url).include_query_params(**{SEEN: digest})
    # What templates have rendered is escaped already.
    frame = {"inner": Markup(inner), "again": f"{again.path}?{again.query}"}  # noqa: S704
    living = rendered(request, "live.html", frame)
    if "hx-request" in request.headers:
        return HTMLResponse(living, headers={"Cache-Control": "private, no-cache"})
    return page(request, template, status=status, living=Markup(living), **values)  # noqa: S704


def rendered(request: Request, template: str, values: Mapping[str, object]) -> str:
    templates: Environment = request.app.state.templates
    root = request.scope.get("root_path", "")
    return templates.get_template(template).render({"request": request, "root": root, **values})
