"""The keys at the foot of a screen: none is cut off, and help and palette are always there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.driving import drive
from tests.tui.snapshots import NARROW, WIDE
from tui.screens.compare import CompareScreen
from tui.screens.library import LibraryScreen
from tui.widgets.chips import Chips
from tui.widgets.keyline import KeyLine
from tui.widgets.request import RequestLine
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from tests.tui.driving import Driver
    from tui.app import FlaneurApp

ALWAYS = "? Help ^p Palette"


async def planned(user: Driver) -> None:
    user.app.screen.query_one(RequestLine).value = "a park"
    await user.key("enter")
    await user.until(lambda: isinstance(user.app.screen.focused, Timeline))


def foot(user: Driver) -> str:
    """Return the line of keys, which has to hold all that it lays out."""
    line = user.app.screen.query_one(KeyLine)
    assert all(key.region.right <= line.region.right for key in line.children)
    return user.text.splitlines()[line.region.y]


@pytest.mark.parametrize("width", [20, 40, NARROW[0], WIDE[0], 200])
def test_help_and_palette_are_seen_wherever_one_is(app: FlaneurApp, width: int) -> None:
    async def steps(user: Driver) -> None:
        assert foot(user).endswith(ALWAYS)
        await planned(user)
        assert foot(user).endswith(ALWAYS)
        await user.press("plan.remove")
        assert foot(user).endswith(ALWAYS)
        await user.press("plan.map")
        assert foot(user).endswith(ALWAYS)
        await user.press("plan.map")
        user.app.screen.query_one(Chips).focus()
        await user.settle()
        assert foot(user).endswith(ALWAYS)
        await user.press("go.machine")
        assert foot(user).endswith(ALWAYS)

    drive(app, steps, (width, 24))


def test_what_is_needed_least_gives_way_first(app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.remove")
        words = foot(user)
        for each in ("l Lock", "x Remove", "s Swap", "a Add", "/ Request", "u Undo"):
            assert each in words
        assert "Compare" not in words
        await user.pilot.resize_terminal(*WIDE)
        await user.settle()
        assert "v Compare" in foot(user)
        await user.pilot.resize_terminal(*NARROW)
        await user.settle()
        assert "Compare" not in foot(user)
        assert foot(user).endswith(ALWAYS)

    drive(app, steps, NARROW)


def test_a_screen_that_is_being_left_is_not_asked_for_its_keys(app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await user.key("escape")
        await user.press("go.library")
        await user.until(lambda: isinstance(user.app.screen, LibraryScreen))
        screen = user.app.screen
        line = screen.query_one(KeyLine)
        await screen.query_one("#rows").remove()
        assert screen.check_action("forget", ()) is False
        user.app.pop_screen()
        await line.recompose()

    drive(app, steps, NARROW)


@pytest.mark.parametrize("key", ["list.page_up", "list.page_down"])
def test_a_list_without_room_is_paged_in_vain(
    app: FlaneurApp, walk: PlanDocument, key: str
) -> None:
    async def steps(user: Driver) -> None:
        user.app.push_screen(CompareScreen(walk, walk))
        await user.settle()
        await user.press(key)
        assert user.app.is_running

    drive(app, steps, (20, 6))


def test_keys_of_what_has_the_focus_come_before_those_of_the_screen(app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.map")
        assert foot(user).startswith("+ Closer - Wider f Fit ] Next stop [ Stop before")

    drive(app, steps, NARROW)
