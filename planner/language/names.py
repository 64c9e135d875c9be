"""Names of places in a request: by the person's library, by capitals, or by the words around.

A library tells most; where there is none, or it does not know the place, a capital that is not
owed to the start of a sentence makes a name, and in a request without capitals the shape of the
words does ("the senate square", "hotel torni").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from planner.language.lexicon import DEMONYMS, NAME_HEADS, base, is_plural, known, qualifies, words
from planner.language.tokens import LONGEST_NAME, whole_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.language.tokens import Token

Span: TypeAlias = tuple[int, int]
# First and behind-last index of tokens.
Run: TypeAlias = tuple[int, int]

# Small words that stand inside names.
_INSIDE = words(
    "of the de du da do la le les del den di am an der die das van von and & och on in at no no."
)
_FIRST_HEADS = words("hotel hostel cafe café restaurant")
# At the start of a sentence these begin no name, whatever follows.
_NEVER_FIRST = words("everything anything mostly maybe perhaps also plus then only some any")
_PRONOUN = words("i im ive id ill")
_FOREIGN_LETTERS: Final = frozenset("äöåøæõüñçãáéíóúâêôœšž")
_FOREIGN_PAIRS: Final = ("aa", "ii", "uu", "yy", "kk", "jä", "ij")
_FOREIGN_ENDINGS: Final = ("a", "i", "o", "u", "um", "nen", "us")
# In a request in which this share of words has a capital, a capital tells nothing ...
_ALL_CAPITALS: Final = 0.9
# ... unless it is a short one, in which names may well be all there is.
_SHORT: Final = 4
_SHORT_WORD: Final = 3


def span_of(tokens: Sequence[Token]) -> Span:
    """Bounds of a run of tokens in the request."""
    return tokens[0].start, tokens[-1].end


def looks_foreign(word: str) -> bool:
    """Tell a word that does not look like an English common noun."""
    return len(word) > _SHORT_WORD and (
        bool(_FOREIGN_LETTERS & set(word))
        or any(pair in word for pair in _FOREIGN_PAIRS)
        or word.endswith(_FOREIGN_ENDINGS)
    )


class Names:
    """Finds names in one request.

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
        telling = [w for w in text.split() if len(w) > _SHORT_WORD and w[0].isalpha()]
        capitals = sum(word[0].isupper() for word in telling)
        few = len(telling) <= _SHORT and not text.isupper()
        self.cased = few or capitals < _ALL_CAPITALS * len(telling)
        rest = text[1:].replace(" I ", " ").replace(" I'", " ").replace(" I’", " ")
        self.lower = not any(char.isupper() for char in rest)

    def copy(self, span: Span) -> str:
        """Copy the words of a span as typed, on one line."""
        return whole_words(self.text, *span)

    def known(self, tokens: Sequence[Token]) -> bool:
        """Tell whether a whole run of words is a name of the library."""
        if self.is_name is None or not tokens or len(tokens) > LONGEST_NAME:
            return False
        return self.is_name(self.copy(span_of(tokens)))

    def find(self, tokens: Sequence[Token], *, the: bool = False) -> Run | None:
        """Find the name among these words; ``the`` tells that the article stood before them."""
        found = self.of_library(tokens)
        if found is None and self.cased:
            found = self.of_capitals(tokens)
        if found is None and (self.lower or not self.cased):
            found = self.of_shape(tokens, the=the)
        return found

    # --- by the library ---

    def of_library(self, tokens: Sequence[Token]) -> Run | None:
        """Find the longest run that the library knows by name."""
        if self.is_name is None:
            return None
        for size in range(min(LONGEST_NAME, len(tokens)), 0, -1):
            for begin in range(len(tokens) - size + 1):
                run = tokens[begin : begin + size]
                if self.may_name(run) and self.known(run):
                    return begin, begin + size
        return None

    def row(self, tokens: Sequence[Token]) -> list[Span]:
        """Split words that are nothing but names of the library, one after another."""
        spans: list[Span] = []
        at = 0
        while at < len(tokens):
            for size in range(min(LONGEST_NAME, len(tokens) - at), 0, -1):
                run = tokens[at : at + size]
                if self.may_name(run) and self.known(run):
                    spans.append(span_of(run))
                    at += size
                    break
            else:
                return []
        return spans

    def may_name(self, run: Sequence[Token]) -> bool:
        """Tell whether a match in the library can be meant as a name here.

        A shop called "Picnic" does not make "picnic" a name: common words need a capital that is
        not owed to the start of a sentence.
        """
        if run[0].mark or run[-1].mark:
            return False
        common = all(known(token.word) for token in run)
        if self.cased and not self.lower:
            capitals = sum(token.capital for token in run)
            if common and self.opens_sentence(run[0]):
                return capitals > 1
            return capitals > 0 or (len(run) > 1 and not common)
        last = run[-1].word
        headed = len(run) > 1 and base(last) in NAME_HEADS and not is_plural(last)
        return headed or not common

    # --- by capitals ---

    def opens_sentence(self, token: Token) -> bool:
        """Tell whether a capital is owed to the start of a sentence."""
        before = self.text[max(0, token.start - 8) : token.start].rstrip(" \t\"'“(-•*")
        return not before or before[-1] in ".!?:;\n…"

    def of_capitals(self, tokens: Sequence[Token]) -> Run | None:
        """Find the first run of capitalised words that is a name."""
        begin = 0
        while begin < len(tokens):
            end = self.capitals_end(tokens, begin) if self.proper(tokens, begin) else begin + 1
            if end > begin + 1 or self.proper(tokens, begin):
                said = [token.word for token in tokens[begin:end]]
                if not all(word in DEMONYMS or word == "art" for word in said):
                    return begin, end
            begin = end
        return None

    def capitals_end(self, tokens: Sequence[Token], begin: int) -> int:
        """Find where a run of capitals ends; digits and small words between belong to it."""
        end = begin + 1
        while end < len(tokens):
            token = tokens[end]
            inside = token.word in _INSIDE and self.capital_soon(tokens, end)
            if not (token.capital or token.text[0].isdigit() or inside):
                break
            end += 1
        return end

    def capital_soon(self, tokens: Sequence[Token], at: int) -> bool:
        """Tell whether a small word inside a name is followed by another part of it."""
        after = tokens[at + 1 : at + 3]
        return bool(after) and (
            after[0].capital or (len(after) > 1 and after[0].word in _INSIDE and after[1].capital)
        )

    def proper(self, tokens: Sequence[Token], at: int) -> bool:
        """Tell whether a capital is that of a name."""
        token = tokens[at]
        if not token.capital or token.mark or token.word in _PRONOUN:
            return False
        return not self.opens_sentence(token) or self.proper_at_head(tokens, at)

    def proper_at_head(self, tokens: Sequence[Token], at: int) -> bool:
        """Tell the same of a capital that the start of a sentence owes."""
        token = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.word in _NEVER_FIRST:
            return False
        if after is not None and after.capital and not after.mark and after.word not in _PRONOUN:
            return True
        of = after is not None and after.word == "of" and self.capital_soon(tokens, at + 1)
        if known(token.word):
            return of and token.word in NAME_HEADS  # "Museum of Broken Relationships"
        if after is not None and after.word in _INSIDE and self.capital_soon(tokens, at + 1):
            return True
        return not is_plural(token.word) and looks_foreign(token.word)

    # --- by the shape of the words ---

    def of_shape(self, tokens: Sequence[Token], *, the: bool) -> Run | None:
        """Find a name in a request without capitals: "the senate square", "löyly"."""
        said = [token.word for token in tokens]
        if not said or any(qualifies(word) for word in said) or is_plural(said[-1]):
            return None
        unknown = any(not known(word) and word.isalpha() for word in said)
        if len(said) == 1:
            return (0, 1) if unknown and looks_foreign(said[0]) else None
        headed = base(said[-1]) in NAME_HEADS or said[0] in _FIRST_HEADS
        return (0, len(said)) if headed and (unknown or the) else None
