"""Documents of the company on their shelves: a small, versioned part of the `company` table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class Place(NamedTuple):
    """Where a document stands."""

    shelf: str
    name: str


class Document(NamedTuple):
    """What stands there: JSON, and how often it was written."""

    place: Place
    body: str
    revision: int


class DocumentMoved(Exception):
    """Somebody else wrote the document since it was read."""


class DocumentTable(Protocol):
    """Documents by place. All reads are consistent."""

    def read(self, places: Sequence[Place]) -> dict[Place, Document]:
        """Return those documents that exist, read together; at most 100."""

    def shelf(self, shelf: str, prefix: str) -> list[Document]:
        """Return the documents of a shelf whose names begin with `prefix`, the last names first; at most 200."""

    def write(self, place: Place, body: str, *, seen: int) -> Document:
        """Write a document that had revision `seen` (0: that did not exist).

        Raises:
            DocumentMoved: when it has another revision, unless what is there is what was to be written.
        """


class DynamoDocumentTable:
    """`DocumentTable` in DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def read(self, places: Sequence[Place]) -> dict[Place, Document]:
        keys: Sequence[Mapping[str, Any]] = [
            {"pk": {"S": place.shelf}, "sk": {"S": place.name}} for place in dict.fromkeys(places)
        ]
        found: dict[Place, Document] = {}
        while keys:
            answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": keys, "ConsistentRead": True}})
            for item in answer["Responses"].get(self._name, []):
                document = _from_item(item)
                found[document.place] = document
            keys = answer.get("UnprocessedKeys", {}).get(self._name, {"Keys": []})["Keys"]
        return found

    def shelf(self, shelf: str, prefix: str) -> list[Document]:
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :shelf AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":shelf": {"S": shelf}, ":prefix": {"S": prefix}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=200,
        )
        return [_from_item(item) for item in answer["Items"]]

    def write(self, place: Place, body: str, *, seen: int) -> Document:
        written = Document(place, body, seen + 1)
        absent: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        unchanged: dict[str, Any] = {
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(seen)}},
        }
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    "pk": {"S": place.shelf},
                    "sk": {"S": place.name},
                    "body": {"S": body},
                    "revision": {"N": str(written.revision)},
                },
                **(unchanged if seen else absent),
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            # A lost answer to a write that succeeded looks the same as somebody else's write: what is there decides.
            if self.read([place]).get(place) != written:
                raise DocumentMoved(f"{place.shelf}/{place.name}") from None
        return written


def _from_item(item: "dict[str, AttributeValueTypeDef]") -> Document:
    return Document(Place(item["pk"]["S"], item["sk"]["S"]), item["body"]["S"], int(item["revision"]["N"]))
