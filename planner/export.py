"""A plan taken along: its file, with the city around it where the format has a map."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from planner import cities
from planner.itinerary import exporters

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from planner.config import Home
    from planner.itinerary.document import PlanDocument
    from planner.streets.shapes import ShapeKind


def export(home: Home, document: PlanDocument, path: Path, *, now: dt.datetime) -> None:
    """Write a plan to a file in the format of its ending.

    Parameters
    ----------
    home
        Where the plan's city is; a city that is gone is missing behind the map, and nowhere else.
    document
        A plan with a walk.
    path
        Where to.
    now
        The moment of writing, local without a zone.

    Raises
    ------
    UsageError
        If the ending tells no format that is known.
    NoWalkError
        If the plan holds no walk.
    UnreadableFileError
        If the plan was damaged.
    StoreError
        If the file cannot be written; then whatever was there before still is.
    """
    exporters.write(document, path, now=now, scenery=partial(scenery_of, home, document))


def scenery_of(home: Home, document: PlanDocument) -> exporters.Scenery:
    """Return the streets, water, parks, squares and shores of a plan's city."""
    from planner.streets.shapes import ShapeKind

    shapes = cities.map_shapes(home, document.city)
    areas = [tuple(rims) for _, rims in groupby(shapes, key=lambda shape: (shape.kind, shape.area))]

    def of(kind: ShapeKind) -> tuple[exporters.Area, ...]:
        closed = (
            tuple(rim.points for rim in rims if rim.is_closed)
            for rims in areas
            if rims[0].kind is kind
        )
        return tuple(area for area in closed if area)

    def lines(kind: ShapeKind) -> tuple[exporters.Line, ...]:
        return tuple(shape.points for shape in shapes if shape.kind is kind)

    # The rim of a lake that an extract cuts does not close: it is a shore.
    torn = tuple(
        shape.points for shape in shapes if shape.kind is ShapeKind.WATER and not shape.is_closed
    )
    streets = cities.street_lines(home, document) or ()
    coast = lines(ShapeKind.COAST)
    return exporters.Scenery(
        streets=streets,
        water=(*of(ShapeKind.WATER), *_sea(coast, streets)),
        parks=of(ShapeKind.PARK),
        squares=of(ShapeKind.SQUARE),
        shores=(*coast, *torn),
        rivers=lines(ShapeKind.RIVER),
    )


def _sea(
    coast: tuple[exporters.Line, ...], streets: tuple[exporters.Line, ...]
) -> tuple[exporters.Area, ...]:
    """Return the sea as far as a city's streets reach."""
    import numpy as np

    from planner.drawing.sea import sea_within

    if not coast or not streets:
        return ()
    points = np.array([point for street in streets for point in street])
    low, high = points.min(axis=0), points.max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return tuple(
        tuple(tuple((float(lon), float(lat)) for lon, lat in rim) for rim in rims)
        for rims in sea_within(coast, box)
    )
