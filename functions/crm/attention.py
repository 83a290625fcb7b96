"""The queue `crm`: every event of every order becomes what the sellers' lists show."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from alexandrite import clients, configuration
from alexandrite.attention.writing import AttentionWriter
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.projections.consuming import feed
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.telemetry import observed


@cache
def _lists() -> AttentionWriter:
    client = clients.dynamodb()
    book = CompanyBook(DynamoDocumentTable(client, configuration.company_table()))
    return AttentionWriter(DynamoItems(client, configuration.attention_table()), book.company)


@observed
def handler(batch: dict[str, Any], _context: object) -> PartialItemFailureResponse:
    """Show the orders in an SQS batch in the sellers' lists."""
    return feed(batch, _lists().project)
