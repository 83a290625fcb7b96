"""What the writer of orders needs of a table, in the words of the domain; adapters translate it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from alexandrite.domain.accompaniments import Accompaniment
from alexandrite.domain.company import WorkInProgress
from alexandrite.domain.errors import Refusal
from alexandrite.domain.events import Event
from alexandrite.domain.orders import Order
from alexandrite.domain.values import Value
from alexandrite.store.keys import ItemKey

type Item = Mapping[str, Any]  # str, int, Decimal, bool, bytes, None, and lists and maps of these

KEY_RETENTION = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A caller's idempotency key, used at `at` for a request whose body has this hash.

    `http_status` is what the first answer says and every replay repeats.
    """

    caller: str
    key: str
    body_hash: str
    at: datetime
    http_status: int = 200

    @property
    def expires_at(self) -> datetime:
        """Until when the first answer is replayed."""
        return self.at + KEY_RETENTION


@dataclass(frozen=True, slots=True)
class Answered:
    """What is remembered of an idempotency key: the request it came with and the event that answered it."""

    body_hash: str
    order_id: str
    version: int
    http_status: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A command has taken effect, as this version of its order."""

    version: int
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ExtraItem:
    """An item of the orders table to be put in the same transaction, for example a price's breakdown."""

    key: ItemKey
    attributes: Item
    only_if_absent: bool = False


@dataclass(frozen=True, slots=True)
class ExtraCheck:
    """An item of the orders table that must have these attributes for the change to be made, and stays as it is."""

    key: ItemKey
    attributes: Item


@dataclass(frozen=True, slots=True)
class Driver:
    """What the order machine keeps beside the fold: plain attributes, without version or event.

    Attributes:
        generation: which execution coordinates the order; older ones end when they notice.
        wake_token: the task token of the wait that parked last; a wake-up through it is only a hint.
        parked_version: the version of the order which that wait has seen.
        next_check_at: when the sweeper looks at the order; None once there is nothing left to drive.
    """

    generation: int = 1
    wake_token: str | None = None
    parked_version: int | None = None
    next_check_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The order item: the fold of the events, and the driver's attributes."""

    order: Order
    driver: Driver


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event and the order after it."""

    event: Event
    after: Order


class Place(Value):
    """Where a walk through the index of open orders goes on: in this shard, behind this entry or at its beginning.

    An entry is named by its `next_check_at` and its order.
    """

    shard: str
    behind: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one consistent read saw."""

    record: Record | None
    answered: Answered | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)
    items: Mapping[ItemKey, Item] = field(default_factory=dict)

    @property
    def order(self) -> Order | None:
        """The order as it stands, if there is one."""
        return self.record.order if self.record is not None else None


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that becomes true at once, on the condition that the order still is what `before` says.

    Attributes:
        before: the order as it was read; None creates it.
        steps: one event per command, in order, with the order after each.
        next_check_at: when the sweeper shall look at it, None when there is nothing left to drive.
        accompaniments: facts that race with other orders, each under its own condition.
        limit: how much an operator may have in hand. An order of more pieces than the limit may be taken with empty
            hands: otherwise nobody could ever make it.
    """

    before: Record | None
    steps: tuple[Recorded, ...]
    next_check_at: datetime | None
    key: KeyUse | None
    accompaniments: tuple[Accompaniment, ...]
    items: tuple[ExtraItem | ExtraCheck, ...]
    limit: WorkInProgress

    @property
    def after(self) -> Order:
        """The order after the last step."""
        return self.steps[-1].after


type Part = Literal["order"] | Accompaniment | ExtraItem | ExtraCheck


class ConditionFailed(Exception):
    """Nothing was written, because these parts of the change were not as expected.

    "order" stands for the order, its event, the commands' marks and the idempotency key alike: whichever of them is in
    the way, somebody has been there in the meantime.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__(", ".join(str(part) for part in parts))
        self.parts = tuple(parts)


class Busy(Refusal):
    """The table could not be written within a reasonable number of attempts; the same request may be sent again."""

    code = "order.busy"
    status = 503
    title = "Too busy"


class Contended(Busy):
    """Nothing was read or written: another transaction was touching the same items, or the table asks for patience."""


class Unreadable(Exception):
    """An item is not what this release, or any before it, has written."""


class OutcomeUnknown(Exception):
    """The answer was lost: the change has been made or it has not."""


class OrderTable(Protocol):
    """The table of orders, as its only writer sees it."""

    def read(
        self,
        order_id: str,
        *,
        key: KeyUse | None = None,
        commands: frozenset[str] = frozenset(),
        also: Sequence[ItemKey] = (),
    ) -> Snapshot:
        """Read the order and what else decides about a command, consistently and in one call.

        Raises:
            Contended: when the table asks for patience.
        """
        ...

    def commit(self, change: Change) -> None:
        """Make the whole change or nothing of it.

        Raises:
            ConditionFailed: nothing was written, and why.
            Contended: nothing was written; try again.
            OutcomeUnknown: read to learn whether it was written.
        """
        ...

    def event(self, order_id: str, version: int) -> Recorded:
        """Return the event that gave the order this version.

        Raises:
            KeyError: there is none.
        """
        ...

    def claimed_by(self, key: ItemKey) -> str | None:
        """Return the order that the partner's reference with this key belongs to, read consistently."""
        ...
