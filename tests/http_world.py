"""The four audiences over tables in memory: events as API Gateway sends them, through the real Chalice apps.

Chalice's own converter makes the event; what an authorizer would have verified is put into its request context, since
no test client verifies anything. Authorisation itself is tested on the local cloud.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from chalice.local import LambdaEventConverter, RouteMatcher

import crm.app
import crm.composition
import mes.app
import mes.composition
import shop.app
import shop.composition
from alexandrite.attention.reading import AttentionReader
from alexandrite.attention.writing import AttentionWriter
from alexandrite.board.reading import BoardReader
from alexandrite.board.writing import BoardWriter
from alexandrite.buying.orders import Buying
from alexandrite.buying.reconciliation import Reconciling
from alexandrite.buying.simulation import Simulation
from alexandrite.contacts import Recipient
from alexandrite.domain.errors import KeyReused
from alexandrite.domain.identifiers import derive
from alexandrite.domain.models import Unit
from alexandrite.domain.orders import FileVersion, Mode, Order
from alexandrite.floor.orders import Floor
from alexandrite.http.openapi import statuses_of
from alexandrite.models.record import Declaration, Model, Stage, base64url
from alexandrite.models.uploads import record_file
from alexandrite.partners.directory import Partner, PartnerDirectory
from alexandrite.partners.keys import ALL_SCOPES, KeyRecord
from alexandrite.selling.deliveries import Deliveries
from alexandrite.selling.orders import Selling
from alexandrite.store.apply import ItemKey, KeyUse, Record, Recorded, Snapshot
from alexandrite.store.dynamodb import Page, WorkInHand
from alexandrite.store.items import summary
from alexandrite.store.keys import reference_key
from alexandrite.store.table import Change
from tests.memory_items import MemoryItems
from tests.memory_models import analysis_of
from tests.memory_table import Load, MemoryOrderTable
from tests.priced_orders import RING, Company

PEPPER = b"pepper of the tests"
CARRIER_SECRET = b"secret of the carrier"


@dataclass
class ReadableOrders:
    """`MemoryOrderTable` with what views read besides."""

    table: MemoryOrderTable

    def read(
        self,
        order_id: str,
        *,
        key: KeyUse | None = None,
        commands: frozenset[str] = frozenset(),
        also: Iterable[ItemKey] = (),
    ) -> Snapshot:
        return self.table.read(order_id, key=key, commands=commands, also=tuple(also))

    def commit(self, change: Change) -> None:
        self.table.commit(change)

    def event(self, order_id: str, version: int) -> Recorded:
        return self.table.event(order_id, version)

    def claimed_by(self, key: ItemKey) -> str | None:
        return self.table.claimed_by(key)

    def record(self, order_id: str) -> Record | None:
        self.table.calls.append("record")
        return self.table.record(order_id)

    def events(self, order_id: str, *, after: int = 0, limit: int = 100) -> list[Recorded]:
        self.table.calls.append("events")
        return self.table.log.get(order_id, [])[after : after + limit]

    def orders_of(self, buyer: str, mode: Mode, *, limit: int = 20, cursor: str | None = None) -> Page:
        self.table.calls.append("orders_of")
        own = [
            record.order
            for record in self.table.records.values()
            if (record.order.buyer, record.order.mode) == (buyer, mode)
        ]
        own.sort(key=lambda order: (order.created_at, order.order_id), reverse=True)
        start = int(cursor or 0)
        more = len(own) > start + limit
        return Page(tuple(summary(order) for order in own[start : start + limit]), str(start + limit) if more else None)

    def work_in_hand(self, operator: str) -> WorkInHand:
        load = self.table.loads.get(operator, Load())
        return WorkInHand(orders=load.orders, pieces=load.pieces)


@dataclass
class MemoryContacts:
    """`Contacts` over a dictionary."""

    kept: dict[str, Recipient] = field(default_factory=dict)

    def keep(self, contact_id: str, owner: str, recipient: Recipient, at: datetime) -> None:
        if self.kept.setdefault(contact_id, recipient) != recipient:
            raise KeyReused("This idempotency key was used before with another recipient.")

    def find(self, contact_id: str) -> Recipient | None:
        return self.kept.get(contact_id)

    def erase(self, contact_id: str) -> None:
        self.kept.pop(contact_id, None)


@dataclass
class MemoryPartners:
    """`PartnerTable` over dictionaries."""

    known: dict[str, Partner] = field(default_factory=dict)
    keys: dict[str, KeyRecord] = field(default_factory=dict)

    def partners(self) -> tuple[Partner, ...]:
        return tuple(self.known[name] for name in sorted(self.known))

    def partner(self, partner: str) -> Partner | None:
        return self.known.get(partner)

    def key(self, key_id: str) -> tuple[KeyRecord, bool] | None:
        record = self.keys.get(key_id)
        return (record, self.known[record.partner].credit) if record is not None else None

    def add(self, partner: Partner) -> bool:
        return self.known.setdefault(partner.partner_id, partner) is partner

    def replace(self, partner: Partner, key: KeyRecord) -> bool:
        if self.known[partner.partner_id].revision != partner.revision - 1:
            return False
        self.known[partner.partner_id] = partner
        self.keys[key.key_id] = key
        return True


@dataclass
class MemoryReferences:
    """`References` over the orders table in memory."""

    table: MemoryOrderTable

    def orders(self, partner: str, mode: Mode, references: Iterable[str]) -> Mapping[str, Order]:
        found = {each: self.table.references.get(reference_key(partner, mode, each)) for each in references}
        return {each: self.table.records[order_id].order for each, order_id in found.items() if order_id is not None}


class MemoryLinks:
    """`Links` that say what they lead to."""

    def preview(self, model_id: str) -> str:
        return f"https://files.example/previews/{model_id}.png"

    def download(self, key: str, version_id: str, file_name: str) -> str:
        return f"https://files.example/{key}?version={version_id}&name={file_name}"


@dataclass(frozen=True)
class Person:
    """Somebody with what API Gateway knows of them."""

    context: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.context.get("claims", {}).get("sub") or self.context.get("partner"))


def customer(name: str) -> Person:
    return Person({"claims": {"sub": name, "token_use": "access", "scope": "shop/orders"}})


def staff(name: str, groups: str) -> Person:
    return Person({"claims": {"sub": name, "token_use": "access", "cognito:groups": groups}})


def partner(name: str, mode: str = "live", scopes: Iterable[str] = ALL_SCOPES, *, credit: bool = True) -> Person:
    return Person({"partner": name, "mode": mode, "scopes": " ".join(scopes), "credit": "true" if credit else "false"})


NOBODY = Person({})
ANNA, BORIS = customer("anna"), customer("boris")
NORTHERN, AMBER = partner("northern-lights"), partner("amber-house")
NORTHERN_TEST = partner("northern-lights", "test")
VERA = staff("vera", "[sellers]")
GLEB, DINA = staff("gleb", "[operators]"), staff("dina", "operators")
EGOR = staff("egor", '["foremen","operators"]')

RECIPIENT = {
    "name": "Anna Petrova",
    "phone": "+79990000001",
    "address": {"country": "RU", "postal_code": "190000", "city": "Saint Petersburg", "street": "Nevsky 1"},
}
DELIVERY = {"method": "courier", "recipient": RECIPIENT}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The code of the problem that this is."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        return str(self.json["code"])


class MemoryUsagePlan:
    """`UsagePlan` in memory."""

    def __init__(self) -> None:
        self.identifiers: dict[str, str] = {}

    def admit(self, identifier: str, name: str) -> None:
        self.identifiers[identifier] = name


class World:
    """Everybody at work; `company.now` moves only when a test moves it."""

    def __init__(self) -> None:
        self.company = Company()
        self.orders = ReadableOrders(self.company.orders)
        self.contacts = MemoryContacts()
        self.partners = MemoryPartners()
        self.board_items, self.attention_items = MemoryItems(), MemoryItems()
        company, clock = self.company, lambda: self.company.now
        self.buying = Buying(self.orders, self.contacts, company.uploads, company.models, company.book)
        board = BoardReader(self.board_items, clock=clock)
        self.floor = Floor(self.orders, self.contacts, company.book, board, shuffle=lambda choices: None)
        self.selling = Selling(self.orders, company.models, company.book)
        self.attention = AttentionReader(self.attention_items, clock=clock)
        self.deliveries = Deliveries(self.orders, company.book, CARRIER_SECRET)
        self.counted = MemoryUsagePlan()
        self.directory = PartnerDirectory(self.partners, PEPPER, self.counted)
        self.reconciling = Reconciling(MemoryReferences(company.orders))
        self.simulation = Simulation(self.orders, company.book)
        self._requests = itertools.count(1)

    def call(
        self,
        person: Person,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        described: bool = True,
    ) -> Reply:
        """Send a request as `person`, with `key` as its idempotency key, and return the answer."""
        app = {"shop": shop.app.app, "part": shop.app.app, "mes/": mes.app.app}.get(path[1:5], crm.app.app)
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            sent["Idempotency-Key"] = key
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        converter = LambdaEventConverter(RouteMatcher(list(app.routes)))
        event = converter.create_lambda_event(method, path, sent, content)
        event["requestContext"] |= {"requestId": f"gateway-{next(self._requests)}", "authorizer": dict(person.context)}
        answer = app(event, None)
        reply = Reply(answer["statusCode"], answer["headers"], answer["body"])
        if described:
            _must_be_described(reply, app.routes[event["requestContext"]["resourcePath"]][method])
        return reply

    def project(self) -> None:
        """Let the read models catch up with everything that has happened."""
        board = BoardWriter(self.board_items)
        attention = AttentionWriter(self.attention_items, self.company.book.company)
        for step in self.company.orders.published:
            board.project(step.after)
            attention.project(step.after)

    def registered(self, person: Person, content: bytes = RING, mode: Mode = Mode.LIVE) -> Model:
        """Register a model of this person without uploading it."""
        declared = Declaration(
            size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), unit=Unit.MILLIMETRE, file_name="a.stl"
        )
        name = hashlib.sha256(content).hexdigest()
        return self.company.uploads.register(person.id, mode, name, declared, now=self.company.now).model

    def uploaded(self, person: Person, content: bytes = RING, mode: Mode = Mode.LIVE) -> Model:
        """Register a model and upload its file; no event of storage has been seen yet."""
        model = self.registered(person, content, mode)
        self.company.bucket.upload(model.key, content)
        return model

    def analysed(self, person: Person, content: bytes = RING, mode: Mode = Mode.LIVE, *, closed: bool = True) -> Model:
        """Register, upload and analyse a model: the engine finds a cube of 10 mm."""
        model = self.uploaded(person, content, mode)
        file = FileVersion(version_id="v1", sha256=base64url(hashlib.sha256(content).hexdigest()))
        arrived = record_file(self.company.models, model, file, self.company.now)
        analysis = analysis_of(content, unit=Unit.MILLIMETRE, closed=closed)
        return self.company.models.save(arrived.model_copy(update={"stage": Stage.ANALYSED, "analysis": analysis}))

    def order(self, order_id: str) -> Order:
        return self.company.orders.records[order_id].order

    def calls_of(self, act: Any) -> list[str]:
        """Return the calls to the table of orders that `act` makes."""
        before = len(self.company.orders.calls)
        act()
        return self.company.orders.calls[before:]

    # orders brought to where a test begins

    def placed(self, person: Person = ANNA, *, key: str = "order-1", quantity: int = 1, **more: object) -> str:
        """Place an order for an analysed model: it is submitted and priced at once; return its id."""
        mode = Mode(person.context.get("mode", "live"))
        model = self.analysed(person, RING, mode)
        line = {"model": model.model_id, "material": "silver_925", "finish": "polished", "quantity": quantity}
        prefix = "/shop/v1" if "claims" in person.context else "/partner/v1"
        made = self.call(person, "POST", f"{prefix}/orders", {"lines": [line], "delivery": DELIVERY, **more}, key=key)
        assert made.status == 201, made.text
        order_id = str(made.json["order_id"])
        if self.order(order_id).status == "FILE_UPLOADED":
            assert self.call(person, "POST", f"{prefix}/orders/{order_id}/submit", {}, key=f"{key}-s").status == 202
        return order_id

    def accepted(self, person: Person = ANNA, **parts: Any) -> str:
        """Place an order and accept its price."""
        order_id = self.placed(person, **parts)
        prefix = "/shop/v1" if "claims" in person.context else "/partner/v1"
        offer = self.order(order_id).offer
        assert offer is not None
        path = f"{prefix}/orders/{order_id}/accept"
        reply = self.call(person, "POST", path, {"price_id": offer.price_id}, key=f"{order_id}-a")
        assert reply.status == 200, reply.text
        return order_id

    def approved(self, person: Person = ANNA, **parts: Any) -> str:
        """Bring an order to the floor."""
        order_id = self.accepted(person, **parts)
        self._as_seller(order_id, "payment", {"payment": "paid"})
        self._as_seller(order_id, "approve", None)
        self.project()
        return order_id

    def taken(self, operator: Person = GLEB, **parts: Any) -> str:
        """Bring an order into an operator's hands."""
        order_id = self.approved(**parts)
        assert self.call(operator, "POST", f"/mes/v1/orders/{order_id}/take").status == 200
        return order_id

    def shipped(self, **parts: Any) -> str:
        """Bring an order to the carrier: tracking number RR123456."""
        order_id = self.taken(**parts)
        fence = self.order(order_id).fence
        for step, body in (
            ("complete", {"fence": fence}),
            ("pack", None),
            ("ship", {"carrier": "Russian Post", "tracking_number": "RR123456"}),
        ):
            reply = self.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/{step}", body)
            assert reply.status == 200, reply.text
        self.project()
        return order_id

    def _as_seller(self, order_id: str, command: str, body: object) -> None:
        reply = self.call(VERA, "POST", f"/crm/v1/orders/{order_id}/{command}", body)
        assert reply.status == 200, reply.text


# Refusals that any route may answer with; its own are named where it is declared.
_EVERYWHERE = frozenset(
    {
        "caller.unauthenticated",
        "caller.wrong_role",
        "idempotency.key_malformed",
        "idempotency.key_required",
        "idempotency.key_reused",
        "key.scope_missing",
        "not_found",
        "order.version_mismatch",
        "request.if_match_malformed",
        "request.malformed",
        "request.not_an_object",
        "request.not_json",
        "request.too_large",
        "request.unsupported_media_type",
    }
)


def _must_be_described(reply: Reply, entry: Any) -> None:
    """Hold each answer of each test against the published description of its route."""
    route = entry.view_function.route
    if reply.status < 300:
        assert reply.status == route.status, reply.text
    elif reply.status >= 400:
        assert reply.code in {*_EVERYWHERE, *route.refuses}, f"{route.operation} does not name {reply.code}"
        assert reply.status in statuses_of(route, entry.uri_pattern), f"{route.operation} does not name {reply.status}"
        assert reply.json["status"] == reply.status


def made_up(prefix: str = "ord") -> str:
    """Return an id that looks right and belongs to nothing."""
    return derive(prefix, "made up")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A company with nothing to do yet."""
    there = World()
    composed: dict[Any, dict[str, object]] = {
        shop.composition: {
            "buying": there.buying,
            "uploads": there.company.uploads,
            "book": there.company.book,
            "links": MemoryLinks(),
            "reconciling": there.reconciling,
            "simulation": there.simulation,
        },
        mes.composition: {"floor": there.floor, "book": there.company.book, "links": MemoryLinks()},
        crm.composition: {
            "selling": there.selling,
            "deliveries": there.deliveries,
            "attention": there.attention,
            "book": there.company.book,
            "partners": there.directory,
        },
    }
    for module, parts in composed.items():
        for name, part in parts.items():
            monkeypatch.setattr(module, name, lambda part=part: part)
    for audience in (
        shop.app.customer,
        shop.app.partner,
        mes.app.operator,
        crm.app.seller,
        crm.app.carrier,
    ):
        monkeypatch.setattr(audience, "clock", lambda: there.company.now)
    return there
