"""The order machine's service in memory: executions that exist, run, end; and who was woken."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class MemoryMachine:
    """`Machine` as Step Functions behaves: a name is taken for ever, a wake-up may find nobody."""

    started: list[tuple[str, int]] = field(default_factory=list)
    ended: set[tuple[str, int]] = field(default_factory=set)
    woken: list[tuple[str, int]] = field(default_factory=list)
    asked_about: list[tuple[str, int]] = field(default_factory=list)
    away: bool = False

    def start(self, order_id: str, generation: int, *, correlation_id: str) -> None:
        if self.away:
            raise ConnectionError("Step Functions is away")
        if (order_id, generation) not in self.started:
            self.started.append((order_id, generation))

    def wake(self, token: str, version: int) -> None:
        if self.away:
            raise ConnectionError("Step Functions is away")
        self.woken.append((token, version))

    def is_running(self, order_id: str, generation: int) -> bool:
        self.asked_about.append((order_id, generation))
        return (order_id, generation) in self.started and (order_id, generation) not in self.ended

    def running(self) -> Iterator[tuple[str, int]]:
        yield from [execution for execution in self.started if execution not in self.ended]

    def end(self, order_id: str, generation: int) -> None:
        self.ended.add((order_id, generation))
