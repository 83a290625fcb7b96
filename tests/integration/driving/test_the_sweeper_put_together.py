"""The sweeper as its composition puts it together, over emulated services: what was lost is found by every adapter.

Step Functions is moto's, which starts executions and runs none of them.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

import orders.composition
import orders.step
import orders.sweeper
from alexandrite import clients
from alexandrite.domain.company import Company
from alexandrite.domain.orders import FileVersion, Mode
from alexandrite.models.queue import ANALYSIS_OVERDUE
from alexandrite.models.record import Declaration, Model, Stage, base64url
from alexandrite.models.table import DynamoModelTable
from alexandrite.store.apply import apply
from alexandrite.store.dynamodb import DynamoOrderTable
from pricing.messages import parse
from tests.orders import CUSTOMER, Commands, models
from tests.orders_table import NAME, create_orders_table

RING = b"a ring"
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "ORDERS_TABLE": NAME,
    "COMPANY_TABLE": "company",
    "MODELS_BUCKET": "models",
    "EVENT_BUS": "orders",
}


class Time:
    """A Lambda's context with time enough, or hardly any."""

    aws_request_id = "request"

    def __init__(self, left_ms: int = 300_000) -> None:
        self._left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms


class Cloud:
    """What the functions work on."""

    def __init__(self, queue_url: str) -> None:
        self.orders = DynamoOrderTable(boto3.client("dynamodb"), NAME)
        self.models = DynamoModelTable(boto3.client("dynamodb"), NAME)
        self.sqs: Any = boto3.client("sqs")
        self.queue_url = queue_url

    def model(self, *, ago: timedelta, **parts: object) -> Model:
        """A model of the first line of `tests.orders`, registered some time ago."""
        at = datetime.now(UTC) - ago
        declared = Declaration(size_bytes=len(RING), sha256=hashlib.sha256(RING).hexdigest())
        values = {"model_id": models(1)[0], "owner": CUSTOMER.id, "mode": Mode.LIVE, "declared": declared, "unit": None}
        return self.models.add(Model.model_validate({**values, "created_at": at, "updated_at": at, **parts}))

    def order(self, *steps: str, ago: timedelta = timedelta(minutes=5)) -> None:
        """An order whose events nobody has heard of."""
        commands = Commands("c", at=datetime.now(UTC) - ago, step=timedelta())
        apply(self.orders, "ord_1", [getattr(commands, step)() for step in steps], company=Company())

    def asked_for(self) -> list[str]:
        """The models that the engine has been asked for."""
        messages = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        return [parse(message["Body"], "m").model_id for message in messages]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        forget()
        create_orders_table(boto3.client("dynamodb"))
        boto3.client("dynamodb").create_table(
            TableName="company",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        boto3.client("s3").create_bucket(Bucket="models")
        boto3.client("s3").put_bucket_versioning(Bucket="models", VersioningConfiguration={"Status": "Enabled"})
        boto3.client("events").create_event_bus(Name="orders")
        machine = boto3.client("stepfunctions").create_state_machine(
            name="order",
            definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
            roleArn="arn:aws:iam::123456789012:role/order",
        )
        monkeypatch.setenv("ORDER_MACHINE_ARN", machine["stateMachineArn"])
        queue = boto3.client("sqs").create_queue(QueueName="pricing")["QueueUrl"]
        monkeypatch.setenv("PRICING_QUEUE_URL", queue)
        yield Cloud(queue)
    forget()


def forget() -> None:
    """Let no client or use case of another test live on."""
    for module in (clients, orders.composition):
        for made_once in vars(module).values():
            if hasattr(made_once, "cache_clear"):
                made_once.cache_clear()


def sweep(kind: str, context: Time | None = None) -> dict[str, Any]:
    found: dict[str, Any] = orders.sweeper.handler({"sweep": kind}, context or Time())
    return found


def test_a_step_asks_again_for_an_analysis_that_is_overdue(cloud: Cloud) -> None:
    file = FileVersion(version_id="v1", sha256=base64url(hashlib.sha256(RING).hexdigest()))
    cloud.model(ago=timedelta(hours=1), stage=Stage.ANALYSING, file=file)
    commands = Commands("c")
    record = commands.files().model_copy(update={"files": {models(1)[0]: file}})
    apply(cloud.orders, "ord_1", [commands.create(), record, commands.submit()], company=Company())
    answer = orders.step.handler({"action": "price", "order_id": "ord_1", "version": 3, "generation": 1}, Time())
    assert answer["outcome"] == "done"
    assert cloud.asked_for() == [models(1)[0]]


def test_an_upload_that_nobody_heard_of_is_recorded_and_asked_for(cloud: Cloud) -> None:
    model = cloud.model(ago=ANALYSIS_OVERDUE)
    boto3.client("s3").put_object(Bucket="models", Key=model.key, Body=RING, ChecksumAlgorithm="SHA256")
    assert sweep("due")["models"]["repaired"] == 1
    assert cloud.asked_for() == [model.model_id]
    assert cloud.models.read([model.model_id])[model.model_id].stage is Stage.UPLOADED
    assert sweep("due")["models"]["looked_at"] == 0


def test_a_file_that_came_while_its_order_was_being_created_is_recorded(cloud: Cloud) -> None:
    file = FileVersion(version_id="v1", sha256=base64url(hashlib.sha256(RING).hexdigest()))
    cloud.model(ago=timedelta(), stage=Stage.UPLOADED, file=file)
    cloud.order("create")
    assert sweep("due")["orders"]["repaired"] == 1
    record = cloud.orders.record("ord_1")
    assert record is not None
    assert (record.order.status, record.order.files) == ("FILE_UPLOADED", {models(1)[0]: file})


def test_an_order_without_an_execution_gets_one_and_its_last_event_is_announced_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Any] = []
    bus = clients.event_bridge()
    put_events = bus.put_events
    monkeypatch.setattr(bus, "put_events", lambda **asked: published.extend(asked["Entries"]) or put_events(**asked))
    cloud.order("create", "files", "submit")

    assert sweep("everything", Time(left_ms=1_000))["orders"]["unfinished"]
    assert published == []
    found = sweep("rest")["orders"]
    assert (found["repaired"], found["announced"], found["unfinished"]) == (1, 1, False)
    assert [(entry["EventBusName"], entry["DetailType"]) for entry in published] == [("orders", "OrderSubmitted")]
    executions = boto3.client("stepfunctions").list_executions(
        stateMachineArn=orders.composition.configuration.order_machine()
    )["executions"]
    assert "ord_1-g1" in {execution["name"] for execution in executions}
    assert sweep("rest")["orders"]["looked_at"] == 0
