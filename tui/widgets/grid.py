"""Cells in which a map is put together: lines, signs and words, each over what is there."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from rich.color import Color

    from tui.widgets.ground import Tile

CREDIT: Final = "© OpenStreetMap contributors"
CREDIT_SHORT: Final = "© OSM contributors"
_BRAILLE: Final = 0x2800
_SCALE_SHARE: Final = 0.25

# What a cell shows, by number; each has a style of its own.
PARTS: Final = (
    "empty", "minor", "main", "shore", "walk", "leg", "stop", "chosen", "name", "street", "note",
    "sight", "marked",
)  # fmt: skip
(
    EMPTY, MINOR, MAIN, SHORE, WALK, LEG, STOP, CHOSEN, NAME, STREET, NOTE, SIGHT,
    MARKED,
) = range(13)  # fmt: skip
GROUNDS: Final = ("ground", "park", "square", "water")
# Signs on open ground, so that water and parks are told without colour as well.
_GROUND_SIGNS: Final = {1: '"', 3: "~"}
_SIGN_EVERY: Final = 4
_INVERTED: Final = frozenset({STOP, CHOSEN, MARKED})


class Grid:
    """Cells in which a map is put together."""

    def __init__(self, tile: Tile) -> None:
        import numpy as np

        self.rows, self.columns = tile.fill.shape
        self.fill = tile.fill
        self.taken: set[tuple[int, int]] = set()
        self._part = np.zeros(tile.fill.shape, dtype=np.uint8)
        self._pattern = np.zeros(tile.fill.shape, dtype=np.uint8)
        for drawn, part in (
            (tile.minor, MINOR),
            (tile.shore, SHORE),
            (tile.main, MAIN),
        ):
            self.lay(drawn, part)
        self._letters: dict[int, dict[int, tuple[str, int]]] = {}

    def lay(self, drawn: NDArray[np.uint8], part: int) -> None:
        """Lay lines over what is there; where streets meet in a cell, both are drawn."""
        import numpy as np

        there = drawn > 0
        if part in {MAIN, SHORE}:
            self._pattern[there] |= drawn[there]
        else:
            self._pattern = np.where(there, drawn, self._pattern)
        self._part[there] = part

    def write(self, column: int, row: int, text: str, part: int) -> None:
        """Write over what is there; the cells are taken then."""
        line = self._letters.setdefault(row, {})
        at = column
        for char in text:
            width = cell_len(char)
            if width == 0:
                before = line.get(at - 1)
                if before is not None:
                    line[at - 1] = (before[0] + char, part)
                continue
            line[at] = (char, part)
            for more in range(1, width):
                line[at + more] = ("", part)
            at += width
        self.taken.update((each, row) for each in range(column, at))

    def has_room(self, column: int, row: int, size: int, *, gap: int = 0) -> bool:
        """Tell whether words fit without touching others."""
        if column < 0 or row < 0 or row >= self.rows or column + size > self.columns:
            return False
        return not any(
            (each, row) in self.taken for each in range(column - gap, column + size + gap)
        )

    def free_spot(self, wanted: tuple[int, int], size: int) -> tuple[int, int] | None:
        """Return the free cells nearest to the wanted ones, ``None`` if those are out of view."""
        column, row = wanted
        if not (0 <= column <= self.columns - size and 0 <= row < self.rows):
            return None
        for dx, dy in _around():
            if self.has_room(column + dx, row + dy, size):
                return column + dx, row + dy
        return None

    def _lines(self) -> Iterator[tuple[list[str], list[int]]]:
        """Yield the characters and the style codes of each row."""
        import numpy as np

        empty = self._pattern == 0
        rows, columns = np.indices(self._pattern.shape)
        sparse = empty & ((columns + 2 * rows) % _SIGN_EVERY == 0) & (rows % 2 == 0)
        points = np.where(empty, ord(" "), self._pattern.astype(np.uint32) + _BRAILLE)
        for ground, sign in _GROUND_SIGNS.items():
            points = np.where(sparse & (self.fill == ground), ord(sign), points)
        part = np.where(sparse & (self.fill > 0), MINOR, self._part)
        codes = part.astype(np.int64) * len(GROUNDS) + self.fill
        for row in range(self.rows):
            chars = list(points[row].astype("<u4").tobytes().decode("utf-32-le"))
            line = codes[row].tolist()
            for column, (char, written) in self._letters.get(row, {}).items():
                if 0 <= column < self.columns:
                    chars[column] = char
                    line[column] = written * len(GROUNDS) + int(self.fill[row, column])
            yield chars, line

    def note(self, metres: float) -> None:
        """Write the scale and whose map it is.

        Parameters
        ----------
        metres
            How broad a cell is.
        """
        most = max(self.columns * _SCALE_SHARE, 4) * metres
        power = 10.0 ** math.floor(math.log10(most))
        length = max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))
        bar = max(round(length / metres), 2)
        words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004
        scale = f"{words} ├{'─' * (bar - 2)}┤"
        row = self.rows - 1
        self.write(0, row, scale[: self.columns], NOTE)
        room = self.columns - len(scale) - 1
        for credit in (CREDIT, CREDIT_SHORT):
            if len(credit) <= room:
                self.write(self.columns - len(credit), row, credit, NOTE)
                return
        if row:
            credit = CREDIT if self.columns >= len(CREDIT) else CREDIT_SHORT
            self.write(max(self.columns - len(credit), 0), row - 1, credit, NOTE)

    def strips(self, inks: Sequence[Style], papers: Sequence[Color | None]) -> list[Strip]:
        """Return the rows.

        Parameters
        ----------
        inks
            A style for each of ``PARTS``.
        papers
            What lies beneath, for each of ``GROUNDS``.
        """
        styles: dict[int, Style] = {}
        strips = []
        for chars, codes in self._lines():
            segments = []
            begin = 0
            for end in range(1, len(codes) + 1):
                if end < len(codes) and codes[end] == codes[begin]:
                    continue
                code = codes[begin]
                style = styles.get(code)
                if style is None:
                    part, paper = divmod(code, len(GROUNDS))
                    style = inks[part]
                    if part not in _INVERTED:
                        style += Style(bgcolor=papers[paper])
                    styles[code] = style
                segments.append(Segment("".join(chars[begin:end]), style))
                begin = end
            strips.append(Strip(segments, self.columns))
        return strips


@cache
def _around() -> tuple[tuple[int, int], ...]:
    """Return steps from a cell, the nearest first; a row counts as two columns."""
    return tuple(
        sorted(
            ((dx, dy) for dx in range(-6, 7) for dy in range(-3, 4)),
            key=lambda step: (math.hypot(step[0], 2 * step[1]), step),
        )
    )
