"""Streets measured anew: nearest points, shortest ways and strays, against other measures."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from planner.domain import Position
from planner.itinerary.survey import StreetTruth, great_circle_m, run_length_m

SOUTH, WEST = 60.17, 24.94
METRES_NORTH = math.radians(6_371_009.0)
METRES_EAST = METRES_NORTH * math.cos(math.radians(SOUTH))
Line = list[tuple[float, float]]


def on_map(east: float, north: float) -> tuple[float, float]:
    """Return (lon, lat) of a point given in metres from the corner of the map."""
    return (WEST + east / METRES_EAST, SOUTH + north / METRES_NORTH)


def in_metres(lon: float, lat: float) -> tuple[float, float]:
    return ((lon - WEST) * METRES_EAST, (lat - SOUTH) * METRES_NORTH)


def streets(lines: list[tuple[int, int, Line]], nodes: Line, **more: Any) -> StreetTruth:
    """Return streets from edges (u, v, line from u to v) over nodes."""
    points = [point for _, _, line in lines for point in line]
    return StreetTruth(
        node_lat=np.array([lat for _, lat in nodes]),
        node_lon=np.array([lon for lon, _ in nodes]),
        edge_u=np.array([u for u, _, _ in lines], dtype=np.int32),
        edge_v=np.array([v for _, v, _ in lines], dtype=np.int32),
        edge_length=np.array([run_length_m(line) for _, _, line in lines], dtype=float),
        vertex_start=np.cumsum([0, *(len(line) for _, _, line in lines)]),
        vertex_lat=np.array([lat for _, lat in points]),
        vertex_lon=np.array([lon for lon, _ in points]),
        **more,
    )


@st.composite
def towns(draw: st.DrawFn) -> tuple[list[tuple[int, int, Line]], Line]:
    """Draw a few junctions, perhaps not all connected, and crooked streets between them."""
    spot = st.tuples(st.floats(0, 800), st.floats(0, 800))
    nodes = [on_map(*xy) for xy in draw(st.lists(spot, min_size=2, max_size=12, unique=True))]
    index = st.integers(0, len(nodes) - 1)
    lines = []
    for u, v in draw(st.lists(st.tuples(index, index), min_size=1, max_size=24)):
        bends = [on_map(*xy) for xy in draw(st.lists(spot, min_size=int(u == v), max_size=3))]
        lines.append((u, v, [nodes[u], *bends, nodes[v]]))
    return lines, nodes


def shortest_by_networkx(
    lines: list[tuple[int, int, Line]], ends: tuple[Position, Position]
) -> float:
    """Attach with Shapely, cut the streets there, and let networkx walk."""
    graph = nx.Graph()
    cuts: dict[int, list[tuple[float, str]]] = {}
    approaches = 0.0
    for name, end in zip("ab", ends, strict=True):
        here = Point(in_metres(end.lon, end.lat))
        shapes = [LineString([in_metres(*point) for point in line]) for _, _, line in lines]
        edge = min(range(len(lines)), key=lambda n: shapes[n].distance(here))
        share = shapes[edge].project(here, normalized=True)
        approaches += shapes[edge].distance(here)
        cuts.setdefault(edge, []).append((share, name))
    for edge, (u, v, line) in enumerate(lines):
        stops: list[tuple[float, Any]] = [(0.0, u), *sorted(cuts.get(edge, [])), (1.0, v)]
        for (share, one), (next_share, other) in pairwise(stops):
            metres = (next_share - share) * run_length_m(line)
            known = graph.get_edge_data(one, other, {"metres": math.inf})["metres"]
            graph.add_edge(one, other, metres=min(metres, known))
    try:
        return approaches + float(nx.shortest_path_length(graph, "a", "b", weight="metres"))
    except nx.NetworkXNoPath:
        return math.inf


@settings(max_examples=150, deadline=None)
@given(town=towns(), xy=st.tuples(*[st.floats(-50, 850)] * 4))
def test_shortest_ways_are_those_of_networkx(
    town: tuple[list[tuple[int, int, Line]], Line], xy: tuple[float, ...]
) -> None:
    lines, nodes = town
    truth = streets(lines, nodes)
    ends = (Position(*on_map(*xy[:2])[::-1]), Position(*on_map(*xy[2:])[::-1]))
    if ends[0] == ends[1]:
        assert list(truth.walking_distances(*ends)) == [0.0]
        return
    expected = shortest_by_networkx(lines, ends)
    found = list(truth.walking_distances(*ends))
    # Where two streets are equally near, either may be the one that the other program took.
    if math.isinf(expected):
        assert math.inf in found
    else:
        # The flat map of this test is off by a hair; half a metre is the promise.
        assert any(abs(metres - expected) <= 0.5 for metres in found)


def test_shortest_ways_through_a_large_town_are_those_of_networkx() -> None:
    rng = np.random.default_rng(5)
    side = 15
    corners = np.array([(80.0 * x, 80.0 * y) for y in range(side) for x in range(side)])
    spots = corners + rng.uniform(-30, 30, corners.shape)
    nodes = [on_map(*xy) for xy in spots]
    pairs = [(n, n + 1) for n in range(side**2 - 1) if (n + 1) % side]
    pairs += [(n, n + side) for n in range(side * (side - 1))]
    lines = []
    for u, v in pairs:
        if rng.random() < 0.75:
            bend = (spots[u] + spots[v]) / 2 + rng.uniform(-40, 40, 2)
            lines.append((u, v, [nodes[u], on_map(*bend), nodes[v]]))
    truth = streets(lines, nodes)
    for xy in rng.uniform(0, 80 * side, (60, 4)):
        ends = (Position(*on_map(*xy[:2])[::-1]), Position(*on_map(*xy[2:])[::-1]))
        expected = shortest_by_networkx(lines, ends)
        found = list(truth.walking_distances(*ends))
        assert any(metres == pytest.approx(expected, abs=0.5) for metres in found)


@settings(max_examples=100, deadline=None)
@given(town=towns(), xy=st.tuples(st.floats(-400, 1200), st.floats(-400, 1200)))
def test_the_nearest_point_is_that_of_shapely(
    town: tuple[list[tuple[int, int, Line]], Line], xy: tuple[float, float]
) -> None:
    lines, nodes = town
    lon, lat = on_map(*xy)
    found = streets(lines, nodes).attachments(Position(lat, lon))
    shapes = [LineString([in_metres(*point) for point in line]) for _, _, line in lines]
    nearest = min(shape.distance(Point(xy)) for shape in shapes)
    assert found[0].approach_m == pytest.approx(nearest, abs=0.3)
    for each in found:
        shape = shapes[each.edge]
        assert shape.distance(Point(in_metres(each.lon, each.lat))) < 0.05
        assert each.approach_m == pytest.approx(
            great_circle_m(lat, lon, each.lat, each.lon), abs=1e-9
        )


def cross() -> StreetTruth:
    """Return a street east and a street north that meet in the middle; 100 m an arm."""
    nodes = [on_map(*xy) for xy in [(0, 100), (100, 100), (200, 100), (100, 0), (100, 200)]]
    lines = [(u, v, [nodes[u], nodes[v]]) for u, v in [(0, 1), (1, 2), (3, 1), (1, 4)]]
    return streets(lines, nodes)


class TestStrays:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ([(0, 100), (100, 100), (100, 200)], []),
            ([(0, 100), (200, 100)], []),  # one piece over two streets in line
            ([(30, 100.4), (60, 99.6)], []),
            ([(30, 100.6), (60, 100.6)], [0]),
            ([(0, 100), (90, 100), (100, 110), (100, 200)], [1]),
            ([(50, 100), (250, 100)], [0]),
            ([(0, 100), (100, 100), (100, 200), (0, 100)], [2]),
            ([(100, 50), (100, 50)], []),
            ([(100, 50)], []),
            ([(140, 140), (150, 150)], [0]),
        ],
    )
    def test_which_pieces_leave_the_streets(
        self, path: list[tuple[float, float]], expected: list[int]
    ) -> None:
        line = [on_map(*xy) for xy in path]
        assert cross().strays(line, slack_m=0.5) == expected

    def test_a_gap_between_streets_in_line(self) -> None:
        nodes = [on_map(east, 0) for east in (0, 80, 120, 200)]
        truth = streets([(0, 1, nodes[:2]), (2, 3, nodes[2:])], nodes)
        assert truth.strays([nodes[0], nodes[3]], slack_m=0.5) == [0]
        assert truth.strays([nodes[3], nodes[0]], slack_m=0.5) == [0]

    def test_a_long_path_is_seen_whole(self) -> None:
        line = [on_map(2 * n, 100) for n in range(101)]
        line[70] = on_map(140, 103)
        assert cross().strays(line, slack_m=0.5) == [69, 70]


class TestAttachment:
    def test_a_corner_counts_once(self) -> None:
        lon, lat = on_map(100, 100)
        found = cross().attachments(Position(lat, lon))
        assert len(found) == 1
        assert found[0].approach_m < 0.01

    def test_equally_near_streets_are_all_offered(self) -> None:
        lon, lat = on_map(130, 130)
        assert len(cross().attachments(Position(lat, lon))) == 2

    def test_no_place_lies_on_a_ferry(self) -> None:
        nodes = [on_map(0, 0), on_map(0, 100), on_map(300, 100)]
        lines = [(0, 1, nodes[:2]), (1, 2, nodes[1:])]
        lon, lat = on_map(100, 101)
        place = Position(lat, lon)
        dry = streets(lines, nodes).attachments(place)
        wet = streets(lines, nodes, vertex_ferry=np.array([False, False, True, True]))
        assert dry[0].edge == 1
        assert wet.attachments(place)[0].edge == 0
        # The ferry still leads somewhere.
        lines.append((2, 2, [nodes[2], on_map(300, 200), nodes[2]]))
        ferry = np.array([False, False, True, True, False, False, False])
        lon, lat = on_map(300, 150)
        trip = streets(lines, nodes, vertex_ferry=ferry)
        metres = next(trip.walking_distances(Position(SOUTH, WEST), Position(lat, lon)))
        assert metres == pytest.approx(100 + 300 + 50, abs=0.1)

    def test_a_far_place_finds_its_street(self) -> None:
        lon, lat = on_map(100, 5000)
        found = cross().attachments(Position(lat, lon))
        assert found[0].approach_m == pytest.approx(4800, abs=1)

    def test_no_streets_no_attachment(self) -> None:
        empty = streets([], [on_map(0, 0)])
        assert empty.attachments(Position(SOUTH, WEST)) == ()
        assert list(empty.walking_distances(Position(SOUTH, WEST), Position(SOUTH, 25.0))) == []
        assert empty.strays([on_map(0, 0), on_map(1, 1)], slack_m=0.5) == [0]


def test_a_stated_length_counts_and_not_the_drawn_one() -> None:
    nodes = [on_map(0, 0), on_map(100, 0)]
    truth = streets([(0, 1, nodes), (0, 1, [nodes[0], on_map(50, 80), nodes[1]])], nodes)
    truth.edge_length[:] = [100.0, 40.0]
    ends = [Position(lat, lon) for lon, lat in nodes]
    assert next(truth.walking_distances(*ends)) == pytest.approx(40.0, abs=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"node_lat": np.zeros(1)},
        {"edge_v": np.zeros(1, int)},
        {"vertex_start": np.zeros(2, int)},
        {"vertex_lat": np.zeros(1)},
        {"vertex_start": np.array([0, 2, 3, 4, 8])},
        {"vertex_ferry": np.zeros(1, bool)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    fields = {
        name: getattr(cross(), name)
        for name in (
            *("node_lat", "node_lon", "edge_u", "edge_v", "edge_length"),
            *("vertex_start", "vertex_lat", "vertex_lon"),
        )
    }
    with pytest.raises(ValueError, match=r"differ|must|needs"):
        StreetTruth(**{**fields, **change})


def test_a_degree_of_the_equator() -> None:
    assert great_circle_m(0, 0, 0, 1) == pytest.approx(math.radians(6_371_009.0))
    assert run_length_m([(0.0, 0.0)]) == 0.0
