"""Where a parcel is, in Shopify's words. Source: Shopify REST FulfillmentEvent, `status`."""

from crossdock.dialects.shopify.fields import Fields
from crossdock.domain.shipment import ShipmentStatus


def write_shipment_status(status: ShipmentStatus) -> str:
    """Return Shopify's word; for the one that it does not have, its nearest."""
    return (ShipmentStatus.CARRIER_PICKED_UP if status is ShipmentStatus.PICKED_UP else status).value


def read_shipment_status(fields: Fields) -> ShipmentStatus | None:
    """Read a status; None where there is none. Raises: Invalid for a word that Shopify does not have."""
    status = fields.word("status", ShipmentStatus)
    if status is ShipmentStatus.PICKED_UP:
        raise fields.not_in_list("status")
    return status
