"""What clients in the wild do that a server has to bear. Source: Shopify's own clients for Python, JavaScript, Ruby."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.store.calls import SETTINGS, Served, served
from tests.store.errands import Things


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


@pytest.mark.parametrize("body", [b"", b"{}", b" "])
async def test_an_action_is_called_with_nothing(acme: Served, body: bytes) -> None:
    """Python sends no body with the content type of JSON; JavaScript sends an empty object."""
    one = await Things(acme).work()
    path = f"fulfillment_orders/{one.id}/fulfillment_request.json"
    reply = await acme.desk.send("POST", path, body, content_type="application/json")
    assert reply.status == 200
    assert list(reply.json)[:2] == ["original_fulfillment_order", "submitted_fulfillment_order"]


async def test_whole_resources_come_back(acme: Served) -> None:
    """Python saves an object by sending all that it read, read-only fields too."""
    things = Things(acme)
    order = (await acme.desk.get(f"orders/{(await things.order()).id}.json")).json["order"]
    order["note"] = "handle with care"
    saved = await acme.desk.call("PUT", f"orders/{order['id']}.json", {"order": order})
    assert (saved.status, saved.json["order"]["note"]) == (200, "handle with care")
    assert saved.json["order"]["shipping_address"] == order["shipping_address"]
    variant = await things.variant()
    product = (await acme.desk.get(f"products/{variant.product_id}.json")).json["product"]
    product["title"] = "Mug"
    saved = await acme.desk.call("PUT", f"products/{product['id']}.json", {"product": product})
    assert (saved.status, saved.json["product"]["title"]) == (200, "Mug")
    assert [each["price"] for each in saved.json["product"]["variants"]] == ["10.00"]
    path = f"fulfillment_services/{await things.service()}.json"
    service = (await acme.desk.get(path)).json["fulfillment_service"]
    assert (await acme.desk.call("PUT", path, {"fulfillment_service": service})).json["fulfillment_service"] == service
    path = f"inventory_items/{variant.inventory_item_id}.json"
    item = (await acme.desk.get(path)).json["inventory_item"]
    saved = await acme.desk.call("PUT", path, {"inventory_item": item | {"cost": "2.5"}})
    assert saved.json["inventory_item"]["cost"] == "2.50"
    path = f"webhooks/{await things.webhook()}.json"
    webhook = (await acme.desk.get(path)).json["webhook"]
    assert (await acme.desk.call("PUT", path, {"webhook": webhook})).status == 200


async def test_parents_stand_in_the_root(acme: Served) -> None:
    """JavaScript and Ruby send the ids of the path once more in the body, as texts."""
    one = await Things(acme).work()
    body = {"fulfillment_request": {"fulfillment_order_id": str(one.id), "message": "Fulfill this ASAP please."}}
    reply = await acme.desk.post(f"fulfillment_orders/{one.id}/fulfillment_request.json", body)
    assert reply.json["submitted_fulfillment_order"]["request_status"] == "submitted"
    order_id, parcel = await Things(acme, count=50).parcel()
    event = {"event": {"order_id": str(order_id), "fulfillment_id": str(parcel), "status": "in_transit"}}
    reply = await acme.desk.post(f"orders/{order_id}/fulfillments/{parcel}/events.json", event)
    assert (reply.status, list(reply.json)) == (201, ["fulfillment_event"])
    told = (await acme.desk.get(f"orders/{order_id}/fulfillments/{parcel}.json")).json["fulfillment"]
    assert told["shipment_status"] == "in_transit"


async def test_ids_come_as_texts(acme: Served) -> None:
    """JavaScript turns all ids into texts, and sends them so."""
    one = await Things(acme).work()
    lines = [{"id": str(one.lines[0].id), "quantity": 1}]
    group = {"fulfillment_order_id": str(one.id), "fulfillment_order_line_items": lines}
    reply = await acme.desk.post("fulfillments.json", {"fulfillment": {"line_items_by_fulfillment_order": [group]}})
    assert reply.status == 201


async def test_lists_are_asked_for_with_brackets(acme: Served) -> None:
    one = await Things(acme).work("fulfillment_request")
    query = f"assignment_status=fulfillment_requested&location_ids%5B%5D={acme.shop.service.location_id}"
    listed = (await acme.warehouse.get(f"assigned_fulfillment_orders.json?{query}")).json
    assert list(listed) == ["fulfillment_orders"]
    assert [each["id"] for each in listed["fulfillment_orders"]] == [one.id]


async def test_flags_are_always_sent(acme: Served) -> None:
    """Python sends the flags of levels whether they matter or not."""
    level = await Things(acme).level()
    for action, more in (("set", {"available": 3, "disconnect_if_necessary": False}), ("connect", {})):
        body = level | more | ({"relocate_if_necessary": False} if action == "connect" else {})
        assert (await acme.desk.post(f"inventory_levels/{action}.json", body)).status < 300


async def test_the_older_path_cancels_a_fulfillment(acme: Served) -> None:
    """Python's `Fulfillment.cancel`; the others of its kind are gone, as at Shopify."""
    order_id, parcel = await Things(acme).parcel()
    path = f"orders/{order_id}/fulfillments/{parcel}"
    assert (await acme.desk.post(f"orders/1/fulfillments/{parcel}/cancel.json")).status == 404
    reply = await acme.desk.post(f"{path}/cancel.json")
    assert (reply.status, reply.json["fulfillment"]["status"]) == (200, "cancelled")
    reply = await acme.desk.post(f"{path}/complete.json", {})
    assert (reply.status, reply.body) == (406, b"")
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_variant_is_saved_under_its_product(acme: Served) -> None:
    """Python names the product of each variant that it saves or reads again."""
    things = Things(acme)
    variant, other = await things.variant(), await things.variant()
    path = f"products/{variant.product_id}/variants/{variant.id}.json"
    saved = await acme.desk.call("PUT", path, {"variant": {"price": "11.00"}})
    assert (saved.status, saved.json["variant"]["price"]) == (200, "11.00")
    assert (await acme.desk.get(path)).json == saved.json
    elsewhere = f"products/{other.product_id}/variants/{variant.id}.json"
    for method in ("GET", "PUT"):
        assert (await acme.desk.call(method, elsewhere, {"variant": {"price": "12.00"}})).status == 404


async def test_whether_something_is_there_is_asked_by_its_head(acme: Served) -> None:
    """Python's `exists` looks at the status alone."""
    variant = await Things(acme).variant()
    assert (await acme.desk.call("HEAD", f"variants/{variant.id}.json")).status == 200
    assert (await acme.desk.call("HEAD", "variants/1.json")).status == 404


async def test_what_is_given_up_is_answered_with_nothing(acme: Served) -> None:
    level = await Things(acme).level()
    query = f"inventory_item_id={level['inventory_item_id']}&location_id="
    reply = await acme.desk.call("DELETE", f"inventory_levels.json?{query}{acme.shop.merchant_location}")
    assert (reply.status, reply.body) == (204, b"")
    reply = await acme.desk.call("DELETE", f"inventory_levels.json?{query}{acme.shop.merchant_location}")
    assert (reply.status, reply.json) == (404, {"errors": "Not Found"})
    reply = await acme.desk.call("DELETE", f"inventory_levels.json?{query}{level['location_id']}")
    assert (reply.status, list(reply.json)) == (422, ["errors"])


async def test_links_are_as_three_clients_split_them(acme: Served) -> None:
    things = Things(acme)
    for _ in range(3):
        await things.variant()
    reply = await acme.desk.get("products.json?limit=1&fields=id,title")
    link = reply.headers["link"]
    assert "," not in link  # Ruby splits at commas
    (found,) = re.findall(r'<([^>]+)>; rel="([^"]+)"', link)  # JavaScript
    assert found[1] == "next"
    where = urlsplit(found[0])
    assert where.scheme and where.netloc and re.fullmatch(r"/admin/api/[^/]+/products\.json", where.path)
    middle = (await acme.desk.get(f"{where.path}?{where.query}")).headers["link"]
    assert [part.split("; ")[1] for part in middle.split(", ")] == ['rel="previous"', 'rel="next"']  # Python


async def test_what_is_deprecated_says_so(acme: Served) -> None:
    scan = await Things(acme).scan()
    assert (await acme.desk.get(scan)).headers["x-shopify-api-deprecated-reason"].startswith("https://")
    assert "x-shopify-api-deprecated-reason" not in (await acme.desk.get("shop.json")).headers


async def test_too_many_calls_are_told_when_to_come_back(store_database: str) -> None:
    async with served(store_database, SETTINGS.model_copy(update={"limits": True})) as place:
        replies = [await place.desk.get("shop.json") for _ in range(60)]
        used = [tuple(map(int, reply.headers["x-shopify-shop-api-call-limit"].split("/"))) for reply in replies]
        assert used[0] == (1, 40)
        refused = next(reply for reply in replies if reply.status == 429)
        assert float(refused.headers["retry-after"]) == 2.0
        assert refused.json["errors"].startswith("Exceeded 2 calls per second for api client.")


async def test_a_product_leaves_nothing_behind_but_its_ledger(acme: Served) -> None:
    things = Things(acme)
    order = await things.order()
    line = order.lines[0]
    assert (await acme.desk.call("DELETE", f"products/{line.product_id}.json")).json == {}
    assert (await acme.desk.get(f"variants/{line.variant_id}.json")).status == 404
    work = order.fulfillment_orders[0].id
    group = {"fulfillment_order_id": work}
    reply = await acme.desk.post("fulfillments.json", {"fulfillment": {"line_items_by_fulfillment_order": [group]}})
    assert reply.status == 201
    parcel = reply.json["fulfillment"]["id"]
    assert (await acme.desk.post(f"fulfillments/{parcel}/cancel.json")).status == 200
    assert await acme.shop.offences() == []


async def test_a_service_ends_when_its_work_is_done(acme: Served) -> None:
    things = Things(acme)
    order = await things.order()
    service = acme.shop.service
    path = f"fulfillment_services/{service.id}.json"
    refused = await acme.warehouse.call("DELETE", path)
    assert (refused.status, list(refused.json["errors"])) == (422, ["base"])
    await acme.desk.post(f"orders/{order.id}/cancel.json", {"restock": True})
    assert (await acme.warehouse.call("DELETE", path)).json == {}
    assert (await acme.warehouse.get(path)).status == 404
    places = (await acme.desk.get("locations.json")).json["locations"]
    assert [place["id"] for place in places] == [acme.shop.merchant_location]
    item = order.lines[0].inventory_item_id
    levels = (await acme.desk.get(f"inventory_levels.json?inventory_item_ids={item}")).json["inventory_levels"]
    assert [level["location_id"] for level in levels] == [acme.shop.merchant_location]
    again = {"fulfillment_service": {"name": service.name}}
    made = (await acme.warehouse.post("fulfillment_services.json", again)).json["fulfillment_service"]
    assert made["handle"] == service.handle
    assert await acme.shop.offences() == []


async def test_an_item_of_a_service_that_shares_no_skus_moves_or_is_given_up(acme: Served) -> None:
    """Source: Shopify REST InventoryLevel, `relocate_if_necessary` and `disconnect_if_necessary`."""
    things = Things(acme)
    body = {"fulfillment_service": {"name": "Alone", "permits_sku_sharing": False}}
    alone = (await acme.desk.post("fulfillment_services.json", body)).json["fulfillment_service"]["location_id"]
    variant = await things.variant()
    item = variant.inventory_item_id
    here = {"inventory_item_id": item, "location_id": alone}
    refused = await acme.desk.post("inventory_levels/connect.json", here)
    assert refused.status == 422
    assert refused.json["errors"][0].startswith("An item cannot be active at more than one location")
    moved = await acme.desk.post("inventory_levels/connect.json", here | {"relocate_if_necessary": True})
    assert (moved.status, moved.json["inventory_level"]["available"]) == (201, 10)
    back = {"inventory_item_id": item, "location_id": acme.shop.merchant_location, "available": 4}
    assert (await acme.desk.post("inventory_levels/set.json", back)).status == 422
    set_back = await acme.desk.post("inventory_levels/set.json", back | {"disconnect_if_necessary": True})
    assert set_back.json["inventory_level"]["available"] == 4
    levels = (await acme.desk.get(f"inventory_levels.json?inventory_item_ids={item}")).json["inventory_levels"]
    assert [(each["location_id"], each["available"]) for each in levels] == [(acme.shop.merchant_location, 4)]
    assert await acme.shop.offences() == []
