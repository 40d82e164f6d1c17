"""Orders after they are made: given up, put away, taken out again, changed, deleted.

Source: Shopify GraphQL orderCancel, recorded; orderClose, orderOpen, orderUpdate, orderDelete.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.field import Resolvers
from crossdock.dialects.shopify.graphql.ids import gid, job_gid
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.order_input import address, attributes, tags
from crossdock.dialects.shopify.graphql.mutations.reading import number, one_line, paragraph
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.scopes import WRITE_ORDERS
from crossdock.domain.commands import CancelOrder, CloseOrder, DeleteOrder, ReopenOrder, UpdateOrder
from crossdock.domain.decisions import OrderChanged
from crossdock.domain.orders import CancelReason
from crossdock.domain.refusals import FulfillmentsOutstanding, Invalid, NotFound, OrderCancelled, Refusal

_TYPE = "Order"
_WRITE = frozenset({WRITE_ORDERS})
_NO_ORDER = "Order does not exist"
_INVALID = "INVALID"
_ONE_REFUND = "Only one of the arguments `refund` or `refund_method` is allowed."


def _order_id(text: str) -> int:
    return number(text, _TYPE, zero=True)


def _decode_cancel(arguments: Arguments, _: Asking) -> CancelOrder:
    if arguments.get("refund") is not None and arguments.get("refund_method") is not None:
        raise UserErrors((UserError(("refund",), _ONE_REFUND, _INVALID),))
    return CancelOrder(
        order_id=_order_id(arguments["order_id"]),
        reason=CancelReason[arguments["reason"]],
        restock=arguments["restock"],
        staff_note=arguments.get("staff_note"),
    )


def _cancelled(result: OrderChanged, asking: Asking, _: Arguments) -> Json:
    # It is done when it is answered; clients expect work that goes on, and ask for the job.
    job_id = uuid5(NAMESPACE_URL, f"{asking.base_url}/orders/{result.order.shop_id}/{result.order.id}/cancel")
    return {"job": {"id": job_gid(job_id), "done": False}}


def _cancel_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(("orderId",), _NO_ORDER, "NOT_FOUND")]
        case OrderCancelled():
            return [UserError(("orderId",), "Cannot cancel an order that has already been canceled", _INVALID)]
        case FulfillmentsOutstanding():
            return [UserError(("orderId",), "Cannot cancel an order that has outstanding fulfillments", _INVALID)]
        case Invalid("staff_note"):
            return say(refusal, ("staffNote",), _INVALID)
        case _:
            return say(refusal, ("orderId",), _INVALID)


def _decode_update(arguments: Arguments, _: Asking) -> UpdateOrder:
    given = arguments["input"]
    return UpdateOrder(
        order_id=_order_id(given["id"]),
        email=one_line(given.get("email"), "input", "email"),
        phone=one_line(given.get("phone"), "input", "phone"),
        note=paragraph(given.get("note"), "input", "note"),
        tags=tags(given.get("tags")),
        note_attributes=attributes(given.get("custom_attributes"), "input", "customAttributes"),
        shipping_address=address(given.get("shipping_address"), "input", "shippingAddress"),
    )


def _decode_delete(arguments: Arguments, _: Asking) -> DeleteOrder:
    return DeleteOrder(order_id=_order_id(arguments["order_id"]))


def _deleted(result: OrderChanged, _: Asking, __: Arguments) -> Json:
    return {"deleted_id": gid(_TYPE, result.order.id)}


def _delete_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    if isinstance(refusal, NotFound):
        return [UserError(("orderId",), _NO_ORDER, "NOT_FOUND")]
    return say(refusal, ("orderId",), _INVALID)


def _shown(result: OrderChanged, _: Asking, __: Arguments) -> Json:
    return {"order": result.order}


def _input_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(("id",), _NO_ORDER)]
        case Invalid(field):
            return say(refusal, ("input", field))
        case _:
            return say(refusal, ("id",))


def _of_input(command: type[CloseOrder] | type[ReopenOrder]) -> Callable[[Arguments, Asking], Any]:
    return lambda arguments, _: command(order_id=_order_id(arguments["input"]["id"]))


def _mutation(name: str, decode: Callable[[Arguments, Asking], Any]) -> Mutation:
    return Mutation(
        name=name,
        scopes=_WRITE,
        decode=decode,
        result=OrderChanged,
        payload=_shown,
        user_errors=_input_errors,
        objects=("order",),
        source=f"Shopify GraphQL {name}",
    )


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="orderCancel",
        scopes=_WRITE,
        decode=_decode_cancel,
        result=OrderChanged,
        payload=_cancelled,
        user_errors=_cancel_errors,
        objects=("job",),
        errors="order_cancel_user_errors",
        source="Shopify GraphQL orderCancel, recorded",
    ),
    _mutation("orderClose", _of_input(CloseOrder)),
    _mutation("orderOpen", _of_input(ReopenOrder)),
    _mutation("orderUpdate", _decode_update),
    Mutation(
        name="orderDelete",
        scopes=_WRITE,
        decode=_decode_delete,
        result=OrderChanged,
        payload=_deleted,
        user_errors=_delete_errors,
        objects=("deleted_id",),
        source="Shopify GraphQL orderDelete",
    ),
)
# The older of the two lists says the same.
PAYLOAD_FIELDS: Resolvers = {
    "OrderCancelPayload": {"userErrors": lambda payload, _: payload["order_cancel_user_errors"]}
}
