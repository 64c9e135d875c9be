"""The first screen of all: what this is, and the three ways to begin."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.containers import Vertical
from textual.widgets import Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.belongings import set_up_demo
from tui.screens.dialogs import Choice, Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widgets import OptionList

    from tui.app import FlaneurApp

DEMO, EXTRACT, LOOK = "demo", "extract", "look"
_ABOUT = (
    "Say in one sentence what you would like, and get a walk that holds: open doors, real "
    "streets, your hours. Everything happens on this computer; nothing ever leaves it."
)
_WAYS = (
    (DEMO, "Set up central Helsinki", "from a map that is installed with flaneur; half a minute"),
    (EXTRACT, "Add your own city", "from an OpenStreetMap extract that you have"),
    (LOOK, "Look around first", "C adds a city later"),
)
_NEXT = (
    "Then: type what you would like and press Enter. L brings in your own places, M a language "
    "model (none is needed). ? shows the keys that apply, Ctrl-P finds everything, Ctrl-Q leaves."
)
_BAR = 20


class WelcomeScreen(Dialog):
    """What this is and how to begin; the answer is the way that was taken."""

    app: FlaneurApp

    def __init__(self) -> None:
        super().__init__()
        self._stop: asyncio.Event | None = None

    def compose(self) -> ComposeResult:
        """Lay out what this is over the ways to begin."""
        with Vertical(classes="panel"):
            yield Static(Text("Welcome to Flâneur", "bold"), classes="title")
            yield Static(Text(f"{_ABOUT}\n"))
            yield Choice(
                *(
                    Option(Text.assemble((words, "bold"), "\n  ", (beneath, "dim")), id=key)
                    for key, words, beneath in _WAYS
                ),
                id="answers",
            )
            yield Static("", id="note")
            yield Static(Text(_NEXT, "dim"))

    def on_mount(self) -> None:
        """Stand on the first way."""
        answers = self.query_one("#answers", Choice)
        answers.highlighted = 0
        answers.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Begin."""
        if self._stop is not None:
            return
        if event.option.id == DEMO:
            self._set_up()
        else:
            self.dismiss(event.option.id)

    @work(exclusive=True, group="act")
    async def _set_up(self) -> None:
        self._stop = asyncio.Event()
        note = self.query_one("#note", Static)
        note.update(Text("Setting up central Helsinki …"))
        try:
            name = await set_up_demo(self.app.desk, self._stop)
            await self.app.desk.use_city(name)
        except FlaneurError as error:
            note.update(Text(clean(str(error)), "bold"))
            return
        finally:
            self._stop = None
        self.app.change_city(name)
        self.dismiss(DEMO)

    def show_progress(self, share: float | None, words: str) -> None:
        """Show how far it is."""
        if self._stop is None:
            return
        line = Text(clean(words), no_wrap=True, overflow="ellipsis")
        if share is not None:
            filled = round(share * _BAR)
            line.append(f"  {'█' * filled}{'░' * (_BAR - filled)} {share:.0%}")
        line.append("  Esc stops it", "dim")
        self.query_one("#note", Static).update(line)

    def action_leave(self) -> None:
        """Stop what is under way, or look around first."""
        if self._stop is not None and not self._stop.is_set():
            self._stop.set()
        else:
            self.dismiss(None)
