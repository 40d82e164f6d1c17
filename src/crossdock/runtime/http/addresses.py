"""Which addresses the public may make us call.

Our own list: a check of names misses IP literals, and `ipaddress.is_global` of Python 3.11 is wrong for several ranges.
Source: IANA special-purpose address registries for IPv4 and IPv6.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

SPECIAL_IPV4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Only 2000::/3 is for global use. That leaves out ::1, mapped and translated IPv4, fc00::/7, fe80::/10 and ff00::/8.
GLOBAL_IPV6 = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo (embeds IPv4)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 (embeds IPv4)
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return those of the texts that are addresses or CIDRs."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(found)


def is_loopback(host: str) -> bool:
    """Tell whether a host, by name or address, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def may_call(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Tell whether an IP address is a public one, or in a network that is allowed all the same."""
    ip = ip_address(address.partition("%")[0])
    return is_public(ip) or any(ip in network for network in allowed)


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in SPECIAL_IPV4)
    return ip in GLOBAL_IPV6 and not any(ip in network for network in SPECIAL_IPV6)
