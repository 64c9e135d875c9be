"""Grammars (GBNF) that a model's answer keeps to.

An answer about a request is a list of lines, each a role and words of the request. The grammar is
made for the request at hand: words can only be copied, in the order in which they stand, each at
most once as a wish. So an answer always parses, holds nothing invented, and cannot run in circles.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ROLES: Final = ("start", "end", "see", "place", "walk", "avoid")
NOTHING: Final = "none"
BAR: Final = " | "
MOST_WORDS: Final = 200

# A word may hold a hyphen, an apostrophe, a full stop or a colon inside ("stroller-friendly",
# "St. John's" as two words, "13:00"); it never holds a character that GBNF would read.
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’.:][^\W_]+)*|&")
_JOIN: Final = re.compile(r" {1,3}")


def request_words(text: str) -> list[re.Match[str]]:
    """Return the words of a request that an answer may copy, with their places in the text."""
    return list(_WORD.finditer(text))


def decomposition_grammar(text: str) -> str | None:
    """Return the grammar of the answers to one request.

    Parameters
    ----------
    text
        The request.

    Returns
    -------
    str or None
        ``None`` where the request holds no word, or more than 200.
    """
    words = request_words(text)
    if not 0 < len(words) <= MOST_WORDS:
        return None
    roles = " | ".join(f'"{role} "' for role in ROLES)
    rules = [f'root ::= "{NOTHING}" | line0', f"role ::= {roles}"]
    for index in range(len(words)):
        rules += _rules_of_word(text, words, index)
    rules.append("dislike ::= " + " | ".join(f"d{index}" for index in range(len(words))))
    return "\n".join(rules)


def _rules_of_word(text: str, words: Sequence[re.Match[str]], index: int) -> list[str]:
    """Rules for a word: a line that copies from here on, a wish and a dislike that hold it."""
    word, after = words[index].group(), index + 1
    line = f"line{index} ::= role from{index}"
    start, wish, dislike = f"from{index} ::= w{index}", "", ""
    bar = f'("{BAR}" dislike)?'
    if after < len(words):
        start += f" | from{after}"
        bar += f' ("\\n" line{after})?'
        gap = text[words[index].end() : words[after].start()]
        # Punctuation ends a span: what a comma parts is not one thing.
        if _JOIN.fullmatch(gap):
            wish, dislike = f'"{gap}" w{after} | ', f' ("{gap}" d{after})?'
    return [
        line,
        start,
        f'w{index} ::= "{word}" ({wish}{bar})',
        f'd{index} ::= "{word}"{dislike}',
    ]
