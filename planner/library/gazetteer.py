"""Known names in running text: which places of a city a post speaks of.

An exact pass: what it finds stands in the text and in the city. Of overlapping names the longest
counts; a word that is a shop's name and an everyday word as well counts only where it can be
nothing but the name. The time grows with the length of the text, as each word begins a few
look-ups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from planner.library.matching import CORE, EXACT, JOINED, OTHER_NAME_LESS, kind_fits
from planner.library.nametable import key_of
from planner.library.readings import dictionary, is_own, is_telling, is_town, take_apart
from planner.library.words import fold, singular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.library.naming import Match, NameIndex

Ground: TypeAlias = Literal["place", "area"]

_TOKEN = re.compile(r"&|[^\W_]+(?:['\u2019\u02bc][^\W_]+)*")
_GAP = re.compile(r"[ \t\u00a0'\"\u2018\u2019\u201c\u201d&\-\u2010-\u2012/]*")
_DOTTED = re.compile(r"\.[ \t\u00a0]*")
_LINE = re.compile(r"[ \t]*\n[ \t]*")
_ITEM = re.compile(r"\s*(?:\d+\s*[.):]|[\u2022\u00b7*>\-\u2013\u2014])[\s*_\"\u201c\u201e]*")
_LONGEST = 8
_LONGEST_OTHER = 6
_SHORT_TOKEN = 3
_WRAPPED = 40
_TIE = 1.5
_STEM = 4
# Finnish endings of place, folded, longest first: "Kiasmassa", "Ateneumissa", "Kauppatorilla".
_CASES = tuple(
    re.findall(r"\w+", "issa ista illa ilta ille iin ssa sta lla lta lle ksi seen hun")
    + re.findall(r"\w+", "in on an en un yn na n a")
)
_GROUND_GROUPS = frozenset({"area", "transport"})
_GROUND_KINDS = frozenset({"pedestrian_area", "parking", "bicycle_rental"})
_OWN_GROUND = frozenset({"area", "nature", "transport"})
_SQUARES = frozenset({"square", "pedestrian_area"})
_PERSONS = frozenset({"artwork", "memorial", "monument", "fountain"})
_RENOWNED = 0.45
_CUE_REACH = 6
_AT = frozenset({"at", "chez", "bei", "beim", "hos", "presso"})
_CASUAL = 0.03
_SIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text.

    Attributes
    ----------
    start, end
        Where it stands: ``text[start:end]``.
    place_ids
        The places that bear it, the likeliest first; several for a chain or for namesakes.
    name
        The name that it fits, as the city has it.
    score
        How well it fits, 0 to 100.
    kind
        ``"area"`` for districts, streets and stations, which posts name to say where something
        else is; ``"place"`` for all others.
    """

    start: int
    end: int
    place_ids: tuple[str, ...]
    name: str
    score: float
    kind: Ground = "place"


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str
    folded: str
    capital: bool
    opens: bool
    joined: bool


def find_names(text: str, index: NameIndex) -> tuple[Mention, ...]:
    """Return the names of a city's places that stand in a text, in their order.

    Parameters
    ----------
    text
        Of any length and language.
    index
        The city's names.
    """
    return _Pass(text, index).mentions()


class _Pass:
    """One text held against one city's names."""

    def __init__(self, text: str, index: NameIndex) -> None:
        self._text = text
        self._index = index
        self._table = index.table
        self._tokens = tuple(_tokens(text))
        self._seen: dict[str, tuple[Match, ...]] = {}
        self._forms: dict[str, tuple[str, ...]] = {}

    def mentions(self) -> tuple[Mention, ...]:
        """Return the mentions; of two that overlap the longer, of two as long the first."""
        whole = self._whole_names()
        found = []
        at = 0
        while at < len(self._tokens):
            mention, beyond = self._at(at, whole)
            if mention is not None:
                found.append(mention)
            at = beyond
        return tuple(found)

    def _at(self, begin: int, whole: dict[int, int]) -> tuple[Mention | None, int]:
        """Return the longest name that begins at a token, and the token after it."""
        if self._tokens[begin].folded == "the":
            return None, begin + 1
        for end in range(min(begin + _LONGEST, self._run_end(begin)), begin, -1):
            # Names as they are mapped have been looked up all at once; others need capitals.
            exact = whole.get(begin, 0) >> (end - begin) & 1
            if not exact and not self._may_be_other(begin, end):
                continue
            mention = self._mention(begin, end)
            if mention is not None:
                return mention, end
        return None, begin + 1

    def _run_end(self, begin: int) -> int:
        end = begin + 1
        while end < len(self._tokens) and self._tokens[end].joined and end - begin < _LONGEST:
            end += 1
        return end

    def _whole_names(self) -> dict[int, int]:
        """Return for each token the lengths, as bits, of the runs that are names as mapped."""
        keys: list[int] = []
        runs: list[tuple[int, int]] = []
        for begin, first in enumerate(self._tokens):
            if not self._is_known(first.folded) and not self._stems(first):
                continue
            words: list[str] = []
            for end in range(begin, self._run_end(begin)):
                token = self._tokens[end]
                for last in (token.folded, *self._stems(token)):
                    keys.append(key_of("folded", _joined([*words, last])))
                    runs.append((begin, end + 1))
                if not self._is_known(token.folded):
                    break
                words.append(token.folded)
        whole: dict[int, int] = {}
        if keys:
            held = self._table.holds(np.array(keys, dtype=np.uint64))
            for (begin, end), is_held in zip(runs, held, strict=True):
                if is_held:
                    whole[begin] = whole.get(begin, 0) | 1 << (end - begin)
        return whole

    def _is_known(self, folded: str) -> bool:
        """Whether some name may hold a word."""
        return (
            folded in dictionary().small
            or self._table.word(folded) is not None
            or self._table.word(singular(folded)) is not None
            or is_town(folded, self._table.town_names)
            or all(part.isdigit() for part in folded.split())
        )

    def _stems(self, token: _Token) -> tuple[str, ...]:
        """Return a word without an ending of its case, where that makes it a known one."""
        if not token.capital:
            return ()
        known = self._forms.get(token.text)
        if known is None:
            known = tuple(
                dict.fromkeys(stem for stem in _stems(token.text, token.folded) if self._has(stem))
            )
            self._forms[token.text] = known
        return known

    def _has(self, word: str) -> bool:
        return self._table.word(word) is not None or self._table.word(singular(word)) is not None

    def _may_be_other(self, begin: int, end: int) -> bool:
        """Whether a run is worth reading as a translated or shortened name: it has capitals."""
        run = self._tokens[begin:end]
        if end - begin > _LONGEST_OTHER or (not run[0].capital and not _uncased(run[0].text)):
            return False
        small = dictionary().small
        if run[0].folded in small or run[-1].folded in small:
            return False
        book = dictionary()
        return all(
            token.capital
            or _uncased(token.text)
            or token.folded in small
            or book.words.get(token.folded) in book.kinds
            for token in run
        )

    def _mention(self, begin: int, end: int) -> Mention | None:
        first, last = self._tokens[begin], self._tokens[end - 1]
        for ending in ("", *self._stems(last)):
            written = self._text[first.start : last.end]
            asked = (
                written
                if not ending
                else self._text[first.start : last.start] + ending.capitalize()
            )
            matches = self._matches(asked)
            if matches and self._is_meant(begin, end, asked, matches[0], ending):
                top = matches[0].score
                ids = tuple(m.place_id for m in matches if m.score >= top - _TIE)
                category = self._index.category_of(matches[0])
                ground = self._group(category) in _GROUND_GROUPS or category in _GROUND_KINDS
                return Mention(
                    first.start, last.end, ids, matches[0].name, top, "area" if ground else "place"
                )
        return None

    def _matches(self, asked: str) -> tuple[Match, ...]:
        key = " ".join(asked.split())
        if key not in self._seen:
            self._seen[key] = self._index.written(key)
        return self._seen[key]

    def _is_meant(self, begin: int, end: int, asked: str, match: Match, ending: str) -> bool:
        """Whether words that fit a name are meant as that name here."""
        if match.score < CORE - OTHER_NAME_LESS or not self._index.is_proper(asked, match):
            return False
        towns = self._table.town_names
        run = self._tokens[begin:end]
        words = [
            token
            for token in run
            if token.folded not in dictionary().small and not is_town(token.folded, towns)
        ]
        # The town after a name is no part of it, unless the city says so: "a Day in Helsinki".
        if not words or (run[-1] is not words[-1] and match.score < EXACT - OTHER_NAME_LESS):
            return False
        if ending:
            words[-1] = replace(words[-1], folded=ending)
        if match.score < JOINED - OTHER_NAME_LESS and not self._is_fair(asked, match, ending):
            return False
        said = self._says_kind(asked)
        return (
            self._is_everyday_name(begin, end, asked, words)
            and not self._is_part_of_another(begin, end, match)
            and (said or not self._is_bare_artwork(begin, end, match))
            and (said or len(words) > 1 or self._has_cue(begin, end, match))
            and self._has_capitals(words, match)
        )

    def _is_fair(self, asked: str, match: Match, ending: str) -> bool:
        """Whether what a translation or short form adds or leaves out is a noun of kind."""
        towns, book = self._table.town_names, dictionary()
        said, name = take_apart(asked, towns), take_apart(match.name, towns)
        if not set(said.words) - set(name.words) <= book.kinds:
            return False
        if len(said.words) == 1 and not said.core:
            return False  # "Kirche" may be any church
        if ending and not said.kinds:
            # An ending and a word of kind left out at once: only parks and squares.
            category = self._index.category_of(match)
            return self._group(category) in _OWN_GROUND or category in _SQUARES
        return not set(name.kinds) - set(said.kinds) or any(map(is_own, said.core))

    def _is_everyday_name(self, begin: int, end: int, asked: str, words: Sequence[_Token]) -> bool:
        """Whether words that are everyday ones stand where they can be nothing but a name."""
        if not all(self._is_everyday(token.folded) for token in words):
            return True
        if self._is_head_of_item(begin, end):
            return True
        if len(words) == 1 and not self._says_kind(asked):
            return False
        before = self._tokens[begin - 1] if begin and self._tokens[begin].joined else None
        after = self._tokens[end] if end < len(self._tokens) else None
        longer = [before, after if after is not None and after.joined else None]
        if any(token is not None and token.capital for token in longer):
            return False
        return len(words) > 1 or not self._tokens[begin].opens

    def _is_part_of_another(self, begin: int, end: int, match: Match) -> bool:
        """Whether the words go on into a longer name that nobody knows: "Ateneum Hotel"."""
        after = self._tokens[end] if end < len(self._tokens) else None
        if after is not None and after.joined and after.capital:
            kinds = take_apart(after.text, self._table.town_names).kinds
            category = self._index.category_of(match)
            if any(not kind_fits(self._index.catalogue, kind, category) for kind in kinds):
                return True
        if end - begin > 1:
            return False
        before = self._tokens[begin - 1] if begin and self._tokens[begin].joined else None
        beside = [before, after if after is not None and after.joined else None]
        return any(
            token is not None
            and token.capital
            and not (token.opens and match.score >= JOINED - OTHER_NAME_LESS)
            and not self._is_everyday(token.folded)
            and not is_town(token.folded, self._table.town_names)
            for token in beside
        )

    def _has_capitals(self, words: Sequence[_Token], match: Match) -> bool:
        if any(token.capital or _uncased(token.text) for token in words):
            # "Kluuvi mall", but not "The mall": a telling word must be written as a name is.
            telling = [token for token in words if is_telling(token.folded)] or words
            return any(token.capital or _uncased(token.text) for token in telling)
        if self._casual:
            return True
        return len(words) > 1 or self._appeal(match) >= _SIGHT

    def _appeal(self, match: Match) -> float:
        kinds, category = self._index.catalogue, self._index.category_of(match)
        return kinds.category(category).appeal if category in kinds else 0.0

    @cached_property
    def _casual(self) -> bool:
        """Whether the whole text is written without capitals."""
        capitals = sum(token.capital for token in self._tokens)
        return capitals <= _CASUAL * len(self._tokens)

    def _is_everyday(self, folded: str) -> bool:
        book = dictionary()
        bases = (folded, *(folded.removesuffix(end) for end in ("s", "d", "ed", "ing", "ly")))
        return any(word in book.everyday for word in bases) or bool(
            self._index.catalogue.named(folded)
        )

    def _says_kind(self, asked: str) -> bool:
        return bool(take_apart(asked, self._table.town_names).kinds)

    def _is_head_of_item(self, begin: int, end: int) -> bool:
        """Whether a run is an item of a list, or its head: "2. Story - a lovely café"."""
        start = self._tokens[begin].start
        line = self._text[self._text.rfind("\n", 0, start) + 1 : start]
        rest = self._text[self._tokens[end - 1].end :].split("\n", 1)[0].strip()
        return _ITEM.fullmatch(line) is not None and (not rest or rest[0] in ":-\u2013\u2014(,")

    def _is_bare_artwork(self, begin: int, end: int, match: Match) -> bool:
        """Whether words may be those of a statue's name, but are not said to be a statue.

        A person of whom there is a statue is spoken of in other ways, and so is "the Blue Line".
        """
        if self._index.category_of(match) not in _PERSONS:
            return False
        if self._index.renown_of(match) >= _RENOWNED:
            return False
        around = self._tokens[max(0, begin - _CUE_REACH) : end + _CUE_REACH]
        return not any(self._says_kind(token.text) for token in around)

    def _has_cue(self, begin: int, end: int, match: Match) -> bool:
        """Whether a single word is a well-known name, or stands where a place is spoken of.

        Shops and cafés are called Olivia, Werner and Vans. They count at the head of an item,
        after "at", and beside a word for what they are.
        """
        category = self._index.category_of(match)
        ground = self._group(category) in _OWN_GROUND and category not in _GROUND_KINDS
        if ground or self._appeal(match) >= _SIGHT:
            return True
        if self._index.renown_of(match) >= _RENOWNED or self._is_head_of_item(begin, end):
            return True
        if begin and self._tokens[begin - 1].folded in _AT:
            return True
        return any(
            category in self._index.catalogue.named(word)
            for token in self._sentence_around(begin, end)
            for word in (token.folded, *take_apart(token.text, self._table.town_names).kinds)
        )

    def _sentence_around(self, begin: int, end: int) -> Iterator[_Token]:
        """Yield the words beside a run, in its sentence."""
        for at in range(begin - 1, max(-1, begin - 1 - _CUE_REACH), -1):
            if self._tokens[at + 1].opens:
                break
            yield self._tokens[at]
        for token in self._tokens[end : end + _CUE_REACH]:
            if token.opens:
                break
            yield token

    def _group(self, category: str) -> str:
        kinds = self._index.catalogue
        return kinds.category(category).group if category in kinds else ""


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    opens = True
    for match in _TOKEN.finditer(text):
        gap = text[end : match.start()]
        before = text[max(0, end - _SHORT_TOKEN - 1) : end]
        joined = end > 0 and _joins(gap, before, text, end)
        opens = not joined and (end == 0 or any(sign in gap for sign in ".!?\n:\u2026"))
        folded = "and" if match.group() == "&" else fold(match.group())
        yield _Token(
            match.start(), match.end(), match.group(), folded, match.group()[0].isupper(),
            opens, joined,
        )  # fmt: skip
        end = match.end()


def _joins(gap: str, before: str, text: str, end: int) -> bool:
    """Whether a name may go on over a gap between two words."""
    if _GAP.fullmatch(gap):
        return True
    if _DOTTED.fullmatch(gap):
        # "St. George", "Hki. Cathedral": a short word with a capital, and no end of a sentence.
        word = re.split(r"[^\w]", before)[-1]
        return 0 < len(word) <= _SHORT_TOKEN and word[0].isupper()
    if _LINE.fullmatch(gap):
        # A line that is as long as lines are wrapped at.
        return end - text.rfind("\n", 0, end) > _WRAPPED
    return False


def _joined(words: Sequence[str]) -> str:
    return " ".join(word for word in " ".join(words).split() if word != "the")


def _stems(text: str, folded: str) -> Iterator[str]:
    """Yield what a word may be the inflected form of."""
    if text.endswith(("'s", "\u2019s", "s'", "s\u2019")) or (
        folded.endswith("s") and len(folded) > _STEM
    ):
        yield folded[:-1]
    for case in _CASES:
        stem = folded.removesuffix(case)
        if stem != folded and len(stem) >= (_STEM - 1 if case[0] == "i" else _STEM):
            yield stem
            # Consonants double again where the ending is gone: kirkossa, kirkko.
            if stem[-2] in "kpt" and stem[-1] in "aeiouy" and stem[-3] != stem[-2]:
                yield stem[:-1] + stem[-2:]


def _uncased(text: str) -> bool:
    """Whether a word is of a script that knows no capitals."""
    return text.upper() == text.lower() and any(sign.isalpha() for sign in text)
