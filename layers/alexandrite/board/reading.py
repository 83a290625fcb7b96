"""Reading the board."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import AwareDatetime

from alexandrite.board.cards import Card, Queue, Sort, queue_list, tally
from alexandrite.domain.errors import Invalid
from alexandrite.domain.values import Value
from alexandrite.projections.items import Items
from alexandrite.projections.reading import RowReader, checked_limit, cursor_after, entry_before


class Page(Value):
    """Part of a queue as it was at `as_of`; it may be shorter than asked for although `next_cursor` leads on."""

    cards: tuple[Card, ...]
    next_cursor: str | None
    as_of: AwareDatetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders each tab holds, as of the same moment."""

    queues: dict[Queue, int]
    as_of: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class BoardReader:
    """Reads the queues of the board, eventually consistently: what a command has just changed may lag by seconds."""

    def __init__(self, items: Items, *, clock: Callable[[], datetime] = _now) -> None:
        self._rows = RowReader(items)
        self._clock = clock

    def page(
        self,
        queue: Queue,
        sort: Sort = Sort.NEWEST,
        limit: int = 50,
        cursor: str | None = None,
        owner: str | None = None,
    ) -> Page:
        """Return up to `limit` (1 to 100) cards of a queue; `owner` says whose the queue `mine` is.

        Raises:
            Invalid: for a limit out of range, a cursor of another kind, or `mine` of nobody.
        """
        checked_limit(limit)
        if queue == Queue.MINE and owner is None:
            raise Invalid("the queue `mine` needs an owner", pointer="/owner")
        as_of = self._clock()
        found = self._rows.page(queue_list(Queue(queue), Sort(sort), owner), limit, after=entry_before(cursor))
        return Page(
            cards=tuple(Card.model_validate_json(row.card) for row in found.rows if row.card is not None),
            next_cursor=cursor_after(found.after),
            as_of=as_of,
        )

    def counts(self, owner: str | None = None) -> Counts:
        """Return the counts of all queues; of `mine` only when it is said whose."""
        as_of = self._clock()
        tallies = {queue: tally(queue, owner) for queue in Queue if queue is not Queue.MINE or owner is not None}
        groups = tuple(dict.fromkeys((count.group, count.lanes) for count in tallies.values()))
        counted = dict(zip(groups, self._rows.counts(*groups), strict=True))
        return Counts(
            queues={queue: counted[count.group, count.lanes].get(count.name, 0) for queue, count in tallies.items()},
            as_of=as_of,
        )

    def first_due(self, n: int) -> tuple[Card, ...]:
        """Return the `n` cards that may be taken and are due first."""
        return self.page(Queue.AVAILABLE, Sort.DUE, n).cards
