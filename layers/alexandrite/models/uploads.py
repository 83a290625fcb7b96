"""What owners do with their models: register an upload, look, list, confirm the unit, delete."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alexandrite.domain.errors import Conflict, Invalid, KeyReused, NotFound
from alexandrite.domain.findings import geometry_findings
from alexandrite.domain.identifiers import derive
from alexandrite.domain.models import Finding, Unit, UnitSource
from alexandrite.domain.orders import FileVersion, Mode, Order
from alexandrite.domain.statuses import COMPOSING, Status
from alexandrite.models.bucket import ModelBucket, StoredFile, UploadForm
from alexandrite.models.checks import next_check
from alexandrite.models.queue import AnalysisQueue
from alexandrite.models.record import Declaration, Model, Progress, Stage, base64url
from alexandrite.models.table import ModelTable, RecordMoved

_UNPRICED = COMPOSING | {Status.SUBMITTED, Status.CANCELLED, Status.REJECTED}
_CURSOR = re.compile(r"^[0-9T:.+-]{20,40}#mdl_[0-9A-Z]{16}$")
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered model and the form to upload it with; no form once the file has arrived."""

    model: Model
    form: UploadForm | None
    replayed: bool


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model as its owner sees it."""

    model: Model
    progress: Progress | None
    findings: tuple[Finding, ...]


class Uploads:
    """Models of buyers. `owner` and `mode` say whose; anybody else's model is `NotFound`, like one that never was."""

    def __init__(
        self,
        table: ModelTable,
        bucket: ModelBucket,
        queue: AnalysisQueue,
        find_order: Callable[[str], Order | None],
    ) -> None:
        self._table = table
        self._bucket = bucket
        self._queue = queue
        self._find_order = find_order

    def register(self, owner: str, mode: Mode, key: str, declared: Declaration, *, now: datetime) -> Registration:
        """Announce a file and get the form to upload it with. The same `key` finds the same model again.

        Raises:
            KeyReused: the key came with another declaration before.
        """
        wanted = Model(
            model_id=derive("mdl", owner, mode, key),
            owner=owner,
            mode=mode,
            declared=declared,
            unit=declared.unit,
            created_at=now,
            updated_at=now,
        )
        model = self._table.add(wanted)
        if model.declared != declared or model.deleted:
            raise KeyReused("This idempotency key was used for another model.")
        replayed = model != wanted
        if model.stage is not Stage.AWAITING_UPLOAD:
            return Registration(model, None, replayed)
        if replayed:  # this form can be used for longer than the first one
            fresh = model.model_copy(update={"looks": 0})
            self._table.schedule(fresh, next_check(fresh, since=now))
        return Registration(model, self._bucket.form(model, now), replayed)

    def get(self, owner: str, mode: Mode, model_id: str) -> ModelView:
        """Return a model with its progress and with the findings that hold in every material."""
        model = self._owned(owner, mode, model_id)
        progress = self._table.progress_of(model) if model.stage is Stage.ANALYSING else None
        return ModelView(model, progress, geometry_findings(model.analysis) if model.analysis else ())

    def page(
        self, owner: str, mode: Mode, *, limit: int, cursor: str | None = None
    ) -> tuple[Sequence[Model], str | None]:
        """Return up to `limit` models, newest first, and the cursor of the next page."""
        if cursor is not None and not _CURSOR.match(cursor):
            raise Invalid("This cursor was not issued by us.", code="cursor.invalid", pointer="/cursor")
        return self._table.page(owner, mode, limit, cursor)

    def owned(self, owner: str, mode: Mode, model_ids: Iterable[str]) -> dict[str, Model]:
        """Return these models of one owner by id.

        Raises:
            NotFound: for the first of them that is not there.
        """
        wanted = sorted(set(model_ids))
        found = self._table.read(wanted)
        for model_id in wanted:
            model = found.get(model_id)
            if model is None or model.deleted or (model.owner, model.mode) != (owner, mode):
                raise NotFound(f"There is no model {model_id}.", code="model.not_found")
        return found

    def files(self, models: Iterable[Model], *, now: datetime) -> dict[str, FileVersion]:
        """Return the bytes of those models whose upload has arrived, by model id.

        Looks at storage itself, so that an order can be submitted before the storage event is delivered: that event
        then repeats what is recorded here. Where storage reports no checksum, the one that its form was bound to
        counts; the worker reads the bytes before anything is priced. Without either only the worker can record the
        file.
        """
        known: dict[str, FileVersion] = {}
        for model in models:
            present = model if model.file is not None else self._arrived(model, now)
            if present.file is not None:
                known[present.model_id] = present.file
        return known

    def _arrived(self, model: Model, now: datetime) -> Model:
        stored = self._bucket.look(model.key)
        return record_stored(self._table, model, stored, now) if stored is not None else model

    def confirm_unit(self, owner: str, mode: Mode, model_id: str, unit: Unit, *, now: datetime) -> Model:
        """Set the unit that the file is drawn in and have the model analysed again if that changes anything.

        Raises:
            Conflict: an order was priced under the present unit (`model.priced`): change or cancel that order first.
        """
        for _ in range(_ATTEMPTS):
            model = self._owned(owner, mode, model_id)
            if model.unit is unit and model.unit_confirmed:
                return model
            change: dict[str, object] = {"unit": unit, "unit_confirmed": True, "updated_at": now}
            measured = model.analysis is not None and model.analysis.unit is unit
            if model.analysis is not None and measured:
                change |= {"analysis": model.analysis.model_copy(update={"unit_source": UnitSource.DECLARED})}
            else:
                self._must_be_unpriced(model)
            if not measured and model.stage is not Stage.AWAITING_UPLOAD:
                change |= {"stage": Stage.UPLOADED, "analysis": None, "refusal": None, "failures": {}, "looks": 0}
            try:
                saved = self._table.save(model.model_copy(update=change))
                if not measured:
                    self._undo_if_priced(model, saved)
            except RecordMoved:
                continue
            if saved.stage is Stage.UPLOADED:
                self._queue.ask(model_id)
            return saved
        raise Conflict("The model is being worked on; please try again.", code="model.busy")

    def delete(self, owner: str, mode: Mode, model_id: str, *, now: datetime) -> None:
        """Delete a model and its bytes; deleting it again makes sure of the bytes.

        Raises:
            Conflict: an open order names it (`model.in_use`).
        """
        for _ in range(_ATTEMPTS):
            model = self._table.read([model_id]).get(model_id)
            if model is None or (model.owner, model.mode) != (owner, mode):
                raise NotFound(f"There is no model {model_id}.", code="model.not_found")
            if model.deleted:
                self._bucket.erase(model.key)
                return
            if any(order.is_open for order in self._naming(model)):
                raise Conflict("An open order is for this model.", code="model.in_use")
            try:
                self._table.save(model.model_copy(update={"deleted": True, "updated_at": now}))
            except RecordMoved:
                continue
            self._bucket.erase(model.key)
            return
        raise Conflict("The model is being worked on; please try again.", code="model.busy")

    def _owned(self, owner: str, mode: Mode, model_id: str) -> Model:
        return self.owned(owner, mode, [model_id])[model_id]

    def _naming(self, model: Model) -> list[Order]:
        """Return the orders that name the model now: a link stays when the line has gone."""
        linked = (self._find_order(order_id) for order_id in self._table.orders_of(model.model_id))
        return [order for order in linked if order is not None and model.model_id in order.models]

    def _undo_if_priced(self, before: Model, saved: Model) -> None:
        """Take a new unit back when an order was priced under the old one before the new one was written.

        No price for the old unit can come after: pricing conditions on the record that it has read. Orders that have
        looked at the record in between wait for the engine, so it is asked to look at them.
        """
        try:
            self._must_be_unpriced(saved)
        except Conflict:
            self._table.save(before.model_copy(update={"revision": saved.revision}))
            self._queue.ask(before.model_id)
            raise

    def _must_be_unpriced(self, model: Model) -> None:
        for order in self._naming(model):
            if order.status not in _UNPRICED:
                raise Conflict(
                    f"{order.order_id} was priced for this model as it is.",
                    code="model.priced",
                    facts={"order_id": order.order_id},
                )


def fits(stored: StoredFile, declared: Declaration) -> bool:
    """Whether what lies in storage can be what was declared."""
    known = None not in (declared.sha256, stored.sha256)
    return stored.size_bytes == declared.size_bytes and not (known and declared.sha256 != stored.sha256)


def record_stored(table: ModelTable, model: Model, stored: StoredFile, now: datetime) -> Model:
    """Record what lies in storage if it is what was declared; without any checksum only the worker can."""
    sha256 = stored.sha256 or model.declared.sha256
    if sha256 is None or not fits(stored, model.declared):
        return model
    file = FileVersion(version_id=stored.version_id, sha256=base64url(sha256))
    return record_file(table, model, file, now)


def record_file(table: ModelTable, model: Model, file: FileVersion, now: datetime) -> Model:
    """Record the version that the model stands for from now on, unless one is recorded: the first one wins.

    Returns the record with whichever version won.
    """
    for _ in range(_ATTEMPTS):
        if model.file is not None or model.deleted:
            return model
        arrived = model.model_copy(update={"file": file, "stage": Stage.UPLOADED, "looks": 0, "updated_at": now})
        try:
            return table.save(arrived)
        except RecordMoved:
            model = table.read([model.model_id])[model.model_id]
    raise RecordMoved(model.model_id)
