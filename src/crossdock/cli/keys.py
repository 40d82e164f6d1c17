"""`crossdock store|service keys …`: under which keys the secrets of a side's database are, and a key's replacement."""

import typer

from crossdock.cli.problems import told

HELP = "Keys that encrypt secrets in the database (CROSSDOCK_SECRET_KEYS, the one in use first)."

store_keys = typer.Typer(help=HELP, no_args_is_help=True)
service_keys = typer.Typer(help=HELP, no_args_is_help=True)


@store_keys.command("list")
def list_store_keys() -> None:
    """Say how many of the store's secrets are under which key."""
    show("store", renew=False)


@service_keys.command("list")
def list_service_keys() -> None:
    """Say how many of the warehouse's secrets are under which key."""
    show("service", renew=False)


@store_keys.command("renew")
def renew_store_keys() -> None:
    """Put the store's secrets under the first key. Every process must have that key before, and the old one still."""
    show("store", renew=True)


@service_keys.command("renew")
def renew_service_keys() -> None:
    """Put the warehouse's secrets under the first key. Every process must have it before, and the old one still."""
    show("service", renew=True)


def show(side: str, *, renew: bool) -> None:
    with told():
        from crossdock.cli import renewing  # noqa: PLC0415
        from crossdock.cli.sides import SIDES  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        lines, well = run(renewing.keys(SIDES[side], Settings(), renew=renew))
        for line in lines:
            typer.echo(line)
    raise typer.Exit(0 if well else 1)
