"""A QR code in a terminal, for a telephone that is held in front of it."""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

from rich.text import Text

_STYLE = "white on black"
_BLANK = "on white"
_HALVES = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}


def qr_text(words: str, *, ascii: bool = False) -> Text:
    """Return words as a QR code (ISO/IEC 18004) with its quiet border.

    The light modules are what is drawn, so that it can be read without colours on a dark terminal.

    Parameters
    ----------
    words
        What it says; up to some hundred signs fit a screen.
    ascii
        Draw with blanks on colours, in signs of ASCII alone, at twice the size.
    """
    import segno

    code = segno.make_qr(words, error="m")
    rows = [list(map(bool, row)) for row in code.matrix_iter(border=2 if ascii else 4)]
    drawn = Text(no_wrap=True, overflow="crop", end="")
    if ascii:
        for number, row in enumerate(rows):
            drawn.append("\n" if number else "")
            for dark in row:
                drawn.append("  ", "on black" if dark else _BLANK)
        return drawn
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = [
        "".join(_HALVES[int(a), int(b)] for a, b in zip(above, below, strict=True))
        for above, below in pairs
    ]
    return drawn.append("\n".join(lines), _STYLE)
