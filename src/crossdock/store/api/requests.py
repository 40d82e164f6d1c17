"""Requests as the edges of the APIs see them."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from crossdock.dialects.operation import AnyOperation, Call, Json, Unreadable
from crossdock.domain.access import Caller
from crossdock.runtime.http.addresses import is_loopback
from crossdock.runtime.http.incoming import BodyTooLarge, read_body
from crossdock.store.api.answers import No
from crossdock.store.dispatch.access import Access
from crossdock.store.dispatch.origin import Origin, ReceivedCall

HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[(?P<address>[0-9a-fA-F:.]+)\])(?::\d{1,5})?")
MOST_PARAMETERS = 200
LONGEST_KEY = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request without its body. `base_url`: scheme and host as the caller used them; header names in lower case.

    `client`: the address that it came from.
    """

    method: str
    path: str
    query: str
    base_url: str
    headers: Mapping[str, str]
    request_id: str | None
    client: str

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

    @property
    def received(self) -> ReceivedCall:
        """The request as the ledger of messages has it, as yet without a body."""
        return ReceivedCall(method=self.method, url=self.address, headers=self.headers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request that is let in: who asks for which operation, in which version."""

    request: Request
    access: Access
    caller: Caller
    operation: AnyOperation
    parameters: Mapping[str, str]
    version: str

    def origin(self, call: ReceivedCall | None = None, key: str | None = None) -> Origin:
        """Return whose request it is; with the call for the ledger, and the key that a write may have."""
        return Origin(
            shop_id=self.access.shop_id,
            caller=self.caller,
            actor=f"app:{self.access.app_name}",
            request_id=self.request.request_id,
            key=key,
            call=call,
        )

    def call(self, body: Json) -> Call:
        """Return what the operation reads. Raises: Unreadable."""
        return Call(
            method=self.request.method,
            path=self.operation.path,
            query=query_of(self.request),
            body=body,
            parameters=self.parameters,
            currency=self.access.currency,
            version=self.version,
        )


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
        client=(scope.get("client") or ("",))[0],
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


def key_of(request: Request, too_long: str) -> str | None:
    """Return the idempotency key. Raises: Unreadable for one that is too long, with what the platform says of it."""
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY:
        raise Unreadable("Idempotency-Key", too_long)
    return key or None


async def body_of(receive: Receive, too_large: Json) -> bytes:
    """Read a body. Raises: No for one over 1 MB, with what the platform says of it; ClientGone."""
    try:
        return await read_body(receive)
    except BodyTooLarge as error:
        raise No(413, too_large) from error


def basic_password(authorization: str) -> str | None:
    """Return the password of HTTP Basic credentials; None where there are none."""
    _, password = basic_credentials(authorization) or ("", "")
    return password or None


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
