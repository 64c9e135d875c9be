"""The words at which a new thing begins in a request without a cue that says so.

`Turns` holds the clauses made so far; "with", "to", "between", a city and the like cut them, each
only where the words around tell that something new begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from planner.language.cues import Cue
from planner.language.lexicon import (
    CITIES,
    COMPANIONS,
    NAME_HEADS,
    WALK_WORDS,
    base,
    is_kind,
    is_plural,
    known,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.language.quantities import Quantity
    from planner.language.tokens import Token

Joint: TypeAlias = Literal["", "sentence", "comma", "and", "or", "then", "but", "arrow"]

JOINERS: Final[dict[str, Joint]] = {
    **dict.fromkeys(("and", "n", "und", "ja", "also", "et", "y", "och", "og"), "and"),
    **dict.fromkeys(("or", "nor", "alternatively"), "or"),
    **dict.fromkeys(("then", "so", "next", "plus", "dann", "puis", "luego", "sitten"), "then"),
    **dict.fromkeys(("but", "yet", "however", "though", "only", "aber", "pero", "mais"), "but"),
}
# An untouched clause that is cut again keeps the stronger of its joints.
_STRENGTH: Final[dict[Joint, int]] = {
    "": 0, "comma": 1, "and": 2, "or": 2, "then": 2, "but": 2, "arrow": 3, "sentence": 4,
}  # fmt: skip
_BEFORE_CITY = words("in visiting around round of through to at from")
_ABOUT_AREA = words("of in through around round along")
_BESIDE_AREA = words("by near within across beside")
# Words for a place that say only by what follows them what it is.
OPEN = words("somewhere anywhere something anything somewhere's")
_LOOKS = words("view look vista window bridge terrace balcony")
_PACE = words("pace speed tempo")
_THE = words("the my our")
_INSTEAD = words("more")
_AFTER = words("after before")
_DEFINITE = words("the a an")
_ANCHORS = frozenset({Cue.START, Cue.FROM, Cue.END})
# The token before the one at hand.
SECOND: Final = 2
# How far ahead a companion or a pace is looked for, in words.
_AHEAD: Final = 5


@dataclass(slots=True)
class Clause:
    """Words between two cuts.

    ``joint`` tells how the clause is joined to the one before it, ``cue`` what it is for; a clause
    that stands for a number, a time or a count has a ``quantity`` instead of words. ``after``:
    refused by a cue behind its words; ``listed``: a colon stands behind its cue; ``paused``: a
    comma stands before its "and".
    """

    joint: Joint = ""
    cue: Cue | None = None
    cue_words: tuple[str, ...] = ()
    tokens: list[Token] = field(default_factory=list)
    quantity: Quantity | None = None
    after: bool = False
    listed: bool = False
    paused: bool = False


class Turns:
    """The clauses of a request in the making, and where words turn to something new.

    Parameters
    ----------
    tokens
        The request's words and marks.
    quantities
        What `planner.language.quantities` read, in order.
    runs
        Runs of words that no cut may part.
    """

    def __init__(
        self, tokens: Sequence[Token], quantities: Sequence[Quantity], runs: dict[int, int]
    ) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.loud = all(token.text.isupper() for token in tokens if token.text.isalpha())
        self.quantities = list(reversed(quantities))
        self.runs = runs
        self.clauses: list[Clause] = [Clause(joint="sentence")]
        # Where "and" leads to an end: "between X and Y".
        self.far_ends: set[int] = set()
        # Several ">" in one sentence, and no ";" or "." between, are arrows.
        self.chain = self.words.count(">") > 1 and not {".", ";", "\n"} & set(self.words[:-1])

    @property
    def clause(self) -> Clause:
        """The clause that is being made."""
        return self.clauses[-1]

    def cut(self, joint: Joint = "", cue: Cue | None = None, *taken: str) -> None:
        """Begin a new clause; an untouched one is reused, keeping the stronger joint."""
        last = self.clause
        if last.tokens or last.cue or last.quantity:
            self.clauses.append(Clause(joint, cue, taken))
            return
        last.paused = joint == "and" and last.joint == "comma"
        if _STRENGTH[joint] >= _STRENGTH[last.joint]:
            last.joint = joint
        if cue is not None:
            last.cue, last.cue_words = cue, taken

    def following(self, at: int) -> Token | None:
        """Give the token at an index, if the request reaches that far."""
        return self.tokens[at] if at < len(self.tokens) else None

    def goes_on(self, at: int, *, colon: bool = False) -> bool:
        """Tell whether a word, not a mark or joiner, stands here."""
        token = self.following(at)
        if token is None or token.mark:
            return colon and token is not None and token.text == ":"
        return token.word not in JOINERS

    def turn(self, at: int) -> int:
        """Cut at a city, or at a small word that opens something new."""
        word = self.words[at]
        if self.clause.cue is Cue.INJECT:
            return 0
        special = {"with": self.turn_with, "between": self.turn_between}
        special |= dict.fromkeys(("to", "over", "than"), self.turn_to)
        if word in special:
            return special[word](at)
        if word in _INSTEAD and clause_refuses(self.clause):
            self.cut("comma", Cue.WISH, word)
        elif word in _AFTER and self.next_thing(at):
            self.cut("then")
        elif word in CITIES and self.city(at):
            self.cut()
            self.clauses.append(Clause())
        elif word == "for" and self.ahead(at, COMPANIONS):
            self.cut("and", Cue.WISH)
        elif word in _ABOUT_AREA and theme(self.clause.tokens):
            self.cut("", Cue.WISH, word)
        else:
            # here the word itself belongs to the new clause
            if word == "at" and self.ahead(at, _PACE):
                self.cut("and")
            elif word in _BESIDE_AREA and theme(self.clause.tokens):
                self.cut()
            return 0
        return at + 1

    def next_thing(self, at: int) -> bool:
        """Tell "lunch after the museum": one thing to stop at, then or before that another."""
        before, ahead = self.clause.tokens, self.words[at + 1 : at + _AHEAD]
        if self.words[at] not in _AFTER or not before or not is_kind(before[-1].word):
            return False
        return len(ahead) > 1 and ahead[0] in _DEFINITE and any(map(is_kind, ahead[1:]))

    def turn_with(self, at: int) -> int:
        """Cut at "with" unless it qualifies a thing ("a café with a terrace")."""
        before = self.clause.tokens
        if before and before[0].word in OPEN:
            return 0  # "somewhere with a dog to stroke"
        opens = at < SECOND or self.tokens[at - SECOND].mark
        named = bool(before) and before[-1].capital and not (opens and known(before[-1].word))
        fixed = self.clause.cue in _ANCHORS and bool(before) and base(before[-1].word) in NAME_HEADS
        if before and not (named or fixed or theme(before) or self.ahead(at, COMPANIONS)):
            return 0
        self.cut("and" if before else "", Cue.WISH)
        return at + 1

    def turn_between(self, at: int) -> int:
        """Cut at "between X and Y", two names, as at "from X to Y"."""
        if any(clause.cue in _ANCHORS for clause in self.clauses):
            return 0
        for far in range(at + 2, min(len(self.tokens) - 1, at + _AHEAD + 3)):
            if self.tokens[far].mark:
                break
            if self.words[far] == "and":
                first = self.tokens[at + 1 + (self.words[at + 1] in _THE)]
                second = self.following(far + 1 + (self.words[far + 1] in _THE))
                if first.capital and second is not None and second.capital:
                    self.far_ends.add(far)
                    self.cut("", Cue.START, "between")
                    return at + 1
                break
        return 0

    def turn_to(self, at: int) -> int:
        """Cut at "to", "over" or "than" where it leads to an end or to what is not preferred."""
        clause, word = self.clause, self.words[at]
        if word == "to" and not clause.tokens:
            leads = self.start_waits() or (clause.joint == "sentence" and self.from_follows(at))
            if leads or self.under_way(at):  # "from X, on foot, to Y"
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
        if clause.tokens and (self.preferred() or (word == "over" and self.two_kinds(at))):
            self.cut("", Cue.EXCEPT, word)
            return at + 1
        return 0

    def from_follows(self, at: int) -> bool:
        """Tell "To X from Y" at the head of a sentence."""
        for word in self.words[at + 1 : at + 2 * _AHEAD]:
            if word in {".", ";", "!", "\n"}:
                break
            if word == "from":
                return True
        return False

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

    def on_the_way_to(self, at: int) -> bool:
        """Tell "from X to Y", two definite places, wherever it stands."""
        for ahead in range(at + 1, min(len(self.tokens) - 1, at + 2 * _AHEAD)):
            if self.tokens[ahead].mark:
                return False
            if self.words[ahead] == "to":
                ends = (self.tokens[at + 1], self.tokens[ahead + 1])
                return all(each.capital or each.word in _THE for each in ends)
        return False

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

    def two_kinds(self, at: int) -> bool:
        """Tell "ruins over museums", where several of one kind go before several of another."""
        before, after = self.clause.tokens[-1].word, self.words[at + 1 : at + 2]
        several = is_plural(before) and bool(after) and is_plural(after[0])
        bare = len(self.clause.tokens) == 1 and is_kind(before) and not self.goes_on(at + 2)
        if bare and bool(after) and is_kind(after[0]):
            return True  # "tea over coffee"
        return several and is_kind(after[0]) and base(before) not in _LOOKS

    def between_names(self, at: int) -> bool:
        """Tell a fragment "Kamppi to Kallio" by capitals on both sides of "to"."""
        before, after = self.clause.tokens, self.following(at + 1)
        return before[0].capital and before[-1].capital and after is not None and after.capital


def theme(tokens: Sequence[Token]) -> bool:
    """Tell whether a clause so far speaks of the walk itself ("a relaxed walk")."""
    return bool(tokens) and base(tokens[-1].word) in WALK_WORDS and not tokens[-1].capital


def clause_refuses(clause: Clause) -> bool:
    """Tell "less museums" of "less museums more parks"."""
    return bool(clause.tokens) and clause.cue_words[:1] in {("less",), ("fewer",), ("zero",)}
