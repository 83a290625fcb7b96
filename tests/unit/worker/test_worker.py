"""The worker's loop: what it takes, keeps, deletes and hands back."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from alexandrite.models.queue import ANALYSIS_REQUESTED
from pricing.examination import EngineFailed, Examined
from pricing.inbox import Delivery
from pricing.messages import Task
from pricing.protection import TaskProtection
from pricing.worker import LATE_DELIVERY, Worker
from tests.orders import MONDAY


def delivery(name: str = "m-1", *, receives: int = 1, body: str | None = None) -> Delivery:
    request = {"detail-type": ANALYSIS_REQUESTED, "detail": {"model_id": f"mdl_{name}"}}
    return Delivery(name, f"receipt-{name}", body if body is not None else json.dumps(request), receives, MONDAY)


@dataclass
class ScriptedInbox:
    """A queue that delivers what it is given and remembers what became of it."""

    waiting: list[Delivery] = field(default_factory=list)
    done_with: list[str] = field(default_factory=list)
    back: list[tuple[str, int]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    asked_for: list[int] = field(default_factory=list)

    def receive(self, most: int, wait_s: int) -> list[Delivery]:
        self.asked_for.append(most)
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        if not taken:
            time.sleep(0.005)
        return taken

    def keep(self, taken: Delivery) -> bool:
        self.kept.append(taken.message_id)
        return True

    def hand_back(self, taken: Delivery, after_s: int) -> bool:
        self.back.append((taken.message_id, after_s))
        return True

    def done(self, taken: Delivery) -> None:
        self.done_with.append(taken.message_id)


@dataclass
class ScriptedExamination:
    """An examination that does what `script` says."""

    script: Callable[[Task, Callable[[], None]], Examined] = lambda task, keep_going: Examined(None)
    failures: list[tuple[str, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def run(self, task: Task, keep_going: Callable[[], None]) -> Examined:
        return self.script(task, keep_going)

    def note_failure(self, model_id: str, kind: str, cause: str) -> None:
        self.failures.append((model_id, kind))

    def give_up(self, model_id: str, cause: str) -> None:
        self.given_up.append(model_id)


@pytest.fixture
def inbox() -> ScriptedInbox:
    return ScriptedInbox()


@pytest.fixture
def examination() -> ScriptedExamination:
    return ScriptedExamination()


@pytest.fixture
def protected() -> list[bool]:
    return []


@pytest.fixture
def worker(inbox: ScriptedInbox, examination: ScriptedExamination, protected: list[bool]) -> Worker:
    return Worker(
        inbox,  # type: ignore[arg-type]  # the part of it that a worker uses
        examination,  # type: ignore[arg-type]
        concurrency=2,
        protection=TaskProtection(protected.append),
        beat_s=0.02,
    )


def run(worker: Worker, until: Callable[[], bool]) -> None:
    """Run the worker in a thread until something is so, then stop it and wait for its end."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not until() and time.monotonic() < deadline:
        time.sleep(0.005)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_message_is_deleted_after_its_effect(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination
) -> None:
    def effect(task: Task, keep_going: Callable[[], None]) -> Examined:
        assert inbox.done_with == []
        return Examined(None)

    examination.script = effect
    worker.work_on(delivery())
    assert inbox.done_with == ["m-1"]


def test_an_unexpected_failure_is_counted_and_the_message_rests_longer_each_time(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination
) -> None:
    def fail(*_: object) -> Examined:
        raise KeyError("secret file name")

    examination.script = fail
    for receives in (1, 2, 3, 12):
        worker.work_on(delivery(receives=receives))
    assert inbox.back == [("m-1", 10), ("m-1", 20), ("m-1", 40), ("m-1", 600)]
    assert examination.failures == [("mdl_m-1", "KeyError")] * 4
    assert inbox.done_with == []


def test_an_engine_failure_was_counted_where_it_happened(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination
) -> None:
    def fail(*_: object) -> Examined:
        raise EngineFailed("engine.died")

    examination.script = fail
    worker.work_on(delivery())
    assert (inbox.back, examination.failures) == ([("m-1", 10)], [])


def test_what_cannot_be_understood_goes_to_the_dead_letters_in_its_time(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination
) -> None:
    worker.work_on(delivery(body="{}"))
    assert (inbox.back, inbox.done_with) == ([("m-1", 10)], [])


def test_before_the_last_deliveries_sellers_are_asked_whatever_was_counted(
    worker: Worker, examination: ScriptedExamination
) -> None:
    worker.work_on(delivery("early", receives=LATE_DELIVERY - 1))
    worker.work_on(delivery("late", receives=LATE_DELIVERY))
    assert examination.given_up == ["mdl_late"]


def test_no_more_is_taken_than_can_be_worked_on_at_once(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination
) -> None:
    at_once: list[int] = []
    working: set[str] = set()

    def slow(task: Task, keep_going: Callable[[], None]) -> Examined:
        working.add(task.model_id)
        at_once.append(len(working))
        time.sleep(0.02)
        working.discard(task.model_id)
        return Examined(None)

    examination.script = slow
    inbox.waiting = [delivery(str(number)) for number in range(8)]
    run(worker, lambda: len(inbox.done_with) == 8)
    assert len(inbox.done_with) == 8
    assert max(at_once) == 2
    assert max(inbox.asked_for) == 2


def test_what_is_being_worked_on_is_kept_from_others_and_the_task_from_being_stopped(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination, protected: list[bool]
) -> None:
    def slow(task: Task, keep_going: Callable[[], None]) -> Examined:
        time.sleep(0.1)
        return Examined(None)

    examination.script = slow
    inbox.waiting = [delivery()]
    run(worker, lambda: bool(inbox.done_with) and protected[-1:] == [False])
    assert len(inbox.kept) >= 2
    assert protected[0] is True
    assert protected[-1] is False


def test_a_stopped_worker_hands_back_what_it_has_not_done_at_once(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination
) -> None:
    begun = threading.Event()

    def endless(task: Task, keep_going: Callable[[], None]) -> Examined:
        begun.set()
        while True:
            keep_going()
            time.sleep(0.005)

    examination.script = endless
    inbox.waiting = [delivery("a"), delivery("b"), delivery("c")]
    run(worker, begun.is_set)
    assert sorted(inbox.back) == [("a", 0), ("b", 0)]
    assert [left.message_id for left in inbox.waiting] == ["c"]
    assert inbox.done_with == []


def test_a_thread_that_hangs_does_not_keep_its_message(
    worker: Worker, inbox: ScriptedInbox, examination: ScriptedExamination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pricing.worker.GRACE_S", 0.05)
    begun, end = threading.Event(), threading.Event()

    def hang(task: Task, keep_going: Callable[[], None]) -> Examined:
        begun.set()
        end.wait(10)
        return Examined(None)

    examination.script = hang
    inbox.waiting = [delivery()]
    run(worker, begun.is_set)
    assert inbox.back == [("m-1", 0)]
    end.set()


def test_without_an_agent_there_is_nothing_to_protect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECS_AGENT_URI", raising=False)
    TaskProtection.of_this_task().protect()


def test_an_agent_that_does_not_answer_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECS_AGENT_URI", "http://127.0.0.1:9")
    TaskProtection.of_this_task().protect()
