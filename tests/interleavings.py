"""All the orders in which the steps of several actors can happen, tried one after another.

Each actor runs in a thread of its own, but only one at a time: at every step (whatever calls `Schedule.step`) it waits
until the schedule lets it go on. `every_schedule` begins with one order of steps and changes the last choice that can
still be changed until none is left, so that nothing is tried twice and nothing is left out.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class _Actor:
    def __init__(self, schedule: "Schedule", work: Callable[[], object]) -> None:
        self._schedule = schedule
        self._work = work
        self.may_go = threading.Semaphore(0)
        self.finished = False
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.may_go.acquire()
        try:
            self._work()
        except BaseException as failure:
            self.failure = failure
        self.finished = True
        self._schedule.rests.release()


class Turn(NamedTuple):
    """Which of how many actors went on; number 0 is the one that went on before, if it still can."""

    choice: int
    runnable: int
    could_go_on: bool

    @property
    def is_switch(self) -> bool:
        """Whether somebody was interrupted."""
        return self.could_go_on and self.choice > 0


@dataclass
class Schedule:
    """One order of steps: the first ones as `choices` say, then whoever is going on goes on."""

    choices: list[int]
    taken: list[Turn] = field(default_factory=list)
    rests: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _actors: dict[threading.Thread, _Actor] = field(default_factory=dict)

    def step(self) -> None:
        """Wait for one's turn; in any other thread than an actor's it does nothing."""
        actor = self._actors.get(threading.current_thread())
        if actor is not None:
            self.rests.release()
            actor.may_go.acquire()

    def run(self, *works: Callable[[], object]) -> None:
        """Run the actors to their ends; raise what one of them raised."""
        actors = [_Actor(self, work) for work in works]
        self._actors = {actor.thread: actor for actor in actors}
        for actor in actors:
            actor.thread.start()
        last = actors[0]
        while runnable := [actor for actor in actors if not actor.finished]:
            position = len(self.taken)
            if last in runnable:
                runnable.remove(last)
                runnable.insert(0, last)
            choice = self.choices[position] if position < len(self.choices) else 0
            self.taken.append(Turn(choice, len(runnable), could_go_on=position > 0 and runnable[0] is last))
            last = runnable[choice]
            last.may_go.release()
            self.rests.acquire()
        for actor in actors:
            if actor.failure is not None:
                raise actor.failure


def every_schedule(most_switches: int | None = None) -> Iterator[Schedule]:
    """Yield schedules until all orders of steps have been tried; each must be run before the next is asked for.

    With `most_switches` only those in which an actor that could go on has to let another one go so many times: most
    races show themselves after one or two (Musuvathi and Qadeer, PLDI 2007), and long actors have too many others.
    """
    choices: list[int] | None = []
    while choices is not None:
        schedule = Schedule(choices)
        yield schedule
        choices = _next(schedule.taken, most_switches)


def _next(taken: list[Turn], most_switches: int | None) -> list[int] | None:
    for position in reversed(range(len(taken))):
        turn, before = taken[position], taken[:position]
        switches = sum(earlier.is_switch for earlier in before) + turn.could_go_on
        if turn.choice + 1 < turn.runnable and (most_switches is None or switches <= most_switches):
            return [*(earlier.choice for earlier in before), turn.choice + 1]
    return None
