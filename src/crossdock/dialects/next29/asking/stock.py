"""What a store believes lies on our shelf, and what we tell it. Source: 29 Next Admin API, stockrecords; its guide."""

from crossdock.dialects.next29.asking.question import AnyQuestion, Question, identity_of, items_of
from crossdock.dialects.next29.fields import Fields
from crossdock.dialects.operation import Call, Json
from crossdock.domain.work import ReadStockRecords, SetStockRecord, StockRecord


def _encode_list(query: ReadStockRecords) -> Call:
    return Call(method="GET", path="stockrecords/", query=(("location_id", str(query.location_id)),))


def _read_record(fields: Fields) -> StockRecord:
    """Read a stock record; its SKU stands within the product, and at the record itself in the oldest version."""
    product = fields.within("product") or fields
    return StockRecord(
        id=identity_of(fields),
        sku=product.text("sku") or fields.text("sku") or "",
        on_hand=fields.whole("num_in_stock"),
    )


def _read_list(answer: Json) -> tuple[StockRecord, ...]:
    return tuple(_read_record(each) for each in items_of(answer))


def _encode_set(command: SetStockRecord) -> Call:
    return Call(method="PATCH", path=f"stockrecords/{command.record_id}/", body={"num_in_stock": command.on_hand})


def _read_set(_answer: Json) -> None:
    """What it says is read again with the list."""


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        name="list_stock_records",
        command=ReadStockRecords,
        encode=_encode_list,
        decode_result=_read_list,
        source="29 Next, stockrecordsList",
        paged=True,
    ),
    Question(
        name="set_stock_record",
        command=SetStockRecord,
        encode=_encode_set,
        decode_result=_read_set,
        source="29 Next, stockrecordsPartialUpdate",
    ),
)
