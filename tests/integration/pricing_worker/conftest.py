"""The resources of uploads and prices on moto, for one caller at a time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import boto3
import numpy as np
import pytest
from moto import mock_aws

from alexandrite.models.bucket import S3ModelBucket
from alexandrite.models.table import DynamoModelTable
from alexandrite.store.dynamodb import DynamoOrderTable
from tests.orders_table import NAME as ORDERS
from tests.orders_table import create_orders_table

COMPANY = "company"


@dataclass(frozen=True)
class Cloud:
    """Clients of one (pretended) account, and what was made in it."""

    dynamodb: Any
    s3: Any
    sqs: Any
    queue_url: str
    suffix: str = ""

    @property
    def orders_table(self) -> str:
        return ORDERS + self.suffix

    @property
    def company_table(self) -> str:
        return COMPANY + self.suffix

    @property
    def bucket_name(self) -> str:
        return f"models{self.suffix}"

    @property
    def orders(self) -> DynamoOrderTable:
        return DynamoOrderTable(self.dynamodb, self.orders_table)

    @property
    def models(self) -> DynamoModelTable:
        return DynamoModelTable(self.dynamodb, self.orders_table)

    @property
    def bucket(self) -> S3ModelBucket:
        return S3ModelBucket(self.s3, self.bucket_name)

    def put(self, key: str, content: bytes) -> str:
        """Store an object as a client's form does; return its version."""
        return str(
            self.s3.put_object(Bucket=self.bucket_name, Key=key, Body=content, ChecksumAlgorithm="SHA256")["VersionId"]
        )

    def waiting(self) -> dict[str, int]:
        """Return how many messages are visible and how many are in somebody's hands."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return {"visible": int(found[names[0]]), "in_hand": int(found[names[1]])}


def create_cloud(client: Callable[[str], Any], suffix: str = "") -> Cloud:
    """Make tables, a versioned bucket and the queue with its dead letters."""
    dynamodb, s3, sqs = (client(name) for name in ("dynamodb", "s3", "sqs"))
    create_orders_table(dynamodb, ORDERS + suffix)
    dynamodb.create_table(
        TableName=COMPANY + suffix,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    bucket = f"models{suffix}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    dead_letters = sqs.create_queue(QueueName=f"pricing-dlq{suffix}")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead_letters), "maxReceiveCount": 10})
    queue = sqs.create_queue(
        QueueName=f"pricing{suffix}", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "120"}
    )
    return Cloud(dynamodb, s3, sqs, queue["QueueUrl"], suffix)


def arn_of(sqs: Any, queue_url: str) -> str:
    """Return the name of a queue under which others know it."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    return str(attributes["QueueArn"])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def cloud(account: None) -> Iterator[Cloud]:
    with mock_aws():
        yield create_cloud(boto3.client)


@cache
def cube(side_mm: float, *, splits: int = 1) -> bytes:
    """Return a binary STL of a closed cube with 12 x splits x splits triangles."""
    corner = np.stack(np.meshgrid(np.arange(splits), np.arange(splits), indexing="ij"), axis=-1).reshape(-1, 1, 1, 2)
    halves = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]])
    flat = (corner + halves).reshape(-1, 3, 2) * (side_mm / splits)
    facets = []
    for axis, far in product(range(3), (False, True)):
        side = np.insert(flat, axis, side_mm if far else 0.0, axis=2)
        # the two free axes are right-handed about x and z and left-handed about y
        facets.append(side[:, ::-1] if far == (axis == 1) else side)
    triangles = np.concatenate(facets)
    records = np.zeros(len(triangles), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
    records["corners"] = triangles
    return b"\0" * 80 + len(triangles).to_bytes(4, "little") + records.tobytes()
