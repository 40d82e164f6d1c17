"""Every query with what answers it."""

from collections.abc import Mapping

from crossdock.store.handlers import (
    app_settings,
    assortment,
    catalogue,
    finding_orders,
    finding_work,
    fulfillment_order_queries,
    offering,
    order_notes,
    order_numbers,
    order_queries,
    places,
    placing,
    routing,
    services,
    shipping_methods,
    stock,
    stock_records,
    variants,
    webhooks,
)
from crossdock.store.handlers.context import QueryHandler

QUERIES: Mapping[type, QueryHandler] = {
    **places.QUERIES,
    **placing.QUERIES,
    **services.QUERIES,
    **catalogue.QUERIES,
    **variants.QUERIES,
    **stock.QUERIES,
    **stock_records.QUERIES,
    **offering.QUERIES,
    **assortment.QUERIES,
    **routing.QUERIES,
    **order_queries.QUERIES,
    **order_numbers.QUERIES,
    **order_notes.QUERIES,
    **finding_orders.QUERIES,
    **shipping_methods.QUERIES,
    **fulfillment_order_queries.QUERIES,
    **finding_work.QUERIES,
    **webhooks.QUERIES,
    **app_settings.QUERIES,
}
