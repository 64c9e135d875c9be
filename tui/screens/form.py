"""A form of a few lines; what is entered is tried before the form goes away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Select, Static

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    Values = dict[str, str]
    Submit = Callable[[Values], Awaitable[None]]

YES = "yes"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form.

    ``choices`` makes it a choice, ``is_flag`` a box that is ticked where ``value`` is ``"yes"``.
    """

    key: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    is_flag: bool = False


class Form(ModalScreen["Values | None"]):
    """Ask for several values at once; Escape leaves everything as it is.

    Parameters
    ----------
    title
        What it is about.
    fields
        Its lines.
    submit
        Tries what was entered; what it raises is shown, and the form stays.
    note
        A sentence beneath the lines.
    """

    AUTO_FOCUS = "Input"
    CSS_PATH = "lists.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="dialog.leave"),
        Binding("ctrl+s", "accept", "Done", id="form.accept"),
    ]

    def __init__(
        self, title: str, fields: Sequence[Field], submit: Submit | None = None, note: str = ""
    ) -> None:
        super().__init__()
        self._title, self._fields, self._submit, self._note = title, tuple(fields), submit, note
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        with Vertical(classes="panel form"):
            yield Static(Text(clean(self._title), "bold"), classes="title")
            with VerticalScroll(can_focus=False):
                for each in self._fields:
                    if each.is_flag:
                        yield Tick(
                            each.label, each.value == YES, compact=True, id=f"field-{each.key}"
                        )
                        continue
                    with Horizontal(classes="field"):
                        yield Label(each.label)
                        if each.choices:
                            yield Select(
                                [(choice, choice) for choice in each.choices],
                                value=each.value or Select.NULL,
                                prompt=each.hint or "any",
                                compact=True,
                                id=f"field-{each.key}",
                            )
                        else:
                            yield Input(
                                each.value,
                                placeholder=each.hint,
                                compact=True,
                                id=f"field-{each.key}",
                            )
            if self._note:
                yield Static(Text(self._note, "dim"))
            yield Static("", id="objection")
            yield Static(Text("Enter or Ctrl-S is done · Esc leaves it as it is", "dim"))

    def values(self) -> Values:
        """Return what stands there."""
        found: Values = {}
        for each in self._fields:
            if each.is_flag:
                is_set = self.query_one(f"#field-{each.key}", Tick).value
                found[each.key] = YES if is_set else ""
            elif each.choices:
                chosen = self.query_one(f"#field-{each.key}", Select).value
                found[each.key] = chosen if isinstance(chosen, str) else ""
            else:
                found[each.key] = self.query_one(f"#field-{each.key}", Input).value.strip()
        return found

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        """Try what stands there."""
        self.action_accept()

    def action_accept(self) -> None:
        """Try what stands there, and go if it holds."""
        if not self._is_busy:
            self._try(self.values())

    @work(exclusive=True, group="act")
    async def _try(self, values: Values) -> None:
        objection = self.query_one("#objection", Static)
        self._is_busy = True
        objection.update("")
        try:
            if self._submit is not None:
                await self._submit(values)
        except FlaneurError as error:
            words = Text(f"✗ {clean(error.problem)}", "bold")
            if error.next_step:
                words.append(f"\n→ {clean(error.next_step)}")
            objection.update(words)
            return
        finally:
            self._is_busy = False
        self.dismiss(values)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
