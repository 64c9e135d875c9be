"""The frame of a walk: day, hours, ends, pace, weather, and what to keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Select, Static

from planner.errors import FlaneurError
from tui.framing import options_of, repeated_of, values_of, wishes_of
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

_LINES = (
    ("--date", "Day", "2026-11-25, empty for today"),
    ("--start-time", "Begins", "10:00"),
    ("--hours", "Hours", "4"),
    ("--start", "Start", "a place, or LAT,LON"),
    ("--end", "End", "a place, or LAT,LON"),
    ("--stops", "Stops", "exactly so many"),
    ("--days", "Days", "1"),
)
_CHOICES = (
    ("--pace", "Pace", ("slow", "normal", "fast")),
    ("--weather", "Weather", ("dry", "rain", "hot", "cold")),
    ("--from", "Places", ("all", "mine")),
)
_CHECKS = (
    ("--loop", "end where it begins"),
    ("--step-free", "no steps"),
    ("--new-only", "only where I have not been"),
)


class FrameScreen(ModalScreen[list[str] | None]):
    """A form over the options of ``flaneur plan``; what is left empty is as the request says.

    Parameters
    ----------
    options
        The options as they stand.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="dialog.leave"),
        Binding("ctrl+s", "accept", "Plan with these", id="frame.accept"),
    ]

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__()
        self._options = list(options)

    def compose(self) -> ComposeResult:
        """Lay out the form."""
        values = values_of(self._options)
        with Vertical(classes="panel tall"):
            yield Static(Text("The frame of the walk", "bold"), classes="title")
            with VerticalScroll():
                for option, label, hint in _LINES:
                    with Horizontal(classes="field"):
                        yield Label(label)
                        yield Input(
                            values.get(option, ""),
                            placeholder=hint,
                            compact=True,
                            id=f"field{option}",
                        )
                for option, label, choices in _CHOICES:
                    with Horizontal(classes="field"):
                        yield Label(label)
                        # What the request says stands where nothing is chosen.
                        yield Select(
                            [(each, each) for each in choices],
                            value=values.get(option, Select.NULL),
                            prompt="as asked",
                            compact=True,
                            id=f"field{option}",
                        )
                for option, label in _CHECKS:
                    yield Tick(label, value=option in values, compact=True, id=f"field{option}")
            yield Static("", id="objection")
            yield Static(Text("Enter or Ctrl-S plans with these · Esc leaves", "dim"))

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        """Plan with what stands here."""
        self.action_accept()

    def action_accept(self) -> None:
        """Plan with what stands here, if it makes sense."""
        values = {each: self.query_one(f"#field{each}", Input).value for each, _, _ in _LINES}
        for option, _, _ in _CHOICES:
            value = self.query_one(f"#field{option}", Select).value
            values[option] = value if isinstance(value, str) else ""
        for option, _ in _CHECKS:
            is_set = self.query_one(f"#field{option}", Tick).value
            values[option] = "yes" if is_set else ""
        options = options_of(values, repeated_of(self._options))
        try:
            wishes_of(options)
        except FlaneurError as error:
            self.query_one("#objection", Static).update(Text(error.problem, "bold red"))
            return
        self.dismiss(options)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
