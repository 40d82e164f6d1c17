"""`crossdock route …`: how a shop routes, why orders went where they went, and what other rules would do."""

from pathlib import Path
from typing import Annotated

import typer

from crossdock.cli.problems import told

route = typer.Typer(help="How orders find their locations.", no_args_is_help=True)

Details = Annotated[Path | None, typer.Option(help="The file with a sandbox's details.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="The shop's subdomain, where there are several.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@route.command()
def explain(
    order: Annotated[str, typer.Argument(help="Its name, like #1001, or its id.")],
    *,
    as_json: Json = False,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Say why each line of an order went where it went: which rule kept or dropped which location."""
    with told():
        from crossdock.cli import routing  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(routing.explain(desk(details, shop), order, as_json=as_json))


@route.command()
def simulate(
    *,
    rules: Annotated[
        list[Path],
        typer.Option("--rules", exists=True, dir_okay=False, help="A file with draft rules; may be repeated."),
    ],
    since: Annotated[str, typer.Option(help="Replay the orders made since this date (and time): 2026-11-01.")],
    everything: Annotated[bool, typer.Option("--all", help="List orders for which nothing changes, too.")] = False,
    as_json: Json = False,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Replay past orders by draft rules, on the stock as it was then, and compare with how they were routed."""
    with told():
        from crossdock.cli import routing  # noqa: PLC0415
        from crossdock.cli.desks import desk, parse_time  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        wish = routing.Wish(files=tuple(rules), since=parse_time(since), everything=everything)
        run(routing.simulate(desk(details, shop), wish, as_json=as_json))


@route.command("rules")
def show_or_set_rules(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="New rules for the shop.")] = None,
    *,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Show the shop's rules in their order, as a file that can be changed; or apply those of a file."""
    with told():
        from crossdock.cli import routing  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(routing.rules(desk(details, shop), file))


@route.command()
def locations(
    first: Annotated[list[str] | None, typer.Argument(help="Rank these first, in this order.")] = None,
    *,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Show the shop's locations in the order of their priority, or change that order."""
    with told():
        from crossdock.cli import routing  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(routing.locations(desk(details, shop), tuple(first or ())))


@route.command()
def reach(
    location: Annotated[str, typer.Argument(help="Its name or id.")],
    *,
    country: Annotated[
        list[str] | None, typer.Option(help="A country that it ships to, like SE; may be repeated. None: everywhere.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="LATITUDE,LONGITUDE", help="Where it is. Without it: where its address is.")
    ] = None,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Say to which countries a location ships, and where it is."""
    with told():
        from crossdock.cli import routing  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(routing.reach(desk(details, shop), location, tuple(country or ()), routing.parse_point(at)))
