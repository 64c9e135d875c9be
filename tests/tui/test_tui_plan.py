"""The plan screen as a person drives it: keys in, edits and words out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Static

from planner.errors import FlaneurError
from planner.itinerary.editing import HereNow, Lock, Move, Remove, Stay, Swap, Unlock
from tui.desk import ASKED, TOLD
from tui.screens.dialogs import Trouble
from tui.widgets.map import MapView
from tui.widgets.request import EXAMPLES, RequestLine
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from planner.itinerary.document import PlanDocument
    from tui.app import FlaneurApp

    Shown = Callable[[FlaneurApp], str]

WIDE, NARROW = (120, 40), (80, 24)
REQUEST = "see Ateneum and a park"


async def settled(pilot: Pilot[Any]) -> None:
    """Let everything that is under way come to its end."""
    for _ in range(3):
        await pilot.pause()
        # A question that waits for an answer is under way, but it is the person's turn.
        if busy := [each for each in pilot.app.workers if each.group != "now"]:
            await pilot.app.workers.wait_for_complete(busy)
    await pilot.pause()


async def planned(pilot: Pilot[Any]) -> None:
    """Ask for the walk, as a person would."""
    await settled(pilot)
    pilot.app.screen.query_one(RequestLine).value = REQUEST
    await pilot.press("enter")
    await settled(pilot)


def drive(app: FlaneurApp, steps: Any, size: tuple[int, int] = WIDE) -> None:
    """Run steps against the application."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await steps(pilot)

    asyncio.run(run())


def test_the_first_screen_explains_itself(app: FlaneurApp, shown: Shown) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        text = shown(app)
        for example in EXAMPLES:
            assert example[:30] in text
        assert "offline" in text
        assert isinstance(app.screen.focused, RequestLine)

    drive(app, steps, NARROW)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_request_becomes_a_walk(
    app: FlaneurApp, desk: Any, shown: Shown, walk: PlanDocument, size: tuple[int, int]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        text = shown(app)
        assert walk.stops[0].name in text
        assert "10:" in text
        assert "OpenStreetMap contributors" in text or "OSM contributors" in text
        assert "You set out from the cathedral." in text
        assert f"{len(walk.stops)} stops" in text
        assert isinstance(app.screen.focused, Timeline)

    drive(app, steps, size)
    assert desk.asked[0][0] == REQUEST
    assert desk.kept[ASKED] == REQUEST
    assert REQUEST in desk.kept[TOLD]


def test_an_example_is_taken_with_enter(app: FlaneurApp, desk: Any) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        app.screen.query_one(Timeline).focus()
        await pilot.press("down", "down", "enter")
        await settled(pilot)

    drive(app, steps)
    assert desk.asked[0][0] in EXAMPLES


def _expect(name: str, walk: PlanDocument, edit: Any) -> bool:
    first = walk.stops[0].place_id
    wanted: dict[str, Any] = {
        "lock": Lock(place_id=first),
        "remove": Remove(place_id=first),
        "swap": Swap(place_id=first, other_id="osm:node/1"),
        "later": Move(place_id=first, to=1),
    }
    if name in wanted:
        return bool(edit == wanted[name])
    return isinstance(edit, Stay) and edit.place_id == first


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("lock", ["l"]),
        ("remove", ["x"]),
        ("remove", ["delete"]),
        ("swap", ["s", "WAIT", "enter"]),
        ("later", ["J"]),
        ("later", ["shift+down"]),
        ("stay", ["t", "WAIT", "enter"]),
        ("longer", ["greater_than_sign"]),
        ("shorter", ["less_than_sign"]),
    ],
)
def test_a_key_edits_the_chosen_stop(
    app: FlaneurApp, desk: Any, walk: PlanDocument, name: str, keys: list[str]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        for key in keys:
            if key == "WAIT":
                await settled(pilot)
            else:
                await pilot.press(key)
        await settled(pilot)

    drive(app, steps)
    assert len(desk.edits) == 1
    assert _expect(name, walk, desk.edits[0]), desk.edits


def test_a_stop_is_locked_then_held_in_place_then_let_go(app: FlaneurApp, desk: Any) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        for _ in range(3):
            await pilot.press("l")
            await settled(pilot)

    drive(app, steps)
    assert [type(each) for each in desk.edits] == [Lock, Lock, Unlock]
    assert desk.edits[1].in_place


@pytest.mark.parametrize(
    ("locks", "key", "next_step"),
    [
        (1, "x", "then x takes it out"),
        (2, "x", "then x takes it out"),
        (1, "s", "then s swaps it"),
        (2, "J", "then J and K move it"),
    ],
)
def test_what_is_locked_says_how_to_let_it_go(
    app: FlaneurApp,
    desk: Any,
    walk: PlanDocument,
    locks: int,
    key: str,
    next_step: str,
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        for _ in range(locks):
            await pilot.press("l")
            await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        assert isinstance(app.screen, Trouble)
        assert f"{walk.stops[0].name} is locked" in app.screen._problem
        assert f"press l until its ⚿ is gone; {next_step}" in app.screen._next_step

    drive(app, steps)
    assert all(isinstance(each, Lock) for each in desk.edits)


def test_a_swap_without_another_place_says_what_to_do(
    app: FlaneurApp, desk: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_args: Any) -> tuple[Any, ...]:
        return ()

    monkeypatch.setattr(desk, "alternatives", none)

    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert "No other place answers the same wish" in shown(app)
        assert "x takes this one out" in shown(app)

    drive(app, steps)


def test_a_search_in_vain_says_what_was_looked_for(
    app: FlaneurApp, desk: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_args: Any) -> tuple[Any, ...]:
        return ()

    monkeypatch.setattr(desk, "search", none)

    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("a")
        await pilot.press(*"zz")
        await pilot.pause(0.3)
        await settled(pilot)
        assert "Nothing is found for “zz”. Try a shorter word" in shown(app)
        await pilot.press("backspace", "backspace")
        await pilot.pause(0.3)
        await settled(pilot)
        assert "Nothing is found" not in shown(app)

    drive(app, steps)


def test_an_edit_without_a_chosen_stop_says_how_to_choose_one(
    app: FlaneurApp, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(app, "notify", lambda words, **_how: told.append(words))

    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        app.screen.query_one(Timeline).highlighted = None
        for key in "lxs":
            await pilot.press(key)
            await settled(pilot)

    drive(app, steps)
    assert told == ["No stop is chosen: Tab goes to the list of stops, ↑ and ↓ choose one."] * 3
    assert desk.edits == []


def test_edits_are_undone_and_redone(app: FlaneurApp, shown: Shown, walk: PlanDocument) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        first = walk.stops[0].name
        await pilot.press("x")
        await settled(pilot)
        assert f"out: {first}" in shown(app)
        assert "edited by you" in shown(app)
        await pilot.press("u")
        await settled(pilot)
        assert f"in: {first}" in shown(app)
        await pilot.press("U")
        await settled(pilot)
        assert f"out: {first}" in shown(app)

    drive(app, steps)


def test_now_plans_the_rest_from_where_one_is(
    app: FlaneurApp, desk: Any, walk: PlanDocument
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("n")
        await settled(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)

    drive(app, steps)
    (edit,) = desk.edits
    assert isinstance(edit, HereNow)
    assert (edit.lat, edit.lon) == (walk.stops[0].lat, walk.stops[0].lon)
    assert edit.time == "09:00"


def test_keys_and_theme_are_as_the_config_says(
    app: FlaneurApp, desk: Any, walk: PlanDocument
) -> None:
    desk.session.home.root.joinpath("config.toml").write_text(
        '[tui]\ntheme = "light"\n[keys]\n"plan.remove" = "f6"\n'
    )

    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        assert app.theme == "light"
        await pilot.press("x")
        await settled(pilot)
        assert desk.edits == []
        await pilot.press("f6")
        await settled(pilot)

    drive(app, steps)
    assert desk.edits == [Remove(place_id=walk.stops[0].place_id)]


def test_a_config_that_cannot_be_read_is_a_panel(app: FlaneurApp, desk: Any, shown: Shown) -> None:
    desk.session.home.root.joinpath("config.toml").write_text("[keys]\nswap = 3\n")

    async def steps(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        assert isinstance(app.screen, Trouble)
        assert "[keys]" in shown(app)

    drive(app, steps)


def test_letters_are_letters_while_one_types(app: FlaneurApp, desk: Any) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("slash")
        await pilot.press(*"xlsun")
        assert app.screen.query_one(RequestLine).value.endswith("xlsun")

    drive(app, steps)
    assert desk.edits == []


def test_requests_come_back_with_the_arrows(app: FlaneurApp) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("slash")
        line = app.screen.query_one(RequestLine)
        line.value = "half a"
        await pilot.press("up")
        assert line.value == REQUEST
        await pilot.press("down")
        assert line.value == "half a"

    drive(app, steps)


def test_an_error_is_a_panel_with_the_next_step(app: FlaneurApp, desk: Any, shown: Shown) -> None:
    desk.fails = FlaneurError("No street is near [b]there[/b].", "Choose another start.")

    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        assert isinstance(app.screen, Trouble)
        assert "[b]there[/b]" in shown(app)
        assert "→ Choose another start." in shown(app)
        await pilot.press("escape")
        await settled(pilot)
        assert not isinstance(app.screen, Trouble)

    drive(app, steps)


def test_a_fault_of_the_program_is_told_and_it_goes_on(
    app: FlaneurApp,
    desk: Any,
    shown: Shown,
    walk: PlanDocument,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLANEUR_HOME", str(tmp_path))

    async def broken(*_given: Any) -> PlanDocument:
        raise ZeroDivisionError("a slip")

    plan, desk.plan = desk.plan, broken

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        pilot.app.screen.query_one(RequestLine).value = REQUEST
        await pilot.press("enter")
        for _ in range(50):
            await pilot.pause(0.02)
            if isinstance(app.screen, Trouble):
                break
        assert isinstance(app.screen, Trouble)
        assert "something inside flaneur failed" in shown(app)
        await pilot.press("escape", "slash")
        desk.plan = plan
        await planned(pilot)
        assert walk.stops[0].name in shown(app)

    drive(app, steps)
    assert "ZeroDivisionError" in (tmp_path / "logs" / "flaneur.log").read_text()


def test_what_would_work_is_one_key_away(
    app: FlaneurApp, desk: Any, shown: Shown, impossible: PlanDocument, walk: PlanDocument
) -> None:
    desk.walk = impossible

    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        assert "Ateneum is closed on Mondays." in shown(app)
        desk.walk = walk
        await pilot.press("enter")
        await settled(pilot)
        assert walk.stops[0].name in shown(app)

    drive(app, steps)
    assert str(desk.asked[1][1].date) == "2026-11-25"


def test_the_frame_is_changed_in_a_form(app: FlaneurApp, desk: Any, shown: Shown) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("c")
        await settled(pilot)
        app.screen.query_one("#field--hours").value = "soon"  # type: ignore[attr-defined]
        await pilot.press("ctrl+s")
        assert "soon" in shown(app)
        app.screen.query_one("#field--hours").value = "2.5"  # type: ignore[attr-defined]
        app.screen.query_one("#field--loop").value = True  # type: ignore[attr-defined]
        await pilot.press("ctrl+s")
        await settled(pilot)

    drive(app, steps)
    wishes = desk.asked[-1][1]
    assert (wishes.hours, wishes.loop) == (2.5, True)


def test_a_chip_is_dropped_and_the_walk_planned_again(app: FlaneurApp, desk: Any) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        app.screen.query_one("#chips").focus()
        await pilot.press("x")
        await settled(pilot)

    drive(app, steps)
    assert len(desk.asked) == 2


def test_map_and_timeline_follow_each_other(app: FlaneurApp, walk: PlanDocument) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        timeline, drawing = app.screen.query_one(Timeline), app.screen.query_one(MapView)
        timeline.choose(2)
        await settled(pilot)
        assert drawing.chosen == 2
        drawing.focus()
        await pilot.press("right_square_bracket")
        await settled(pilot)
        assert timeline.chosen == 3 % len(walk.stops)

    drive(app, steps)


def test_the_map_moves_and_comes_back(app: FlaneurApp, shown: Shown) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("m")
        await settled(pilot)
        drawing = app.screen.query_one(MapView)
        assert app.screen.focused is drawing
        before = [strip.text for strip in drawing.draw()]
        for key in ("left", "h", "right", "l", "up", "k", "down", "j", "plus", "minus", "minus"):
            await pilot.press(key)
        moved = [strip.text for strip in drawing.draw()]
        assert moved != before
        await pilot.press("f")
        assert [strip.text for strip in drawing.draw()] == before
        await pilot.press("escape")
        assert not app.screen.has_class("wide-map")

    drive(app, steps)


def test_what_was_on_the_screen_is_there_again(
    app: FlaneurApp, desk: Any, shown: Shown, walk: PlanDocument
) -> None:
    from planner.itinerary.document import encode

    desk.kept = {ASKED: "one\ntwo", TOLD: encode(walk)}

    async def steps(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        assert walk.stops[0].name in shown(app)
        assert app.screen.query_one(RequestLine).asked == ["one", "two"]

    drive(app, steps)
    assert desk.asked == []


def test_a_size_change_at_any_time_is_fine(app: FlaneurApp, shown: Shown) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        for size in ((60, 15), (200, 60), (30, 10), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert max(len(line) for line in shown(app).splitlines()) <= size[0]

    drive(app, steps)


def test_help_lists_the_keys_that_apply(app: FlaneurApp, shown: Shown) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        await pilot.press("question_mark")
        await settled(pilot)
        assert "Keys that apply now" in shown(app)
        assert "Lock" in shown(app)

    drive(app, steps)


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "no-colour"])
def test_every_theme_shows_the_walk(app: FlaneurApp, shown: Shown, theme: str) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await planned(pilot)
        app.theme = theme
        await settled(pilot)
        assert "stops" in shown(app)

    drive(app, steps)


def test_a_city_that_has_come_is_no_longer_missed(app: FlaneurApp, desk: Any) -> None:
    async def nothing() -> None:
        return None

    desk.current_city = nothing

    async def steps(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        words = app.plan_screen.query_one("#words", Static)
        assert "No city is here" in str(words.content)
        app.change_city("helsinki")
        assert not str(words.content)

    drive(app, steps, NARROW)
