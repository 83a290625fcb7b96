"""The twelve statuses: ten of the trade, two of our own."""

from enum import StrEnum


class Status(StrEnum):
    """Where an order is on its way from 3D file to delivery."""

    INITIATED = "INITIATED"
    FILE_UPLOADED = "FILE_UPLOADED"
    SUBMITTED = "SUBMITTED"
    PRICE_CALCULATED = "PRICE_CALCULATED"
    MANUFACTURING_APPROVED = "MANUFACTURING_APPROVED"
    MANUFACTURING_STARTED = "MANUFACTURING_STARTED"
    MANUFACTURING_COMPLETED = "MANUFACTURING_COMPLETED"
    PACKAGING = "PACKAGING"
    SHIPPED = "SHIPPED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


TERMINAL = frozenset({Status.CLOSED, Status.CANCELLED, Status.REJECTED})
OPEN = frozenset(Status) - TERMINAL

# Before SUBMITTED the buyer is still composing the order: nothing coordinates it but the sweeper's clock.
COMPOSING = frozenset({Status.INITIATED, Status.FILE_UPLOADED})
COORDINATED = OPEN - COMPOSING

IN_PRODUCTION = frozenset(
    {Status.MANUFACTURING_STARTED, Status.MANUFACTURING_COMPLETED, Status.PACKAGING},
)
