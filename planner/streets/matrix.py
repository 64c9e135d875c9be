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

from planner.streets.climbing import climb, over_core
from planner.streets.contraction import Links, contract
from planner.streets.geodesy import plane
from planner.streets.network import NO_FLAGS
from planner.streets.surroundings import disc_around, surroundings, symmetric

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork, WayFlag
    from planner.streets.surroundings import Disc, Surroundings

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_FIRST_RADIUS: Final = 1.3
_MARGIN_M: Final = 250.0
_CORE_RADIUS: Final = 1.3
_CORE_MARGIN_M: Final = 1000.0
_GROWTH: Final = 1.08
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
    x, y = plane(attachments.point_lat, attachments.point_lon, around.lat, around.lon)
    count = len(attachments)
    search, metres, radius = _search(network, attachments, around.radius_m, avoid)
    disc = replace(around, radius_m=radius)
    part = network.node_part[network.edge_u[attachments.edge]]
    together = part[:, None] == part  # no street leads from one part to another
    sources = np.arange(count)
    while True:
        found, whole = search(sources, disc)
        metres[sources] = np.minimum(metres[sources], found)
        # Sums along a way and back differ in the last bit; one of the two is as good.
        np.minimum(metres, metres.T, out=metres)
        known = metres if limit_m is None else np.minimum(metres, limit_m)
        doubtful = _doubtful(x, y, known, disc.radius_m) & together
        if whole or not doubtful.any():
            return metres
        sources = _cover(doubtful)
        disc = replace(disc, radius_m=_larger(x, y, known, doubtful, disc.radius_m))


def _search(
    network: StreetNetwork, attachments: Attachments, radius_m: float, avoid: WayFlag
) -> tuple[Callable[[Ints, Disc], tuple[Floats, bool]], Floats, float]:
    """Choose how to search: over all streets there is a hierarchy, which pays for wider discs.

    Returns
    -------
    search
        Gives for some places and a disc (k, n) metres, and whether that was the whole network.
    metres
        (n, n) what is known before any search.
    radius
        Metres, of the first disc.
    """
    count = len(attachments)
    if avoid:

        def in_part(sources: Ints, disc: Disc) -> tuple[Floats, bool]:
            near = surroundings(network, attachments, disc, avoid)
            return distances(near, sources), near.whole

        unknown = np.full((count, count), np.inf)
        return in_part, unknown, radius_m * _FIRST_RADIUS + _MARGIN_M

    climbed = climb(network, attachments)

    def over_all(sources: Ints, disc: Disc) -> tuple[Floats, bool]:
        return over_core(network, climbed.core, count, sources, disc)

    np.fill_diagonal(climbed.below, 0.0)
    return over_all, climbed.below, radius_m * _CORE_RADIUS + _CORE_MARGIN_M


def distances(near: Surroundings, sources: npt.NDArray[np.int64]) -> Floats:
    """Return shortest distances in metres from some of the places of a surrounding to all.

    Parameters
    ----------
    near
        The graph; every place has a node in it.
    sources
        (k,) which places to start from.

    Returns
    -------
    metres
        (k, n).
    """
    from scipy.sparse.csgraph import dijkstra

    points, which = np.unique(near.terminal, return_inverse=True)
    keep = np.zeros(near.size, dtype=np.bool_)
    keep[points] = True
    links = contract(near.size, Links(near.a, near.b, near.metres), keep)
    nodes = np.union1d(np.concatenate([links.a, links.b]), points)
    rows = symmetric(
        len(nodes),
        np.searchsorted(nodes, links.a),
        np.searchsorted(nodes, links.b),
        links.metres,
    )
    at = np.searchsorted(nodes, points)
    starts, asked = np.unique(which[sources], return_inverse=True)
    along = dijkstra(rows, indices=at[starts])[:, at]
    return np.asarray(along[np.ix_(asked, which)], dtype=np.float64)


def _doubtful(x: Floats, y: Floats, metres: Floats, radius: float) -> npt.NDArray[np.bool_]:
    """Mark pairs for which a way over the border of a disc might be shorter than the one known."""
    doubtful: npt.NDArray[np.bool_] = np.zeros(metres.shape, dtype=np.bool_)
    # Most pairs are settled by how far each of the two places is from the border.
    inward = radius - np.hypot(x, y)
    near = inward[:, None] + inward <= metres * (1 + _PLANE_ERROR)
    i, j = np.nonzero(np.triu(near, k=1))
    straight, allowed = _over_border(x, y, metres[i, j], radius)
    short = np.zeros(len(i), dtype=np.bool_)
    for row in straight:
        short |= row[i] + row[j] <= allowed
    doubtful[i, j] = short
    doubtful[j, i] = short
    return doubtful


def _over_border(x: Floats, y: Floats, metres: Floats, radius: float) -> tuple[Floats, Floats]:
    """Return straight distances from points of a disc's border to places, and what is too short.

    A way over the border is longer than the one known if both its straight lines together are
    longer than that; the slack is for what lies between two points of the border.
    """
    angle = np.linspace(0.0, 2 * np.pi, _BORDER_POINTS, endpoint=False)
    straight = np.hypot(x - radius * np.cos(angle)[:, None], y - radius * np.sin(angle)[:, None])
    slack = 2 * np.pi * radius / _BORDER_POINTS  # twice the way to the next of these points
    return straight, (metres + slack) * (1 + _PLANE_ERROR)


def _cover(doubtful: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Choose few places such that every doubtful pair has one of them."""
    left = doubtful.copy()
    chosen: list[int] = []
    while left.any():
        place = int(left.sum(axis=1).argmax())
        chosen.append(place)
        left[place] = False
        left[:, place] = False
    return np.array(chosen, dtype=np.int64)


def _larger(
    x: Floats, y: Floats, metres: Floats, doubtful: npt.NDArray[np.bool_], radius: float
) -> float:
    """Return a radius outside of which no way can be shorter than those known.

    Where a distance is not known at all, the disc doubles.
    """
    i, j = np.nonzero(np.triu(doubtful))
    if not np.isfinite(metres[i, j]).all():
        return radius * 2
    while True:
        radius *= _GROWTH
        straight, allowed = _over_border(x, y, metres[i, j], radius)
        if (straight[:, i] + straight[:, j] > allowed).all():
            return radius
