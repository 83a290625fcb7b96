"""When the sweeper must look at an order again, and in which partition of its index it finds it."""

from datetime import datetime, timedelta

from alexandrite.domain.orders import Mode, Order, Payment
from alexandrite.domain.statuses import COORDINATED, Status
from alexandrite.store.keys import SHARDS, shard
from alexandrite.store.table import Driver

# From an event to the machine's next wait there are a relay, a bus, a queue and a Lambda. When a minute was not
# enough, one of them lost the hint.
HAND_OVER = timedelta(seconds=60)
_UNDATED = timedelta(days=1)
_LONGEST_REST = timedelta(minutes=15)


def needs_compensation(order: Order) -> bool:
    """Whether money of a buyer is still with us though the order has come to nothing."""
    return order.status in (Status.CANCELLED, Status.REJECTED) and order.payment in (Payment.PAID, Payment.DEPOSIT)


def needs_driving(order: Order) -> bool:
    """Whether anything must still happen to the order by itself."""
    return order.is_open or needs_compensation(order)


def is_coordinated(order: Order, driver: Driver | None) -> bool:
    """Whether an execution of the order machine is, or must be, behind this order.

    Once submitted, an order keeps its execution even when its buyer takes it back to change a line.
    """
    has_been_driven = driver is not None and (driver.parked_version is not None or driver.generation > 1)
    return order.status in COORDINATED or needs_compensation(order) or (order.is_open and has_been_driven)


def next_check(order: Order, driver: Driver | None) -> datetime | None:
    """Return when to look whether the order is being driven; None when nothing is left to drive.

    The order machine overwrites it when it parks on this very version. So an order that is due here has a machine
    that did not, and needs help.

    An order that waits for files is looked at once, soon after each event, though no machine is behind it: a file may
    have arrived after the order's models were read and before their links to the order were written, and then neither
    side has seen the other. Whatever arrives later finds the link.
    """
    if not needs_driving(order):
        return None
    if is_coordinated(order, driver) or order.status is Status.INITIATED:
        return order.updated_at + HAND_OVER
    return idle_until(order)


def idle_until(order: Order) -> datetime:
    """Return when something must happen to an order that only its buyer can move."""
    return order.deadline_at or order.updated_at + _UNDATED


def rest_after(generation: int) -> timedelta:
    """Return how long the sweeper leaves an order alone after a look at it: longer with each failed generation."""
    return min(HAND_OVER * (1 << min(generation - 1, 10)), _LONGEST_REST)


def check_shard(order: Order) -> str:
    """Return the index partition of an order that needs driving.

    Orders beyond their budget have partitions of their own, so that counting them costs as much as there are. Test
    orders never count.
    """
    stuck = order.escalation is not None and order.is_open and order.mode is Mode.LIVE
    return f"{'stuck' if stuck else 'open'}#{shard(order.order_id)}"


STUCK_SHARDS = tuple(f"stuck#{number}" for number in range(SHARDS))
CHECK_SHARDS = (*(f"open#{number}" for number in range(SHARDS)), *STUCK_SHARDS)
