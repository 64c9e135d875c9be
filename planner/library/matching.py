"""Which names a question fits, and how well: translated, shortened, misspelt, but not guessed.

All ways go through look-ups in a :class:`planner.library.nametable.NameTable`: under a hash of the
words, or from a word to the names that hold it. So a question costs the same few milliseconds among
a thousand names and among a hundred thousand.
"""

from __future__ import annotations

import itertools
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from planner.library.nametable import key_of, sounds
from planner.library.readings import dictionary, is_telling, sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.library.catalogue import Catalogue
    from planner.library.nametable import KeyKind, NameTable
    from planner.library.readings import Reading

EXACT, JOINED, TRANSLATED, CORE, SOUND, TYPO, PICKED = 100.0, 98.0, 96.0, 92.0, 90.0, 91.0, 87.0
PART = 84.0
OTHER_NAME_LESS = 0.5
OTHER_KINDS_LESS = 1.5
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
_LANDMARKS = frozenset({"culture", "stage", "sight", "history"})
_OWN_KINDS = frozenset({"square", "pedestrian_area", "pier", "bridge"})
_ALIKE_LIMIT = 24
_TOKEN_SLIP = 82.0
_WORD_SLIP = 86.0
_SWAPPED = 92.0
_BEGUN = 90.0
_SAME_SOUND = 93.0
_CLEARLY = 89.0
_LOOKS = 80.0
_SLIP_MIN_LETTERS = 5
_SHORTEST_BEGUN = 3
_MOST_KINDS = 4
_MOST_PARTS = 400
_MOST_KEPT = 1024
_NAMESAKES_OF_A_KIND = 2


class Matcher:
    """Holds questions against the names of a table.

    Parameters
    ----------
    table
        The compiled names.
    catalogue
        The kinds of places.
    """

    def __init__(self, table: NameTable, catalogue: Catalogue) -> None:
        self.table = table
        self._catalogue = catalogue
        self._slips_of: dict[tuple[str, float, bool], tuple[int, ...]] = {}

    def scored(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names and scores; a name may come more than once."""
        yield from self.unslipped(asked, by_sound=True)
        if asked.words:
            yield from self._parts(asked)
        if asked.core:
            yield from self._slips(asked)

    def unslipped(self, asked: Reading, *, by_sound: bool = False) -> Iterator[tuple[int, float]]:
        """Yield only names that are whole and without a slip of the pen."""
        # The town's own name is the town, whatever else is called so; not so "Barceloneta".
        if asked.words or asked.folded not in self.table.town_names:
            yield from self._under("folded", asked.folded, EXACT)
        if asked.words:
            yield from self._under("local", asked.local, EXACT)
            yield from self._under("joined", asked.folded.replace(" ", ""), JOINED)
            yield from self._translated(asked)
        yield from self._short_forms(asked, by_sound=by_sound)

    def _under(
        self, kind: KeyKind, words: str | Sequence[str], score: float
    ) -> Iterator[tuple[int, float]]:
        return ((at, score) for at in self.table.named(key_of(kind, words)))

    def _translated(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names of the same words; those that say what the place is come first."""
        for at, score in self._under("words", asked.words, TRANSLATED):
            category = self.table.category(int(self.table.place_of[at]))
            fit = all(kind_fits(self._catalogue, word, category) for word in asked.kinds)
            yield at, score if fit else score - OTHER_KINDS_LESS

    def _short_forms(self, asked: Reading, *, by_sound: bool) -> Iterator[tuple[int, float]]:
        """Yield names that differ by words of kind only.

        Words of kind may themselves be the name, as of the restaurant that is called Chapel: each
        is tried as one.
        """
        said = (*asked.kinds, *(word for word in asked.core if self._says_kind(word)))[:_MOST_KINDS]
        fixed = [word for word in asked.core if word not in said]
        for count in range(len(said) + 1):
            for kept in itertools.combinations(said, count):
                proper = (*fixed, *kept)
                left = frozenset(said) - frozenset(kept)
                yield from self._agreeing(asked, "proper", proper, left, CORE)
                heard = sounds(proper) if by_sound else None
                if heard is not None:
                    yield from self._agreeing(asked, "sound", heard, left, SOUND)

    def _says_kind(self, word: str) -> bool:
        return bool(self._catalogue.named(word))

    def _agreeing(
        self,
        asked: Reading,
        key: KeyKind,
        words: Sequence[str],
        left: frozenset[str],
        score: float,
    ) -> Iterator[tuple[int, float]]:
        """Yield the names under a key whose other words say nothing but the kind of the place."""
        if not words:
            return
        for at in self.table.named(key_of(key, words)):
            name = self.table.reading(at)
            if key == "sound" and len(words) == 1 and not _looks_alike(asked.core, name.core):
                continue
            if self._kinds_fit(asked, name, at, left):
                less = OTHER_KINDS_LESS if key == "sound" and _kinds_differ(asked, name) else 0.0
                yield at, score - less if self._singles_out(asked, name, at) else PART

    def _kinds_fit(
        self, asked: Reading, name: Reading, at: int, left: frozenset[str] = frozenset()
    ) -> bool:
        """Whether the words of kind that one side lacks say nothing but what the place is.

        ``left`` are words of the question that were left out as words of kind.
        """
        category = self.table.category(int(self.table.place_of[at]))
        lacked = set(name.kinds) - set(asked.kinds)
        extra = lacked | ((set(asked.kinds) | left) - set(name.words))
        if not extra:
            return True
        # "The National" is not the National Theatre alone: what is left must tell places apart.
        if not any(is_telling(word) for word in name.core) and name.core:
            return False
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
        if self._group(category) in _LANDMARKS:
            return True  # it is the stop that is called after the museum
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
        """Yield names that hold the whole question and more.

        Not safe, but worth a hint; unless the question says the kind and a telling word that one
        place of that kind alone has: "Vaakuna Hotel", "Runeberg statue".
        """
        holding = self._holding_all(asked.words)
        for at in holding[:_MOST_PARTS]:
            whole = sum(map(len, self.table.reading(int(at)).words))
            yield int(at), PART * (0.6 + 0.4 * sum(map(len, set(asked.words))) / max(whole, 1))
        telling = any(len(word) >= _SLIP_MIN_LETTERS and is_telling(word) for word in asked.core)
        if telling and asked.kinds:
            yield from self._picked(asked)

    def _picked(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield the one place of the kind said whose name holds all other words of a question."""
        kinds = [self._catalogue.named(_phrase(word)) for word in asked.kinds]
        fitting = [
            at
            for at in itertools.islice(self._nearly(asked.core, asked.cut), _MOST_PARTS)
            if all(self.table.category(int(self.table.place_of[at])) in keys for keys in kinds)
            and _ends_alike(asked.core, self.table.reading(at).core)
        ]
        if self._are_one(fitting):
            yield from ((at, PICKED) for at in fitting)

    def _are_one(self, names: Iterable[int]) -> bool:
        """Whether names, of which there are some, all belong to one place."""
        return len({int(self.table.place_of[at]) for at in names}) == 1

    def _slips(self, asked: Reading) -> Iterator[tuple[int, float]]:
        """Yield names whose words differ from those asked for by slips of the pen."""
        for at in self._nearly(asked.core, asked.cut):
            name = self.table.reading(at)
            slip = _slip(asked.core, name.core, asked.cut)
            if slip is not None and self._kinds_fit(asked, name, at):
                sure = self._singles_out(asked, name, at)
                less = OTHER_KINDS_LESS if _kinds_differ(asked, name) else 0.0
                yield at, min(TYPO * slip - less, TYPO if sure else PART)
        for at in self._nearly(asked.plain, asked.cut):
            slip = _slip(asked.plain, self.table.reading(at).plain, asked.cut)
            if slip is not None:
                yield at, TYPO * slip

    def _nearly(self, words: Sequence[str], cut: frozenset[str]) -> Iterator[int]:
        """Yield the names that hold, for each of some words, one that it may be a slip of."""
        floor = _WORD_SLIP if len(words) == 1 else _TOKEN_SLIP
        runs = []
        for word in set(words):
            alike = self._alike(word, floor, begun=word in cut)
            if not alike:
                return
            runs.append(np.unique(np.concatenate([self.table.holding(n) for n in alike])))
        if runs:
            runs.sort(key=len)
            both = reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), runs)
            yield from (int(at) for at in both)

    def _alike(self, word: str, floor: float, *, begun: bool) -> tuple[int, ...]:
        """Return the numbers of the words that a word may be a slip of."""
        key = (word, floor, begun)
        if key not in self._slips_of:
            if len(self._slips_of) >= _MOST_KEPT:
                self._slips_of.clear()
            self._slips_of[key] = self._alike_words(word, floor, begun=begun)
        return self._slips_of[key]

    def _alike_words(self, word: str, floor: float, *, begun: bool) -> tuple[int, ...]:
        own = self.table.word(word)
        if len(word) < _SLIP_MIN_LETTERS and not begun:
            return () if own is None else (own,)
        first, bucket = self._bucket(word[0])
        alike = process.extract(
            word, bucket, scorer=fuzz.ratio, score_cutoff=floor, limit=_ALIKE_LIMIT
        )
        # Two letters swapped weigh more in that ratio than a hand's slip deserves.
        swapped = process.extract(
            word, bucket, scorer=OSA.distance, score_cutoff=1, limit=_ALIKE_LIMIT
        )
        near = [first + at for _text, _score, at in (*alike, *swapped)]
        if begun and len(word) >= _SHORTEST_BEGUN:
            start, longer = self.table.words_from(word)
            near += range(start, start + min(len(longer), _ALIKE_LIMIT))
        return tuple(dict.fromkeys([*near, *(() if own is None else (own,))]))

    def _bucket(self, letter: str) -> tuple[int, list[str]]:
        """Return the words with a first letter, kept since questions come in rows."""
        return _first_letter(self.table, letter)


def _kinds_differ(asked: Reading, name: Reading) -> bool:
    return set(asked.kinds) != set(name.kinds)


def _phrase(word: str) -> str:
    """Return the words that the catalogue knows a canonical word of kind by."""
    return dictionary().phrases.get(word, word)


def kind_fits(catalogue: Catalogue, word: str, category: str) -> bool:
    """Whether a word of kind may be said of a place of this category."""
    keys = catalogue.named(_phrase(word))
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


def _looks_alike(asked: Sequence[str], name: Sequence[str]) -> bool:
    """Whether two names that sound alike look alike as well: "Kaemp" and "Kamp", no "Cook"."""
    return fuzz.ratio(" ".join(asked), " ".join(name)) >= _LOOKS


def _swap_ratio(one: str, other: str) -> float:
    """Return how alike two words are if two neighbouring letters are swapped, else 0."""
    swapped = len(one) == len(other) and OSA.distance(one, other, score_cutoff=1) == 1
    return _SWAPPED if swapped and sorted(one) == sorted(other) else 0.0


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


def _ends_alike(asked: Sequence[str], name: Sequence[str]) -> bool:
    """Whether all words asked for are in a name, slips forgiven, and its last one among them.

    What a name ends with is what it is called by, of people as of houses.
    """
    alike = [
        {at for at, other in enumerate(name) if _likeness(word, other, begun=False) >= _CLEARLY}
        for word in asked
    ]
    return all(alike) and any(len(name) - 1 in each for each in alike)


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
