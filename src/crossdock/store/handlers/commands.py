"""Every command that is not about an order, with what carries it out."""

from collections.abc import Mapping

from crossdock.store.handlers import assortment, catalogue, routing, services, stock, webhooks
from crossdock.store.handlers.context import CommandHandler

COMMANDS: Mapping[type, CommandHandler] = {
    **services.COMMANDS,
    **catalogue.COMMANDS,
    **stock.COMMANDS,
    **assortment.COMMANDS,
    **routing.COMMANDS,
    **webhooks.COMMANDS,
}
