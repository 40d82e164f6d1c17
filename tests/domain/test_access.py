"""Who sees and who changes which fulfillment orders."""

import pytest

from crossdock.domain.access import MERCHANT, Caller, Reach
from crossdock.domain.states import Party
from tests.domain.scene import ANOTHER_SERVICE, LOCATIONS, SERVICE_APP, SERVICE_PLACE, THE_SERVICE, WAREHOUSE

OWN, SERVICES = LOCATIONS[WAREHOUSE], LOCATIONS[SERVICE_PLACE]


def app(app_id: int, *, reads: str = "", writes: str = "") -> Caller:
    return Caller(
        app_id=app_id,
        reads=frozenset(Reach(each) for each in reads.split()),
        writes=frozenset(Reach(each) for each in writes.split()),
    )


def test_the_merchant_acts_as_merchant_everywhere_and_never_as_the_service() -> None:
    for location in LOCATIONS.values():
        assert MERCHANT.may_read(location)
        assert MERCHANT.parties_at(location) == {Party.MERCHANT}


def test_a_service_acts_at_its_own_place_only() -> None:
    assert THE_SERVICE.parties_at(SERVICES) == {Party.SERVICE}
    assert THE_SERVICE.parties_at(OWN) == frozenset()
    assert not THE_SERVICE.may_read(OWN)
    assert ANOTHER_SERVICE.parties_at(SERVICES) == frozenset()
    assert not ANOTHER_SERVICE.may_read(SERVICES)


@pytest.mark.parametrize(
    ("writes", "at_own", "at_services"),
    [
        ("merchant_managed", {Party.MERCHANT}, set()),
        ("third_party", set(), {Party.MERCHANT}),
        ("assigned", set(), set()),
        ("merchant_managed third_party", {Party.MERCHANT}, {Party.MERCHANT}),
        ("", set(), set()),
    ],
)
def test_an_order_desk_acts_where_its_scopes_reach(writes: str, at_own: set[Party], at_services: set[Party]) -> None:
    desk = app(99, writes=writes)
    assert desk.parties_at(OWN) == at_own
    assert desk.parties_at(SERVICES) == at_services
    assert desk.may_read(OWN) == bool(at_own)
    assert desk.may_read(SERVICES) == bool(at_services)


def test_an_app_that_runs_the_place_and_works_for_the_merchant_acts_as_either() -> None:
    both = app(SERVICE_APP, writes="assigned third_party")
    assert both.parties_at(SERVICES) == {Party.SERVICE, Party.MERCHANT}


def test_reading_gives_no_right_to_change() -> None:
    reader = app(SERVICE_APP, reads="assigned merchant_managed third_party")
    for location in LOCATIONS.values():
        assert reader.may_read(location)
        assert reader.parties_at(location) == frozenset()
