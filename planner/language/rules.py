"""Request decomposition by rules: sub-requests from clauses, with no model at all.

The request is read in three steps: quantities (`planner.language.quantities`), clauses and their
cues (`planner.language.clauses`), and, here, what each clause asks for. Every span is a run of the
request's own words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from planner.domain import Request, SubRequest
from planner.language.clauses import cut
from planner.language.cues import Cue
from planner.language.lexicon import CITIES, EMPTY_WORDS, is_kind, words
from planner.language.quantities import read_quantities
from planner.language.spans import Speller
from planner.language.tokens import MAX_CHARS, tokenize

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from planner.language.clauses import Clause
    from planner.language.spans import Reading
    from planner.language.tokens import Token

MAX_SUBREQUESTS = 12
PLACES = "places"

Mode: TypeAlias = Literal["wish", "refuse", "not", "except", "tolerate", "state", "inject"]

_MODES: dict[Cue, Mode] = {
    Cue.REFUSE: "refuse",
    Cue.NOT: "not",
    Cue.EXCEPT: "except",
    Cue.TOLERATE: "tolerate",
    Cue.STATE: "state",
    Cue.INJECT: "inject",
}
_PRONOUNS = words("it that this them those these one again there please")
_NO_SENTENCE = -1  # of a quantity, beside which no dislike stands
_REFUSING: frozenset[Mode] = frozenset({"refuse", "not", "except"})
# Joints over which a dislike runs on to the next thing, when that has no cue of its own.
_RUNS_ON: dict[Mode, frozenset[str]] = {
    "refuse": frozenset({"and", "or"}),
    "not": frozenset({"and", "or"}),
    "except": frozenset({"and", "or"}),
    "tolerate": frozenset({"and", "or"}),
    "state": frozenset({"and", "or"}),
    "inject": frozenset({"and", "or", "comma", "then", "but", ""}),
    "wish": frozenset(),
}


@dataclass(slots=True)
class _Draft:
    """A sub-request in the making; its spans are bounds in the request."""

    pos: tuple[int, int] | None
    neg: tuple[int, int] | None = None
    mustsee: bool = False
    type: Literal["place", "start", "end", "itinerary"] = "place"
    sentence: int = 0


class _Reader:
    """Reads the clauses of one request in order."""

    def __init__(self, clauses: Sequence[Clause], speller: Speller) -> None:
        self.clauses = clauses
        self.speller = speller
        self.drafts: list[_Draft] = []
        self.mode: Mode = "wish"
        self.sentence = 0
        self.pending: tuple[int, int] | None = None  # a front "instead of X", waiting for its wish
        self.loop = False
        self.anchorless: Cue | None = None  # "starting and ending at X", "from and to X"
        self.listed = False  # "not wanted: X, Y, Z"
        self.area = False  # the wish before was an area

    def run(self) -> list[_Draft]:
        """Read every clause and return the drafts in order of mention."""
        for at, clause in enumerate(self.clauses):
            if clause.joint == "sentence":
                self.close_sentence()
            self.read(at, clause)
        self.close_sentence()
        if self.loop:
            self.close_loop()
        return self.drafts

    def close_sentence(self) -> None:
        """Forget what only holds within a sentence."""
        if self.pending:
            self.add(_Draft(None, self.pending, type="itinerary"))
            self.pending = None
        self.mode = "wish"
        self.sentence += 1
        self.anchorless = None

    def close_loop(self) -> None:
        """End a loop where it starts."""
        start = self.first("start")
        if start is not None and self.first("end") is None:
            self.drafts.insert(self.drafts.index(start) + 1, replace(start, type="end"))

    def first(self, kind: str) -> _Draft | None:
        """The first draft of a type."""
        return next((draft for draft in self.drafts if draft.type == kind), None)

    def add(self, draft: _Draft) -> None:
        """Keep a draft; a waiting "instead of" goes with the first wish after it."""
        if self.pending and draft.pos and draft.type == "place":
            draft.neg, self.pending = self.pending, None
        draft.sentence = self.sentence
        self.drafts.append(draft)

    # --- one clause ---

    def read(self, at: int, clause: Clause) -> None:
        """Read one clause."""
        if clause.cue is Cue.LOOP:
            self.loop = True
        if clause.cue is Cue.BACK:
            self.loop = True
            return
        if clause.quantity is not None:
            self.read_quantity(clause)
            return
        if clause.cue is Cue.AFTER:
            self.refuse_last(clause)
            return
        if clause.after and clause.tokens:
            self.refuse_before(clause)
            return
        self.mode = self.mode_of(at, clause)
        if self.mode in {"tolerate", "inject"}:
            return
        if self.mode == "state":
            self.facts(clause.tokens)
        elif self.mode in _REFUSING:
            self.refuse(clause)
        else:
            self.wish(at, clause)

    def mode_of(self, at: int, clause: Clause) -> Mode:
        """What the clause is for, by its cue or by what it continues."""
        if clause.cue is not None:
            self.listed = clause.listed
            return _MODES.get(clause.cue, "wish")
        if clause.joint in _RUNS_ON[self.mode] and self.continues(clause):
            return self.mode
        if clause.joint == "comma" and self.mode in {"refuse", "not"}:
            return self.mode if self.listed or self.list_closes(at) else "wish"
        return "wish"

    def continues(self, clause: Clause) -> bool:
        """Tell whether a cue-less clause after "and" or "or" goes on with what was said before."""
        if self.mode == "inject" or clause.joint == "or":
            return True
        if self.mode == "state":
            return self.speller.states(clause.tokens)
        return bool(clause.tokens) and clause.tokens[0].word not in {
            "a",
            "an",
            "some",
            "one",
            "maybe",
        }

    def list_closes(self, at: int) -> bool:
        """Tell whether a comma list of dislikes goes on: "no museums, shops or bars"."""
        closing = {"or"} if self.mode == "not" else {"or", "and"}
        for clause in self.clauses[at + 1 :]:
            if (
                clause.cue is not None
                or clause.quantity is not None
                or clause.joint in {"sentence", "but", "then"}
            ):
                return False
            if clause.joint in closing:
                return self.continues(clause)
        return False

    def read_quantity(self, clause: Clause) -> None:
        """A length, a count or a limit is also a wish about the whole walk."""
        quantity = clause.quantity
        if quantity is None or not quantity.asks or self.mode == "inject":
            return
        span = (quantity.wish_start, quantity.wish_end)
        if clause.cue in {Cue.NOT, Cue.REFUSE} and quantity.kind == "limit":
            self.add(_Draft(None, span, type="itinerary"))
        else:
            self.drafts.append(_Draft(span, type="itinerary", sentence=_NO_SENTENCE))

    def facts(self, tokens: Sequence[Token]) -> None:
        """A statement about the person makes a wish only of what shapes the whole walk."""
        for span in self.speller.facts(tokens):
            self.drafts.append(_Draft(span, type="itinerary", sentence=_NO_SENTENCE))

    # --- dislikes ---

    def wishes(self) -> list[_Draft]:
        """The wishes of this sentence so far."""
        return [
            d
            for d in self.drafts
            if d.sentence == self.sentence and d.pos and d.type in {"place", "itinerary"}
        ]

    def refuse(self, clause: Clause) -> None:
        """Something that is not wanted: beside a wish, or of the whole walk."""
        if clause.tokens and all(token.word in _PRONOUNS for token in clause.tokens):
            self.refuse_last(clause)
            return
        if clause.cue_words == ("non-",) and len(clause.tokens) > 1:
            self.refuse_quality(clause)
            return
        span = self.speller.dislike(clause.tokens)
        if span is None:
            return
        if clause.cue is None:  # the list goes on
            last = self.drafts[-1] if self.drafts else None
            if last is not None and last.neg and last.pos and clause.joint in {"and", "or"}:
                last.neg = (last.neg[0], span[1])
            elif self.pending and clause.joint in {"and", "or"}:
                self.pending = (self.pending[0], span[1])
            else:
                self.add(_Draft(None, span, type="itinerary"))
            return
        target = self.target(clause)
        if target is not None:
            target.neg = span
        elif clause.cue is Cue.EXCEPT and not self.wishes() and clause.cue_words[0] != "but":
            self.pending = span
        else:
            self.add(_Draft(None, span, type="itinerary"))

    def refuse_quality(self, clause: Clause) -> None:
        """ "Non-touristy streets": the quality is not wanted, the thing is."""
        first, rest = clause.tokens[0], clause.tokens[1:]
        for found in self.speller.read(rest, anchor=False):
            kind: Literal["place", "itinerary"] = "itinerary" if found.itinerary else "place"
            self.add(_Draft(found.span, (first.start, first.end), found.named, kind))
            return
        self.add(_Draft(None, (first.start, first.end), type="itinerary"))

    def target(self, clause: Clause) -> _Draft | None:
        """The wish that a dislike stands beside, if any."""
        wishes = self.wishes()
        if not wishes and clause.cue_words[:1] == ("not",) and clause.joint == "sentence":
            wishes = [d for d in self.drafts[-1:] if d.sentence == self.sentence - 1 and d.pos]
        if not wishes or wishes[-1].neg or clause.cue is Cue.REFUSE or not clause.cue_words:
            return None
        last, words = wishes[-1], clause.cue_words
        alone = len(wishes) == 1
        if clause.cue is Cue.EXCEPT:
            broad = words[0] in {"but", "yet", "and"} and words[-1] in {
                "no",
                "nothing",
                "nowt",
                "nae",
                "any",
            }
            return last if alone or not broad else None
        if clause.joint == "" and words[0] not in {"nothing", "nowt"}:
            return last if last.type == "place" else None
        if words[0] in {"not", "never"} and clause.joint in {"comma", "and", "sentence"}:
            return last if last.type == "place" else None
        if words[0] == "no" and clause.joint == "and" and last.pos:
            return last if " with " in self.speller.copy(last.pos) else None
        if words[0] in {"nothing", "nowt", "nowhere", "that", "which"}:
            return last if alone else None
        return None

    def refuse_last(self, clause: Clause) -> None:
        """ "Churches? No thanks.": what was just said is not wanted after all."""
        last = self.drafts[-1] if self.drafts else None
        near = last is not None and last.sentence in {self.sentence, self.sentence - 1}
        if (
            last is not None
            and near
            and last.pos
            and not last.neg
            and last.type in {"place", "itinerary"}
        ):
            last.pos, last.neg, last.type, last.mustsee = None, last.pos, "itinerary", False
        self.mode = "wish"

    def refuse_before(self, clause: Clause) -> None:
        """ "Chains are out": the words before the cue are not wanted."""
        span = self.speller.dislike(clause.tokens)
        if span is not None:
            self.add(_Draft(None, span, type="itinerary"))
        self.mode = "wish"

    # --- wishes ---

    def wish(self, at: int, clause: Clause) -> None:
        """Something that is wanted."""
        role = self.role(at, clause)
        if not clause.tokens:
            if role in {Cue.START, Cue.FROM, Cue.END} and clause.cue is not None:
                self.anchorless = role
            return
        if role is Cue.END and all(token.word in _PRONOUNS for token in clause.tokens):
            self.loop = True
            return
        if clause.cue is None and self.speller.states(clause.tokens):
            self.facts(clause.tokens)
            return
        anchor = role in {Cue.START, Cue.FROM, Cue.END}
        lead = clause.cue_words[0] if clause.cue is Cue.WISH and len(clause.cue_words) == 1 else ""
        for found in self.speller.read(clause.tokens, anchor=anchor, lead=lead):
            if role is Cue.END and found.anchor:
                self.anchor("end", found)
            elif anchor and found.anchor:
                self.anchor("start", found)
            else:
                # "a walk in Kallio and Töölö": the second name is an area as the first is
                found_area = found.itinerary or (
                    self.area and found.named and clause.joint == "and"
                )
                kind: Literal["place", "itinerary"] = "itinerary" if found_area else "place"
                self.add(_Draft(found.span, mustsee=found.named and not found_area, type=kind))
            self.area = found.area or (self.area and clause.cue is None and clause.joint == "and")

    def role(self, at: int, clause: Clause) -> Cue | None:
        """Start, end or neither, by cue or by the clause's place in a chain of arrows."""
        if clause.cue in {Cue.START, Cue.FROM, Cue.END}:
            return clause.cue
        if clause.cue is not None:
            return None
        following = self.clauses[at + 1] if at + 1 < len(self.clauses) else None
        leads = following is not None and following.joint == "arrow"
        if clause.joint == "arrow":
            return None if leads else Cue.END
        return Cue.START if leads else None

    def anchor(self, kind: Literal["start", "end"], found: Reading) -> None:
        """Fix a start or an end; a second one is only a stop on the way."""
        if self.first(kind) is not None:
            if found.named:
                self.add(_Draft(found.span, mustsee=True))
            return
        both = (
            kind == "end"
            and self.anchorless in {Cue.START, Cue.FROM}
            and self.first("start") is None
        )
        both_back = kind == "start" and self.anchorless is Cue.END and self.first("end") is None
        if both:
            self.add(_Draft(found.span, mustsee=True, type="start"))
        self.add(_Draft(found.span, mustsee=True, type=kind))
        if both_back:
            self.add(_Draft(found.span, mustsee=True, type="end"))
        self.anchorless = None


def _city(text: str) -> str | None:
    """The first city that stands on its own in the request."""
    tokens = tokenize(text)
    for at, token in enumerate(tokens):
        if token.word not in CITIES or (
            token.word in {"bath", "nice", "cork", "split", "york"} and not token.capital
        ):
            continue
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if after is not None and not after.mark and (after.capital or is_kind(after.word)):
            continue
        before = tokens[at - 1] if at else None
        if (
            before is not None
            and not before.mark
            and (before.capital or before.word in {"from", "near"})
            and at > 1
        ):
            continue
        return token.text
    return None


def decompose(
    text: str, *, now: dt.datetime, is_name: Callable[[str], bool] | None = None
) -> Request:
    """Understand a request by rules alone.

    Parameters
    ----------
    text
        The person's words.
    now
        The clock against which dates are resolved.
    is_name
        Tells whether words name a place of the person's library; without it, names are told by
        their capitals and by the words around them.

    Returns
    -------
    The request with at most 12 sub-requests, in order of mention; never raises.
    """
    numbers = read_quantities(text[:MAX_CHARS], now=now)
    speller = Speller(text, is_name=is_name)
    drafts = _Reader(cut(text, numbers.found, is_name=is_name), speller).run()
    subrequests: list[SubRequest] = []
    for draft in drafts:
        pos = speller.copy(draft.pos) if draft.pos else PLACES
        neg = speller.copy(draft.neg) if draft.neg else None
        if neg is None and draft.sentence != _NO_SENTENCE and pos.casefold() in EMPTY_WORDS:
            continue
        made = SubRequest(pos=pos, neg=neg, mustsee=draft.mustsee, type=draft.type)
        if made not in subrequests:
            subrequests.append(made)
    return Request(
        text=text,
        subrequests=tuple(subrequests[:MAX_SUBREQUESTS]),
        hours=numbers.hours,
        start_time=numbers.start_time,
        date=numbers.date,
        stops=numbers.stops,
        city=_city(text[:MAX_CHARS]),
        by="rules",
    )
