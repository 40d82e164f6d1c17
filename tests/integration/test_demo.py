"""The demo ends as it should, and says what happened on the way."""

import asyncio
import os
import re
import sys

from crossdock.sandbox.stories import STORIES, bundled_orders


def test_the_bundled_orders_play_every_story() -> None:
    orders = bundled_orders()
    assert len(orders) == 30
    assert {order.story for order in orders} == set(STORIES)
    assert len({order.address["country_code"] for order in orders}) > 20


async def test_the_demo_ends_after_its_story_with_every_order_where_it_should_be() -> None:
    command = (sys.executable, "-m", "crossdock.cli.main", "demo", "--once", "--port", "0", "--service-port", "0")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | {"COLUMNS": "160"}
    )
    printed = (await asyncio.wait_for(process.communicate(), 120))[0].decode()
    assert process.returncode == 0, printed[-3000:]
    assert "30 orders; all as expected" in printed
    assert printed.count("as it should") == 30
    assert "\x1b[" not in printed  # no colours where nobody sees them
    for said in (
        r"merchant → store +POST /fulfillment_orders/\d+/fulfillment_request.json +200",
        r"store → warehouse +POST /callbacks/\d+/fulfillment_order_notification +200 +“FULFILLMENT_REQUEST”",
        r"warehouse → store +GraphQL list_assigned_fulfillment_orders +200",
        r"warehouse → store +GraphQL fulfillmentOrderAcceptFulfillmentRequest \d+ +200",
        r"warehouse → store +GraphQL fulfillmentCreate +200 +“[^”]+, \S+”",
        r"warehouse → store +GraphQL fulfillmentOrderRejectCancellationRequest \d+ +200",
        r"⇒ Crossdock Warehouse: cancelled/cancellation_accepted",
    ):
        assert re.search(said, printed), said
