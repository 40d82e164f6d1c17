"""What Shopify tells an app when it is uninstalled, and of people's data.

`app/uninstalled` is subscribed to; the three others go to addresses that the app was registered with.
Source: Shopify, webhooks; privacy law compliance: topics and payloads.
"""

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.rest import shop as shops
from crossdock.dialects.shopify.scopes import READ_ORDERS
from crossdock.dialects.shopify.wire import Rendering
from crossdock.domain.apps import AppUninstalled, CustomerConcerned, Parting, ShopErased
from crossdock.domain.shops import Shop

UNINSTALLED = "app/uninstalled"
DATA_REQUEST = "customers/data_request"
CUSTOMER_REDACT = "customers/redact"
SHOP_REDACT = "shop/redact"
PRIVACY_TOPICS = (DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT)
# Only apps that could read orders know anything of customers.
KNOWING_CUSTOMERS = frozenset({READ_ORDERS})
# A merchant may put an app out whatever it is at.
HELD_BY_WORK = False


def topic_of(parting: Parting) -> str:
    match parting:
        case AppUninstalled():
            return UNINSTALLED
        case ShopErased():
            return SHOP_REDACT
        case CustomerConcerned(erase=erase):
            return CUSTOMER_REDACT if erase else DATA_REQUEST


def write_parting(parting: Parting, shop: Shop) -> Json:
    """Return the body that tells it."""
    if isinstance(parting, AppUninstalled):
        context = Rendering(shop=shop, locations={}, version="", base_url=f"https://{shop.domain}")
        return shops.GET.encode_result(shop, context)["shop"]
    body: dict[str, Json] = {"shop_id": shop.id, "shop_domain": shop.domain}
    if isinstance(parting, ShopErased):
        return body
    # Customers have no id of their own here: the request's stands in its place.
    customer = {"id": parting.request_id, "email": parting.email, "phone": parting.phone}
    orders = list(parting.order_ids)
    if parting.erase:
        return {**body, "customer": customer, "orders_to_redact": orders}
    return {**body, "customer": customer, "orders_requested": orders, "data_request": {"id": parting.request_id}}
