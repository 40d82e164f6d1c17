"""Requests as the edges of the APIs see them."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import parse_qsl

from starlette.types import Scope

from crossdock.dialects.operation import Unreadable
from crossdock.runtime.http.addresses import is_loopback

HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[(?P<address>[0-9a-fA-F:.]+)\])(?::\d{1,5})?")
MOST_PARAMETERS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request without its body. `base_url`: scheme and host as the caller used them; header names in lower case."""

    method: str
    path: str
    query: str
    base_url: str
    headers: Mapping[str, str]
    request_id: str | None

    @property
    def url(self) -> str:
        """The absolute address, without the query."""
        return self.base_url + self.path

    @property
    def address(self) -> str:
        """The absolute address, with the query if there is one."""
        return f"{self.url}?{self.query}" if self.query else self.url

    @property
    def hostname(self) -> str:
        return re.sub(r":\d+$", "", self.base_url.partition("://")[2]).lower()


def request_of(scope: Scope, public_url: str | None = None) -> Request:
    """Read a request's line and headers. A Host that is none is left out: nobody is given an address made of it.

    `public_url`: how the installation is reached. Where that is by https, so are all of its hosts but those of this
    machine: a proxy has ended the TLS, and clients do not follow addresses of lists that leave it.
    """
    headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "")
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    request = Request(
        method=scope["method"],
        path=str(raw, "latin-1"),
        query=str(scope["query_string"], "latin-1"),
        base_url=f"{scope['scheme']}://{host if is_host(host) else 'localhost'}",
        headers=headers,
        request_id=scope.get("state", {}).get("request_id"),
    )
    if is_https(public_url) and not is_loopback(request.hostname.strip("[]")):
        return replace(request, base_url=f"https://{host}")
    return request


def is_https(url: str | None) -> bool:
    return url is not None and url.lower().startswith("https://")


def is_host(text: str) -> bool:
    match = HOST.fullmatch(text)
    return match is not None and (match["address"] is None or is_ipv6(match["address"]))


def is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def query_of(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the query's parameters in their order. Raises: Unreadable for what no text field can hold."""
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise Unreadable("base", "the query has too many parameters") from error
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Unreadable(name.replace("\x00", ""), "holds a NUL character")
    return tuple(pairs)


def basic_password(authorization: str) -> str | None:
    """Return the password of HTTP Basic credentials; None where there are none."""
    given = basic_credentials(authorization)
    return given[1] or None if given is not None else None


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Return name and password of HTTP Basic credentials; None where there are none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return name, password
