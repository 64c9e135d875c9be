"""Measures on walks that fit on paper, each worked out by hand beside it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.evaluation import metrics
from planner.evaluation.resampling import interval, paired


def line(*east: float) -> np.ndarray:
    """Distances of points on one street."""
    at = np.array(east)
    return np.abs(at[:, None] - at)


def test_recall_precision_and_f1() -> None:
    # Two of four wanted places are among three found: 2/4, 2/3, and 2*(1/2)*(2/3)/(7/6) = 4/7.
    found, wanted = ["a", "b", "x"], ["a", "b", "c", "d"]
    assert metrics.recall(found, wanted) == pytest.approx(1 / 2)
    assert metrics.precision(found, wanted) == pytest.approx(2 / 3)
    assert metrics.f1(found, wanted) == pytest.approx(4 / 7)


def test_a_place_counts_once() -> None:
    assert metrics.precision(["a", "a", "x"], ["a"]) == pytest.approx(1 / 2)


def test_nothing_found_and_nothing_wanted() -> None:
    assert metrics.f1([], ["a"]) == 0.0
    with pytest.raises(ValueError, match="nothing"):
        metrics.recall(["a"], [])


def test_pairs_count_the_order() -> None:
    # a-b, a-c, b-c against a-c, a-b, c-b: two of three are the same, both ways.
    assert metrics.pairs_f1("abc", "acb") == pytest.approx(2 / 3)
    # a-x, a-b, x-b against a-b: one of three, and one of one: 2*(1/3)*1/(4/3) = 1/2.
    assert metrics.pairs_f1("axb", "ab") == pytest.approx(1 / 2)
    assert metrics.pairs_f1("a", "ab") == 0.0


def test_the_margin_is_a_stop_and_beyond_the_shortest_order() -> None:
    # At 0, 200, 100, 300 one walks 200 + 100 + 200 = 500; in order it is 300. Over four stops: 50.
    assert metrics.average_margin(line(0, 200, 100, 300)) == pytest.approx(50)


def test_given_ends_are_no_stops_and_stay_where_they_are() -> None:
    # From 0 over 200 and 100 to 300: 500. The best is 300; two stops: 100.
    margin = metrics.average_margin(line(0, 200, 100, 300), fixed_start=True, fixed_end=True)
    assert margin == pytest.approx(100)
    # From 100 over 0 to 200, both given: no other order, although 0, 100, 200 is shorter.
    assert metrics.average_margin(line(100, 0, 200), fixed_start=True, fixed_end=True) == 0.0
    # With the start alone given, 100, 200, 0 is as long: 300 either way.
    assert metrics.average_margin(line(100, 0, 200), fixed_start=True) == 0.0
    # With nothing given, 0, 100, 200 saves 100 over three stops.
    assert metrics.average_margin(line(100, 0, 200)) == pytest.approx(100 / 3)


def test_a_walk_of_one_stop_or_none_has_no_margin() -> None:
    assert metrics.average_margin(line(5)) == 0.0
    assert metrics.average_margin(line(0, 5), fixed_start=True, fixed_end=True) == 0.0


@pytest.mark.parametrize(("start", "end"), list(itertools.product([False, True], repeat=2)))
def test_the_shortest_order_is_that_of_trying_them_all(start: bool, end: bool) -> None:
    rng = np.random.default_rng(1)
    points = rng.random((7, 2))
    metres = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    free = range(int(start), 7 - end)
    best = min(
        sum(metres[a, b] for a, b in itertools.pairwise([*[0] * start, *order, *[6] * end]))
        for order in itertools.permutations(free)
    )
    assert metrics.shortest(metres, fixed_start=start, fixed_end=end) == pytest.approx(best)


def test_long_walks_are_improved_and_never_made_longer() -> None:
    east = [float(n) for n in range(14)]
    shuffled = [east[i] for i in np.random.default_rng(2).permutation(14)]
    assert metrics.shortest(line(*shuffled)) == pytest.approx(13)


@pytest.mark.parametrize(
    ("points", "crossings"),
    [
        ([(0, 0), (2, 2), (2, 0), (0, 2)], 1),  # an hourglass
        ([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], 0),  # a square, closed: it only touches itself
        ([(0, 0), (4, 0), (4, 1), (3, -1), (2, 1), (1, -1)], 3),  # a saw through its first side
        ([(0, 0), (2, 0), (0, 0)], 0),  # there and back
        ([(0, 0), (2, 0), (2, 1), (1, 0), (1, 1)], 0),  # a corner on the first side
        ([(0, 0), (2, 0), (2, 1), (1, 1), (1, 1), (1, -1)], 1),  # a stop that stands twice
        ([], 0),
    ],
)
def test_crossings(points: list[tuple[float, float]], crossings: int) -> None:
    assert metrics.overlaps(points) == crossings


def test_names_are_matched_as_people_write_them() -> None:
    existing = ["CN Tower", "Art Gallery of Ontario", "Széchenyi Chain Bridge", "City Park", "Zoo"]
    named = ["the CN Tower in Toronto", "Ontario Art Gallery of", "Szechenyi Chain Brigde", "Park"]
    assert metrics.matches(named, existing) == [0, 1, 2, None]
    assert metrics.fail_rate(named, existing) == pytest.approx(1 / 4)
    assert metrics.fail_rate([], existing) is None
    assert metrics.matches([""], []) == [None]


def test_intervals_hold_the_mean_and_are_the_same_each_time() -> None:
    values = [0.0, 1.0] * 50
    found = interval(values)
    assert found is not None
    assert found == interval(values)
    # The mean of 100 coins lies within 0.1 of a half, 95 times of 100.
    assert (found.mean, found.count) == (0.5, 100)
    assert found.low == pytest.approx(0.4, abs=0.03)
    assert found.high == pytest.approx(0.6, abs=0.03)
    assert interval([]) is None


def test_what_is_paired_is_the_difference_of_each() -> None:
    ours, theirs = [1.0, 0.0, 1.0, 0.0], [0.5, -0.5, 0.5, -0.5]
    found = paired(ours, theirs)
    assert found is not None
    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="same requests"):
        paired([1.0], [])
