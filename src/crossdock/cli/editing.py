"""What `crossdock orders edit` does."""

from collections.abc import Iterable
from dataclasses import dataclass

from crossdock.cli.desks import Desk, Open, opened
from crossdock.cli.problems import Problem
from crossdock.domain.assortment import FindVariants
from crossdock.domain.commands import EditOrder, LineQuantity, NewOrderLine
from crossdock.domain.orders import Order, OrderLine
from crossdock.domain.queries import ListOrders
from crossdock.domain.refusals import NotEditable

DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an order is to be: `MUG=2` for so many of a line that there is, or of one to add."""

    wanted: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    note: str | None = None
    restock: bool = True


async def edit(desk: Desk, name: str, wish: Wish) -> None:
    """Change an order and print what is ordered now. Raises: Problem."""
    async with opened(desk) as shop:
        order = await find_order(shop, name)
        command = EditOrder(
            order_id=order.id,
            quantities=tuple(
                LineQuantity(id=line_of(order, line).id, quantity=units) for line, units in map(read_units, wish.wanted)
            ),
            added=await new_lines(shop, wish.added),
            restock=wish.restock,
            staff_note=wish.note,
        )
        try:
            edited: Order = (await shop.tell(command)).order
        except NotEditable as refused:
            raise Problem(why_not(order, refused)) from refused
    desk.console.print(summary(edited), markup=False, highlight=False)


async def find_order(shop: Open, name: str) -> Order:
    """Return the order of a name, with or without its #, or of an id. Raises: Problem."""
    found = (await shop.ask(ListOrders(name=name, status="any"))).items
    if not found and name.isdecimal():
        found = (await shop.ask(ListOrders(ids=(int(name),), status="any"))).items
    if not found:
        raise Problem(f"there is no order {name!r}")
    newest: Order = found[0]
    return newest


def line_of(order: Order, name: str) -> OrderLine:
    """Return the line of a SKU or an id. Raises: Problem."""
    found = [line for line in order.lines if name in (line.sku, str(line.id))]
    if not found:
        there = ", ".join(line.sku or str(line.id) for line in order.lines)
        raise Problem(f"order {order.name} has no line {name!r}; it has {there}")
    if len(found) > 1:
        raise Problem(f"several lines are of {name!r}; name one by its id: {', '.join(str(each.id) for each in found)}")
    return found[0]


async def new_lines(shop: Open, texts: Iterable[str]) -> tuple[NewOrderLine, ...]:
    """Raises: Problem for a SKU that the shop does not have."""
    units = [read_units(text) for text in texts]
    ids = await shop.ask(FindVariants(skus=tuple(sku for sku, _ in units))) if units else {}
    for sku, _ in units:
        if sku not in ids:
            raise Problem(f"there is no article {sku!r}")
    return tuple(NewOrderLine(variant_id=ids[sku], quantity=quantity) for sku, quantity in units)


def read_units(text: str) -> tuple[str, int]:
    """Read `MUG=2`. Raises: Problem."""
    name, _, units = text.rpartition("=")
    if not name or not units.isdecimal() or len(units) > DIGITS:
        raise Problem(f"{text!r} is no quantity; write MUG=2")
    return name, int(units)


def why_not(order: Order, refused: NotEditable) -> str:
    line = order.line(refused.order_line_id)
    return (
        f"{refused.asked} of {line.sku or line.title} cannot be taken out, {refused.editable} can: the others were "
        "shipped, or a service was asked for them, which has to let go of them first"
    )


def summary(order: Order) -> str:
    """Say what is ordered now."""
    units = [f"{line.quantity - line.removed} {line.sku or line.title}" for line in order.lines]
    left = [text for text, line in zip(units, order.lines, strict=True) if line.quantity > line.removed]
    return f"{order.name}: {', '.join(left) or 'nothing is ordered any more'}"
