"""A local cloud with the orders table, the order machine and the function that serves it; the rest runs in the test."""

import io
import sysconfig
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alexandrite.domain.commands import AnyCommand
from alexandrite.domain.company import Company
from alexandrite.domain.orders import Order
from alexandrite.driving.machine import StepFunctionsMachine
from alexandrite.driving.orchestrate import drive
from alexandrite.store.apply import ExtraItem, apply
from alexandrite.store.drivers import DynamoDriverTable
from alexandrite.store.dynamodb import DynamoOrderTable
from local.cloud import LocalCloud
from tests.orders_table import create_orders_table

ROOT = Path(__file__).parents[3]
DEFINITION = ROOT / "statemachines" / "order.asl.json"
TABLE = "orders"


@dataclass
class MachineRoom:
    """Everything that coordinates orders, and a hand to write them."""

    cloud: LocalCloud
    definition: str
    machine_arn: str

    @property
    def orders(self) -> DynamoOrderTable:
        return DynamoOrderTable(self.cloud.client("dynamodb"), TABLE)

    @property
    def drivers(self) -> DynamoDriverTable:
        return DynamoDriverTable(self.cloud.client("dynamodb"), TABLE)

    @property
    def machine(self) -> StepFunctionsMachine:
        return StepFunctionsMachine(self.cloud.client("stepfunctions"), self.machine_arn)

    def write(self, order_id: str, *commands: AnyCommand, items: tuple[ExtraItem, ...] = ()) -> Order:
        return apply(self.orders, order_id, commands, company=Company(), items=items).order

    def tell(self, order_id: str) -> None:
        """Do what the event's way over stream, bus and queue ends in."""
        drive(order_id, table=self.drivers, machine=self.machine, correlation_id="test")

    def execution(self, order_id: str, generation: int = 1) -> dict[str, Any]:
        arn = self.machine_arn.replace(":stateMachine:", ":execution:") + f":{order_id}-g{generation}"
        return self.cloud.client("stepfunctions").describe_execution(executionArn=arn)

    def history(self, order_id: str, generation: int = 1) -> list[str]:
        """The names of the states that an execution has entered, in order."""
        arn = self.execution(order_id, generation)["executionArn"]
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        entered = (event.get("stateEnteredEventDetails") for page in pages for event in page["events"])
        return [details["name"] for details in entered if details]

    def eventually(self, question: Callable[[], Any], *, seconds: float = 20) -> Any:
        """Ask again and again until the answer is true."""
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.05)
        return answer

    def until_parked(self, order_id: str) -> Order:
        """Wait until the machine sleeps on the order's present version; return the order."""

        def asleep() -> Order | None:
            record = self.drivers.record(order_id)
            assert record is not None
            return record.order if record.driver.parked_version == record.order.version else None

        order: Order = self.eventually(asleep)
        return order


def zipped_step() -> bytes:
    """The step function as it is deployed, but for its layer of dependencies: the test's own stand in for it."""
    entry = (
        f"import sys\nsys.path.append({sysconfig.get_path('purelib')!r})\nfrom orders.step import handler as handler\n"
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("entry.py", entry)
        for root, package in ((ROOT / "layers", "alexandrite"), (ROOT / "functions", "orders")):
            for file in sorted((root / package).rglob("*.py")):
                content.write(file, file.relative_to(root))
    return archive.getvalue()


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MachineRoom]:
    """The machine's shortest wait is a second here instead of a minute; nothing else differs."""
    with LocalCloud(tmp_path_factory.mktemp("machine"), images={}) as cloud:
        database = cloud.client("dynamodb")
        create_orders_table(database, TABLE)
        database.create_table(
            TableName="company",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        queue = cloud.client("sqs").create_queue(QueueName="pricing")["QueueUrl"]
        step = cloud.client("lambda").create_function(
            FunctionName="step",
            Runtime="python3.13",
            Handler="entry.handler",
            Role="arn:aws:iam::000000000000:role/step",
            Code={"ZipFile": zipped_step()},
            Timeout=30,
            Environment={"Variables": {"ORDERS_TABLE": TABLE, "COMPANY_TABLE": "company", "PRICING_QUEUE_URL": queue}},
        )["FunctionArn"]
        definition = DEFINITION.read_text().replace("${OrdersTable}", TABLE).replace("${StepFunctionArn}", step)
        hasty = definition.replace("$max([60, ", "$max([1, ")
        assert hasty != definition
        machine = cloud.client("stepfunctions").create_state_machine(
            name="order", definition=hasty, roleArn="arn:aws:iam::000000000000:role/machine"
        )["stateMachineArn"]
        yield MachineRoom(cloud, hasty, machine)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)
