"""How the use cases of the floor are put together: once per process, when first needed."""

from functools import cache

from alexandrite import clients, configuration
from alexandrite.board.reading import BoardReader
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.contacts import DynamoContacts
from alexandrite.floor.orders import Floor
from alexandrite.links import S3Links
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.store.dynamodb import DynamoOrderTable


@cache
def floor() -> Floor:
    """Return the use cases of operators and foremen."""
    return Floor(
        orders=DynamoOrderTable(clients.dynamodb(), configuration.orders_table()),
        contacts=DynamoContacts(clients.dynamodb(), configuration.contacts_table()),
        book=book(),
        board=BoardReader(DynamoItems(clients.dynamodb(), configuration.board_table())),
    )


@cache
def book() -> CompanyBook:
    """Return the company's book."""
    return CompanyBook(DynamoDocumentTable(clients.dynamodb(), configuration.company_table()))


@cache
def links() -> S3Links:
    """Return what signs addresses of files."""
    return S3Links(clients.s3(), configuration.models_bucket())
