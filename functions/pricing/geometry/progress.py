"""How far an analysis has come, for the uploader to see."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """What the engine is doing, in order."""

    READ = "read"
    WELD = "weld"
    TOPOLOGY = "topology"
    MEASURE = "measure"
    DONE = "done"


# Shares of the whole that each stage takes, as measured on binary STL of ten million triangles.
_BEGINS = {Stage.READ: 0.0, Stage.WELD: 0.7, Stage.TOPOLOGY: 0.75, Stage.MEASURE: 0.95, Stage.DONE: 1.0}


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` is the share of the whole analysis, 0 to 1; `eta_s` the seconds left, None until there is a guess."""

    stage: Stage
    done: float
    eta_s: float | None


class Reporter:
    """Turns stages and shares of stages into progress; tells `listener` at most once per `interval_s`."""

    def __init__(
        self,
        listener: Callable[[Progress], None],
        *,
        interval_s: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._interval_s = interval_s
        self._clock = clock
        self._began = clock()
        self._told = float("-inf")

    def at(self, stage: Stage, share: float = 0.0) -> None:
        """Note that `share` of `stage` (0 to 1) is behind us."""
        now = self._clock()
        if now - self._told < self._interval_s and stage is not Stage.DONE:
            return
        stages = list(_BEGINS)
        begin = _BEGINS[stage]
        end = _BEGINS[stages[min(stages.index(stage) + 1, len(stages) - 1)]]
        done = begin + (end - begin) * min(max(share, 0.0), 1.0)
        elapsed = now - self._began
        self._told = now
        self._listener(Progress(stage, done, elapsed * (1 - done) / done if done > 0 else None))
