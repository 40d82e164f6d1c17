"""The request that makes an order.

Source: 29 Next Admin API, CreateOrder; payment methods `external` and the cards `test_card` and `test_3ds_card` need no
gateway, and cards for tests make test orders: developer guides. That a store without gateways refuses the others, and
what cannot be kept (offers, vouchers, subscriptions), is ours.
"""

import re
from typing import Any

from crossdock.dialects.next29.fields import REQUIRED, Fields, body_of
from crossdock.dialects.next29.rest.addressing import read_person_address, write_sent_address
from crossdock.dialects.next29.wire import write_money
from crossdock.dialects.operation import Call, Json, NotExpressible
from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.finding_orders import OrderStanding
from crossdock.domain.order_details import NO_DETAILS, Customer, OrderDetails
from crossdock.domain.orders import FinancialStatus, StockClaim
from crossdock.domain.places import Address
from crossdock.domain.routing.rules import NEAREST_RULES

PATH = "orders/"
EXTERNAL = "external"
CARD = "card_token"
TEST_CARDS = frozenset({"test_card", "test_3ds_card"})
PAYMENT_METHODS = (
    *(CARD, "saved_card", "apple_pay", "google_pay", EXTERNAL, "paypal", "affirm", "bancontact", "giropay", "ideal"),
    *("klarna", "link", "sepa_debit", "sofort", "twint"),
)
LANGUAGES = ("en", "fr", "th", "de", "sv", "no", "it", "es", "nl", "pt", "da", "fi")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def decode_create(call: Call) -> CreateOrder:
    """Raises: Unreadable."""
    fields = body_of(call)
    currency = read_currency(fields)
    lines = _read_lines(fields, currency or call.currency)
    _refuse_what_cannot_be_kept(fields)
    shipping = read_person_address(fields, "shipping_address")
    same = fields.flag("billing_same_as_shipping_address")
    user = fields.within("user") or Fields({}, fields.where("user"))
    customer = _read_customer(user)
    _check_names(user, customer, shipping)
    _refuse_defaults(fields, shipping)
    method = _read_payment_method(fields)
    test = method == CARD
    standing = fields.word("status", OrderStanding)
    return CreateOrder(
        lines=lines,
        usual_rules=NEAREST_RULES,
        currency=currency,
        email=_read_email(user),
        phone=user.line("phone_number") or None,
        tags=", ".join(read_tags(fields) or ()),
        test=test,
        financial_status=FinancialStatus.PENDING if method is None else FinancialStatus.PAID,
        # What a test, or another shop long ago, has sold is not to be taken from the shelf.
        stock_claim=StockClaim.BYPASS if test or standing in _PAST else StockClaim.OBEYING_POLICY,
        shipping_address=shipping,
        billing_address=shipping if same else read_person_address(fields, "billing_address"),
        shipping_method=fields.line("shipping_code") or None,
        shipping_price=_read_price(fields, "shipping_price", currency or call.currency),
        processed_at=fields.time("date_placed"),
        closed=standing is OrderStanding.ARCHIVED,
        cancelled=standing is OrderStanding.CANCELED,
        details=_kept(
            OrderDetails(
                customer=customer if customer != Customer() else None,
                metadata=fields.free("metadata"),
                attribution=read_attribution(fields),
                payment_method=method,
            )
        ),
    )


_PAST = frozenset({OrderStanding.ARCHIVED, OrderStanding.CANCELED})


def _kept(details: OrderDetails) -> OrderDetails | None:
    return details if details != NO_DETAILS else None


def read_currency(fields: Fields) -> str | None:
    currency = fields.line("currency", 3) or None
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise fields.not_a_choice("currency", currency)
    return currency


def read_tags(fields: Fields) -> tuple[str, ...] | None:
    """Read tags; None where none are sent. A list may have nulls, and a tag with a comma is several."""
    given = fields.values.get("tags")
    if isinstance(given, list):
        fields = Fields({"tags": [each for each in given if each is not None]}, fields.path)
    fields.free("tags")  # not more of them than can be kept
    tags = fields.texts("tags")
    if tags is None:
        return () if fields.values.get("tags") == "" else None
    return tuple(part for tag in tags for each in tag.split(",") if (part := each.strip()))


def read_attribution(fields: Fields) -> dict[str, Any] | None:
    """Read how an order came about, whatever it names."""
    fields.free("attribution")  # not more than can be kept
    given = fields.within("attribution")
    return dict(given.values) if given is not None and given.values else None


def _read_lines(fields: Fields, currency: str) -> tuple[NewOrderLine, ...]:
    lines = fields.need("lines", fields.each("lines"))
    if not lines:
        raise fields.wrong("lines", "This list may not be empty.")
    return tuple(_read_line(line, currency) for line in lines)


def _read_line(fields: Fields, currency: str) -> NewOrderLine:
    quantity = fields.need("quantity", fields.whole("quantity"))
    if quantity < 1:
        raise fields.wrong("quantity", "Ensure this value is greater than or equal to 1.")
    if fields.values.get("subscription"):
        raise fields.wrong("subscription", "The store has no subscriptions.")
    return NewOrderLine(
        variant_id=fields.need("product_id", fields.identity("product_id")),
        quantity=quantity,
        price=_read_price(fields, "price", currency),
        upsell=fields.flag("is_upsell") or False,
        metadata=fields.free("metadata"),
    )


def _read_price(fields: Fields, name: str, currency: str) -> int | None:
    price = fields.money(name, currency)
    if price is not None and price < 0:
        raise fields.wrong(name, "Ensure this value is greater than or equal to 0.")
    return price


def _read_customer(fields: Fields) -> Customer:
    language = fields.text("language") or None
    if language is not None and language not in LANGUAGES:
        raise fields.not_a_choice("language", language)
    return Customer(
        id=fields.identity("id"),
        first_name=fields.line("first_name") or None,
        last_name=fields.line("last_name") or None,
        accepts_marketing=fields.flag("accepts_marketing"),
        ip=fields.line("ip") or None,
        language=language,
        user_agent=fields.paragraph("user_agent") or None,
        tags=read_tags(fields) or (),
        metadata=fields.free("metadata"),
    )


def _read_email(fields: Fields) -> str | None:
    email = fields.line("email") or None
    if email is not None and not _EMAIL.fullmatch(email):
        raise fields.wrong("email", "Enter a valid email address.")
    return email


def _check_names(user: Fields, customer: Customer, shipping: Address | None) -> None:
    """Whoever orders has a first and a last name. Source: 29 Next changelog of 2021-05-03. Raises: Unreadable."""
    if shipping is None:
        for name, value in (("first_name", customer.first_name), ("last_name", customer.last_name)):
            if not value:
                raise user.wrong(name, REQUIRED)


def _refuse_defaults(fields: Fields, shipping: Address | None) -> None:
    """Nobody has addresses that the store would know. Raises: Unreadable."""
    for name, sent in (
        ("use_default_shipping_address", shipping is not None),
        ("use_default_billing_address", fields.values.get("billing_address") is not None),
    ):
        if fields.flag(name) and not sent:
            raise fields.wrong(name, "The user has no default address.")


def _refuse_what_cannot_be_kept(fields: Fields) -> None:
    """Raises: Unreadable."""
    if fields.identities("offers"):
        raise fields.wrong("offers", "The store has no offers.")
    if fields.texts("vouchers"):
        raise fields.wrong("vouchers", "The store has no vouchers.")


def _read_payment_method(fields: Fields) -> str | None:
    """Read by what an order is paid; None: not at all, yet. Raises: Unreadable."""
    method = fields.text("payment_method") or None
    if method is None:
        return None
    if method not in PAYMENT_METHODS:
        raise fields.not_a_choice("payment_method", method)
    payment = fields.within("payment_details")
    tested = payment is not None and any(each in TEST_CARDS for each in payment.values.values() if _is_text(each))
    if method == EXTERNAL or (method == CARD and tested):
        return method
    raise fields.wrong("payment_method", "The store has no gateway for this payment method.")


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def encode_create(command: CreateOrder) -> Call:
    """Raises: NotExpressible for lines that name no variant, and for what is neither unpaid nor paid."""
    details = command.details or NO_DETAILS
    method = _payment_method(command, details)
    standing = {command.closed: OrderStanding.ARCHIVED, command.cancelled: OrderStanding.CANCELED}.get(True)
    fields: dict[str, Json] = {
        "lines": [_write_line(line, command.currency) for line in command.lines],
        "currency": command.currency,
        "user": _write_customer(command, details.customer or Customer()),
        "tags": [tag for each in command.tags.split(",") if (tag := each.strip())],
        "payment_method": method,
        "payment_details": {"card_token": "test_card"} if method == CARD else None,
        "shipping_address": write_sent_address(command.shipping_address),
        "billing_address": write_sent_address(command.billing_address),
        "shipping_code": command.shipping_method,
        "shipping_price": _write_price(command.shipping_price, command.currency),
        "date_placed": command.processed_at.isoformat() if command.processed_at else None,
        "status": standing.value if standing else None,
        "metadata": details.metadata,
        "attribution": dict(details.attribution) if details.attribution else None,
    }
    return Call(method="POST", path=PATH, body=_without_nothing(fields))


def _payment_method(command: CreateOrder, details: OrderDetails) -> str | None:
    if command.test:
        return CARD
    match command.financial_status:
        case FinancialStatus.PENDING:
            return None
        case FinancialStatus.PAID:
            return details.payment_method or EXTERNAL
        case status:
            raise NotExpressible(f"a new order that is {status}")


def _write_line(line: NewOrderLine, currency: str | None) -> Json:
    if line.variant_id is None:
        raise NotExpressible("a line of no variant")
    return _without_nothing(
        {
            "product_id": line.variant_id,
            "quantity": line.quantity,
            "price": _write_price(line.price, currency),
            "is_upsell": line.upsell or None,
            "metadata": line.metadata,
        }
    )


def _write_price(price: int | None, currency: str | None) -> str | None:
    if price is None:
        return None
    if currency is None:
        raise NotExpressible("a price without its currency")
    return write_money(price, currency)


def _write_customer(command: CreateOrder, customer: Customer) -> Json:
    return _without_nothing(
        {
            "id": customer.id,
            "email": command.email,
            "phone_number": command.phone,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "accepts_marketing": customer.accepts_marketing,
            "ip": customer.ip,
            "language": customer.language,
            "user_agent": customer.user_agent,
            "tags": list(customer.tags) or None,
            "metadata": customer.metadata,
        }
    )


def _without_nothing(fields: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None}
