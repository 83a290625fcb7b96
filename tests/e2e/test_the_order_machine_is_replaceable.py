"""The order machine coordinates and owns nothing: whichever of its waits is torn away, and whenever it is overtaken."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched

import pytest

from tests.e2e.faults import at_rest
from tests.e2e.world import Door, World, at_once, eventually

# Well before the sweeper could have repaired what a lost wake-up left behind.
QUIET_AFTER_S = 40
# The machine needs some 20 to 200 ms from a wake-up to its next wait: second commands come before, during and after.
OFFSETS_S = (0.0, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.25)


_ENTERED = "stateEnteredEventDetails"

type Command = Callable[[], None]


@dataclass
class Journey:
    """The steps that take an order from wait to wait."""

    world: World
    buyer: Door
    operator: Door
    order_id: str

    def change(self, model: str) -> None:
        """Take the order back, for other lines."""
        body = {"lines": self.world.lines(model)}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        assert self.buyer.client.patch(f"/orders/{self.order_id}", json=body, headers=headers).is_success

    def submit(self) -> None:
        self.buyer.do(f"/orders/{self.order_id}/submit")

    def price_by_hand(self) -> None:
        body = {"net_minor": 500_000, "pay_minor": 100_000, "reason": "modelled anew by hand"}
        self.world.seller.do(f"/orders/{self.order_id}/price", body)

    def accept(self) -> None:
        price_id = self.buyer.has_reached(self.order_id, "PRICE_CALCULATED")["price"]["price_id"]
        self.buyer.do(f"/orders/{self.order_id}/accept", {"price_id": price_id})

    def pay(self) -> None:
        self.world.seller.do(f"/orders/{self.order_id}/payment", {"payment": "paid"})

    def note(self) -> None:
        self.world.seller.do(f"/orders/{self.order_id}/note", {"text": "the buyer has called"})

    def hold(self) -> None:
        body = {"kind": "question", "reason": "which size?", "caused_by": "company"}
        self.world.seller.do(f"/orders/{self.order_id}/hold", body)

    def unhold(self) -> None:
        self.world.seller.do(f"/orders/{self.order_id}/unhold")

    def approve(self) -> None:
        self.world.seller.do(f"/orders/{self.order_id}/approve")

    def take(self) -> None:
        self.operator.do(f"/orders/{self.order_id}/take")

    def complete(self) -> None:
        fence = self.operator.order(self.order_id)["fence"]
        self.operator.do(f"/orders/{self.order_id}/complete", {"fence": fence})

    def pack(self) -> None:
        self.operator.do(f"/orders/{self.order_id}/pack")

    def ship(self) -> None:
        body = {"carrier": "Courier", "tracking_number": f"AX-{self.order_id[-8:]}"}
        self.operator.do(f"/orders/{self.order_id}/ship", body)

    def close(self) -> None:
        self.world.seller.do(f"/orders/{self.order_id}/close", {"reason": "delivered"})

    def steps_from(self, wait: str) -> list[Command]:
        """What leads from a wait to the end."""
        steps = {
            "Await acceptance and approval": (self.accept, self.pay, self.approve),
            "Await operator": (self.take,),
            "Await completion": (self.complete,),
            "Await packing": (self.pack,),
            "Await shipment": (self.ship,),
            "Await delivery": (self.close,),
        }
        left = list(steps)[list(steps).index(wait) if wait in steps else 0 :]
        return [step for each in left for step in steps[each]]

    def steps_between(self, wait: str, later: str) -> list[Command]:
        """What leads from a wait to a later one."""
        left = self.steps_from(wait)
        return left[: len(left) - len(self.steps_from(later))]

    def eventful(self) -> list[Command]:
        """From submission to the end, with commands in each status that leave it."""
        stays = [self.note, self.hold, self.unhold]
        moves = [self.take, self.complete, self.pack, self.ship]
        begin = [self.submit, self.note, self.accept, *stays, self.pay, self.approve]
        return [*begin, *(command for move in moves for command in (*stays, move)), self.note, self.note, self.close]


@pytest.fixture
def nonsense(world: World, boris: Door) -> str:
    """A file that no engine can price: the order stays SUBMITTED until a seller names a price."""
    content = f"solid {uuid.uuid4()}\nendsolid\n".encode()
    model = world.upload(boris, content)
    eventually(lambda: boris.get(f"/models/{model}")["stage"] == "refused", seconds=90)
    return model


@pytest.fixture
def awaited(world: World, boris: Door) -> str:
    """A model whose file has not come yet."""
    announced = boris.do("/models", {"size_bytes": len(world.ring), "unit": "mm", "file_name": "later.stl"})
    return str(announced["model"]["model_id"])


@pytest.fixture(scope="module")
def rings(world: World) -> str:
    return world.analysed(world.customers[1])


EARLY_WAITS = ("Await the buyer's files", "Await submission")
WAITS = [
    "Await the buyer's files",
    "Await submission",
    "Await price",
    "Await acceptance and approval",
    "Await operator",
    "Await completion",
    "Await packing",
    "Await shipment",
    "Await delivery",
]


def test_an_execution_aborted_in_any_wait_is_followed_by_one_that_finishes_the_order(
    world: World, boris: Door, rings: str, nonsense: str, awaited: str
) -> None:
    (operator,) = world.hire(1, team="patient")

    def reach(wait: str) -> Journey:
        journey = Journey(world, boris, operator, world.ordered(boris, nonsense if wait == "Await price" else rings))
        boris.has_reached(journey.order_id, "FILE_UPLOADED")
        journey.submit()
        at_rest(world, journey.order_id)
        if wait in EARLY_WAITS:
            journey.change(awaited if wait == "Await the buyer's files" else rings)
        for step in journey.steps_between("Await acceptance and approval", wait):
            step()
        eventually(lambda: _sleeps_in(world, journey.order_id, 1) == wait)
        at_rest(world, journey.order_id)
        return journey

    def go_on(wait: str, journey: Journey) -> None:
        if wait == "Await the buyer's files":
            journey.change(rings)
        if wait == "Await price":
            journey.price_by_hand()
        if wait in EARLY_WAITS:
            journey.submit()
        for step in journey.steps_from(wait):
            step()

    journeys = dict(zip(WAITS, at_once(reach, WAITS), strict=True))
    for journey in journeys.values():
        arn = _execution(world, journey.order_id, 1)
        world.cloud.client("stepfunctions").stop_execution(executionArn=arn, error="Maintenance")
    for wait, journey in journeys.items():
        eventually(lambda: "g2" in world.executions_of(journey.order_id))  # noqa: B023 - asked in this turn only
        eventually(lambda: _sleeps_in(world, journey.order_id, 2) == wait)  # noqa: B023
        at_rest(world, journey.order_id)
    at_once(lambda each: go_on(*each), journeys.items())
    for journey in journeys.values():
        _has_closed(world, journey.order_id, {"g1": "ABORTED", "g2": "SUCCEEDED"})


def test_no_machine_sleeps_on_a_version_that_was_left_while_it_lay_down(world: World, boris: Door, rings: str) -> None:
    """Commands come in pairs, so close that the machine may not have parked after the first when the second comes.

    The second one changes the status or leaves it; of two neighbouring orders with the same distance, one pairs the
    commands from the first on, the other from the second.
    """
    begun = [(offset, shift) for offset in OFFSETS_S for shift in (0, 1)]
    operators = world.hire(len(begun), team="hasty")

    def hurry(share: tuple[tuple[float, int], Door]) -> str:
        (offset, shift), operator = share
        journey = Journey(world, boris, operator, world.ordered(boris, rings))
        boris.has_reached(journey.order_id, "FILE_UPLOADED")
        commands = journey.eventful()
        for first, second in batched([*[_nothing] * shift, *commands, *[_nothing] * (1 - shift)], 2, strict=True):
            first()
            time.sleep(offset)
            second()
            at_rest(world, journey.order_id, seconds=QUIET_AFTER_S)
        return journey.order_id

    for order_id in at_once(hurry, zip(begun, operators, strict=True)):
        _has_closed(world, order_id, {"g1": "SUCCEEDED"})


def _nothing() -> None:
    """No command at all."""


def _has_closed(world: World, order_id: str, executions: dict[str, str]) -> None:
    eventually(lambda: world.executions_of(order_id) == executions)
    assert world.record(order_id).order.status == "CLOSED"
    world.history_is_sound(order_id)


def _execution(world: World, order_id: str, generation: int) -> str:
    machine = world.outputs["OrderMachineArn"].replace(":stateMachine:", ":execution:")
    return f"{machine}:{order_id}-g{generation}"


def _sleeps_in(world: World, order_id: str, generation: int) -> str:
    """The state that the execution has entered last."""
    pages = (
        world.cloud.client("stepfunctions")
        .get_paginator("get_execution_history")
        .paginate(executionArn=_execution(world, order_id, generation))
    )
    entered = [event[_ENTERED]["name"] for page in pages for event in page["events"] if _ENTERED in event]
    return str(entered[-1]) if entered else ""
