"""The page of the documentation that holds the last full run."""

from collections.abc import Mapping, Sequence
from datetime import date

from benchmarks.pricing import HEADINGS, Result, rows

_PAGE = """# Benchmarks

`make bench` measures on generated rings, in one run: how long the engine takes for box, volume, area, watertightness
and parts of a file; how long trimesh 5.2 (and numpy-stl, if it is installed) takes for the same; and how long merely
reading the bytes takes, which nobody can beat. Each measurement has a process of its own and is taken above the time
for a file of twelve triangles, because warm workers pay no imports; the file lies in the page cache. What takes less
than some seconds is run up to five times, and the quickest counts: others may be at work on the machine. Peak memory is
that of the whole process, libraries included. The engine does more in that time than it is asked for: a SHA-256 of
the file, edges that are open, doubled or disagreed upon, inertia, and a search for shells that are inside out. A run
in which two of them disagree about a measure by more than 0.01% fails.

`make bench` leaves its figures in `build/bench.json`; `python -m benchmarks --record` rewrites this page, `--quick`
stops at a million triangles.

## Last full run

{day}, {cores:.0f} cores, {memory_gib:.0f} GiB of memory, load average before it {load_before}.

{table}
"""


def page(day: date, machine: Mapping[str, float], results: Sequence[Result]) -> str:
    """Return the page in Markdown."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---|---:|---|" + "---:|" * (len(HEADINGS) - 3)]
    lines += ["| " + " | ".join(row) + " |" for row in rows(results)]
    return _PAGE.format(day=day.isoformat(), table="\n".join(lines), **machine)
