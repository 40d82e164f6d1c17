"""Fulfillment services: an app registers one, and the shop gets a location for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from asyncpg import UniqueViolationError

from crossdock.domain.catalogue import (
    CreateFulfillmentService,
    DeleteFulfillmentService,
    StockOfService,
    UpdateFulfillmentService,
)
from crossdock.domain.locating import check_destination
from crossdock.domain.places import FulfillmentService
from crossdock.domain.queries import GetFulfillmentService, ListFulfillmentServices
from crossdock.domain.refusals import Invalid, NotFound, NotPermitted, PlaceRefused, PlaceRule, SeveralInvalid
from crossdock.runtime.connection import Connection
from crossdock.runtime.jobs import Timer, cancel_timer, set_timers
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.locating import held_still
from crossdock.store.handlers.relocating import relocate
from crossdock.store.handlers.slugs import slug
from crossdock.store.jobs import fetch_stock, fetch_tracking_numbers

LONGEST_NAME = 255
# Names that mean something else. Source: Shopify, fulfillment services (recorded).
RESERVED_NAMES = frozenset({"manual", "gift card", "gift_card", "shopify", "amazon", "amazon_marketplace_web"})

# The location has the service's name and the shop's address, and comes last in priority.
CREATE = """
    WITH location AS (
        INSERT INTO locations (shop_id, id, name, address, priority, created_at, updated_at)
        SELECT id, nextval('ids'), $2, address,
            (SELECT coalesce(max(priority), 0) + 1 FROM locations WHERE shop_id = $1), $10, $10
        FROM shops WHERE id = $1
        RETURNING id
    )
    INSERT INTO fulfillment_services (shop_id, id, app_id, name, handle, location_id, callback_url, tracking_support,
        inventory_management, requires_shipping_method, permits_sku_sharing, created_at)
    SELECT $1, given.id, $3, $2, coalesce($4::text, 'service-' || given.id), location.id, $5, $6, $7, $8, $9, $10
    FROM location, (SELECT nextval('ids') AS id) AS given
    RETURNING id, handle, location_id,
        (SELECT platform FROM apps WHERE apps.shop_id = $1 AND apps.id = $3) AS dialect
"""


OWN = "shop_id = $1 AND id = $2 AND ($3::bigint IS NULL OR app_id = $3) AND deleted_at IS NULL"
LOCK = f"SELECT location_id, handle FROM fulfillment_services WHERE {OWN} FOR UPDATE"

UPDATE = f"""
    WITH changed AS (
        UPDATE fulfillment_services SET name = coalesce($4, name),
            callback_url = CASE $5 WHEN '' THEN NULL ELSE coalesce($5, callback_url) END,
            tracking_support = coalesce($6, tracking_support),
            inventory_management = coalesce($7, inventory_management),
            requires_shipping_method = coalesce($8, requires_shipping_method),
            permits_sku_sharing = coalesce($9, permits_sku_sharing)
        WHERE {OWN}
        RETURNING *
    ), renamed AS (
        UPDATE locations l SET name = $4, updated_at = $10
        FROM changed WHERE l.shop_id = $1 AND l.id = changed.location_id AND $4 IS NOT NULL
    )
    SELECT id, app_id, name, handle, location_id, callback_url, tracking_support, inventory_management,
        requires_shipping_method, permits_sku_sharing,
        (SELECT platform FROM apps WHERE apps.shop_id = $1 AND apps.id = changed.app_id) AS dialect
    FROM changed
"""

HAS_WORK = """
    SELECT EXISTS (
        SELECT FROM fulfillment_orders WHERE shop_id = $1 AND location_id = $2 AND status <> 'closed'
    )
"""

CLEAR = """
    WITH given_up AS (
        UPDATE inventory_levels SET active = false, updated_at = $3
        WHERE shop_id = $1 AND location_id = $2 AND active
        RETURNING inventory_item_id
    )
    INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
    SELECT $1, nextval('ids'), inventory_item_id, s.primary_location_id, $3, $3
    FROM given_up, shops s
    WHERE s.id = $1 AND s.primary_location_id <> $2 AND NOT EXISTS (
        SELECT FROM inventory_levels l WHERE l.shop_id = $1 AND l.inventory_item_id = given_up.inventory_item_id
            AND l.location_id <> $2 AND l.active
    )
    ON CONFLICT (shop_id, inventory_item_id, location_id) DO UPDATE SET active = true, updated_at = $3
"""
MANAGE = "UPDATE variants SET managed_by = 'shopify', updated_at = $3 WHERE shop_id = $1 AND managed_by = $2"

END = "UPDATE fulfillment_services SET deleted_at = $3, callback_url = NULL WHERE shop_id = $1 AND id = $2"

DELETE_PLACE = """
    UPDATE locations SET deleted_at = $3, deactivated_at = $3, active = false, updated_at = $3
    WHERE shop_id = $1 AND id = $2
"""
KEEP_PLACE = "UPDATE locations SET updated_at = $3 WHERE shop_id = $1 AND id = $2"


async def create_fulfillment_service(
    connection: Connection, command: CreateFulfillmentService, context: WriteContext
) -> FulfillmentService:
    """Register a service with its location.

    Raises: Invalid; NotPermitted to a caller that is no app.
    """
    app_id = context.caller.app_id
    if app_id is None:
        raise NotPermitted("an app that runs the service")
    callback_url = checked(command.name, command.callback_url, context) or None
    try:
        row = await connection.fetchrow(
            CREATE,
            context.shop_id,
            command.name,
            app_id,
            handle_of(command.name) or None,
            callback_url,
            command.tracking_support,
            command.inventory_management,
            command.requires_shipping_method,
            command.permits_sku_sharing,
            context.at,
        )
        assert row is not None
    except UniqueViolationError as error:
        raise Invalid("name", "has already been taken") from error
    await set_timers(connection, hourly_questions(command, row["id"], context))
    return FulfillmentService(
        app_id=app_id,
        name=command.name,
        callback_url=callback_url,
        tracking_support=command.tracking_support,
        inventory_management=command.inventory_management,
        requires_shipping_method=command.requires_shipping_method,
        permits_sku_sharing=command.permits_sku_sharing,
        **row,
    )


def hourly_questions(
    command: CreateFulfillmentService | UpdateFulfillmentService, service_id: int, context: WriteContext
) -> Sequence[Timer]:
    """Return the timers by which a service is asked for what it said it can tell."""
    due_at = context.at + timedelta(hours=1)
    questions = (
        (command.inventory_management, fetch_stock.hourly),
        (command.tracking_support, fetch_tracking_numbers.hourly),
    )
    return [hourly(context.shop_id, service_id, due_at) for asked, hourly in questions if asked]


def check_name(name: str) -> None:
    """Raises: Invalid. Source: Shopify, fulfillment services, validation messages (recorded)."""
    if not name.strip():
        raise Invalid("name", "can't be blank")
    if name[0].isspace():
        raise Invalid("name", "cannot begin with a whitespace character")
    if name[-1].isspace():
        raise Invalid("name", "cannot end with a whitespace character")
    if len(name) > LONGEST_NAME:
        raise Invalid("name", f"is too long (maximum is {LONGEST_NAME} characters)")
    if name.lower() in RESERVED_NAMES or handle_of(name) in RESERVED_NAMES:
        raise Invalid("name", "is reserved")


def handle_of(name: str) -> str:
    return slug(name, keep="_")


def checked(name: str | None, callback_url: str | None, context: WriteContext) -> str | None:
    """Check what is new about a service, and return the URL as it is kept. Raises: Invalid, or SeveralInvalid."""
    problems: list[Invalid] = []
    normal = callback_url
    try:
        if name is not None:
            check_name(name)
    except Invalid as problem:
        problems.append(problem)
    try:
        normal = context.callback_urls.normal(callback_url) if callback_url else callback_url
    except Invalid as problem:
        problems.append(problem)
    if len(problems) > 1:
        raise SeveralInvalid(tuple(problems))
    if problems:
        raise problems[0]
    return normal


async def update_fulfillment_service(
    connection: Connection, command: UpdateFulfillmentService, context: WriteContext
) -> FulfillmentService:
    """Change a service of the caller's; another name is its location's too, the handle stays.

    Raises: NotFound, Invalid.
    """
    callback_url = checked(command.name, command.callback_url, context)
    try:
        row = await connection.fetchrow(
            UPDATE,
            context.shop_id,
            command.service_id,
            context.caller.app_id,
            command.name,
            callback_url,
            command.tracking_support,
            command.inventory_management,
            command.requires_shipping_method,
            command.permits_sku_sharing,
            context.at,
        )
    except UniqueViolationError as error:
        raise Invalid("name", "has already been taken") from error
    if row is None:
        raise NotFound("fulfillment service", command.service_id)
    await set_timers(connection, hourly_questions(command, command.service_id, context))
    return FulfillmentService(**row)


async def delete_fulfillment_service(
    connection: Connection, command: DeleteFulfillmentService, context: WriteContext
) -> None:
    """End a service of the caller's. Raises: NotFound, PlaceRefused; Invalid while it has work.

    Its location is there for what was shipped from it only, unless the merchant keeps it. Who managed stock by it has
    the shop count; of what is deleted with it, what no other location stocks is stocked at the primary one, with
    nothing there.
    """
    shop, places = await held_still(connection, context)
    row = await connection.fetchrow(LOCK, context.shop_id, command.service_id, context.caller.app_id)
    if row is None:
        raise NotFound("fulfillment service", command.service_id)
    if await connection.fetchval(HAS_WORK, context.shop_id, row["location_id"]):
        raise Invalid("base", "The fulfillment service has fulfillment orders that are not closed")
    location_id: int = row["location_id"]
    if command.stock is StockOfService.DELETE:
        await connection.execute(CLEAR, context.shop_id, location_id, context.at)
    elif command.stock is StockOfService.TRANSFER:
        destination_id = command.destination_location_id or shop.primary_location_id
        if destination_id is None:
            raise PlaceRefused((PlaceRule.NO_DESTINATION,))
        check_destination(location_id, destination_id, places)
        await relocate(connection, location_id, destination_id, context)
    await connection.execute(MANAGE, context.shop_id, row["handle"], context.at)
    await connection.execute(END, context.shop_id, command.service_id, context.at)
    after = KEEP_PLACE if command.stock is StockOfService.KEEP else DELETE_PLACE
    await connection.execute(after, context.shop_id, location_id, context.at)
    for job in (fetch_stock.NAME, fetch_tracking_numbers.NAME):
        await cancel_timer(connection, context.shop_id, job, f"service:{command.service_id}")


async def list_fulfillment_services(
    _connection: Connection, query: ListFulfillmentServices, context: ReadContext
) -> tuple[FulfillmentService, ...]:
    services = (place.service for place in context.locations.values() if place.service and not place.deleted)
    mine = (service for service in services if query.everyone or service.app_id == context.caller.app_id)
    return tuple(sorted(mine, key=lambda service: service.id))


async def get_fulfillment_service(
    _connection: Connection, query: GetFulfillmentService, context: ReadContext
) -> FulfillmentService:
    for location in context.locations.values():
        if location.service is not None and location.service.id == query.service_id and not location.deleted:
            return location.service
    raise NotFound("fulfillment service", query.service_id)


COMMANDS: Mapping[type, CommandHandler] = {
    CreateFulfillmentService: create_fulfillment_service,
    UpdateFulfillmentService: update_fulfillment_service,
    DeleteFulfillmentService: delete_fulfillment_service,
}
QUERIES: Mapping[type, QueryHandler] = {
    ListFulfillmentServices: list_fulfillment_services,
    GetFulfillmentService: get_fulfillment_service,
}
