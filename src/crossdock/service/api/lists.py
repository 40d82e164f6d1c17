"""What the API tells: stores, work, parcels, the shelf. Lists go on after the id that `after` names."""

from starlette.responses import Response

from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.api.answers import (
    NOT_FOUND,
    No,
    json_response,
    write_assignment,
    write_event,
    write_parcel,
    write_stock,
    write_store,
)
from crossdock.service.api.visits import Visit, whole
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.reads import Stage


async def stores(visit: Visit) -> Response:
    async with acquire_ready(visit.pool) as connection:
        found = await reads.all_stores(connection)
    return json_response(200, {"stores": [write_store(store) for store in found]})


async def assignments(visit: Visit) -> Response:
    """List work, by `status` and `order_name` if they are given."""
    store = await visit.store(visit.queried_store)
    status = visit.text("status")
    if status is not None and status not in set(Stage):
        raise No(400, {"status": f"must be one of {', '.join(Stage)}"})
    async with acquire_ready(visit.pool) as connection:
        found = await reads.assignments(
            connection, store.id, visit.window, status=status, order_name=visit.text("order_name")
        )
    return json_response(200, {"assignments": [write_assignment(each) for each in found]})


async def assignment(visit: Visit) -> Response:
    store = await visit.store(visit.request.path_params["store"])
    async with acquire_ready(visit.pool) as connection:
        found = await reads.assignment(connection, store.id, fulfillment_order_of(visit))
    if found is None:
        raise NOT_FOUND
    return json_response(200, {"assignment": write_assignment(found)})


async def parcels(visit: Visit) -> Response:
    """List parcels, of one `fulfillment_order_id` if it is given."""
    store = await visit.store(visit.queried_store)
    async with acquire_ready(visit.pool) as connection:
        found = await reads.parcels(
            connection, store.id, visit.window, fulfillment_order_id=visit.number("fulfillment_order_id")
        )
    return json_response(200, {"parcels": [write_parcel(parcel) for parcel in found]})


async def parcel(visit: Visit) -> Response:
    store = await visit.store(visit.request.path_params["store"])
    async with acquire_ready(visit.pool) as connection:
        found = await reads.parcel(connection, store.id, parcel_of(visit))
    if found is None:
        raise NOT_FOUND
    return json_response(200, {"parcel": write_parcel(found)})


async def carrier_events(visit: Visit) -> Response:
    """List what was noted of a parcel on its way."""
    store = await visit.store(visit.request.path_params["store"])
    async with acquire_ready(visit.pool) as connection:
        if await reads.parcel(connection, store.id, parcel_of(visit)) is None:
            raise NOT_FOUND
        found = await reads.carrier_events(connection, store.id, parcel_of(visit))
    return json_response(200, {"events": [write_event(event) for event in found]})


async def shelf(visit: Visit) -> Response:
    store = await visit.store(visit.queried_store)
    async with acquire_ready(visit.pool) as connection:
        found = await reads.shelf(connection, store.id)
    return json_response(200, {"shelf": [write_stock(sku, stock) for sku, stock in found.items()]})


async def shelf_of(visit: Visit) -> Response:
    store = await visit.store(visit.queried_store)
    sku = visit.request.path_params["sku"]
    async with acquire_ready(visit.pool) as connection:
        found = await reads.shelf(connection, store.id, sku)
    if sku not in found:
        raise NOT_FOUND
    return json_response(200, write_stock(sku, found[sku]))


def fulfillment_order_of(visit: Visit) -> int:
    return whole("fulfillment_order_id", visit.request.path_params["fulfillment_order"])


def parcel_of(visit: Visit) -> int:
    return whole("parcel", visit.request.path_params["parcel"])
