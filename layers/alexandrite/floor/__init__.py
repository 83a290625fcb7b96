"""What operators and foremen do: take an order, make it, pack it, ship it."""
