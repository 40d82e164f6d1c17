"""The client that Shopify's own developers use for Node, as it comes from npm, against a sandbox: REST and GraphQL."""

from pathlib import Path
from typing import Any

from tests.clients.programs import needs_node, run
from tests.integration.sandboxes import Box, sandbox

CLIENT = "@shopify/shopify-api"
LEAST_CALLS = 75
"""What the client's REST resources name for fulfillment, in version 13.1.0."""


async def asked(box: Box, program: str, **more: object) -> Any:
    details = box.details
    given = {"store": details["store_url"], "shop": details["shop_domain"], "token": details["admin_token"]}
    return await run(program, {**given, "callback_url": "http://127.0.0.1:1025/callbacks", **more})


@needs_node(f"{CLIENT} (its REST resources, clients.Graphql, clients.graphqlProxy)")
async def test_its_resources_and_its_graphql_client_work_with_a_sandbox(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "--empty") as box:
        walked = await asked(box, "resources.mjs")
        assert walked["missing"] == []
        assert walked["calls"] >= LEAST_CALLS
        conversations(await asked(box, "graphql.mjs"))


def conversations(said: Any) -> None:
    locations = said["locations"]
    assert [each["name"] for each in locations["data"]["locations"]["nodes"]] == ["Shop location"]
    assert locations["version"] == "2026-07"
    assert locations["extensions"]["cost"]["actualQueryCost"] <= locations["extensions"]["cost"]["requestedQueryCost"]
    assert said["proxied"]["body"]["data"] == locations["data"]
    assert said["made"]["data"]["productCreate"] == {"product": {"title": "Mug"}, "userErrors": []}
    cancelled = said["cancelled"]["data"]["fulfillmentCancel"]
    assert (cancelled["fulfillment"], [each["field"] for each in cancelled["userErrors"]]) == (None, [["id"]])
    codes = {name: said[name]["errors"][0]["extensions"]["code"] for name in ("unknown", "incomplete", "unreadable")}
    assert codes == {"unknown": "undefinedField", "incomplete": "INVALID_VARIABLE", "unreadable": "PARSE_ERROR"}
    assert {said[name]["refused"] for name in codes} == {"GraphqlQueryError"}
    assert (said["stranger"]["refused"], said["stranger"]["code"]) == ("HttpResponseError", 401)


@needs_node(f"{CLIENT} (clients.Graphql and clients.Rest, told to slow down)")
async def test_it_understands_when_it_has_to_slow_down(tmp_path: Path) -> None:
    async with sandbox(tmp_path, "--empty", "--limits") as box:
        said = await asked(box, "graphql.mjs", throttled=True)
        graphql = said["graphql"]
        assert graphql["refused"] == "GraphqlQueryError", graphql
        assert graphql["errors"][0]["extensions"]["code"] == "THROTTLED"
        rest = said["rest"]
        assert (rest["refused"], rest["code"], rest["retryAfter"]) == ("HttpThrottlingError", 429, 2)
        assert said["patient"]["refused"] == "HttpMaxRetriesError"
