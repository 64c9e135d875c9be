"""What all lists have in common: a heading, a list, and what is known of the chosen entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList, Static

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.screens.dialogs import Choice, Trouble

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets.option_list import Option

    from tui.app import FlaneurApp


class ListScreen(Screen[None]):
    """A heading, a list, and what is known of the chosen entry."""

    app: FlaneurApp
    HEADING = ""
    NOTHING = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back", key_display="Esc", id="list.back"),
    ]

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(Text(f" {self.HEADING}", "bold"), classes="heading")
        with Horizontal(classes="body"):
            yield Choice(id="rows", classes="list")
            with VerticalScroll(classes="detail"):
                yield Static(id="detail")
        yield Static("", id="note", classes="note")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Fetch the list behind the first frame."""
        self.fetch()

    @work(exclusive=True, group="fetch")
    async def fetch(self) -> None:
        """Show the list as it is now."""
        note = self.query_one("#note", Static)
        try:
            options = await self.options()
        except FlaneurError as error:
            note.update(Text(str(error)))
            return
        rows = self.query_one("#rows", Choice)
        at = rows.highlighted or 0
        rows.clear_options()
        rows.add_options(options)
        note.update("" if options else self.NOTHING)
        self.query_one("#detail", Static).update("")
        if options:
            rows.highlighted = min(at, len(options) - 1)
        self.refresh_bindings()
        if not isinstance(self.focused, Input):
            rows.focus()

    async def options(self) -> list[Option]:
        """Return the entries."""
        raise NotImplementedError

    def detail(self, key: str) -> RenderableType:
        """Return what is known of an entry."""
        del key
        return ""

    def show_progress(self, share: float | None, words: str) -> None:
        """Show how far a long step is."""
        done = "" if share is None else f" {share:.0%}"
        self.query_one("#note", Static).update(Text(f"{clean(words)}{done}"))

    @property
    def chosen(self) -> str | None:
        """The chosen entry."""
        rows = self.query_one("#rows", Choice)
        at = rows.highlighted
        return None if at is None else rows.get_option_at_index(at).id

    @on(OptionList.OptionHighlighted, "#rows")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id is not None:
            self.query_one("#detail", Static).update(self.detail(event.option.id))

    def action_back(self) -> None:
        """Go back to the plan."""
        self.app.pop_screen()

    def trouble(self, error: FlaneurError) -> None:
        """Explain what went wrong."""
        self.app.push_screen(Trouble(error.problem, error.next_step))
