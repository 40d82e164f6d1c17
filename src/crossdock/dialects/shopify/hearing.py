"""How a service hears its Shopify stores: signed calls and webhooks, whose headers say what they are.

Source: Shopify, webhooks; "Build for fulfillment services", steps 2, 8 and 9.
"""

from crossdock.dialects.asking import Heard, Hearing, Told
from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.callback import CALLBACKS, SHOP_DOMAIN, SIGNATURE, WEBHOOK_ID, callback_named, verify

_TOPIC = "X-Shopify-Topic"
_FAREWELL = "app/uninstalled"


def _named(heard: Heard) -> str | None:
    domain = heard.header(SHOP_DOMAIN) or heard.parameter("shop")
    return domain.lower() if domain else None


def _told(heard: Heard, _body: Json) -> Told:
    return Told(topic=heard.header(_TOPIC) or "webhook", id=heard.header(WEBHOOK_ID))


HEARING = Hearing(
    calls=CALLBACKS,
    call_named=callback_named,
    named=_named,
    signed=True,
    own_secret=False,
    signature=SIGNATURE,
    verify=verify,
    told=_told,
    topics=(
        _FAREWELL,
        "fulfillment_orders/fulfillment_request_submitted",
        "fulfillment_orders/cancellation_request_submitted",
        "fulfillment_orders/cancelled",
        "fulfillment_orders/moved",
        "fulfillment_orders/placed_on_hold",
        "fulfillment_orders/hold_released",
        "fulfillment_orders/merged",
        "fulfillment_orders/split",
    ),
    farewell=_FAREWELL,
)
"""What changes our work, or ends it, without a call to the fulfillment service is among the topics."""
