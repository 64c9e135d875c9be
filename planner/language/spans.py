"""What the words of one clause name: a place, a kind of place, an anchor, or the walk itself.

A `Speller` trims a clause to the span that is copied, finds names in it (by the person's library
where there is one, else by capitals and the words around), and tells its type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from planner.language.lexicon import (
    ACCESS,
    ANCHORS,
    AREA_LEADS,
    AREA_WORDS,
    BUDGETS,
    DEMONYMS,
    DETERMINERS_INDEFINITE,
    DIETS,
    EMPTY_WORDS,
    FINITE,
    KEPT_FRONT,
    LEADING,
    NAME_HEADS,
    OCCASIONS,
    PACES,
    QUALITIES,
    SHAPING_COMPANIONS,
    SHELTER,
    THEMES,
    TRAILING,
    WALK_WORDS,
    WHERE,
    base,
    is_kind,
    is_plural,
    known,
    words,
)
from planner.language.tokens import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.language.tokens import Token

Span: TypeAlias = tuple[int, int]

_INSIDE_NAMES = words("of the de du da do la le les del den di am an der die das van von and & och on in at no no.")
_PREPOSITIONS = WHERE | words("at of in on from with for to by without called named like between under over")
_GENERIC = words("user users place thing spot stuff bit part place stop activity option")
_OPENERS = words("somewhere anywhere something anything place places spot spots")
_VENUES = NAME_HEADS | words("cafe café kahvila restaurant ravintola bar pub hotel bistro sauna club bakery brasserie")
_ALL_WALK = ACCESS | PACES | SHELTER | OCCASIONS | BUDGETS | THEMES | DIETS
_FACTS = ACCESS | OCCASIONS | DIETS
_COUNTS = words("two three four five six seven eight nine ten")
_NUMBERS = words("two three four five six our my his her their little small young old elderly")


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing a clause asks for.

    ``named`` is a place by its name; ``anchor`` tells that it can be a start or an end.
    """

    span: Span
    named: bool = False
    anchor: bool = False
    itinerary: bool = False
    area: bool = False


def _unsayable(word: str) -> bool:
    """Tell a heap of consonants, which no language has for a place."""
    return len(word) > 3 and word.isascii() and word.isalpha() and not set(word) & set("aeiouy")


def _span(tokens: Sequence[Token]) -> Span:
    return tokens[0].start, tokens[-1].end


class Speller:
    """Reads spans of one request.

    Parameters
    ----------
    text
        The request.
    is_name
        Tells whether words name a place of the person's library.
    """

    def __init__(self, text: str, *, is_name: Callable[[str], bool] | None = None) -> None:
        self.text = text
        self.is_name = is_name
        words = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
        capitals = sum(word[0].isupper() for word in words)
        # Where nearly every word has a capital, or none has, capitals tell nothing.
        self.cased = capitals < 0.9 * len(words) or len(words) <= 4 and not text.isupper()
        self.lower = not any(
            char.isupper() for char in text[1:].replace(" I ", " ").replace(" I'", " ")
        )

    def copy(self, span: Span) -> str:
        """The words of a span as typed, on one line."""
        return " ".join(self.text[span[0] : span[1]].split())

    def states(self, tokens: Sequence[Token]) -> bool:
        """Tell a statement by its verb; in "somewhere I can ..." a verb is part of the wish."""
        if any(token.word in _OPENERS for token in tokens[:2]):
            return False
        left, _ = self.trim(tokens)
        words = [token.word for token in left]
        return any(word in FINITE for word in words) or words[1:3] == ["of", "us"]

    # --- trimming ---

    def trim(
        self, tokens: Sequence[Token], *, keep_own: bool = False
    ) -> tuple[list[Token], set[str]]:
        """Drop articles, politeness and hedges at both ends; also tell which words went first."""
        left, dropped = list(tokens), set()
        while left and left[-1].mark:
            left.pop()
        while left and (left[0].mark or left[0].word in LEADING):
            if keep_own and left[0].word in {"my", "our"}:
                break
            if (
                left[0].capital
                and len(left) > 1
                and left[1].capital
                and self.cased
                and left[0].word not in _ARTICLES
            ):
                break
            if self.known_name(left):
                break
            dropped.add(left.pop(0).word)
        while left and (left[-1].mark or left[-1].word in TRAILING) and not left[-1].text.istitle():
            left.pop()
        return left, dropped

    def known_name(self, tokens: Sequence[Token]) -> bool:
        """Tell whether the whole run is a name of the library."""
        if self.is_name is None or not 1 < len(tokens) <= LONGEST_NAME:
            return False
        return self.is_name(self.copy(_span(tokens)))

    def dislike(self, tokens: Sequence[Token]) -> Span | None:
        """The span of something that is not wanted."""
        left, _ = self.trim(tokens)
        run = self.name_run(left, the=False)
        if run is not None and run[1] < len(left) and left[run[1]].word not in _PREPOSITIONS:
            run = None
        if run is not None and run[0] == 0 and run[1] < len(left):
            left = left[: run[1]]
        return _span(left) if left else None

    # --- names ---

    def name_run(self, tokens: Sequence[Token], *, the: bool) -> tuple[int, int] | None:
        """Bounds of the name among these words, or ``None``."""
        return (
            self.library_run(tokens)
            or (self.capital_run(tokens) if self.cased else None)
            or (self.lower_run(tokens, the=the) if self.lower or not self.cased else None)
        )

    def library_run(self, tokens: Sequence[Token]) -> tuple[int, int] | None:
        """The longest run that the person's library knows by name."""
        if self.is_name is None:
            return None
        for size in range(min(LONGEST_NAME, len(tokens)), 0, -1):
            for begin in range(len(tokens) - size + 1):
                run = tokens[begin : begin + size]
                if run[0].mark or run[-1].mark or not self.may_name(run, begin):
                    continue
                if self.is_name(self.copy(_span(run))):
                    return begin, begin + size
        return None

    def may_name(self, run: Sequence[Token], begin: int) -> bool:
        """Tell whether a library match can be meant as a name here.

        A shop called "Picnic" does not make "picnic" a name: common words need a capital that is
        not owed to the start of a sentence.
        """
        common = all(known(token.word) for token in run)
        if self.cased and not self.lower:
            capitals = sum(token.capital for token in run)
            if common and begin == 0 and self.sentence_start(run[0]):
                return capitals > 1
            return capitals > 0 or (len(run) > 1 and not common)
        return not common or (
            len(run) > 1 and base(run[-1].word) in NAME_HEADS and not is_plural(run[-1].word)
        )

    def sentence_start(self, token: Token) -> bool:
        """Tell whether a capital is owed to the start of a sentence."""
        before = self.text[: token.start].rstrip(" \t\"'“(-•*")
        return not before or before[-1] in ".!?:;\n…"

    def capital_run(self, tokens: Sequence[Token]) -> tuple[int, int] | None:
        """The first run of capitalised words that is a name."""
        begin = 0
        while begin < len(tokens):
            if not self.proper(tokens, begin):
                begin += 1
                continue
            end = begin + 1
            while end < len(tokens):
                if tokens[end].capital or tokens[end].text[0].isdigit():
                    end += 1
                elif tokens[end].word in _INSIDE_NAMES and self.capital_soon(tokens, end):
                    end += 1
                else:
                    break
            words = [token.word for token in tokens[begin:end]]
            style = all(word in DEMONYMS or word == "art" for word in words)
            rest = tokens[end:]
            if not style or not rest:
                if style and not rest and len(words) < 3:
                    return None
                return begin, end
            begin = end
        return None

    def capital_soon(self, tokens: Sequence[Token], at: int) -> bool:
        """Tell whether a small word inside a name is followed by another part of it."""
        return any(token.capital for token in tokens[at + 1 : at + 2]) or (
            at + 2 < len(tokens) and tokens[at + 1].word in _INSIDE_NAMES and tokens[at + 2].capital
        )

    def proper(self, tokens: Sequence[Token], at: int) -> bool:
        """Tell whether a capital is that of a name."""
        token = tokens[at]
        if not token.capital or token.mark or token.word in {"i", "im", "ive", "id", "ill"}:
            return False
        if not self.sentence_start(token):
            return True
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if following is not None and following.capital and not following.mark:
            return True
        if (
            following is not None
            and following.word in _INSIDE_NAMES
            and self.capital_soon(tokens, at + 1)
        ):
            return not known(token.word)
        return not known(token.word) and not is_plural(token.word) and self.foreign(token.word)

    def foreign(self, word: str) -> bool:
        """Tell a word that does not look like an English common noun."""
        return (
            any(char in "äöåøæõüñçãáéíóúâêôœšž" for char in word)
            or any(pair in word for pair in ("aa", "ii", "uu", "yy", "kk", "jä", "ij"))
            or (len(word) > 3 and word[-1] in "aiou")
            or word.endswith(("um", "nen", "us"))
        )

    def lower_run(self, tokens: Sequence[Token], *, the: bool) -> tuple[int, int] | None:
        """A name in a request without capitals: "the senate square", "hotel torni", "löyly"."""
        words = [token.word for token in tokens]
        if not words or any(word in _PREPOSITIONS for word in words) or is_plural(words[-1]):
            return None
        unknown = [index for index, word in enumerate(words) if not known(word) and word.isalpha()]
        head = base(words[-1]) in NAME_HEADS or words[0] in {
            "hotel",
            "cafe",
            "café",
            "hostel",
            "restaurant",
        }
        if (
            head
            and len(words) > 1
            and (unknown or (the and not any(w in QUALITIES for w in words[:-1])))
        ):
            return 0, len(words)
        if len(words) == 1 and unknown and self.foreign(words[0]):
            return 0, 1
        return None

    # --- reading ---

    def read(self, tokens: Sequence[Token], *, anchor: bool, lead: str = "") -> list[Reading]:
        """Tell what a clause asks for.

        Parameters
        ----------
        tokens
            The clause's words.
        anchor
            Whether a start or end cue stands before them.
        lead
            The word right before them, where a cue took it ("in" of "a walk in").
        """
        left, dropped = self.trim(tokens, keep_own=anchor)
        if not left or all(
            token.word in EMPTY_WORDS or token.word in _COUNTS or token.word.isdigit()
            for token in left
        ):
            return []
        if not anchor and len(tiles := self.tiles(left)) > 1:
            return [Reading(span, named=True, anchor=True) for span in tiles]
        indefinite = bool(dropped & DETERMINERS_INDEFINITE)
        if anchor and not indefinite and (found := self.anchor(left)):
            return [found]
        run = (
            None
            if indefinite and not self.known_name(left)
            else self.name_run(left, the="the" in dropped)
        )
        if indefinite and run is None and self.cased:
            run = self.capital_run(left)
            run = (
                run
                if run
                and run[0] > 0
                and left[run[0] - 1].word in {"at", "in", "near", "by", "called"}
                else None
            )
        if run is not None and (
            found := self.around_name(left, run, indefinite=indefinite, lead=lead)
        ):
            return found
        return self.common(left, lead=lead, dropped=dropped)

    def tiles(self, tokens: Sequence[Token]) -> list[Span]:
        """Names of the library that stand one after another with nothing between them."""
        spans: list[Span] = []
        at = 0
        while at < len(tokens) and self.is_name is not None:
            for size in range(min(LONGEST_NAME, len(tokens) - at), 0, -1):
                run = tokens[at : at + size]
                if self.may_name(run, at) and self.is_name(self.copy(_span(run))):
                    spans.append(_span(run))
                    at += size
                    break
            else:
                return []
        return spans

    def anchor(self, tokens: Sequence[Token]) -> Reading | None:
        """A start or end: a name, an address, or a definite place such as "my hotel"."""
        run = self.name_run(tokens, the=True)
        if run is not None and run[0] == 0:
            rest = [token.word for token in tokens[run[1] :]]
            if not rest or rest[0] in _PREPOSITIONS or rest[0] in EMPTY_WORDS:
                keep = (
                    tokens
                    if rest[:1] in (["on"], ["in"]) and any(t.text[0].isdigit() for t in tokens)
                    else tokens[: run[1]]
                )
                return Reading(_span(keep), named=True, anchor=True)
            if base(rest[0]) in _VENUES:
                return Reading(_span(tokens[: run[1] + 1]), named=True, anchor=True)
            if rest[-1] in NAME_HEADS | ANCHORS and len(rest) < 4:
                return Reading(_span(tokens), named=True, anchor=True)
        words = [token.word for token in tokens]
        if words[0] in {"my", "our"} or (run is not None and words[0] in _VENUES):
            return Reading(_span(tokens), named=True, anchor=True)
        if run is not None and all(
            w in _ARTICLES or w in QUALITIES or is_kind(w) for w in words[: run[0]]
        ):
            return Reading(_span(tokens[: run[1]]), named=True, anchor=True)
        if words[0] in _OPENERS or is_plural(words[-1]) or words[0] in _PREPOSITIONS:
            return None
        head = base(words[-1])
        unknown = any(not known(word) for word in words) and not any(
            w in _PREPOSITIONS for w in words
        )
        if head in ANCHORS or head in NAME_HEADS or unknown:
            return Reading(_span(tokens), named=True, anchor=True)
        return None

    def around_name(
        self, tokens: Sequence[Token], run: tuple[int, int], *, indefinite: bool, lead: str
    ) -> list[Reading] | None:
        """Weigh the words before and behind a name."""
        begin, end = run
        before, behind = tokens[:begin], tokens[end:]
        if behind and behind[0].word not in _PREPOSITIONS and not behind[0].mark:
            head = base(behind[0].word)
            if is_plural(behind[-1].word) or indefinite or head not in NAME_HEADS:
                if is_kind(behind[-1].word) or is_plural(behind[-1].word):
                    return None
            elif len(behind) == 1:
                end += 1
        name = Reading(_span(tokens[begin:end]), named=True, anchor=True)
        if not before:
            if lead in AREA_LEADS and lead not in {"to", "through"}:
                return [Reading(_span(tokens[begin:end]), itinerary=True, area=True)]
            return None if indefinite else [name]
        link = before[-1].word
        link = before[-2].word if link in {"the", "my"} and len(before) > 1 else link
        content = [t for t in before if t.word not in _PREPOSITIONS and t.word not in LEADING]
        if link in {"at", "called", "named", "visit", "see"}:
            return [name]
        if link in _PREPOSITIONS:
            if content and any(is_kind(t.word) or not known(t.word) for t in content):
                return [Reading(_span(tokens[:end]))]
            skip = (
                1
                if before[0].word in {"in", "around", "through", "within", "at", "on", "to"}
                else 0
            )
            return [Reading(_span(tokens[skip:end]), itinerary=True, area=True)]
        if len(before) == 1 and before[0].word in _VENUES:
            return [Reading(_span(tokens[:end]), named=True, anchor=True)]
        if content and all(
            is_kind(t.word) or t.word in QUALITIES or t.word in DEMONYMS for t in content
        ):
            return [name]
        return None if any(is_kind(t.word) for t in content) else [name]

    def common(self, tokens: list[Token], *, lead: str, dropped: set[str]) -> list[Reading]:
        """Read a clause that holds no name."""
        words = [token.word for token in tokens]
        if base(words[-1]) in WALK_WORDS and not is_kind(words[-1]):
            tokens = tokens[:-1]
            while tokens and (
                tokens[-1].word in LEADING or tokens[-1].word in {"walking", "guided"}
            ):
                tokens = tokens[:-1]
            if not tokens or all(t.word in EMPTY_WORDS for t in tokens):
                return []
            return [Reading(_span(tokens), itinerary=True)]
        if self.company(tokens):
            return [Reading(span, itinerary=True) for span in self.facts(tokens)]
        if words[0] in _AT_FRONT and len(words) > 1:
            rest = [w for w in words[1:] if w not in _ARTICLES]
            if words[0] in {"at", "in"} and rest and all(w in PACES or w == "pace" for w in rest):
                while tokens[0].word in {"at", "in", "a", "an", "the"}:
                    tokens = tokens[1:]
                return [Reading(_span(tokens), itinerary=True)]
            return [Reading(_span(tokens), itinerary=True)]
        if words[-1] in {"pace", "speed", "tempo"} or self.of_walk(words):
            return [Reading(_span(tokens), itinerary=True)]
        if lead in {"in", "around", "through", "along", "round"}:
            return [Reading(_span(tokens), itinerary=True)]
        if (len(words) > 5 and not any(is_kind(word) for word in words)) or any(
            map(_unsayable, words)
        ):
            return []
        return [Reading(_span(tokens))]

    def of_walk(self, words: Sequence[str]) -> bool:
        """Tell whether words without a name are about the whole walk."""
        content = [w for w in words if w not in LEADING or w in _ALL_WALK]
        if not content:
            return False
        kinds = [
            w for w in content if is_kind(w) and w not in _ALL_WALK and base(w) not in _GENERIC
        ]
        if kinds:
            return False
        if base(words[-1]) in _GENERIC | {"only"} and {"only", "mostly", "mainly", "just"} & set(
            words
        ):
            return True
        telling = [w for w in content if w in _ALL_WALK or w in AREA_WORDS]
        rest = [
            w
            for w in content
            if w not in _ALL_WALK and base(w) not in _GENERIC and w not in KEPT_FRONT
        ]
        return bool(telling) and all(known(word) for word in rest)

    def company(self, tokens: Sequence[Token]) -> Span | None:
        """The companion who shapes the walk, with a number or quality before ("two kids")."""
        for at, token in enumerate(tokens):
            if base(token.word) in SHAPING_COMPANIONS:
                if is_kind(tokens[-1].word) and at < len(tokens) - 1:
                    return None
                begin = at
                while (
                    begin
                    and tokens[begin - 1].word in _NUMBERS
                    and tokens[begin - 1].word not in {"my", "our", "his", "her", "their"}
                ):
                    begin -= 1
                return tokens[begin].start, token.end
        return None

    def facts(self, tokens: Sequence[Token]) -> list[Span]:
        """What a statement about the person tells about the walk."""
        found: list[Span] = []
        if people := self.company(tokens):
            found.append(people)
        for at, token in enumerate(tokens):
            if token.word in _FACTS and (not found or token.start >= found[-1][1]):
                with_user = at + 1 < len(tokens) and tokens[at + 1].word in {
                    "user",
                    "users",
                    "accessible",
                    "intolerant",
                    "free",
                }
                found.append((token.start, tokens[at + 1].end if with_user else token.end))
        return found


_ARTICLES = frozenset({"a", "an", "the", "some"})
_AT_FRONT = frozenset(
    {"in", "around", "near", "along", "within", "through", "across", "at", "by", "inside", "on"}
)
