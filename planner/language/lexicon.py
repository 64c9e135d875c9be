"""The words that the rules know, by what they tell about a wish.

The words stand in ``lexicon.toml``: a new kind of place, companion or occasion goes there, into
the table of its name. Plurals and possessives are found by themselves (`base`). Words in no table
are neither known kinds nor known qualities, which is how a lower-case name is told from a common
noun.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

_TABLES: Final[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")
)


def words(text: str) -> frozenset[str]:
    """Make a table of the words of a text."""
    return frozenset(text.split())


def _words(table: str) -> frozenset[str]:
    return words(_TABLES[table])


KINDS: Final = _words("kinds")
NAME_HEADS: Final = _words("name_heads")
ANCHORS: Final = _words("anchors")
QUALITIES: Final = _words("qualities")
DEMONYMS: Final = _words("demonyms")
WALK_WORDS: Final = _words("walk_words")
COMPANIONS: Final = _words("companions")
DIETS: Final = _words("diets")
ACCESS: Final = _words("access")
PACES: Final = _words("paces")
SHELTER: Final = _words("shelter")
OCCASIONS: Final = _words("occasions")
BUDGETS: Final = _words("budgets")
THEMES: Final = _words("themes")
AREA_WORDS: Final = _words("area_words")
WHERE: Final = _words("where")
PREPOSITIONS: Final = WHERE | words(
    "at of in on from with for to by without called named like between under over"
)
AREA_LEADS: Final = _words("area_leads")
LEADING: Final = _words("leading")
KEPT_FRONT: Final = _words("kept_front")
TRAILING: Final = _words("trailing")
DETERMINERS_INDEFINITE: Final = _words("determiners_indefinite")
FINITE: Final = _words("finite")
CITIES: Final = _words("cities")
NO_TYPO: Final = _words("no_typo")
COMMON: Final = _words("common")

SHAPING_COMPANIONS: Final = (COMPANIONS - _words("plain_company")) | {"ones"}
EMPTY_WORDS: Final = _words("empty_words") | WALK_WORDS
JOINED_THINGS: Final = frozenset(
    (first, second) for first, second in map(str.split, _TABLES["joined_things"].splitlines())
)


@lru_cache(maxsize=4096)
def base(word: str) -> str:
    """Find the singular of a word that a table holds in the singular."""
    word = word.removesuffix("'s").removesuffix("'")
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            short = word[: -len(ending)] + instead
            if short in KINDS or short in COMPANIONS or short in NAME_HEADS or short in WALK_WORDS:
                return short
    return word


KNOWN = (
    KINDS | QUALITIES | DEMONYMS | WALK_WORDS | COMPANIONS | DIETS | ACCESS | PACES | SHELTER
    | OCCASIONS | BUDGETS | THEMES | AREA_WORDS | WHERE | LEADING | TRAILING | EMPTY_WORDS
    | FINITE | NAME_HEADS
)  # fmt: skip


def known(word: str) -> bool:
    """Tell whether a word, in any number, stands in one of the tables."""
    return word in KNOWN or base(word) in KNOWN


_TELLING: Final = (
    KINDS | DIETS | ACCESS | PACES | SHELTER | OCCASIONS | BUDGETS | THEMES | COMPANIONS
    | WALK_WORDS | AREA_WORDS | DEMONYMS
)  # fmt: skip


def tells(word: str) -> bool:
    """Tell whether a word says something of a walk: what to see, how, or with whom."""
    return word in _TELLING or base(word) in _TELLING


def is_kind(word: str) -> bool:
    """Tell whether a word is a kind of thing to stop at."""
    return word in KINDS or base(word) in KINDS


def qualifies(word: str) -> bool:
    """Tell a word that stands in no lower-case name: an adjective or a preposition."""
    return word in QUALITIES or word in PREPOSITIONS


def is_plural(word: str) -> bool:
    """Tell a plural: several things bear no one name."""
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))
