"""The Fargate worker: takes files from the pricing queue until it is told to stop.

One thread waits for messages, one keeps those in hand from reappearing, and each message has a thread of its own, which
mostly waits for the child that analyses the file. A message is deleted only after its effect; a worker that is stopped
hands back what it has not done, and one that is killed is forgotten by the queue within two minutes.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from alexandrite import clients, configuration
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.domain.models import Analysis, Unit
from alexandrite.models.bucket import S3ModelBucket
from alexandrite.models.record import Model, Progress, Stage
from alexandrite.models.table import DynamoModelTable
from alexandrite.pricing.orders import OrderPricing
from alexandrite.store.dynamodb import DynamoOrderTable
from alexandrite.telemetry import count, logger
from pricing import isolation
from pricing.examination import EngineFailed, Examination
from pricing.geometry.analysis import ENGINE_VERSION
from pricing.geometry.limits import Limits
from pricing.inbox import VISIBILITY_S, Delivery, Inbox
from pricing.messages import Unintelligible, parse
from pricing.protection import TaskProtection

SERVICE = "pricing"
POLL_S = 5
# The queue gives a message up after ten deliveries. Workers that die of a file cannot count their deaths, so before the
# last deliveries the sellers are asked whatever has been counted.
LATE_DELIVERY = 8
# Of the 120 s that ECS waits between SIGTERM and SIGKILL.
GRACE_S = 30.0

_BREATH_S = 5.0
_LONGEST_ETA_S = 1e6


type Ids = dict[str, str | int]


class Interrupted(Exception):
    """The worker is told to stop."""


class Worker:
    """Takes messages, has up to `concurrency` of them examined at once, and stops when told to."""

    def __init__(
        self,
        inbox: Inbox,
        examination: Examination,
        *,
        concurrency: int,
        protection: TaskProtection,
        poll_s: int = POLL_S,
        beat_s: float = VISIBILITY_S / 4,
    ) -> None:
        self._inbox = inbox
        self._examination = examination
        self._concurrency = concurrency
        self._protection = protection
        self._poll_s = poll_s
        self._beat_s = beat_s
        self._stopping = threading.Event()
        self._in_hand: dict[str, Delivery] = {}
        self._changed = threading.Condition()
        self._protecting = threading.Lock()

    def stop(self) -> None:
        """Take nothing more, and give back what is not done. Safe to call from a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop` is called."""
        threading.Thread(target=self._keep_in_hand, name="heartbeat", daemon=True).start()
        while not self._stopping.is_set():
            self._take(self._free())
        self._end()

    def work_on(self, delivery: Delivery) -> None:
        """Do what a message asks for, then delete it; or hand it back."""
        ids: Ids = {"message_id": delivery.message_id, "receives": delivery.receives}
        try:
            task = parse(delivery.body, delivery.message_id)
        except Unintelligible as nonsense:
            logger().error("unintelligible message", extra=ids | {"reason": str(nonsense)})
            self._inbox.hand_back(delivery, delivery.backoff_s)
            return
        ids |= {"model_id": task.model_id}
        try:
            if delivery.receives >= LATE_DELIVERY:
                self._examination.give_up(task.model_id, task.cause)
            examined = self._examination.run(task, self._keep_going)
        except Interrupted:
            logger().info("handed back", extra=ids)
            self._inbox.hand_back(delivery, 0)
        except EngineFailed as failure:
            self._failed(delivery, ids | {"code": str(failure)})
        except Exception as failure:
            kind = type(failure).__name__
            logger().exception("examination failed", extra=ids)
            self._failed(delivery, ids | {"code": kind})
            self._examination.note_failure(task.model_id, kind, task.cause)
        else:
            self._inbox.done(delivery)
            self._report(examined.model, examined.priced, delivery, ids)

    def _take(self, free: int) -> None:
        if free == 0:
            with self._changed:
                self._changed.wait(timeout=1)
            return
        try:
            deliveries = self._inbox.receive(min(free, 10), self._poll_s)
        except (BotoCoreError, ClientError):
            logger().exception("the queue does not answer")
            self._stopping.wait(_BREATH_S)
            return
        for delivery in deliveries:
            if self._stopping.is_set():
                self._inbox.hand_back(delivery, 0)
            else:
                self._start(delivery)

    def _free(self) -> int:
        with self._changed:
            return self._concurrency - len(self._in_hand)

    def _start(self, delivery: Delivery) -> None:
        with self._changed:
            self._in_hand[delivery.receipt] = delivery
        self._protect_while_working()
        threading.Thread(target=self._work_and_let_go, args=[delivery], name=delivery.message_id, daemon=True).start()

    def _work_and_let_go(self, delivery: Delivery) -> None:
        try:
            self.work_on(delivery)
        except (BotoCoreError, ClientError):
            logger().exception("left to the queue", extra={"message_id": delivery.message_id})
        finally:
            with self._changed:
                self._in_hand.pop(delivery.receipt, None)
                self._changed.notify_all()
            self._protect_while_working()

    def _keep_in_hand(self) -> None:
        while not self._stopping.wait(self._beat_s):
            with self._changed:
                deliveries = list(self._in_hand.values())
            for delivery in deliveries:
                try:
                    if not self._inbox.keep(delivery):
                        logger().warning("a message is lost to us", extra={"message_id": delivery.message_id})
                except (BotoCoreError, ClientError):
                    logger().exception("no sign of life could be given", extra={"message_id": delivery.message_id})
            if deliveries:
                self._protect_while_working()

    def _protect_while_working(self) -> None:
        with self._protecting:  # one at a time, so that the last word is about the last state
            if self._in_hand:
                self._protection.protect()
            else:
                self._protection.release()

    def _keep_going(self) -> None:
        if self._stopping.is_set():
            raise Interrupted

    def _end(self) -> None:
        """Wait a little for the threads to hand back their messages, then do it for those that hang."""
        deadline = time.monotonic() + GRACE_S
        with self._changed:
            while self._in_hand and time.monotonic() < deadline:
                self._changed.wait(timeout=deadline - time.monotonic())
            left = list(self._in_hand.values())
        for delivery in left:
            self._inbox.hand_back(delivery, 0)
        logger().info("stopped", extra={"handed_back_late": len(left)})

    def _failed(self, delivery: Delivery, ids: Ids) -> None:
        count("AnalysesFailed", service=SERVICE)
        logger().warning("to be tried again", extra=ids | {"backoff_s": delivery.backoff_s})
        self._inbox.hand_back(delivery, delivery.backoff_s)

    def _report(self, model: Model | None, priced: int, delivery: Delivery, ids: Ids) -> None:
        waited_s = (datetime.now(UTC) - delivery.sent_at).total_seconds()
        stage = model.stage if model is not None else "deleted"
        code = model.refusal.code if model is not None and model.refusal is not None else ""
        logger().info("examined", extra=ids | {"stage": stage, "code": code, "priced": priced, "seconds": waited_s})
        if stage in (Stage.ANALYSED, Stage.REFUSED):
            count("AnalysesFinished", service=SERVICE)
            count("AnalysisSeconds", waited_s, MetricUnit.Seconds, service=SERVICE)
        if priced:
            count("PricesCalculated", priced, service=SERVICE)


class IsolatedEngine:
    """The geometry engine in children of a nursery."""

    version = ENGINE_VERSION

    def __init__(self, nursery: isolation.Nursery, limits: Limits) -> None:
        self._nursery = nursery
        self._limits = limits

    def analyse(self, path: Path, unit: Unit | None, progress: Callable[[Progress], None]) -> Analysis:
        """Analyse a file; see `Nursery.analyse_file`."""

        def tell(said: isolation.Progress) -> None:
            # The child may have been taken over: its numbers are shown to people, so they must be numbers.
            share = said.done if 0 <= said.done <= 1 else 0.0
            eta_s = said.eta_s if said.eta_s is not None and 0 <= said.eta_s < _LONGEST_ETA_S else None
            progress(Progress(step=said.stage, share=share, eta_s=eta_s))

        return self._nursery.analyse_file(path, unit=unit, limits=self._limits, progress=tell)


def main() -> None:
    """Put the worker together and run it until SIGTERM."""
    dynamodb, orders_table = clients.dynamodb(), configuration.orders_table()
    models = DynamoModelTable(dynamodb, orders_table)
    book = CompanyBook(DynamoDocumentTable(dynamodb, configuration.company_table()))
    nursery = isolation.Nursery()
    examination = Examination(
        models,
        S3ModelBucket(clients.s3(), configuration.models_bucket()),
        OrderPricing(DynamoOrderTable(dynamodb, orders_table), models, book),
        IsolatedEngine(nursery, Limits()),
        lambda: datetime.now(UTC),
    )
    worker = Worker(
        Inbox(clients.sqs(), configuration.pricing_queue()),
        examination,
        concurrency=int(os.environ.get("PRICING_CONCURRENCY", "") or os.process_cpu_count() or 1),
        protection=TaskProtection.of_this_task(),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    nursery.start()
    worker.run()
    nursery.stop()


if __name__ == "__main__":
    main()
