"""A walk that is told while one goes on: piece by piece, as a model says it."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.widgets import Static

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.screens.walk import WalkScreen
from tui.wording import left_out_lines

if TYPE_CHECKING:
    from textual.timer import Timer

    from planner.itinerary.document import PlanDocument

_BREATH_S = 0.06
"""The telling is set anew so often, however fast the words come: no key waits for it."""


class Telling(WalkScreen):
    """The words beneath a walk: its telling, what was left out, what it breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = ""
        self._told = ""
        self._by = ""
        self._is_telling = False
        self._breath: Timer | None = None

    @property
    def is_told(self) -> bool:
        """Whether the walk has words of its own already."""
        return bool(self._told)

    def take_words(self, document: PlanDocument) -> None:
        """Tell a plan in the words that it has, if any."""
        self._told = document.narrative.summary or ""
        self._by = document.narrative.by

    @work(exclusive=True, group="tell")
    async def tell(self, document: PlanDocument) -> None:
        """Have a plan told, and show the words as they come."""
        hush = self.hush = threading.Event()
        loop, context = asyncio.get_running_loop(), copy_context()
        self._told, self._by, self._is_telling = "", "", True
        self.show_words()

        def hear(piece: str) -> None:
            # The timer that follows belongs to the screen, not to the thread that tells.
            loop.call_soon_threadsafe(self._heard, hush, piece, context=context)

        try:
            told = await self.desk.narrate(document, hear, hush.is_set)
        except FlaneurError as error:
            self.changed = str(error)
            told = None
        if hush is not self.hush:
            return
        self._is_telling = False
        if told is not None and self.history is not None and self.history.plan is document:
            plans = list(self.history.plans)
            plans[self.history.at] = told
            self.history = replace(self.history, plans=tuple(plans))
            self.take_words(told)
            self.app.keep_plan(told)
        self.show_words()

    def _heard(self, hush: threading.Event, piece: str) -> None:
        if hush is self.hush and self._is_telling:
            self._told += piece
            if self._breath is None:
                self._breath = self.set_timer(_BREATH_S, self._breathe)

    def _breathe(self) -> None:
        self._breath = None
        self.show_words()

    def show_words(self) -> None:
        """Show what is told of the walk until now, and what is to be said of it besides."""
        document = self.document
        words = Text()
        for paragraph in self._told.splitlines():
            words.append(f"{clean(paragraph)}\n")
        if self._is_telling:
            words.append("▌ Esc stops\n", "dim")
        elif self._told and self._by not in {"", "template"}:
            words.append(f"(told by {clean(self._by)})\n", "dim")
        if document is not None:
            for line in left_out_lines(document):
                words.append("Left out: ", "bold")
                words.append(f"{line}\n", "dim")
            for broken in document.violations:
                words.append(f"This walk breaks: {clean(broken.text)}\n", "bold red")
        words.rstrip()
        told = self.query_one("#words", Static)
        told.update(words, layout=False)
        told.clear_cached_dimensions()
        # The screen is laid out anew for another line, not for each word.
        size = told.content_size
        if told.get_content_height(size, self.app.size, size.width) != size.height:
            told.refresh(layout=True)
