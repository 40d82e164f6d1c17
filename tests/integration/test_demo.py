"""The demo ends as it should, and says what happened on the way."""

import asyncio
import os
import re
import sys

from crossdock.sandbox.bundled import bundled_orders
from crossdock.sandbox.stories import STORIES


def test_the_bundled_orders_play_every_story() -> None:
    orders = bundled_orders()
    assert len(orders) == 35
    assert {order.story for order in orders if order.platform == "shopify"} == set(STORIES)
    assert {order.story for order in orders if order.platform == "next29"} == {
        story for story, told in STORIES.items() if told.next29 is not None
    }
    assert len({order.address["country_code"] for order in orders}) > 20


async def test_the_demo_ends_after_its_story_with_every_order_where_it_should_be() -> None:
    command = (sys.executable, "-m", "crossdock.cli.main", "demo", "--once", "--port", "0", "--service-port", "0")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | {"COLUMNS": "160"}
    )
    printed = (await asyncio.wait_for(process.communicate(), 120))[0].decode()
    assert process.returncode == 0, printed[-3000:]
    assert "35 orders; all as expected" in printed
    assert printed.count("as it should") == 35
    assert "\x1b[" not in printed  # no colours where nobody sees them
    for said in (
        r"merchant → store +POST /fulfillment_orders/\d+/fulfillment_request.json +200",
        r"store → warehouse +POST /callbacks/\d+/fulfillment_order_notification +200 +“FULFILLMENT_REQUEST”",
        r"warehouse → store +GraphQL list_assigned_fulfillment_orders +200",
        r"warehouse → store +GraphQL fulfillmentOrderAcceptFulfillmentRequest \d+ +200",
        r"warehouse → store +GraphQL fulfillmentCreate +200 +“[^”]+, \S+”",
        r"warehouse → store +GraphQL fulfillmentOrderRejectCancellationRequest \d+ +200",
        r"⇒ Crossdock Warehouse: cancelled/cancellation_accepted",
        r"merchant → store +POST /fulfillment-orders/\d+/fulfillment-request/ +200",
        r"store → warehouse +POST /callbacks/\d+/fulfillment-order-notification/ +200 +“fulfillment_requested”",
        r"store → warehouse +POST /callbacks/\d+/webhooks +200 +“order.updated”",
        r"warehouse → store +POST /fulfillment-orders/\d+/fulfillment-request/accept/ +200",
        r"warehouse → store +POST /fulfillment-orders/\d+/fulfillments/ +201 +“[^”]+, \S+”",
        r"canceled/cancel_accepted +canceled/cancel_accepted",
    ):
        assert re.search(said, printed), said
