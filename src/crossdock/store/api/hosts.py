"""Under which names a shop may be asked."""

from functools import lru_cache
from ipaddress import ip_address


def stands_for(host: str, subdomain: str, public_host: str | None) -> bool:
    """Say whether a shop may be asked under a host: its subdomain, or a name that stands for no shop."""
    label, _, domain = host.partition(".")
    return not domain or host == public_host or is_address(host) or label == subdomain.lower()


@lru_cache(maxsize=1024)  # asked in every call
def is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
