"""What a finding is held against on its way in: the installed cities, and what is there already.

The decisions are those of :mod:`planner.library.linking` and :mod:`planner.library.likeness`; this
module brings before them the few places that come into question.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process

from planner.errors import FlaneurError
from planner.library.cityfile import CityFile
from planner.library.cityplaces import CityPlaces
from planner.library.distance import METRES_A_DEGREE, metres_apart
from planner.library.likeness import same_place
from planner.library.linking import Ground, Linking, resolve
from planner.library.naming import NameIndex
from planner.library.readings import is_telling, sound, take_apart
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain import Place, Position
    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding
    from planner.library.holdings import Holding
    from planner.library.places import Places

NAMES_PREFIX = "names."
NEAR_M = 500.0
_CELL = 0.005
_MARGIN = 0.02
_TELLING_LETTERS = 3
_ASKED_ABOUT = 1000
_LIKE = 75.0
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CityGround:
    """An installed city to link findings to, and the box (degrees) that its places lie in."""

    ground: Ground
    bbox: tuple[float, float, float, float] | None

    def may_hold(self, position: Position | None) -> bool:
        """Whether a position can be that of one of its places; one unknown can be anywhere."""
        if position is None or self.bbox is None:
            return True
        west, south, east, north = self.bbox
        return (
            west - _MARGIN <= position.lon <= east + _MARGIN
            and south - _MARGIN <= position.lat <= north + _MARGIN
        )


def open_grounds(
    files: Iterable[Path], *, catalogue: Catalogue | None = None
) -> tuple[CityGround, ...]:
    """Open cities to link findings to; their names are read at the first question.

    A city that cannot be opened is left out: it must not stand in the way of an import.

    Parameters
    ----------
    files
        City files.
    catalogue
        The kinds of places; the shipped ones where absent.
    """
    opened = []
    for path in files:
        try:
            with CityFile.open(path) as file:
                name, bbox = file.name, file.bbox
            places = CityPlaces(path)
        except FlaneurError:
            continue

        def arrays(path: Path = path) -> dict[str, NDArray[Any]]:
            with CityFile.open(path) as file:
                return {
                    name.removeprefix(NAMES_PREFIX): file.array(name)
                    for name in file.array_names()
                    if name.startswith(NAMES_PREFIX)
                }

        names = NameIndex.deferred(arrays, places.values, catalogue=catalogue)
        opened.append(CityGround(Ground(name, names, places), bbox))
    return tuple(opened)


class Neighbourhood:
    """Decides which holding or which place of the map a finding is.

    Parameters
    ----------
    places
        The library, of which only names and positions are kept in memory.
    cities
        The installed cities.
    """

    def __init__(self, places: Places, cities: Iterable[CityGround] = ()) -> None:
        self._places = places
        self._cities = tuple(cities)
        self._cells: dict[tuple[int, int], dict[str, set[str]]] = defaultdict(dict)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._at: dict[str, Position | None] = {}
        self._asked = 0
        self._map_words: dict[str, _MapWords] = {}
        self._is_read = False

    def know(self, holding: Holding) -> None:
        """Take note of a holding that has come in or has changed."""
        self._read()
        self._note(holding)

    def _read(self) -> None:
        """Read the library, once, when it is first asked about."""
        if not self._is_read:
            self._is_read = True
            for holding in self._places.all(own=False):
                self._note(holding)

    def _note(self, holding: Holding) -> None:
        names = _names(holding)
        self._at[holding.id] = holding.position
        for name in names:
            self._by_name[name].add(holding.id)
        if holding.position is not None:
            by_word = self._cells[_cell(holding.position)]
            for word in _words(names):
                by_word.setdefault(word, set()).add(holding.id)

    def held(self, holding: Holding) -> str | None:
        """Return the id of the holding that this one is, ``None`` if it is none of them."""
        self._read()
        near = {
            other: at
            for other in self._in_question(holding)
            if (at := self._places.find(other)) is not None
        }
        verdicts = {other: same_place(holding, held) for other, held in near.items()}
        same = [other for other, verdict in verdicts.items() if verdict.same]
        if not same:
            return None
        if holding.position is None and len({self._at[other] for other in same}) > 1:
            # One of several namesakes: nobody can tell which.
            return None
        return max(same, key=lambda other: (verdicts[other].confidence, other))

    def on_map(self, finding: Finding) -> tuple[Place | None, Linking]:
        """Return the place of an installed city that a finding means, and why that or none."""
        grounds = [
            each.ground
            for each in self._cities
            if each.may_hold(finding.position) and self._may_mean(finding, each)
        ]
        if not grounds:
            return None, Linking(None, "")
        linking = resolve(finding, grounds)
        if linking.link is None:
            return None, linking
        ground = next(each for each in grounds if each.name == linking.link.ground)
        return ground.places.get(linking.link.place_id), linking

    def _may_mean(self, finding: Finding, city: CityGround) -> bool:
        """Whether it is worth asking which place of a city a finding means.

        Of the first findings all are asked about. In a long list, those are left out that lie where
        no name of the map shares a telling word with theirs, be it translated or misspelt.
        """
        self._asked += 1
        if self._asked <= _ASKED_ABOUT or finding.position is None or finding.osm:
            return True
        words = self._map_words.get(city.ground.name)
        if words is None:
            words = self._map_words[city.ground.name] = _MapWords(city.ground.places.values())
        return words.may_name(finding, finding.position)

    def _in_question(self, holding: Holding) -> set[str]:
        """Return ids of what bears the name, or lies near and shares a word with it."""
        names = _names(holding)
        found: set[str] = set()
        for name in names:
            found |= self._by_name.get(name, _NONE)
        if holding.position is None:
            return found
        words = _words(names)
        row, column = _cell(holding.position)
        reach = _columns(holding.position)
        for r in (-1, 0, 1):
            for c in range(-reach, reach + 1):
                by_word = self._cells.get((row + r, column + c))
                if by_word is not None:
                    found.update(*(by_word.get(word, _NONE) for word in words))
        return {other for other in found if self._is_near(other, holding.position)}

    def _is_near(self, other: str, position: Position) -> bool:
        at = self._at[other]
        return at is None or metres_apart(at, position) <= NEAR_M


class _MapWords:
    """The telling words of the names on a map, by where they stand."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._cells: dict[tuple[int, int], set[str]] = defaultdict(set)
        self._around: dict[tuple[int, int], tuple[frozenset[str], tuple[str, ...]]] = {}
        for place in places:
            self._cells[_cell(place.position)] |= _telling(place)

    def may_name(self, finding: Finding, position: Position) -> bool:
        words = _telling(finding)
        if not words:
            # Nothing but words of kind: "the cathedral".
            return True
        near, listed = self._near(position)
        if not near:
            return False
        return not words.isdisjoint(near) or any(
            process.extractOne(word, listed, scorer=fuzz.ratio, score_cutoff=_LIKE) is not None
            for word in words
            if len(word) > _TELLING_LETTERS
        )

    def _near(self, position: Position) -> tuple[frozenset[str], tuple[str, ...]]:
        row, column = _cell(position)
        if (row, column) not in self._around:
            reach = _columns(position)
            cells = ((row + r, column + c) for r in (-1, 0, 1) for c in range(-reach, reach + 1))
            words = frozenset().union(*(self._cells.get(cell, _NONE) for cell in cells))
            self._around[row, column] = (words, tuple(sorted(words)))
        return self._around[row, column]


def _telling(thing: Finding | Place) -> set[str]:
    texts = {part for name in (thing.name, *thing.names.values()) for part in name.split(";")}
    return {
        said
        for text in texts
        for word in take_apart(text, _NONE).words
        if is_telling(word)
        for said in (word, sound(word))
    }


def _cell(position: Position) -> tuple[int, int]:
    return math.floor(position.lat / _CELL), math.floor(position.lon / _CELL)


def _columns(position: Position) -> int:
    """Return how many cells a near place can be away to the east or west."""
    width = _CELL * METRES_A_DEGREE * max(0.05, math.cos(math.radians(position.lat)))
    return math.ceil(NEAR_M / width)


def _names(holding: Holding) -> set[str]:
    texts = (holding.name, *holding.names.values())
    return {name for text in texts for part in text.split(";") if (name := fold(part))}


def _words(names: Iterable[str]) -> set[str]:
    return {
        word
        for name in names
        for word in (*name.split(), name.replace(" ", ""))
        if len(word) >= _TELLING_LETTERS or not word.isascii()
    }
