"""Location: where work is done and stock lies. Source: 29 Next Admin API, Location."""

from typing import Any

from crossdock.dialects.next29.fields import Fields, body_of, path_id, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.rest.addressing import read_place
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.scopes import READS_PLACES, WRITES_PLACES
from crossdock.dialects.next29.wire import Rendering, write_address
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.places import Address, Location
from crossdock.domain.placing import ClosePlace, GetPlace, ListPlaces, OpenPlace, ReplacePlace
from crossdock.domain.queries import Page

LONGEST_NAME = 128
_PATH = "locations/"
_ONE = "locations/{id}/"


def write_location(location: Location, _context: Rendering) -> dict[str, Json]:
    """Write a location. An empty list of countries stands for all of them."""
    return {
        "id": location.id,
        "name": location.name,
        "address": write_address(location.address),
        "callback_url": (location.service.callback_url if location.service else None) or None,
        "accept_return": location.accepts_returns,
        "allowed_destination_countries": list(location.destinations),
    }


def read_location(fields: Fields) -> Location:
    """Read a location; who runs it is not told."""
    return Location(
        id=fields.need("id", fields.identity("id")),
        name=fields.text("name") or "",
        address=read_place(fields.need("address", fields.within("address"))),
        accepts_returns=fields.flag("accept_return") is True,
        destinations=fields.texts("allowed_destination_countries") or (),
    )


def _encode_list(command: ListPlaces) -> Call:
    return Call(method="GET", path=_PATH, query=write_window(command.window))


def _decode_list(call: Call) -> ListPlaces:
    _, window = open_list(call)
    return ListPlaces(window=window)


def _encode_page(page: Page[Location], context: Rendering) -> Json:
    return write_page(page, [write_location(location, context) for location in page.items], context)


def _decode_page(answer: Json) -> tuple[Location, ...]:
    return tuple(read_location(fields) for fields in read_page(answer))


def _encode_get(command: GetPlace) -> Call:
    return Call(method="GET", path=_path(command.location_id))


def _decode_get(call: Call) -> GetPlace:
    return GetPlace(location_id=_id(call))


def _encode_open(command: OpenPlace) -> Call:
    body = {
        "address": write_address(command.address),
        "callback_url": command.callback_url,
        "accept_return": command.accepts_returns,
        "allowed_destination_countries": list(command.destinations),
    }
    return Call(method="POST", path=_PATH, body=body if command.name is None else {"name": command.name, **body})


def _decode_open(call: Call) -> OpenPlace:
    fields = body_of(call)
    return OpenPlace(
        name=fields.line("name", LONGEST_NAME),
        address=_address(fields),
        callback_url=fields.text("callback_url") or None,
        accepts_returns=fields.flag("accept_return") is True,
        destinations=_countries(fields) or (),
    )


def _encode_replace(command: ReplacePlace) -> Call:
    body: dict[str, Json] = {"address": write_address(command.address)}
    if command.name is not None:
        body["name"] = command.name
    if command.callback_url is not None:
        body["callback_url"] = command.callback_url or None
    if command.accepts_returns is not None:
        body["accept_return"] = command.accepts_returns
    if command.destinations is not None:
        body["allowed_destination_countries"] = list(command.destinations)
    return Call(method="PUT", path=_path(command.location_id), body=body)


def _decode_replace(call: Call) -> ReplacePlace:
    fields = body_of(call)
    return ReplacePlace(
        location_id=_id(call),
        name=fields.line("name", LONGEST_NAME),
        address=_address(fields),
        callback_url=(fields.text("callback_url") or "") if fields.has("callback_url") else None,
        accepts_returns=fields.flag("accept_return"),
        destinations=_countries(fields),
    )


def _encode_close(command: ClosePlace) -> Call:
    return Call(method="DELETE", path=_path(command.location_id))


def _decode_close(call: Call) -> ClosePlace:
    return ClosePlace(location_id=_id(call))


def _decode_one(answer: Json) -> Location:
    return read_location(whole_body(answer))


def _path(location_id: int) -> str:
    return f"{_PATH}{location_id}/"


def _id(call: Call) -> int:
    return path_id(call, "id", "location")


def _address(fields: Fields) -> Address:
    return read_place(fields.need("address", fields.within("address")))


def _countries(fields: Fields) -> tuple[str, ...] | None:
    codes = fields.texts("allowed_destination_countries")
    return None if codes is None else tuple(code.strip().upper() for code in codes if code.strip())


LIST = Operation(
    name="list_locations",
    command=ListPlaces,
    method="GET",
    path=_PATH,
    scopes=READS_PLACES,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, locationsList",
)
GET = Operation(
    name="get_location",
    command=GetPlace,
    method="GET",
    path=_ONE,
    scopes=READS_PLACES,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=write_location,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, locationsRetrieve",
)
OPEN = Operation(
    name="create_location",
    command=OpenPlace,
    method="POST",
    path=_PATH,
    scopes=WRITES_PLACES,
    encode=_encode_open,
    decode=_decode_open,
    encode_result=write_location,
    decode_result=_decode_one,
    status=201,
    source="29 Next Admin API 2024-04-01, locationsCreate",
)
REPLACE = Operation(
    name="replace_location",
    command=ReplacePlace,
    method="PUT",
    path=_ONE,
    scopes=WRITES_PLACES,
    encode=_encode_replace,
    decode=_decode_replace,
    encode_result=write_location,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, locationsUpdate",
)
CLOSE = Operation(
    name="delete_location",
    command=ClosePlace,
    method="DELETE",
    path=_ONE,
    scopes=WRITES_PLACES,
    encode=_encode_close,
    decode=_decode_close,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, locationsDestroy",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET, OPEN, REPLACE, CLOSE)
