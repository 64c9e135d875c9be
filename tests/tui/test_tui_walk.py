"""Everything that can be done with a walk on the screen, by its keys: as usual, and remapped."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import gpxpy
import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.widgets import Input, Static

from planner.domain import Place, Position
from planner.itinerary.document import UnderstoodPart, decode, encode
from planner.itinerary.editing import Add, HereNow, Lock, Move, Remove, Stay, Swap
from tests.tui.driving import drive, ids_of
from tests.tui.snapshots import NARROW
from tui.desk import Desk
from tui.screens.compare import CompareScreen
from tui.screens.dialogs import Ask, Choose, Confirm, Trouble
from tui.screens.frame import FrameScreen
from tui.screens.plan import PlanScreen
from tui.screens.plans import PlansScreen
from tui.widgets.chips import Chips
from tui.widgets.grid import Grid
from tui.widgets.map import MapView
from tui.widgets.request import EXAMPLES, RequestLine
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from pathlib import Path

    from planner.itinerary.document import PlanDocument
    from tests.tui.driving import Driver
    from tui.app import FlaneurApp
    from tui.wishing import Chip

REQUEST = "old churches, a quiet park and one good coffee"
CAFES = (
    Place("osm:node/1", "Café Engel", Position(60.1690, 24.9518), "cafe"),
    Place("osm:node/2", "Café Esplanad", Position(60.1675, 24.9480), "cafe", favourite=True),
    Place("osm:node/3", "Never Again", Position(60.1680, 24.9500), "cafe", never=True),
    Place("osm:node/4", "Ateneum", Position(60.1702, 24.9440), "museum", own=True),
)


@pytest.fixture
def desk(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The quick desk with a few other places around the walk."""

    async def places_of(_city: str, admits: Any) -> tuple[Place, ...]:
        groups = {"cafe": "drink", "museum": "culture"}
        return tuple(each for each in CAFES if admits(each, groups[each.category]))

    async def search(_words: str, _city: str | None = None) -> Any:
        return [SimpleNamespace(holding=each) for each in CAFES[:2]]

    async def walk_id(_city: str, holding: Any) -> str:
        return str(holding.id)

    monkeypatch.setattr(desk, "places_of", places_of)
    monkeypatch.setattr(desk, "search", search)
    monkeypatch.setattr(desk, "walk_id", walk_id)
    return desk


def with_keys(desk: Any, group: str) -> dict[str, str]:
    """Say in the config that other keys do what is done in some place, and return them."""
    keys = {each: f"f{number}" for number, each in enumerate(sorted(ids_of(group)), start=2)}
    lines = "\n".join(f'"{each}" = "{key}"' for each, key in keys.items())
    desk.session.home.ensure().config.write_text(f"[keys]\n{lines}\n", encoding="utf-8")
    return keys


async def planned(user: Driver) -> None:
    user.app.screen.query_one(RequestLine).value = REQUEST
    await user.key("enter")
    await user.until(lambda: isinstance(user.app.screen.focused, Timeline))


async def answered(user: Driver, words: str) -> None:
    """Answer the question that comes."""
    await user.until(lambda: isinstance(user.app.screen, Ask))
    user.app.screen.query_one(Input).value = words
    await user.key("enter")


# --- the walk ---


async def edited(user: Driver) -> None:
    desk: Any = user.app.desk
    first = desk.walk.stops[0].place_id
    await user.press("plan.lock")
    assert desk.edits[-1] == Lock(place_id=first)
    await user.press("plan.undo", "plan.remove")
    assert desk.edits[-1] == Remove(place_id=first)
    gone = f"out: {desk.walk.stops[0].name}"
    await user.sees(gone)
    await user.press("plan.undo")
    assert gone not in user.text
    await user.press("plan.redo")
    await user.sees(gone)
    await user.press("plan.undo", "list.first", "plan.swap")
    await user.sees("Instead of", "Café Engel", "as good · +120 m")
    await user.key("enter")
    assert desk.edits[-1] == Swap(place_id=first, other_id="osm:node/1")
    await user.press("plan.add")
    await user.type("engel")
    await user.sees("Café Engel")
    await user.key("enter")
    assert desk.edits[-1] == Add(place_id="osm:node/1")
    await user.press("plan.stay")
    await answered(user, "50")
    assert desk.edits[-1] == Stay(place_id=first, minutes=50)
    await user.press("plan.longer")
    await user.press("plan.shorter")
    longer, shorter = desk.edits[-2:]
    assert longer.minutes - shorter.minutes == 30
    await user.press("plan.later")
    assert desk.edits[-1] == Move(place_id=first, to=1)
    await user.press("list.last", "plan.earlier")
    assert desk.edits[-1].to == len(desk.walk.stops) - 2
    await user.press("plan.now")
    await user.sees("Where are you?")
    await user.key("down", "enter", "enter")
    assert isinstance(desk.edits[-1], HereNow)


async def taken_along(user: Driver) -> None:
    folder: Path = user.app.desk.session.home.root
    await user.press("plan.save")
    await user.until(lambda: user.app.plan_screen.document.plan_id == "ptst")  # type: ignore[union-attr]
    await user.press("plan.export")
    await user.sees("Take it along as", "Organic Maps")
    await user.key("enter")
    await answered(user, str(folder / "walk.gpx"))
    await user.until((folder / "walk.gpx").exists)
    await user.press("list.first", "plan.code")
    await user.sees("geo:60.1", "█▀")
    await user.press("dialog.leave", "plan.copy")
    assert user.app.clipboard.startswith(f"flaneur plan '{REQUEST}'")


async def looked_at(user: Driver) -> None:
    screen = user.app.screen
    await user.press("plan.frame")
    assert isinstance(user.app.screen, FrameScreen)
    await user.press("dialog.leave", "plan.map")
    assert screen.has_class("wide-map")
    await user.press("plan.stop")
    assert not screen.has_class("wide-map")
    await user.press("plan.filter")
    await user.sees("Show on the map", "Favourites")
    await user.key(*["down"] * 3, "enter")
    await user.until(lambda: len(screen.query_one(MapView)._sights) == 2)
    assert isinstance(screen.focused, MapView)
    await user.press("plan.vary")
    await user.sees("Compare this walk with", "Before your edits", "Other places")
    await user.press("dialog.leave", "plan.picture")
    await user.until(lambda: isinstance(user.app.screen, Trouble))
    await user.press("dialog.leave", "plan.request")
    assert isinstance(screen.focused, RequestLine)


async def story(user: Driver) -> None:
    await planned(user)
    await edited(user)
    await taken_along(user)
    await looked_at(user)


def test_everything_with_a_walk_is_done_by_keys(app: FlaneurApp) -> None:
    pressed = drive(app, story)
    assert ids_of("plan") <= pressed


def test_everything_with_a_walk_is_done_by_other_keys(app: FlaneurApp, desk: Any) -> None:
    drive(app, story, NARROW, with_keys(desk, "plan"))


def test_an_export_reads_back_and_is_not_written_over_unasked(
    app: FlaneurApp, walk: PlanDocument, tmp_path: Path
) -> None:
    path = tmp_path / "out" / "helsinki.gpx"
    path.parent.mkdir()

    async def exported(user: Driver) -> None:
        await user.press("plan.export")
        await user.until(lambda: isinstance(user.app.screen, Choose))
        await user.key("enter")
        await answered(user, str(path))

    async def steps(user: Driver) -> None:
        await planned(user)
        await exported(user)
        await user.until(path.exists)
        gpx = gpxpy.parse(path.read_text())
        assert [point.name for point in gpx.waypoints][-len(walk.stops) :] == [
            f"{number}. {stop.name}" for number, stop in enumerate(walk.stops, start=1)
        ]
        path.write_text("mine")
        await exported(user)
        await user.until(lambda: isinstance(user.app.screen, Confirm))
        await user.press("confirm.no")
        assert path.read_text() == "mine"
        # A file is no folder to write into.
        await user.press("plan.export")
        await user.until(lambda: isinstance(user.app.screen, Choose))
        await user.key("enter")
        await answered(user, str(path / "walk.gpx"))
        await user.until(lambda: isinstance(user.app.screen, Trouble))

    drive(app, steps)


def test_now_may_be_anywhere_in_the_city(app: FlaneurApp, desk: Any) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.now", "list.last")
        await user.key("enter")
        await user.type("engel")
        await user.sees("Café Esplanad")
        await user.key("enter", "enter")
        await user.until(lambda: desk.edits)

    drive(app, steps)
    (edit,) = desk.edits
    assert (edit.lat, edit.lon, edit.name) == (60.1690, 24.9518, "Café Engel")


# --- the map ---


def test_everything_on_the_map_is_done_by_keys(app: FlaneurApp, desk: Any) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.filter")
        await user.key(*["down"] * 3, "enter")
        drawing = user.app.screen.query_one(MapView)
        await user.until(lambda: drawing.has_focus)
        await user.press("map.look")
        first = drawing.marked
        assert first is not None
        assert f"{first.name} · cafe" in user.text
        await user.press("map.look")
        assert drawing.marked != first
        await user.press("map.back")
        assert drawing.marked == first
        await user.press("plan.add")
        assert desk.edits == [Add(place_id=first.place_id)]
        drawing.focus()
        before = [strip.text for strip in drawing.draw()]
        for each in ("left", "right", "up", "down", "closer", "wider"):
            was = [strip.text for strip in drawing.draw()]
            await user.press(f"map.{each}")
            assert [strip.text for strip in drawing.draw()] != was, each
        await user.press("map.closer", "map.fit")
        assert [strip.text for strip in drawing.draw()] == before
        await user.press("map.next")
        assert drawing.chosen == 1
        await user.press("map.previous")
        assert drawing.chosen == 0

    assert ids_of("map") <= drive(app, steps)


def test_the_map_shows_what_is_asked_for_and_never_what_is_not_wanted(app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        drawing = user.app.screen.query_one(MapView)
        shown = {}
        for number in range(9):
            await user.press("plan.filter", "list.first")
            await user.key(*["down"] * number, "enter")
            if number == 8:
                await user.type("engel")
                await user.key("enter")
            await user.settle()
            shown[number] = {each.name for each in drawing._sights}
        assert shown[0] == shown[6] == set()
        assert shown[1] == {"Ateneum"}
        assert shown[2] == {"Café Esplanad"}
        assert shown[3] == shown[8] == {"Café Engel", "Café Esplanad"}
        assert shown[5] == {"Ateneum"}

    drive(app, steps)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 18), (200, 60)])
def test_what_is_written_on_the_map_never_collides(
    app: FlaneurApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[int, int, int, str]] = []
    write = Grid.write

    def note(grid: Any, column: int, row: int, text: str, part: int) -> None:
        cells = cell_len(text)
        assert not any((each, row) in grid.taken for each in range(column, column + cells)), text
        assert 0 <= column <= grid.columns - cells
        written.append((column, row, cells, text))
        write(grid, column, row, text, part)

    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.filter")
        await user.key(*["down"] * 3, "enter")
        await user.press("map.look")
        monkeypatch.setattr(Grid, "write", note)
        drawing = user.app.screen.query_one(MapView)
        for each in ("map.closer", "map.right", "map.wider", "map.wider", "map.wider", "map.fit"):
            written.clear()
            await user.press(each)
            drawing.draw()
            words = [text for *_, text in written]
            assert any("OpenStreetMap" in text or "OSM" in text for text in words)
            assert any("├" in text for text in words)

    drive(app, steps, size)


# --- chips ---


async def on_chips(user: Driver, number: int = 0) -> Chips:
    chips = user.app.screen.query_one(Chips)
    chips.focus()
    for _ in range(len(chips._chips)):
        if chips._at == number:
            break
        await user.press("chips.right")
    return chips


async def on_a_wish(user: Driver) -> Chip:
    chips = user.app.screen.query_one(Chips)
    at = next(at for at, chip in enumerate(chips._chips) if chip.kind == "wish")
    return (await on_chips(user, at))._chips[at]


def test_a_chip_is_switched_off_and_on_again(
    app: FlaneurApp, desk: Any, walk: PlanDocument
) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        chip = await on_a_wish(user)
        user.app.plan_screen.asked_for = f"{chip.words}, a view"
        desk.walk = replace(walk, understood=UnderstoodPart())
        await user.press("chips.switch")
        assert desk.asked[-1][0] == "a view"
        await user.sees(f"(off: {chip.words})")
        await user.press("plan.undo")
        assert user.app.plan_screen.off == ()
        await user.press("plan.redo")
        await user.sees(f"(off: {chip.words})")
        chips = user.app.screen.query_one(Chips)
        await on_chips(user, len(chips._chips) - 1)
        await user.press("chips.switch")
        assert desk.asked[-1][0] == f"a view, {chip.words}"
        assert "(off:" not in user.text

    drive(app, steps)


def test_everything_with_chips_is_done_by_keys(app: FlaneurApp, desk: Any) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        chip = await on_a_wish(user)
        await user.press("chips.right", "chips.left")
        user.app.plan_screen.asked_for = f"{chip.words}, a view"
        await user.press("chips.pin")
        await user.sees(f"[⚿ {chip.words}]")
        await user.press("chips.change")
        await answered(user, "loud trams")
        assert desk.asked[-1][0] == "loud trams, a view"
        await on_a_wish(user)
        user.app.plan_screen.asked_for = f"{chip.words}, a view"
        await user.press("chips.switch")
        assert desk.asked[-1][0] == "a view"
        await on_a_wish(user)
        user.app.plan_screen.asked_for = f"{chip.words}, a view"
        await user.press("chips.drop")
        assert desk.asked[-1][0] == "a view"

    assert ids_of("chips") <= drive(app, steps)


def test_what_is_pinned_is_asked_for_in_the_next_request_and_after_a_restart(
    app: FlaneurApp, desk: Any, walk: PlanDocument
) -> None:
    from tui.app import FlaneurApp as Again

    async def first(user: Driver) -> None:
        await planned(user)
        await on_chips(user, 1)
        await user.press("chips.pin")

    async def second(user: Driver) -> None:
        await user.until(lambda: user.app.plan_screen.pinned)
        line = user.app.screen.query_one(RequestLine)
        line.focus()
        line.value = "trams"
        await user.key("enter")
        await user.until(lambda: len(desk.asked) == 2)

    drive(app, first)
    drive(Again(desk), second)
    (held,) = [each for each in walk.understood.subrequests if each.pos in desk.asked[1][0]]
    assert desk.asked[1][0].startswith("trams, ")
    assert held.pos


# --- requests ---


def test_the_request_line_is_gone_through_by_keys(app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.request")
        line = user.app.screen.query_one(RequestLine)
        line.value = "draft"
        await user.press("request.before")
        assert line.value == REQUEST
        await user.press("request.after")
        assert line.value == "draft"
        await user.press("request.leave")
        assert isinstance(user.app.screen.focused, Timeline)

    assert ids_of("request") <= drive(app, steps)


def test_a_request_is_undone_like_an_edit(app: FlaneurApp, desk: Any, walk: PlanDocument) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        screen = user.app.plan_screen
        desk.walk = replace(walk, stops=walk.stops[1:])
        screen.replan(REQUEST, ["--hours", "3"])
        await user.until(lambda: len(desk.asked) == 2)
        await user.sees(f"out: {walk.stops[0].name}")
        assert screen.options == ["--hours", "3"]
        await user.press("plan.undo")
        await user.sees(f"in: {walk.stops[0].name}")
        assert screen.options == []
        await user.press("plan.redo")
        assert screen.options == ["--hours", "3"]
        await user.press("plan.undo", "plan.undo")
        assert screen.document is not None

    drive(app, steps)


def test_the_frame_lasts_but_not_its_day(app: FlaneurApp, desk: Any) -> None:
    from tui.app import FRAME, frame_in

    async def steps(user: Driver) -> None:
        await planned(user)
        user.app.plan_screen.replan(REQUEST, ["--date", "2026-11-26", "--pace", "slow"])
        await user.until(lambda: len(desk.asked) == 2)

    drive(app, steps)
    assert frame_in(desk.kept[FRAME]) == (["--pace", "slow"], ())


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"options": 3}', '{"pinned": [3]}'])
def test_a_frame_that_nobody_wrote_is_none(text: str | None) -> None:
    from tui.app import frame_in

    assert frame_in(text) == ([], ())


# --- two walks ---


def test_variants_of_a_request_stand_side_by_side(
    app: FlaneurApp, desk: Any, walk: PlanDocument
) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        desk.walk = replace(walk, stops=walk.stops[1:])
        await user.press("plan.vary")
        await user.sees("Compare this walk with")
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, CompareScreen))
        avoided = {stop.name for stop in walk.stops if not stop.required}
        assert set(desk.asked[-1][1].avoid) == avoided
        await user.sees("On the screen", "Other places", "only here", "In both:")
        await user.press("compare.right", "compare.left", "compare.other", "compare.take")
        await user.until(lambda: isinstance(user.app.screen, PlanScreen))
        await user.sees(f"out: {walk.stops[0].name}")
        await user.press("plan.undo")
        await user.sees(f"in: {walk.stops[0].name}")
        await user.press("plan.vary")
        await user.sees("Compare this walk with")
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, CompareScreen))
        await user.press("compare.leave")
        assert isinstance(user.app.screen, PlanScreen)

    pressed = drive(app, steps)
    assert ids_of("compare") <= pressed


def test_a_variant_that_cannot_be_is_told(
    app: FlaneurApp, desk: Any, impossible: PlanDocument
) -> None:
    async def steps(user: Driver) -> None:
        await planned(user)
        desk.walk = impossible
        await user.press("plan.vary")
        await user.sees("Compare this walk with")
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        assert "Ateneum is closed on Mondays." in user.text

    drive(app, steps)


async def saved_story(user: Driver) -> None:
    desk: Any = user.app.desk
    one = await Desk.save(desk, replace(desk.walk, request="one", plan_id=None))
    two = await Desk.save(desk, replace(desk.walk, request="two", stops=desk.walk.stops[1:]))
    await user.key("escape")
    await user.press("go.plans")
    await user.until(lambda: isinstance(user.app.screen, PlansScreen) and len(user.rows) == 2)
    await user.press("list.first", "plans.mark")
    await user.until(lambda: "✚" in user.rows[0])
    await user.press("list.last", "plans.compare")
    await user.until(lambda: isinstance(user.app.screen, CompareScreen))
    await user.sees(one.plan_id or "", two.plan_id or "")
    await user.press("compare.leave", "plans.duplicate")
    await user.until(lambda: len(user.rows) == 3)
    path: Path = desk.session.home.root / "saved.json"
    await user.press("plans.export", "list.last")
    await user.key("enter")
    await answered(user, str(path))
    await user.until(path.exists)
    assert decode(await asyncio.to_thread(path.read_text)).request in {"one", "two"}
    await user.press("plans.remove", "confirm.yes")
    await user.until(lambda: len(user.rows) == 2)
    await user.press("plans.open")
    await user.until(lambda: isinstance(user.app.screen, PlanScreen))


def test_everything_with_saved_walks_is_done_by_keys(app: FlaneurApp) -> None:
    assert ids_of("plans") <= drive(app, saved_story)


def test_everything_with_saved_walks_is_done_by_other_keys(app: FlaneurApp, desk: Any) -> None:
    drive(app, saved_story, NARROW, with_keys(desk, "plans"))


# --- leaving, and coming back ---


def test_escape_stops_the_model_and_the_walk_is_told_plainly(app: FlaneurApp, desk: Any) -> None:
    hushed: list[bool] = []

    async def narrate(document: PlanDocument, on_text: Any, cancel: Any) -> PlanDocument:
        on_text("You set out.")
        for _ in range(500):
            if cancel():
                break
            await asyncio.sleep(0.01)
        hushed.append(True)
        return document

    desk.narrate = narrate

    async def steps(user: Driver) -> None:
        user.app.screen.query_one(RequestLine).value = REQUEST
        await user.pilot.press("enter")
        for _ in range(100):
            await asyncio.sleep(0.02)
            if "Esc stops" in user.text and "You set out." in user.text:
                break
        await user.pilot.press("escape")
        await user.until(lambda: hushed)
        assert "Esc stops" not in user.text

    drive(app, steps)


def test_ctrl_c_leaves_and_copies_where_something_is_marked(app: FlaneurApp) -> None:
    async def steps(user: Driver) -> None:
        line = user.app.screen.query_one(RequestLine)
        line.value = EXAMPLES[0]
        line.select_all()
        await user.key("ctrl+c")
        assert user.app.clipboard == EXAMPLES[0]
        assert user.app.is_running
        line.selection = type(line.selection)(0, 0)
        await user.pilot.press("ctrl+c")

    drive(app, steps)
    assert app.return_code == 0


def test_a_walk_of_before_is_there_with_its_edits(
    app: FlaneurApp, desk: Any, walk: PlanDocument
) -> None:
    from tui.app import FlaneurApp as Again
    from tui.desk import TOLD

    async def first(user: Driver) -> None:
        await planned(user)
        await user.press("plan.remove")

    async def second(user: Driver) -> None:
        await user.sees("edited by you")
        assert walk.stops[0].name not in user.text.split("─")[-1]

    drive(app, first)
    assert decode(desk.kept[TOLD]).edits == (Remove(place_id=walk.stops[0].place_id),)
    drive(Again(desk), second)


def test_a_saved_walk_of_before_this_version_is_no_trouble(app: FlaneurApp, desk: Any) -> None:
    from tui.desk import TOLD

    desk.kept[TOLD] = encode(desk.walk).replace('"status": "ok"', '"status": "fine"')

    async def steps(user: Driver) -> None:
        await user.sees(EXAMPLES[0][:30])

    drive(app, steps)


# --- pictures ---


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ("off", "pictures = true under [tui]"),
        ("missing", "textual-image"),
        ("none", "neither Sixel nor the way of Kitty"),
    ],
)
def test_why_there_is_no_picture_is_told(desk: Any, known: Any, words: str) -> None:
    from tui.app import FlaneurApp as Pictured

    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.picture")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        told = " ".join(str(each.content) for each in user.app.screen.query(Static))
        assert words in told

    drive(Pictured(desk, pictures=known), steps)


def test_a_picture_shows_the_walk_in_the_colours_of_the_theme(
    walk: PlanDocument, ground: Any
) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    from tui.picture import picture_of
    from tui.themes import THEMES

    theme = THEMES[0]
    colours = {
        "background": str(theme.background),
        "foreground": str(theme.foreground),
        **theme.variables,
    }
    drawn = picture_of(walk, ground, (400, 300), colours, chosen=0)
    assert drawn.size == (400, 300)
    seen = {colour for _, colour in drawn.getcolors(400 * 300) or ()}

    def rgb(name: str) -> tuple[int, ...]:
        return tuple(bytes.fromhex(colours[name].removeprefix("#")))

    for name in ("background", "map-walk", "map-leg", "map-water"):
        assert rgb(name) in seen, name


# textual-image reads pixels in a way that Pillow has renamed.
@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")
def test_a_picture_is_shown_where_the_terminal_can(desk: Any) -> None:
    pytest.importorskip("textual_image", reason="textual-image is not installed")
    from textual_image.widget import Image

    from tui.app import FlaneurApp as Pictured
    from tui.screens.picture import PictureScreen

    async def steps(user: Driver) -> None:
        await planned(user)
        await user.press("plan.picture")
        await user.until(lambda: isinstance(user.app.screen, PictureScreen))
        await user.until(lambda: user.app.screen.query(Image))
        await user.sees("1 Kaisaniemen puisto", "© OpenStreetMap contributors")
        await user.pilot.resize_terminal(80, 24)
        await user.press("picture.leave")
        assert isinstance(user.app.screen, PlanScreen)

    drive(Pictured(desk, pictures="sixel"), steps)
