"""Orders of a file go the whole way: imported, asked for, accepted, shipped, and everything agrees in the end."""

import asyncio
import json
import random
import sys
from pathlib import Path

from tests.integration.sandboxes import Box, sandbox

ORDERS = 40
SKUS = [f"SKU-{n:03}" for n in range(60)]


def write_orders(file: Path) -> None:
    """Write orders that want the same few articles, so that their transactions meet at the same stock."""
    chance = random.Random(7)
    rows = ["No,Sku,Units,Land"]
    for number in range(ORDERS):
        country = chance.choice(("GB", "France", "EIRE"))
        skus = chance.sample(SKUS, chance.choice((2, 8, 40)))
        rows += [f"R{number},{sku},{chance.randint(1, 4)},{country}" for sku in skus]
    file.write_text("\n".join(rows) + "\n")


async def crossdock(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "crossdock.cli.main", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await asyncio.wait_for(process.communicate(), 120))[0].decode()
    assert process.returncode is not None
    return process.returncode, printed


async def imported(box: Box) -> list[dict[str, object]]:
    """Return the imported orders, all pages of them."""
    found: list[dict[str, object]] = []
    while True:
        since = found[-1]["id"] if found else 0
        page = (await box.store("GET", f"orders.json?status=any&limit=100&since_id={since}"))[1]["orders"]
        if not page:
            return [order for order in found if order["source_name"] == "import"]
        found += page


async def test_every_imported_order_is_accepted_and_shipped_once(tmp_path: Path) -> None:
    file, details = tmp_path / "orders.csv", tmp_path / "details.json"
    write_orders(file)
    async with sandbox(tmp_path) as box:
        details.write_text(json.dumps(box.details))
        assert (await box.service("PUT", "/api/shelf", {"on_hand": dict.fromkeys(SKUS, 100_000)}))[0] == 200
        status, printed = await crossdock(
            *("orders", "import", str(file), "--columns", "name=No,sku=Sku,quantity=Units,country=Land"),
            *("--create-products", "100000", "--stock-claim", "decrement_obeying_policy", "--request"),
            *("--details", str(details)),
        )
        assert (status, f"{ORDERS} orders with" in printed) == (0, True), printed
        await box.settle()
        gate = asyncio.Semaphore(16)

        async def ship(order: dict[str, object]) -> None:
            parcel = {"order_name": order["name"], "carrier": "Royal Mail", "tracking_number": f"RM{order['id']}"}
            async with gate:
                status, answer = await box.service("POST", "/api/parcels", parcel)
            assert status == 201, answer

        await asyncio.gather(*map(ship, await imported(box)))
        await box.settle()
        orders = await imported(box)
        assert len(orders) == ORDERS
        assert {order["fulfillment_status"] for order in orders} == {"fulfilled"}
        status, printed = await crossdock("verify", "--details", str(details))
        assert status == 0, printed
