"""What retrieval weighs of every place, as arrays: a city is weighed without reading its places."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from planner.library.kinds import is_nameless
from planner.library.renown import renown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from planner.domain import Place

_Number = TypeVar("_Number", bound=np.generic)


class Mark(IntFlag):
    """What a person holds of a place, and who may be offered it.

    ``HIDDEN`` is one that another row stands for, ``NAMELESS`` a thing such as a bench, which only
    who asks for its kind is offered.
    """

    FAVOURITE = 1
    NEVER = 2
    VISITED = 4
    OWN = 8
    HIDDEN = 16
    NAMELESS = 32


NO_MARKS: Final = Mark(0)


def marks_of(place: Place) -> Mark:
    """Return what a person holds of a place."""
    return (
        (Mark.FAVOURITE if place.favourite else NO_MARKS)
        | (Mark.NEVER if place.never else NO_MARKS)
        | (Mark.VISITED if place.visited else NO_MARKS)
        | (Mark.OWN if place.own else NO_MARKS)
        | (Mark.NAMELESS if is_nameless(place) else NO_MARKS)
    )


@dataclass(frozen=True, slots=True, eq=False)
class PlaceTable:
    """One row a place.

    Attributes
    ----------
    kinds
        Keys of the categories that occur, each once.
    kind
        (N,) which of them each place is.
    renown
        (N,) how widely each is known, 0 to 1.
    marks
        (N,) :class:`Mark` of each.
    """

    kinds: tuple[str, ...]
    kind: NDArray[np.int16]
    renown: NDArray[np.float64]
    marks: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.kind)

    @staticmethod
    def of(places: Iterable[Place]) -> PlaceTable:
        """Return the table of places, in their order."""
        codes: dict[str, int] = {}
        kind, known, marks = [], [], []
        for place in places:
            kind.append(codes.setdefault(place.category, len(codes)))
            known.append(renown(place))
            marks.append(int(marks_of(place)))
        return PlaceTable(
            tuple(codes),
            np.array(kind, dtype=np.int16),
            np.array(known, dtype=np.float64),
            np.array(marks, dtype=np.uint8),
        )

    def beside(self, other: PlaceTable) -> PlaceTable:
        """Return this table with another one's rows after its own."""
        codes = {key: n for n, key in enumerate(self.kinds)}
        recoded = [codes.setdefault(key, len(codes)) for key in other.kinds]
        return PlaceTable(
            tuple(codes),
            np.concatenate([self.kind, np.array(recoded, dtype=np.int16)[other.kind]]),
            np.concatenate([self.renown, other.renown]),
            np.concatenate([self.marks, other.marks]),
        )

    def hiding(self, rows: Sequence[int]) -> PlaceTable:
        """Return this table with some rows hidden."""
        marks = self.marks.copy()
        marks[list(rows)] |= np.uint8(Mark.HIDDEN)
        return PlaceTable(self.kinds, self.kind, self.renown, marks)

    def resorted(self, rows: NDArray[np.int64], keys: Sequence[str]) -> PlaceTable:
        """Return this table with some rows of other categories."""
        codes = {key: n for n, key in enumerate(self.kinds)}
        kind = self.kind.copy()
        kind[rows] = [codes.setdefault(key, len(codes)) for key in keys]
        return PlaceTable(tuple(codes), kind, self.renown, self.marks)

    def of_kinds(self, keys: Collection[str]) -> NDArray[np.bool_]:
        """Return which rows are of some categories, shape (N,)."""
        chosen = np.array([key in keys for key in self.kinds], dtype=np.bool_)
        return self.each(chosen)

    def each(self, values: NDArray[_Number]) -> NDArray[_Number]:
        """Return for each row the value of its category, shape (N,); one value a category."""
        return values.take(self.kind)

    def marked(self, marks: Mark) -> NDArray[np.bool_]:
        """Return which rows carry any of some marks, shape (N,)."""
        found: NDArray[np.bool_] = (self.marks & np.uint8(marks)) != 0
        return found
