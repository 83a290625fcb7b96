"""Building the board anew from the events: `python -m alexandrite.board.rebuilding`."""

from collections.abc import Callable, Iterable

from alexandrite import clients, configuration
from alexandrite.board.cards import row
from alexandrite.domain.orders import Order
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.projections.items import Items
from alexandrite.projections.rebuilding import Rebuilt, orders_from_events
from alexandrite.projections.rebuilding import rebuild as rebuild_read_model


def rebuild(items: Items, orders: Callable[[], Iterable[Order]], *, workers: int = 1) -> Rebuilt:
    """Build the board anew beside the one that serves, from `orders` as the events tell of them; then let it serve."""
    return rebuild_read_model(items, row, orders, workers=workers)


def main(*, workers: int = 4) -> None:
    """Rebuild the board of the deployment that the environment names."""
    client = clients.dynamodb()
    items = DynamoItems(client, configuration.board_table())
    done = rebuild(items, lambda: orders_from_events(client, configuration.orders_table()), workers=workers)
    print(f"The board serves generation {done.generation}, built from {done.orders} orders; {done.replaced} is kept.")


if __name__ == "__main__":
    main()
