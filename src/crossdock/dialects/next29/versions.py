"""The versions that the Admin API is served in, named by a header. Source: 29 Next, API versioning."""

HEADER = "x-29next-api-version"
OLDEST = "2023-02-10"
STABLE = "2024-04-01"
UNSTABLE = "unstable"
VERSIONS = (OLDEST, STABLE, UNSTABLE)


def served(asked: str | None) -> str | None:
    """Return the version that answers: the oldest where none is named, None for one that there is not."""
    if asked is None or not asked.strip():
        return OLDEST
    return asked.strip() if asked.strip() in VERSIONS else None


def spoken(asked: str | None) -> str:
    """Return the version of the words of a delivery."""
    return served(asked) or STABLE if asked else STABLE
