"""The queue `board`: every event of every order becomes what the operators' board shows."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from alexandrite import clients, configuration
from alexandrite.board.writing import BoardWriter
from alexandrite.projections.consuming import feed
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.telemetry import observed


@cache
def _board() -> BoardWriter:
    return BoardWriter(DynamoItems(clients.dynamodb(), configuration.board_table()))


@observed
def handler(batch: dict[str, Any], _context: object) -> PartialItemFailureResponse:
    """Show the orders in an SQS batch on the board."""
    return feed(batch, _board().project)
