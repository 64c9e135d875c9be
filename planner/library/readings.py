"""Names taken apart: what is translated, what says the kind, and what is the name proper.

Two names that mean one place rarely agree letter by letter. They agree once each word is read as
the word that it stands for: in the singular, in one language, compounds taken apart, abbreviations
written out, other alphabets in Latin letters.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from planner.library.words import fold, singular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FORM = 2
"""Counted up whenever a name is taken apart in another way: what was compiled is then stale."""

_TOWN_STEM = 5
_TOWN_ENDING = 4
_TOWN_SHORT = range(3, 6)
_SHORTEST_STEM = 2
_SHORTEST_MENDED = 6
_SHORTEST_GENITIVE = 5
_LONG_WORD = 10
_SHORTEST_CUT = 3
_LONGEST_NAME = 300
_ELIDED = re.compile(r"\b(d|l|dell|dall|nell|all|sant)['\u2019](?=\w)", re.IGNORECASE)
_CUT = re.compile(r"([^\W\d_]{2,})\.")
_LATIN = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdezijklmnoprstufhye", strict=True)),
        **dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstifo", strict=True)),
        "ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "ju", "я": "ja",
        "ъ": "", "ь": "", "\u0456": "i", "є": "je", "ґ": "g", "ў": "u", "ς": "s", "θ": "th",
        "χ": "ch", "ψ": "ps", "ђ": "dj", "\u0458": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
    }
)  # fmt: skip
_SOUNDS = (
    (re.compile("sch|sh|sz|tsh"), "s"),
    (re.compile("ph"), "f"),
    (re.compile("th"), "t"),
    (re.compile("ck|qu|q|c(?![eiyh])"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("[wv]"), "v"),
    (re.compile("ae"), "a"),
    (re.compile("oe"), "o"),
    (re.compile("ue"), "u"),
    (re.compile("[yj]"), "i"),
    (re.compile("z"), "s"),
)
_DOUBLED = re.compile(r"(.)\1+")
# Endings of cases, Finnish and Swedish, and the vowel before them, which changes with the case.
_CASE = re.compile(r"(?<=[^\W\d_]{5})(?:[aeiou]?[ns]|[aeiou])$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A name or a question, taken apart.

    Attributes
    ----------
    folded
        The text as written, folded, without articles.
    local
        The same without the town's own name.
    plain
        Its words as written, without the town and small words.
    words
        Its words in order, each read as the English word that it stands for if it is known.
    core
        Those that are no word of kind.
    kinds
        Those that are.
    cut
        Words that end in a dot: they may be the beginning of a longer one.
    town
        Whether it says the town's own name, however short.
    """

    folded: str
    local: str
    plain: tuple[str, ...]
    words: tuple[str, ...]
    core: tuple[str, ...]
    kinds: tuple[str, ...]
    cut: frozenset[str] = frozenset()
    town: bool = False


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words of ``names.toml``, folded."""

    words: Mapping[str, str]
    kinds: frozenset[str]
    common: frozenset[str]
    everyday: frozenset[str]
    short: Mapping[str, str]
    small: frozenset[str]
    phrases: Mapping[str, str]
    pairs: Mapping[tuple[str, str], str]
    endings: tuple[str, ...]
    stamp: int


@lru_cache(maxsize=1)
def dictionary() -> Dictionary:
    """Return the dictionary that is shipped, read once a process."""
    text = (resources.files("planner.library") / "names.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Dictionary(
        words={
            fold(other): word
            for part in ("kinds", "words", "common")
            for word, others in data[part].items()
            for other in others.split()
        },
        kinds=frozenset(data["kinds"]),
        common=frozenset({*data["kinds"], *data["common"], *data["pairs"].values()}),
        everyday=frozenset(" ".join(data["everyday"].values()).split()),
        short={fold(short): word for short, word in data["short"].items()},
        small=frozenset(data["small"]["words"].split()),
        phrases=data["phrases"],
        pairs={
            (first, second): word
            for pair, word in data["pairs"].items()
            for first, second in [pair.split()]
        },
        endings=tuple(sorted(data["endings"]["words"].split(), key=len, reverse=True)),
        # What was compiled with other words than these cannot be looked up with these.
        stamp=int.from_bytes(blake2b(f"{FORM} {text}".encode(), digest_size=8).digest(), "little"),
    )


def take_apart(
    text: str, towns: frozenset[str], known: Callable[[str], bool] | None = None
) -> Reading:
    """Take a name apart.

    Parameters
    ----------
    text
        The name; what is beyond 300 signs is left out.
    towns
        Folded names of the town, which a name may carry or leave out.
    known
        For a question: whether a word stands in any name that is there. Words that do not are
        mended where they miss a known word of kind by a slip, and written out where they are cut.
        ``None`` for a name, which is taken as it is.
    """
    if known is None:
        return _name(text[:_LONGEST_NAME], towns)
    return _read(text[:_LONGEST_NAME], towns, known)


@lru_cache(maxsize=8192)
def _name(text: str, towns: frozenset[str]) -> Reading:
    return _read(text, towns, None)


def _read(text: str, towns: frozenset[str], known: Callable[[str], bool] | None) -> Reading:
    book = dictionary()
    written = [word for word in fold(text).split() if word != "the"]
    local = [word for word in written if not is_town(word, towns)]
    parted = [word for word in fold(_ELIDED.sub(r"\1 ", text)).split() if word != "the"]
    said = len(parted)
    parted = [word for word in parted if not is_town(word, towns)]
    cut = frozenset(fold(word) for word in _CUT.findall(text)) if "." in text else frozenset()
    if known is not None:
        parted = [
            word
            for word in parted
            if known(word) or not _is_short_town(word, towns, cut=word in cut)
        ]
    words = _canonical([w for w in parted if w not in book.small] or parted, known, cut)
    return Reading(
        folded=" ".join(written),
        local=" ".join(local),
        plain=tuple(latin(word) for word in parted if word not in book.small),
        words=words,
        core=tuple(word for word in words if word not in book.kinds),
        kinds=tuple(word for word in words if word in book.kinds),
        cut=cut,
        town=len(parted) < said,
    )


def is_town(word: str, towns: Iterable[str]) -> bool:
    """Whether a folded word is the town's own name, in any of its cases."""
    word = latin(word)
    return any(
        word == town
        or (
            len(town) > _TOWN_STEM
            and word.startswith(town[:_TOWN_STEM])
            and len(word) <= len(town) + _TOWN_ENDING
        )
        for town in towns
    )


def _is_short_town(word: str, towns: Iterable[str], *, cut: bool) -> bool:
    """Whether a word nobody knows shortens the town's name: "Hki", "Hels.", "Sthlm", "Bcn"."""
    if len(word) not in _TOWN_SHORT or not word.isascii() or _parts(word) != (word,):
        return False
    return any(
        (cut and town.startswith(word)) or _is_drawn_from(word, town)
        for town in towns
        if len(town) > len(word) + 1
    )


def _is_drawn_from(word: str, town: str) -> bool:
    """Whether a word is the town's first letter and further ones of it in order."""
    if word[0] != town[0]:
        return False
    # Finnish writes the genitive short as well: "Hgin" is Helsingin.
    return any(
        all(sign in letters for sign in word)
        for letters in (iter(town), iter(town.replace("nk", "ng") + "n"))
    )


def is_telling(word: str) -> bool:
    """Whether a canonical word may tell one place from all others: no common adjective or kind."""
    return word not in dictionary().common


def is_own(word: str) -> bool:
    """Whether a canonical word is no word of the dictionary: a name that is only itself."""
    return word not in _meanings()


@lru_cache(maxsize=1)
def _meanings() -> frozenset[str]:
    book = dictionary()
    return frozenset({*book.words.values(), *book.pairs.values()})


def latin(word: str) -> str:
    """Return a folded word in Latin letters, as Cyrillic and Greek are usually written."""
    return word if word.isascii() else word.translate(_LATIN)


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """Return how a canonical word sounds, roughly: "Rex" and "Reks", "Stockmann" and "Stokman".

    Spellings of one sound become one sign and doubled letters single; the ending of a case is left
    out ("Hakaniemi", "Hakaniemen"), and so is an s, which a plural would have lost.
    """
    for pattern, sign in _SOUNDS:
        word = pattern.sub(sign, word)
    word = _DOUBLED.sub(r"\1", word)
    return _CASE.sub("", word.removesuffix("s") or word)


def _canonical(
    words: Iterable[str], known: Callable[[str], bool] | None, cut: frozenset[str]
) -> tuple[str, ...]:
    """Return words in the singular and translated, compounds taken apart, pairs made one."""
    book = dictionary()
    single: list[str] = []
    for word in words:
        parts = _parts(word) if known is None else _mended(word, known, cut=word in cut)
        for part in parts:
            if single and (single[-1], part) in book.pairs:
                single[-1] = book.pairs[single[-1], part]
            else:
                single.append(part)
    return tuple(single)


@lru_cache(maxsize=65536)
def _parts(word: str) -> tuple[str, ...]:
    book = dictionary()
    one = book.words.get(word) or book.words.get(singular(word)) or book.short.get(word)
    if one is not None:
        return (one,)
    for ending in book.endings:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > _SHORTEST_STEM:
            # The Finnish genitive joins the parts of many compounds.
            if stem not in book.words and stem.endswith("n") and len(stem) >= _SHORTEST_GENITIVE:
                stem = stem[:-1]
            return (*_parts(stem), book.words.get(ending, ending))
    plain = latin(word)
    if plain != word:
        return _parts(plain)
    return (singular(word),)


def _mended(word: str, known: Callable[[str], bool], *, cut: bool) -> tuple[str, ...]:
    """Return what a word of a question stands for, a slip or a cut forgiven where it is unknown."""
    parts = _parts(word)
    if len(parts) == 1 and parts[0] in {singular(word), word, latin(word)}:
        if known(parts[0]) or known(word):
            return parts
        return (_written_out(word, cut=cut) or _corrected(word) or parts[0],)
    return tuple(
        part if part in dictionary().kinds or known(part) else (_corrected(part) or part)
        for part in parts
    )


@lru_cache(maxsize=4096)
def _written_out(word: str, *, cut: bool) -> str | None:
    """Return the one known word that a cut one begins, None if there is none or several."""
    if any(word in pair for pair in dictionary().pairs):
        return None
    if len(word) < (_SHORTEST_CUT if cut else _SHORTEST_CUT + 1):
        return None
    begun = {meant for other, meant in dictionary().words.items() if other.startswith(word)}
    return begun.pop() if len(begun) == 1 else None


@lru_cache(maxsize=4096)
def _corrected(word: str) -> str | None:
    """Return the known word that a word misses by a slip of the pen."""
    if len(word) < _SHORTEST_MENDED:
        return None
    slips = 2 if len(word) >= _LONG_WORD else 1
    near = [
        (distance, meant)
        for other, meant in dictionary().words.items()
        if other[0] == word[0]
        and len(other) >= _SHORTEST_MENDED
        and (distance := OSA.distance(word, other, score_cutoff=slips)) <= slips
    ]
    if not near:
        return None
    closest = min(distance for distance, _meant in near)
    meant = {each for distance, each in near if distance == closest}
    return meant.pop() if len(meant) == 1 else None
