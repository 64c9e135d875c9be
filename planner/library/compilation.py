"""The names of places compiled into a :class:`planner.library.nametable.NameTable`."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.library.distance import metres_apart
from planner.library.kinds import is_nameless
from planner.library.nametable import NameTable, Texts, key_of, sounds
from planner.library.readings import dictionary, take_apart
from planner.library.renown import renown
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.domain import Place
    from planner.library.catalogue import Catalogue
    from planner.library.readings import Reading

_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_TOWN_SHARE = 0.03
_SAME_SPOT_M = 400.0
_AREA_KINDS = frozenset({"district", "station", "subway_station", "bus_station", "square"})
_AREA_TAGS = ("addr:street", "addr:place", "addr:suburb", "addr:neighbourhood", "addr:quarter")


@dataclass(frozen=True, slots=True)
class _Name:
    place: int
    text: str
    reading: Reading
    other: bool


def compile_names(
    places: Iterable[Place],
    catalogue: Catalogue,
    *,
    towns: Iterable[str] = (),
    areas: Iterable[str] = (),
) -> NameTable:
    """Compile the names of places, in all languages.

    Parameters
    ----------
    places
        In the order of the city file.
    catalogue
        The kinds of places.
    towns
        Names of the town itself, beside those that the places' addresses tell.
    areas
        Names of districts, stations and streets beside those that the places tell.
    """
    told = sorted({area.replace("\n", " ") for area in areas})
    return _Compiler(tuple(places), catalogue, towns).table(told)


class _Compiler:
    """Takes all names apart once and lays them down."""

    def __init__(self, places: Sequence[Place], catalogue: Catalogue, towns: Iterable[str]) -> None:
        self._places = places
        self._catalogue = catalogue
        self._towns = _towns(places, towns)
        self._kinds: dict[str, frozenset[str]] = {}
        self._names = [
            _Name(number, text, reading, other)
            for number, place in enumerate(places)
            # "A bench" is a wish, never the name of one of them.
            if not is_nameless(place)
            for text, reading, other in self._readings(place)
        ]
        self._names += self._shared()

    def table(self, areas: Sequence[str]) -> NameTable:
        """Lay everything down."""
        keys, key_names = self._keys()
        vocabulary, word_starts, word_names = self._words()
        categories = sorted({place.category for place in self._places})
        number = {category: at for at, category in enumerate(categories)}
        places, names = self._places, self._names
        return NameTable(
            ids=Texts.of(place.id for place in places),
            categories=Texts.of(categories),
            category_of=np.array([number[place.category] for place in places], dtype=np.int16),
            lat=np.array([place.position.lat for place in places], dtype=np.float64),
            lon=np.array([place.position.lon for place in places], dtype=np.float64),
            tags=np.array([len(place.tags) for place in places], dtype=np.int32),
            renown=np.array([renown(place) for place in places], dtype=np.float32),
            texts=Texts.of(name.text for name in names),
            place_of=np.array([name.place for name in names], dtype=np.int32),
            other=np.array([name.other for name in names], dtype=np.uint8),
            keys=keys,
            key_names=key_names,
            vocabulary=vocabulary,
            word_starts=word_starts,
            word_names=word_names,
            towns=Texts.of(sorted(self._towns)),
            areas=self._areas(areas),
            area_names=Texts.of(areas),
            stamp=np.array([dictionary().stamp], dtype=np.uint64),
        )

    def _readings(self, place: Place) -> Iterable[tuple[str, Reading, bool]]:
        seen: set[str] = set()
        for key, value in (("", place.name), *place.names.items()):
            for text in _variants(value):
                reading = take_apart(text, self._towns)
                if reading.folded and reading.folded not in seen:
                    seen.add(reading.folded)
                    yield text, reading, key not in {"", "en", "int"}

    def _shared(self) -> list[_Name]:
        """Lend a place the translation of a namesake beside it, if that says what the place is.

        The stop under the square Rautatientori is mapped as "Railway Square", the square itself in
        no other language: the words of kind tell to which of the two a translation belongs.
        """
        same: dict[str, list[int]] = {}
        for number, place in enumerate(self._places):
            same.setdefault(fold(place.name), []).append(number)
        lent = []
        for name in self._names:
            lender = self._places[name.place]
            if not name.reading.kinds or name.text == lender.name:
                continue
            for number in same[fold(lender.name)]:
                place = self._places[number]
                if (
                    place.category != lender.category
                    and metres_apart(place.position, lender.position) <= _SAME_SPOT_M
                    and all(self._fits(word, place.category) for word in name.reading.kinds)
                ):
                    lent.append(_Name(number, name.text, name.reading, other=True))
        return lent

    def _fits(self, word: str, category: str) -> bool:
        """Whether a word of kind says what a place of this category is, and no more."""
        if word not in self._kinds:
            phrase = dictionary().phrases.get(word, word)
            self._kinds[word] = self._catalogue.named(phrase)
        return category in self._kinds[word]

    def _proper(self, name: _Name) -> tuple[str, ...]:
        """Return the words that tell a place from others of its kind.

        A word of another kind is one of them: the restaurant Kappeli is no chapel.
        """
        category = self._places[name.place].category
        return tuple(
            word
            for word in name.reading.words
            if word in name.reading.core or not self._fits(word, category)
        )

    def _keys(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        keys, owners = array("Q"), array("i")
        for at, name in enumerate(self._names):
            reading = name.reading
            own = {
                key_of("folded", reading.folded),
                key_of("local", reading.local),
                key_of("joined", reading.folded.replace(" ", "")),
                key_of("words", reading.words),
            }
            proper = self._proper(name)
            if proper:
                own.add(key_of("proper", proper))
            heard = sounds(proper)
            if heard is not None:
                own.add(key_of("sound", heard))
            keys.extend(own)
            owners.extend([at] * len(own))
        values = np.frombuffer(keys, dtype=np.uint64) if keys else np.empty(0, dtype=np.uint64)
        order = np.lexsort((np.arange(len(values)), values))
        numbers = np.frombuffer(owners, dtype=np.int32) if owners else np.empty(0, dtype=np.int32)
        return values[order], numbers[order]

    def _words(self) -> tuple[Texts, NDArray[np.int64], NDArray[np.int32]]:
        holders: dict[str, array[int]] = {}
        for at, name in enumerate(self._names):
            for word in {*name.reading.words, *name.reading.plain}:
                holders.setdefault(word, array("i")).append(at)
        # In the order of their bytes, as they are looked up.
        words = sorted(holders, key=lambda word: word.encode("utf-8", "replace"))
        starts = np.zeros(len(words) + 1, dtype=np.int64)
        np.cumsum([len(holders[word]) for word in words], out=starts[1:])
        joined = array("i")
        for word in words:
            joined.extend(holders[word])
        numbers = np.frombuffer(joined, dtype=np.int32) if joined else np.empty(0, dtype=np.int32)
        return Texts.of(words), starts, numbers

    def _areas(self, given: Iterable[str]) -> NDArray[np.uint64]:
        """Return the hashes of the names that places take from where they are."""
        texts = set(given)
        for place in self._places:
            texts |= {place.tags[key] for key in _AREA_TAGS if key in place.tags}
        readings = [take_apart(text, self._towns) for text in texts]
        readings += [
            name.reading for name in self._names if self._places[name.place].category in _AREA_KINDS
        ]
        # A district's own name, and a station's without the word for it.
        words = {tuple(sorted(each)) for one in readings for each in (one.words, one.core) if each}
        return np.array(sorted(key_of("area", each) for each in words), dtype=np.uint64)


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
