"""What would it cost? A price at once from stored analyses; nothing is ordered and nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alexandrite.company_book.book import CompanyBook
from alexandrite.domain.errors import Conflict
from alexandrite.domain.findings import findings_for
from alexandrite.domain.models import Finding
from alexandrite.domain.orders import LeadTime, Line
from alexandrite.domain.prices import Price, PricedLineInput, price_lines
from alexandrite.models.record import Model


@dataclass(frozen=True, slots=True)
class Estimate:
    """A price as it would be offered now, and by line number the findings on its model in its material."""

    price: Price
    findings: Mapping[int, tuple[Finding, ...]]


def what_if(
    models: Mapping[str, Model],
    book: CompanyBook,
    lines: tuple[Line, ...],
    *,
    lead_time: LeadTime,
    delivery_minor: int,
    partner: str | None,
    now: datetime,
) -> Estimate:
    """Price `lines` of the caller's own `models` (see `Uploads.owned`).

    Raises:
        Conflict: a model is not analysed yet (`model.not_analysed`) or was refused (the code of its refusal).
        Invalid: unknown material, or a finish that it does not take.
        Unpriceable: a model has findings that block it in its material.
    """
    prices = book.prices(partner)
    inputs: list[PricedLineInput] = []
    findings: dict[int, tuple[Finding, ...]] = {}
    for index, line in enumerate(lines):
        model = models[line.model]
        if model.refusal is not None:
            raise Conflict(model.refusal.detail, code=model.refusal.code, pointer=f"/lines/{index}/model")
        if model.analysis is None:
            raise Conflict(
                "The model is still being analysed.", code="model.not_analysed", pointer=f"/lines/{index}/model"
            )
        material = prices.price_list.material(line.material)
        findings[line.line] = findings_for(model.analysis, material)
        inputs.append(
            PricedLineInput(
                line_id=str(line.line),
                analysis=model.analysis,
                material=line.material,
                finish=line.finish,
                quantity=line.quantity,
            )
        )
    calendar = book.company().calendar
    price = price_lines(
        inputs,
        prices.price_list,
        prices.metal_rates,
        lead_time,
        delivery_minor,
        now=now,
        next_working_day=calendar.next_working_day,
    )
    return Estimate(price, findings)
