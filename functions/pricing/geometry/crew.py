"""Threads that work side by side on one file, in kernels that release the interpreter's lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


class Crew:
    """`size` threads, the caller's among them; all started at once, since a child in its cage may start none."""

    def __init__(self, size: int = 1) -> None:
        self.size = size
        self._others: ThreadPoolExecutor | None = None
        if size > 1:
            self._others = ThreadPoolExecutor(size - 1, "crew")
            together = Barrier(size)
            for _ in range(size - 1):
                self._others.submit(together.wait)
            together.wait()

    def run[T](self, work: Callable[[int], T]) -> list[T]:
        """Return what `work` returns for 0, 1 … size - 1, each in a thread of its own."""
        if self._others is None:
            return [work(0)]
        futures = [self._others.submit(work, number) for number in range(1, self.size)]
        own = work(0)
        return [own, *(future.result() for future in futures)]

    def share(self, count: int, number: int) -> tuple[int, int]:
        """Return where the share of one member in `count` things begins and ends."""
        return count * number // self.size, count * (number + 1) // self.size
