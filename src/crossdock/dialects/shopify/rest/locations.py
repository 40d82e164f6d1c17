"""Location: read-only over REST. Source: Shopify REST Location."""

from collections.abc import Sequence
from typing import Any

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, answered, answered_list, path_id
from crossdock.dialects.shopify.rest.fulfillments import decode_number, encode_number
from crossdock.dialects.shopify.scopes import READ_LOCATIONS
from crossdock.dialects.shopify.wire import Rendering, country_of, gid, write_optional_time
from crossdock.domain.places import Address, Location
from crossdock.domain.queries import GetLocation, ListLocations

_ROOT = "location"
_ROOTS = "locations"
_READ = frozenset({READ_LOCATIONS})


def write_location(location: Location, context: Rendering) -> dict[str, Json]:
    """Write a location."""
    address = location.address
    province = address.province or address.province_code
    return {
        "id": location.id,
        "name": location.name,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "zip": address.zip,
        "province": province,
        "country": address.country_code,
        "phone": address.phone,
        "created_at": write_optional_time(location.created_at, context.shop),
        "updated_at": write_optional_time(location.updated_at, context.shop),
        "country_code": address.country_code,
        "country_name": country_of(address),
        "province_code": address.province_code,
        "legacy": location.service is not None,
        "active": location.active,
        "admin_graphql_api_id": gid("Location", location.id),
        "localized_country_name": country_of(address),
        "localized_province_name": province,
    }


def _read_location(fields: Fields) -> Location:
    """Read a location; that a service runs it is told, but not which."""
    return Location(
        id=fields.need("id", fields.identity("id")),
        name=fields.need("name", fields.text("name")),
        address=Address(
            address1=fields.text("address1"),
            address2=fields.text("address2"),
            city=fields.text("city"),
            province=fields.text("province"),
            province_code=fields.text("province_code"),
            zip=fields.text("zip"),
            country=fields.text("country_name"),
            country_code=fields.text("country_code"),
            phone=fields.text("phone"),
        ),
        active=fields.flag("active") is not False,
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
    )


def _encode_list(_command: ListLocations) -> Call:
    return Call(method="GET", path="locations.json")


def _encode_count(_command: ListLocations) -> Call:
    return Call(method="GET", path="locations/count.json")


def _decode_list(_call: Call) -> ListLocations:
    return ListLocations()


def _encode_get(command: GetLocation) -> Call:
    return Call(method="GET", path=f"locations/{command.location_id}.json")


def _decode_get(call: Call) -> GetLocation:
    return GetLocation(location_id=path_id(call, "location_id", "location"))


def _encode_many(locations: Sequence[Location], context: Rendering) -> Json:
    return {_ROOTS: [write_location(location, context) for location in locations]}


def _encode_how_many(locations: Sequence[Location], context: Rendering) -> Json:
    return encode_number(len(locations), context)


def _encode_one(location: Location, context: Rendering) -> Json:
    return {_ROOT: write_location(location, context)}


def _decode_one(answer: Json) -> Location:
    return _read_location(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[Location, ...]:
    return tuple(_read_location(fields) for fields in answered_list(answer, _ROOTS))


LIST = Operation(
    name="list_locations",
    command=ListLocations,
    method="GET",
    path="locations.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Location, list",
)
COUNT = Operation(
    name="count_locations",
    command=ListLocations,
    method="GET",
    path="locations/count.json",
    scopes=_READ,
    encode=_encode_count,
    decode=_decode_list,
    encode_result=_encode_how_many,
    decode_result=decode_number,
    writes=False,
    source="Shopify REST Location, count",
)
GET = Operation(
    name="get_location",
    command=GetLocation,
    method="GET",
    path="locations/{location_id}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST Location, read",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, COUNT, GET)
