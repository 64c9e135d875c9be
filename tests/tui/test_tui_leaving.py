"""A screen, and the application, may be left at any moment: while it is laid out, read, closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.tui.driving import drive
from tests.tui.snapshots import NARROW
from tui.keys import every_key
from tui.screens.plan import PlanScreen

if TYPE_CHECKING:
    from tests.tui.driving import Driver
    from tui.app import FlaneurApp

SCREENS = [key.id for key in every_key({}) if key.group == "go"]
FEW, MANY = (0, 3, 10, 30, 100), range(200)


async def turns(count: int) -> None:
    """Let so many steps of what is under way be done."""
    for _ in range(count):
        await asyncio.sleep(0)


def left(app: FlaneurApp, screen: str, moments: range | tuple[int, ...]) -> None:
    """Open a screen and leave it after some turns, and the application at last."""

    async def steps(user: Driver) -> None:
        await user.key("escape")
        for count in moments:
            user.app.simulate_key(user.keys[screen])
            await turns(count)
            user.app.simulate_key("escape")
            await turns(count // 2)
            await user.settle()
            for _ in range(3):
                if isinstance(user.app.screen, PlanScreen):
                    break
                await user.key("escape")
            assert isinstance(user.app.screen, PlanScreen)
        user.app.simulate_key(user.keys[screen])
        await turns(moments[-1])

    drive(app, steps, NARROW)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_left_at_any_moment(stocked_app: FlaneurApp, screen: str) -> None:
    left(stocked_app, screen, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_left_at_each_moment(stocked_app: FlaneurApp, screen: str) -> None:
    left(stocked_app, screen, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("count", FEW)
def test_the_application_is_left_at_any_moment(
    stocked_app: FlaneurApp, screen: str, count: int
) -> None:
    async def steps(user: Driver) -> None:
        await user.key("escape")
        user.app.simulate_key(user.keys[screen])
        await turns(count)

    drive(stocked_app, steps, NARROW)
