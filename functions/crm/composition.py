"""How the use cases of sellers and carriers are put together: once per process, when first needed."""

from functools import cache

from alexandrite import clients, configuration
from alexandrite.attention.reading import AttentionReader
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.models.table import DynamoModelTable
from alexandrite.partners.directory import DynamoPartnerTable, PartnerDirectory
from alexandrite.partners.usage_plan import ApiGatewayUsagePlan
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.selling.deliveries import Deliveries
from alexandrite.selling.orders import Selling
from alexandrite.store.dynamodb import DynamoOrderTable


@cache
def selling() -> Selling:
    """Return the use cases around orders."""
    models = DynamoModelTable(clients.dynamodb(), configuration.orders_table())
    return Selling(orders=_orders(), models=models, book=book())


@cache
def deliveries() -> Deliveries:
    """Return the use case of carriers."""
    return Deliveries(orders=_orders(), book=book(), secret=clients.secret(configuration.carrier_secret()))


@cache
def attention() -> AttentionReader:
    """Return the sellers' lists."""
    return AttentionReader(DynamoItems(clients.dynamodb(), configuration.attention_table()))


@cache
def book() -> CompanyBook:
    """Return the company's book."""
    return CompanyBook(DynamoDocumentTable(clients.dynamodb(), configuration.company_table()))


@cache
def partners() -> PartnerDirectory:
    """Return the directory of partners."""
    table = DynamoPartnerTable(clients.dynamodb(), configuration.company_table())
    plan = ApiGatewayUsagePlan(clients.api_gateway(), configuration.partner_usage_plan())
    return PartnerDirectory(table, clients.secret(configuration.api_key_pepper_secret()), plan)


@cache
def _orders() -> DynamoOrderTable:
    return DynamoOrderTable(clients.dynamodb(), configuration.orders_table())
