"""Handles: names in lower case with dashes."""

import re
import unicodedata


def slug(text: str, *, keep: str = "") -> str:
    """Return the handle of a name; empty when the name has no Latin letter and no digit. `keep`: stays as it is."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(rf"[^a-z0-9{keep}]+", "-", plain).strip("-")
