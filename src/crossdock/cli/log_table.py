"""An order's log as a table: what happened, in the words of its articles and locations."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.table import Table

from crossdock.domain.events import Event, EventKind, LoggedEvent

LOCATIONS = {"from_location": "from", "to_location": "to"}  # in this order
TIMES = frozenset({"fulfill_at", "fulfill_by", "estimated_shipped_at", "happened_at"})


def log_table(name: str, log: Sequence[LoggedEvent], places: Mapping[int, str]) -> Table:
    """Return a row an event. `places`: the names of locations."""
    table = Table(title=f"Order {name}", title_justify="left", box=None, pad_edge=False)
    for heading in ("#", "when", "what", "who", "fulfillment order", "state", "more"):
        table.add_column(heading, overflow="fold")
    goods = articles(log)
    for each in log:
        event = each.event
        table.add_row(
            str(each.sequence),
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            event.kind.replace("_", " "),
            each.actor,
            str(event.fulfillment_order_id or event.fulfillment_id or ""),
            " / ".join(filter(None, (event.status, event.request_status))),
            " · ".join(particulars(event, goods, places)),
        )
    return table


def articles(log: Sequence[LoggedEvent]) -> Mapping[int, str]:
    """Return what order lines are of, by the ids of the lines and of those of fulfillment orders."""
    changes = [each.event.after for each in log if each.event.after]
    lines = [line for after in changes for line in (*(after.order.lines if after.order else ()), *after.lines)]
    goods = {line.id: line.sku or line.title for line in lines}
    for after in changes:
        for one in (*(after.order.fulfillment_orders if after.order else ()), *after.fulfillment_orders):
            goods.update((line.id, goods[line.order_line_id]) for line in one.lines if line.order_line_id in goods)
    return goods


def particulars(event: Event, goods: Mapping[int, str], places: Mapping[int, str]) -> Iterator[str]:
    """Say how much of what, why, and what else is known of an event."""
    if event.lines:
        yield ", ".join(f"{line.quantity} {goods.get(line.order_line_id, line.order_line_id)}" for line in event.lines)
    yield from filter(None, (event.reason, event.message))
    yield from faults(event, goods)
    for name, words in LOCATIONS.items():
        if isinstance(location_id := event.details.get(name), int):
            yield f"{words} {places.get(location_id, location_id)}"
    for name, value in event.details.items():
        told = name in LOCATIONS or (name == "units" and event.lines)
        if told or value in {None, ""} or value == event.fulfillment_order_id:
            continue
        if name in TIMES and isinstance(value, str):
            yield f"{name.replace('_', ' ')}: {datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S}"
        else:
            yield f"{name.replace('_', ' ')}: {value}"


def faults(event: Event, goods: Mapping[int, str]) -> Iterator[str]:
    """Say what a service that declined found wrong with single lines."""
    if event.kind is not EventKind.FULFILLMENT_REQUEST_REJECTED or event.after is None:
        return
    for one in event.after.fulfillment_orders:
        for request in one.requests:
            for fault in request.line_rejections:
                line = fault.fulfillment_order_line_id
                yield f"{goods.get(line, f'line {line}')}: {fault.message or 'at fault'}"
