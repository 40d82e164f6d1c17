"""Lines of orders, and how an order is shipped as the customer chose.

Source: Shopify GraphQL, LineItem, ShippingLine; that held units are not fulfillable: recorded.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.money import money, money_bag
from crossdock.dialects.shopify.graphql.sources import LineOf, ManualService
from crossdock.dialects.shopify.graphql.types.orders import attributes, is_over
from crossdock.dialects.shopify.scopes import READ_PRODUCTS
from crossdock.dialects.shopify.wire import write_money
from crossdock.domain.orders import OrderLine
from crossdock.domain.places import FulfillmentService
from crossdock.domain.queries import GetProduct, GetVariant
from crossdock.domain.states import Status

_NOT_NOW = frozenset({Status.ON_HOLD, Status.SCHEDULED})


def kept(line: OrderLine) -> int:
    return line.quantity - line.removed


def left(of: LineOf) -> int:
    """Return how many units are still to be shipped."""
    return of.order.remaining_quantities()[of.line.id]


def fulfillable(of: LineOf) -> int:
    """Return how many units can be shipped now."""
    return sum(
        line.remaining
        for each in of.order.fulfillment_orders
        if each.live and each.status not in _NOT_NOW
        for line in each.lines
        if line.order_line_id == of.line.id
    )


def full_title(line: OrderLine) -> str:
    return " - ".join(part for part in (line.title, line.variant_title) if part)


def weight(grams: int) -> Json:
    """Return what a Weight is read from."""
    return {"unit": "GRAMS", "value": float(grams)}


def service_at(asking: Asking, location_id: int) -> FulfillmentService | ManualService:
    """Return what a FulfillmentService is read from: the one of a location, or that of the merchant."""
    location = asking.locations.get(location_id)
    return ManualService() if location is None or location.service is None else location.service


def variant_of(variant_id: int | None, asking: Asking) -> Awaitable[Any] | None:
    return None if variant_id is None else asking.load(GetVariant(variant_id=variant_id))


def _product(of: LineOf, asking: Asking) -> Awaitable[Any] | None:
    return None if of.line.product_id is None else asking.load(GetProduct(product_id=of.line.product_id))


def _service(of: LineOf, asking: Asking) -> FulfillmentService | ManualService:
    for each in of.order.fulfillment_orders:
        if any(line.order_line_id == of.line.id for line in each.lines):
            return service_at(asking, each.location_id)
    return ManualService()


def _status(of: LineOf, _: Asking) -> str:
    shipped = of.order.fulfilled_quantities()[of.line.id]
    if not shipped:
        return "unfulfilled"
    return "fulfilled" if shipped >= kept(of.line) else "partial"


def _bag(units: Callable[[LineOf], int]) -> Callable[..., Json]:
    """Resolve the price of so many units."""
    return lambda of, _, **__: money_bag(of.line.price * units(of), of.order.currency)


def _money(units: Callable[[LineOf], int]) -> Callable[..., str]:
    return lambda of, _: write_money(of.line.price * units(of), of.order.currency)


def _all(of: LineOf) -> int:
    return of.line.quantity


def _one(_: LineOf) -> int:
    return 1


def _none(_: LineOf) -> int:
    return 0


def _plain(name: str) -> Callable[[LineOf, Asking], Any]:
    return lambda of, _: getattr(of.line, name)


LINE_FIELDS: Resolvers = {
    "LineItem": {
        "id": lambda of, _: gid("LineItem", of.line.id),
        **{name: _plain(name) for name in ("quantity", "sku", "taxable", "title", "vendor")},
        "requiresShipping": _plain("requires_shipping"),
        "variantTitle": _plain("variant_title"),
        "name": lambda of, _: full_title(of.line),
        "customAttributes": lambda of, _: attributes(of.line.properties),
        "weight": lambda of, _: weight(of.line.grams),
        "image": always(None),
        "isGiftCard": always(False),
        "lineItemGroup": always(None),
        "taxLines": always([]),
        "product": Field(_product, frozenset({READ_PRODUCTS})),
        "variant": Field(lambda of, asking: variant_of(of.line.variant_id, asking), frozenset({READ_PRODUCTS})),
        # Units.
        "currentQuantity": lambda of, _: kept(of.line),
        "fulfillableQuantity": lambda of, _: fulfillable(of),
        "nonFulfillableQuantity": _plain("removed"),
        "refundableQuantity": lambda of, _: kept(of.line),
        "unfulfilledQuantity": lambda of, _: left(of),
        "fulfillmentService": _service,
        "fulfillmentStatus": _status,
        "canRestock": lambda of, _: of.line.inventory_item_id is not None,
        "restockable": lambda of, _: of.line.inventory_item_id is not None,
        "merchantEditable": lambda of, _: not is_over(of.order) and left(of) > 0,
        # Money. There are no discounts, so what is discounted is as it was.
        "originalUnitPrice": _money(_one),
        "originalUnitPriceSet": _bag(_one),
        "discountedUnitPrice": _money(_one),
        "discountedUnitPriceSet": _bag(_one),
        "discountedUnitPriceAfterAllDiscountsSet": _bag(_one),
        "originalTotal": _money(_all),
        "originalTotalSet": _bag(_all),
        "discountedTotal": _money(_all),
        "discountedTotalSet": _bag(_all),
        "priceAfterAllDiscountsBeforeTaxesSet": _bag(_all),
        "totalDiscount": _money(_none),
        "totalDiscountSet": _bag(_none),
        "unfulfilledOriginalTotal": _money(left),
        "unfulfilledOriginalTotalSet": _bag(left),
        "unfulfilledDiscountedTotal": _money(left),
        "unfulfilledDiscountedTotalSet": _bag(left),
    },
    "ShippingLine": {
        # An order has one at most, so the order's id names it.
        "id": lambda of, _: gid("ShippingLine", of.order.id),
        "title": lambda of, _: of.order.shipping_title or of.order.shipping_code,
        "code": lambda of, _: of.order.shipping_code,
        "source": always("shopify"),
        "custom": always(False),
        "isRemoved": always(False),
        **dict.fromkeys(
            ("carrierIdentifier", "deliveryCategory", "phone", "requestedFulfillmentService", "shippingRateHandle"),
            always(None),
        ),
        "taxLines": always([]),
        **dict.fromkeys(
            ("currentDiscountedPriceSet", "discountedPriceSet", "originalPriceSet"),
            lambda of, _: money_bag(of.order.shipping_price, of.order.currency),
        ),
        **dict.fromkeys(
            ("discountedPrice", "originalPrice"), lambda of, _: money(of.order.shipping_price, of.order.currency)
        ),
        "price": lambda of, _: write_money(of.order.shipping_price, of.order.currency),
    },
}
