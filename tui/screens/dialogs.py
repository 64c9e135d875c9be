"""Small questions over a screen: choose, ask, search, and what went wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.widgets.timeline import CHOOSES, MOVES, Paged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import OptionList

    Row = tuple[str, str, str]

_PATIENCE_S = 0.15
_NONE = "There is nothing here yet that could be chosen. Esc goes back."
_SHORTER = "Try a shorter word, another spelling, or a kind such as café or park."


class Choice(Paged, inherit_bindings=False):
    """A list in which vim's keys move as well."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES, CHOOSES]


class Dialog(ModalScreen[str | None]):
    """A question that Escape leaves unanswered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="dialog.leave"),
    ]

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class Choose(Dialog):
    """Choose one of a few; they may still have to be found.

    Parameters
    ----------
    title
        The question.
    rows
        Answer, its words and what stands beneath them; or what will return these.
    otherwise
        What to say where there are none: why, and what one can do.
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[Row] | Callable[[], Awaitable[Sequence[Row]]],
        otherwise: str = _NONE,
    ) -> None:
        super().__init__()
        self._title = title
        self._rows = rows
        self._otherwise = otherwise

    def compose(self) -> ComposeResult:
        """Lay out the question over its answers."""
        with Vertical(classes="panel"):
            yield Static(Text(self._title, "bold"), classes="title")
            yield Static("looking …", id="waiting")
            yield Choice(id="answers")

    def on_mount(self) -> None:
        """Show the answers, now or once they are found."""
        if callable(self._rows):
            self._find(self._rows)
        else:
            self._show(self._rows)

    @work(exclusive=True)
    async def _find(self, rows: Callable[[], Awaitable[Sequence[Row]]]) -> None:
        try:
            found = await rows()
        except FlaneurError as error:
            self.query_one("#waiting", Static).update(Text(str(error)))
            return
        self._show(found)

    def _show(self, rows: Sequence[Row]) -> None:
        waiting = self.query_one("#waiting", Static)
        if not rows:
            waiting.update(Text(clean(self._otherwise)))
            return
        waiting.display = False
        answers = self.query_one("#answers", Choice)
        for key, words, beneath in rows:
            prompt = Text(clean(words), "bold")
            if beneath:
                prompt = Text.assemble(prompt, "\n  ", Text(clean(beneath), "dim"))
            answers.add_option(Option(prompt, id=key))
        answers.highlighted = 0
        answers.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(event.option.id)


class Ask(Dialog):
    """Ask for a few words.

    Parameters
    ----------
    title
        The question.
    value
        What stands there.
    hint
        An example.
    """

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title, self._value, self._hint = title, value, hint

    def compose(self) -> ComposeResult:
        """Lay out the question over the line."""
        with Vertical(classes="panel"):
            yield Static(Text(self._title, "bold"), classes="title")
            yield Input(self._value, placeholder=self._hint, compact=True)
            yield Static(Text(self._hint, "dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        self.dismiss(event.value.strip() or None)


class Find(Dialog):
    """Search as one types, and choose what was found.

    Parameters
    ----------
    title
        The question.
    search
        Returns the rows that answer some words.
    otherwise
        What one can do where nothing does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "into_list", "Results", show=False, id="find.down"),
    ]

    def __init__(
        self,
        title: str,
        search: Callable[[str], Awaitable[Sequence[Row]]],
        otherwise: str = _SHORTER,
    ) -> None:
        super().__init__()
        self._title = title
        self._search = search
        self._otherwise = otherwise

    def compose(self) -> ComposeResult:
        """Lay out the line over what it finds."""
        with Vertical(classes="panel tall"):
            yield Static(Text(self._title, "bold"), classes="title")
            yield Input(placeholder="type a name or what it is like", compact=True)
            yield Static("", id="waiting")
            yield Choice(id="answers")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for what stands there now."""
        self._look(event.value)

    @work(exclusive=True)
    async def _look(self, words: str) -> None:
        await asyncio.sleep(_PATIENCE_S)
        waiting = self.query_one("#waiting", Static)
        answers = self.query_one("#answers", Choice)
        if not words.strip():
            waiting.update("")
            answers.clear_options()
            return
        waiting.update("looking …")
        try:
            rows = await self._search(words)
        except FlaneurError as error:
            waiting.update(Text(str(error)))
            return
        nothing = f"Nothing is found for “{clean(words.strip())}”. {clean(self._otherwise)}"
        waiting.update("" if rows else Text(nothing))
        answers.clear_options()
        for key, name, beneath in rows:
            answers.add_option(
                Option(Text.assemble((clean(name), "bold"), "  ", (clean(beneath), "dim")), id=key)
            )
        if rows:
            answers.highlighted = 0

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        """Take the first."""
        answers = self.query_one("#answers", Choice)
        if answers.option_count:
            at = answers.highlighted or 0
            self.dismiss(answers.get_option_at_index(at).id)

    def action_into_list(self) -> None:
        """Go to what was found."""
        self.query_one("#answers", Choice).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(event.option.id)


class Confirm(Dialog):
    """Ask before something is gone for good: ``"yes"`` or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", "Yes", key_display="y", id="confirm.yes"),
        Binding("n", "leave", "No", id="confirm.no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="panel"):
            yield Static(Text(self._question, "bold"), classes="title")
            yield Static("[b]y[/b] yes   [b]n[/b] no")

    def action_yes(self) -> None:
        """Agree."""
        self.dismiss("yes")


class Trouble(Dialog):
    """What is wrong, and the next step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave", "Go on", id="trouble.leave"),
    ]

    def __init__(self, problem: str, next_step: str = "") -> None:
        super().__init__()
        self._problem, self._next_step = problem, next_step

    def compose(self) -> ComposeResult:
        """Lay out what is wrong over what to do."""
        with Vertical(classes="panel trouble"):
            yield Static(Text("That did not work", "bold"), classes="title")
            yield Static(Text(clean(self._problem)))
            if self._next_step:
                yield Static(Text(f"→ {clean(self._next_step)}", "bold"))
            yield Static(Text("Enter or Esc goes on", "dim"))


class Reading(Dialog):
    """Something to read, such as the keys that apply."""

    def __init__(self, title: str, text: RenderableType) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        with Vertical(classes="panel tall"):
            yield Static(Text(self._title, "bold"), classes="title")
            with VerticalScroll():
                yield Static(self._text)
