"""A hundred orders of five buyers at the same time: each arrives, none twice, and everybody is shown the truth."""

import uuid
from collections import Counter
from itertools import cycle

import pytest

from alexandrite.domain.orders import Mode, Order
from alexandrite.domain.statuses import Status
from tests.e2e.world import DELIVERY, Door, World, at_once, eventually

BUYERS = 5
ORDERS_EACH = 20
_QUEUES = {
    Status.MANUFACTURING_APPROVED: "available",
    Status.MANUFACTURING_STARTED: "started",
    Status.MANUFACTURING_COMPLETED: "completed",
    Status.PACKAGING: "packaging",
    Status.SHIPPED: "shipped",
}

type Purchase = tuple[Door, str]


@pytest.fixture
def customers(world: World) -> list[Door]:
    return [*world.customers, world.register("clara")]


@pytest.fixture
def partners(world: World) -> list[Door]:
    return [keys["live"] for keys in world.partners.values()]


def test_a_hundred_orders_of_five_buyers_all_reach_their_end(
    world: World, customers: list[Door], partners: list[Door], vera: Door
) -> None:
    operators = world.hire(8)
    orders = [
        *_bought_by_customers(world, customers),
        *_bought_by_partners(world, partners),
    ]
    assert len(set(orders)) == BUYERS * ORDERS_EACH

    at_once(lambda order_id: vera.do(f"/orders/{order_id}/payment", {"payment": "paid"}), orders)
    at_once(lambda order_id: vera.do(f"/orders/{order_id}/approve"), orders)
    eventually(lambda: _shown(operators[0]) == _counted(world.orders()))
    _make_all(operators, orders)
    eventually(lambda: _shown(operators[0]) == _counted(world.orders()))
    _deliver_all(world, operators, orders)

    assert world.all_are("CLOSED", orders)
    eventually(lambda: _shown(operators[0]) == _counted(world.orders()))
    at_once(world.history_is_sound, orders)
    eventually(lambda: _executions(world, orders) == {f"{order_id}-g1": "SUCCEEDED" for order_id in orders})


def _bought_by_customers(world: World, customers: list[Door]) -> list[str]:
    """Step by step, as the shop does it."""
    models = at_once(world.analysed, customers)
    carts = [pair for pair in zip(customers, models, strict=True) for _ in range(ORDERS_EACH)]
    purchases: list[Purchase] = at_once(lambda cart: (cart[0], world.ordered(*cart)), carts)
    orders = [order_id for _, order_id in purchases]
    eventually(lambda: world.all_are("FILE_UPLOADED", orders))
    at_once(lambda purchase: purchase[0].do(f"/orders/{purchase[1]}/submit"), purchases)
    eventually(lambda: world.all_are("PRICE_CALCULATED", orders), every=1)

    def accept(purchase: Purchase) -> None:
        buyer, order_id = purchase
        buyer.do(f"/orders/{order_id}/accept", {"price_id": buyer.order(order_id)["price"]["price_id"]})

    at_once(accept, purchases)
    return orders


def _bought_by_partners(world: World, partners: list[Door]) -> list[str]:
    """In one call each."""

    def order(cart: tuple[Door, str]) -> str:
        buyer, model = cart
        body = {
            "lines": world.lines(model),
            "delivery": DELIVERY,
            "client_reference": f"MANY-{uuid.uuid4().hex[:12]}",
            "submit": True,
            "accept_up_to_minor": 100_000_00,
        }
        return str(buyer.do("/orders", body)["order_id"])

    models = at_once(world.analysed, partners)
    orders = at_once(order, [pair for pair in zip(partners, models, strict=True) for _ in range(ORDERS_EACH)])
    eventually(lambda: all(found.is_accepted for found in world.orders() if found.order_id in orders), every=1)
    return orders


def _make_all(operators: list[Door], orders: list[str]) -> None:
    """Each operator has one order in hand at a time."""

    def work(share: tuple[Door, list[str]]) -> None:
        operator, mine = share
        for order_id in mine:
            fence = operator.do(f"/orders/{order_id}/take")["fence"]
            operator.do(f"/orders/{order_id}/complete", {"fence": fence})

    count = len(operators)
    at_once(work, [(operator, orders[place::count]) for place, operator in enumerate(operators)], width=count)


def _deliver_all(world: World, operators: list[Door], orders: list[str]) -> None:
    def deliver(share: tuple[str, Door]) -> None:
        order_id, operator = share
        operator.do(f"/orders/{order_id}/pack")
        operator.do(f"/orders/{order_id}/ship", {"carrier": "Courier", "tracking_number": f"AX-{order_id[-8:]}"})
        world.seller.do(f"/orders/{order_id}/close", {"reason": "delivered"})

    at_once(deliver, zip(orders, cycle(operators), strict=False))


def _shown(operator: Door) -> Counter[str]:
    queues = operator.get("/counts")["queues"]
    return Counter({queue: count for queue, count in queues.items() if queue != "mine"})


def _counted(orders: list[Order]) -> Counter[str]:
    """What the board should count, from the orders themselves; held ones are not to be taken."""
    return Counter(
        _QUEUES[order.status]
        for order in orders
        if order.mode is Mode.LIVE
        and order.status in _QUEUES
        and not (order.status is Status.MANUFACTURING_APPROVED and order.hold)
    )


def _executions(world: World, orders: list[str]) -> dict[str, str]:
    """Every execution, of whatever generation, of these orders."""
    ours = set(orders)
    return {name: status for name, status in world.executions().items() if name.rpartition("-g")[0] in ours}
