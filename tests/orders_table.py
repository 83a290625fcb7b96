"""The orders table as the template declares it, for tests of one adapter."""

from typing import Any

NAME = "orders"


def create_orders_table(client: Any, name: str = NAME) -> None:
    """Create an empty orders table with its two indexes and its stream."""
    keys = ("pk", "sk", "buyer_key", "created_key", "check_shard", "next_check_at")
    client.create_table(
        TableName=name,
        KeySchema=_keys("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-buyer",
                "KeySchema": _keys("buyer_key", "created_key"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary"]},
            },
            {
                "IndexName": "open-orders",
                "KeySchema": _keys("check_shard", "next_check_at"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    )


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
