"""What can be offered for lines of models as they stand: an offer, an obstacle, or patience. Nothing here is I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from alexandrite.company_book.book import Prices
from alexandrite.domain.company import Company
from alexandrite.domain.errors import Invalid
from alexandrite.domain.models import Unit
from alexandrite.domain.orders import FileVersion, Identifier, LeadTime, Line, Mode, Offer, Order
from alexandrite.domain.prices import Price, PricedLineInput, Unpriceable, price_lines
from alexandrite.domain.values import Value
from alexandrite.models.record import Model, Stage

FAILED = "pricing.failed"

_LONGEST_DETAIL = 500
_BUYER: Literal["buyer"] = "buyer"
_SELLER: Literal["seller"] = "seller"
_BUYERS_CHOICE = ("material.unknown", "finish.unavailable")


class PriceRecord(Value):
    """Everything that an offer rests on, kept beside the order under the price's id.

    `price` is None for a price made by hand. A remake is offered at nothing, whatever its price would be.
    """

    price_id: Identifier
    order_id: Identifier
    offer: Offer
    price: Price | None
    units: dict[str, Unit] = Field(description="by model: the unit that its bytes were taken in")
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be priced: the part of an order, or of its revision, that a price depends on."""

    buyer: str
    mode: Mode
    lines: tuple[Line, ...]
    files: Mapping[str, FileVersion]
    lead_time: LeadTime
    delivery_minor: int
    free: bool = False

    @classmethod
    def of(cls, order: Order) -> "Request":
        """Return what an order asks for; remakes are free."""
        return cls(
            buyer=order.buyer,
            mode=order.mode,
            lines=order.lines,
            files=order.files,
            lead_time=order.lead_time,
            delivery_minor=order.delivery.cost_minor,
            free=order.remake_of is not None,
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """These models are still being analysed."""

    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """There is no price until somebody acts; `line` is None when several lines are concerned."""

    code: str
    detail: str
    must_act: Literal["buyer", "seller"]
    line: int | None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A price and the models, as they were, that it was calculated from."""

    price: Price
    models: tuple[Model, ...]

    def record(self, order_id: str, price_id: str, request: Request) -> PriceRecord:
        """Return the offer of this price with all that it rests on."""
        price = self.price
        offer = Offer(
            price_id=price_id,
            net_minor=0 if request.free else price.net_minor,
            vat_minor=0 if request.free else price.vat_minor,
            gross_minor=0 if request.free else price.gross_minor,
            currency=price.currency,
            pay_minor=price.pay_minor,
            valid_until=price.valid_until,
            price_list_version=price.price_list_version,
            metal_rate_version=price.metal_rate_version,
            engine_version=price.engine_version,
            files=dict(request.files),
        )
        units = {model.model_id: model.analysis.unit for model in self.models if model.analysis is not None}
        return PriceRecord(price_id=price_id, order_id=order_id, offer=offer, price=price, units=units)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known besides the request: the models, the prices in force, the company's calendar, the moment."""

    models: Mapping[str, Model]
    prices: Prices
    company: Company
    now: datetime

    def price(self, request: Request, lines: Sequence[Line]) -> Price:
        """Price some lines of `request` whose models have all been analysed."""
        inputs = [
            PricedLineInput(
                line_id=str(line.line),
                analysis=analysis,
                material=line.material,
                finish=line.finish,
                quantity=line.quantity,
            )
            for line in lines
            if (analysis := self.models[line.model].analysis) is not None
        ]
        return price_lines(
            inputs,
            self.prices.price_list,
            self.prices.metal_rates,
            request.lead_time,
            request.delivery_minor,
            now=self.now,
            next_working_day=self.company.calendar.next_working_day,
        )


def quote(request: Request, terms: Terms) -> Waiting | Obstacle | Quoted:
    """Return what can be offered for all lines of `request` together."""
    obstacles = [obstacle for line in request.lines for obstacle in _model_obstacles(line, request, terms.models)]
    if obstacles:
        return _joined(obstacles)
    models = tuple(terms.models[model_id] for model_id in sorted({line.model for line in request.lines}))
    unsettled = tuple(model.model_id for model in models if model.stage is not Stage.ANALYSED)
    if unsettled:
        return Waiting(unsettled)
    try:
        return Quoted(terms.price(request, request.lines), models)
    except (Unpriceable, Invalid):
        return _joined(list(_line_obstacles(request, terms)))


def _model_obstacles(line: Line, request: Request, models: Mapping[str, Model]) -> Iterator[Obstacle]:
    model = models.get(line.model)
    if model is None or model.deleted or (model.owner, model.mode) != (request.buyer, request.mode):
        yield Obstacle("model.missing", f"line {line.line}: the model was deleted", _BUYER, line.line)
    elif model.file is not None and request.files.get(line.model) != model.file:
        yield Obstacle(
            "model.other_file", f"line {line.line}: the order holds other bytes than the model", _SELLER, line.line
        )
    elif model.refusal is not None:
        code, must_act = (FAILED, _SELLER) if model.refusal.blames_engine else ("model.refused", _BUYER)
        yield Obstacle(code, f"line {line.line}: {model.refusal.detail} ({model.refusal.code})", must_act, line.line)


def _line_obstacles(request: Request, terms: Terms) -> Iterator[Obstacle]:
    """Find all lines that stand in the way, where pricing them together has stopped at the first."""
    for line in request.lines:
        try:
            terms.price(request, [line])
        except Unpriceable as refusal:
            reasons = "; ".join(f"{finding.en} ({finding.code})" for finding in refusal.findings)
            yield Obstacle("model.unpriceable", f"line {line.line}: {reasons}", _SELLER, line.line)
        except Invalid as refusal:
            must_act = _BUYER if refusal.code in _BUYERS_CHOICE else _SELLER
            yield Obstacle(refusal.code, f"line {line.line}: {refusal.detail}", must_act, line.line)


def _joined(obstacles: Sequence[Obstacle]) -> Obstacle:
    """One obstacle for the whole order: its first one's code, everybody's details, a seller if one is needed."""
    first, lines = obstacles[0], {obstacle.line for obstacle in obstacles}
    return Obstacle(
        code=first.code,
        detail="; ".join(obstacle.detail for obstacle in obstacles)[:_LONGEST_DETAIL],
        must_act=_SELLER if any(obstacle.must_act == _SELLER for obstacle in obstacles) else _BUYER,
        line=first.line if len(lines) == 1 else None,
    )
