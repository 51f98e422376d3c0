"""``make bench``: everything that is measured, as a table and as JSON in benchmarks/results.

``python -m benchmarks [--only arrivals|fanout|reads|outcomes|pages] [--database sqlite|postgresql] [--quick]``
"""

import argparse
import asyncio
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import arrivals, fanout, outcomes, pages, reads

RESULTS = Path(__file__).parent / "results"
COLUMNS = ("name", "database", "processes", "per_second", "cpu_ms_each", "p95_ms", "peak_rss_mb", "lost")
DATABASES = ("sqlite", "postgresql")
OF_PAGES = ("name", "database", "cpu_ms_each", "median_ms", "p95_ms", "p95_of_aim", "kb", "kb_of_aim")


async def measure(
    only: str | None, *, databases: Sequence[str] = DATABASES, quick: bool = False
) -> list[dict[str, Any]]:
    """Run the benchmarks one after the other, so that none slows another."""
    rows: list[dict[str, Any]] = []
    for database in databases:
        for processes in (1, 2):
            if quick and (database, processes) != ("postgresql", 2):
                continue
            if only in {None, "arrivals"}:
                rows += _rows(await arrivals.run(database=database, processes=processes))
            if only in {None, "fanout"}:
                rows += _rows(await fanout.run(database=database, processes=processes))
            if only in {None, "reads"}:
                rows += _rows(await reads.run(database=database, processes=processes))
        if only in {None, "outcomes"} and not quick:
            rows += await outcomes.run(database=database)
        if only in {None, "pages"} and not quick:
            rows += await pages.run(database=database)
    return rows


def _rows(found: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(found)] if isinstance(found, Mapping) else [dict(row) for row in found]


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the table; what has no place in a column stands under it."""
    console = Console(width=max(120, Console().width))
    for columns in (COLUMNS, OF_PAGES):
        chosen = [row for row in rows if "cpu_ms_each" in row and ("kb" in row) is (columns is OF_PAGES)]
        if chosen:
            table = Table(*columns)
            for row in chosen:
                table.add_row(*(_text(row.get(column)) for column in columns))
            console.print(table)
    for row in rows:
        if "cpu_ms_each" not in row:
            console.print(", ".join(f"{name} {_text(value)}" for name, value in row.items()))


def _text(value: object) -> str:
    if value is None:
        return ""
    return (
        f"{value:,.2f}"
        if isinstance(value, float) and value < 100
        else f"{value:,.0f}"
        if isinstance(value, int | float)
        else str(value)
    )


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["arrivals", "fanout", "reads", "outcomes", "pages"])
    parser.add_argument("--database", choices=DATABASES, help="on this one alone")
    parser.add_argument("--quick", action="store_true", help="PostgreSQL with two processes alone")
    asked = parser.parse_args()
    databases = (asked.database,) if asked.database else DATABASES
    rows = asyncio.run(measure(asked.only, databases=databases, quick=asked.quick))
    show(rows)
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    about = {"python": platform.python_version(), "machine": platform.machine(), "cores": psutil.cpu_count()}
    kept.write_text(json.dumps({"about": about, "rows": rows}, indent=1))
    print(f"kept in {kept}", file=sys.stderr)


if __name__ == "__main__":
    main()
