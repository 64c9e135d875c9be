"""From straight pieces to streets: OSMnx's simplification for a network walked both ways.

OSMnx (Boeing 2025, "Topological Graph Simplification Solutions to the Street Intersection Miscount
Problem") removes every node that is neither a junction nor a dead end and keeps the geometry. In a
network without one-ways its rules come down to one: a node is interstitial if and only if exactly
two pieces meet in it and they lead to two different neighbours. Runs of pieces between other nodes
become one edge each.

Up to the size of a town OSMnx does this itself. Above it, where graphs of Python objects take
gigabytes and minutes, the same runs are found on whole arrays, by pointer doubling. Tests hold the
two to each other, run by run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from planner.streets.extract import Walkways

    Ints = npt.NDArray[np.int64]

OSMNX_PIECES: Final = 60_000
"""Up to this many pieces OSMnx simplifies the network itself.

It builds Python objects for every node and for either direction of every piece: measured on two
cores, 6,000 pieces (the demo city) take half a second, 173,000 take 14 s and 560 MB, the 327,000 of
Porto 38 s and 1.5 GB. The arrays need 0.04 s for 173,000. At this limit it is about 5 s and 200 MB.
"""


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


def main_component(walkways: Walkways, land: npt.NDArray[np.bool_]) -> Component:
    """Find the component with the most nodes, as OSMnx's ``largest_component`` does.

    Parameters
    ----------
    walkways
        The pieces.
    land
        (s,) which of them are streets: ferries connect, but their own nodes do not count.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = len(walkways.node_id)
    links = coo_array(
        (np.ones(len(walkways.u), dtype=np.int8), (walkways.u, walkways.v)), shape=(nodes, nodes)
    )
    _, label = connected_components(links.tocsr(), directed=False)
    ashore = np.zeros(nodes, dtype=np.bool_)
    ashore[walkways.u[land]] = ashore[walkways.v[land]] = True
    sizes = np.bincount(label[ashore], minlength=int(label.max()) + 1)
    main = int(sizes.argmax())
    inside = label == main
    others = np.sort(np.delete(sizes, main))[::-1]
    return Component(inside, inside[walkways.u], tuple(int(size) for size in others[others > 0]))


def street_runs(walkways: Walkways, pieces: Ints, landings: Ints) -> Runs:
    """Join pieces into edges between junctions and dead ends.

    Parameters
    ----------
    walkways
        The pieces; none leads from a node to itself.
    pieces
        (p,) which of them are in the network; runs count their half-pieces by this order.
    landings
        Nodes at which ferries land: they are junctions. Every part of the network has one, unless
        there is but one part.
    """
    if len(pieces) <= OSMNX_PIECES:
        return runs_by_osmnx(walkways, pieces, landings)
    return runs_by_arrays(walkways.u[pieces], walkways.v[pieces], len(walkways.node_id), landings)


def runs_by_osmnx(walkways: Walkways, pieces: Ints, landings: Ints) -> Runs:
    """Let OSMnx simplify the graph of some pieces; see :func:`street_runs`."""
    import networkx as nx
    import osmnx

    u, v = walkways.u[pieces].tolist(), walkways.v[pieces].tolist()
    nodes = np.unique(np.concatenate([walkways.u[pieces], walkways.v[pieces]]))
    places = zip(
        nodes.tolist(), walkways.lon[nodes].tolist(), walkways.lat[nodes].tolist(), strict=True
    )
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_nodes_from((node, {"x": lon, "y": lat}) for node, lon, lat in places)
    for piece, (a, b) in enumerate(zip(u, v, strict=True)):
        graph.add_edge(a, b, half=2 * piece)
        graph.add_edge(b, a, half=2 * piece + 1)
    for node in landings.tolist():
        graph.nodes[node]["junction"] = True
    gathered = {"node_attrs_include": ["junction"], "edge_attr_aggs": {"half": list}}
    streets = osmnx.simplify_graph(graph, **gathered)
    if not len(streets):
        # OSMnx drops a lone ring, which has no junction: its first node becomes one.
        graph.nodes[u[0]]["junction"] = True
        streets = osmnx.simplify_graph(graph, **gathered)
    found = [
        half if isinstance(half, list) else [half] for _, _, half in streets.edges(data="half")
    ]
    # Every run is there in both directions; keep the one whose first half-piece is smaller.
    runs = sorted(run for run in found if run[0] < run[-1] ^ 1)
    return Runs(
        np.array([half for run in runs for half in run], dtype=np.int64),
        np.r_[0, np.cumsum([len(run) for run in runs], dtype=np.int64)],
    )


def runs_by_arrays(u: Ints, v: Ints, nodes: int, landings: Ints) -> Runs:
    """Simplify on arrays; see :func:`street_runs`.

    Parameters
    ----------
    u, v
        The two nodes of every piece, different from each other.
    nodes
        Number of nodes.
    landings
        Nodes that are junctions whatever meets there.
    """
    halves = 2 * len(u)
    tail = np.empty(halves, dtype=np.int64)
    head = np.empty(halves, dtype=np.int64)
    tail[0::2], tail[1::2] = u, v
    head[0::2], head[1::2] = v, u
    # The sum of the half-pieces that leave a node: where there are two, each tells the other.
    leaving = np.zeros(nodes, dtype=np.int64)
    np.add.at(leaving, tail, np.arange(halves))
    interstitial = _interstitial(tail, head, leaving, landings)

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


def _interstitial(tail: Ints, head: Ints, leaving: Ints, landings: Ints) -> npt.NDArray[np.bool_]:
    """Mark nodes with exactly two pieces that lead to two different neighbours."""
    degree = np.bincount(tail, minlength=len(leaving))
    two = np.flatnonzero(degree[tail] == 2)  # noqa: PLR2004
    differ = two[head[leaving[tail[two]] - two] != head[two]]
    found = np.zeros(len(leaving), dtype=np.bool_)
    found[tail[differ]] = True
    found[landings] = False
    if found[tail].all():
        # A lone ring has no junction: its first node becomes one.
        found[tail[0]] = False
    return found
