"""Who a shop is, our fulfillment service there, and what it tells us of.

Source: Shopify GraphQL shop, fulfillmentServiceCreate, fulfillmentServiceUpdate, webhookSubscriptions.
"""

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.fields import Fields
from crossdock.dialects.shopify.graphql.asking.question import AnyQuestion, Question
from crossdock.dialects.shopify.graphql.asking.reading import USER_ERRORS, nodes, number, within
from crossdock.dialects.shopify.graphql.ids import MANUAL_SERVICE, service_gid
from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.places import Address
from crossdock.domain.queries import GetShop, ListFulfillmentServices
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import ListWebhookSubscriptions, SubscribeToWebhook
from crossdock.domain.work import ListedSubscription, RegisteredService, RepointFulfillmentService

SUBSCRIPTIONS_AT_ONCE = 50
SERVICE = "id serviceName handle callbackUrl trackingSupport inventoryManagement location { id }"
SUBSCRIPTION = "id topic uri"


def topic_word(topic: str) -> str:
    """Write a topic as the enum has it: `app/uninstalled` is APP_UNINSTALLED."""
    return topic.replace("/", "_").upper()


def _read_shop(data: Fields) -> Shop:
    fields = within(data, "shop")
    domain = fields.need("myshopifyDomain", fields.text("myshopifyDomain"))
    return Shop(
        id=number(fields),
        name=fields.need("name", fields.text("name")),
        domain=domain,
        subdomain=domain.partition(".")[0],
        email=fields.text("email") or "",
        currency=fields.need("currencyCode", fields.text("currencyCode")),
        timezone=fields.text("ianaTimezone") or "UTC",
        address=Address(),
        primary_location_id=None,
        created_at=fields.need("createdAt", fields.time("createdAt")),
        updated_at=fields.need("updatedAt", fields.time("updatedAt")),
    )


def _read_service(fields: Fields) -> RegisteredService:
    return RegisteredService(
        id=number(fields),
        name=fields.need("serviceName", fields.text("serviceName")),
        handle=fields.need("handle", fields.text("handle")),
        location_id=number(within(fields, "location")),
        callback_url=fields.text("callbackUrl"),
        tracking_support=fields.flag("trackingSupport") or False,
        inventory_management=fields.flag("inventoryManagement") or False,
    )


def _read_services(data: Fields) -> tuple[RegisteredService, ...]:
    """Read the services that apps registered: the merchant's own is none, and one without a place is none for us."""
    services = within(data, "shop").each("fulfillmentServices") or ()
    return tuple(
        _read_service(each) for each in services if each.text("id") != MANUAL_SERVICE and each.within("location")
    )


def _read_subscription(fields: Fields) -> ListedSubscription:
    return ListedSubscription(
        id=number(fields),
        topic=fields.need("topic", fields.text("topic")),
        address=fields.need("uri", fields.text("uri")),
    )


def _create_variables(command: CreateFulfillmentService) -> dict[str, Json]:
    return {
        "name": command.name,
        "callbackUrl": command.callback_url,
        "trackingSupport": command.tracking_support,
        "inventoryManagement": command.inventory_management,
        "requiresShippingMethod": command.requires_shipping_method,
    }


def _subscribe_variables(command: SubscribeToWebhook) -> dict[str, Json]:
    return {"topic": topic_word(command.topics[0]), "subscription": {"uri": command.address, "format": "JSON"}}


GET_SHOP: Question[GetShop, Shop] = Question(
    name="get_shop",
    command=GetShop,
    document="""query get_shop {
  shop { id name myshopifyDomain email currencyCode ianaTimezone createdAt updatedAt }
}""",
    variables=lambda _: {},
    read=_read_shop,
    points=lambda _: 2,
    source="Shopify GraphQL shop",
)
LIST_SERVICES: Question[ListFulfillmentServices, tuple[RegisteredService, ...]] = Question(
    name="list_fulfillment_services",
    command=ListFulfillmentServices,
    document=f"query list_fulfillment_services {{ shop {{ fulfillmentServices {{ {SERVICE} }} }} }}",
    variables=lambda _: {},
    read=_read_services,
    points=lambda _: 20,
    source="Shopify GraphQL Shop.fulfillmentServices",
)
CREATE_SERVICE: Question[CreateFulfillmentService, RegisteredService] = Question(
    name="create_fulfillment_service",
    command=CreateFulfillmentService,
    document=f"""mutation create_fulfillment_service(
  $name: String!, $callbackUrl: URL, $trackingSupport: Boolean, $inventoryManagement: Boolean,
  $requiresShippingMethod: Boolean
) {{
  fulfillmentServiceCreate(
    name: $name, callbackUrl: $callbackUrl, trackingSupport: $trackingSupport,
    inventoryManagement: $inventoryManagement, requiresShippingMethod: $requiresShippingMethod
  ) {{ fulfillmentService {{ {SERVICE} }} {USER_ERRORS} }}
}}""",
    variables=_create_variables,
    read=lambda data: _read_service(within(data, "fulfillmentServiceCreate", "fulfillmentService")),
    source="Shopify GraphQL fulfillmentServiceCreate",
)
REPOINT_SERVICE: Question[RepointFulfillmentService, RegisteredService] = Question(
    name="repoint_fulfillment_service",
    command=RepointFulfillmentService,
    # `requiresShippingMethod` would become true by default; ours is.
    document=f"""mutation repoint_fulfillment_service($id: ID!, $callbackUrl: URL) {{
  fulfillmentServiceUpdate(id: $id, callbackUrl: $callbackUrl) {{ fulfillmentService {{ {SERVICE} }} {USER_ERRORS} }}
}}""",
    variables=lambda command: {"id": service_gid(command.service_id), "callbackUrl": command.callback_url},
    read=lambda data: _read_service(within(data, "fulfillmentServiceUpdate", "fulfillmentService")),
    source="Shopify GraphQL fulfillmentServiceUpdate",
)
LIST_SUBSCRIPTIONS: Question[ListWebhookSubscriptions, tuple[ListedSubscription, ...]] = Question(
    name="list_webhook_subscriptions",
    command=ListWebhookSubscriptions,
    document=f"""query list_webhook_subscriptions($first: Int!, $after: String) {{
  webhookSubscriptions(first: $first, after: $after) {{
    pageInfo {{ hasNextPage endCursor }} nodes {{ {SUBSCRIPTION} }}
  }}
}}""",
    variables=lambda _: {"first": SUBSCRIPTIONS_AT_ONCE, "after": None},
    read=lambda data: tuple(_read_subscription(each) for each in nodes(data, "webhookSubscriptions")),
    page=("webhookSubscriptions",),
    points=lambda variables: int(variables["first"]),
    source="Shopify GraphQL webhookSubscriptions",
)
SUBSCRIBE: Question[SubscribeToWebhook, ListedSubscription] = Question(
    name="create_webhook_subscription",
    command=SubscribeToWebhook,
    document=f"""mutation create_webhook_subscription(
  $topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!
) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {{
    webhookSubscription {{ {SUBSCRIPTION} }} {USER_ERRORS}
  }}
}}""",
    variables=_subscribe_variables,
    read=lambda data: _read_subscription(within(data, "webhookSubscriptionCreate", "webhookSubscription")),
    source="Shopify GraphQL webhookSubscriptionCreate",
)
QUESTIONS: tuple[AnyQuestion, ...] = (
    GET_SHOP,
    LIST_SERVICES,
    CREATE_SERVICE,
    REPOINT_SERVICE,
    LIST_SUBSCRIPTIONS,
    SUBSCRIBE,
)
