"""What was understood of a request, as chips that can be changed, held, switched off or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

    from tui.wishing import Chip

_STRONG = frozenset({"must", "start", "end"})


class Chips(Static, can_focus=True):
    """One line of chips; one of them is chosen while the line has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "Chip", show=False, id="chips.left"),
        Binding("right,l", "move(1)", "Chip", show=False, id="chips.right"),
        Binding("enter", "act('change')", "Change", id="chips.change"),
        Binding("space", "act('switch')", "Off/on", id="chips.switch"),
        Binding("p", "act('pin')", "Pin", id="chips.pin"),
        Binding("x,delete", "act('drop')", "Drop", key_display="x", id="chips.drop"),
    ]

    @dataclass
    class Asked(Message):
        """Something is to be done to a chip: change, switch, pin or drop."""

        chip: Chip
        action: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self._chips: tuple[Chip, ...] = ()
        self._at = 0
        self._first = 0

    def show(self, chips: Sequence[Chip]) -> None:
        """Show chips; the chosen one stays where it was."""
        self._chips = tuple(chips)
        self._at = min(self._at, max(len(chips) - 1, 0))
        self.display = bool(chips)
        self._draw()

    def _draw(self) -> None:
        line = Text(no_wrap=True, overflow="ellipsis")
        before = sum(cell_len(chip.label) + 1 for chip in self._chips[: self._at + 1])
        # The chosen chip stays in view.
        first = 0
        while before > self.content_size.width > 0 and first < self._at:
            before -= cell_len(self._chips[first].label) + 1
            first += 1
        self._first = first
        for number, chip in enumerate(self._chips[first:], start=first):
            style = "bold" if chip.kind in _STRONG or chip.state == "pinned" else ""
            if chip.state == "off":
                style = "dim strike"
            if self.has_focus and number == self._at:
                style = f"{style} reverse"
            line.append(chip.label, style.strip())
            line.append(" ")
        self.update(line)

    def action_move(self, by: int) -> None:
        """Choose the chip beside."""
        if self._chips:
            self._at = (self._at + by) % len(self._chips)
            self._draw()

    def action_act(self, action: str) -> None:
        """Do something to the chosen chip."""
        if self._chips:
            self.post_message(self.Asked(self._chips[self._at], action))

    def on_click(self, event: events.Click) -> None:
        """Choose the chip under the pointer."""
        right = 0
        for number, chip in enumerate(self._chips[self._first :], start=self._first):
            right += cell_len(chip.label) + 1
            if event.x - self.gutter.left < right:
                self._at = number
                self._draw()
                return

    def on_focus(self, _event: events.Focus) -> None:
        """Show which chip is chosen."""
        self._draw()

    def on_blur(self, _event: events.Blur) -> None:
        """Show none as chosen."""
        self._draw()
