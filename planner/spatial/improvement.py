"""Local search on an order of stops: 2-opt and Or-opt.

No part of the paper's method, which stops at the hierarchical tour; the default way of planning
lets this repair what was lost by ordering clusters before places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.matrices import checked, require_reachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from planner.spatial.matrices import Matrix

# Below a tenth of a millimetre a gain may be rounding, and rounding can go round in circles.
LEAST_GAIN_M = 1e-4
LONGEST_SEGMENT = 3


def improve(
    order: Sequence[int],
    distances: npt.ArrayLike,
    *,
    start: int | None = None,
    end: int | None = None,
) -> tuple[int, ...]:
    """Shorten an order until neither 2-opt nor Or-opt finds a shorter one.

    In each round the best of all reversals of a stretch (Croes 1958) and all moves of up to three
    neighbouring stops to another place, either way round (Or 1976), is applied; equal gains go to
    the reversal, then to the earliest position. The result depends on nothing but the arguments.

    Parameters
    ----------
    order
        Rows in the order of the visit.
    distances
        Metres, of shape (n, n).
    start, end
        Rows walked from before the first stop and to after the last one; they are not moved. The
        same row twice makes a loop. ``None`` leaves that side open: any stop may come to be there.
        To keep a stop first, take it out of ``order`` and give it as ``start``.

    Returns
    -------
    tuple of int
        The same rows, never longer to walk.

    Raises
    ------
    ValueError
        If the matrix is malformed, a row stands twice, or a row cannot be reached.
    """
    matrix = checked(distances)
    rows = [int(row) for row in order]
    if len(set(rows)) != len(rows):
        raise ValueError("a stop stands twice in the order")
    require_reachable(matrix, [*rows, *(row for row in (start, end) if row is not None)])
    # Positions 0 and -1 are the ends; an open end costs nothing to go to.
    costs = np.zeros((len(rows) + 2, len(rows) + 2))
    costs[1:-1, 1:-1] = matrix[np.ix_(rows, rows)]
    for position, row in ((0, start), (-1, end)):
        if row is not None:
            costs[position, 1:-1] = costs[1:-1, position] = matrix[row, rows]
    sequence = np.arange(len(rows) + 2)
    while True:
        ordered = costs[np.ix_(sequence, sequence)]
        turn, reversed_ = _best_reversal(ordered)
        shift, moved = _best_move(ordered)
        gain, positions = (turn, reversed_) if turn >= shift else (shift, moved)
        if gain < LEAST_GAIN_M:
            break
        sequence = sequence[positions]
    return tuple(rows[position - 1] for position in sequence[1:-1])


def _best_reversal(costs: Matrix) -> tuple[float, npt.NDArray[np.intp]]:
    """Return the gain of the best reversal, and the positions it leads to.

    ``costs`` are between positions of the present order, the two ends included. Reversing the
    stretch from ``i`` to ``j`` changes only the steps into ``i`` and out of ``j``.
    """
    last = len(costs) - 1
    positions = np.arange(last + 1)
    step = np.diagonal(costs, offset=1)
    before, after = slice(0, last - 1), slice(2, last + 1)
    inner = slice(1, last)
    gains = (
        step[before][:, None] + step[inner][None, :] - costs[before, inner] - costs[inner, after]
    )
    gains = np.where(np.triu(np.ones_like(gains, dtype=bool), k=1), gains, 0.0)
    if not gains.size:
        return 0.0, positions
    i, j = (int(index) + 1 for index in np.unravel_index(int(gains.argmax()), gains.shape))
    positions[i : j + 1] = positions[i : j + 1][::-1]
    return float(gains.max()), positions


def _best_move(costs: Matrix) -> tuple[float, npt.NDArray[np.intp]]:
    """Return the gain of the best move of a short segment, and the positions it leads to."""
    last = len(costs) - 1
    positions = np.arange(last + 1)
    step = np.diagonal(costs, offset=1)
    best, chosen = 0.0, positions
    for size in range(1, min(LONGEST_SEGMENT, last - 2) + 1):
        first = np.arange(1, last - size + 1)
        final = first + size - 1
        out = step[first - 1] + step[final] - costs[first - 1, final + 1]
        gaps = np.arange(last)  # the segment goes between a gap's position and the next one
        # Gaps that touch the segment are no move.
        apart = (gaps[None, :] < first[:, None] - 1) | (gaps[None, :] > final[:, None])
        for head, tail in ((first, final), (final, first)):
            into = costs[gaps[None, :], head[:, None]] + costs[tail[:, None], gaps[None, :] + 1]
            gains = np.where(apart, out[:, None] - into + step[None, :], 0.0)
            gain = float(gains.max(initial=0.0))
            if gain <= best:
                continue
            at, gap = (int(index) for index in np.unravel_index(int(gains.argmax()), gains.shape))
            segment = np.arange(first[at], final[at] + 1)
            if head is final:
                segment = segment[::-1]
            rest = np.delete(positions, np.s_[first[at] : final[at] + 1])
            place = gap + 1 if gap < first[at] else gap + 1 - size
            best, chosen = gain, np.insert(rest, place, segment)
    return best, chosen
