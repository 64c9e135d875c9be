"""Attachment, matrix and routes against networkx on unsimplified graphs, and against each other."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain import Position
from planner.streets import contraction as contraction_module
from planner.streets import matrix as matrix_module
from planner.streets.attachment import attach
from planner.streets.building import build_network, compile_network
from planner.streets.contraction import CORE, Links, contract, hierarchy
from planner.streets.extract import Walkways
from planner.streets.geodesy import bearing, great_circle, path_length
from planner.streets.matrix import walk_matrix
from planner.streets.network import NO_FLAGS, NOT_STEP_FREE, WayFlag
from planner.streets.routing import route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork

LAT, LON = 60.17, 24.94
PER_LAT = 1 / 111_195.08
PER_LON = PER_LAT / math.cos(math.radians(LAT))


def place(east_m: float, north_m: float) -> Position:
    return Position(LAT + north_m * PER_LAT, LON + east_m * PER_LON)


def street_graph(network: StreetNetwork, attachments: Attachments, avoid: WayFlag) -> nx.Graph:
    """Every vertex of every edge as a node, places put in by their metres."""
    graph = nx.Graph()

    def link(a: object, b: object, metres: float) -> None:
        known = graph.get_edge_data(a, b, {"weight": math.inf})["weight"]
        graph.add_edge(a, b, weight=min(known, metres))

    for edge in range(network.edge_count):
        begin, end = int(network.vertex_start[edge]), int(network.vertex_start[edge + 1])
        stops: list[tuple[float, object]] = [
            (float(network.vertex_m[v]), ("vertex", v)) for v in range(begin, end)
        ]
        stops[0] = (stops[0][0], ("node", int(network.edge_u[edge])))
        stops[-1] = (stops[-1][0], ("node", int(network.edge_v[edge])))
        places = [
            (float(attachments.along_m[i]), ("place", i))
            for i in range(len(attachments))
            if attachments.edge[i] == edge
        ]
        for piece, ((from_m, a), (to_m, b)) in enumerate(itertools.pairwise(stops)):
            last = piece == len(stops) - 2
            on_it = [p for p in places if from_m <= p[0] < to_m or (last and p[0] == to_m)]
            if network.vertex_flags[begin + piece] & int(avoid):
                for m, name in on_it:
                    if m in {from_m, to_m}:
                        link(name, a if m == from_m else b, 0.0)
                continue
            for (m, c), (n, d) in itertools.pairwise([(from_m, a), *sorted(on_it), (to_m, b)]):
                link(c, d, n - m)
    return graph


def reference(
    network: StreetNetwork, attachments: Attachments, avoid: WayFlag = NO_FLAGS
) -> np.ndarray:
    """Distances by networkx over every vertex of every edge."""
    graph = street_graph(network, attachments, avoid)
    count = len(attachments)
    metres = np.full((count, count), np.inf)
    for i in np.flatnonzero(attachments.reachable).tolist():
        graph.add_node(("place", i))
        found = nx.single_source_dijkstra_path_length(graph, ("place", i))
        for j in range(count):
            along = found.get(("place", j), math.inf)
            if math.isfinite(along):
                metres[i, j] = along + attachments.approach_m[i] + attachments.approach_m[j]
    same = (attachments.lat[:, None] == attachments.lat) & (
        attachments.lon[:, None] == attachments.lon
    )
    metres[same] = 0.0
    return metres


def random_network(seed: int) -> StreetNetwork:
    """A town by chance: jittered lattice with gaps, bends, parallel streets, loops, flags."""
    rng = np.random.default_rng(seed)
    side = int(rng.integers(2, 8))
    spacing = float(rng.choice([40.0, 120.0, 600.0]))
    points = [
        (spacing * (i + rng.uniform(-0.3, 0.3)), spacing * (j + rng.uniform(-0.3, 0.3)))
        for i in range(side)
        for j in range(side)
    ]
    pieces: list[tuple[int, int]] = []
    for i, j in itertools.product(range(side), range(side)):
        here = i * side + j
        for there in ([here + side] if i < side - 1 else []) + ([here + 1] if j < side - 1 else []):
            if rng.random() < 0.25:
                continue
            bends = int(rng.integers(0, 3))
            chain = [here]
            for _ in range(bends):
                t = rng.uniform(0, 1)
                a, b = points[here], points[there]
                points.append(
                    (
                        a[0] + t * (b[0] - a[0]) + rng.uniform(-0.4, 0.4) * spacing,
                        a[1] + t * (b[1] - a[1]) + rng.uniform(-0.4, 0.4) * spacing,
                    )
                )
                chain.append(len(points) - 1)
            chain.append(there)
            pieces += itertools.pairwise(chain)
    for _ in range(int(rng.integers(0, 4))):  # loops and streets beside streets
        a = int(rng.integers(0, side * side))
        x, y = points[a]
        points += [(x + 0.3 * spacing, y), (x, y + 0.3 * spacing)]
        b = len(points) - 2
        pieces += [(a, b), (b, b + 1), (b + 1, a)]
        pieces.append(pieces[int(rng.integers(0, len(pieces)))])
    pieces = pieces or [(0, 1)]
    lat = np.array([LAT + y * PER_LAT for _, y in points])
    lon = np.array([LON + x * PER_LON for x, _ in points])
    u, v = np.array(pieces).T
    flags = np.where(rng.random(len(u)) < 0.15, int(WayFlag.STEPS), 0).astype(np.uint8)
    ids, index = np.unique(np.r_[u, v], return_inverse=True)
    return compile_network(
        Walkways(
            node_id=ids,
            lat=lat[ids],
            lon=lon[ids],
            u=index[: len(u)],
            v=index[len(u) :],
            kind=np.zeros(len(u), dtype=np.uint8),
            flags=flags,
            name=np.full(len(u), -1, dtype=np.int32),
            names=(),
            ride_s=np.zeros(len(u), dtype=np.float32),
        )
    ).network


def random_places(network: StreetNetwork, seed: int, count: int) -> list[Position]:
    """Places near streets, inside edges, exactly on nodes, and some twice."""
    rng = np.random.default_rng(seed)
    places: list[Position] = []
    for _ in range(count):
        vertex = int(rng.integers(0, len(network.vertex_lat)))
        lat, lon = float(network.vertex_lat[vertex]), float(network.vertex_lon[vertex])
        kind = rng.integers(0, 4)
        if kind == 0:
            places.append(Position(lat, lon))
        elif kind == 1 and places:
            places.append(places[int(rng.integers(0, len(places)))])
        else:
            places.append(
                Position(lat + rng.normal() * 40 * PER_LAT, lon + rng.normal() * 40 * PER_LON)
            )
    return places


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.integers(1, 12), st.booleans())
def test_the_matrix_is_networkx_own(town: int, seed: int, count: int, step_free: bool) -> None:
    network = random_network(town)
    avoid = NOT_STEP_FREE if step_free else NO_FLAGS
    attachments = attach(network, random_places(network, seed, count))
    metres = walk_matrix(network, attachments, avoid=avoid)
    expected = reference(network, attachments, avoid)
    assert np.array_equal(np.isinf(metres), np.isinf(expected))
    finite = np.isfinite(metres)
    assert np.allclose(metres[finite], expected[finite], rtol=0, atol=1e-6)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 2**32),
    st.sampled_from([0, 2, 3, 28]),
    st.sampled_from([1.0, 1000.0]),
)
def test_the_matrix_is_exact_whatever_the_core_and_the_first_disc(
    town: int, seed: int, core_degree: int, margin: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contraction_module, "_CORE_DEGREE", core_degree)
        patch.setattr(matrix_module, "_CORE_MARGIN_M", margin)
        patch.setattr(matrix_module, "_CORE_RADIUS", 1.0)
        network = random_network(town)
        network.check()
        attachments = attach(network, random_places(network, seed, 9))
        metres = walk_matrix(network, attachments)
    expected = reference(network, attachments)
    assert np.array_equal(np.isinf(metres), np.isinf(expected))
    finite = np.isfinite(metres)
    assert np.allclose(metres[finite], expected[finite], rtol=0, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_the_matrix_is_a_metric_and_step_free_is_never_shorter(town: int, seed: int) -> None:
    network = random_network(town)
    attachments = attach(network, random_places(network, seed, 9))
    free = walk_matrix(network, attachments)
    step_free = walk_matrix(network, attachments, avoid=NOT_STEP_FREE)
    for metres in (free, step_free):
        assert np.array_equal(metres, metres.T)
        assert (np.diag(metres) == 0).all()
        over_third = (metres[:, :, None] + metres[None, :, :]).min(axis=1)
        assert (metres <= over_third + 1e-6).all()
    assert (step_free >= free - 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.booleans())
def test_a_route_is_as_long_as_the_matrix_says(town: int, seed: int, step_free: bool) -> None:
    network = random_network(town)
    avoid = NOT_STEP_FREE if step_free else NO_FLAGS
    places = random_places(network, seed, 6)
    attachments = attach(network, places)
    metres = walk_matrix(network, attachments, avoid=avoid)
    for i, j in itertools.product(range(len(places)), repeat=2):
        if np.isinf(metres[i, j]):
            with pytest.raises(ValueError, match="no way"):
                route(network, attachments, i, j, avoid=avoid)
            continue
        way = route(network, attachments, i, j, avoid=avoid)
        assert way.distance_m == pytest.approx(metres[i, j], rel=1e-6, abs=1e-6)
        assert path_length(way.path) == pytest.approx(way.distance_m, abs=0.1)
        assert way.path[0] == (places[i].lon, places[i].lat)
        assert way.path[-1] == (places[j].lon, places[j].lat)
        assert len(way.path) >= 2


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_place_is_attached_to_the_nearest_of_all_pieces(town: int, seed: int) -> None:
    network = random_network(town)
    rng = np.random.default_rng(seed)
    west, south, east, north = network.bbox()
    places = [
        Position(
            float(rng.uniform(south - 0.006, north + 0.006)),
            float(rng.uniform(west - 0.01, east + 0.01)),
        )
        for _ in range(8)
    ]
    attachments = attach(network, places)
    first = np.setdiff1d(np.arange(len(network.vertex_lat)), network.vertex_start[1:] - 1)
    t = np.linspace(0, 1, 401)[:, None]
    lat = network.vertex_lat[first] + t * (
        network.vertex_lat[first + 1] - network.vertex_lat[first]
    )
    lon = network.vertex_lon[first] + t * (
        network.vertex_lon[first + 1] - network.vertex_lon[first]
    )
    for i, position in enumerate(places):
        sampled = great_circle(np.float64(position.lat), np.float64(position.lon), lat, lon).min()
        if attachments.edge[i] < 0:
            assert sampled > 499
            assert np.isinf(attachments.approach_m[i])
        else:
            assert attachments.approach_m[i] <= min(sampled + 0.01, 500)
            assert attachments.approach_m[i] == pytest.approx(sampled, abs=1.5)
            length = network.edge_length[attachments.edge[i]]
            assert 0 <= attachments.along_m[i] <= length + 1e-9


def test_the_block_index_finds_what_is_in_a_disc() -> None:
    from planner.streets.surroundings import Disc, nodes_within

    network = random_network(11)
    for east, north, radius in ((0, 0, 50), (300, 300, 900), (5000, 0, 100), (0, 0, 1e6)):
        centre = place(east, north)
        nodes = nodes_within(network, Disc(centre.lat, centre.lon, radius))
        near = great_circle(
            np.float64(centre.lat), np.float64(centre.lon), network.node_lat, network.node_lon
        )
        inside = np.flatnonzero(near <= radius * 0.998)
        assert set(inside) <= set(nodes)
        assert set(nodes) <= set(np.flatnonzero(near <= radius * 1.002))
        assert (np.diff(nodes) > 0).all()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(0, 50)),
        min_size=1,
        max_size=60,
    ),
    st.sets(st.integers(0, 14), min_size=1),
)
def test_contraction_changes_no_distance(links: list[tuple[int, int, int]], kept: set[int]) -> None:
    a, b, metres = np.array(links).T
    keep = np.zeros(15, dtype=bool)
    keep[list(kept)] = True
    less = contract(15, Links(a, b, metres.astype(float)), keep)
    before, after = nx.MultiGraph(), nx.Graph()
    before.add_nodes_from(range(15))
    after.add_nodes_from(range(15))
    before.add_edges_from((u, v, {"weight": w}) for u, v, w in links)
    after.add_edges_from(
        (u, v, {"weight": w})
        for u, v, w in zip(less.a.tolist(), less.b.tolist(), less.metres.tolist(), strict=True)
    )
    for u in kept:
        first = nx.single_source_dijkstra_path_length(before, u)
        second = nx.single_source_dijkstra_path_length(after, u)
        assert {v: first[v] for v in first if v in kept} == {
            v: second[v] for v in second if v in kept
        }


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(0, 50)),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from([0, 2, 4, 28]),
)
def test_every_link_of_a_hierarchy_leads_up_and_none_is_lost(
    links: list[tuple[int, int, int]], degree: int
) -> None:
    a, b, metres = np.array(links).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contraction_module, "_CORE_DEGREE", degree)
        made = hierarchy(15, Links(a, b, metres.astype(float)))
    below = np.repeat(made.rank, np.diff(made.start))
    assert ((below < made.rank[made.to]) | (below == CORE)).all()
    before, after = nx.MultiGraph(), nx.Graph()
    for graph in (before, after):
        graph.add_nodes_from(range(15))
    before.add_edges_from((u, v, {"weight": w}) for u, v, w in links)
    tail = np.repeat(np.arange(15), np.diff(made.start))
    after.add_edges_from(
        (u, v, {"weight": w})
        for u, v, w in zip(tail.tolist(), made.to.tolist(), made.metres.tolist(), strict=True)
    )
    assert dict(nx.all_pairs_dijkstra_path_length(before)) == dict(
        nx.all_pairs_dijkstra_path_length(after)
    )


def test_a_first_disc_that_is_too_small_grows_until_the_way_is_exact(
    drawn: Callable[..., StreetNetwork], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A valley: two places 200 m apart, the only good way leads far around; the short-looking
    # street inside the first disc meanders.
    meander = [(10.0 * i, 180.0 if i % 2 else 0.0) for i in range(21)]
    around = [(0.0, -700.0), (200.0, -700.0)]
    points = meander + around
    pieces = [*itertools.pairwise(range(21)), (0, 21), (21, 22), (22, 20), (0, 22)]
    network = drawn(points, pieces)
    attachments = attach(network, [place(0, 0), place(200, 0)])
    for name, value in {"_MARGIN_M": 100.0, "_CORE_MARGIN_M": 50.0, "_CORE_RADIUS": 1.0}.items():
        monkeypatch.setattr(matrix_module, name, value)
    metres = walk_matrix(network, attachments)
    assert walk_matrix(network, attachments, avoid=NOT_STEP_FREE) == pytest.approx(metres)
    assert metres[0, 1] == pytest.approx(math.hypot(200, 700) + 700, rel=1e-3)
    assert metres[0, 1] == pytest.approx(reference(network, attachments)[0, 1], abs=1e-6)
    assert route(network, attachments, 0, 1).distance_m == pytest.approx(metres[0, 1])


def test_a_limit_leaves_the_rest_unknown(drawn: Callable[..., StreetNetwork]) -> None:
    network = drawn([(0.0, 0.0), (400.0, 0.0), (3000.0, 0.0)], [(0, 1), (1, 2), (0, 2)])
    attachments = attach(network, [place(0, 0), place(400, 0), place(3000, 0)])
    metres = walk_matrix(network, attachments, limit_m=1000)
    assert metres[0, 1] == pytest.approx(400, rel=1e-3)
    assert np.isinf(metres[0, 2])
    assert np.isinf(metres[1, 2])


@pytest.mark.parametrize("step_free", [False, True])
def test_places_of_one_edge_go_along_it_or_around(
    drawn: Callable[..., StreetNetwork], step_free: bool
) -> None:
    # A ring of 4 × 100 m with a tail: the ring is one loop edge.
    network = drawn(
        [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (-50.0, 0.0)],
        [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4)],
    )
    assert sorted(np.round(network.edge_length, -1).tolist()) == [50, 400]
    attachments = attach(network, [place(50, 0), place(0, 50), place(60, 0), place(50, 0)])
    avoid = NOT_STEP_FREE if step_free else NO_FLAGS
    metres = walk_matrix(network, attachments, avoid=avoid)
    assert metres[0, 1] == pytest.approx(100, abs=0.1)
    assert metres[0, 2] == pytest.approx(10, abs=0.1)
    assert metres[0, 3] == 0.0
    assert route(network, attachments, 0, 3).steps == ()


def test_a_step_free_way_leaves_a_street_on_the_side_without_steps(
    osm_file: Callable[..., Path],
) -> None:
    # One edge from west to east, its middle third steps; a way around it.
    points = [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (300.0, 0.0), (0.0, 400.0), (300.0, 400.0)]
    points += [(-60.0, 0.0), (360.0, 0.0)]
    ways = [
        ([1, 2], {"highway": "footway"}),
        ([2, 3], {"highway": "steps"}),
        ([3, 4], {"highway": "footway"}),
        ([1, 5, 6, 4], {"highway": "footway"}),
        ([7, 1], {"highway": "footway"}),
        ([4, 8], {"highway": "footway"}),
    ]
    network = build_network(osm_file(points, ways)).network
    west, east, stairs = place(90, 0), place(210, 0), place(150, 0)
    attachments = attach(network, [west, east, stairs])
    free = walk_matrix(network, attachments)
    step_free = walk_matrix(network, attachments, avoid=NOT_STEP_FREE)
    assert free[0, 1] == pytest.approx(120, abs=0.2)
    assert step_free[0, 1] == pytest.approx(90 + 400 + 300 + 400 + 90, abs=1)
    assert np.isinf(step_free[2, 0])
    beside = attach(network, [stairs], avoid=NOT_STEP_FREE)
    assert beside.approach_m[0] == pytest.approx(50, abs=0.1)


def test_far_and_impossible_places_are_unreachable(drawn: Callable[..., StreetNetwork]) -> None:
    network = drawn([(0.0, 0.0), (100.0, 0.0)], [(0, 1)])
    positions = [
        place(50, 10),
        place(50, 600),
        Position(math.nan, 24.9),
        Position(math.inf, 0.0),
        Position(-91.0, 0.0),
        Position(-60.0, 179.0),
    ]
    attachments = attach(network, positions)
    assert attachments.reachable.tolist() == [True] + [False] * 5
    metres = walk_matrix(network, attachments)
    assert np.isinf(metres[0, 1:]).all()
    assert attach(network, positions, limit_m=700).reachable.tolist()[:2] == [True, True]
    assert attach(network, positions, limit_m=5).reachable.tolist()[0] is False


def test_no_places_and_one_place(drawn: Callable[..., StreetNetwork]) -> None:
    network = drawn([(0.0, 0.0), (100.0, 0.0)], [(0, 1)])
    assert walk_matrix(network, attach(network, [])).shape == (0, 0)
    assert walk_matrix(network, attach(network, [place(3, 4)])).tolist() == [[0.0]]
    nowhere = attach(network, [place(9000, 0), place(0, 9000)])
    assert walk_matrix(network, nowhere).tolist() == [[0.0, math.inf], [math.inf, 0.0]]


def test_distances_are_great_circles_of_osmnx_radius() -> None:
    import osmnx

    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(-80, 80, (2, 500)), rng.uniform(-180, 180, (2, 500))
    assert np.allclose(
        great_circle(lat[0], lon[0], lat[1], lon[1]),
        osmnx.distance.great_circle(lat[0], lon[0], lat[1], lon[1]),
        rtol=1e-14,
    )
    assert [round(bearing(60, 25, 60 + n, 25 + e)) for n, e in ((1, 0), (0, 1), (-1, 0))] == [
        0,
        90,
        180,
    ]


def places_in(network: StreetNetwork, count: int, seed: int) -> Sequence[Position]:
    rng = np.random.default_rng(seed)
    west, south, east, north = network.bbox()
    return [
        Position(float(rng.uniform(south, north)), float(rng.uniform(west, east)))
        for _ in range(count)
    ]


def test_the_demo_city_is_exact(helsinki: StreetNetwork) -> None:
    attachments = attach(helsinki, places_in(helsinki, 60, 1))
    metres = walk_matrix(helsinki, attachments)
    expected = reference(helsinki, attachments)
    finite = np.isfinite(expected)
    assert np.array_equal(np.isfinite(metres), finite)
    assert np.abs(metres[finite] - expected[finite]).max() < 1e-6
    for i, j in itertools.islice(zip(*np.nonzero(finite), strict=True), 0, None, 97):
        way = route(helsinki, attachments, int(i), int(j))
        assert way.distance_m == pytest.approx(metres[i, j], rel=1e-6)
        assert path_length(way.path) == pytest.approx(way.distance_m, abs=0.1)
