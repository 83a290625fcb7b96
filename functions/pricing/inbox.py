"""The worker's side of the pricing queue."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# A message is somebody's for so long after a sign of life; after a worker's death it waits no longer than this.
VISIBILITY_S = 120

_LONGEST_BACKOFF_S = 600


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message; `receives` counts this one too."""

    message_id: str
    receipt: str
    body: str
    receives: int
    sent_at: datetime

    @property
    def backoff_s(self) -> int:
        """How long the message rests after a failure: doubling from 10 s to 10 minutes."""
        return min(_LONGEST_BACKOFF_S, 10 << min(self.receives - 1, 6))


class Inbox:
    """Messages of one queue; nothing here deletes one but `done`."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def receive(self, most: int, wait_s: int) -> list[Delivery]:
        """Wait up to `wait_s` seconds for up to `most` messages (1 to 10)."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=VISIBILITY_S,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        return [
            Delivery(
                message_id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                body=message["Body"],
                receives=int(message["Attributes"]["ApproximateReceiveCount"]),
                sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, tz=UTC),
            )
            for message in answer.get("Messages", [])
        ]

    def keep(self, delivery: Delivery) -> bool:
        """Keep a message for another `VISIBILITY_S` seconds; False when it is not ours any more."""
        return self._change_visibility(delivery, VISIBILITY_S)

    def hand_back(self, delivery: Delivery, after_s: int) -> bool:
        """Let others have the message in `after_s` seconds; False when it is not ours any more."""
        return self._change_visibility(delivery, after_s)

    def done(self, delivery: Delivery) -> None:
        """Delete a message whose effect is durable."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=delivery.receipt)

    def _change_visibility(self, delivery: Delivery, seconds: int) -> bool:
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=delivery.receipt, VisibilityTimeout=seconds
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code.rpartition(".")[2] in ("MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"):
                return False  # it became visible or was deleted: a second delivery of it does no harm
            raise
        return True
