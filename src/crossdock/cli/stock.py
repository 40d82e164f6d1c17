"""`crossdock stock …`: counters made anew from the ledger, and stock as it was."""

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
