"""Ferries that take walkers: rides from one landing to another, each in its own time.

A ferry is no street: nobody walks along it, and how long it takes does not depend on the walker's
pace. So ferries are kept beside the streets, as rides between the nodes at which they land.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.streets.geodesy import great_circle
from planner.streets.network import WayFlag

if TYPE_CHECKING:
    import numpy.typing as npt

    from planner.streets.extract import Walkways

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

BOARDING_S: Final = 300.0
"""Seconds that one waits at a landing. When a ferry leaves is not in the map: this is what it takes
to walk on to one that is about to leave and off again, and what keeps a walk from hopping to and
fro over a river that has a bridge."""


@dataclass(frozen=True, slots=True)
class Rides:
    """Rides between two landings each, r of them, usable in both directions.

    Attributes
    ----------
    a, b
        (r,) nodes of the walkways, a < b.
    seconds, metres
        (r,) how long the ride takes, boarding included, and how far it goes.
    name
        (r,) as the walkways count names, -1 without one.
    start, node
        ``node[start[i]:start[i + 1]]`` are the nodes of ride i from a to b.
    """

    a: Ints
    b: Ints
    seconds: Floats
    metres: Floats
    name: Ints
    start: Ints
    node: Ints


def is_afloat(walkways: Walkways) -> npt.NDArray[np.bool_]:
    """Tell which pieces of walkways are ferries."""
    afloat: npt.NDArray[np.bool_] = (walkways.flags & np.uint8(WayFlag.FERRY)) != 0
    return afloat


def landings(walkways: Walkways, land: Ints, water: Ints) -> Ints:
    """Return the nodes at which ferries meet streets, ascending.

    Parameters
    ----------
    walkways
        Streets and ferries.
    land, water
        The pieces of each.
    """
    shore: Ints = np.intersect1d(_ends(walkways, land), _ends(walkways, water))
    return shore


def _ends(walkways: Walkways, pieces: Ints) -> Ints:
    ends: Ints = np.unique(np.concatenate([walkways.u[pieces], walkways.v[pieces]]))
    return ends


def rides(walkways: Walkways, water: Ints, ashore: Ints) -> Rides:
    """Join pieces of ferries into the quickest rides from landing to landing.

    Parameters
    ----------
    walkways
        Streets and ferries.
    water
        The pieces that are ferries.
    ashore
        The landings, ascending; a ride ends at the first one that it reaches.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    nodes = _ends(walkways, water)
    if not len(ashore):
        return _none()
    links = _links(walkways, water, nodes)
    # A landing is two nodes: one that rides leave and one at which they end.
    leaving = np.full(len(nodes), -1, dtype=np.int64)
    leaving[np.searchsorted(nodes, ashore)] = len(nodes) + np.arange(len(ashore))
    tail = np.where(leaving[links.tail] >= 0, leaving[links.tail], links.tail)
    size = len(nodes) + len(ashore)
    order = np.argsort(tail, kind="stable")
    begin = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=size), out=begin[1:])
    graph = csr_array(
        (links.seconds[order], links.head[order].astype(np.int32), begin), shape=(size, size)
    )
    origins = len(nodes) + np.arange(len(ashore))
    seconds, before = dijkstra(graph, indices=origins, return_predecessors=True)
    piece_of = {(int(tail[i]), int(links.head[i])): int(links.piece[i]) for i in range(len(tail))}
    found: list[tuple[int, int, float, float, int, list[int]]] = []
    at = np.searchsorted(nodes, ashore)
    for i, origin in enumerate(origins.tolist()):
        for j in range(i + 1, len(ashore)):
            if not np.isfinite(seconds[i, at[j]]):
                continue
            chain = [int(at[j])]
            while chain[-1] != origin:
                chain.append(int(before[i, chain[-1]]))
            chain.reverse()
            pieces = [piece_of[step] for step in pairwise(chain)]
            along = [int(ashore[i]), *(int(nodes[node]) for node in chain[1:])]
            metres = _metres(walkways, np.array(pieces))
            found.append(
                (
                    int(ashore[i]),
                    int(ashore[j]),
                    float(seconds[i, at[j]]) + BOARDING_S,
                    float(metres.sum()),
                    _name(walkways, pieces, metres),
                    along,
                )
            )
    return _laid_out(found)


@dataclass(frozen=True, slots=True)
class _Links:
    """Both directions of every two nodes that a ferry joins, by its quickest piece."""

    tail: Ints
    head: Ints
    seconds: Floats
    piece: Ints


def _links(walkways: Walkways, water: Ints, nodes: Ints) -> _Links:
    u, v = np.searchsorted(nodes, walkways.u[water]), np.searchsorted(nodes, walkways.v[water])
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    seconds = np.tile(walkways.ride_s[water].astype(np.float64), 2)
    piece = np.tile(water, 2)
    order = np.lexsort((piece, seconds, head, tail))
    tail, head = tail[order], head[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    return _Links(tail[first], head[first], seconds[order][first], piece[order][first])


def _metres(walkways: Walkways, pieces: Ints) -> Floats:
    u, v = walkways.u[pieces], walkways.v[pieces]
    return great_circle(walkways.lat[u], walkways.lon[u], walkways.lat[v], walkways.lon[v])


def _name(walkways: Walkways, pieces: list[int], metres: Floats) -> int:
    """Return the name that covers most of a ride, -1 where no piece has one."""
    covered: dict[int, float] = {}
    for piece, length in zip(pieces, metres.tolist(), strict=True):
        name = int(walkways.name[piece])
        if name >= 0:
            covered[name] = covered.get(name, 0.0) + length
    return max(covered, key=lambda name: (covered[name], -name), default=-1)


def _laid_out(found: list[tuple[int, int, float, float, int, list[int]]]) -> Rides:
    if not found:
        return _none()
    a, b, seconds, metres, name, along = zip(*found, strict=True)
    return Rides(
        a=np.array(a, dtype=np.int64),
        b=np.array(b, dtype=np.int64),
        seconds=np.array(seconds, dtype=np.float64),
        metres=np.array(metres, dtype=np.float64),
        name=np.array(name, dtype=np.int64),
        start=np.r_[0, np.cumsum([len(nodes) for nodes in along])].astype(np.int64),
        node=np.array([node for nodes in along for node in nodes], dtype=np.int64),
    )


def _none() -> Rides:
    none: npt.NDArray[Any] = np.zeros(0, dtype=np.int64)
    return Rides(none, none, np.zeros(0), np.zeros(0), none, np.zeros(1, dtype=np.int64), none)
