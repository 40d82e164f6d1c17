"""Names of programs as words of people."""

import re

# Short forms that stay as they are.
SHORT = {"sku": "SKU", "api": "API", "id": "id", "url": "URL", "upc": "UPC"}
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def in_words(name: str) -> str:
    """Return a name's words: `invalid_sku` as `invalid SKU`, `fulfillmentCreate` as `fulfillment create`."""
    words = HUMP.sub("_", name).lower().split("_")
    return " ".join(SHORT.get(word, word) for word in words)


def headed(name: str) -> str:
    """Return a name's words as they begin a line."""
    words = in_words(name)
    return words[:1].upper() + words[1:]
