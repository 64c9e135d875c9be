"""Search in everything a person can walk to: their own places, and those of the city in use.

Words and meaning are asked at once. Words find names, kinds, labels and notes, forgiving slips of
the pen; meaning, where embeddings and a model are there, finds what nobody wrote down ("somewhere
cosy to read"). A name that is asked for comes first.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from planner.library import vectors
from planner.library.distance import METRES_A_DEGREE, metres_apart
from planner.library.holdings import Holding
from planner.library.hours import state_during
from planner.library.places import MAP_PREFIX
from planner.library.vectors import VectorIndex
from planner.library.wordindex import WordIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from planner.domain import Place, Position
    from planner.library.places import Places

    EncodeOne: TypeAlias = Callable[[str], NDArray[np.float32]]

_MARKS = ("visited", "favourite", "never")
_KEY = re.compile(r"[\w-]+")
_NEAR_M = 1000.0
_MEANING = 0.6
_UNLIKE, _LIKE = 0.25, 0.75
"""Cosines of short questions: below the first nothing is meant, at the second all is."""
_CHANCE, _CHANCE_A_TENFOLD, _MOST_CHANCE = 0.2, 0.074, 0.4
_TAIL = 0.75
"""Of the best cosine of a question: what is less like it is not listed for its meaning alone."""
_NAMED, _STRONG = 0.75, 0.3
_FAVOURITE = 0.03
_MORE = 4
"""Candidates for each hit that is asked for, since filters and duplicates take some away."""
_LEAST_CANDIDATES = 60
_FEW_MORE = 10
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """What a hit has to be; ``None`` for "either way".

    Attributes
    ----------
    categories
        Keys of the catalogue.
    near, radius_m
        Only places within so many metres of a position.
    open_at
        Only places that are open at a local time; unknown hours are not open.
    visited, favourite, never
        As the person holds them.
    label
        Only places with this label.
    """

    categories: frozenset[str] | None = None
    near: Position | None = None
    radius_m: float = _NEAR_M
    open_at: dt.datetime | None = None
    visited: bool | None = None
    favourite: bool | None = None
    label: str | None = None
    never: bool | None = None

    def admits(self, holding: Holding) -> bool:
        """Whether a holding passes."""
        if self.categories is not None and holding.category not in self.categories:
            return False
        for mark in _MARKS:
            wanted = getattr(self, mark)
            if wanted is not None and getattr(holding, mark) is not wanted:
                return False
        labels = [label.casefold() for label in holding.labels]
        if self.label is not None and self.label.casefold() not in labels:
            return False
        if self.near is not None and (
            holding.position is None or metres_apart(self.near, holding.position) > self.radius_m
        ):
            return False
        return self.open_at is None or self._is_open(holding, self.open_at)

    def _is_open(self, holding: Holding, at: dt.datetime) -> bool:
        end = at + dt.timedelta(minutes=1)
        return state_during(holding.opening_hours, at, end, holding.position) == "yes"

    @property
    def is_for_marked(self) -> bool:
        """Whether only what carries a mark passes, be it one's own or a place of the map."""
        return bool(self.visited or self.favourite or self.never)

    def without_marks(self) -> Filter:
        """Return the filter for places of the map, which know nothing of a person's marks."""
        return dataclasses.replace(self, visited=None, favourite=None, never=None)

    @property
    def needs_a_look(self) -> bool:
        """Whether something is asked that :attr:`condition` cannot tell."""
        return self.open_at is not None or self.label is not None or self.near is not None

    @property
    def condition(self) -> str:
        """What of it a database can tell ahead, in SQL, over the columns of ``p``."""
        parts = []
        if self.categories is not None:
            # Keys of the catalogue hold letters, digits and hyphens; others name nothing.
            known = sorted(key for key in self.categories if _KEY.fullmatch(key))
            keys = ", ".join(f"'{key}'" for key in known)
            parts.append(f"p.category IN ({keys})")
        for mark in _MARKS:
            wanted = getattr(self, mark)
            if wanted is not None:
                parts.append(f"p.{mark} = {int(wanted)}")
        if self.near is not None:
            lat = self.radius_m / METRES_A_DEGREE
            lon = lat / max(0.01, math.cos(math.radians(self.near.lat)))
            parts.append(
                f"p.lat BETWEEN {self.near.lat - lat!r} AND {self.near.lat + lat!r} "
                f"AND p.lon BETWEEN {self.near.lon - lon!r} AND {self.near.lon + lon!r}"
            )
        if self.open_at is not None:
            parts.append("p.opening_hours IS NOT NULL")
        return " AND ".join(parts)


NOTHING_ASKED = Filter()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found; ``score`` is larger for better ones and compares within a search.

    ``said`` is what of it the words of the question make, 0 for a hit by meaning alone.
    """

    holding: Holding
    score: float
    said: float = 0.0


class Corpus:
    """The places of one database with their words and, where there are any, embeddings.

    Parameters
    ----------
    places
        The places.
    space
        The name of the embedding model; ``None`` for words alone.
    """

    def __init__(self, places: Places, space: str | None = None) -> None:
        self._places = places
        self._space = space
        self._words = WordIndex(places.store)
        self._vectors: VectorIndex | None = None
        self._state: object = None

    def find(
        self, query: str, vector: NDArray[np.float32] | None, filter_: Filter, limit: int
    ) -> list[Hit]:
        """Return hits, best first."""
        wide = max(_LEAST_CANDIDATES, _MORE * limit)
        condition = filter_.condition
        said = {
            hit.number: hit.score for hit in self._words.find(query, limit=wide, where=condition)
        }
        scores = dict(said)
        index = None if vector is None else self._index()
        if index is not None and vector is not None:
            among = None
            if condition:
                rows = self._places.store.rows(
                    f"SELECT number FROM places p WHERE {condition}"  # noqa: S608 - made by Filter
                )
                among = np.array([number for (number,) in rows], dtype=np.int64)
            likeness = index.similarities(vector, list(scores))
            likeness.update(index.find(vector, wide, among=among))
            best = max(likeness.values(), default=0.0)
            compared = len(index.numbers if among is None else among)
            least = _TAIL * best if best >= chance(compared) else math.inf
            for number, cosine in likeness.items():
                meant = _MEANING * min(1.0, max(0.0, (cosine - _UNLIKE) / (_LIKE - _UNLIKE)))
                if number in scores or (meant > 0 and cosine >= least):
                    scores[number] = scores.get(number, 0.0) + meant
        most = wide if filter_.needs_a_look else limit + _FEW_MORE
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most]
        held = self._places.numbered(number for number, _score in ranked)
        return [
            Hit(
                held[number],
                score + _FAVOURITE * held[number].favourite,
                said.get(number, 0.0),
            )
            for number, score in ranked
            if number in held and filter_.admits(held[number])
        ]

    def browse(self, filter_: Filter, limit: int, *, own: bool = False) -> tuple[Holding, ...]:
        """Return the first places that pass a filter, asked for nothing else.

        Parameters
        ----------
        filter_
            What they have to be.
        limit
            How many at most.
        own
            Only what the person owns, in the order in which it came; otherwise by name.
        """
        asked = [each for each in (filter_.condition, "p.own" if own else "") if each]
        rows = self._places.store.rows(
            f"SELECT number FROM places p WHERE {' AND '.join(asked) or '1'} "  # noqa: S608 - made by Filter
            f"ORDER BY {'number' if own else 'name COLLATE NOCASE, number'}"
        )
        found: list[Holding] = []
        for begin in range(0, len(rows), _AT_ONCE):
            numbers = [number for (number,) in rows[begin : begin + _AT_ONCE]]
            held = self._places.numbered(numbers)
            found += [held[each] for each in numbers if filter_.admits(held[each])]
            if len(found) >= limit:
                break
        return tuple(found[:limit])

    def _index(self) -> VectorIndex | None:
        if self._space is None:
            return None
        state = self._places.store.state()
        if self._vectors is None or state != self._state:
            numbers, matrix = vectors.load(self._places, self._space)
            if self._vectors is None or not np.array_equal(self._vectors.numbers, numbers):
                self._vectors = VectorIndex(numbers, matrix)
            self._state = state
        return self._vectors


class Search:
    """Searches a person's places and, with one, a city's.

    Parameters
    ----------
    own
        The person's places.
    city
        The places of the city in use, as a database of words (:func:`index_of_city`).
    encode
        Turns a question into a unit vector; ``None`` for words alone.
    """

    def __init__(
        self,
        own: Corpus,
        city: Corpus | None = None,
        encode: EncodeOne | None = None,
        *,
        held: Places,
    ) -> None:
        self._own, self._city, self._encode, self._held = own, city, encode, held

    def find(
        self, query: str, *, filter_: Filter = NOTHING_ASKED, limit: int = 20
    ) -> tuple[Hit, ...]:
        """Return what answers a question best, a place that is on both sides once.

        Parameters
        ----------
        query
            What a person typed.
        filter_
            What a hit has to be.
        limit
            How many at most.
        """
        vector = self._encode(query) if self._encode is not None and query.strip() else None
        hits = {_key(hit.holding): hit for hit in self._own.find(query, vector, filter_, limit)}
        if self._city is not None and filter_.label is None:
            # What is held of a place of the map decides about its marks, not the map.
            asked = filter_.without_marks()
            for hit in self._city.find(query, vector, asked, limit):
                holding = with_mark(self._held, hit.holding)
                if filter_.admits(holding):
                    before = hits.get(_key(holding))
                    both = (hit,) if before is None else (hit, before)
                    score = max(each.score for each in both)
                    said = max(each.said for each in both)
                    hits[_key(holding)] = Hit(holding, score, said)
        ranked = sorted(hits.values(), key=lambda hit: (-hit.score, hit.holding.name))
        if any(hit.said >= _NAMED for hit in ranked):
            # Somebody asked for a name: what merely has a similar air is no answer.
            ranked = [hit for hit in ranked if hit.said > 0 or hit.score >= _STRONG]
        return tuple(ranked[:limit])


def chance(count: int) -> float:
    """Return the cosine that the best of so many places has to a question that means none of them.

    Measured with the bundled model on the demo city: of letters typed at random and questions
    about quantum physics, about nine in ten stay below, among ten places as among a thousand. The
    more places, the more like it the best one is by chance; beyond some hundreds, questions that
    do mean something would be lost.
    """
    return min(_MOST_CHANCE, _CHANCE + _CHANCE_A_TENFOLD * math.log10(max(count, 1)))


def with_mark(held: Places, place: Place | Holding) -> Holding:
    """Return a place of the map with what the person holds of it.

    Parameters
    ----------
    held
        The person's places.
    place
        The place of the map.
    """
    told = place if isinstance(place, Holding) else from_map(place)
    mark = held.of_map(told.osm) if told.osm is not None else None
    if mark is None:
        return told
    hours = mark.opening_hours if mark.hours_corrected else None
    return dataclasses.replace(
        mark,
        opening_hours=hours or told.opening_hours or mark.opening_hours,
        names={**mark.names, **told.names},
        tags={**mark.tags, **told.tags},
    )


def shown_id(holding: Holding) -> str:
    """Return the id under which a person meets a place: a mere mark goes by the map's."""
    if holding.own or holding.osm is None:
        return holding.id
    return f"{MAP_PREFIX}{holding.osm}"


def fill_from_city(
    places: Places, on_map: Iterable[Place], embeddings: NDArray[np.float32], space: str
) -> None:
    """Fill an empty database with a city's places, so that they are found like one's own.

    Parameters
    ----------
    places
        The empty database.
    on_map
        The city's places.
    embeddings
        Their unit vectors, in the same order.
    space
        The name of the model that made them.
    """
    with places.store.transaction():
        for number, (place, vector) in enumerate(zip(on_map, embeddings, strict=True), start=1):
            places.insert(from_map(place))
            places.store.run(
                "INSERT INTO embeddings (place, space, vector) VALUES (?, ?, ?)",
                number,
                space,
                vector.astype("<f2").tobytes(),
            )


def from_map(place: Place) -> Holding:
    """Return a place of the map as a holding that is nobody's, under the map's id."""
    return Holding(
        id=place.id,
        name=place.name,
        position=place.position,
        category=place.category,
        names=place.names,
        tags=place.tags,
        opening_hours=place.opening_hours,
        address=place.address,
        osm=place.osm,
        own=False,
        sources=place.sources,
    )


def _key(holding: Holding) -> str:
    return holding.osm or holding.id
