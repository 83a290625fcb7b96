"""Model records, uploaded files, the pricing queue and the company's documents in memory."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from alexandrite.company_book.documents import Document, DocumentMoved, Place
from alexandrite.domain.models import Analysis, Box, FileFormat, Unit, UnitSource
from alexandrite.domain.orders import Mode
from alexandrite.models.bucket import UPLOAD_WITHIN, Gone, StoredFile, TooLarge, UploadForm
from alexandrite.models.checks import check_shard, next_check
from alexandrite.models.record import Model, Progress, Stage, base64url
from alexandrite.models.table import RecordMoved
from alexandrite.store.keys import model_key
from tests.memory_table import MemoryOrderTable


@dataclass
class MemoryModelTable:
    """`ModelTable` among the items of an orders table, so that transactions over both see the same."""

    orders: MemoryOrderTable = field(default_factory=MemoryOrderTable)
    progress: dict[tuple[str, int], Progress] = field(default_factory=dict)
    analyses: dict[tuple[str, str, Unit | None], Analysis] = field(default_factory=dict)

    def add(self, model: Model) -> Model:
        present = self.read([model.model_id]).get(model.model_id)
        if present is None:
            self._put(model)
        return present or model

    def read(self, model_ids: Iterable[str]) -> dict[str, Model]:
        items = {model_id: self.orders.items.get(model_key(model_id)) for model_id in model_ids}
        return {
            model_id: Model.model_validate_json(item["record"]) for model_id, item in items.items() if item is not None
        }

    def save(self, model: Model) -> Model:
        present = self.read([model.model_id]).get(model.model_id)
        if present is None or present.revision != model.revision:
            raise RecordMoved(model.model_id)
        after = model.model_copy(update={"revision": model.revision + 1})
        self._put(after)
        return after

    def _put(self, model: Model) -> None:
        self._store(model, next_check(model, since=model.updated_at))

    def _store(self, model: Model, look_at: datetime | None) -> None:
        self.orders.items[model_key(model.model_id)] = {
            "revision": model.revision,
            "record": model.model_dump_json(),
            **({"next_check_at": look_at} if look_at is not None else {}),
        }

    def schedule(self, model: Model, at: datetime | None, *, seen: datetime | None = None) -> bool:
        present = self.orders.items[model_key(model.model_id)]
        if present["revision"] != model.revision or (seen is not None and present.get("next_check_at") != seen):
            return False
        self._store(model, at)
        return True

    def due(self, shard: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        due = sorted(
            (item["next_check_at"], key.pk.removeprefix("MODEL#"))
            for key, item in self.orders.items.items()
            if key.sk == "MODEL" and item.get("next_check_at", before + timedelta.resolution) <= before
        )
        return tuple(model_id for _, model_id in due if check_shard(model_id) == shard)[:limit]

    def scheduled(self, model_id: str) -> tuple[Model, datetime] | None:
        item = self.orders.items.get(model_key(model_id), {})
        return (self.read([model_id])[model_id], item["next_check_at"]) if "next_check_at" in item else None

    def page(self, owner: str, mode: Mode, limit: int, after: str | None) -> tuple[list[Model], str | None]:
        ids = [key.pk.removeprefix("MODEL#") for key in self.orders.items if key.sk == "MODEL"]
        own = [model for model in self.read(ids).values() if (model.owner, model.mode) == (owner, mode)]
        place = {f"{model.created_at.isoformat()}#{model.model_id}": model for model in own if not model.deleted}
        names = sorted((name for name in place if after is None or name < after), reverse=True)
        return [place[name] for name in names[:limit]], names[limit - 1] if len(names) > limit else None

    def orders_of(self, model_id: str) -> tuple[str, ...]:
        return tuple(
            key.sk.removeprefix("ORDER#")
            for key in list(self.orders.items)
            if key.pk == f"MODEL#{model_id}" and key.sk.startswith("ORDER#")
        )

    def note_progress(self, model: Model, progress: Progress) -> bool:
        present = self.read([model.model_id])[model.model_id]
        if present.revision != model.revision or present.stage is not Stage.ANALYSING:
            return False
        self.progress[model.model_id, model.revision] = progress
        return True

    def progress_of(self, model: Model) -> Progress | None:
        return self.progress.get((model.model_id, model.revision))

    def cached_analysis(self, sha256: str, engine_version: str, unit: Unit | None) -> Analysis | None:
        return self.analyses.get((sha256, engine_version, unit))

    def cache_analysis(self, analysis: Analysis, unit: Unit | None) -> None:
        self.analyses[analysis.sha256, analysis.engine_version, unit] = analysis


@dataclass
class MemoryBucket:
    """`ModelBucket` over a dictionary of versions; `vouches` says whether it reports checksums."""

    vouches: bool = True
    versions: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    fetched: list[tuple[str, str]] = field(default_factory=list)

    def upload(self, key: str, content: bytes) -> str:
        """Store one more version; return its id."""
        versions = self.versions.setdefault(key, [])
        versions.append((f"v{len(versions) + 1}", content))
        return versions[-1][0]

    def form(self, model: Model, now: datetime) -> UploadForm:
        return UploadForm(url="https://storage.example", fields={"key": model.key}, expires_at=now + UPLOAD_WITHIN)

    def look(self, key: str, version_id: str | None = None) -> StoredFile | None:
        found = [version for version in self.versions.get(key, []) if version_id in (None, version[0])]
        if not found:
            return None
        version, content = found[-1]
        checksum = hashlib.sha256(content).hexdigest() if self.vouches else None
        return StoredFile(version_id=version, size_bytes=len(content), sha256=checksum)

    def fetch(self, key: str, version_id: str, to: Path, limit_bytes: int, keep_going: Callable[[], None]) -> str:
        keep_going()
        content = dict(self.versions.get(key, [])).get(version_id)
        if content is None:
            raise Gone(f"{key} has no version {version_id}")
        if len(content) > limit_bytes:
            raise TooLarge(f"more than the {limit_bytes} bytes declared")
        self.fetched.append((key, version_id))
        to.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def erase(self, key: str) -> None:
        self.versions.pop(key, None)


@dataclass
class MemoryQueue:
    """`AnalysisQueue` that remembers who waits."""

    asked: list[str] = field(default_factory=list)

    def ask(self, model_id: str) -> None:
        self.asked.append(model_id)


@dataclass
class MemoryDocuments:
    """`DocumentTable` over a dictionary."""

    stored: dict[Place, Document] = field(default_factory=dict)
    reads: int = 0

    def read(self, places: Sequence[Place]) -> dict[Place, Document]:
        self.reads += 1
        return {place: self.stored[place] for place in places if place in self.stored}

    def shelf(self, shelf: str, prefix: str) -> list[Document]:
        names = sorted(
            (place for place in self.stored if place.shelf == shelf and place.name.startswith(prefix)), reverse=True
        )
        return [self.stored[place] for place in names]

    def write(self, place: Place, body: str, *, seen: int) -> Document:
        present = self.stored.get(place)
        if (present.revision if present is not None else 0) != seen:
            raise DocumentMoved(place.name)
        self.stored[place] = Document(place, body, seen + 1)
        return self.stored[place]


def analysis_of(content: bytes, *, unit: Unit | None = None, side_mm: float = 10.0, closed: bool = True) -> Analysis:
    """Return what an engine might find in `content`: a cube."""
    side = side_mm * (unit or Unit.MILLIMETRE).millimetres
    return Analysis(
        engine_version="1",
        sha256=hashlib.sha256(content).hexdigest(),
        format=FileFormat.STL_BINARY,
        unit=unit or Unit.MILLIMETRE,
        unit_source=UnitSource.DECLARED if unit is not None else UnitSource.ASSUMED,
        triangles=12,
        vertices=8,
        bounding_box=Box(lower_mm=(0, 0, 0), upper_mm=(side, side, side)),
        area_mm2=6 * side**2,
        volume_mm3=side**3 if closed else None,
        centroid_mm=(side / 2, side / 2, side / 2) if closed else None,
        closed=closed,
        consistently_wound=True,
        components=1,
        boundary_edges=0 if closed else 3,
        non_manifold_edges=0,
        flipped_edges=0,
        degenerate_facets=0,
        duplicate_facets=0,
    )


def sha256url(content: bytes) -> str:
    """Return the checksum of `content` as orders name it."""
    return base64url(hashlib.sha256(content).hexdigest())
