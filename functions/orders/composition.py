"""How these functions' use cases are put together: once per process, when first needed."""

from collections.abc import Sequence
from functools import cache

from alexandrite import clients, configuration
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.domain.orders import Order
from alexandrite.driving.machine import StepFunctionsMachine
from alexandrite.driving.model_sweeper import ModelSweeper
from alexandrite.driving.steps import Steps
from alexandrite.driving.sweeper import Sweeper
from alexandrite.events.publishing import announce_again
from alexandrite.models.bucket import S3ModelBucket
from alexandrite.models.queue import SqsAnalysisQueue
from alexandrite.models.table import DynamoModelTable
from alexandrite.pricing.orders import OrderPricing
from alexandrite.store.drivers import DynamoDriverTable
from alexandrite.store.dynamodb import DynamoOrderTable
from alexandrite.store.table import Recorded


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

    def may_approve(order: Order) -> bool:
        rule, _ = _book().approval_rule()
        return rule.may_approve(order)

    return Steps(_orders(), company=_book().company, price_order=_pricing().price_order, may_approve=may_approve)


@cache
def sweeper() -> Sweeper:
    """Return the sweeper."""
    return Sweeper(drivers(), machine(), steps(), _pricing().record_files, _announce)


@cache
def model_sweeper() -> ModelSweeper:
    """Return the sweeper of models."""
    bucket = S3ModelBucket(clients.s3(), configuration.models_bucket())
    return ModelSweeper(_models(), bucket, _queue(), _pricing().fail)


def _announce(events: Sequence[Recorded]) -> int:
    return announce_again(events, clients.event_bridge(), configuration.event_bus())


@cache
def _pricing() -> OrderPricing:
    return OrderPricing(_orders(), _models(), _book(), _queue())


@cache
def _queue() -> SqsAnalysisQueue:
    return SqsAnalysisQueue(clients.sqs(), configuration.pricing_queue())


@cache
def _orders() -> DynamoOrderTable:
    return DynamoOrderTable(clients.dynamodb(), configuration.orders_table())


@cache
def _models() -> DynamoModelTable:
    return DynamoModelTable(clients.dynamodb(), configuration.orders_table())


@cache
def _book() -> CompanyBook:
    return CompanyBook(DynamoDocumentTable(clients.dynamodb(), configuration.company_table()))
