"""Matrices of walking distances: what is asked of them, lengths, and who reaches whom.

Row ``i`` and column ``i`` stand for the same point, a place or a fixed start or end. Distances are
metres on foot; ``inf`` says that there is no way between two points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

Matrix: TypeAlias = "npt.NDArray[np.float64]"

# Sums along a street graph differ in their last digits with the direction of the search, and a
# matrix kept in single precision more so; a decimetre is below what a walker can notice.
SYMMETRY_M = 0.1
SYMMETRY_RATIO = 1e-4


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows that one walk can visit, and rows that it cannot; both ascending."""

    kept: tuple[int, ...]
    dropped: tuple[int, ...]


def checked(distances: npt.ArrayLike) -> Matrix:
    """Return the distances as a square matrix with a zero diagonal, or refuse them.

    Parameters
    ----------
    distances
        Metres, of shape (n, n), symmetric up to rounding; may hold ``inf``.

    Returns
    -------
    Matrix
        A copy in double precision, exactly symmetric.

    Raises
    ------
    ValueError
        If the matrix is not square or symmetric, or holds a negative distance or no number.
    """
    matrix = np.array(distances, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:  # noqa: PLR2004 - a matrix
        raise ValueError(f"a matrix of distances is square, not of shape {matrix.shape}")
    np.fill_diagonal(matrix, 0.0)
    if np.isnan(matrix).any() or (matrix < 0).any():
        raise ValueError("a walking distance is a number of metres, zero or more, or inf")
    if not np.allclose(matrix, matrix.T, rtol=SYMMETRY_RATIO, atol=SYMMETRY_M):
        raise ValueError("a walk is as long there as back: the matrix is not symmetric")
    # Equal digits both ways keep every later choice between two directions stable.
    return np.minimum(matrix, matrix.T)


def require_reachable(matrix: Matrix, rows: Sequence[int]) -> None:
    """Refuse rows between which there is no way.

    Raises
    ------
    ValueError
        If two of the rows are ``inf`` apart; :func:`reachable` tells them apart beforehand.
    """
    if not len(rows):
        return
    apart = np.argwhere(~np.isfinite(matrix[np.ix_(rows, rows)]))
    if len(apart):
        first, second = (rows[int(index)] for index in apart[0])
        raise ValueError(
            f"there is no way between rows {first} and {second}: "
            "drop what cannot be reached with planner.spatial.matrices.reachable"
        )


def length(
    order: Sequence[int],
    distances: npt.ArrayLike,
    *,
    start: int | None = None,
    end: int | None = None,
) -> float:
    """Return the metres walked along an order, from a start and to an end where these are given.

    Parameters
    ----------
    order
        Rows in the order of the visit.
    distances
        Metres, of shape (n, n).
    start, end
        Rows walked from before the first stop and to after the last one. The same row twice
        makes a loop.
    """
    way = [row for row in (start, *order, end) if row is not None]
    matrix = np.asarray(distances, dtype=np.float64)
    return math.fsum(matrix[way[:-1], way[1:]]) if len(way) > 1 else 0.0


def reachable(
    distances: npt.ArrayLike,
    scores: Sequence[float],
    *,
    required: Collection[int] = (),
    anchors: Collection[int] = (),
) -> Reach:
    """Keep the rows that one walk can visit.

    The other functions of this stage take only rows that reach each other. With fixed points, a
    row is kept if it reaches all of them; if the fixed points do not reach each other, none is.
    Without, the rows of one connected part are kept: the part with most required places, then
    with most places, then with the highest summed score.

    The distances must be those of shortest ways searched without a limit, so that reaching is
    mutual and carries over.

    Parameters
    ----------
    distances
        Metres, of shape (n, n); may hold ``inf``.
    scores
        One for each row.
    required
        Rows of must-sees. They too can be dropped: the caller tells that no walk holds them.
    anchors
        Rows of a fixed start and end. These are no stops and stand in neither list.

    Returns
    -------
    Reach
        The rows kept and the rows dropped.
    """
    matrix = checked(distances)
    finite = np.isfinite(matrix)
    rows = [row for row in range(len(matrix)) if row not in anchors]
    fixed = sorted(anchors)
    if fixed:
        joined = bool(finite[np.ix_(fixed, fixed)].all())
        kept = {row for row in rows if joined and finite[row, fixed].all()}
    else:
        parts: list[list[int]] = []
        left = list(rows)
        while left:
            part = [row for row in left if finite[left[0], row]]
            parts.append(part)
            left = [row for row in left if not finite[left[0], row]]

        def rank(part: list[int]) -> tuple[int, int, float, int]:
            musts = sum(row in required for row in part)
            return musts, len(part), math.fsum(scores[row] for row in part), -part[0]

        kept = set(max(parts, key=rank, default=()))
    return Reach(
        kept=tuple(row for row in rows if row in kept),
        dropped=tuple(row for row in rows if row not in kept),
    )
