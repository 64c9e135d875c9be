"""What ``config.toml`` says, seen and changed: theme, models, and every key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from planner.errors import FlaneurError, UsageError
from tui.belongings import configured, settle
from tui.keys import PLACES, every_key, in_the_way, shown
from tui.screens.dialogs import Ask, Choose, Dialog
from tui.screens.lists import FetchedScreen
from tui.themes import THEMES

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.belongings import Configured
    from tui.keys import Key

_USUAL = " usual"
_SECTIONS = {
    "theme": ("tui", "theme"),
    "pictures": ("tui", "pictures"),
    "model": ("model", "name"),
    "gpu_layers": ("model", "gpu_layers"),
    "embeddings": ("embeddings", "folder"),
}
_TITLES = {
    "theme": "Theme",
    "pictures": "Real pictures",
    "model": "Language model",
    "gpu_layers": "Layers on the graphics card",
    "embeddings": "Embedding model",
}
_ABOUT = {
    "theme": "The colours: dark, light, high-contrast, or none at all. $NO_COLOR wins over it.",
    "pictures": "Whether V shows the map as a real picture, where the terminal can and the package "
    "textual-image is there. It is asked for at the next start.",
    "model": "Reads requests and tells walks. M shows the models that are here and adds others.",
    "gpu_layers": "0 for none, -1 for all; where llama.cpp was built for it (D tells).",
    "embeddings": "A folder with a model in the layout of sentence-transformers; it tells what is "
    "like what. Places are embedded anew with another one.",
}


class SettingsScreen(FetchedScreen):
    """The settings, and beneath them every key."""

    HEADING = "Settings"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "change", "Change", priority=True, id="settings.change"),
        Binding("plus", "also", "Another key", key_display="+", id="settings.also"),
        Binding("r,delete", "reset", "As usual", key_display="r", id="settings.reset"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._said: Configured | None = None
        self._keys: dict[str, Key] = {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies to the chosen entry."""
        del parameters
        if action == "also":
            return self.chosen in self._keys
        return True

    @property
    def applies(self) -> object:
        """What it depends on which keys apply."""
        return self.chosen in self._keys

    async def options(self) -> list[Option]:
        """Return the settings and the keys."""
        said = self._said = await configured(self.app.desk)
        keys = await asyncio.to_thread(every_key, said.keys)
        self._keys = {key.id: key for key in keys}
        options = [Option(self._line(name), id=name) for name in _SECTIONS]
        group = ""
        for key in keys:
            if key.group != group:
                group = key.group
                title = f"Keys · {PLACES.get(group, group)}"
                options.append(Option(Text(f"\n{title}", "bold underline"), disabled=True))
            options.append(Option(_key_line(key), id=key.id))
        self.tell_later(self._later or f"Kept in {said.file}")
        return options

    def _value(self, name: str) -> str:
        said = self._said
        if said is None:
            return ""
        values = {
            "theme": said.theme,
            "pictures": "on" if said.pictures else None,
            "model": said.model,
            "gpu_layers": str(said.gpu_layers) if said.gpu_layers else None,
            "embeddings": None if said.embeddings is None else str(said.embeddings),
        }
        return values[name] or ""

    def _line(self, name: str) -> Text:
        value = self._value(name)
        return Text.assemble(
            (f"{_TITLES[name]:<28}", "bold"), (clean(value), "") if value else ("as usual", "dim")
        )

    def detail(self, key: str) -> RenderableType:
        """Return what a setting is about."""
        if key in self._keys:
            each = self._keys[key]
            return Text.assemble(
                (each.words or each.id, "bold"),
                f"\n{PLACES.get(each.group, each.group)}\n\nKeys: {shown(each.keys)}\n",
                (f"Usually: {shown(each.usual)}\n" if each.is_changed else ""),
                (f'\n[keys]\n"{each.id}" = "{",".join(each.keys)}"', "dim"),
            )
        section, name = _SECTIONS[key]
        return Text.assemble(
            (_TITLES[key], "bold"), f"\n{_ABOUT[key]}\n", (f"\n[{section}]\n{name} = …", "dim")
        )

    @on(OptionList.OptionHighlighted, "#rows")
    def _moved(self, _event: OptionList.OptionHighlighted) -> None:
        self.offer()

    @on(OptionList.OptionSelected, "#rows")
    def _opened(self, _event: OptionList.OptionSelected) -> None:
        self.action_change()

    @work(exclusive=True, group="act")
    async def action_change(self) -> None:
        """Change the chosen setting."""
        chosen = self.chosen
        if chosen is None:
            return
        try:
            if chosen in self._keys:
                await self._change_key(self._keys[chosen])
            elif chosen == "theme":
                await self._change_theme()
            elif chosen == "pictures":
                is_on = self._said is not None and self._said.pictures
                await self._write(chosen, None if is_on else True)
            elif chosen == "model":
                await self._change_model()
            else:
                await self._change_words(chosen)
        except FlaneurError as error:
            self.trouble(error)

    @work(exclusive=True, group="act")
    async def action_also(self) -> None:
        """Give the chosen thing one more key."""
        if (chosen := self.chosen) in self._keys:
            try:
                await self._change_key(self._keys[chosen or ""], more=True)
            except FlaneurError as error:
                self.trouble(error)

    @work(exclusive=True, group="act")
    async def action_reset(self) -> None:
        """Let the chosen setting be as usual again."""
        chosen = self.chosen
        if chosen is None:
            return
        try:
            if chosen in self._keys:
                await self._write_keys(self._keys[chosen], None)
            else:
                await self._write(chosen, None)
                if chosen == "model":
                    self._model_changed()
        except FlaneurError as error:
            self.trouble(error)

    async def _change_theme(self) -> None:
        rows = [(theme.name, theme.name, "") for theme in THEMES]
        name = await self.app.push_screen_wait(Choose("Which colours?", rows))
        if name is not None:
            self.app.theme = name
            await self._write("theme", name)

    async def _change_model(self) -> None:
        from tui.screens.models import NO_MODEL

        here = await self.app.desk.models()
        rows = [
            (_USUAL, "as usual", "the best one that is here"),
            (NO_MODEL, "none", "rules alone"),
            *((name, name, "") for name, _, _ in here),
        ]
        name = await self.app.push_screen_wait(Choose("Which language model?", rows))
        if name == _USUAL:
            await self._write("model", None)
            self._model_changed()
        elif name is not None:
            words = await self.app.desk.command("models", "use", "--", name)
            self.tell_later(" ".join(words))
            self._model_changed()
            self.fetch()

    def _model_changed(self) -> None:
        self.app.desk.model = None
        self.app.desk.forget_planners()
        self.app.change_model()

    async def _change_words(self, name: str) -> None:
        hint = "a whole number" if name == "gpu_layers" else "a folder; r goes back to the usual"
        words = await self.app.push_screen_wait(Ask(_TITLES[name], self._value(name), hint))
        if words is None:
            return
        if name != "gpu_layers":
            await self._write(name, words)
            return
        try:
            layers = int(words)
        except ValueError:
            raise UsageError(
                f'"{words}" is no whole number.', "0 is for none, -1 for all."
            ) from None
        await self._write(name, layers)

    async def _write(self, name: str, value: str | int | None) -> None:
        section, key = _SECTIONS[name]
        await settle(self.app.desk, section, key, value)
        said = "as usual" if value is None else "on" if value is True else str(value)
        self.tell_later(f"{_TITLES[name]}: {said}.")
        self.fetch()

    async def _change_key(self, key: Key, *, more: bool = False) -> None:
        pressed = await self.app.push_screen_wait(PressKey(key.words or key.id))
        if pressed is None:
            return
        other = in_the_way(self._keys.values(), key, pressed)
        if other is not None:
            raise UsageError(
                f"{shown([pressed])} is {other.words or other.id} already ({other.id}).",
                "Take another key, or change that one first.",
            )
        keys = (*key.keys, pressed) if more else (pressed,)
        await self._write_keys(key, tuple(dict.fromkeys(keys)))

    async def _write_keys(self, key: Key, keys: tuple[str, ...] | None) -> None:
        await settle(self.app.desk, "keys", key.id, None if keys is None else ",".join(keys))
        said = await configured(self.app.desk)
        self.app.set_keymap(dict(said.keys))
        now = shown(key.usual if keys is None else keys)
        self.tell_later(f"{key.words or key.id}: {now}.")
        self.fetch()


class PressKey(Dialog):
    """Ask for a key by having it pressed.

    Parameters
    ----------
    words
        What the key shall do.
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="panel"):
            yield Static(Text(f"Press the key for: {clean(self._words)}", "bold"), classes="title")
            yield Static(Text("Esc leaves it as it is", "dim"))

    def on_key(self, event: events.Key) -> None:
        """Take the key."""
        event.stop()
        event.prevent_default()
        self.dismiss(None if event.key == "escape" else event.key)


def _key_line(key: Key) -> Text:
    return Text.assemble(
        (f"{shown(key.keys):<16}", "bold"),
        " ",
        key.words or key.id,
        ("  yours" if key.is_changed else "", "bold"),
        no_wrap=True,
        overflow="ellipsis",
    )
