"""Reading and writing the company's book.

Price lists and metal rates are immutable: a change is a new version, and one version is active at a time. An open offer
names the versions it was made from and is never touched by what becomes active later.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime

from alexandrite.company_book.approval import ApprovalRule
from alexandrite.company_book.documents import Document, DocumentMoved, DocumentTable, Place
from alexandrite.domain.company import Company
from alexandrite.domain.errors import Conflict, NotFound, VersionMismatch
from alexandrite.domain.orders import Actor
from alexandrite.domain.price_lists import (
    FIRST_METAL_RATES,
    FIRST_PRICE_LIST,
    LARGEST_UNATTENDED_MOVE,
    MetalRates,
    PriceList,
)
from alexandrite.domain.values import Value

# How long a process may go on with what it read: a new price list is in force everywhere after this.
FRESH_S = 15.0

_LISTS = "PRICE_LISTS"
_RATES = "METAL_RATES"
_RULE = Place("RULES", "AUTO_APPROVAL")
_SETTINGS = Place("SETTINGS", "COMPANY")


class Activation(Value):
    """Which version is in force, since when, by whom."""

    version: str
    at: AwareDatetime
    by: Actor | None = None


class Entry[T: PriceList | MetalRates](Value):
    """A version as it stands in the book."""

    content: T
    added_at: AwareDatetime
    added_by: Actor | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What a price is calculated from."""

    price_list: PriceList
    metal_rates: MetalRates


@dataclass(frozen=True, slots=True)
class Shelf[T]:
    """All versions of something, newest name first, and which one is in force (for whom: None is everybody)."""

    entries: tuple[T, ...]
    active: dict[str | None, Activation]


class CompanyBook:
    """The company's book over its table; what is in force is kept for `FRESH_S` seconds."""

    def __init__(self, table: DocumentTable, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._monotonic = monotonic
        self._kept: dict[Place, tuple[float, Document | None]] = {}

    def prices(self, partner: str | None = None) -> Prices:
        """Return the price list and metal rates in force, for a partner with a list of its own that one."""
        own = [_active(_LISTS, partner)] if partner is not None else []
        places = [_active(_LISTS), _active(_RATES), *own]
        active = self._fresh(places)
        lists = [active[place] for place in (*own, _active(_LISTS))]
        chosen = next((document for document in lists if document is not None), None)
        rates = active[_active(_RATES)]
        return Prices(
            self.price_list(_version(chosen, FIRST_PRICE_LIST.version)),
            self.metal_rates(_version(rates, FIRST_METAL_RATES.version)),
        )

    def price_list(self, version: str) -> PriceList:
        """Return one version, or raise `NotFound`."""
        document = self._immutable(Place(_LISTS, f"VERSION#{version}"))
        if document is not None:
            return Entry[PriceList].model_validate_json(document.body).content
        if version == FIRST_PRICE_LIST.version:
            return FIRST_PRICE_LIST
        raise NotFound(f"There is no price list {version}.", code="price_list.not_found")

    def metal_rates(self, version: str) -> MetalRates:
        """Return one version, or raise `NotFound`."""
        document = self._immutable(Place(_RATES, f"VERSION#{version}"))
        if document is not None:
            return Entry[MetalRates].model_validate_json(document.body).content
        if version == FIRST_METAL_RATES.version:
            return FIRST_METAL_RATES
        raise NotFound(f"There are no metal rates {version}.", code="metal_rates.not_found")

    def price_lists(self) -> Shelf[Entry[PriceList]]:
        """Return all price lists."""
        entries = (Entry[PriceList].model_validate_json(each.body) for each in self._table.shelf(_LISTS, "VERSION#"))
        return Shelf(tuple(entries), self._activations(_LISTS))

    def all_metal_rates(self) -> Shelf[Entry[MetalRates]]:
        """Return all metal rates."""
        entries = (Entry[MetalRates].model_validate_json(each.body) for each in self._table.shelf(_RATES, "VERSION#"))
        return Shelf(tuple(entries), self._activations(_RATES))

    def add_price_list(self, price_list: PriceList, *, by: Actor | None, now: datetime) -> Entry[PriceList]:
        """Add a version; a seller activates it.

        Raises:
            Conflict: the version exists with another content (`price_list.exists`).
        """
        entry = Entry[PriceList](content=price_list, added_at=now, added_by=by)
        place = Place(_LISTS, f"VERSION#{price_list.version}")
        try:
            self._table.write(place, entry.model_dump_json(), seen=0)
        except DocumentMoved:
            there = Entry[PriceList].model_validate_json(self._table.read([place])[place].body)
            if there.content != price_list:
                raise Conflict("A version never changes; choose a new name.", code="price_list.exists") from None
            return there
        return entry

    def activate_price_list(
        self, version: str, *, by: Actor | None, now: datetime, partner: str | None = None
    ) -> Activation:
        """Put a price list in force, for one partner or for all who have none of their own."""
        self.price_list(version)
        return self._activate(_active(_LISTS, partner), version, by, now)

    def add_metal_rates(
        self, rates: MetalRates, *, by: Actor | None, now: datetime
    ) -> tuple[Entry[MetalRates], Activation | None]:
        """Add rates, and put them in force unless they move a metal by more than 5%: that waits for a seller.

        Raises:
            Conflict: the version exists with another content (`metal_rates.exists`).
        """
        entry = Entry[MetalRates](content=rates, added_at=now, added_by=by)
        place = Place(_RATES, f"VERSION#{rates.version}")
        try:
            self._table.write(place, entry.model_dump_json(), seen=0)
        except DocumentMoved:
            there = Entry[MetalRates].model_validate_json(self._table.read([place])[place].body)
            if there.content != rates:
                raise Conflict("A version never changes; choose a new name.", code="metal_rates.exists") from None
            entry = there
        present = self._table.read([_active(_RATES)]).get(_active(_RATES))
        in_force = self.metal_rates(_version(present, FIRST_METAL_RATES.version))
        waits = rates.largest_move_from(in_force) > LARGEST_UNATTENDED_MOVE or rates.since > now.date()
        return entry, None if waits else self.activate_metal_rates(rates.version, by=by, now=now)

    def activate_metal_rates(self, version: str, *, by: Actor | None, now: datetime) -> Activation:
        """Put metal rates in force.

        Raises:
            Conflict: their day has not come (`metal_rates.too_early`).
        """
        if self.metal_rates(version).since > now.date():
            raise Conflict("These rates hold from a later day on.", code="metal_rates.too_early")
        return self._activate(_active(_RATES), version, by, now)

    def approval_rule(self) -> tuple[ApprovalRule, int]:
        """Return the auto-approval rule and its revision, consistently: 0 while nobody has set one."""
        document = self._table.read([_RULE]).get(_RULE)
        return (ApprovalRule.model_validate_json(document.body), document.revision) if document else (ApprovalRule(), 0)

    def set_approval_rule(self, rule: ApprovalRule, *, expected_revision: int | None = None) -> int:
        """Replace the rule; return its new revision.

        Raises:
            VersionMismatch: the rule is not the one that the caller has seen.
        """
        present = self._table.read([_RULE]).get(_RULE)
        seen = present.revision if present else 0
        mismatch = VersionMismatch("The rule has changed since you read it.", facts={"revision": seen})
        if expected_revision not in (None, seen):
            raise mismatch
        try:
            return self._table.write(_RULE, rule.model_dump_json(), seen=seen).revision
        except DocumentMoved:
            raise mismatch from None

    def company(self) -> Company:
        """Return the company's settings."""
        document = self._fresh([_SETTINGS])[_SETTINGS]
        return Company.model_validate_json(document.body) if document else Company()

    def set_company(self, company: Company) -> None:
        """Replace the company's settings; they hold everywhere after `FRESH_S` seconds."""
        present = self._table.read([_SETTINGS]).get(_SETTINGS)
        self._table.write(_SETTINGS, company.model_dump_json(), seen=present.revision if present else 0)

    def begin(self, now: datetime) -> None:
        """Write down the first price list and metal rates, so that no later release of the program changes them."""
        self.add_price_list(FIRST_PRICE_LIST, by=None, now=now)
        if not self._activations(_LISTS):
            self.activate_price_list(FIRST_PRICE_LIST.version, by=None, now=now)
        if not self._activations(_RATES):
            self.add_metal_rates(FIRST_METAL_RATES, by=None, now=now)

    def _activate(self, place: Place, version: str, by: Actor | None, now: datetime) -> Activation:
        present = self._table.read([place]).get(place)
        if present is not None and _version(present, "") == version:
            return Activation.model_validate_json(present.body)
        activation = Activation(version=version, at=now, by=by)
        try:
            self._table.write(place, activation.model_dump_json(), seen=present.revision if present else 0)
        except DocumentMoved:
            raise Conflict("Somebody else activated another version just now.", code="activation.raced") from None
        self._kept.pop(place, None)
        return activation

    def _activations(self, shelf: str) -> dict[str | None, Activation]:
        return {
            each.place.name.partition("#")[2] or None: Activation.model_validate_json(each.body)
            for each in self._table.shelf(shelf, "ACTIVE")
        }

    def _fresh(self, places: list[Place]) -> dict[Place, Document | None]:
        now = self._monotonic()
        missing = [place for place in places if place not in self._kept or now - self._kept[place][0] > FRESH_S]
        if missing:
            found = self._table.read(missing)
            self._kept |= {place: (now, found.get(place)) for place in missing}
        return {place: self._kept[place][1] for place in places}

    def _immutable(self, place: Place) -> Document | None:
        """Return a document that never changes: once seen, it is kept for good."""
        kept = self._kept.get(place)
        if kept is None:
            document = self._table.read([place]).get(place)
            if document is None:
                return None
            kept = self._kept[place] = (0.0, document)
        return kept[1]


def _active(shelf: str, partner: str | None = None) -> Place:
    return Place(shelf, f"ACTIVE#{partner}" if partner is not None else "ACTIVE")


def _version(document: Document | None, otherwise: str) -> str:
    return Activation.model_validate_json(document.body).version if document is not None else otherwise
