"""Instances are read as published, answers are checked by code of their own, and gaps hold."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.errors import UnreadableFileError
from planner.evaluation import optw, tsp
from planner.evaluation.suites import run_optw, run_tsp
from planner.spatial.orienteering.tours import shortest_order, shortest_tour

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "4 1 3 1\n0 200\n"
TINY = HEADER + (
    "0 0.00 0.00 0.00 0.00 0 0 0 100\n"
    "1 3.00 4.00 10.00 7.00 1 1 1 0 50\n"
    "2 6.00 8.00 10.00 9.00 1 1 1 0 4\n"
    "3 1.00 1.00 10.00 5.00 1 1 1 60 80\n"
)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Three points; the second closes before it can be reached."""
    path = tmp_path / "tiny.txt"
    path.write_text(TINY, encoding="ascii")
    (tmp_path / "best_known.csv").write_text(
        "instance,m_routes,best_known_score\ntiny,1,12\ntiny,2,21\n", encoding="utf-8"
    )
    return path


def test_distances_are_cut_to_a_decimal_and_counted_in_tenths(tiny: Path) -> None:
    read = optw.read(tiny)
    assert read.distance[0].tolist() == [0, 50, 100, 14]
    assert read.stay == (0, 100, 100, 100)
    assert (read.opens[3], read.closes[3]) == (600, 800)


def test_an_instance_is_solved_and_held_to_what_is_known(tiny: Path) -> None:
    (row,) = run_optw(tiny.parent, 5).instances
    assert (row.score, row.best_known, row.gap, row.proven) == (12.0, 12.0, 0.0, True)


@pytest.mark.parametrize(
    ("route", "words"), [((1, 1), "twice"), ((2,), "after"), ((3, 1), "after"), ((0, 1), "twice")]
)
def test_routes_that_do_not_hold_are_refused(
    tiny: Path, route: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        optw.score(tiny, route)


@pytest.mark.parametrize("text", ["", "a b c\n", HEADER + "0 0 0 0 0 0 0 0 100\n"])
def test_other_files_are_refused_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="ascii")
    with pytest.raises(UnreadableFileError, match="no orienteering instance"):
        optw.read(path)
    with pytest.raises(UnreadableFileError, match="holds no file"):
        run_tsp(tmp_path)


def test_real_routes_score_as_published(data_folder: Path) -> None:
    folder = data_folder / "solver" / "optw"
    names = ("c101", "r101", "rc101")
    known = optw.best_known(folder)
    for name in names:
        path = folder / f"{name}.txt"
        read = optw.read(path)
        from planner.spatial.orienteering.solver import solve

        solution = solve(read.instance(), seconds=30)
        assert solution is not None
        assert optw.score(path, [i + 1 for i in solution.sequence]) == known[name]
        assert solution.proven


def problem(kind: str, rows: str, form: str = "", section: str = "NODE_COORD_SECTION") -> str:
    extra = f"EDGE_WEIGHT_FORMAT : {form}\n" if form else ""
    return f"NAME: t\nTYPE: TSP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE: {kind}\n{extra}{section}\n{rows}EOF\n"


POINTS = "1 0.0 0.0\n2 3.0 4.4\n3 10.0 0\n"


@pytest.mark.parametrize(
    ("text", "distances"),
    [
        (problem("EUC_2D", POINTS), (5, 10, 8)),
        (problem("CEIL_2D", POINTS), (6, 10, 9)),
        (problem("ATT", POINTS), (2, 4, 3)),
        (problem("MAN_2D", POINTS), (7, 10, 11)),
        (problem("MAX_2D", POINTS), (4, 10, 7)),
        *[
            (problem("EXPLICIT", rows, form, "EDGE_WEIGHT_SECTION"), (1, 2, 3))
            for form, rows in {
                "FULL_MATRIX": "0 1 2\n1 0 3\n2 3 0\n",
                "UPPER_ROW": "1 2 3\n",
                "UPPER_DIAG_ROW": "0 1 2 0 3 0\n",
                "LOWER_ROW": "1 2 3\n",
                "LOWER_DIAG_ROW": "0 1 0\n2 3 0\n",
                "UPPER_COL": "1 2 3\n",
                "LOWER_DIAG_COL": "0 1 2 0 3 0\n",
            }.items()
        ],
    ],
)
def test_distances_are_those_of_the_format(
    tmp_path: Path, text: str, distances: tuple[int, int, int]
) -> None:
    path = tmp_path / "t.tsp"
    path.write_text(text, encoding="ascii")
    matrix = tsp.read(path)
    assert (matrix[0, 1], matrix[0, 2], matrix[1, 2]) == distances
    assert (matrix == matrix.T).all()


@pytest.mark.parametrize("name", ["ulysses16", "berlin52", "kroA100"])
def test_published_tours_have_their_published_length(data_folder: Path, name: str) -> None:
    folder = data_folder / "solver" / "tsplib"
    text = (folder / f"{name}.opt.tour").read_text(encoding="ascii")
    words = text.split("TOUR_SECTION")[1].split("-1")[0].split()
    tour = [int(word) - 1 for word in words]
    assert tsp.length(folder / f"{name}.tsp", tour) == tsp.optima(folder)[name]


def test_every_problem_is_solved_to_its_optimum(data_folder: Path) -> None:
    report = run_tsp(data_folder / "solver" / "tsplib", seconds=60)
    assert [row.instance for row in report.instances if row.gap != 0] == []
    assert report.mean_gap == 0


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_short_orders_and_tours_equal_all_permutations(n: int) -> None:
    rng = np.random.default_rng(n)
    cost = rng.uniform(1, 9, (n + 2, n + 2))
    order, total = shortest_order(cost)
    every = [
        sum(cost[a, b] for a, b in itertools.pairwise((n, *each, n + 1)))
        for each in itertools.permutations(range(n))
    ]
    assert total == pytest.approx(min(every))
    path = (n, *order, n + 1)
    assert sum(cost[a, b] for a, b in itertools.pairwise(path)) == pytest.approx(total)
    distance = rng.integers(1, 50, (n + 1, n + 1))
    distance = np.triu(distance, 1) + np.triu(distance, 1).T
    tour, length = shortest_tour(distance, seconds=5)
    tours = (
        sum(distance[a, b] for a, b in itertools.pairwise((0, *each, 0)))
        for each in itertools.permutations(range(1, n + 1))
    )
    assert length == min(tours)
    assert sum(distance[tour[k - 1], tour[k]] for k in range(n + 1)) == length


def test_no_way_through_costs_infinity() -> None:
    cost = np.full((4, 4), np.inf)
    assert shortest_order(cost)[1] == float("inf")


def test_the_command_prints_a_table_and_json(tiny: Path) -> None:
    line = [sys.executable, "-m", "planner", "eval", "optw", "--seconds", "5", "--data"]
    text = subprocess.run([*line, tiny.parent], capture_output=True, text=True, check=True).stdout
    rows = [row.split() for row in text.splitlines()]
    assert rows[1][:5] == ["tiny", "12", "12", "0.00", "%"]
    assert rows[2][0] == "mean"
    done = subprocess.run(
        [*line, tiny.parent, "--json"], capture_output=True, text=True, check=True
    )
    value = json.loads(done.stdout)
    assert value["mean_gap"] == 0
    assert {"instance", "score", "best_known", "gap", "seconds"} <= set(value["instances"][0])
