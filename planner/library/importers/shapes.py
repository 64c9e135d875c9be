"""Lines and areas made a point: where one would stand to be at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.library.importers.fields import ValueRefusedError, position
from planner.library.importers.limits import MOST_VERTICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain import Position

_KINDS = frozenset(
    [
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
        "GeometryCollection",
    ]
)  # fmt: skip
_LINES = frozenset({"LineString", "MultiLineString", "LinearRing"})
_BROKEN = (ValueError, TypeError, IndexError, KeyError, AttributeError, RecursionError)


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
    if _count(geometry) > MOST_VERTICES:
        raise ValueRefusedError(f"its shape has more than {MOST_VERTICES:,} points")
    return _representative(geometry)


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


def _count(geometry: Mapping[str, Any]) -> int:
    """Return how many points a geometry has, up to one more than are allowed."""
    pending: list[Any] = [geometry.get("coordinates"), geometry.get("geometries")]
    count = 0
    while pending and count <= MOST_VERTICES:
        part = pending.pop()
        if isinstance(part, dict):
            pending += [part.get("coordinates"), part.get("geometries")]
        elif isinstance(part, list) and part and isinstance(part[0], list | dict):
            pending += part
        elif isinstance(part, list):
            count += 1
    return count


def _representative(geometry: Mapping[str, Any]) -> Position | None:
    import shapely
    from shapely.geometry import shape

    try:
        made = shapely.force_2d(shape(dict(geometry)))
        if made.is_empty:
            return None
        # Every point is looked at: a single wrong one can move the middle anywhere.
        for lon, lat in _extremes(shapely.get_coordinates(made)):
            position(lat, lon)
        if geometry.get("type") in _LINES and made.length > 0:
            point = shapely.line_interpolate_point(_longest(made), 0.5, normalized=True)
        else:
            point = made.representative_point()
    except ValueRefusedError:
        raise
    except (shapely.errors.ShapelyError, *_BROKEN) as error:
        raise ValueRefusedError(f"its shape is broken ({str(error)[:80]})") from error
    return position(point.y, point.x)


def _extremes(coordinates: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the least and the greatest longitude and latitude; NaN where there is any."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    return [(float(low[0]), float(low[1])), (float(high[0]), float(high[1]))]


def _longest(line: Any) -> Any:  # noqa: ANN401 - a geometry; shapely's kinds share no useful type
    parts = getattr(line, "geoms", None)
    return line if parts is None else max(parts, key=lambda part: part.length)
