"""Compiling the street network of a city from an OpenStreetMap extract, once.

The network is OSMnx's walking network: its filter, its simplification, its lengths. OSMnx itself
simplifies towns; for large cities the same is done on arrays, which for Porto takes about two
seconds where the graph of Python objects takes three quarters of a minute. Tests hold it to OSMnx's
own graph, edge by edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.streets.contraction import Links, hierarchy
from planner.streets.extract import read_walkways
from planner.streets.ferries import is_afloat, landings, rides
from planner.streets.geodesy import METRES_PER_DEGREE, great_circle
from planner.streets.network import StreetNetwork, cell_keys
from planner.streets.simplification import main_component, street_runs

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from planner.library.osmfile import BBox
    from planner.streets.extract import Progress, Walkways

CELL_M: Final = 60.0
"""Side of a cell of the attachment grid in metres."""

BLOCK_M: Final = 400.0
"""Side of a block of nodes in metres."""


@dataclass(frozen=True, slots=True)
class BuiltStreets:
    """A network and what of the extract is not in it.

    Attributes
    ----------
    network
        The largest connected component.
    walkway_nodes
        Nodes of all walkways in the extract, before simplification.
    dropped_components, dropped_nodes
        How many smaller components were left out, and how many nodes they have together.
    """

    network: StreetNetwork
    walkway_nodes: int
    dropped_components: int
    dropped_nodes: int

    @property
    def fragmented(self) -> bool:
        """Tell whether less than nine tenths of the walkways are connected."""
        return self.dropped_nodes > 0.1 * self.walkway_nodes


def build_network(
    path: Path,
    *,
    bbox: BBox | None = None,
    progress: Progress | None = None,
    beyond: bool = True,
) -> BuiltStreets:
    """Build the walking network of an extract.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``, or what else libosmium reads.
    bbox
        West, south, east, north in degrees; streets are cut at its border.
    progress
        Called with what is being done and the part of the whole that is done, 0 to 1.
    beyond
        Whether what walkers know better than OSMnx counts, ferries among it; otherwise the network
        is OSMnx's own.

    Raises
    ------
    UnreadableFileError
        If the file is no extract, is truncated or empty, or holds no street (inside the box).
    """

    def reading(what: str, done: float) -> None:
        if progress is not None:
            progress(what, 0.8 * done)

    walkways = read_walkways(path, bbox=bbox, progress=reading, beyond=beyond)
    if progress is not None:
        progress("compiling streets", 0.8)
    built = compile_network(walkways)
    if progress is not None:
        progress("streets compiled", 1.0)
    return built


def compile_network(walkways: Walkways) -> BuiltStreets:
    """Simplify walkways and lay the main component out as arrays."""
    afloat = is_afloat(walkways)
    component = main_component(walkways, ~afloat)
    pieces = np.flatnonzero(component.pieces & ~afloat)
    water = np.flatnonzero(component.pieces & afloat)
    ashore = landings(walkways, pieces, water)
    ferries = rides(walkways, water, ashore)
    u, v = walkways.u[pieces], walkways.v[pieces]
    runs = street_runs(walkways, pieces, ashore)
    edges = len(runs.start) - 1

    tails = np.where(runs.half & 1, v[runs.half >> 1], u[runs.half >> 1])
    heads = np.where(runs.half & 1, u[runs.half >> 1], v[runs.half >> 1])
    first, last = tails[runs.start[:-1]], heads[runs.start[1:] - 1]

    nodes = np.unique(np.concatenate([first, last]))
    blocks = _blocks(walkways.lat[nodes], walkways.lon[nodes])
    nodes = nodes[blocks.order]
    number = np.full(len(walkways.node_id), -1, dtype=np.int64)
    number[nodes] = np.arange(len(nodes))

    metres = great_circle(
        walkways.lat[tails], walkways.lon[tails], walkways.lat[heads], walkways.lon[heads]
    )
    length = np.add.reduceat(metres, runs.start[:-1])

    # One vertex more than pieces in every edge: the edge's last node.
    vertex_start = runs.start + np.arange(edges + 1)
    own = np.arange(len(runs.half)) + np.repeat(np.arange(edges), np.diff(runs.start))
    final = vertex_start[1:] - 1

    def per_vertex(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        laid = np.empty(vertex_start[-1], dtype=values.dtype)
        laid[own] = values
        laid[final] = laid[final - 1]
        return laid

    along = np.cumsum(metres)
    before = along - metres
    vertex_m = per_vertex(before - np.repeat(before[runs.start[:-1]], np.diff(runs.start)))
    vertex_m[final] = length
    vertex_node = per_vertex(tails)
    vertex_node[final] = last

    def column(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        laid: npt.NDArray[Any] = values[pieces[runs.half >> 1]]
        return laid

    flags = column(walkways.flags)
    used, names = _used_names(np.concatenate([column(walkways.name), ferries.name]))
    names, ride_names = names[: len(runs.half)], names[len(runs.half) :]
    edge_u, edge_v = number[first].astype(np.int32), number[last].astype(np.int32)
    half_start, half_to, half_edge = _half_edges(edge_u, edge_v, len(nodes))
    climb = hierarchy(len(nodes), Links(edge_u.astype(np.int64), edge_v.astype(np.int64), length))
    name_start, name_bytes = _packed(tuple(walkways.names[i] for i in used))
    vertex_lat, vertex_lon = walkways.lat[vertex_node], walkways.lon[vertex_node]
    frame, cell_key, cell_start, cell_vertex = _grid(vertex_lat, vertex_lon, vertex_start)
    network = StreetNetwork(
        node_lat=walkways.lat[nodes],
        node_lon=walkways.lon[nodes],
        edge_u=edge_u,
        edge_v=edge_v,
        edge_length=length,
        edge_flags=np.bitwise_or.reduceat(flags, runs.start[:-1]),
        edge_name=_main_names(names, metres, runs.start),
        vertex_start=vertex_start,
        vertex_lat=vertex_lat,
        vertex_lon=vertex_lon,
        vertex_m=vertex_m,
        vertex_name=per_vertex(names),
        vertex_kind=per_vertex(column(walkways.kind)),
        vertex_flags=per_vertex(flags),
        node_part=_parts(len(nodes), edge_u, edge_v),
        half_start=half_start,
        half_to=half_to,
        half_edge=half_edge,
        rank=climb.rank,
        up_start=climb.start,
        up_to=climb.to,
        up_m=climb.metres,
        ride_a=number[ferries.a].astype(np.int32),
        ride_b=number[ferries.b].astype(np.int32),
        ride_s=ferries.seconds,
        ride_m=ferries.metres,
        ride_name=ride_names,
        ride_start=ferries.start,
        ride_lat=walkways.lat[ferries.node],
        ride_lon=walkways.lon[ferries.node],
        name_start=name_start,
        name_bytes=name_bytes,
        block_frame=blocks.frame,
        block_key=blocks.key,
        block_start=blocks.start,
        cell_frame=frame,
        cell_key=cell_key,
        cell_start=cell_start,
        cell_vertex=cell_vertex,
    )
    return BuiltStreets(
        network, len(walkways.node_id), len(component.others), sum(component.others)
    )


def _parts(nodes: int, u: npt.NDArray[np.int32], v: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return for every node the part of the streets that it is in."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(nodes, nodes))
    _, part = connected_components(links.tocsr(), directed=False)
    return np.asarray(part, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Points sorted into squares: their order, and where each square begins in it."""

    order: npt.NDArray[np.int64]
    frame: npt.NDArray[np.float64]
    key: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]


def _frame(
    lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64], side_m: float
) -> npt.NDArray[np.float64]:
    """Return south, west, and the height and width in degrees of squares over these points."""
    south, north = float(lat.min()), float(lat.max())
    height = side_m / METRES_PER_DEGREE
    width = height / max(float(np.cos(np.radians((south + north) / 2))), 0.01)
    return np.array([south, float(lon.min()), height, width], dtype=np.float64)


def _blocks(lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]) -> _Blocks:
    """Sort nodes by squares, so that those of a disc lie in few runs."""
    frame = _frame(lat, lon, BLOCK_M)
    keys = cell_keys(
        np.floor((lat - frame[0]) / frame[2]).astype(np.int64),
        np.floor((lon - frame[1]) / frame[3]).astype(np.int64),
    )
    order = np.argsort(keys, kind="stable")
    key, start = np.unique(keys[order], return_index=True)
    return _Blocks(order, frame, key, np.r_[start, len(order)].astype(np.int64))


def _half_edges(
    u: npt.NDArray[np.int32], v: npt.NDArray[np.int32], nodes: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Lay out both directions of every edge as compressed sparse rows."""
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    edge = np.tile(np.arange(len(u), dtype=np.int32), 2)
    order = np.lexsort((edge, head, tail))
    start = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=nodes), out=start[1:])
    return start, head[order], edge[order]


def _used_names(
    names: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return which names are in use, and the pieces' names as indices into those."""
    used = np.unique(names[names >= 0])
    renumbered = np.where(names >= 0, np.searchsorted(used, names), -1)
    return used, renumbered.astype(np.int32)


def _main_names(
    names: npt.NDArray[np.int32], metres: npt.NDArray[np.float64], start: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """Return for every edge the name that covers most of it, -1 where none does."""
    edge = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order = np.lexsort((names, edge))
    new = np.r_[True, (np.diff(edge[order]) != 0) | (np.diff(names[order]) != 0)]
    begin = np.flatnonzero(new)
    covered = np.add.reduceat(metres[order], begin)
    owner, name = edge[order][begin], names[order][begin]
    best = np.lexsort((name, covered, owner))
    last = np.r_[owner[best][1:] != owner[best][:-1], True]
    return name[best][last].astype(np.int32)


def _packed(names: tuple[str, ...]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Pack strings into one run of UTF-8 bytes with the places where they begin."""
    encoded = [name.encode("utf-8", "replace") for name in names]
    start = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in encoded], out=start[1:])
    return start, np.frombuffer(b"".join(encoded), dtype=np.uint8)


def _grid(
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    start: npt.NDArray[np.int64],
) -> tuple[
    npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int32]
]:
    """Sort pieces into square cells by their bounding boxes."""
    vertex = np.arange(len(lat), dtype=np.int64)
    is_piece = np.ones(len(lat), dtype=np.bool_)
    is_piece[start[1:] - 1] = False
    vertex = vertex[is_piece]

    frame = _frame(lat, lon, CELL_M)
    south, west, height, width = (float(value) for value in frame)

    def rows_of(values: npt.NDArray[np.float64], origin: float, side: float) -> tuple[Any, Any]:
        a = np.floor((values[vertex] - origin) / side).astype(np.int64)
        b = np.floor((values[vertex + 1] - origin) / side).astype(np.int64)
        return np.minimum(a, b), np.maximum(a, b)

    row0, row1 = rows_of(lat, south, height)
    column0, column1 = rows_of(lon, west, width)
    columns = column1 - column0 + 1
    count = (row1 - row0 + 1) * columns
    piece = np.repeat(np.arange(len(vertex)), count)
    nth = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    key = cell_keys(row0[piece] + nth // columns[piece], column0[piece] + nth % columns[piece])
    order = np.argsort(key, kind="stable")
    keys, begin = np.unique(key[order], return_index=True)
    cell_start = np.r_[begin, len(order)].astype(np.int64)
    return frame, keys, cell_start, vertex[piece[order]].astype(np.int32)
