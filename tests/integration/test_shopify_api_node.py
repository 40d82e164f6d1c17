"""The client that Shopify's own developers use for Node, as it comes from npm, hears what a store sends."""

import base64

from crossdock.domain.commands import SubmitFulfillmentRequest
from tests.clients.programs import needs_node, run
from tests.store.hearing import Ear, stage


def deliveries(ear: Ear, *, tampered: bool = False) -> list[dict[str, object]]:
    """Return what was heard, for `validate.mjs`; tampered with: one byte more."""
    return [
        {
            "how": "webhook" if path == "/app/hooks" else "fulfillmentService",
            "method": "POST",
            "url": path,
            "headers": headers,
            "body": base64.b64encode(body + b" " * tampered).decode(),
        }
        for path, headers, body in ear.heard
    ]


@needs_node("@shopify/shopify-api (webhooks.validate, fulfillmentService.validate)")
async def test_the_client_accepts_webhooks_and_notifications_and_nothing_forged(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.subscribe("orders/create", name="new-orders")
        await scene.subscribe("fulfillment_orders/fulfillment_request_submitted")
        order = await scene.shop.order((scene.tee, 1))
        await scene.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id))
        await scene.settle()
        verdicts = await run("validate.mjs", {"secret": scene.app.client_secret, "deliveries": deliveries(scene.ear)})
        assert [verdict["valid"] for verdict in verdicts] == [True, True, True]
        assert {verdict.get("topic") for verdict in verdicts} == {
            "ORDERS_CREATE",
            "FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_SUBMITTED",
            None,  # it does not look at the headers of a notification
        }
        (created,) = (verdict for verdict in verdicts if verdict.get("topic") == "ORDERS_CREATE")
        assert (created["domain"], created["apiVersion"], created["name"]) == ("acme.example", "2026-07", "new-orders")
        forged = {"secret": scene.app.client_secret, "deliveries": deliveries(scene.ear, tampered=True)}
        assert {verdict["reason"] for verdict in await run("validate.mjs", forged)} == {"invalid_hmac"}
        stranger = {"secret": "shpss_other", "deliveries": deliveries(scene.ear)}
        assert not any(verdict["valid"] for verdict in await run("validate.mjs", stranger))
