"""The names of a city's places with those that a person has given or added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.library.naming import NameIndex
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain import Place, Position
    from planner.library.naming import Match

_POSSESSIVES = ("my ", "our ", "the ")


class OwnNames(NameIndex):
    """A city's names and a person's own over them; of equally good matches the own one is meant.

    Parameters
    ----------
    city
        The city's names.
    own
        Places whose names the person gave: their own, and those of the city that they renamed.
    fixed
        Folded names of fixed points, such as "hotel".
    """

    def __init__(self, city: NameIndex, own: Iterable[Place], *, fixed: Iterable[str] = ()) -> None:
        super().__init__(own, catalogue=city.catalogue, towns=())
        self._city = city
        self._fixed = frozenset(fixed)

    def find(self, text: str, *, limit: int = 5, near: Position | None = None) -> tuple[Match, ...]:
        """Return the places that a text may name, as :meth:`NameIndex.find`."""
        found: dict[str, Match] = {}
        mine = super().find(text, limit=limit, near=near) if len(self.table) else ()
        for match in (*mine, *self._city.find(text, limit=limit, near=near)):
            if match.place_id not in found or match.score > found[match.place_id].score:
                found[match.place_id] = match
        ranked = sorted(found.values(), key=lambda match: -match.score)
        return tuple(ranked[:limit])

    def best(self, text: str, *, near: Position | None = None) -> Match | None:
        """Return the place that a text surely names, as :meth:`NameIndex.best`."""
        mine = super().best(text, near=near) if len(self.table) else None
        theirs = self._city.best(text, near=near)
        if mine is None or (theirs is not None and theirs.score > mine.score):
            return theirs
        return mine

    def is_name(self, text: str, *, to_the_letter: bool = False) -> bool:
        """Whether a text names a place or a fixed point, as :meth:`NameIndex.is_name`."""
        return (
            fixed_name(text) in self._fixed
            or self._city.is_name(text, to_the_letter=to_the_letter)
            or (bool(len(self.table)) and super().is_name(text, to_the_letter=to_the_letter))
        )


def fixed_name(text: str) -> str:
    """Return the name of a fixed point as it is kept: "my hotel" asks for "hotel"."""
    folded = fold(text)
    for word in _POSSESSIVES:
        if folded.startswith(word):
            return folded.removeprefix(word)
    return folded
