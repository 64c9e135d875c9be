"""Where the time of a plan goes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner.itinerary.document import SecondsPart

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stopwatch:
    """Seconds spent on each stage."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of a block to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + time.perf_counter() - began

    def part(self) -> SecondsPart:
        """Return what was spent so far, in its published form."""
        total = round(time.perf_counter() - self._began, 3)
        spent = {name: round(seconds, 3) for name, seconds in self._spent.items()}
        return SecondsPart(total=total, first_plan=total, **spent)
