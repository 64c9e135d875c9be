"""The keys that apply now, by where they apply; and where everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import App
from textual.screen import Screen

from tui.keys import shown
from tui.screens.dialogs import Reading

if TYPE_CHECKING:
    from typing import Any

_GROUPS = ("This screen", "What you are in", "Everywhere")
_MORE = (
    "Arrows and j k move, Tab goes on to the next part, Enter opens what is chosen, and the mouse "
    "does all of it. From the walk, P goes to saved walks, L to places, C to cities, M to "
    "language models, D to this machine, S to settings, where any key can be changed. Esc comes "
    "back. Ctrl-P finds all that can be done by its name."
)


def help_on(app: App[Any]) -> Reading:
    """Return the keys that apply on the screen of an application, as something to read."""
    groups: dict[str, dict[str, tuple[list[str], str]]] = {group: {} for group in _GROUPS}
    for active in app.screen.active_bindings.values():
        binding = active.binding
        if not binding.description or not active.enabled or not binding.id:
            continue
        if isinstance(active.node, App):
            group = "Everywhere"
        elif isinstance(active.node, Screen):
            group = "This screen"
        else:
            group = "What you are in"
        keys, _ = groups[group].setdefault(binding.action, ([], binding.description))
        keys.append(binding.key)
    text = Text()
    for title, found in groups.items():
        if found:
            text.append(f"{title}\n", "bold underline")
        for keys, words in found.values():
            text.append(f"{shown(keys):>18}", "bold")
            text.append(f"  {words}\n")
    text.append(f"\n{_MORE}", "dim")
    return Reading("Keys that apply now", text)
