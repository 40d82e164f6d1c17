"""The command line. Each command loads what it needs when it is called, so that all of them start fast."""

from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from crossdock.cli.deliveries import delivery, webhook
from crossdock.cli.keys import service_keys, store_keys
from crossdock.cli.orders import orders
from crossdock.cli.problems import told
from crossdock.cli.route import route
from crossdock.cli.shipping import add_shipping_method
from crossdock.cli.shops import shop, store_app, token
from crossdock.cli.stock import stock

T = TypeVar("T")

app = typer.Typer(
    help="Fulfillment orders between stores and fulfillment services: both sides of the protocol.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
store = typer.Typer(help="The store side.", no_args_is_help=True)
service = typer.Typer(help="The service side: a warehouse.", no_args_is_help=True)
store_user = typer.Typer(help="Who may log in to the store's pages.", no_args_is_help=True)
service_token = typer.Typer(help="Tokens of the service's API.", no_args_is_help=True)
service_user = typer.Typer(help="Who may log in to the service's pages.", no_args_is_help=True)
app.add_typer(store, name="store")
app.add_typer(service, name="service")
app.add_typer(orders, name="orders")
app.add_typer(route, name="route")
app.add_typer(stock, name="stock")
store.add_typer(shop, name="shop")
shop.command("add-shipping-method")(add_shipping_method)
store.add_typer(token, name="token")
store.add_typer(store_app, name="app")
store.add_typer(delivery, name="delivery")
store.add_typer(webhook, name="webhook")
store.add_typer(store_user, name="user")
store.add_typer(store_keys, name="keys")
service.add_typer(service_token, name="token")
service.add_typer(service_user, name="user")
service.add_typer(service_keys, name="keys")

Data = Annotated[Path | None, typer.Option(help="Keep everything in this folder. Without it, it is thrown away.")]
Details = Annotated[Path | None, typer.Option(help="The file with a sandbox's details.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
StorePort = Annotated[int | None, typer.Option(min=0, max=65535, help="The store's port (8000); 0 takes a free one.")]
ServicePort = Annotated[
    int | None, typer.Option(min=0, max=65535, help="The service's port (8001); 0 takes a free one.")
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="How many web processes share the port.")]
Socket = Annotated[int | None, typer.Option("--socket", hidden=True)]
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)]


class Claim(StrEnum):
    """What taking an order in does to stock."""

    BYPASS = "bypass"
    IGNORING_POLICY = "decrement_ignoring_policy"
    OBEYING_POLICY = "decrement_obeying_policy"


class Part(StrEnum):
    """Which databases are looked at."""

    STORE = "store"
    SERVICE = "service"
    BOTH = "both"


@app.callback(invoke_without_command=True)
def crossdock(
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if show_version:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"crossdock {version('crossdock')}")
        raise typer.Exit


@app.command()
def sandbox(
    *,
    data: Data = None,
    port: StorePort = None,
    service_port: ServicePort = None,
    empty: Annotated[bool, typer.Option("--empty", help="A shop with one location, and nothing else.")] = False,
    limits: Annotated[bool, typer.Option("--limits", help="Hold the platforms' rate limits.")] = False,
    details: Annotated[Path | None, typer.Option(help="Write the details to this file, too.")] = None,
) -> None:
    """Start both sides on this machine, with a clock that can be moved."""
    with told():
        from crossdock.sandbox.contract import Options  # noqa: PLC0415
        from crossdock.sandbox.tree import announced, run_sandbox  # noqa: PLC0415

        options = Options(data=data, port=port, service_port=service_port, empty=empty, limits=limits, details=details)
        status = waited(run_sandbox(options, report=say, play=announced))
    raise typer.Exit(status)


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the story; 1 if an order ended wrongly.")] = False,
    port: StorePort = None,
    service_port: ServicePort = None,
) -> None:
    """Start both sides and play some thirty orders of two shops through them."""
    with told():
        from crossdock.sandbox.contract import Options  # noqa: PLC0415
        from crossdock.sandbox.demo import run_demo  # noqa: PLC0415

        status = waited(run_demo(Options(port=port, service_port=service_port), once=once, report=say))
    raise typer.Exit(status)


@orders.command("import")
def import_orders(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, also packed (.gz).")],
    columns: Annotated[
        str | None,
        typer.Option(help="field=Header,… where the columns are not those of Shopify's export: name, quantity, sku, …"),
    ] = None,
    create_products: Annotated[
        int | None, typer.Option(min=0, metavar="STOCK", help="Make unknown SKUs, with so many units of each.")
    ] = None,
    location: Annotated[str | None, typer.Option(help="Where these units lie: the service's place, or this.")] = None,
    stock_claim: Annotated[Claim, typer.Option(help="What an order does to stock.")] = Claim.BYPASS,
    request: Annotated[bool, typer.Option("--request", help="Ask the service at once to ship each order.")] = False,
    shop: Annotated[str | None, typer.Option(help="The shop's subdomain, where there are several.")] = None,
    details: Details = None,
) -> None:
    """Bring in the orders of a file. Running it again adds nothing twice."""
    with told():
        from rich.console import Console  # noqa: PLC0415

        from crossdock.cli import importing  # noqa: PLC0415
        from crossdock.domain.orders import StockClaim  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415
        from crossdock.store.importing.intake import Wishes  # noqa: PLC0415

        wishes = Wishes(stock=create_products, location=location, claim=StockClaim(stock_claim), request=request)
        job = importing.Job(file=file, columns=columns, shop=shop, wishes=wishes)
        try:
            waited(importing.import_orders(Settings(), details, job, Console()))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


@app.command()
def history(
    order: Annotated[str, typer.Argument(help="Its name, like #1001, or its id.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Replay the log; exit with 1 if it gives another order.")
    ] = False,
    shop: Annotated[str | None, typer.Option("--shop", help="The shop's subdomain, where there are several.")] = None,
    details: Details = None,
) -> None:
    """Print the log of an order: everything that happened to it, and who did it."""
    with told():
        from crossdock.cli import history as log  # noqa: PLC0415
        from crossdock.cli.printing import printed  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        sound = waited(log.show(Settings(), details, order, shop=shop, check=check, console=printed(soft_wrap=True)))
    raise typer.Exit(0 if sound else 1)


@app.command()
def verify(
    *,
    side: Annotated[Part, typer.Option(help="Whose database.")] = Part.BOTH,
    replay: Annotated[bool, typer.Option("--replay", help="Replay every order's log, too: slow.")] = False,
    details: Details = None,
) -> None:
    """Check that everything in the databases agrees; exit with 1 if anything does not."""
    with told():
        from rich.console import Console  # noqa: PLC0415

        from crossdock.cli import verifying  # noqa: PLC0415
        from crossdock.cli.sides import SERVICE, STORE  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        sides = {Part.STORE: (STORE,), Part.SERVICE: (SERVICE,), Part.BOTH: (STORE, SERVICE)}[side]
        sound = waited(verifying.verify(Settings(), details, sides, Console(soft_wrap=True), replay=replay))
    raise typer.Exit(0 if sound else 1)


@app.command()
def doctor() -> None:
    """Say what is wrong with this installation, and what to do about it."""
    with told():
        from crossdock.cli.doctor import examine, lines  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        async def show() -> bool:
            well = True
            async for finding in examine(Settings()):
                typer.echo(lines(finding))
                well = well and finding.problem is None
            return well

        well = waited(show())
    raise typer.Exit(0 if well else 1)


@store.command("serve")
def serve_store(host: Host = "127.0.0.1", port: int = 8000, workers: Workers = 1, socket: Socket = None) -> None:
    """Serve the store's APIs and pages. Without DATABASE_URL: with a PostgreSQL and a worker of its own."""
    serve("store", host, port, workers, socket)


@service.command("serve")
def serve_service(host: Host = "127.0.0.1", port: int = 8001, workers: Workers = 1, socket: Socket = None) -> None:
    """Serve the warehouse's callbacks, API and pages. Without SERVICE_DATABASE_URL: with a PostgreSQL of its own."""
    serve("service", host, port, workers, socket)


@store.command("work")
def work_store() -> None:
    """Run a worker of the store: what it sends, and what is due."""
    work("store")


@service.command("work")
def work_service() -> None:
    """Run a worker of the warehouse: what it pulls, decides and tells."""
    work("service")


@store.command("migrate")
def migrate_store() -> None:
    """Bring the store's database to the newest revision."""
    migrate("store")


@service.command("migrate")
def migrate_service() -> None:
    """Bring the service's database to the newest revision."""
    migrate("service")


@service.command("connect")
def connect(
    *,
    url: Annotated[str, typer.Argument(help="The store's address, such as https://my-shop.myshopify.com")],
    token: Annotated[str, typer.Option(prompt=True, hide_input=True, help="The access token that it gave.")],
    platform: Annotated[str, typer.Option(help="Whose store it is: shopify or next29.")] = "shopify",
    secret: Annotated[
        str | None, typer.Option(help="What signs its callbacks; made by us where the platform lets us.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="What it calls itself in its calls, if its host does not.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; else its own name.")] = None,
    service_name: Annotated[str, typer.Option(help="What we are called there.")] = "Crossdock",
    by_rest: Annotated[bool, typer.Option("--by-rest", help="Ask it by REST instead of GraphQL.")] = False,
) -> None:
    """Connect a store: our service or location is registered there, and its work is pulled from now on."""
    with told():
        from crossdock.cli import warehouse  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415
        from crossdock.service.setup import NewStore  # noqa: PLC0415

        if warehouse.needs_secret(platform) and secret is None:
            secret = str(typer.prompt("Secret", hide_input=True))
        new = NewStore(
            url=url,
            token=token,
            secret=secret,
            name=name,
            service_name=service_name,
            platform=platform,
            transport="rest" if by_rest else None,
            shop_domain=domain,
        )
        typer.echo(waited(warehouse.connect(Settings(), new)))


@service.command("ship")
def ship(
    *,
    order: Annotated[str, typer.Argument(help="The order's name, such as #1001, or the fulfillment order's id.")],
    carrier: Annotated[str, typer.Option(help="Who takes the parcel, such as UPS.")],
    number: Annotated[list[str], typer.Option(help="Its tracking number; again for each further one.")],
    line: Annotated[list[str] | None, typer.Option(help="SKU=2 for each article in it; else all that is left.")] = None,
    store_named: Annotated[str | None, typer.Option("--store", help="Its domain or id, if there are several.")] = None,
    details: Details = None,
) -> None:
    """Book a parcel as shipped; the store is told."""
    with told():
        from crossdock.cli import warehouse  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415
        from crossdock.service.handlers.shipping import ShipParcel  # noqa: PLC0415

        named = int(store_named) if store_named is not None and store_named.isdecimal() else store_named
        command = ShipParcel(
            store_id=0,
            carrier=carrier,
            tracking_numbers=tuple(number),
            fulfillment_order_id=int(order) if order.isdecimal() else None,
            order_name=None if order.isdecimal() else order,
            lines=warehouse.packed(line or ()),
        )
        typer.echo(waited(warehouse.ship(Settings(), details, command, named)))


@service_token.command("add")
def add_service_token(name: Annotated[str, typer.Argument(help="Who it is for.")]) -> None:
    """Make a token of the service's API and show it once."""
    with told():
        from crossdock.cli.access import make_service_token  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        typer.echo(waited(make_service_token(Settings(), name=name)))


@store_user.command("add")
def add_store_user(email: str, password: Password, name: str = "") -> None:
    """Let somebody log in to the store's pages."""
    add_user("store", email, name, password)


@service_user.command("add")
def add_service_user(email: str, password: Password, name: str = "") -> None:
    """Let somebody log in to the service's pages."""
    add_user("service", email, name, password)


def serve(side: str, host: str, port: int, workers: int, descriptor: int | None) -> None:
    with told():
        from crossdock.cli.running import serve_side  # noqa: PLC0415
        from crossdock.cli.sides import SIDES  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        waited(serve_side(SIDES[side], Settings(), host=host, port=port, workers=workers, descriptor=descriptor))


def work(side: str) -> None:
    with told():
        from crossdock.cli.running import work_side  # noqa: PLC0415
        from crossdock.cli.sides import SIDES  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        waited(work_side(SIDES[side], Settings()))


def migrate(side: str) -> None:
    with told():
        from crossdock.cli.sides import SIDES, bring_up_to_date, url_of  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        revision = waited(bring_up_to_date(SIDES[side], url_of(SIDES[side], Settings())))
        typer.echo(f"the database of the {side} side is at revision {revision}")


def add_user(side: str, email: str, name: str, password: str) -> None:
    with told():
        from crossdock.cli.access import make_user  # noqa: PLC0415
        from crossdock.cli.sides import SIDES  # noqa: PLC0415
        from crossdock.runtime.settings import Settings  # noqa: PLC0415

        waited(make_user(SIDES[side], Settings(), email=email, name=name or email, password=password))
        typer.echo(f"{email} may log in to the {side}'s pages")


def waited(main: Coroutine[Any, Any, T]) -> T:
    from crossdock.runtime.process import run  # noqa: PLC0415

    return run(main)


def say(text: str) -> None:
    typer.echo(text, err=True)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
