"""The shop of Shopify's documentation in plain values, so that its samples can be served field for field."""

from dataclasses import replace
from datetime import UTC, datetime

from crossdock.dialects.shopify.wire import Rendering
from crossdock.domain.orders import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentStatus,
    MerchantRequest,
    Order,
    OrderLine,
    RequestAnswer,
    RequestKind,
    Tracking,
)
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.shops import Shop
from crossdock.domain.states import Place, RequestStatus, Status

AT = datetime(2025, 1, 2, 16, 35, 27, tzinfo=UTC)
SHIPWIRE, OWN = 24826418, 905684977

SERVICE = FulfillmentService(
    id=611870435, app_id=7, name="Apple Api Shipwire", handle="api-shipwire", location_id=SHIPWIRE
)
LOCATIONS = {
    SHIPWIRE: Location(id=SHIPWIRE, name="Apple Api Shipwire", address=Address(country_code="DE"), service=SERVICE),
    OWN: Location(id=OWN, name="Fifth Avenue AppleStore", address=Address(city="New York", country_code="US")),
}
SHOP = Shop(
    id=548380009,
    name="John Smith Test Store",
    domain="jsmith.myshopify.com",
    subdomain="jsmith",
    email="j.smith@example.com",
    currency="USD",
    timezone="America/New_York",
    address=Address(city="Ottawa", country="Canada", country_code="CA", province="Ontario", province_code="ON"),
    primary_location_id=OWN,
    created_at=datetime(2007, 12, 31, 19, 0, tzinfo=UTC),
    updated_at=AT,
)
CONTEXT = Rendering(shop=SHOP, locations=LOCATIONS, version="2025-01", base_url="https://jsmith.myshopify.com")

# Order line, variant, inventory item of the samples.
GOODS: tuple[tuple[int, int, int], ...] = (
    (466157049, 39072856, 39072856),
    (518995019, 49148385, 49148385),
    (703073504, 457924702, 457924702),
)


def order(*fulfillment_orders: FulfillmentOrder, fulfillments: tuple[Fulfillment, ...] = ()) -> Order:
    """The order of three lines that the samples are about."""
    return Order(
        id=450789469,
        shop_id=SHOP.id,
        number=1,
        name="#1001",
        currency="USD",
        created_at=AT,
        updated_at=AT,
        processed_at=AT,
        email="bob.norman@mail.example.com",
        shipping_title="Expedited Shipping",
        shipping_address=Address(
            first_name="Bob",
            last_name="Norman",
            address1="Chestnut Street 92",
            address2="",
            city="Louisville",
            province="Kentucky",
            province_code="KY",
            zip="40202",
            country="United States",
            country_code="US",
            phone="+1(502)-459-2181",
        ),
        lines=tuple(
            OrderLine(
                id=line_id,
                title="IPod Nano - 8gb",
                quantity=1,
                price=19900,
                variant_id=variant_id,
                product_id=632910392,
                inventory_item_id=item_id,
                sku=f"IPOD-{variant_id}",
                grams=200,
            )
            for line_id, variant_id, item_id in GOODS
        ),
        fulfillment_orders=fulfillment_orders,
        fulfillments=fulfillments,
    )


def fulfillment_order(id: int, line_ids: tuple[int, ...], *, goods: slice, **state: object) -> FulfillmentOrder:
    """A fulfillment order at Shipwire with one unit of each of the goods named."""
    chosen = GOODS[goods]
    lines = tuple(
        FulfillmentOrderLine(
            id=line_id, order_line_id=line, quantity=1, remaining=1, variant_id=variant, inventory_item_id=item
        )
        for line_id, (line, variant, item) in zip(line_ids, chosen, strict=True)
    )
    plain = FulfillmentOrder(
        id=id,
        location_id=SHIPWIRE,
        place=Place.SERVICE,
        status=Status.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        lines=lines,
        created_at=AT,
        updated_at=AT,
    )
    return replace(plain, **state)  # type: ignore[arg-type]


def submitted(message: str, *, notify_customer: bool = False, answer: RequestAnswer | None = None) -> MerchantRequest:
    """A request that was sent for a fulfillment order."""
    return MerchantRequest(
        id=1,
        kind=RequestKind.FULFILLMENT,
        sent_at=AT,
        message=message,
        notify_customer=notify_customer,
        answer=answer,
        answered_at=AT if answer else None,
    )


def parcel(line: OrderLine, *, number: int = 1, tracking: tuple[Tracking, ...] = ()) -> Fulfillment:
    """A fulfillment of all units of a line from the shop's own location."""
    return Fulfillment(
        id=1069019877,
        number=number,
        location_id=OWN,
        status=FulfillmentStatus.SUCCESS,
        created_at=AT,
        updated_at=AT,
        tracking=tracking,
        lines=(
            FulfillmentLine(
                id=5,
                fulfillment_order_id=9,
                fulfillment_order_line_id=11,
                order_line_id=line.id,
                quantity=line.quantity,
            ),
        ),
    )
