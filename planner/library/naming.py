"""Places by their names: exact, translated, abbreviated, misspelt, but never guessed.

A wrong place in a walk is worse than the question which one was meant. So a name counts only if
all of its words are accounted for: equal, a translation, a slip of the pen, the town's own name,
or a word of kind that fits what the place is ("Ateneum Art Museum" for the museum Ateneum).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from rapidfuzz import fuzz

from planner.domain import Position
from planner.library.catalogue import Catalogue
from planner.library.compilation import compile_names
from planner.library.distance import METRES_A_DEGREE, metres_apart
from planner.library.matching import (
    CORE,
    JOINED,
    OTHER_KINDS_LESS,
    OTHER_NAME_LESS,
    TRANSLATED,
    Matcher,
)
from planner.library.nametable import NameTable, area_names_of, key_of
from planner.library.readings import dictionary, take_apart
from planner.library.words import fold, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from planner.domain import Place
    from planner.library.readings import Reading

SAFE = 86.0
"""What a match must score for its place to be the one that is named."""

_WORTHY = 0.5
_SIGHT = 0.6
_LONG_WORD = 8
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a text may name: the name that fits and how well, 0 to 100."""

    place_id: str
    name: str
    score: float


_ARTICLES = frozenset({"a", "an", "the"})
_JOINERS = frozenset(
    {"and", "&", "or", "but", "then", "plus", "with", "without", "no", "not", "to", "at", "in"}
    | {"on", "by", "for", "from", "near", "of", "via", "a", "an"}
)


class NameIndex:
    """All names of a library's places, ready for questions.

    Nothing is built or read before the first question.

    Parameters
    ----------
    places
        The places of one city.
    catalogue
        The kinds of places; the shipped ones where None.
    towns
        Names of the town itself, beside those that the places' addresses tell.
    areas
        Names of districts, stations and the like that other places carry: "Kamppi" alone is none
        of the Kamppi Chapel, even where the district itself is no place.
    """

    def __init__(
        self,
        places: Iterable[Place],
        *,
        catalogue: Catalogue | None = None,
        towns: Iterable[str] = (),
        areas: Iterable[str] = (),
    ) -> None:
        kinds = catalogue or Catalogue.load()
        self._catalogue = kinds
        self._load: Callable[[], NameTable] = lambda: compile_names(
            places, kinds, towns=towns, areas=areas
        )

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], *, catalogue: Catalogue | None = None
    ) -> Self | None:
        """Take an index that :meth:`to_arrays` gave out; nothing is copied.

        ``None`` if the arrays are damaged or were made by another version.
        """
        table = NameTable.from_arrays(arrays)
        if table is None:
            return None
        index = cls((), catalogue=catalogue)
        index._load = lambda: table
        return index

    @classmethod
    def renewed(
        cls,
        arrays: Mapping[str, NDArray[Any]],
        places: Iterable[Place],
        *,
        catalogue: Catalogue | None = None,
    ) -> Self:
        """Compile places anew, with what stale arrays still tell that places do not: the areas."""
        return cls(places, catalogue=catalogue, areas=area_names_of(arrays))

    @classmethod
    def deferred(
        cls,
        arrays: Callable[[], Mapping[str, NDArray[Any]]],
        places: Callable[[], Iterable[Place]],
        *,
        catalogue: Catalogue | None = None,
        towns: Iterable[str] = (),
    ) -> Self:
        """Return an index that is read at the first question, and built only if it must be.

        Parameters
        ----------
        arrays
            Gives what :meth:`to_arrays` gave out, or nothing where a file holds none.
        places
            Gives the places, asked for only where the arrays are missing, damaged or stale.
        """
        index = cls((), catalogue=catalogue)

        def load() -> NameTable:
            held = arrays()
            return NameTable.from_arrays(held) or compile_names(
                places(), index._catalogue, towns=towns, areas=area_names_of(held)
            )

        index._load = load
        return index

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index as arrays of numbers by name, for a city file."""
        return self.table.to_arrays()

    @cached_property
    def table(self) -> NameTable:
        """The compiled names."""
        return self._load()

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.table, self._catalogue)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def catalogue(self) -> Catalogue:
        """The kinds of places."""
        return self._catalogue

    @property
    def towns(self) -> frozenset[str]:
        """The folded names of the town itself."""
        return self.table.town_names

    def find(self, text: str, *, limit: int = 5, near: Position | None = None) -> tuple[Match, ...]:
        """Return the places that a text may name, the best first.

        Parameters
        ----------
        text
            A name as a person writes it.
        limit
            How many at most.
        near
            Of equally good matches the nearest to here comes first; otherwise the one more worth
            a walk.
        """
        asked = self.read(text)
        if len(asked.folded.replace(" ", "")) < _SHORTEST:
            return ()
        return self._ranked(self._matcher.scored(asked), limit, near)

    def written(self, text: str, *, limit: int = 8) -> tuple[Match, ...]:
        """Return the places that a text names with no slip of the pen and no word left open.

        A few look-ups, for texts in which thousands of word sequences are asked for.
        """
        asked = take_apart(text, self.table.town_names)
        if len(asked.folded) < _SHORTEST:
            return ()
        return self._ranked(self._matcher.unslipped(asked), limit, None)

    def _ranked(
        self, scored: Iterable[tuple[int, float]], limit: int, near: Position | None
    ) -> tuple[Match, ...]:
        """Return the best match of each place, the best first."""
        table = self.table
        best: dict[int, tuple[float, int]] = {}
        for at, score in scored:
            place = int(table.place_of[at])
            value = score - OTHER_NAME_LESS * int(table.other[at])
            if value > best.get(place, (0.0, 0))[0]:
                best[place] = (value, at)
        ranked = sorted(best.items(), key=lambda item: self._rank(item[0], item[1][0], near))
        return tuple(
            Match(table.ids[place], table.texts[at], round(score, 1))
            for place, (score, at) in ranked[:limit]
        )

    def best(self, text: str, *, near: Position | None = None) -> Match | None:
        """Return the place that a text surely names, None if it names none or is a common noun."""
        found = self.find(text, limit=1, near=near)
        if not found or found[0].score < SAFE:
            return None
        return found[0] if self.is_proper(text, found[0]) else None

    def is_name(self, text: str, *, to_the_letter: bool = False) -> bool:
        """Whether a text names a place of this library, and not a kind of place or a wish.

        A name with words of the sentence still on it ("and Amos Rex, a") is none: whoever reads
        a request has to know where a name begins and ends.

        Parameters
        ----------
        text
            The words.
        to_the_letter
            Forgive no slip of the pen; a look-up then, for texts that ask thousands of times.
        """
        words = text.casefold().split()
        if not words or words[0] in _JOINERS or words[-1] in _JOINERS | _ARTICLES:
            return False
        if any(mark in text for mark in ",;:!?"):
            return False
        if to_the_letter:
            folded = " ".join(word for word in fold(text).split() if word != "the")
            if not self.table.named(key_of("folded", folded)):
                return False
        return self.best(text) is not None

    def bearers(self, name: str) -> int:
        """Return how many places bear a name, to the letter."""
        folded = take_apart(name, self.table.town_names).folded
        return len(
            {int(self.table.place_of[at]) for at in self.table.named(key_of("folded", folded))}
        )

    def category_of(self, match: Match) -> str:
        """Return the category of a matched place."""
        place = self._number(match)
        return "" if place is None else self.table.category(place)

    def renown_of(self, match: Match) -> float:
        """Return how widely a matched place is known, 0 to 1."""
        place = self._number(match)
        return 0.0 if place is None else float(self.table.renown[place])

    def _number(self, match: Match) -> int | None:
        table = self.table
        named = table.named(key_of("folded", take_apart(match.name, table.town_names).folded))
        places = {int(table.place_of[at]) for at in named}
        return next((each for each in places if table.ids[each] == match.place_id), None)

    def around(self, position: Position, metres: float) -> tuple[tuple[str, float], ...]:
        """Return the ids of all places within a distance, with it, the nearest first."""
        table = self.table
        north = (table.lat - position.lat) * METRES_A_DEGREE
        east = (table.lon - position.lon) * (METRES_A_DEGREE * math.cos(math.radians(position.lat)))
        apart = np.hypot(north, east)
        near = np.flatnonzero(apart <= metres)
        return tuple((table.ids[int(at)], float(apart[at])) for at in near[np.argsort(apart[near])])

    def read(self, text: str) -> Reading:
        """Take a question apart: words that no name holds are mended where that is plain."""
        return take_apart(text, self.table.town_names, self._is_known)

    def _is_known(self, word: str) -> bool:
        return self.table.word(word) is not None

    def _rank(self, place: int, score: float, near: Position | None) -> tuple[float, ...]:
        table = self.table
        away = 0.0
        if near is not None:
            away = metres_apart(Position(float(table.lat[place]), float(table.lon[place])), near)
        tags = int(table.tags[place])
        return (-round(score), away, -self._appeal(table.category(place)), -score, -tags, place)

    def _appeal(self, category: str) -> float:
        if category not in self._catalogue:
            return 0.0
        return self._catalogue.category(category).appeal

    def is_proper(self, text: str, match: Match) -> bool:
        """Whether a text that fits a name is meant as one, and not as an everyday word."""
        if self._is_kind_alone(text, match):
            return False
        words = [word for word in text.split() if fold(word)]
        capitals = sum(word[0].isupper() for word in words)
        mention = self._catalogue.mention(text)
        small = dictionary().small
        count = len([word for word in stems(text) if word not in small])
        if not mention.rest:
            # Kinds and adjectives only ("Market Square"): the whole name, written as a name.
            if match.score < JOINED - OTHER_NAME_LESS and not self.read(text).town:
                least = TRANSLATED - OTHER_NAME_LESS - OTHER_KINDS_LESS
                return match.score >= least and count > 1 and capitals > 1
            definite = text.casefold().lstrip().startswith("the ")
            return count > 1 and (capitals > 1 or definite or self._appeal_of(match) >= _SIGHT)
        if capitals == 0 and count == 1 and any(sign.isalpha() and sign.isascii() for sign in text):
            # One small word: a sight, or a word too long to be an everyday one.
            return match.score >= CORE - OTHER_NAME_LESS and (
                len(fold(text)) >= _LONG_WORD or self._appeal_of(match) >= _WORTHY
            )
        return True

    def _is_kind_alone(self, text: str, match: Match) -> bool:
        """Whether a single word, in any language, says a kind and is not the name itself."""
        asked = self.read(text)
        if asked.core or len(asked.words) > 1 or match.score >= JOINED - OTHER_NAME_LESS:
            return False
        name = take_apart(match.name, self.table.town_names)
        return not asked.town and (fuzz.ratio(" ".join(asked.plain), " ".join(name.plain)) < SAFE)

    def _appeal_of(self, match: Match) -> float:
        return self._appeal(self.category_of(match))
