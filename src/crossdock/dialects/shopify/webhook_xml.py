"""Webhook bodies as XML, in the form that Rails gives them: names with dashes, types as attributes.

Source: Shopify, webhook format `xml`; the form of its retired XML API.
"""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from crossdock.dialects.operation import Json

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# The element that the body of each group of topics is; `hash` is what Rails calls a thing without a name.
_ROOTS: Mapping[str, str] = {
    "orders": "order",
    "fulfillments": "fulfillment",
    "fulfillment_events": "fulfillment-event",
    "products": "product",
    "variants": "variant",
    "inventory_items": "inventory-item",
    "inventory_levels": "inventory-level",
    "locations": "location",
    "shop": "shop",
}
# XML 1.0 has no characters below the blank but these.
_UNWRITABLE = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: None, 0xFFFF: None}


def write_xml(topic: str, body: Json) -> str:
    """Return the body of a topic as an XML document."""
    root = _ROOTS.get(topic.partition("/")[0], "hash")
    if topic == "app/uninstalled":
        root = "shop"
    return _DECLARATION + "".join(_element(root, body, 0))


def _element(name: str, value: Json, depth: int) -> Iterator[str]:
    tag, indent = name.replace("_", "-"), "  " * depth
    match value:
        case None:
            yield f'{indent}<{tag} nil="true"/>\n'
        case bool():
            yield f'{indent}<{tag} type="boolean">{str(value).lower()}</{tag}>\n'
        case int():
            yield f'{indent}<{tag} type="integer">{value}</{tag}>\n'
        case float():
            yield f'{indent}<{tag} type="float">{value}</{tag}>\n'
        case list():
            yield f'{indent}<{tag} type="array">\n'
            for each in value:
                yield from _element(_one_of(tag), each, depth + 1)
            yield f"{indent}</{tag}>\n"
        case dict():
            yield f"{indent}<{tag}>\n"
            for key, each in value.items():
                yield from _element(str(key), each, depth + 1)
            yield f"{indent}</{tag}>\n"
        case _:
            yield f"{indent}<{tag}>{escape(str(value).translate(_UNWRITABLE))}</{tag}>\n"


def _one_of(tag: str) -> str:
    """Return the singular of the name of a list."""
    return f"{tag[:-3]}y" if tag.endswith("ies") else tag.removesuffix("s")
