"""What each REST operation does, which filters it takes, and what its body may have: in our own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.dialects.operation import Json
from crossdock.domain.orders import CancelReason, FinancialStatus, HoldReason, RejectionReason, StockClaim
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.subscriptions import WebhookFormat

ID: Json = {"type": "integer", "format": "int64", "minimum": 1}
TEXT: Json = {"type": "string"}
FLAG: Json = {"type": "boolean"}
NUMBER: Json = {"type": "integer"}
MONEY: Json = {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,2})?$"}
TIME: Json = {"type": "string", "format": "date-time"}
DEGREES: Json = {"type": "number", "minimum": -90, "maximum": 90}


def words(*choices: str) -> Json:
    return {"type": "string", "enum": list(choices)}


def several(item: Json) -> Json:
    return {"type": "array", "items": item}


def of(required: Sequence[str] = (), /, **fields: Json) -> Json:
    """Describe an object by its fields."""
    body: dict[str, Json] = {"type": "object", "properties": fields}
    return body | ({"required": list(required)} if required else {})


def under(root: str, fields: Json, *, needed: bool = True) -> Json:
    """Describe a body with a root key."""
    return of((root,) if needed else (), **{root: fields})


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an operation does, in a sentence; its filters; and its body, if it takes one."""

    summary: str
    query: Mapping[str, Json] | None = None
    body: Json = None
    paged: bool = False


UNITS = several(of(("id", "quantity"), id=ID, quantity=NUMBER))
PROPERTIES = several(of(("name",), name=TEXT, value=TEXT))
ADDRESS = of(
    first_name=TEXT,
    last_name=TEXT,
    company=TEXT,
    address1=TEXT,
    address2=TEXT,
    city=TEXT,
    province=TEXT,
    province_code=TEXT,
    zip=TEXT,
    country=TEXT,
    country_code={"type": "string", "minLength": 2, "maxLength": 2},
    phone=TEXT,
)
TRACKING = of(number=TEXT, company=TEXT, url=TEXT)
VARIANT = of(
    option1=TEXT,
    option2=TEXT,
    option3=TEXT,
    price=MONEY,
    sku=TEXT,
    barcode=TEXT,
    grams={"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    requires_shipping=FLAG,
    taxable=FLAG,
    inventory_management=TEXT,
    inventory_policy=words("deny", "continue"),
)
PRODUCT = {
    "title": TEXT,
    "vendor": TEXT,
    "product_type": TEXT,
    "body_html": TEXT,
    "status": words("active", "draft", "archived", "unlisted"),
    "tags": TEXT,
}
SERVICE = {
    "name": TEXT,
    "callback_url": {"type": "string", "format": "uri"},
    "tracking_support": FLAG,
    "inventory_management": FLAG,
    "requires_shipping_method": FLAG,
    "permits_sku_sharing": FLAG,
}
WEBHOOK = {
    "address": {"type": "string", "format": "uri"},
    "format": words(*WebhookFormat),
    "fields": several(TEXT),
    "metafield_namespaces": several(TEXT),
    "filter": TEXT,
    "name": TEXT,
}
SPANS = dict.fromkeys(("created_at_min", "created_at_max", "updated_at_min", "updated_at_max"), TIME)
ORDERS = {
    "ids": TEXT,
    "name": TEXT,
    "status": words("open", "closed", "cancelled", "any"),
    "financial_status": words(*FinancialStatus, "unpaid", "any"),
    "fulfillment_status": words("shipped", "partial", "unshipped", "any", "unfulfilled"),
    "attribution_app_id": TEXT,
    "processed_at_min": TIME,
    "processed_at_max": TIME,
    **SPANS,
}
REFERENCE = {"include_order_reference_fields": FLAG}
PLACE = {"inventory_item_id": ID, "location_id": ID}
MESSAGE = of(message=TEXT)
CALLED_WITH_NOTHING = of()

TOLD: Mapping[str, Told] = {
    "create_order": Told(
        summary="Take an order in and route it over the locations.",
        body=under(
            "order",
            of(
                ("line_items",),
                line_items=several(
                    of(
                        ("quantity",),
                        variant_id=ID,
                        title=TEXT,
                        price=MONEY,
                        quantity=NUMBER,
                        sku=TEXT,
                        grams=NUMBER,
                        requires_shipping=FLAG,
                        taxable=FLAG,
                        properties=PROPERTIES,
                    )
                ),
                email=TEXT,
                phone=TEXT,
                note=TEXT,
                note_attributes=PROPERTIES,
                tags=TEXT,
                name=TEXT,
                currency={"type": "string", "pattern": "^[A-Z]{3}$"},
                test=FLAG,
                financial_status=words(*FinancialStatus),
                inventory_behaviour=words(*StockClaim),
                processed_at=TIME,
                fulfill_at=TIME,
                shipping_address=ADDRESS,
                billing_address=ADDRESS,
                shipping_lines=several(of(title=TEXT, code=TEXT)),
            ),
        ),
    ),
    "list_orders": Told(summary="List orders, newest first.", query=ORDERS, paged=True),
    "count_orders": Told(summary="Count the orders that a list would have.", query=ORDERS),
    "get_order": Told(summary="Read an order with its lines and fulfillments."),
    "update_order": Told(
        summary="Change what stands on an order beside its lines.",
        body=under(
            "order",
            of(email=TEXT, phone=TEXT, note=TEXT, note_attributes=PROPERTIES, tags=TEXT, shipping_address=ADDRESS),
        ),
    ),
    "cancel_order": Told(
        summary="Give an order up, before anything of it was shipped.",
        body=of(reason=words(*CancelReason), restock=FLAG, email=FLAG),
    ),
    "close_order": Told(summary="Put an order away as done.", body=CALLED_WITH_NOTHING),
    "open_order": Told(summary="Take a closed order out again.", body=CALLED_WITH_NOTHING),
    "delete_order": Told(summary="Have an order gone."),
    "list_fulfillment_orders": Told(
        summary="List the fulfillment orders of an order that the token's scopes reach.", query=REFERENCE
    ),
    "get_fulfillment_order": Told(summary="Read a fulfillment order.", query=REFERENCE),
    "list_assigned_fulfillment_orders": Told(
        summary="List the work at the locations of the app's own services.",
        query={
            "assignment_status": words("cancellation_requested", "fulfillment_requested", "fulfillment_accepted"),
            "location_ids[]": TEXT,
        },
        paged=True,
    ),
    "set_fulfillment_orders_deadline": Told(
        summary="Say by when fulfillment orders of one order are to be shipped.",
        body=of(
            ("fulfillment_order_ids", "fulfillment_deadline"),
            fulfillment_order_ids=several(ID),
            fulfillment_deadline=TIME,
        ),
    ),
    "cancel_fulfillment_order": Told(
        summary="Cancel a fulfillment order without asking; another takes its place.", body=CALLED_WITH_NOTHING
    ),
    "hold_fulfillment_order": Told(
        summary="Stop a fulfillment order, or the units named of it.",
        body=under(
            "fulfillment_hold",
            of(
                ("reason",),
                reason=words(*HoldReason),
                reason_notes=TEXT,
                handle=TEXT,
                external_id=TEXT,
                notify_merchant=FLAG,
                fulfillment_order_line_items=UNITS,
            ),
        ),
    ),
    "release_hold": Told(summary="Lift all holds of a fulfillment order.", body=CALLED_WITH_NOTHING),
    "move_fulfillment_order": Told(
        summary="Have another location ship, all that is left or the units named.",
        body=under(
            "fulfillment_order",
            of(("new_location_id",), new_location_id=ID, fulfillment_order_line_items=UNITS),
        ),
    ),
    "open_fulfillment_order": Told(summary="Have scheduled work begin now.", body=CALLED_WITH_NOTHING),
    "reschedule_fulfillment_order": Told(
        summary="Have scheduled work begin at another time.",
        body=under("fulfillment_order", of(("new_fulfill_at",), new_fulfill_at=TIME)),
    ),
    "list_locations_for_move": Told(summary="List the locations that a fulfillment order might move to."),
    "submit_fulfillment_request": Told(
        summary="Ask the service of a fulfillment order to ship it, or the units named of it.",
        body=under(
            "fulfillment_request",
            of(message=TEXT, notify_customer=FLAG, fulfillment_order_line_items=UNITS),
            needed=False,
        ),
    ),
    "accept_fulfillment_request": Told(
        summary="Take the work that was asked for.", body=under("fulfillment_request", MESSAGE, needed=False)
    ),
    "reject_fulfillment_request": Told(
        summary="Decline the work that was asked for, and say why.",
        body=under(
            "fulfillment_request",
            of(
                message=TEXT,
                reason=words(*RejectionReason),
                line_items=several(
                    of(("fulfillment_order_line_item_id",), fulfillment_order_line_item_id=ID, message=TEXT)
                ),
            ),
            needed=False,
        ),
    ),
    "submit_cancellation_request": Told(
        summary="Ask the service to stop.", body=under("cancellation_request", MESSAGE, needed=False)
    ),
    "accept_cancellation_request": Told(
        summary="Stop, and give the work back.", body=under("cancellation_request", MESSAGE, needed=False)
    ),
    "reject_cancellation_request": Told(
        summary="Go on with the work.", body=under("cancellation_request", MESSAGE, needed=False)
    ),
    "close_fulfillment_order": Told(
        summary="Give back what cannot be shipped.", body=under("fulfillment_order", MESSAGE, needed=False)
    ),
    "create_fulfillment": Told(
        summary="Ship units of fulfillment orders of one order and one location.",
        body=under(
            "fulfillment",
            of(
                ("line_items_by_fulfillment_order",),
                line_items_by_fulfillment_order=several(
                    of(("fulfillment_order_id",), fulfillment_order_id=ID, fulfillment_order_line_items=UNITS)
                ),
                tracking_info=TRACKING,
                notify_customer=FLAG,
                message=TEXT,
            ),
        ),
    ),
    "list_fulfillments": Told(summary="List the fulfillments of an order.", query=SPANS, paged=True),
    "list_fulfillments_of_fulfillment_order": Told(
        summary="List the fulfillments that have units of a fulfillment order.", query=SPANS, paged=True
    ),
    "count_fulfillments": Told(summary="Count the fulfillments of an order.", query=SPANS),
    "get_fulfillment": Told(summary="Read a fulfillment."),
    "update_tracking": Told(
        summary="Replace the tracking of a fulfillment.",
        body=under("fulfillment", of(tracking_info=TRACKING, notify_customer=FLAG)),
    ),
    "cancel_fulfillment": Told(summary="Have the units of a fulfillment shipped again.", body=CALLED_WITH_NOTHING),
    "cancel_fulfillment_of_order": Told(
        summary="Have the units of a fulfillment shipped again, by the older path.", body=CALLED_WITH_NOTHING
    ),
    "list_fulfillment_events": Told(summary="List what the carrier said of a fulfillment."),
    "create_fulfillment_event": Told(
        summary="Note what the carrier says of a fulfillment.",
        body=under(
            "event",
            of(
                ("status",),
                status=words(*(each for each in ShipmentStatus if each is not ShipmentStatus.PICKED_UP)),
                message=TEXT,
                happened_at=TIME,
                estimated_delivery_at=TIME,
                address1=TEXT,
                city=TEXT,
                province=TEXT,
                zip=TEXT,
                country=TEXT,
                latitude=DEGREES,
                longitude=DEGREES,
            ),
        ),
    ),
    "get_fulfillment_event": Told(summary="Read one thing that the carrier said."),
    "delete_fulfillment_event": Told(summary="Strike one thing that the carrier said."),
    "create_fulfillment_service": Told(
        summary="Register a fulfillment service, and make its location.",
        body=under("fulfillment_service", of(("name",), **SERVICE)),
    ),
    "list_fulfillment_services": Told(
        summary="List the app's fulfillment services, or everybody's.", query={"scope": words("current_client", "all")}
    ),
    "get_fulfillment_service": Told(summary="Read a fulfillment service."),
    "update_fulfillment_service": Told(
        summary="Change a fulfillment service of the app's.", body=under("fulfillment_service", of(**SERVICE))
    ),
    "delete_fulfillment_service": Told(summary="End a fulfillment service of the app's, which has no work left."),
    "list_locations": Told(summary="List the shop's locations, with those of fulfillment services."),
    "count_locations": Told(summary="Count the locations."),
    "get_location": Told(summary="Read a location."),
    "list_inventory_levels_of_location": Told(summary="List what a location stocks.", paged=True),
    "create_product": Told(
        summary="Put a product with its variants into the catalogue.",
        body=under("product", of(("title",), variants=several(VARIANT), **PRODUCT)),
    ),
    "list_products": Told(summary="List products.", query={"ids": TEXT}, paged=True),
    "count_products": Told(summary="Count the products."),
    "get_product": Told(summary="Read a product with its variants."),
    "update_product": Told(
        summary="Change a product, and variants of it that are named.",
        body=under("product", of(**PRODUCT, variants=several(of(("id",), **{"id": ID, **VARIANT["properties"]})))),
    ),
    "delete_product": Told(summary="Take a product with its variants out of the catalogue."),
    "list_variants": Told(summary="List the variants of a product.", paged=True),
    "count_variants": Told(summary="Count the variants of a product."),
    "create_variant": Told(summary="Add a variant to a product.", body=under("variant", VARIANT)),
    "get_variant": Told(summary="Read a variant."),
    "update_variant": Told(summary="Change a variant.", body=under("variant", VARIANT)),
    "get_variant_of_product": Told(summary="Read a variant of a product."),
    "update_variant_of_product": Told(summary="Change a variant of a product.", body=under("variant", VARIANT)),
    "delete_variant": Told(summary="Take a variant out of its product."),
    "list_inventory_items": Told(summary="Read inventory items by their ids, at most 100.", query={"ids": TEXT}),
    "get_inventory_item": Told(summary="Read an inventory item."),
    "update_inventory_item": Told(
        summary="Change what stands on an inventory item.",
        body=under(
            "inventory_item",
            of(
                sku=TEXT,
                cost=MONEY,
                tracked=FLAG,
                requires_shipping=FLAG,
                country_code_of_origin=TEXT,
                province_code_of_origin=TEXT,
                harmonized_system_code=TEXT,
                country_harmonized_system_codes=several(
                    of(("country_code", "harmonized_system_code"), country_code=TEXT, harmonized_system_code=TEXT)
                ),
            ),
        ),
    ),
    "list_inventory_levels": Told(
        summary="List what locations have of items; at least one of either must be named.",
        query={"inventory_item_ids": TEXT, "location_ids": TEXT, "updated_at_min": TIME},
        paged=True,
    ),
    "set_inventory_level": Told(
        summary="Make what is available of an item at a location what was counted.",
        body=of((*PLACE, "available"), **PLACE, available=NUMBER, disconnect_if_necessary=FLAG),
    ),
    "adjust_inventory_level": Told(
        summary="Change what is available of an item at a location by so many units.",
        body=of((*PLACE, "available_adjustment"), **PLACE, available_adjustment=NUMBER),
    ),
    "connect_inventory_level": Told(
        summary="Begin to stock an item at a location.",
        body=of((*PLACE,), **PLACE, relocate_if_necessary=FLAG),
    ),
    "delete_inventory_level": Told(summary="Stop stocking an item at a location.", query=PLACE),
    "create_webhook_subscription": Told(
        summary="Subscribe the app to a topic.", body=under("webhook", of(("topic", "address"), topic=TEXT, **WEBHOOK))
    ),
    "list_webhook_subscriptions": Told(
        summary="List the app's subscriptions.", query={"topic": TEXT, "address": TEXT, **SPANS}, paged=True
    ),
    "count_webhook_subscriptions": Told(
        summary="Count the app's subscriptions.", query={"topic": TEXT, "address": TEXT, **SPANS}
    ),
    "get_webhook_subscription": Told(summary="Read a subscription of the app's."),
    "update_webhook_subscription": Told(
        summary="Send a subscription elsewhere, or other fields.", body=under("webhook", of(**WEBHOOK))
    ),
    "delete_webhook_subscription": Told(summary="End a subscription."),
    "get_shop": Told(summary="Read the shop."),
    "list_access_scopes": Told(summary="List what the token may do."),
}
