"""FulfillmentService. Source: Shopify REST FulfillmentService."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, Parameters, answered, answered_list, path_id, root
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.scopes import READ_FULFILLMENTS, WRITE_FULFILLMENTS
from crossdock.dialects.shopify.wire import Rendering, gid, without_nothing
from crossdock.domain.catalogue import (
    CreateFulfillmentService,
    DeleteFulfillmentService,
    UpdateFulfillmentService,
)
from crossdock.domain.places import FulfillmentService
from crossdock.domain.queries import GetFulfillmentService, ListFulfillmentServices
from crossdock.domain.refusals import Invalid
from crossdock.domain.work import RegisteredService

ROOT = "fulfillment_service"
ROOTS = "fulfillment_services"
_EVERYONE = "all"
_OWN = "current_client"


def write_service(service: FulfillmentService) -> dict[str, Json]:
    return {
        "id": service.id,
        "name": service.name,
        "email": None,
        "service_name": service.name,
        "handle": service.handle,
        "fulfillment_orders_opt_in": True,
        "include_pending_stock": False,
        "provider_id": None,
        "location_id": service.location_id,
        "callback_url": service.callback_url,
        "tracking_support": service.tracking_support,
        "inventory_management": service.inventory_management,
        "admin_graphql_api_id": gid("ApiFulfillmentService", service.id),
        "permits_sku_sharing": service.permits_sku_sharing,
        "requires_shipping_method": service.requires_shipping_method,
    }


def _read_service(fields: Fields) -> RegisteredService:
    return RegisteredService(
        id=fields.need("id", fields.identity("id")),
        name=fields.need("name", fields.text("name")),
        handle=fields.need("handle", fields.text("handle")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        callback_url=fields.text("callback_url"),
        tracking_support=fields.flag("tracking_support") or False,
        inventory_management=fields.flag("inventory_management") or False,
    )


def _encode_create(command: CreateFulfillmentService) -> Call:
    fields = {
        "name": command.name,
        "callback_url": command.callback_url,
        "tracking_support": command.tracking_support,
        "inventory_management": command.inventory_management,
        "requires_shipping_method": command.requires_shipping_method,
        "fulfillment_orders_opt_in": True,
        "permits_sku_sharing": command.permits_sku_sharing,
    }
    return Call(method="POST", path="fulfillment_services.json", body={ROOT: without_nothing(fields)})


def _decode_create(call: Call) -> CreateFulfillmentService:
    fields = root(call, ROOT)
    name = fields.line("name") or ""
    if not name.strip():
        raise Invalid("name", "can't be blank")
    if fields.flag("fulfillment_orders_opt_in") is False:
        raise Invalid("fulfillment_orders_opt_in", "must be true")
    return CreateFulfillmentService(
        name=name,
        callback_url=_normal(fields.text("callback_url")),
        tracking_support=fields.flag("tracking_support") or False,
        inventory_management=fields.flag("inventory_management") or False,
        requires_shipping_method=fields.flag("requires_shipping_method") is not False,
        permits_sku_sharing=fields.flag("permits_sku_sharing") is not False,
    )


def _normal(url: str | None) -> str | None:
    """Give a URL without a path its slash, as Shopify does; whether it may be called is for the store to say."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Invalid("callback_url", "is invalid") from error
    return urlunsplit(parts._replace(path="/")) if parts.netloc and not parts.path else url


def _encode_update(command: UpdateFulfillmentService) -> Call:
    fields = {
        "id": command.service_id,
        "name": command.name,
        "callback_url": command.callback_url,
        "tracking_support": command.tracking_support,
        "inventory_management": command.inventory_management,
        "requires_shipping_method": command.requires_shipping_method,
        "permits_sku_sharing": command.permits_sku_sharing,
    }
    path = f"fulfillment_services/{command.service_id}.json"
    return Call(method="PUT", path=path, body={ROOT: without_nothing(fields)})


def _decode_update(call: Call) -> UpdateFulfillmentService:
    fields = root(call, ROOT)
    if fields.flag("fulfillment_orders_opt_in") is False:
        raise Invalid("fulfillment_orders_opt_in", "must be true")
    callback_url = fields.text("callback_url")
    return UpdateFulfillmentService(
        service_id=_named(call),
        name=fields.line("name"),
        callback_url=_normal(callback_url) or callback_url,
        tracking_support=fields.flag("tracking_support"),
        inventory_management=fields.flag("inventory_management"),
        requires_shipping_method=fields.flag("requires_shipping_method"),
        permits_sku_sharing=fields.flag("permits_sku_sharing"),
    )


def _encode_delete(command: DeleteFulfillmentService) -> Call:
    return Call(method="DELETE", path=f"fulfillment_services/{command.service_id}.json")


def _decode_delete(call: Call) -> DeleteFulfillmentService:
    return DeleteFulfillmentService(service_id=_named(call))


def _named(call: Call) -> int:
    return path_id(call, "service_id", "fulfillment service")


def _encode_list(command: ListFulfillmentServices) -> Call:
    query = (("scope", _EVERYONE),) if command.everyone else ()
    return Call(method="GET", path="fulfillment_services.json", query=query)


def _decode_list(call: Call) -> ListFulfillmentServices:
    scope = Parameters(call.query).choice("scope", (_OWN, _EVERYONE))
    return ListFulfillmentServices(everyone=scope == _EVERYONE)


def _encode_get(command: GetFulfillmentService) -> Call:
    return Call(method="GET", path=f"fulfillment_services/{command.service_id}.json")


def _decode_get(call: Call) -> GetFulfillmentService:
    return GetFulfillmentService(service_id=_named(call))


def _encode_one(service: FulfillmentService, _context: Rendering) -> Json:
    return {ROOT: write_service(service)}


def _encode_many(services: Iterable[FulfillmentService], _context: Rendering) -> Json:
    return {ROOTS: [write_service(service) for service in services]}


def _decode_one(answer: Json) -> RegisteredService:
    return _read_service(answered(answer, ROOT))


def _decode_many(answer: Json) -> tuple[RegisteredService, ...]:
    return tuple(_read_service(fields) for fields in answered_list(answer, ROOTS))


CREATE = Operation(
    name="create_fulfillment_service",
    command=CreateFulfillmentService,
    method="POST",
    path="fulfillment_services.json",
    scopes=frozenset({WRITE_FULFILLMENTS}),
    encode=_encode_create,
    decode=_decode_create,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="Shopify REST FulfillmentService, create",
)
LIST = Operation(
    name="list_fulfillment_services",
    command=ListFulfillmentServices,
    method="GET",
    path="fulfillment_services.json",
    scopes=frozenset({READ_FULFILLMENTS}),
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST FulfillmentService, list",
)
GET = Operation(
    name="get_fulfillment_service",
    command=GetFulfillmentService,
    method="GET",
    path="fulfillment_services/{service_id}.json",
    scopes=frozenset({READ_FULFILLMENTS}),
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST FulfillmentService, read",
)
UPDATE = Operation(
    name="update_fulfillment_service",
    command=UpdateFulfillmentService,
    method="PUT",
    path="fulfillment_services/{service_id}.json",
    scopes=frozenset({WRITE_FULFILLMENTS}),
    encode=_encode_update,
    decode=_decode_update,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="Shopify REST FulfillmentService, update",
)
DELETE = Operation(
    name="delete_fulfillment_service",
    command=DeleteFulfillmentService,
    method="DELETE",
    path="fulfillment_services/{service_id}.json",
    scopes=frozenset({WRITE_FULFILLMENTS}),
    encode=_encode_delete,
    decode=_decode_delete,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    source="Shopify REST FulfillmentService, delete",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (CREATE, LIST, GET, UPDATE, DELETE)
