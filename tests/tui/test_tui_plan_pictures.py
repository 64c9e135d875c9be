"""How the plan screen looks in every state, in a small terminal and in a large one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from planner.errors import FlaneurError
from tests.tui.driving import drive
from tests.tui.snapshots import NARROW, WIDE
from tui.screens.compare import CompareScreen
from tui.screens.dialogs import Trouble
from tui.widgets.chips import Chips
from tui.widgets.map import MapView, Sight
from tui.widgets.request import RequestLine
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from tests.tui.driving import Driver
    from tui.app import FlaneurApp

REQUEST = "see Ateneum and Amos Rex, a quiet park and one good coffee, no shopping, four hours"
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


async def planned(user: Driver) -> None:
    user.app.screen.query_one(RequestLine).value = REQUEST
    await user.key("enter")
    await user.until(lambda: isinstance(user.app.screen.focused, Timeline))


@SIZES
def test_snapshot_of_the_first_screen(app: FlaneurApp, size: tuple[int, int]) -> None:
    async def steps(user: Driver) -> None:
        await user.picture("plan-empty")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_planning(app: FlaneurApp, desk: Any, size: tuple[int, int]) -> None:
    """The walk is being looked for, and the request may be changed meanwhile."""
    under_way, done = asyncio.Event(), asyncio.Event()
    plan = desk.plan

    async def slow(*given: Any) -> PlanDocument:
        desk.tell(0.4, "Looking at the streets")
        under_way.set()
        await done.wait()
        return await plan(*given)  # type: ignore[no-any-return]

    desk.plan = slow

    async def steps(user: Driver) -> None:
        user.app.screen.query_one(RequestLine).value = REQUEST
        await user.pilot.press("enter")
        await under_way.wait()
        await user.pilot.pause()
        from tests.tui.snapshots import hold

        await hold(user.pilot, "plan-planning")
        done.set()
        await user.until(lambda: isinstance(user.app.screen.focused, Timeline))

    drive(app, steps, size)


@SIZES
def test_snapshot_of_a_walk_and_its_edits(app: FlaneurApp, size: tuple[int, int]) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.picture("plan-planned")
        await user.press("plan.lock")
        await user.key("down", "down")
        await user.press("plan.remove")
        await user.picture("plan-edited")
        # What is locked cannot be swapped.
        await user.key("down", "down")
        await user.press("plan.swap")
        await user.sees("Café Engel")
        await user.picture("plan-swap")
        await user.press("dialog.leave", "plan.stay")
        await user.picture("plan-stay")
        await user.press("dialog.leave", "plan.frame")
        await user.picture("plan-frame")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_chips(
    app: FlaneurApp, desk: Any, walk: PlanDocument, size: tuple[int, int]
) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        user.app.screen.query_one(Chips).focus()
        await user.press("chips.right", "chips.pin", "chips.right")
        desk.walk = replace(
            walk,
            understood=replace(
                walk.understood,
                subrequests=tuple(
                    each for each in walk.understood.subrequests if "park" not in each.pos
                ),
            ),
        )
        await user.press("chips.switch")
        user.app.screen.query_one(Chips).focus()
        await user.picture("plan-chips")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_what_cannot_be(
    app: FlaneurApp, desk: Any, impossible: PlanDocument, size: tuple[int, int]
) -> None:
    desk.walk = impossible

    async def steps(user: Driver) -> None:
        user.app.screen.query_one(RequestLine).value = REQUEST
        await user.key("enter")
        await user.sees("What stands against it")
        await user.picture("plan-infeasible")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_an_error(app: FlaneurApp, desk: Any, size: tuple[int, int]) -> None:
    desk.fails = FlaneurError("No street is near that start.", "Choose another start.")

    async def steps(user: Driver) -> None:
        user.app.screen.query_one(RequestLine).value = REQUEST
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        await user.picture("plan-error")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_the_map_alone(app: FlaneurApp, size: tuple[int, int]) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        drawing = user.app.screen.query_one(MapView)
        drawing.mark(
            [
                Sight("a", "Café Engel", "cafe", 60.1690, 24.9518),
                Sight("b", "Old Market Hall", "marketplace", 60.1672, 24.9530, is_liked=True),
                Sight("c", "Kiasma", "museum", 60.1719, 24.9366),
            ]
        )
        await user.press("plan.map", "map.look")
        await user.picture("plan-map")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_two_walks(
    app: FlaneurApp, desk: Any, walk: PlanDocument, size: tuple[int, int]
) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        desk.walk = replace(walk, stops=walk.stops[1:], legs=walk.legs[1:])
        await user.press("plan.vary")
        await user.sees("Compare this walk with")
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, CompareScreen))
        await user.picture("compare")

    drive(app, steps, size)


@SIZES
def test_snapshot_of_a_code(app: FlaneurApp, size: tuple[int, int]) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.code")
        await user.picture("plan-code")

    drive(app, steps, size)


@pytest.mark.parametrize("theme", ["light", "high-contrast", "no-colour"])
def test_snapshot_of_themes(app: FlaneurApp, theme: str) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        user.app.theme = theme
        await user.picture(f"plan-{theme}")

    drive(app, steps, NARROW)
