"""Places by their names: exact, translated, abbreviated, misspelt, but never guessed.

A wrong place in a walk is worse than the question which one was meant. So a name counts only if
all of its words are accounted for: equal, a translation, a slip of the pen, the town's own name,
or a word of kind that fits what the place is ("Ateneum Art Museum" for the museum Ateneum).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from planner.library.catalogue import Catalogue
from planner.library.words import fold, singular, stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.domain import Place, Position

SAFE = 86.0
_EXACT, _JOINED, _TRANSLATED, _CORE, _TYPO = 100.0, 98.0, 96.0, 92.0, 91.0
_PART = 84.0
_OTHER_NAME_LESS = 0.5
_STOPS = frozenset(
    {"the", "of", "and", "in", "at", "a", "an", "de", "la", "le", "les", "du", "des", "der", "die"}
    | {"das", "von", "al", "el", "il", "d", "l"}
)
# Kinds that people do not tell apart by their words: a church may be called a cathedral.
_LOOSE_GROUPS = frozenset({"worship"})
_SAME_SPOT_M = 400.0
_METRES_A_DEGREE = 111_195.0
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_TOWN_SHARE = 0.03
_TOWN_STEM = 5
_TOWN_ENDING = 4
_WORTHY = 0.5
_SIGHT = 0.6
_FUZZY_LIMIT = 40
_FUZZY_CUTOFF = 72.0
_TOKEN_SLIP = 82.0
_WORD_SLIP = 86.0
_SLIP_MIN_LETTERS = 5
_LONG_WORD = 8
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a text may name: the name that fits and how well, 0 to 100."""

    place_id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class _Reading:
    """A name or a question, taken apart.

    ``folded`` is the text as written; ``words`` are its words in order, translated, without the
    town and small words; ``core`` are those that are no word of kind, ``kinds`` those that are.
    """

    folded: str
    local: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    place: int
    text: str
    reading: _Reading
    loss: float


_ARTICLES = frozenset({"a", "an", "the"})
_JOINERS = frozenset(
    {"and", "&", "or", "but", "then", "plus", "with", "without", "no", "not", "to", "at", "in"}
    | {"on", "by", "for", "from", "near", "of", "via", "a", "an"}
)


class NameIndex:
    """All names of a library's places, ready for questions.

    Parameters
    ----------
    places
        The places of one city.
    catalogue
        The kinds of places; the shipped ones where None.
    towns
        Names of the town itself, beside those that the places' addresses tell.
    """

    def __init__(
        self,
        places: Iterable[Place],
        *,
        catalogue: Catalogue | None = None,
        towns: Iterable[str] = (),
    ) -> None:
        self._places = tuple(places)
        self._by_id = {place.id: place for place in self._places}
        self._catalogue = catalogue or Catalogue.load()
        self._towns = _towns(self._places, towns)
        self._names: list[_Name] = []
        self._folded: dict[str, list[int]] = {}
        self._local: dict[str, list[int]] = {}
        self._joined: dict[str, list[int]] = {}
        self._words: dict[tuple[str, ...], list[int]] = {}
        self._core: dict[tuple[str, ...], list[int]] = {}
        for number, place in enumerate(self._places):
            self._add(number, place)
        self._share_translations()
        self._texts = [name.reading.folded for name in self._names]

    def __len__(self) -> int:
        return len(self._places)

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
        asked = self._read(text)
        if len(asked.folded.replace(" ", "")) < _SHORTEST or not (asked.words or asked.local):
            return ()
        best: dict[int, tuple[float, str]] = {}
        for at, score in self._scored(asked):
            name = self._names[at]
            value = score - name.loss
            if value > best.get(name.place, (0.0, ""))[0]:
                best[name.place] = (value, name.text)
        ranked = sorted(best.items(), key=lambda item: self._rank(item[0], item[1][0], near))
        return tuple(
            Match(self._places[number].id, name, round(score, 1))
            for number, (score, name) in ranked[:limit]
        )

    def best(self, text: str, *, near: Position | None = None) -> Match | None:
        """Return the place that a text surely names, None if it names none or is a common noun."""
        found = self.find(text, limit=1, near=near)
        if not found or found[0].score < SAFE:
            return None
        return found[0] if self._is_proper(text, found[0]) else None

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
        if to_the_letter and self._read(text).folded not in self._folded:
            return False
        return self.best(text) is not None

    def _add(self, number: int, place: Place) -> None:
        seen: set[str] = set()
        for key, value in (("", place.name), *place.names.items()):
            loss = 0.0 if key in {"", "en", "int"} else _OTHER_NAME_LESS
            for text in _variants(value):
                reading = self._read(text)
                if reading.folded and reading.folded not in seen:
                    seen.add(reading.folded)
                    self._enter(_Name(number, text, reading, loss))

    def _enter(self, name: _Name) -> None:
        at = len(self._names)
        reading = name.reading
        self._names.append(name)
        self._folded.setdefault(reading.folded, []).append(at)
        self._local.setdefault(reading.local, []).append(at)
        self._joined.setdefault(reading.folded.replace(" ", ""), []).append(at)
        self._words.setdefault(tuple(sorted(reading.words)), []).append(at)
        if reading.core:
            self._core.setdefault(tuple(sorted(reading.core)), []).append(at)

    def _share_translations(self) -> None:
        """Lend a place the translation of a namesake beside it, if that says what the place is.

        The stop under the square Rautatientori is mapped as "Railway Square", the square itself in
        no other language: the words of kind tell to which of the two a translation belongs.
        """
        same: dict[str, list[int]] = {}
        for number, place in enumerate(self._places):
            same.setdefault(fold(place.name), []).append(number)
        for name in tuple(self._names):
            lender = self._places[name.place]
            if not name.reading.kinds or name.text == lender.name:
                continue
            for number in same[fold(lender.name)]:
                place = self._places[number]
                if (
                    place.category != lender.category
                    and _metres_apart(place.position, lender.position) <= _SAME_SPOT_M
                    and all(self._fits(word, place.category) for word in name.reading.kinds)
                ):
                    self._enter(_Name(number, name.text, name.reading, _OTHER_NAME_LESS))

    def _read(self, text: str) -> _Reading:
        folded = fold(text)
        written = [word for word in folded.split() if word != "the"]
        local = [word for word in written if not self._is_town(word)]
        words = tuple(word for word in _canonical(tuple(local)) if word not in _STOPS)
        kinds = _dictionary().kinds
        return _Reading(
            folded=" ".join(written),
            local=" ".join(local),
            words=words,
            core=tuple(word for word in words if word not in kinds),
            kinds=tuple(word for word in words if word in kinds),
        )

    def _is_town(self, word: str) -> bool:
        return any(
            word == town
            or (
                len(town) > _TOWN_STEM
                and word.startswith(town[:_TOWN_STEM])
                and len(word) <= len(town) + _TOWN_ENDING
            )
            for town in self._towns
        )

    def _scored(self, asked: _Reading) -> Iterable[tuple[int, float]]:
        """Yield names and scores; a name may come more than once."""
        for at in self._folded.get(asked.folded, ()):
            # The town's own name is the town, whatever else is called so.
            if asked.words:
                yield at, _EXACT
        if asked.words:
            for at in self._local.get(asked.local, ()):
                yield at, _EXACT
            for at in self._joined.get(asked.folded.replace(" ", ""), ()):
                yield at, _JOINED
            for at in self._words.get(tuple(sorted(asked.words)), ()):
                yield at, _TRANSLATED
        if asked.core:
            for at in self._core.get(tuple(sorted(asked.core)), ()):
                if self._kinds_fit(asked, self._names[at]):
                    yield at, _CORE
            yield from self._slips(asked)

    def _kinds_fit(self, asked: _Reading, name: _Name) -> bool:
        """Whether the words of kind that one side lacks say nothing but what the place is."""
        category = self._places[name.place].category
        lacked = set(name.reading.kinds) - set(asked.kinds)
        extra = set(asked.kinds) ^ set(name.reading.kinds)
        if not all(self._fits(word, category) for word in extra):
            return False
        # "Bank of Finland" is no short form of the Bank of Finland Museum: what is asked for is
        # of a kind by itself, and of another one.
        named = [self._catalogue.named(word) for word in asked.words] if lacked else []
        return all(not keys or category in keys for keys in named)

    def _fits(self, word: str, category: str) -> bool:
        """Whether a word of kind may be said of a place of this category."""
        keys = self._catalogue.named(word)
        if category in keys or category not in self._catalogue:
            return category in keys
        group = self._catalogue.category(category).group
        return group in _LOOSE_GROUPS and any(
            self._catalogue.category(key).group == group for key in keys
        )

    def _slips(self, asked: _Reading) -> Iterable[tuple[int, float]]:
        """Yield names that differ by slips of the pen, and those that hold the question."""
        near = process.extract(
            asked.folded,
            self._texts,
            scorer=fuzz.token_set_ratio,
            limit=_FUZZY_LIMIT,
            score_cutoff=_FUZZY_CUTOFF,
        ) + process.extract(
            asked.folded,
            self._texts,
            scorer=fuzz.ratio,
            limit=_FUZZY_LIMIT,
            score_cutoff=_FUZZY_CUTOFF,
        )
        for at in {at for _text, _score, at in near}:
            name = self._names[at]
            slip = _slip(asked.core, name.reading.core)
            if slip is not None and self._kinds_fit(asked, name):
                yield at, _TYPO * slip
            shared = set(asked.words) & set(name.reading.words)
            if shared == set(asked.words):
                whole = sum(map(len, name.reading.words))
                yield at, _PART * (0.6 + 0.4 * sum(map(len, shared)) / whole)

    def _rank(self, number: int, score: float, near: Position | None) -> tuple[float, ...]:
        place = self._places[number]
        away = _metres_apart(place.position, near) if near is not None else 0.0
        return (-round(score), away, -self._appeal(place), -score, -len(place.tags), number)

    def _appeal(self, place: Place) -> float:
        if place.category not in self._catalogue:
            return 0.0
        return self._catalogue.category(place.category).appeal

    def _is_proper(self, text: str, match: Match) -> bool:
        """Whether a text that fits a name is meant as one, and not as an everyday word."""
        words = [word for word in text.split() if fold(word)]
        appeal = self._appeal(self._by_id[match.place_id])
        capitals = sum(word[0].isupper() for word in words)
        mention = self._catalogue.mention(text)
        count = len([word for word in stems(text) if word not in _STOPS])
        if not mention.rest:
            # Kinds and adjectives only ("Market Square"): the whole name, written as a name.
            if match.score < _JOINED - _OTHER_NAME_LESS and not self._town_said(text):
                return match.score >= _TRANSLATED - _OTHER_NAME_LESS and count > 1 and capitals > 1
            definite = text.casefold().lstrip().startswith("the ")
            return count > 1 and (capitals > 1 or definite or appeal >= _SIGHT)
        if capitals == 0 and count == 1 and any(sign.isalpha() and sign.isascii() for sign in text):
            # One small word: a sight, or a word too long to be an everyday one.
            return match.score >= _CORE - _OTHER_NAME_LESS and (
                appeal >= _WORTHY or len(fold(text)) >= _LONG_WORD
            )
        return True

    def _town_said(self, text: str) -> bool:
        return any(self._is_town(word) for word in fold(text).split())


def _metres_apart(one: Position, other: Position) -> float:
    """Return the distance of two near positions, on a flat map."""
    across = (one.lon - other.lon) * math.cos(math.radians(other.lat))
    return math.hypot(one.lat - other.lat, across) * _METRES_A_DEGREE


def _slip(asked: Sequence[str], name: Sequence[str]) -> float | None:
    """Return how alike two runs of words are if they differ by slips only, 0 to 1."""
    if len(asked) != len(name) or not asked:
        return None
    left = list(name)
    alike: list[tuple[float, int]] = []
    for word in asked:
        best = max(left, key=lambda other: fuzz.ratio(word, other))
        ratio = fuzz.ratio(word, best)
        short = min(len(word), len(best)) < _SLIP_MIN_LETTERS
        floor = _WORD_SLIP if len(asked) == 1 else _TOKEN_SLIP
        if word != best and (short or ratio < floor or word[0] != best[0]):
            return None
        left.remove(best)
        alike.append((ratio, len(word)))
    letters = sum(length for _ratio, length in alike)
    return 0.5 + sum(ratio * length for ratio, length in alike) / letters / 200


def _variants(value: str) -> list[str]:
    """Return the names in a tag's value: parts of a list, with and without brackets."""
    parts = [part.strip() for part in value.split(";")]
    bare = [_BRACKETS.sub("", part).strip() for part in parts]
    return [text for text in dict.fromkeys([*parts, *bare]) if text]


def _towns(places: Sequence[Place], given: Iterable[str]) -> frozenset[str]:
    """Return the folded names of the town, from addresses and as given."""
    cities = Counter(fold(place.tags["addr:city"]) for place in places if "addr:city" in place.tags)
    usual = {city for city, count in cities.items() if count >= max(2, _TOWN_SHARE * len(places))}
    return frozenset(usual | {fold(town) for town in given}) - {""}


@dataclass(frozen=True, slots=True)
class _Dictionary:
    words: Mapping[str, str]
    kinds: frozenset[str]
    pairs: Mapping[tuple[str, str], str]
    endings: tuple[str, ...]


@lru_cache(maxsize=1)
def _dictionary() -> _Dictionary:
    file = resources.files("planner.library") / "names.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return _Dictionary(
        words={
            fold(other): word
            for part in ("kinds", "words")
            for word, others in data[part].items()
            for other in others.split()
        },
        kinds=frozenset(data["kinds"]),
        pairs={
            (first, second): word
            for pair, word in data["pairs"].items()
            for first, second in [pair.split()]
        },
        endings=tuple(sorted(data["endings"]["words"].split(), key=len, reverse=True)),
    )


def _canonical(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words in the singular and translated, compounds taken apart, pairs made one."""
    book = _dictionary()
    single: list[str] = []
    for word in words:
        for part in _parts(word):
            if single and (single[-1], part) in book.pairs:
                single[-1] = book.pairs[single[-1], part]
            else:
                single.append(part)
    return tuple(single)


@lru_cache(maxsize=65536)
def _parts(word: str) -> tuple[str, ...]:
    book = _dictionary()
    known = book.words.get(word) or book.words.get(singular(word))
    if known is not None:
        return (known,)
    for ending in book.endings:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > _SHORTEST:
            # The Finnish genitive joins the parts of many compounds.
            if stem not in book.words and stem.endswith("n") and len(stem) > _SLIP_MIN_LETTERS:
                stem = stem[:-1]
            return (*_parts(stem), book.words.get(ending, ending))
    return (singular(word),)
