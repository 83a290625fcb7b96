"""`python -m benchmarks`: measure, show, and keep the figures in `build/bench.json`."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import pricing
from benchmarks.report import page

_OUT = Path("build/bench.json")
_PAGE_WIDTH = 120
_PAGE = Path("docs/benchmarks.md")
_FULL = (100_000, 1_000_000, 10_000_000)
_QUICK = (100_000, 1_000_000)
_OTHER_FORMATS_AT = 1_000_000
_QUICK_OTHER_FORMATS_AT = 100_000


def machine() -> dict[str, float]:
    """Return what the figures depend on: cores, memory, and who else was at work."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / (1 << 30)),
        "load_before": round(os.getloadavg()[0], 1),
    }


@click.command()
@click.option("--quick", is_flag=True, help="Up to a million triangles only: half a minute.")
@click.option("--record", is_flag=True, help="Write docs/benchmarks.md from this run.")
def main(quick: bool, record: bool) -> None:
    """Measure what the design promises; the largest file needs about 6 GB for those we compare with."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PAGE_WIDTH)
    ran_on = machine()
    cases = pricing.cases(_QUICK if quick else _FULL, _QUICK_OTHER_FORMATS_AT if quick else _OTHER_FORMATS_AT)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=sum(1 + len(case.subjects) for case in cases))
        results = pricing.run(
            cases,
            begin=lambda what: progress.update(task, description=what),
            end=lambda: progress.advance(task),
        )
    console.print(pricing.table(results))
    _OUT.parent.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    _OUT.write_text(
        json.dumps({"at": now.isoformat(), "machine": ran_on, "pricing": pricing.records(results)}, indent=2) + "\n"
    )
    console.print(f"kept in {_OUT}")
    if record:
        _PAGE.write_text(page(now.date(), ran_on, results))
        console.print(f"written to {_PAGE}")


if __name__ == "__main__":
    main()
