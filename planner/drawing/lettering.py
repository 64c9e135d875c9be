"""Text on maps and in tables: made safe, measured in columns, cut and broken to fit.

Names come from maps and from other people's files, so nothing of them may steer a terminal, and
nothing of them may take more columns than were given to it.
"""

# ruff: noqa: A002, RUF001 - "ascii" is the word people know, and the signs are meant as they stand

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size

NAMELESS: Final = "(no name)"

# Invisible, but words of Persian and of several Indian languages need it.
_NON_JOINER: Final = "\u200c"
_LEFT_TO_RIGHT: Final = "\u200e"
_RIGHT_TO_LEFT_CLASSES: Final = frozenset({"R", "AL"})
_MARKS_IN_A_ROW: Final = 4
_SPACES: Final = frozenset({"Zs", "Zl", "Zp"})
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_MARKS: Final = frozenset({"Mn", "Me"})
# Terminals disagree on the width of what these make of the character before them.
_VARIATION_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_ASCII_FORMS: Final = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "·": "-", "•": "*", "…": "...", "©": "(c)",
        "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "Oe",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L",
        "ı": "i", "×": "x", "✓": "+", "→": "->",
    }
)  # fmt: skip


def clean(text: str, *, ascii: bool = False) -> str:
    """Return one line of text that only prints: no control, escape or invisible characters.

    Parameters
    ----------
    text
        Any text, however it came.
    ascii
        Replace what ASCII lacks: letters lose their accents, the rest becomes ``?``.

    Notes
    -----
    Bidirectional overrides go, since they reorder the columns beside them; so do joiners,
    variation selectors and skin tones of emoji, which terminals measure differently. Characters
    that this Python does not know, whose width nobody can tell, become U+FFFD. At most four
    combining marks may follow a letter.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept: list[str] = []
    marks = 0
    for char in text:
        safe = _safe(char)
        marks = marks + 1 if safe and unicodedata.category(safe) in _MARKS else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(safe)
    line = "".join(kept)
    # Some accents that stand alone turn into blanks, so the blanks are put in order last.
    return " ".join((to_ascii(line) if ascii else line).split())


def clean_name(text: str, *, ascii: bool = False) -> str:
    """Return a name that prints, or words for a name of which nothing is left."""
    return clean(text, ascii=ascii) or NAMELESS


def to_ascii(text: str) -> str:
    """Return the text in ASCII: accents dropped, what has no likeness as ``?``."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII_FORMS))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(char if char.isascii() else "?" for char in bare)


def fit(text: str, width: int, *, ascii: bool = False) -> str:
    """Return clean text of at most ``width`` columns, with an ellipsis where it was cut.

    A name written from right to left is closed with an invisible mark, without which a terminal
    that turns such text around would draw figures that follow it on its wrong side.
    """
    if width < 1:
        return ""
    short = text
    if cell_len(text) > width:
        dots = ("..." if ascii else "…")[:width]
        short = set_cell_size(text, width - len(dots)).rstrip() + dots
    turned = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT_CLASSES for char in short)
    return short.rstrip(_LEFT_TO_RIGHT) + _LEFT_TO_RIGHT if turned else short


def wrap(text: str, width: int) -> list[str]:
    """Break clean text into lines of at most ``width`` columns, at blanks where there are any.

    Parameters
    ----------
    text
        Clean text.
    width
        Columns of a line.

    Raises
    ------
    ValueError
        If a line could not hold a wide character.
    """
    if width < 2:  # noqa: PLR2004 - two columns, as a wide character takes
        raise ValueError(f"Text cannot be set in {width} columns.")
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width)
        lines.extend(full)
    return [*lines, line] if line else lines


def speaks_unicode(encoding: str | None) -> bool:
    """Tell whether an output of this encoding can show the characters of map and timeline.

    Parameters
    ----------
    encoding
        As a stream's ``encoding`` has it; None for unknown.
    """
    try:
        "⣿①◉◎├┊·–…©".encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


@lru_cache(maxsize=4096)
def _safe(char: str) -> str:
    """Return what is shown for one character: itself, a blank, a replacement or nothing."""
    category = unicodedata.category(char)
    if char.isspace() or category in _SPACES:
        return " "
    point = ord(char)
    if point in _SKIN_TONES or any(point in block for block in _VARIATION_SELECTORS):
        return ""
    if category == "Cn":
        return "\ufffd"
    return "" if category in _DROPPED and char != _NON_JOINER else char
