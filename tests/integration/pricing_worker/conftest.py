"""The resources of uploads and prices on moto, for one caller at a time."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import boto3
import pytest
from moto import mock_aws

from alexandrite.models.bucket import S3ModelBucket
from alexandrite.models.table import DynamoModelTable
from alexandrite.store.dynamodb import DynamoOrderTable
from tests.orders_table import NAME as ORDERS
from tests.orders_table import create_orders_table

BUCKET = "models"
COMPANY = "company"


@dataclass(frozen=True)
class Cloud:
    """Clients of one (pretended) account, and what was made in it."""

    dynamodb: Any
    s3: Any
    sqs: Any
    queue_url: str
    dead_letters_url: str

    @property
    def orders(self) -> DynamoOrderTable:
        return DynamoOrderTable(self.dynamodb, ORDERS)

    @property
    def models(self) -> DynamoModelTable:
        return DynamoModelTable(self.dynamodb, ORDERS)

    @property
    def bucket(self) -> S3ModelBucket:
        return S3ModelBucket(self.s3, BUCKET)

    def put(self, key: str, content: bytes) -> str:
        """Store an object as a client's form does; return its version."""
        return str(self.s3.put_object(Bucket=BUCKET, Key=key, Body=content, ChecksumAlgorithm="SHA256")["VersionId"])

    def tell(self, key: str, version_id: str) -> None:
        """Send the news of an object as storage does by way of the bus."""
        event = {
            "id": f"event-of-{version_id}",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "detail": {"bucket": {"name": BUCKET}, "object": {"key": key, "version-id": version_id}},
        }
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(event))

    def waiting(self) -> dict[str, int]:
        """Return how many messages are visible and how many are in somebody's hands."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return {"visible": int(found[names[0]]), "in_hand": int(found[names[1]])}


def create_cloud(**parts: Any) -> Cloud:
    """Make tables, bucket and queues with clients that are made with `parts`."""
    dynamodb, s3, sqs = (boto3.client(name, **parts) for name in ("dynamodb", "s3", "sqs"))
    create_orders_table(dynamodb)
    dynamodb.create_table(
        TableName=COMPANY,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    dead_letters = sqs.create_queue(QueueName="pricing-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 10})
    queue = sqs.create_queue(QueueName="pricing", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "120"})
    return Cloud(dynamodb, s3, sqs, queue["QueueUrl"], dead_letters)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def cloud(account: None) -> Iterator[Cloud]:
    with mock_aws():
        yield create_cloud()


def cube(side: float, *, splits: int = 1) -> bytes:
    """Return a binary STL of a closed cube with 12 x splits x splits triangles."""
    steps = [side * number / splits for number in range(splits + 1)]
    facets = []
    for axis, far in product(range(3), (False, True)):
        for u, v in product(range(splits), repeat=2):
            corners = [(steps[u + du], steps[v + dv]) for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1))]
            points = []
            for first, second in corners:
                point = [first, second]
                point.insert(axis, side if far else 0.0)
                points.append(point)
            # the two free axes make a right-handed pair with x and z, a left-handed one with y
            if far == (axis == 1):
                points.reverse()
            facets += [(points[0], points[1], points[2]), (points[0], points[2], points[3])]
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *a, *b, *c, 0) for a, b, c in facets)
    return b"\0" * 80 + struct.pack("<I", len(facets)) + body
