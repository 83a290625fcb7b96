"""The sweeper of models: finds every model that nobody gets on with, whose news of an upload or analysis was lost.

Storage tells of an upload at least once, and the pricing queue keeps what it is told for days; yet a rule can be
broken, a queue purged, a message end among the dead letters. Every model that is not settled is in a sparse index by
the time at which it should have moved. The engine finds out by itself what is left to do, so a look only has to ask.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from alexandrite.domain.commands import Trace
from alexandrite.driving.sweeper import Found, InTime, in_turn
from alexandrite.models.bucket import ModelBucket
from alexandrite.models.checks import MODEL_SHARDS, next_check
from alexandrite.models.queue import AnalysisQueue
from alexandrite.models.record import Model, Stage
from alexandrite.models.table import ModelTable
from alexandrite.models.uploads import record_stored
from alexandrite.telemetry import about, count, logger

MODELS_PER_SHARD = 25  # of one sweep; what is left is the oldest of the next one
ASKED_IN_VAIN = 3  # so often, and the sellers of the orders that wait are asked for a price by hand


class ScheduledModels(ModelTable, Protocol):
    """Model records with the index by the time at which they should have moved."""

    def due(self, shard: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Return up to `limit` models of a shard that are to be looked at by `before`, the oldest first."""
        ...

    def scheduled(self, model_id: str) -> tuple[Model, datetime] | None:
        """Return the model, read consistently, and when it is to be looked at; None when it is not."""
        ...


class GiveUp(Protocol):
    """Tells a submitted order that the engine fails on one of its models."""

    def __call__(self, order_id: str, *, now: datetime, trace: Trace) -> object:
        """Ask the seller for a price by hand, once."""
        ...


@dataclass(frozen=True, slots=True)
class ModelSweeper:
    """Sweeps over its collaborators."""

    models: ScheduledModels
    bucket: ModelBucket
    queue: AnalysisQueue
    give_up: GiveUp

    def due(self, *, now: datetime, in_time: InTime = lambda: True) -> Found:
        """Look at the models whose time has come: a bounded number, in turn from each shard, while `in_time`."""
        found = Found()
        waiting = [self.models.due(shard, before=now, limit=MODELS_PER_SHARD) for shard in MODEL_SHARDS]
        for model_id in in_turn(waiting):
            if not in_time():
                found.unfinished = True
                break
            self._attend(model_id, now, found)
        count("ModelsRepaired", found.repaired)
        count("ModelsNotRepaired", found.failed)
        return found

    def _attend(self, model_id: str, now: datetime, found: Found) -> None:
        seen = self.models.scheduled(model_id)
        if seen is None or seen[1] > now:
            return  # the index trails the truth
        model, due_at = seen
        found.looked_at += 1
        after = model.model_copy(update={"looks": model.looks + 1})
        is_uploaded = False
        with about(model_id=model_id):
            try:
                is_uploaded = self._get_on_with(after, now)
            except Exception:  # whatever it is, the models after this one must not suffer from it
                logger().exception("a model could not be got on with")
                found.failed += 1
                after = model  # nobody has looked
        found.repaired += is_uploaded
        self.models.schedule(after, next_check(after, since=now, is_uploaded=is_uploaded), seen=due_at)

    def _get_on_with(self, model: Model, now: datetime) -> bool:
        """Ask the engine for what it has not done; return whether there is a file that it can be asked for."""
        if model.stage is Stage.AWAITING_UPLOAD:
            stored = self.bucket.look(model.key)
            if stored is None:
                return False
            record_stored(self.models, model, stored, now)
        self.queue.ask(model.model_id)
        logger().warning("a model was left lying", extra={"stage": model.stage, "looks": model.looks})
        if model.looks >= ASKED_IN_VAIN:
            trace = Trace(correlation_id=model.model_id, causation_id="sweeper")
            for order_id in self.models.orders_of(model.model_id):
                self.give_up(order_id, now=now, trace=trace)
        return True
