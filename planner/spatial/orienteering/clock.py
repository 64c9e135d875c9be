"""How long a search goes on: by its effort, and by the clock at the latest."""

from __future__ import annotations

import threading
import time as clock
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


EFFORT = 0.65
"""Of the seconds there are, what a search plans for on an ordinary machine."""


@dataclass(slots=True)
class Effort:
    """What a search may still do, in nanoseconds of an ordinary core.

    Steps are counted, not timed, so that the same search does the same however busy the machine is;
    only one that is slower by half, and by what patience there is, is stopped by the clock.
    """

    left: float

    @classmethod
    def of(cls, seconds: float) -> Effort:
        """Return the effort for some seconds."""
        return cls(seconds * EFFORT * 1e9)

    def spend(self, cost: float) -> None:
        """Take note of what was done."""
        self.left -= cost

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0.0


@contextmanager
def alarm(seconds: float, cancel: Callable[[], bool] | None) -> Iterator[NDArray[np.int64]]:
    """Yield a flag that is set after some seconds, or soon after ``cancel`` says so."""
    flag = np.zeros(1, np.int64)
    done = threading.Event()

    def watch() -> None:
        until = clock.perf_counter() + seconds
        while not done.is_set() and not flag[0]:
            left = until - clock.perf_counter()
            if left <= 0 or (cancel is not None and cancel()):
                flag[0] = 1
                return
            done.wait(min(left, 3600.0 if cancel is None else 0.05))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield flag
    finally:
        done.set()
        watcher.join()
