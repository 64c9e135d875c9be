"""Taking nodes out of a graph without changing any distance between those that stay.

Most nodes of a street network have few neighbours. Such a node can be taken out by linking its
neighbours to each other with the lengths of the ways over it; a dead end simply goes. Many nodes
that are no neighbours of each other go in one round, on whole arrays, so that preparing a disc of
ten thousand nodes takes a fraction of the searches it then shortens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

_MAX_DEGREE: Final = 6
_WORTHWHILE: Final = 0.1
"""A round that takes out less than this part of the nodes is the last of its degree."""

_SPREAD: Final = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class Links:
    """Undirected links without parallels: nodes a < b, metres."""

    a: Ints
    b: Ints
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
    links = _simple(size, links.a, links.b, links.metres)
    allowed = 2
    while allowed <= _MAX_DEGREE and len(links.a):
        degree = np.bincount(links.a, minlength=size) + np.bincount(links.b, minlength=size)
        free = ~keep & (degree <= allowed)
        chosen = _independent(links, degree, free)
        if chosen.any():
            links = _without(size, links, chosen)
        if chosen.sum() < _WORTHWHILE * np.count_nonzero(degree):
            allowed += 1
    return links


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


def _without(size: int, links: Links, chosen: Mask) -> Links:
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
    for i in range(_MAX_DEGREE):
        for j in range(i + 1, _MAX_DEGREE):
            at = start[count > j]
            new_a.append(other[at + i])
            new_b.append(other[at + j])
            new_metres.append(metres[at + i] + metres[at + j])
    return _simple(size, np.concatenate(new_a), np.concatenate(new_b), np.concatenate(new_metres))
