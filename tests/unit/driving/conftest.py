"""An order on its way, its table and its machine, all in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from alexandrite.domain.company import Company
from alexandrite.domain.orders import FileVersion, Order
from alexandrite.driving.steps import Steps
from alexandrite.driving.sweeper import Sweeper
from alexandrite.store.apply import ExtraItem, apply
from alexandrite.store.keys import price_key
from alexandrite.store.table import Recorded
from tests.memory_machine import MemoryMachine
from tests.memory_table import MemoryOrderTable
from tests.orders import Commands

COMPANY = Company()


@dataclass
class World:
    """Everything that drives orders, with a hand to write them and a rule to set."""

    table: MemoryOrderTable = field(default_factory=MemoryOrderTable)
    machine: MemoryMachine = field(default_factory=MemoryMachine)
    priced: list[str] = field(default_factory=list)
    announced: list[tuple[str, int]] = field(default_factory=list)
    bus_is_away: bool = False
    arrived: dict[str, FileVersion] = field(default_factory=dict)
    approves: bool = False

    @property
    def steps(self) -> Steps:
        return Steps(self.table, lambda: COMPANY, self._price, lambda order: self.approves)

    @property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.table, self.machine, self.steps, self._record_files, self._announce)

    def _price(self, order_id: str, **_: Any) -> None:
        self.priced.append(order_id)

    def _announce(self, steps: Sequence[Recorded]) -> int:
        if self.bus_is_away:
            return len(steps)
        self.announced += [(step.event.order_id, step.event.version) for step in steps]
        return 0

    def _record_files(self, order_id: str, *, now: datetime, **_: Any) -> Order:
        order = self.order(order_id)
        files = {model: file for model, file in self.arrived.items() if model in order.missing_files}
        if not files:
            return order
        command = Commands(f"files {order.version}", at=now).files().model_copy(update={"files": files})
        return self.write(order_id, command)

    def write(self, order_id: str, *commands: Any, **options: Any) -> Order:
        return apply(self.table, order_id, commands, company=COMPANY, **options).order

    def submitted(self, order_id: str = "ord_1", **options: Any) -> Commands:
        commands = Commands(order_id)
        self.write(order_id, commands.create(**options), commands.files(), commands.submit())
        return commands

    def accepted(self, order_id: str = "ord_1") -> Commands:
        commands = self.submitted(order_id)
        self.write(order_id, commands.price(), items=[ExtraItem(price_key(order_id, "prc_1"), {})])
        self.write(order_id, commands.accept(), commands.pay())
        return commands

    def park(self, order_id: str = "ord_1", token: str = "token") -> None:
        record = self.table.records[order_id]
        until = (record.order.deadline_at or record.order.updated_at) + timedelta(seconds=60)
        parked = self.table.park(
            order_id,
            version=record.order.version,
            generation=record.driver.generation,
            token=token,
            next_check_at=until,
        )
        assert parked

    def order(self, order_id: str = "ord_1") -> Order:
        return self.table.records[order_id].order

    def after(self, *, order_id: str = "ord_1", **time: float) -> datetime:
        return self.order(order_id).updated_at + timedelta(**time)


@pytest.fixture
def world() -> World:
    return World()
