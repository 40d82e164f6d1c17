"""The wires that stores speak. Both sides take a dialect from here by the name of its platform."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from crossdock.dialects.deliveries import Addressee, Posted, Telling
from crossdock.dialects.next29 import callback as next29_callback
from crossdock.dialects.next29 import errors as next29_errors
from crossdock.dialects.next29 import partings as next29_partings
from crossdock.dialects.next29 import retries as next29_retries
from crossdock.dialects.next29 import scopes as next29_scopes
from crossdock.dialects.next29 import webhooks as next29_webhooks
from crossdock.dialects.next29.rest import operations as next29_operations
from crossdock.dialects.operation import Announcement, Json, Operation, WireError
from crossdock.dialects.shopify import (
    callback,
    errors,
    partings,
    retries,
    scopes,
    webhook_filters,
    webhooks,
)
from crossdock.dialects.shopify.rest import operations
from crossdock.domain.access import Reach
from crossdock.domain.apps import Parting
from crossdock.domain.places import Location
from crossdock.domain.refusals import Refusal
from crossdock.domain.shops import DelayLimits, Shop
from crossdock.domain.subscriptions import Change


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One platform's wire: its two conversations, what it says when the answer is no, and who may ask for what.

    `operations` are relative to `base`, which may hold `{version}`; `unversioned` to `unversioned_base`; `callbacks` to
    the URL that a service registered. `narrowed` returns a command as the wire can tell it.

    `retry_delays`: seconds before each repetition of a delivery that failed, `delivery_deadline`: those that one may
    take, `arrived`: the statuses that say that it came; `failure_removes`: a subscription whose deliveries failed to
    the end is gone for its app. `delivery_headers` returns the headers of a delivery, signed; with `own_secrets`
    subscriptions have secrets of their own, else the app's signs. `refused_host`: what is said to an address that may
    not be called. `topics`: what can be subscribed to, each with the scopes of which one is needed; `announcements` are
    those wanted of them that tell of a change, in the words of a version, of which `body_version` returns those that
    differ; `write_delivery` returns a delivery's content type and body, `example` a body to try an address with.
    `check_filter` refuses a filter that is no sentence of the platform's, `passes` says whether a body fits one.
    `parting_topic` and `write_parting`: what an app is told when it is gone, and of people's data, if it could know any
    (`knowing_customers`); None: nothing. `held_by_work`: an app stays while fulfillment orders are in progress at its
    locations. `renumbers_work`: all that leaves the location of such an app is a new fulfillment order, since its apps
    keep each under its id. `request_delays`: the time that a shop with such apps may take to ask its services by
    itself. `archives_after`: for how long nothing happens to an order of such a shop before it is put away; None: it
    stays where it is.
    """

    name: str
    base: str
    operations: tuple[Operation[Any, Any, Any], ...]
    unversioned_base: str
    unversioned: tuple[Operation[Any, Any, Any], ...]
    callbacks: tuple[Operation[Any, Any, Any], ...]
    callback_address: Callable[[str, str], str]
    answer_refusal: Callable[[Refusal, object], tuple[int, Json]]
    answer_wire_error: Callable[[WireError], tuple[int, Json]]
    read_error: Callable[[int, Json], str]
    granted: Callable[[Iterable[str]], frozenset[str]]
    missing: Callable[[frozenset[str], Iterable[str]], str | None]
    reaches: Callable[[Iterable[str]], tuple[frozenset[Reach], frozenset[Reach]]]
    scopes: tuple[str, ...]
    narrowed: Callable[[Any], Any]
    sign: Callable[[str, bytes], str]
    verify: Callable[[Iterable[str], bytes, str | None], bool]
    retry_delays: tuple[float, ...]
    gone_disables: bool
    topics: Mapping[str, frozenset[str]]
    announcements: Callable[[Change, Set[str], Shop, Mapping[int, Location], str], Iterable[Announcement]]
    body_version: Callable[[str | None], str]
    write_delivery: Callable[[Telling, Addressee, Shop], tuple[str, bytes]]
    example: Callable[[str], Json]
    check_filter: Callable[[str], None]
    passes: Callable[[str, Json], bool]
    failure_removes: bool
    delivery_deadline: float
    delivery_headers: Callable[[Posted], Mapping[str, str]]
    arrived: range
    own_secrets: bool
    refused_host: str
    request_delays: DelayLimits
    parting_topic: Callable[[Parting], str | None]
    write_parting: Callable[[Parting, Shop], Json]
    knowing_customers: frozenset[str]
    held_by_work: bool
    renumbers_work: bool
    archives_after: timedelta | None

    def __str__(self) -> str:
        return self.name

    def callback(self, command: object) -> Operation[Any, Any, Any]:
        """Return the call to a service that says this."""
        return next(each for each in self.callbacks if each.command is type(command))


SHOPIFY = Dialect(
    name="shopify",
    base=operations.BASE,
    operations=operations.OPERATIONS,
    unversioned_base=operations.UNVERSIONED_BASE,
    unversioned=operations.UNVERSIONED,
    callbacks=callback.CALLBACKS,
    callback_address=callback.callback_address,
    answer_refusal=errors.answer_refusal,
    answer_wire_error=errors.answer_wire_error,
    read_error=errors.read_error,
    granted=scopes.granted,
    missing=scopes.missing,
    reaches=scopes.reaches,
    scopes=scopes.SCOPES,
    narrowed=operations.narrowed,
    sign=callback.sign,
    verify=callback.verify,
    retry_delays=retries.RETRY_DELAYS,
    gone_disables=retries.GONE_DISABLES,
    topics=webhooks.TOPICS,
    announcements=webhooks.announcements,
    body_version=webhooks.body_version,
    write_delivery=webhooks.write_delivery,
    example=webhooks.example,
    check_filter=webhook_filters.check_filter,
    passes=webhook_filters.passes,
    failure_removes=retries.FAILURE_REMOVES,
    delivery_deadline=retries.DEADLINE,
    delivery_headers=callback.delivery_headers,
    arrived=retries.ARRIVED,
    own_secrets=False,
    refused_host=webhooks.REFUSED_HOST,
    request_delays=DelayLimits(),
    parting_topic=partings.topic_of,
    write_parting=partings.write_parting,
    knowing_customers=partings.KNOWING_CUSTOMERS,
    held_by_work=partings.HELD_BY_WORK,
    renumbers_work=False,
    archives_after=None,
)

NEXT29 = Dialect(
    name="next29",
    base=next29_operations.BASE,
    operations=(*next29_operations.OPERATIONS, *next29_operations.NEWER),
    unversioned_base=next29_operations.BASE,
    unversioned=(),
    callbacks=next29_callback.CALLBACKS,
    callback_address=next29_callback.callback_address,
    answer_refusal=next29_errors.answer_refusal,
    answer_wire_error=next29_errors.answer_wire_error,
    read_error=next29_errors.read_error,
    granted=next29_scopes.granted,
    missing=next29_scopes.missing,
    reaches=next29_scopes.reaches,
    scopes=next29_scopes.SCOPES,
    narrowed=next29_operations.narrowed,
    sign=next29_callback.sign,
    verify=next29_callback.verify,
    retry_delays=next29_retries.RETRY_DELAYS,
    gone_disables=next29_retries.GONE_DISABLES,
    topics=next29_webhooks.TOPICS,
    announcements=next29_webhooks.announcements,
    body_version=next29_webhooks.body_version,
    write_delivery=next29_webhooks.write_delivery,
    example=next29_webhooks.example,
    check_filter=next29_webhooks.check_filter,
    passes=next29_webhooks.passes,
    failure_removes=next29_retries.FAILURE_REMOVES,
    delivery_deadline=next29_retries.DEADLINE,
    delivery_headers=next29_callback.delivery_headers,
    arrived=next29_retries.ARRIVED,
    own_secrets=True,
    refused_host=next29_webhooks.REFUSED_HOST,
    # Source: 29 Next, store settings: its changelog of 2025-02-05 and 2025-04-18.
    request_delays=DelayLimits(shortest=timedelta(minutes=10), longest=timedelta(hours=72)),
    parting_topic=next29_partings.topic_of,
    write_parting=next29_partings.write_parting,
    knowing_customers=next29_partings.KNOWING_CUSTOMERS,
    held_by_work=next29_partings.HELD_BY_WORK,
    renumbers_work=True,
    # Source: 29 Next changelog of 2025-04-18: half a year.
    archives_after=timedelta(days=183),
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({each.name: each for each in (SHOPIFY, NEXT29)})
