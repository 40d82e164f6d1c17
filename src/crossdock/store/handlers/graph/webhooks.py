"""Webhook subscriptions by id and in lists. An app finds its own; a caller that is no app those of all of them."""

from collections.abc import Mapping, Sequence

from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import SearchWebhookSubscriptions, Stretch
from crossdock.domain.subscriptions import GetWebhookSubscription, WebhookSubscription
from crossdock.runtime.connection import Connection
from crossdock.store.database.searching import (
    Looking,
    Moment,
    Number,
    Parameters,
    Searchable,
    Sort,
    SortType,
    Text,
    cut_each,
    rows_of,
    stretches_of,
    where,
)
from crossdock.store.database.webhooks import OWNED, load_subscriptions
from crossdock.store.handlers.context import Loader, LookingFor, ReadContext

SUBSCRIPTIONS = Searchable(
    fields={
        "id": (Number("id"),),
        "created_at": (Moment("created_at"),),
        "updated_at": (Moment("updated_at"),),
    },
    texts=(Text("array_to_string(topics, ' ')"), Text("address"), Text("name")),
    sorts={"created_at": Sort("created_at", SortType.TIME)},
)


def subscriptions_looked_for(search: SearchWebhookSubscriptions, context: ReadContext) -> Looking:
    parameters = Parameters(context.shop_id, context.caller.app_id, at=context.at)
    terms = [OWNED, f"({where(search.condition, SUBSCRIPTIONS, parameters)})"]
    if search.topics:
        terms.append(f"topics && ({parameters.add(list(search.topics), 'text[]')})")
    if search.address is not None:
        terms.append(f"address = {parameters.add(search.address, 'text')}")
    if search.format is not None:
        terms.append(f"format = {parameters.add(search.format, 'text')}")
    return Looking(f"FROM webhook_subscriptions WHERE {' AND '.join(terms)}", parameters, SUBSCRIPTIONS)


async def search_subscriptions(
    connection: Connection, searches: Sequence[SearchWebhookSubscriptions], context: ReadContext
) -> Sequence[Stretch[WebhookSubscription] | Invalid]:
    found = await cut_each(connection, searches, lambda search: subscriptions_looked_for(search, context))
    ids = {row["id"] for row in rows_of(found)}
    things = await load_subscriptions(connection, context.shop_id, context.caller.app_id, ids)
    return stretches_of(searches, found, things)


async def subscriptions(
    connection: Connection, queries: Sequence[GetWebhookSubscription], context: ReadContext
) -> Sequence[WebhookSubscription | None]:
    ids = {query.subscription_id for query in queries}
    found = await load_subscriptions(connection, context.shop_id, context.caller.app_id, ids)
    return [found.get(query.subscription_id) for query in queries]


# What counting needs.
LOOKING: Mapping[type, LookingFor] = {SearchWebhookSubscriptions: subscriptions_looked_for}


LOADERS: Mapping[type, Loader] = {
    SearchWebhookSubscriptions: search_subscriptions,
    GetWebhookSubscription: subscriptions,
}
