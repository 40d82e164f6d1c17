"""`crossdock stock …`: the ledger, what it comes to now and came to then, and units taken from place to place."""

from pathlib import Path
from typing import Annotated

import typer

from crossdock.cli.problems import told

stock = typer.Typer(help="The stock ledger.", no_args_is_help=True)

Details = Annotated[Path | None, typer.Option(help="The file with a sandbox's details.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="The shop's subdomain, where there are several.")]


@stock.command()
def rebuild(*, shop: ShopName = None, details: Details = None) -> None:
    """Set every counter to the sum of its moves in the ledger, and say which were wrong."""
    with told():
        from crossdock.cli import stocktaking  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(stocktaking.rebuild(desk(details, shop, soft_wrap=True)))


@stock.command("as-of")
def as_of(
    time: Annotated[str, typer.Argument(help="A date, or date and time (UTC unless it says): 2026-11-21T14:00.")],
    *,
    sku: Annotated[str | None, typer.Option(help="Of this article only.")] = None,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Show what every location had of every article at a time."""
    with told():
        from crossdock.cli import stocktaking  # noqa: PLC0415
        from crossdock.cli.desks import desk, parse_time  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(stocktaking.show_as_of(desk(details, shop, soft_wrap=True), parse_time(time), sku))


@stock.command()
def moves(
    sku: Annotated[str, typer.Argument(help="The article.")],
    *,
    location: Annotated[str | None, typer.Option(help="At this location only: its name or id.")] = None,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="So many of the newest.")] = 50,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Print the ledger of an article: what moved, why, by whom and in which request."""
    with told():
        from crossdock.cli import stocktaking  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(stocktaking.show_moves(desk(details, shop, soft_wrap=True), sku, location, last))


@stock.command()
def transfer(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The location that has the units: its name or id.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The location that gets them.")],
    units: Annotated[list[str], typer.Argument(metavar="SKU=UNITS", help="How many of which article.")],
    *,
    on_its_way: Annotated[
        bool, typer.Option("--on-its-way", help="They are incoming there, not yet available.")
    ] = False,
    document: Annotated[str | None, typer.Option(help="The paper that they go by, as a URI.")] = None,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Take available units of one location to another."""
    with told():
        from crossdock.cli import stocktaking  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        there = desk(details, shop, soft_wrap=True)
        run(stocktaking.transfer(there, (source, target), units, arrived=not on_its_way, document=document))
