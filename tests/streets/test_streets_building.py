"""The compiled network is OSMnx's walking network, for every file, and other files are refused."""

from __future__ import annotations

import bz2
import gzip
import math
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.domain import Position
from planner.errors import UnreadableFileError
from planner.streets.attachment import attach
from planner.streets.building import build_network, compile_network
from planner.streets.extract import Walkways
from planner.streets.geodesy import great_circle
from planner.streets.network import WayFlag, WayKind
from planner.streets.travel import journey, paced_matrix
from planner.streets.walkways import clean_name, in_osmnx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import networkx as nx

    from planner.streets.network import StreetNetwork

FOOTWAY = {"highway": "footway"}
SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]


def streets_of(network: StreetNetwork) -> Counter[tuple[object, ...]]:
    """Every edge as its two ends and its length, to a millimetre."""
    found: Counter[tuple[object, ...]] = Counter()
    for u, v, metres in zip(network.edge_u, network.edge_v, network.edge_length, strict=True):
        ends = sorted((network.node_lat[n], network.node_lon[n]) for n in (u, v))
        found[*ends, round(float(metres), 3)] += 1
    return found


def streets_of_osmnx(graph: nx.MultiDiGraph) -> Counter[tuple[object, ...]]:
    """The same of an OSMnx graph, where every street is there in both directions."""
    twice: Counter[tuple[object, ...]] = Counter()
    for u, v, data in graph.edges(data=True):
        ends = sorted((graph.nodes[n]["y"], graph.nodes[n]["x"]) for n in (u, v))
        twice[*ends, round(data["length"], 3)] += 1
    assert all(count % 2 == 0 for count in twice.values())
    return Counter({street: count // 2 for street, count in twice.items()})


def osmnx_conditions() -> list[tuple[str, str]]:
    """OSMnx's own walking filter: keys, and what their values must not contain."""
    from osmnx import _overpass

    text = _overpass._get_network_filter("walk")
    return re.findall(r'\["([^"]+)"(?:!~"([^"]*)")?\]', text)


def in_osmnx_by_its_own_filter(
    tags: Mapping[str, str], conditions: Sequence[tuple[str, str]]
) -> bool:
    return all(
        key in tags if not pattern else not re.search(pattern, tags.get(key, "\0"))
        for key, pattern in conditions
    )


def osmnx_graph(path: Path, folder: Path) -> nx.MultiDiGraph:
    """What OSMnx makes of an extract's ways that pass its walking filter."""
    import osmium
    import osmnx

    conditions = osmnx_conditions()
    ways = []
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY):
        tags = dict(way.tags)
        if in_osmnx_by_its_own_filter(tags, conditions):
            ways.append((way.id, [node.ref for node in way.nodes], tags))
    used = {ref for _, refs, _ in ways for ref in refs}
    there = {
        node.id: (node.lat, node.lon)
        for node in osmium.FileProcessor(str(path), osmium.osm.NODE)
        if node.id in used
    }
    filtered = folder / "filtered.osm"
    with filtered.open("w", encoding="utf-8") as file:
        file.write('<osm version="0.6">\n')
        for number, (lat, lon) in there.items():
            file.write(f'<node id="{number}" lat="{lat!r}" lon="{lon!r}"/>\n')
        for number, refs, tags in ways:
            for part, run in enumerate(runs_of_known(refs, there)):
                file.write(f'<way id="{number * 1000 + part}">')
                file.writelines(f'<nd ref="{ref}"/>' for ref in run)
                file.writelines(
                    f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()
                )
                file.write("</way>\n")
        file.write("</osm>\n")
    return osmnx.graph_from_xml(filtered, bidirectional=True, simplify=True, retain_all=False)


def runs_of_known(refs: Sequence[int], there: Mapping[int, object]) -> Iterator[list[int]]:
    run: list[int] = []
    for ref in [*refs, None]:
        if ref in there:
            run.append(ref)
        elif len(run) > 1:
            yield run
            run = []
        else:
            run = []


@pytest.mark.parametrize(
    "name",
    [
        "Helsinki.osm.pbf",
        "monaco.osm.pbf",
        "rome-esquilino.osm.pbf",
        "darmstadt-frankfurt.osm.pbf",
        "amsterdam-fragment.osm.pbf",
        "krems.osm.gz",
        "moscow.osm.gz",
        "barcelona-eixample.osm",
        pytest.param("heidelberg-region.osm.pbf", marks=pytest.mark.slow),
        pytest.param("porto.osm.pbf", marks=pytest.mark.slow),
    ],
)
def test_the_network_is_osmnx_own(
    name: str, extract: Callable[[str], Path], tmp_path: Path
) -> None:
    path = extract(name)
    built = build_network(path, beyond=False)
    reference = osmnx_graph(path, tmp_path)
    assert built.network.node_count == len(reference)
    assert built.network.directed_edge_count == len(reference.edges)
    assert streets_of(built.network) == streets_of_osmnx(reference)
    ours = float(built.network.edge_length.sum())
    theirs = sum(data["length"] for *_, data in reference.edges(data=True)) / 2
    assert math.isclose(ours, theirs, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("name", "fragmented"),
    [
        ("Helsinki.osm.pbf", False),
        ("monaco.osm.pbf", False),
        ("rome-esquilino.osm.pbf", False),
        ("darmstadt-frankfurt.osm.pbf", True),
        ("amsterdam-fragment.osm.pbf", True),
        ("krems.osm.gz", False),
        ("moscow.osm.gz", False),
        ("barcelona-eixample.osm", False),
        ("heidelberg-region.osm.pbf", False),
        ("porto.osm.pbf", False),
    ],
)
def test_every_extract_becomes_a_network_that_can_be_walked(
    name: str, fragmented: bool, extract: Callable[[str], Path]
) -> None:
    built = build_network(extract(name))
    network = built.network
    network.check()
    assert built.fragmented == fragmented
    rng = np.random.default_rng(5)
    nodes = rng.integers(0, network.node_count, 12)
    places = [Position(float(network.node_lat[n]), float(network.node_lon[n])) for n in nodes]
    attachments = attach(network, places)
    assert attachments.reachable.all()
    metres = paced_matrix(network, attachments, speed_ms=1.3)
    assert np.isfinite(metres).all()
    assert (metres == metres.T).all()
    way = journey(network, attachments, 0, 1, speed_ms=1.3)
    assert way.seconds(1.3) == pytest.approx(metres[0, 1] / 1.3, rel=1e-6)
    assert way.steps


TAG_VALUES = st.sampled_from(
    ["yes", "no", "private", "separate", "motorway", "trunk", "steps", "unknown", "services",
     "service", "both", "platform", "corridor", "footway", "cycleway", "destination"]
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(
            ["highway", "area", "access", "foot", "service", "sidewalk", "sidewalk:both",
             "sidewalk:left", "sidewalk:right", "name"]
        ),
        TAG_VALUES,
    )
)  # fmt: skip
def test_the_filter_is_osmnx_own(tags: dict[str, str]) -> None:
    assert in_osmnx(tags) == in_osmnx_by_its_own_filter(tags, osmnx_conditions())


POINTS = [(37.0 * (i % 4) + i, 53.0 * (i // 4) + 7 * (i % 3)) for i in range(12)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]),
        min_size=1,
        max_size=18,
    )
)
def test_simplification_is_osmnx_own_on_any_graph(pieces: list[tuple[int, int]]) -> None:
    import networkx as nx
    import osmnx

    lat = np.array([60.0 + y / 111_195 for _, y in POINTS])
    lon = np.array([25.0 + x / 55_600 for x, _ in POINTS])
    u, v = np.array(pieces).T
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_nodes_from((i, {"x": lon[i], "y": lat[i]}) for i in np.unique(np.r_[u, v]).tolist())
    for a, b in pieces:
        graph.add_edges_from([(a, b), (b, a)])
    sizes = sorted(len(part) for part in nx.weakly_connected_components(graph))
    assume(len(sizes) == 1 or sizes[-1] > sizes[-2])
    main = osmnx.truncate.largest_component(osmnx.distance.add_edge_lengths(graph))
    reference = osmnx.simplify_graph(main)
    assume(len(reference) > 0)  # OSMnx drops a lone ring, see below

    ids, index = np.unique(np.r_[u, v], return_inverse=True)
    count = len(u)
    walkways = Walkways(
        node_id=ids,
        lat=lat[ids],
        lon=lon[ids],
        u=index[:count],
        v=index[count:],
        kind=np.zeros(count, dtype=np.uint8),
        flags=np.zeros(count, dtype=np.uint8),
        name=np.full(count, -1, dtype=np.int32),
        names=(),
        ride_s=np.zeros(count, dtype=np.float32),
    )
    network = compile_network(walkways).network
    assert streets_of(network) == streets_of_osmnx(reference)
    assert_consistent(network)


def assert_consistent(network: StreetNetwork) -> None:
    """Geometry, lengths and rows of a network fit each other."""
    for edge in range(network.edge_count):
        begin, end = network.vertex_start[edge], network.vertex_start[edge + 1]
        lat, lon = network.vertex_lat[begin:end], network.vertex_lon[begin:end]
        u, v = network.edge_u[edge], network.edge_v[edge]
        assert (lat[0], lon[0]) == (network.node_lat[u], network.node_lon[u])
        assert (lat[-1], lon[-1]) == (network.node_lat[v], network.node_lon[v])
        metres = np.r_[0.0, np.cumsum(great_circle(lat[:-1], lon[:-1], lat[1:], lon[1:]))]
        assert np.allclose(network.vertex_m[begin:end], metres, atol=1e-6)
        assert network.vertex_m[end - 1] == network.edge_length[edge]
    halves = Counter(
        (node, int(network.half_to[half]), int(network.half_edge[half]))
        for node in range(network.node_count)
        for half in range(network.half_start[node], network.half_start[node + 1])
    )
    both = Counter(
        pair
        for edge, (u, v) in enumerate(
            zip(network.edge_u.tolist(), network.edge_v.tolist(), strict=True)
        )
        for pair in ((u, v, edge), (v, u, edge))
    )
    assert halves == both


def test_a_lone_ring_can_be_walked(osm_file: Callable[..., Path]) -> None:
    network = build_network(osm_file(SQUARE, [([1, 2, 3, 4, 1], FOOTWAY)])).network
    assert (network.node_count, network.edge_count) == (1, 1)
    assert network.edge_u[0] == network.edge_v[0]
    assert network.edge_length[0] == pytest.approx(400, rel=1e-3)


def test_the_main_component_is_used_and_the_rest_reported(osm_file: Callable[..., Path]) -> None:
    points = [*SQUARE, (500.0, 0.0), (600.0, 0.0), (900.0, 0.0), (950.0, 9.0), (999.0, 0.0)]
    ways = [([1, 2, 3, 4], FOOTWAY), ([5, 6], FOOTWAY), ([7, 8, 9], FOOTWAY)]
    built = build_network(osm_file(points, ways))
    assert built.walkway_nodes == 9
    assert (built.dropped_components, built.dropped_nodes) == (2, 5)
    assert built.fragmented
    assert built.network.edge_length.sum() == pytest.approx(300, rel=1e-3)


def test_ways_are_cut_at_missing_nodes_not_joined(osm_file: Callable[..., Path]) -> None:
    built = build_network(osm_file(SQUARE, [([1, 2, 99, 3, 4], FOOTWAY), ([2, 1], FOOTWAY)]))
    assert built.walkway_nodes == 4
    assert built.dropped_components == 1


def test_ways_may_stand_before_their_nodes_and_nodes_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "export.osm"
    path.write_text(
        '<osm version="0.6"><way id="1"><nd ref="9"/><nd ref="3"/><nd ref="7"/>'
        '<tag k="highway" v="footway"/></way>'
        '<node id="9" lat="60.1" lon="24.9"/><node id="3" lat="60.101" lon="24.9"/>'
        '<node id="7" lat="60.102" lon="24.9"/></osm>',
        encoding="utf-8",
    )
    assert build_network(path).network.edge_length.sum() == pytest.approx(222.39, abs=0.01)


def test_a_box_keeps_only_nodes_inside(osm_file: Callable[..., Path]) -> None:
    points = [(x, 0.0) for x in (0.0, 100.0, 200.0, 300.0)]
    path = osm_file(points, [([1, 2, 3, 4], FOOTWAY)])
    west, east = 24.94 - 0.0005, 24.94 + 150 / 55_300
    network = build_network(path, bbox=(west, 60.0, east, 61.0)).network
    assert network.edge_length.sum() == pytest.approx(100, rel=1e-3)


def test_names_kinds_and_steps_stay_with_their_pieces(osm_file: Callable[..., Path]) -> None:
    points = [(x, 0.0) for x in (0.0, 10.0, 30.0, 100.0)]
    ways = [
        ([1, 2], {"highway": "footway", "name": "Alku"}),
        ([2, 3], {"highway": "steps"}),
        ([3, 4], {"highway": "residential", "name": "Loppu\u202e\u0085", "wheelchair": "no"}),
    ]
    network = build_network(osm_file(points, ways)).network
    assert network.edge_count == 1
    order = slice(None) if network.vertex_m[1] < 15 else slice(None, None, -1)
    pieces = [
        (network.name(int(name)), WayKind(int(kind)), WayFlag(int(flags)))
        for name, kind, flags in zip(
            network.vertex_name[:3][order],
            network.vertex_kind[:3][order],
            network.vertex_flags[:3][order],
            strict=True,
        )
    ]
    assert pieces == [
        ("Alku", WayKind.FOOTPATH, WayFlag(0)),
        (None, WayKind.STEPS, WayFlag.STEPS),
        ("Loppu", WayKind.STREET, WayFlag.WHEELCHAIR_NO),
    ]
    assert network.edge_flags[0] == WayFlag.STEPS | WayFlag.WHEELCHAIR_NO
    assert network.name(int(network.edge_name[0])) == "Loppu"


def test_a_raised_kerb_marks_the_pieces_that_meet_there(tmp_path: Path) -> None:
    path = tmp_path / "kerb.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="60.1" lon="24.9"/>'
        '<node id="2" lat="60.101" lon="24.9"><tag k="kerb" v="raised"/></node>'
        '<node id="3" lat="60.102" lon="24.9"/><node id="4" lat="60.103" lon="24.9"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/>'
        '<tag k="highway" v="footway"/></way></osm>',
        encoding="utf-8",
    )
    flags = build_network(path).network.vertex_flags[:3].tolist()
    kerb = int(WayFlag.RAISED_KERB)
    assert flags in ([kerb, kerb, 0], [0, kerb, kerb])


@given(st.text(max_size=300))
def test_names_never_steer_a_terminal(text: str) -> None:
    name = clean_name(text)
    assert name.isprintable()
    assert name == name.strip()
    assert len(name) <= 200


def refused(path: Path, **options: object) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        build_network(path, **options)
    assert caught.value.next_step
    return str(caught.value)


def test_files_that_are_no_extract_are_refused(
    tmp_path: Path, extract: Callable[[str], Path]
) -> None:
    whole = extract("monaco.osm.pbf").read_bytes()
    text = gzip.decompress(extract("krems.osm.gz").read_bytes())
    cases = {
        "cut.osm.pbf": (whole[: len(whole) // 2], "truncated"),
        "cut.osm": (text[:5000], "truncated"),
        "cut.osm.gz": (gzip.compress(text)[:5000], "truncated"),
        "cut.osm.bz2": (bz2.compress(text)[:5000], "not a readable|truncated"),
        "empty.osm.pbf": (b"", "is empty"),
        "noise.osm.pbf": (bytes(range(256)) * 20, "not a readable"),
        "page.osm": (b"<html><body>404</body></html>", "not a readable"),
        "bomb.osm": (
            b'<!DOCTYPE x [<!ENTITY a "aaaa">]><osm version="0.6"><bounds minlat="&a;"/></osm>',
            "not a readable",
        ),
        "notes.txt": (b"hello", "by its name"),
    }
    for name, (content, reason) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert re.search(reason, refused(path)), name
    assert "folder" in refused(tmp_path)
    assert "no file" in refused(tmp_path / "missing.osm.pbf")


def test_files_without_streets_are_refused(osm_file: Callable[..., Path]) -> None:
    assert "no streets in this file" in refused(osm_file(SQUARE, []))
    river = osm_file(SQUARE, [([1, 2], {"waterway": "river"})])
    assert "no streets in this file" in refused(river)
    motorway = osm_file(SQUARE, [([1, 2], {"highway": "motorway"})])
    assert "walk on in this file" in refused(motorway)
    nodeless = osm_file(SQUARE, [([91, 92], FOOTWAY)])
    assert "lack their nodes" in refused(nodeless)


def test_a_box_outside_the_extract_is_refused(osm_file: Callable[..., Path]) -> None:
    path = osm_file(SQUARE, [([1, 2], FOOTWAY)])
    assert "lies within" in refused(path, bbox=(0.0, 0.0, 1.0, 1.0))


def test_drafts_are_refused_with_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "draft.osm"
    path.write_text(
        '<osm version="0.6"><node id="-1" lat="60" lon="25"/><node id="-2" lat="60.1" lon="25"/>'
        '<way id="-1"><nd ref="-1"/><nd ref="-2"/><tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    assert "never uploaded" in refused(path)


def test_large_files_keep_positions_on_disk_and_leave_nothing(
    extract: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = extract("krems.osm.gz")
    in_memory = build_network(path).network.to_arrays()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("planner.library.osmfile.DISK_INDEX_BYTES", 0)
    monkeypatch.setattr("planner.streets.extract._BATCH", 50)
    on_disk = build_network(path).network.to_arrays()
    assert all(np.array_equal(in_memory[name], on_disk[name]) for name in in_memory)
    assert list(tmp_path.iterdir()) == []


def test_reading_never_takes_a_name_for_an_address(tmp_path: Path) -> None:
    assert "no file" in refused(tmp_path / "http:" / "example.org" / "x.osm.pbf")


def test_progress_only_grows_and_ends_at_one(osm_file: Callable[..., Path]) -> None:
    seen: list[float] = []
    build_network(
        osm_file(SQUARE, [([1, 2], FOOTWAY)]), progress=lambda _what, done: seen.append(done)
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_same_network_from_every_packing(
    tmp_path: Path, extract: Callable[[str], Path]
) -> None:
    packed = extract("krems.osm.gz")
    text = gzip.decompress(packed.read_bytes())
    plain, squeezed = tmp_path / "krems.osm", tmp_path / "krems.osm.bz2"
    plain.write_bytes(text)
    squeezed.write_bytes(bz2.compress(text))
    copied = tmp_path / "copy.osm.gz"
    shutil.copy(packed, copied)
    networks = [build_network(path).network.to_arrays() for path in (plain, squeezed, copied)]
    for other in networks[1:]:
        assert all(np.array_equal(networks[0][name], other[name]) for name in networks[0])
