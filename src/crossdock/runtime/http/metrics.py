"""Who is shown what a process has counted: how much passes through an installation is nobody else's business."""

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from crossdock.runtime.http.addresses import is_loopback

# Of calls that a proxy passes on, by which all the world would be this machine.
PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def may_see_metrics(scope: Scope, token: str | None) -> bool:
    """Say whether a request shows the token; where there is none, whether it comes from this machine itself.

    A proxy on this machine that passes calls on as its own, host and all, is not told apart from it.
    """
    headers = Headers(scope=scope)
    if token is not None:
        kind, _, shown = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
    client = scope.get("client")
    if client is None or any(name in headers for name in PASSED_ON):
        return False
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return is_loopback(client[0]) and is_loopback(host or "")
