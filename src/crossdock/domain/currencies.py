"""How many decimals a currency's money has. Source: ISO 4217, minor units."""

from collections.abc import Mapping
from types import MappingProxyType

_USUAL = 2
_OTHERS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
        **dict.fromkeys(
            (
                *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
                *("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
            ),
            0,
        ),
    }
)


def decimals(currency: str) -> int:
    """Return the decimals of a currency, named by its code; two for one that is not known."""
    return _OTHERS.get(currency, _USUAL)
