"""The platforms by the names that people know."""

from collections.abc import Mapping
from types import MappingProxyType

TITLES: Mapping[str, str] = MappingProxyType({"shopify": "Shopify", "next29": "29 Next"})
