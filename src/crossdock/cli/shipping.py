"""`crossdock store shop add-shipping-method`: ways of sending that a shop offers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.problems import Problem, told
from crossdock.cli.shops import Details, Subdomain

if TYPE_CHECKING:
    from crossdock.domain.shipping_methods import ShippingPrice


def add_shipping_method(
    subdomain: Subdomain,
    code: Annotated[str, typer.Argument(help="By which orders name it: letters, digits, - and _.")],
    name: Annotated[str, typer.Argument(help="How shoppers know it.")],
    *,
    prices: Annotated[
        list[str] | None, typer.Option("--price", help="What it costs, such as EUR:4.90; repeat it.")
    ] = None,
    countries: Annotated[
        list[str] | None, typer.Option("--country", help="Where it goes to, an ISO code; repeat it. Else everywhere.")
    ] = None,
    delivery_time: Annotated[str, typer.Option(help="How long it takes, in words.")] = "",
    description: Annotated[str, typer.Option(help="More about it.")] = "",
    hidden: Annotated[bool, typer.Option("--hidden", help="Shoppers cannot choose it.")] = False,
    details: Details = None,
) -> None:
    """Offer one more way of sending, by which orders of 29 Next's wire can be placed."""
    with told():
        from crossdock.cli.desks import desk, opened  # noqa: PLC0415
        from crossdock.domain.shipping_methods import AddShippingMethod  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        command = AddShippingMethod(
            code=code,
            name=name,
            description=description,
            countries=tuple(country.upper() for country in countries or ()),
            delivery_time=delivery_time,
            is_public=not hidden,
            prices=read_prices(prices or ()),
        )

        async def add() -> None:
            async with opened(desk(details, subdomain)) as open_shop:
                await open_shop.tell(command)

        run(add())
        typer.echo(f"{subdomain} offers {code}")


def read_prices(texts: Sequence[str]) -> "tuple[ShippingPrice, ...]":
    """Raises: Problem for what is not a currency and an amount."""
    from crossdock.dialects.next29.wire import read_money  # noqa: PLC0415
    from crossdock.domain.shipping_methods import ShippingPrice  # noqa: PLC0415

    prices = []
    for text in texts:
        currency, _, amount = text.partition(":")
        try:
            prices.append(ShippingPrice(currency=currency.upper(), amount=read_money(amount, currency.upper())))
        except ValueError as error:
            raise Problem(f"{text!r} is no price; write EUR:4.90") from error
    return tuple(prices)
