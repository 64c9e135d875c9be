from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.spatial import clusters as clusters_module
from planner.spatial.clusters import cluster, select


def plane(seed: int, count: int, side: float = 1000.0) -> np.ndarray:
    points = np.random.default_rng(seed).uniform(0, side, (count, 2))
    return np.abs(points[:, None] - points[None]).sum(axis=-1)


@st.composite
def near_or_far(draw: st.DrawFn) -> tuple[np.ndarray, list[float], frozenset[int]]:
    """Any proximity relation, with or without geometry: near is 1 m, far 9 m or no way at all."""
    count = draw(st.integers(0, 8))
    matrix = np.zeros((count, count))
    for i, j in itertools.combinations(range(count), 2):
        matrix[i, j] = matrix[j, i] = draw(st.sampled_from([1.0, 9.0, math.inf]))
    scores = draw(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 1.0]), min_size=count, max_size=count))
    required = frozenset(draw(st.sets(st.integers(0, max(0, count - 1)), max_size=2)))
    return matrix, scores, required


def greedy_by_enumeration(
    matrix: np.ndarray, scores: list[float], required: frozenset[int], threshold: float
) -> tuple[tuple[int, ...], ...]:
    """The rule of the docstring by trying every subset."""
    left = list(range(len(matrix)))
    result = []
    while left:
        cliques = [
            members
            for size in range(1, len(left) + 1)
            for members in itertools.combinations(left, size)
            if all(matrix[a, b] < threshold for a, b in itertools.combinations(members, 2))
        ]
        best = min(
            cliques,
            key=lambda members: (
                -len(members),
                -len(required.intersection(members)),
                -math.fsum(scores[row] for row in members),
                members,
            ),
        )
        result.append(best)
        left = [row for row in left if row not in best]
    return tuple(result)


@given(near_or_far())
@settings(deadline=None)
def test_the_largest_clique_is_taken_first_and_ties_follow_the_rule(
    case: tuple[np.ndarray, list[float], frozenset[int]],
) -> None:
    matrix, scores, required = case
    found = cluster(matrix, scores, threshold_m=5.0, required=required)
    assert found == greedy_by_enumeration(matrix, scores, required, 5.0)


@pytest.mark.parametrize("threshold", [50.0, 300.0, 700.0, 5000.0])
def test_clusters_of_a_city_are_cliques_and_partition_it(threshold: float) -> None:
    matrix = plane(1, 80)
    found = cluster(matrix, [0.5] * 80, threshold_m=threshold)
    assert sorted(itertools.chain.from_iterable(found)) == list(range(80))
    for members in found:
        assert all(matrix[a, b] < threshold for a, b in itertools.combinations(members, 2))
    assert [len(members) for members in found] == sorted(map(len, found), reverse=True)


def test_only_the_given_rows_are_divided() -> None:
    matrix = np.where(np.eye(4), 0.0, 1.0)
    assert cluster(matrix, [0.0] * 4, threshold_m=2.0, rows=[3, 0]) == ((0, 3),)


def test_near_means_shorter_than_the_threshold() -> None:
    matrix = np.array([[0.0, 100.0], [100.0, 0.0]])
    assert cluster(matrix, [1.0, 1.0], threshold_m=100.0) == ((0,), (1,))
    assert cluster(matrix, [1.0, 1.0], threshold_m=100.1) == ((0, 1),)


@pytest.mark.parametrize(("limit", "value"), [("CLIQUE_STEPS", 30), ("CLIQUE_DEPTH", 2)])
def test_a_search_cut_short_still_divides_into_cliques(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters_module, limit, value)
    graph = nx.gnp_random_graph(70, 0.8, seed=3)  # no geometry: hard for an exact search
    matrix = np.full((70, 70), 9.0)
    for a, b in graph.edges:
        matrix[a, b] = matrix[b, a] = 1.0
    found = cluster(matrix, [0.0] * 70, threshold_m=5.0)
    assert sorted(itertools.chain.from_iterable(found)) == list(range(70))
    for members in found:
        assert all(graph.has_edge(a, b) for a, b in itertools.combinations(members, 2))

    def takes(members: tuple[int, ...], others: tuple[int, ...]) -> bool:
        return any(all(graph.has_edge(row, a) for a in members) for row in others)

    # Whichever of two was found first had the choice of the other's places.
    for one, other in itertools.combinations(found, 2):
        assert not (takes(one, other) and takes(other, one))


@pytest.mark.parametrize(
    ("matrix", "scores", "threshold"),
    [
        (np.zeros((2, 3)), [0.0, 0.0], 1.0),
        (np.array([[0.0, 1.0], [5.0, 0.0]]), [0.0, 0.0], 1.0),
        (np.array([[0.0, -1.0], [-1.0, 0.0]]), [0.0, 0.0], 1.0),
        (np.array([[0.0, math.nan], [math.nan, 0.0]]), [0.0, 0.0], 1.0),
        (np.zeros((2, 2)), [0.0], 1.0),
        (np.zeros((2, 2)), [0.0, math.nan], 1.0),
        (np.zeros((2, 2)), [0.0, 0.0], 0.0),
    ],
)
def test_malformed_input_is_refused(
    matrix: np.ndarray, scores: list[float], threshold: float
) -> None:
    with pytest.raises(ValueError):
        cluster(matrix, scores, threshold_m=threshold)


SCORES = [0.9, 0.8, 0.1, 0.7, 0.6, 0.5, 0.05]
CLUSTERS = ((0, 1, 2), (3, 4, 5), (6,))


def test_clusters_are_chosen_by_their_summed_score() -> None:
    # 0.9 + 0.8 + 0.1 = 1.8; 0.7 + 0.6 + 0.5 = 1.8 - as doubles: an exact sum decides, then rows.
    assert select(CLUSTERS, SCORES, limit=3) == ((0, 1, 2),)
    assert select(CLUSTERS, [*SCORES[:5], 0.6, 0.05], limit=3) == ((3, 4, 5),)


def test_a_cluster_that_overshoots_is_cut_to_its_best() -> None:
    assert select(CLUSTERS, SCORES, limit=5) == ((0, 1, 2), (3, 4))
    assert select(CLUSTERS, SCORES, limit=2) == ((0, 1),)


def test_a_limit_beyond_all_places_takes_all() -> None:
    assert select(CLUSTERS, SCORES, limit=99) == CLUSTERS
    assert select((), [], limit=3) == ()


def test_required_places_stay_whatever_the_limit() -> None:
    assert select(CLUSTERS, SCORES, limit=4, required={6}) == ((6,), (0, 1, 2))
    assert select(CLUSTERS, SCORES, limit=2, required={2, 6}) == ((2,), (6,))
    assert select(CLUSTERS, SCORES, limit=0, required={2, 6}) == ((2,), (6,))
    assert select(CLUSTERS, SCORES, limit=3, required={2, 6}) == ((0, 2), (6,))
    with pytest.raises(ValueError):
        select(CLUSTERS, SCORES, limit=-1)
