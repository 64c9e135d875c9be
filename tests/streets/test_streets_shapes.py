"""What a map shows beside streets survives being read, simplified, stored and read again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import StoreError, UnreadableFileError
from planner.streets import shapes as shapes_module
from planner.streets.shapes import ShapeKind, read_shapes, shapes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from planner.streets.shapes import Shape

LAT, LON = 60.17, 24.94
PER_LAT = 1 / 111_195.08
PER_LON = PER_LAT / math.cos(math.radians(LAT))
FIELD = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]
ROUND = [1, 2, 3, 4, 1]


def in_metres(shape: Shape) -> list[tuple[int, int]]:
    return [
        (round((lon - LON) / PER_LON, -1), round((lat - LAT) / PER_LAT, -1))
        for lon, lat in shape.points
    ]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"natural": "water"}, ShapeKind.WATER),
        ({"leisure": "park"}, ShapeKind.PARK),
        ({"place": "square"}, ShapeKind.SQUARE),
        ({"highway": "pedestrian", "area": "yes"}, ShapeKind.SQUARE),
        ({"highway": "pedestrian"}, None),
        ({"building": "yes"}, None),
        ({"natural": "coastline"}, ShapeKind.COAST),
        ({"waterway": "canal"}, ShapeKind.RIVER),
    ],
)
def test_what_is_shown(
    osm_file: Callable[..., Path], tags: dict[str, str], kind: ShapeKind | None
) -> None:
    found = shapes_of(read_shapes(osm_file(FIELD, [(ROUND, tags)])))
    assert [shape.kind for shape in found] == ([] if kind is None else [kind])
    if found:
        assert found[0].is_closed
        assert {(0, 0), (100, 0), (100, 100), (0, 100)} == set(in_metres(found[0]))


def test_small_areas_and_open_ones_are_left_away(osm_file: Callable[..., Path]) -> None:
    pond = [(0.0, 0.0), (15.0, 0.0), (15.0, 15.0), (0.0, 15.0)]
    assert shapes_of(read_shapes(osm_file(pond, [(ROUND, {"natural": "water"})]))) == ()
    assert shapes_of(read_shapes(osm_file(FIELD, [([1, 2, 3], {"leisure": "park"})]))) == ()


def test_a_line_is_cut_to_the_box_and_areas_are_kept_whole(osm_file: Callable[..., Path]) -> None:
    points = [(float(x), 40.0 * (i % 2)) for i, x in enumerate(range(0, 1000, 100))] + FIELD
    path = osm_file(
        points,
        [(range(1, 11), {"waterway": "river"}), ([11, 12, 13, 14, 11], {"leisure": "park"})],
    )
    west = (LON - PER_LON, LAT - 1, LON + 250 * PER_LON, LAT + 1)
    river, park = shapes_of(read_shapes(path, bbox=west))
    assert [east for east, _ in in_metres(river)] == [0, 100, 200, 300]
    assert not river.is_closed
    assert park.is_closed
    nothing = (LON + 1, LAT, LON + 2, LAT + 1)
    assert shapes_of(read_shapes(path, bbox=nothing)) == ()


def relation_file(path: Path, outer: Sequence[Sequence[int]], tag: str) -> Path:
    hole = [(30.0, 30.0), (30.0, 70.0), (70.0, 70.0), (70.0, 30.0)]
    nodes = "".join(
        f'<node id="{i}" lat="{LAT + y * PER_LAT:.7f}" lon="{LON + x * PER_LON:.7f}"/>'
        for i, (x, y) in enumerate([*FIELD, *hole], 1)
    )
    runs = [*outer, [5, 6, 7, 8, 5]]
    ways = "".join(
        f'<way id="{i}">' + "".join(f'<nd ref="{ref}"/>' for ref in run) + "</way>"
        for i, run in enumerate(runs, 1)
    )
    members = "".join(
        f'<member type="way" ref="{i}" role="{"inner" if i == len(runs) else "outer"}"/>'
        for i in range(1, len(runs) + 1)
    )
    path.write_text(
        f'<osm version="0.6">{nodes}{ways}<relation id="1">{members}'
        f'<tag k="type" v="multipolygon"/>{tag}</relation></osm>',
        encoding="utf-8",
    )
    return path


WATER = '<tag k="natural" v="water"/>'


def test_a_lake_of_several_ways_has_its_island(tmp_path: Path) -> None:
    path = relation_file(tmp_path / "lake.osm", [[1, 2, 3], [1, 4, 3]], WATER)
    lake, island = shapes_of(read_shapes(path))
    assert (lake.kind, lake.area, lake.is_closed) == (ShapeKind.WATER, island.area, True)
    assert len(set(in_metres(lake))) == len(set(in_metres(island))) == 4


def test_a_shore_that_does_not_close_is_a_line(tmp_path: Path) -> None:
    path = relation_file(tmp_path / "cut.osm", [[1, 2, 3]], WATER)
    (shore,) = shapes_of(read_shapes(path))
    assert (shore.kind, shore.is_closed) == (ShapeKind.WATER, False)
    park = relation_file(tmp_path / "park.osm", [[1, 2, 3]], '<tag k="leisure" v="park"/>')
    assert shapes_of(read_shapes(park)) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
        min_size=2,
        max_size=40,
        unique=True,
    )
)
def test_a_simplified_line_stays_within_the_tolerance(points: list[tuple[int, int]]) -> None:
    line = np.array(points, dtype=np.int32).T + np.array([[249_000_000], [601_000_000]], np.int32)
    less = shapes_module._simplified(line)
    assert (less[:, 0] == line[:, 0]).all()
    assert (less[:, -1] == line[:, -1]).all()
    scale = shapes_module._scale(line)
    before, after = (shapely.LineString((one * scale).T) for one in (line, less))
    assert shapely.hausdorff_distance(before, after) <= shapes_module.TOLERANCE_M + 0.1


def test_the_demo_city_has_parks_squares_and_sea(extract: Callable[[str], Path]) -> None:
    found = shapes_of(read_shapes(extract("Helsinki.osm.pbf")))
    kinds = {shape.kind for shape in found}
    assert {ShapeKind.PARK, ShapeKind.SQUARE, ShapeKind.COAST, ShapeKind.WATER} <= kinds
    lon, lat = np.array([point for shape in found for point in shape.points]).T
    assert 24.8 < lon.min() < lon.max() < 25.1
    assert 60.1 < lat.min() < lat.max() < 60.3


def test_shapes_come_back_as_they_were_stored(extract: Callable[[str], Path]) -> None:
    arrays = read_shapes(extract("monaco.osm.pbf"))
    assert {name: str(array.dtype) for name, array in arrays.items()} == {
        "kind": "uint8",
        "area": "int32",
        "start": "int64",
        "lon": "float32",
        "lat": "float32",
    }
    found = shapes_of(arrays)
    assert sum(len(shape.points) for shape in found) == len(arrays["lon"])
    assert all(len(shape.points) > 1 for shape in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", None),
        ("kind", np.array([200], dtype=np.uint8)),
        ("area", np.zeros(3, dtype=np.int32)),
        ("start", np.array([0, 99])),
        ("start", np.array([1, 5])),
        ("lon", np.zeros((5, 1))),
    ],
)
def test_damaged_shapes_are_refused(
    osm_file: Callable[..., Path], name: str, value: np.ndarray | None
) -> None:
    arrays = read_shapes(osm_file(FIELD, [(ROUND, {"leisure": "park"})]))
    assert len(shapes_of(arrays)) == 1
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    with pytest.raises(StoreError, match="damaged"):
        shapes_of(arrays)


def test_files_that_are_no_extract_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.osm.pbf"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(UnreadableFileError):
        read_shapes(path)
    with pytest.raises(UnreadableFileError, match="no file"):
        read_shapes(tmp_path / "missing.osm")
