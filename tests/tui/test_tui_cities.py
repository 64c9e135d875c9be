"""Cities from the screen: added and stopped, chosen, written out, removed; and the first start."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from planner import cities
from tests.tui.driving import PATIENCE_S, drive, ids_of
from tests.tui.snapshots import NARROW, WIDE
from tui.errands import DEMO, StoppedError
from tui.screens import files
from tui.screens.cities import CitiesScreen
from tui.screens.dialogs import Confirm
from tui.screens.plan import PlanScreen
from tui.screens.welcome import WelcomeScreen

if TYPE_CHECKING:
    from tests.tui.driving import Driver
    from tui.app import FlaneurApp

BOX = "24.944,60.168,24.947,60.170"


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Errands that last until somebody stops them."""
    begun: list[tuple[str, ...]] = []

    async def send(
        _home: Any, _now: Any, arguments: tuple[str, ...], tell: Any, stop: asyncio.Event
    ) -> tuple[str, ...]:
        begun.append(arguments)
        tell(0.1, "Reading streets")
        await stop.wait()
        raise StoppedError

    monkeypatch.setattr("tui.errands.send", send)
    return begun


async def opened(user: Driver) -> None:
    await user.key("escape")
    await user.press("go.cities")
    await user.until(lambda: isinstance(user.app.screen, CitiesScreen) and user.rows)


async def told(user: Driver, *words: str) -> None:
    """Wait for words of something that goes on."""
    given_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < given_up:
        await user.pilot.pause(0.02)
        if all(each in user.text for each in words):
            return
    raise AssertionError(user.text)


async def asked_for(user: Driver, name: str) -> None:
    """Fill in what a new city is made of, up to the last line."""
    await user.press("cities.add")
    await user.type(f"/{cities.demo_extract()}")
    await user.key("enter")
    await user.key("ctrl+u")
    await user.type(name)


def test_everything_about_cities_is_done_by_keys(stocked_app: FlaneurApp, tmp_path: Path) -> None:
    file = tmp_path / "centre.flaneur"

    async def steps(user: Driver) -> None:
        await opened(user)
        await user.sees("Crossings", "restaurant")
        await asked_for(user, "helsinki")
        await user.press("form.accept")
        await user.sees('There is a city "helsinki" already')
        await user.key("ctrl+u")
        await user.type("centre")
        await user.key("tab", "tab", "tab")
        await user.type(BOX)
        await user.press("form.accept")
        await user.sees("Added centre", "Centre")
        await user.press("list.first", "cities.use")
        await user.sees("Walks are planned in Centre from now on.", "in use")
        await user.press("cities.export")
        await user.type(f"/{file}")
        await user.key("enter")
        await user.sees("Wrote centre")
        await user.press("cities.remove")
        assert isinstance(user.app.screen, Confirm)
        await user.press("confirm.yes")
        await user.sees("Removed centre")
        assert len(user.rows) == 1
        await user.press("cities.import")
        await user.type(f"/{file}")
        await user.key("enter")
        await user.sees("Installed centre")
        assert len(user.rows) == 2

    pressed = drive(stocked_app, steps, NARROW)
    assert ids_of("cities") <= pressed


def test_a_city_in_the_making_is_stopped(
    stocked_app: FlaneurApp, lasting: list[tuple[str, ...]]
) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        await asked_for(user, "centre")
        await user.pilot.press(user.keys["form.accept"])
        await told(user, "Reading streets", "Esc stops it")

        await user.pilot.press(user.keys["list.back"])
        # That is no trouble: the list is there again, and says so.
        await user.sees("Stopped; nothing of it was kept.", "Helsinki")
        assert isinstance(user.app.screen, CitiesScreen)
        await user.press("list.back")
        await user.until(lambda: isinstance(user.app.screen, PlanScreen))

    drive(stocked_app, steps)
    assert [each[:2] for each in lasting] == [("city", "add")]


def test_a_box_that_makes_no_sense_is_told_in_the_form(stocked_app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        await asked_for(user, "centre")
        await user.key("tab", "tab", "tab")
        await user.type("1,2,3")
        await user.press("form.accept")
        await user.sees("1,2,3", "W,S,E,N")
        await user.press("dialog.leave", "list.back")

    drive(stocked_app, steps)


def test_the_first_start_explains_itself_and_begins(
    app: FlaneurApp, desk: Any, lasting: list[tuple[str, ...]]
) -> None:
    async def nothing() -> None:
        return None

    desk.current_city = nothing

    async def steps(user: Driver) -> None:
        await user.until(lambda: isinstance(user.app.screen, WelcomeScreen))
        await user.sees("Set up central Helsinki", "Ctrl-P finds everything")
        await user.pilot.press("enter")
        await told(user, "Reading streets", "Esc stops it")
        await user.pilot.press(user.keys["dialog.leave"])
        await told(user, "Stopped")
        await user.key("down", "enter")
        await user.until(lambda: isinstance(user.app.screen, CitiesScreen))

    drive(app, steps, NARROW)
    assert lasting == [DEMO]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_snapshot_of_the_first_start(app: FlaneurApp, desk: Any, size: tuple[int, int]) -> None:
    async def nothing() -> None:
        return None

    desk.current_city = nothing

    async def steps(user: Driver) -> None:
        await user.until(lambda: isinstance(user.app.screen, WelcomeScreen))
        await user.picture("welcome")

    drive(app, steps, size)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_snapshot_of_cities(
    stocked_app: FlaneurApp, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    there = [(Path("/home/me/maps"), None), (Path("/home/me/porto.osm.pbf"), 3_200_000)]
    monkeypatch.setattr(Path, "cwd", lambda: Path("/home/me"))
    listed = files.entries
    monkeypatch.setattr(
        files,
        "entries",
        lambda words, endings: there if words == "/home/me/" else listed(words, endings),
    )

    async def steps(user: Driver) -> None:
        await opened(user)
        await user.sees("restaurant")
        await user.picture("cities")
        screen = user.app.screen
        assert isinstance(screen, CitiesScreen)
        screen.stop = asyncio.Event()
        screen.offer()
        screen.show_progress(0.42, "Embedding places")
        await user.picture("cities-adding")
        screen.end_long()
        await user.press("cities.add")
        await user.picture("files")
        await user.press("dialog.leave")
        await asked_for(user, "helsinki")
        await user.press("form.accept")
        await user.sees("already")
        await user.picture("cities-form")

    drive(stocked_app, steps, size)
