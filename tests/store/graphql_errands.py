"""For every mutation of GraphQL arguments that carry it out, and what has to be there before; for every root a query.

Arguments name a thing at every place where an id can stand, so that each can be replaced by a stranger's.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any, TypeAlias

from graphql.type import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.graphql.fields import MUTATIONS
from crossdock.dialects.shopify.graphql.ids import gid, service_gid
from crossdock.domain.catalogue import DEFAULT_OPTION, Product, ProductVariant
from crossdock.domain.orders import FulfillmentOrder
from tests.store.calls import Client
from tests.store.errands import SOON, Things, done

PATH = "graphql.json"
KEYED = frozenset(row.name for row in MUTATIONS if row.needs_key)
Arguments: TypeAlias = dict[str, Any]
IdPlace: TypeAlias = tuple[str, ...]
keys = count(1)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Arguments of a mutation or of a root field. `succeeds`: not for what shops like this one never can."""

    arguments: Arguments = field(default_factory=dict)
    by_warehouse: bool = False
    succeeds: bool = True


Preparation: TypeAlias = Callable[[Things], Awaitable[Errand]]


def order_id(number: int) -> str:
    return gid("Order", number)


def work_id(number: int) -> str:
    return gid("FulfillmentOrder", number)


def line_id(number: int) -> str:
    return gid("FulfillmentOrderLineItem", number)


def parcel_id(number: int) -> str:
    return gid("Fulfillment", number)


def place_id(number: int) -> str:
    return gid("Location", number)


def item_id(number: int) -> str:
    return gid("InventoryItem", number)


async def order_of(things: Things, one: FulfillmentOrder) -> int:
    """Return the order that work belongs to."""
    found: int = await things.acme.store.pool.fetchval("SELECT order_id FROM fulfillment_orders WHERE id = $1", one.id)
    return found


def units(one: FulfillmentOrder, quantity: int = 1) -> list[Any]:
    """Name so many units of the first line."""
    return [{"id": line_id(one.lines[0].id), "quantity": quantity}]


def plain(**arguments: Any) -> Preparation:
    async def prepare(_: Things) -> Errand:
        return Errand(arguments=arguments)

    return prepare


def of_work(
    *steps: str, by_warehouse: bool = False, more: Callable[[FulfillmentOrder], Arguments] | None = None, **plainly: Any
) -> Preparation:
    """Name work that these steps were taken with. `more`: arguments that name its parts."""

    async def prepare(things: Things) -> Errand:
        one = await things.work(*steps)
        arguments = {"id": work_id(one.id), **plainly, **(more(one) if more else {})}
        return Errand(arguments=arguments, by_warehouse=by_warehouse)

    return prepare


def of_scheduled(**more: Any) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(arguments={"id": work_id(await things.scheduled()), **more})

    return prepare


def of_parcel(named: str, **more: Any) -> Preparation:
    async def prepare(things: Things) -> Errand:
        _, parcel = await things.parcel()
        return Errand(arguments={named: parcel_id(parcel), **more})

    return prepare


def of_order(write: Callable[[str], Arguments]) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(arguments=write(order_id((await things.order()).id)))

    return prepare


def of_level(write: Callable[[Arguments], Arguments]) -> Preparation:
    """Name an item and a place where it is stocked."""

    async def prepare(things: Things) -> Errand:
        level = await things.level()
        named = {"inventoryItemId": item_id(level["inventory_item_id"]), "locationId": place_id(level["location_id"])}
        return Errand(arguments=write(named))

    return prepare


def shipping(one: FulfillmentOrder) -> Arguments:
    return {
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": work_id(one.id), "fulfillmentOrderLineItems": units(one)}
        ]
    }


async def ship(things: Things) -> Errand:
    return Errand(arguments={"fulfillment": shipping(await things.work()), "message": "Out"})


async def scan(things: Things) -> Errand:
    _, parcel = await things.parcel()
    return Errand(arguments={"fulfillmentEvent": {"fulfillmentId": parcel_id(parcel), "status": "IN_TRANSIT"}})


async def release(things: Things) -> Errand:
    one = await things.work("hold")
    order = await things.acme.shop.read(await order_of(things, one))
    (hold,) = order.fulfillment_order(one.id).holds
    return Errand(arguments={"id": work_id(one.id), "holdIds": [gid("FulfillmentHold", hold.id)]})


async def elsewhere(things: Things) -> tuple[FulfillmentOrder, int]:
    """Make work whose item is stocked elsewhere, too, and say where."""
    one = await things.work()
    place = things.acme.shop.merchant_location
    body = {"inventory_item_id": one.lines[0].inventory_item_id, "location_id": place, "available": 10}
    done(await things.acme.desk.post("inventory_levels/set.json", body))
    return one, place


async def move(things: Things) -> Errand:
    one, place = await elsewhere(things)
    return Errand(
        arguments={
            "id": work_id(one.id),
            "newLocationId": place_id(place),
            "fulfillmentOrderLineItems": units(one),
        }
    )


async def reroute(things: Things) -> Errand:
    one, place = await elsewhere(things)
    return Errand(
        arguments={
            "fulfillmentOrderIds": [work_id(one.id)],
            "includedLocationIds": [place_id(place)],
            "excludedLocationIds": [place_id(things.acme.shop.service.location_id)],
        }
    )


async def split(things: Things) -> Errand:
    one = await things.work()
    each = {"fulfillmentOrderId": work_id(one.id), "fulfillmentOrderLineItems": units(one)}
    return Errand(arguments={"fulfillmentOrderSplits": [each]})


async def merge(things: Things) -> Errand:
    first = await things.work()
    parted = Errand(
        arguments={
            "fulfillmentOrderSplits": [
                {"fulfillmentOrderId": work_id(first.id), "fulfillmentOrderLineItems": units(first)}
            ]
        }
    )
    carried_out(await send(things.acme.desk, "fulfillmentOrderSplit", parted.arguments), "fulfillmentOrderSplit")
    order = await things.acme.shop.read(await order_of(things, first))
    intents = [
        {"fulfillmentOrderId": work_id(each.id), "fulfillmentOrderLineItems": units(each, each.remaining)}
        for each in order.fulfillment_orders
    ]
    return Errand(arguments={"fulfillmentOrderMergeInputs": [{"mergeIntents": intents}]})


async def progress(things: Things) -> Errand:
    variant = await things.variant()
    await things.acme.shop.stock(variant, things.acme.shop.service.location_id, 0)
    await things.acme.shop.stock(variant, things.acme.shop.merchant_location, 10)
    order = await things.acme.shop.order((variant, 1))
    (one,) = order.fulfillment_orders
    things.made += [order.id, one.id]
    return Errand(arguments={"id": work_id(one.id), "progressReport": {"reasonNotes": "Packing"}})


async def deadline(things: Things) -> Errand:
    one = await things.work()
    return Errand(arguments={"fulfillmentOrderIds": [work_id(one.id)], "fulfillmentDeadline": SOON})


async def pickup(things: Things) -> Errand:
    one = await things.work()
    prepared = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": work_id(one.id)}]}
    return Errand(arguments={"input": prepared}, succeeds=False)


async def change_service(things: Things) -> Errand:
    return Errand(arguments={"id": service_gid(await things.service()), "trackingSupport": True})


async def end_service(things: Things) -> Errand:
    return Errand(
        arguments={
            "id": service_gid(await things.service()),
            "inventoryAction": "TRANSFER",
            "destinationLocationId": place_id(things.acme.shop.merchant_location),
        }
    )


async def activate(things: Things) -> Errand:
    variant = await things.variant()
    return Errand(
        arguments={
            "inventoryItemId": item_id(variant.inventory_item_id),
            "locationId": await new_place(things),
            "available": 3,
        }
    )


async def toggle(things: Things) -> Errand:
    variant = await things.variant()
    update = {"locationId": await new_place(things), "activate": True}
    return Errand(arguments={"inventoryItemId": item_id(variant.inventory_item_id), "inventoryItemUpdates": [update]})


async def deactivate(things: Things) -> Errand:
    variant = await things.variant()
    await things.acme.shop.stock(variant, things.acme.shop.merchant_location, 0)
    return Errand(
        arguments={
            "inventoryLevelId": await level_id(things, variant, things.acme.shop.merchant_location),
        }
    )


async def level_id(things: Things, variant: ProductVariant, location_id: int) -> str:
    text = "query($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(locationId: $place) { id } } }"
    given = {"item": item_id(variant.inventory_item_id), "place": place_id(location_id)}
    reply = await things.acme.desk.post(PATH, {"query": text, "variables": given})
    return str(done(reply)["data"]["inventoryItem"]["inventoryLevel"]["id"])


async def change_item(things: Things) -> Errand:
    variant = await things.variant()
    return Errand(arguments={"id": item_id(variant.inventory_item_id), "input": {"cost": "2.50"}})


def moving(level: Arguments) -> Arguments:
    place = level["locationId"]
    end = {"locationId": place, "changeFromQuantity": None}
    change = {
        "inventoryItemId": level["inventoryItemId"],
        "quantity": 1,
        "from": {**end, "name": "available"},
        "to": {**end, "name": "damaged", "ledgerDocumentUri": "gid://acme/Report/1"},
    }
    return {"input": {"reason": "damaged", "referenceDocumentUri": "gid://acme/Report/1", "changes": [change]}}


def counting(name: str) -> Callable[[Arguments], Arguments]:
    def write(level: Arguments) -> Arguments:
        quantities = [{**level, "quantity": 4, "changeFromQuantity": None}]
        said = {} if name == "setQuantities" else {"name": "available"}
        return {
            "input": {"reason": "correction", "referenceDocumentUri": "gid://acme/Count/1", name: quantities, **said}
        }

    return write


def adjusting(level: Arguments) -> Arguments:
    changes = [{**level, "delta": 1, "changeFromQuantity": None}]
    return {"input": {"reason": "correction", "name": "available", "changes": changes}}


async def new_place(things: Things) -> str:
    """Open a location, and return its id."""
    things.count += 1
    given = {
        "input": {"name": f"Dock {things.count}", "address": {"countryCode": "SE", "zip": "22100", "city": "Lund"}}
    }
    payload = carried_out(await send(things.acme.desk, "locationAdd", given), "locationAdd")
    made = str(payload["location"]["id"])
    things.made.append(int(made.rpartition("/")[2]))
    return made


def of_place(write: Callable[[str], Arguments], *steps: str) -> Preparation:
    async def prepare(things: Things) -> Errand:
        place = await new_place(things)
        for name in steps:
            carried_out(await send(things.acme.desk, name, {"locationId": place}), name)
        return Errand(arguments=write(place))

    return prepare


async def close_place(things: Things) -> Errand:
    return Errand(arguments={"locationId": await new_place(things), "destinationLocationId": await new_place(things)})


async def order_anew(things: Things) -> Errand:
    variant = await things.variant()
    money = {"shopMoney": {"amount": "1.00", "currencyCode": "EUR"}}
    sale = {"amountSet": money, "locationId": place_id(things.acme.shop.merchant_location)}
    line = {
        "variantId": gid("ProductVariant", variant.id),
        "productId": gid("Product", variant.product_id),
        "quantity": 1,
    }
    return Errand(arguments={"order": {"lineItems": [line], "transactions": [sale]}})


async def reopen(things: Things) -> Errand:
    order = await things.order()
    done(await things.acme.desk.post(f"orders/{order.id}/close.json", {}))
    return Errand(arguments={"input": {"id": order_id(order.id)}})


async def product(things: Things) -> Product:
    things.count += 1
    made: Product = await things.acme.shop.product(f"S-{things.count}", f"M-{things.count}")
    things.made += [made.id, *(each.id for each in made.variants), *(each.inventory_item_id for each in made.variants)]
    return made


async def end_product(things: Things) -> Errand:
    return Errand(arguments={"input": {"id": gid("Product", (await product(things)).id)}})


async def new_product(things: Things) -> Errand:
    things.count += 1
    return Errand(arguments={"product": {"title": f"Mug {things.count}"}})


async def new_product_as_before(things: Things) -> Errand:
    things.count += 1
    given = {"id": gid("Product", (await product(things)).id), "title": f"Cup {things.count}"}
    return Errand(arguments={"input": given})


def chosen(made: Product, variant: ProductVariant, name: str | None = None) -> list[Any]:
    """Name a variant's value of the product's option, by the ids of both as well."""
    ids = {"id": gid("ProductOptionValue", variant.id), "optionId": gid("ProductOption", made.id)}
    return [{**ids, "optionName": DEFAULT_OPTION, "name": name or variant.title}]


def set_to(made: Product) -> Arguments:
    option = {
        "id": gid("ProductOption", made.id),
        "name": DEFAULT_OPTION,
        "values": [{"id": gid("ProductOptionValue", each.id), "name": each.title} for each in made.variants],
    }
    variants = [{"id": gid("ProductVariant", each.id), "optionValues": chosen(made, each)} for each in made.variants]
    return {"title": "Set", "productOptions": [option], "variants": variants}


async def set_product(things: Things) -> Errand:
    made = await product(things)
    identifier = {"id": gid("Product", made.id)}
    place = things.acme.shop.merchant_location
    await things.acme.shop.stock(made.variants[0], place, 1)
    given = set_to(made)
    given["variants"][0]["inventoryQuantities"] = [{"locationId": place_id(place), "name": "on_hand", "quantity": 4}]
    return Errand(arguments={"input": given, "identifier": identifier, "synchronous": True})


async def set_product_as_before(things: Things) -> Errand:
    made = await product(things)
    return Errand(arguments={"input": {**set_to(made), "id": gid("Product", made.id)}})


async def set_new_product(things: Things) -> Errand:
    things.count += 1
    place = place_id(things.acme.shop.merchant_location)
    variant = {
        "optionValues": [{"optionName": "Size", "name": "S"}],
        "inventoryItem": {"tracked": True},
        "inventoryQuantities": [{"locationId": place, "name": "available", "quantity": 3}],
    }
    options = [{"name": "Size", "values": [{"name": "S"}]}]
    given = {"title": f"Set {things.count}", "productOptions": options, "variants": [variant]}
    return Errand(arguments={"input": given})


async def add_variants(things: Things) -> Errand:
    made = await product(things)
    place = {"locationId": place_id(things.acme.shop.merchant_location)}
    variant = {
        "optionValues": chosen(made, made.variants[0], "L"),
        "price": "3.00",
        "inventoryItem": {"tracked": True},
        "inventoryQuantities": [{**place, "availableQuantity": 2}],
    }
    return Errand(arguments={"productId": gid("Product", made.id), "variants": [variant]})


async def change_variants(things: Things) -> Errand:
    made = await product(things)
    place = things.acme.shop.merchant_location
    await things.acme.shop.stock(made.variants[0], place, 1)
    variant = {
        "id": gid("ProductVariant", made.variants[0].id),
        "price": "4.00",
        "optionValues": chosen(made, made.variants[0], "XS"),
        "quantityAdjustments": [{"locationId": place_id(place), "adjustment": 1, "changeFromQuantity": None}],
    }
    return Errand(arguments={"productId": gid("Product", made.id), "variants": [variant]})


async def new_webhook(things: Things) -> Errand:
    things.count += 1
    return Errand(
        arguments={
            "topic": "ORDERS_CREATE",
            "webhookSubscription": {"uri": f"https://hooks.acme.shop/{things.count}", "format": "JSON"},
        }
    )


async def change_webhook(things: Things) -> Errand:
    return Errand(
        arguments={
            "id": gid("WebhookSubscription", await things.webhook()),
            "webhookSubscription": {"uri": "https://hooks.acme.shop/else"},
        }
    )


async def end_webhook(things: Things) -> Errand:
    return Errand(arguments={"id": gid("WebhookSubscription", await things.webhook())})


async def new_service(things: Things) -> Errand:
    things.count += 1
    return Errand(arguments={"name": f"Mars {things.count}"})


ACCEPTED = ("fulfillment_request", "fulfillment_request/accept")
ASKED_TO_STOP = (*ACCEPTED, "cancellation_request")
TRACKED: Arguments = {"trackingInfoInput": {"number": "1Z2"}}
WRITES: Mapping[str, Preparation] = {
    "fulfillmentOrderSubmitFulfillmentRequest": of_work(more=lambda one: {"fulfillmentOrderLineItems": units(one)}),
    "fulfillmentOrderAcceptFulfillmentRequest": of_work("fulfillment_request", by_warehouse=True),
    "fulfillmentOrderRejectFulfillmentRequest": of_work(
        "fulfillment_request",
        by_warehouse=True,
        reason="OTHER",
        more=lambda one: {"lineItems": [{"fulfillmentOrderLineItemId": line_id(one.lines[0].id)}]},
    ),
    "fulfillmentOrderSubmitCancellationRequest": of_work(*ACCEPTED),
    "fulfillmentOrderAcceptCancellationRequest": of_work(*ASKED_TO_STOP, by_warehouse=True),
    "fulfillmentOrderRejectCancellationRequest": of_work(*ASKED_TO_STOP, by_warehouse=True),
    "fulfillmentOrderClose": of_work(*ACCEPTED, by_warehouse=True),
    "fulfillmentOrderHold": of_work(
        more=lambda one: {"fulfillmentHold": {"reason": "OTHER", "fulfillmentOrderLineItems": units(one)}}
    ),
    "fulfillmentOrderReleaseHold": release,
    "fulfillmentOrderMove": move,
    "fulfillmentOrdersReroute": reroute,
    "fulfillmentOrderSplit": split,
    "fulfillmentOrderMerge": merge,
    "fulfillmentOrderCancel": of_work("fulfillment_request"),
    "fulfillmentOrderOpen": of_scheduled(),
    "fulfillmentOrderReschedule": of_scheduled(fulfillAt=SOON),
    "fulfillmentOrderReportProgress": progress,
    "fulfillmentOrdersSetFulfillmentDeadline": deadline,
    "fulfillmentOrderLineItemsPreparedForPickup": pickup,
    "fulfillmentCreate": ship,
    "fulfillmentCreateV2": ship,
    "fulfillmentCancel": of_parcel("id"),
    "fulfillmentTrackingInfoUpdate": of_parcel("fulfillmentId", **TRACKED),
    "fulfillmentTrackingInfoUpdateV2": of_parcel("fulfillmentId", **TRACKED),
    "fulfillmentEventCreate": scan,
    "fulfillmentServiceCreate": new_service,
    "fulfillmentServiceUpdate": change_service,
    "fulfillmentServiceDelete": end_service,
    "inventoryActivate": activate,
    "inventoryAdjustQuantities": of_level(adjusting),
    "inventoryBulkToggleActivation": toggle,
    "inventoryDeactivate": deactivate,
    "inventoryItemUpdate": change_item,
    "inventoryMoveQuantities": of_level(moving),
    "inventorySetOnHandQuantities": of_level(counting("setQuantities")),
    "inventorySetQuantities": of_level(counting("quantities")),
    "locationAdd": plain(input={"name": "Pier", "address": {"countryCode": "SE", "zip": "22100", "city": "Lund"}}),
    "locationEdit": of_place(lambda place: {"id": place, "input": {"name": "Quay"}}),
    "locationActivate": of_place(lambda place: {"locationId": place}, "locationDeactivate"),
    "locationDeactivate": close_place,
    "locationDelete": of_place(lambda place: {"locationId": place}, "locationDeactivate"),
    "orderCreate": order_anew,
    "orderUpdate": of_order(lambda order: {"input": {"id": order, "note": "handle with care"}}),
    "orderCancel": of_order(lambda order: {"orderId": order, "restock": True, "reason": "OTHER"}),
    "orderClose": of_order(lambda order: {"input": {"id": order}}),
    "orderOpen": reopen,
    "orderDelete": of_order(lambda order: {"orderId": order}),
    "productCreate": new_product,
    "productDelete": end_product,
    "productSet": set_product,
    "productVariantsBulkCreate": add_variants,
    "productVariantsBulkUpdate": change_variants,
    "webhookSubscriptionCreate": new_webhook,
    "webhookSubscriptionUpdate": change_webhook,
    "webhookSubscriptionDelete": end_webhook,
}


# Other arguments for the same, which name what cannot stand beside the rest.
OTHERWISE: Mapping[str, tuple[Preparation, ...]] = {
    "productCreate": (new_product_as_before,),
    "productSet": (set_product_as_before, set_new_product),
}


async def one_order(things: Things) -> Errand:
    return Errand(arguments={"id": order_id((await things.order()).id)})


async def one_parcel(things: Things) -> Errand:
    return Errand(arguments={"id": parcel_id((await things.parcel())[1])})


async def assigned(things: Things) -> Errand:
    await things.work()
    place = place_id(things.acme.shop.service.location_id)
    return Errand(arguments={"first": 5, "locationIds": [place]}, by_warehouse=True)


async def held(things: Things) -> Errand:
    await things.work("hold")
    return Errand(arguments={"first": 5})


async def one_level(things: Things) -> Errand:
    return Errand(
        arguments={"id": await level_id(things, await things.variant(), things.acme.shop.service.location_id)}
    )


async def one_service(things: Things) -> Errand:
    return Errand(arguments={"id": service_gid(things.acme.shop.service.id)})


async def one_webhook(things: Things) -> Errand:
    return Errand(arguments={"id": gid("WebhookSubscription", await things.webhook())})


async def all_webhooks(things: Things) -> Errand:
    await things.webhook()
    return Errand(arguments={"first": 5})


async def own_app(things: Things) -> Errand:
    reply = await things.acme.desk.post(PATH, {"query": "{ currentAppInstallation { id app { id } } }"})
    return Errand(arguments={"id": done(reply)["data"]["currentAppInstallation"]["app"]["id"]})


async def own_installation(things: Things) -> Errand:
    reply = await things.acme.desk.post(PATH, {"query": "{ currentAppInstallation { id } }"})
    return Errand(arguments={"id": done(reply)["data"]["currentAppInstallation"]["id"]})


def identified(prepare: Preparation) -> Preparation:
    async def identify(things: Things) -> Errand:
        return Errand(arguments={"identifier": (await prepare(things)).arguments})

    return identify


def of_product(write: Callable[[Product], Arguments]) -> Preparation:
    async def prepare(things: Things) -> Errand:
        return Errand(arguments=write(await product(things)))

    return prepare


def after(prepare: Preparation, **arguments: Any) -> Preparation:
    """Ask for a list after something was made that is in it."""

    async def then(things: Things) -> Errand:
        await prepare(things)
        return Errand(arguments=arguments)

    return then


async def all_nodes(things: Things) -> Errand:
    """The ids of all kinds of things, of which a shop has them."""
    ids = [
        str((await prepare(things)).arguments["id"])
        for prepare in (one_order, of_work(), one_parcel, one_level, one_service, one_webhook, a_product, own_app)
    ]
    return Errand(arguments={"ids": ids})


async def one_place(things: Things) -> Errand:
    return Errand(arguments={"id": place_id(things.acme.shop.merchant_location)})


a_product = of_product(lambda made: {"id": gid("Product", made.id)})
an_item = of_product(lambda made: {"id": item_id(made.variants[0].inventory_item_id)})
READS: Mapping[str, Preparation] = {
    "app": own_app,
    "appInstallation": own_installation,
    "currentAppInstallation": plain(),
    "assignedFulfillmentOrders": assigned,
    "fulfillment": one_parcel,
    "fulfillmentOrder": of_work(),
    "fulfillmentOrders": after(of_work(), first=5),
    "fulfillmentService": one_service,
    "inventoryItem": an_item,
    "inventoryItems": after(a_product, first=5),
    "inventoryLevel": one_level,
    "inventoryProperties": plain(),
    "job": plain(id="gid://shopify/Job/9b3c4b2e-6a0c-4b5e-8f0a-1d2c3b4a5f60"),
    "location": one_place,
    "locationByIdentifier": identified(one_place),
    "locations": plain(first=5),
    "locationsAvailableForDeliveryProfilesConnection": plain(first=5),
    "locationsCount": plain(),
    "manualHoldsFulfillmentOrders": held,
    "node": one_order,
    "nodes": all_nodes,
    "order": one_order,
    "orderByIdentifier": identified(one_order),
    "orders": after(one_order, first=5),
    "ordersCount": after(one_order),
    "product": a_product,
    "productByIdentifier": identified(a_product),
    "productVariant": of_product(lambda made: {"id": gid("ProductVariant", made.variants[0].id)}),
    "productVariants": after(a_product, first=5),
    "products": after(a_product, first=5),
    "publicApiVersions": plain(),
    "shop": plain(),
    "webhookSubscription": one_webhook,
    "webhookSubscriptions": all_webhooks,
    "webhookSubscriptionsCount": after(one_webhook),
}


async def send(client: Client, name: str, arguments: Arguments) -> Any:
    """Ask for one mutation or one root field with all its arguments as variables, and return the answer."""
    reply = await client.post(PATH, {"query": document(name, tuple(arguments)), "variables": arguments})
    assert reply.status in {200, 401}, (name, reply.status, reply.body)
    return reply.json


def document(name: str, arguments: tuple[str, ...]) -> str:
    """Write the document that asks for a root field with these arguments."""
    mutations, queries = executable().mutation_type, executable().query_type
    assert mutations is not None
    assert queries is not None
    of = mutations.fields.get(name)
    kind, of = ("query", queries.fields[name]) if of is None else ("mutation", of)
    declared = ", ".join(f"${each}: {of.args[each].type}" for each in arguments)
    given = ", ".join(f"{each}: ${each}" for each in arguments)
    key = f' @idempotent(key: "{next(keys)}")' if name in KEYED else ""
    return (
        f"{kind}{f'({declared})' if declared else ''} "
        f"{{ {name}{f'({given})' if given else ''}{key} {selection(get_named_type(of.type).name)} }}"
    )


@cache
def selection(type_name: str, depth: int = 2) -> str:
    """Return all plain fields of a type, with those of what it leads to down to a depth."""
    type_ = executable().type_map[type_name]
    if is_leaf_type(type_):
        return ""
    if not isinstance(type_, GraphQLObjectType):
        return "{ __typename id }" if type_name == "Node" else "{ __typename }"
    return "{ __typename " + " ".join(_selected(name, each, depth) for name, each in type_.fields.items()) + " }"


def _selected(name: str, of: GraphQLField, depth: int) -> str:
    inner = get_named_type(of.type)
    if any(is_required_argument(each) for each in of.args.values()):
        return ""
    if is_leaf_type(inner):
        return name
    if inner.name.endswith("UserError"):
        return f"{name} {{ field message }}"
    if depth <= 0 or not isinstance(inner, GraphQLObjectType) or inner.name == "QueryRoot":
        return ""
    if inner.name.endswith("Connection"):
        return f"{name}(first: 5) {{ nodes {selection(get_named_type(inner.fields['nodes'].type).name, 0)} }}"
    return f"{name} {selection(inner.name, depth - 1 if inner.name in ENTITIES else 0)}"


ENTITIES = frozenset({"Order", "FulfillmentOrder", "Fulfillment", "Product", "ProductVariant", "InventoryItem"})


def carried_out(answer: Any, name: str) -> Any:
    """Return the payload of a mutation that was carried out."""
    assert errors(answer, name) == [], (name, answer)
    return answer["data"][name]


def errors(answer: Any, name: str) -> list[Any]:
    """Return what was said against a mutation, beside its data or in it; not what a payload may not show."""
    said = [
        each
        for each in answer.get("errors", ())
        if not (each["extensions"].get("code") == "ACCESS_DENIED" and len(each["path"]) > 1)
    ]
    payload = (answer.get("data") or {}).get(name) or {}
    parts = payload.items() if isinstance(payload, dict) else ()
    return said + [each for key, found in parts if key.endswith("serErrors") for each in found]


def id_places(arguments: Mapping[str, GraphQLArgument]) -> Iterator[IdPlace]:
    """List all places in arguments where an id can stand."""
    for name, each in arguments.items():
        yield from _id_places(each.type, (name,), frozenset())


def _id_places(type_: GraphQLInputType, path: IdPlace, above: frozenset[str]) -> Iterator[IdPlace]:
    named: GraphQLNamedType = get_named_type(type_)
    if named.name == "ID":
        yield path
    elif isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, each in named.fields.items():
            yield from _id_places(each.type, (*path, name), above | {named.name})


def value_at(arguments: Any, path: IdPlace) -> str | None:
    """Return the id at a place, the first of a list; None where there is none."""
    if isinstance(arguments, list):
        return value_at(arguments[0], path) if arguments else None
    if not path:
        return str(arguments)
    return value_at(arguments[path[0]], path[1:]) if path[0] in arguments else None


def replaced_at(arguments: Any, path: IdPlace, value: str) -> Any:
    """Put another id there."""
    if isinstance(arguments, list):
        return [replaced_at(arguments[0], path, value), *arguments[1:]]
    if not path:
        return value
    return {**arguments, path[0]: replaced_at(arguments[path[0]], path[1:], value)}
