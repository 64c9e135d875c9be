"""Putting places on streets: the nearest point on an edge, inside it where it is nearest.

The grid that the network carries makes the search cheap without any index to build: a block of
cells around each place is enough as soon as something nearer than the block's edge was found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.streets.geodesy import METRES_PER_DEGREE, great_circle
from planner.streets.network import NO_FLAGS, cell_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from planner.domain import Position
    from planner.streets.network import StreetNetwork, WayFlag

LIMIT_M: Final = 500.0
"""How far from a street a place may lie and still be reached on foot."""

_CELLS_AT_ONCE: Final = 40_000


@dataclass(frozen=True, eq=False)
class Attachments:
    """Where n places meet the network.

    Attributes
    ----------
    lat, lon
        (n,) the places themselves, in degrees.
    edge
        (n,) the edge of the nearest street, -1 for a place that no street is near.
    along_m
        (n,) metres along that edge from its node ``u``.
    approach_m
        (n,) metres (great-circle) between the place and the street; infinite without one.
    point_lat, point_lon
        (n,) the point on the street.
    """

    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]
    edge: npt.NDArray[np.int32]
    along_m: npt.NDArray[np.float64]
    approach_m: npt.NDArray[np.float64]
    point_lat: npt.NDArray[np.float64]
    point_lon: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def reachable(self) -> npt.NDArray[np.bool_]:
        """(n,) whether each place has a street."""
        return self.edge >= 0

    def take(self, indices: Sequence[int]) -> Attachments:
        """Return the attachments of some of the places, in the order asked for."""
        at = np.asarray(indices, dtype=np.int64)
        return Attachments(
            self.lat[at],
            self.lon[at],
            self.edge[at],
            self.along_m[at],
            self.approach_m[at],
            self.point_lat[at],
            self.point_lon[at],
        )


def attach(
    network: StreetNetwork,
    positions: Sequence[Position],
    *,
    limit_m: float = LIMIT_M,
    avoid: WayFlag = NO_FLAGS,
) -> Attachments:
    """Attach places to the nearest point on an edge.

    Parameters
    ----------
    network
        The streets.
    positions
        The places; one that is no point on the ground (not finite) is unreachable.
    limit_m
        Places farther than this from every street are unreachable.
    avoid
        Pieces with any of these flags take no places.
    """
    lat = np.array([position.lat for position in positions], dtype=np.float64)
    lon = np.array([position.lon for position in positions], dtype=np.float64)
    vertex = np.full(len(lat), -1, dtype=np.int64)
    share = np.zeros(len(lat))
    todo = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90.0))  # noqa: PLR2004
    if len(todo):
        side = _cell_side(network, lat[todo])
        for reach in sorted({1, math.ceil(limit_m / side)}):
            found, part, near = _nearest(network, lat[todo], lon[todo], reach, avoid)
            vertex[todo], share[todo] = found, part
            todo = todo[near > reach * side]
    return _attachments(network, lat, lon, vertex, share, limit_m)


def _attachments(
    network: StreetNetwork,
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    vertex: npt.NDArray[np.int64],
    share: npt.NDArray[np.float64],
    limit_m: float,
) -> Attachments:
    """Turn pieces and shares along them into attachments."""
    found = np.flatnonzero(vertex >= 0)
    a, t = vertex[found], share[found]
    a_lat, a_lon = network.vertex_lat[a], network.vertex_lon[a]
    point_lat, point_lon = lat.copy(), lon.copy()
    point_lat[found] = a_lat + t * (network.vertex_lat[a + 1] - a_lat)
    point_lon[found] = a_lon + t * (network.vertex_lon[a + 1] - a_lon)
    approach = np.full(len(lat), np.inf)
    approach[found] = great_circle(lat[found], lon[found], point_lat[found], point_lon[found])
    along = np.zeros(len(lat))
    along[found] = network.vertex_m[a] + t * (network.vertex_m[a + 1] - network.vertex_m[a])
    edge = np.full(len(lat), -1, dtype=np.int32)
    edge[found] = np.searchsorted(network.vertex_start, a, side="right") - 1
    far = approach > limit_m
    edge[far], along[far], approach[far] = -1, 0.0, np.inf
    point_lat[far], point_lon[far] = lat[far], lon[far]
    return Attachments(lat, lon, edge, along, approach, point_lat, point_lon)


def _cell_side(network: StreetNetwork, lat: npt.NDArray[np.float64]) -> float:
    """Return the shorter side of a cell in metres, at the latitude where it is shortest."""
    _, _, height, width = (float(value) for value in network.cell_frame)
    narrowest = math.cos(math.radians(min(float(np.abs(lat).max()), 89.0)))
    return max(1.0, METRES_PER_DEGREE * min(height, width * narrowest))


def _nearest(
    network: StreetNetwork,
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    reach: int,
    avoid: WayFlag,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Find the nearest piece among the cells at most ``reach`` away.

    Returns
    -------
    vertex, share, metres
        (n,) first vertex of the piece or -1, where along it (0 to 1), how far it is.
    """
    vertex = np.full(len(lat), -1, dtype=np.int64)
    share = np.zeros(len(lat))
    metres = np.full(len(lat), np.inf)
    block = (2 * reach + 1) ** 2
    at_once = max(1, _CELLS_AT_ONCE // block)
    for begin in range(0, len(lat), at_once):
        part = slice(begin, begin + at_once)
        place, candidate = _candidates(network, lat[part], lon[part], reach)
        if avoid:
            passable = (network.vertex_flags[candidate] & np.uint8(avoid)) == 0
            place, candidate = place[passable], candidate[passable]
        if not len(place):
            continue
        t, d = _to_piece(network, candidate, lat[part][place], lon[part][place])
        first = np.flatnonzero(np.r_[True, np.diff(place) != 0])
        least = np.minimum.reduceat(d, first)
        group = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(place)]))
        winners = np.flatnonzero(d == least[group])
        _, chosen = np.unique(group[winners], return_index=True)
        best = winners[chosen]
        vertex[begin + place[best]] = candidate[best]
        share[begin + place[best]] = t[best]
        metres[begin + place[best]] = d[best]
    return vertex, share, metres


def _candidates(
    network: StreetNetwork,
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    reach: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pairs of a place and a piece in a cell near it, place by place."""
    south, west, height, width = (float(value) for value in network.cell_frame)
    row = np.floor((lat - south) / height).astype(np.int64)
    column = np.floor((lon - west) / width).astype(np.int64)
    steps = np.arange(-reach, reach + 1)
    rows = row[:, None] + np.repeat(steps, len(steps))
    columns = column[:, None] + np.tile(steps, len(steps))
    keys = cell_keys(rows, columns).ravel()
    cell = np.minimum(np.searchsorted(network.cell_key, keys), len(network.cell_key) - 1)
    known = np.flatnonzero(network.cell_key[cell] == keys)
    cell = cell[known]
    count = network.cell_start[cell + 1] - network.cell_start[cell]
    place = np.repeat(known // len(steps) ** 2, count)
    nth = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    entry = np.repeat(network.cell_start[cell], count) + nth
    return place, network.cell_vertex[entry].astype(np.int64)


def _to_piece(
    network: StreetNetwork,
    vertex: npt.NDArray[np.int64],
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where along each piece its nearest point to a place is (0 to 1), and how far."""
    east = METRES_PER_DEGREE * np.cos(np.radians(lat))
    ax = (network.vertex_lon[vertex] - lon) * east
    ay = (network.vertex_lat[vertex] - lat) * METRES_PER_DEGREE
    dx = (network.vertex_lon[vertex + 1] - lon) * east - ax
    dy = (network.vertex_lat[vertex + 1] - lat) * METRES_PER_DEGREE - ay
    square = dx * dx + dy * dy
    t = np.clip(-(ax * dx + ay * dy) / np.where(square > 0.0, square, 1.0), 0.0, 1.0)
    return t, np.hypot(ax + t * dx, ay + t * dy)
