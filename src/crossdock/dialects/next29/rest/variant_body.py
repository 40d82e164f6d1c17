"""What is told of a variant, and what can be said of one. Its price in the store's currency is the variant's own.

Source: 29 Next Admin API, ProductVariant, CreateProductVariant, UpdateProductVariant.
"""

import json
from collections.abc import Sequence
from math import isfinite

from crossdock.dialects.next29.fields import Fields
from crossdock.dialects.next29.rest.stock_records import write_counts, written_title
from crossdock.dialects.next29.wire import Rendering, write_money, write_time
from crossdock.dialects.numbers import is_integer
from crossdock.dialects.operation import Json
from crossdock.domain.catalogue import ChangeVariant, NewVariant, Product, ProductVariant
from crossdock.domain.offering import (
    AttributeValue,
    FirstRecord,
    NewOffer,
    OfferChange,
    attribute_code,
    availability,
)
from crossdock.domain.product_details import Price, VariantDetails, VariantLevel
from crossdock.domain.stock_records import is_purchasable

LONGEST_CURRENCY = 12
LONGEST_NAME = 128
LONGEST_METADATA = 65_536  # as JSON
HIGHEST = 2**31 - 1
_SHOP = "shopify"  # who counts stock that no service manages
VALUES = "variant_attribute_values"


def write_variant(variant: ProductVariant, product: Product, context: Rendering) -> dict[str, Json]:
    """Write a variant with its stock records."""
    currency = context.shop.currency
    left = availability(variant)
    tracked = variant.managed_by is not None
    return {
        "id": variant.id,
        "product_id": product.id,
        "title": written_title(variant.title, product.title),
        "sku": variant.sku or "",
        "upc": variant.barcode or "",
        "prices": write_prices(variant, currency),
        "unit_cost": write_money(variant.cost or 0, currency),
        "track_stock": tracked,
        "allow_backorders": variant.may_oversell,
        "requires_shipping": variant.requires_shipping,
        "inventory_availability": left.value,
        "purchase_availability": (
            "available" if is_purchasable(left, may_oversell=variant.may_oversell) else "unavailable"
        ),
        "images": next((each.url for each in product.details.pictures if each.id == variant.details.picture_id), ""),
        "metadata": {} if variant.details.metadata is None else variant.details.metadata,
        VALUES: write_values(variant, product),
        "stockrecords": [_write_level(level, tracked=tracked) for level in variant.levels],
        "date_created": write_time(variant.created_at, context.shop),
        "date_updated": write_time(variant.updated_at, context.shop),
    }


def write_prices(variant: ProductVariant, currency: str) -> list[Json]:
    """Write the price in the store's currency, and then those in others."""
    kept = {price.currency: price for price in variant.details.prices}
    own = kept.pop(currency, None)
    return [_write_price(own, currency, variant.price), *(_write_price(each, *_told(each)) for each in kept.values())]


def _told(price: Price) -> tuple[str, int]:
    return price.currency, price.price


def _write_price(kept: Price | None, currency: str, price: int) -> dict[str, Json]:
    def other(amount: int | None) -> str | None:
        return None if amount is None else write_money(amount, currency)

    return {
        "currency": currency,
        "price": write_money(price, currency),
        "retail": other(kept.retail) if kept else None,
        "subscription": other(kept.subscription) if kept else None,
        "subscription_suggested_downsell": other(kept.suggested_downsell) if kept else None,
    }


def write_values(variant: ProductVariant, product: Product) -> list[Json]:
    """Write what a variant is of what the product's variants differ in; nothing of the only one."""
    if product.is_standalone:
        return []
    return [
        {"code": attribute_code(name), "name": name, "value": value}
        for name, value in zip(product.options, variant.values, strict=False)
    ]


def _write_level(level: VariantLevel, *, tracked: bool) -> dict[str, Json]:
    return {
        "id": level.id,
        "location_id": level.location_id,
        **write_counts(tracked=tracked, on_hand=level.on_hand, available=level.available),
        "low_stock_threshold": level.low_stock_threshold,
    }


def read_variant(fields: Fields) -> ProductVariant:
    """Read a variant; its inventory item and its place among others are not told."""
    variant_id = fields.need("id", fields.identity("id"))
    prices = _prices(fields, currency="") or ()
    currency = prices[0].currency if prices else "USD"
    levels = tuple(map(_read_level, fields.each("stockrecords") or ()))
    return ProductVariant(
        id=variant_id,
        product_id=fields.need("product_id", fields.identity("product_id")),
        inventory_item_id=variant_id,
        title=fields.text("title") or "",
        position=0,
        price=prices[0].price if prices else 0,
        sku=fields.text("sku") or None,
        barcode=fields.text("upc") or None,
        requires_shipping=fields.flag("requires_shipping") is not False,
        managed_by=_SHOP if fields.flag("track_stock") else None,
        may_oversell=fields.flag("allow_backorders") is True,
        quantity=sum(level.available for level in levels),
        options=tuple(each.value for each in read_values(fields) or ()),
        cost=fields.money("unit_cost", currency),
        details=VariantDetails(metadata=read_metadata(fields), prices=prices),
        levels=levels,
        created_at=fields.need("date_created", fields.time("date_created")),
        updated_at=fields.need("date_updated", fields.time("date_updated")),
    )


def _read_level(fields: Fields) -> VariantLevel:
    on_hand = fields.whole("num_in_stock") or 0
    return VariantLevel(
        id=fields.need("id", fields.identity("id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        on_hand=on_hand,
        available=on_hand - (fields.whole("num_allocated") or 0),
        low_stock_threshold=fields.whole("low_stock_threshold") or 0,
    )


def read_metadata(fields: Fields) -> Json:
    """Return what a client keeps in its own form; in a form it is a text of JSON."""
    value = _metadata(fields)
    if len(json.dumps(value)) > LONGEST_METADATA:
        raise fields.wrong("metadata", f"Ensure this field has no more than {LONGEST_METADATA} characters.")
    return value


def _metadata(fields: Fields) -> Json:
    value = fields.free("metadata")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise fields.wrong("metadata", "Value must be valid JSON.") from error
        if not _is_sound(value):
            raise fields.wrong("metadata", "Value must be valid JSON.")
    return value


def _is_sound(value: Json, deepest: int = 32) -> bool:
    """Say whether JSON that came as a text is as that of a body may be."""
    match value:
        case dict():
            inner: tuple[Json, ...] = (*value.keys(), *value.values())
            return deepest > 0 and all(_is_sound(each, deepest - 1) for each in inner)
        case list():
            return deepest > 0 and all(_is_sound(each, deepest - 1) for each in value)
        case str():
            return not any(each == "\0" or "\ud800" <= each <= "\udfff" for each in value)
        case float():
            return isfinite(value)
        case bool() | None:
            return True
        case _:
            return is_integer(value)


def _prices(fields: Fields, *, currency: str) -> tuple[Price, ...] | None:
    """Return prices; those that name no currency are in this one."""
    given = fields.each("prices")
    if given is None:
        return None
    prices: dict[str, Price] = {}
    for each in given:
        named = (each.line("currency", LONGEST_CURRENCY) or "").strip().upper() or currency
        prices[named] = Price(
            currency=named,
            price=each.need("price", _amount(each, "price", named)),
            retail=_amount(each, "retail", named),
            subscription=_amount(each, "subscription", named),
            suggested_downsell=_amount(each, "subscription_suggested_downsell", named),
        )
    return tuple(prices.values())


def _amount(fields: Fields, name: str, currency: str) -> int | None:
    amount = fields.money(name, currency)
    if amount is not None and amount < 0:
        raise fields.wrong(name, "Ensure this value is greater than or equal to 0.")
    return amount


def read_values(fields: Fields) -> tuple[AttributeValue, ...] | None:
    """Read what a variant is, by the names or the codes of attributes."""
    given = fields.each(VALUES)
    if given is None:
        return None
    return tuple(
        AttributeValue(
            name=(each.line("name", LONGEST_NAME) or "").strip() or each.filled("code", LONGEST_NAME),
            value=each.filled("value"),
        )
        for each in given
    )


def read_offer(fields: Fields, currency: str, names: Sequence[str] = ()) -> NewOffer:
    """Read a variant to be made, that is something of each of these names."""
    prices = _prices(fields, currency=currency) or ()
    variant = NewVariant(
        price=next((each.price for each in prices if each.currency == currency), 0),
        sku=fields.line("sku"),
        barcode=fields.line("upc"),
        cost=_amount(fields, "unit_cost", currency),
        requires_shipping=fields.flag("requires_shipping") is not False,
        managed_by=None if fields.flag("track_stock") is False else _SHOP,
        may_oversell=fields.flag("allow_backorders") is True,
        options=_options(fields, names),
    )
    details = VariantDetails(metadata=read_metadata(fields), picture_id=fields.identity("image"), prices=prices)
    return NewOffer(variant=variant, details=details, records=tuple(_records(fields)))


def _options(fields: Fields, names: Sequence[str]) -> tuple[str, ...]:
    values = {each.name: each.value for each in read_values(fields) or ()} if names else {}
    for name in names:
        if name not in values:
            raise fields.wrong(VALUES, f"A value of {name} is required.")
    return tuple(values[name] for name in names)


def _records(fields: Fields) -> list[FirstRecord]:
    return [
        FirstRecord(
            location_id=each.need("location_id", each.identity("location_id")),
            on_hand=each.whole("num_in_stock") or 0,
            low_stock_threshold=_threshold(each),
        )
        for each in fields.each("stockrecords") or ()
    ]


def _threshold(fields: Fields) -> int:
    threshold = fields.identity("low_stock_threshold") or 0
    if threshold > HIGHEST:
        raise fields.wrong("low_stock_threshold", f"Ensure this value is less than or equal to {HIGHEST}.")
    return threshold


def encode_offer(offer: NewOffer, names: Sequence[str]) -> dict[str, Json]:
    """Write a variant to be made."""
    variant = offer.variant
    values = [{"name": name, "value": value} for name, value in zip(names, variant.options, strict=False)]
    return {
        **_encode_details(offer.details, frozenset({"metadata", "picture_id", "prices"})),
        "sku": variant.sku,
        "upc": variant.barcode,
        "unit_cost": None if variant.cost is None else write_money(variant.cost, _currency(offer.details)),
        "requires_shipping": variant.requires_shipping,
        "track_stock": variant.managed_by is not None,
        "allow_backorders": variant.may_oversell,
        "stockrecords": [
            {
                "location_id": each.location_id,
                "num_in_stock": each.on_hand,
                "low_stock_threshold": each.low_stock_threshold,
            }
            for each in offer.records
        ],
        **({VALUES: values} if values else {}),
    }


def _currency(details: VariantDetails) -> str:
    """Return the currency that amounts without one stand in: that of the first price."""
    return details.prices[0].currency if details.prices else "USD"


def _encode_details(details: VariantDetails, names: frozenset[str]) -> dict[str, Json]:
    written = {
        "metadata": ("metadata", details.metadata),
        "picture_id": ("image", details.picture_id),
        "prices": ("prices", [_write_price(each, *_told(each)) for each in details.prices]),
    }
    return dict(written[name] for name in written if name in names)


def read_offer_change(fields: Fields, currency: str, variant_id: int | None = None) -> OfferChange:
    """Read what of a variant is to be another: what is named is, null leaves or empties."""
    prices = _prices(fields, currency=currency)
    given = {
        "metadata": fields.has("metadata"),
        "picture_id": fields.has("image"),
        "prices": prices is not None,
    }
    return OfferChange(
        variant=ChangeVariant(
            variant_id=fields.need("id", fields.identity("id")) if variant_id is None else variant_id,
            price=next((each.price for each in prices or () if each.currency == currency), None),
            sku=_emptied(fields, "sku"),
            barcode=_emptied(fields, "upc"),
            cost=_amount(fields, "unit_cost", currency),
            requires_shipping=fields.flag("requires_shipping"),
            may_oversell=fields.flag("allow_backorders"),
            tracked=fields.flag("track_stock"),
        ),
        details=VariantDetails(
            metadata=read_metadata(fields), picture_id=fields.identity("image"), prices=prices or ()
        ),
        given=frozenset(name for name, is_given in given.items() if is_given),
    )


def _emptied(fields: Fields, name: str) -> str | None:
    """Return a text, an empty one for null; None for what is absent."""
    return (fields.line(name) or "") if fields.has(name) else None


def encode_change(change: OfferChange, *, with_id: bool = True) -> dict[str, Json]:
    """Write what of a variant is to be another."""
    variant = change.variant
    plain = {
        "sku": variant.sku,
        "upc": variant.barcode,
        "unit_cost": None if variant.cost is None else write_money(variant.cost, _currency(change.details)),
        "requires_shipping": variant.requires_shipping,
        "allow_backorders": variant.may_oversell,
        "track_stock": variant.tracked,
    }
    return {
        **({"id": variant.variant_id} if with_id else {}),
        **{name: value for name, value in plain.items() if value is not None},
        **_encode_details(change.details, change.given),
    }
