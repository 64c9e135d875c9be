"""Words that nothing understands: "blorp", "zzz", a word of another tongue.

What a word means is asked of the tables of the rules, and, by way of `Knowledge`, of the catalogue,
of the words that the embedding model knows whole, and of the city's names. A word that none of them
knows makes no wish: the nearest place to nonsense is no answer to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from planner.language.cues import spoken
from planner.language.lexicon import (
    COMMON,
    EMPTY_WORDS,
    LEADING,
    PREPOSITIONS,
    QUALITIES,
    TRAILING,
    known,
    words,
)
from planner.language.orders import wishes_only
from planner.language.spans import unsayable
from planner.language.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.domain import Request, SubRequest
    from planner.language.tokens import Token

# Endings of English: what is left of a word without one may be a word that is known.
_ENDINGS: Final = words(
    "s es d ed r er ers ing ism ist ists y ly ish less ness ful able ery ier iest est al ic ian"
)
_LEAST_STEM: Final = 3
_SHORTEST: Final = 2
_FUNCTION: Final = LEADING | TRAILING | PREPOSITIONS
_LATIN: Final = 0x250
"""Beyond this code point letters are of scripts that no table here can judge."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What else knows words.

    Attributes
    ----------
    word
        Whether some text of one word is a word of a language, or of the catalogue.
    here
        Whether a word stands in the names of places here.
    """

    word: Callable[[str], bool]
    here: Callable[[str], bool]


def without_strangers(request: Request, knowledge: Knowledge) -> Request:
    """Return a request without the wishes of which nothing is understood, and with their words.

    Parameters
    ----------
    request
        What was read.
    knowledge
        What knows words that the rules have no table for.

    Returns
    -------
    Request
        ``strange`` holds each word that nothing knows, as it was typed, once.
    """
    kept: list[SubRequest] = []
    strange: dict[str, None] = {}
    for each in request.subrequests:
        wish = each.type in {"place", "itinerary"} and not each.mustsee
        found = _strange(tokenize(each.pos), knowledge, request.text) if wish else []
        if not found:
            kept.append(each)
            continue
        strange |= dict.fromkeys(token.text for token in found)
        rest = [token for token in tokenize(each.pos) if token not in found and _content(token)]
        if any(token.word not in QUALITIES | EMPTY_WORDS for token in rest):
            kept.append(each)
        elif each.neg is not None:
            kept.append(replace(each, pos="places", type="itinerary"))
    said = tokenize(wishes_only(request.text))
    if not kept and not _measured(request):
        strange |= dict.fromkeys(token.text for token in _strange(said, knowledge, request.text))
    else:
        heaps = [token for token in said if not token.mark and unsayable(token.word)]
        strange |= dict.fromkeys(t.text for t in _strange(heaps, knowledge, request.text))
    return replace(request, subrequests=tuple(kept), strange=tuple(strange))


def is_nonsense(request: Request) -> bool:
    """Tell whether nothing at all of a request was understood, not even that any walk will do.

    Parameters
    ----------
    request
        What :func:`without_strangers` made of it.
    """
    if request.subrequests or _measured(request):
        return False
    said = [token for token in tokenize(request.text) if not token.mark and _content(token)]
    if not said:
        return bool(request.text.strip()) and not any(map(str.isalpha, request.text))
    return all(token.text in request.strange for token in said)


def _measured(request: Request) -> bool:
    numbers = (request.hours, request.start_time, request.date, request.stops)
    return any(each is not None for each in numbers)


def _content(token: Token) -> bool:
    """Tell a word that says something, unlike an article or "please"."""
    return not token.mark and token.word not in _FUNCTION


def _strange(tokens: Iterable[Token], knowledge: Knowledge, text: str) -> list[Token]:
    """List the words that nothing knows; a capital makes a name, which is no nonsense."""
    loud = text == text.upper()
    found = []
    for token in tokens:
        judged = not token.mark and token.text.isalpha() and max(map(ord, token.text)) < _LATIN
        named = token.capital and not loud and not text.lstrip().startswith(token.text)
        if not judged or named or len(token.text) < _SHORTEST or _told(token.word):
            continue
        if not _spelt(token.word, knowledge.word):
            found.append(token)
    return [token for token in found if not knowledge.here(token.text)]


def _told(word: str) -> bool:
    """Tell a word that the rules' own tables hold."""
    return known(word) or word in COMMON or word in PREPOSITIONS or word in spoken()


def _spelt(word: str, is_word: Callable[[str], bool]) -> bool:
    """Tell a word of a language, also one made of others: "brutalism", "bookbinding"."""
    if is_word(word):
        return True
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _LEAST_STEM:
            continue
        forms = [stem, f"{stem}e"]
        forms += [stem[:-1]] if stem[-1] == stem[-2] else []
        forms += [f"{stem[:-1]}y"] if stem[-1] == "i" else []
        if any(map(is_word, forms)):
            return True
    parts = range(_LEAST_STEM, len(word) - _LEAST_STEM + 1)
    return any(is_word(word[:at]) and _plainly(word[at:], is_word) for at in parts)


def _plainly(word: str, is_word: Callable[[str], bool]) -> bool:
    return is_word(word) or (word.endswith("s") and is_word(word[:-1]))
