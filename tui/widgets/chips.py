"""What was understood of a request, as chips that can be changed or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Static

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType


class Chips(Static, can_focus=True):
    """One line of chips; one of them is chosen while the line has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "Chip", show=False, id="chips.left"),
        Binding("right,l", "move(1)", "Chip", show=False, id="chips.right"),
        Binding("enter", "act('change')", "Change", id="chips.change"),
        Binding("x,delete", "act('drop')", "Drop", key_display="x", id="chips.drop"),
    ]

    @dataclass
    class Asked(Message):
        """A chip is to be changed or dropped."""

        kind: str
        words: str
        action: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self._chips: list[tuple[str, str]] = []
        self._at = 0

    def show(self, chips: list[tuple[str, str]]) -> None:
        """Show chips: kind and words of each."""
        self._chips = chips
        self._at = min(self._at, max(len(chips) - 1, 0))
        self.display = bool(chips)
        self._draw()

    def _draw(self) -> None:
        line = Text(no_wrap=True, overflow="ellipsis")
        before = sum(cell_len(words) + 3 for _, words in self._chips[: self._at + 1])
        # The chosen chip stays in view.
        first = 0
        while before > self.size.width > 0 and first < self._at:
            before -= cell_len(self._chips[first][1]) + 3
            first += 1
        for number, (kind, words) in enumerate(self._chips[first:], start=first):
            style = "bold" if kind in {"must", "start", "end"} else ""
            if self.has_focus and number == self._at:
                style = "bold reverse"
            line.append(f"[{words}]", style)
            line.append(" ")
        self.update(line)

    def action_move(self, by: int) -> None:
        """Choose the chip beside."""
        if self._chips:
            self._at = (self._at + by) % len(self._chips)
            self._draw()

    def action_act(self, action: str) -> None:
        """Change or drop the chosen chip."""
        if self._chips:
            kind, words = self._chips[self._at]
            self.post_message(self.Asked(kind, words, action))

    def on_focus(self, _event: events.Focus) -> None:
        """Show which chip is chosen."""
        self._draw()

    def on_blur(self, _event: events.Blur) -> None:
        """Show none as chosen."""
        self._draw()
