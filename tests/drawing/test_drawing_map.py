"""The map of a walk: true to scale, every stop numbered, nothing beyond its size."""

# ruff: noqa: A002 - arguments are fixtures and parameters by name

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from planner.drawing.canvas import Layer
from planner.drawing.map import MIN_HEIGHT, MIN_WIDTH, fitting_size, stop_sign, walk_map
from planner.itinerary.document import AnchorPart

if TYPE_CHECKING:
    from planner.drawing.map import MapDrawing
    from planner.itinerary.document import PlanDocument

SIZES = [(76, 20), (120, 40), (MIN_WIDTH, MIN_HEIGHT), (200, 8), (40, 60)]


def with_stops(walk: PlanDocument, places: list[tuple[float, float]]) -> PlanDocument:
    """Return a document whose stops stand at (lat, lon), without ways between them."""
    stops = tuple(
        msgspec.structs.replace(walk.stops[0], place_id=str(i), name=f"Stop {i}", lat=lat, lon=lon)
        for i, (lat, lon) in enumerate(places)
    )
    return msgspec.structs.replace(walk, start=None, stops=stops, legs=())


def numbers(drawing: MapDrawing) -> list[str]:
    """Return what is written in the layer of stops, each sign once, row by row."""
    return [
        sign
        for row in drawing.rows
        for sign in "".join(c.char if c.layer is Layer.STOP else " " for c in row).split()
    ]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_stop_is_on_the_map_once(
    walk: PlanDocument, width: int, height: int, ascii: bool
) -> None:
    drawing = walk_map(walk, width=width, height=height, ascii=ascii)
    assert sorted(numbers(drawing)) == [stop_sign(i, ascii=ascii) for i in range(1, 6)]
    assert [mark.number for mark in drawing.marks] == [None, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_drawing_has_the_size_asked_for(
    walk: PlanDocument,
    streets: list[list[tuple[float, float]]],
    width: int,
    height: int,
    ascii: bool,
) -> None:
    drawing = walk_map(walk, width=width, height=height, streets=streets, ascii=ascii)
    lines = drawing.text().plain.split("\n")
    assert (drawing.width, drawing.height) == (width, height)
    assert [cell_len(line) for line in lines] == [width] * height
    assert not ascii or drawing.plain().isascii()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_credit_is_always_whole(walk: PlanDocument, width: int, height: int) -> None:
    drawing = walk_map(walk, width=width, height=height)
    assert "© OpenStreetMap contributors" in drawing.plain()


def test_stops_that_share_a_cell_stand_beside_each_other(walk: PlanDocument) -> None:
    drawing = walk_map(with_stops(walk, [(60.17, 24.94)] * 25), width=60, height=16)
    assert sorted(numbers(drawing)) == sorted(stop_sign(i) for i in range(1, 26))
    first = drawing.marks[0]
    assert all(
        abs(mark.column - first.column) <= 8 and abs(mark.row - first.row) <= 4
        for mark in drawing.marks
    )


def test_plain_numbers_never_touch(walk: PlanDocument) -> None:
    drawing = walk_map(with_stops(walk, [(60.17, 24.94)] * 12), width=60, height=16, ascii=True)
    assert sorted(numbers(drawing), key=int) == [str(i) for i in range(1, 13)]


def test_a_start_under_a_stop_gives_way(walk: PlanDocument) -> None:
    start = AnchorPart(place_id=None, name="Here", lat=60.17, lon=24.94)
    document = msgspec.structs.replace(with_stops(walk, [(60.17, 24.94)]), start=start)
    drawing = walk_map(document, width=60, height=16)
    signs = {mark.text: (mark.column, mark.row) for mark in drawing.marks}
    assert set(signs) == {"◉", "①"}
    assert signs["①"] == (30, 7)


def test_a_loop_has_one_sign_for_both_ends(walk: PlanDocument) -> None:
    document = msgspec.structs.replace(walk, end=walk.start)
    drawing = walk_map(document, width=76, height=20)
    assert [mark.text for mark in drawing.marks if mark.number is None] == ["◉"]
    assert "◉ start and end" in drawing.plain()


def test_an_end_elsewhere_has_its_own_sign(walk: PlanDocument) -> None:
    end = AnchorPart(place_id=None, name="There", lat=60.168, lon=24.95)
    drawing = walk_map(msgspec.structs.replace(walk, end=end), width=76, height=20)
    assert [mark.text for mark in drawing.marks if mark.number is None] == ["◉", "◎"]
    assert "◉ start  ◎ end" in drawing.plain()


def test_a_square_on_the_ground_is_a_square_of_dots(walk: PlanDocument) -> None:
    north, east = 0.009, 0.009 / math.cos(math.radians(60.17))
    corners = [(60.17, 24.94), (60.17 + north, 24.94 + east)]
    frame = walk_map(with_stops(walk, corners), width=90, height=30).frame
    assert frame is not None
    (x0, y0), (x1, y1) = frame.dots(np.array([(lon, lat) for lat, lon in corners])).tolist()
    assert x1 - x0 == pytest.approx(y0 - y1, rel=1e-3)
    assert x1 > x0


def test_the_scale_bar_is_as_long_as_it_says(walk: PlanDocument) -> None:
    drawing = walk_map(walk, width=76, height=20)
    found = re.search(r"(\d+) m (├─*┤)", drawing.plain())
    assert found is not None
    assert drawing.frame is not None
    metres = len(found[2]) * 2 * drawing.frame.metres_per_dot
    assert metres == pytest.approx(int(found[1]), abs=drawing.frame.metres_per_dot * 1.01)
    assert str(int(found[1]))[0] in "125"


def test_the_walk_runs_where_its_paths_run(walk: PlanDocument) -> None:
    drawing = walk_map(walk, width=76, height=20)
    assert drawing.frame is not None
    for leg in walk.legs:
        for x, y in drawing.frame.dots(np.array(leg.path)).tolist():
            cell = drawing.rows[int(y // 4)][int(x // 2)]
            assert cell.layer in {Layer.WALK, Layer.STOP, Layer.ANCHOR}


def test_streets_lie_beneath_and_change_nothing_of_the_walk(
    walk: PlanDocument, streets: list[list[tuple[float, float]]]
) -> None:
    bare = walk_map(walk, width=76, height=20)
    full = walk_map(walk, width=76, height=20, streets=streets)
    changed = [
        (before, after)
        for old, new in zip(bare.rows, full.rows, strict=True)
        for before, after in zip(old, new, strict=True)
        if before != after
    ]
    assert len(changed) > 100
    assert all((old.char, new.layer) == (" ", Layer.STREET) for old, new in changed)


def test_streets_out_of_view_or_off_the_globe_are_left_out(walk: PlanDocument) -> None:
    bare = walk_map(walk, width=76, height=20)
    far: list[list[tuple[float, float]]] = [
        [(25.4, 60.17), (25.5, 60.17)],
        [(float("nan"), 60.17), (24.95, 60.17)],
        [(1e300, 1e300), (1e300, -1e300)],
        [],
    ]
    assert walk_map(walk, width=76, height=20, streets=far) == bare


def test_one_stop_without_a_way_stands_in_the_middle(walk: PlanDocument) -> None:
    drawing = walk_map(with_stops(walk, [(60.17, 24.94)]), width=60, height=17)
    assert [(mark.column, mark.row) for mark in drawing.marks] == [(30, 8)]


def test_a_plan_without_a_walk_says_so(impossible: PlanDocument) -> None:
    document = msgspec.structs.replace(impossible, start=None)
    drawing = walk_map(document, width=60, height=10)
    assert drawing.plain().strip() == "no walk to draw"
    assert (drawing.width, drawing.height) == (60, 10)


def test_too_small_a_map_is_refused(walk: PlanDocument) -> None:
    with pytest.raises(ValueError, match="needs 32 x 6 cells"):
        walk_map(walk, width=31, height=20)


@pytest.mark.parametrize(
    ("places", "size"),
    [
        ([(60.17, 24.90), (60.17, 25.00)], (78, 10)),
        ([(60.10, 24.94), (60.20, 24.94)], (62, 24)),
        ([], (78, 10)),
    ],
)
def test_the_size_follows_the_walk(
    walk: PlanDocument, places: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    assert fitting_size(with_stops(walk, places), width=78, least=10, most=24) == size


positions = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@settings(deadline=None, max_examples=60)
@given(
    places=st.lists(positions, min_size=1, max_size=24),
    size=st.sampled_from(SIZES),
    ascii=st.booleans(),
)
def test_stops_anywhere_on_earth_are_all_drawn(
    walk: PlanDocument, places: list[tuple[float, float]], size: tuple[int, int], ascii: bool
) -> None:
    drawing = walk_map(with_stops(walk, places), width=size[0], height=size[1], ascii=ascii)
    assert sorted(mark.number or 0 for mark in drawing.marks) == list(range(1, len(places) + 1))
    taken = [
        (mark.row, mark.column + offset)
        for mark in drawing.marks
        for offset in range(len(mark.text))
    ]
    assert len(taken) == len(set(taken))
    assert all(len(row) == size[0] for row in drawing.rows)


@settings(deadline=None, max_examples=30)
@given(lat=st.floats(allow_nan=False), lon=st.floats(allow_nan=False))
def test_a_damaged_position_does_not_stop_the_drawing(
    walk: PlanDocument, lat: float, lon: float
) -> None:
    drawing = walk_map(with_stops(walk, [(60.17, 24.94), (lat, lon)]), width=60, height=16)
    assert len(drawing.marks) == 2
