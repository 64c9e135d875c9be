"""Names inside running text: capitalised phrases, and what tells a place among them.

The words that decide stand in ``mentions.toml``; words of kind come from the catalogue and from the
dictionary of names, in all their languages.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from planner.library.readings import take_apart
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.library.catalogue import Catalogue

_TOKEN = re.compile(r"[^\W_][\w]*(?:['’.\-][\w]+)*")
SENTENCE = re.compile(
    r"(?<=[.!?…。\uff01\uff1f])[\"”’)\]]*\s+(?=[\"“\u2018(\[]*[^\W\d_a-z])|\s*\u2028\s*|(?<=[。\uff01\uff1f])"
)
_JOINERS = frozenset(
    [
        "of", "the", "and", "de", "la", "le", "les", "du", "des", "di", "da", "del", "della",
        "dei", "von", "der", "den", "zu", "zum", "am", "an", "&", "y", "e", "et", "och", "ja",
        "til", "na", "nad", "i",
    ]
)  # fmt: skip
_LINKS = frozenset({"and", "the", "ja", "och", "et", "y", "e", "i"})
_ARTICLES = frozenset({"the", "la", "le", "les", "der", "den"})
EDGES = " \t\"'“”\u2018’«»()[]{}*_~`#.,;:!?–—-|→•"
_MOST_NAME_WORDS = 8
_LONGEST_SEARCHED = 40_000


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of ``mentions.toml``, folded."""

    cues: frozenset[str]
    strong: frozenset[str]
    common: frozenset[str]
    peoples: frozenset[str]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text and where it stands."""

    text: str
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        """Whether it is written as a name is; scripts without capitals count as such."""
        return self.text[0].isupper() or (
            self.text[0].isalpha() and not self.text[0].islower() and not self.text[0].isascii()
        )


class NameSense:
    """Tells names of places from other words.

    Parameters
    ----------
    catalogue
        The kinds of places, with the words that people use for them.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def phrases(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield capitalised phrases of running text that are places by their kind or a cue."""
        tokens = tokens_of(text)
        common = lexicon().common
        at = 0
        while at < len(tokens):
            if not tokens[at].is_capital:
                at += 1
                continue
            last = at
            while last + 1 < len(tokens):
                step = _step(text, tokens, last)
                if step is None:
                    break
                last = step
            first = at
            at = last + 1
            begins = begins_sentence(text, tokens[first].start)
            # Inside a sentence a capital is the name's own: "the Summer Theatre".
            while begins and first <= last and fold(tokens[first].text) in common:
                first += 1
            while last >= first and fold(tokens[last].text) in _JOINERS:
                last -= 1
            if first > last:
                continue
            words = tokens[first : last + 1]
            name = bare(text[words[0].start : words[-1].end])
            cue = (
                fold(tokens[first - 1].text)
                if first > 0 and is_beside(text, tokens[first - 1], words[0])
                else ""
            )
            if first > 1 and cue == "the":
                cue = fold(tokens[first - 2].text)
            if self._is_place(name, len(words), cue, begins=begins):
                yield words[0].start, words[0].start + len(name)

    def _is_place(self, name: str, words: int, cue: str, *, begins: bool) -> bool:
        said = lexicon()
        told = words > 1 or cue in said.strong
        if not self.is_name(name, shown=told and not begins) or fold(name) in said.peoples:
            return False
        if words > 1 and self.has_kind(name):
            return True
        if self._compound(name):
            return not begins or words > 1
        if words > 1:
            return cue in said.cues
        return cue in said.strong and len(name) > 2  # noqa: PLR2004 - "TV", "UK"

    def is_name(self, name: str, *, shown: bool = False) -> bool:
        """Whether words may be a proper name: capitals, and more than kinds and common words.

        Where the form already shows that a place is meant (``shown``), words of kind alone are
        enough, as in "Market Square" or "Kauppatori"; a single English one never is.
        """
        tokens = tokens_of(name)
        if not tokens or len(tokens) > _MOST_NAME_WORDS or "?" in name or "!" in name.rstrip("!"):
            return False
        said = lexicon()
        if not any(token.is_capital and fold(token.text) not in said.common for token in tokens):
            return False
        rest = [
            folded
            for token in tokens
            if (folded := fold(token.text)) not in said.common
            and folded not in said.peoples
            and folded not in _JOINERS
            and not folded.isdigit()
        ]
        if not rest:
            return False
        if self._compound(name) or (shown and self._is_shown(name, rest)):
            return True
        mention = self._catalogue.mention(" ".join(rest))
        if any(not take_apart(word, frozenset()).kinds for word in mention.rest):
            return True
        # "Moonlight Tea House" is made of everyday words; capitals throughout make it a name.
        return len(rest) > 2 and all_capital(name) and bool(mention.keys)  # noqa: PLR2004

    def _is_shown(self, name: str, rest: Sequence[str]) -> bool:
        """Whether words of kind alone are a name, where the form says that it is one."""
        if all_capital(name) and (len(rest) > 1 or not self._catalogue.named(rest[0])):
            return True
        return self.has_kind(name) and not self._catalogue.named_wholly(name)

    def has_kind(self, name: str) -> bool:
        """Whether a name holds a word of kind in any language: "Kahvila", "Museum", "-puisto"."""
        return bool(take_apart(name, frozenset()).kinds) or bool(self._catalogue.named(name))

    def is_titled(self, name: str) -> bool:
        """Whether words with a kind among them are written as a name: not so "Wool socks".

        Languages that write only the first word of a name with a capital pass by their own words of
        kind: "Vanha kauppahalli".
        """
        return self.has_kind(name) and (all_capital(name) or not self._catalogue.named(name))

    @staticmethod
    def _compound(name: str) -> bool:
        """Whether a single word is a name with its kind in it: "Lintulahdenpuisto"."""
        if " " in name:
            return False
        reading = take_apart(name, frozenset())
        return bool(reading.kinds) and bool(reading.core)


def _step(text: str, tokens: Sequence[Token], at: int) -> int | None:
    """Return the last token of the next part of a capitalised phrase, None where it ends."""
    following = tokens[at + 1]
    if not is_beside(text, tokens[at], following):
        return None
    if following.is_capital or following.text.isdigit():
        return at + 1
    folded = following.text.casefold()
    if folded in _JOINERS - _LINKS:
        end = at + 1
        while end + 1 < len(tokens) and tokens[end + 1].text.casefold() in _ARTICLES:
            end += 1
        if (
            end + 1 < len(tokens)
            and tokens[end + 1].is_capital
            and is_beside(text, tokens[end], tokens[end + 1])
        ):
            return end + 1
    return None


def is_beside(text: str, one: Token, other: Token) -> bool:
    """Whether nothing but a space or what joins names stands between two words."""
    return text[one.end : other.start] in {" ", "-", " & ", "’", "'"}


def begins_sentence(text: str, at: int) -> bool:
    """Whether a capital at this place is due to the sentence and not to the word."""
    before = text[:at].rstrip("\"“\u2018'([* \u2028")
    return not before or before[-1] in ".!?…:;\n•–—" or at == 0


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text."""
    return [Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]


def bare(text: str) -> str:
    """Return a name without what surrounds it, and without the English genitive."""
    bare = text.strip(EDGES + "\ufe0f\u2028")
    for ending in ("'s", "’s"):
        bare = bare.removesuffix(ending)
    return bare


def all_capital(name: str) -> bool:
    """Whether all words but small ones are capitalised."""
    tokens = [token for token in tokens_of(name) if token.text.casefold() not in _JOINERS]
    return bool(tokens) and all(token.is_capital or token.text.isdigit() for token in tokens)


def sentence_at(text: str, at: int) -> str:
    """Return the sentence that holds a place of a text."""
    start = 0
    for found in SENTENCE.finditer(text[:_LONGEST_SEARCHED]):
        if found.start() >= at:
            return text[start : found.start()]
        start = found.end()
    return text[start:]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the words that tell names from other words, read once a process."""
    file = resources.files("planner.library.importers") / "mentions.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))

    def words(key: str) -> frozenset[str]:
        return frozenset(fold(word) for word in data[key].split())

    return Lexicon(words("cues"), words("strong"), words("common"), words("peoples"))
