"""Clusters of places that lie near each other, and the choice among them.

ItiNera, section 3.5.1, algorithm 1. Two places are near if the walk between them is shorter than a
threshold; a cluster is a clique of that relation, so any two of its places are near each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.spatial.matrices import checked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import networkx as nx
    import numpy.typing as npt

    from planner.spatial.matrices import Matrix

# Branchings that the search for largest cliques may spend on one call of ``cluster``: some three
# seconds of one laptop core. Walking distances are nearly planar and stay far below it (200 places
# of which two thirds are near each other: 4,300 for the largest clique); a matrix without
# geometry can need more than any time there is.
CLIQUE_STEPS = 20_000
# The search recurses once a member; deeper than this it takes what it has and goes on greedily.
CLIQUE_DEPTH = 400
# Scores are compared in steps of a millionth of their range: sums of them are whole numbers then,
# and a tie is a tie on every machine.
SCORE_STEPS = 1_000_000


class _SpentError(Exception):
    """The steps of a search are used up."""


def cluster(
    distances: npt.ArrayLike,
    scores: Sequence[float],
    *,
    threshold_m: float,
    required: Collection[int] = (),
    rows: Collection[int] | None = None,
) -> tuple[tuple[int, ...], ...]:
    """Divide places into cliques, the largest first.

    The largest clique of the proximity graph is taken out again and again until no place is left.
    Among cliques of the same size, the one with more required places wins, then the one with the
    higher summed score, then the one with the lowest row numbers: the answer depends neither on
    the order of the input nor on the order in which a graph keeps its nodes.

    Each clique is found by networkx's exact branch and bound for maximum weight cliques, one
    connected part at a time, with the rules above folded into whole-number weights. The search is
    exact as long as its steps last (``CLIQUE_STEPS``, shared by all cliques of a call); after that
    the best clique found is completed greedily, so the answer is still a partition into cliques.

    Parameters
    ----------
    distances
        Metres, of shape (n, n); ``inf`` is far.
    scores
        One for each row.
    threshold_m
        Two places are near if the walk between them is shorter than this, in metres.
    required
        Rows of must-sees.
    rows
        The rows to divide; all of them by default. Leave fixed starts and ends out.

    Returns
    -------
    tuple of tuple of int
        Disjoint clusters that cover ``rows``, each ascending.

    Raises
    ------
    ValueError
        If the matrix is malformed, the scores do not fit it, or the threshold is no length.
    """
    import networkx as nx

    matrix = checked(distances)
    if len(scores) != len(matrix) or not np.isfinite(np.asarray(scores, dtype=float)).all():
        raise ValueError("one finite score is needed for each row of the matrix")
    if not threshold_m > 0:
        raise ValueError("the threshold is a distance in metres above zero")
    members = sorted(set(range(len(matrix)) if rows is None else rows))
    graph = _proximity(matrix, members, threshold_m)
    weights = _weights(members, scores, required)
    nx.set_node_attributes(graph, weights, "weight")

    steps = CLIQUE_STEPS
    found: list[tuple[int, ...]] = []
    parts = [sorted(part) for part in nx.connected_components(graph)]
    while parts:
        part = graph.subgraph(parts.pop()).copy()
        clique, used = _largest_clique(part, steps)
        steps = max(0, steps - used)
        found.append(clique)
        part.remove_nodes_from(clique)
        parts.extend(sorted(rest) for rest in nx.connected_components(part))
    # What is left behind holds nothing larger, so sorting by weight gives the order in which the
    # whole graph would have yielded them.
    found.sort(key=lambda clique: -sum(weights[row] for row in clique))
    return tuple(found)


def select(
    clusters: Sequence[Sequence[int]],
    scores: Sequence[float],
    *,
    limit: int,
    required: Collection[int] = (),
) -> tuple[tuple[int, ...], ...]:
    """Choose clusters until there are enough candidates.

    Clusters that hold required places come first, then the others, both by their summed score,
    highest first, until ``limit`` places are chosen. A cluster that would overshoot the limit is
    cut to its best-scored places, which are a clique as well. Required places are never cut, even
    if they alone are more than the limit.

    Parameters
    ----------
    clusters
        Disjoint clusters, as of :func:`cluster`.
    scores
        One for each row.
    limit
        The number of candidates wanted.
    required
        Rows of must-sees.

    Returns
    -------
    tuple of tuple of int
        The chosen clusters in the order of choice, each ascending; together the candidates.

    Raises
    ------
    ValueError
        If the limit is below zero.
    """
    if limit < 0:
        raise ValueError("the number of candidates cannot be below zero")
    musts = [frozenset(members).intersection(required) for members in clusters]
    ranked = sorted(
        (index for index, members in enumerate(clusters) if len(members)),
        key=lambda index: (
            not musts[index],
            -math.fsum(scores[row] for row in clusters[index]),
            sorted(clusters[index]),
        ),
    )
    chosen: list[tuple[int, ...]] = []
    room = limit - sum(len(must) for must in musts)  # for places that are not required
    for index in ranked:
        must = musts[index]
        if room <= 0 and not must:
            break
        others = sorted(
            (row for row in clusters[index] if row not in must), key=lambda row: (-scores[row], row)
        )[: max(0, room)]
        room -= len(others)
        chosen.append(tuple(sorted((*must, *others))))
    return tuple(chosen)


def _proximity(matrix: Matrix, members: Sequence[int], threshold_m: float) -> nx.Graph[int]:
    """Return the graph whose edges join rows that are near each other."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(members)
    near = np.triu(matrix[np.ix_(members, members)] < threshold_m, k=1)
    graph.add_edges_from((members[i], members[j]) for i, j in np.argwhere(near))
    return graph


def _weights(
    members: Sequence[int], scores: Sequence[float], required: Collection[int]
) -> dict[int, int]:
    """Return whole-number weights whose sums rank cliques as :func:`cluster` says.

    From the highest digits to the lowest: size, required places, score, row numbers. Each field
    is wide enough for the sum over all members, so none spills into the next.
    """
    count = len(members)
    carry = count.bit_length()
    score_shift = count
    required_shift = score_shift + SCORE_STEPS.bit_length() + carry
    size_shift = required_shift + carry
    values = [scores[row] for row in members]
    lowest = min(values, default=0.0)
    span = max(values, default=0.0) - lowest
    return {
        row: (1 << size_shift)
        + (int(row in required) << required_shift)
        + (round((scores[row] - lowest) / span * SCORE_STEPS if span else 0.0) << score_shift)
        # Of two sets of one size, the higher sum of these powers has the lowest rows.
        + (1 << (count - 1 - position))
        for position, row in enumerate(members)
    }


def _largest_clique(graph: nx.Graph[int], steps: int) -> tuple[tuple[int, ...], int]:
    """Return the heaviest clique of a connected graph, and the steps spent on it.

    At least one dive to the bottom is always made, so that a clique is found without steps too.
    """
    # networkx's function has no bound; its helper class, which the function only wraps, can be
    # interrupted between two branchings and keeps the best clique so far.
    from networkx.algorithms.clique import MaxWeightClique

    count = graph.number_of_nodes()
    if graph.number_of_edges() == count * (count - 1) // 2:
        return tuple(sorted(graph)), 0
    search: Any = MaxWeightClique(graph, "weight")
    expand = search.expand
    allowed = max(steps, count)
    used = 0

    def bounded(clique: list[int], weight: int, rest: list[int]) -> None:
        nonlocal used
        if used >= allowed or len(clique) > CLIQUE_DEPTH:
            raise _SpentError
        used += 1
        expand(clique, weight, rest)

    search.expand = bounded
    try:
        search.find_max_weight_clique()
    except _SpentError:
        clique = set(search.incumbent_nodes)
        heaviest = sorted(graph, key=lambda row: -graph.nodes[row]["weight"])
        for row in heaviest:
            if row not in clique and clique <= set(graph[row]):
                clique.add(row)
        return tuple(sorted(clique)), used
    return tuple(sorted(search.incumbent_nodes)), used
