"""The only writer of orders.

`apply` reads, lets the domain decide, and writes the event, the order and every fact that must not race in one
conditional transaction. A lost answer, a lost race and a repeated request all end where they should:

- Every command leaves a mark under its id in the transaction that carries it out. Whoever reads the mark knows that
  the command took effect, however long ago and whoever was told: so a command takes effect at most once, and a writer
  whose answer got lost finds out on reading again that it had won.
- A command that finds the order changed is decided again on the order as it is now, unless its caller insisted on a
  version. So the loser of a race is refused by the rules, which know who won, and not by the table.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alexandrite.domain.accompaniments import (
    Accompaniment,
    ModelLinks,
    OperatorLoad,
    PriceUse,
    ReferenceClaim,
    accompany,
)
from alexandrite.domain.commands import AnyCommand, CreateOrder
from alexandrite.domain.company import Company, WorkInProgress
from alexandrite.domain.decisions import check_version
from alexandrite.domain.errors import Conflict, KeyReused, Refusal
from alexandrite.domain.events import Event
from alexandrite.domain.evolution import record
from alexandrite.domain.orders import Order
from alexandrite.store.checks import next_check
from alexandrite.store.keys import ItemKey, reference_key
from alexandrite.store.table import (
    Answered,
    Busy,
    Change,
    ConditionFailed,
    Contended,
    Driver,
    ExtraCheck,
    ExtraItem,
    Item,
    KeyUse,
    Mark,
    OrderTable,
    OutcomeUnknown,
    Part,
    Record,
    Recorded,
    Snapshot,
)

__all__ = [
    "Answered",
    "Applied",
    "Busy",
    "Driver",
    "ExtraCheck",
    "ExtraItem",
    "Item",
    "ItemKey",
    "KeyUse",
    "OrderTable",
    "Patience",
    "Plan",
    "Record",
    "Recorded",
    "Snapshot",
    "apply",
]

type Plan = Callable[[Snapshot], Sequence[AnyCommand]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of the commands.

    Attributes:
        order: the order right after them; on a replay as it was then, which may be long ago.
        events: what they led to, one event per command.
        replayed: whether the answer repeats an earlier one and nothing has changed now.
        http_status: what the answer says, the first time and each time it is replayed.
    """

    order: Order
    events: tuple[Event, ...]
    replayed: bool
    http_status: int = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a contended write is tried, and how long it rests in between: at random up to a doubling bound.

    At most 12 attempts and, in the worst case, 5 s of rest.
    """

    attempts: int = 12
    first_s: float = 0.01
    longest_s: float = 1.0
    rest: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def wait(self, attempt: int) -> None:
        """Rest after the `attempt`-th failure in a row (from 0)."""
        self.rest(self.random() * min(self.longest_s, self.first_s * 2**attempt))


def apply(
    table: OrderTable,
    order_id: str,
    commands: Sequence[AnyCommand] | Plan,
    *,
    company: Company,
    key: KeyUse | None = None,
    expected_version: int | None = None,
    items: Sequence[ExtraItem | ExtraCheck] = (),
    also: Sequence[ItemKey] = (),
    patience: Patience | None = None,
) -> Applied:
    """Carry out `commands` on the order, all of them or none, in two calls to the table when nothing interferes.

    Args:
        commands: what to do, or a function that makes it out of what was read (with the items named in `also`); it may
            be called again on a fresher reading and must give its commands the same ids each time.
        key: the idempotency key of the caller, for requests that come from outside.
        expected_version: the version that the caller decided on (If-Match).
        items: further items for the same transaction.

    Raises:
        Refusal: whatever the domain refuses; besides
            VersionMismatch: the order has left `expected_version`;
            KeyReused: the key, or the id derived from it, came before with another body;
            Conflict: `operator.work_in_progress_limit`, `order.client_reference_taken`, `price.already_used`,
            `item.exists`, `item.changed`;
            Busy: too many others at once; nothing was done, or it was and the repeated request will find it.
    """
    patience = patience or Patience()
    plan: Plan = commands if callable(commands) else lambda _: commands
    known = frozenset[str]() if callable(commands) else frozenset(command.command_id for command in commands)
    tried = False
    for attempt in range(patience.attempts):
        try:
            seen = table.read(order_id, key=key, commands=known, also=also)
            answer = _answered_by_key(table, seen, key, order_id)
            if answer is not None:
                return _told(answer, first_time=tried)
            asked = plan(seen)
            unread = frozenset(command.command_id for command in asked) - known
            known |= unread
            if unread and isinstance(asked[0], CreateOrder) and seen.record is not None:
                continue  # read again with the marks of these commands
            open_commands = _not_yet_done(seen, asked, key)
            if not open_commands:
                return _told(_replayed(table, seen, order_id, asked, key), first_time=tried)
            try:
                change = _decided(
                    seen,
                    order_id,
                    open_commands,
                    company=company,
                    key=key,
                    expected_version=expected_version,
                    items=items,
                )
            except Refusal:
                if unread:
                    continue  # perhaps refused because it has been done: the marks will tell
                raise
            tried = True
            table.commit(change)
        except ConditionFailed as failure:
            _refuse_unless_overtaken(table, failure.parts, company.work_in_progress)
        except (Contended, OutcomeUnknown):
            patience.wait(attempt)
        else:
            return Applied(
                order=change.after,
                events=tuple(step.event for step in change.steps),
                replayed=False,
                http_status=key.http_status if key is not None else 200,
            )
    raise Busy("Too many changes at once. Please send the same request again.")


def _told(applied: Applied, *, first_time: bool) -> Applied:
    """A writer whose own answer got lost is told as if it had not."""
    return Applied(applied.order, applied.events, replayed=not first_time, http_status=applied.http_status)


def _answered_by_key(table: OrderTable, seen: Snapshot, key: KeyUse | None, order_id: str) -> Applied | None:
    if key is None or seen.answered is None or seen.answered.expires_at <= key.at:
        return None
    if seen.answered.body_hash != key.body_hash or seen.answered.order_id != order_id:
        raise KeyReused("This idempotency key was used before for another request.")
    first = table.event(order_id, seen.answered.version)
    return Applied(first.after, (first.event,), replayed=True, http_status=seen.answered.http_status)


def _not_yet_done(seen: Snapshot, asked: Sequence[AnyCommand], key: KeyUse | None) -> Sequence[AnyCommand]:
    """Return the commands that have left no mark.

    Raises:
        KeyReused: a mark says that the command's id came with another body, or the order was created by one.
    """
    first = asked[0]
    if isinstance(first, CreateOrder) and seen.order is not None:
        if seen.order.creating_hash != first.creating_hash:
            raise KeyReused("An order was created with this idempotency key and another body.")
        return ()
    for command in asked:
        mark = seen.marks.get(command.command_id)
        if mark is not None and key is not None and mark.body_hash not in (None, key.body_hash):
            raise KeyReused("This idempotency key was used before for another request.")
    return [command for command in asked if command.command_id not in seen.marks]


def _replayed(
    table: OrderTable, seen: Snapshot, order_id: str, asked: Sequence[AnyCommand], key: KeyUse | None
) -> Applied:
    marks = [seen.marks[command.command_id] for command in asked if command.command_id in seen.marks]
    steps = [table.event(order_id, mark.version) for mark in marks or [Mark(version=1)]]
    return Applied(
        order=steps[-1].after,
        events=tuple(step.event for step in steps),
        replayed=True,
        http_status=key.http_status if key is not None else 200,
    )


def _decided(
    seen: Snapshot,
    order_id: str,
    commands: Sequence[AnyCommand],
    *,
    company: Company,
    key: KeyUse | None,
    expected_version: int | None,
    items: Sequence[ExtraItem | ExtraCheck],
) -> Change:
    order = seen.order
    check_version(order, expected_version)
    steps: list[Recorded] = []
    accompaniments: list[Accompaniment] = []
    for command in commands:
        event, after = record(order, command, company, order_id=order_id)
        steps.append(Recorded(event, after))
        accompaniments.extend(accompany(order, event, after))
        order = after
    return Change(
        before=seen.record,
        steps=tuple(steps),
        next_check_at=next_check(steps[-1].after, seen.record.driver if seen.record is not None else None),
        key=key,
        accompaniments=_merged(accompaniments),
        items=tuple(items),
        limit=company.work_in_progress,
    )


def _merged(accompaniments: Sequence[Accompaniment]) -> tuple[Accompaniment, ...]:
    """A transaction touches each item once: add up what several events do to the same operator or link."""
    loads: dict[str, OperatorLoad] = {}
    links: frozenset[str] = frozenset()
    others: list[Accompaniment] = []
    for part in accompaniments:
        match part:
            case OperatorLoad():
                was = loads.get(part.operator, OperatorLoad(operator=part.operator, orders=0, pieces=0))
                loads[part.operator] = OperatorLoad(
                    operator=part.operator, orders=was.orders + part.orders, pieces=was.pieces + part.pieces
                )
            case ModelLinks():
                links |= part.models
            case _:
                others.append(part)
    if links:
        others.append(ModelLinks(models=links))
    return (*others, *(load for load in loads.values() if load.orders or load.pieces))


def _refuse_unless_overtaken(table: OrderTable, parts: Sequence[Part], limit: WorkInProgress) -> None:
    """Return when the order itself has changed, so that the commands are decided again; refuse for any other part."""
    if "order" in parts:
        return
    match parts[0]:
        case OperatorLoad() as load:
            raise Conflict(
                f"{load.operator} has as much in hand as the company allows: {limit.orders} orders, "
                f"{limit.pieces} pieces.",
                code="operator.work_in_progress_limit",
                facts={"operator": load.operator, "limit_orders": limit.orders, "limit_pieces": limit.pieces},
            )
        case ReferenceClaim() as claim:
            holder = table.claimed_by(reference_key(claim.partner, claim.mode, claim.client_reference))
            raise Conflict(
                f"Your reference {claim.client_reference} belongs to another order.",
                code="order.client_reference_taken",
                pointer="/client_reference",
                facts={"order_id": holder or ""},
            )
        case PriceUse() as use:
            raise Conflict(
                "This price has been used or was never calculated.",
                code="price.already_used",
                facts={"price_id": use.price_id},
            )
        case ExtraItem() as item:
            raise Conflict(f"{item.key.pk} exists already.", code="item.exists")
        case ExtraCheck() as check:
            raise Conflict(f"{check.key.pk} has changed in the meantime.", code="item.changed")
