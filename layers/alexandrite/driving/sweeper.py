"""The sweeper: finds every order that nobody drives, whatever was lost, and drives it on.

Events and wake-ups only make things fast. That no order is lost rests on this: every order that needs driving is in a
sparse index by `next_check_at`, and only two things move it ahead: an execution that parks on the order's present
version, and the sweeper itself after it has done what it could.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Protocol

from alexandrite.domain.commands import Trace
from alexandrite.domain.orders import Order
from alexandrite.domain.statuses import Status
from alexandrite.driving.drivers import DriverTable, correlation, start_next_generation
from alexandrite.driving.machine import Machine
from alexandrite.driving.steps import Action, StepRequest, Steps
from alexandrite.store.checks import CHECK_SHARDS, idle_until, is_coordinated, needs_compensation, rest_after
from alexandrite.store.table import Place, Record, Recorded, Unreadable
from alexandrite.telemetry import about, count, logger

ORDERS_PER_SHARD = 100  # of one sweep; what is left is the oldest of the next one
ORDERS_PER_PAGE = 100  # of the sweep of everything; two reads bring a page's orders and their last events
_WEDGED_AFTER = timedelta(minutes=10)

type InTime = Callable[[], bool]


@dataclass
class Found:
    """What a sweep has come upon."""

    looked_at: int = 0
    repaired: int = 0
    failed: int = 0
    announced: int = 0
    unfinished: bool = False


def in_turn(waiting: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the first of each shard, then the second of each, so that a full shard does not keep the others waiting."""
    for place in zip_longest(*waiting):
        yield from (each for each in place if each is not None)


class RecordFiles(Protocol):
    """Tells an order that is being composed which of its files have arrived."""

    def __call__(self, order_id: str, *, now: datetime, trace: Trace) -> Order:
        """Return the order as it stands then; safe to repeat."""
        ...


class Announce(Protocol):
    """Tells everybody once more what has happened."""

    def __call__(self, events: Sequence[Recorded], /) -> int:
        """Publish events, however old; return how many of them could not be."""
        ...


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Sweeps over their collaborators; `steps` are the machine's, taken for orders that have no machine behind them."""

    table: DriverTable
    machine: Machine
    steps: Steps
    record_files: RecordFiles
    announce: Announce

    def due(self, *, now: datetime, in_time: InTime = lambda: True) -> Found:
        """Look at the orders whose time has come: a bounded number, in turn from each shard, while `in_time`.

        Whatever it looks at gets a later time, even when the look fails, so that no order keeps the others waiting.
        """
        found = Found()
        waiting = [self.table.due(shard, before=now, limit=ORDERS_PER_SHARD) for shard in CHECK_SHARDS]
        for order_id in in_turn(waiting):
            if not in_time():
                found.unfinished = True
                break
            self._attend(order_id, now, found)
        count("OrdersStuck", self.table.stuck())
        count("OrdersRepaired", found.repaired)
        count("OrdersNotRepaired", found.failed)
        count("SweeperHeartbeat")
        return found

    def everything(self, *, now: datetime, in_time: InTime = lambda: True) -> Found:
        """Begin to compare all orders that need a machine with all machines that run, and bring the two together.

        On the way the last event of each order is announced once more: a read model that has lost it catches up, and
        all others know the version already. Orders that are over are in no index, and so not announced: what a read
        model has lost of them, rebuilding it brings back.

        Runs daily, and after anything that may have ended executions at large. It never asks Step Functions order by
        order but for those that the comparison has found. The place it has come to is remembered in the table after
        each page, so that `rest` goes on where the time was up or a run died.
        """
        first = Place(shard=CHECK_SHARDS[0])
        self.table.move(None, first)
        return self._go_on(first, now, in_time)

    def rest(self, *, now: datetime, in_time: InTime = lambda: True) -> Found:
        """Go on with a sweep of everything that has not come to its end, if there is one."""
        place = self.table.place()
        return self._go_on(place, now, in_time) if place is not None else Found()

    def _go_on(self, place: Place, now: datetime, in_time: InTime) -> Found:
        found = Found()
        running = set(self.machine.running())
        met: set[str] = set()
        at: Place | None = place
        while at is not None and not found.unfinished:
            order_ids, behind = self.table.walk(at, ORDERS_PER_PAGE)
            following = behind or _next_shard(at)
            # An order that was driven on has a later time now, and is met again on the way there.
            news = [order_id for order_id in order_ids if order_id not in met]
            met.update(news)
            # When another run has begun anew, or has taken this page too, the rest is that one's.
            done = self._compare(news, running, now, found, in_time) and self.table.move(at, following)
            found.unfinished = not done
            at = following
        count("OrdersRepaired", found.repaired)
        count("OrdersNotRepaired", found.failed)
        count("EventsAnnouncedAgain", found.announced)
        return found

    def _compare(
        self, order_ids: Sequence[str], running: set[tuple[str, int]], now: datetime, found: Found, in_time: InTime
    ) -> bool:
        """See to one page of orders; False when there was no time for all of it."""
        if not in_time():
            return False
        records = self._records(order_ids, found)
        self._announce([record.order for record in records], found)
        for record in records:
            if not in_time():
                return False
            order_id = record.order.order_id
            found.looked_at += 1
            if is_coordinated(record.order, record.driver) and (order_id, record.driver.generation) not in running:
                self._attend(order_id, now, found, whether_due=False)
        return True

    def _records(self, order_ids: Sequence[str], found: Found) -> Sequence[Record]:
        """Read a page of orders at once; one by one when there is one among them that cannot be read."""
        try:
            return self.table.records_of(order_ids)
        except Unreadable:
            records = [self._record(order_id, found) for order_id in order_ids]
        return [record for record in records if record is not None]

    def _record(self, order_id: str, found: Found) -> Record | None:
        try:
            return self.table.record(order_id)
        except Unreadable:  # somebody has to repair it, and until then the others must not suffer from it
            logger().exception("an order cannot be read", extra={"order_id": order_id})
            found.failed += 1
            return None

    def _announce(self, orders: Sequence[Order], found: Found) -> None:
        failed = len(orders)
        try:
            failed = self.announce(self.table.last_events(orders))
        except Exception:  # whatever it is, driving the orders on matters more
            logger().exception("events could not be announced again")
        found.announced += len(orders) - failed
        if failed:
            count("EventsNotAnnounced", failed)

    def _attend(self, order_id: str, now: datetime, found: Found, *, whether_due: bool = True) -> None:
        record = self._record(order_id, found)
        if record is None or record.driver.next_check_at is None:
            return  # the index trails the truth
        if whether_due and record.driver.next_check_at > now:
            return
        found.looked_at += 1
        with about(order_id=order_id, version=record.order.version):
            try:
                found.repaired += self._drive_on(record, now)
            except Exception:  # whatever it is, the orders after this one must not suffer from it
                logger().exception("an order could not be driven on")
                found.failed += 1
        until = _next_look(record, now)
        self.table.postpone(order_id, seen=record.driver, version=record.order.version, until=until)

    def _drive_on(self, record: Record, now: datetime) -> bool:
        """Do for the order what its machine has not done; return whether something was wrong."""
        order, driver = record.order, record.driver
        if needs_compensation(order):
            self._step(record, "compensate", now)
            return True
        if not is_coordinated(order, driver):
            if order.status is Status.INITIATED and self._files_have_arrived(order, now):
                return True
            self._step(record, "remind_or_cancel", now)
            return False
        if driver.wake_token is not None:
            self.machine.wake(driver.wake_token, order.version)
        else:
            self.machine.start(order.order_id, driver.generation, correlation_id=correlation(record))
        wedged = driver.parked_version != order.version and now - order.updated_at > _WEDGED_AFTER
        if wedged or not self.machine.is_running(order.order_id, driver.generation):
            start_next_generation(
                order.order_id,
                driver.generation,
                table=self.table,
                machine=self.machine,
                now=now,
                correlation_id=correlation(record),
            )
            return True
        return driver.parked_version != order.version

    def _files_have_arrived(self, order: Order, now: datetime) -> bool:
        trace = Trace(correlation_id=order.order_id, causation_id="sweeper")
        return self.record_files(order.order_id, now=now, trace=trace).version != order.version

    def _step(self, record: Record, action: Action, now: datetime) -> None:
        order = record.order
        request = StepRequest(
            action=action,
            order_id=order.order_id,
            version=order.version,
            generation=record.driver.generation,
            correlation_id=correlation(record),
        )
        self.steps.take(request, now=now)


def _next_look(record: Record, now: datetime) -> datetime:
    """Return when an order that was looked at is looked at again, if nothing happens to it in between."""
    soon = now + rest_after(record.driver.generation)
    return soon if is_coordinated(record.order, record.driver) else max(soon, idle_until(record.order))


def _next_shard(place: Place) -> Place | None:
    later = CHECK_SHARDS[CHECK_SHARDS.index(place.shard) + 1 :]
    return Place(shard=later[0]) if later else None
