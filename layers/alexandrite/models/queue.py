"""The pricing queue, as far as others than storage put something into it."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from alexandrite.models.record import Model

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ANALYSIS_REQUESTED = "Analysis Requested"

# An analysis that is not there after this long is asked for again: the news of its upload may have been lost.
ANALYSIS_OVERDUE = timedelta(minutes=10)


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


def ask_again(queue: AnalysisQueue, models: Iterable[Model], now: datetime) -> tuple[str, ...]:
    """Send those models to the engine whose analysis is overdue; return their ids."""
    overdue = tuple(
        model.model_id
        for model in models
        if not model.deleted and not model.is_settled and now - model.updated_at > ANALYSIS_OVERDUE
    )
    for model_id in overdue:
        queue.ask(model_id)
    return overdue
