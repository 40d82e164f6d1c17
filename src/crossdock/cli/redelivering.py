"""What the commands of `crossdock store delivery` and `crossdock store webhook` do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from rich.table import Table

from crossdock.cli.desks import Desk, Open, opened
from crossdock.cli.problems import Problem
from crossdock.domain.deliveries import DeliveriesReplayed, ReplayDeliveries, ReplayDelivery
from crossdock.domain.queries import Page, Window
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    ListWebhookSubscriptions,
    SendTestWebhook,
    WebhookSubscription,
)
from crossdock.store.database.deliveries import (
    Delivery,
    count_deliveries,
    list_deliveries,
    receiver,
    receivers_since,
)

MOST_LISTED = 1000
NONE = {"": "nothing was sent yet", "failed": "none failed", "waiting": "none waits", "delivered": "none was delivered"}


async def show_deliveries(desk: Desk, which: str, limit: int) -> None:
    """Print the newest deliveries, and how many there are. Raises: Problem."""
    async with opened(desk) as shop:
        sites = (await shop.locations()).values()
        async with shop.pool.acquire() as connection:
            found = await list_deliveries(connection, shop.shop_id, which=which, limit=limit)
            counts = await count_deliveries(connection, shop.shop_id)
    table = Table("id", "posted (UTC)", "what", "receiver", "state", "why", box=None, pad_edge=False)
    for each in found:
        state = each.status if each.answer_status is None else f"{each.status}, {each.answer_status}"
        posted, who = f"{each.created_at:%Y-%m-%d %H:%M:%S}", receiver(each.endpoint, each.url, sites)
        table.add_row(str(each.id), posted, each.topic or each.kind, who, state, why(each))
    desk.console.print(table if found else NONE[which])
    desk.console.print(
        f"in all: {counts.failed} failed, {counts.waiting} waiting, {counts.delivered} delivered; "
        "`crossdock store delivery list failed`, or `waiting`, `delivered`, `all`, lists them"
    )


def why(delivery: Delivery) -> str:
    """Say why a delivery did not arrive, and when it is tried again."""
    again = delivery.next_attempt_at if delivery.attempts else None
    told = (delivery.reason, None if again is None else f"again at {again:%Y-%m-%d %H:%M:%S}")
    return "; ".join(filter(None, told))


async def replay(desk: Desk, ids: Sequence[int]) -> None:
    """Send deliveries again, each for itself. Raises: Problem at the first that cannot be; those before it go out."""
    async with opened(desk) as shop:
        for each in dict.fromkeys(ids):
            await shop.tell(ReplayDelivery(delivery_id=each))
            desk.console.print(f"delivery {each} is sent again")


async def replay_all(desk: Desk, command: ReplayDeliveries) -> None:
    """Send again what failed in a time; the command's `endpoint` is whom to, as they are listed. Raises: Problem."""
    count = 0
    async with opened(desk) as shop:
        wanted = [None] if command.endpoint is None else await endpoints_of(shop, command.endpoint, command.since)
        for endpoint in wanted:
            count += await replay_to(shop, replace(command, endpoint=endpoint))
    desk.console.print("1 delivery is sent again" if count == 1 else f"{count} deliveries are sent again")


async def replay_to(shop: Open, command: ReplayDeliveries) -> int:
    count, after = 0, command.after
    more = True
    while more:  # each in a transaction of its own
        again: DeliveriesReplayed = await shop.tell(replace(command, after=after))
        count, after, more = count + again.count, again.last or after, again.last is not None
    return count


async def endpoints_of(shop: Open, name: str, since: datetime) -> Sequence[str]:
    """Return the endpoints of a receiver: those of apps that hear at one address are several. Raises: Problem."""
    sites = (await shop.locations()).values()
    async with shop.pool.acquire() as connection:
        known = await receivers_since(connection, shop.shop_id, since)
    names = {endpoint: receiver(endpoint, url, sites) for endpoint, url in known}
    found = [endpoint for endpoint in names if name in {endpoint, names[endpoint]}]
    if not found:
        told = ", ".join(dict.fromkeys(names.values())) or "nobody"
        raise Problem(f"nothing was sent to {name!r} since then; there is {told}")
    return found


async def show_webhooks(desk: Desk) -> None:
    """Print the subscriptions of all apps. Raises: Problem."""
    table = Table("id", "topic", "address", "state", box=None, pad_edge=False)
    async with opened(desk) as shop:
        found: Page[WebhookSubscription] = await shop.ask(ListWebhookSubscriptions(window=Window(limit=MOST_LISTED)))
    for each in found.items:
        state = "on" if each.disabled_reason is None else f"disabled: {each.disabled_reason}"
        table.add_row(str(each.id), ", ".join(each.topics), each.address, state)
    desk.console.print(table if found.items else "there are none")
    if found.next is not None:
        desk.console.print(f"and more: these are the first {MOST_LISTED}")


async def send_test(desk: Desk, subscription_id: int) -> None:
    """Raises: Problem."""
    async with opened(desk) as shop:
        asked: WebhookSubscription = await shop.tell(SendTestWebhook(subscription_id=subscription_id))
    desk.console.print(f"an example of {asked.topic} is sent to {asked.address}")


async def enable(desk: Desk, subscription_id: int) -> None:
    """Raises: Problem."""
    async with opened(desk) as shop:
        enabled: WebhookSubscription = await shop.tell(ChangeWebhookSubscription(subscription_id=subscription_id))
    desk.console.print(f"{enabled.address} hears of {', '.join(enabled.topics)} from now on")
