"""Bringing one model to its end: fetch the recorded bytes, analyse them, write down what came of it, price its orders.

Every step can be repeated and can find that somebody else has done it. What is refused is a result like any other.
"""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from alexandrite.domain.commands import Trace
from alexandrite.domain.models import Analysis, Unit
from alexandrite.domain.orders import FileVersion
from alexandrite.models.bucket import Gone, ModelBucket, TooLarge
from alexandrite.models.record import FileRefusal, Model, Progress, Stage, base64url
from alexandrite.models.table import ModelTable, RecordMoved
from alexandrite.models.uploads import record_file
from alexandrite.pricing.orders import Came, OrderPricing
from pricing.geometry.refusals import ModelRefused
from pricing.messages import Task

# Attempts that fail in the same way before a person is asked.
SAME_FAILURES = 3

# How often progress is written down: an uploader looks about once a second.
TELL_EVERY = timedelta(seconds=1)

_ROUNDS = 5


class Engine(Protocol):
    """The geometry engine, in whatever isolation it runs."""

    @property
    def version(self) -> str:
        """Of the measurements: analyses of another version are not comparable."""

    def analyse(self, path: Path, unit: Unit | None, progress: Callable[[Progress], None]) -> Analysis:
        """Analyse a file; `progress` is called now and then, and when it raises, the analysis is called off.

        Raises:
            ModelRefused: there is no analysis of this file.
        """


class EngineFailed(Exception):
    """The engine failed on a file that may be good: worth another try."""


class Superseded(Exception):
    """The record has moved on while its file was being analysed: this analysis is of no use."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of a task: the model as it stands (None: there is none), and how many orders got their price."""

    model: Model | None
    priced: int = 0


class Examination:
    """The use case of the worker."""

    def __init__(
        self,
        models: ModelTable,
        bucket: ModelBucket,
        pricing: OrderPricing,
        engine: Engine,
        clock: Callable[[], datetime],
    ) -> None:
        self._models = models
        self._bucket = bucket
        self._pricing = pricing
        self._engine = engine
        self._clock = clock

    def run(self, task: Task, keep_going: Callable[[], None]) -> Examined:
        """Do all that is left to do for the task's model and the orders that wait for it.

        Args:
            keep_going: called often; what it raises ends the work, which can be taken up again by anybody.

        Raises:
            EngineFailed: the engine failed, and not yet too often.
        """
        trace = Trace(correlation_id=task.cause, causation_id=task.cause)
        for _ in range(_ROUNDS):
            model = self._models.read([task.model_id]).get(task.model_id)
            if model is None:
                return Examined(None)
            if model.deleted:
                self._bucket.erase(model.key)  # the form outlives its model by up to an hour
                return Examined(None)
            if model.is_settled:
                return Examined(model, self._price_orders(model, trace))
            try:
                if self._advance(model, task, trace, keep_going) is None:
                    return Examined(model)
            except (RecordMoved, Superseded):
                continue
        raise RecordMoved(task.model_id)

    def note_failure(self, model_id: str, kind: str, cause: str) -> None:
        """Count an attempt that failed unexpectedly, by kind; too many of one kind, and sellers are asked."""
        for _ in range(_ROUNDS):
            model = self._models.read([model_id]).get(model_id)
            if model is None or model.deleted:
                return
            failures = {**model.failures, kind: model.failures.get(kind, 0) + 1}
            try:
                self._models.save(model.model_copy(update={"failures": failures}))
            except RecordMoved:
                continue
            if failures[kind] >= SAME_FAILURES:
                self.give_up(model_id, cause)
            return

    def give_up(self, model_id: str, cause: str) -> None:
        """Ask the sellers of the orders that wait for this model for a price by hand; no harm if they get one yet."""
        for order_id in self._models.orders_of(model_id):
            self._pricing.fail(order_id, now=self._clock(), trace=Trace(correlation_id=cause, causation_id=cause))

    def _price_orders(self, model: Model, trace: Trace) -> int:
        outcomes = [
            self._pricing.catch_up(order_id, now=self._clock(), trace=trace)
            for order_id in self._models.orders_of(model.model_id)
        ]
        return sum(outcome.came in (Came.PRICED, Came.ACCEPTED) for outcome in outcomes)

    def _advance(self, model: Model, task: Task, trace: Trace, keep_going: Callable[[], None]) -> Model | None:
        """Settle a model; None when nothing has been uploaded."""
        version_id = model.file.version_id if model.file is not None else task.version_id or self._latest(model)
        if version_id is None:
            return None
        with _scratch_file() as path:
            try:
                sha256 = self._bucket.fetch(model.key, version_id, path, model.declared.size_bytes, keep_going)
            except TooLarge as surplus:
                return self._settle(model, refusal=FileRefusal(code="upload.not_as_declared", detail=str(surplus)))
            except Gone as loss:
                return self._settle(model, refusal=FileRefusal(code="upload.gone", detail=str(loss)))
            found = FileVersion(version_id=version_id, sha256=base64url(sha256))
            recorded = record_file(self._models, model, found, self._clock())
            if recorded.file is None or recorded.file.version_id != version_id:
                raise Superseded(model.model_id)  # another version was recorded first, and that one counts
            for order_id in self._models.orders_of(model.model_id):
                self._pricing.record_files(order_id, now=self._clock(), trace=trace)
            wrong = _not_as_declared(recorded, path, sha256)
            if wrong is not None:
                return self._settle(recorded, refusal=wrong)
            return self._analyse(recorded, path, sha256, keep_going)

    def _analyse(self, model: Model, path: Path, sha256: str, keep_going: Callable[[], None]) -> Model:
        begun = self._models.save(
            model.model_copy(update={"stage": Stage.ANALYSING, "updated_at": self._clock()}),
        )

        told = begun.updated_at

        def progress(so_far: Progress) -> None:
            nonlocal told
            keep_going()
            now = self._clock()
            if now - told >= TELL_EVERY:
                told = now
                if not self._models.note_progress(begun, so_far):
                    raise Superseded(model.model_id)

        try:
            analysis = self._models.cached_analysis(sha256, self._engine.version, begun.unit)
            if analysis is None:
                analysis = self._engine.analyse(path, begun.unit, progress)
                self._models.cache_analysis(analysis, begun.unit)
        except ModelRefused as refused:
            refusal = FileRefusal(code=refused.code, detail=refused.detail)
            failures = {**begun.failures, refused.code: begun.failures.get(refused.code, 0) + 1}
            if refusal.blames_engine and failures[refused.code] < SAME_FAILURES:
                self._models.save(begun.model_copy(update={"failures": failures, "stage": Stage.UPLOADED}))
                raise EngineFailed(refused.code) from refused
            return self._settle(begun, refusal=refusal)
        return self._settle(begun, analysis=analysis)

    def _settle(self, model: Model, *, analysis: Analysis | None = None, refusal: FileRefusal | None = None) -> Model:
        stage = Stage.ANALYSED if analysis is not None else Stage.REFUSED
        change = {"stage": stage, "analysis": analysis, "refusal": refusal, "updated_at": self._clock()}
        return self._models.save(model.model_copy(update=change))

    def _latest(self, model: Model) -> str | None:
        stored = self._bucket.look(model.key)
        return stored.version_id if stored is not None else None


def _not_as_declared(model: Model, path: Path, sha256: str) -> FileRefusal | None:
    declared, size = model.declared, path.stat().st_size
    if size != declared.size_bytes:
        detail = f"{size} bytes instead of the {declared.size_bytes} declared"
    elif declared.sha256 not in (None, sha256):
        detail = "the checksum is not the one declared"
    elif model.file is not None and model.file.sha256 != base64url(sha256):
        detail = "the bytes are not those that were recorded at first"
    else:
        return None
    return FileRefusal(code="upload.not_as_declared", detail=detail)


@contextmanager
def _scratch_file() -> Iterator[Path]:
    """Give a path for a file that is gone afterwards, whatever happens."""
    path = Path(tempfile.gettempdir()) / f"model-{uuid.uuid4().hex}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
