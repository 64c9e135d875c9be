"""What the clauses of a request ask for, in order: wishes, dislikes, a start and an end.

A cue sets what a clause is for (its mode); a clause without a cue of its own is a wish, unless it
goes on with what came before it ("no museums, shops or bars").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from planner.language.cues import Cue
from planner.language.lexicon import is_kind, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import SubRequestType
    from planner.language.names import Span
    from planner.language.spans import Reading, Speller
    from planner.language.tokens import Token
    from planner.language.turns import Clause, Joint

Mode: TypeAlias = Literal["wish", "refuse", "not", "except", "tolerate", "state", "inject"]

_MODES: Final[dict[Cue, Mode]] = {
    Cue.REFUSE: "refuse",
    Cue.NOT: "not",
    Cue.EXCEPT: "except",
    Cue.TOLERATE: "tolerate",
    Cue.STATE: "state",
    Cue.INJECT: "inject",
}
# "Drop us at X" is an end and "pick us up at X" a start, but where the walk lies between the two.
_SET_DOWN = words("drop dropped set put leave deposit dump plonk")
_PICK_UP = words("pick picked collect collected fetch fetched arrive arriving arrives arrival")
_LISTING: Final[frozenset[Joint]] = frozenset({"and", "or"})
# Joints over which a mode runs on to the next clause, when that has no cue of its own.
_RUNS_ON: Final[dict[Mode, frozenset[Joint]]] = {
    "wish": frozenset(),
    "refuse": _LISTING,
    "not": _LISTING,
    "except": _LISTING,
    "tolerate": _LISTING,
    "state": _LISTING,
    "inject": frozenset({"", "and", "or", "comma", "then", "but"}),
}
_ANCHORS = frozenset({Cue.START, Cue.FROM, Cue.END})
_VERBAL = frozenset({Cue.WISH, Cue.REFUSE, Cue.TASTE, Cue.PREFER})
# A list of dislikes does not go on with one of these: "no museums and a park".
_NEW_THING = words(
    "a an some one maybe something somewhere perhaps two three "
    "could can would will shall may let lets where what please"
)
_HERE = words("here there")
_HAS = words("has have had got is are")
_NO = words("no nae not zero nothing")
# What spoils a walk, not a place on it.
_NUISANCES = words("walking stair stairs hill hills climbing steps rush queue queues crowd crowds")
_PRONOUNS = words("it that this them those these one again there here please")
_BROAD_FRONT = words("but yet and")
_BROAD_END = words("no nothing nowt nae any")
_NOTHING = words("nothing nowt nowhere")
_RELATIVE = words("that which who where thats isnt arent aint")


@dataclass(slots=True, eq=False)
class Draft:
    """A sub-request in the making; its spans are bounds in the request.

    ``pos`` is ``None`` for a dislike of the whole walk. ``stated`` marks a quantity or a fact
    about the person, beside which no dislike stands.
    """

    pos: Span | None
    neg: Span | None = None
    mustsee: bool = False
    type: SubRequestType = "place"
    sentence: int = 0
    stated: bool = False


class Reader:
    """Reads the clauses of one request in order.

    Parameters
    ----------
    clauses
        The request, cut.
    speller
        Reads the spans of the same request.
    """

    def __init__(self, clauses: Sequence[Clause], speller: Speller) -> None:
        self.clauses = clauses
        self.speller = speller
        self.drafts: list[Draft] = []
        # What was read and makes nothing: tolerance, orders to the system.
        self.passed: list[Span] = []
        self.anchors: dict[str, Draft] = {}
        self.mode: Mode = "wish"
        self.sentence = 0
        self.loop = False
        # A front "instead of X", waiting for its wish.
        self.pending: Span | None = None
        # A start or end cue without words yet: "starting and ending at X".
        self.waiting: Cue | None = None
        # The end was one at which to set somebody down.
        self.set_down = False
        # A colon stands behind the cue: "not wanted: X, Y, Z".
        self.listed = False
        # The wish before was an area.
        self.area = False

    def run(self) -> list[Draft]:
        """Read every clause and return the drafts in order of mention."""
        for at, clause in enumerate(self.clauses):
            if clause.joint == "sentence":
                self.close_sentence()
            self.read(at, clause)
        self.close_sentence()
        start = self.anchors.get("start")
        if self.loop and start is not None and "end" not in self.anchors:
            self.drafts.insert(self.drafts.index(start) + 1, replace(start, type="end"))
        return self.drafts

    def close_sentence(self) -> None:
        """Forget what only holds within a sentence."""
        if self.pending:
            self.refuse_for_walk(self.pending)
            self.pending = None
        self.mode, self.waiting = "wish", None
        self.sentence += 1

    def add(self, draft: Draft) -> None:
        """Keep a draft; a waiting "instead of" goes with the first wish after it."""
        if self.pending and draft.pos and draft.type == "place":
            draft.neg, self.pending = self.pending, None
        draft.sentence = self.sentence
        self.drafts.append(draft)

    def state(self, span: Span) -> None:
        """Keep a quantity, or a fact about the person, as a wish about the walk."""
        self.drafts.append(Draft(span, type="itinerary", sentence=self.sentence, stated=True))

    # --- one clause ---

    def read(self, at: int, clause: Clause) -> None:
        """Read one clause."""
        self.loop = self.loop or clause.cue in {Cue.LOOP, Cue.BACK}
        if clause.joint not in {"", "and"} or clause.quantity is not None:
            self.waiting = None
        if clause.quantity is not None:
            self.quantity(clause)
        elif clause.cue is Cue.AFTER:
            self.refuse_last()
        elif clause.after and clause.tokens:
            self.refuse_pair(at, clause)
            self.refuse_before(clause.tokens)
        elif clause.cue is Cue.BACK and clause.cue_words[-1] in _HERE:
            self.there("end")
        elif clause.cue is not Cue.BACK:
            self.mode = self.mode_of(at, clause)
            self.by_mode(at, clause)

    def by_mode(self, at: int, clause: Clause) -> None:
        """Read a clause as its mode has it; tolerance and orders make nothing."""
        if self.mode == "wish":
            self.wish(at, clause)
        elif self.mode == "state":
            self.facts(clause.tokens)
        elif self.mode in {"refuse", "not", "except"}:
            self.refuse(clause)
        elif clause.tokens:
            self.passed.append((clause.tokens[0].start, clause.tokens[-1].end))

    def mode_of(self, at: int, clause: Clause) -> Mode:
        """Tell what a clause is for, by its cue or by what it continues."""
        if clause.cue is not None:
            self.listed = clause.listed
            return _MODES.get(clause.cue, "wish")
        if self.subject(at):
            return "state"
        beside = bool(self.drafts and self.drafts[-1].pos and self.drafts[-1].neg)
        runs_on = clause.joint in _RUNS_ON[self.mode] and not (beside and clause.paused)
        if runs_on and self.continues(clause):
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
        return bool(clause.tokens) and clause.tokens[0].word not in _NEW_THING

    def list_closes(self, at: int) -> bool:
        """Tell whether a comma list of dislikes goes on: "no museums, shops or bars"."""
        closing = {"or"} if self.mode == "not" else {"or", "and"}
        for clause in self.clauses[at + 1 :]:
            plain = clause.cue is None and clause.quantity is None
            if not plain or clause.joint not in {"comma", "and", "or"}:
                return False
            if clause.joint in closing:
                return self.continues(clause)
        return False

    def quantity(self, clause: Clause) -> None:
        """Read a length, a count or a limit, which is also a wish about the whole walk."""
        quantity = clause.quantity
        if quantity is None or not quantity.asks or self.mode == "inject":
            return
        span = (quantity.wish_start, quantity.wish_end)
        if clause.cue in {Cue.NOT, Cue.REFUSE} and quantity.kind == "limit":
            self.refuse_for_walk(span)
        else:
            self.state(span)

    def facts(self, tokens: Sequence[Token]) -> None:
        """Read a statement about the person: only what shapes the whole walk makes a wish."""
        for span in self.speller.facts(tokens):
            self.state(span)

    # --- dislikes ---

    def wishes(self) -> list[Draft]:
        """List the wishes of this sentence so far that a dislike can stand beside."""
        found = []
        for draft in reversed(self.drafts):
            if draft.sentence != self.sentence:
                break
            if draft.pos and not draft.stated and draft.type in {"place", "itinerary"}:
                found.append(draft)
        return found[::-1]

    def refuse(self, clause: Clause) -> None:
        """Read something that is not wanted: beside a wish, or of the whole walk."""
        if clause.tokens and all(token.word in _PRONOUNS for token in clause.tokens):
            self.refuse_last()
            return
        if clause.cue_words == ("non-",) and len(clause.tokens) > 1:
            self.refuse_quality(clause.tokens)
            return
        span = self.speller.dislike(clause.tokens)
        if span is None:
            return
        target = None if self.of_walk(clause) else self.target(clause)
        if clause.cue is None:
            self.refuse_more(span, clause.joint)
        elif target is not None and self.unlikely(clause, target):
            target.pos, target.neg, target.type = None, span, "itinerary"
        elif target is not None:
            target.neg = span
        elif clause.cue is Cue.EXCEPT and not self.wishes() and clause.cue_words[0] != "but":
            self.pending = span
        else:
            self.refuse_for_walk(span)

    def unlikely(self, clause: Clause, wish: Draft) -> bool:
        """Tell "I'd rather chew glass than queue", which wishes for nothing."""
        if clause.cue_words[:1] != ("than",) or wish.mustsee or not wish.pos:
            return False
        return not any(map(is_kind, self.speller.copy(wish.pos).casefold().split()))

    def of_walk(self, clause: Clause) -> bool:
        """Tell a dislike that no one place can have: "no clubs no wine bars", "and no stairs"."""
        last = self.drafts[-1] if self.drafts else None
        first = clause.cue_words[:1]
        if not clause.joint and first and first[0] in _NO and last is not None and not last.pos:
            return last.sentence == self.sentence
        nuisance = first and first[0] in {"not", "never"} and clause.tokens[-1].word in _NUISANCES
        return bool(nuisance) and clause.joint in {"and", "comma"} and len(self.wishes()) > 1

    def refuse_for_walk(self, span: Span) -> None:
        """Keep a dislike of the whole walk."""
        self.add(Draft(None, span, type="itinerary"))

    def refuse_more(self, span: Span, joint: Joint) -> None:
        """Go on with a list of dislikes; two of one place stay one span."""
        last = self.drafts[-1] if self.drafts else None
        if self.pending and joint in _LISTING:
            self.pending = (self.pending[0], span[1])
        elif last is not None and last.neg and last.pos and joint in _LISTING:
            last.neg = (last.neg[0], span[1])
        else:
            self.refuse_for_walk(span)

    def refuse_quality(self, tokens: Sequence[Token]) -> None:
        """Read "non-touristy streets": the quality is not wanted, the thing is."""
        quality = (tokens[0].start, tokens[0].end)
        found = self.speller.read(tokens[1:], anchor=False)[:1]
        for one in found:
            kind: SubRequestType = "itinerary" if one.itinerary else "place"
            self.add(Draft(one.span, quality, one.named, kind))
        if not found:
            self.refuse_for_walk(quality)

    def target(self, clause: Clause) -> Draft | None:
        """Find the wish that a dislike stands beside, if any."""
        said, wishes = clause.cue_words, self.wishes()
        if said == ("not",) and clause.joint == "sentence" and not wishes:
            # "burgers!!! not mcdonalds"
            before = [d for d in self.drafts if d.pos and d.sentence == self.sentence - 1]
            wishes = before if len(before) == 1 else []
        if not said or not wishes or wishes[-1].neg or clause.cue is Cue.REFUSE:
            return None
        last, alone = wishes[-1], len(wishes) == 1
        if clause.cue is Cue.EXCEPT:
            broad = said[0] in _BROAD_FRONT and said[-1] in _BROAD_END
            return last if alone or not broad else None
        if said[0] in _NOTHING or (said[0] in _RELATIVE and clause.joint):
            return last if alone else None
        return last if last.type == "place" and self.beside(clause, last) else None

    def beside(self, clause: Clause, last: Draft) -> bool:
        """Tell whether "not" and the like stand in the same phrase as the place before."""
        first = clause.cue_words[0]
        if not clause.joint:
            return True
        if first == "no" and clause.joint == "and" and last.pos:
            return " with " in self.speller.copy(last.pos)
        return first in {"not", "never"} and clause.joint in {"comma", "and", "sentence"}

    def refuse_last(self) -> None:
        """Read "Churches? No thanks.": what was just said is not wanted after all."""
        self.mode = "wish"
        last = self.drafts[-1] if self.drafts else None
        if last is None or last.sentence < self.sentence - 1 or not last.pos or last.neg:
            return
        if last.type in {"place", "itinerary"} and not last.stated:
            last.pos, last.neg, last.type, last.mustsee = None, last.pos, "itinerary", False

    def refuse_pair(self, at: int, clause: Clause) -> None:
        """Read "kerbs and steps are out": what is joined is refused with the rest."""
        before, last = self.clauses[at - 1], self.drafts[-1] if self.drafts else None
        joined = clause.joint == "and" and before.cue is None and before.quantity is None
        same = last is not None and last.sentence == self.sentence and last.type == "place"
        gap = clause.tokens[0].start - (before.tokens[-1].end if before.tokens else 0)
        joined = joined and gap <= len(" and the ")
        if at and joined and same and last is not None and last.pos and not last.neg:
            last.pos, last.neg, last.type, last.mustsee = None, last.pos, "itinerary", False

    def refuse_before(self, tokens: Sequence[Token]) -> None:
        """Read "Chains are out": the words before the cue are not wanted."""
        self.mode = "wish"
        verb = max((at for at, token in enumerate(tokens) if token.word in _HAS), default=-1)
        if verb > 0:
            self.facts(tokens[:verb])  # "my son has a nut allergy"
        span = self.speller.dislike(tokens[verb + 1 :])
        if span is not None:
            self.refuse_for_walk(span)

    # --- wishes ---

    def wish(self, at: int, clause: Clause) -> None:
        """Read something that is wanted."""
        role = self.role(at, clause)
        if role is Cue.START and _HERE & set(clause.cue_words[-1:]) and not clause.tokens:
            self.there("start")
        elif not clause.tokens:
            self.waiting = role if clause.cue in _ANCHORS else self.waiting
        if not clause.tokens:
            return
        if role is not None and all(token.word in _PRONOUNS for token in clause.tokens):
            self.there("end" if role is Cue.END else "start")
            return
        if clause.cue is None and self.speller.states(clause.tokens):
            self.facts(clause.tokens)
            return
        # "in" of "a walk in", "it" of "keep it"
        said = clause.cue_words if clause.cue is Cue.WISH else ()
        lead = said[-1] if len(said) == 1 or said[-1:] == ("it",) else ""
        for found in self.speller.read(clause.tokens, anchor=role is not None, lead=lead):
            if role is not None and found.anchor:
                self.anchor("end" if role is Cue.END else "start", found, clause.cue_words[:1])
            else:
                self.stop(found, clause)

    def there(self, kind: Literal["start", "end"]) -> None:
        """Read "start there": where the walk begins already, or at the name that came last."""
        if kind == "end" and "start" in self.anchors:
            self.loop = True  # "start at X and finish there"
            return
        named = [each for each in self.drafts if each.mustsee and each.type == "place"]
        if named and kind not in self.anchors:
            named[-1].type = kind
            self.anchors[kind] = named[-1]

    def subject(self, at: int) -> bool:
        """Tell "my teenager" of "my teenager refuses to ..." by the verb that follows."""
        following = self.clauses[at + 1] if at + 1 < len(self.clauses) else None
        if following is None or following.joint or following.cue not in _VERBAL:
            return False
        return any(word.endswith("s") for word in following.cue_words[:1])

    def stop(self, found: Reading, clause: Clause) -> None:
        """Keep a place, or a wish about the walk."""
        # "a walk in Kallio and Töölö": the second name is an area as the first is
        goes_on = self.area and clause.cue is None and clause.joint == "and"
        walk = found.itinerary or (goes_on and found.named)
        self.add(
            Draft(found.span, None, found.named and not walk, "itinerary" if walk else "place")
        )
        self.area = found.area or goes_on

    def rename(self, draft: Draft, kind: Literal["start", "end"]) -> None:
        """Turn a start into an end or the other way round."""
        del self.anchors["end" if kind == "start" else "start"]
        draft.type = kind
        self.anchors[kind] = draft

    def role(self, at: int, clause: Clause) -> Cue | None:
        """Tell a start or an end by cue or by the clause's place in a chain of arrows."""
        if clause.cue is not None:
            return clause.cue if clause.cue in _ANCHORS else None
        following = self.clauses[at + 1] if at + 1 < len(self.clauses) else None
        leads = following is not None and following.joint == "arrow"
        if clause.joint == "arrow":
            return None if leads else Cue.END
        return Cue.START if leads else None

    def anchor(
        self, kind: Literal["start", "end"], found: Reading, said: tuple[str, ...] = ()
    ) -> None:
        """Fix a start or an end; a second one is only a stop on the way."""
        other: Literal["start", "end"] = "end" if kind == "start" else "start"
        first = self.anchors.get(kind)
        if other not in self.anchors and first is not None:
            # two ends are a start and an end, and so are two starts where the second picks up
            if kind == "end":
                self.rename(first, "start")
            elif said and said[0] in _PICK_UP:
                kind = "end"
            other = "end" if kind == "start" else "start"
        elif self.set_down and said and said[0] in _PICK_UP and "start" not in self.anchors:
            self.rename(self.anchors["end"], "start")
            kind, other = "end", "start"
        self.set_down = kind == "end" and bool(said) and said[0] in _SET_DOWN
        # "starting and ending at X" fixes both, the start first
        waited = self.waiting is not None and (self.waiting is Cue.END) == (other == "end")
        both = waited and other not in self.anchors and kind not in self.anchors
        kinds: tuple[SubRequestType, ...] = ("start", "end") if both else (kind,)
        for one in kinds:
            fresh = one not in self.anchors
            draft = Draft(found.span, None, mustsee=True, type=one if fresh else "place")
            if fresh:
                self.anchors[one] = draft
            self.add(draft)
        self.waiting = None
