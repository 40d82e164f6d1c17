"""Amounts of money, from minor units.

Source: Shopify GraphQL, MoneyBag, MoneyV2 and the scalar Money; decimals as recorded ("10.0" for 10.00).
"""

from decimal import Decimal

from crossdock.dialects.operation import Json
from crossdock.domain.currencies import decimals


def decimal(amount: int, currency: str) -> str:
    """Write minor units as a Decimal: no more digits than it takes, but one."""
    text = f"{Decimal(amount).scaleb(-decimals(currency)):f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def money(amount: int, currency: str) -> Json:
    """Return what a MoneyV2 is read from."""
    return {"amount": decimal(amount, currency), "currency_code": currency}


def money_bag(amount: int, currency: str) -> Json:
    """Return what a MoneyBag is read from: what the customer saw is the shop's own currency."""
    both = money(amount, currency)
    return {"shop_money": both, "presentment_money": both}
