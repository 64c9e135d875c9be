from __future__ import annotations

import itertools
import math
import os
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.spatial import program, tours
from planner.spatial.improvement import improve
from planner.spatial.matrices import length, reachable
from planner.spatial.program import shortest_path
from planner.spatial.tours import solve_path, solve_tsp

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(os.environ.get("FLANEUR_DATA", Path(__file__).parents[3] / "shared" / "data"))
TSPLIB = DATA / "solver" / "tsplib"


def plane(seed: int, count: int, side: float = 2000.0) -> np.ndarray:
    points = np.random.default_rng(seed).uniform(0, side, (count, 2))
    return np.abs(points[:, None] - points[None]).sum(axis=-1)


@st.composite
def matrices(draw: st.DrawFn, lowest: int = 1, highest: int = 6) -> np.ndarray:
    """Symmetric distances, many of them equal, with no triangle inequality to lean on."""
    count = draw(st.integers(lowest, highest))
    matrix = np.zeros((count, count))
    for i, j in itertools.combinations(range(count), 2):
        matrix[i, j] = matrix[j, i] = draw(
            st.one_of(st.integers(0, 5), st.floats(0, 1e4, allow_nan=False))
        )
    return matrix


def shortest_by_trying(matrix: np.ndarray, start: int | None, end: int | None) -> float:
    """The length of the shortest path by trying all; the same row twice closes it."""
    loop = start is not None and start == end
    middle = [row for row in range(len(matrix)) if row not in (start, end)]
    ways = (
        [row for row in (start, *inner, end) if row is not None]
        for inner in itertools.permutations(middle)
    )
    if loop and not middle:
        return 0.0
    return min(sum(matrix[a, b] for a, b in itertools.pairwise(way)) for way in ways)


def ends_of(data: st.DataObject, count: int) -> tuple[int | None, int | None]:
    rows = st.one_of(st.none(), st.integers(0, count - 1))
    return data.draw(rows), data.draw(rows)


@given(matrices(), st.data())
@settings(deadline=None)
def test_a_path_is_the_shortest_of_all(matrix: np.ndarray, data: st.DataObject) -> None:
    start, end = ends_of(data, len(matrix))
    if start is not None and start == end and len(matrix) > 1:
        with pytest.raises(ValueError):
            solve_path(matrix, start, end)
        return
    path = solve_path(matrix, start, end)
    assert sorted(path) == list(range(len(matrix)))
    assert start in (None, path[0])
    assert end in (None, path[-1])
    assert length(path, matrix) == pytest.approx(shortest_by_trying(matrix, start, end))


@given(matrices(), st.data())
@settings(deadline=None)
def test_a_small_tour_is_the_shortest_of_all(matrix: np.ndarray, data: st.DataObject) -> None:
    start, end = ends_of(data, len(matrix))
    tour = solve_tsp(matrix, seed=0, start=start, end=end)
    assert sorted(tour) == list(range(len(matrix)))
    assert start in (None, tour[0])
    assert end in (None, tour[-1]) or start == end
    closed = start == end  # also where neither is given
    found = length(tour, matrix, end=tour[0] if closed else None)
    assert found == pytest.approx(
        shortest_by_trying(matrix, tour[0], tour[0])
        if closed
        else shortest_by_trying(matrix, start, end)
    )


@given(matrices(lowest=2, highest=6))
@settings(deadline=None, max_examples=25)
def test_the_integer_program_finds_the_shortest_path(matrix: np.ndarray) -> None:
    path = shortest_path(matrix)
    assert path is not None
    assert sorted(path) == list(range(len(matrix)))
    assert (path[0], path[-1]) == (0, len(matrix) - 1)
    assert length(path, matrix) == pytest.approx(shortest_by_trying(matrix, 0, len(matrix) - 1))


def test_the_integer_program_joins_what_would_be_apart() -> None:
    # Two triangles far from both ends: the cheapest successors leave each of them a round.
    points = np.array(
        [[0, 0], [0, 900], [1, 900], [0, 901], [900, 0], [901, 0], [900, 1], [5, 0], [9, 0]]
    )
    matrix = np.abs(points[:, None] - points[None]).sum(axis=-1).astype(float)
    path = shortest_path(matrix)
    assert path is not None
    assert sorted(path) == list(range(9))
    assert length(path, matrix) == shortest_by_trying(matrix, 0, 8)


@pytest.mark.parametrize("ends", [(3, 7), (None, 7), (3, None), (None, None)])
def test_above_the_exact_size_the_program_agrees_with_dynamic_programming(
    ends: tuple[int | None, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = plane(5, 13)
    calls = []
    monkeypatch.setattr(
        tours, "shortest_path", lambda costs: calls.append(1) or shortest_path(costs)
    )
    programmed = solve_path(matrix, *ends)
    assert calls
    monkeypatch.setattr(tours, "EXACT_PATH_NODES", 14)
    exact = solve_path(matrix, *ends)
    assert len(calls) == 1
    assert length(programmed, matrix) == pytest.approx(length(exact, matrix))
    assert ends[0] in (None, programmed[0])
    assert ends[1] in (None, programmed[-1])


def test_the_integer_program_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    for name in ("TMPDIR", "TMP", "TEMP"):
        monkeypatch.setenv(name, str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert solve_path(plane(2, 14), 0, 13)[-1] == 13
    assert sorted(tmp_path.rglob("*")) == [here, temporary]


def broken_solvers() -> list[object]:
    return [pulp.COIN_CMD(path="/nonexistent/cbc", msg=False)]


@pytest.mark.parametrize("solvers", [list, broken_solvers])
def test_without_a_solver_a_path_is_still_found(
    solvers: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = plane(4, 16)
    best = solve_path(matrix, 2, 9)
    monkeypatch.setattr(program, "_solvers", solvers)
    assert shortest_path(matrix) is None
    path = solve_path(matrix, 2, 9)
    assert sorted(path) == list(range(16))
    assert (path[0], path[-1]) == (2, 9)
    assert length(path, matrix) <= 1.15 * length(best, matrix)


def test_a_path_too_large_for_the_program_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tours, "shortest_path", lambda _: pytest.fail("too large for it"))
    matrix = plane(6, tours.PROGRAM_PLACES + 1)
    for ends in ((0, 1), (None, 1), (None, None)):
        path = solve_path(matrix, *ends)
        assert sorted(path) == list(range(len(matrix)))
        assert ends[0] in (None, path[0])
        assert ends[1] in (None, path[-1])


@pytest.fixture
def watched_generators() -> Iterator[None]:
    random.seed(17)
    np.random.seed(17)  # noqa: NPY002 - the global generator is what is watched
    plain, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    assert random.getstate() == plain
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(numbers, after, strict=True))


@pytest.mark.usefixtures("watched_generators")
def test_the_same_seed_gives_the_same_tour_whatever_was_drawn_before() -> None:
    matrix = plane(8, 25)
    first = solve_tsp(matrix, seed=3, cooling=0.9)
    state = random.getstate()
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002
    again = solve_tsp(matrix, seed=3, cooling=0.9)
    random.setstate(state)
    np.random.seed(17)  # noqa: NPY002
    assert first == again
    assert first[0] == 0
    others = {solve_tsp(matrix, seed=seed, cooling=0.5) for seed in (-1, 1, 2, 2**40)}
    assert len(others) > 1  # the seed reaches the annealing


@pytest.mark.usefixtures("watched_generators")
def test_the_generators_are_put_back_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: list[int]) -> Iterator[list[int]]:
        random.random()
        raise ArithmeticError

    monkeypatch.setattr(tours, "_moves", refuse)
    with pytest.raises(ArithmeticError):
        solve_tsp(plane(8, 15), seed=0)


@pytest.mark.parametrize("ends", [(None, None), (4, 4), (4, 9), (4, None), (None, 9)])
def test_an_annealed_tour_keeps_its_ends_and_is_near_the_optimum(
    ends: tuple[int | None, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = plane(9, 13)
    start, end = ends

    def metres(tour: tuple[int, ...]) -> float:
        return length(tour, matrix, end=tour[0] if start == end else None)

    monkeypatch.setattr(tours, "EXACT_TOUR_NODES", 14)
    best = metres(solve_tsp(matrix, seed=0, start=start, end=end))
    monkeypatch.setattr(tours, "EXACT_TOUR_NODES", 3)
    tour = solve_tsp(matrix, seed=0, start=start, end=end)
    assert sorted(tour) == list(range(13))
    assert start in (None, tour[0])
    assert end in (None, tour[-1]) or start == end
    assert best - 1e-6 <= metres(tour) <= 1.1 * best


def test_annealing_ends_where_all_distances_are_equal() -> None:
    for metres in (0.0, 100.0):
        matrix = np.where(np.eye(20), 0.0, metres)
        assert sorted(solve_tsp(matrix, seed=0)) == list(range(20))


def test_a_round_that_is_none_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import python_tsp.heuristics

    def lossy(matrix: np.ndarray, **_: object) -> tuple[list[int], float]:
        return [*range(len(matrix) - 1), 0], 0.0

    monkeypatch.setattr(python_tsp.heuristics, "solve_tsp_simulated_annealing", lossy)
    with pytest.raises(RuntimeError, match="no round"):
        solve_tsp(plane(1, 15), seed=0)


def test_a_library_round_from_elsewhere_is_turned_to_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import python_tsp.heuristics

    line = np.arange(15.0)
    matrix = np.abs(line[:, None] - line[None])

    def turned(matrix: np.ndarray, **_: object) -> tuple[list[int], float]:
        return [*range(5, len(matrix)), *range(5)], 0.0

    monkeypatch.setattr(python_tsp.heuristics, "solve_tsp_simulated_annealing", turned)
    assert solve_tsp(matrix, seed=0) == tuple(range(15))


@pytest.mark.parametrize(
    "call",
    [
        lambda m: solve_tsp(m, seed=0, start=9),
        lambda m: solve_tsp(m, seed=0, end=-1),
        lambda m: solve_tsp(m, seed=0, cooling=1.0),
        lambda m: solve_path(m, 0, 3),
        lambda m: solve_path(np.where(m > 0, math.inf, 0.0), 0, 1),
        lambda m: solve_tsp(np.where(m > 0, math.inf, 0.0), seed=0),
        lambda m: improve((0, 1, 0), m),
        lambda m: improve((0, 1), np.where(m > 0, math.inf, 0.0)),
    ],
)
def test_what_makes_no_tour_is_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call(plane(0, 3))  # type: ignore[operator]


def test_nothing_gives_nothing() -> None:
    empty = np.zeros((0, 0))
    assert solve_tsp(empty, seed=0) == ()
    assert solve_path(empty) == ()
    assert improve((), empty) == ()
    assert length((), empty) == 0.0


@given(matrices(lowest=1, highest=7), st.data())
@settings(deadline=None)
def test_improving_never_lengthens_and_keeps_the_ends(
    matrix: np.ndarray, data: st.DataObject
) -> None:
    start, end = ends_of(data, len(matrix))
    rows = [row for row in range(len(matrix)) if row not in (start, end)]
    given_order = tuple(data.draw(st.permutations(rows)))
    better = improve(given_order, matrix, start=start, end=end)
    assert sorted(better) == rows
    before = length(given_order, matrix, start=start, end=end)
    after = length(better, matrix, start=start, end=end)
    assert after <= before + 1e-9
    assert improve(better, matrix, start=start, end=end) == better
    # No single reversal or move of up to three stops is left that would shorten it.
    for i, j in itertools.combinations(range(len(better) + 1), 2):
        stretch, rest = better[i:j], better[:i] + better[j:]
        changed = [better[:i] + stretch[::-1] + better[j:]]
        if j - i <= 3:
            for at in range(len(rest) + 1):
                changed += [
                    rest[:at] + stretch + rest[at:],
                    rest[:at] + stretch[::-1] + rest[at:],
                ]
        for other in changed:
            assert length(other, matrix, start=start, end=end) > after - 1e-3


@pytest.mark.parametrize(
    ("name", "optimum"), [("burma14", 3323), ("ulysses22", 7013), ("eil51", 426)]
)
def test_known_instances_come_near_their_optimum(name: str, optimum: int) -> None:
    if not TSPLIB.is_dir():
        pytest.skip(f"no TSPLIB instances at {TSPLIB}; set FLANEUR_DATA")
    tsplib95 = pytest.importorskip("tsplib95")
    problem = tsplib95.load(str(TSPLIB / f"{name}.tsp"))
    nodes = list(problem.get_nodes())
    matrix = np.array([[problem.get_weight(a, b) for b in nodes] for a in nodes], dtype=float)
    np.fill_diagonal(matrix, 0.0)
    tour = solve_tsp(matrix, seed=1, cooling=0.9)
    better = (tour[0], *improve(tour[1:], matrix, start=tour[0], end=tour[0]))
    assert sorted(better) == list(range(len(nodes)))
    assert length(better, matrix, end=better[0]) <= length(tour, matrix, end=tour[0])
    assert optimum <= length(better, matrix, end=better[0]) <= 1.06 * optimum


ISLANDS = np.array(
    [
        [0.0, 10.0, math.inf, math.inf, 20.0],
        [10.0, 0.0, math.inf, math.inf, 15.0],
        [math.inf, math.inf, 0.0, 30.0, math.inf],
        [math.inf, math.inf, 30.0, 0.0, math.inf],
        [20.0, 15.0, math.inf, math.inf, 0.0],
    ]
)


def test_rows_out_of_reach_are_told_apart() -> None:
    larger = reachable(ISLANDS, [0.0] * 5)
    assert (larger.kept, larger.dropped) == ((0, 1, 4), (2, 3))
    must = reachable(ISLANDS, [0.0] * 5, required={3})
    assert (must.kept, must.dropped) == ((2, 3), (0, 1, 4))
    from_there = reachable(ISLANDS, [0.0] * 5, required={0}, anchors={2})
    assert (from_there.kept, from_there.dropped) == ((3,), (0, 1, 4))
    cut_off = reachable(ISLANDS, [0.0] * 5, anchors={0, 2})
    assert (cut_off.kept, cut_off.dropped) == ((), (1, 3, 4))
    scored = reachable(ISLANDS[:4, :4], [0.1, 0.1, 0.2, 0.2])
    assert scored.kept == (2, 3)
