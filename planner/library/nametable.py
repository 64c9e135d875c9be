"""The names of a city, compiled to arrays: looked up by hash and by word, never all loaded.

A city of 100,000 places has 150,000 names. As Python objects they would take seconds to build and
hundreds of megabytes to hold whenever the city is opened; as sorted arrays in the city file they
are mapped into memory and read where a question touches them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from planner.library.readings import dictionary, sound, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.library.readings import Reading

KeyKind: TypeAlias = Literal["folded", "local", "joined", "words", "proper", "sound", "area"]
_MARKS: dict[KeyKind, bytes] = {
    "folded": b"F", "local": b"L", "joined": b"J", "words": b"W", "proper": b"P", "sound": b"S",
    "area": b"A",
}  # fmt: skip
_SHORTEST_SOUND = 4


def key_of(kind: KeyKind, words: str | Iterable[str]) -> int:
    """Return the 64 bits under which a name is found; of several words the order is no matter."""
    text = words if isinstance(words, str) else " ".join(sorted(words))
    return int.from_bytes(
        blake2b(_MARKS[kind] + text.encode("utf-8", "surrogatepass"), digest_size=8).digest(),
        "little",
    )


def sounds(words: Sequence[str]) -> tuple[str, ...] | None:
    """Return how the words of a name proper sound, None if they are too short to tell by that."""
    if not words or sum(map(len, words)) < _SHORTEST_SOUND:
        return None
    return tuple(sound(word) for word in words)


@dataclass(frozen=True, slots=True)
class Texts:
    """Many texts as one run of UTF-8 bytes.

    ``signs`` holds them one after the other, each followed by a line feed; ``starts``, of shape
    (n + 1,), where each begins.
    """

    signs: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @staticmethod
    def of(texts: Iterable[str]) -> Texts:
        """Lay texts down."""
        parts = [text.encode("utf-8", "replace") + b"\n" for text in texts]
        starts = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum([len(part) for part in parts], out=starts[1:])
        return Texts(np.frombuffer(b"".join(parts), dtype=np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, at: int) -> str:
        return self.raw(at).decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        return (self[at] for at in range(len(self)))

    def raw(self, at: int) -> bytes:
        """Return a text as bytes."""
        return self.signs[int(self.starts[at]) : int(self.starts[at + 1]) - 1].tobytes()

    def run(self, begin: int, end: int) -> list[str]:
        """Return the texts of a range; none of them may hold a line feed."""
        if begin >= end:
            return []
        whole = self.signs[int(self.starts[begin]) : int(self.starts[end]) - 1].tobytes()
        return whole.decode("utf-8", "replace").split("\n")

    def is_whole(self) -> bool:
        """Whether the starts lie in order within the bytes."""
        return bool(
            self.starts[0] == 0
            and self.starts[-1] == len(self.signs)
            and np.all(self.starts[:-1] < self.starts[1:])
        )

    def first_from(self, text: bytes) -> int:
        """Return where a text stands, or would stand, among sorted ones."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < text:
                low = middle + 1
            else:
                high = middle
        return low


@dataclass(frozen=True, eq=False)
class NameTable:
    """All names of a city's places.

    ``n`` places in the order of the city file, ``m`` names.

    Attributes
    ----------
    ids, categories, category_of
        Ids; the categories that occur, and of each place which of them: shape (n,).
    lat, lon, tags, renown
        Degrees, how many tags a place has, and how widely it is known, 0 to 1: shape (n,).
    texts, place_of, other
        The names; whose each is; whether it is one of another language or usage: shape (m,).
    keys, key_names
        Sorted hashes of the forms under which names are found, and which names: shape (k,).
    vocabulary, word_starts, word_names
        The words of all names, sorted; ``word_names[word_starts[i]:word_starts[i + 1]]`` are the
        names that hold word i.
    towns
        Folded names of the town.
    areas, area_names
        Sorted hashes of the names of districts, stations and streets, which other places carry;
        and those of these names that no place tells.
    stamp
        Of which dictionary it was made, shape (1,).
    """

    ids: Texts
    categories: Texts
    category_of: NDArray[np.int16]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    tags: NDArray[np.int32]
    renown: NDArray[np.float32]
    texts: Texts
    place_of: NDArray[np.int32]
    other: NDArray[np.uint8]
    keys: NDArray[np.uint64]
    key_names: NDArray[np.int32]
    vocabulary: Texts
    word_starts: NDArray[np.int64]
    word_names: NDArray[np.int32]
    towns: Texts
    areas: NDArray[np.uint64]
    area_names: Texts
    stamp: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.lat)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        arrays: dict[str, NDArray[Any]] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Texts):
                arrays[f"{each.name}.bytes"] = value.signs
                arrays[f"{each.name}.starts"] = value.starts
            else:
                arrays[each.name] = value
        return arrays

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> NameTable | None:
        """Take arrays as they were given out; nothing is copied.

        Returns
        -------
        NameTable | None
            ``None`` if arrays are missing, do not fit each other, or were made with another
            dictionary: names must then be compiled again.
        """
        values: dict[str, Any] = {}
        try:
            for each in fields(NameTable):
                if f"{each.name}.starts" in arrays:
                    values[each.name] = Texts(
                        np.asarray(arrays[f"{each.name}.bytes"]),
                        np.asarray(arrays[f"{each.name}.starts"]),
                    )
                else:
                    values[each.name] = np.asarray(arrays[each.name])
            table = NameTable(**values)
            return table if table._is_sound() else None
        except (KeyError, IndexError, TypeError, AttributeError):
            return None

    def _is_sound(self) -> bool:
        """Whether the arrays belong together and to the dictionary of this version."""
        n, m = len(self.lat), len(self.place_of)
        return (
            self.stamp.shape == (1,)
            and int(self.stamp[0]) == dictionary().stamp
            and len(self.ids) == len(self.lon) == len(self.category_of) == n
            and len(self.tags) == len(self.renown) == n
            and len(self.texts) == len(self.other) == m
            and len(self.keys) == len(self.key_names)
            and len(self.word_starts) == len(self.vocabulary) + 1
            and self.word_starts[0] == 0
            and self.word_starts[-1] == len(self.word_names)
            and bool(np.all(self.word_starts[:-1] <= self.word_starts[1:]))
            and _within(self.category_of, len(self.categories))
            and _within(self.place_of, n)
            and _within(self.key_names, m)
            and _within(self.word_names, m)
            and all(texts.is_whole() for texts in self._all_texts())
        )

    def _all_texts(self) -> tuple[Texts, ...]:
        own = (self.ids, self.categories, self.texts, self.vocabulary)
        return (*own, self.towns, self.area_names)

    @cached_property
    def town_names(self) -> frozenset[str]:
        """Folded names of the town."""
        return frozenset(self.towns)

    @cached_property
    def category_names(self) -> tuple[str, ...]:
        """The categories that occur, in the order of their numbers."""
        return tuple(self.categories)

    def category(self, place: int) -> str:
        """Return the category of a place."""
        return self.category_names[int(self.category_of[place])]

    def reading(self, name: int) -> Reading:
        """Return a name, taken apart."""
        return take_apart(self.texts[name], self.town_names)

    def named(self, key: int) -> list[int]:
        """Return the names that are found under a key."""
        begin = int(np.searchsorted(self.keys, np.uint64(key), "left"))
        if begin == len(self.keys) or int(self.keys[begin]) != key:
            return []
        end = int(np.searchsorted(self.keys, np.uint64(key), "right"))
        return [int(name) for name in self.key_names[begin:end]]

    def holds(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which of many keys some name is found under."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.asarray(self.keys[at] == keys)

    def is_area(self, words: Iterable[str]) -> bool:
        """Whether words, canonical, are the name of a district, a station or a street."""
        key = key_of("area", words)
        at = int(np.searchsorted(self.areas, np.uint64(key)))
        return at < len(self.areas) and int(self.areas[at]) == key

    def word(self, word: str) -> int | None:
        """Return the number of a word, None if no name holds it."""
        raw = word.encode("utf-8", "replace")
        at = self.vocabulary.first_from(raw)
        return at if at < len(self.vocabulary) and self.vocabulary.raw(at) == raw else None

    def words_from(self, beginning: str) -> tuple[int, list[str]]:
        """Return all words that begin so, and the number of the first."""
        raw = beginning.encode("utf-8", "replace")
        begin = self.vocabulary.first_from(raw)
        end = self.vocabulary.first_from(raw + b"\xff")
        return begin, self.vocabulary.run(begin, end)

    def holding(self, word: int) -> NDArray[np.int32]:
        """Return the names that hold a word, ascending."""
        return self.word_names[int(self.word_starts[word]) : int(self.word_starts[word + 1])]


def area_names_of(arrays: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    """Return what only an extract told of a city's ground, out of arrays that may be stale."""
    try:
        texts = Texts(arrays["area_names.bytes"], arrays["area_names.starts"])
        return tuple(texts) if texts.is_whole() else ()
    except (KeyError, IndexError, TypeError):
        return ()


def _within(numbers: NDArray[Any], limit: int) -> bool:
    return not len(numbers) or (int(numbers.min()) >= 0 and int(numbers.max()) < limit)
