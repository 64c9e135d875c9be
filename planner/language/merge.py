"""Who is right where the rules and a model read a request differently.

The rules of conflict, in order:

1. What stands in a clause that the rules pass over (tolerance, an order to the system) makes no
   wish, whoever read one there.
2. Where the rules lead (a model that was not taught), every reading of theirs stays; a wish of
   the model is added where it touches no span of the rules and stands on words they left unread.
3. Where the model leads, the rules keep what they know surely: numbers and times, a start and an
   end that are announced, and dislikes. What the model made of the same words goes; the rest of
   the model's reading stays, and the rules' other wishes go. A model that read nothing does not
   lead.
4. A small model that was taught (`merge_taught`) reads what the rules have no word for better than
   they do, and plain requests worse. What the rules read by a cue, a name or a word they know stays
   as it is; a wish that they only made of words left over stands if the model reads those words
   too, and then as the model does; and what the model alone saw is added.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.language.clauses import cut
from planner.language.cues import Cue
from planner.language.grammar import request_words
from planner.language.guard import (
    MAX_SUBREQUESTS,
    PLACES,
    Announcements,
    Literal,
    cue_spans,
    letters,
)
from planner.language.lexicon import (
    EMPTY_WORDS,
    FINITE,
    LEADING,
    TRAILING,
    WALK_WORDS,
    is_kind,
    known,
    tells,
)
from planner.language.quantities import read_quantities
from planner.language.reader import Reader
from planner.language.spans import Speller
from planner.language.tokens import MAX_CHARS

if TYPE_CHECKING:
    from planner.domain import Request, SubRequest
    from planner.language.guard import Span


_REFUSALS = frozenset({Cue.NOT, Cue.REFUSE, Cue.EXCEPT, Cue.AFTER})
_AT = re.compile(r"\s+(?:at|in|from)\s+(?:the\s+)?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;\n]+(?=\s|$)")
_STOP = LEADING | TRAILING | EMPTY_WORDS | FINITE
# Only the bounds of quantities matter here, so that any clock serves.
_ANY_DAY = dt.datetime(2000, 1, 1)


class _Text:
    """A request's words, and where its sub-requests stand."""

    def __init__(self, text: str) -> None:
        self.literal = Literal(text)
        self.announcements = Announcements(self.literal.text)
        self.quantities = read_quantities(text[:MAX_CHARS], now=_ANY_DAY).found

    def spans(self, sub: SubRequest) -> list[Span]:
        """Where the words of a sub-request first stand, wish and dislike."""
        words = [sub.neg] if sub.pos == PLACES and sub.neg else [sub.pos, sub.neg]
        return [found[0] for word in words if word and (found := self.literal.find(word))]

    def place(self, sub: SubRequest) -> int:
        """Where a sub-request is first mentioned."""
        return min((span[0] for span in self.spans(sub)), default=len(self.literal.text))

    def passed_over(self) -> list[Span]:
        """Find the clauses that make no wish."""
        reader = Reader(cut(self.literal.text, self.quantities), Speller(self.literal.text))
        reader.run()
        return reader.passed

    def only_in(self, sub: SubRequest, spans: list[Span]) -> bool:
        """Tell whether some words of a sub-request stand in these spans and nowhere else."""
        parts = [sub.neg] if sub.pos == PLACES and sub.neg else [sub.pos, sub.neg]
        found = [self.literal.find(words) for words in parts if words]
        return any(places and all(_touch(span, spans) for span in places) for places in found)

    def measured(self, sub: SubRequest) -> bool:
        """Tell whether a sub-request is a length, a count or a limit."""
        bounds = [(quantity.start, quantity.end) for quantity in self.quantities]
        return any(_touch(span, bounds) for span in self.spans(sub))

    def refused(self, at: int) -> bool:
        """Tell whether a cue right before a position refuses what stands there."""
        before = self.announcements.right_before((at, at + 1))
        return before is not None and before[0] in _REFUSALS

    def refuses(self, sub: SubRequest) -> bool:
        """Tell whether the sentence in which a sub-request stands refuses anything."""
        at = self.place(sub)
        ends = [match.start() for match in _SENTENCE_END.finditer(self.literal.text)]
        begin = max((end for end in ends if end < at), default=0)
        end = min((end for end in ends if end >= at), default=len(self.literal.text))
        found = self.announcements
        return any(
            cue in _REFUSALS
            and begin <= found.tokens[first].start < end
            and "far" not in [token.word for token in found.tokens[first : last + 1]]
            for first, last, cue in found.cues
        )

    def content(self, span: Span) -> list[Span]:
        """List the words of a span that mean something."""
        return [
            (word.start, word.end)
            for word in self.literal.words
            if word.start >= span[0] and word.end <= span[1] and word.letters not in _STOP
        ]


def _touch(span: Span, others: list[Span]) -> bool:
    """Tell whether a span shares a character with any other."""
    return any(span[0] < other[1] and other[0] < span[1] for other in others)


def merge(
    rules: Request, model_subs: tuple[SubRequest, ...], *, lead: bool
) -> tuple[SubRequest, ...]:
    """Join the rules' reading of a request with a model's guarded reading.

    Parameters
    ----------
    rules
        What `planner.language.rules.decompose` understood.
    model_subs
        What `planner.language.guard.guard` let pass.
    lead
        Whether the model leads (one that was taught) or the rules do.

    Returns
    -------
    At most 12 sub-requests, in order of mention; the rules of conflict stand at the head of this
    module.
    """
    text = _Text(rules.text)
    over = text.passed_over()
    offered = [sub for sub in model_subs if not text.only_in(sub, over)]
    leads = lead and bool(offered)
    joined = _model_first(text, rules, offered) if leads else _rules_first(text, rules, offered)
    return tuple(joined[:MAX_SUBREQUESTS])


def _rules_first(text: _Text, rules: Request, offered: list[SubRequest]) -> list[SubRequest]:
    """Keep every reading of the rules; add what the model saw on words they left unread."""
    kept = list(rules.subrequests)
    taken = [span for sub in kept for span in text.spans(sub)]
    taken += [(quantity.start, quantity.end) for quantity in text.quantities]
    anchored = {sub.type for sub in kept} & {"start", "end"}
    added = []
    for sub in offered:
        spans = text.spans(sub)
        if not spans or sub.type in anchored or any(_touch(span, taken) for span in spans):
            continue
        if all(text.content(span) for span in spans):
            added.append(sub)
            taken += spans
    if not added:
        return kept
    return sorted([*kept, *added], key=text.place)


def _model_first(text: _Text, rules: Request, offered: list[SubRequest]) -> list[SubRequest]:
    """Keep the model's reading, but for what the rules know surely."""
    sure = [s for s in rules.subrequests if s.type in {"start", "end"} or s.neg or text.measured(s)]
    fixed = {sub.type for sub in sure} & {"start", "end"}
    taken = [span for sub in sure for span in text.spans(sub)]
    kept = []
    for sub in offered:
        same = any(_same(sub, other) for other in sure)
        if same or sub.type in fixed or any(_touch(span, taken) for span in text.spans(sub)):
            continue
        kept.append(sub)
    return sorted([*kept, *sure], key=text.place)


def measured_by_rules(rules: Request) -> tuple[SubRequest, ...]:
    """Return the lengths, counts and limits of a reading, which no model is asked for."""
    text = _Text(rules.text)
    return tuple(sub for sub in rules.subrequests if text.measured(sub))


def merge_taught(
    rules: Request, model_subs: tuple[SubRequest, ...], *, whole: bool
) -> tuple[SubRequest, ...]:
    """Join the rules' reading of a request with that of a small model that was taught to read.

    Parameters
    ----------
    rules
        What `planner.language.rules.decompose` understood.
    model_subs
        What `planner.language.guard.guard` let pass.
    whole
        Whether the model came to its end; one that was cut off passed nothing over.

    Returns
    -------
    At most 12 sub-requests, in order of mention.
    """
    text = _Text(rules.text)
    over = text.passed_over()
    offered = [sub for sub in model_subs if not text.only_in(sub, over)]
    if not offered:
        return rules.subrequests
    read = [span for sub in rules.subrequests for span in text.spans(sub)]
    sure = [
        span for sub in rules.subrequests if not _left_over(text, sub) for span in text.spans(sub)
    ]
    kept: list[SubRequest] = []
    instead: list[SubRequest] = []
    for at, sub in enumerate(rules.subrequests):
        beside = [each for each in offered if _touches(text, each, text.spans(sub))]
        if _left_over(text, sub):
            better = [each for each in beside if _stands(text, each, sure)]
            instead += better
            if not better and (beside or not whole):
                kept.append(sub)
            continue
        other = next((each for each in beside if each.pos != PLACES), None)
        if sub.neg:
            goes_on = at > 0 and bool(rules.subrequests[at - 1].neg)
            kept.append(_dislike(text, sub, beside, goes_on=goes_on))
        elif other is None or _read_by_cue(text, sub):
            kept.append(sub)
        else:
            kept.append(_fuller(text, sub, other, read))
    return tuple(_with_unread(text, kept, offered, instead)[:MAX_SUBREQUESTS])


def _stands(text: _Text, sub: SubRequest, sure: list[Span]) -> bool:
    """Tell whether a model's reading of left-over words is taken for theirs.

    On a small model's word alone nothing becomes a start or an end, no unknown word says how to
    walk, and nothing is disliked in a sentence that refuses nothing.
    """
    if sub.type in {"start", "end"} or _touches(text, sub, sure):
        return False
    if sub.pos == PLACES:
        return text.refuses(sub)
    return sub.type != "itinerary" or any(map(tells, _words(sub.pos)))


def _dislike(
    text: _Text, sub: SubRequest, beside: list[SubRequest], *, goes_on: bool
) -> SubRequest:
    """Settle a dislike of the rules': how far its words reach, and whether it is one.

    A list of dislikes may have been read too far. Where the model ends a dislike earlier and makes
    nothing of the rest, or wishes for what only went on with a list, the model is right.
    """
    [(begin, end)] = text.literal.find(sub.neg)[:1] or [(0, 0)]
    other = next((each for each in beside if each.pos != PLACES and not each.neg), None)
    within = other is not None and _touches(text, other, [(begin, end)])
    for each in beside:
        [(first, last)] = text.literal.find(each.neg)[:1] or [(0, 0)]
        shorter = begin == first < last < end and each.neg not in EMPTY_WORDS
        if shorter and not within:
            return replace(sub, neg=each.neg)
    wished = sub.pos == PLACES and within and other is not None and other.type == "place"
    return other if other and wished and goes_on and not text.refused(begin) else sub


def _left_over(text: _Text, sub: SubRequest) -> bool:
    """Tell whether the rules made a wish of words just because nothing else explains them."""
    return (
        sub.type == "place"
        and not sub.mustsee
        and not _read_by_cue(text, sub)
        and not any(is_kind(word) for word in _words(sub.pos))
    )


def _read_by_cue(text: _Text, sub: SubRequest) -> bool:
    """Tell whether the rules read something by a cue: a start, an end, a dislike, a number."""
    return bool(sub.neg) or sub.type in {"start", "end"} or text.measured(sub)


def _fuller(text: _Text, sub: SubRequest, other: SubRequest, read: list[Span]) -> SubRequest:
    """Take over what the model adds to a wish that the rules know: a name, a dislike."""
    if sub.mustsee and not other.mustsee and other.type == "place" and sub.pos.islower():
        return replace(sub, mustsee=False)  # a name by its shape alone
    named = other.mustsee and named_by_capital(text.literal.text, other)
    if sub.type == other.type == "place" and named and not sub.mustsee:
        return other
    dislike = text.literal.find(other.neg)[:1]
    if sub.type == other.type and dislike and not any(_touch(span, read) for span in dislike):
        return replace(sub, neg=other.neg)
    return sub


def _with_unread(
    text: _Text,
    kept: list[SubRequest],
    offered: list[SubRequest],
    instead: list[SubRequest],
) -> list[SubRequest]:
    """Add what the model read on words of which the rules made nothing, or nothing sure."""
    taken = [span for sub in kept for span in text.spans(sub)]
    taken += [(quantity.start, quantity.end) for quantity in text.quantities]
    taken += cue_spans(text.literal.text)
    for sub in offered:
        spans = text.spans(sub)
        # Where the walk begins and ends, a small model alone has no say.
        if not spans or sub.type in {"start", "end"} or any(_touch(span, taken) for span in spans):
            continue
        if not all(text.content(span) for span in spans) or _leads_to_name(text, spans, kept):
            continue
        if sub not in instead and not _plausible(text, sub):
            continue
        kept = [*kept, sub]
        taken += spans
    return sorted(kept, key=text.place)


def _leads_to_name(text: _Text, spans: list[Span], kept: list[SubRequest]) -> bool:
    """Tell "coffee" of "coffee at Cafe Ekberg", where the name says it all."""
    behind = text.literal.text[spans[-1][1] :]
    link = _AT.match(behind)
    there = spans[-1][1] + link.end() if link else -1
    return any(sub.mustsee and text.place(sub) == there for sub in kept)


def _plausible(text: _Text, sub: SubRequest) -> bool:
    """Tell whether a wish that the model alone saw speaks of something known, or of a name."""
    said = sub.neg if sub.pos == PLACES and sub.neg else sub.pos
    words = [word for word in _words(said) if word not in _STOP]
    if said == sub.neg:
        return text.refuses(sub) and (any(map(known, words)) or _capital(said))
    if sub.type == "itinerary":
        digits = any(letter.isdigit() for letter in said)
        return not digits and any(tells(word) and word not in WALK_WORDS for word in words)
    return sub.mustsee or any(is_kind(word) for word in words)


def named_by_capital(text: str, sub: SubRequest) -> bool:
    """Tell whether a wish ends in a capital word and holds one that is no common word.

    At the head of a sentence a capital alone names nothing; there it takes a second reader who
    holds the words for a name.
    """
    last = [match.group() for match in request_words(sub.pos)][-1:]
    return not text.isupper() and _capital(sub.pos) and any(word[0].isupper() for word in last)


def _capital(words: str) -> bool:
    found = [match.group() for match in request_words(words)]
    return any(word[0].isupper() and not known(word.casefold()) for word in found)


def _words(text: str) -> list[str]:
    return [match.group().casefold() for match in request_words(text)]


def _touches(text: _Text, sub: SubRequest, spans: list[Span]) -> bool:
    return any(_touch(span, spans) for span in text.spans(sub))


def _same(one: SubRequest, other: SubRequest) -> bool:
    """Tell whether two sub-requests say the same."""
    return letters(one.pos) == letters(other.pos) and letters(one.neg or "") == letters(
        other.neg or ""
    )
