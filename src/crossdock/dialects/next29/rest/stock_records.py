"""StockRecord: what one location has of one variant.

Source: 29 Next Admin API, stockrecords; `sku` of its own in version 2023-02-10 only.
"""

from typing import Any

from crossdock.dialects.next29 import versions
from crossdock.dialects.next29.fields import Fields, body_of, path_id, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.rest.locations import write_location
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.scopes import READ_CATALOGUE, WRITE_CATALOGUE
from crossdock.dialects.next29.wire import Rendering, write_time
from crossdock.dialects.operation import Call, Json, Operation, Unreadable
from crossdock.domain.catalogue import DEFAULT_TITLE
from crossdock.domain.queries import Page
from crossdock.domain.stock_records import (
    AddStockRecord,
    Availability,
    ChangeStockRecord,
    GetStockRecord,
    ListStockRecords,
    RemoveStockRecord,
    StockRecord,
)

_PATH = "stockrecords/"
_ONE = "stockrecords/{id}/"
_READ = frozenset({READ_CATALOGUE})
_WRITE = frozenset({WRITE_CATALOGUE})
_PURCHASABLE = {"available": True, "unavailable": False}


def write_counts(*, tracked: bool, on_hand: int, available: int) -> dict[str, Json]:
    """Write what is on the shelf and what is promised of it; null where nobody counts and nobody ever did."""
    if not tracked and not on_hand and not available:
        return {"num_in_stock": None, "num_allocated": None}
    return {"num_in_stock": on_hand, "num_allocated": on_hand - available}


def write_record(record: StockRecord, context: Rendering) -> dict[str, Json]:
    """Write a record with the whole location."""
    body: dict[str, Json] = {
        "id": record.id,
        "product": {
            "id": record.product_id,
            "title": record.product_title,
            "sku": record.sku or "",
            "variant_id": record.variant_id,
            "variant_title": written_title(record.variant_title, record.product_title),
        },
        "location": write_location(context.locations[record.location_id], context),
        **write_counts(tracked=record.tracked, on_hand=record.on_hand, available=record.available),
        "net_stock_level": record.available,
        "low_stock_threshold": record.low_stock_threshold,
        "date_created": write_time(record.created_at, context.shop),
        "date_updated": write_time(record.updated_at, context.shop),
    }
    return body | {"sku": record.sku or ""} if context.version == versions.OLDEST else body


def written_title(variant_title: str, product_title: str) -> str:
    """Return how a variant is called: the only one of a product as the product."""
    return product_title if variant_title == DEFAULT_TITLE else variant_title


def read_record(fields: Fields) -> StockRecord:
    """Read a record; whether more may be sold than there is is not told."""
    product = fields.need("product", fields.within("product"))
    location = fields.need("location", fields.within("location"))
    on_hand = fields.whole("num_in_stock")
    allocated = fields.whole("num_allocated") or 0
    return StockRecord(
        id=fields.need("id", fields.identity("id")),
        location_id=location.need("id", location.identity("id")),
        product_id=product.need("id", product.identity("id")),
        variant_id=product.need("variant_id", product.identity("variant_id")),
        product_title=product.text("title") or "",
        variant_title=product.text("variant_title") or "",
        sku=product.text("sku") or None,
        tracked=on_hand is not None,
        on_hand=on_hand or 0,
        available=(on_hand or 0) - allocated,
        low_stock_threshold=fields.whole("low_stock_threshold") or 0,
        created_at=fields.need("date_created", fields.time("date_created")),
        updated_at=fields.need("date_updated", fields.time("date_updated")),
    )


def _encode_list(command: ListStockRecords) -> Call:
    filters = [
        ("search_text", command.search),
        *(("location_id", str(each)) for each in command.location_ids),
        ("sku", ",".join(command.skus)),
        ("inventory_availability", command.availability),
        ("purchase_availability", {True: "available", False: "unavailable", None: None}[command.purchasable]),
    ]
    query = tuple((name, str(value)) for name, value in filters if value)
    return Call(method="GET", path=_PATH, query=(*query, *write_window(command.window)))


def _decode_list(call: Call) -> ListStockRecords:
    parameters, window = open_list(call)
    availability = parameters.text("inventory_availability")
    purchasable = parameters.text("purchase_availability")
    if availability is not None and availability not in set(Availability):
        raise Unreadable("inventory_availability", f'"{availability[:100]}" is not a valid choice.')
    if purchasable is not None and purchasable not in _PURCHASABLE:
        raise Unreadable("purchase_availability", f'"{purchasable[:100]}" is not a valid choice.')
    return ListStockRecords(
        search=parameters.text("search_text"),
        location_ids=parameters.ids("location_id"),
        skus=parameters.texts("sku"),
        availability=None if availability is None else Availability(availability),
        purchasable=None if purchasable is None else _PURCHASABLE[purchasable],
        window=window,
    )


def _encode_page(page: Page[StockRecord], context: Rendering) -> Json:
    return write_page(page, [write_record(record, context) for record in page.items], context)


def _decode_page(answer: Json) -> tuple[StockRecord, ...]:
    return tuple(read_record(fields) for fields in read_page(answer))


def _encode_get(command: GetStockRecord) -> Call:
    return Call(method="GET", path=_path(command.record_id))


def _decode_get(call: Call) -> GetStockRecord:
    return GetStockRecord(record_id=_id(call))


def _encode_add(command: AddStockRecord) -> Call:
    body = {"product": command.goods_id, "location_id": command.location_id}
    return Call(method="POST", path=_PATH, body=body | _numbers(command))


def _decode_add(call: Call) -> AddStockRecord:
    fields = body_of(call)
    return AddStockRecord(
        goods_id=fields.need("product", fields.identity("product")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        on_hand=fields.whole("num_in_stock"),
        low_stock_threshold=fields.whole("low_stock_threshold"),
    )


def _encode_change(command: ChangeStockRecord) -> Call:
    named = {"product": command.goods_id, "location_id": command.location_id}
    body = {name: value for name, value in named.items() if value is not None}
    return Call(method="PATCH", path=_path(command.record_id), body=body | _numbers(command))


def _decode_change(call: Call) -> ChangeStockRecord:
    fields = body_of(call)
    return ChangeStockRecord(
        record_id=_id(call),
        on_hand=fields.whole("num_in_stock"),
        low_stock_threshold=fields.whole("low_stock_threshold"),
        goods_id=fields.identity("product"),
        location_id=fields.identity("location_id"),
    )


def _numbers(command: AddStockRecord | ChangeStockRecord) -> dict[str, int]:
    given = {"num_in_stock": command.on_hand, "low_stock_threshold": command.low_stock_threshold}
    return {name: value for name, value in given.items() if value is not None}


def _encode_remove(command: RemoveStockRecord) -> Call:
    return Call(method="DELETE", path=_path(command.record_id))


def _decode_remove(call: Call) -> RemoveStockRecord:
    return RemoveStockRecord(record_id=_id(call))


def _decode_one(answer: Json) -> StockRecord:
    return read_record(whole_body(answer))


def _path(record_id: int) -> str:
    return f"{_PATH}{record_id}/"


def _id(call: Call) -> int:
    return path_id(call, "id", "stock record")


LIST = Operation(
    name="list_stock_records",
    command=ListStockRecords,
    method="GET",
    path=_PATH,
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, stockrecordsList",
)
GET = Operation(
    name="get_stock_record",
    command=GetStockRecord,
    method="GET",
    path=_ONE,
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=write_record,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, stockrecordsRetrieve",
)
ADD = Operation(
    name="create_stock_record",
    command=AddStockRecord,
    method="POST",
    path=_PATH,
    scopes=_WRITE,
    encode=_encode_add,
    decode=_decode_add,
    encode_result=write_record,
    decode_result=_decode_one,
    status=201,
    source="29 Next Admin API 2024-04-01, stockrecordsCreate",
)
CHANGE = Operation(
    name="update_stock_record",
    command=ChangeStockRecord,
    method="PATCH",
    path=_ONE,
    scopes=_WRITE,
    encode=_encode_change,
    decode=_decode_change,
    encode_result=write_record,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, stockrecordsPartialUpdate; num_in_stock is absolute",
)
REMOVE = Operation(
    name="delete_stock_record",
    command=RemoveStockRecord,
    method="DELETE",
    path=_ONE,
    scopes=_WRITE,
    encode=_encode_remove,
    decode=_decode_remove,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, stockrecordsDestroy",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET, ADD, CHANGE, REMOVE)
