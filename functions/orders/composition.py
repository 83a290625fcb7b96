"""How these functions' use cases are put together: once per process, when first needed."""

from functools import cache

from alexandrite import clients, configuration
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.domain.orders import Order
from alexandrite.driving.machine import StepFunctionsMachine
from alexandrite.driving.steps import Steps
from alexandrite.driving.sweeper import Sweeper
from alexandrite.models.table import DynamoModelTable
from alexandrite.pricing.orders import OrderPricing
from alexandrite.store.drivers import DynamoDriverTable
from alexandrite.store.dynamodb import DynamoOrderTable


@cache
def drivers() -> DynamoDriverTable:
    """Return the driver's side of the orders table."""
    return DynamoDriverTable(clients.dynamodb(), configuration.orders_table())


@cache
def machine() -> StepFunctionsMachine:
    """Return the order machine."""
    return StepFunctionsMachine(clients.step_functions(), configuration.order_machine())


@cache
def steps() -> Steps:
    """Return what the order machine does by itself."""
    orders = DynamoOrderTable(clients.dynamodb(), configuration.orders_table())
    book = CompanyBook(DynamoDocumentTable(clients.dynamodb(), configuration.company_table()))
    models = DynamoModelTable(clients.dynamodb(), configuration.orders_table())

    def may_approve(order: Order) -> bool:
        rule, _ = book.approval_rule()
        return rule.may_approve(order)

    pricing = OrderPricing(orders, models, book)
    return Steps(orders, company=book.company, price_order=pricing.price_order, may_approve=may_approve)


@cache
def sweeper() -> Sweeper:
    """Return the sweeper."""
    return Sweeper(drivers(), machine(), steps())
