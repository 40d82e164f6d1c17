"""`crossdock store shop|token|app …`: shops, the apps that they let in, and what those are let in with."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from crossdock.cli.problems import told

shop = typer.Typer(help="Shops.", no_args_is_help=True)
token = typer.Typer(help="Tokens of apps.", no_args_is_help=True)
store_app = typer.Typer(help="Apps that merchants can install.", no_args_is_help=True)

Details = Annotated[Path | None, typer.Option(help="The file with a sandbox's details.")]
Subdomain = Annotated[str, typer.Argument(help="The shop.")]
Platform = Annotated[Literal["shopify", "next29"], typer.Option(help="Whose apps it is one of.")]
LONGEST_DELAY = 30 * 24 * 60  # minutes
LONGEST_OVERLAP = 30 * 24  # hours


@shop.command("add")
def add_shop(
    subdomain: Annotated[str, typer.Argument(help="Short name, the first label of its host.")],
    *,
    domain: Annotated[str, typer.Option(help="Its host name, as apps know it.")],
    email: Annotated[str, typer.Option(help="The merchant's address.")],
    name: Annotated[str | None, typer.Option(help="Its name; else the subdomain.")] = None,
    currency: Annotated[str, typer.Option(help="ISO code.")] = "USD",
    details: Details = None,
) -> None:
    """Make a shop."""
    with told():
        from crossdock.cli.access import make_shop  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        shop_id = run(
            make_shop(
                Settings(),
                details,
                subdomain=subdomain,
                name=name or subdomain,
                domain=domain,
                email=email,
                currency=currency,
            )
        )
        typer.echo(f"shop {subdomain} has id {shop_id}")


@shop.command("request-delay")
def request_delay(
    subdomain: Subdomain,
    minutes: Annotated[
        int | None, typer.Argument(min=0, max=LONGEST_DELAY, help="Ask services so long after each new order.")
    ] = None,
    *,
    off: Annotated[bool, typer.Option("--off", help="Ask nobody by itself: the merchant does.")] = False,
    details: Details = None,
) -> None:
    """Show when services are asked to ship new orders by themselves, or change it."""
    with told():
        from crossdock.cli import access  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        if off and minutes is not None:
            raise typer.BadParameter("give minutes, or --off, not both")
        typer.echo(run(access.request_delay(desk(details, subdomain), minutes, off=off)))


@token.command("add")
def add_token(
    subdomain: Annotated[str, typer.Argument(help="The shop.")],
    app_name: Annotated[str, typer.Option("--app", help="The app that the token is for; made if it is not there.")],
    scopes: Annotated[str, typer.Option(help="Separated by commas; without it all.")] = "",
    platform: Platform = "shopify",
    details: Details = None,
) -> None:
    """Give an app a token of its platform's wire, and show its credentials once."""
    with told():
        from crossdock.cli.access import make_store_token  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        chosen = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        making = make_store_token(
            Settings(), details, subdomain=subdomain, app=app_name, scopes=chosen, platform=platform
        )
        token, client_id, secret = run(making)
        typer.echo(f"access token   {token}\nclient id      {client_id}\nclient secret  {secret}")


@token.command("revoke")
def revoke_tokens(
    subdomain: Subdomain,
    app_name: Annotated[str, typer.Option("--app", help="The app whose tokens end.")],
    details: Details = None,
) -> None:
    """End all tokens of an app at once.

    It stays installed, and whoever knows its secret can ask for a new token: for a secret that leaked, rotate that too
    (`crossdock store app rotate-secret`).
    """
    with told():
        from crossdock.cli import access  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        typer.echo(run(access.revoke_tokens(desk(details, subdomain), app_name)))


@store_app.command("add")
def add_app(
    subdomain: Annotated[str, typer.Argument(help="The shop.")],
    *,
    name: Annotated[str, typer.Option(help="How the merchant knows it.")],
    url: Annotated[str, typer.Option(help="The app's own page, where its installation begins.")],
    redirect_urls: Annotated[
        list[str] | None, typer.Option("--redirect", help="Where the browser may be sent back to, whole; repeat it.")
    ] = None,
    privacy_url: Annotated[
        str | None, typer.Option("--privacy", help="Where it is told of people's data: to show it, or to erase it.")
    ] = None,
    platform: Platform = "shopify",
    details: Details = None,
) -> None:
    """Register an app for the install flow, or change its URLs, and show its credentials."""
    with told():
        from crossdock.cli.access import make_store_app  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        making = make_store_app(
            Settings(),
            details,
            subdomain=subdomain,
            name=name,
            url=url,
            redirect_urls=redirect_urls or [],
            privacy_url=privacy_url,
            platform=platform,
        )
        client_id, secret = run(making)
        typer.echo(f"client id      {client_id}\nclient secret  {secret}")


@store_app.command("rotate-secret")
def rotate_secret(
    subdomain: Subdomain,
    *,
    name: Annotated[str, typer.Option(help="How the merchant knows the app.")],
    overlap: Annotated[
        float, typer.Option(min=0, max=LONGEST_OVERLAP, metavar="HOURS", help="So long the old secret still signs.")
    ] = 24,
    details: Details = None,
) -> None:
    """Give an app a new client secret, and show it once.

    Until the overlap is over the old one still signs what the shop sends, and both are taken from the app; so the app
    can learn to check both before anything is signed by the new one. With --overlap 0 the old one is worthless at once.
    """
    with told():
        from crossdock.cli import access  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        typer.echo(run(access.rotate_secret(Settings(), details, subdomain, name, hours=overlap)))
