"""Locations: opened, changed, put out of use and deleted.

Source: Shopify GraphQL locationAdd, locationEdit, locationActivate, locationDeactivate, locationDelete, recorded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError
from crossdock.dialects.shopify.graphql.field import Resolvers
from crossdock.dialects.shopify.graphql.ids import gid, read_gid
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import LOCATION, number, one_line
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.graphql.types.locations import location_of
from crossdock.dialects.shopify.scopes import WRITE_LOCATIONS
from crossdock.domain.locating import (
    ActivateLocation,
    AddLocation,
    AddressChange,
    DeactivateLocation,
    DeleteLocation,
    EditLocation,
)
from crossdock.domain.places import Address, Location
from crossdock.domain.refusals import NotFound, PlaceRefused, PlaceRule, Refusal

Path = tuple[str, ...]
Words = Mapping[PlaceRule, tuple[Path, str, str]]

_WRITE = frozenset({WRITE_LOCATIONS})
_LOCATION, _DESTINATION, _INPUT = ("locationId",), ("destinationLocationId",), ("input",)
_NO_LOCATION = "Location not found."
_LIMIT = "You have reached the maximum number of locations (200)"

_WRITING: Words = {
    PlaceRule.NAME_BLANK: (("input", "name"), "Add a location name", "BLANK"),
    PlaceRule.NAME_TAKEN: (("input", "name"), "You already have a location with this name", "TAKEN"),
    PlaceRule.NAME_TOO_LONG: (("input", "name"), "Use a shorter location name (up to 100 characters)", "TOO_LONG"),
    PlaceRule.STREET_TOO_LONG: (
        ("input", "address", "address1"),
        "Use a shorter name for the street (up to 255 characters)",
        "TOO_LONG",
    ),
    PlaceRule.ZIP_TOO_LONG: (
        ("input", "address", "zip"),
        "Use a shorter postal / ZIP code (up to 255 characters)",
        "TOO_LONG",
    ),
    PlaceRule.TOO_MANY: (_INPUT, _LIMIT, "INVALID"),
    PlaceRule.LAST_ONLINE: (
        _INPUT,
        "Online order fulfillment could not be disabled for this location as it is the only location that fulfills "
        "online orders.",
        "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT",
    ),
    PlaceRule.RUN_BY_SERVICE: (
        _INPUT,
        "Online order fulfillment could not be changed for this location as it belongs to a fulfillment service.",
        "CANNOT_MODIFY_ONLINE_ORDER_FULFILLMENT_FOR_FS_LOCATION",
    ),
}
_ACTIVATING: Words = {
    PlaceRule.NOT_FOUND: (_LOCATION, _NO_LOCATION, "LOCATION_NOT_FOUND"),
    PlaceRule.TOO_MANY: (_LOCATION, "Shop has reached its location limit.", "LOCATION_LIMIT"),
    PlaceRule.NAME_TAKEN: (
        _LOCATION,
        "This location currently cannot be activated because there exists an active location with the same name.",
        "HAS_NON_UNIQUE_NAME",
    ),
}
_BLOCKED = (
    _LOCATION,
    "Location could not be deactivated because it either has a fulfillment service or is the only location with a "
    "shipping address.",
    "PERMANENTLY_BLOCKED_FROM_DEACTIVATION_ERROR",
)
_DEACTIVATING: Words = {
    PlaceRule.NOT_FOUND: (_LOCATION, _NO_LOCATION, "LOCATION_NOT_FOUND"),
    PlaceRule.RUN_BY_SERVICE: _BLOCKED,
    PlaceRule.LAST_ONE: _BLOCKED,
    PlaceRule.LAST_ONLINE: (
        _LOCATION,
        "At least one location must fulfill online orders.",
        "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT",
    ),
    PlaceRule.HAS_STOCK: (
        _LOCATION,
        "Location could not be deactivated without specifying where to relocate inventory stocked at the location.",
        "HAS_ACTIVE_INVENTORY_ERROR",
    ),
    PlaceRule.HAS_WORK: (
        _LOCATION,
        "Location could not be deactivated because it has pending orders.",
        "HAS_FULFILLMENT_ORDERS_ERROR",
    ),
    PlaceRule.NO_DESTINATION: (
        _DESTINATION,
        "Location could not be deactivated because the destination location could be not found or is inactive.",
        "DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE",
    ),
    PlaceRule.SAME_DESTINATION: (
        _DESTINATION,
        "Location could not be deactivated because the destination location cannot be set to the location to be "
        "deactivated.",
        "DESTINATION_LOCATION_IS_THE_SAME_LOCATION",
    ),
    PlaceRule.DESTINATION_OF_SERVICE: (
        _DESTINATION,
        "Location could not be deactivated because the destination location not shopify managed",
        "DESTINATION_LOCATION_NOT_SHOPIFY_MANAGED",
    ),
}
_DELETING: Words = {
    PlaceRule.NOT_FOUND: (_LOCATION, _NO_LOCATION, "LOCATION_NOT_FOUND"),
    PlaceRule.IS_ACTIVE: (_LOCATION, "The location cannot be deleted while it is active.", "LOCATION_IS_ACTIVE"),
    PlaceRule.HAS_STOCK: (
        _LOCATION,
        "The location cannot be deleted while it has inventory.",
        "LOCATION_HAS_INVENTORY",
    ),
    PlaceRule.HAS_WORK: (
        _LOCATION,
        "The location cannot be deleted while it has pending orders.",
        "LOCATION_HAS_PENDING_ORDERS",
    ),
}


def _text(address: Mapping[str, Any], name: str) -> str | None:
    # The street and the postal code have words of their own for being too long.
    text: str | None = address.get(name)
    return text if name in {"address1", "zip"} else one_line(text, "input", "address", name)


def _decode_add(arguments: Arguments, _: Asking) -> AddLocation:
    given = arguments["input"]
    address = given["address"]
    return AddLocation(
        name=given["name"],
        address=Address(
            **{name: _text(address, name) or None for name in ("address1", "address2", "city", "zip", "phone")},
            province_code=one_line(address.get("province_code"), "input", "address", "provinceCode") or None,
            country_code=address["country_code"],
        ),
        fulfills_online_orders=given.get("fulfills_online_orders") is not False,
    )


def _decode_edit(arguments: Arguments, _: Asking) -> EditLocation:
    given = arguments["input"]
    address = given.get("address")
    return EditLocation(
        location_id=_number(arguments["id"]),
        name=given.get("name"),
        address=None
        if address is None
        else AddressChange(
            **{name: _text(address, name) for name in ("address1", "address2", "city", "zip", "phone")},
            province_code=one_line(address.get("province_code"), "input", "address", "provinceCode"),
            country_code=address.get("country_code"),
        ),
        fulfills_online_orders=given.get("fulfills_online_orders"),
    )


def _number(text: str) -> int:
    return number(text, LOCATION, zero=True)


def _decode_activate(arguments: Arguments, _: Asking) -> ActivateLocation:
    return ActivateLocation(location_id=_number(arguments["location_id"]))


def _decode_deactivate(arguments: Arguments, _: Asking) -> DeactivateLocation:
    destination = arguments.get("destination_location_id")
    return DeactivateLocation(
        location_id=_number(arguments["location_id"]),
        destination_location_id=None if destination is None else _number(destination),
    )


def _decode_delete(arguments: Arguments, _: Asking) -> DeleteLocation:
    return DeleteLocation(location_id=_number(arguments["location_id"]))


def _location(result: Location, _: Asking, __: Arguments) -> Json:
    return {"location": result}


def _switched(result: Location, _: Asking, __: Arguments) -> Json:
    return {"location": result.id}


def _still(arguments: Arguments) -> Json:
    """Return what a payload shows of a location that stays as it is."""
    return {"location": read_gid(arguments["location_id"]).number}


def _deleted(_: None, __: Asking, arguments: Arguments) -> Json:
    return {"deleted_location_id": gid("Location", _number(arguments["location_id"]))}


def _errors(words: Words) -> Any:
    def errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
        match refusal:
            case PlaceRefused(rules):
                return [UserError(*words[rule]) for rule in rules]
            case NotFound():
                return [UserError(("id",), _NO_LOCATION, "NOT_FOUND")]
            case _:
                return say(refusal)

    return errors


# Payloads that have the location also when it stays as it is: as it is after the mutation, whatever came of it.
LOCATION_PAYLOADS: Resolvers = {
    payload: {"location": lambda payload, asking: location_of(asking, payload["location"])}
    for payload in ("LocationActivatePayload", "LocationDeactivatePayload")
}
MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="locationAdd",
        scopes=_WRITE,
        decode=_decode_add,
        result=Location,
        payload=_location,
        user_errors=_errors(_WRITING),
        objects=("location",),
        source="Shopify GraphQL locationAdd, recorded",
    ),
    Mutation(
        name="locationEdit",
        scopes=_WRITE,
        decode=_decode_edit,
        result=Location,
        payload=_location,
        user_errors=_errors(_WRITING),
        objects=("location",),
        source="Shopify GraphQL locationEdit, recorded",
    ),
    Mutation(
        name="locationActivate",
        scopes=_WRITE,
        decode=_decode_activate,
        result=Location,
        payload=_switched,
        user_errors=_errors(_ACTIVATING),
        objects=("location",),
        errors="location_activate_user_errors",
        needs_key=True,
        even_so=_still,
        source="Shopify GraphQL locationActivate, recorded",
    ),
    Mutation(
        name="locationDeactivate",
        scopes=_WRITE,
        decode=_decode_deactivate,
        result=Location,
        payload=_switched,
        user_errors=_errors(_DEACTIVATING),
        objects=("location",),
        errors="location_deactivate_user_errors",
        needs_key=True,
        even_so=_still,
        source="Shopify GraphQL locationDeactivate, recorded",
    ),
    Mutation(
        name="locationDelete",
        scopes=_WRITE,
        decode=_decode_delete,
        result=None,
        payload=_deleted,
        user_errors=_errors(_DELETING),
        objects=("deleted_location_id",),
        errors="location_delete_user_errors",
        source="Shopify GraphQL locationDelete, recorded",
    ),
)
