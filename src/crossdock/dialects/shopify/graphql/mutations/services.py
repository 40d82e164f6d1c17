"""Fulfillment services: registered, changed and ended by the apps that run them.

Source: Shopify GraphQL fulfillmentServiceCreate, fulfillmentServiceUpdate, fulfillmentServiceDelete, recorded.
"""

from collections.abc import Sequence

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError
from crossdock.dialects.shopify.graphql.ids import MANUAL_SERVICE, gid
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import LOCATION, label, number
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.scopes import WRITE_FULFILLMENTS
from crossdock.domain.catalogue import (
    CreateFulfillmentService,
    DeleteFulfillmentService,
    StockOfService,
    UpdateFulfillmentService,
)
from crossdock.domain.places import FulfillmentService
from crossdock.domain.refusals import Invalid, NotFound, PlaceRefused, PlaceRule, Refusal, SeveralInvalid

_WRITE = frozenset({WRITE_FULFILLMENTS})
_UNKNOWN = "Fulfillment service could not be found."
_FIELDS = {"name": "name", "callback_url": "callbackUrl", "base": "id"}
_DESTINATIONS = {
    PlaceRule.SAME_DESTINATION: "The destination location must be another than that of the fulfillment service.",
    PlaceRule.NO_DESTINATION: "The destination location could not be found or is inactive.",
    PlaceRule.DESTINATION_OF_SERVICE: "The destination location must be managed by the merchant.",
}


def _decode_create(arguments: Arguments, _: Asking) -> CreateFulfillmentService:
    return CreateFulfillmentService(
        name=arguments["name"],
        callback_url=arguments.get("callback_url") or None,
        tracking_support=bool(arguments.get("tracking_support")),
        inventory_management=bool(arguments.get("inventory_management")),
        requires_shipping_method=arguments.get("requires_shipping_method") is not False,
    )


def _decode_update(arguments: Arguments, _: Asking) -> UpdateFulfillmentService:
    return UpdateFulfillmentService(
        service_id=_number(arguments["id"]),
        name=arguments.get("name"),
        callback_url=arguments.get("callback_url"),
        tracking_support=arguments.get("tracking_support"),
        inventory_management=arguments.get("inventory_management"),
        requires_shipping_method=arguments.get("requires_shipping_method"),
    )


def _decode_delete(arguments: Arguments, _: Asking) -> DeleteFulfillmentService:
    destination = arguments.get("destination_location_id")
    return DeleteFulfillmentService(
        service_id=_number(arguments["id"]),
        stock=StockOfService[arguments.get("inventory_action") or "TRANSFER"],
        destination_location_id=None if destination is None else number(destination, LOCATION, zero=True),
    )


def _number(text: str) -> int:
    # The merchant's own service is nobody's to change, so it is as unknown as any other that is not the caller's.
    return 0 if text == MANUAL_SERVICE else number(text, "FulfillmentService", zero=True)


def _service(result: FulfillmentService, _: Asking, __: Arguments) -> Json:
    return {"fulfillment_service": result}


def _deleted(_: None, __: Asking, arguments: Arguments) -> Json:
    return {"deleted_id": gid("FulfillmentService", _number(arguments["id"]))}


def _errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(("id",), _UNKNOWN)]
        case SeveralInvalid(problems):
            return [_invalid(problem) for problem in problems]
        case Invalid():
            return [_invalid(refusal)]
        case PlaceRefused(rules):
            return [UserError(("destinationLocationId",), _DESTINATIONS[rule]) for rule in rules]
        case _:
            return say(refusal, ("id",))


def _invalid(problem: Invalid) -> UserError:
    message = problem.message if problem.field == "base" else f"{label(problem.field)} {problem.message}"
    return UserError((_FIELDS[problem.field],), message)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="fulfillmentServiceCreate",
        scopes=_WRITE,
        decode=_decode_create,
        result=FulfillmentService,
        payload=_service,
        user_errors=_errors,
        objects=("fulfillment_service",),
        source="Shopify GraphQL fulfillmentServiceCreate, recorded",
    ),
    Mutation(
        name="fulfillmentServiceUpdate",
        scopes=_WRITE,
        decode=_decode_update,
        result=FulfillmentService,
        payload=_service,
        user_errors=_errors,
        objects=("fulfillment_service",),
        source="Shopify GraphQL fulfillmentServiceUpdate, recorded",
    ),
    Mutation(
        name="fulfillmentServiceDelete",
        scopes=_WRITE,
        decode=_decode_delete,
        result=None,
        payload=_deleted,
        user_errors=_errors,
        objects=("deleted_id",),
        source="Shopify GraphQL fulfillmentServiceDelete, recorded",
    ),
)
