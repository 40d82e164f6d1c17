"""Rules for locations, in plain values. Source: Shopify GraphQL locationEdit, locationDeactivate, as recorded."""

from dataclasses import replace

import pytest

from crossdock.domain.locating import (
    AddressChange,
    DeactivateLocation,
    EditLocation,
    Usage,
    changed_address,
    check_activation,
    check_deactivation,
    edited,
    may_delete,
    primary_without,
    relocated,
)
from crossdock.domain.places import Address, Location
from crossdock.domain.refusals import PlaceRefused, PlaceRule
from crossdock.domain.stock import InventoryLevel, StockState
from tests.domain.scene import ANNEX, LOCATIONS, SERVICE_PLACE, WAREHOUSE


def test_an_address_keeps_what_is_not_changed_and_loses_words_for_other_codes() -> None:
    address = Address(address1="Storgatan 1", city="Lund", country="Sverige", country_code="SE", phone="+46")
    changed = changed_address(address, AddressChange(phone="", country_code="DK"))
    assert changed == Address(address1="Storgatan 1", city="Lund", country_code="DK")


def test_what_lies_at_a_location_goes_with_every_name_and_every_debt() -> None:
    level = InventoryLevel(inventory_item_id=7, location_id=WAREHOUSE, available=-2, damaged=3, incoming=4)
    there = InventoryLevel(inventory_item_id=7, location_id=ANNEX, available=10)
    for move in relocated([level], ANNEX, 1):
        if move.location_id == WAREHOUSE:
            level = level.after(move)
        else:
            there = there.after(move)
    assert all(getattr(level, state) == 0 for state in StockState)
    assert (there.available, there.damaged, there.incoming, there.on_hand) == (8, 3, 4, 11)


def test_the_primary_location_is_followed_by_the_next_that_takes_orders() -> None:
    offline = {**LOCATIONS, ANNEX: replace(LOCATIONS[ANNEX], fulfills_online_orders=False)}
    far = {**offline, 9: Location(id=9, name="Far", address=Address())}
    assert primary_without(LOCATIONS, WAREHOUSE) == ANNEX
    assert primary_without(offline, WAREHOUSE) == ANNEX
    assert primary_without(far, WAREHOUSE) == 9


def test_a_name_comes_back_only_when_nobody_has_it() -> None:
    closed = replace(LOCATIONS[ANNEX], active=False, name="warehouse")
    with pytest.raises(PlaceRefused) as refused:
        check_activation(ANNEX, {**LOCATIONS, ANNEX: closed})
    assert refused.value.rules == (PlaceRule.NAME_TAKEN,)


def test_what_is_done_already_is_no_mistake() -> None:
    closed = {**LOCATIONS, ANNEX: replace(LOCATIONS[ANNEX], active=False)}
    assert check_activation(WAREHOUSE, LOCATIONS) == LOCATIONS[WAREHOUSE]
    assert check_deactivation(DeactivateLocation(location_id=ANNEX), closed, Usage()) == closed[ANNEX]
    assert may_delete(closed[ANNEX], Usage())
    assert not may_delete(closed[ANNEX], Usage(has_work=True))


def test_a_services_location_may_be_named_and_stays_online() -> None:
    assert edited(EditLocation(location_id=SERVICE_PLACE, name=" Docks "), LOCATIONS).name == "Docks"
    with pytest.raises(PlaceRefused) as refused:
        edited(EditLocation(location_id=SERVICE_PLACE, name="", fulfills_online_orders=False), LOCATIONS)
    assert refused.value.rules == (PlaceRule.NAME_BLANK, PlaceRule.RUN_BY_SERVICE)
