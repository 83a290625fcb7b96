"""Reading several items at once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from alexandrite.store.items import keyed, plain
from alexandrite.store.keys import ItemKey
from alexandrite.store.table import Contended, Item
from alexandrite.store.transaction import asks_for_patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_ITEMS = 100  # of one BatchGetItem
_ROUNDS = 5


def read_items(client: "DynamoDBClient", table_name: str, keys: Sequence[ItemKey]) -> dict[ItemKey, Item]:
    """Read the items with these keys, at most 100, consistently; those that do not exist are left out.

    Raises:
        Contended: when the table asks for patience, or leaves keys unread again and again.
    """
    found: dict[ItemKey, Item] = {}
    if not keys:
        return found
    wanted: Mapping[str, Any] = {
        table_name: {"Keys": [keyed(key) for key in dict.fromkeys(keys)], "ConsistentRead": True}
    }
    for _ in range(_ROUNDS):
        try:
            answer = client.batch_get_item(RequestItems=wanted)
        except ClientError as error:
            if asks_for_patience(error):
                raise Contended(str(error)) from error
            raise
        for item in answer["Responses"].get(table_name, []):
            values = plain(item)
            found[ItemKey(values["pk"], values["sk"])] = values
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
    raise Contended("Keys were left unread.")
