"""There and back: each edit and each request can be taken back, and made again."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.screens.chipping import Chipping
from tui.screens.telling import Telling
from tui.widgets.request import RequestLine
from tui.wording import change_words

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.editing import History
    from tui.wishing import Chip

_EARLIER = 20


@dataclass(frozen=True, slots=True)
class _Standpoint:
    """A request with the walk that answered it, to come back to."""

    text: str
    options: tuple[str, ...]
    off: tuple[Chip, ...]
    history: History | None
    refused: PlanDocument | None


class Returning(Telling, Chipping):
    """What was on the screen before, and what came behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._past: list[_Standpoint] = []
        self._future: list[_Standpoint] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._past) or (self.history is not None and self.history.at > 0)

    @property
    def can_redo(self) -> bool:
        """Whether anything was taken back that can be made again."""
        return bool(self._future) or self._has_later_edits

    @property
    def _has_later_edits(self) -> bool:
        return self.history is not None and self.history.at < len(self.history.edits)

    def _standpoint(self) -> _Standpoint:
        return _Standpoint(
            self.asked_for, tuple(self.options), self.off, self.history, self.refused
        )

    def remember(self) -> None:
        """Keep what is on the screen, to come back to."""
        if self.document is not None:
            self._past = [*self._past, self._standpoint()][-_EARLIER:]
            self._future = []

    def put(
        self, history: History, before: PlanDocument, *, new: frozenset[str] = frozenset()
    ) -> None:
        """Show another state of the plan's history, and what is different."""
        self.history = history
        document = history.plan
        self.changed = change_words(before, document)
        self.take_words(document)
        self.show_plan(document, new=new)
        self.app.keep_plan(document)
        if not self.is_told:
            self.tell(document)

    def action_undo(self) -> None:
        """Take the last edit back, or the last request."""
        self.hush.set()
        if self.history is not None and self.history.at > 0:
            self.put(self.history.undone(), self.history.plan)
        elif self._past:
            self._future.append(self._standpoint())
            self._go_back_to(self._past.pop())

    def action_redo(self) -> None:
        """Make the edit or the request again that was taken back."""
        self.hush.set()
        if self.history is not None and self._has_later_edits:
            self.put(self.history.redone(), self.history.plan)
        elif self._future:
            self._past.append(self._standpoint())
            self._go_back_to(self._future.pop())

    def _go_back_to(self, there: _Standpoint) -> None:
        before = self.document
        self.query_one(RequestLine).value = self.asked_for = there.text
        self.options, self.off = list(there.options), there.off
        self.history, self.refused = there.history, there.refused
        document = self.document
        if document is None:
            return
        self.changed = ""
        if before is not None and before.stops and document.stops:
            self.changed = change_words(before, document)
        self.take_words(document)
        self.come_back_to(document)
        self.app.keep_plan(document)
        self.keep_frame()

    @abstractmethod
    def show_plan(self, document: PlanDocument, *, new: frozenset[str] = frozenset()) -> None:
        """Show a plan in all parts of the screen, new stops marked."""

    @abstractmethod
    def come_back_to(self, document: PlanDocument) -> None:
        """Show a plan of an earlier request, and its city."""
