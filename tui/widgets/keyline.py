"""The line of keys at the foot of a screen: as many as fit, help and palette among them always."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.app import App
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import ActiveBinding


class _Shown(NamedTuple):
    """A key as it is laid out."""

    key: str
    display: str
    description: str
    action: str
    enabled: bool
    tooltip: str


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
        self._shown: tuple[_Shown, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the keys that fit."""
        self._room = self.app.size.width
        self.styles.grid_size_columns = max(len(self._shown), 1)
        for each in self._shown:
            # Made compact at once: to become so later would style each key twice.
            yield FooterKey(
                each.key,
                each.display,
                each.description,
                each.action,
                disabled=not each.enabled,
                tooltip=each.tooltip,
                classes="-compact",
            )

    async def recompose(self) -> None:
        """Lay the keys out anew where others apply now; it costs more than a keystroke may."""
        # Of a screen that is being left, parts may be gone that tell which keys apply.
        if self.is_attached and not self._pruning and (keys := self._fitting()) != self._shown:
            self._shown = keys
            await super().recompose()

    def _fitting(self) -> tuple[_Shown, ...]:
        """Return the keys that apply now and fit beside each other, in their order."""
        if not self._bindings_ready:
            return ()
        first: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show:
                first.setdefault(active.binding.action, active)
        keys = [(self._as_shown(active), self._rank(active)) for active in first.values()]
        room = self.app.size.width
        fits: set[str] = set()
        for key, _ in sorted(keys, key=lambda each: each[1]):
            # One column parts a key from its words, another one from the next key.
            width = cell_len(key.display) + cell_len(key.description) + 1
            if width <= room:
                fits.add(key.key)
                room -= width + 1
        return tuple(key for key, _ in keys if key.key in fits)

    def _as_shown(self, active: ActiveBinding) -> _Shown:
        binding = active.binding
        display = self.app.get_key_display(binding)
        return _Shown(
            binding.key, display, binding.description, binding.action,
            active.enabled, active.tooltip,
        )  # fmt: skip

    def _rank(self, active: ActiveBinding) -> tuple[bool, int]:
        """Return what sorts a key by how much it is needed; those of one rank stay in order."""
        name = active.binding.id or ""
        rare = self._rare[::-1].index(name) + 1 if name in self._rare else 0
        return not isinstance(active.node, App), rare

    def on_resize(self) -> None:
        """Show as many as fit now."""
        if self.app.size.width != self._room:
            self.call_after_refresh(self.recompose)
