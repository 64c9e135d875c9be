"""How many stops of a kind a wish asks for: "one good coffee" is one, "bookshops" is open."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from planner.language.quantities import read_quantities

MOSTLY: Final = 0.6
_ANY_DAY: Final = dt.datetime(2026, 1, 5, 12)

NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "single": 1,
    "two": 2,
    "both": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
MEALS = frozenset({"breakfast", "brunch", "lunch", "dinner", "supper"})
PLURAL_LOOKALIKES = frozenset({"something", "bus", "gas", "glass", "address", "chess", "tapas"})
_WORD = re.compile(r"[\w'’-]+")
# "a couple of museums", "a few shops": the article belongs to the open amount behind it.
_OPEN_AMOUNT = re.compile(r"\b(?:a\s+)?(?:few|couple|lot|bit|number)\s+of?\s*$", re.IGNORECASE)
# Where-phrases do not say how many: "lunch near the docks" is one lunch.
_PLACE_PHRASE = re.compile(
    r"\s+(?:near|by|at|in|on|around|with|to|for|from|of|close|next|without)\s.*", re.DOTALL
)


def stated_count(request: str, span: str) -> int | None:
    """Return how many stops a wish asks for, or ``None`` where that is left open.

    Parameters
    ----------
    request
        The whole request.
    span
        The wish's positive words, as they stand in the request.
    """
    words = [word.casefold() for word in _WORD.findall(_PLACE_PHRASE.sub("", span, count=1))]
    if not words:
        return None
    before = request[: max(request.casefold().find(span.casefold()), 0)]
    if _OPEN_AMOUNT.search(before):
        return None
    count = (_number(words[0]) if len(words) > 1 else None) or _number_at_end(before)
    if count is None and MEALS.intersection(words) and not _plural(words[-1]):
        return 1
    return count


def _number(word: str) -> int | None:
    return NUMBERS.get(word) or (int(word) if word.isdecimal() and len(word) == 1 else None) or None


def _number_at_end(before: str) -> int | None:
    """Return the number that stands right before a wish ("two | museums")."""
    words = _WORD.findall(before[-40:])
    if not words or not before.rstrip().endswith(words[-1]):
        return None
    return _number(words[-1].casefold())


def is_quantity(span: str) -> bool:
    """Whether words say a length, a time or a number and nothing to see: "half a day"."""
    read = sum(each.end - each.start for each in read_quantities(span, now=_ANY_DAY).found)
    return read >= MOSTLY * len(span.strip()) > 0


def _plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss") and word not in PLURAL_LOOKALIKES
