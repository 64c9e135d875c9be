"""The order in which clusters and their places are visited: a tour of tours.

ItiNera, section 3.5.2, algorithm 2: clusters are ordered by a tour, each is entered and left where
it lies nearest to its neighbours in that tour, and is crossed by a shortest path between the two.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.matrices import checked, require_reachable
from planner.spatial.tours import COOLING, solve_path, solve_tsp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import numpy.typing as npt

    from planner.spatial.matrices import Matrix


def order(
    distances: npt.ArrayLike,
    clusters: Sequence[Sequence[int]],
    *,
    seed: int,
    start: int | None = None,
    end: int | None = None,
    choose_start: Callable[[tuple[int, ...]], int] | None = None,
    cooling: float = COOLING,
) -> tuple[int, ...]:
    """Order all places of the clusters (algorithm 2).

    Between two clusters lie the metres between their nearest places, since that is the step which
    the walk takes from one into the other.

    Without fixed ends the walk is ordered as a closed tour, which ``choose_start`` then cuts open.
    With a fixed end it is an open path: it leaves from ``start`` and arrives at ``end`` by the
    cluster tour, and a side that is not fixed is free. A fixed end leaves no start to choose.

    Parameters
    ----------
    distances
        Metres, of shape (n, n). The rows used must reach each other.
    clusters
        Disjoint clusters of rows, as of :func:`planner.spatial.clusters.select`.
    seed
        For the tour of the clusters; the same seed gives the same order.
    start, end
        Rows of fixed points, in no cluster; they are not part of the answer. The same row twice
        makes a loop.
    choose_start
        Called, if there is no fixed end, with the closed tour; returns the row to begin with. By
        default the tour is cut where the cluster tour begins. See :func:`select_start`.
    cooling
        Of the annealing, as in :func:`planner.spatial.tours.solve_tsp`.

    Returns
    -------
    tuple of int
        Every row of every cluster, once.

    Raises
    ------
    ValueError
        If the matrix is malformed, a row stands in two clusters or is also a fixed end, or there
        is no way between two of the rows.
    """
    matrix = checked(distances)
    ends = {row for row in (start, end) if row is not None}
    groups = [tuple(members) for members in clusters if len(members)]
    rows = [row for members in groups for row in members]
    if len(set(rows)) != len(rows) or ends.intersection(rows):
        raise ValueError("a row belongs to one cluster, and a fixed end to none")
    require_reachable(matrix, sorted(ends.union(rows)))
    if not groups:
        return ()
    if ends:
        return _open_order(matrix, groups, seed=seed, start=start, end=end, cooling=cooling)
    closed = _closed_order(matrix, groups, seed=seed, cooling=cooling)
    return closed if choose_start is None else reorder(closed, choose_start(closed))


def reorder(order: Sequence[int], first: int) -> tuple[int, ...]:
    """Turn a closed tour so that it begins with a row; who comes after whom stays (``Reorder``).

    Raises
    ------
    ValueError
        If the row is not in the order.
    """
    at = list(order).index(first)
    return (*order[at:], *order[:at])


def select_start(
    order: Sequence[int],
    distances: npt.ArrayLike,
    scores: Sequence[float],
    *,
    unhurried: Collection[int] = (),
    nightlife: Collection[int] = (),
) -> int:
    """Choose the place to begin with, by the rules of the paper's prompt F.3 (``Select``).

    A bar or a club never comes first while there is anything else. Of the rest, the better half
    answers the request: places that score at least the median. Among those a museum or a gallery,
    which takes long, goes before others. What is still left is decided by nearness: the shortest
    walk to both neighbours in the tour, then the higher score, then the earlier place in the order.

    Parameters
    ----------
    order
        Rows of a closed tour, at least one.
    distances
        Metres, of shape (n, n).
    scores
        One for each row.
    unhurried
        Rows of museums, galleries and their like.
    nightlife
        Rows of bars, clubs and their like.

    Returns
    -------
    int
        A row of the order.

    Raises
    ------
    ValueError
        If the order is empty.
    """
    if not order:
        raise ValueError("an empty order has no place to begin with")
    matrix = np.asarray(distances, dtype=np.float64)
    pool = [at for at, row in enumerate(order) if row not in nightlife] or list(range(len(order)))
    median = statistics.median(scores[order[at]] for at in pool)
    pool = [at for at in pool if scores[order[at]] >= median]
    pool = [at for at in pool if order[at] in unhurried] or pool

    def rank(at: int) -> tuple[float, float, int]:
        neighbours = (order[at - 1], order[(at + 1) % len(order)])
        return (
            math.fsum(matrix[order[at], row] for row in neighbours),
            -scores[order[at]],
            at,
        )

    return order[min(pool, key=rank)]


def _open_order(
    matrix: Matrix,
    groups: Sequence[tuple[int, ...]],
    *,
    seed: int,
    start: int | None,
    end: int | None,
    cooling: float,
) -> tuple[int, ...]:
    """Order clusters and places as a path between fixed ends, of which one may be free."""
    # A fixed end takes part in the tour of the clusters as a cluster of its own.
    nodes = [*groups, *((row,) for row in dict.fromkeys((start, end)) if row is not None)]
    first = None if start is None else nodes.index((start,))
    last = None if end is None else nodes.index((end,))
    sequence = solve_tsp(_between(matrix, nodes), seed=seed, start=first, end=last, cooling=cooling)
    chain = [nodes[index] for index in sequence]
    if start is not None and start == end:
        chain.append((start,))
    entries, exits = _endpoints(matrix, chain, closed=False)
    ends = (start, end)
    return tuple(
        row
        for members, entry, leave in zip(chain, entries, exits, strict=True)
        for row in _crossed(matrix, members, entry, leave)
        if row not in ends
    )


def _closed_order(
    matrix: Matrix, groups: Sequence[tuple[int, ...]], *, seed: int, cooling: float
) -> tuple[int, ...]:
    """Order clusters and places as a closed tour."""
    if len(groups) == 1:
        # No neighbours, so no ends: the tour within is the whole tour.
        members = groups[0]
        inner = solve_tsp(matrix[np.ix_(members, members)], seed=seed, cooling=cooling)
        return tuple(members[index] for index in inner)
    sequence = solve_tsp(_between(matrix, groups), seed=seed, cooling=cooling)
    chain = [groups[index] for index in sequence]
    entries, exits = _endpoints(matrix, chain, closed=True)
    return tuple(
        row
        for members, entry, leave in zip(chain, entries, exits, strict=True)
        for row in _crossed(matrix, members, entry, leave)
    )


def _between(matrix: Matrix, groups: Sequence[tuple[int, ...]]) -> Matrix:
    """Return the metres between the nearest places of each two clusters."""
    result = np.zeros((len(groups), len(groups)))
    for i, members in enumerate(groups):
        for j, others in enumerate(groups[:i]):
            result[i, j] = result[j, i] = matrix[np.ix_(members, others)].min()
    return result


def _endpoints(
    matrix: Matrix, chain: Sequence[tuple[int, ...]], *, closed: bool
) -> tuple[list[int | None], list[int | None]]:
    """Say where each cluster of a chain is entered and left (``GetClusterEndpoints``).

    Along the chain, each two neighbours are joined by their nearest pair of places. A cluster of
    several places is not left where it was entered, since the path within needs two ends: the
    nearest pair without that place is taken then. The outer sides of an open chain stay free.
    """
    count = len(chain)
    entries: list[int | None] = [None] * count
    exits: list[int | None] = [None] * count
    for i in range(count if closed else count - 1):
        j = (i + 1) % count
        leaving = [row for row in chain[i] if row != entries[i] or len(chain[i]) == 1]
        coming = [row for row in chain[j] if row != exits[j] or len(chain[j]) == 1]
        gaps = matrix[np.ix_(leaving, coming)]
        at, to = np.unravel_index(int(gaps.argmin()), gaps.shape)
        exits[i], entries[j] = leaving[int(at)], coming[int(to)]
    return entries, exits


def _crossed(
    matrix: Matrix, members: tuple[int, ...], entry: int | None, leave: int | None
) -> tuple[int, ...]:
    """Return the shortest path through a cluster (``SolveConstraintTSP``)."""
    path = solve_path(
        matrix[np.ix_(members, members)],
        None if entry is None else members.index(entry),
        None if leave is None else members.index(leave),
    )
    return tuple(members[index] for index in path)
