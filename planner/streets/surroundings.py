"""The part of the network around some places, with the places as nodes of their own.

An edge that holds places is cut at each of them, so that every distance between places is a
distance between nodes: two places on one edge, on a loop or on parallel edges are no special case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.streets.geodesy import METRES_PER_DEGREE, plane
from planner.streets.network import NO_FLAGS, cell_keys

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork, WayFlag

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

SNAP_M: Final = 1e-6
"""Within this of an edge's end, a place is at the node."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """An undirected graph: m nodes, first those of the network, then places inside edges.

    Attributes
    ----------
    size
        Number of nodes m.
    a, b, metres
        (k,) the two nodes of every link, and its length.
    edge, from_m, to_m
        (k,) the stretch of an edge of the network that the link is: ``from_m`` at ``a``.
    terminal
        (n,) the node of every place, -1 for one that has no street.
    whole
        Whether nothing of the network was left away.
    """

    size: int
    a: Ints
    b: Ints
    metres: Floats
    edge: Ints
    from_m: Floats
    to_m: Floats
    terminal: Ints
    whole: bool


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle on the ground: centre in degrees, radius in metres."""

    lat: float
    lon: float
    radius_m: float


def disc_around(attachments: Attachments) -> Disc:
    """Return a circle that holds the street points of all reachable places."""
    reachable = attachments.reachable
    lat, lon = attachments.point_lat[reachable], attachments.point_lon[reachable]
    lat0, lon0 = float((lat.min() + lat.max()) / 2), float((lon.min() + lon.max()) / 2)
    x, y = plane(lat, lon, lat0, lon0)
    return Disc(lat0, lon0, float(np.hypot(x, y).max()))


def surroundings(
    network: StreetNetwork, attachments: Attachments, disc: Disc, avoid: WayFlag = NO_FLAGS
) -> Surroundings:
    """Cut the network to a disc and put the places in.

    Parameters
    ----------
    network
        The streets.
    attachments
        The places.
    disc
        Nodes outside are left away, except the ends of edges that hold places.
    avoid
        Stretches with any of these flags are left away.
    """
    held = np.unique(attachments.edge[attachments.reachable])
    nodes = np.union1d(
        nodes_within(network, disc), [network.edge_u[held], network.edge_v[held]]
    ).astype(np.int64)
    terminal, cut_edge, cut_m = _terminals(network, attachments, nodes)
    chains = _chains(network, nodes, cut_edge, cut_m)
    edge = np.setdiff1d(_edges_between(network, nodes), cut_edge, assume_unique=False)
    links: dict[str, npt.NDArray[Any]] = {
        "a": np.searchsorted(nodes, network.edge_u[edge]),
        "b": np.searchsorted(nodes, network.edge_v[edge]),
        "edge": edge,
        "from_m": np.zeros(len(edge)),
        "to_m": network.edge_length[edge],
    }
    links = {name: np.concatenate([column, chains[name]]) for name, column in links.items()}
    if avoid:
        passable = _passable(network, links["edge"], links["from_m"], links["to_m"], avoid)
        links = {name: column[passable] for name, column in links.items()}
    return Surroundings(
        size=len(nodes) + len(cut_edge),
        metres=links["to_m"] - links["from_m"],
        terminal=terminal,
        whole=len(nodes) == network.node_count,
        **links,
    )


def nodes_within(network: StreetNetwork, disc: Disc) -> Ints:
    """Return the nodes in a disc, ascending; only blocks that it touches are looked at."""
    south, west, height, width = (float(value) for value in network.block_frame)
    reach_lat = disc.radius_m / METRES_PER_DEGREE
    reach_lon = reach_lat / max(math.cos(math.radians(disc.lat)), 0.01)
    row = np.arange(
        math.floor((disc.lat - reach_lat - south) / height),
        math.floor((disc.lat + reach_lat - south) / height) + 1,
        dtype=np.int64,
    )
    first = np.full_like(row, math.floor((disc.lon - reach_lon - west) / width))
    last = np.full_like(row, math.floor((disc.lon + reach_lon - west) / width))
    left = np.searchsorted(network.block_key, cell_keys(row, first))
    right = np.searchsorted(network.block_key, cell_keys(row, last), side="right")
    nodes = ranges(network.block_start[left], network.block_start[right])
    x, y = plane(network.node_lat[nodes], network.node_lon[nodes], disc.lat, disc.lon)
    inside: Ints = nodes[x * x + y * y <= disc.radius_m * disc.radius_m]
    return inside


def _edges_between(network: StreetNetwork, nodes: Ints) -> Ints:
    """Return the edges whose two ends are different nodes of these (ascending)."""
    start, stop = network.half_start[nodes], network.half_start[nodes + 1]
    half = ranges(start, stop)
    tail = np.repeat(nodes, stop - start)
    head = network.half_to[half]
    at = np.minimum(np.searchsorted(nodes, head), len(nodes) - 1)
    edges: Ints = network.half_edge[half[(tail < head) & (nodes[at] == head)]].astype(np.int64)
    return edges


def ranges(start: npt.NDArray[Any], stop: npt.NDArray[Any]) -> Ints:
    """Return the numbers of many ranges, one range after the other."""
    count = (stop - start).astype(np.int64)
    before = np.cumsum(count) - count
    numbers: Ints = np.arange(int(count.sum()), dtype=np.int64) + np.repeat(start - before, count)
    return numbers


def _terminals(
    network: StreetNetwork, attachments: Attachments, nodes: Ints
) -> tuple[Ints, Ints, Floats]:
    """Give the places nodes; return the cuts inside edges, sorted along each edge."""
    at = np.flatnonzero(attachments.reachable)
    edge, along = attachments.edge[at].astype(np.int64), attachments.along_m[at]
    length = network.edge_length[edge]
    terminal = np.full(len(attachments), -1, dtype=np.int64)
    at_u = along <= SNAP_M
    at_v = ~at_u & (along >= length - SNAP_M)
    terminal[at[at_u]] = np.searchsorted(nodes, network.edge_u[edge[at_u]])
    terminal[at[at_v]] = np.searchsorted(nodes, network.edge_v[edge[at_v]])
    inner = ~at_u & ~at_v
    cuts, which = np.unique(
        np.stack([edge[inner].astype(np.float64), along[inner]], axis=1),
        axis=0,
        return_inverse=True,
    )
    terminal[at[inner]] = len(nodes) + which.reshape(-1)
    return terminal, cuts[:, 0].astype(np.int64), cuts[:, 1]


def _chains(
    network: StreetNetwork, nodes: Ints, edge: Ints, along: Floats
) -> dict[str, npt.NDArray[Any]]:
    """Return the links of edges that are cut: from u over every cut to v."""
    if not len(edge):
        none = np.zeros(0, dtype=np.int64)
        return {"a": none, "b": none, "edge": none, "from_m": np.zeros(0), "to_m": np.zeros(0)}
    own = len(nodes) + np.arange(len(edge))
    first = np.r_[True, edge[1:] != edge[:-1]]
    last = np.r_[first[1:], True]
    before = np.where(first, np.searchsorted(nodes, network.edge_u[edge]), own - 1)
    before_m = np.where(first, 0.0, np.r_[0.0, along[:-1]])
    return {
        "a": np.concatenate([before, own[last]]),
        "b": np.concatenate([own, np.searchsorted(nodes, network.edge_v[edge[last]])]),
        "edge": np.concatenate([edge, edge[last]]),
        "from_m": np.concatenate([before_m, along[last]]),
        "to_m": np.concatenate([along, network.edge_length[edge[last]]]),
    }


def _passable(
    network: StreetNetwork, edge: Ints, from_m: Floats, to_m: Floats, avoid: WayFlag
) -> npt.NDArray[np.bool_]:
    """Tell which stretches hold no piece with any of the flags."""
    flags = np.uint8(avoid)
    passable: npt.NDArray[np.bool_] = (network.edge_flags[edge] & flags) == 0
    partial = (from_m > 0.0) | (to_m < network.edge_length[edge])
    for link in np.flatnonzero(~passable & partial):
        begin, end = network.vertex_start[edge[link]], network.vertex_start[edge[link] + 1]
        metres = network.vertex_m[begin:end]
        touched = (metres[1:] > from_m[link] + SNAP_M) & (metres[:-1] < to_m[link] - SNAP_M)
        passable[link] = not (network.vertex_flags[begin : end - 1][touched] & flags).any()
    return passable


def symmetric(size: int, a: Ints, b: Ints, metres: Floats) -> csr_array:
    """Return undirected links as a symmetric sparse matrix of metres.

    Parallel links stay entries of their own, and a link of no length stays a link: the searches
    of SciPy take both as they are.
    """
    from scipy.sparse import csr_array

    tail = np.concatenate([a, b])
    order = np.argsort(tail, kind="stable")
    start = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=size), out=start[1:])
    head = np.concatenate([b, a])[order].astype(np.int32)
    return csr_array((np.concatenate([metres, metres])[order], head, start), shape=(size, size))
