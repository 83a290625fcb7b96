"""A small company for tests of models and prices: tables in memory, and the steps that bring an order to a price."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from alexandrite.company_book.book import CompanyBook
from alexandrite.domain.commands import AnyCommand, CreateOrder, RecordFiles, SubmitOrder
from alexandrite.domain.identifiers import command_id
from alexandrite.domain.models import Analysis, Unit
from alexandrite.domain.orders import Actor, ActorKind, Channel, Delivery, Line, Mode, Order
from alexandrite.models.record import Declaration, Model, Progress
from alexandrite.models.uploads import Uploads
from alexandrite.pricing.orders import OrderPricing
from alexandrite.store.apply import Snapshot, apply
from pricing.examination import Examination
from pricing.messages import Task
from tests.memory_models import MemoryBucket, MemoryDocuments, MemoryModelTable, MemoryQueue, analysis_of
from tests.memory_table import MemoryOrderTable
from tests.orders import CUSTOMER, MONDAY, PARTNER

RING = b"a ring"


@dataclass
class ScriptedEngine:
    """An engine that finds a cube in everything, or does what `script` says; it remembers what it was given."""

    version: str = "1"
    script: Callable[[bytes, Unit | None, Callable[[Progress], None]], Analysis] | None = None
    given: list[tuple[bytes, Unit | None]] = field(default_factory=list)

    def analyse(self, path: Path, unit: Unit | None, progress: Callable[[Progress], None]) -> Analysis:
        content = path.read_bytes()
        self.given.append((content, unit))
        if self.script is not None:
            return self.script(content, unit, progress)
        return analysis_of(content, unit=unit)


class Company:
    """Everything that models and prices are made with, over memory; `now` moves only when a test moves it."""

    def __init__(self) -> None:
        self.now: datetime = MONDAY
        self.orders = MemoryOrderTable()
        self.models = MemoryModelTable(self.orders)
        self.bucket = MemoryBucket()
        self.queue = MemoryQueue()
        self.book = CompanyBook(MemoryDocuments(), monotonic=lambda: 0.0)
        self.engine = ScriptedEngine()
        self.pricing = OrderPricing(self.orders, self.models, self.book)
        self.uploads = Uploads(self.models, self.bucket, self.queue, self.order)
        self.examination = Examination(self.models, self.bucket, self.pricing, self.engine, lambda: self.now)

    def pass_time(self, **parts: float) -> datetime:
        """Let time pass; return the new now."""
        self.now += timedelta(**parts)
        return self.now

    def order(self, order_id: str) -> Order | None:
        return self.orders.read(order_id).order

    def registered(
        self, content: bytes = RING, *, owner: str = CUSTOMER.id, unit: Unit | None = None, key: str | None = None
    ) -> Model:
        """Register a model for `content` without uploading it."""
        declared = Declaration(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), unit=unit)
        key = key or hashlib.sha256(content).hexdigest()
        return self.uploads.register(owner, Mode.LIVE, key, declared, now=self.now).model

    def uploaded(self, content: bytes = RING, **parts: object) -> tuple[Model, Task]:
        """Register a model and upload its file; return it with the task that storage sends for it."""
        model = self.registered(content, **parts)  # type: ignore[arg-type]  # passed on as they are
        version = self.bucket.upload(model.key, content)
        return model, Task(model.model_id, version, "evt_upload")

    def examine(self, task: Task) -> Model:
        """Let the worker do the task; return the model as it is then."""
        self.examination.run(task, lambda: None)
        return self.models.read([task.model_id])[task.model_id]

    def analysed(self, content: bytes = RING, **parts: object) -> Model:
        """Register, upload and analyse a model."""
        return self.examine(self.uploaded(content, **parts)[1])

    def created(
        self, *models: Model, actor: Actor = CUSTOMER, up_to: int | None = None, name: str = "ord_1", **line: object
    ) -> Order:
        """Begin an order of one line per model."""
        parts = {"material": "silver_925", "finish": "polished", "quantity": 1, **line}
        channel = Channel.PARTNER if actor.kind is ActorKind.PARTNER else Channel.SHOP
        create = CreateOrder(
            command_id=command_id(name, "create"),
            actor=actor,
            at=self.now,
            channel=channel,
            mode=Mode.LIVE,
            buyer=actor.id,
            creating_hash="0" * 64,
            lines=tuple(
                Line.model_validate({"line": number, "model": model.model_id, **parts})
                for number, model in enumerate(models, 1)
            ),
            delivery=Delivery(contact="con_1", method="courier", cost_minor=50_000),
            accept_up_to_minor=up_to,
        )
        return self.apply(name, create)

    def submit(self, order_id: str, actor: Actor = CUSTOMER) -> Order:
        """Press "order", looking at storage for files that the order does not know yet."""

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            assert seen.order is not None
            models = self.uploads.owned(actor.id, Mode.LIVE, seen.order.missing_files)
            found = self.uploads.files(models.values(), now=self.now)
            submit = SubmitOrder(command_id=command_id(order_id, "submit"), actor=actor, at=self.now)
            if not found:
                return [submit]
            return [
                RecordFiles(command_id=command_id(order_id, "files"), actor=actor, at=self.now, files=found),
                submit,
            ]

        return apply(self.orders, order_id, plan, company=self.book.company()).order

    def submitted(self, *models: Model, actor: Actor = CUSTOMER, name: str = "ord_1", **parts: object) -> Order:
        """Begin an order and submit it; nobody has priced it then."""
        self.created(*models, actor=actor, name=name, **parts)  # type: ignore[arg-type]  # passed on as they are
        return self.submit(name, actor)

    def apply(self, order_id: str, *commands: AnyCommand) -> Order:
        """Carry out commands."""
        return apply(self.orders, order_id, commands, company=self.book.company()).order

    def facts(self, order_id: str = "ord_1") -> list[str]:
        """Return the names of what has happened to an order."""
        return [step.event.fact.name for step in self.orders.log[order_id]]


__all__ = ["CUSTOMER", "MONDAY", "PARTNER", "RING", "Company", "ScriptedEngine"]
