"""`crossdock verify`: do the invariants hold in the databases of this installation?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg
from rich.console import Console

from crossdock.cli.sides import STORE, Side, url_of
from crossdock.runtime.postgres.pool import prepare_connection
from crossdock.runtime.settings import Settings
from crossdock.runtime.verify import MOST_ROWS, Invariant, Offence, check_at_once


async def verify(
    settings: Settings, details: Path | None, sides: Sequence[Side], console: Console, *, replay: bool
) -> bool:
    """Check the invariants of each side, print them, and say whether all of them hold.

    `replay`: replay the log of every order of the store, too.
    """
    sound = True
    for side in sides:
        url = url_of(side, settings, details)
        invariants = invariants_of(side)
        offences = await check_at_once(url, invariants)
        if replay and side is STORE:
            from crossdock.store.verify import REPLAY  # noqa: PLC0415

            invariants = (*invariants, REPLAY)
            offences += await replayed(url)
        show(console, side, invariants, offences)
        sound = sound and not offences
    return sound


async def replayed(url: str) -> Sequence[Offence]:
    """Replay the log of every order of a store."""
    from crossdock.store.verify import replayed as replayed_on  # noqa: PLC0415

    connection = await asyncpg.connect(url)
    try:
        await prepare_connection(connection)
        return await replayed_on(connection)
    finally:
        await connection.close()


def invariants_of(side: Side) -> Sequence[Invariant]:
    """Return what always holds on a side. Only that side is loaded."""
    if side is STORE:
        from crossdock.store.verify import INVARIANTS as OF_STORE  # noqa: PLC0415

        return OF_STORE
    from crossdock.service.verify import INVARIANTS as OF_SERVICE  # noqa: PLC0415

    return OF_SERVICE


def show(console: Console, side: Side, invariants: Sequence[Invariant], offences: Sequence[Offence]) -> None:
    console.print(f"[bold]{side.name}[/bold]")
    for invariant in invariants:
        rows = [offence.row for offence in offences if offence.invariant == invariant.name]
        mark = "[red]broken[/red]" if rows else "[green]ok[/green]    "
        console.print(f"  {mark} {invariant.name}: {invariant.says}", highlight=False)
        for row in rows[:MOST_ROWS]:
            console.print(f"           {in_words(row)}", highlight=False, markup=False)
        if len(rows) >= MOST_ROWS:
            console.print(f"           (the first {MOST_ROWS}; there may be more)", highlight=False)
    broken = len({offence.invariant for offence in offences})
    told = f"{broken} of {len(invariants)} are broken" if broken else f"all {len(invariants)} hold"
    console.print(f"  {told}", highlight=False)


def in_words(row: Mapping[str, object]) -> str:
    """Return what a row says, as it can be looked for: `shop_id 1 · order_id 42 · sequence 3`."""
    return " · ".join(f"{name} {'nothing' if value is None else value}" for name, value in row.items())
