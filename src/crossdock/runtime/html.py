"""Pages: Jinja2 templates of a side over the shared ones, and the static files."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qs

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

SHARED = "crossdock.runtime"
FOREVER = "public, max-age=31536000, immutable"

# A page has dozens of bodies.
LONGEST_SHOWN = 20_000

# How a time is told without a script; `crossdock.js` has the same forms for the viewer's zone.
TIMES = {
    "second": "%Y-%m-%d %H:%M:%S",
    "moment": "%H:%M:%S UTC",
    "minute": "%-d %b %H:%M UTC",
    "exact": "%-d %b %H:%M:%S UTC",
    "clock": "%a %-d %b %H:%M:%S UTC",
}


def environment(package: str) -> Environment:
    """Return the templates of a side (its package's `templates` folder) over the shared ones.

    Put it where `page` finds it: `app.state.templates`.
    """
    loaded = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(SHARED)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    loaded.filters["time"] = time
    loaded.filters["span"] = span
    loaded.filters["counted"] = counted
    loaded.filters["body"] = body
    loaded.globals["static"] = static_url
    return loaded


def page(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a template as the answer. `request`, `user` (None without login) and `root` are given to every template.

    `root` is where the pages are mounted: every link begins with it.
    """
    templates: Environment = request.app.state.templates
    return render(templates, request, template, status=status, **values)


def render(
    templates: Environment, request: Request, template: str, *, status: int = 200, **values: object
) -> HTMLResponse:
    """Do as `page` does, with the templates given."""
    common = {
        "request": request,
        "user": getattr(request.state, "user", None),
        "root": request.scope.get("root_path", ""),
    }
    text = templates.get_template(template).render(common | values)
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "private, no-cache"})


def static() -> Mount:
    """Serve the vendored static files under /static; what `static` in a template has linked is kept for a year."""
    served = StaticFiles(packages=[(SHARED, "static")])

    async def with_cache(scope: Scope, receive: Receive, send: Send) -> None:
        versioned = "v" in parse_qs(scope["query_string"].decode("latin-1"))

        async def send_cached(message: Message) -> None:
            if versioned and message["type"] == "http.response.start" and message["status"] in {200, 304}:
                MutableHeaders(scope=message)["Cache-Control"] = FOREVER
            await send(message)

        await served(scope, receive, send_cached)

    return Mount("/static", app=with_cache, name="static")


@cache
def static_url(name: str) -> str:
    """Return the address of a static file with a mark of its content, so that it can be cached for ever."""
    content = files(SHARED).joinpath("static", name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def time(at: datetime | None, form: str = "second") -> Markup | str:
    """Show a time in UTC; the page's script shows it in the viewer's zone, in the same form, and ISO on hover."""
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    iso = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{0}" title="{0}" data-form="{1}">{2}</time>').format(
        iso, form, f"{utc:{TIMES[form]}}"
    )


def span(moved: timedelta) -> str:
    """Show by how much a clock was moved, in its two largest units: `+2 d 6 h`."""
    minutes, seconds = divmod(abs(round(moved.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    parts = [f"{count} {unit}" for count, unit in counts if count][:2]
    return f"{'-' if moved < timedelta() else '+'}{' '.join(parts) or '0 s'}"


def counted(count: int, noun: str) -> str:
    """Say how many: `1 unit`, `2 units`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def body(content: bytes | None) -> str:
    """Show a body: JSON indented, other text as it is, and of other bytes the length; of a long one the beginning."""
    if not content:
        return ""
    if len(content) > LONGEST_SHOWN:
        rest = counted(len(content) - LONGEST_SHOWN, "byte")
        return f"{content[:LONGEST_SHOWN].decode(errors='replace')}\n… and {rest} more"
    try:
        return msgspec.json.format(content, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"({len(content)} bytes)"
