"""Every type's resolvers and every mutation, gathered from the modules that know them."""

from collections.abc import Callable, Mapping
from typing import Any

from crossdock.dialects.shopify.graphql.field import Field, Resolvers
from crossdock.dialects.shopify.graphql.mutation import Mutation
from crossdock.dialects.shopify.graphql.mutations import (
    counting,
    fulfilling,
    holding,
    locations,
    moving,
    new_order,
    orders,
    products,
    requests,
    scheduling,
    services,
    splitting,
    stocking,
    webhooks,
)
from crossdock.dialects.shopify.graphql.sources import (
    AddressOf,
    DeliveryOf,
    DestinationOf,
    DomainOf,
    EventOf,
    FulfillmentLineOf,
    FulfillmentOrderLineOf,
    HoldOf,
    InstallationOf,
    LineOf,
    MeasurementOf,
    OptionOf,
    OptionValueOf,
    QuantityOf,
    RequestOf,
    ShopAddressOf,
    TransactionOf,
)
from crossdock.dialects.shopify.graphql.types import nodes
from crossdock.dialects.shopify.graphql.types.addresses import ADDRESS_FIELDS
from crossdock.dialects.shopify.graphql.types.apps import APP_FIELDS, APP_NODES
from crossdock.dialects.shopify.graphql.types.fulfillment_orders import FULFILLMENT_ORDER_FIELDS
from crossdock.dialects.shopify.graphql.types.fulfillments import FULFILLMENT_FIELDS
from crossdock.dialects.shopify.graphql.types.inventory import INVENTORY_FIELDS, INVENTORY_NODES
from crossdock.dialects.shopify.graphql.types.locations import LOCATION_FIELDS, LOCATION_NODES
from crossdock.dialects.shopify.graphql.types.moving import MOVING_FIELDS
from crossdock.dialects.shopify.graphql.types.order_lines import LINE_FIELDS
from crossdock.dialects.shopify.graphql.types.order_roots import ORDER_NODES, ORDER_ROOTS
from crossdock.dialects.shopify.graphql.types.orders import ORDER_FIELDS
from crossdock.dialects.shopify.graphql.types.product_roots import PRODUCT_NODES, PRODUCT_ROOTS
from crossdock.dialects.shopify.graphql.types.products import PRODUCT_FIELDS
from crossdock.dialects.shopify.graphql.types.services import SERVICE_FIELDS
from crossdock.dialects.shopify.graphql.types.shop import SHOP_FIELDS, SHOP_NODES
from crossdock.dialects.shopify.graphql.types.webhooks import WEBHOOK_FIELDS, WEBHOOK_NODES, HttpEndpoint
from crossdock.domain.apps import Installation
from crossdock.domain.catalogue import InventoryItem, Product, ProductVariant
from crossdock.domain.orders import Order
from crossdock.domain.places import Location
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound
from crossdock.domain.shops import Shop
from crossdock.domain.stock_queries import Adjustment, LevelFound
from crossdock.domain.subscriptions import WebhookSubscription

# By the type in a global id: what makes the query of its number, and the scopes to see it.
NODES: Mapping[str, Field] = {
    **ORDER_NODES,
    **SHOP_NODES,
    **APP_NODES,
    **PRODUCT_NODES,
    **WEBHOOK_NODES,
    **LOCATION_NODES,
    **INVENTORY_NODES,
}

MODULES: tuple[Resolvers, ...] = (
    nodes.roots(NODES),
    SHOP_FIELDS,
    APP_FIELDS,
    ORDER_ROOTS,
    ORDER_FIELDS,
    LINE_FIELDS,
    ADDRESS_FIELDS,
    FULFILLMENT_ORDER_FIELDS,
    MOVING_FIELDS,
    FULFILLMENT_FIELDS,
    PRODUCT_ROOTS,
    PRODUCT_FIELDS,
    WEBHOOK_FIELDS,
    orders.PAYLOAD_FIELDS,
    products.PAYLOAD_FIELDS,
    LOCATION_FIELDS,
    SERVICE_FIELDS,
    INVENTORY_FIELDS,
    locations.LOCATION_PAYLOADS,
    stocking.STOCKING_PAYLOADS,
)

# A type's fields may stand in several modules: those of the roots stand with what they lead to.
FIELDS: Mapping[str, Mapping[str, Field | Callable[..., Any]]] = {
    name: {field: resolver for module in MODULES for field, resolver in module.get(name, {}).items()}
    for name in {name for module in MODULES for name in module}
}
# What each class is that can stand where the schema names an interface.
TYPES: Mapping[type, str] = {
    Shop: "Shop",
    DomainOf: "Domain",
    ShopAddressOf: "ShopAddress",
    Installation: "App",
    InstallationOf: "AppInstallation",
    Order: "Order",
    LineOf: "LineItem",
    AddressOf: "MailingAddress",
    TransactionOf: "OrderTransaction",
    FulfillmentFound: "Fulfillment",
    FulfillmentLineOf: "FulfillmentLineItem",
    EventOf: "FulfillmentEvent",
    FulfillmentOrderFound: "FulfillmentOrder",
    FulfillmentOrderLineOf: "FulfillmentOrderLineItem",
    RequestOf: "FulfillmentOrderMerchantRequest",
    HoldOf: "FulfillmentHold",
    DestinationOf: "FulfillmentOrderDestination",
    DeliveryOf: "DeliveryMethod",
    Product: "Product",
    ProductVariant: "ProductVariant",
    OptionOf: "ProductOption",
    OptionValueOf: "ProductOptionValue",
    WebhookSubscription: "WebhookSubscription",
    HttpEndpoint: "WebhookHttpEndpoint",
    Location: "Location",
    InventoryItem: "InventoryItem",
    MeasurementOf: "InventoryItemMeasurement",
    LevelFound: "InventoryLevel",
    QuantityOf: "InventoryQuantity",
    Adjustment: "InventoryAdjustmentGroup",
}
MUTATIONS: tuple[Mutation, ...] = (
    *requests.MUTATIONS,
    *holding.MUTATIONS,
    *moving.MUTATIONS,
    *splitting.MUTATIONS,
    *scheduling.MUTATIONS,
    *fulfilling.MUTATIONS,
    *new_order.MUTATIONS,
    *orders.MUTATIONS,
    *webhooks.MUTATIONS,
    *products.MUTATIONS,
    *services.MUTATIONS,
    *locations.MUTATIONS,
    *counting.MUTATIONS,
    *stocking.MUTATIONS,
)
