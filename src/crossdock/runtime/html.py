"""Pages: Jinja2 templates of a side over the shared ones, and the static files."""

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount


def environment(package: str) -> Environment:
    """Return the templates of a side (its package's `templates` folder) over the shared ones.

    Put it where `page` finds it: `app.state.templates`.
    """
    raise NotImplementedError


def page(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """Render a template as the answer. `request` and `user` are given to every template."""
    raise NotImplementedError


def static() -> Mount:
    """Serve the vendored static files under /static."""
    raise NotImplementedError
