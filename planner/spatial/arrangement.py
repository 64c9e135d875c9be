"""Candidates narrowed down to those worth ordering, and the orders to choose stops along.

The paper's way through its spatial stage in one call: clusters, the choice among them, the
hierarchical tour, the start (ItiNera, section 3.5). Beside the paper's order stand an improved one
and, where no end fixes a direction, the same two the other way round: opening hours may suit a
walk in one direction and not in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.spatial.clusters import cluster, select
from planner.spatial.improvement import improve
from planner.spatial.matrices import reachable
from planner.spatial.ordering import order, select_start

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy as np
    import numpy.typing as npt

CLUSTER_REACH_M: Final = 400.0
"""Places within this walk of each other may share a cluster (the paper's tau)."""
CANDIDATES: Final = 28
"""How many candidates the choice among clusters keeps (the paper's N^c)."""
COOLING: Final = 0.9
"""Quicker than the paper's 0.99 and as good, since the order is improved afterwards."""
BEST_ANSWERS: Final = 4
"""The best answers to each wish stay in whatever their cluster, so that no wish is lost."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The rows worth ordering, and orders of them.

    ``orders`` count in positions of ``rows``.
    """

    rows: tuple[int, ...]
    orders: tuple[tuple[int, ...], ...]


def arrange(
    metres: npt.NDArray[np.float64],
    *,
    scores: Sequence[float],
    required: Collection[int] = (),
    answers: Sequence[Sequence[int]] = (),
    unhurried: Collection[int] = (),
    nightlife: Collection[int] = (),
    start: int | None = None,
    end: int | None = None,
    seed: int = 0,
) -> Arrangement:
    """Narrow candidates down and order them.

    Parameters
    ----------
    metres
        Walking distances of shape (n, n); ``inf`` where there is no way.
    scores
        One for each candidate: the first rows of the matrix.
    required
        Rows of must-sees.
    answers
        For each wish the rows that answer it, best first.
    unhurried, nightlife
        Rows to begin with rather, and rows never to begin with.
    start, end
        Rows of the fixed start and end, behind the candidates.
    seed
        For the tour of the clusters.

    Returns
    -------
    Arrangement
        Rows that no way leads to are left out, unless they are required.
    """
    anchors = [row for row in (start, end) if row is not None]
    padded = [*scores, *([0.0] * len(anchors))]
    kept_rows = reachable(metres, padded, required=required, anchors=anchors).kept
    walkable = [row for row in kept_rows if row not in anchors]
    clusters = cluster(
        metres, padded, threshold_m=CLUSTER_REACH_M, required=required, rows=walkable
    )
    chosen = {
        row
        for members in select(clusters, padded, limit=CANDIDATES, required=required)
        for row in members
    }
    for rows in answers:
        best = sorted((row for row in rows if row in set(walkable)), key=lambda row: -scores[row])
        chosen.update(best[:BEST_ANSWERS])
    kept = [tuple(row for row in members if row in chosen) for members in clusters]
    rows = tuple(sorted({*chosen, *required}))
    position = {row: n for n, row in enumerate(rows)}
    tour = order(
        metres,
        [members for members in kept if members],
        seed=seed,
        start=start,
        end=end,
        cooling=COOLING,
        choose_start=lambda closed: select_start(
            closed, metres, padded, unhurried=unhurried, nightlife=nightlife
        ),
    )
    # Must-sees that no way leads to are named at the end, so that the reason can be told.
    lost = [row for row in rows if row not in set(tour)]
    orders = dict.fromkeys(
        tuple(position[row] for row in (*way, *lost)) for way in _ways(tour, metres, start, end)
    )
    return Arrangement(rows, tuple(orders))


def _ways(
    tour: tuple[int, ...], metres: npt.NDArray[np.float64], start: int | None, end: int | None
) -> tuple[tuple[int, ...], ...]:
    """Return the tour, a shorter one, and both the other way round where nothing fixes that.

    Without a fixed start the first stop was chosen with care and stays the first.
    """
    if not tour:
        return (tour,)
    if start is None and end is None:
        first, rest = tour[:1], tour[1:]
        shorter = improve(rest, metres, start=first[0])
        return (tour, (*first, *shorter), (*first, *rest[::-1]), (*first, *shorter[::-1]))
    shorter = improve(tour, metres, start=start, end=end)
    if end is None or start == end:
        return (tour, shorter, tour[::-1], shorter[::-1])
    return (tour, shorter)
