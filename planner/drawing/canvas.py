"""A canvas of braille cells: each cell of the terminal holds two by four dots.

A cell of a terminal is about twice as high as wide, so the dots stand almost on a square grid and
a length means the same in both directions. Dots lie in layers; where layers meet in a cell, the
upper one alone is drawn, so that a walk stays readable on top of its streets.
"""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

DOTS_ACROSS: Final = 2
DOTS_DOWN: Final = 4

_BRAILLE: Final = 0x2800
# Unicode numbers the dots of a cell by column, and the fourth row last: the bit of each dot,
# [row][column].
_BITS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
_UPPER_BITS: Final = 0x01 | 0x08 | 0x02 | 0x10
_BRUSH: Final = ((0, 0), (1, 0), (0, 1), (1, 1))
# A lattice that thins horizontal, vertical and both diagonal lines alike: every line meets each
# residue of (x + 2y) modulo 5 equally often.
_LATTICE: Final = 5
_KEPT: Final = (0, 2)
# In dots: what moves less stands still, and what is farther away is no place.
_STILL: Final = 1e-9
_FARTHEST: Final = 1e12


class Layer(IntEnum):
    """What a cell shows; a higher layer hides a lower one."""

    EMPTY = 0
    STREET = 1
    WALK = 2
    STOP = 3
    ANCHOR = 4
    NOTE = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one row: a character of width one, and what it belongs to."""

    char: str
    layer: Layer


BLANK: Final = Cell(" ", Layer.EMPTY)


class Canvas:
    """Dots in layers, counted from the upper left; whatever lies outside is clipped.

    Parameters
    ----------
    columns, rows
        The size in cells.

    Raises
    ------
    ValueError
        If there is no cell.
    """

    def __init__(self, columns: int, rows: int) -> None:
        if columns < 1 or rows < 1:
            raise ValueError(f"A canvas needs at least one cell, not {columns} x {rows}.")
        self.columns = columns
        self.rows = rows
        self.width = columns * DOTS_ACROSS
        self.height = rows * DOTS_DOWN
        self._dots: dict[Layer, NDArray[np.bool_]] = {}

    def set_point(self, x: float, y: float, layer: Layer) -> None:
        """Set the dot that holds a point.

        Parameters
        ----------
        x, y
            Dots from the left and from the top; the dot ``i`` spans ``i`` to ``i + 1``.
        layer
            Where the dot lies.
        """
        self._set(np.array([[x, y]]), layer)

    def draw_lines(
        self,
        lines: Iterable[ArrayLike],
        layer: Layer,
        *,
        broad: bool = False,
        dotted: bool = False,
    ) -> None:
        """Draw runs of points, each joined by straight lines.

        Parameters
        ----------
        lines
            Runs of (x, y) in dots, one a row; a run of one point sets one dot.
        layer
            Where the dots lie.
        broad
            Draw two dots broad, with the line in the middle.
        dotted
            Leave out three dots of five, in every direction alike.
        """
        runs = [np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines]
        pieces = [np.hstack((run[:-1], run[1:])) for run in runs if len(run) > 1]
        pieces += [np.hstack((run, run)) for run in runs if len(run) == 1]
        if not pieces:
            return
        dots = _rasterise(_clip(np.vstack(pieces), self.width, self.height))
        if broad:
            # The brush reaches right and down; half a dot back keeps the line in its middle.
            dots = np.vstack([dots - 0.5 + offset for offset in _BRUSH])
        self._set(dots, layer, dotted=dotted)

    def erase(self, column: int, row: int, layer: Layer) -> None:
        """Clear one cell of one layer; a cell outside is no error."""
        if layer in self._dots and 0 <= column < self.columns and 0 <= row < self.rows:
            across = slice(column * DOTS_ACROSS, (column + 1) * DOTS_ACROSS)
            down = slice(row * DOTS_DOWN, (row + 1) * DOTS_DOWN)
            self._dots[layer][down, across] = False

    def cells(self, *, ascii: bool = False) -> tuple[tuple[Cell, ...], ...]:
        """Return the rows of cells, each showing its uppermost layer.

        Parameters
        ----------
        ascii
            Use no character beyond ASCII: ``#`` for the walk, ``'``, ``.`` and ``:`` for streets.
        """
        grid = [[BLANK] * self.columns for _ in range(self.rows)]
        for layer in sorted(self._dots):
            patterns = self._patterns(layer)
            for row, column in np.argwhere(patterns):
                pattern = int(patterns[row, column])
                char = _ascii_char(pattern, layer) if ascii else chr(_BRAILLE + pattern)
                grid[row][column] = Cell(char, layer)
        return tuple(tuple(row) for row in grid)

    def plain(self, *, ascii: bool = False) -> str:
        """Return the canvas as lines of text without trailing blanks."""
        rows = self.cells(ascii=ascii)
        return "\n".join("".join(cell.char for cell in row).rstrip() for row in rows)

    def _set(self, points: NDArray[np.float64], layer: Layer, *, dotted: bool = False) -> None:
        """Set the dots that hold the points and lie inside."""
        dots = np.floor(points)
        inside = (dots >= 0).all(axis=1) & (dots < (self.width, self.height)).all(axis=1)
        x, y = dots[inside].astype(np.intp).T
        if dotted:
            kept = np.isin((x + 2 * y) % _LATTICE, _KEPT)
            x, y = x[kept], y[kept]
        plane = self._dots.setdefault(layer, np.zeros((self.height, self.width), dtype=np.bool_))
        plane[y, x] = True

    def _patterns(self, layer: Layer) -> NDArray[np.uint8]:
        """Return the braille bits of each cell of a layer."""
        blocks = self._dots[layer].reshape(self.rows, DOTS_DOWN, self.columns, DOTS_ACROSS)
        weighted = blocks * _BITS[np.newaxis, :, np.newaxis, :]
        # Distinct bits: the sum is the union, and it stays below 256.
        patterns: NDArray[np.uint8] = weighted.sum(axis=(1, 3)).astype(np.uint8)
        return patterns


def _ascii_char(pattern: int, layer: Layer) -> str:
    """Return the ASCII character nearest to a pattern of dots."""
    if layer is not Layer.STREET:
        return "#"
    upper, lower = bool(pattern & _UPPER_BITS), bool(pattern & ~_UPPER_BITS)
    return ":" if upper and lower else "'" if upper else "."


def _clip(segments: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """Cut segments (x0, y0, x1, y1) to the canvas, by Liang and Barsky's method.

    A margin of one dot is kept, so that the rim of a broad line is drawn as well.
    """
    # Neither NaN nor what is too far to be divided passes.
    segments = segments[(np.abs(segments) < _FARTHEST).all(axis=1)]
    origin = segments[:, :2]
    step = segments[:, 2:] - origin
    first, last = np.zeros(len(segments)), np.ones(len(segments))
    for axis, size in ((0, width), (1, height)):
        along, at = step[:, axis], origin[:, axis]
        still = np.abs(along) < _STILL
        slope = np.where(still, 1.0, along)
        low, high = (-1.0 - at) / slope, (size + 1.0 - at) / slope
        outside = still & ((at < -1.0) | (at > size + 1.0))
        enter = np.where(still, np.where(outside, 2.0, 0.0), np.minimum(low, high))
        leave = np.where(still, 1.0, np.maximum(low, high))
        first, last = np.maximum(first, enter), np.minimum(last, leave)
    seen = first <= last
    origin, step, first, last = origin[seen], step[seen], first[seen, None], last[seen, None]
    return np.hstack((origin + first * step, origin + last * step))


def _rasterise(segments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points along each segment, at most half a dot apart in x and in y, ends included.

    Half, since points a whole dot apart may fall to both sides of one when they are rounded.
    """
    step = segments[:, 2:] - segments[:, :2]
    counts = np.ceil(2 * np.abs(step).max(axis=1, initial=0.0)).astype(np.intp) + 1
    owner = np.repeat(np.arange(len(segments)), counts)
    index = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    share = index / np.maximum(counts - 1, 1)[owner]
    points: NDArray[np.float64] = segments[owner, :2] + share[:, None] * step[owner]
    return points
