"""What every request passes through: a cap on its body, an id, an access line, a net under bugs, metrics."""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive

MAX_BODY = 1024 * 1024


class BodyTooLarge(Exception):
    """The request's body is above the cap: answer 413."""


class ClientGone(Exception):
    """The client went away before its body had arrived: nobody hears the answer."""


async def read_body(receive: Receive, *, cap: int = MAX_BODY) -> bytes:
    """Read a request's whole body.

    Raises: BodyTooLarge, ClientGone.
    """
    raise NotImplementedError


def guard(app: ASGIApp, *, side: str, ready: Callable[[], Awaitable[None]]) -> ASGIApp:
    """Wrap a side's app: request id in `scope["state"]["request_id"]` and `X-Request-Id`, access line, metrics,
    500 in JSON for a bug and 503 with `Retry-After` for `DatabaseUnavailable`; serves /healthz, /readyz and /metrics.

    `ready` raises when the side cannot serve.
    """
    raise NotImplementedError


def secure_pages(app: ASGIApp) -> ASGIApp:
    """Wrap the app of a side's pages: content from itself only, no framing, no sniffing, no caching."""
    raise NotImplementedError
