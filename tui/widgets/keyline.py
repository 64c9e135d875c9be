"""The line of keys at the foot of a screen: as many as fit, help and palette among them always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import App
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import ActiveBinding


class KeyLine(Footer):
    """The keys that apply now, none of them cut off.

    Where they do not fit beside each other, those that apply everywhere come first, as help tells
    of all the others; then those of what has the focus, then those of the screen.

    Parameters
    ----------
    rare
        Ids of keys that give way before all others, the first one first.
    """

    def __init__(self, rare: Sequence[str] = ()) -> None:
        super().__init__(show_command_palette=False, compact=True)
        self._rare = tuple(rare)
        self._room = 0

    def compose(self) -> ComposeResult:
        """Lay out the keys that fit."""
        active = self.screen.active_bindings
        keys = [each for each in super().compose() if isinstance(each, FooterKey)]
        room = self._room = self.app.size.width
        fits: set[str] = set()
        for key in sorted(keys, key=lambda key: self._rank(active[key.key])):
            # One column parts a key from its words, another one from the next key.
            width = cell_len(key.key_display) + cell_len(key.description) + 1
            if width <= room:
                fits.add(key.key)
                room -= width + 1
        yield from (key for key in keys if key.key in fits)

    def _rank(self, active: ActiveBinding) -> tuple[bool, int]:
        """Return what sorts a key by how much it is needed; those of one rank stay in order."""
        name = active.binding.id or ""
        rare = self._rare[::-1].index(name) + 1 if name in self._rare else 0
        return not isinstance(active.node, App), rare

    def on_resize(self) -> None:
        """Show as many as fit now."""
        if self.app.size.width != self._room:
            self.call_after_refresh(self.recompose)
