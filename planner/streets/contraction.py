"""Taking nodes out of a graph without changing any distance between those that stay.

Most nodes of a street network have few neighbours. Such a node can be taken out by linking its
neighbours to each other with the lengths of the ways over it; a dead end simply goes. Many nodes
that are no neighbours of each other go in one round, on whole arrays, so that preparing a disc of
ten thousand nodes takes a fraction of the searches it then shortens.

For a whole city the same is done once, when it is compiled: :func:`hierarchy` keeps for every node
taken out the links it had then. All of them lead to nodes that stayed longer, so the shortest way
between any two nodes can be found by climbing from both, until the climbs meet below the core or
reach it (contraction hierarchies: Geisberger et al. 2008, here without any search for witnesses).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

CORE: Final = 32_767
"""The rank of nodes that are never taken out."""

_MAX_DEGREE: Final = 6
_CORE_DEGREE: Final = 28
_WORTHWHILE: Final = 0.1
"""A round that takes out less than this part of the nodes is the last of its degree."""

_SPREAD: Final = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class Links:
    """Undirected links without parallels: nodes a < b, metres."""

    a: Ints
    b: Ints
    metres: Floats


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """In which round every node was taken out, and the links it had then; n nodes.

    Attributes
    ----------
    rank
        (n,) the round, :data:`CORE` for nodes that stay.
    start, to, metres
        Compressed sparse rows: the links of each node to nodes of higher rank, and among the nodes
        of the core those to its neighbours.
    """

    rank: npt.NDArray[np.int16]
    start: npt.NDArray[np.int32]
    to: npt.NDArray[np.int32]
    metres: Floats


def contract(size: int, links: Links, keep: Mask) -> Links:
    """Take out nodes of few neighbours that need not be kept.

    Parameters
    ----------
    size
        Number of nodes; they keep their numbers.
    links
        The graph; parallel links and loops may be in it.
    keep
        (size,) nodes that must stay.

    Returns
    -------
    links
        A graph with the same distances between the nodes that stay, without parallels and loops.
    """
    left = _simple(size, links.a, links.b, links.metres)
    for _, without in _rounds(size, left, keep, _MAX_DEGREE):
        left = without
    return left


def hierarchy(size: int, links: Links) -> Hierarchy:
    """Take out all nodes but a core, and remember the links that each had.

    Parameters
    ----------
    size
        Number of nodes.
    links
        The graph; parallel links and loops may be in it.
    """
    left = _simple(size, links.a, links.b, links.metres)
    rank = np.full(size, CORE, dtype=np.int16)
    gone: list[_Stars] = []
    for stars, without in _rounds(size, left, np.zeros(size, dtype=np.bool_), _CORE_DEGREE):
        left = without
        rank[stars.node] = len(gone)
        gone.append(stars)
    tail = np.concatenate([*(stars.node for stars in gone), left.a, left.b])
    head = np.concatenate([*(stars.other for stars in gone), left.b, left.a])
    metres = np.concatenate([*(stars.metres for stars in gone), left.metres, left.metres])
    order = np.lexsort((head, tail))
    start = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=size), out=start[1:])
    return Hierarchy(rank, start, head[order].astype(np.int32), metres[order])


@dataclass(frozen=True, slots=True)
class _Stars:
    """Nodes that are taken out, with each of their links: node, neighbour, metres."""

    node: Ints
    other: Ints
    metres: Floats


def _rounds(size: int, links: Links, keep: Mask, most: int) -> Iterator[tuple[_Stars, Links]]:
    """Take nodes out round by round; yield those of each round and the graph without them."""
    allowed = 2
    while allowed <= most and len(links.a):
        degree = np.bincount(links.a, minlength=size) + np.bincount(links.b, minlength=size)
        free = ~keep & (degree <= allowed)
        chosen = _independent(links, degree, free)
        if chosen.any():
            stars, links = _without(size, links, chosen)
            yield stars, links
        if chosen.sum() < _WORTHWHILE * np.count_nonzero(degree):
            allowed += 1


def _simple(size: int, a: Ints, b: Ints, metres: Floats) -> Links:
    """Drop loops and keep the shortest of parallel links."""
    proper = a != b
    low, high = np.minimum(a, b)[proper], np.maximum(a, b)[proper]
    key, metres = low * size + high, metres[proper]
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    if not len(first):
        return Links(low, high, metres)
    shortest = np.minimum.reduceat(metres[order], first)
    return Links(key[first] // size, key[first] % size, shortest)


def _independent(links: Links, degree: Ints, free: Mask) -> Mask:
    """Choose free nodes no two of which are neighbours, those of fewest neighbours first."""
    number = np.arange(len(degree), dtype=np.int64)
    rank = (degree << 32) | ((number * _SPREAD) & 0xFFFFFFFF)
    both = free[links.a] & free[links.b]
    a, b = links.a[both], links.b[both]
    chosen = free & (degree > 0)
    # Of two free neighbours the one of higher rank waits; ranks differ, as the spread is odd.
    chosen[np.where(rank[a] > rank[b], a, b)] = False
    return chosen


def _without(size: int, links: Links, chosen: Mask) -> tuple[_Stars, Links]:
    """Replace chosen nodes, no two of them neighbours, by links between their neighbours."""
    at_a, at_b = chosen[links.a], chosen[links.b]
    touched = at_a | at_b
    node = np.where(at_a, links.a, links.b)[touched]
    other = np.where(at_a, links.b, links.a)[touched]
    metres = links.metres[touched]
    order = np.argsort(node, kind="stable")
    node, other, metres = node[order], other[order], metres[order]
    start = np.flatnonzero(np.r_[True, node[1:] != node[:-1]])
    count = np.diff(np.r_[start, len(node)])
    new_a, new_b = [links.a[~touched]], [links.b[~touched]]
    new_metres = [links.metres[~touched]]
    most = int(count.max())
    for i in range(most):
        for j in range(i + 1, most):
            at = start[count > j]
            new_a.append(other[at + i])
            new_b.append(other[at + j])
            new_metres.append(metres[at + i] + metres[at + j])
    rest = _simple(size, np.concatenate(new_a), np.concatenate(new_b), np.concatenate(new_metres))
    return _Stars(node, other, metres), rest
