"""Building the sellers' lists anew from the events: `python -m alexandrite.attention.rebuilding`."""

from collections.abc import Callable, Iterable

from alexandrite import clients, configuration
from alexandrite.attention.entries import row
from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.domain.company import Company
from alexandrite.domain.orders import Order
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.projections.items import Items
from alexandrite.projections.rebuilding import Rebuilt, orders_from_events
from alexandrite.projections.rebuilding import rebuild as rebuild_read_model


def rebuild(items: Items, company: Company, orders: Callable[[], Iterable[Order]], *, workers: int = 1) -> Rebuilt:
    """Build the lists anew beside those that serve, from `orders` as the events tell of them; then let them serve."""
    return rebuild_read_model(items, lambda order: row(order, company), orders, workers=workers)


def main(*, workers: int = 4) -> None:
    """Rebuild the lists of the deployment that the environment names."""
    client = clients.dynamodb()
    items = DynamoItems(client, configuration.attention_table())
    company = CompanyBook(DynamoDocumentTable(client, configuration.company_table())).company()
    done = rebuild(items, company, lambda: orders_from_events(client, configuration.orders_table()), workers=workers)
    print(f"Generation {done.generation} serves, built from {done.orders} orders; {done.replaced} is kept.")


if __name__ == "__main__":
    main()
