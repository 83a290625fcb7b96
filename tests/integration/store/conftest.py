"""An orders table on moto: right for one caller at a time, and never to be raced on (it is not atomic)."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from alexandrite.store.drivers import DynamoDriverTable
from alexandrite.store.dynamodb import DynamoOrderTable
from tests.orders_table import NAME, create_orders_table


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("dynamodb")
        create_orders_table(client)
        yield client


@pytest.fixture
def orders(client: Any) -> DynamoOrderTable:
    return DynamoOrderTable(client, NAME)


@pytest.fixture
def drivers(client: Any) -> DynamoDriverTable:
    return DynamoDriverTable(client, NAME)
