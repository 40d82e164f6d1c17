"""The service's pages: what they show, and what their forms do."""

import re
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from crossdock.runtime.clock import SystemClock
from crossdock.runtime.connection import Pool
from crossdock.service.dashboard.app import dashboard
from crossdock.service.dispatch.dispatcher import Dispatcher
from tests.runtime.asgi import Heard, call
from tests.service.a_shift import STAGES, STORE_ID, number_of, play

BADGES = ["New", "To ship", "Shipped 1/2", "Declined", "Cancelling", "Accepting", "Shipped"]


@pytest.fixture
def pages(service_pool: Pool) -> Starlette:
    clock = SystemClock()
    return dashboard(pool=service_pool, clock=clock, dispatcher=Dispatcher(service_pool, clock))


def address(name: str) -> str:
    return f"/stores/{STORE_ID}/assignments/{number_of(name)}"


async def post(pages: Starlette, path: str, **fields: object) -> Heard:
    return await call(
        pages,
        "POST",
        path,
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(fields).encode(),
    )


def names(page: Heard) -> list[str]:
    return re.findall(r'class="whole"[^>]*>([^<]+)<', page.body.decode())


def name_of(stage: str) -> str:
    return f"#{900 + number_of(stage)}"


async def test_without_a_store_the_list_says_how_to_connect_one(pages: Starlette) -> None:
    assert (await call(pages, "GET", "/")).headers["location"] == "/assignments"
    assert b"No store is connected" in (await call(pages, "GET", "/assignments")).body


async def test_each_assignment_has_the_badge_of_its_stage(service_pool: Pool, pages: Starlette) -> None:
    await play(service_pool)
    page = (await call(pages, "GET", "/assignments")).body.decode()
    shown = re.findall(r'class="badge[^"]*"><svg.*?</svg>([^<]+)</span>', page)
    assert [badge for badge in shown if badge != "Not told"] == list(reversed(BADGES))
    assert shown.count("Not told") == 1
    assert "sealed" not in page


@pytest.mark.parametrize(
    ("query", "stages"),
    [
        ("view=requests", ["refused", "new"]),
        ("view=to_ship", ["part shipped", "to ship"]),
        ("view=cancellations", ["cancelling"]),
        ("view=trouble", ["refused"]),
        ("view=shipped", ["shipped"]),
        ("view=declined", ["declined"]),
        ("q=MUG-ENA-01", ["to ship"]),
        ("q=1Z999AA1107", ["shipped"]),
        ("q=%231001", ["new"]),
        ("q=104", ["declined"]),
        ("q=nothing", []),
        ("store=99", []),
        ("before=nonsense", list(reversed(STAGES))),
        ("before=2026-03-02T09:14:00%2B00:00_1_103", ["to ship", "new"]),
        ("after=2026-03-02T09:35:00%2B00:00_1_106", ["shipped"]),
    ],
)
async def test_a_view_has_the_assignments_it_names(
    service_pool: Pool, pages: Starlette, query: str, stages: list[str]
) -> None:
    await play(service_pool)
    heard = await call(pages, "GET", f"/assignments?{query}")
    assert names(heard) == [name_of(stage) for stage in stages]


async def test_the_journey_has_the_notification_and_the_pull_that_led_to_the_answer(
    service_pool: Pool, pages: Starlette
) -> None:
    await play(service_pool)
    page = (await call(pages, "GET", address("declined"))).body.decode()
    assert re.findall(r'class="words">([^<]+)<', page) == [
        "Fulfillment order notification",
        "List assigned fulfillment orders",
        "Fulfillment requested",
        "Decided to decline",
        "Reject fulfillment request",
        "The store knows that we decline",
    ]
    assert [towards for towards, _ in re.findall(r'class="arrow (\w+) (\w+)"', page)] == ["right", "left", "left"]
    assert "We keep no TEA-9." in page
    assert "not kept" in page


@pytest.mark.parametrize(
    ("status", "request_status", "words"),
    [
        ("open", "submitted", "Not decided yet."),
        ("in_progress", "cancellation_requested", "The merchant asks to stop"),
        ("in_progress", "accepted", "The store has it as accepted"),
        ("on_hold", "submitted", "The store does not ask us to ship it"),
    ],
)
async def test_a_decision_is_offered_where_the_store_asks_to_ship(
    service_pool: Pool, pages: Starlette, status: str, request_status: str, words: str
) -> None:
    await play(service_pool)
    await service_pool.execute(
        "UPDATE assignments SET store_status = $2, store_request_status = $3 WHERE fulfillment_order_id = $1",
        number_of("new"),
        status,
        request_status,
    )
    page = (await call(pages, "GET", address("new"))).body.decode()
    assert words in page
    offered = [f'action="{address("new")}/{form}"' in page for form in ("accept", "reject")]
    decided = (await post(pages, f"{address('new')}/reject", reason="other")).status
    assert (offered, decided) == (([True, True], 303) if words.startswith("Not") else ([False, False], 409))


async def test_shipping_books_the_parcel_and_tells_the_store(service_pool: Pool, pages: Starlette) -> None:
    await play(service_pool)
    line = number_of("part shipped") * 10
    await service_pool.execute("UPDATE shelf SET allocated = 1 WHERE sku = 'TEE-BLK-M'")
    fields = {"carrier": "UPS", "number": "1Z5", f"units-{line}": 1}
    heard = await post(pages, f"{address('part shipped')}/parcels", **fields)
    assert (heard.status, heard.headers["location"]) == (303, address("part shipped"))
    page = (await call(pages, "GET", address("part shipped"))).body.decode()
    assert "1Z5" in page
    assert "the store is being told" in page
    again = await post(pages, f"{address('part shipped')}/parcels", **fields)
    assert again.status == 409
    assert b"is booked already" in again.body


@pytest.mark.parametrize(
    "fields", [{"carrier": "", "number": "1Z5"}, {"carrier": "UPS", "number": " "}, {"carrier": "UPS", "number": "1Z5"}]
)
async def test_a_parcel_that_lacks_something_is_sent_back(
    service_pool: Pool, pages: Starlette, fields: dict[str, str]
) -> None:
    await play(service_pool)
    assert (await post(pages, f"{address('to ship')}/parcels", **fields)).status == 422


async def test_giving_back_is_decided_and_told(service_pool: Pool, pages: Starlette) -> None:
    await play(service_pool)
    await service_pool.execute("UPDATE shelf SET allocated = 2")
    assert (await post(pages, f"{address('to ship')}/close", message="Broken.")).status == 303
    assert b"Giving back" in (await call(pages, "GET", address("to ship"))).body
    assert (await post(pages, f"{address('shipped')}/close")).status == 409


@pytest.mark.parametrize("path", ["/stores/2/assignments/101", "/stores/1/assignments/7", "/stores/x/assignments/y"])
async def test_what_is_not_there_is_not_found(service_pool: Pool, pages: Starlette, path: str) -> None:
    await play(service_pool)
    assert (await call(pages, "GET", path)).status == 404
    assert (await post(pages, f"{path}/parcels", carrier="UPS", number="1")).status == 404


async def test_a_parcel_is_put_right_on_its_page(service_pool: Pool, pages: Starlette) -> None:
    await play(service_pool)
    await service_pool.execute("UPDATE shelf SET allocated = 1 WHERE sku = 'TEE-BLK-M'")
    name = "part shipped"
    parcel = f"{address(name)}/parcels/{number_of(name)}"
    heard = await post(pages, parcel, carrier="UPS", number="1Z6, 1Z7")
    assert (heard.status, heard.headers["location"]) == (303, address(name))
    page = (await call(pages, "GET", address(name))).body.decode()
    assert re.search(r"1Z6</a>.*,\s*<a [^>]*>1Z7</a>", page)
    assert "Tracking changed" in page
    assert (await post(pages, parcel, carrier="UPS", number=" , ")).status == 422
    assert (await post(pages, parcel, carrier="UPS", number="1Z999AA1107")).status == 409
    assert (await post(pages, f"{parcel}/cancel")).status == 303
    page = (await call(pages, "GET", address(name))).body.decode()
    assert "cancelled; the store is being told" in page
    assert "Shipped 1/2" not in page
    assert (await post(pages, parcel, carrier="UPS", number="1Z8")).status == 409
    assert (await post(pages, f"{address(name)}/parcels/5/cancel")).status == 404


async def test_how_a_store_is_dealt_with_is_changed_on_its_page(service_pool: Pool, pages: Starlette) -> None:
    await play(service_pool)
    path = f"/stores/{STORE_ID}"
    for fields, status in (
        ({"transport": "rest", "ships_within_hours": "48", "paused": "1"}, 303),
        ({"transport": "rest", "ships_within_hours": "soon"}, 422),
        ({"transport": "pigeon"}, 422),
    ):
        assert (await post(pages, path, **fields)).status == status
    row = await service_pool.fetchrow("SELECT transport, ships_within_hours, paused FROM stores")
    assert row is not None
    assert tuple(row.values()) == ("rest", 48, True)
    page = (await call(pages, "GET", path)).body.decode()
    assert '<option value="rest" selected>' in page
    assert "Paused" in page
    assert (await post(pages, "/stores/99", transport="rest")).status == 404


async def test_the_stores_are_listed_with_their_platform_their_state_and_what_waits(
    service_pool: Pool, pages: Starlette
) -> None:
    assert b"No store is connected" in (await call(pages, "GET", "/stores")).body
    await play(service_pool)
    await service_pool.execute("UPDATE stores SET service_id = 5, location_id = 6")
    page = (await call(pages, "GET", "/stores")).body.decode()
    assert "Shopify" in page
    assert "Connected" in page
    for view in ("requests", "to_ship"):
        (count,) = re.findall(rf'href="/assignments\?store={STORE_ID}&(?:amp;)?view={view}">(\d+)<', page)
        work = (await call(pages, "GET", f"/assignments?store={STORE_ID}&view={view}")).body.decode()
        assert work.count('class="whole"') == int(count)
        assert f'href="/assignments?store={STORE_ID}"' in work  # the tabs stay with the store
        assert f'<input type="hidden" name="store" value="{STORE_ID}">' in work
        assert "Show all stores" in work
    await service_pool.execute("UPDATE stores SET trouble = 'it says no'")
    page = (await call(pages, "GET", "/stores")).body.decode()
    assert "In trouble" in page
    assert "it says no" in page
