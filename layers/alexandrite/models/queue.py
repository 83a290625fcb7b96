"""The pricing queue, as far as others than storage put something into it."""

import json
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ANALYSIS_REQUESTED = "Analysis Requested"


class AnalysisQueue(Protocol):
    """Where a model waits for the engine."""

    def ask(self, model_id: str) -> None:
        """Have the model analysed, or found to be so; asking twice does no harm."""


class SqsAnalysisQueue:
    """`AnalysisQueue` on SQS, in the shape of the events that storage sends there by way of the bus."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def ask(self, model_id: str) -> None:
        request = {"source": "alexandrite.models", "detail-type": ANALYSIS_REQUESTED, "detail": {"model_id": model_id}}
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(request))
