"""The phrases that say what the words after (or before) them are for.

The phrases stand in ``cues.toml``, which also says how a phrase is written; that file is the one
place for a new way to refuse, wish, begin or end. Here they are compiled and found in a request.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

# Shorter words are too close to too many others to be taken for a slip.
SHORTEST_TYPO: Final = 5


class Cue(StrEnum):
    """What a phrase announces; each is a table of ``cues.toml``, which tells more."""

    WISH = "wish"
    TASTE = "taste"
    PREFER = "prefer"
    REFUSE = "refuse"
    NOT = "not"
    EXCEPT = "except"
    AFTER = "after"
    TOLERATE = "tolerate"
    STATE = "state"
    NOISE = "noise"
    INJECT = "inject"
    START = "start"
    END = "end"
    FROM = "from"
    VIA = "via"
    STARTS_HERE = "starts_here"
    ENDS_HERE = "ends_here"
    LOOP = "loop"
    BACK = "back"


_Slot: TypeAlias = tuple[frozenset[str], bool]


def plain(word: str) -> str:
    """Lower the case of a word and take its apostrophes, as the tables have it."""
    return word.casefold().replace("’", "").replace("'", "")


def _slots(phrase: str, groups: dict[str, str]) -> tuple[_Slot, ...]:
    """List the words allowed at each place of a phrase, and whether the place may be empty."""
    slots = []
    for part in phrase.split():
        optional = part.endswith("?") and len(part) > 1
        text = re.sub(r"\{(\w+)\}", lambda name: groups[name[1]], part.removesuffix("?"))
        slots.append((frozenset(plain(word) for word in text.split("|")), optional))
    return tuple(slots)


@cache
def _index() -> dict[str, tuple[tuple[Cue, tuple[_Slot, ...]], ...]]:
    """Sort the phrases by each word they can begin with."""
    tables = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
    groups = {name: "|".join(words.split()) for name, words in tables["groups"].items()}
    index: dict[str, list[tuple[Cue, tuple[_Slot, ...]]]] = {}
    for name, lines in tables["cues"].items():
        for line in filter(None, lines.splitlines()):
            slots = _slots(line, groups)
            for words, optional in slots:
                for word in words:
                    index.setdefault(word, []).append((Cue(name), slots))
                if not optional:
                    break
    return {word: tuple(phrases) for word, phrases in index.items()}


@cache
def cue_words() -> frozenset[str]:
    """Give the longer words that stand in a phrase; typos are held against these."""
    return frozenset(word for word in spoken() if len(word) >= SHORTEST_TYPO)


@cache
def spoken() -> frozenset[str]:
    """Give every word that stands in a phrase."""
    return frozenset(
        word
        for phrases in _index().values()
        for _, slots in phrases
        for words, _ in slots
        for word in words
    )


def match_cue(words: Sequence[str], at: int) -> tuple[Cue, int] | None:
    """Find the longest phrase that begins at a word.

    Parameters
    ----------
    words
        The request's words as `plain` gives them; marks of punctuation match nothing.
    at
        Index of the first word.

    Returns
    -------
    The cue and how many words it takes, or ``None``. Of equally long phrases, the one that stands
    first in the table goes first.
    """
    best: tuple[Cue, int] | None = None
    for cue, slots in _index().get(words[at], ()):
        ends = {at}
        for allowed, optional in slots:
            step = {end + 1 for end in ends if end < len(words) and words[end] in allowed}
            ends = step | ends if optional else step
            if not ends:
                break
        length = max(ends, default=at) - at
        if length and (best is None or length > best[1]):
            best = (cue, length)
    return best
