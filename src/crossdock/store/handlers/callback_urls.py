"""Which addresses an app may give for callbacks and webhooks."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from crossdock.domain.refusals import Invalid
from crossdock.runtime.http.addresses import may_call, networks

LONGEST_URL = 2048

# Hosts that are nobody's, or not the service's. Source: Shopify, fulfillment services (recorded).
BLOCKED_DOMAINS = ("example.com", "example.org", "example.net", "shopify.com", "myshopify.com")
PRIVATE_SUFFIXES = ("localhost", "local", "internal", "home.arpa", "invalid", "test")


# Ports of the web, and those that need no privilege: no others can be knocked at through us.
WEB_PORTS = frozenset({80, 443})
FIRST_FREE_PORT = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlPolicy:
    """Which callback URLs an installation takes. Names are looked up only when they are called.

    `own`: hosts of the installation itself, which nobody may have it call, unless they are `allowed` too.
    """

    http: bool = False
    allowed: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    def normal(self, url: str, field: str = "callback_url", *, not_allowed: str = "is not allowed") -> str:
        """Return a URL as it is kept. Raises: Invalid, of this field; for a host that it may not have, in these words.

        Source: Shopify, fulfillment services and webhook subscriptions, validation messages (recorded).
        """
        parts = parted(url, field)
        if parts.scheme not in (("https", "http") if self.http else ("https",)):
            raise Invalid(field, f"protocol {parts.scheme}:// is not supported")
        port = port_of(parts, field)
        if not parts.hostname or parts.fragment:
            raise Invalid(field, "is invalid")
        if parts.username is not None or parts.password is not None:
            raise Invalid(field, "must not contain a user or a password")
        if len(url) > LONGEST_URL:
            raise Invalid(field, f"is too long (maximum is {LONGEST_URL} characters)")
        if not self.may_be_called(parts.hostname) or not is_open(port):
            raise Invalid(field, not_allowed)
        return kept(parts)

    def may_be_called(self, host: str) -> bool:
        name = host.rstrip(".").lower()
        if name in {each.lower() for each in self.allowed}:
            return True
        try:
            return may_call(name, networks(self.allowed))
        except ValueError:  # it is no address but a name
            labels = name.split(".")
            # Other spellings of an IPv4 address (127.1, 0177.0.0.1) end in a number, and no domain does.
            if not all(labels) or labels[-1][0].isdigit():
                return False
            public = len(labels) > 1 and labels[-1] not in PRIVATE_SUFFIXES and ".".join(labels[-2:]) != "home.arpa"
            return public and not any(
                name == each or name.endswith(f".{each}") for each in (*BLOCKED_DOMAINS, *self.own)
            )


def parted(url: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise Invalid(field, "is invalid") from None
    if not parts.scheme or any(ord(each) <= 32 for each in url.strip()):
        raise Invalid(field, "is invalid")
    return parts


def port_of(parts: SplitResult, field: str) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise Invalid(field, "is invalid") from None


def is_open(port: int | None) -> bool:
    return port is None or port in WEB_PORTS or port >= FIRST_FREE_PORT


def kept(parts: SplitResult) -> str:
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))
