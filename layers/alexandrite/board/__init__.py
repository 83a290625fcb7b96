"""The operators' board: the queues of the workshop as a read model that costs the same at any number of orders."""
