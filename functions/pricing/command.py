"""Price files on this machine, without any cloud: what an engineer or a curious seller runs.

    pricing.command.price_files([Path("ring.stl")], material="silver_925", finish="polished", unit="mm", as_json=True)

The price is that of one piece at standard lead time, by the first price list and metal rates.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBars
from rich.table import Table

from alexandrite.domain.company import Company
from alexandrite.domain.findings import findings_for
from alexandrite.domain.models import Analysis, Finding, Severity
from alexandrite.domain.orders import LeadTime
from alexandrite.domain.price_lists import FIRST_METAL_RATES, FIRST_PRICE_LIST
from alexandrite.domain.prices import Price, PricedLineInput, Unpriceable, price_lines
from pricing.isolation import Limits, ModelRefused, Progress, analyse_file

_MINOR_PER_UNIT = 100


@dataclass(frozen=True, slots=True)
class Quote:
    """What became of one file: an analysis with findings and perhaps a price, or a refusal."""

    file: Path
    analysis: Analysis | None = None
    findings: tuple[Finding, ...] = ()
    price: Price | None = None
    refusal: ModelRefused | None = None


def price_files(
    paths: Sequence[Path],
    *,
    material: str,
    finish: str,
    unit: str | None,
    as_json: bool,
    out: TextIO | None = None,
) -> int:
    """Price one piece of each file and write the result: one JSON object per line, or a table for people.

    It goes to `out`, or to standard output. A file that could not be analysed has `error` with `code` and `detail`; one
    with blocking findings has `price` null. Lengths are millimetres, volumes mm3, areas mm2; volume is null where the
    surface encloses none.

    Returns:
        0 when every file has a price, otherwise 1.

    Raises:
        Invalid: unknown material, or a finish that the material does not take.
    """
    out = out or sys.stdout
    FIRST_PRICE_LIST.treatment(FIRST_PRICE_LIST.material(material), finish)
    if as_json:
        quotes = _write_lines(_quote_all(paths, material, finish, unit, lambda _path, _progress: None), out)
    else:
        quotes = _write_table(paths, material, finish, unit, out)
    return 0 if all(quote.price is not None for quote in quotes) else 1


def _quote_all(
    paths: Iterable[Path], material: str, finish: str, unit: str | None, listener: Callable[[Path, Progress], None]
) -> Iterator[Quote]:
    for path in paths:
        try:
            analysis = analyse_file(path, unit=unit, limits=Limits(), progress=partial(listener, path))
        except ModelRefused as refusal:
            yield Quote(path, refusal=refusal)
        except OSError as failure:
            yield Quote(path, refusal=ModelRefused("file.unreadable", failure.strerror or str(failure)))
        else:
            yield _quote(path, analysis, material, finish)


def _quote(path: Path, analysis: Analysis, material: str, finish: str) -> Quote:
    findings = findings_for(analysis, FIRST_PRICE_LIST.material(material))
    try:
        price = price_lines(
            [PricedLineInput("1", analysis, material, finish, quantity=1)],
            FIRST_PRICE_LIST,
            FIRST_METAL_RATES,
            LeadTime.STANDARD,
            delivery_cost_minor=0,
            now=datetime.now(UTC),
            next_working_day=Company().calendar.next_working_day,
        )
    except Unpriceable:
        return Quote(path, analysis, findings)
    return Quote(path, analysis, findings, price)


def _write_lines(quotes: Iterable[Quote], out: TextIO) -> list[Quote]:
    written = []
    for quote in quotes:
        print(json.dumps(_record(quote), ensure_ascii=False, allow_nan=False), file=out, flush=True)
        written.append(quote)
    return written


def _record(quote: Quote) -> dict[str, Any]:
    analysis = quote.analysis
    if analysis is None:
        refusal = quote.refusal
        error = {"code": refusal.code, "detail": refusal.detail} if refusal else None
        return {"file": str(quote.file), "error": error}
    box = analysis.bounding_box
    return {
        "file": str(quote.file),
        "sha256": analysis.sha256,
        "format": analysis.format.value,
        "unit": analysis.unit.value,
        "unit_source": analysis.unit_source.value,
        "triangles": analysis.triangles,
        "bounding_box_mm": [box.lower_mm, box.upper_mm],
        "size_mm": box.size_mm,
        "volume_mm3": analysis.volume_mm3,
        "area_mm2": analysis.area_mm2,
        "centroid_mm": analysis.centroid_mm,
        "watertight": analysis.watertight,
        "components": analysis.components,
        "findings": [finding.model_dump(mode="json", exclude_none=True) for finding in quote.findings],
        "price": None if quote.price is None else quote.price.model_dump(mode="json"),
        "engine_version": analysis.engine_version,
        "price_list_version": FIRST_PRICE_LIST.version,
    }


def _write_table(paths: Sequence[Path], material: str, finish: str, unit: str | None, out: TextIO) -> list[Quote]:
    console = Console(file=out)
    table = Table(title=f"{material}, {finish}, 1 piece, VAT included")
    table.add_column("File")
    for heading in ("Size, mm", "Mass, g", "Price"):
        table.add_column(heading, justify="right")
    table.add_column("Findings")
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"), TimeRemainingColumn())
    quotes = []
    with ProgressBars(*columns, console=console, transient=True) as bars:
        whole = bars.add_task("all files", total=len(paths), stage="")
        current = bars.add_task("", total=1.0, stage="")

        def show(path: Path, progress: Progress) -> None:
            bars.update(current, description=path.name, completed=progress.done, stage=progress.stage.value)

        for quote in _quote_all(paths, material, finish, unit, show):
            bars.advance(whole)
            quotes.append(quote)
            table.add_row(*_row(quote))
    console.print(table)
    return quotes


def _row(quote: Quote) -> tuple[str, str, str, str, str]:
    name = escape(quote.file.name)
    if quote.analysis is None:
        reason = f"[red]{quote.refusal.code}[/]: {escape(quote.refusal.detail)}" if quote.refusal else ""
        return (name, "", "", "[red]refused[/]", reason)
    size = " × ".join(f"{side:.2f}" for side in quote.analysis.bounding_box.size_mm)
    colours = {Severity.BLOCKS: "red", Severity.WARNS: "yellow", Severity.INFORMS: "dim"}
    findings = "\n".join(f"[{colours[finding.severity]}]{finding.code}[/]: {finding.en}" for finding in quote.findings)
    if quote.price is None:
        return (name, size, "", "[red]none[/]", findings)
    amount = f"{quote.price.gross_minor / _MINOR_PER_UNIT:,.2f} {quote.price.currency}"
    return (name, size, str(quote.price.lines[0].mass_g), amount, findings)
