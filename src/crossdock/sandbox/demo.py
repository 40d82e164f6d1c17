"""The demo: some thirty orders of two shops go through both sides, each with its own story."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossdock.dialects.platforms import TITLES
from crossdock.runtime.postgres.pool import open_pool
from crossdock.sandbox.bundled import BundledOrder, bundled_orders
from crossdock.sandbox.cast import Cast
from crossdock.sandbox.contract import Options
from crossdock.sandbox.conversation import Conversation
from crossdock.sandbox.seed import stock_up, stock_up_second
from crossdock.sandbox.stories import STORIES, End, Played, end_of
from crossdock.sandbox.tree import Report, Running, run_sandbox

INTERRUPTED = 130
# Where there is no terminal to ask.
USUAL_WIDTH = 140


@dataclass(frozen=True, kw_only=True)
class Ended:
    """One order after its story."""

    name: str
    order: BundledOrder
    end: End

    @property
    def expected(self) -> End:
        return STORIES[self.order.story].end_on(self.order.platform)


async def run_demo(options: Options, *, once: bool, report: Report) -> int:
    """Play the demo. With `once` it ends after the last story, with 0, or 1 if an order ended otherwise than it should.

    Raises: what `run_sandbox` raises.
    """
    play = partial(play_all, once=once, console=console_of())
    return await run_sandbox(
        replace(options, empty=True), report=report, play=play, interrupted=INTERRUPTED if once else 0
    )


async def play_all(running: Running, *, once: bool, console: Console) -> int:
    """Play every story and print the conversation; then the table of all orders."""
    details = running.details
    there = (details, running.kept, running.outgoing)
    console.print("Stocking a shop, and connecting the warehouse to it by Shopify's wire …")
    first = await stock_up(*there)
    console.print("Stocking a second shop, and connecting the warehouse to it by 29 Next's wire …")
    casts = {"shopify": first, "next29": await stock_up_second(*there)}
    store = await open_pool(details.databases.store, size=2, name="crossdock-demo")
    service = await open_pool(details.databases.service, size=2, name="crossdock-demo")
    try:
        conversation = Conversation(store, service, console)
        await first.settle()
        await conversation.skip()
        ended = [await play_one(casts[order.platform], order, conversation) for order in bundled_orders()]
    finally:
        await store.close()
        await service.close()
    console.print(table_of(ended))
    wrong = sum(each.end != each.expected for each in ended)
    console.print(
        f"{len(ended)} orders; " + (f"{wrong} ended otherwise than they should" if wrong else "all as expected")
    )
    if not once:
        console.print(
            f"\nBoth sides stay up until Ctrl-C:\n  the store's pages    {details.dashboards.store}\n"
            f"  the service's pages  {details.dashboards.service}",
            highlight=False,
        )
        await running.supervisor.until_stopped()
    return 1 if wrong else 0


async def play_one(cast: Cast, order: BundledOrder, conversation: Conversation) -> Ended:
    """Bring in one order, play its story, and print what was said."""
    story = STORIES[order.story]
    made = await cast.merchant.create_order(order, cast.variants)
    heading = Text(f"\n{made.name}  ", "bold")
    heading.append(story.title, "bold")
    heading.append(f"  {TITLES[order.platform]}", "bold dim")
    heading.append(f"\n{goods(order)}, to {order.address['city']}, {order.address['country']}", "dim")
    conversation.console.print(heading, soft_wrap=True)
    played = Played(id=made.id, country=order.address["country_code"], cast=cast, parcels=count(1))
    await story.play(played)
    await cast.settle()
    work = await played.work()
    await conversation.tell(work[0]["id"])
    return Ended(name=made.name, order=order, end=await end_of(played))


def goods(order: BundledOrder) -> str:
    return ", ".join(f"{line.quantity} × {line.sku}" for line in order.lines)


def table_of(ended: Sequence[Ended]) -> Table:
    """Show how each order ended beside how it should."""
    table = Table(title="\nHow the orders ended", title_justify="left", box=None, pad_edge=False)
    for heading in ("Shop", "Order", "Story", "Country", "Should end as", "Ended as", ""):
        table.add_column(heading, no_wrap=heading in ("Shop", "Order", ""))
    for each in ended:
        well = each.end == each.expected
        mark = Text("as it should", "green") if well else Text("OTHERWISE", "bold red")
        country = each.order.address["country"]
        story = STORIES[each.order.story].title
        table.add_row(TITLES[each.order.platform], each.name, story, country, str(each.expected), str(each.end), mark)
    return table


def console_of() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = USUAL_WIDTH
    return console
