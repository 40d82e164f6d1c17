"""Making an order. Source: Shopify GraphQL orderCreate, recorded."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.order_input import address, amount, attributes, grams, tags
from crossdock.dialects.shopify.graphql.mutations.reading import number, one_line, paragraph
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.scopes import WRITE_ORDERS
from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.ordering import NO_SUCH_VARIANT
from crossdock.domain.orders import FinancialStatus, StockClaim
from crossdock.domain.refusals import Invalid, NoLocation, Refusal, StockNotAvailable

_ORDER = ("order",)
_LINES = ("order", "lineItems")
_SHIPPING = ("order", "shippingLines", "0")
_INVALID = "INVALID"
# The engine has no word for a payment that was allowed and not taken in time.
_FINANCIAL = {"EXPIRED": FinancialStatus.VOIDED}


def _decode(arguments: Arguments, asking: Asking) -> CreateOrder:
    given, options = arguments["order"], arguments.get("options") or {}
    _check(given)
    lines = given.get("line_items") or ()
    shipping: Mapping[str, Any] = next(iter(given.get("shipping_lines") or ()), {})
    currency = _currency(given, [*lines, shipping]) or asking.currency
    price = shipping.get("price_set")
    return CreateOrder(
        lines=tuple(_line(line, currency, (*_LINES, str(index))) for index, line in enumerate(lines)),
        currency=currency,
        name=one_line(given.get("name"), "order", "name") or None,
        source_name=one_line(given.get("source_name"), "order", "sourceName") or None,
        email=one_line(_email(given), "order", "email"),
        phone=one_line(given.get("phone"), "order", "phone"),
        note=paragraph(given.get("note"), "order", "note"),
        tags=tags(given.get("tags")) or "",
        note_attributes=attributes(given.get("custom_attributes"), "order", "customAttributes") or (),
        test=bool(given.get("test")),
        financial_status=_financial_status(given),
        stock_claim=StockClaim[_claim(options.get("inventory_behaviour") or "BYPASS")],
        shipping_address=address(given.get("shipping_address"), "order", "shippingAddress"),
        billing_address=address(given.get("billing_address"), "order", "billingAddress"),
        shipping_title=one_line(shipping.get("title"), *_SHIPPING, "title"),
        shipping_code=one_line(shipping.get("code"), *_SHIPPING, "code"),
        shipping_price=price and amount(price["shop_money"]["amount"], currency, *_SHIPPING, "priceSet"),
        processed_at=given.get("processed_at"),
    )


def _check(given: Mapping[str, Any]) -> None:
    """Raises: UserErrors for what contradicts itself, and for orders that are shipped as they are made."""
    if given.get("customer") is not None and given.get("customer_id") is not None:
        said = "Only one of customer and customerId can be given"
        raise UserErrors((UserError(_ORDER, said, "REDUNDANT_CUSTOMER_FIELDS"),))
    for name, key in (("fulfillment", "fulfillment"), ("fulfillmentStatus", "fulfillment_status")):
        if given.get(key) is not None:
            said = "Orders cannot be fulfilled as they are created: create a fulfillment"
            raise UserErrors((UserError(("order", name), said, _INVALID),))


def _currency(given: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the currency of the order: as it says, or that of its prices. Raises: UserErrors for several."""
    named = dict.fromkeys(_currencies(given, lines))
    if len(named) > 1:
        said = f"Currency must be the same everywhere: {', '.join(named)} were found"
        raise UserErrors((UserError(("order", "currency"), said, _INVALID),))
    return next(iter(named), None)


def _currencies(given: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if given.get("currency") is not None:
        yield given["currency"]
    for line in lines:
        if line.get("price_set") is not None:
            yield line["price_set"]["shop_money"]["currency_code"]


def _email(given: Mapping[str, Any]) -> str | None:
    customer = (given.get("customer") or {}).get("to_upsert") or (given.get("customer") or {}).get("to_associate") or {}
    email: str | None = given.get("email")
    return email if email is not None else customer.get("email")


def _financial_status(given: Mapping[str, Any]) -> FinancialStatus:
    """Return the status given, else that which payments make: a sale that went through pays the order."""
    named = given.get("financial_status")
    if named is not None:
        return _FINANCIAL.get(named) or FinancialStatus[named]
    done = {each["kind"] for each in given.get("transactions") or () if each["status"] == "SUCCESS"}
    if done & {"SALE", "CAPTURE"}:
        return FinancialStatus.PAID
    return FinancialStatus.AUTHORIZED if "AUTHORIZATION" in done else FinancialStatus.PENDING


def _claim(behaviour: str) -> str:
    return behaviour.removeprefix("DECREMENT_")


def _line(given: Mapping[str, Any], currency: str, path: tuple[str, ...]) -> NewOrderLine:
    variant_id = given.get("variant_id")
    price = given.get("price_set")
    needs_shipping: bool | None = given.get("requires_shipping")
    if variant_id is not None and not needs_shipping:
        needs_shipping = None  # false is what stands there unless it is said, so the variant knows better
    return NewOrderLine(
        quantity=given["quantity"],
        variant_id=None if variant_id is None else number(variant_id, "ProductVariant", zero=True),
        title=one_line(given.get("title"), *path, "title"),
        price=None if price is None else amount(price["shop_money"]["amount"], currency, *path, "priceSet"),
        sku=one_line(given.get("sku"), *path, "sku"),
        grams=grams(given.get("weight"), *path, "weight"),
        vendor=one_line(given.get("vendor"), *path, "vendor"),
        requires_shipping=needs_shipping,
        taxable=given.get("taxable") is not False,
        service=given.get("fulfillment_service"),
        properties=attributes(given.get("properties"), *path, "properties") or (),
    )


def _created(result: OrderCreated, _: Asking, __: Arguments) -> Json:
    return {"order": result.order}


def _errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case Invalid("line_items", message) if message == NO_SUCH_VARIANT:
            # As recorded: a line of which nothing is known has no name either.
            return [
                UserError(_LINES, "Line items Title can't be blank", _INVALID),
                UserError(_LINES, "Line items Name can't be blank", _INVALID),
                UserError(_ORDER, "Order Line items is invalid", _INVALID),
            ]
        case Invalid("line_items"):
            return say(refusal, _LINES, _INVALID)
        case Invalid("processed_at"):
            return say(refusal, ("order", "processedAt"), "PROCESSED_AT_INVALID")
        case Invalid("fulfillment_service"):
            return [UserError(_LINES, f"Fulfillment service {refusal.message}", "FULFILLMENT_SERVICE_INVALID")]
        case StockNotAvailable():
            return [UserError(_LINES, "Unable to reserve inventory", "INVENTORY_CLAIM_FAILED")]
        case NoLocation():
            return [UserError(_ORDER, "The shop has no active location.", _INVALID)]
        case Invalid(field):
            return say(refusal, ("order", field), _INVALID)
        case _:
            return say(refusal, _ORDER, _INVALID)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="orderCreate",
        scopes=frozenset({WRITE_ORDERS}),
        decode=_decode,
        result=OrderCreated,
        payload=_created,
        user_errors=_errors,
        objects=("order",),
        source="Shopify GraphQL orderCreate, recorded",
    ),
)
