"""What a request says of the order and the times of its wishes.

"Coffee first", "then", "lunch halfway", "end with a bar", "dinner at 7pm": each says of a wish
where in the walk it stands, or when. The wishes were found before
(:mod:`planner.language.decomposition`); here only the words between them are read. Words that could
mean something else are left alone: a rule that nobody stated costs more than one that was missed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from planner.domain import OrderRule
from planner.language.quantities import read_quantities

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from planner.domain import OrderKind, SubRequest
    from planner.language.quantities import Quantity

_ARTICLE: Final = r"(?:an?|the|some|one|my|our|good|nice|quick|small)"
_GO: Final = r"(?:go(?:ing)?|visit(?:ing)?|see(?:ing)?|get(?:ting)?|have|having|to|at|in|for|on)"
_LEAD: Final = rf"(?:[\s,:]+(?:{_ARTICLE}|{_GO}))*[\s,:]*$"
"""Words that may stand between an order word and what it speaks of."""

_FIRST_BEFORE = re.compile(
    rf"(?:\b(?:start|begin|kick|set)(?:ing|ning|s)?(?:\s+(?:off|out))?\s+(?:with|by)"
    rf"|(?:^|[.;,!?]\s*|\band\s+)first(?:ly|\s+of\s+all)?|\bfirst\s+thing){_LEAD}",
    re.IGNORECASE,
)
_FIRST_WITHIN = re.compile(r"^first\s+(?:an?|the|some|to)?\s*\w", re.IGNORECASE)
_FIRST_BEHIND = re.compile(
    r"^\s*,?\s*(?:first(?:\s+(?:thing|of\s+all))?|to\s+(?:start|begin)(?:\s+with)?)\s*(?=[,.;!?]|$|and\b|then\b)",
    re.IGNORECASE,
)
_LAST_BEFORE = re.compile(
    rf"(?:\b(?:end|finish|conclude|close|round|wrap)(?:ing|s|es)?(?:\s+(?:off|up|it|things|the"
    rf"\s+(?:day|walk|tour|evening)|my\s+day))*\s+(?:with|by|on|in|at)"
    rf"|\b(?:finally|lastly|last\s+of\s+all|and\s+last)){_LEAD}",
    re.IGNORECASE,
)
_LAST_WITHIN = re.compile(r"\s(?:last|at\s+the\s+end)$|^(?:finally|lastly)\s", re.IGNORECASE)
_LAST_BEHIND = re.compile(
    r"^\s*,?\s*(?:last|at\s+the\s+(?:very\s+)?end|to\s+(?:finish|end|round\s+(?:it\s+)?off|close)"
    r"(?:\s+with)?|as\s+(?:the|my|our)\s+last\s+(?:stop|thing))\s*(?=[,.;!?]|$|and\b)",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?:then|after\s+(?:that|which)|afterwards?|followed\s+by|thereafter)\b|->|=>|→|➡",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"\bafter{_LEAD}", re.IGNORECASE)
_BEFORE = re.compile(rf"\bbefore{_LEAD}", re.IGNORECASE)
_HALFWAY: Final = r"(?:half[-\s]?way|mid-?way|in\s+the\s+middle)"
_HALFWAY_BEHIND = re.compile(rf"^\s*,?\s*{_HALFWAY}\b", re.IGNORECASE)
_HALFWAY_BEFORE = re.compile(rf"\b{_HALFWAY}(?:\s+through)?{_LEAD}", re.IGNORECASE)
_HALFWAY_WITHIN = re.compile(rf"\b{_HALFWAY}\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;!?\n]")
_NEARLY = re.compile(r"\b(?:around|about|ish|roughly|approximately)\b", re.IGNORECASE)
_EVENING_WISHES = re.compile(
    r"\b(?:dinner|supper|cocktails?|drinks?|bars?|pubs?|beers?|wine|nightcap|concerts?|theatre"
    r"|theater|opera|club)\b",
    re.IGNORECASE,
)
_NOON: Final = 12 * 60
_DAY: Final = 24 * 60
NEARLY_S: Final = 30 * 60
"""How far off "around seven" may be, in seconds."""
SHARP_S: Final = 15 * 60
"""How late one may be for "dinner at seven"; nobody comes early."""


def order_rules(
    text: str, subrequests: Sequence[SubRequest], *, now: dt.datetime
) -> tuple[OrderRule, ...]:
    """Read what a request says of the order and the times of its wishes.

    Parameters
    ----------
    text
        The request as typed.
    subrequests
        What was understood of it; only those of type ``"place"`` whose words stand in the text
        take part.
    now
        The clock, for the reading of dates beside times.

    Returns
    -------
    tuple of OrderRule
        Rules speak of indices of ``subrequests``.
    """
    spans = _spans(text, subrequests)
    found: list[OrderRule] = []
    group: list[int] = []
    earlier: list[int] = []
    behind = 0
    for n, (i, begin, end) in enumerate(spans):
        following = spans[n + 1][1] if n + 1 < len(spans) else len(text)
        lead, tail, words = text[behind:begin], text[end:following], text[begin:end]
        place = _place(lead, words, tail)
        if place is not None and not any(rule.kind == place for rule in found):
            found.append(OrderRule(place, i))
        last = spans[n - 1][0] if n else None
        if _THEN.search(lead) and group:
            earlier, group = group, []
        elif _SENTENCE.search(lead) and not _THEN.search(lead):
            earlier, group = [], []
        if last is not None and _AFTER.search(lead) and not _THEN.search(lead):
            found.append(OrderRule("before", i, other=last))
        elif last is not None and _BEFORE.search(lead):
            found.append(OrderRule("before", last, other=i))
        else:
            found += [OrderRule("before", each, other=i) for each in earlier]
        group.append(i)
        behind = end
    found += _appointments(text, spans, subrequests, now=now)
    return _coherent(found)


def deadline(text: str, *, now: dt.datetime) -> int | None:
    """Return the minutes after midnight by which the walk must be over, if that was said.

    A bare hour up to seven is in the afternoon; of another bare hour only the caller can judge,
    by the time the walk begins (see :func:`planner.frame.frame_of`).
    """
    return next(
        (
            quantity.minutes
            for quantity in read_quantities(text, now=now).found
            if quantity.kind == "deadline" and quantity.minutes is not None
        ),
        None,
    )


def _place(lead: str, words: str, tail: str) -> OrderKind | None:
    """Say which place in the walk the words around a wish give it."""
    if _FIRST_BEHIND.search(tail) or _FIRST_WITHIN.search(words) or _FIRST_BEFORE.search(lead):
        return "first"
    if _LAST_BEHIND.search(tail) or _LAST_WITHIN.search(words) or _LAST_BEFORE.search(lead):
        return "last"
    if (
        _HALFWAY_BEHIND.search(tail)
        or _HALFWAY_WITHIN.search(words)
        or _HALFWAY_BEFORE.search(lead)
    ):
        return "halfway"
    return None


def _spans(text: str, subrequests: Sequence[SubRequest]) -> list[tuple[int, int, int]]:
    """Find each wish's words in the text, in order of mention: (index, begin, end)."""
    folded, taken = text.casefold(), 0
    if len(folded) != len(text):
        return []  # letters that fold into several would shift every place behind them
    found = []
    for i, each in enumerate(subrequests):
        if each.type != "place":
            continue
        at = folded.find(each.pos.casefold(), taken)
        if at < 0:
            continue
        found.append((i, at, at + len(each.pos)))
        taken = at + len(each.pos)
    return found


def _appointments(
    text: str,
    spans: Sequence[tuple[int, int, int]],
    subrequests: Sequence[SubRequest],
    *,
    now: dt.datetime,
) -> Iterator[OrderRule]:
    """Give each lone clock time to the wish that it stands beside."""
    import datetime as dt

    taken: set[int] = set()
    for quantity in read_quantities(text, now=now).found:
        if quantity.kind != "appointment" or quantity.minutes is None:
            continue
        i = _beside(text, spans, quantity)
        if i is None or i in taken:
            continue
        taken.add(i)
        minutes = quantity.minutes
        evening = _EVENING_WISHES.search(subrequests[i].pos)
        if evening and not quantity.sure and minutes < _NOON:
            minutes += _NOON
        said = text[quantity.start : quantity.end]
        nearly = bool(_NEARLY.search(said))
        minutes %= _DAY
        yield OrderRule(
            "at",
            i,
            at=dt.time(minutes // 60, minutes % 60),
            early_s=NEARLY_S if nearly else 0,
            slack_s=NEARLY_S if nearly else SHARP_S,
            sure=quantity.sure or bool(evening),
        )


def _beside(text: str, spans: Sequence[tuple[int, int, int]], quantity: Quantity) -> int | None:
    """Return the wish right before a clock time, else the one right behind it."""
    before = [(i, end) for i, _, end in spans if end <= quantity.start]
    if before:
        i, end = before[-1]
        gap = text[end : quantity.start]
        if not re.search(r"[,.;:!?\n]|\b(?:and|then|or|but)\b", gap, re.IGNORECASE):
            return i
    behind = [(i, begin) for i, begin, _ in spans if begin >= quantity.end]
    if behind:
        i, begin = behind[0]
        if not re.search(r"[.;!?\n]|\b(?:and|then|or|but)\b", text[quantity.end : begin]):
            return i
    return None


def _coherent(rules: Sequence[OrderRule]) -> tuple[OrderRule, ...]:
    """Drop a rule that contradicts an earlier one: two wishes cannot each come first."""
    kept: list[OrderRule] = []
    for rule in dict.fromkeys(rules):
        if rule.kind == "before" and (rule.wish == rule.other or _leads(kept, rule)):
            continue
        kept.append(rule)
    return tuple(kept)


def _leads(rules: Sequence[OrderRule], rule: OrderRule) -> bool:
    """Whether the rules already say that the later wish of a rule comes before its earlier one."""
    reached: set[int | None] = set()
    waiting = [rule.other]
    while waiting:
        here = waiting.pop()
        if here == rule.wish:
            return True
        if here in reached:
            continue
        reached.add(here)
        waiting += [each.other for each in rules if each.kind == "before" and each.wish == here]
    return False
