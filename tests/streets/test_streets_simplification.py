"""OSMnx makes the streets of towns; the arrays that stand in for it in cities give the same runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.streets import simplification
from planner.streets.building import build_network, compile_network
from planner.streets.extract import Walkways, read_walkways
from planner.streets.simplification import (
    main_component,
    runs_by_arrays,
    runs_by_osmnx,
    street_runs,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.streets.simplification import (
        Runs,
    )

PLACES = [(37.0 * (i % 4) + i, 53.0 * (i // 4) + 7 * (i % 3)) for i in range(12)]
PIECES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]),
    min_size=1,
    max_size=20,
)


def drawn_walkways(pieces: list[tuple[int, int]]) -> Walkways:
    u, v = np.array(pieces, dtype=np.int64).T
    return Walkways(
        node_id=np.arange(len(PLACES), dtype=np.int64),
        lat=np.array([60.0 + y / 111_195 for _, y in PLACES]),
        lon=np.array([25.0 + x / 55_600 for x, _ in PLACES]),
        u=u,
        v=v,
        kind=np.zeros(len(u), dtype=np.uint8),
        flags=np.zeros(len(u), dtype=np.uint8),
        name=np.full(len(u), -1, dtype=np.int32),
        names=(),
        ride_s=np.zeros(len(u), dtype=np.float32),
    )


NO_LANDINGS = np.zeros(0, dtype=np.int64)


def both(walkways: Walkways) -> tuple[Runs, Runs]:
    pieces = np.flatnonzero(main_component(walkways, np.ones(len(walkways.u), dtype=bool)).pieces)
    ours = runs_by_arrays(
        walkways.u[pieces], walkways.v[pieces], len(walkways.node_id), NO_LANDINGS
    )
    return ours, runs_by_osmnx(walkways, pieces, NO_LANDINGS)


def assert_same(ours: Runs, theirs: Runs) -> None:
    assert ours.start.tolist() == theirs.start.tolist()
    assert ours.half.tolist() == theirs.half.tolist()


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_arrays_and_osmnx_find_the_same_runs(pieces: list[tuple[int, int]]) -> None:
    assert_same(*both(drawn_walkways(pieces)))


@pytest.mark.parametrize(
    ("pieces", "lengths"),
    [
        pytest.param([(0, 1), (1, 2), (2, 3), (3, 0)], [4], id="a lone ring"),
        pytest.param([(0, 1), (1, 2), (2, 0), (0, 3)], [1, 3], id="a loop with a tail"),
        pytest.param([(0, 1), (0, 1), (1, 0)], [1, 1, 1], id="parallel pieces"),
        pytest.param([(0, 1), (1, 2), (0, 3), (3, 2), (2, 4)], [1, 4], id="a loop of two ways"),
        pytest.param([(0, 1), (1, 2), (2, 1), (1, 3)], [1, 1, 1, 1], id="there and back"),
        pytest.param([(0, 1), (1, 2), (2, 3)], [3], id="a street"),
        pytest.param(
            [(0, 1), (1, 2), (2, 0), (0, 3), (3, 4), (4, 0)], [3, 3], id="two loops at one node"
        ),
    ],
)
def test_runs_of_known_shapes(pieces: list[tuple[int, int]], lengths: list[int]) -> None:
    ours, theirs = both(drawn_walkways(pieces))
    assert_same(ours, theirs)
    assert sorted(np.diff(ours.start).tolist()) == lengths
    assert sorted(half >> 1 for half in ours.half.tolist()) == list(range(len(pieces)))


def test_arrays_and_osmnx_find_the_same_runs_of_the_demo_city(
    extract: Callable[[str], Path],
) -> None:
    assert_same(*both(read_walkways(extract("Helsinki.osm.pbf"))))


def test_osmnx_makes_the_streets_of_a_town_and_arrays_those_of_a_city(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    real = runs_by_osmnx

    def osmnx_asked(walkways: Walkways, pieces: np.ndarray, landings: np.ndarray) -> Runs:
        asked.append(len(pieces))
        return real(walkways, pieces, landings)

    monkeypatch.setattr(simplification, "runs_by_osmnx", osmnx_asked)
    walkways = drawn_walkways([(0, 1), (1, 2), (2, 3), (2, 4)])
    monkeypatch.setattr(simplification, "OSMNX_PIECES", 4)
    town = street_runs(walkways, np.arange(4), NO_LANDINGS)
    assert asked == [4]
    monkeypatch.setattr(simplification, "OSMNX_PIECES", 3)
    assert_same(street_runs(walkways, np.arange(4), NO_LANDINGS), town)
    assert asked == [4]


@settings(max_examples=40, deadline=None)
@given(PIECES)
def test_the_network_does_not_depend_on_who_simplified_it(pieces: list[tuple[int, int]]) -> None:
    assume(len(pieces) > 1)
    town = compile_network(drawn_walkways(pieces)).network.to_arrays()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simplification, "OSMNX_PIECES", 0)
        city = compile_network(drawn_walkways(pieces)).network.to_arrays()
    assert all(np.array_equal(town[name], city[name]) for name in town)


def test_osmnx_leaves_no_cache_and_no_log(
    extract: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = extract("Helsinki.osm.pbf")
    monkeypatch.chdir(tmp_path)
    build_network(path)
    assert list(tmp_path.iterdir()) == []
