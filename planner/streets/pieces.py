"""The streets as plain edges between nodes, with some of their pieces cut out.

What may not be walked is marked piece by piece, while shortest ways run over edges. Here every
edge is cut where a piece is forbidden: what is left are edges that may be walked from end to end.
This is a plain reading of the stored arrays for whoever wants to measure anew, such as the
verifier; the planner's own search does not use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from planner.streets.network import StreetNetwork, WayFlag


def walkable_arrays(
    network: StreetNetwork, avoid: WayFlag, *, speed_ms: float
) -> dict[str, npt.NDArray[Any]]:
    """Return node positions, edges, lengths and geometry of what may be walked or ridden.

    Parameters
    ----------
    network
        The streets.
    avoid
        Pieces with any of these flags are cut out.
    speed_ms
        Walking speed in metres a second: the length of a ferry is what one walks in its time.

    Returns
    -------
    arrays
        ``node_lat``, ``node_lon`` (N,), ``edge_u``, ``edge_v``, ``edge_length`` (E,), and the
        vertices of every edge: ``vertex_start`` (E + 1,), ``vertex_lat``, ``vertex_lon`` (V,);
        where there are ferries, ``vertex_ferry`` (V,) marks theirs.
    """
    whole: dict[str, npt.NDArray[Any]] = {
        "node_lat": network.node_lat,
        "node_lon": network.node_lon,
        "edge_u": network.edge_u,
        "edge_v": network.edge_v,
        "edge_length": network.edge_length,
        "vertex_start": network.vertex_start,
        "vertex_lat": network.vertex_lat,
        "vertex_lon": network.vertex_lon,
    }
    shut = (np.asarray(network.vertex_flags) & np.uint8(avoid)) != 0
    if shut.any():
        whole = _cut(network, shut)
    return _with_rides(network, whole, speed_ms) if len(network.ride_a) else whole


def _with_rides(
    network: StreetNetwork, land: dict[str, npt.NDArray[Any]], speed_ms: float
) -> dict[str, npt.NDArray[Any]]:
    """Add every ferry as one more edge."""
    more = {
        "edge_u": network.ride_a,
        "edge_v": network.ride_b,
        "edge_length": np.asarray(network.ride_s) * speed_ms,
        "vertex_start": np.asarray(network.ride_start)[1:] + land["vertex_start"][-1],
        "vertex_lat": network.ride_lat,
        "vertex_lon": network.ride_lon,
    }
    joined = {
        name: np.concatenate([column, more[name]]) if name in more else column
        for name, column in land.items()
    }
    joined["vertex_ferry"] = np.arange(len(joined["vertex_lat"])) >= len(land["vertex_lat"])
    return joined


def _open_runs(shut: npt.NDArray[np.bool_], first: int, last: int) -> list[tuple[int, int]]:
    """Return first and last vertex of every run of open pieces between two vertices."""
    inside = shut[first:last]
    if not inside.any():
        return [(first, last)]
    # A piece is named by its first vertex; a run begins and ends where open and shut change.
    edges = np.flatnonzero(np.diff(np.concatenate([[True], inside, [True]]).astype(np.int8)))
    return [(int(a) + first, int(b) + first) for a, b in edges.reshape(-1, 2)]


def _cut(network: StreetNetwork, shut: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[Any]]:
    """Cut every edge at its shut pieces; a loose end becomes a node of its own."""
    lat, lon = np.asarray(network.vertex_lat), np.asarray(network.vertex_lon)
    along, starts = np.asarray(network.vertex_m), np.asarray(network.vertex_start)
    node_lat, node_lon = network.node_lat.tolist(), network.node_lon.tolist()
    ends: list[tuple[int, int, float]] = []
    vertices: list[npt.NDArray[np.int64]] = []

    def loose(vertex: int) -> int:
        node_lat.append(float(lat[vertex]))
        node_lon.append(float(lon[vertex]))
        return len(node_lat) - 1

    for edge in range(len(starts) - 1):
        first, last = int(starts[edge]), int(starts[edge + 1]) - 1
        for begin, end in _open_runs(shut, first, last):
            u = int(network.edge_u[edge]) if begin == first else loose(begin)
            v = int(network.edge_v[edge]) if end == last else loose(end)
            ends.append((u, v, float(along[end] - along[begin])))
            vertices.append(np.arange(begin, end + 1))
    taken = np.concatenate(vertices) if vertices else np.zeros(0, dtype=np.int64)
    sizes = [len(each) for each in vertices]
    return {
        "node_lat": np.array(node_lat),
        "node_lon": np.array(node_lon),
        "edge_u": np.array([u for u, _, _ in ends], dtype=np.int32),
        "edge_v": np.array([v for _, v, _ in ends], dtype=np.int32),
        "edge_length": np.array([length for _, _, length in ends]),
        "vertex_start": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        "vertex_lat": lat[taken],
        "vertex_lon": lon[taken],
    }
