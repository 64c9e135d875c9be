"""The published spatial method in one call: clusters, the choice among them, the tour, the start.

ItiNera, section 3.5. What comes out is the order that its last step picks stops from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.spatial.clusters import cluster, select
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


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The rows worth ordering, and the tour through them, in positions of ``rows``."""

    rows: tuple[int, ...]
    order: tuple[int, ...]


def arrange(
    metres: npt.NDArray[np.float64],
    *,
    scores: Sequence[float],
    required: Collection[int] = (),
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
    return Arrangement(rows, tuple(position[row] for row in (*tour, *lost)))
