"""The guard between a model and a plan: nothing passes that the person did not say.

A model's output is untrusted text. Every span is put back onto the words of the request or
dropped; a must-see has to be named there, a start or an end announced there, and a wish that
stands right behind a negation becomes the dislike that it is.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from planner.domain import SubRequest
from planner.language.cues import Cue, match_cue, plain
from planner.language.names import Names
from planner.language.tokens import MAX_CHARS, tokenize, whole_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planner.language.tokens import Token

Span: TypeAlias = tuple[int, int]

MAX_SUBREQUESTS = 12
PLACES = "places"
# Two spellings at least this alike (0 to 100) are the same words with a slip.
ALIKE = 80.0
# A start or end word reaches this many words ahead.
REACH = 7
_MAX_SPAN = 200
# In letters; shorter words are too like others to be put right.
_SHORTEST_NEAR = 4
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ARTICLES = frozenset({"a", "an", "the", "any", "some", "my", "our", "your", "of"})
_NEGATIONS = frozenset({Cue.NOT, Cue.REFUSE})
_STARTS = frozenset({Cue.START, Cue.FROM, Cue.LOOP})
_ENDS = frozenset({Cue.END, Cue.LOOP, Cue.BACK})
_ARROWS = frozenset({"->", "=>", "→", "»", "➡", ">"})


def letters(text: str) -> str:
    """Letters and digits alone, without case, accents, apostrophes or spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if char.isalnum())


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the request and where its letters begin in the request's letters."""

    start: int
    end: int
    letters: str
    at: int


class Literal:
    """The words of one request, to put spans back onto.

    Parameters
    ----------
    text
        The request; its first 4,000 characters are used.
    """

    def __init__(self, text: str) -> None:
        self.text = text[:MAX_CHARS]
        self.words: list[_Word] = []
        at = 0
        for match in _WORD.finditer(self.text):
            own = letters(match.group())
            if own:
                self.words.append(_Word(match.start(), match.end(), own, at))
                at += len(own)
        self.letters = "".join(word.letters for word in self.words)
        self._begins = [word.at for word in self.words]
        self._ends = [word.at + len(word.letters) for word in self.words]

    def copy(self, span: Span) -> str:
        """Copy the words of a span as typed, on one line and without control characters."""
        return whole_words(self.text, *span)

    def exact(self, words: str) -> list[Span]:
        """Every run of request words with these letters."""
        wanted = letters(words[:_MAX_SPAN])
        found: list[Span] = []
        at = self.letters.find(wanted) if wanted else -1
        while at >= 0 and len(found) < MAX_SUBREQUESTS:
            first = bisect_left(self._begins, at)
            last = bisect_left(self._ends, at + len(wanted))
            whole = (
                first < len(self.words)
                and self._begins[first] == at
                and last < len(self.words)
                and self._ends[last] == at + len(wanted)
            )
            if whole:
                found.append((self.words[first].start, self.words[last].end))
            at = self.letters.find(wanted, at + 1)
        return found

    def closest(self, words: str) -> Span | None:
        """Find the run of request words most like these, if any is alike enough."""
        from rapidfuzz import fuzz

        wanted = letters(words[:_MAX_SPAN])
        count = len(_WORD.findall(words[:_MAX_SPAN]))
        best: tuple[float, Span] | None = None
        if len(wanted) < _SHORTEST_NEAR:
            return None
        for size in range(max(1, count - 1), count + 2):
            for first in range(len(self.words) - size + 1):
                run = self.words[first : first + size]
                likeness = fuzz.ratio(
                    wanted, "".join(word.letters for word in run), score_cutoff=ALIKE
                )
                if likeness and (best is None or likeness > best[0]):
                    best = (likeness, (run[0].start, run[-1].end))
        return best[1] if best else None

    def find(self, words: str | None) -> list[Span]:
        """Where these words, or the closest to them, stand; empty if nowhere."""
        if not words or not words.strip():
            return []
        if exact := self.exact(words):
            return exact
        near = self.closest(words)
        return [near] if near else []


class Announcements:
    """Where the cues of a request stand, in order.

    Parameters
    ----------
    text
        The request.
    """

    def __init__(self, text: str) -> None:
        self.tokens = tokenize(text)
        words = [token.word for token in self.tokens]
        self.cues: list[tuple[int, int, Cue]] = []
        at = 0
        while at < len(words):
            found = match_cue(words, at) if not self.tokens[at].mark else None
            if found is None:
                at += 1
                continue
            self.cues.append((at, at + found[1], found[0]))
            at += found[1]

    def index(self, offset: int) -> int:
        """Index of the first token that ends behind an offset."""
        return next((i for i, t in enumerate(self.tokens) if t.end > offset), len(self.tokens))

    def right_before(self, span: Span) -> tuple[Cue, Sequence[Token]] | None:
        """Find the cue that ends where a span begins, articles left out."""
        at = self.index(span[0])
        while at and self.tokens[at - 1].word in _ARTICLES and not self.ends_cue(at):
            at -= 1
        for begin, end, cue in self.cues:
            if end == at:
                return cue, self.tokens[begin:end]
        return None

    def ends_cue(self, at: int) -> bool:
        """Tell whether a cue ends before this token."""
        return any(end == at for _, end, _ in self.cues)

    def announced(self, span: Span, *, start: bool) -> bool:
        """Tell whether a start (or an end) is announced for a span."""
        at = self.index(span[0])
        behind = self.index(span[1])
        wanted = _STARTS if start else _ENDS
        if any(cue in wanted and 0 <= at - end <= REACH for _, end, cue in self.cues):
            return True
        if any(cue in {Cue.LOOP, Cue.BACK} for _, _, cue in self.cues):
            return True
        beside = self.tokens[behind : behind + 1] if start else self.tokens[max(0, at - 1) : at]
        if any(token.text in _ARROWS for token in beside):
            return True
        near = {token.word for token in self.tokens[max(0, at - 3) : at]}
        after = {token.word for token in self.tokens[behind : behind + 3]}
        if start:
            return "to" in after or bool({"first", "start"} & (near | after))
        return bool({"to", "until", "till", "last", "end", "finally"} & (near | after))


def cue_spans(text: str) -> list[Span]:
    """Where the words stand that say what a wish is for, and are none themselves."""
    found = Announcements(text)
    return [(found.tokens[begin].start, found.tokens[end - 1].end) for begin, end, _ in found.cues]


def _pick(spans: list[Span], announced: Callable[[Span], bool]) -> Span:
    """Choose the occurrence of repeated words that a cue announces, else the first."""
    return next((span for span in spans if announced(span)), spans[0])


class _Guard:
    def __init__(self, text: str, is_name: Callable[[str], bool] | None) -> None:
        self.literal = Literal(text)
        self.cues = Announcements(self.literal.text)
        self.names = Names(self.literal.text, is_name=is_name)
        self.is_name = is_name

    def named(self, span: Span) -> bool:
        """Tell whether a span holds a name of the library or one by its capitals."""
        inside = [t for t in self.cues.tokens if t.start >= span[0] and t.end <= span[1]]
        if self.is_name is not None and self.is_name(self.literal.copy(span)):
            return True
        return bool(inside) and self.names.find(inside) is not None

    def pass_one(self, sub: SubRequest) -> SubRequest | None:
        """Repair one sub-request, or drop it."""
        negs = self.literal.find(sub.neg)
        neg = self.literal.copy(negs[0]) if negs else None
        poses = [] if plain(sub.pos.strip()) == PLACES and neg else self.literal.find(sub.pos)
        if not poses or (neg is not None and letters(neg) == letters(self.literal.copy(poses[0]))):
            return self.dislike(neg, negs[0]) if neg is not None else None
        kind = sub.type if sub.type in {"place", "start", "end", "itinerary"} else "place"
        span = poses[0]
        if kind in {"start", "end"}:
            span = _pick(poses, lambda s: self.cues.announced(s, start=kind == "start"))
            if not self.cues.announced(span, start=kind == "start"):
                kind = "place"
        if neg is None and self.refused(span):
            return self.dislike(self.literal.copy(span), span)
        must = kind in {"start", "end"} or (
            (sub.mustsee or sub.type in {"start", "end"}) and kind == "place" and self.named(span)
        )
        return SubRequest(self.literal.copy(span), neg, must, kind)

    def as_stop(self, sub: SubRequest) -> SubRequest:
        """Make a stop on the way of a second start or end."""
        spans = self.literal.find(sub.pos)
        named = bool(spans) and self.named(spans[0])
        return replace(sub, type="place", mustsee=named)

    def refused(self, span: Span) -> bool:
        """Tell whether a negation stands right before a span."""
        before = self.cues.right_before(span)
        return before is not None and before[0] in _NEGATIONS

    def dislike(self, neg: str, span: Span) -> SubRequest:
        """Make a dislike of the whole walk, unless its negation is that of a positive idiom."""
        before = self.cues.right_before(span)
        if before is not None and before[0] is Cue.WISH and _denies(before[1]):
            return SubRequest(neg, None, self.named(span), "place")
        return SubRequest(PLACES, neg, mustsee=False, type="itinerary")


def _denies(tokens: Sequence[Token]) -> bool:
    """Tell whether a cue holds a negation word ("never say no to")."""
    return any(
        token.word in {"no", "not", "never", "without", "only"} or token.word.endswith("nt")
        for token in tokens
    )


def _repeats(sub: SubRequest, other: SubRequest) -> bool:
    """Tell a repetition; only a loop may say one place twice, as its start and as its end."""
    same = letters(sub.pos) == letters(other.pos) and letters(sub.neg or "") == letters(
        other.neg or ""
    )
    return same and (sub.type not in {"start", "end"} or sub.type == other.type)


def guard(
    request_text: str,
    subrequests: Iterable[SubRequest],
    *,
    is_name: Callable[[str], bool] | None = None,
) -> tuple[SubRequest, ...]:
    """Keep of a model's sub-requests what the request bears out.

    Parameters
    ----------
    request_text
        The person's words.
    subrequests
        What a model, trusted in nothing, made of them.
    is_name
        Tells whether words name a place of the person's library.

    Returns
    -------
    At most 12 sub-requests whose spans are runs of words of the request (``"places"`` beside a
    dislike excepted), with at most one start and one end, and no repetition.
    """
    guarding = _Guard(request_text, is_name)
    kept: list[SubRequest] = []
    anchors: set[str] = set()
    for sub in subrequests:
        made = guarding.pass_one(sub)
        if made is None:
            continue
        if made.type in {"start", "end"}:
            if made.type in anchors:
                made = guarding.as_stop(made)
            anchors.add(made.type)
        if any(_repeats(made, other) for other in kept):
            continue
        kept.append(made)
        if len(kept) == MAX_SUBREQUESTS:
            break
    return tuple(kept)
