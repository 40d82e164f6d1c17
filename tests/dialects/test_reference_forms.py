"""Each REST operation as the reference writes it: what is asked is understood, and what is told has its keys.

Samples with values stand in `examples/` and are served field for field. Where the vendor's documentation has only the
form of a request and the list of an object's fields, those are held here.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crossdock.dialects.operation import Call, Json, find
from crossdock.dialects.shopify.rest.operations import OPERATIONS, UNVERSIONED
from crossdock.domain import catalogue, commands, queries, subscriptions
from crossdock.domain.orders import CancelReason, HoldReason, Property, Tracking
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.stock_commands import DeactivateLevel
from tests.dialects.results import RESULTS
from tests.dialects.scene import CONTEXT
from tests.dialects.test_examples import EXAMPLES, read

ROWS = {row.name: row for row in (*OPERATIONS, *UNVERSIONED)}
WORK, ORDER, PARCEL, SCAN, SERVICE = 1046000781, 450789469, 1069019877, 944956391, 1061774487
ITEM, PLACE, PRODUCT, VARIANT, HOOK = 808950810, 655441491, 632910392, 49148385, 4759306


@dataclass(frozen=True, kw_only=True)
class Form:
    """A request as it is documented, what it means, and the roots of its answer. `section`: of Shopify's pages."""

    operation: str
    section: str
    asked: str
    meant: Any
    roots: tuple[str, ...]
    body: Json = None

    def __str__(self) -> str:
        return self.operation


def work(action: str, operation: str, meant: Any, *roots: str, body: Json = None) -> Form:
    return Form(
        operation=operation,
        section="FulfillmentOrder",
        asked=f"POST fulfillment_orders/{WORK}/{action}.json",
        meant=meant,
        roots=roots or ("fulfillment_order",),
        body={} if body is None else body,
    )


def form(section: str, asked: str, operation: str, meant: Any, *roots: str, body: Json = None) -> Form:
    return Form(section=section, asked=asked, operation=operation, meant=meant, roots=roots, body=body)


EVENTS = f"orders/{ORDER}/fulfillments/{PARCEL}/events"
LEVEL = {"location_id": PLACE, "inventory_item_id": ITEM}
AT = datetime(2026, 2, 2, 16, 22, tzinfo=UTC)
FORMS = (
    work(
        "cancel",
        "cancel_fulfillment_order",
        commands.CancelFulfillmentOrder(fulfillment_order_id=WORK),
        *("fulfillment_order", "replacement_fulfillment_order"),
    ),
    work(
        "close",
        "close_fulfillment_order",
        commands.CloseFulfillmentOrder(fulfillment_order_id=WORK, message="Not enough inventory."),
        body={"fulfillment_order": {"message": "Not enough inventory."}},
    ),
    work(
        "hold",
        "hold_fulfillment_order",
        commands.HoldFulfillmentOrder(
            fulfillment_order_id=WORK,
            reason=HoldReason.INVENTORY_OUT_OF_STOCK,
            notes="Not enough inventory to complete this work.",
            lines=(commands.LineQuantity(id=1072503278, quantity=1),),
        ),
        body={
            "fulfillment_hold": {
                "reason": "inventory_out_of_stock",
                "reason_notes": "Not enough inventory to complete this work.",
                "notify_merchant": False,
                "fulfillment_order_line_items": [{"id": 1072503278, "quantity": 1}],
            }
        },
    ),
    work("release_hold", "release_hold", commands.ReleaseHolds(fulfillment_order_id=WORK)),
    work(
        "move",
        "move_fulfillment_order",
        commands.MoveFulfillmentOrder(fulfillment_order_id=WORK, location_id=PLACE),
        *("original_fulfillment_order", "moved_fulfillment_order", "remaining_fulfillment_order"),
        body={"fulfillment_order": {"new_location_id": PLACE}},
    ),
    work("open", "open_fulfillment_order", commands.MarkAsOpen(fulfillment_order_id=WORK)),
    work(
        "reschedule",
        "reschedule_fulfillment_order",
        commands.RescheduleFulfillmentOrder(fulfillment_order_id=WORK, fulfill_at=AT),
        body={"fulfillment_order": {"new_fulfill_at": "2026-02-02 16:22 UTC"}},
    ),
    form(
        "FulfillmentOrder",
        "POST fulfillment_orders/set_fulfillment_orders_deadline.json",
        "set_fulfillment_orders_deadline",
        commands.SetFulfillmentDeadline(fulfillment_order_ids=(WORK,), deadline=AT),
        body={"fulfillment_order_ids": [WORK], "fulfillment_deadline": "2026-02-02T11:22:00-05:00"},
    ),
    form(
        "LocationsForMove",
        f"GET fulfillment_orders/{WORK}/locations_for_move.json",
        "list_locations_for_move",
        queries.ListLocationsForMove(fulfillment_order_id=WORK),
        "locations_for_move",
    ),
    form(
        "FulfillmentOrder",
        f"GET orders/{ORDER}/fulfillment_orders.json?include_order_reference_fields=true",
        "list_fulfillment_orders",
        queries.ListFulfillmentOrders(order_id=ORDER, order_reference=True),
        "fulfillment_orders",
    ),
    form(
        "FulfillmentOrder",
        f"GET fulfillment_orders/{WORK}.json",
        "get_fulfillment_order",
        queries.GetFulfillmentOrder(fulfillment_order_id=WORK),
        "fulfillment_order",
    ),
    *(
        work(
            path,
            operation,
            meant(fulfillment_order_id=WORK, message="The customer changed their mind."),
            body={"cancellation_request": {"message": "The customer changed their mind."}},
        )
        for path, operation, meant in (
            ("cancellation_request", "submit_cancellation_request", commands.SubmitCancellationRequest),
            ("cancellation_request/accept", "accept_cancellation_request", commands.AcceptCancellationRequest),
            ("cancellation_request/reject", "reject_cancellation_request", commands.RejectCancellationRequest),
        )
    ),
    form(
        "Fulfillment",
        f"GET orders/{ORDER}/fulfillments.json?since_id={PARCEL}",
        "list_fulfillments",
        queries.ListFulfillments(order_id=ORDER, window=queries.Window(after=PARCEL)),
        "fulfillments",
    ),
    form(
        "Fulfillment",
        f"GET fulfillment_orders/{WORK}/fulfillments.json",
        "list_fulfillments_of_fulfillment_order",
        queries.ListFulfillments(fulfillment_order_id=WORK),
        "fulfillments",
    ),
    form(
        "Fulfillment",
        f"GET orders/{ORDER}/fulfillments/count.json?created_at_min=2026-02-02T16:22:00Z",
        "count_fulfillments",
        queries.CountFulfillments(order_id=ORDER, spans=queries.Spans(created_at_min=AT)),
        "count",
    ),
    form(
        "Fulfillment",
        f"POST fulfillments/{PARCEL}/update_tracking.json",
        "update_tracking",
        commands.UpdateTracking(
            fulfillment_id=PARCEL, tracking=(Tracking(number="1111", url="https://ups.example/1111"),)
        ),
        "fulfillment",
        body={
            "fulfillment": {
                "notify_customer": False,
                "tracking_info": {"number": "1111", "url": "https://ups.example/1111"},
            }
        },
    ),
    form(
        "Fulfillment",
        f"POST fulfillments/{PARCEL}/cancel.json",
        "cancel_fulfillment",
        commands.CancelFulfillment(fulfillment_id=PARCEL),
        "fulfillment",
        body={},
    ),
    form(
        "the Python client",
        f"POST orders/{ORDER}/fulfillments/{PARCEL}/cancel.json",
        "cancel_fulfillment_of_order",
        commands.CancelFulfillment(order_id=ORDER, fulfillment_id=PARCEL),
        "fulfillment",
    ),
    form(
        "FulfillmentEvent",
        f"GET {EVENTS}.json",
        "list_fulfillment_events",
        queries.ListCarrierEvents(order_id=ORDER, fulfillment_id=PARCEL),
        "fulfillment_events",
    ),
    form(
        "FulfillmentEvent",
        f"POST {EVENTS}.json",
        "create_fulfillment_event",
        commands.AddCarrierEvent(order_id=ORDER, fulfillment_id=PARCEL, status=ShipmentStatus.IN_TRANSIT),
        "fulfillment_event",
        body={"event": {"status": "in_transit", "order_id": ORDER, "fulfillment_id": PARCEL}},
    ),
    form(
        "FulfillmentEvent",
        f"GET {EVENTS}/{SCAN}.json",
        "get_fulfillment_event",
        queries.GetCarrierEvent(order_id=ORDER, fulfillment_id=PARCEL, event_id=SCAN),
        "fulfillment_event",
    ),
    form(
        "FulfillmentEvent",
        f"DELETE {EVENTS}/{SCAN}.json",
        "delete_fulfillment_event",
        commands.RemoveCarrierEvent(order_id=ORDER, fulfillment_id=PARCEL, event_id=SCAN),
    ),
    form(
        "FulfillmentService",
        "GET fulfillment_services.json?scope=all",
        "list_fulfillment_services",
        queries.ListFulfillmentServices(everyone=True),
        "fulfillment_services",
    ),
    form(
        "FulfillmentService",
        f"GET fulfillment_services/{SERVICE}.json",
        "get_fulfillment_service",
        queries.GetFulfillmentService(service_id=SERVICE),
        "fulfillment_service",
    ),
    form(
        "FulfillmentService",
        f"PUT fulfillment_services/{SERVICE}.json",
        "update_fulfillment_service",
        catalogue.UpdateFulfillmentService(service_id=SERVICE, name="New Fulfillment Service Name"),
        "fulfillment_service",
        body={"fulfillment_service": {"id": SERVICE, "name": "New Fulfillment Service Name"}},
    ),
    form(
        "FulfillmentService",
        f"DELETE fulfillment_services/{SERVICE}.json",
        "delete_fulfillment_service",
        catalogue.DeleteFulfillmentService(service_id=SERVICE),
    ),
    form("Location", "GET locations.json", "list_locations", queries.ListLocations(), "locations"),
    form("Location", "GET locations/count.json", "count_locations", queries.ListLocations(), "count"),
    form(
        "Location",
        f"GET locations/{PLACE}.json",
        "get_location",
        queries.GetLocation(location_id=PLACE),
        "location",
    ),
    form(
        "Location",
        f"GET locations/{PLACE}/inventory_levels.json",
        "list_inventory_levels_of_location",
        queries.ListLevelsOfLocation(location_id=PLACE),
        "inventory_levels",
    ),
    form(
        "InventoryItem",
        "GET inventory_items.json?ids=808950810,39072856",
        "list_inventory_items",
        queries.ListInventoryItems(ids=(808950810, 39072856)),
        "inventory_items",
    ),
    form(
        "InventoryItem",
        f"GET inventory_items/{ITEM}.json",
        "get_inventory_item",
        queries.GetInventoryItem(inventory_item_id=ITEM),
        "inventory_item",
    ),
    form(
        "InventoryItem",
        f"PUT inventory_items/{ITEM}.json",
        "update_inventory_item",
        catalogue.UpdateInventoryItem(inventory_item_id=ITEM, sku="new sku", cost=2500),
        "inventory_item",
        body={"inventory_item": {"id": ITEM, "sku": "new sku", "cost": "25.00"}},
    ),
    form(
        "InventoryLevel",
        f"GET inventory_levels.json?inventory_item_ids={ITEM}&location_ids[]={PLACE}",
        "list_inventory_levels",
        queries.ListInventoryLevels(inventory_item_ids=(ITEM,), location_ids=(PLACE,)),
        "inventory_levels",
    ),
    form(
        "InventoryLevel",
        "POST inventory_levels/adjust.json",
        "adjust_inventory_level",
        catalogue.AdjustAvailable(inventory_item_id=ITEM, location_id=PLACE, delta=5),
        "inventory_level",
        body={**LEVEL, "available_adjustment": 5},
    ),
    form(
        "InventoryLevel",
        "POST inventory_levels/connect.json",
        "connect_inventory_level",
        catalogue.StockItem(inventory_item_id=ITEM, location_id=PLACE, relocate=True),
        "inventory_level",
        body={**LEVEL, "relocate_if_necessary": True},
    ),
    form(
        "InventoryLevel",
        f"DELETE inventory_levels.json?inventory_item_id={ITEM}&location_id={PLACE}",
        "delete_inventory_level",
        DeactivateLevel(inventory_item_id=ITEM, location_id=PLACE),
    ),
    form(
        "Order",
        "POST orders.json",
        "create_order",
        commands.CreateOrder(lines=(commands.NewOrderLine(variant_id=VARIANT, quantity=1),)),
        "order",
        body={"order": {"line_items": [{"variant_id": VARIANT, "quantity": 1}]}},
    ),
    form(
        "Order",
        "GET orders.json?status=any&attribution_app_id=current&limit=10",
        "list_orders",
        queries.ListOrders(status="any", own_app=True, window=queries.Window(limit=10, descending=True)),
        "orders",
    ),
    form("Order", f"GET orders/{ORDER}.json", "get_order", queries.GetOrder(order_id=ORDER), "order"),
    form(
        "Order",
        "GET orders/count.json?status=any",
        "count_orders",
        queries.CountOrders(filters=queries.ListOrders(status="any")),
        "count",
    ),
    form(
        "Order",
        f"PUT orders/{ORDER}.json",
        "update_order",
        commands.UpdateOrder(
            order_id=ORDER, note_attributes=(Property(name="colour", value="red"),), tags="External, Inbound, Outbound"
        ),
        "order",
        body={
            "order": {
                "id": ORDER,
                "note_attributes": [{"name": "colour", "value": "red"}],
                "tags": "External, Inbound, Outbound",
                "customer": None,
                "total_price": "598.94",
            }
        },
    ),
    form(
        "Order",
        f"POST orders/{ORDER}/cancel.json",
        "cancel_order",
        commands.CancelOrder(
            order_id=ORDER, reason=CancelReason.CUSTOMER, restock=True, staff_note="Customer made a mistake"
        ),
        "order",
        body={
            "reason": "customer",
            "email": False,
            "refund": {
                "note": "Customer made a mistake",
                "shipping": {"full_refund": True},
                "refund_line_items": [{"line_item_id": 466157049, "quantity": 1, "restock_type": "cancel"}],
                "transactions": [],
            },
        },
    ),
    form("Order", f"POST orders/{ORDER}/close.json", "close_order", commands.CloseOrder(order_id=ORDER), "order"),
    form("Order", f"POST orders/{ORDER}/open.json", "open_order", commands.ReopenOrder(order_id=ORDER), "order"),
    form("Order", f"DELETE orders/{ORDER}.json", "delete_order", commands.DeleteOrder(order_id=ORDER)),
    form(
        "Product",
        "POST products.json",
        "create_product",
        catalogue.CreateProduct(
            title="Burton Custom Freestyle 151",
            currency="USD",
            vendor="Burton",
            product_type="Snowboard",
            status="draft",
            tags="Barnes & Noble, Big Air",
            variants=(catalogue.NewVariant(title="Blue", price=1000, sku="b-1"),),
        ),
        "product",
        body={
            "product": {
                "title": "Burton Custom Freestyle 151",
                "vendor": "Burton",
                "product_type": "Snowboard",
                "status": "draft",
                "tags": ["Barnes & Noble", "Big Air"],
                "variants": [{"option1": "Blue", "price": "10.00", "sku": "b-1"}],
            }
        },
    ),
    form("Product", "GET products.json", "list_products", queries.ListProducts(), "products"),
    form("Product", "GET products/count.json", "count_products", queries.CountProducts(), "count"),
    form("Product", f"GET products/{PRODUCT}.json", "get_product", queries.GetProduct(product_id=PRODUCT), "product"),
    form(
        "Product",
        f"PUT products/{PRODUCT}.json",
        "update_product",
        catalogue.UpdateProduct(
            product_id=PRODUCT,
            title="Updated Product Title",
            variants=(catalogue.ChangeVariant(variant_id=VARIANT, price=200000, sku="Updating the Product SKU"),),
        ),
        "product",
        body={
            "product": {
                "id": PRODUCT,
                "title": "Updated Product Title",
                "variants": [{"id": VARIANT, "price": "2000.00", "sku": "Updating the Product SKU"}],
            }
        },
    ),
    form(
        "Product",
        f"DELETE products/{PRODUCT}.json",
        "delete_product",
        catalogue.DeleteProduct(product_id=PRODUCT),
    ),
    form(
        "Product Variant",
        f"GET products/{PRODUCT}/variants.json",
        "list_variants",
        queries.ListVariants(product_id=PRODUCT),
        "variants",
    ),
    form(
        "Product Variant",
        f"GET products/{PRODUCT}/variants/count.json",
        "count_variants",
        queries.CountVariants(product_id=PRODUCT),
        "count",
    ),
    form(
        "Product Variant",
        f"POST products/{PRODUCT}/variants.json",
        "create_variant",
        catalogue.CreateVariants(product_id=PRODUCT, variants=(catalogue.NewVariant(title="Yellow", price=100),)),
        "variant",
        body={"variant": {"option1": "Yellow", "price": "1.00"}},
    ),
    form(
        "Product Variant",
        f"GET variants/{VARIANT}.json",
        "get_variant",
        queries.GetVariant(variant_id=VARIANT),
        "variant",
    ),
    form(
        "the Python client",
        f"GET products/{PRODUCT}/variants/{VARIANT}.json",
        "get_variant_of_product",
        queries.GetVariant(product_id=PRODUCT, variant_id=VARIANT),
        "variant",
    ),
    form(
        "the Python client",
        f"PUT products/{PRODUCT}/variants/{VARIANT}.json",
        "update_variant_of_product",
        catalogue.ChangeVariant(product_id=PRODUCT, variant_id=VARIANT, title="Not Pink", price=9900),
        "variant",
        body={"variant": {"id": VARIANT, "option1": "Not Pink", "price": "99.00"}},
    ),
    form(
        "Product Variant",
        f"PUT variants/{VARIANT}.json",
        "update_variant",
        catalogue.ChangeVariant(variant_id=VARIANT, title="Not Pink", price=9900),
        "variant",
        body={"variant": {"id": VARIANT, "option1": "Not Pink", "price": "99.00"}},
    ),
    form(
        "Product Variant",
        f"DELETE products/{PRODUCT}/variants/{VARIANT}.json",
        "delete_variant",
        catalogue.DeleteVariant(product_id=PRODUCT, variant_id=VARIANT),
    ),
    form("Shop", "GET shop.json?fields=id,name", "get_shop", queries.GetShop(), "shop"),
    form(
        "AccessScope", "GET oauth/access_scopes.json", "list_access_scopes", queries.ListAccessScopes(), "access_scopes"
    ),
    form(
        "Webhook",
        "POST webhooks.json",
        "create_webhook_subscription",
        subscriptions.SubscribeToWebhook(
            topics=("customers/update",), address="https://example.hostname.com/", fields=("id", "note")
        ),
        "webhook",
        body={
            "webhook": {
                "topic": "customers/update",
                "address": "https://example.hostname.com/",
                "format": "json",
                "fields": ["id", "note"],
            }
        },
    ),
    form(
        "Webhook",
        "GET webhooks.json?topic=orders/create",
        "list_webhook_subscriptions",
        subscriptions.ListWebhookSubscriptions(only=subscriptions.WebhookFilter(topics=("orders/create",))),
        "webhooks",
    ),
    form(
        "Webhook",
        "GET webhooks/count.json",
        "count_webhook_subscriptions",
        subscriptions.CountWebhookSubscriptions(),
        "count",
    ),
    form(
        "Webhook",
        f"GET webhooks/{HOOK}.json",
        "get_webhook_subscription",
        subscriptions.GetWebhookSubscription(subscription_id=HOOK),
        "webhook",
    ),
    form(
        "Webhook",
        f"PUT webhooks/{HOOK}.json",
        "update_webhook_subscription",
        subscriptions.ChangeWebhookSubscription(subscription_id=HOOK, address="https://somewhere-else.example/"),
        "webhook",
        body={"webhook": {"id": HOOK, "address": "https://somewhere-else.example/"}},
    ),
    form(
        "Webhook",
        f"DELETE webhooks/{HOOK}.json",
        "delete_webhook_subscription",
        subscriptions.DeleteWebhookSubscription(subscription_id=HOOK),
    ),
)

# The fields of each object, as the vendor's pages list them. Those of orders and their lines: `test_examples`.
FIELDS = {
    "fulfillment_order": """id created_at updated_at shop_id order_id assigned_location_id request_status status
        fulfill_at fulfill_by supported_actions destination line_items international_duties fulfillment_holds
        delivery_method assigned_location merchant_requests origin outgoing_requests""",
    "fulfillment": """id order_id status created_at service updated_at tracking_company shipment_status location_id
        origin_address line_items tracking_number tracking_numbers tracking_url tracking_urls receipt name
        admin_graphql_api_id""",
    "fulfillment_event": """id fulfillment_id status message happened_at city province country zip address1 latitude
        longitude shop_id created_at updated_at estimated_delivery_at order_id admin_graphql_api_id""",
    "fulfillment_service": """id name email service_name handle fulfillment_orders_opt_in include_pending_stock
        provider_id location_id callback_url tracking_support inventory_management admin_graphql_api_id
        permits_sku_sharing requires_shipping_method""",
    "location": """id name address1 address2 city zip province country phone created_at updated_at country_code
        country_name province_code legacy active admin_graphql_api_id localized_country_name
        localized_province_name""",
    "locations_for_move": "location message movable",
    "inventory_item": """id sku created_at updated_at requires_shipping cost country_code_of_origin
        province_code_of_origin harmonized_system_code tracked country_harmonized_system_codes admin_graphql_api_id""",
    "inventory_level": "inventory_item_id location_id available updated_at admin_graphql_api_id",
    "product": """id title body_html vendor product_type created_at handle updated_at published_at template_suffix
        published_scope tags status admin_graphql_api_id variants options images image""",
    "variant": """id product_id title price position inventory_policy compare_at_price option1 option2 option3
        created_at updated_at taxable barcode fulfillment_service grams inventory_management requires_shipping sku
        weight weight_unit inventory_item_id inventory_quantity old_inventory_quantity presentment_prices
        admin_graphql_api_id image_id""",
    "shop": """id name email domain province country address1 zip city source phone latitude longitude primary_locale
        address2 created_at updated_at country_code country_name currency customer_email timezone iana_timezone
        shop_owner money_format money_with_currency_format weight_unit province_code taxes_included
        auto_configure_tax_inclusivity tax_shipping county_taxes plan_display_name plan_name has_discounts
        has_gift_cards myshopify_domain primary_location_id multi_location_enabled setup_required
        enabled_presentment_currencies""",
    "access_scopes": "handle",
    "webhook": """id address topic created_at updated_at format fields metafield_namespaces api_version
        private_metafield_namespaces metafield_identifiers""",
}


def call_of(asked: str, body: Json) -> Call:
    method, _, rest = asked.partition(" ")
    path, _, query = rest.partition("?")
    pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part))
    return Call(method=method, path=path, query=pairs, body=body)


def test_every_operation_has_a_form_or_a_sample() -> None:
    samples = {sample["operation"] for sample in map(read, EXAMPLES) if "operation" in sample}
    assert {form.operation for form in FORMS} | samples == set(ROWS)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_request_is_understood(form: Form) -> None:
    call = call_of(form.asked, form.body)
    found = find(ROWS.values(), call.method, call.path)
    assert found is not None
    row, parameters = found
    assert (row.name, row.decode(replace(call, parameters=parameters))) == (form.operation, form.meant)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_an_answer_has_its_roots_and_fields(form: Form) -> None:
    answer = ROWS[form.operation].encode_result(RESULTS[form.operation].result, CONTEXT)
    assert tuple(answer) == form.roots
    for root, value in answer.items():
        kind = root if root in FIELDS else root.removesuffix("s")
        kind = "fulfillment_order" if kind.endswith("fulfillment_order") else kind
        for each in value if isinstance(value, list) else [value]:
            assert each is None or set(FIELDS.get(kind, "").split()) <= set(each if isinstance(each, dict) else ())
