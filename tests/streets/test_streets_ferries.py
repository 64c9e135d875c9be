"""Ferries: rides in their own time, beside streets that stay what they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain import Position
from planner.errors import UnreadableFileError
from planner.itinerary.survey import StreetTruth, run_length_m
from planner.streets.attachment import attach
from planner.streets.building import build_network, compile_network
from planner.streets.extract import Walkways
from planner.streets.ferries import BOARDING_S
from planner.streets.matrix import walk_matrix
from planner.streets.network import NO_FLAGS, NOT_STEP_FREE, WayFlag
from planner.streets.pieces import walkable_arrays
from planner.streets.routing import route
from planner.streets.travel import journey, paced_matrix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork

LAT, LON = 60.17, 24.94
PER_LAT = 1 / 111_195.08
PER_LON = PER_LAT / math.cos(math.radians(LAT))
FOOTWAY = {"highway": "footway"}
SPEED = 1.25
# Two shores 1 km apart; the island beyond has a longer street of its own.
SHORES = [(0.0, 0.0), (100.0, 0.0), (1100.0, 0.0), (1150.0, 0.0), (1150.0, 60.0)]


def place(east_m: float, north_m: float) -> Position:
    return Position(LAT + north_m * PER_LAT, LON + east_m * PER_LON)


def shore_ways(**ferry: str) -> list[tuple[list[int], dict[str, str]]]:
    return [
        ([1, 2], FOOTWAY),
        ([2, 3], {"route": "ferry", "name": "Lautta", **ferry}),
        ([3, 4, 5], {"highway": "steps"}),
    ]


@pytest.fixture
def shores(osm_file: Callable[..., Path]) -> StreetNetwork:
    return build_network(osm_file(SHORES, shore_ways(duration="00:15"))).network


def test_a_ferry_joins_two_shores_in_its_own_time(shores: StreetNetwork) -> None:
    shores.check()
    attachments = attach(shores, [place(0, 0), place(1150, 60), place(600, 30)])
    assert attachments.edge[2] < 0, "nobody stands in the middle of the water"
    assert np.isinf(walk_matrix(shores, attachments)[0, 1])
    with pytest.raises(ValueError, match="no way"):
        route(shores, attachments, 0, 1)

    way = journey(shores, attachments, 0, 1, speed_ms=SPEED)
    assert way.distance_m == pytest.approx(100 + 1000 + 50 + 60, rel=1e-3)
    assert way.ride_m == pytest.approx(1000, rel=1e-3)
    assert way.ride_s == pytest.approx(900 + BOARDING_S, rel=1e-3)
    assert way.seconds(SPEED) == pytest.approx(210 / SPEED + 1200, rel=1e-3)
    assert way.steps[0].startswith("head east")
    assert way.steps[1].startswith("by the ferry Lautta, 1.0 km, 20 min with boarding")
    assert run_length_m(way.path) == pytest.approx(way.distance_m, abs=0.1)
    back = journey(shores, attachments, 1, 0, speed_ms=SPEED)
    assert back.path == way.path[::-1]
    assert back.ride_s == way.ride_s

    paced = paced_matrix(shores, attachments, speed_ms=SPEED)
    assert paced[0, 1] == pytest.approx(way.seconds(SPEED) * SPEED, rel=1e-9)
    assert np.isinf(paced[0, 2])


def test_a_slow_walker_takes_the_ferry_and_a_quick_one_the_bridge(
    osm_file: Callable[..., Path],
) -> None:
    ways = [*shore_ways(duration="00:08"), ([2, 6, 3], FOOTWAY)]
    network = build_network(osm_file([*SHORES, (600.0, 600.0)], ways)).network
    attachments = attach(network, [place(0, 0), place(1150, 0)])
    bridge = float(walk_matrix(network, attachments)[0, 1])
    assert bridge == pytest.approx(150 + 2 * math.hypot(500, 600), rel=1e-3)
    slow = journey(network, attachments, 0, 1, speed_ms=1.0)
    quick = journey(network, attachments, 0, 1, speed_ms=2.5)
    assert (slow.ride_m > 0, quick.ride_m) == (True, 0.0)
    assert quick.distance_m == pytest.approx(bridge)
    assert paced_matrix(network, attachments, speed_ms=2.5)[0, 1] == pytest.approx(bridge)
    assert paced_matrix(network, attachments, speed_ms=1.0)[0, 1] < bridge


def test_steps_on_the_other_shore_are_not_step_free(shores: StreetNetwork) -> None:
    attachments = attach(shores, [place(0, 0), place(1150, 60)])
    paced = paced_matrix(shores, attachments, speed_ms=SPEED, avoid=NOT_STEP_FREE)
    assert np.isinf(paced[0, 1])


def test_the_network_of_osmnx_has_no_ferries(osm_file: Callable[..., Path]) -> None:
    path = osm_file(SHORES, shore_ways())
    assert not len(build_network(path, beyond=False).network.ride_a)


def test_a_ferry_without_duration_goes_at_its_stated_speed(osm_file: Callable[..., Path]) -> None:
    for ferry in ({}, {"duration": "soon"}):
        network = build_network(osm_file(SHORES, shore_ways(**ferry))).network
        assert network.ride_s.tolist() == pytest.approx([1000 / 2.5 + BOARDING_S], rel=1e-3)


def test_ferries_that_meet_in_the_water_lead_to_every_landing(
    osm_file: Callable[..., Path],
) -> None:
    points = [(0.0, 0.0), (0.0, 50.0), (500.0, 0.0), (900.0, 300.0), (900.0, 350.0),
              (900.0, -300.0), (900.0, -350.0)]  # fmt: skip
    boat = {"route": "ferry", "duration": "10"}
    ways = [([1, 2], FOOTWAY), ([4, 5], FOOTWAY), ([6, 7], FOOTWAY),
            ([1, 3, 4], boat), ([3, 6], {**boat, "name": "Toinen"})]  # fmt: skip
    built = build_network(osm_file(points, ways))
    network = built.network
    network.check()
    assert built.dropped_components == 0
    assert len(network.ride_a) == 3
    assert len(set(network.node_part.tolist())) == 3
    attachments = attach(network, [place(0, 50), place(900, 350), place(900, -350)])
    assert np.isfinite(paced_matrix(network, attachments, speed_ms=SPEED)).all()


def test_a_file_with_nothing_but_a_ferry_has_no_streets(osm_file: Callable[..., Path]) -> None:
    path = osm_file(SHORES, [([1, 2], {"route": "ferry"})])
    with pytest.raises(UnreadableFileError, match="no streets in this file"):
        build_network(path)


def test_a_ferry_far_away_changes_nothing(osm_file: Callable[..., Path]) -> None:
    points = [*SHORES, (50.0, 0.0), (50.0, 300.0)]
    ways = [*shore_ways(duration="00:15"), ([1, 6, 2], FOOTWAY), ([6, 7], FOOTWAY)]
    network = build_network(osm_file(points, ways)).network
    attachments = attach(network, [place(0, 0), place(50, 300), place(90, 0)])
    paced = paced_matrix(network, attachments, speed_ms=SPEED)
    assert (paced == walk_matrix(network, attachments)).all()


@st.composite
def harbours(draw: st.DrawFn) -> tuple[Walkways, list[tuple[float, float]], float]:
    """Streets on a few islands, ferries between them, and places near."""
    count = draw(st.integers(4, 12))
    offset = st.integers(0, 40).map(lambda step: 25.0 * step)
    points = draw(st.lists(st.tuples(offset, offset), min_size=count, max_size=count, unique=True))
    node = st.integers(0, count - 1)
    pair = st.tuples(node, node).filter(lambda ends: ends[0] != ends[1])
    streets = draw(st.lists(pair, min_size=3, max_size=14))
    boats = draw(st.lists(st.tuples(pair, st.integers(10, 2000)), max_size=5))
    spots = draw(st.lists(st.tuples(offset, offset), min_size=2, max_size=5))
    u, v = np.array([*streets, *(ends for ends, _ in boats)], dtype=np.int64).T
    afloat = np.r_[np.zeros(len(streets)), np.full(len(boats), int(WayFlag.FERRY))]
    walkways = Walkways(
        node_id=np.arange(count, dtype=np.int64),
        lat=np.array([LAT + y * PER_LAT for _, y in points]),
        lon=np.array([LON + x * PER_LON for x, _ in points]),
        u=u,
        v=v,
        kind=np.zeros(len(u), dtype=np.uint8),
        flags=afloat.astype(np.uint8),
        name=np.full(len(u), -1, dtype=np.int32),
        names=(),
        ride_s=np.r_[np.zeros(len(streets)), [float(s) for _, s in boats]].astype(np.float32),
    )
    return walkways, spots, draw(st.sampled_from([0.8, 1.33, 3.0]))


def plain_graph(network: StreetNetwork, attachments: Attachments, speed: float) -> nx.Graph[object]:
    """Streets, rides and places as one graph in paced metres."""
    graph: nx.Graph[object] = nx.Graph()

    def link(a: object, b: object, metres: float) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["m"] > metres:
            graph.add_edge(a, b, m=metres)

    for u, v, metres in zip(network.edge_u, network.edge_v, network.edge_length, strict=True):
        link(int(u), int(v), float(metres))
    for a, b, seconds in zip(network.ride_a, network.ride_b, network.ride_s, strict=True):
        link(int(a), int(b), float(seconds) * speed)
    for i in range(len(attachments)):
        edge, along = int(attachments.edge[i]), float(attachments.along_m[i])
        rest = float(network.edge_length[edge]) - along
        for node, metres in ((network.edge_u[edge], along), (network.edge_v[edge], rest)):
            link(("place", i), int(node), metres + float(attachments.approach_m[i]))
        for j in range(i):
            if attachments.edge[j] == edge:
                between = abs(float(attachments.along_m[j]) - along)
                approach = float(attachments.approach_m[i] + attachments.approach_m[j])
                link(("place", i), ("place", j), between + approach)
    return graph


@settings(max_examples=60, deadline=None)
@given(harbours())
def test_ways_over_water_are_the_quickest_there_are(
    case: tuple[Walkways, list[tuple[float, float]], float],
) -> None:
    """Against a plain search over streets and rides, and against the verifier's own."""
    walkways, spots, speed = case
    network = compile_network(walkways).network
    network.check()
    positions = [place(*spot) for spot in spots]
    attachments = attach(network, positions, limit_m=1e4)
    paced = paced_matrix(network, attachments, speed_ms=speed)

    graph = plain_graph(network, attachments, speed)
    truth = StreetTruth(**walkable_arrays(network, NO_FLAGS, speed_ms=speed))
    for i in range(len(spots)):
        metres = nx.single_source_dijkstra_path_length(graph, ("place", i), weight="m")
        for j in range(len(spots)):
            if positions[i] == positions[j]:
                assert paced[i, j] == 0.0
                continue
            expected = metres.get(("place", j), math.inf)
            assert paced[i, j] == pytest.approx(expected, abs=1e-6)
            measured = list(truth.walking_distances(positions[i], positions[j]))
            assert min(abs(each - expected) for each in measured) < 1e-3 or math.isinf(expected)
            if math.isfinite(expected):
                way = journey(network, attachments, i, j, speed_ms=speed)
                assert way.seconds(speed) * speed == pytest.approx(expected, abs=1e-6)
                assert run_length_m(way.path) == pytest.approx(way.distance_m, abs=0.2)
                assert len(way.path) < 4 or truth.strays(way.path[1:-1], slack_m=0.5) == []
