"""The orders table in memory, as atomic as the real one, with the faults of a network on demand."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from alexandrite.domain.accompaniments import Accompaniment, ModelLinks, OperatorLoad, PriceUse, ReferenceClaim
from alexandrite.domain.orders import Order
from alexandrite.store import checks
from alexandrite.store.keys import (
    ItemKey,
    idempotency_key,
    model_link_key,
    price_key,
    reference_key,
    timestamp,
)
from alexandrite.store.table import (
    Answered,
    Change,
    ConditionFailed,
    Contended,
    Driver,
    ExtraCheck,
    ExtraItem,
    Item,
    KeyUse,
    Mark,
    OutcomeUnknown,
    Part,
    Place,
    Record,
    Recorded,
    Snapshot,
)

type Fault = Literal["none", "answer_lost", "repeated", "request_lost", "conflict", "unread"]
type Faults = Callable[[str], Fault]


def no_faults(_: str) -> Fault:
    """Answer every call as it should be."""
    return "none"


@dataclass
class Load:
    """An operator's work in progress."""

    orders: int = 0
    pieces: int = 0


@dataclass
class MemoryOrderTable:
    """`OrderTable` and `DriverTable` over plain dictionaries.

    `faults` is asked before each call ("read" or "commit") what shall go wrong with it; `published` gets each event
    once, when its change is made, as the stream of the real table does. "repeated" is what a client does that loses an
    answer and sends the same transaction again by itself: the change is made, and its own condition fails.
    """

    faults: Faults = no_faults
    records: dict[str, Record] = field(default_factory=dict)
    log: dict[str, list[Recorded]] = field(default_factory=dict)
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    answers: dict[ItemKey, Answered] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    references: dict[ItemKey, str] = field(default_factory=dict)
    items: dict[ItemKey, Item] = field(default_factory=dict)
    published: list[Recorded] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    swept_to: Place | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # what `apply` asks

    def read(
        self,
        order_id: str,
        *,
        key: KeyUse | None = None,
        commands: frozenset[str] = frozenset(),
        also: Sequence[ItemKey] = (),
    ) -> Snapshot:
        self.calls.append("read")
        if self.faults("read") != "none":
            raise Contended("unread")
        with self._lock:
            return Snapshot(
                record=self.records.get(order_id),
                answered=self.answers.get(idempotency_key(key.caller, key.key)) if key is not None else None,
                marks={
                    command: self.marks[order_id, command] for command in commands if (order_id, command) in self.marks
                },
                items={place: self.items[place] for place in also if place in self.items},
            )

    def commit(self, change: Change) -> None:
        self.calls.append("commit")
        fault = self.faults("commit")
        if fault == "conflict":
            raise Contended("another transaction")
        if fault == "request_lost":
            raise OutcomeUnknown("before")
        with self._lock:
            failed = [*self._order_in_the_way(change), *self._parts_in_the_way(change)]
            if failed:
                raise ConditionFailed(failed)
            self._make(change)
        if fault == "repeated":
            raise ConditionFailed(["order"])
        if fault == "answer_lost":
            raise OutcomeUnknown("after")

    def event(self, order_id: str, version: int) -> Recorded:
        with self._lock:
            try:
                return self.log[order_id][version - 1]
            except IndexError:
                raise KeyError(version) from None

    def claimed_by(self, key: ItemKey) -> str | None:
        return self.references.get(key)

    def _order_in_the_way(self, change: Change) -> Iterable[Part]:
        order_id = change.after.order_id
        present = self.records.get(order_id)
        seen = change.before.order if change.before is not None else None
        there = present.order if present is not None else None
        if (seen.version, seen.status) != (there.version, there.status) if seen and there else seen is not there:
            yield "order"
        if any((order_id, step.event.command_id) in self.marks for step in change.steps):
            yield "order"
        if change.key is not None:
            known = self.answers.get(idempotency_key(change.key.caller, change.key.key))
            if known is not None and known.expires_at > change.key.at:
                yield "order"

    def _parts_in_the_way(self, change: Change) -> Iterable[Part]:
        order_id = change.after.order_id
        put_here = {item.key for item in change.items}
        for item in change.items:
            match item:
                case ExtraCheck():
                    if not item.attributes.items() <= self.items.get(item.key, {}).items():
                        yield item
                case ExtraItem() if item.only_if_absent and item.key in self.items:
                    yield item
        for part in change.accompaniments:
            match part:
                case OperatorLoad() if part.orders > 0:
                    load = self.loads.get(part.operator, Load())
                    fits = (
                        load.orders + part.orders <= change.limit.orders
                        and load.pieces + part.pieces <= change.limit.pieces
                    )
                    if load.orders and not fits:
                        yield part
                case ReferenceClaim():
                    if reference_key(part.partner, part.mode, part.client_reference) in self.references:
                        yield part
                case PriceUse():
                    place = price_key(order_id, part.price_id)
                    if place not in put_here and "accepted_version" in self.items.get(place, {"accepted_version": 0}):
                        yield part

    def _make(self, change: Change) -> None:
        order_id, version = change.after.order_id, change.after.version
        present = self.records.get(order_id)
        driver = present.driver if present is not None else Driver()
        self.records[order_id] = Record(change.after, replace(driver, next_check_at=change.next_check_at))
        for step in change.steps:
            self.log.setdefault(order_id, []).append(step)
            self.published.append(step)
            body_hash = change.key.body_hash if change.key is not None else None
            self.marks[order_id, step.event.command_id] = Mark(step.event.version, body_hash)
        if change.key is not None:
            use = change.key
            self.answers[idempotency_key(use.caller, use.key)] = Answered(
                use.body_hash, order_id, version, use.http_status, use.expires_at
            )
        for item in change.items:
            if isinstance(item, ExtraItem):
                self.items[item.key] = {"pk": item.key.pk, "sk": item.key.sk, **item.attributes}
        for part in change.accompaniments:
            self._accompany(part, order_id, version)

    def _accompany(self, part: Accompaniment, order_id: str, version: int) -> None:
        match part:
            case OperatorLoad():
                load = self.loads.setdefault(part.operator, Load())
                load.orders += part.orders
                load.pieces += part.pieces
            case ReferenceClaim():
                self.references[reference_key(part.partner, part.mode, part.client_reference)] = order_id
            case PriceUse():
                place = price_key(order_id, part.price_id)
                self.items[place] = {**self.items[place], "accepted_version": version}
            case ModelLinks():
                for model in part.models:
                    self.items[model_link_key(model, order_id)] = {"order_id": order_id}

    # what the driver asks

    def record(self, order_id: str) -> Record | None:
        return self.records.get(order_id)

    def raise_generation(self, order_id: str, generation: int, *, next_check_at: datetime) -> bool:
        return self._driver(
            order_id,
            lambda order, driver: driver.generation == generation and driver.next_check_at is not None,
            lambda driver: Driver(generation=generation + 1, next_check_at=next_check_at),
        )

    def postpone(self, order_id: str, *, seen: Driver, version: int, until: datetime) -> bool:
        return self._driver(
            order_id,
            lambda order, driver: order.version == version and driver.next_check_at == seen.next_check_at,
            lambda driver: replace(driver, next_check_at=until),
        )

    def park(self, order_id: str, *, version: int, generation: int, token: str, next_check_at: datetime) -> bool:
        return self._driver(
            order_id,
            lambda order, driver: order.version == version and driver.generation == generation,
            lambda driver: replace(driver, wake_token=token, parked_version=version, next_check_at=next_check_at),
        )

    def due(self, shard: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        found = sorted(
            (record.driver.next_check_at, order_id)
            for order_id, record in self.records.items()
            if record.driver.next_check_at is not None
            and record.driver.next_check_at <= before
            and checks.check_shard(record.order) == shard
        )
        return tuple(order_id for _, order_id in found[:limit])

    def walk(self, place: Place, limit: int) -> tuple[Sequence[str], Place | None]:
        entries = sorted(
            (timestamp(record.driver.next_check_at), order_id)
            for order_id, record in self.records.items()
            if record.driver.next_check_at is not None and checks.check_shard(record.order) == place.shard
        )
        rest = [entry for entry in entries if place.behind is None or entry > place.behind]
        more = Place(shard=place.shard, behind=rest[limit - 1]) if len(rest) > limit else None
        return tuple(order_id for _, order_id in rest[:limit]), more

    def records_of(self, order_ids: Sequence[str]) -> Sequence[Record]:
        return tuple(self.records[order_id] for order_id in order_ids)

    def last_events(self, orders: Sequence[Order]) -> Sequence[Recorded]:
        return tuple(self.event(order.order_id, order.version) for order in orders)

    def place(self) -> Place | None:
        return self.swept_to

    def move(self, seen: Place | None, to: Place | None) -> bool:
        with self._lock:
            if seen not in (None, self.swept_to):
                return False
            self.swept_to = to
            return True

    def stuck(self) -> int:
        return sum(
            checks.check_shard(record.order) in checks.STUCK_SHARDS and record.driver.next_check_at is not None
            for record in self.records.values()
        )

    def _driver(
        self, order_id: str, condition: Callable[[Order, Driver], bool], change: Callable[[Driver], Driver]
    ) -> bool:
        with self._lock:
            record = self.records.get(order_id)
            if record is None or not condition(record.order, record.driver):
                return False
            self.records[order_id] = Record(record.order, change(record.driver))
            return True
