"""A flag for compiled code to look at: time is up."""

from __future__ import annotations

import threading
import time as clock
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


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
