"""The request line: one sentence, with the ones typed before."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.binding import BindingType

EXAMPLES = (
    "old churches, a quiet park and one good coffee, three hours",
    "see Ateneum and Amos Rex, lunch in between, no shopping",
    "surprise me for two hours, ending with a view",
)


class RequestLine(Input):
    """One line of words; up and down bring back what was asked before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "before", "Asked before", key_display="↑", id="request.before"),
        Binding("down", "after", "Asked after", show=False, id="request.after"),
        Binding("escape", "leave", "Leave", show=False, id="request.leave"),
    ]

    class Left(Message):
        """The person leaves the line for the walk."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(
            placeholder="What would you like? Such as: bookshops and a coffee, two hours",
            id=id,
            compact=True,
            select_on_focus=False,
        )
        self.asked: list[str] = []
        self._at = 0
        self._draft = ""

    def remember(self, text: str) -> None:
        """Put a request at the end of the ones asked before."""
        text = text.strip()
        if text:
            self.asked = [each for each in self.asked if each != text] + [text]
        self._at = len(self.asked)

    def recall(self, asked: list[str]) -> None:
        """Take over what was asked in earlier sessions."""
        self.asked = asked
        self._at = len(asked)

    def action_before(self) -> None:
        """Show the request before."""
        if self._at == len(self.asked):
            self._draft = self.value
        self._show(max(self._at - 1, 0))

    def action_after(self) -> None:
        """Show the request after, and at the end what was being typed."""
        self._show(min(self._at + 1, len(self.asked)))

    def _show(self, at: int) -> None:
        if not self.asked:
            return
        self._at = at
        self.value = self._draft if at == len(self.asked) else self.asked[at]
        self.cursor_position = len(self.value)

    def action_leave(self) -> None:
        """Leave the line for the walk."""
        self.post_message(self.Left())
