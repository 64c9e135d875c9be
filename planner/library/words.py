"""Text made comparable: folded, split into words, put into the singular, cleaned."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that carry no combining mark to strip, yet that people type as plain ones.
_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "þ": "th",
        "\u0131": "i",
    }
)
_APOSTROPHES = re.compile(r"['\u2019\u2018\u02bc\u0060\u00b4]")
_WORD = re.compile(r"[^\W_]+")
_SPACES = re.compile(r"\s+")
_IRREGULAR = {
    "buses": "bus",
    "children": "child",
    "knives": "knife",
    "lenses": "lens",
    "movies": "movie",
    "people": "person",
    "shelves": "shelf",
    "cookies": "cookie",
    "sweets": "sweet",
    "brownies": "brownie",
    "smoothies": "smoothie",
    "veggies": "veggie",
    "glasses": "glass",
}


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the text in lower case, without diacritics and apostrophes, words split by one space.

    Every script is kept; "Café  d'Or" becomes "cafe dor", "Old-Town" becomes "old town".
    """
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(_PLAIN)
    marked = unicodedata.normalize("NFKD", plain.replace("&", " and "))
    bare = "".join(sign for sign in marked if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(bare))


def singular(word: str) -> str:
    """Return a folded English word in the singular, as far as its ending tells.

    Both sides of a comparison pass through here, so an odd result does no harm.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):  # noqa: PLR2004 - "gas", "bus"
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=16384)
def stems(text: str) -> tuple[str, ...]:
    """Return the folded words of a text, each in the singular."""
    return tuple(singular(word) for word in fold(text).split())


def clean(text: str, *, limit: int = 2000) -> str:
    """Return a text that is safe to store and show: no control signs, no odd spaces, not endless.

    Control, format, private and unassigned signs become nothing or a space, so that no terminal
    escape, no hidden direction mark and no line break travels on. Joiners that scripts and emoji
    need (zero width joiner and non-joiner) stay.
    """
    kept = []
    for sign in text[: limit * 4]:
        category = unicodedata.category(sign)
        if sign in "\u200c\u200d" or category[0] not in "CZ":
            kept.append(sign)
        elif category[0] == "Z" or sign in "\t\n\r\v\f":
            kept.append(" ")
    return _SPACES.sub(" ", "".join(kept)).strip()[:limit].strip()
