"""The library as a person drives it: every key, as usual and remapped, and how it looks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from planner.domain import Position
from planner.errors import FlaneurError
from tests.tui.driving import drive, ids_of
from tests.tui.snapshots import NARROW, WIDE
from tui.app import FILTER, SCREENS, FlaneurApp
from tui.screens.dialogs import Confirm, Reading, Trouble
from tui.screens.files import entries, typed
from tui.screens.form import Form
from tui.screens.library import LibraryScreen
from tui.screens.plan import PlanScreen
from tui.widgets.placemap import PlaceMap
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from planner.library.holdings import Holding
    from tests.tui.driving import Driver


async def opened(user: Driver) -> None:
    await user.key("escape")
    await user.press("go.library")
    await user.until(lambda: isinstance(user.app.screen, LibraryScreen) and user.rows)


async def held(user: Driver, name: str) -> Holding:
    """Return what the library holds under a name."""

    def find(run: Any) -> Holding:
        return next(each for each in run.store.places.all() if each.name == name)

    return await user.app.desk.do(find)


async def story(user: Driver) -> None:
    """Everything that can be done in the library, one thing after the other."""
    await opened(user)
    assert "5 yours" in user.text
    await marked(user)
    await filtered(user)
    await changed(user)
    await merged(user)
    await searched(user)
    await written(user)
    await walked(user)


async def marked(user: Driver) -> None:
    for mark in ("favourite", "visited", "never"):
        await user.press(f"library.{mark}")
        await user.until(
            lambda mark=mark: {"favourite": "★", "visited": "✓", "never": "✗"}[mark] in user.rows[0]
        )  # type: ignore[misc]
    holding = await held(user, "Akateeminen kirjakauppa")
    assert holding.favourite
    assert holding.visited
    assert holding.never
    await user.press("library.never")
    await user.until(lambda: "✗" not in user.rows[0])
    await user.press("library.details")
    assert isinstance(user.app.screen, Reading)
    assert "marble hall" in user.text
    await user.press("dialog.leave")
    await user.press("library.map")
    assert user.app.screen.has_class("wide-map")
    await user.press("library.map")
    assert not user.app.screen.has_class("wide-map")


async def filtered(user: Driver) -> None:
    await user.press("library.scope", "library.filter")
    assert isinstance(user.app.screen, Form)
    await user.type("bookshops")
    await user.press("form.accept")
    await user.until(lambda: len(user.rows) == 2)
    assert len(user.app.screen.query_one(PlaceMap)._spots) == 2
    await user.press("library.clear")
    await user.until(lambda: len(user.rows) == 5)
    await user.press("library.filter")
    await user.type("spaceports")
    await user.press("form.accept")
    await user.sees("spaceports", "no kind of place")
    await user.press("dialog.leave", "library.scope")


async def changed(user: Driver) -> None:
    await user.press("library.edit")
    await user.key("end")
    await user.type(" shop")
    await user.press("form.accept")
    await user.until(lambda: "Akateeminen kirjakauppa shop" in user.rows[0])
    assert "alt" in (await held(user, "Akateeminen kirjakauppa shop")).names
    await user.press("library.note")
    await user.key("home")
    await user.type("a ")
    await user.key("enter")
    await user.sees("Noted.")
    assert (await held(user, "Akateeminen kirjakauppa shop")).notes == "a marble hall"
    await user.press("library.anchor")
    await user.type("reading room")
    await user.key("enter")
    await user.sees("start at my reading room")
    await user.press("library.add")
    await user.type("Quay bench")
    await user.key("tab")
    await user.type("60.1665,24.9560")
    await user.key("enter")
    await user.until(lambda: any("Quay bench" in row for row in user.rows))
    assert (await held(user, "Quay bench")).position == Position(60.1665, 24.9560)


async def merged(user: Driver) -> None:
    await user.press("list.first", "library.merge")
    await user.type("Old hat")
    await user.until(lambda: "Old hat shop" in user.text)
    await user.key("enter")
    await user.until(lambda: isinstance(user.app.screen, Confirm))
    await user.press("confirm.yes")
    await user.until(lambda: len(user.rows) == 5)
    await user.press("library.unmerge")
    await user.until(lambda: len(user.rows) == 6)
    await user.press("list.last", "library.forget")
    await user.press("confirm.no")
    assert len(user.rows) == 6
    name = "Quay bench" if "Quay bench" in user.rows[-1] else "Old hat shop"
    await user.press("library.forget")
    await user.press("confirm.yes")
    await user.until(lambda: not any(name in row for row in user.rows))


async def searched(user: Driver) -> None:
    await user.press("library.search")
    await user.type("ateneum")
    await user.until(lambda: any("Ateneum" in row for row in user.rows))
    await user.key("enter")
    await user.press("library.favourite")
    await user.until(lambda: "★" in user.rows[0])
    await user.press("library.search")
    await user.key("ctrl+u")
    await user.until(lambda: len(user.rows) >= 5)
    await user.key("escape")


async def written(user: Driver) -> None:
    folder: Path = user.app.desk.session.home.root
    await user.press("library.export")
    await user.type(f"/{folder}/mine.geojson")
    await user.key("enter")
    await user.sees("Wrote 5 places")
    features = json.loads((folder / "mine.geojson").read_text())["features"]
    assert len(features) == 5
    await user.press("library.import")
    await user.type(f"/{folder}/mine.g")
    await user.until(lambda: "mine.geojson" in user.text)
    await user.key("enter")
    await user.sees("5 read")
    await user.press("import.leave")


async def walked(user: Driver) -> None:
    await user.press("list.first", "library.take", "library.take")
    await user.sees("2 taken")
    await user.press("library.plan")
    await user.until(lambda: isinstance(user.app.screen, PlanScreen))
    asked = user.app.desk.asked  # type: ignore[attr-defined]
    await user.until(lambda: asked)
    assert len(asked[0][1].must) == 2
    assert "Akateeminen kirjakauppa shop" in asked[0][1].must


def test_everything_in_the_library_is_done_by_keys(stocked_app: FlaneurApp) -> None:
    pressed = drive(stocked_app, story, NARROW)
    assert ids_of("library") <= pressed


def test_a_place_that_no_walk_reaches_is_told(stocked_app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        await user.press("list.last", "library.plan")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        assert "Atlantis Tower" in user.text

    drive(stocked_app, steps)


def test_list_and_map_choose_the_same(stocked_app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        drawing = user.app.screen.query_one(PlaceMap)
        await user.key("down")
        assert drawing.chosen == 1
        drawing.focus()
        await user.press("map.next")
        assert user.app.screen.query_one("#rows").highlighted == 2  # type: ignore[attr-defined]

    drive(stocked_app, steps)


def test_a_list_of_many_shows_some_and_more_when_asked(
    stocked_app: FlaneurApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.library.SHOWN", 3)

    async def steps(user: Driver) -> None:
        await opened(user)
        assert len(user.rows) == 4
        assert "3 more" in user.rows[-1]
        await user.press("list.last", "library.details")
        await user.until(lambda: len(user.rows) == 5)

    drive(stocked_app, steps)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_snapshot_of_a_library_without_places(
    app: FlaneurApp, desk: Any, ground: Any, size: tuple[int, int]
) -> None:
    async def steps(user: Driver) -> None:
        await user.key("escape")
        await user.press("go.library")
        await user.sees("No place is yours yet")
        await user.picture("library-empty")
        await user.press("library.plan")
        user.app.screen.trouble(FlaneurError("The list is no list.", "Take another."))  # type: ignore[attr-defined]
        await user.picture("trouble")
        await user.press("trouble.leave")
        user.app.push_screen(Confirm("Forget “Café Engel”, and all you hold of it?"))
        await user.picture("confirm")
        await user.press("confirm.no")

    drive(app, steps, size)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_snapshot_of_the_library(stocked_app: FlaneurApp, size: tuple[int, int]) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        await user.press("library.favourite", "library.take")
        await user.picture("library")
        await user.press("library.edit")
        await user.picture("library-editing")
        await user.press("dialog.leave", "library.filter")
        await user.picture("library-filter")
        await user.press("dialog.leave", "library.map")
        await user.picture("library-map")
        user.app.theme = "no-colour"
        await user.picture("library-no-colour")
        user.app.theme = "dark"
        await user.press("library.map", "app.keys")
        await user.picture("help")
        await user.press("dialog.leave", "library.scope", "library.search")
        await user.type("hat")
        await user.until(lambda: user.rows and "Old hat shop" in user.rows[0])
        assert not any("map" in row for row in user.rows), "one's own alone were asked for"
        await user.key("enter")
        await user.picture("library-search")

    drive(stocked_app, steps, size)


def test_what_is_looked_for_in_vain_is_said_and_what_to_do(stocked_app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        await user.press("library.scope", "library.search")
        await user.type("qqxx[wj]")
        await user.sees("Nothing is found for “qqxx[wj]” among your places.", "Try a shorter word")
        assert "s looks in Helsinki too" in " ".join(user.text.split())
        assert "c clears" not in user.text
        await user.press("list.back")
        assert isinstance(user.app.screen, LibraryScreen), "only the search line is left"
        assert not isinstance(user.app.screen.focused, Input)
        await user.press("library.search")
        user.app.screen.query_one(Input).value = ""
        await user.until(lambda: len(user.rows) == 5)
        await user.key("enter")
        await user.press("library.filter")
        user.app.screen.query_one("#field-never", Tick).value = True
        await user.press("form.accept")
        await user.sees("Nothing is found among your places with the filter never: c clears")

    drive(stocked_app, steps, NARROW)


def test_what_is_never_to_be_proposed_is_shown_alone(stocked_app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        await user.press("library.scope", "library.never")
        await user.sees("✗")
        (name,) = [row for row in user.rows if "✗" in row]
        await user.press("library.filter")
        user.app.screen.query_one("#field-never", Tick).value = True
        await user.press("form.accept")
        await user.until(lambda: user.rows == [name])
        await user.press("library.filter")
        assert user.app.screen.query_one("#field-never", Tick).value

    drive(stocked_app, steps, NARROW)


def test_a_click_chooses_and_another_opens(stocked_app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await opened(user)
        listed = user.app.screen.query_one("#rows")
        await user.pilot.click(listed, offset=(5, 2))
        await user.settle()
        assert listed.highlighted == 2  # type: ignore[attr-defined]
        assert isinstance(user.app.screen, LibraryScreen)
        await user.pilot.click(listed, offset=(5, 2))
        await user.until(lambda: isinstance(user.app.screen, Reading))
        await user.press("dialog.leave")
        await user.pilot.click("#filters")
        await user.until(lambda: isinstance(user.app.screen, Form))
        await user.press("dialog.leave")
        drawing = user.app.screen.query_one(PlaceMap)
        (column, row), index = next(iter(drawing._signs.items()))
        await user.pilot.click(drawing, offset=(column, row))
        await user.until(lambda: listed.highlighted == drawing.row_of(index))  # type: ignore[attr-defined]

    drive(stocked_app, steps)


def test_every_screen_stands_any_size(stocked_app: FlaneurApp, stocked: Any) -> None:
    async def nothing(*_told: Any) -> tuple[Any, ...]:
        return ()

    stocked.examine = nothing

    async def steps(user: Driver) -> None:
        for name in SCREENS:
            user.app.visit(name)
            await user.settle()
            for size in ((40, 12), (200, 60), (20, 5), NARROW):
                await user.pilot.resize_terminal(*size)
                await user.settle()
            assert "Esc" in user.text
            user.app.pop_screen()

    drive(stocked_app, steps)


def test_files_are_found_by_the_beginning_of_their_path(tmp_path: Path) -> None:
    for name in ("Lists", ".hidden"):
        (tmp_path / name).mkdir()
    for name in ("list.csv", "Notes.TXT", "city.osm.pbf"):
        (tmp_path / name).write_text("12345")
    (tmp_path / "lost.csv").symlink_to(tmp_path / "nowhere")

    def names(words: str, endings: tuple[str, ...] = ()) -> list[str]:
        return [path.name for path, _ in entries(words, endings)]

    assert names(f"{tmp_path}/") == ["Lists", "city.osm.pbf", "list.csv", "lost.csv", "Notes.TXT"]
    assert names(f"{tmp_path}/LI") == ["Lists", "list.csv"]
    assert names(f"{tmp_path}/", (".osm.pbf",)) == ["Lists", "city.osm.pbf"]
    assert names(f"{tmp_path}/.h") == [".hidden"]
    assert names(f"/somewhere/{tmp_path}/LI") == ["Lists", "list.csv"], (
        "an absolute path begins anew"
    )
    assert names(f"{tmp_path}/nowhere/at/all") == []
    assert dict(entries(f"{tmp_path}/li"))[tmp_path / "list.csv"] == 5
    assert typed("a/~/b") == Path.home() / "b"


def test_what_is_shown_comes_back_at_the_next_start(stocked_app: FlaneurApp, stocked: Any) -> None:
    async def first(user: Driver) -> None:
        await opened(user)
        await user.press("library.scope", "library.filter")
        await user.type("bookshops")
        await user.press("form.accept")
        await user.until(lambda: len(user.rows) == 2)

    async def second(user: Driver) -> None:
        await opened(user)
        await user.sees("category bookshops")
        assert len(user.rows) == 2
        await user.press("library.clear", "library.scope")
        await user.until(lambda: len(user.rows) == 5)

    drive(stocked_app, first, NARROW)
    drive(FlaneurApp(stocked), second, NARROW)
    assert asyncio.run(FlaneurApp(stocked).kept_filter()) == ((), True)


@pytest.mark.parametrize(
    "kept",
    ['{"options": ["--colour", "red"], "everywhere": false}', '["nonsense"', '["list"]', "7"],
)
def test_a_filter_of_another_version_filters_nothing(stocked: Any, kept: str) -> None:
    stocked.kept[FILTER] = kept
    assert asyncio.run(FlaneurApp(stocked).kept_filter()) == ((), True)
