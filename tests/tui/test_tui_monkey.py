"""Keys at random, on every screen and in every question: nothing ever breaks."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from planner.drawing.tables import CheckRow
from tui.app import FlaneurApp
from tui.widgets.request import RequestLine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import QuickDesk

SIZES = ((120, 40), (80, 24), (40, 12), (200, 60), (20, 6))
KEYS = (
    *"abcdefghijklmnopqrstuvwxyzAGJKUPLCMDSFVQ/?<>+-[].,{}=_ 0159",
    "up", "down", "left", "right", "enter", "enter", "escape", "escape", "tab", "shift+tab",
    "pagedown", "pageup", "home", "end", "delete", "backspace", "space", "f1",
    "ctrl+s", "ctrl+p", "ctrl+r", "ctrl+u", "ctrl+l", "shift+up", "shift+down",
)  # fmt: skip
LONG = 30
DEFAULT, ALL = 5, 500


async def sequence(app: FlaneurApp, seed: int) -> None:
    """Press keys at random, in a window that changes its size meanwhile."""
    rng = random.Random(seed)
    async with app.run_test(size=rng.choice(SIZES)) as pilot:
        await pilot.pause()
        if rng.random() < 0.8:
            app.plan_screen.query_one(RequestLine).value = "a park"
            await pilot.press("enter")
            await pilot.pause()
        for _ in range(LONG):
            if not app.is_running:
                break
            if rng.random() < 0.03:
                await pilot.resize_terminal(*rng.choice(SIZES))
            elif rng.random() < 0.05:
                width, height = app.size
                await pilot.click(offset=(rng.randrange(width), rng.randrange(height)))
            else:
                await pilot.press(rng.choice(KEYS))
        await pilot.pause()
        for _ in range(6):
            await pilot.press("escape")
        # "l" and Enter in the palette leave the application, which is no crash.
        assert app.is_running or app.return_code == 0
        await app.desk.close()


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[BaseException]:
    """What would be told as a fault of the program; nothing leaves the folder of the test."""
    found: list[BaseException] = []

    def note(error: BaseException, _home: object) -> str:
        found.append(error)
        return "a fault"

    monkeypatch.setattr("planner.cli.faults.record", note)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    return found


def quiet(desk: QuickDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what takes long answer at once."""

    async def nothing(*_args: Any, **_more: Any) -> tuple[Any, ...]:
        return ()

    async def checks(*_args: Any) -> tuple[CheckRow, ...]:
        return (CheckRow("python", "ok", "Python 3.11", ""),)

    async def send(*_args: Any) -> tuple[str, ...]:
        return ("helsinki",)

    monkeypatch.setattr("tui.errands.send", send)
    monkeypatch.setattr(desk, "examine", checks)
    monkeypatch.setattr(desk, "search", nothing)
    monkeypatch.setattr(desk, "places_of", nothing)


def _tried(seeds: range, desk: Any, faults: list[BaseException], monkeypatch: Any) -> None:
    quiet(desk, monkeypatch)
    for seed in seeds:
        asyncio.run(sequence(FlaneurApp(desk), seed))
        assert faults == [], seed


@pytest.mark.parametrize("first", range(0, DEFAULT, 5))
def test_keys_at_random_break_nothing(
    desk: Any, faults: list[BaseException], monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    _tried(range(first, first + 5), desk, faults, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(DEFAULT, ALL, 24))
def test_many_keys_at_random_break_nothing(
    desk: Any, faults: list[BaseException], monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    _tried(range(first, min(first + 24, ALL)), desk, faults, monkeypatch)
