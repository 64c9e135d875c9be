"""The application driven by its keys: each is pressed by what it does, and noted."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.events import Paste
from textual.worker import WorkerCancelled

from tests.tui import snapshots
from tui.keys import every_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from tui.app import FlaneurApp

PATIENCE_S = 600.0
"""After so long, on however busy a machine, something will never come about."""
_THEIR_TURN = {"now", "act"}
"""Groups of work that may wait for the person."""


class Driver:
    """Somebody at the keyboard.

    Parameters
    ----------
    pilot
        Presses keys.
    remapped
        What ``config.toml`` says of keys.
    """

    def __init__(self, pilot: Pilot[Any], remapped: dict[str, str]) -> None:
        self.pilot = pilot
        self.app: FlaneurApp = pilot.app  # type: ignore[assignment]
        self.keys = {key.id: key.keys[0] for key in every_key(remapped)}
        self.pressed: set[str] = set()

    async def press(self, *ids: str) -> None:
        """Press the keys of some bindings."""
        for each in ids:
            await self.pilot.press(self.keys[each])
            self.pressed.add(each)
            await self.settle()

    async def type(self, words: str) -> None:
        """Put words where the cursor is, all at once."""
        self.app.screen.post_message(Paste(words))
        await self.pilot.pause()

    async def key(self, *keys: str) -> None:
        """Press keys that are no bindings of ours."""
        for each in keys:
            await self.pilot.press(each)
            await self.settle()

    async def settle(self) -> None:
        """Let everything that is under way come to its end."""
        for _ in range(2):
            await self.pilot.pause()
            busy = [each for each in self.app.workers if each.group not in _THEIR_TURN]
            if busy:
                # What belongs to a screen that was left is cancelled.
                with suppress(WorkerCancelled):
                    await self.app.workers.wait_for_complete(busy)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something that a worker brings about."""
        given_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < given_up:
            await self.settle()
            if holds():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it never came about; the screen:\n{self.text}")

    async def sees(self, *words: str) -> None:
        """Wait until words stand on the screen."""
        await self.until(lambda: all(each in self.text for each in words))

    async def picture(self, name: str) -> None:
        """Hold the screen against its picture."""
        await self.settle()
        await snapshots.hold(self.pilot, name)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        rows = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in row).rstrip() for row in rows)

    @property
    def rows(self) -> list[str]:
        """The entries of the list on the screen."""
        listed = self.app.screen.query_one("#rows")
        return [str(option.prompt) for option in listed._options]  # type: ignore[attr-defined]


def drive(
    app: FlaneurApp,
    steps: Callable[[Driver], Awaitable[None]],
    size: tuple[int, int] = snapshots.WIDE,
    remapped: dict[str, str] | None = None,
) -> set[str]:
    """Run steps against the application, and return the ids of the keys that were pressed."""

    async def run() -> set[str]:
        async with app.run_test(size=size) as pilot:
            driver = Driver(pilot, remapped or {})
            await driver.settle()
            await steps(driver)
            await app.desk.close()
            return driver.pressed

    return asyncio.run(run())


def ids_of(group: str) -> set[str]:
    """Return the ids of all that can be done by keys in some place."""
    return {key.id for key in every_key({}) if key.group == group}
