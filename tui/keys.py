"""Every key of the application, what it does, and which ones would get in each other's way."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.keys import format_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PLACES = {
    "app": "everywhere",
    "list": "in every list",
    "dialog": "in every question",
    "go": "from the walk to other screens",
    "plan": "the walk",
    "request": "the request line",
    "chips": "what was understood",
    "map": "the map",
    "plans": "saved walks",
    "compare": "two walks side by side",
    "picture": "a picture of the map",
    "library": "places",
    "import": "what a file would bring in",
    "cities": "cities",
    "models": "language models",
    "machine": "this machine",
    "settings": "settings",
}
"""Where keys apply, by the first word of their ids."""
_WALK = frozenset({"plan", "go"})
_LISTS = frozenset({"plans", "library", "cities", "models", "machine", "settings"})
_MOVING = _WALK | _LISTS | {"compare", "import"}
_LISTED = {"list.back": _LISTS, "list.choose": _WALK}
"""Beside which keys those of lists stand; the others of them, by which one moves, beside more."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one can do by keys: ``keys`` as Textual names them, ``usual`` before any change."""

    id: str
    words: str
    keys: tuple[str, ...]
    usual: tuple[str, ...]

    @property
    def group(self) -> str:
        """Where it applies."""
        return self.id.partition(".")[0]

    @property
    def is_changed(self) -> bool:
        """Whether the person has changed it."""
        return self.keys != self.usual


def every_key(changed: Mapping[str, str]) -> tuple[Key, ...]:
    """Return all that can be done by keys, ordered by where it applies.

    Parameters
    ----------
    changed
        What ``config.toml`` says: from ids to keys with commas between them.
    """
    found: dict[str, Key] = {}
    bindings = [binding for owner in owners() for binding in vars(owner)["BINDINGS"]]
    for binding in bindings:
        if not isinstance(binding, Binding) or binding.id is None:
            continue
        before = found.get(binding.id)
        own = _split(binding.key)
        usual = own if before is None else tuple(dict.fromkeys((*before.usual, *own)))
        keys = _split(changed[binding.id]) if binding.id in changed else usual
        words = binding.description or (before.words if before else "")
        found[binding.id] = Key(binding.id, words, keys, usual)
    order = list(PLACES)
    return tuple(
        sorted(
            found.values(),
            key=lambda key: order.index(key.group) if key.group in order else len(order),
        )
    )


def shown(keys: Iterable[str]) -> str:
    """Return keys as one reads them: "/ or i"."""
    return " or ".join(format_key(key) for key in keys)


def in_the_way(keys: Iterable[Key], changed: Key, key: str) -> Key | None:
    """Return what a key does already where another thing would get it, ``None`` if nothing."""
    for each in keys:
        if each.id != changed.id and key in each.keys and _meet(each, changed):
            return each
    return None


def _meet(one: Key, other: Key) -> bool:
    """Return whether a key that both had would be meant for two things in one place."""
    groups = {one.group, other.group}
    if len(groups) == 1 or "app" in groups or groups <= _WALK:
        return True
    pairs = ((one, other), (other, one))
    return any(a.group == "list" and b.group in _LISTED.get(a.id, _MOVING) for a, b in pairs)


def _split(keys: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in keys.split(",") if key.strip())


def owners() -> Iterator[type]:
    """Yield every screen and widget of the application that has keys of its own."""
    import tui.screens
    import tui.widgets

    modules = [import_module("tui.app")]
    for package in (tui.screens, tui.widgets):
        found = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        modules += [import_module(each.name) for each in found]
    for module in modules:
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and "BINDINGS" in vars(value):
                yield value
