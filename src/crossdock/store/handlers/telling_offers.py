"""What commands in 29 Next's manner do to things, for those who subscribed to it: locations, records, products."""

from collections.abc import Mapping

from crossdock.domain.placing import ClosePlace, OpenPlace, ReplacePlace
from crossdock.store.handlers.telling import (
    Foreteller,
    Teller,
    location_changed,
    location_gone,
    location_made,
)

FORETOLD: Mapping[type, Foreteller] = {}
TOLD: Mapping[type, Teller] = {
    OpenPlace: location_made,
    ReplacePlace: location_changed,
    ClosePlace: location_gone,
}
