"""What an app is told when it is uninstalled. Of people's data 29 Next tells by no address of an app's.

Source: 29 Next, webhook `app.uninstalled`.
"""

from crossdock.dialects.next29.rest.apps import write_app
from crossdock.dialects.next29.scopes import READ_ORDERS
from crossdock.dialects.operation import Json
from crossdock.domain.app_settings import AppCard
from crossdock.domain.apps import AppUninstalled, Parting
from crossdock.domain.shops import Shop

UNINSTALLED = "app.uninstalled"
KNOWING_CUSTOMERS = frozenset({READ_ORDERS})
# Source: 29 Next, changelog of 2024-04-10: an app with fulfillments in progress cannot be removed.
HELD_BY_WORK = True


def topic_of(parting: Parting) -> str | None:
    return UNINSTALLED if isinstance(parting, AppUninstalled) else None


def write_parting(parting: Parting, shop: Shop) -> Json:
    """Return the app that is gone, as the API has it. What it had set is gone with it."""
    app = parting.app if isinstance(parting, AppUninstalled) else None
    if app is None:
        return {}
    card = AppCard(
        client_id=app.client_id,
        name=app.name,
        settings={},
        created_at=app.created_at,
        updated_at=app.uninstalled_at or app.installed_at or app.created_at,
    )
    return write_app(card, shop)
