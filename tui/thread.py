"""A thread that works behind the screen's, so that no key ever waits for it."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from planner.priority import give_way

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_BEHIND = 10


class Thread:
    """One thread that does one thing after the other, and dies with the program."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._name = name
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Do something later, and return what will hold its result."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - handed to who awaits it
                future.set_exception(error)
            else:
                future.set_result(result)

        self._jobs.put(run)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        return future

    def _work(self) -> None:
        give_way(_BEHIND)
        while True:
            self._jobs.get()()
