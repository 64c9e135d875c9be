"""What the words of one clause ask for: a place, a kind of place, an anchor, or the walk itself.

A `Speller` trims a clause to the span that is copied and tells its type; `planner.language.names`
tells it where names are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.language.lexicon import (
    ACCESS,
    ANCHORS,
    AREA_LEADS,
    AREA_WORDS,
    BUDGETS,
    DEMONYMS,
    DETERMINERS_INDEFINITE,
    DIETS,
    EMPTY_WORDS,
    FINITE,
    KEPT_FRONT,
    LEADING,
    NAME_HEADS,
    OCCASIONS,
    PACES,
    PREPOSITIONS,
    QUALITIES,
    SHAPING_COMPANIONS,
    SHELTER,
    THEMES,
    TRAILING,
    WALK_WORDS,
    base,
    is_kind,
    is_plural,
    known,
    words,
)
from planner.language.names import Names, span_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.language.names import Run, Span
    from planner.language.tokens import Token

_ARTICLES = words("a an the some")
_OWN = words("my our")
_ORDERS = words("give take show find get grab have see visit try include add make keep let skip")
_OPENERS = words("wherever somewhere anywhere something anything place places spot spots")
_VENUES = NAME_HEADS | words(
    "cafe café kahvila restaurant ravintola bar pub hotel bistro sauna club bakery brasserie"
)
# Nouns too general to be a kind of place by themselves.
_GENERIC = words("user users place thing spot stuff bit part place stop activity option")
_LIMITING = words("only mostly mainly just")
_ALL_WALK = ACCESS | PACES | SHELTER | OCCASIONS | BUDGETS | THEMES | DIETS
_FACTS = ACCESS | OCCASIONS | DIETS
_FACT_TAILS = words("woman lady user users accessible intolerant free")
_COUNTS = words("two three four five six seven eight nine ten")
_COMPANY_BEFORE = _COUNTS | words("wee little small young old elderly")
# Things whose first word is mostly a verb before one.
_KEPT_PAIRS = frozenset({("drinking", "water"), ("drinking", "fountain"), ("drinking", "tap")})
_AT_FRONT = words("in around near along within through across at by inside on")
_DROPPED_FRONT = words("in around through within at on to")
_AT_NAME = words("at called named visit see")
_LINKS_INDEFINITE = words("at in near by called")
_RELATIVE = words("where which that who")
_PACE_NOUNS = words("pace speed tempo")
_WALKING = words("walking guided")
# More words than this without a kind among them are a statement, not a place.
_LONGEST_UNKNOWN: Final = 5
# "round the" of "round the lake".
_LONGEST_FRONT: Final = 2
_LONGEST_TAIL: Final = 3
_CONJUNCTIONS = words("if when while because since so but as for")
_AROUND = words("around round throughout within across")
_HAVING_BEEN = words("being keep done seen visited had tried been involving having")
_SAUSAGES = words("hot corn chilli chili")
_ROUND = words("round over across")
_AGE = re.compile(r"\d{1,2}-?(?:years?|yrs?|months?|yo)(?:-?olds?)?|\d{1,2}yo|toddlers?")
_ORDINAL = re.compile(r"first|second|third|\d{1,3}(?:st|nd|rd|th)")
_SHORT_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing a clause asks for.

    ``named`` is a place by its name; ``anchor`` tells that it can be a start or an end, ``area``
    that it is a part of the city to walk in.
    """

    span: Span
    named: bool = False
    anchor: bool = False
    itinerary: bool = False
    area: bool = False


def _place(tokens: Sequence[Token]) -> Reading:
    return Reading(span_of(tokens), named=True, anchor=True)


def _walk(tokens: Sequence[Token], *, area: bool = False) -> Reading:
    return Reading(span_of(tokens), itinerary=True, area=area)


def unsayable(word: str) -> bool:
    """Tell a heap of consonants, which no language has for a place."""
    letters = word.isascii() and word.isalpha() and len(word) > _SHORT_WORD
    return letters and not set(word) & set("aeiouy")


class Speller:
    """Reads spans of one request.

    Parameters
    ----------
    text
        The request.
    is_name
        Tells whether words name a place of the person's library.
    """

    def __init__(self, text: str, *, is_name: Callable[[str], bool] | None = None) -> None:
        self.names = Names(text, is_name=is_name)
        self.copy = self.names.copy

    def states(self, tokens: Sequence[Token]) -> bool:
        """Tell a statement by its verb; in "somewhere I can ..." a verb is part of the wish."""
        if any(token.word in _OPENERS for token in tokens[:2]):
            return False
        said = [token.word for token in self.trim(tokens)[0]]
        return any(word in FINITE for word in said) or said[1:3] == ["of", "us"]

    def trim(
        self, tokens: Sequence[Token], *, keep_own: bool = False
    ) -> tuple[list[Token], set[str]]:
        """Drop articles, politeness and hedges at both ends; also tell which words went first."""
        left, dropped = list(tokens), set()
        while left and left[-1].mark:
            left.pop()
        if len(left) > _LONGEST_FRONT and left[0].word in _ROUND and left[1].word == "the":
            left = left[_LONGEST_FRONT:]
        while left and (left[0].mark or left[0].word in LEADING):
            if (keep_own and left[0].word in _OWN) or self.begins_name(left):
                break
            if left[1:] and (left[0].word, left[1].word) in _KEPT_PAIRS:
                break
            dropped.add(left.pop(0).word)
        while left and (left[-1].mark or left[-1].word in TRAILING) and not left[-1].text.istitle():
            left.pop()
        return left, dropped

    def begins_name(self, tokens: Sequence[Token]) -> bool:
        """Tell whether a word that is mostly filler begins a name here ("Just Coffee")."""
        first, second = tokens[0], tokens[1] if len(tokens) > 1 else None
        if second is None:
            return False
        capitals = first.capital and second.capital and self.names.cased
        order = first.word in _ARTICLES or (
            first.word in _ORDERS and self.names.opens_sentence(first)
        )  # "Give Old Town a miss"
        return (capitals and not order) or self.names.known(tokens)

    def dislike(self, tokens: Sequence[Token]) -> Span | None:
        """Find the span of something that is not wanted."""
        left, _ = self.trim(tokens)
        while len(left) > 1 and left[0].word in _HAVING_BEEN:
            left, _ = self.trim(left[1:])
        run = self.names.find(left)
        if run is not None and run[0] == 0 and left[run[1] : run[1] + 1]:
            left = left[: run[1]] if left[run[1]].word in PREPOSITIONS else left
        return span_of(left) if left else None

    # --- wishes ---

    def read(self, tokens: Sequence[Token], *, anchor: bool, lead: str = "") -> list[Reading]:
        """Tell what a clause asks for.

        Parameters
        ----------
        tokens
            The clause's words.
        anchor
            Whether a start or end cue stands before them.
        lead
            The word right before them, where a cue took it ("in" of "a walk in").
        """
        left, dropped = self.trim(tokens, keep_own=anchor)
        if tokens and tokens[-1].word == "optional":
            return []
        if tokens and not lead and tokens[0].word in _AROUND:
            lead = tokens[0].word
        empty = EMPTY_WORDS | _COUNTS
        if all(token.word in empty or token.word.isdigit() for token in left):
            return []
        row = [] if anchor else self.names.row(left)
        if len(row) > 1:
            return [Reading(span, named=True, anchor=True) for span in row]
        indefinite = bool(dropped & DETERMINERS_INDEFINITE)
        if anchor and not indefinite and (found := self.anchor(left)):
            return [found]
        run = self.name(left, indefinite=indefinite, the="the" in dropped)
        named = self.around_name(left, run, indefinite=indefinite, lead=lead) if run else None
        return [named] if named else self.common(left, lead=lead)

    def name(self, tokens: Sequence[Token], *, indefinite: bool, the: bool) -> Run | None:
        """Find a name; behind "a" only one that a preposition links ("a drink at Zetor")."""
        if not indefinite or (len(tokens) > 1 and self.names.known(tokens)):
            return self.names.find(tokens, the=the)
        run = self.names.of_capitals(tokens) if self.names.cased else None
        linked = run is not None and run[0] and tokens[run[0] - 1].word in _LINKS_INDEFINITE
        return run if linked else None

    def anchor(self, tokens: Sequence[Token]) -> Reading | None:
        """Read a start or end: a name, an address, or a definite place such as "my hotel"."""
        run = self.names.find(tokens, the=True)
        if run is not None and (found := self.named_anchor(tokens, run)):
            return found
        said = [token.word for token in tokens]
        if said[0] in _OWN:
            return _place(tokens)
        if said[0] in _OPENERS or is_plural(said[-1]) or said[0] in PREPOSITIONS:
            return None
        unknown = not all(map(known, said)) and not PREPOSITIONS & set(said)
        return _place(tokens) if unknown or base(said[-1]) in ANCHORS | NAME_HEADS else None

    def named_anchor(self, tokens: Sequence[Token], run: Run) -> Reading | None:
        """Read a start or end that holds a name."""
        before = [token.word for token in tokens[: run[0]]]
        behind = [token.word for token in tokens[run[1] :]]
        if before:
            if before[0] in _VENUES:
                return _place(tokens)
            plain = all(w in _ARTICLES or w in QUALITIES or is_kind(w) for w in before)
            return _place(tokens[: run[1]]) if plain else None
        if not behind or behind[0] in PREPOSITIONS | EMPTY_WORDS | _RELATIVE | _CONJUNCTIONS:
            return _place(tokens[: run[1]])
        if base(behind[0]) in _VENUES:
            return _place(tokens[: run[1] + 1])
        tail = behind[-1] in NAME_HEADS | ANCHORS and len(behind) <= _LONGEST_TAIL
        return _place(tokens) if tail else None

    def around_name(
        self, tokens: Sequence[Token], run: Run, *, indefinite: bool, lead: str
    ) -> Reading | None:
        """Weigh the words before and behind a name; ``None`` where it only qualifies a kind."""
        begin, end = run
        behind = tokens[end:]
        if behind and base(behind[-1].word) in _GENERIC:
            return None  # "Beatles stuff"
        if behind and behind[0].word not in PREPOSITIONS and not behind[0].mark:
            singular = not is_plural(behind[-1].word) and not indefinite
            if singular and base(behind[0].word) in NAME_HEADS:
                end += len(behind) == 1
            elif is_kind(behind[-1].word) or is_plural(behind[-1].word):
                return None  # "Jugend buildings"
        if begin:
            return self.behind_words(tokens, begin, end)
        if lead in AREA_LEADS and lead not in {"to", "through"}:
            return _walk(tokens[:end], area=True)
        if [token.word for token in behind] == ["only"]:
            return _walk(tokens[:end])
        return None if indefinite else _place(tokens[:end])

    def behind_words(self, tokens: Sequence[Token], begin: int, end: int) -> Reading | None:
        """Read a name with words before it: "coffee at X", "lunch near X", "around X"."""
        before = [token.word for token in tokens[:begin]]
        link = before[-2] if before[-1] in {"the", "my"} and len(before) > 1 else before[-1]
        content = [word for word in before if word not in PREPOSITIONS and word not in LEADING]
        if link in _AT_NAME:
            return _place(tokens[begin:end])
        if link in PREPOSITIONS:
            if any(is_kind(word) or not known(word) for word in content):
                return Reading(span_of(tokens[:end]))
            return _walk(tokens[before[0] in _DROPPED_FRONT : end], area=True)
        if len(before) == 1 and before[0] in _VENUES:
            return _place(tokens[:end])
        plain = all(is_kind(w) or w in QUALITIES or w in DEMONYMS for w in content)
        return _place(tokens[begin:end]) if plain or not any(map(is_kind, content)) else None

    def common(self, tokens: list[Token], *, lead: str) -> list[Reading]:
        """Read a clause that holds no name."""
        said = [token.word for token in tokens]
        if base(said[-1]) in WALK_WORDS and not is_kind(said[-1]):
            return self.theme(tokens[:-1])
        if self.company(tokens):
            return [Reading(span, itinerary=True) for span in self.facts(tokens)]
        if (said[0] in _AT_FRONT or said[:2] == ["close", "to"]) and len(said) > 1:
            return [_walk(self.without_front(tokens) if said[-1] in _PACE_NOUNS else tokens)]
        if said[-1] in _PACE_NOUNS or lead in _AT_FRONT | {"it"} or self.of_walk(said):
            return [_walk(tokens)]
        strange = len(said) > _LONGEST_UNKNOWN and not any(map(is_kind, said))
        return [] if strange or any(map(unsayable, said)) else [Reading(span_of(tokens))]

    def theme(self, tokens: list[Token]) -> list[Reading]:
        """Read what stands before "walk": "relaxed", "wheelchair accessible"."""
        while tokens and (tokens[-1].word in LEADING or tokens[-1].word in _WALKING):
            tokens = tokens[:-1]
        return [] if all(token.word in EMPTY_WORDS for token in tokens) else [_walk(tokens)]

    def without_front(self, tokens: list[Token]) -> list[Token]:
        """Drop "at an" of "at an easy pace"."""
        while len(tokens) > 1 and (tokens[0].word in _DROPPED_FRONT or tokens[0].word in _ARTICLES):
            tokens = tokens[1:]
        return tokens

    # --- the walk as a whole ---

    def of_walk(self, said: Sequence[str]) -> bool:
        """Tell whether words without a name are about the whole walk."""
        content = [word for word in said if word not in LEADING or word in _ALL_WALK]
        general = [word for word in content if word in _ALL_WALK or base(word) in _GENERIC]
        if any(is_kind(word) and word not in general for word in content):
            return False
        if base(said[-1]) in _GENERIC | {"only"} and _LIMITING & set(said):
            return True
        rest = [word for word in content if word not in general and word not in KEPT_FRONT]
        telling = any(word in _ALL_WALK or word in AREA_WORDS for word in content)
        return telling and all(map(known, rest))

    def company(self, tokens: Sequence[Token]) -> Span | None:
        """Find the companion who shapes the walk, with what is said before ("two kids")."""
        if tokens and tokens[0].word in _OPENERS:
            return None  # "somewhere our toddler can run around"
        for at, token in enumerate(tokens):
            if _AGE.fullmatch(token.word):
                return token.start, token.end
            if token.word in {"one", "ones"} and at and tokens[at - 1].word in _COMPANY_BEFORE:
                return tokens[at - 1].start, token.end  # "our little one"
            hot = token.word in {"dog", "dogs"} and at > 0 and tokens[at - 1].word in _SAUSAGES
            if base(token.word) in SHAPING_COMPANIONS and not hot:
                if is_kind(tokens[-1].word) and at < len(tokens) - 1:
                    return None  # "children's museum"
                begin = at
                while begin and tokens[begin - 1].word in _COMPANY_BEFORE:
                    begin -= 1
                return tokens[begin].start, token.end
        return None

    def facts(self, tokens: Sequence[Token]) -> list[Span]:
        """Find what a statement about the person tells about the walk."""
        people = self.company(tokens)
        found = [people] if people else []
        for at, token in enumerate(tokens):
            if token.word in _FACTS and (not found or token.start >= found[-1][1]):
                tail = at + 1 < len(tokens) and tokens[at + 1].word in _FACT_TAILS
                front = at > 0 and _ORDINAL.fullmatch(tokens[at - 1].word) is not None
                found.append((tokens[at - front].start, tokens[at + tail].end))
        return found
