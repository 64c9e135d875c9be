"""Every key of every screen, widget and question can be another; the old one does nothing then."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from textual.actions import parse
from textual.binding import Binding
from textual.screen import Screen

from planner.cli.context import Session
from planner.config import Home
from tests.tui.conftest import QuickDesk
from tui.app import FlaneurApp
from tui.keys import every_key, in_the_way, owners
from tui.screens.code import CodeScreen
from tui.screens.compare import CompareScreen
from tui.screens.dialogs import Choice, Choose, Confirm, Find, Reading, Trouble
from tui.screens.doctor import DoctorScreen
from tui.screens.files import PickFile
from tui.screens.form import Field, Form
from tui.screens.frame import FrameScreen
from tui.screens.importing import ImportScreen
from tui.screens.library import LibraryScreen
from tui.screens.lists import Rows
from tui.screens.picture import PictureScreen
from tui.screens.plan import PlanScreen
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.dom import DOMNode
    from textual.pilot import Pilot

    from planner.itinerary.document import PlanDocument
    from tui.widgets.ground import Ground

NOW = dt.datetime(2026, 11, 25, 9)
MODIFIERS = ("", "ctrl+", "shift+", "alt+", "ctrl+shift+", "ctrl+alt+", "alt+shift+")
OTHERS = [f"{modifier}f{number}" for modifier in MODIFIERS for number in range(3, 25)]
CHANGED = {key.id: other for key, other in zip(every_key({}), OTHERS, strict=False)}
OWNERS = {owner.__name__: owner for owner in owners()}
BOUND = [
    pytest.param(name, binding, id=f"{name}-{binding.id}-{binding.action}")
    for name, owner in OWNERS.items()
    for binding in vars(owner)["BINDINGS"]
    if isinstance(binding, Binding) and binding.id
]
Found = dict[tuple[str, str], "Pressed"]


@dataclass(frozen=True)
class Pressed:
    """What an action was called with after its new key, and after its old ones."""

    new: tuple[Any, ...]
    old: tuple[Any, ...]


class Unread(ImportScreen):
    """An import of a file that nobody reads."""

    CSS_PATH = None

    def _read(self, *, rehearse: bool) -> None:  # type: ignore[override]
        assert rehearse


class Undrawn(PictureScreen):
    """A picture that nobody draws."""

    async def _draw(self) -> None: ...


async def unchecked(*_args: Any) -> tuple[Any, ...]:
    return ()


def somewhere(walk: PlanDocument, ground: Ground) -> dict[str, Callable[[], Screen[Any]]]:
    """Return what opens a screen of each kind; the rest is on the plan screen, or in its own."""

    async def nothing(_words: str) -> tuple[Any, ...]:
        return ()

    return {
        "CodeScreen": lambda: CodeScreen(walk.stops[0], 1),
        "CompareScreen": lambda: CompareScreen(walk, walk),
        "Choice": lambda: Choose("Which?", [("a", "This", ""), ("b", "That", "")]),
        "Dialog": lambda: Reading("Read", "words"),
        "Find": lambda: Find("What?", nothing),
        "Confirm": lambda: Confirm("Sure?"),
        "Trouble": lambda: Trouble("It is so.", "Go on."),
        "PickFile": lambda: PickFile("Which file?"),
        "Form": lambda: Form("Say", (Field("name", "Name"),)),
        "FrameScreen": lambda: FrameScreen([]),
        "ImportScreen": lambda: Unread("/nowhere.csv"),
        "Keeping": LibraryScreen,
        "ListScreen": DoctorScreen,
        "Rows": DoctorScreen,
        "PictureScreen": lambda: Undrawn(walk, ground, None),
    }


def node_of(app: FlaneurApp, owner: type) -> DOMNode:
    """Return what has the keys, with the focus where they apply."""
    if isinstance(app, owner):
        return app
    if isinstance(app.screen, owner):
        app.screen.set_focus(None)
        return app.screen
    found = next((each for each in app.screen.walk_children() if isinstance(each, owner)), None)
    assert found is not None, (owner, app.screen)
    found.display = True  # type: ignore[attr-defined]
    app.screen.set_focus(found)  # type: ignore[arg-type]
    return found


async def tried(pilot: Pilot[Any], node: DOMNode, owner: type, binding: Binding) -> Pressed:
    """Press the new key of a binding and its old ones, with an action that only notes."""
    _, name, given = parse(binding.action)
    calls: list[Any] = []

    # Textual hands on as many arguments as there are names for.
    def note(one: object = None, two: object = None) -> None:
        calls.append((one, two))

    setattr(node, f"action_{name}", note)
    app: FlaneurApp = pilot.app  # type: ignore[assignment]

    async def after(*keys: str) -> tuple[Any, ...]:
        calls.clear()
        node_of(app, owner)
        for key in keys:
            # What happens to a key before it reaches anybody: hundreds of them in seconds.
            if not await app._check_bindings(key, priority=True):
                await app._check_bindings(key)
        await pilot.pause()
        return tuple(calls)

    new = await after(CHANGED[binding.id or ""])
    assert new in {(), ((*given, None, None)[:2],)}, (owner, binding, new)
    old = await after(*binding.key.split(","))
    delattr(node, f"action_{name}")
    return Pressed(new, old)


async def pressed(app: FlaneurApp, walk: PlanDocument, ground: Ground) -> Found:
    """Try every key where it applies."""
    found: Found = {}
    places = somewhere(walk, ground)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.plan_screen.open_plan(walk, tell=False)
        app.set_keymap(CHANGED)
        for name, owner in OWNERS.items():
            opens = places.get(name)
            if opens is None and issubclass(owner, Screen) and not issubclass(PlanScreen, owner):
                opens = owner
            if opens is not None:
                await app.push_screen(opens())
                await pilot.pause()
            node = node_of(app, owner)
            node.check_action = lambda *_: True  # type: ignore[method-assign]
            for binding in vars(owner)["BINDINGS"]:
                if isinstance(binding, Binding) and binding.id:
                    found[name, binding.id] = await tried(pilot, node, owner, binding)
            if opens is not None:
                await app.pop_screen()
            del node.check_action
        await app.desk.close()
    return found


@pytest.fixture(scope="module")
def found(walk: PlanDocument, ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What all keys did, pressed once each in one application."""
    home = tmp_path_factory.mktemp("keys")
    desk = QuickDesk(walk, ground, home)
    desk.session = Session(Home(home, home / "cache"), NOW)
    desk.examine = unchecked  # type: ignore[method-assign]
    app = FlaneurApp(desk)
    return asyncio.run(pressed(app, walk, ground))


@pytest.mark.parametrize(("owner", "binding"), BOUND)
def test_what_is_remapped_answers_to_its_new_key_alone(
    found: Found, owner: str, binding: Binding
) -> None:
    answer = found[owner, binding.id or ""]
    assert len(answer.new) == 1
    assert answer.old == ()


@pytest.mark.parametrize("owner", OWNERS.values(), ids=list(OWNERS))
def test_every_key_of_ours_can_be_another(owner: type[DOMNode]) -> None:
    unnamed = [each for each in vars(owner)["BINDINGS"] if not getattr(each, "id", None)]
    assert unnamed == []


@pytest.mark.parametrize("kind", [Choice, Rows, Timeline])
def test_lists_have_no_keys_that_stay(kind: type[DOMNode]) -> None:
    keys = [each for _, each in kind._merge_bindings()]
    assert keys
    assert [each for each in keys if not each.id] == []


def test_there_is_a_new_key_for_each() -> None:
    assert len(CHANGED) == len(every_key({}))


@pytest.mark.parametrize(
    ("changed", "key", "other"),
    [
        ("library.take", "j", "list.down"),
        ("list.page_down", "n", "plan.now"),
        ("list.page_down", "F", "library.filter"),
        ("go.plans", "x", "plan.remove"),
        ("models.add", "q", "list.back"),
        ("cities.add", "ctrl+q", "app.quit"),
        ("cities.add", "v", None),
        ("plan.vary", "q", None),
        ("map.fit", "j", "map.down"),
    ],
)
def test_a_key_that_would_be_meant_for_two_things_is_found(
    changed: str, key: str, other: str | None
) -> None:
    keys = {each.id: each for each in every_key({})}
    found = in_the_way(keys.values(), keys[changed], key)
    assert (found and found.id) == other


def test_no_two_keys_are_in_each_others_way() -> None:
    keys = every_key({})
    for each in keys:
        for key in each.keys:
            assert in_the_way(keys, each, key) is None, (each.id, key)
