"""Carriers, and where a parcel can be followed. Source: Shopify REST Fulfillment, tracking samples."""

import pytest

from crossdock.domain.carriers import CARRIERS, carrier_of, completed
from crossdock.domain.orders import Tracking

UPS = "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums="


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (
            Tracking(number="1Z001985YW99744790"),
            Tracking(number="1Z001985YW99744790", company="UPS", url=f"{UPS}1Z001985YW99744790"),
        ),
        (
            Tracking(number="#☠1☢\n---\n4321\n", company="UPS"),
            Tracking(number="#☠1☢\n---\n4321\n", company="UPS", url=f"{UPS}#☠1☢---4321"),
        ),
        (
            Tracking(number="12345", company="China Post"),
            Tracking(
                number="12345", company="China Post", url="http://track-chinapost.com/startairmail.php?code=12345"
            ),
        ),
        (
            Tracking(number="1Z001985YW99744790", url="my.example/1"),
            Tracking(number="1Z001985YW99744790", url="http://my.example/1"),
        ),
        (
            Tracking(number="7", company="UPS", url="https://own.example/7"),
            Tracking(number="7", company="UPS", url="https://own.example/7"),
        ),
        (Tracking(number="7", company="Bob's Bikes"), Tracking(number="7", company="Bob's Bikes")),
        (Tracking(company="UPS"), Tracking(company="UPS")),
        (Tracking(url="javascript:alert(1)"), Tracking(url="http://javascript:alert(1)")),
    ],
)
def test_a_tracking_is_completed(given: Tracking, known: Tracking) -> None:
    assert completed(given) == known


def test_names_count_with_their_capitals() -> None:
    assert completed(Tracking(number="7", company="ups")).url is None


def test_a_number_is_taken_for_no_others() -> None:
    assert carrier_of("9400111899223197428490") is None


def test_every_page_takes_the_number_once() -> None:
    assert all(page is None or page.count("{number}") == 1 for page in CARRIERS.values())
    assert len(CARRIERS) > 150
