"""What commands that are about no order do to things, by command."""

from collections.abc import Mapping

from crossdock.store.handlers import telling, telling_offers
from crossdock.store.handlers.telling import Foreteller, Teller

FORETOLD: Mapping[type, Foreteller] = {**telling.FORETOLD, **telling_offers.FORETOLD}
TOLD: Mapping[type, Teller] = {**telling.TOLD, **telling_offers.TOLD}
