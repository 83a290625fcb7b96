"""How the use cases of buyers are put together: once per process, when first needed."""

from functools import cache

from alexandrite import clients, configuration
from alexandrite.buying.orders import Buying
from alexandrite.buying.reconciliation import DynamoReferences, Reconciling
from alexandrite.buying.simulation import Simulation
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.contacts import DynamoContacts
from alexandrite.domain.orders import Order
from alexandrite.links import S3Links
from alexandrite.models.bucket import S3ModelBucket
from alexandrite.models.queue import SqsAnalysisQueue
from alexandrite.models.table import DynamoModelTable
from alexandrite.models.uploads import Uploads
from alexandrite.store.dynamodb import DynamoOrderTable


@cache
def buying() -> Buying:
    """Return the use cases of buyers."""
    return Buying(
        orders=_orders(),
        contacts=DynamoContacts(clients.dynamodb(), configuration.contacts_table()),
        uploads=uploads(),
        models=_models(),
        book=book(),
    )


@cache
def uploads() -> Uploads:
    """Return the use cases around models."""
    bucket = S3ModelBucket(clients.s3(), configuration.models_bucket())
    queue = SqsAnalysisQueue(clients.sqs(), configuration.pricing_queue())
    return Uploads(_models(), bucket, queue, _find_order)


@cache
def book() -> CompanyBook:
    """Return the company's book."""
    return CompanyBook(DynamoDocumentTable(clients.dynamodb(), configuration.company_table()))


@cache
def links() -> S3Links:
    """Return what signs addresses of files."""
    return S3Links(clients.s3(), configuration.models_bucket())


@cache
def reconciling() -> Reconciling:
    """Return the use case of comparing books."""
    return Reconciling(DynamoReferences(clients.dynamodb(), configuration.orders_table()))


@cache
def simulation() -> Simulation:
    """Return what moves test orders."""
    return Simulation(_orders(), book())


@cache
def _orders() -> DynamoOrderTable:
    return DynamoOrderTable(clients.dynamodb(), configuration.orders_table())


@cache
def _models() -> DynamoModelTable:
    return DynamoModelTable(clients.dynamodb(), configuration.orders_table())


def _find_order(order_id: str) -> Order | None:
    record = _orders().record(order_id)
    return record.order if record is not None else None
