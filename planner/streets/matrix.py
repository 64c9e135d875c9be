"""Exact walking distances between many places.

The search runs on the part of the network in a disc around the places. That this is exact is
proved, not assumed: a path that leaves the disc must touch its border, so it is at least as long
as the straight lines from one place to the border and on to the other. Where that does not exceed
the distance found inside, the disc grows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.streets.geodesy import plane
from planner.streets.network import NO_FLAGS
from planner.streets.surroundings import adjacency, disc_around, surroundings

if TYPE_CHECKING:
    import numpy.typing as npt

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork, WayFlag
    from planner.streets.surroundings import Disc, Surroundings

    Floats = npt.NDArray[np.float64]

_FIRST_RADIUS: Final = 1.3
_MARGIN_M: Final = 250.0
_GROWTH: Final = 1.3
_BORDER_POINTS: Final = 120
# Straight lines are measured in a plane; within any city it is true to less than this.
_PLANE_ERROR: Final = 0.005


def walk_matrix(
    network: StreetNetwork,
    attachments: Attachments,
    *,
    limit_m: float | None = None,
    avoid: WayFlag = NO_FLAGS,
) -> npt.NDArray[np.float64]:
    """Return the walking distance between every two places.

    The distance is the approach from one place to its street, the shortest way along streets,
    and the approach to the other place. Two places at the very same position are 0 apart. So it is
    a metric: symmetric, 0 on the diagonal, and no detour over a third place is shorter.

    Parameters
    ----------
    network
        The streets.
    attachments
        n places on them.
    limit_m
        Distances above this need not be known and are infinite.
    avoid
        Stretches with any of these flags are not walked on.

    Returns
    -------
    matrix
        (n, n) metres; infinite where there is no way.
    """
    count = len(attachments)
    metres = np.full((count, count), np.inf)
    at = np.flatnonzero(attachments.reachable)
    if len(at):
        reached = attachments.take(at.tolist())
        along = _street_distances(network, reached, limit_m, avoid)
        approach = reached.approach_m
        metres[np.ix_(at, at)] = along + (approach[:, None] + approach[None, :])
    if limit_m is not None:
        metres[metres > limit_m] = np.inf
    same = (attachments.lat[:, None] == attachments.lat) & (
        attachments.lon[:, None] == attachments.lon
    )
    metres[same] = 0.0
    return metres


def _street_distances(
    network: StreetNetwork, attachments: Attachments, limit_m: float | None, avoid: WayFlag
) -> Floats:
    """Return distances between the street points of places, exact up to the limit."""
    around = disc_around(attachments)
    disc = replace(around, radius_m=around.radius_m * _FIRST_RADIUS + _MARGIN_M)
    while True:
        near = surroundings(network, attachments, disc, avoid)
        metres = distances(near)
        if near.whole:
            return metres
        known = metres if limit_m is None else np.minimum(metres, limit_m)
        needed = _needed_radius(attachments, known, disc)
        if needed <= disc.radius_m:
            return metres
        disc = replace(disc, radius_m=needed)


def distances(near: Surroundings) -> Floats:
    """Return shortest distances in metres between the places of a surrounding."""
    from scipy.sparse.csgraph import dijkstra

    points, which = np.unique(near.terminal, return_inverse=True)
    matrix = adjacency(near)
    along = dijkstra(matrix, directed=True, indices=points)[:, points]
    # Sums along a way and back differ in the last bit; one of the two is as good as the other.
    along = np.minimum(along, along.T)
    return np.asarray(along[np.ix_(which, which)], dtype=np.float64)


def _needed_radius(attachments: Attachments, metres: Floats, disc: Disc) -> float:
    """Return a radius outside of which no path can be shorter than those known.

    Where a distance is not known at all, the disc doubles.
    """
    if not np.isfinite(metres).all():
        return disc.radius_m * 2
    x, y = plane(attachments.point_lat, attachments.point_lon, disc.lat, disc.lon)
    radius = disc.radius_m
    while not _border_is_far(x, y, metres, radius):
        radius *= _GROWTH
    return radius


def _border_is_far(x: Floats, y: Floats, metres: Floats, radius: float) -> bool:
    """Tell whether every way over the border of a disc is longer than the ways known."""
    angle = np.linspace(0.0, 2 * np.pi, _BORDER_POINTS, endpoint=False)
    slack = 2 * np.pi * radius / _BORDER_POINTS  # twice the way to the next border point
    allowed = (metres + slack) * (1 + _PLANE_ERROR)
    for border_x, border_y in zip(radius * np.cos(angle), radius * np.sin(angle), strict=True):
        straight = np.hypot(x - border_x, y - border_y)
        if (straight[:, None] + straight[None, :] <= allowed).any():
            return False
    return True
