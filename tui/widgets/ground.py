"""The ground of a city as cells: streets, water and parks, drawn in tiles that are kept.

A cell of the terminal holds two by four braille dots, which stand almost on a square grid. The
world is cut into cells for each scale, and cells into tiles; a tile is drawn once and kept, so that
panning only puts tiles together. Lengths are true at the middle of the city (an equirectangular
projection), and north is up.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.streets.network import StreetNetwork
    from planner.streets.shapes import Shape

    Floats = NDArray[np.float64]
    Cells = NDArray[np.uint8]

ACROSS: Final = 2
DOWN: Final = 4
TILE: Final = 64
"""Rows and columns of a tile, in cells."""
KEPT_TILES: Final = 256
FINEST: Final = 0.5
SCALES: Final = tuple(FINEST * 2 ** (step / 4) for step in range(37))
"""Metres a dot, from the closest view to the widest."""

NOTHING, PARK, SQUARE, WATER = range(4)

_EARTH_M: Final = 6_371_008.8
_BITS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
_CHUNK: Final = 512
_BLOCK_M: Final = 250.0
# A street is shown where its whole length takes so many dots; it is a main one from the second on.
_SHOWN_DOTS: Final = 12.0
_MAIN_DOTS: Final = 60.0
_NAMELESS: Final = 0.5
_ASIDE: Final = (2, 6, 7, 8)
"""Steps, service ways, crossings and ways indoors weigh half: they would blacken a station."""
_ACROSS_A_SQUARE: Final = 9
"""From each corner of a square to each other: the square itself is drawn, these are not."""
_FAR_M: Final = 1e8


@dataclass(frozen=True, slots=True)
class Projection:
    """Metres east and south of the middle of a city."""

    lon: float
    lat: float

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """Return (n, 2) metres east and south of points in degrees."""
        east = np.radians(np.asarray(lon) - self.lon) * _EARTH_M * math.cos(math.radians(self.lat))
        south = np.radians(self.lat - np.asarray(lat)) * _EARTH_M
        return np.column_stack((east, south))

    def degrees(self, east: float, south: float) -> tuple[float, float]:
        """Return (lat, lon) of a point in metres."""
        lat = self.lat - math.degrees(south / _EARTH_M)
        shrink = _EARTH_M * math.cos(math.radians(self.lat))
        return lat, self.lon + math.degrees(east / shrink)


@dataclass(frozen=True, slots=True)
class Tile:
    """(TILE, TILE) braille patterns of what is drawn in lines, and what the ground is."""

    minor: Cells
    main: Cells
    shore: Cells
    fill: Cells


@dataclass(frozen=True, slots=True)
class StreetLabel:
    """A street's name, where it is longest, and its length in metres."""

    name: str
    east: float
    south: float
    length: float


@dataclass(frozen=True, eq=False)
class _Lines:
    """(n, 4) pieces in metres, ordered so that neighbours lie together, with their weights."""

    pieces: Floats
    weight: Floats
    boxes: Floats

    @staticmethod
    def of(pieces: Floats, weight: Floats) -> _Lines:
        middle = np.floor((pieces[:, :2] + pieces[:, 2:]) / (2 * _BLOCK_M))
        order = np.lexsort((middle[:, 0], middle[:, 1])) if len(pieces) else np.arange(0)
        pieces, weight = pieces[order], weight[order]
        starts = np.arange(0, len(pieces), _CHUNK)
        boxes = np.zeros((len(starts), 4))
        if len(starts):
            low = np.minimum(pieces[:, :2], pieces[:, 2:])
            high = np.maximum(pieces[:, :2], pieces[:, 2:])
            boxes[:, :2] = np.minimum.reduceat(low, starts)
            boxes[:, 2:] = np.maximum.reduceat(high, starts)
        return _Lines(pieces, weight, boxes)

    def within(self, box: tuple[float, float, float, float], least: float) -> tuple[Floats, Floats]:
        """Return the pieces that may cross a box and weigh enough, and their weights."""
        west, north, east, south = box
        near = (
            (self.boxes[:, 0] <= east)
            & (self.boxes[:, 2] >= west)
            & (self.boxes[:, 1] <= south)
            & (self.boxes[:, 3] >= north)
        )
        chunks = np.flatnonzero(near)
        if not len(chunks):
            return self.pieces[:0], self.weight[:0]
        index = (chunks[:, None] * _CHUNK + np.arange(_CHUNK)).ravel()
        index = index[index < len(self.pieces)]
        index = index[self.weight[index] >= least]
        found = self.pieces[index]
        kept = (
            (np.minimum(found[:, 0], found[:, 2]) <= east)
            & (np.maximum(found[:, 0], found[:, 2]) >= west)
            & (np.minimum(found[:, 1], found[:, 3]) <= south)
            & (np.maximum(found[:, 1], found[:, 3]) >= north)
        )
        return found[kept], self.weight[index][kept]


@dataclass(frozen=True, eq=False)
class Ground:
    """The streets, water and parks of one city, ready to be drawn at any scale."""

    projection: Projection
    streets: _Lines
    shores: _Lines
    areas: tuple[tuple[int, tuple[float, float, float, float], Floats], ...]
    labels: tuple[StreetLabel, ...]
    box: tuple[float, float, float, float]
    _tiles: OrderedDict[tuple[int, int, int], Tile] = field(default_factory=OrderedDict, repr=False)

    @staticmethod
    def of(network: StreetNetwork, shapes: Sequence[Shape]) -> Ground:
        """Lay out a city.

        Parameters
        ----------
        network
            Its streets.
        shapes
            Its water, parks, squares and shores.
        """
        lon, lat = np.asarray(network.vertex_lon), np.asarray(network.vertex_lat)
        west, south, east, north = network.bbox()
        projection = Projection((west + east) / 2, (south + north) / 2)
        points = projection.metres(lon, lat)
        starts = np.asarray(network.vertex_start)
        joined = np.ones(max(len(points) - 1, 0), dtype=bool)
        joined[starts[1:-1] - 1] = False
        names = np.asarray(network.edge_name)
        lengths = np.asarray(network.edge_length)
        by_name = np.bincount(names[names >= 0], lengths[names >= 0], minlength=1).astype(float)
        weight = np.where(names >= 0, by_name[np.maximum(names, 0)], lengths * _NAMELESS)
        per_piece = np.repeat(weight, np.diff(starts))[:-1][joined]
        kinds = np.asarray(network.vertex_kind)[:-1][joined]
        per_piece = np.where(np.isin(kinds, _ASIDE), per_piece * _NAMELESS, per_piece)
        per_piece = np.where(kinds == _ACROSS_A_SQUARE, 0.0, per_piece)
        pieces = np.hstack((points[:-1], points[1:]))[joined]
        areas, shores = _areas_and_shores(shapes, projection)
        areas += _seas(shapes, projection, (west, south, east, north))
        low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return Ground(
            projection,
            _Lines.of(pieces, per_piece),
            _Lines.of(shores, np.full(len(shores), _FAR_M)),
            areas,
            _street_labels(network, points, starts, by_name),
            (low[0], low[1], high[0], high[1]),
        )

    @cached_property
    def _label_table(self) -> Floats:
        """(n, 3) east, south and length of the labels."""
        return np.array(
            [(label.east, label.south, label.length) for label in self.labels], dtype=np.float64
        ).reshape(-1, 3)

    def labels_within(
        self, box: tuple[float, float, float, float], least: float
    ) -> Iterator[StreetLabel]:
        """Yield the labels in a box of so many metres at least, the longest streets first."""
        east, south, length = self._label_table.T
        west_side, north_side, east_side, south_side = box
        seen = (length >= least) & (east >= west_side) & (east < east_side)
        for index in np.flatnonzero(seen & (south >= north_side) & (south < south_side)):
            yield self.labels[index]

    def view(self, scale: int, left: int, top: int, columns: int, rows: int) -> Tile:
        """Return the cells of a window.

        Parameters
        ----------
        scale
            An index of :data:`SCALES`.
        left, top
            The window's first cell, counted from the middle of the city.
        columns, rows
            Its size in cells.
        """
        layers = [np.zeros((rows, columns), dtype=np.uint8) for _ in range(4)]
        for tile_row in range(top // TILE, (top + rows - 1) // TILE + 1):
            for tile_column in range(left // TILE, (left + columns - 1) // TILE + 1):
                tile = self._tile(scale, tile_column, tile_row)
                x, y = tile_column * TILE - left, tile_row * TILE - top
                target = (slice(max(y, 0), y + TILE), slice(max(x, 0), x + TILE))
                for layer, part in zip(
                    layers, (tile.minor, tile.main, tile.shore, tile.fill), strict=True
                ):
                    into = layer[target]
                    into[:] = part[
                        max(-y, 0) : max(-y, 0) + into.shape[0],
                        max(-x, 0) : max(-x, 0) + into.shape[1],
                    ]
        return Tile(*layers)

    def _tile(self, scale: int, column: int, row: int) -> Tile:
        key = (scale, column, row)
        kept = self._tiles.get(key)
        if kept is None:
            kept = self._drawn(scale, column, row)
            self._tiles[key] = kept
            while len(self._tiles) > KEPT_TILES:
                self._tiles.popitem(last=False)
        else:
            self._tiles.move_to_end(key)
        return kept

    def _drawn(self, scale: int, column: int, row: int) -> Tile:
        dot = SCALES[scale]
        west, north = column * TILE * ACROSS * dot, row * TILE * DOWN * dot
        box = (west, north, west + TILE * ACROSS * dot, north + TILE * DOWN * dot)
        origin = np.array([west, north, west, north])
        pieces, weight = self.streets.within(box, _SHOWN_DOTS * dot)
        is_main = weight >= _MAIN_DOTS * dot
        shores, _ = self.shores.within(box, 0.0)
        return Tile(
            patterns((pieces[~is_main] - origin) / dot, TILE, TILE),
            patterns((pieces[is_main] - origin) / dot, TILE, TILE),
            patterns((shores - origin) / dot, TILE, TILE),
            self._filled(box, dot),
        )

    def _filled(self, box: tuple[float, float, float, float], dot: float) -> Cells:
        """Return what the ground is at the middle of each cell of a tile."""
        fill = np.zeros((TILE, TILE), dtype=np.uint8)
        west, north, east, south = box
        for kind, (left, top, right, bottom), rim in self.areas:
            if left > east or right < west or top > south or bottom < north:
                continue
            inside = _inside((rim - (west, north, west, north)) / dot)
            fill[inside] = np.maximum(fill[inside], kind)
        return fill


def patterns(pieces: Floats, columns: int, rows: int) -> Cells:
    """Return the braille patterns of pieces of lines.

    Parameters
    ----------
    pieces
        (n, 4): x and y of both ends, in dots from the upper left.
    columns, rows
        The size in cells; what lies outside is not drawn.

    Returns
    -------
    (rows, columns) patterns; 0 is empty.
    """
    width, height = columns * ACROSS, rows * DOWN
    dots = np.zeros((height, width), dtype=bool)
    pieces = _clipped(pieces, width, height)
    if len(pieces):
        step = pieces[:, 2:] - pieces[:, :2]
        counts = np.ceil(2 * np.abs(step).max(axis=1)).astype(np.intp) + 1
        owner = np.repeat(np.arange(len(pieces)), counts)
        index = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        share = (index / np.maximum(counts - 1, 1)[owner])[:, None]
        at = np.floor(pieces[owner, :2] + share * step[owner]).astype(np.intp)
        x, y = at[:, 0], at[:, 1]
        seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        dots[y[seen], x[seen]] = True
    blocks = dots.reshape(rows, DOWN, columns, ACROSS)
    found: Cells = (blocks * _BITS[None, :, None, :]).sum(axis=(1, 3)).astype(np.uint8)
    return found


def _clipped(pieces: Floats, width: int, height: int) -> Floats:
    """Cut pieces to the canvas, by Liang and Barsky's method."""
    origin, step = pieces[:, :2], pieces[:, 2:] - pieces[:, :2]
    first, last = np.zeros(len(pieces)), np.ones(len(pieces))
    for axis, size in ((0, width), (1, height)):
        along, at = step[:, axis], origin[:, axis]
        still = np.abs(along) < 1e-9  # noqa: PLR2004 - moves by less than a billionth of a dot
        slope = np.where(still, 1.0, along)
        low, high = -at / slope, (size - at) / slope
        outside = still & ((at < 0) | (at > size))
        enter = np.where(still, np.where(outside, 2.0, 0.0), np.minimum(low, high))
        leave = np.where(still, 1.0, np.maximum(low, high))
        first, last = np.maximum(first, enter), np.minimum(last, leave)
    seen = first <= last
    origin, step, first, last = origin[seen], step[seen], first[seen, None], last[seen, None]
    return np.hstack((origin + first * step, origin + last * step))


def _inside(rim: Floats) -> NDArray[np.bool_]:
    """Return which cells of a tile lie in an area, by the parity of the rims to their left."""
    crossings = np.zeros((TILE, TILE + 1), dtype=np.int32)
    y0, y1 = rim[:, 1], rim[:, 3]
    top, bottom = np.minimum(y0, y1), np.maximum(y0, y1)
    # The middle of row r lies at (r + 1/2) cells.
    first = np.clip(np.ceil(top / DOWN - 0.5), 0, TILE).astype(np.intp)
    stop = np.clip(np.ceil(bottom / DOWN - 0.5), 0, TILE).astype(np.intp)
    counts = np.maximum(stop - first, 0)
    owner = np.repeat(np.arange(len(rim)), counts)
    if len(owner):
        row = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + first[owner]
        piece = rim[owner]
        share = ((row + 0.5) * DOWN - piece[:, 1]) / (piece[:, 3] - piece[:, 1])
        x = piece[:, 0] + share * (piece[:, 2] - piece[:, 0])
        column = np.clip(np.ceil(x / ACROSS - 0.5), 0, TILE).astype(np.intp)
        np.add.at(crossings, (row, column), 1)
    return (np.cumsum(crossings, axis=1)[:, :TILE] % 2).astype(bool)


def _areas_and_shores(
    shapes: Sequence[Shape], projection: Projection
) -> tuple[tuple[tuple[int, tuple[float, float, float, float], Floats], ...], Floats]:
    """Return areas with their boxes and the pieces of their rims, and the pieces of all shores."""
    from planner.streets.shapes import ShapeKind

    kinds = {ShapeKind.WATER: WATER, ShapeKind.PARK: PARK, ShapeKind.SQUARE: SQUARE}
    rims: dict[tuple[int, int], list[Floats]] = {}
    shores: list[Floats] = [np.zeros((0, 4))]
    for shape in shapes:
        points = np.asarray(shape.points, dtype=np.float64)
        line = projection.metres(points[:, 0], points[:, 1])
        pieces = np.hstack((line[:-1], line[1:]))
        if shape.kind in kinds and shape.is_closed:
            rims.setdefault((shape.area, kinds[shape.kind]), []).append(pieces)
        else:
            shores.append(pieces)
    areas = []
    for (_area, kind), parts in rims.items():
        rim = np.vstack(parts)
        low, high = rim[:, :2].min(axis=0).tolist(), rim[:, :2].max(axis=0).tolist()
        areas.append((kind, (low[0], low[1], high[0], high[1]), rim))
    return tuple(areas), np.vstack(shores)


def _seas(
    shapes: Sequence[Shape], projection: Projection, box: tuple[float, float, float, float]
) -> tuple[tuple[int, tuple[float, float, float, float], Floats], ...]:
    """Return the sea within a box of degrees as areas of water."""
    from planner.drawing.sea import sea_within
    from planner.streets.shapes import ShapeKind

    coast = [shape.points for shape in shapes if shape.kind is ShapeKind.COAST]
    areas = []
    for rims in sea_within(coast, box):
        lines = [projection.metres(rim[:, 0], rim[:, 1]) for rim in rims]
        rim = np.vstack([np.hstack((line[:-1], line[1:])) for line in lines])
        low, high = rim[:, :2].min(axis=0).tolist(), rim[:, :2].max(axis=0).tolist()
        areas.append((WATER, (low[0], low[1], high[0], high[1]), rim))
    return tuple(areas)


def _street_labels(
    network: StreetNetwork,
    points: Floats,
    starts: NDArray[Any],
    by_name: Floats,
) -> tuple[StreetLabel, ...]:
    """Return each named street once, at the middle of its longest edge, the longest first."""
    names = np.asarray(network.edge_name)
    order = np.argsort(-np.asarray(network.edge_length), kind="stable")
    order = order[names[order] >= 0]
    _, first = np.unique(names[order], return_index=True)
    edges = order[first]
    middles = (starts[edges] + starts[edges + 1]) // 2
    labels = [
        StreetLabel(network.name(name) or "", east, south, float(by_name[name]))
        for name, (east, south) in zip(names[edges].tolist(), points[middles].tolist(), strict=True)
    ]
    labels.sort(key=lambda label: (-label.length, label.name))
    return tuple(labels)
