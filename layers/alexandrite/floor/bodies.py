"""What operators and foremen send."""

from typing import Annotated, Literal

from pydantic import Field

from alexandrite.domain.commands import Pieces, Reason
from alexandrite.domain.orders import HoldKind, Piece
from alexandrite.http.requests import Asked

Fence = Annotated[int, Field(ge=1, description="the order's `fence` as the owner knows it: the proof of ownership")]
Operator = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._-]+$")]


class Fenced(Asked):
    """A command that only the present owner's knowledge makes valid."""

    fence: Fence


class Release(Fenced):
    """Why the order goes back to the queue."""

    reason: Reason


class Scrap(Fenced):
    """Pieces that failed and are made again."""

    pieces: Pieces
    reason: Reason
    mass_g: float = Field(gt=0, le=100_000, description="grams of metal that went back to the melt")


class Rework(Asked):
    """Why it goes back to the bench; to its maker unless another operator is named."""

    reason: Reason
    operator: Operator | None = None


class Shipping(Asked):
    """What the carrier has been handed."""

    carrier: str = Field(min_length=1, max_length=60)
    tracking_number: str = Field(pattern=r"^[A-Za-z0-9-]{4,40}$")


class Holding(Asked):
    """Why work rests."""

    kind: HoldKind
    reason: Reason
    caused_by: Literal["buyer", "company"] = "company"


class Assay(Fenced):
    """Precious pieces on their way: out for hallmarking, back from it, or just measured."""

    step: Literal["send", "return", "record"]
    pieces: Annotated[tuple[Piece, ...], Field(max_length=50)] = ()


class Reassignment(Fenced):
    """Who goes on with it."""

    operator: Operator


class QueueQuery(Asked):
    """Which tab, in which order, which page."""

    queue: Literal["available", "mine", "started", "completed", "packaging", "shipped"] = "available"
    sort: Literal["newest", "due"] = "newest"
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=400)
