"""From straight pieces to streets: OSMnx's simplification for a network walked both ways.

OSMnx (Boeing 2025, "Topological Graph Simplification Solutions to the Street Intersection Miscount
Problem") removes every node that is neither a junction nor a dead end and keeps the geometry. In a
network without one-ways its rules come down to one: a node is interstitial if and only if exactly
two pieces meet in it and they lead to two different neighbours. Runs of pieces between other nodes
become one edge each. The work is done on whole arrays; the runs are found by pointer doubling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from planner.streets.extract import Walkways

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Component:
    """The main component: which nodes and pieces are in it, and what was left out.

    Attributes
    ----------
    nodes, pieces
        Masks over the walkways' nodes and pieces.
    others
        Number of nodes of every other component, largest first.
    """

    nodes: npt.NDArray[np.bool_]
    pieces: npt.NDArray[np.bool_]
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """Edges as runs of half-pieces: half-piece 2p goes from u to v of piece p, 2p + 1 back.

    ``half[start[e]:start[e + 1]]`` are the half-pieces of edge e in walking order.
    """

    half: Ints
    start: Ints


def main_component(walkways: Walkways) -> Component:
    """Find the component with the most nodes, as OSMnx's ``largest_component`` does."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = len(walkways.node_id)
    links = coo_array(
        (np.ones(len(walkways.u), dtype=np.int8), (walkways.u, walkways.v)), shape=(nodes, nodes)
    )
    _, label = connected_components(links.tocsr(), directed=False)
    sizes = np.bincount(label)
    main = int(sizes.argmax())
    inside = label == main
    others = np.sort(np.delete(sizes, main))[::-1]
    return Component(inside, inside[walkways.u], tuple(int(size) for size in others))


def street_runs(u: Ints, v: Ints, nodes: int) -> Runs:
    """Join the pieces of a connected network into edges between junctions and dead ends.

    Parameters
    ----------
    u, v
        The two nodes of every piece, different from each other.
    nodes
        Number of nodes.
    """
    halves = 2 * len(u)
    tail = np.empty(halves, dtype=np.int64)
    head = np.empty(halves, dtype=np.int64)
    tail[0::2], tail[1::2] = u, v
    head[0::2], head[1::2] = v, u
    # The sum of the half-pieces that leave a node: where there are two, each tells the other.
    leaving = np.zeros(nodes, dtype=np.int64)
    np.add.at(leaving, tail, np.arange(halves))
    interstitial = _interstitial(tail, head, leaving)

    # The half-piece that goes on from each: at an interstitial node the one that does not turn
    # back.
    here = np.arange(halves)
    before = here.copy()
    on = interstitial[head]
    after = leaving[head[on]] - (here[on] ^ 1)
    before[after] = here[on]

    # Pointer doubling: after k rounds every half-piece knows the one 2^k before it.
    rank = (before != here).astype(np.int64)
    while True:
        step = rank[before]
        if not step.any():
            break
        rank += step
        before = before[before]

    order = np.lexsort((rank, before))
    first = before[order]
    start = np.flatnonzero(np.r_[True, first[1:] != first[:-1]])
    stop = np.r_[start[1:], halves]
    # Every run is there in both directions; keep the one whose first half-piece is smaller.
    forward = order[start] < (order[stop - 1] ^ 1)
    lengths = (stop - start)[forward]
    kept = np.repeat(forward, stop - start)
    return Runs(order[kept], np.r_[0, np.cumsum(lengths)])


def _interstitial(tail: Ints, head: Ints, leaving: Ints) -> npt.NDArray[np.bool_]:
    """Mark nodes with exactly two pieces that lead to two different neighbours."""
    degree = np.bincount(tail, minlength=len(leaving))
    two = np.flatnonzero(degree[tail] == 2)  # noqa: PLR2004
    differ = two[head[leaving[tail[two]] - two] != head[two]]
    found = np.zeros(len(leaving), dtype=np.bool_)
    found[tail[differ]] = True
    if found[tail].all():
        # A lone ring has no junction: its first node becomes one.
        found[tail[0]] = False
    return found
