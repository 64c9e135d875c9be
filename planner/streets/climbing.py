"""Distances over all streets, by climbing the hierarchy that a compiled network carries.

From either end of its edge a place climbs to nodes of ever higher rank, all places at once, round
by round. Where two climbs meet below the core there may be a shortest way; all others lead over the
core, where a search among the few nodes of it that lie in a disc joins the climbs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.streets.contraction import CORE
from planner.streets.surroundings import nodes_within, ranges

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork
    from planner.streets.surroundings import Disc

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labels:
    """How far places are from nodes that they climb to.

    Attributes
    ----------
    place, node, metres
        (k,) place, node of the network, and the way between them; no pair is there twice.
    """

    place: Ints
    node: Ints
    metres: Floats


@dataclass(frozen=True, slots=True)
class Climb:
    """What is known of places before the core is searched.

    Attributes
    ----------
    below
        (n, n) metres of the ways between places that do not touch the core.
    core
        The labels of nodes in the core, sorted by place.
    """

    below: Floats
    core: Labels


def climb(network: StreetNetwork, attachments: Attachments) -> Climb:
    """Climb from all places to the core.

    Parameters
    ----------
    network
        The streets.
    attachments
        n places, each of which has a street.
    """
    count = len(attachments)
    edge, along = attachments.edge, attachments.along_m
    every = np.arange(count, dtype=np.int64)
    rest = np.maximum(network.edge_length[edge] - along, 0.0)
    labels = _shortest(
        np.concatenate([every, every]),
        np.concatenate([network.edge_u[edge], network.edge_v[edge]]).astype(np.int64),
        np.concatenate([along, rest]),
        network.node_count,
    )
    below = np.full((count, count), np.inf)
    _along_one_edge(below, edge, along)
    while len(labels.node):
        rank = network.rank[labels.node]
        lowest = int(rank.min())
        if lowest == CORE:
            break
        now = rank == lowest
        place, node, metres = labels.place[now], labels.node[now], labels.metres[now]
        _meet(below, place, node, metres)
        start, stop = network.up_start[node], network.up_start[node + 1]
        link = ranges(start, stop)
        times = stop - start
        higher = ~now
        labels = _shortest(
            np.concatenate([labels.place[higher], np.repeat(place, times)]),
            np.concatenate([labels.node[higher], network.up_to[link]]),
            np.concatenate([labels.metres[higher], np.repeat(metres, times) + network.up_m[link]]),
            network.node_count,
        )
    return Climb(below, labels)


def _shortest(place: Ints, node: Ints, metres: Floats, nodes: int) -> Labels:
    """Keep the shortest of labels with the same place and node, sorted by place and node."""
    key = place * nodes + node
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    if not len(first):
        return Labels(place, node, metres)
    one = order[first]
    return Labels(place[one], node[one], np.minimum.reduceat(metres[order], first))


def _along_one_edge(below: Floats, edge: npt.NDArray[np.int32], along: Floats) -> None:
    """Enter the ways between places of the same edge that do not leave it."""
    every = np.arange(len(edge), dtype=np.int64)
    i, j = _pairs(edge.astype(np.int64), every)
    below[i, j] = np.abs(along[i] - along[j])


def _meet(below: Floats, place: Ints, node: Ints, metres: Floats) -> None:
    """Enter the ways between places that have labels of the same node."""
    every = np.arange(len(place), dtype=np.int64)
    i, j = _pairs(node, every)
    np.minimum.at(below, (place[i], place[j]), metres[i] + metres[j])


def _pairs(key: Ints, item: Ints) -> tuple[Ints, Ints]:
    """Return all ordered pairs of two items with the same key, but none with itself."""
    order = np.argsort(key, kind="stable")
    key, item = key[order], item[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    size = np.diff(np.r_[first, len(key)])
    crowded = size > 1
    first, size = first[crowded], size[crowded]
    one = ranges(first, first + size)
    times = np.repeat(size, size)
    other = ranges(np.repeat(first, size), np.repeat(first + size, size))
    one = np.repeat(one, times)
    differ = one != other
    return item[one[differ]], item[other[differ]]


def over_core(
    network: StreetNetwork, labels: Labels, places: int, sources: Ints, disc: Disc
) -> tuple[Floats, bool]:
    """Return the ways between places over nodes of the core that lie in a disc.

    Parameters
    ----------
    network
        The streets.
    labels
        The core's labels of all places, sorted by place.
    places
        Number of places n.
    sources
        (k,) the places to start from.
    disc
        Nodes of the core outside are left away.

    Returns
    -------
    metres
        (k, n).
    whole
        Whether all of the core lies in the disc.
    """
    from scipy.sparse.csgraph import dijkstra

    nodes = nodes_within(network, disc)
    core = nodes[network.rank[nodes] == CORE]
    metres = np.full((len(sources), places), np.inf)
    whole = len(core) == network.core_count
    if not len(core):
        return metres, whole
    at = np.minimum(np.searchsorted(core, labels.node), len(core) - 1)
    inside = core[at] == labels.node
    place, at, far = labels.place[inside], at[inside], labels.metres[inside]
    reached = dijkstra(_links(network, core, place, at, far, places), indices=len(core) + sources)
    first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]][: len(place)])
    if len(first):
        metres[:, place[first]] = np.minimum.reduceat(reached[:, at] + far, first, axis=1)
    return metres, whole


def _links(
    network: StreetNetwork, core: Ints, place: Ints, at: Ints, far: Floats, places: int
) -> csr_array:
    """Return the core's nodes with their links, then the places with links into the core."""
    from scipy.sparse import csr_array

    start, stop = network.up_start[core], network.up_start[core + 1]
    link = ranges(start, stop)
    tail = np.repeat(np.arange(len(core)), stop - start)
    head = network.up_to[link]
    to = np.minimum(np.searchsorted(core, head), len(core) - 1)
    inside = core[to] == head
    size = len(core) + places
    begin = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(
        np.bincount(np.concatenate([tail[inside], len(core) + place]), minlength=size),
        out=begin[1:],
    )
    metres = np.concatenate([network.up_m[link[inside]], far])
    heads = np.concatenate([to[inside], at]).astype(np.int32)
    return csr_array((metres, heads, begin), shape=(size, size))
