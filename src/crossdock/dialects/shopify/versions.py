"""Which versions of Shopify's API are served, and what an older one falls forward to.

Source: Shopify, API versioning: stable versions live a year; a request for an older one is served by the oldest.
"""

import re

SUPPORTED = ("2025-10", "2026-01", "2026-04", "2026-07")
UNSTABLE = "unstable"
OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[-1]
RELEASED = re.compile(r"20\d\d-(01|04|07|10)")


def served(version: str) -> str | None:
    """Return the version that serves a request for one; None for one that never was."""
    if version in SUPPORTED or version == UNSTABLE:
        return version
    return OLDEST if RELEASED.fullmatch(version) and version < OLDEST else None


def spoken(version: str | None) -> str:
    """Return the version that messages speak to an app that asked for one, or for none."""
    return (served(version) if version else None) or NEWEST
