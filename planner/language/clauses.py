"""A request cut into clauses: runs of words, and the cue that says what each is for.

Cuts are made at punctuation and joiners, at every cue of `planner.language.cues`, and at every
quantity. Nothing is decided here about what a clause means; `planner.language.rules` does that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from planner.language.cues import Cue, match_cue
from planner.language.lexicon import CITIES, COMPANIONS, WALK_WORDS, base, is_kind, words
from planner.language.tokens import tokenize, unparted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.language.quantities import Quantity
    from planner.language.tokens import Token

Joint: TypeAlias = Literal["", "sentence", "comma", "and", "or", "then", "but", "arrow"]

_MARKS: Final[dict[str, Joint]] = {
    **dict.fromkeys((",", "(", ")", ":", "–", "—", "-"), "comma"),
    **dict.fromkeys(("&", "+", "/", "|"), "and"),
    **dict.fromkeys(("->", "=>", "→", "»", "➡"), "arrow"),
    **dict.fromkeys((";", "\n", "•", "*"), "sentence"),
}
_JOINERS: Final[dict[str, Joint]] = {
    **dict.fromkeys(("and", "n", "und", "ja", "also", "et"), "and"),
    **dict.fromkeys(("or", "nor", "alternatively"), "or"),
    **dict.fromkeys(("then", "so", "next", "plus"), "then"),
    **dict.fromkeys(("but", "yet", "however", "though", "only"), "but"),
}
# An untouched clause that is cut again keeps the stronger of its joints.
_STRENGTH: Final[dict[Joint, int]] = {
    "": 0, "comma": 1, "and": 2, "or": 2, "then": 2, "but": 2, "arrow": 3, "sentence": 4,
}  # fmt: skip
_OPEN = words("somewhere anywhere something anything somebody place places spot spots where")
# Single words that are as often part of a thing as a cue ("hope street").
_NOUNISH = words("wish hope need needs")
_BEFORE_CITY = words("in visiting around round of through to at from")
_ABOUT_AREA = words("of in through around round along")
_BESIDE_AREA = words("by near within across beside")
# At the end of a phrase these look back: "Kiasma yes, Ateneum no", "malls don't".
_LONE_NO = words("no dont doesnt")
_ARTICLES = words("a an some")
_VERBS = words("see visit find try eat drink have get enjoy explore buy taste watch look do be")
_PACE = words("pace speed tempo")
_CLOCKS = frozenset({"start", "deadline", "appointment", "range", "date"})
# Cues whose words may come only after a clock time ("finish for one at Löyly").
_WAITING = frozenset({Cue.START, Cue.END, Cue.FROM, Cue.VIA})
# How far ahead a companion or a pace is looked for, in words.
_AHEAD: Final = 5


@dataclass(slots=True)
class Clause:
    """Words between two cuts.

    ``joint`` tells how the clause is joined to the one before it, ``cue`` what it is for; a clause
    that stands for a number, a time or a count has a ``quantity`` instead of words. ``after``:
    refused by a cue behind its words; ``listed``: a colon stands behind its cue.
    """

    joint: Joint = ""
    cue: Cue | None = None
    cue_words: tuple[str, ...] = ()
    tokens: list[Token] = field(default_factory=list)
    quantity: Quantity | None = None
    after: bool = False
    listed: bool = False


class _Cutter:
    """Walks over the tokens of a request once and cuts it into clauses.

    Each step (`quantity`, `name`, `mark`, `joiner`, `cue`, `turn`) returns the index behind what
    it took, or 0 where it does not apply; the first that applies wins.
    """

    def __init__(
        self, tokens: Sequence[Token], quantities: Sequence[Quantity], runs: dict[int, int]
    ) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.quantities = list(reversed(quantities))
        self.runs = runs
        self.clauses: list[Clause] = [Clause(joint="sentence")]
        # Several ">" in one sentence, and no ";" or "." between, are arrows.
        self.chain = self.words.count(">") > 1 and not {".", ";", "\n"} & set(self.words[:-1])

    @property
    def clause(self) -> Clause:
        return self.clauses[-1]

    def run(self) -> list[Clause]:
        """Cut the whole request."""
        at = 0
        steps = (self.quantity, self.name, self.mark, self.joiner, self.cue, self.turn)
        while at < len(self.tokens):
            for step in steps:
                if behind := step(at):
                    at = behind
                    break
            else:
                self.clause.tokens.append(self.tokens[at])
                at += 1
        return [c for c in self.clauses if c.tokens or c.cue or c.quantity]

    def cut(self, joint: Joint = "", cue: Cue | None = None, *taken: str) -> None:
        """Begin a new clause; an untouched one is reused, keeping the stronger joint."""
        last = self.clause
        if last.tokens or last.cue or last.quantity:
            self.clauses.append(Clause(joint, cue, taken))
            return
        if _STRENGTH[joint] >= _STRENGTH[last.joint]:
            last.joint = joint
        if cue is not None:
            last.cue, last.cue_words = cue, taken

    def following(self, at: int) -> Token | None:
        """Give the token at an index, if the request reaches that far."""
        return self.tokens[at] if at < len(self.tokens) else None

    # --- quantities, names, marks ---

    def quantity(self, at: int) -> int:
        """Take a quantity that covers this token."""
        token = self.tokens[at]
        while self.quantities and self.quantities[-1].end <= token.start:
            self.quantities.pop()
        if not self.quantities or token.end <= self.quantities[-1].start:
            return 0
        taken, clause = self.quantities.pop(), self.clause
        if not (taken.kind in _CLOCKS and clause.cue in _WAITING and not clause.tokens):
            refused = clause.cue in {Cue.NOT, Cue.REFUSE} and not clause.tokens
            keep = refused and taken.kind != "part"
            cue, said = (clause.cue, clause.cue_words) if keep else (None, ())
            self.cut()
            self.clause.quantity, self.clause.cue, self.clause.cue_words = taken, cue, said
            self.clauses.append(Clause())
        while at < len(self.tokens) and self.tokens[at].start < taken.end:
            at += 1
        return at

    def name(self, at: int) -> int:
        """Take a run that must not be parted."""
        end = self.runs.get(at, 0)
        self.clause.tokens.extend(self.tokens[at:end] if end else ())
        return end

    def mark(self, at: int) -> int:
        """Cut at a mark of punctuation."""
        text = self.tokens[at].text
        if not self.tokens[at].mark:
            return 0
        if text == ":" and self.clause.cue is not None and not self.clause.tokens:
            self.clause.listed = True
        elif text == ">":
            self.greater(at)
        elif "?" in text:
            self.clauses.append(Clause("sentence"))
        elif joint := _MARKS.get(text, "sentence" if text[0] in ".!;:…" else ""):
            self.cut(joint)
        return at + 1

    def greater(self, at: int) -> None:
        """Read ">" as an arrow between names and as a preference between kinds."""
        around = [token for token in self.tokens[max(0, at - 1) : at + 2] if not token.mark]
        if self.chain or all(token.capital for token in around):
            self.cut("arrow")
        else:
            self.cut("", Cue.EXCEPT, ">")

    def joiner(self, at: int) -> int:
        """Cut at a joiner, unless it begins a longer cue ("but not")."""
        token = self.tokens[at]
        joint = _JOINERS.get(token.word, "")
        found = match_cue(self.words, at) if joint else None
        if not joint or (found is not None and found[1] > 1):
            return 0
        if (token.word == "only" and self.clause.tokens) or (token.word == "n" and token.capital):
            return 0
        self.cut(joint)
        return at + 1

    # --- cues ---

    def cue(self, at: int) -> int:
        """Cut at a cue."""
        found = match_cue(self.words, at)
        lone = self.clause.tokens or (at and self.clause.cue is None)
        if self.words[at] in _LONE_NO and lone and not self.goes_on(at + 1):
            found = (Cue.AFTER, 1)  # "Kiasma yes, Ateneum no"
        if found is None or not self.fits(found[0], at, found[1]):
            return 0
        cue, behind = found[0], at + found[1]
        if cue is Cue.AFTER and not self.clause.tokens and self.goes_on(behind, colon=True):
            cue = Cue.REFUSE  # "I can't stand bars", where "bars I can't stand" looks back
        if cue is Cue.AFTER:
            self.clause.after = True
            if not self.clause.tokens:
                self.cut("", cue, *self.words[at:behind])
            self.clauses.append(Clause())
        elif cue is not Cue.NOISE:
            self.cut("", cue, *self.words[at:behind])
        elif self.clause.tokens:
            self.clauses.append(Clause())
        return behind

    def goes_on(self, at: int, *, colon: bool = False) -> bool:
        """Tell whether a word, not a mark or joiner, stands here."""
        token = self.following(at)
        if token is None or token.mark:
            return colon and token is not None and token.text == ":"
        return token.word not in _JOINERS

    def fits(self, cue: Cue, at: int, length: int) -> bool:
        """Tell whether a phrase is a cue where it stands, and not part of what is wished for."""
        before = self.clause.tokens
        if before and before[0].word in _OPEN and cue in _NOT_IN_OPEN:
            return False  # "somewhere I can sit"
        if length == 1 and self.tokens[at].capital and before and before[-1].capital:
            return False  # inside a name
        if cue is Cue.END and self.words[at + length - 1] == "to" and self.leads_verb(at + length):
            return False  # "a walk to see ..."
        if cue is Cue.FROM:
            ended = self.clause.cue is Cue.END
            return (
                not before or ended or _theme(before) or before[-1].word in {"loop", "off", "start"}
            )
        if cue is Cue.TASTE:
            after = self.following(at + length)
            hearty = after is not None and (self.words[at] != "fancy" or after.word in _ARTICLES)
            said = self.clause.cue in {Cue.STATE, Cue.TASTE}
            return not before and (said or (hearty and self.clause.cue is None))
        return length > 1 or self.fits_alone(cue, at)

    def leads_verb(self, at: int) -> bool:
        """Tell whether a verb such as "see" stands here."""
        return at < len(self.words) and self.words[at] in _VERBS

    def fits_alone(self, cue: Cue, at: int) -> bool:
        """Tell the same of a cue of one word, which is as often an ordinary word."""
        before, word = self.clause.tokens, self.words[at]
        if cue is Cue.WISH and word in _NOUNISH:
            return not before and self.clause.cue in {Cue.STATE, Cue.TASTE}
        if cue is Cue.START:
            return not any(is_kind(token.word) for token in before)
        if cue is Cue.VIA:
            return not before or not is_kind(before[-1].word) or word in {"via", "passing"}
        if cue is Cue.END or (cue is Cue.STATE and word == "its"):
            return not before
        if cue is Cue.NOISE and word in {"done", "somewhere", "well"}:
            after = self.following(at + 1)
            leads = after is not None and after.word in {"for", "to", "near"}
            return not before and (leads or word == "well")
        return True

    # --- words at which a new thing begins without a cue ---

    def turn(self, at: int) -> int:
        """Cut at a city, or at a small word that opens something new."""
        word = self.words[at]
        if self.clause.cue is Cue.INJECT:
            return 0
        if word == "with":
            return self.turn_with(at)
        if word in {"to", "over", "than"}:
            return self.turn_to(at)
        if word in CITIES and self.city(at):
            self.cut()
            self.clauses.append(Clause())
        elif word == "for" and self.ahead(at, COMPANIONS):
            self.cut("and", Cue.WISH)
        elif word in _ABOUT_AREA and _theme(self.clause.tokens):
            self.cut("", Cue.WISH, word)
        else:
            # here the word itself belongs to the new clause
            if word == "at" and self.ahead(at, _PACE):
                self.cut("and")
            elif word in _BESIDE_AREA and _theme(self.clause.tokens):
                self.cut()
            return 0
        return at + 1

    def turn_with(self, at: int) -> int:
        """Cut at "with" unless it qualifies a thing ("a café with a terrace")."""
        before = self.clause.tokens
        named = bool(before) and before[-1].capital
        if before and not (named or _theme(before) or self.ahead(at, COMPANIONS)):
            return 0
        self.cut("and" if before else "", Cue.WISH)
        return at + 1

    def turn_to(self, at: int) -> int:
        """Cut at "to", "over" or "than" where it leads to an end or to what is not preferred."""
        clause, word = self.clause, self.words[at]
        if word == "to" and not clause.tokens:
            if self.start_waits():
                self.cut("", Cue.END, word)
                return at + 1
            if clause.cue is None and len(self.clauses) > 1:
                self.cut("", Cue.WISH)
                return at + 1
            return 0
        if word == "to" and clause.cue is None and self.between_names(at):
            clause.cue = Cue.FROM
        if word == "to" and (clause.cue in {Cue.START, Cue.FROM} or self.under_way(at)):
            self.cut("", Cue.END, word)
            return at + 1
        if clause.tokens and self.preferred():
            self.cut("", Cue.EXCEPT, word)
            return at + 1
        return 0

    def city(self, at: int) -> bool:
        """Tell whether a city stands on its own here and not in a longer name."""
        clause, token, after = self.clause, self.tokens[at], self.following(at + 1)
        free = after is None or after.mark or not after.capital
        if not token.capital and after is not None and not after.mark:
            free = not is_kind(after.word) or after.word in WALK_WORDS
        before = self.words[at - 1] if at else ""
        if before not in _BEFORE_CITY:
            return free and not clause.tokens and clause.cue is None
        while free and clause.tokens and clause.tokens[-1].word in _BEFORE_CITY - {"to", "at"}:
            clause.tokens.pop()
        return free and (before != "from" or not clause.tokens)

    def ahead(self, at: int, table: frozenset[str]) -> bool:
        """Tell whether a word of a table comes soon, before another "and"."""
        for word in self.words[at + 1 : at + _AHEAD]:
            if base(word) in table or (word == "ones" and table is COMPANIONS):
                return True
            if word in {"and", "with", ","}:
                return False
        return False

    def sentence(self) -> list[Clause]:
        """Give the clauses of this sentence so far, the latest first."""
        found: list[Clause] = []
        for clause in reversed(self.clauses):
            found.append(clause)
            if clause.joint == "sentence":
                break
        return found

    def under_way(self, at: int) -> bool:
        """Tell "from X ... to Y", with other things between."""
        cues = {clause.cue for clause in self.sentence()}
        after = self.following(at + 1)
        definite = after is not None and (after.capital or after.word in {"the", "my", "our"})
        return definite and bool({Cue.FROM, Cue.START} & cues) and Cue.END not in cues

    def start_waits(self) -> bool:
        """Tell "from and to X": a start cue that still waits for its words."""
        return self.clause.joint == "and" and any(
            clause.cue in {Cue.FROM, Cue.START} and not clause.tokens
            for clause in self.clauses[-2:-1]
        )

    def preferred(self) -> bool:
        """Tell whether this sentence speaks of a preference so far."""
        return any(
            clause.cue is Cue.PREFER or (clause.tokens and clause.tokens[0].word == "more")
            for clause in self.sentence()
        )

    def between_names(self, at: int) -> bool:
        """Tell a fragment "Kamppi to Kallio" by capitals on both sides of "to"."""
        before, after = self.clause.tokens, self.following(at + 1)
        return before[0].capital and before[-1].capital and after is not None and after.capital


_NOT_IN_OPEN = frozenset({Cue.STATE, Cue.WISH, Cue.TASTE, Cue.START})


def _theme(tokens: Sequence[Token]) -> bool:
    """Tell whether a clause so far speaks of the walk itself ("a relaxed walk")."""
    return bool(tokens) and base(tokens[-1].word) in WALK_WORDS and not tokens[-1].capital


def cut(
    text: str, quantities: Sequence[Quantity], *, is_name: Callable[[str], bool] | None = None
) -> list[Clause]:
    """Cut a request into clauses.

    Parameters
    ----------
    text
        The request; what lies beyond its first 4,000 characters is not read.
    quantities
        What `planner.language.quantities` read, in order.
    is_name
        Tells whether words name a place of the library.
    """
    tokens = tokenize(text)
    return _Cutter(tokens, quantities, unparted(tokens, is_name, text)).run()
