"""A request cut into clauses: runs of words, and the cue that says what each is for.

Cuts are made at punctuation and joiners, at every cue of `planner.language.cues`, at the words of
`planner.language.turns`, and at every quantity. Nothing is decided here about what a clause means;
`planner.language.reader` does that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from planner.language.cues import Cue, match_cue
from planner.language.lexicon import is_kind, tells, words
from planner.language.tokens import tokenize, unparted
from planner.language.turns import JOINERS, SECOND, Clause, Turns, theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.language.quantities import Quantity
    from planner.language.turns import Joint

_MARKS: Final[dict[str, Joint]] = {
    **dict.fromkeys((",", "(", ")", ":", "–", "—", "-"), "comma"),
    **dict.fromkeys(("&", "+", "/", "|"), "and"),
    **dict.fromkeys(("->", "=>", "→", "»", "➡"), "arrow"),
    **dict.fromkeys((";", "\n", "•", "*"), "sentence"),
}
_OPEN = words("somewhere anywhere something anything somebody place places spot spots where")
# Single words that are as often part of a thing as a cue ("hope street").
_NOUNISH = words("wish hope need needs")
# At the end of a phrase these look back: "Kiasma yes, Ateneum no", "malls don't".
_LONE_NO = words("no dont doesnt never skip nope nah meh nein non arent isnt none zilch nada yawn")
_ARTICLES = words("a an some")
_YES = words("yes yeah aye ok okay please definitely must always good")
_NONE = words("none zilch nada")
# "Two of us never", "I never" refuse nothing.
_COUNTED = words("i we they two three one some most both us")
_VERBS = words("see visit find try eat drink have get enjoy explore buy taste watch look do be")
_RELATIVE = words("that which who")
_NOT_IN_RELATIVE = frozenset({Cue.WISH, Cue.TASTE, Cue.START, Cue.END, Cue.VIA})
_AS_OFTEN_A_PLACE = words("down")
_FAR_FROM = ["far", "from"]
# "May we avoid bars" looks ahead as "avoid bars" does.
_MODALS = words("may might can could shall should must please")
_NO_MORE = ["no", "more"]
# Words of other tongues for "to", and verbs that need none.
_TO = words("bis nach zum zur hasta finish end")
# What a cue behind a name makes of it.
_HERE = {Cue.STARTS_HERE: Cue.START, Cue.ENDS_HERE: Cue.END}
_CLOCKS = frozenset({"start", "deadline", "appointment", "range", "date"})
# Cues whose words may come only after a clock time ("finish for one at Löyly").
_WAITING = frozenset({Cue.START, Cue.END, Cue.FROM, Cue.VIA})


class _Cutter(Turns):
    """Walks over the tokens of a request once and cuts it into clauses.

    Each step (`quantity`, `name`, `mark`, `joiner`, `cue`, `turn`) returns the index behind what
    it took, or 0 where it does not apply; the first that applies wins.
    """

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
        elif text == ":" and self.labels(at):
            self.clause.tokens.clear()
            self.clause.cue = None
        elif text == ")" and self.numbered(at):
            self.clause.tokens.clear()
            self.cut("sentence")
        elif text == ">":
            self.greater(at)
        elif "?" in text:
            self.clauses.append(Clause("sentence"))
        elif joint := _MARKS.get(text, "sentence" if text[0] in ".!;:…" else ""):
            self.cut(joint)
        return at + 1

    def labels(self, at: int) -> bool:
        """Tell whether words before a colon say nothing of a walk ("List:", "The rest:")."""
        said = [token.word for token in self.clause.tokens]
        answered = self.words[at + 1 : at + 2]
        if self.clause.cue not in {None, Cue.NOT} or set(answered) & (_LONE_NO | _YES):
            return False  # "uphill bits: skip"
        opens = len(self.clauses) == 1 or self.clause.joint == "sentence"
        capital = any(token.capital for token in self.clause.tokens[opens:])
        return 0 < len(said) <= SECOND and not capital and not any(map(tells, said))

    def numbered(self, at: int) -> bool:
        """Tell "(2)" and "2)" of a list."""
        figure = self.following(at - 1) if at else None
        alone = len(self.clause.tokens) == 1
        return figure is not None and alone and figure.word.isdigit() and len(figure.word) == 1

    def greater(self, at: int) -> None:
        """Read ">" as an arrow between names and as a preference between kinds."""
        around = [token for token in self.tokens[max(0, at - 1) : at + 2] if not token.mark]
        if self.chain or all(token.capital for token in around):
            self.cut("arrow")
        else:
            self.cut("", Cue.EXCEPT, ">")

    def joiner(self, at: int) -> int:
        """Cut at a joiner, unless it begins a longer cue ("but not")."""
        if at in self.far_ends:
            self.cut("", Cue.END, "and")
            return at + 1
        token = self.tokens[at]
        joint = JOINERS.get(token.word, "")
        found = match_cue(self.words, at) if joint else None
        if not joint or (found is not None and found[1] > 1):
            return 0
        if token.word == "next" and self.words[at + 1 : at + 2] == ["to"]:
            return 0  # "coffee next to the station"
        if (token.word == "only" and self.clause.tokens) or (token.word == "n" and token.capital):
            return 0
        self.cut(joint)
        return at + 1

    # --- cues ---

    def cue(self, at: int) -> int:
        """Cut at a cue."""
        found = (Cue.AFTER, 1) if self.lone_no(at) else match_cue(self.words, at)
        if found is not None and found[0] in _HERE and not self.ends_in_name(at):
            alone = not self.clause.tokens and self.goes_on(at + found[1])
            found = (_HERE[found[0]] if alone else Cue.NOISE, found[1])  # "to finish, a bar"
        if found is None or not self.fits(found[0], at, found[1]):
            return 0
        behind = at + found[1]
        cue = self.meant(found[0], at, behind)
        if cue in _HERE:
            self.clause.cue, self.clause.cue_words = _HERE[cue], ()
            self.clauses.append(Clause())
        elif cue is Cue.AFTER:
            self.clause.after = True
            if not self.clause.tokens:
                self.cut("", cue, *self.words[at:behind])
            self.clauses.append(Clause())
        elif cue is not Cue.NOISE:
            self.cut("", cue, *self.words[at:behind])
        elif self.clause.tokens:
            self.clauses.append(Clause())
        return behind

    def lone_no(self, at: int) -> bool:
        """Tell a "no" that looks back: "Kiasma yes, Ateneum no"."""
        if self.words[at] not in _LONE_NO or self.goes_on(at + 1):
            return False
        if self.words[at] in _NONE and self.clause.joint == "sentence":
            return False  # an answer to nothing
        counted = any(token.word in _COUNTED for token in self.clause.tokens)
        return not counted and bool(self.clause.tokens or (at and self.clause.cue is None))

    def meant(self, cue: Cue, at: int, behind: int) -> Cue:
        """Tell what a cue is here: one of refusal looks back where no words follow it."""
        if self.words[at:behind] == _NO_MORE and not self.goes_on(behind):
            return Cue.NOISE  # "three spots, no more"
        if cue is Cue.REFUSE and at and not self.goes_on(behind, colon=True):
            return Cue.AFTER  # "malls, never again"
        empty = all(token.word in _MODALS for token in self.clause.tokens)
        if cue is Cue.AFTER and empty and self.goes_on(behind, colon=True):
            return Cue.REFUSE  # "I can't stand bars", where "bars I can't stand" looks back
        return cue

    def within(self, cue: Cue, at: int, length: int) -> bool:
        """Tell whether a phrase is part of a name, a place or a relative clause."""
        before = self.clause.tokens
        if before and before[0].word in _OPEN and cue in _NOT_IN_OPEN:
            return True  # "somewhere I can sit"
        capital = length == 1 and self.tokens[at].capital
        if capital and ((before and before[-1].capital) or self.inside_name(at)):
            return True
        if self.words[at] == "where" and before and is_kind(before[-1].word):
            return True  # "a shop where they sell maps"
        relative = bool(before) and before[-1].word in _RELATIVE and not theme(before[:-1])
        if relative and cue in _NOT_IN_RELATIVE:
            return True  # "a pub that lets him in"
        down = cue is Cue.REFUSE and self.words[at] in _AS_OFTEN_A_PLACE
        # "a nice sit down with a cuppa"
        return (down and bool(before)) or self.leans_on_place(cue, at, length)

    def fits(self, cue: Cue, at: int, length: int) -> bool:
        """Tell whether a phrase is a cue where it stands, and not part of what is wished for."""
        before = self.clause.tokens
        if self.within(cue, at, length):
            return False
        if self.leads_on(cue, at, length):
            return False
        if cue is Cue.FROM:
            ended = self.clause.cue is Cue.END or theme(before) or self.on_the_way_to(at)
            return not before or ended or before[-1].word in {"loop", "off", "start"}
        if cue is Cue.TASTE:
            after = self.following(at + length)
            hearty = after is not None and (self.words[at] != "fancy" or after.word in _ARTICLES)
            said = self.clause.cue in {Cue.STATE, Cue.TASTE}
            return not before and (said or (hearty and self.clause.cue is None))
        return length > 1 or self.fits_alone(cue, at)

    def leads_on(self, cue: Cue, at: int, length: int) -> bool:
        """Tell words of a cue that lead on to another one, or to the next thing."""
        first, last = self.words[at], self.words[at + length - 1]
        match cue:
            case Cue.BACK:
                return first == "and" and self.goes_on(at + length)  # "and back to the hotel"
            case Cue.VIA:
                # "from X over to Y"
                left = any(clause.cue is Cue.FROM for clause in self.sentence())
                return last == "to" and left and self.under_way(at + length - 1)
            case Cue.STATE:
                return self.next_thing(at)  # "a coffee before the museum"
            case Cue.END:
                # "from home to the hotel", "a walk to see ..."
                away = first == "home" and self.sets_out_from(at)
                return away or (last == "to" and self.leads_verb(at + length))
            case _:
                return False

    def sets_out_from(self, at: int) -> bool:
        """Tell a "home" at which the walk begins: "from home to ...", "Home to Tate Modern"."""
        if self.clause.tokens:
            return False
        after = self.following(at + SECOND)
        opens = self.clause.joint == "sentence" and self.clause.cue is None
        named = opens and self.tokens[at].capital and after is not None and after.capital
        return named or self.clause.cue in {Cue.FROM, Cue.START}

    def inside_name(self, at: int) -> bool:
        """Tell a capital word that stands in the middle of a sentence before another one."""
        before, after = self.following(at - 1) if at else None, self.following(at + 1)
        inside = before is not None and not before.mark
        return (
            inside
            and after is not None
            and not after.mark
            and after.capital
            and (not self.loud and after.word not in {"i", "im", "ive", "id"})
        )

    def leans_on_place(self, cue: Cue, at: int, length: int) -> bool:
        """Tell "not far from X" and "close to X", which say where and nothing else."""
        if cue is Cue.END and self.words[at : at + 2] == ["close", "to"]:
            return True
        if self.words[at] == "throw" and self.words[max(0, at - 1)] == "stones":
            return True  # "a stone's throw from X"
        if cue is Cue.NOT:
            return self.words[at + length : at + length + 2] == _FAR_FROM
        said = set(self.words[max(0, at - 2) : at])
        return cue is Cue.REFUSE and self.words[at] == "far" and bool(said & {"not", "isnt"})

    def ends_in_name(self, at: int) -> bool:
        """Tell whether the clause so far ends in a name, or in a place that needs none."""
        before = self.clause.tokens
        if not before or self.clause.cue not in {None, Cue.WISH, Cue.STATE}:
            return False
        opens = len(before) == 1 and (at < SECOND or self.tokens[at - SECOND].mark)
        named = before[-1].capital and not (opens and is_kind(before[-1].word))
        return named or before[0].word in {"my", "our"}

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
        if cue is Cue.END:
            under_way = word in _TO and self.clause.cue in {Cue.FROM, Cue.START}
            return not before or theme(before) or under_way
        if cue is Cue.NOISE and word in {"done", "somewhere", "well"}:
            after = self.following(at + 1)
            leads = after is not None and after.word in {"for", "to", "near"}
            return not before and (leads or word == "well")
        return cue is not Cue.STATE or word != "its" or not before


_NOT_IN_OPEN = frozenset({Cue.STATE, Cue.WISH, Cue.TASTE, Cue.START})


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
