"""Candidates narrowed down to those worth ordering, and the orders to choose stops along.

The paper's way through its spatial stage in one call: clusters, the choice among them, the
hierarchical tour, the start (ItiNera, section 3.5). Beside the paper's order stand an improved one
and, where no end fixes a direction, their reverses: opening hours may suit a walk one way round
and not the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.spatial.clusters import cluster, select
from planner.spatial.improvement import improve
from planner.spatial.ordering import order, select_start

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

CLUSTER_REACH_M: Final = 400.0
"""Places within this walk of each other may share a cluster (the paper's tau)."""
CANDIDATES: Final = 28
"""How many candidates the choice among clusters keeps (the paper's N^c)."""
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
    walkable = _walkable(metres, len(scores), anchors, required)
    padded = [*scores, *([0.0] * len(anchors))]
    clusters = cluster(
        metres, padded, threshold_m=CLUSTER_REACH_M, required=required, rows=walkable
    )
    chosen = {
        row for members in select(clusters, padded, limit=CANDIDATES, required=required)
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
        choose_start=lambda closed: select_start(
            closed, metres, padded, unhurried=unhurried, nightlife=nightlife
        ),
    )
    # Must-sees that no way leads to are named at the end, so that the reason can be told.
    lost = [row for row in rows if row not in set(tour)]
    shorter = improve(tour, metres, start=start, end=end)
    ways = [tour, shorter]
    if end is None or start == end:
        ways += [tour[::-1], shorter[::-1]]
    orders = dict.fromkeys(tuple(position[row] for row in (*way, *lost)) for way in ways)
    return Arrangement(rows, tuple(orders))


def _walkable(
    metres: npt.NDArray[np.float64],
    candidates: int,
    anchors: Sequence[int],
    required: Collection[int],
) -> list[int]:
    """Return the candidates that the anchors, or most other candidates, can walk to."""
    finite = np.isfinite(metres)
    if anchors:
        reached = finite[anchors].all(axis=0)
    else:
        centre = max(
            range(candidates),
            key=lambda row: (row in required, int(finite[row].sum()), -row),
            default=0,
        )
        reached = finite[centre]
    return [row for row in range(candidates) if reached[row]]
