"""Notes at an order: list, write. Source: 29 Next Admin API, OrderNote."""

from typing import Any

from crossdock.dialects.next29.fields import Fields, body_of, path_order, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.scopes import READ_ORDERS, WRITE_ORDERS
from crossdock.dialects.next29.wire import Rendering, write_time
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.order_notes import LONGEST_NOTE, AddOrderNote, ListOrderNotes, OrderNote
from crossdock.domain.queries import Page

_PATH = "orders/{number}/notes/"


def write_note(note: OrderNote, context: Rendering) -> dict[str, Json]:
    """Write a note. No person has an account at the API: an app writes in its own name. Notes do not change."""
    at = write_time(note.created_at, context.shop)
    return {
        "id": note.id,
        "message": note.message,
        "app": {"client_id": note.client_id, "name": note.author} if note.client_id else {},
        "author": {"id": note.app_id or 0, "email": None, "first_name": note.author, "last_name": ""},
        "date_created": at,
        "date_updated": at,
    }


def read_note(fields: Fields) -> OrderNote:
    app = fields.within("app") or Fields({})
    author = fields.need("author", fields.within("author"))
    return OrderNote(
        id=fields.need("id", fields.identity("id")),
        message=fields.need("message", fields.text("message")),
        author=author.text("first_name") or "",
        created_at=fields.need("date_created", fields.time("date_created")),
        app_id=author.identity("id") or None,
        client_id=app.text("client_id"),
    )


def _path(order_id: int) -> str:
    return _PATH.format(number=order_id)


def _encode_list(query: ListOrderNotes) -> Call:
    return Call(method="GET", path=_path(query.order_id), query=write_window(query.window))


def _decode_list(call: Call) -> ListOrderNotes:
    _, window = open_list(call)
    return ListOrderNotes(order_id=path_order(call), window=window)


def _encode_page(page: Page[OrderNote], context: Rendering) -> Json:
    return write_page(page, (write_note(note, context) for note in page.items), context)


def _decode_page(answer: Json) -> tuple[OrderNote, ...]:
    return tuple(read_note(fields) for fields in read_page(answer))


def _encode_add(command: AddOrderNote) -> Call:
    return Call(method="POST", path=_path(command.order_id), body={"message": command.message})


def _decode_add(call: Call) -> AddOrderNote:
    return AddOrderNote(order_id=path_order(call), message=body_of(call).filled("message", LONGEST_NOTE))


def _decode_one(answer: Json) -> OrderNote:
    return read_note(whole_body(answer))


LIST = Operation(
    name="list_order_notes",
    command=ListOrderNotes,
    method="GET",
    path=_PATH,
    scopes=frozenset({READ_ORDERS}),
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersNotesList",
)
ADD = Operation(
    name="create_order_note",
    command=AddOrderNote,
    method="POST",
    path=_PATH,
    scopes=frozenset({WRITE_ORDERS}),
    encode=_encode_add,
    decode=_decode_add,
    encode_result=write_note,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, ordersNotesCreate",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, ADD)
