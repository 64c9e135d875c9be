from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.spatial import ordering
from planner.spatial.clusters import cluster, select
from planner.spatial.improvement import improve
from planner.spatial.matrices import length
from planner.spatial.ordering import order, reorder, select_start


def city(seed: int, count: int, side: float = 2500.0) -> np.ndarray:
    points = np.random.default_rng(seed).uniform(0, side, (count, 2))
    return np.abs(points[:, None] - points[None]).sum(axis=-1)


def line(*metres: float) -> np.ndarray:
    return np.abs(np.array(metres)[:, None] - np.array(metres)[None])


# Three neighbourhoods along one street, and a fixed point at each end of it (rows 9 and 10).
STREET = line(0, 10, 20, 1000, 1010, 1020, 2000, 2010, 2020, -500, 2500)
BLOCKS = ((4, 3, 5), (6, 8, 7), (0, 2, 1))


def test_from_one_fixed_end_to_the_other_along_the_street() -> None:
    assert order(STREET, BLOCKS, seed=0, start=9, end=10) == tuple(range(9))
    assert order(STREET, BLOCKS, seed=0, start=10, end=9) == tuple(reversed(range(9)))
    assert order(STREET, BLOCKS, seed=0, start=9) == tuple(range(9))
    assert order(STREET, BLOCKS, seed=0, end=9) == tuple(reversed(range(9)))


def test_a_loop_is_a_walk_out_and_back() -> None:
    # Two blocks on either side of the fixed point: it is entered from one and left to the other.
    matrix = line(100, 110, -100, -110, 0)
    found = order(matrix, ((0, 1), (2, 3)), seed=0, start=4, end=4)
    assert length(found, matrix, start=4, end=4) == 440.0


def test_without_ends_the_tour_is_closed_and_begins_where_it_is_told() -> None:
    asked = []

    def first_of(tour: tuple[int, ...]) -> int:
        asked.append(tour)
        return 4

    closed = order(STREET, BLOCKS, seed=0)
    opened = order(STREET, BLOCKS, seed=0, choose_start=first_of)
    assert asked == [closed]
    assert opened == reorder(closed, 4)
    assert opened[0] == 4


def test_a_fixed_end_leaves_no_start_to_choose() -> None:
    def never(_: tuple[int, ...]) -> int:
        pytest.fail("the start is given")

    assert order(STREET, BLOCKS, seed=0, start=9, choose_start=never)[0] == 0


@given(st.permutations(range(6)), st.integers(0, 5))
def test_reordering_keeps_who_follows_whom(tour: list[int], first: int) -> None:
    turned = reorder(tour, first)
    assert turned[0] == first
    follows = dict(itertools.pairwise([*tour, tour[0]]))
    assert dict(itertools.pairwise([*turned, turned[0]])) == follows


def test_reordering_to_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError):
        reorder((1, 2), 3)


def test_neighbouring_clusters_are_joined_by_their_nearest_places() -> None:
    # (0, 1, 2) and (3, 4, 5) touch at 2 and 3, (3, 4, 5) and (6,) at 5 and 6.
    matrix = line(0, 100, 200, 300, 400, 500, 600)
    entries, exits = ordering._endpoints(matrix, [(0, 1, 2), (3, 4, 5), (6,)], closed=False)
    assert entries == [None, 3, 6]
    assert exits == [2, 5, None]


def test_clusters_are_as_far_apart_as_their_nearest_places() -> None:
    # From 0 the long cluster (1, 2) begins near and ends far, beyond 3: it comes first.
    matrix = line(0, 100, 900, 500, -1)
    assert order(matrix, ((3,), (1, 2), (0,)), seed=0, start=4) == (0, 1, 2, 3)


def test_a_cluster_is_not_left_where_it_was_entered() -> None:
    # Place 1 of the middle cluster is the nearest to both of its neighbours.
    matrix = line(0, 100, 300, 50)
    entries, exits = ordering._endpoints(matrix, [(0,), (1, 2), (3,)], closed=False)
    assert (entries[1], exits[1]) == (1, 2)
    entries, exits = ordering._endpoints(matrix, [(1, 2), (0,), (3,)], closed=True)
    assert exits[0] == 1
    assert entries[0] == 2


@pytest.mark.parametrize(
    "ends", [(None, None), (40, None), (None, 40), (40, 41), (40, 40)], ids=str
)
def test_every_candidate_comes_once_cluster_by_cluster(
    ends: tuple[int | None, int | None],
) -> None:
    matrix = city(3, 42)
    scores = np.random.default_rng(0).uniform(0, 1, 42).tolist()
    clusters = cluster(matrix, scores, threshold_m=1500.0, rows=range(40))
    chosen = select(clusters, scores, limit=30)
    assert len(chosen) > 3
    found = order(matrix, chosen, seed=0, start=ends[0], end=ends[1])
    assert sorted(found) == sorted(itertools.chain.from_iterable(chosen))
    where = {row: index for index, members in enumerate(chosen) for row in members}
    visits = [key for key, _ in itertools.groupby(found, key=where.__getitem__)]
    assert len(visits) == len(set(visits))  # no cluster is left and entered again
    assert order(matrix, chosen, seed=0, start=ends[0], end=ends[1]) == found


def test_many_clusters_are_annealed_by_the_seed() -> None:
    matrix = city(5, 20)
    singles = tuple((row,) for row in range(20))
    orders = {seed: order(matrix, singles, seed=seed, cooling=0.5) for seed in range(5)}
    assert orders[1] == order(matrix, singles, seed=1, cooling=0.5)
    assert len(set(orders.values())) > 1


def test_one_cluster_is_a_tour_of_its_own() -> None:
    matrix = line(0, 30, 10, 20)
    closed = order(matrix, ((0, 1, 2, 3),), seed=0)
    assert length(closed, matrix, end=closed[0]) == 60.0
    assert order(line(0, 30, 10, 20, -5), ((0, 1, 2, 3),), seed=0, start=4) == (0, 2, 3, 1)
    assert order(matrix, ((2,),), seed=0) == (2,)
    assert order(matrix, (), seed=0) == ()
    assert order(matrix, ((),), seed=0, start=1) == ()


@given(st.integers(0, 10_000), st.integers(1, 7), st.sampled_from(["none", "start", "end", "both"]))
@settings(deadline=None, max_examples=60)
def test_single_places_are_ordered_as_the_shortest_way(seed: int, count: int, fixed: str) -> None:
    matrix = city(seed, count + 2)
    start = count if fixed in ("start", "both") else None
    end = count + 1 if fixed in ("end", "both") else None
    found = order(matrix, [(row,) for row in range(count)], seed=0, start=start, end=end)

    def metres(way: tuple[int, ...]) -> float:
        closing = way[0] if fixed == "none" else end
        return length(way, matrix, start=start, end=closing)

    assert metres(found) == pytest.approx(min(map(metres, itertools.permutations(range(count)))))


def test_improving_repairs_what_the_clusters_cost() -> None:
    matrix = city(11, 32)
    scores = [1.0] * 32
    chosen = select(cluster(matrix, scores, threshold_m=1200.0, rows=range(30)), scores, limit=30)
    paper = order(matrix, chosen, seed=0, start=30, end=31, cooling=0.9)
    better = improve(paper, matrix, start=30, end=31)
    assert length(better, matrix, start=30, end=31) < length(paper, matrix, start=30, end=31)


def test_rows_that_cannot_be_walked_are_refused() -> None:
    apart = np.array([[0.0, math.inf, 5.0], [math.inf, 0.0, math.inf], [5.0, math.inf, 0.0]])
    with pytest.raises(ValueError, match=r"no way between rows 0 and 1.*reachable"):
        order(apart, ((0,), (1,)), seed=0)
    assert order(apart, ((0,), (2,)), seed=0)  # a row that is not used may be out of reach


@pytest.mark.parametrize(
    ("clusters", "start"), [(((0, 1), (1, 2)), None), (((0, 0),), None), (((0, 1),), 1)]
)
def test_a_row_in_two_roles_is_refused(
    clusters: tuple[tuple[int, ...], ...], start: int | None
) -> None:
    with pytest.raises(ValueError, match="belongs to one cluster"):
        order(line(0, 1, 2), clusters, seed=0, start=start)


# A closed tour round a square of 100 m with one far corner at 3.
SQUARE = line(0, 100, 200, 900)
TOUR = (0, 1, 2, 3)


def test_a_museum_that_answers_the_request_goes_first() -> None:
    scores = [0.9, 0.5, 0.8, 0.7]
    assert select_start(TOUR, SQUARE, scores, unhurried={2}) == 2
    # Neither of the two reaches the median: being a museum does not make up for it.
    assert select_start(TOUR, SQUARE, scores, unhurried={1}) == 2


def test_nearness_decides_among_equals() -> None:
    assert select_start(TOUR, SQUARE, [0.5] * 4) == 1
    assert select_start(TOUR, SQUARE, [0.5] * 4, unhurried={2, 3}) == 2
    # 1 and 2 of five in a row are as near to their neighbours: the better one, then the earlier.
    row = line(0, 100, 200, 300, 400)
    assert select_start((0, 1, 2, 3, 4), row, [0.5, 0.5, 0.6, 0.5, 0.5]) == 2
    assert select_start((0, 1, 2, 3, 4), row, [0.5] * 5) == 1


def test_a_bar_never_goes_first_while_there_is_anything_else() -> None:
    assert select_start(TOUR, SQUARE, [0.1, 0.9, 0.1, 0.1], nightlife={1, 2}) == 0
    assert select_start(TOUR, SQUARE, [0.5] * 4, unhurried={1}, nightlife={1}) != 1
    assert select_start(TOUR, SQUARE, [0.5] * 4, nightlife={0, 1, 2, 3}) == 1


def test_the_only_place_is_the_start_and_none_is_refused() -> None:
    assert select_start((3,), SQUARE, [0.0] * 4) == 3
    with pytest.raises(ValueError):
        select_start((), SQUARE, [0.0] * 4)
