"""What the commands of `crossdock route` do."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from crossdock.cli.desks import Desk, opened
from crossdock.cli.problems import Problem
from crossdock.domain.geography import Precision
from crossdock.domain.places import Coordinates, Location
from crossdock.domain.refusals import Refusal
from crossdock.domain.routing.comparison import Comparison, Sum, compare, summed
from crossdock.domain.routing.plan import Explanation, Step
from crossdock.domain.routing.route import Routing, position
from crossdock.domain.routing.rules import RULES, RuleSetting, check_rules
from crossdock.domain.routing.settings import (
    ExplainRouting,
    GetRoutingRules,
    OrderRouting,
    RankLocations,
    SetLocationReach,
    SetRoutingRules,
)
from crossdock.store.database.past_orders import past_orders
from crossdock.store.gazetteer.places import places

MOST_LISTED = 40  # orders in a table; --json has all of them


async def explain(desk: Desk, order: str, *, as_json: bool) -> None:
    """Print why an order's units went where they went. Raises: Problem."""
    async with opened(desk) as shop:
        found: OrderRouting = await shop.ask(ExplainRouting(order=order))
        names = {location.id: location.name for location in (await shop.locations()).values()}
    if as_json:
        print_json(desk.console, msgspec.to_builtins(found) | {"locations": msgspec.to_builtins(names, str_keys=True)})
        return
    if not found.routings:
        raise Problem(f"order {found.name} was never routed: it came into the database by another way")
    lines = {line.id: f"{line.sku or line.title} x {line.quantity}" for line in found.lines}
    for routed in found.routings:
        why = routed.explanation
        where = f"to {why.country or 'an unknown country'}"
        located = f", found by its {why.located_by.replace('_', ' ')}" if why.located_by else ""
        desk.console.print(f"[bold]{found.name}[/bold], routed {routed.at:%Y-%m-%d %H:%M} UTC, {where}{located}")
        desk.console.print(f"rules in force: {', '.join(why.rules)}", soft_wrap=True)
        for step in why.steps:
            desk.console.print(step_table(step, why, names, lines))


def step_table(step: Step, why: Explanation, names: Mapping[int, str], lines: Mapping[int, str]) -> Table:
    """Return one group of lines with every location that was in question."""
    told = ", ".join(
        f"{units} of {lines.get(line, f'line {line}')}" for line, units in zip(step.lines, step.units, strict=True)
    )
    table = Table("location", "km", "what became of it", title=told, title_justify="left", title_style="")
    dropped = {location_id: rule for rule, ids in step.dropped.items() for location_id in ids}
    for location_id in why.candidates:
        far = f"{why.distances[location_id]:,.0f}" if location_id in why.distances else ""
        table.add_row(names.get(location_id, str(location_id)), far, verdict(location_id, step, dropped))
    return table


def verdict(location_id: int, step: Step, dropped: Mapping[int, str]) -> str:
    waits = "; waits here, unavailable" if not step.available and location_id == step.location_id else ""
    if location_id in dropped:
        return f"dropped by {dropped[location_id]}{waits}"
    return f"[bold]ships[/bold], kept by {step.rule}" if step.rule else "[bold]ships[/bold], the only one"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which rules to try, on which orders; `everything`: tell also of orders for which nothing changes."""

    files: tuple[Path, ...]
    since: datetime
    everything: bool


async def simulate(desk: Desk, wish: Wish, *, as_json: bool) -> None:
    """Route past orders again by each file's rules and the shop's own, and print how that compares.

    The own rules of a shop that never said how are those that each order went by. Raises: Problem.
    """
    drafts = {file.stem: read_rules(file) for file in wish.files}
    if len(drafts) < len(wish.files):
        raise Problem("two of the files have one name, by which the rules are told apart")
    async with opened(desk) as shop:
        said = await shop.pool.fetchval("SELECT routing_rules IS NOT NULL FROM shops WHERE id = $1", shop.shop_id)
        sets = {"rules now": await shop.ask(GetRoutingRules()) if said else None, **drafts}
        routings = {
            name: None if chosen is None else Routing(rules=chosen, places=places()) for name, chosen in sets.items()
        }
        sites = await shop.locations()
        active = [location for location in sites.values() if location.active]
        comparisons: list[Comparison] = []
        async with shop.pool.acquire() as connection:
            async for orders in past_orders(connection, shop.origin.shop_id, wish.since):
                comparisons += compare(orders, active, routings, places())
    sums = summed(comparisons)
    told = [each for each in comparisons if wish.everything or each.differs]
    if as_json:
        print_json(desk.console, json_of(wish, sets, sums, told))
        return
    desk.console.print(sum_table(sums, wish.since))
    if told:
        desk.console.print(order_table(told, list(sums), {each.id: each.name for each in sites.values()}))
    if len(told) > MOST_LISTED:
        desk.console.print(f"and {len(told) - MOST_LISTED} more orders: --json has them all")


def sum_table(sums: Mapping[str, Sum], since: datetime) -> Table:
    table = Table(title=f"orders since {since:%Y-%m-%d %H:%M} UTC", title_justify="left")
    table.add_column("rules", no_wrap=True)
    for heading in ("orders", "splits", "km", "lines nowhere", "go elsewhere"):
        table.add_column(heading, justify="right")
    for name, each in sums.items():
        partly = "" if each.measured == each.orders else f" ({each.measured:,} orders)"
        far = f"{each.distance_km:,.0f}{partly}"
        counts = (f"{each.orders:,}", f"{each.splits:,}", far, f"{each.unroutable_lines:,}", f"{each.elsewhere:,}")
        table.add_row(name, *counts)
    return table


def order_table(told: Sequence[Comparison], sets: Sequence[str], names: Mapping[int, str]) -> Table:
    table = Table("order", *sets)
    for comparison in told[:MOST_LISTED]:
        cells = []
        for name in sets:
            outcome = comparison.outcomes.get(name)
            if outcome is None:
                cells.append("")
                continue
            where = " + ".join(names.get(each, str(each)) for each in outcome.locations) or "nowhere"
            far = "" if outcome.distance_km is None else f", {outcome.distance_km:,.0f} km"
            cells.append(where + far + (f", {outcome.unroutable} unroutable" if outcome.unroutable else ""))
        table.add_row(comparison.order.name, *cells)
    return table


def json_of(
    wish: Wish, sets: Mapping[str, Sequence[RuleSetting] | None], sums: Mapping[str, Sum], told: Sequence[Comparison]
) -> Mapping[str, object]:
    return {
        "since": wish.since.isoformat(),
        "sets": [
            {
                "name": name,
                "rules": None if (chosen := sets.get(name)) is None else [rule.name for rule in chosen if rule.on],
                **msgspec.to_builtins(each),
            }
            for name, each in sums.items()
        ],
        "orders": [
            {
                "id": each.order.id,
                "name": each.order.name,
                "created_at": each.order.created_at.isoformat(),
                "differs": each.differs,
                "outcomes": {
                    name: {**msgspec.to_builtins(outcome), "splits": outcome.splits}
                    for name, outcome in each.outcomes.items()
                },
            }
            for each in told
        ],
    }


async def rules(desk: Desk, file: Path | None) -> None:
    """Print the shop's rules, or apply those of a file. Raises: Problem."""
    async with opened(desk) as shop:
        if file is not None:
            await shop.tell(SetRoutingRules(rules=read_rules(file)))
        settings: Sequence[RuleSetting] = await shop.ask(GetRoutingRules())
    print_plain(desk.console, "# The rules that apply, in their order. Those that are off stand behind a #.")
    print_plain(desk.console, "rules = [")
    for rule in settings:
        print_plain(desk.console, f'  {"" if rule.on else "# "}"{rule.name}",')
    print_plain(desk.console, "]")


async def locations(desk: Desk, first: Sequence[str]) -> None:
    """Print the shop's locations in their order, after changing it if asked to. Raises: Problem."""
    async with opened(desk) as shop:
        if first:
            known = await shop.locations()
            await shop.tell(RankLocations(location_ids=tuple(named(known, each) for each in first)))
        sites = await shop.locations()
    table = Table("rank", "location", "ships to", "where it is")
    for rank, site in enumerate((each for each in sites.values() if each.active), 1):
        table.add_row(str(rank), site.name, ", ".join(site.destinations) or "everywhere", whereabouts(site))
    desk.console.print(table)


def whereabouts(site: Location) -> str:
    """Say where distances are measured from."""
    found = position(site, places())
    if found is None:
        return "nobody knows"
    at = f"{found.coordinates.latitude:.2f}, {found.coordinates.longitude:.2f}"
    return at if found.by is Precision.COORDINATES else f"{at} by its {found.by.replace('_', ' ')}"


async def reach(desk: Desk, location: str, countries: Sequence[str], at: Coordinates | None) -> None:
    """Say to which countries a location ships, and where it is; then print all locations. Raises: Problem."""
    async with opened(desk) as shop:
        location_id = named(await shop.locations(), location)
        codes = tuple(country.upper() for country in countries)
        await shop.tell(SetLocationReach(location_id=location_id, destinations=codes, coordinates=at))
    await locations(desk, ())


def named(known: Mapping[int, Location], text: str) -> int:
    """Return the location of a name or an id. Raises: Problem."""
    for location in known.values():
        if text.casefold() in (location.name.casefold(), str(location.id)):
            return location.id
    raise Problem(f"there is no location {text!r}; there are {', '.join(each.name for each in known.values())}")


def read_rules(file: Path) -> tuple[RuleSetting, ...]:
    """Read `rules = ["…", …]`: the names of the rules that apply, in their order. Raises: Problem."""
    try:
        names = tomllib.loads(file.read_text(encoding="utf-8")).get("rules")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise Problem(f"cannot read {file}: {wrong}") from wrong
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Problem(f'{file} must say rules = ["…", …] with some of {", ".join(RULES)}, in their order')
    settings = tuple(RuleSetting(name=name) for name in names)
    try:
        check_rules(settings)
    except Refusal as refusal:
        raise Problem(f"{file}: {refusal}") from refusal
    return settings


def parse_point(text: str | None) -> Coordinates | None:
    """Read degrees north and east. Raises: Problem."""
    if text is None:
        return None
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as wrong:
        raise Problem(f"{text!r} is no place: write it like 55.70,13.19") from wrong
    return Coordinates(latitude=latitude, longitude=longitude)


def print_json(console: Console, value: object) -> None:
    print_plain(console, msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_plain(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
