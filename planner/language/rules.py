"""Request decomposition by rules: sub-requests with no model at all.

The request is read in three steps: quantities (`planner.language.quantities`), clauses and their
cues (`planner.language.clauses`), and what each clause asks for (`planner.language.reader`). Every
span is a run of the request's own words, and the whole is linear in the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from planner.domain import Request, SubRequest
from planner.language.clauses import cut
from planner.language.lexicon import CITIES, EMPTY_WORDS, is_kind, words
from planner.language.orders import was_said, wishes_only
from planner.language.quantities import read_quantities
from planner.language.reader import Reader
from planner.language.spans import Speller
from planner.language.tokens import MAX_CHARS, tokenize

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

MAX_SUBREQUESTS: Final = 12
# What a dislike of the whole walk has for a wish.
PLACES: Final = "places"

# In characters; nothing longer names a place, and nothing shorter a thing.
_LONGEST_SPAN: Final = 120
_SHORTEST_SPAN: Final = 2

# Cities that are common words too; they need their capital.
_COMMON_CITIES = words("bath nice cork york split")
# Where a person comes from, or what a place is near, is not the city of the walk.
_ELSEWHERE = words("from near")


def city_of(text: str) -> str | None:
    """Find the first city that stands on its own in a request, not inside a longer name."""
    tokens = tokenize(text)
    for at, token in enumerate(tokens):
        if token.word not in CITIES or (token.word in _COMMON_CITIES and not token.capital):
            continue
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if after is not None and not after.mark and (after.capital or is_kind(after.word)):
            continue
        before = tokens[at - 1] if at else None
        named = before is not None and before.capital and at > 1
        if before is None or before.mark or not (named or before.word in _ELSEWHERE):
            return token.text
    return None


def decompose(
    text: str, *, now: dt.datetime, is_name: Callable[[str], bool] | None = None
) -> Request:
    """Understand a request by rules alone.

    Parameters
    ----------
    text
        The person's words; any text is taken, what lies beyond 4,000 characters is not read.
    now
        The clock against which dates are resolved.
    is_name
        Tells whether words name a place of the person's library; without it, names are told by
        their capitals and by the words around them.

    Returns
    -------
    The request with at most 12 sub-requests, in order of mention.
    """
    said = wishes_only(text[:MAX_CHARS])
    numbers = read_quantities(said, now=now)
    speller = Speller(said, is_name=is_name)
    subrequests: list[SubRequest] = []
    for draft in Reader(cut(said, numbers.found, is_name=is_name), speller).run():
        pos = speller.copy(draft.pos) if draft.pos else PLACES
        neg = speller.copy(draft.neg) if draft.neg else None
        said_much = all(
            _SHORTEST_SPAN <= len(span) <= _LONGEST_SPAN for span in (pos, neg) if span is not None
        )
        if said != text and not was_said(text, draft.pos and pos, neg):
            continue
        empty = neg is None and not draft.stated and pos.casefold() in EMPTY_WORDS
        if said_much and not empty:
            made = SubRequest(pos, neg, mustsee=draft.mustsee, type=draft.type)
            if made not in subrequests[-MAX_SUBREQUESTS:]:
                subrequests.append(made)
    return Request(
        text=text,
        subrequests=tuple(subrequests[:MAX_SUBREQUESTS]),
        hours=numbers.hours,
        start_time=numbers.start_time,
        date=numbers.date,
        stops=numbers.stops,
        city=city_of(said),
        by="rules",
    )
