"""What walkers know beyond OSMnx's filter: what is open and closed to them, squares, ferries."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain import Position
from planner.streets.attachment import attach
from planner.streets.building import build_network
from planner.streets.extract import read_walkways
from planner.streets.matrix import walk_matrix
from planner.streets.network import WayFlag, WayKind
from planner.streets.routing import route
from planner.streets.squares import Chain, Square, closed_rims, crossing_lines
from planner.streets.walkways import Walkway, duration_s, square, walkway

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LAT, LON = 60.17, 24.94
PER_LAT = 1 / 111_195.08
PER_LON = PER_LAT / math.cos(math.radians(LAT))
FOOTWAY = {"highway": "footway"}
PLAZA = {"highway": "pedestrian", "area": "yes", "name": "Tori"}


def place(east_m: float, north_m: float) -> Position:
    return Position(LAT + north_m * PER_LAT, LON + east_m * PER_LON)


@pytest.mark.parametrize(
    ("tags", "flags"),
    [
        ({"highway": "cycleway"}, None),
        ({"highway": "cycleway", "foot": "yes"}, WayFlag.BEYOND),
        ({"highway": "cycleway", "foot": "designated"}, WayFlag.BEYOND),
        ({"highway": "service", "access": "private"}, None),
        ({"highway": "service", "access": "private", "foot": "permissive"}, WayFlag.BEYOND),
        ({"highway": "track", "access": "no"}, WayFlag.CLOSED),
        ({"highway": "track", "access": "no", "foot": "yes"}, WayFlag(0)),
        ({"highway": "path", "foot": "private"}, WayFlag.CLOSED),
        ({"highway": "path", "foot": "no"}, None),
        ({"highway": "motorway", "foot": "yes"}, None),
        ({"highway": "construction", "foot": "yes"}, None),
        ({"highway": "primary", "sidewalk": "separate", "foot": "yes"}, None),
        ({"highway": "residential", "oneway": "yes"}, WayFlag(0)),
        ({"highway": "steps"}, WayFlag.STEPS),
        ({"highway": "cycleway", "foot": "yes", "wheelchair": "no"}, 16 | WayFlag.WHEELCHAIR_NO),
        ({"man_made": "pier"}, WayFlag.BEYOND),
        ({"man_made": "pier", "access": "private"}, None),
        ({"route": "ferry"}, WayFlag.BEYOND | WayFlag.FERRY),
        ({"route": "ferry", "foot": "no"}, None),
        ({"route": "ferry", "access": "no", "foot": "yes"}, WayFlag.BEYOND | WayFlag.FERRY),
        ({"route": "railway"}, None),
        ({**PLAZA}, None),
    ],
)
def test_what_is_open_to_walkers(tags: dict[str, str], flags: WayFlag | None) -> None:
    found = walkway(tags)
    assert (None if found is None else found.flags) == flags


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"highway": "cycleway", "foot": "yes"}, WayKind.PATH),
        ({"highway": "footway", "footway": "crossing"}, WayKind.CROSSING),
        ({"highway": "residential"}, WayKind.STREET),
        ({"man_made": "pier"}, WayKind.FOOTPATH),
    ],
)
def test_what_a_way_without_a_name_is_called(tags: dict[str, str], kind: WayKind) -> None:
    found = walkway(tags)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize(
    ("tags", "crossed"),
    [
        (PLAZA, True),
        ({**PLAZA, "access": "private"}, False),
        ({**PLAZA, "foot": "no"}, False),
        ({"highway": "services", "area": "yes"}, False),
        ({"landuse": "grass", "area": "yes"}, False),
    ],
)
def test_which_areas_are_crossed(tags: dict[str, str], crossed: bool) -> None:
    assert (square(tags) is not None) == crossed


def test_osmnx_walkways_can_be_told_apart(extract: Callable[[str], Path]) -> None:
    path = extract("Helsinki.osm.pbf")

    def pieces(beyond: bool, without: WayFlag) -> list[tuple[int, ...]]:
        ways = read_walkways(path, beyond=beyond)
        kept = (ways.flags & int(without)) == 0
        ends = np.stack([ways.node_id[ways.u[kept]], ways.node_id[ways.v[kept]]])
        return sorted(map(tuple, ends.T.tolist()))

    osmnx = pieces(False, WayFlag.CLOSED)
    assert osmnx == pieces(True, WayFlag.BEYOND)
    assert len(osmnx) > 5000
    assert len(pieces(True, WayFlag(0))) > len(osmnx)


def test_one_ways_are_none_for_walkers(osm_file: Callable[..., Path]) -> None:
    points = [(0.0, 0.0), (100.0, 0.0), (100.0, 300.0)]
    oneway = {"highway": "residential", "oneway": "yes"}
    network = build_network(osm_file(points, [([1, 2], oneway), ([2, 3], oneway)])).network
    metres = walk_matrix(network, attach(network, [place(*points[0]), place(*points[2])]))
    assert metres[1, 0] == pytest.approx(400, rel=1e-3)


def square_with_paths(
    osm_file: Callable[..., Path], rim: Sequence[tuple[float, float]], paths: Sequence[int]
) -> Path:
    """A square whose rim's points with these numbers have a path of one metre leading off."""
    points = list(rim)
    ways = [([*range(1, len(rim) + 1), 1], PLAZA)]
    for number in paths:
        east, north = rim[number]
        points.append((east + 1.0, north - 1.0))
        ways.append(([number + 1, len(points)], FOOTWAY))
    return osm_file(points, ways)


def test_a_square_is_crossed_straight(osm_file: Callable[..., Path]) -> None:
    rim = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]
    path = square_with_paths(osm_file, rim, [0, 2])
    network = build_network(path).network
    attachments = attach(network, [place(0, 0), place(100, 100), place(49, 51)])
    metres = walk_matrix(network, attachments)
    assert metres[0, 1] == pytest.approx(math.hypot(100, 100), rel=1e-3)
    assert attachments.approach_m[2] == pytest.approx(math.sqrt(2), abs=0.1)
    assert route(network, attachments, 0, 1).steps == ("head northeast on Tori, 140 m",)
    # OSMnx's network has the two paths alone, which do not meet.
    assert build_network(path, beyond=False).network.edge_count == 1


def test_the_way_over_a_square_goes_round_its_corner(osm_file: Callable[..., Path]) -> None:
    # An L: from one arm's end to the other's one passes the inner corner (50, 50).
    rim = [(0.0, 0.0), (200.0, 0.0), (200.0, 50.0), (50.0, 50.0), (50.0, 200.0), (0.0, 200.0)]
    network = build_network(square_with_paths(osm_file, rim, [1, 5])).network
    metres = walk_matrix(network, attach(network, [place(*rim[1]), place(*rim[5])]))
    straight = 2 * math.hypot(150, 50)
    assert straight - 0.1 < metres[0, 1] < straight * 1.03 + 0.1


def test_a_square_without_entrance_or_with_a_node_outside_the_box_is_left_away(
    osm_file: Callable[..., Path],
) -> None:
    points = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (500.0, 0.0), (600.0, 0.0)]
    lonely = osm_file(points, [([1, 2, 3, 4, 1], PLAZA), ([5, 6], FOOTWAY)])
    built = build_network(lonely)
    assert (built.network.edge_count, built.dropped_components) == (1, 0)
    beside = osm_file(points, [([1, 2, 3, 4, 1], PLAZA), ([1, 2], FOOTWAY)])
    cut = (24.0, 60.0, 25.0, LAT + 50 * PER_LAT)
    assert build_network(beside, bbox=cut).network.edge_length.sum() == pytest.approx(100, 1e-3)


def test_a_square_of_a_relation_is_walked_around_its_hole(tmp_path: Path) -> None:
    rims = [
        [(0, 0), (100, 0), (100, 100), (0, 100)],
        [(20, 20), (20, 80), (80, 80), (80, 20)],
    ]
    points = [point for rim in rims for point in rim] + [(-5, -5), (105, 105)]
    nodes = "".join(
        f'<node id="{i}" lat="{place(*p).lat:.7f}" lon="{place(*p).lon:.7f}"/>'
        for i, p in enumerate(points, 1)
    )

    def way(number: int, refs: Sequence[int], tags: str = "") -> str:
        return f'<way id="{number}">{"".join(f"<nd ref={chr(34)}{r}{chr(34)}/>" for r in refs)}{tags}</way>'

    footway = '<tag k="highway" v="footway"/>'
    path = tmp_path / "relation.osm"
    path.write_text(
        f'<osm version="0.6">{nodes}{way(1, [1, 2, 3])}{way(2, [1, 4, 3])}'
        f"{way(3, [5, 6, 7, 8, 5])}{way(4, [1, 9], footway)}{way(5, [3, 10], footway)}"
        '<relation id="1"><member type="way" ref="1" role="outer"/>'
        '<member type="way" ref="2" role="outer"/><member type="way" ref="3" role="inner"/>'
        '<tag k="type" v="multipolygon"/><tag k="highway" v="pedestrian"/></relation></osm>',
        encoding="utf-8",
    )
    network = build_network(path).network
    metres = walk_matrix(network, attach(network, [place(0, 0), place(100, 100)]))
    assert metres[0, 1] == pytest.approx(2 * math.hypot(80, 20), rel=0.031)
    assert metres[0, 1] >= 2 * math.hypot(80, 20) - 0.1


def star(radii: Sequence[int]) -> list[tuple[float, float]]:
    """A rim around the origin: one point a direction."""
    turn = 2 * math.pi / len(radii)
    return [(r * math.cos(i * turn), r * math.sin(i * turn)) for i, r in enumerate(radii)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(20, 100), min_size=4, max_size=14),
    st.sets(st.integers(0, 13), min_size=2, max_size=6),
    st.booleans(),
)
def test_ways_over_a_square_stay_inside_and_are_nearly_straight(
    radii: list[int], entrances: set[int], clockwise: bool
) -> None:
    rim = star(radii)
    gates = sorted(gate for gate in entrances if gate < len(rim))
    if clockwise:
        rim = rim[::-1]
    polygon = shapely.Polygon(rim)
    refs = [*range(1, len(rim) + 1), 1]
    xs = [round(x * PER_LON * 1e7) + round(LON * 1e7) for x, _ in [*rim, rim[0]]]
    ys = [round(y * PER_LAT * 1e7) + round(LAT * 1e7) for _, y in [*rim, rim[0]]]
    plaza = Square(
        Walkway(WayKind.SQUARE, WayFlag.BEYOND, ""), (Chain(tuple(refs), tuple(xs), tuple(ys)),)
    )
    lines = crossing_lines(plaza, np.array([gate + 1 for gate in gates], dtype=np.int64))
    if not gates:
        assert lines is None
        return
    assert lines is not None
    ground = polygon.buffer(0.3)
    walked, seen = nx.Graph(), nx.Graph()
    for a, b in zip(lines.a.tolist(), lines.b.tolist(), strict=True):
        assert ground.covers(shapely.LineString([rim[a], rim[b]]))
        walked.add_edge(a, b, metres=math.dist(rim[a], rim[b]))
    for a, b in itertools.combinations(range(len(rim)), 2):
        if polygon.buffer(0.01).covers(shapely.LineString([rim[a], rim[b]])):
            seen.add_edge(a, b, metres=math.dist(rim[a], rim[b]))
    for a, b in itertools.combinations(gates, 2):
        best = nx.dijkstra_path_length(seen, a, b, weight="metres")
        taken = nx.dijkstra_path_length(walked, a, b, weight="metres")
        assert best - 0.5 <= taken <= best * 1.04 + 0.5


def test_many_entrances_need_few_lines() -> None:
    rim = star([100] * 60)
    chain = Chain(
        (*range(60), 0),
        tuple(round(x * PER_LON * 1e7) for x, _ in [*rim, rim[0]]),
        tuple(round((LAT + y * PER_LAT) * 1e7) for _, y in [*rim, rim[0]]),
    )
    plaza = Square(Walkway(WayKind.SQUARE, WayFlag.BEYOND, ""), (chain,))
    lines = crossing_lines(plaza, np.arange(60))
    assert lines is not None
    every_two = 40 * 39 / 2
    assert 60 < len(lines.a) - 60 < 0.6 * every_two


def test_rims_close_whatever_the_order_and_direction_of_their_ways() -> None:
    def chain(*refs: int) -> Chain:
        return Chain(refs, refs, refs)

    (rim,) = closed_rims([chain(1, 2, 3), chain(5, 4, 3), chain(5, 1)])
    assert set(rim.refs) == {1, 2, 3, 4, 5}
    assert rim.refs[0] == rim.refs[-1]
    assert closed_rims([chain(1, 2, 3), chain(3, 4)]) == ()
    assert closed_rims([chain(1, 2, 1)]) == ()
    assert len(closed_rims([chain(1, 2, 3, 1), chain(7, 8, 9, 7)])) == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:15", 900),
        ("1:30", 5400),
        ("01:02:03", 3723),
        ("20", 1200),
        (" 7 ", 420),
        ("PT10M", 600),
        ("PT1H30M", 5400),
        ("PT45S", 45),
        ("PT", 0),
        ("", 0),
        ("99:00", 0),
        ("٢٠", 0),
        ("-5", 0),
        ("10-20", 0),
    ],
)
def test_durations_are_read_as_mappers_write_them(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@given(st.text(max_size=20))
def test_no_duration_is_negative_or_longer_than_a_day(text: str) -> None:
    assert 0 <= duration_s(text) <= 86_400
