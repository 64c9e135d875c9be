"""What a map shows beside streets: water, parks, squares and the coast, simplified.

Shapes are read from closed ways and from relations of ways. A rim that is cut at the edge of an
extract does not close; it is kept as a line. All shapes together are a handful of flat arrays,
small enough for the city file: for a city of a million some hundred kilobytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from planner.errors import StoreError
from planner.library.osmfile import DEGREE, in_box, open_file, position_index, refusing
from planner.streets.geodesy import METRES_PER_DEGREE
from planner.streets.squares import Chain, closed_rims

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from planner.library.osmfile import BBox

    Arrays = dict[str, npt.NDArray[Any]]

TOLERANCE_M: Final = 5.0
"""How far a simplified line may lie from the one that was mapped."""

SMALLEST_M2: Final = 400.0
"""Areas below this are left away: no map of a walk shows them."""


class ShapeKind(IntEnum):
    """What a shape is."""

    WATER = 0
    PARK = 1
    SQUARE = 2
    COAST = 3
    RIVER = 4


class Shape(NamedTuple):
    """One rim or line: (lon, lat) in degrees.

    Rims of one area, its holes among them, have the same ``area``; a line has one of its own. A rim
    ends where it begins.
    """

    kind: ShapeKind
    area: int
    points: tuple[tuple[float, float], ...]

    @property
    def is_closed(self) -> bool:
        """Tell whether this is a rim and no line."""
        return self.points[0] == self.points[-1]


_AREAS: Final[Mapping[tuple[str, str], ShapeKind]] = {
    ("natural", "water"): ShapeKind.WATER,
    ("natural", "bay"): ShapeKind.WATER,
    ("waterway", "riverbank"): ShapeKind.WATER,
    ("waterway", "dock"): ShapeKind.WATER,
    ("landuse", "basin"): ShapeKind.WATER,
    ("landuse", "reservoir"): ShapeKind.WATER,
    ("leisure", "park"): ShapeKind.PARK,
    ("leisure", "garden"): ShapeKind.PARK,
    ("leisure", "nature_reserve"): ShapeKind.PARK,
    ("landuse", "forest"): ShapeKind.PARK,
    ("landuse", "village_green"): ShapeKind.PARK,
    ("landuse", "recreation_ground"): ShapeKind.PARK,
    ("landuse", "cemetery"): ShapeKind.PARK,
    ("natural", "wood"): ShapeKind.PARK,
    ("place", "square"): ShapeKind.SQUARE,
    ("highway", "pedestrian"): ShapeKind.SQUARE,
}
_LINES: Final[Mapping[tuple[str, str], ShapeKind]] = {
    ("natural", "coastline"): ShapeKind.COAST,
    ("waterway", "river"): ShapeKind.RIVER,
    ("waterway", "canal"): ShapeKind.RIVER,
}


def read_shapes(path: Path, bbox: BBox | None = None) -> Arrays:
    """Read the shapes of an extract.

    Parameters
    ----------
    path
        Any file that libosmium reads.
    bbox
        West, south, east, north in degrees. Areas that reach into it are kept whole, lines in it
        where they are; nothing outside is kept.

    Returns
    -------
    arrays
        By name, for the city file: ``kind`` and ``area`` (n,), ``start`` (n + 1,), and ``lon`` and
        ``lat`` (points,) in degrees, which :func:`shapes_of` turns back. Empty where an extract
        has no shapes.

    Raises
    ------
    UnreadableFileError
        If the file is not an OpenStreetMap extract, is truncated or empty.
    """
    with refusing(path):
        return _read(path, bbox).arrays()


def shapes_of(arrays: Mapping[str, npt.NDArray[Any]]) -> tuple[Shape, ...]:
    """Return the shapes that :func:`read_shapes` found.

    Raises
    ------
    StoreError
        If the arrays do not fit each other.
    """
    found = {name: arrays.get(name) for name in _DTYPES}
    kind, area, start, lon, lat = found.values()
    if (
        kind is None
        or area is None
        or start is None
        or lon is None
        or lat is None
        or any(one is not None and one.ndim != 1 for one in found.values())
        or not len(kind) == len(area) == len(start) - 1
        or not len(lon) == len(lat) == int(start[-1])
        or int(start[0]) != 0
        or (np.diff(start) < 2).any()  # noqa: PLR2004 - a line has two ends
        or (len(kind) and int(kind.max()) >= len(ShapeKind))
    ):
        raise StoreError(
            "The shapes of the city's map are damaged.", "Add the city again from its extract."
        )
    points = list(zip(lon.tolist(), lat.tolist(), strict=True))
    begins = start.tolist()
    return tuple(
        Shape(ShapeKind(one), number, tuple(points[begins[i] : begins[i + 1]]))
        for i, (one, number) in enumerate(zip(kind.tolist(), area.tolist(), strict=True))
    )


_DTYPES: Final[Mapping[str, str]] = {
    "kind": "|u1",
    "area": "<i4",
    "start": "<i8",
    "lon": "<f4",
    "lat": "<f4",
}


@dataclass(slots=True)
class _Found:
    """Shapes so far: positions in 1e-7 degrees."""

    kinds: list[int] = field(default_factory=list)
    areas: list[int] = field(default_factory=list)
    lines: list[npt.NDArray[np.int32]] = field(default_factory=list)
    count: int = 0

    def add(self, kind: ShapeKind, lines: Iterable[npt.NDArray[np.int32]]) -> None:
        """Add the (2, k) lines of one area."""
        for line in lines:
            self.kinds.append(int(kind))
            self.areas.append(self.count)
            self.lines.append(line)
        self.count += 1

    def arrays(self) -> Arrays:
        """Lay everything out flat."""
        sizes = [line.shape[1] for line in self.lines]
        flat = np.concatenate([np.zeros((2, 0), dtype=np.int32), *self.lines], axis=1) / DEGREE
        columns = (
            self.kinds,
            self.areas,
            np.r_[0, np.cumsum(sizes, dtype=np.int64)],
            flat[0],
            flat[1],
        )
        return {
            name: np.asarray(column, dtype=dtype)
            for (name, dtype), column in zip(_DTYPES.items(), columns, strict=True)
        }


@dataclass(frozen=True, slots=True)
class _Relation:
    """An area of several ways, by their ids: its outer rims, and those of holes."""

    kind: ShapeKind
    outer: tuple[int, ...]
    inner: tuple[int, ...]


def _read(path: Path, bbox: BBox | None) -> _Found:
    import osmium

    file = open_file(path)
    relations = _relations(osmium, file)
    locations = osmium.NodeLocationsForWays(position_index(path))
    locations.ignore_errors()
    # The tags that nodes are looked through for hold for none: this pass fills the index only.
    nodes = osmium.FileProcessor(file, osmium.osm.NODE).with_filter(locations)
    for _ in nodes.with_filter(osmium.filter.TagFilter(("natural", "coastline"))):
        pass
    found = _Found()
    tagged = (
        osmium.FileProcessor(file, osmium.osm.WAY)
        .with_filter(osmium.filter.TagFilter(*_AREAS, *_LINES))
        .with_filter(locations)
    )
    for way in tagged:
        _add_way(found, way, dict(way.tags), bbox)
    members = {way for one in relations for way in (*one.outer, *one.inner)}
    chains: dict[int, tuple[Chain, bool]] = {}
    if members:
        ways = (
            osmium.FileProcessor(file, osmium.osm.WAY)
            .with_filter(osmium.filter.IdFilter(members))
            .with_filter(locations)
        )
        for way in ways:
            refs, points = _known(way)
            if len(refs) > 1:
                chains[way.id] = (_chain(refs, points), _reaches(points, bbox))
    for one in relations:
        _add_relation(found, one, chains)
    return found


def _kind(tags: Mapping[str, str], kinds: Mapping[tuple[str, str], ShapeKind]) -> ShapeKind | None:
    for (key, value), kind in kinds.items():
        if tags.get(key) == value:
            return kind
    return None


def _relations(osmium: Any, file: Any) -> list[_Relation]:  # noqa: ANN401 - pyosmium has no types
    """Read which areas are relations of ways."""
    found: list[_Relation] = []
    tagged = osmium.FileProcessor(file, osmium.osm.RELATION).with_filter(
        osmium.filter.TagFilter(*_AREAS)
    )
    for relation in tagged:
        tags = dict(relation.tags)
        kind = _kind(tags, _AREAS)
        if kind is not None and tags.get("type") == "multipolygon":
            ways = [(member.ref, member.role) for member in relation.members if member.type == "w"]
            inner = tuple(ref for ref, role in ways if role == "inner")
            outer = tuple(ref for ref, role in ways if role != "inner")
            found.append(_Relation(kind, outer, inner))
    return found


def _known(way: Any) -> tuple[list[int], npt.NDArray[np.int32]]:  # noqa: ANN401 - no types
    """Return the ids of a way's nodes that the file has, and their (2, k) positions."""
    nodes = [(node.ref, node.x, node.y) for node in way.nodes]
    points = np.array([(x, y) for _, x, y in nodes], dtype=np.int32).reshape(-1, 2).T
    there = in_box(points[0], points[1], None)
    refs = [ref for (ref, _, _), known in zip(nodes, there.tolist(), strict=True) if known]
    return refs, points[:, there]


def _reaches(points: npt.NDArray[np.int32], bbox: BBox | None) -> bool:
    """Tell whether a line's own box reaches into a box."""
    if bbox is None:
        return True
    west, south, east, north = (side * DEGREE for side in bbox)
    low, high = points.min(axis=1), points.max(axis=1)
    return bool(low[0] <= east and high[0] >= west and low[1] <= north and high[1] >= south)


def _chain(refs: Sequence[int], points: npt.NDArray[np.int32]) -> Chain:
    """Return a simplified line as a chain; only its ends keep their ids, as only they are joined.

    A rim that is one way is left as it is: it is simplified as an area.
    """
    line = points if refs[0] == refs[-1] else _simplified(points)
    inner = (0,) * (line.shape[1] - 2)
    return Chain((refs[0], *inner, refs[-1]), tuple(line[0].tolist()), tuple(line[1].tolist()))


def _add_way(found: _Found, way: Any, tags: Mapping[str, str], bbox: BBox | None) -> None:  # noqa: ANN401
    """Add an area that is one closed way, or a line cut to the box."""
    refs, points = _known(way)
    if len(refs) < 2 or not _reaches(points, bbox):  # noqa: PLR2004 - a line has two ends
        return
    line_kind, area_kind = _kind(tags, _LINES), _kind(tags, _AREAS)
    if line_kind is not None:
        inside = in_box(points[0], points[1], bbox)
        # A neighbour outside goes along, so that a line reaches the border.
        near = inside.copy()
        near[1:] |= inside[:-1]
        near[:-1] |= inside[1:]
        edges = np.flatnonzero(np.diff(np.r_[0, near.astype(np.int8), 0]))
        for begin, end in edges.reshape(-1, 2).tolist():
            if end - begin > 1:
                found.add(line_kind, [_simplified(points[:, begin:end])])
    elif area_kind is not None and refs[0] == refs[-1]:
        street = tags.get("highway") == "pedestrian"
        if not street or tags.get("area") == "yes":
            _add_area(found, area_kind, [points], [])


def _add_relation(found: _Found, one: _Relation, chains: Mapping[int, tuple[Chain, bool]]) -> None:
    """Add an area of several ways; the shore of water whose rims do not close is kept as lines."""
    outer = [chains[way] for way in one.outer if way in chains]
    if not any(reaches for _, reaches in outer):
        return
    rims = closed_rims(chain for chain, _ in outer)
    if rims:
        holes = closed_rims(chains[way][0] for way in one.inner if way in chains)
        _add_area(found, one.kind, [_points(rim) for rim in rims], [_points(rim) for rim in holes])
    elif one.kind is ShapeKind.WATER:
        for chain, reaches in outer:
            if reaches:
                # Not a coast: nothing is known of the side that its water lies on.
                found.add(ShapeKind.WATER, [_points(chain)])


def _points(chain: Chain) -> npt.NDArray[np.int32]:
    return np.array([chain.xs, chain.ys], dtype=np.int32)


def _scale(points: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return metres of a step of 1e-7 degrees east and north."""
    north = METRES_PER_DEGREE / DEGREE
    level = math.cos(math.radians(float(points[1].mean()) / DEGREE))
    return np.array([[north * max(level, 0.01)], [north]])


def _simplified(points: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Simplify a line; its ends stay."""
    import shapely

    scale = _scale(points)
    origin = points[:, :1].astype(np.int64)
    line = shapely.linestrings(((points - origin) * scale).T)
    kept = shapely.get_coordinates(shapely.simplify(line, TOLERANCE_M, preserve_topology=False))
    return (np.rint(kept.T / scale).astype(np.int64) + origin).astype(np.int32)


def _add_area(
    found: _Found,
    kind: ShapeKind,
    outer: Sequence[npt.NDArray[np.int32]],
    inner: Sequence[npt.NDArray[np.int32]],
) -> None:
    """Add the rims of one area that are large enough to be seen."""
    import shapely

    lines: list[npt.NDArray[np.int32]] = []
    for rim in (*outer, *inner):
        if rim.shape[1] < 4:  # noqa: PLR2004 - a triangle
            continue
        scale = _scale(rim)
        origin = rim[:, :1].astype(np.int64)
        polygon = shapely.Polygon(((rim - origin) * scale).T)
        less = shapely.simplify(polygon, TOLERANCE_M, preserve_topology=True)
        if shapely.area(less) >= SMALLEST_M2:
            ring = shapely.get_coordinates(less).T
            lines.append((np.rint(ring / scale).astype(np.int64) + origin).astype(np.int32))
    if lines:
        found.add(kind, lines)
