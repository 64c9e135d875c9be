"""A screen with a walk on it: what its parts share."""

from __future__ import annotations

import threading
from abc import abstractmethod
from typing import TYPE_CHECKING

from textual.widgets import Input

from tui.screens.abstract import AbstractScreen
from tui.screens.dialogs import Trouble
from tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from planner.errors import FlaneurError
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.editing import History
    from tui.app import FlaneurApp
    from tui.desk import Desk
    from tui.wishing import Chip


class WalkScreen(AbstractScreen[None]):
    """A walk, its edits, and what is being done with it."""

    app: FlaneurApp

    def __init__(self) -> None:
        super().__init__()
        self.asked_for = ""
        self.options: list[str] = []
        self.history: History | None = None
        self.refused: PlanDocument | None = None
        self.hush = threading.Event()
        self.is_busy = False

    @property
    def desk(self) -> Desk:
        """Where the work is done."""
        return self.app.desk

    @property
    def document(self) -> PlanDocument | None:
        """The plan on the screen, with stops or with the reasons why it has none."""
        return self.refused if self.history is None else self.history.plan

    @property
    def is_typing(self) -> bool:
        """Whether letters are letters now."""
        return isinstance(self.focused, Input)

    @property
    def chosen(self) -> int | None:
        """The index of the chosen stop."""
        return self.query_one(Timeline).chosen

    @property
    def chosen_id(self) -> str | None:
        """The place of the chosen stop."""
        return self.query_one(Timeline).chosen_id

    def trouble(self, error: FlaneurError) -> None:
        """Explain what went wrong."""
        self.set_busy("")
        self.app.push_screen(Trouble(error.problem, error.next_step))

    @abstractmethod
    def set_busy(self, words: str) -> None:
        """Say what is being done; nothing, once it is done."""

    @abstractmethod
    def replan(self, text: str, options: list[str], *, off: tuple[Chip, ...] = ()) -> None:
        """Plan a request that was changed, and show what that changes."""

    @abstractmethod
    def keep_frame(self) -> None:
        """Keep the options and what is pinned for the next start."""

    @abstractmethod
    def put(
        self, history: History, before: PlanDocument, *, new: frozenset[str] = frozenset()
    ) -> None:
        """Show another state of the plan's history, and what is different."""
