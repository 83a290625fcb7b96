"""Orders from the bench: take, make, pack, ship. Every command is one read and one transaction."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from alexandrite.auth.callers import Caller
from alexandrite.board.cards import Card, Queue, Sort
from alexandrite.board.reading import Counts, Page
from alexandrite.company_book.book import CompanyBook
from alexandrite.contacts import Contacts, Recipient
from alexandrite.domain.commands import (
    AnyCommand,
    CompleteOrder,
    HoldOrder,
    PackOrder,
    ReassignOrder,
    RecordPieces,
    ReleaseOrder,
    ResumeOrder,
    ReturnFromAssay,
    ReworkOrder,
    ScrapPieces,
    SendToAssay,
    ShipOrder,
    TakeOrder,
    UndoTake,
)
from alexandrite.domain.errors import Conflict, KeyReused, NotFound
from alexandrite.domain.events import Event
from alexandrite.domain.orders import Actor, ActorKind, Order
from alexandrite.domain.statuses import Status
from alexandrite.floor.bodies import Assay, Holding, Reassignment, Release, Rework, Scrap, Shipping
from alexandrite.intents import Intent
from alexandrite.reading import ReadableOrders, visible_history, visible_order
from alexandrite.store.apply import Applied, KeyUse, apply
from alexandrite.store.dynamodb import WorkInHand
from alexandrite.visibility import VisibleOrders, on_the_floor

# "Take next" chooses among this many of the orders due first, so that operators who ask at once do not all want one.
NEXT_CHOICES = 8

_NO_ORDER = "ord_none"  # an idempotency key can be looked up without knowing which order it led to
_TAKE_LOST = frozenset({"order.already_taken", "order.wrong_status", "order.held"})


class Board(Protocol):
    """The queues as the floor's read model has them: possibly some moments behind the truth."""

    def page(
        self,
        queue: Queue,
        sort: Sort = Sort.NEWEST,
        limit: int = 50,
        cursor: str | None = None,
        owner: str | None = None,
    ) -> Page:
        """Return a page of a queue."""
        ...

    def counts(self, owner: str | None = None) -> Counts:
        """Return how many orders each queue holds."""
        ...

    def first_due(self, n: int) -> tuple[Card, ...]:
        """Return the `n` orders that may be taken and are due first."""
        ...


def actor_of(caller: Caller) -> Actor:
    """Return the operator or foreman as an order's history names them."""
    return caller.acting_as(ActorKind.FOREMAN if caller.is_foreman else ActorKind.OPERATOR)


@dataclass(frozen=True, slots=True)
class Floor:
    """The use cases of operators and foremen, over their collaborators."""

    orders: ReadableOrders
    contacts: Contacts
    book: CompanyBook
    board: Board
    shuffle: Callable[[list[str]], None] = random.shuffle

    def take(self, order_id: str, intent: Intent) -> Applied:
        """Take an order: one read, one transaction.

        Raises:
            Conflict: `order.already_taken` names the owner; `operator.work_in_progress_limit`, `order.held`.
        """
        return self._apply(order_id, TakeOrder(**intent.stamp(actor_of(intent.caller))), intent)

    def take_next(self, intent: Intent) -> Applied:
        """Take one of the orders due first; whoever loses one goes on to another.

        Raises:
            Conflict: `queue.empty` when there is nothing to take, `operator.work_in_progress_limit`.
        """
        choices = [card.order_id for card in self.board.first_due(NEXT_CHOICES)]
        self.shuffle(choices)
        for order_id in choices:
            try:
                return self.take(order_id, intent)
            except NotFound:
                continue  # the board is behind: the order has left the floor
            except KeyReused:
                return self._taken_before(intent)
            except Conflict as lost:
                if lost.code not in _TAKE_LOST:
                    raise
        return self._taken_before(intent)

    def _taken_before(self, intent: Intent) -> Applied:
        """A repeated "take next" finds the order that it got the first time, wherever chance would lead it now."""
        answered = self.orders.read(_NO_ORDER, key=_key_use(intent)).answered
        if answered is None:
            raise Conflict("There is nothing to take at the moment.", code="queue.empty")
        return self.take(answered.order_id, intent)

    def undo(self, order_id: str, fence: int, intent: Intent) -> Applied:
        """Give a take back as if it had not been, within the company's time for that."""
        return self._apply(order_id, UndoTake(**intent.stamp(actor_of(intent.caller)), fence=fence), intent)

    def release(self, order_id: str, asked: Release, intent: Intent) -> Applied:
        """Put a taken order back into the queue."""
        command = ReleaseOrder(**intent.stamp(actor_of(intent.caller)), fence=asked.fence, reason=asked.reason)
        return self._apply(order_id, command, intent)

    def reassign(self, order_id: str, asked: Reassignment, intent: Intent) -> Applied:
        """Give a taken order to another operator; only foremen do."""
        command = ReassignOrder(**intent.stamp(actor_of(intent.caller)), fence=asked.fence, operator=asked.operator)
        return self._apply(order_id, command, intent)

    def scrap(self, order_id: str, asked: Scrap, intent: Intent) -> Applied:
        """Record pieces that failed and are made again."""
        return self._apply(order_id, ScrapPieces(**intent.stamp(actor_of(intent.caller)), **dict(asked)), intent)

    def assay(self, order_id: str, asked: Assay, intent: Intent) -> Applied:
        """Send pieces out for hallmarking, take them back, or record what was measured."""
        stamp = intent.stamp(actor_of(intent.caller))
        commands: dict[str, Callable[[], AnyCommand]] = {
            "send": lambda: SendToAssay(**stamp, fence=asked.fence),
            "return": lambda: ReturnFromAssay(**stamp, fence=asked.fence, pieces=asked.pieces),
            "record": lambda: RecordPieces(**stamp, fence=asked.fence, pieces=asked.pieces),
        }
        return self._apply(order_id, commands[asked.step](), intent)

    def complete(self, order_id: str, fence: int, intent: Intent) -> Applied:
        """Say that the order is made."""
        return self._apply(order_id, CompleteOrder(**intent.stamp(actor_of(intent.caller)), fence=fence), intent)

    def rework(self, order_id: str, asked: Rework, intent: Intent) -> Applied:
        """Send what is not good back to the bench."""
        return self._apply(order_id, ReworkOrder(**intent.stamp(actor_of(intent.caller)), **dict(asked)), intent)

    def pack(self, order_id: str, intent: Intent) -> Applied:
        """Begin to pack."""
        return self._apply(order_id, PackOrder(**intent.stamp(actor_of(intent.caller))), intent)

    def ship(self, order_id: str, asked: Shipping, intent: Intent) -> Applied:
        """Hand the parcel to the carrier."""
        return self._apply(order_id, ShipOrder(**intent.stamp(actor_of(intent.caller)), **dict(asked)), intent)

    def hold(self, order_id: str, asked: Holding, intent: Intent) -> Applied:
        """Let work rest."""
        return self._apply(order_id, HoldOrder(**intent.stamp(actor_of(intent.caller)), **dict(asked)), intent)

    def resume(self, order_id: str, intent: Intent) -> Applied:
        """Let work go on."""
        return self._apply(order_id, ResumeOrder(**intent.stamp(actor_of(intent.caller))), intent)

    def order(self, order_id: str) -> tuple[Order, Recipient | None]:
        """Return an order of the floor, and its recipient while it is being packed."""
        order = visible_order(self.orders, order_id, on_the_floor)
        is_packed = order.status is Status.PACKAGING
        return order, self.contacts.find(order.delivery.contact) if is_packed else None

    def history(self, order_id: str, *, after: int, limit: int) -> tuple[Event, ...]:
        """Return a part of the history of an order of the floor."""
        return visible_history(self.orders, order_id, on_the_floor, after=after, limit=limit)

    def work_in_hand(self, operator: str) -> WorkInHand:
        """Return what an operator holds."""
        return self.orders.work_in_hand(operator)

    def _apply(self, order_id: str, command: AnyCommand, intent: Intent) -> Applied:
        return apply(
            VisibleOrders(self.orders, on_the_floor),
            order_id,
            [command],
            company=self.book.company(),
            key=_key_use(intent),
            expected_version=intent.expected_version,
        )


def _key_use(intent: Intent) -> KeyUse:
    return KeyUse(caller=intent.caller.name, key=intent.key, body_hash=intent.body_hash, at=intent.at)
