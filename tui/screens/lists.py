"""What all lists have in common: a heading, a list, and what is known of the chosen entry."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.screens.abstract import AbstractScreen
from tui.screens.dialogs import Choice, Trouble
from tui.widgets.keyline import KeyLine
from tui.widgets.timeline import MOVES

if TYPE_CHECKING:
    import asyncio

    from rich.console import RenderableType
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets.option_list import Option

    from tui.app import FlaneurApp


_BAR = 20


class Rows(Choice, inherit_bindings=False):
    """A list in which a click chooses, and another one on what is chosen opens it.

    What Enter does with the chosen entry is for its screen to say: an Enter of the list's own would
    go on doing it where another key is to.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES]

    async def _on_click(self, event: events.Click) -> None:
        at = event.style.meta.get("option")
        event.prevent_default()
        if at is None or self.get_option_at_index(at).disabled:
            return
        if at == self.highlighted:
            self.action_select()
        else:
            self.highlighted = at


class ListScreen(AbstractScreen[None]):
    """A heading, a list, and what is known of the chosen entry."""

    app: FlaneurApp
    HEADING = ""
    NOTHING = ""

    CSS_PATH = "lists.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back", key_display="Esc", id="list.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.stop: asyncio.Event | None = None
        self._offered: object = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(Text(f" {self.HEADING}", "bold"), classes="heading")
        with Horizontal(classes="body"):
            yield Rows(id="rows", classes="list")
            with VerticalScroll(classes="detail"):
                yield Static(id="detail")
        yield Static("", id="note", classes="note")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fetch the list behind the first frame."""
        self.fetch()

    @abstractmethod
    def fetch(self) -> object:
        """Begin to show the list as it is now."""

    @property
    def applies(self) -> object:
        """What it depends on which keys apply."""
        return self.stop

    def offer(self) -> None:
        """Offer the keys that apply now, if they are others than before: it costs a layout."""
        if (now := self.applies) != self._offered:
            self._offered = now
            self.refresh_bindings()

    def detail(self, key: str) -> RenderableType:
        """Return what is known of an entry."""
        del key
        return ""

    def show_progress(self, share: float | None, words: str) -> None:
        """Show how far a long step is."""
        line = Text(clean(words), no_wrap=True, overflow="ellipsis")
        if share is not None:
            filled = round(share * _BAR)
            line.append(f"  {'█' * filled}{'░' * (_BAR - filled)} {share:.0%}")
        if self.stop is not None:
            line.append("  Esc stops it", "dim")
        self.query_one("#note", Static).update(line)

    def end_long(self) -> None:
        """Note that what took a while is over."""
        self.stop = None
        if self.is_attached:
            self.say("")
            self.offer()

    @property
    def chosen(self) -> str | None:
        """The chosen entry; a screen that is being left has none."""
        for rows in self.query("#rows").results(Choice):
            if rows.highlighted is not None:
                return rows.get_option_at_index(rows.highlighted).id
        return None

    @on(OptionList.OptionHighlighted, "#rows")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id is not None:
            self.query_one("#detail", Static).update(self.detail(event.option.id))

    def action_back(self) -> None:
        """Stop what is under way, or go back to the plan."""
        if self.stop is not None and not self.stop.is_set():
            self.stop.set()
        else:
            self.app.pop_screen()

    def say(self, words: str) -> None:
        """Tell what was done, beneath the list; one that is being left has no such line."""
        for note in self.query("#note").results(Static):
            note.update(Text(clean(words)))

    def trouble(self, error: FlaneurError) -> None:
        """Explain what went wrong."""
        self.app.push_screen(Trouble(error.problem, error.next_step))


class FetchedScreen(ListScreen):
    """A list that is fetched as a whole, and again whenever something of it has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.topic: object = None
        self._shown_topic: object = None
        self._later = ""

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
        at, chosen = rows.highlighted or 0, self.chosen
        rows.clear_options()
        rows.add_options(options)
        note.update(Text(clean(self._later or ("" if options else self.NOTHING))))
        self._later = ""
        self.query_one("#detail", Static).update("")
        if options:
            ids = [option.id for option in options]
            # What was chosen stays so, unless something else was asked for.
            is_same = self.topic == self._shown_topic
            at = min(at, len(ids) - 1) if is_same else 0
            is_there = is_same and chosen is not None and chosen in ids
            rows.highlighted = ids.index(chosen) if is_there else at
        self._shown_topic = self.topic
        self.offer()
        if self.focused is None:
            rows.focus()

    @abstractmethod
    async def options(self) -> list[Option]:
        """Return the entries."""

    def tell_later(self, words: str) -> None:
        """Tell what was done once the list is fetched anew."""
        self._later = words


class UsedScreen(FetchedScreen):
    """A list of things one of which is in use: Enter, or a click on the chosen one, changes that.

    Attributes
    ----------
    BEGINS
        Actions that wait until nothing else is under way.
    OF_ONE
        Those that moreover need an entry that is there, not one that is on offer.
    """

    BEGINS: ClassVar[frozenset[str]] = frozenset()
    OF_ONE: ClassVar[frozenset[str]] = frozenset()

    @property
    @abstractmethod
    def is_there(self) -> bool:
        """Whether what is chosen is there, and not on offer."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies to the chosen entry."""
        del parameters
        if action in self.BEGINS | self.OF_ONE and self.stop is not None:
            return False
        return action not in self.OF_ONE or self.is_there

    @property
    def applies(self) -> object:
        """What it depends on which keys apply."""
        return self.stop, self.is_there

    @on(OptionList.OptionHighlighted, "#rows")
    def _moved(self, _event: OptionList.OptionHighlighted) -> None:
        self.offer()

    @on(OptionList.OptionSelected, "#rows")
    def _opened(self, _event: OptionList.OptionSelected) -> None:
        self.action_use()

    @abstractmethod
    def action_use(self) -> object:
        """Use the chosen entry from now on."""
