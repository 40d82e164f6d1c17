"""What carriers tell about a parcel on its way, and what follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ShipmentStatus(StrEnum):
    """Where a parcel is. Source: Shopify REST FulfillmentEvent; `picked_up` only 29 Next has."""

    LABEL_PRINTED = "label_printed"
    LABEL_PURCHASED = "label_purchased"
    CONFIRMED = "confirmed"
    READY_FOR_PICKUP = "ready_for_pickup"
    CARRIER_PICKED_UP = "carrier_picked_up"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED_DELIVERY = "attempted_delivery"
    DELAYED = "delayed"
    FAILURE = "failure"
    DELIVERED = "delivered"


@dataclass(frozen=True, kw_only=True, slots=True)
class CarrierEvent:
    """One scan of a parcel, or one word of its carrier. Latitude and longitude are in degrees."""

    id: int
    status: ShipmentStatus
    happened_at: datetime
    created_at: datetime
    message: str | None = None
    estimated_delivery_at: datetime | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    zip: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


# Of one parcel. Each is read with its order, whatever is done to it.
MOST_CARRIER_EVENTS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipment:
    """What the events of one parcel amount to."""

    status: ShipmentStatus | None = None
    in_transit_at: datetime | None = None
    delivered_at: datetime | None = None
    estimated_delivery_at: datetime | None = None


def in_time_order(events: Iterable[CarrierEvent]) -> list[CarrierEvent]:
    """Return events as they happened; those of the same moment as they were told."""
    return sorted(events, key=lambda event: (event.happened_at, event.id))


def shipment_of(events: Iterable[CarrierEvent]) -> Shipment:
    """Return where a parcel stands: the newest event says it, also one after its delivery.

    Source: Shopify REST FulfillmentEvent; GraphQL fulfillmentEventCreate for the times.
    """
    ordered = in_time_order(events)
    if not ordered:
        return Shipment()
    return Shipment(
        status=ordered[-1].status,
        in_transit_at=_last_time(ordered, ShipmentStatus.IN_TRANSIT),
        delivered_at=_last_time(ordered, ShipmentStatus.DELIVERED),
        estimated_delivery_at=next(
            (event.estimated_delivery_at for event in reversed(ordered) if event.estimated_delivery_at), None
        ),
    )


def until_delivered(events: Iterable[CarrierEvent]) -> list[CarrierEvent]:
    """Return the events that count for 29 Next: none after the first delivery (changelog of 2024-12-04)."""
    counted: list[CarrierEvent] = []
    for event in in_time_order(events):
        counted.append(event)
        if event.status is ShipmentStatus.DELIVERED:
            break
    return counted


def _last_time(ordered: Iterable[CarrierEvent], status: ShipmentStatus) -> datetime | None:
    times = [event.happened_at for event in ordered if event.status is status]
    return times[-1] if times else None
