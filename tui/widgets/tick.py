"""A box to tick that shows by a sign, and not by its colour alone, whether it is ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Checkbox

if TYPE_CHECKING:
    from textual.content import Content


class Tick(Checkbox):
    """A box with a cross in it, or with nothing in it."""

    def render(self) -> Content:
        """Draw the box as it stands, and its words."""
        # Textual shows the same sign for both, and tells them apart by its colour.
        self.BUTTON_INNER = "X" if self.value else " "
        return super().render()
