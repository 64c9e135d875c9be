"""What one does to chips: word them anew, hold them, switch them off and on, drop them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from planner.drawing.lettering import clean
from tui.screens.dialogs import Ask
from tui.screens.walk import WalkScreen
from tui.widgets.chips import Chips
from tui.wishing import left_out, put_back, reworded

if TYPE_CHECKING:
    from tui.wishing import Chip


class Chipping(WalkScreen):
    """Chips, each of which plans anew when it changes."""

    def __init__(self) -> None:
        super().__init__()
        self.off: tuple[Chip, ...] = ()
        self.pinned: tuple[Chip, ...] = ()

    @on(Chips.Asked)
    def _chip(self, event: Chips.Asked) -> None:
        chip = event.chip
        if event.action == "pin":
            self._pin(chip)
        elif event.action == "drop":
            self._drop(chip)
        elif event.action == "switch":
            self._switch(chip)
        elif chip.kind == "frame":
            self.change_frame()
        elif chip.state == "off":
            self._switch(chip)
        else:
            self._reword(chip)

    def _reword(self, chip: Chip) -> None:
        def said(words: str | None) -> None:
            if words is None or words == chip.words:
                return
            found = reworded(self.asked_for, self.options, chip, words)
            if found is None:
                self._cannot(chip)
                return
            self.pinned = tuple(
                replace(each, words=words) if each.is_same(chip) else each for each in self.pinned
            )
            self.replan(*found, off=self.off)

        self.app.push_screen(Ask("What shall it say?", chip.words, "such as quiet cafés"), said)

    def _switch(self, chip: Chip) -> None:
        if chip.kind == "frame":
            self.change_frame()
            return
        if chip.state == "off":
            others = tuple(each for each in self.off if not each.is_same(chip))
            self.replan(*put_back(self.asked_for, self.options, chip), off=others)
            return
        found = left_out(self.asked_for, self.options, chip)
        if found is None:
            self._cannot(chip)
            return
        self._let_go(chip)
        self.replan(*found, off=(*self.off, replace(chip, state="off")))

    def _drop(self, chip: Chip) -> None:
        self._let_go(chip)
        if chip.kind == "frame":
            self.change_frame()
        elif chip.state == "off":
            self.off = tuple(each for each in self.off if not each.is_same(chip))
            self.show_chips()
        else:
            found = left_out(self.asked_for, self.options, chip)
            if found is None:
                self._cannot(chip)
            else:
                self.replan(*found, off=self.off)

    def _pin(self, chip: Chip) -> None:
        """Hold a chip for the requests to come, or let it go again."""
        if chip.state == "pinned":
            self._let_go(chip)
        elif chip.state == "on":
            self.pinned = (*self.pinned, chip)
            self.notify(f"The next requests ask for “{chip.words}” too.", markup=False)
        self.show_chips()
        self.keep_frame()

    def _let_go(self, chip: Chip) -> None:
        self.pinned = tuple(each for each in self.pinned if not each.is_same(chip))

    def _cannot(self, chip: Chip) -> None:
        words = (
            f"“{clean(chip.words)}” does not stand alone in the request; / changes the sentence."
        )
        self.notify(words, severity="warning", markup=False)

    @abstractmethod
    def change_frame(self) -> None:
        """Change day, hours, ends, pace and weather."""

    @abstractmethod
    def show_chips(self) -> None:
        """Show the chips as they are now."""
