"""The sea lies to the right of the coast, around its islands, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shapely

from planner.cities import demo_extract
from planner.drawing.sea import sea_within
from planner.streets.shapes import ShapeKind, read_shapes, shapes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

BOX = (0.0, 0.0, 1.0, 1.0)
EASTWARD = [(-0.2, 0.5), (0.5, 0.6), (1.2, 0.5)]
ISLAND = [(0.4, 0.2), (0.6, 0.2), (0.6, 0.3), (0.4, 0.3), (0.4, 0.2)]


def is_sea(coast: Sequence[Sequence[tuple[float, float]]], lon: float, lat: float) -> bool:
    areas = [shapely.Polygon(rims[0], rims[1:]) for rims in sea_within(coast, BOX)]
    return any(area.contains(shapely.Point(lon, lat)) for area in areas)


@pytest.mark.parametrize(
    ("coast", "wet", "dry"),
    [
        pytest.param([EASTWARD], [(0.5, 0.3), (0.01, 0.01)], [(0.5, 0.8)], id="a straight coast"),
        pytest.param([EASTWARD[::-1]], [(0.5, 0.8)], [(0.5, 0.3)], id="the other way round"),
        pytest.param(
            [EASTWARD[:2], EASTWARD[1:]], [(0.5, 0.3)], [(0.5, 0.8)], id="a coast of two ways"
        ),
        pytest.param(
            [EASTWARD, ISLAND], [(0.5, 0.4), (0.5, 0.1)], [(0.5, 0.25), (0.5, 0.8)], id="an island"
        ),
        pytest.param([ISLAND], [(0.1, 0.9)], [(0.5, 0.25)], id="an island in the open sea"),
        pytest.param([ISLAND[::-1]], [(0.5, 0.25)], [(0.1, 0.9)], id="a sea within land"),
        pytest.param(
            [[(0.02, 0.5), (0.97, 0.5)]], [(0.5, 0.3)], [(0.5, 0.8)], id="cut before the border"
        ),
        pytest.param(
            [EASTWARD, [(1.2, 0.2), (0.9, 0.2), (0.9, -0.2)]],
            [(0.5, 0.3)],
            [(0.95, 0.1)],
            id="a cape",
        ),
    ],
)
def test_what_lies_to_the_right_is_sea(
    coast: list[list[tuple[float, float]]],
    wet: list[tuple[float, float]],
    dry: list[tuple[float, float]],
) -> None:
    assert all(is_sea(coast, *point) for point in wet)
    assert not any(is_sea(coast, *point) for point in dry)


@pytest.mark.parametrize(
    "coast",
    [
        pytest.param([], id="none"),
        pytest.param([[(2.0, 2.0), (3.0, 3.0)]], id="far away"),
        pytest.param([[(0.4, 0.5), (0.6, 0.5)]], id="with neither end near the border"),
        pytest.param(
            [[(-0.2, 0.2), (1.2, 0.2)], [(-0.2, 0.4), (1.2, 0.4)]], id="that contradicts itself"
        ),
    ],
)
def test_a_coast_that_says_too_little_floods_nothing(
    coast: list[list[tuple[float, float]]],
) -> None:
    assert not is_sea(coast, 0.5, 0.3)


def test_the_demo_city_lies_at_the_sea() -> None:
    shapes = shapes_of(read_shapes(demo_extract()))
    coast = [shape.points for shape in shapes if shape.kind is ShapeKind.COAST]
    areas = [
        shapely.Polygon(rims[0], rims[1:])
        for rims in sea_within(coast, (24.9349, 60.1641, 24.9534, 60.1791))
    ]

    def wet(lon: float, lat: float) -> bool:
        return any(area.contains(shapely.Point(lon, lat)) for area in areas)

    assert wet(24.9470, 60.1766)  # the bay north of the botanical garden
    assert wet(24.9529, 60.1671)  # the harbour
    assert not wet(24.9522, 60.1704)  # the cathedral
    assert not wet(24.9414, 60.1719)  # the railway station
