"""The words and marks of a request, as the rules' tables see them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from planner.language.cues import SHORTEST_TYPO, cue_words, plain
from planner.language.lexicon import JOINED_THINGS, NO_TYPO, known, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What lies beyond is not read: no one says a walk in so many words.
MAX_CHARS: Final = 4000
# In words.
LONGEST_NAME: Final = 7

_TOKEN = re.compile(
    r"(?i:w/(?:out|o)?(?=\W))|(?i:non)-(?=\w)|(?:\w\.){2,6}|(?:Ste?|Mt|Dr|Sv)\.(?=\s\w)"
    r"|\w+(?:['’&.\-\u2011](?=\w)\w+)*\+?|(?:->|=>|→|»|➡)|[.!?;:…]+|\n|[,&/+>|()–—•*\"“”]|-"
)
# Two words that are read as one.
_FUSED: Final = {
    **{
        (verb, "not"): f"{verb}nt"
        for verb in ["do", "does", "did", "is", "are", "was", "could", "would", "should"]
    },
    ("must", "not"): "mustnt",
    ("have", "not"): "havent",
    ("can", "not"): "cant",
    ("will", "not"): "wont",
    ("with", "out"): "without",
    ("dont", "t"): "dont",
    ("must", "see"): "mustsee",
}
# Short forms and dialect.
_ALIASES: Final = {
    "w/o": "without",
    "w/out": "without",
    "w/": "with",
    "wi": "with",
    "w": "with",
    "wit": "with",
    "mit": "with",
    "avec": "with",
    "b4": "before",
    "cannot": "cant",
    "cannae": "cant",
    "don": "dont",
    "den": "then",
    "fae": "from",
    "frm": "from",
    "tae": "to",
    "u": "you",
    "wanna": "want",
    "strt": "start",
    "bcz": "because",
}
# Words that cut a clause and yet stand inside names ("Bar at the End", "Out of Africa").
_LIMBS: Final = words(
    "of the at in on by with past through from no not over only and or n & , / + -"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark of the request, from ``start`` to ``end``; ``word`` is how tables see it."""

    start: int
    end: int
    text: str
    word: str
    mark: bool = False

    @property
    def capital(self) -> bool:
        """Whether the word holds a capital letter (``"Kiasma"``, ``"H&M"``)."""
        return any(char.isupper() for char in self.text)


def _inside_word(char: str) -> bool:
    """Tell a character that belongs to a word, also one that only compatibility makes a letter."""
    if char.isascii():
        return char.isalnum() or char == "_"
    return unicodedata.category(char)[0] == "M" or any(
        part.isalnum() for part in unicodedata.normalize("NFKC", char)
    )


def _joined(text: str, at: int) -> bool:
    """Tell whether one word reaches over a position; an apostrophe joins two letters."""
    if not 0 < at < len(text):
        return False
    around = [_inside_word(text[i]) if 0 <= i < len(text) else False for i in range(at - 2, at + 2)]
    if text[at] in "'’":
        return around[1] and around[3]
    if text[at - 1] in "'’":
        return around[0] and around[2]
    return around[1] and around[2]


def whole_words(text: str, start: int, end: int) -> str:
    """Copy a span of a text, widened to whole words, on one line of printable characters."""
    while _joined(text, start):
        start -= 1
    while _joined(text, end):
        end += 1
    printable = (char if char.isprintable() else " " for char in text[start:end])
    return " ".join("".join(printable).split())


def tokenize(text: str) -> list[Token]:
    """Split a request into words and marks, with slips in cue words mended for the tables.

    A capital inside a sentence is a name's, whose letters are left alone.
    """
    loud = text.isupper()
    telegram = loud and text.count(" STOP ") > 1
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text, 0, MAX_CHARS):
        piece = match.group()
        mark = not any(char.isalnum() for char in piece)
        if telegram and piece == "STOP":
            tokens.append(Token(match.start(), match.end(), ".", ".", mark=True))
            continue
        word = piece if mark else plain(piece)
        word = _ALIASES.get(word, word)
        if tokens and (fused := _FUSED.get((tokens[-1].word, word))):
            first = tokens.pop()
            tokens.append(Token(first.start, match.end(), text[first.start : match.end()], fused))
            continue
        if not mark and (loud or not piece[0].isupper() or not tokens or tokens[-1].mark):
            word = _mended(word)
        tokens.append(Token(match.start(), match.end(), piece, word, mark))
    return tokens


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """Find the cue word that an unknown word is one slip away from, else keep the word.

    A slip is a letter too many, one too few, or two that changed places; never one for another,
    since too many common words lie that close ("white", "while").
    """
    if len(word) < SHORTEST_TYPO or not word.isalpha() or word in NO_TYPO:
        return word
    if word in cue_words() or known(word):
        return word
    from rapidfuzz.distance import OSA  # a moment that `--help` need not spend

    near = [
        other
        for other in cue_words()
        if abs(len(other) - len(word)) <= 1
        and other[0] == word[0]
        and word != other + "s"
        and (len(other) != len(word) or sorted(other) == sorted(word))
        and OSA.distance(word, other, score_cutoff=1) <= 1
    ]
    return min(near) if near else word


def unparted(
    tokens: Sequence[Token], is_name: Callable[[str], bool] | None, text: str
) -> dict[int, int]:
    """Find the runs of words that no cut may part: names that hold a joiner, and dishes.

    Returns
    -------
    For the index of each run's first token, the index behind its last.
    """
    runs: dict[int, int] = {}
    for joint in range(1, len(tokens) - 1):
        if tokens[joint].word not in _LIMBS:
            continue
        pair = (tokens[joint - 1].word, tokens[joint + 1].word)
        if tokens[joint].word in {"and", "&", "n", "/"} and pair in JOINED_THINGS:
            runs[joint - 1] = max(runs.get(joint - 1, 0), joint + 2)
        if is_name is not None:
            for begin, end in _names_across(tokens, joint, is_name, text):
                runs[begin] = max(runs.get(begin, 0), end)
    return runs


def _names_across(
    tokens: Sequence[Token], joint: int, is_name: Callable[[str], bool], text: str
) -> list[tuple[int, int]]:
    """Find the names of the library that reach over one joiner."""
    found = []
    for begin in range(max(0, joint - LONGEST_NAME + 2), joint):
        for end in range(min(len(tokens), begin + LONGEST_NAME), joint + 1, -1):
            whole = not any(token.text in ".!?;\n" for token in tokens[begin:end])
            if whole and is_name(text[tokens[begin].start : tokens[end - 1].end]):
                found.append((begin, end))
                break
    return found
