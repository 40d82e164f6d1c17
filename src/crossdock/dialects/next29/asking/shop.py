"""Who a store is, our location there, and what it tells us of.

Source: 29 Next Admin API, store, locations, webhooks.
"""

from dataclasses import replace
from datetime import UTC, datetime

from crossdock.dialects.next29.asking.question import AnyQuestion, Question, identity_of, items_of
from crossdock.dialects.next29.fields import Fields, whole_body
from crossdock.dialects.next29.rest import locations, store, webhooks
from crossdock.dialects.next29.versions import STABLE
from crossdock.dialects.operation import Call, Json
from crossdock.domain.places import Address
from crossdock.domain.placing import GetPlace, OpenPlace, ReplacePlace
from crossdock.domain.queries import GetShop, ListFulfillmentServices
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import ChangeWebhookSubscription, ListWebhookSubscriptions, SubscribeToWebhook
from crossdock.domain.work import ListedSubscription, RegisteredService

WEBHOOK_NAME = "Crossdock"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _read_store(answer: Json) -> Shop:
    """Read what a store says of itself, which is not the name that its calls have: that stands in its address."""
    fields = whole_body(answer)
    currencies = [each.text("code") for each in fields.each("available_currencies") or ()]
    return Shop(
        id=0,
        name=fields.need("name", fields.text("name")),
        domain="",
        subdomain="",
        email="",
        currency=next((code for code in currencies if code), "USD"),
        timezone=fields.text("timezone") or "UTC",
        address=Address(),
        primary_location_id=None,
        created_at=_LONG_AGO,
        updated_at=_LONG_AGO,
    )


def _encode_locations(_query: ListFulfillmentServices) -> Call:
    return Call(method="GET", path="locations/")


def _read_location(fields: Fields) -> RegisteredService:
    """Read a location: where an app's work is done is all that the platform knows of a service."""
    location_id = identity_of(fields)
    return RegisteredService(
        id=location_id,
        name=fields.text("name") or "",
        handle="",
        location_id=location_id,
        callback_url=fields.text("callback_url") or None,
    )


def _read_locations(answer: Json) -> tuple[RegisteredService, ...]:
    return tuple(_read_location(each) for each in items_of(answer))


def _read_one_location(answer: Json) -> RegisteredService:
    return _read_location(whole_body(answer))


def _encode_webhooks(_query: ListWebhookSubscriptions) -> Call:
    return Call(method="GET", path="webhooks/")


def _read_webhooks(answer: Json) -> tuple[ListedSubscription, ...]:
    """Read webhooks, each as many times as it has topics."""
    return tuple(
        ListedSubscription(id=identity_of(each), topic=topic, address=each.text("target") or "")
        for each in items_of(answer)
        for topic in each.texts("events") or ()
    )


def _encode_subscription(command: SubscribeToWebhook) -> Call:
    return webhooks.CREATE.encode(replace(command, name=command.name or WEBHOOK_NAME, api_version=STABLE, active=True))


def _read_webhook(answer: Json) -> int:
    return identity_of(whole_body(answer))


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        name="get_shop",
        command=GetShop,
        encode=store.GET.encode,
        decode_result=_read_store,
        source="29 Next, storeRetrieve",
    ),
    Question(
        name="list_locations",
        command=ListFulfillmentServices,
        encode=_encode_locations,
        decode_result=_read_locations,
        source="29 Next, locationsList: those of the app that asks",
    ),
    Question(
        name="get_location",
        command=GetPlace,
        encode=locations.GET.encode,
        decode_result=locations.GET.decode_result,
        source="29 Next, locationsRetrieve",
    ),
    Question(
        name="create_location",
        command=OpenPlace,
        encode=locations.OPEN.encode,
        decode_result=_read_one_location,
        source="29 Next, locationsCreate",
    ),
    Question(
        name="replace_location",
        command=ReplacePlace,
        encode=locations.REPLACE.encode,
        decode_result=_read_one_location,
        source="29 Next, locationsUpdate: there is no partial one",
    ),
    Question(
        name="list_webhook_subscriptions",
        command=ListWebhookSubscriptions,
        encode=_encode_webhooks,
        decode_result=_read_webhooks,
        source="29 Next, webhooksList",
    ),
    Question(
        name="create_webhook_subscription",
        command=SubscribeToWebhook,
        encode=_encode_subscription,
        decode_result=_read_webhook,
        source="29 Next, webhooksCreate",
    ),
    Question(
        name="update_webhook_subscription",
        command=ChangeWebhookSubscription,
        encode=webhooks.UPDATE.encode,
        decode_result=_read_webhook,
        source="29 Next, webhooksPartialUpdate",
    ),
)
