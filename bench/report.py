"""What was measured, as a table to read and as JSON to keep."""

import json
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.delivering import Delivered
from bench.measuring import Comparison

RESULTS = Path(__file__).parent / "results"

COLUMNS = (
    "work",
    "connections",
    "a second",
    "p50 ms",
    "p99 ms",
    "server CPU ms",
    "floor a second",
    "floor p50 ms",
    "ratio",
)


def print_table(comparisons: Sequence[Comparison], console: Console) -> None:
    table = Table(title="The store beside its floor: the same statements with the same rows, straight over asyncpg")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "work" else "right")
    for each in comparisons:
        table.add_row(
            each.work,
            str(each.connections),
            f"{each.store.per_second:,.0f}",
            f"{each.store.quantile(0.5) * 1000:.1f}",
            f"{each.store.quantile(0.99) * 1000:.1f}",
            f"{each.store.cpu_each * 1000:.2f}",
            f"{each.floor.per_second:,.0f}",
            f"{each.floor.quantile(0.5) * 1000:.1f}",
            f"{each.ratio:.0%}",
        )
    console.print(table)


def print_deliveries(delivered: Delivered, console: Console) -> None:
    console.print(
        f"{delivered.webhooks:,} webhooks to a fast endpoint by {delivered.workers} workers: "
        f"{delivered.per_second:,.0f} a second, p50 {delivered.p50 * 1000:.1f} ms, p99 {delivered.p99 * 1000:.1f} ms, "
        f"{delivered.cpu / delivered.webhooks * 1000:.2f} ms of the workers' processors each",
        soft_wrap=True,
    )


def write_json(comparisons: Sequence[Comparison], delivered: Delivered, *, postgres: str, seconds: float) -> Path:
    """Write a file named after the time, and return its path."""
    RESULTS.mkdir(exist_ok=True)
    now = time.gmtime()
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%SZ', now)}.json"
    about = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", now),
        "seconds": round(seconds, 1),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgres": postgres,
        "system": platform.platform(),
    }
    results = [_row(each) for each in comparisons]
    path.write_text(json.dumps({**about, "results": results, "deliveries": _deliveries(delivered)}, indent=2) + "\n")
    return path


def _row(each: Comparison) -> dict[str, str | int | float]:
    return {
        "work": each.work,
        "connections": each.connections,
        "count": len(each.store.latencies),
        "per_second": round(each.store.per_second, 1),
        "p50_ms": round(each.store.quantile(0.5) * 1000, 3),
        "p99_ms": round(each.store.quantile(0.99) * 1000, 3),
        "server_cpu_ms": round(each.store.cpu_each * 1000, 3),
        "floor_per_second": round(each.floor.per_second, 1),
        "floor_p50_ms": round(each.floor.quantile(0.5) * 1000, 3),
        "floor_p99_ms": round(each.floor.quantile(0.99) * 1000, 3),
        "ratio": round(each.ratio, 3),
    }


def _deliveries(delivered: Delivered) -> dict[str, int | float]:
    return {
        "webhooks": delivered.webhooks,
        "workers": delivered.workers,
        "per_second": round(delivered.per_second, 1),
        "p50_ms": round(delivered.p50 * 1000, 3),
        "p99_ms": round(delivered.p99 * 1000, 3),
        "worker_cpu_ms": round(delivered.cpu / delivered.webhooks * 1000, 3),
    }
