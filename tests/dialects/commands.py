"""Commands as a dialect's operations may carry them, generated."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from crossdock.domain import catalogue, commands, orders, queries, shipment, stock_commands, subscriptions
from crossdock.domain import work as words_of_work
from crossdock.domain.countries import COUNTRY_NAMES
from crossdock.domain.places import Address

HIGHEST = 2**63 - 1

ids = st.integers(1, HIGHEST)
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
messages = st.none() | words
quantities = st.integers(-5, 10**6)
money = st.integers(0, 10**12)
moments = st.floats(0, 4e9).map(lambda stamp: datetime.fromtimestamp(stamp, UTC))
seconds = st.integers(0, 4 * 10**9).map(lambda stamp: datetime.fromtimestamp(stamp, UTC))
currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD"])
# Blanks at the ends of a query's or a path's values are not the wire's to keep.
plain_words = st.from_regex(r"[A-Za-z0-9#._-]{1,20}", fullmatch=True)

properties = st.lists(st.builds(orders.Property, name=words, value=st.text(max_size=10)), max_size=2).map(tuple)
line_quantities = st.builds(commands.LineQuantity, id=ids, quantity=quantities)
some_lines = st.none() | st.lists(line_quantities, max_size=3).map(tuple)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    code = draw(st.sampled_from(sorted(COUNTRY_NAMES)))
    return Address(
        first_name=draw(words),
        last_name=draw(messages),
        company=draw(messages),
        address1=draw(messages),
        address2=draw(messages),
        city=draw(messages),
        province=draw(messages),
        province_code=draw(messages),
        zip=draw(messages),
        phone=draw(messages),
        country=COUNTRY_NAMES[code],
        country_code=code,
    )


@st.composite
def new_orders(draw: st.DrawFn) -> commands.CreateOrder:
    currency = draw(st.none() | currencies)
    lines = st.builds(
        commands.NewOrderLine,
        quantity=quantities,
        variant_id=st.none() | ids,
        title=messages,
        price=money if currency else st.none(),
        sku=messages,
        grams=st.none() | st.integers(0, 2**31 - 1),
        vendor=messages,
        requires_shipping=st.none() | st.booleans(),
        taxable=st.booleans(),
        properties=properties,
    )
    return commands.CreateOrder(
        lines=draw(st.lists(lines, max_size=3).map(tuple)),
        currency=currency,
        name=draw(messages),
        source_name=draw(messages),
        import_key=draw(messages),
        email=draw(messages),
        phone=draw(messages),
        note=draw(messages),
        tags=draw(st.text(max_size=10)),
        note_attributes=draw(properties),
        test=draw(st.booleans()),
        financial_status=draw(st.sampled_from(orders.FinancialStatus)),
        stock_claim=draw(st.sampled_from(orders.StockClaim)),
        shipping_address=draw(st.none() | addresses()),
        billing_address=draw(st.none() | addresses()),
        shipping_title=draw(messages),
        shipping_code=draw(messages),
        shipping_price=draw(money if currency else st.none()),
        processed_at=draw(st.none() | moments),
        fulfill_at=draw(st.none() | moments),
    )


@st.composite
def new_products(draw: st.DrawFn) -> catalogue.CreateProduct:
    # The wire names no currency: it is the shop's, in which a call arrives.
    return catalogue.CreateProduct(
        title=draw(words.filter(str.strip)),
        currency="USD",
        vendor=draw(messages),
        product_type=draw(st.text(max_size=10)),
        body_html=draw(messages),
        status=draw(st.sampled_from(["active", "draft", "archived"])),
        tags=draw(st.text(max_size=10)),
        variants=draw(
            st.lists(
                st.builds(
                    catalogue.NewVariant,
                    price=money,
                    title=messages,
                    sku=messages,
                    barcode=messages,
                    grams=st.integers(0, 2**31 - 1),
                    requires_shipping=st.booleans(),
                    taxable=st.booleans(),
                    managed_by=st.sampled_from([None, "shopify", "dockers"]),
                    may_oversell=st.booleans(),
                ),
                min_size=1,
                max_size=3,
            ).map(tuple)
        ),
    )


def windows(whole: queries.Window) -> SearchStrategy[queries.Window]:
    """Windows that a caller may ask for without a cursor."""
    limits = st.integers(1, 250)
    first = st.builds(queries.Window, limit=limits, descending=st.just(whole.descending))
    return first | st.builds(queries.Window, limit=limits, after=ids)


spans = st.builds(
    queries.Spans,
    created_at_min=st.none() | moments,
    created_at_max=st.none() | moments,
    updated_at_min=st.none() | moments,
    updated_at_max=st.none() | moments,
)


def listed_orders(window: SearchStrategy[queries.Window]) -> SearchStrategy[queries.ListOrders]:
    return st.builds(
        queries.ListOrders,
        ids=st.lists(ids, max_size=3, unique=True).map(tuple),
        name=st.none() | plain_words,
        status=st.sampled_from(["open", "closed", "cancelled", "any"]),
        financial_status=st.sampled_from([None, "paid", "pending"]),
        fulfillment_status=st.sampled_from([None, "shipped", "partial", "unshipped", "any", "unfulfilled"]),
        app_id=st.none() | ids,
        processed_at_min=st.none() | moments,
        processed_at_max=st.none() | moments,
        spans=spans,
        window=window,
    ) | st.builds(queries.ListOrders, own_app=st.just(True), window=window)


def told(command: type[Any]) -> SearchStrategy[Any]:
    return st.builds(command, fulfillment_order_id=ids, message=messages)


id_lists = st.lists(ids, max_size=3, unique=True).map(tuple)
some_ids = st.lists(ids, min_size=1, max_size=3, unique=True).map(tuple)
shop_domains = st.from_regex(r"[a-z0-9-]{1,20}\.myshopify\.com", fullmatch=True)
trackings = st.builds(orders.Tracking, number=words, company=messages, url=messages).map(lambda one: (one,))

degrees = st.none() | st.floats(-90, 90)
shipment_statuses = st.sampled_from([each for each in shipment.ShipmentStatus if each.value != "picked_up"])


flags = st.none() | st.booleans()
weights = st.integers(0, 2**31 - 1)
variant_changes = st.builds(
    catalogue.ChangeVariant,
    variant_id=ids,
    title=messages,
    sku=messages,
    barcode=messages,
    grams=st.none() | weights,
    requires_shipping=flags,
    taxable=flags,
    managed_by=st.sampled_from([None, "shopify", "dockers"]),
    may_oversell=flags,
)
webhook_filters = st.builds(
    subscriptions.WebhookFilter,
    topics=st.just(()) | plain_words.map(lambda topic: (topic,)),
    address=st.none() | plain_words,
    created_at_min=st.none() | moments,
    updated_at_max=st.none() | moments,
)


def work(command: type[Any]) -> SearchStrategy[Any]:
    return st.builds(command, fulfillment_order_id=ids)


# By operation, as one command can have several.
COMMANDS: dict[str, SearchStrategy[Any]] = {
    "create_order": new_orders(),
    "list_orders": listed_orders(windows(queries.ListOrders().window)),
    "count_orders": st.builds(queries.CountOrders, filters=listed_orders(st.just(queries.ListOrders().window))),
    "get_order": st.builds(queries.GetOrder, order_id=ids),
    "update_order": st.builds(
        commands.UpdateOrder,
        order_id=ids,
        email=messages,
        phone=messages,
        note=messages,
        tags=st.none() | st.text(max_size=10),
        note_attributes=st.none() | properties,
        shipping_address=st.none() | addresses(),
    ),
    "cancel_order": st.builds(
        commands.CancelOrder,
        order_id=ids,
        reason=st.sampled_from(orders.CancelReason),
        restock=st.booleans(),
        staff_note=messages,
    ),
    "close_order": st.builds(commands.CloseOrder, order_id=ids),
    "open_order": st.builds(commands.ReopenOrder, order_id=ids),
    "delete_order": st.builds(commands.DeleteOrder, order_id=ids),
    "list_fulfillment_orders": st.builds(queries.ListFulfillmentOrders, order_id=ids, order_reference=st.booleans()),
    "get_fulfillment_order": st.builds(
        queries.GetFulfillmentOrder, fulfillment_order_id=ids, order_reference=st.booleans()
    ),
    "list_assigned_fulfillment_orders": st.builds(
        queries.ListAssignedFulfillmentOrders,
        assignment_status=st.none() | st.sampled_from(queries.AssignmentStatus),
        location_ids=id_lists,
        order_reference=st.booleans(),
        window=windows(queries.ListAssignedFulfillmentOrders().window),
    ),
    "close_fulfillment_order": told(commands.CloseFulfillmentOrder),
    "submit_fulfillment_request": st.builds(
        commands.SubmitFulfillmentRequest,
        fulfillment_order_id=ids,
        message=messages,
        notify_customer=st.booleans(),
        lines=some_lines,
    ),
    "accept_fulfillment_request": told(commands.AcceptFulfillmentRequest),
    "reject_fulfillment_request": st.builds(
        commands.RejectFulfillmentRequest,
        fulfillment_order_id=ids,
        reason=st.sampled_from(orders.RejectionReason),
        message=messages,
        lines=st.lists(
            st.builds(
                orders.LineRejection,
                fulfillment_order_line_id=ids,
                message=st.none() | words.map(lambda text: text * 20),
            ),
            max_size=3,
        ).map(tuple),
    ),
    "submit_cancellation_request": told(commands.SubmitCancellationRequest),
    "accept_cancellation_request": told(commands.AcceptCancellationRequest),
    "reject_cancellation_request": told(commands.RejectCancellationRequest),
    "create_fulfillment": st.builds(
        commands.CreateFulfillment,
        groups=st.lists(
            st.builds(commands.FulfillmentGroup, fulfillment_order_id=ids, lines=some_lines), min_size=1, max_size=3
        ).map(tuple),
        tracking=st.just(()) | trackings,
        notify_customer=st.booleans(),
        message=messages,
    ),
    "list_fulfillments": st.builds(
        queries.ListFulfillments, order_id=ids, spans=spans, window=windows(queries.ListFulfillments().window)
    ),
    "list_fulfillments_of_fulfillment_order": st.builds(
        queries.ListFulfillments,
        fulfillment_order_id=ids,
        spans=spans,
        window=windows(queries.ListFulfillments().window),
    ),
    "count_fulfillments": st.builds(queries.CountFulfillments, order_id=ids, spans=spans),
    "get_fulfillment": st.builds(queries.GetFulfillment, order_id=ids, fulfillment_id=ids),
    "cancel_fulfillment_order": work(commands.CancelFulfillmentOrder),
    "hold_fulfillment_order": st.builds(
        commands.HoldFulfillmentOrder,
        fulfillment_order_id=ids,
        reason=st.sampled_from(orders.HoldReason),
        notes=messages,
        handle=st.just("") | words,
        external_id=messages,
        lines=some_lines,
    ),
    "release_hold": work(commands.ReleaseHolds),
    "move_fulfillment_order": st.builds(
        commands.MoveFulfillmentOrder, fulfillment_order_id=ids, location_id=ids, lines=some_lines
    ),
    "open_fulfillment_order": work(commands.MarkAsOpen),
    "reschedule_fulfillment_order": st.builds(
        commands.RescheduleFulfillmentOrder, fulfillment_order_id=ids, fulfill_at=moments
    ),
    "set_fulfillment_orders_deadline": st.builds(
        commands.SetFulfillmentDeadline, fulfillment_order_ids=some_ids, deadline=moments
    ),
    "list_locations_for_move": work(queries.ListLocationsForMove),
    "update_tracking": st.builds(
        commands.UpdateTracking, fulfillment_id=ids, tracking=st.just(()) | trackings, notify_customer=st.booleans()
    ),
    "cancel_fulfillment": st.builds(commands.CancelFulfillment, fulfillment_id=ids),
    "cancel_fulfillment_of_order": st.builds(commands.CancelFulfillment, fulfillment_id=ids, order_id=ids),
    "list_fulfillment_events": st.builds(queries.ListCarrierEvents, order_id=ids, fulfillment_id=ids),
    "create_fulfillment_event": st.builds(
        commands.AddCarrierEvent,
        order_id=ids,
        fulfillment_id=ids,
        status=shipment_statuses,
        happened_at=st.none() | moments,
        message=messages,
        estimated_delivery_at=st.none() | moments,
        address1=messages,
        city=messages,
        province=messages,
        zip=messages,
        country=messages,
        latitude=degrees,
        longitude=degrees,
    ),
    "get_fulfillment_event": st.builds(queries.GetCarrierEvent, order_id=ids, fulfillment_id=ids, event_id=ids),
    "delete_fulfillment_event": st.builds(commands.RemoveCarrierEvent, order_id=ids, fulfillment_id=ids, event_id=ids),
    "create_fulfillment_service": st.builds(
        catalogue.CreateFulfillmentService,
        name=words.filter(str.strip),
        callback_url=st.none() | st.just("https://dockers.example/shopify"),
        tracking_support=st.booleans(),
        inventory_management=st.booleans(),
        requires_shipping_method=st.booleans(),
        permits_sku_sharing=st.booleans(),
    ),
    "list_fulfillment_services": st.builds(queries.ListFulfillmentServices, everyone=st.booleans()),
    "get_fulfillment_service": st.builds(queries.GetFulfillmentService, service_id=ids),
    "list_locations": st.just(queries.ListLocations()),
    "count_locations": st.just(queries.ListLocations()),
    "get_location": st.builds(queries.GetLocation, location_id=ids),
    "create_product": new_products(),
    "list_products": st.builds(queries.ListProducts, ids=id_lists, window=windows(queries.ListProducts().window)),
    "count_products": st.just(queries.CountProducts()),
    "get_product": st.builds(queries.GetProduct, product_id=ids),
    "get_variant": st.builds(queries.GetVariant, variant_id=ids),
    "get_variant_of_product": st.builds(queries.GetVariant, variant_id=ids, product_id=ids),
    "list_inventory_items": st.builds(queries.ListInventoryItems, ids=some_ids),
    "get_inventory_item": st.builds(queries.GetInventoryItem, inventory_item_id=ids),
    "list_inventory_levels": st.builds(
        queries.ListInventoryLevels,
        inventory_item_ids=some_ids,
        location_ids=id_lists,
        updated_at_min=st.none() | moments,
        window=windows(queries.ListInventoryLevels().window),
    ),
    "update_fulfillment_service": st.builds(
        catalogue.UpdateFulfillmentService,
        service_id=ids,
        name=messages,
        callback_url=st.sampled_from([None, "", "https://dockers.example/shopify"]),
        tracking_support=flags,
        inventory_management=flags,
        requires_shipping_method=flags,
        permits_sku_sharing=flags,
    ),
    "delete_fulfillment_service": st.builds(catalogue.DeleteFulfillmentService, service_id=ids),
    "update_product": st.builds(
        catalogue.UpdateProduct,
        product_id=ids,
        title=messages,
        vendor=messages,
        product_type=messages,
        body_html=messages,
        status=st.sampled_from([None, "active", "draft", "archived"]),
        tags=messages,
        variants=st.lists(variant_changes, max_size=2).map(tuple),
    ),
    "delete_product": st.builds(catalogue.DeleteProduct, product_id=ids),
    "update_variant": variant_changes,
    "update_variant_of_product": st.builds(replace, variant_changes, product_id=ids),
    "list_variants": st.builds(
        queries.ListVariants, product_id=ids, window=windows(queries.ListVariants(product_id=1).window)
    ),
    "count_variants": st.builds(queries.CountVariants, product_id=ids),
    "create_variant": st.builds(
        catalogue.CreateVariants,
        product_id=ids,
        variants=st.builds(catalogue.NewVariant, title=messages, sku=messages, grams=weights).map(lambda one: (one,)),
    ),
    "delete_variant": st.builds(catalogue.DeleteVariant, product_id=ids, variant_id=ids),
    "update_inventory_item": st.builds(
        catalogue.UpdateInventoryItem,
        inventory_item_id=ids,
        sku=messages,
        tracked=flags,
        requires_shipping=flags,
        country_code_of_origin=messages,
        province_code_of_origin=messages,
        harmonized_system_code=messages,
        country_harmonized_system_codes=st.none()
        | st.lists(st.builds(catalogue.CountryCode, country_code=words, code=words), max_size=2).map(tuple),
    ),
    "list_inventory_levels_of_location": st.builds(
        queries.ListLevelsOfLocation,
        location_id=ids,
        window=windows(queries.ListLevelsOfLocation(location_id=1).window),
    ),
    "delete_inventory_level": st.builds(stock_commands.DeactivateLevel, inventory_item_id=ids, location_id=ids),
    "create_webhook_subscription": st.builds(
        subscriptions.SubscribeToWebhook,
        topics=words.map(lambda topic: (topic,)),
        address=words,
        format=st.sampled_from(subscriptions.WebhookFormat),
        fields=st.lists(words, max_size=2).map(tuple),
        metafield_namespaces=st.lists(words, max_size=2).map(tuple),
        filter=messages,
        name=messages,
    ),
    "list_webhook_subscriptions": st.builds(
        subscriptions.ListWebhookSubscriptions,
        only=webhook_filters,
        window=windows(subscriptions.ListWebhookSubscriptions().window),
    ),
    "count_webhook_subscriptions": st.builds(subscriptions.CountWebhookSubscriptions, only=webhook_filters),
    "get_webhook_subscription": st.builds(subscriptions.GetWebhookSubscription, subscription_id=ids),
    "update_webhook_subscription": st.builds(
        subscriptions.ChangeWebhookSubscription,
        subscription_id=ids,
        address=messages,
        format=st.none() | st.sampled_from(subscriptions.WebhookFormat),
        fields=st.none() | st.lists(words, max_size=2).map(tuple),
        metafield_namespaces=st.none() | st.lists(words, max_size=2).map(tuple),
        filter=messages,
        name=messages,
    ),
    "delete_webhook_subscription": st.builds(subscriptions.DeleteWebhookSubscription, subscription_id=ids),
    "set_inventory_level": st.builds(
        catalogue.SetAvailable,
        inventory_item_id=ids,
        location_id=ids,
        available=st.integers(-HIGHEST, HIGHEST),
        alone=st.booleans(),
    ),
    "adjust_inventory_level": st.builds(
        catalogue.AdjustAvailable, inventory_item_id=ids, location_id=ids, delta=st.integers(-HIGHEST, HIGHEST)
    ),
    "connect_inventory_level": st.builds(
        catalogue.StockItem, inventory_item_id=ids, location_id=ids, relocate=st.booleans()
    ),
    "get_shop": st.just(queries.GetShop()),
    "list_access_scopes": st.just(queries.ListAccessScopes()),
    "fulfillment_order_notification": st.builds(
        words_of_work.RequestNotification, kind=st.sampled_from(orders.RequestKind)
    ),
    "fetch_stock": st.builds(
        words_of_work.FetchStock,
        shop=shop_domains,
        at=seconds,
        location_id=st.none() | ids,
        sku=messages,
        attempts=st.integers(1, 10),
    ),
    "fetch_tracking_numbers": st.builds(
        words_of_work.FetchTrackingNumbers,
        shop=shop_domains,
        at=seconds,
        fulfillment_names=st.lists(words, min_size=1, max_size=3).map(tuple),
    ),
}
