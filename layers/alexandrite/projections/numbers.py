"""The number of an order as people write it."""


def order_number(order_id: str) -> str:
    """Return the order's number on papers and screens: its id without the prefix, `7Z0K3M8Q2R5T9V1W`."""
    return order_id.partition("_")[2]
