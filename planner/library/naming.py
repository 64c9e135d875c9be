"""Places by their names: exact, translated, abbreviated, misspelt, but never guessed.

A wrong place in a walk is worse than the question which one was meant. So a name counts only if
all of its words are accounted for: equal, a translation, a slip of the pen, the town's own name,
or a word of kind that fits what the place is ("Ateneum Art Museum" for the museum Ateneum).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from planner.domain import Position
from planner.library.catalogue import Catalogue
from planner.library.compilation import compile_names
from planner.library.distance import METRES_A_DEGREE, metres_apart
from planner.library.nametable import NameTable, key_of, sounds
from planner.library.readings import dictionary, is_town, sound, take_apart
from planner.library.words import fold, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain import Place
    from planner.library.nametable import KeyKind
    from planner.library.readings import Reading

SAFE = 86.0
EXACT, JOINED, TRANSLATED, CORE, SOUND, TYPO = 100.0, 98.0, 96.0, 92.0, 90.0, 91.0
PART = 84.0
OTHER_NAME_LESS = 0.5
_OTHER_KINDS_LESS = 1.5
# Kinds that people do not tell apart by their words: a church may be called a cathedral.
_LOOSE_GROUPS = (
    frozenset({"worship"}),
    frozenset({"food", "drink"}),
    frozenset({"stay"}),
)
_LOOSE_KINDS = (
    frozenset({"artwork", "monument", "memorial", "fountain"}),
    frozenset({"museum", "art_museum", "history_museum", "science_museum", "gallery"}),
    frozenset({"garden", "botanical_garden"}),
    frozenset({"mall", "department_store"}),
    frozenset({"theatre", "concert_hall", "events_venue"}),
    frozenset({"square", "pedestrian_area"}),
)
# Groups whose places are not named after another place that lies there.
_OWN_GROUND = frozenset({"area", "transport", "nature"})
_OWN_KINDS = frozenset({"square", "pedestrian_area", "pier", "bridge"})
_WORTHY = 0.5
_SIGHT = 0.6
_ALIKE_LIMIT = 24
_TOKEN_SLIP = 82.0
_WORD_SLIP = 86.0
_SWAPPED = 92.0
_BEGUN = 90.0
_SAME_SOUND = 93.0
_SLIP_MIN_LETTERS = 5
_SHORTEST_BEGUN = 3
_LONG_WORD = 8
_SHORTEST = 2
_MOST_KINDS = 4
_MOST_PARTS = 400
_NAMESAKES_OF_A_KIND = 2


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
            table = NameTable.from_arrays(arrays())
            return table or compile_names(places(), index._catalogue, towns=towns)

        index._load = load
        return index

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index as arrays of numbers by name, for a city file."""
        return self.table.to_arrays()

    @cached_property
    def table(self) -> NameTable:
        """The compiled names."""
        return self._load()

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
        if len(asked.folded.replace(" ", "")) < _SHORTEST or not (asked.words or asked.local):
            return ()
        table = self.table
        best: dict[int, tuple[float, int]] = {}
        for at, score in self._scored(asked):
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

    def _scored(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names and scores; a name may come more than once."""
        if asked.words:
            # The town's own name is the town, whatever else is called so.
            yield from self._under("folded", asked.folded, EXACT)
            yield from self._under("local", asked.local, EXACT)
            yield from self._under("joined", asked.folded.replace(" ", ""), JOINED)
            yield from self._translated(asked)
            yield from self._parts(asked)
        # Words of kind may themselves be the name, as the restaurant that is called Chapel: each
        # is tried as one.
        for count in range(min(len(asked.kinds), _MOST_KINDS) + 1):
            for kept in itertools.combinations(asked.kinds[:_MOST_KINDS], count):
                proper = (*asked.core, *kept)
                if proper:
                    yield from self._short_forms(asked, "proper", proper, CORE)
        if asked.core:
            heard = sounds(asked.core)
            if heard is not None:
                yield from self._short_forms(asked, "sound", heard, SOUND)
            yield from self._slips(asked)

    def _under(
        self, kind: KeyKind, words: str | Sequence[str], score: float
    ) -> Iterator[tuple[int, float]]:
        return ((at, score) for at in self.table.named(key_of(kind, words)))

    def _translated(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names of the same words; those that say what the place is come first."""
        for at, score in self._under("words", asked.words, TRANSLATED):
            category = self.table.category(int(self.table.place_of[at]))
            fit = all(kind_fits(self._catalogue, word, category) for word in asked.kinds)
            yield at, score if fit else score - _OTHER_KINDS_LESS

    def _short_forms(
        self, asked: Reading, kind: KeyKind, words: Sequence[str], score: float
    ) -> Iterator[tuple[int, float]]:
        for at in self.table.named(key_of(kind, words)):
            name = self.table.reading(at)
            if self._kinds_fit(asked, name, at):
                less = _OTHER_KINDS_LESS if kind == "sound" and _kinds_differ(asked, name) else 0.0
                yield at, score - less if self._singles_out(asked, name, at) else PART

    def _kinds_fit(self, asked: Reading, name: Reading, at: int) -> bool:
        """Whether the words of kind that one side lacks say nothing but what the place is."""
        category = self.table.category(int(self.table.place_of[at]))
        lacked = set(name.kinds) - set(asked.kinds)
        extra = set(asked.kinds) ^ set(name.kinds)
        if not all(kind_fits(self._catalogue, word, category) for word in extra):
            return False
        # "Bank of Finland" is no short form of the Bank of Finland Museum: what is asked for is
        # of a kind by itself, and of another one.
        named = [self._catalogue.named(word) for word in asked.words] if lacked else []
        return all(not keys or category in keys for keys in named)

    def _singles_out(self, asked: Reading, name: Reading, at: int) -> bool:
        """Whether a name without its word of kind still means this place and no other thing.

        Hotels and chapels are called after where they stand: "Kamppi" is the district, "Termini"
        the station, and neither is the one house that carries its name.
        """
        if not set(name.kinds) - set(asked.kinds):
            return True
        category = self.table.category(int(self.table.place_of[at]))
        if category in _OWN_KINDS or self._group(category) in _OWN_GROUND:
            return True
        if self.table.is_area(asked.words):
            return False
        others = {
            self.table.reading(int(other)).words
            for other in self._holding_all(asked.core)
            if self._group(self.table.category(int(self.table.place_of[other])))
            == self._group(category)
        }
        return len(others - {name.words}) < _NAMESAKES_OF_A_KIND

    def _group(self, category: str) -> str:
        kinds = self._catalogue
        return kinds.category(category).group if category in kinds else category

    def _holding_all(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the names that hold all of some words."""
        numbers = [self.table.word(word) for word in set(words)]
        if not numbers or None in numbers:
            return np.empty(0, dtype=np.int32)
        runs = sorted((self.table.holding(n) for n in numbers if n is not None), key=len)
        return reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), runs)

    def _parts(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names that hold the whole question and more: not safe, but worth a hint."""
        for at in self._holding_all(asked.words)[:_MOST_PARTS]:
            name = self.table.reading(int(at))
            whole = sum(map(len, name.words))
            yield int(at), PART * (0.6 + 0.4 * sum(map(len, set(asked.words))) / max(whole, 1))

    def _slips(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names whose words differ from those asked for by slips of the pen."""
        floor = _WORD_SLIP if len(asked.core) == 1 else _TOKEN_SLIP
        runs = []
        for word in set(asked.core):
            alike = self._alike(word, floor, begun=word in asked.cut)
            if not alike:
                return
            runs.append(np.unique(np.concatenate([self.table.holding(n) for n in alike])))
        runs.sort(key=len)
        for at in reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), runs):
            name = self.table.reading(int(at))
            slip = _slip(asked.core, name.core, asked.cut)
            if slip is not None and self._kinds_fit(asked, name, int(at)):
                sure = self._singles_out(asked, name, int(at))
                less = _OTHER_KINDS_LESS if _kinds_differ(asked, name) else 0.0
                yield int(at), min(TYPO * slip - less, TYPO if sure else PART)

    def _alike(self, word: str, floor: float, *, begun: bool) -> tuple[int, ...]:
        """Return the numbers of the words that a word may be a slip of."""
        own = self.table.word(word)
        if len(word) < _SLIP_MIN_LETTERS and not begun:
            return () if own is None else (own,)
        first, bucket = self._bucket(word[0])
        near = [
            first + at
            for scorer in (fuzz.ratio, _swap_ratio)
            for _text, _score, at in process.extract(
                word, bucket, scorer=scorer, score_cutoff=floor, limit=_ALIKE_LIMIT
            )
        ]
        if begun and len(word) >= _SHORTEST_BEGUN:
            start, longer = self.table.words_from(word)
            near += range(start, start + min(len(longer), _ALIKE_LIMIT))
        return tuple(dict.fromkeys([*near, *(() if own is None else (own,))]))

    def _bucket(self, letter: str) -> tuple[int, list[str]]:
        """Return the words with a first letter, kept since questions come in rows."""
        return _first_letter(self.table, letter)

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
        words = [word for word in text.split() if fold(word)]
        capitals = sum(word[0].isupper() for word in words)
        mention = self._catalogue.mention(text)
        small = dictionary().small
        count = len([word for word in stems(text) if word not in small])
        if not mention.rest:
            # Kinds and adjectives only ("Market Square"): the whole name, written as a name.
            if match.score < JOINED - OTHER_NAME_LESS and not self._town_said(text):
                least = TRANSLATED - OTHER_NAME_LESS - _OTHER_KINDS_LESS
                return match.score >= least and count > 1 and capitals > 1
            definite = text.casefold().lstrip().startswith("the ")
            return count > 1 and (capitals > 1 or definite or self._appeal_of(match) >= _SIGHT)
        if capitals == 0 and count == 1 and any(sign.isalpha() and sign.isascii() for sign in text):
            # One small word: a sight, or a word too long to be an everyday one.
            return match.score >= CORE - OTHER_NAME_LESS and (
                len(fold(text)) >= _LONG_WORD or self._appeal_of(match) >= _WORTHY
            )
        return True

    def _appeal_of(self, match: Match) -> float:
        named = self.table.named(key_of("folded", self.read(match.name).folded))
        ids = {int(self.table.place_of[at]) for at in named}
        return max(
            (
                self._appeal(self.table.category(place))
                for place in ids
                if self.table.ids[place] == match.place_id
            ),
            default=0.0,
        )

    def _town_said(self, text: str) -> bool:
        return any(is_town(word, self.table.town_names) for word in fold(text).split())


def _kinds_differ(asked: Reading, name: Reading) -> bool:
    return set(asked.kinds) != set(name.kinds)


def kind_fits(catalogue: Catalogue, word: str, category: str) -> bool:
    """Whether a word of kind may be said of a place of this category."""
    keys = catalogue.named(dictionary().phrases.get(word, word))
    if category in keys or category not in catalogue:
        return category in keys
    if any(category in alike and keys & alike for alike in _LOOSE_KINDS):
        return True
    group = catalogue.category(category).group
    return any(
        group in alike and any(catalogue.category(key).group in alike for key in keys)
        for alike in _LOOSE_GROUPS
    )


@lru_cache(maxsize=128)
def _first_letter(table: NameTable, letter: str) -> tuple[int, list[str]]:
    return table.words_from(letter)


def _swap_ratio(one: str, other: str, *, score_cutoff: float | None = None) -> float:
    """Return how alike two words are if two neighbouring letters are swapped, else 0."""
    if len(one) != len(other) or OSA.distance(one, other, score_cutoff=1) != 1:
        return 0.0
    if sorted(one) != sorted(other):
        return 0.0
    return _SWAPPED if score_cutoff is None or score_cutoff <= _SWAPPED else 0.0


def _likeness(word: str, other: str, *, begun: bool) -> float:
    """Return how alike two words are, 0 to 100."""
    if word == other:
        return 100.0
    if begun and other.startswith(word):
        return _BEGUN
    if min(len(word), len(other)) < _SLIP_MIN_LETTERS:
        return 0.0
    if sound(word) == sound(other):
        return _SAME_SOUND
    if word[0] != other[0]:
        return 0.0
    return max(fuzz.ratio(word, other), _swap_ratio(word, other))


def _slip(asked: Sequence[str], name: Sequence[str], cut: frozenset[str]) -> float | None:
    """Return how alike two runs of words are if they differ by slips only, 0 to 1."""
    if len(asked) != len(name) or not asked:
        return None
    floor = _WORD_SLIP if len(asked) == 1 else _TOKEN_SLIP
    left = list(name)
    alike: list[tuple[float, int]] = []
    for word in asked:
        begun = word in cut
        best = max(left, key=lambda other: _likeness(word, other, begun=begun))
        likeness = _likeness(word, best, begun=begun)
        if likeness < floor:
            return None
        left.remove(best)
        alike.append((likeness, len(word)))
    letters = sum(length for _likeness, length in alike)
    return 0.5 + sum(ratio * length for ratio, length in alike) / letters / 200
