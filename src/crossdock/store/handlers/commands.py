"""Every command that is not about an order, with what carries it out."""

from collections.abc import Mapping

from crossdock.store.handlers import (
    app_settings,
    apps,
    assortment,
    catalogue,
    deliveries,
    locating,
    offering,
    order_notes,
    placing,
    routing,
    services,
    setting,
    shipping_methods,
    shops,
    stock,
    stock_records,
    stocking,
    variants,
    webhooks,
)
from crossdock.store.handlers.context import CommandHandler

COMMANDS: Mapping[type, CommandHandler] = {
    **locating.COMMANDS,
    **placing.COMMANDS,
    **services.COMMANDS,
    **catalogue.COMMANDS,
    **variants.COMMANDS,
    **setting.COMMANDS,
    **stock.COMMANDS,
    **stocking.COMMANDS,
    **stock_records.COMMANDS,
    **offering.COMMANDS,
    **assortment.COMMANDS,
    **routing.COMMANDS,
    **webhooks.COMMANDS,
    **deliveries.COMMANDS,
    **shops.COMMANDS,
    **order_notes.COMMANDS,
    **shipping_methods.COMMANDS,
    **apps.COMMANDS,
    **app_settings.COMMANDS,
}
