"""The running system as the tests meet it: people with a door of their own each, and a look behind the scenes."""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from alexandrite.domain.evolution import fold
from alexandrite.store.items import plain, to_record, to_recorded
from local import people
from local.cloud import LocalCloud
from local.people import Person

RECIPIENT = {
    "name": "Анна Кузнецова",
    "phone": "+79000000000",
    "email": "anna@example.com",
    "address": {"postal_code": "190000", "city": "Санкт-Петербург", "street": "Невский проспект, 1"},
}
DELIVERY = {"method": "courier", "recipient": RECIPIENT}


def eventually[T](question: Callable[[], T], *, seconds: float = 60, every: float = 0.2) -> T:
    """Ask until the answer is true, and fail with the last one after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer or time.monotonic() > deadline:
            assert answer, f"not within {seconds} s: {answer!r}"
            return answer
        time.sleep(every)


def at_once[T, R](action: Callable[[T], R], things: Iterable[T], *, width: int = 16) -> list[R]:
    """Do it to all of them, `width` at a time, and return what came of each."""
    with ThreadPoolExecutor(width) as pool:
        return list(pool.map(action, things))


@dataclass
class Door:
    """One caller's way in: an HTTP client with their credentials."""

    client: httpx.Client
    name: str = ""

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return succeeded(self.client.get(path, params=params))

    def ask(self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None, **headers: str) -> Any:
        """Send a command and return the whole answer, whatever it is."""
        headers |= {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(path, json=dict(body or {}), headers=headers)

    def do(self, path: str, body: Mapping[str, Any] | None = None, **named: Any) -> dict[str, Any]:
        """Send a command that must succeed."""
        return succeeded(self.ask(path, body, **named))

    def refused(self, path: str, body: Mapping[str, Any] | None = None, **named: Any) -> dict[str, Any]:
        """Send a command that must be refused, and return the problem."""
        answer = self.ask(path, body, **named)
        assert answer.is_client_error, f"{path}: {answer.status_code} {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.json()

    def order(self, order_id: str) -> dict[str, Any]:
        return self.get(f"/orders/{order_id}")

    def has_reached(self, order_id: str, status: str, *, seconds: float = 60) -> dict[str, Any]:
        """Wait for the order to be in `status`, and return it."""
        seen: dict[str, Any] = {}

        def arrived() -> bool:
            seen.update(self.order(order_id))
            return seen["status"] == status

        try:
            eventually(arrived, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{order_id} is {seen['status']}, not {status}, after {seconds} s") from error
        return seen


def succeeded(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()


@dataclass
class World:
    """A running local cloud and everybody in it."""

    cloud: LocalCloud
    described: Mapping[str, Any]
    ring: bytes
    customers: list[Door] = field(init=False)
    seller: Door = field(init=False)
    operators: list[Door] = field(init=False)
    foreman: Door = field(init=False)
    partners: dict[str, dict[str, Door]] = field(init=False)

    def __post_init__(self) -> None:
        tokens = self.described["tokens"]
        self.customers = [self.door("shop", token) for token in tokens["customers"]]
        self.seller = self.door("crm", tokens["seller"])
        self.operators = [self.door("mes", token) for token in tokens["operators"]]
        self.foreman = self.door("mes", tokens["foreman"])
        self.partners = {
            name: {mode: self.door("partner", key) for mode, key in keys.items()}
            for name, keys in self.described["keys"].items()
        }

    def door(self, prefix: str, token: str, name: str = "") -> Door:
        client = httpx.Client(
            base_url=f"{self.cloud.base_url}/api/{prefix}/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            limits=httpx.Limits(max_keepalive_connections=4),
        )
        return Door(client, name)

    def hire(self, count: int, *, team: str = "operator") -> list[Door]:
        """More operators, each with an account; another team has its hands free."""
        staff = [Person(f"{team}{number}", "Staff", ("operators",)) for number in range(count)]
        people.ensure(self.cloud, self.outputs, staff)
        return [self.door("mes", people.token_of(self.cloud, self.outputs, person), person.name) for person in staff]

    def register(self, name: str) -> Door:
        """One more customer, with an account."""
        person = Person(name, "Customers")
        people.ensure(self.cloud, self.outputs, [person])
        return self.door("shop", people.token_of(self.cloud, self.outputs, person), name)

    @property
    def outputs(self) -> Mapping[str, str]:
        return self.described["outputs"]

    def upload(self, buyer: Door, content: bytes | None = None, *, unit: str | None = "mm") -> str:
        """Announce and upload a file; returns the model's id without waiting for its analysis."""
        content = self.ring if content is None else content
        announced = buyer.do(
            "/models",
            {
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "unit": unit,
                "file_name": "ring.stl",
            },
        )
        form = announced["upload"]
        sent = httpx.post(form["url"], data=form["fields"], files={"file": ("ring.stl", content)}, timeout=60)
        assert sent.is_success, sent.text
        return str(announced["model"]["model_id"])

    def analysed(self, buyer: Door, content: bytes | None = None, **named: Any) -> str:
        """Upload a file and wait until it is analysed."""
        model = self.upload(buyer, content, **named)
        eventually(lambda: buyer.get(f"/models/{model}")["stage"] == "analysed", seconds=90)
        return model

    @staticmethod
    def lines(model: str, *, quantity: int = 1, material: str = "silver_925") -> list[dict[str, Any]]:
        return [{"model": model, "quantity": quantity, "material": material, "finish": "polished"}]

    def ordered(self, buyer: Door, model: str, **named: Any) -> str:
        """An order of one line, created."""
        body = {"lines": self.lines(model, **named), "delivery": DELIVERY}
        return str(buyer.do("/orders", body)["order_id"])

    def priced(self, buyer: Door, model: str, **named: Any) -> dict[str, Any]:
        """An order with an open offer."""
        order_id = self.ordered(buyer, model, **named)
        buyer.has_reached(order_id, "FILE_UPLOADED")
        buyer.do(f"/orders/{order_id}/submit")
        return buyer.has_reached(order_id, "PRICE_CALCULATED")

    def accepted(self, buyer: Door, model: str, **named: Any) -> str:
        order = self.priced(buyer, model, **named)
        buyer.do(f"/orders/{order['order_id']}/accept", {"price_id": order["price"]["price_id"]})
        return str(order["order_id"])

    def approved(self, buyer: Door, model: str, **named: Any) -> str:
        """An order in the operators' queue."""
        order_id = self.accepted(buyer, model, **named)
        self.seller.do(f"/orders/{order_id}/payment", {"payment": "paid"})
        self.seller.do(f"/orders/{order_id}/approve")
        return order_id

    def taken(self, buyer: Door, model: str, operator: Door, **named: Any) -> dict[str, Any]:
        """An order on an operator's bench."""
        return operator.do(f"/orders/{self.approved(buyer, model, **named)}/take")

    def many_approved(self, count: int) -> list[str]:
        """Orders of a partner, of one piece each, in the operators' queue; made at once."""
        partner = self.partners["northern-lights"]["live"]
        body = {
            "lines": self.lines(self.analysed(partner)),
            "delivery": DELIVERY,
            "submit": True,
            "accept_up_to_minor": 100_000_00,
        }
        orders = at_once(lambda _: str(partner.do("/orders", body)["order_id"]), range(count))
        eventually(lambda: all(found.is_accepted for found in self.orders() if found.order_id in orders), every=1)
        at_once(lambda order_id: self.seller.do(f"/orders/{order_id}/payment", {"payment": "paid"}), orders)
        at_once(lambda order_id: self.seller.do(f"/orders/{order_id}/approve"), orders)
        return orders

    def finish(self, order_id: str, operator: Door) -> None:
        """From the bench to the customer."""
        order = operator.order(order_id)
        operator.do(f"/orders/{order_id}/complete", {"fence": order["fence"]})
        operator.do(f"/orders/{order_id}/pack")
        operator.do(f"/orders/{order_id}/ship", {"carrier": "Courier", "tracking_number": f"AX-{order_id[-8:]}"})
        self.seller.do(f"/orders/{order_id}/close", {"reason": "delivered"})

    # behind the scenes

    def items(self, order_id: str) -> list[dict[str, Any]]:
        pages = (
            self.cloud.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.outputs["OrdersTable"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"ORDER#{order_id}"}},
                ConsistentRead=True,
            )
        )
        return [plain(item) for page in pages for item in page["Items"]]

    def orders(self) -> list[Any]:
        """Every order there is, as it stands."""
        pages = (
            self.cloud.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.outputs["OrdersTable"],
                FilterExpression="sk = :sk",
                ExpressionAttributeValues={":sk": {"S": "ORDER"}},
                ConsistentRead=True,
            )
        )
        return [to_record(plain(item)).order for page in pages for item in page["Items"]]

    def all_are(self, status: str, order_ids: Iterable[str]) -> bool:
        """Whether all these orders are in `status`, in one look and without a call for each."""
        found = {order.order_id: order.status for order in self.orders()}
        return {str(found[order_id]) for order_id in order_ids} == {status}

    def record(self, order_id: str) -> Any:
        """The order item as it stands, with what its machine keeps beside it."""
        return to_record(next(item for item in self.items(order_id) if item["sk"] == "ORDER"))

    def events(self, order_id: str) -> list[Any]:
        return [to_recorded(item).event for item in self.items(order_id) if item["sk"].startswith("EVENT#")]

    def history_is_sound(self, order_id: str) -> None:
        """The log is dense, each step is in the table, and the order is what its log says."""
        events = self.events(order_id)
        assert [event.version for event in events] == list(range(1, len(events) + 1))
        assert fold(events) == self.record(order_id).order  # fold refuses steps that the table does not know

    def executions(self) -> dict[str, str]:
        """Status of each execution of the order machine by its name."""
        pages = (
            self.cloud.client("stepfunctions")
            .get_paginator("list_executions")
            .paginate(stateMachineArn=self.outputs["OrderMachineArn"])
        )
        return {each["name"]: each["status"] for page in pages for each in page["executions"]}

    def executions_of(self, order_id: str) -> dict[str, str]:
        """Status of each execution the order ever had, by its generation: `g1`, `g2`."""
        return {
            name.removeprefix(f"{order_id}-"): status
            for name, status in self.executions().items()
            if name.startswith(f"{order_id}-")
        }

    def is_at_rest(self, order_id: str) -> bool:
        """Whether the order's machine sleeps on its present version, or has ended with it."""
        record = self.record(order_id)
        return record.order.is_terminal or record.driver.parked_version == record.order.version

    def sweep(self, kind: str = "due") -> dict[str, Any]:
        """Run the sweeper now."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.outputs["SweeperFunction"], Payload=json.dumps({"sweep": kind})
        )
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return result


def queue_depths(world: World, *names: str) -> Iterator[int]:
    """Messages visible or in flight in the queues whose addresses are these outputs."""
    sqs = world.cloud.client("sqs")
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for name in names:
        found = sqs.get_queue_attributes(QueueUrl=world.outputs[name], AttributeNames=wanted)["Attributes"]
        yield sum(int(found[each]) for each in wanted)
