"""A file on its way into the library: looked at first, stopped at will, refused in words."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from planner.cli import placeimport
from planner.library import arrivals
from tests.tui.driving import drive, ids_of
from tests.tui.snapshots import NARROW, WIDE
from tui.screens.dialogs import Trouble
from tui.screens.importing import ImportScreen
from tui.screens.library import LibraryScreen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.driving import Driver
    from tui.app import FlaneurApp

LIST = """name,latitude,longitude,category,notes,favourite
Café Engel,60.1690,24.9518,cafe,best buns,yes
Quay bench,60.1665,24.9560,,ships,
Nowhere Inn,,,,nobody knows,
Bad row,north,east,cafe,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


async def preview(user: Driver, path: Path) -> None:
    await user.key("escape")
    await user.press("go.library")
    await user.until(lambda: isinstance(user.app.screen, LibraryScreen) and user.rows)
    await user.press("library.import")
    await user.type(f"/{path}")
    await user.key("enter")
    await user.until(lambda: isinstance(user.app.screen_stack[2], ImportScreen))


async def held(user: Driver) -> list[str]:
    """Return the names of what is in the library."""
    return await user.app.desk.do(lambda run: [each.name for each in run.store.places.all()])


def test_an_import_is_seen_before_it_happens(stocked_app: FlaneurApp, file: Path) -> None:
    async def steps(user: Driver) -> None:
        before = await held(user)
        await preview(user, file)
        await user.sees("4 read", "+ 1 new", "= 1 merged", "? 1 nowhere", "✗ 1 refused")
        assert len(user.rows) == 4
        fates = []
        for _ in range(4):
            await user.press("import.view")
            fates.append(user.rows)
        assert [len(rows) for rows in fates] == [1, 1, 1, 1]
        assert "its position" in fates[3][0]
        await user.press("import.view")
        assert await held(user) == before, "a look changes nothing"
        await user.press("import.accept")
        await user.sees("Enter goes back")
        assert sorted(await held(user)) == sorted([*before, "Quay bench", "Nowhere Inn"])
        await user.press("import.on")
        await user.until(lambda: isinstance(user.app.screen, LibraryScreen))
        await user.until(lambda: any("Quay bench" in row for row in user.rows))
        assert any("Café Engel ★" in row for row in user.rows)

    pressed = drive(stocked_app, steps, NARROW)
    assert ids_of("import") - pressed == {"import.format", "import.leave"}


def test_a_file_of_another_kind_is_read_as_that(stocked_app: FlaneurApp, tmp_path: Path) -> None:
    path = tmp_path / "thing.csv"
    path.write_bytes(b"\x00\x01\x02\x03" * 50)

    async def steps(user: Driver) -> None:
        before = await held(user)
        await preview(user, path)
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        assert "thing.csv" in user.text
        await user.press("trouble.leave")
        path.write_text("Go to Café Engel, it is lovely.", encoding="utf-8")
        await user.press("import.format")
        await user.key("end", "up", "enter")
        await user.sees("(text)")
        await user.press("import.leave")
        await user.until(lambda: isinstance(user.app.screen, LibraryScreen))
        assert await held(user) == before

    drive(stocked_app, steps)


def test_a_stopped_import_leaves_nothing(
    stocked_app: FlaneurApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"Bench {n},{60.1 + n / 10_000},24.9\n" for n in range(200))
    path = tmp_path / "benches.csv"
    path.write_text(f"name,lat,lon\n{rows}", encoding="utf-8")
    receive = arrivals.receive

    def slow(*given: Any, on_row: Any, rehearse: bool, **more: Any) -> Any:
        def wait(done: int) -> None:
            """Linger in the middle of the transaction."""
            on_row(done)
            for _ in range(0 if rehearse else 2000):
                time.sleep(0.005)
                on_row(done)

        return receive(*given, on_row=wait, rehearse=rehearse, **more)

    monkeypatch.setattr(arrivals, "receive", slow)

    async def steps(user: Driver) -> None:
        before = await held(user)
        await preview(user, path)
        await user.until(lambda: len(user.rows) == 151)
        assert "150 more" in user.rows[-1]
        await user.pilot.press(user.keys["import.accept"])
        for _ in range(200):
            await user.pilot.pause(0.02)
            if "100 rows" in user.text:
                break
        assert "Esc stops it" in user.text
        await user.pilot.press(user.keys["import.leave"])
        await user.sees("Stopped")
        assert await held(user) == before
        await user.press("import.leave")
        await user.until(lambda: isinstance(user.app.screen, LibraryScreen))

    drive(stocked_app, steps)


def test_what_is_in_the_library_is_not_said_to_be_stopped(
    stocked_app: FlaneurApp, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(run: Any) -> None:
        screen = stocked_app.screen
        assert isinstance(screen, ImportScreen)
        assert screen._stop is not None
        screen._stop.set()
        with run.progress("Embedding what is new") as report:
            report(0.5)

    monkeypatch.setattr(placeimport, "_embed_few", late)

    async def steps(user: Driver) -> None:
        await preview(user, file)
        await user.sees("4 read")
        await user.press("import.accept")
        await user.sees("Enter goes back")
        assert "Quay bench" in await held(user)

    drive(stocked_app, steps, NARROW)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_snapshot_of_an_import(stocked_app: FlaneurApp, file: Path, size: tuple[int, int]) -> None:
    async def steps(user: Driver) -> None:
        await preview(user, file)
        await user.sees("4 read")
        await user.picture("import-preview")
        screen = user.app.screen
        assert isinstance(screen, ImportScreen)
        screen._stop = threading.Event()
        screen.refresh_bindings()
        screen.show_progress(0.0, "Reading list.csv: 1,500 rows")
        await user.picture("import-reading")
        screen._stop = None
        screen.refresh_bindings()
        await user.press("import.accept")
        await user.sees("Enter goes back")
        await user.picture("import-done")

    drive(stocked_app, steps, size)
