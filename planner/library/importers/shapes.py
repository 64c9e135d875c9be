"""Lines and areas made a point: where one would stand to be at them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.library.importers.fields import ValueRefusedError, position
from planner.library.importers.limits import MOST_VERTICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.domain import Position

_KINDS = frozenset(
    [
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
        "GeometryCollection",
    ]
)  # fmt: skip
_LINES = frozenset({"LineString", "MultiLineString", "LinearRing"})
_DEEPEST = 8


def point_of(geometry: Mapping[str, Any] | None) -> Position | None:
    """Return a point for a GeoJSON geometry: its own, the middle of a line, a point in an area.

    A geometry that is ``null`` or empty has none.

    Raises
    ------
    ValueRefusedError
        If it is no geometry, or its coordinates are no degrees.
    """
    if geometry is None:
        return None
    kind = geometry.get("type")
    if kind not in _KINDS:
        raise ValueRefusedError(f"its geometry is of an unknown kind ({str(kind)[:40]})")
    coordinates = geometry.get("coordinates")
    if kind == "Point":
        return _point(coordinates)
    vertices = 0
    for lon, lat in _vertices(geometry, 0):
        vertices += 1
        if vertices > MOST_VERTICES:
            raise ValueRefusedError(f"its shape has more than {MOST_VERTICES:,} points")
        # Each is looked at: one wrong point can move the middle anywhere.
        position(lat, lon)
    return _representative(geometry) if vertices else None


def _point(coordinates: object) -> Position | None:
    if coordinates is None or coordinates == []:
        return None
    lon, lat = _pair(coordinates)
    return position(lat, lon)


def _pair(coordinates: object) -> tuple[float, float]:
    if not isinstance(coordinates, list | tuple) or len(coordinates) < 2:  # noqa: PLR2004 - two degrees
        raise ValueRefusedError("its coordinates are incomplete")
    numbers: list[float] = []
    for value in coordinates[:2]:
        if value is None:
            raise ValueRefusedError("its position is not a number")
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueRefusedError("its coordinates are no numbers")
        try:
            numbers.append(float(value))
        except (ValueError, OverflowError):
            raise ValueRefusedError("its coordinates are no numbers") from None
    return numbers[0], numbers[1]


def _vertices(geometry: Mapping[str, Any], depth: int) -> Iterator[tuple[float, float]]:
    parts = geometry.get("geometries")
    if isinstance(parts, list) and depth < _DEEPEST:
        for part in parts:
            if isinstance(part, dict):
                yield from _vertices(part, depth + 1)
        return
    yield from _pairs(geometry.get("coordinates"), 0)


def _pairs(coordinates: object, depth: int) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list | tuple) or depth > _DEEPEST:
        raise ValueRefusedError("its coordinates are no numbers")
    if coordinates and not isinstance(coordinates[0], list | tuple):
        yield _pair(coordinates)
        return
    for part in coordinates:
        yield from _pairs(part, depth + 1)


def _representative(geometry: Mapping[str, Any]) -> Position | None:
    import shapely
    from shapely.geometry import shape

    try:
        made = shapely.force_2d(shape(dict(geometry)))
        if made.is_empty:
            return None
        if geometry.get("type") in _LINES and made.length > 0:
            point = shapely.line_interpolate_point(_longest(made), 0.5, normalized=True)
        else:
            point = made.representative_point()
    except (
        shapely.errors.ShapelyError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
    ) as error:
        raise ValueRefusedError(f"its shape is broken ({str(error)[:80]})") from error
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        raise ValueRefusedError("its shape is broken")
    return position(point.y, point.x)


def _longest(line: Any) -> Any:  # noqa: ANN401 - a geometry; shapely's kinds share no useful type
    parts = getattr(line, "geoms", None)
    return line if parts is None else max(parts, key=lambda part: part.length)
