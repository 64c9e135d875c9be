"""Lists of plans, places, cities and models."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from planner.domain import Position
from planner.drawing.tables import CheckRow
from planner.library.holdings import Holding
from tui.desk import ASKED, Desk
from tui.screens.dialogs import Confirm
from tui.screens.library import LibraryScreen
from tui.screens.plan import PlanScreen
from tui.screens.plans import PlansScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from planner.itinerary.document import PlanDocument
    from tui.app import FlaneurApp

    Shown = Callable[[FlaneurApp], str]


async def settled(pilot: Pilot[Any]) -> None:
    """Let everything that is under way come to its end."""
    for _ in range(3):
        await pilot.pause()
        busy = [each for each in pilot.app.workers if each.group not in {"now", "act"}]
        if busy:
            await pilot.app.workers.wait_for_complete(busy)
    await pilot.pause()


def drive(app: FlaneurApp, steps: Any, size: tuple[int, int] = (100, 30)) -> None:
    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await pilot.press("escape")
            await steps(pilot)
            await app.desk.close()

    asyncio.run(run())


async def until(pilot: Pilot[Any], holds: Callable[[], bool]) -> None:
    """Wait for something that a worker brings about."""
    for _ in range(100):
        await settled(pilot)
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came about")


def test_a_saved_walk_is_opened_copied_and_removed(
    app: FlaneurApp, desk: Any, shown: Shown, walk: PlanDocument
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        kept = await Desk.save(desk, walk)
        await pilot.press("P")
        await until(pilot, lambda: f"{kept.plan_id}" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: app.screen.query_one("#rows").option_count == 2)  # type: ignore[attr-defined]
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, PlansScreen))
        await until(pilot, lambda: app.screen.query_one("#rows").option_count == 1)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await until(pilot, lambda: walk.stops[0].name in shown(app))

    drive(app, steps)


def test_places_are_searched_and_marked(app: FlaneurApp, desk: Any, shown: Shown) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        place = Holding(id="", name="Old [b]Bookshop", position=Position(60.17, 24.94))
        await desk.do(lambda run: run.store.places.add(place))
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await until(pilot, lambda: "Old [b]Bookshop" in shown(app))
        app.screen.query_one("#rows").focus()
        await pilot.press("f")
        await until(pilot, lambda: "Old [b]Bookshop ★" in shown(app))
        await pilot.press("f")
        await until(pilot, lambda: "Old [b]Bookshop ★" not in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))

    drive(app, steps)


@pytest.mark.parametrize(
    ("key", "words"),
    [("C", "Set up central Helsinki"), ("M", "Language models"), ("D", "Python 3")],
)
def test_every_other_list_opens_and_comes_back(
    app: FlaneurApp, desk: Any, shown: Shown, key: str, words: str
) -> None:
    async def checks(*_told: Any) -> tuple[CheckRow, ...]:
        return (CheckRow("python", "ok", "Python 3.11", ""),)

    desk.examine = checks

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press(key)
        await until(pilot, lambda: words in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))

    drive(app, steps)


@pytest.mark.parametrize("what", ["history", "plans"])
def test_what_was_asked_is_forgotten_when_told_so(desk: Any, what: Any) -> None:
    from planner.library.forgetting import forget

    async def steps() -> str | None:
        await Desk.set_setting(desk, ASKED, "somewhere to hide")
        await desk.close()
        forget(desk.session.home, [what])
        kept = await Desk.setting(desk, ASKED)
        await desk.close()
        return kept

    assert asyncio.run(steps()) is None
