"""Tables of read models on moto: right for one caller at a time, and never to be raced on (it is not atomic)."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.orders_table import create_orders_table

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "ORDERS_TABLE": "orders",
    "BOARD_TABLE": "board",
    "ATTENTION_TABLE": "attention",
    "COMPANY_TABLE": "company",
    "POWERTOOLS_SERVICE_NAME": "board",
    "POWERTOOLS_METRICS_NAMESPACE": "Alexandrite",
}


def create_table(client: Any, name: str) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("dynamodb")
        create_orders_table(client)
        for name in ("board", "attention", "company"):
            create_table(client, name)
        yield client
