"""The platforms whose stores we work for: how they are asked, and how they are heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crossdock.dialects.asking import Hearing, Transport
from crossdock.dialects.next29 import transports as next29
from crossdock.dialects.next29.asking import hearing as next29_hearing
from crossdock.dialects.next29.versions import STABLE
from crossdock.dialects.shopify import hearing as shopify_hearing
from crossdock.dialects.shopify import transports as shopify


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A platform as we use it. `transports`: the ways to ask, the best first. `api_version`: that of new stores."""

    transports: Mapping[str, Transport]
    hearing: Hearing
    api_version: str

    @property
    def best(self) -> str:
        """The name of the transport to use where nothing speaks against it."""
        return next(iter(self.transports))


PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        "shopify": Platform(transports=shopify.TRANSPORTS, hearing=shopify_hearing.HEARING, api_version="2026-07"),
        "next29": Platform(transports=next29.TRANSPORTS, hearing=next29_hearing.HEARING, api_version=STABLE),
    }
)
