"""Squares and other areas that walkers cross: straight lines between the places where one enters.

A square is a polygon in OpenStreetMap, of which a street network knows nothing. Walkers go along
its rim, and straight from any entrance to any other that they see, past the corners that stand in
the way. All of it is made of nodes that the map has already. A line that saves next to nothing
over shorter ones is left away, so that a square of many entrances needs a part of them only (a
greedy spanner: Althöfer et al. 1993).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.streets.geodesy import METRES_PER_DEGREE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from planner.streets.walkways import Walkway

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

MOST_POINTS: Final = 40
"""So many entrances and corners of a square are joined at most; from others one takes the rim."""

_DETOUR: Final = 1.03
"""No way between two points of a square that see each other is longer than this times straight."""

_CORNER_DEGREES: Final = 5.0
_RIM_M: Final = 0.05
_DEGREE: Final = 1e-7


@dataclass(frozen=True, slots=True)
class Chain:
    """A run of OSM nodes: ids, and positions in 1e-7 degrees."""

    refs: tuple[int, ...]
    xs: tuple[int, ...]
    ys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """An area that may be crossed: what it is, its closed rims, and those of its holes."""

    walkway: Walkway
    outer: tuple[Chain, ...]
    inner: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """Straight lines over one square: (k,) indices of the ends of each among its points."""

    refs: Ints
    xs: npt.NDArray[np.int32]
    ys: npt.NDArray[np.int32]
    a: Ints
    b: Ints


def closed_rims(chains: Iterable[Chain]) -> tuple[Chain, ...]:
    """Join chains at their ends to closed rims; what does not close is left away."""
    left = [chain for chain in chains if len(chain.refs) > 1]
    rims: list[Chain] = []
    while left:
        rim = left.pop()
        while rim.refs[0] != rim.refs[-1]:
            for index, chain in enumerate(left):
                if rim.refs[-1] in {chain.refs[0], chain.refs[-1]}:
                    del left[index]
                    rim = _joined(rim, chain)
                    break
            else:
                break
        if rim.refs[0] == rim.refs[-1] and len(rim.refs) > 3:  # noqa: PLR2004 - a triangle
            rims.append(rim)
    return tuple(rims)


def _joined(first: Chain, second: Chain) -> Chain:
    step = 1 if second.refs[0] == first.refs[-1] else -1
    return Chain(
        first.refs + second.refs[::step][1:],
        first.xs + second.xs[::step][1:],
        first.ys + second.ys[::step][1:],
    )


def rim_refs(square: Square) -> Ints:
    """Return the ids of all nodes of a square's rims, ascending."""
    return np.unique([ref for rim in (*square.outer, *square.inner) for ref in rim.refs])


def crossing_lines(square: Square, entrances: Ints) -> Lines | None:
    """Return the lines that walkers take over a square, its rims included.

    Parameters
    ----------
    square
        The area.
    entrances
        Ids, ascending, of nodes at which walkways meet it, and any others; no line where there is
        none.
    """
    rims = (*square.outer, *square.inner)
    refs = np.array([ref for rim in rims for ref in rim.refs[:-1]], dtype=np.int64)
    xs = np.array([x for rim in rims for x in rim.xs[:-1]], dtype=np.int32)
    ys = np.array([y for rim in rims for y in rim.ys[:-1]], dtype=np.int32)
    if not len(entrances):
        return None
    # np.isin would sort all entrances of the city for every square.
    at = np.minimum(np.searchsorted(entrances, refs), len(entrances) - 1)
    is_entrance = entrances[at] == refs
    if not is_entrance.any():
        return None
    sizes = np.array([len(rim.refs) - 1 for rim in rims])
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    here = np.arange(len(refs))
    after = first + (here - first + 1) % np.repeat(sizes, sizes)
    a, b = here, after
    points = _metres(xs, ys)
    chosen = _chosen(points, sizes, len(square.outer), is_entrance)
    i, j = np.triu_indices(len(chosen), k=1)
    i, j = chosen[i], chosen[j]
    beside = (after[i] == j) | (after[j] == i) | (refs[i] == refs[j])
    i, j = i[~beside], j[~beside]
    seen = _seen(points, sizes, len(square.outer), i, j)
    i, j = _worthwhile(points, sizes, i[seen], j[seen])
    return Lines(refs, xs, ys, np.concatenate([a, i]), np.concatenate([b, j]))


def _worthwhile(points: Floats, sizes: Ints, i: Ints, j: Ints) -> tuple[Ints, Ints]:
    """Leave away lines that shorter ones and the rims replace almost without a detour."""
    used, ends = np.unique(np.concatenate([i, j]), return_inverse=True)
    a, b = ends.reshape(2, -1)
    metres = np.hypot(*(points[i] - points[j]).T)
    apart = _along_rims(points, sizes, used)
    kept: list[int] = []
    for line in np.argsort(metres, kind="stable").tolist():
        u, v, length = int(a[line]), int(b[line]), float(metres[line])
        if apart[u, v] > _DETOUR * length:
            kept.append(line)
            over = apart[:, u, None] + (length + apart[v])
            np.minimum(apart, np.minimum(over, over.T), out=apart)
    return i[kept], j[kept]


def _along_rims(points: Floats, sizes: Ints, used: Ints) -> Floats:
    """Return how far points are from each other along their rim; infinite on different rims."""
    apart = np.full((len(used), len(used)), np.inf)
    begin = 0
    for size in sizes.tolist():
        rim = points[begin : begin + size]
        steps = np.hypot(*(np.roll(rim, -1, axis=0) - rim).T)
        at = np.r_[0.0, np.cumsum(steps)]
        here = np.flatnonzero((used >= begin) & (used < begin + size))
        along = at[used[here] - begin]
        one_way = np.abs(along[:, None] - along)
        apart[np.ix_(here, here)] = np.minimum(one_way, at[-1] - one_way)
        begin += size
    return apart


def _metres(xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32]) -> Floats:
    """Return points in a plane, in metres from the first."""
    lat = float(ys.mean()) * _DEGREE
    scale = METRES_PER_DEGREE * _DEGREE
    east = (xs - float(xs[0])) * scale * math.cos(math.radians(lat))
    return np.stack([east, (ys - float(ys[0])) * scale], axis=1)


def _chosen(points: Floats, sizes: Ints, outer: int, is_entrance: npt.NDArray[np.bool_]) -> Ints:
    """Return which points lines may end at: entrances, and corners that stand in the way."""
    corner = np.zeros(len(points), dtype=np.bool_)
    begin = 0
    for which, size in enumerate(sizes.tolist()):
        rim = points[begin : begin + size]
        into = rim - np.roll(rim, 1, axis=0)
        out = np.roll(rim, -1, axis=0) - rim
        turn = np.degrees(
            np.arctan2(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0], (into * out).sum(axis=1))
        )
        # Seen from inside the square: right turns of a rim that goes left around, and the other
        # way about for holes.
        way_round = math.copysign(1.0, turn.sum()) * (1.0 if which < outer else -1.0)
        corner[begin : begin + size] = turn * way_round < -_CORNER_DEGREES
        begin += size
    chosen = np.flatnonzero(is_entrance | corner)
    if len(chosen) > MOST_POINTS:
        chosen = np.flatnonzero(is_entrance)
    if len(chosen) > MOST_POINTS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOST_POINTS).round().astype(np.int64)]
    return chosen


def _seen(points: Floats, sizes: Ints, outer: int, i: Ints, j: Ints) -> npt.NDArray[np.bool_]:
    """Tell which straight lines stay inside the square."""
    import shapely

    if not len(i):
        return np.zeros(0, dtype=np.bool_)
    rims = [shapely.Polygon(rim) for rim in np.split(points, np.cumsum(sizes)[:-1])]
    if not all(rim.is_valid for rim in rims):  # a rim that crosses itself has no inside
        return np.zeros(len(i), dtype=np.bool_)
    holes = shapely.union_all(rims[outer:])
    ground = shapely.buffer(shapely.difference(shapely.union_all(rims[:outer]), holes), _RIM_M)
    shapely.prepare(ground)
    lines = shapely.linestrings(np.stack([points[i], points[j]], axis=1))
    return np.asarray(shapely.covers(ground, lines), dtype=np.bool_)
