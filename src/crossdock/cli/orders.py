"""`crossdock orders …`: what is ordered, brought in from elsewhere or changed."""

from pathlib import Path
from typing import Annotated

import typer

from crossdock.cli.problems import told

orders = typer.Typer(help="Orders from elsewhere, and changes of what is ordered.", no_args_is_help=True)


@orders.command()
def edit(
    order: Annotated[str, typer.Argument(help="Its name, like #1001, or its id.")],
    *,
    wanted: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SKU=UNITS", help="So many of a line, by its SKU or id; 0: none. Repeat it."),
    ] = None,
    added: Annotated[
        list[str] | None, typer.Option("--add", metavar="SKU=UNITS", help="One more line, of an article. Repeat it.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why, for the order's log.")] = None,
    restock: Annotated[bool, typer.Option(help="Units taken out can be sold again.")] = True,
    shop: Annotated[str | None, typer.Option("--shop", help="The shop's subdomain, where there are several.")] = None,
    details: Annotated[Path | None, typer.Option(help="The file with a sandbox's details.")] = None,
) -> None:
    """Change what is ordered. Units that were shipped, or that a service was asked for, cannot be taken out."""
    with told():
        from crossdock.cli import editing  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        wish = editing.Wish(wanted=tuple(wanted or ()), added=tuple(added or ()), note=note, restock=restock)
        run(editing.edit(desk(details, shop, soft_wrap=True), order, wish))
