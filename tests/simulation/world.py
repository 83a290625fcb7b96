"""The whole order protocol in one thread and virtual time, from one seed: table, stream, queues, machine, sweeper.

Everything that decides is the product's own code: `apply`, `drive`, `replace_ended`, `Steps` and `Sweeper`. What stands
around it (network, queues, Step Functions) is simulated, and fails as often as asked: answers are lost after the write,
requests before it, messages come twice, late, in another order or never, consumers die between effect and deletion,
executions are killed in the middle of whatever they do.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alexandrite.domain.company import Company, WorkInProgress
from alexandrite.domain.errors import Refusal
from alexandrite.domain.orders import Order
from alexandrite.domain.statuses import COMPOSING, Status
from alexandrite.driving.orchestrate import drive, replace_ended
from alexandrite.driving.steps import Action, StepRequest, Steps
from alexandrite.driving.sweeper import Sweeper
from alexandrite.store.apply import Applied, Busy, ExtraItem, KeyUse, Patience, apply
from alexandrite.store.checks import needs_compensation
from alexandrite.store.keys import price_key
from alexandrite.store.table import Recorded
from tests.memory_table import Fault, MemoryOrderTable
from tests.orders import DINA, GLEB, MONDAY, Commands

SECOND = timedelta(seconds=1)
COMPANY = Company(work_in_progress=WorkInProgress(orders=6, pieces=40))


@dataclass(frozen=True)
class Weather:
    """How often what goes wrong, as probabilities of each occasion."""

    lost_answers: float = 0.0
    lost_requests: float = 0.0
    conflicts: float = 0.0
    lost_messages: float = 0.0
    doubled_messages: float = 0.0
    dying_consumers: float = 0.0
    dying_executions: float = 0.0
    untold_deaths: float = 0.0


CALM = Weather()
STORM = Weather(
    lost_answers=0.1,
    lost_requests=0.05,
    conflicts=0.1,
    lost_messages=0.1,
    doubled_messages=0.2,
    dying_consumers=0.1,
    dying_executions=0.03,
    untold_deaths=0.5,
)


@dataclass
class Execution:
    """One execution of the order machine: the definition's steps, with a `yield` between any two of them."""

    order_id: str
    generation: int
    course: Iterator[timedelta]
    ended: bool = False
    sleeps_on: str | None = None


@dataclass
class World:
    """One simulated company; the same seed is the same history."""

    seed: int
    weather: Weather
    orders: int = 100
    arrive_within: timedelta = timedelta(hours=5)
    now: datetime = MONDAY
    executions: dict[tuple[str, int], Execution] = field(default_factory=dict)
    acknowledged: dict[str, Order] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    board: dict[str, tuple[int, Status]] = field(default_factory=dict)
    happenings: int = 0
    people_rest: bool = False

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.table = MemoryOrderTable(faults=self._fault)
        self.steps = Steps(self.table, lambda: COMPANY, self._price, lambda order: self.chance.random() < 0.5)
        self.sweeper = Sweeper(self.table, self, self.steps, self._no_files, self._announce)
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._sleepers: dict[str, Execution] = {}
        self._told = 0
        for number in range(self.orders):
            self._later(self._within(self.arrive_within.total_seconds()), self._buyer(f"ord_{number:04}"))
        self._later(60 * SECOND, self._sweep)

    # time

    def run(self, duration: timedelta) -> None:
        """Let `duration` pass; every happening is one call of something, with nothing else in between."""
        end = self.now + duration
        while self._agenda and self._agenda[0][0] <= end:
            self.now, _, happen = heapq.heappop(self._agenda)
            happen()
            self.happenings += 1
            self._publish()
        self.now = end

    def _later(self, delay: timedelta, happen: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.now + delay, next(self._numbers), happen))

    def _within(self, seconds: float) -> timedelta:
        return timedelta(seconds=self.chance.uniform(0, seconds))

    def _happens(self, probability: float) -> bool:
        return self.chance.random() < probability

    # table, stream and queues

    def _fault(self, call: str) -> Fault:
        if call == "commit":
            if self._happens(self.weather.lost_answers):
                return self.chance.choice(("answer_lost", "repeated"))
            if self._happens(self.weather.lost_requests):
                return "request_lost"
        return self._conflict(call)

    def _conflict(self, call: str) -> Fault:
        if self._happens(self.weather.conflicts):
            return "conflict" if call == "commit" else "unread"
        return "none"

    def _publish(self) -> None:
        for step in self.table.published[self._told :]:
            if not self._happens(self.weather.lost_messages):
                self._deliver(lambda step=step: self._orchestrate(step.event.order_id))
            # Of an order that is over nothing is announced again: there a read model has its queue, or is rebuilt.
            if step.after.is_terminal or not self._happens(self.weather.lost_messages):
                self._deliver(lambda step=step: self._show(step))
        self._told = len(self.table.published)

    def _deliver(self, handle: Callable[[], None]) -> None:
        """Hand a message over at least once, some time; whoever dies over it gets it again."""

        def receive() -> None:
            dies_before = self._happens(self.weather.dying_consumers)
            if not dies_before:
                handle()
            if dies_before or self._happens(self.weather.dying_consumers):
                self._later(self._within(60), receive)

        for _ in range(2 if self._happens(self.weather.doubled_messages) else 1):
            self._later(self._within(5), receive)

    def _orchestrate(self, order_id: str) -> None:
        drive(order_id, table=self.table, machine=self, correlation_id="sim")

    def _show(self, step: Recorded) -> None:
        """A read model: it ignores what is not newer than what it shows."""
        version, _ = self.board.get(step.event.order_id, (0, None))
        if step.event.version > version:
            self.board[step.event.order_id] = (step.event.version, step.after.status)

    def _sweep(self) -> None:
        self.sweeper.due(now=self.now)
        self._later(60 * SECOND, self._sweep)

    def _announce(self, steps: Sequence[Recorded]) -> int:
        """Put events on the bus again; some get lost there as they did the first time."""
        for step in steps:
            if not self._happens(self.weather.lost_messages):
                self._deliver(lambda step=step: self._orchestrate(step.event.order_id))
            if not self._happens(self.weather.lost_messages):
                self._deliver(lambda step=step: self._show(step))
        return 0

    def sweep_everything(self) -> None:
        self.sweeper.everything(now=self.now)

    # the machine's service

    def start(self, order_id: str, generation: int, *, correlation_id: str) -> None:
        if (order_id, generation) not in self.executions:
            execution = Execution(order_id, generation, iter(()))
            execution.course = self._course(execution)
            self.executions[order_id, generation] = execution
            self._later(self._within(1), lambda: self._go_on(execution))

    def wake(self, token: str, version: int) -> None:
        execution = self._sleepers.pop(token, None)
        if execution is not None:
            execution.sleeps_on = None
            self._later(self._within(1), lambda: self._go_on(execution))

    def is_running(self, order_id: str, generation: int) -> bool:
        execution = self.executions.get((order_id, generation))
        return execution is not None and not execution.ended

    def running(self) -> Iterator[tuple[str, int]]:
        yield from (name for name, execution in self.executions.items() if not execution.ended)

    def _go_on(self, execution: Execution) -> None:
        if execution.ended:
            return
        if self._happens(self.weather.dying_executions):
            self._die(execution)
            return
        delay = next(execution.course, None)
        if delay is None:
            execution.ended = True
        elif execution.sleeps_on is None:
            self._later(delay, lambda: self._go_on(execution))
        else:
            token = execution.sleeps_on
            self._later(delay, lambda: self.wake(token, 0))  # the timeout; whoever wakes it first takes the token away

    def _die(self, execution: Execution) -> None:
        execution.ended = True
        if execution.sleeps_on is not None:
            self._sleepers.pop(execution.sleeps_on, None)
        if not self._happens(self.weather.untold_deaths):
            name = f"{execution.order_id}-g{execution.generation}"
            change = {"name": name, "status": "FAILED", "executionArn": name}
            self._deliver(lambda: replace_ended(change, table=self.table, machine=self, now=self.now))

    def _course(self, execution: Execution) -> Generator[timedelta]:
        """What order.asl.json says."""
        order_id, priced, approved = execution.order_id, 0, 0
        while True:
            record = self.table.record(order_id)
            yield self._within(3)
            if record is None or record.driver.generation != execution.generation:
                return
            order = record.order
            if order.is_terminal:
                if not needs_compensation(order):
                    return
                yield from self._step(execution, "compensate", order)
            elif order.status is Status.SUBMITTED and priced != order.version:
                priced = order.version
                yield from self._step(execution, "price", order)
            elif order.status is Status.PRICE_CALCULATED and order.is_accepted and approved != order.version:
                approved = order.version
                yield from self._step(execution, "approve", order)
            else:
                yield from self._wait(execution, order)

    def _wait(self, execution: Execution, order: Order) -> Generator[timedelta]:
        assert order.deadline_at is not None
        rest = max(order.deadline_at - self.now, 60 * SECOND)
        token = f"token-{next(self._numbers)}"
        self._sleepers[token] = execution
        parked = self.table.park(
            order.order_id,
            version=order.version,
            generation=execution.generation,
            token=token,
            next_check_at=self.now + rest + 60 * SECOND,
        )
        if not parked:
            del self._sleepers[token]
            return
        wake_at = self.now + rest
        execution.sleeps_on = token
        yield rest
        execution.sleeps_on = None
        if self.now >= wake_at:
            idle = order.status in COMPOSING or (order.status is Status.PRICE_CALCULATED and not order.is_accepted)
            yield from self._step(execution, "remind_or_cancel" if idle else "escalate", order)

    def _step(self, execution: Execution, action: Action, order: Order) -> Generator[timedelta]:
        request = StepRequest(
            action=action, order_id=order.order_id, version=order.version, generation=execution.generation
        )
        while True:
            yield self._within(0.5)
            try:
                self.steps.take(request, now=self.now)
            except Busy:
                continue
            else:
                return

    def _price(self, order_id: str, **_: object) -> None:
        record = self.table.record(order_id)
        if record is None or record.order.status is not Status.SUBMITTED or self._happens(0.3):
            return
        command = Commands(f"price {order_id} {record.order.version}", at=self.now, step=timedelta()).price()
        breakdown = ExtraItem(price_key(order_id, "prc_1"), {"breakdown": "{}"})
        try:
            self._apply(order_id, command, items=[breakdown])
        except Refusal:
            return

    def _no_files(self, order_id: str, **_: object) -> Order:
        """Files come with their orders here."""
        return self.table.records[order_id].order

    # people

    def _apply(self, order_id: str, *commands: object, key: KeyUse | None = None, items: object = ()) -> Applied:
        patience = Patience(attempts=6, rest=lambda _: None, random=self.chance.random)
        return apply(self.table, order_id, commands, company=COMPANY, key=key, items=items, patience=patience)

    def _buyer(self, order_id: str) -> Callable[[], None]:
        """Somebody who creates an order and keeps it going, as far as one can tell who looks at it now and then."""
        person = itertools.count()

        def act() -> None:
            if self.people_rest:
                return
            record = self.table.record(order_id)
            commands = Commands(f"{order_id} {next(person)}", at=self.now, step=timedelta())
            asked = self._wish(record.order if record is not None else None, commands)
            if asked:
                self._insist(order_id, asked, KeyUse("sim", asked[0].command_id, "body", self.now))
            if record is None or not record.order.is_terminal:
                self._later(self._within(900), act)

        return act

    def _insist(self, order_id: str, asked: tuple[object, ...], key: KeyUse) -> None:
        """Send a request, and the very same one again while nobody answers."""
        try:
            applied = self._apply(order_id, *asked, key=key)
        except Busy:
            self._later(self._within(10), lambda: self._insist(order_id, asked, key))
        except Refusal:
            self.refused |= {command.command_id for command in asked}
        else:
            self.acknowledged[key.key] = applied.order

    def _wish(self, order: Order | None, commands: Commands) -> tuple[object, ...]:
        if order is None:
            return (commands.create(), commands.files())
        operator = self.chance.choice((GLEB, DINA))
        owner = GLEB if order.owner == GLEB.id else DINA
        if self._happens(0.02):
            return (commands.cancel(),)
        if self._happens(0.1):
            return (commands.note(),)
        if order.status in COMPOSING:
            return (commands.files(), commands.submit()) if order.missing_files else (commands.submit(),)
        if order.status is Status.PRICE_CALCULATED:
            return (commands.approve(),) if order.is_accepted else (commands.accept(), commands.pay())
        if order.status is Status.MANUFACTURING_STARTED and self._happens(0.3):
            return (commands.release(owner, order.fence),)
        makes: dict[Status, Callable[[], object]] = {
            Status.MANUFACTURING_APPROVED: lambda: commands.take(operator),
            Status.MANUFACTURING_STARTED: lambda: commands.complete(operator, order.fence),
            Status.MANUFACTURING_COMPLETED: lambda: commands.rework(GLEB) if self._happens(0.2) else commands.pack(),
            Status.PACKAGING: commands.ship,
            Status.SHIPPED: commands.close,
        }
        return (makes[order.status](),) if order.status in makes else ()
