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
    if words[0] in NUMBERS and len(words) > 1:
        return NUMBERS[words[0]]
    if words[0].isdecimal():
        return int(words[0]) or None
    head = words[-1]
    at = request.casefold().find(span.casefold())
    before = request[: max(at, 0)]
    if _OPEN_AMOUNT.search(before):
        return None
    previous = _WORD.findall(before[-40:])
    if previous:
        word = previous[-1].casefold()
        if word in NUMBERS and before.rstrip().casefold().endswith(word):
            return NUMBERS[word]
        if word.isdecimal() and len(word) == 1 and before.rstrip().endswith(word):
            return int(word) or None
    return 1 if MEALS & set(words) and not _plural(head) else None


def is_quantity(span: str) -> bool:
    """Whether words say a length, a time or a number and nothing to see: "half a day"."""
    read = sum(each.end - each.start for each in read_quantities(span, now=_ANY_DAY).found)
    return read >= MOSTLY * len(span.strip()) > 0


def _plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss") and word not in PLURAL_LOOKALIKES
