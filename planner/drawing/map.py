"""A walk as a small map of characters: streets, the way, numbered stops, a scale.

The ground is projected around the middle of the walk so that lengths are true there (an
equirectangular projection; over a city its error is far below one dot), with one scale in both
directions, and north is up.
"""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.text import Text

from planner.drawing.canvas import BLANK, DOTS_ACROSS, DOTS_DOWN, Canvas, Cell, Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.itinerary.document import AnchorPart, PlanDocument, StopPart

MIN_WIDTH: Final = 32
MIN_HEIGHT: Final = 6
STYLES: Final[Mapping[Layer, str]] = {
    Layer.STREET: "dim",
    Layer.WALK: "cyan",
    Layer.STOP: "bold",
    Layer.ANCHOR: "bold cyan",
    Layer.NOTE: "dim",
}
CREDIT: Final = "© OpenStreetMap contributors"
CREDIT_ASCII: Final = "(c) OpenStreetMap contributors"

_EARTH_RADIUS_M: Final = 6_371_008.8
_LEAST_SPAN_M: Final = 240.0
_LEAST_COSINE: Final = 0.01
# Cells left free around the walk, for numbers that stand beside it.
_MARGIN_COLUMNS: Final = 3
_MARGIN_ROWS: Final = 1
_CIRCLED_ONE: Final = ord("①")
_CIRCLED_LAST: Final = 20
# A map shows a little more at its sides than the walk needs, and is wide enough for its notes.
_SIDES: Final = 1.3
_LEAST_COLUMNS: Final = 62
_SCALE_SHARE: Final = 0.2
_GAP: Final = 2
_START: Final = "start"
_END: Final = "end"
_NO_WALK: Final = "no walk to draw"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on the map and the cell it begins in.

    ``text`` is what is drawn. ``number`` counts the stops from 1; it is None for the start and the
    end. ``meaning`` is ``"stop"``, ``"start"``, ``"end"`` or ``"start and end"``.
    """

    text: str
    column: int
    row: int
    meaning: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """How the ground lies on the canvas: the middle of both, and the scale."""

    lon: float
    lat: float
    metres_per_dot: float
    columns: int
    rows: int

    def dots(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points lie on the canvas.

        Parameters
        ----------
        points
            One (lon, lat) a row.

        Returns
        -------
            One (x, y) a row, in dots from the upper left.
        """
        ground = _metres(points, self.lon, self.lat) / self.metres_per_dot
        middle = np.array([self.columns * DOTS_ACROSS, self.rows * DOTS_DOWN]) / 2
        placed: NDArray[np.float64] = middle + ground * (1, -1)
        return placed


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """A drawn map.

    Attributes
    ----------
    rows
        Rows of cells, all of one width; each cell takes one column.
    marks
        Where stops, start and end are drawn, in order of the walk.
    frame
        The projection, or None where there is nothing to draw.
    """

    rows: tuple[tuple[Cell, ...], ...]
    marks: tuple[Mark, ...] = ()
    frame: Frame | None = None

    @property
    def width(self) -> int:
        """Columns of the drawing."""
        return len(self.rows[0])

    @property
    def height(self) -> int:
        """Rows of the drawing."""
        return len(self.rows)

    def text(self, styles: Mapping[Layer, str] = STYLES) -> Text:
        """Return the map as rich text, one line a row.

        Parameters
        ----------
        styles
            Rich's style of each layer.
        """
        lines = []
        for row in self.rows:
            line = Text(no_wrap=True, overflow="crop", end="")
            for cell in row:
                line.append(cell.char, styles.get(cell.layer, ""))
            lines.append(line)
        return Text("\n", no_wrap=True, overflow="crop").join(lines)

    def plain(self) -> str:
        """Return the map as lines of text without trailing blanks."""
        return "\n".join("".join(cell.char for cell in row).rstrip() for row in self.rows)


def walk_map(
    document: PlanDocument,
    *,
    width: int,
    height: int,
    streets: Sequence[Sequence[tuple[float, float]]] | None = None,
    ascii: bool = False,
) -> MapDrawing:
    """Draw the walk of a plan.

    The last row (the last two where the map is narrow) holds the scale and the credit that the
    licence of the map data asks for. Stops are numbered in order; where two would share a cell,
    the later one moves to the nearest free cell.

    Parameters
    ----------
    document
        The plan; only places and legs are read.
    width, height
        The size in cells, at least 32 by 6.
    streets
        Runs of (lon, lat) that are drawn faintly beneath.
    ascii
        Use no character beyond ASCII.

    Raises
    ------
    ValueError
        If the size is too small to draw anything.
    """
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        raise ValueError(f"A map needs {MIN_WIDTH} x {MIN_HEIGHT} cells, not {width} x {height}.")
    paths = [path for leg in document.legs if (path := _sound(leg.path))]
    sites = list(_sites(document))
    points = np.array(
        [(lon, lat) for _, _, lon, lat in sites] + [point for path in paths for point in path]
    ).reshape(-1, 2)
    if not len(points):
        return MapDrawing(_empty_rows(width, height))
    narrow = not _is_room_for_one_note(width)
    rows = height - (2 if narrow else 1)
    frame = _frame(points, width, rows)
    canvas = Canvas(width, rows)
    canvas.draw_lines(_in_view(streets or (), frame), Layer.STREET, dotted=True)
    canvas.draw_lines([frame.dots(np.asarray(path)) for path in paths], Layer.WALK, broad=not ascii)
    marks = _place_marks(sites, frame, ascii=ascii)
    for mark in marks:
        for column in range(mark.column - 1, mark.column + len(mark.text) + 1):
            canvas.erase(column, mark.row, Layer.STREET)
            if ascii:
                # A figure between number signs would be hard to find.
                canvas.erase(column, mark.row, Layer.WALK)
    grid = [list(row) for row in canvas.cells(ascii=ascii)]
    for mark in marks:
        layer = Layer.ANCHOR if mark.number is None else Layer.STOP
        for offset, char in enumerate(mark.text):
            grid[mark.row][mark.column + offset] = Cell(char, layer)
    drawn = tuple(tuple(row) for row in grid)
    return MapDrawing(drawn + _footer(frame, marks, ascii=ascii), marks, frame)


def fitting_size(document: PlanDocument, *, width: int, least: int, most: int) -> tuple[int, int]:
    """Return columns and rows of a map that the walk fills.

    Parameters
    ----------
    document
        The plan.
    width
        The most columns; fewer are returned where the walk leaves the sides empty.
    least, most
        Bounds of the rows.
    """
    points = [(lon, lat) for _, _, lon, lat in _sites(document)]
    points += [point for leg in document.legs for point in _sound(leg.path)]
    if not points:
        return width, least
    _, _, span = _extent(np.array(points))
    across, down = (max(float(metres), _LEAST_SPAN_M) for metres in span)
    # Metres a dot if the walk takes the whole width, or the whole height.
    by_width = across / ((width - 2 * _MARGIN_COLUMNS) * DOTS_ACROSS)
    rows = math.ceil(down / by_width / DOTS_DOWN) + 2 * _MARGIN_ROWS + 1
    rows = min(max(rows, least), most)
    by_height = down / (max(rows - 2 * _MARGIN_ROWS - 1, 1) * DOTS_DOWN)
    columns = math.ceil(across / by_height / DOTS_ACROSS * _SIDES) + 2 * _MARGIN_COLUMNS
    return min(max(columns, _LEAST_COLUMNS), width), rows


def stop_sign(number: int, *, ascii: bool = False) -> str:
    """Return the sign of the stop with this number: ① to ⑳, then plain figures."""
    if ascii or not 1 <= number <= _CIRCLED_LAST:
        return str(number)
    return chr(_CIRCLED_ONE + number - 1)


def anchor_sign(which: str, *, ascii: bool = False) -> str:
    """Return the sign of the ``"start"`` or the ``"end"``."""
    if which == _START:
        return "S" if ascii else "◉"
    return "E" if ascii else "◎"


def _sites(document: PlanDocument) -> Iterator[tuple[int | None, str, float, float]]:
    """Yield number, kind, lon and lat of what is marked, in order of the walk."""
    if document.start is not None:
        yield None, _START, *_on_globe(document.start)
    for number, stop in enumerate(document.stops, start=1):
        yield number, "stop", *_on_globe(stop)
    if document.end is not None:
        yield None, _END, *_on_globe(document.end)


def _on_globe(site: AnchorPart | StopPart) -> tuple[float, float]:
    """Return lon and lat, drawn back to the globe if a document says otherwise."""
    return min(max(site.lon, -180.0), 180.0), min(max(site.lat, -90.0), 90.0)


def _sound(path: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points of a path that are points on the ground."""
    return [(lon, lat) for lon, lat in path if abs(lon) <= 180.0 and abs(lat) <= 90.0]  # noqa: PLR2004 - the globe's bounds


def _in_view(
    streets: Sequence[Sequence[tuple[float, float]]], frame: Frame
) -> list[NDArray[np.float64]]:
    """Return the streets that may cross the canvas, in dots; a city has far more than a map."""
    runs = [np.asarray(run, dtype=np.float64) for run in streets if len(run)]
    if not runs:
        return []
    ends = np.cumsum([len(run) for run in runs])
    begins = np.concatenate(([0], ends[:-1]))
    dots = frame.dots(np.clip(np.concatenate(runs), (-180.0, -90.0), (180.0, 90.0)))
    least, most = np.minimum.reduceat(dots, begins), np.maximum.reduceat(dots, begins)
    size = (frame.columns * DOTS_ACROSS, frame.rows * DOTS_DOWN)
    near = ((most >= 0) & (least <= size)).all(axis=1)
    return [dots[begins[index] : ends[index]] for index in np.flatnonzero(near)]


def _metres(points: NDArray[np.float64], lon: float, lat: float) -> NDArray[np.float64]:
    """Return points as metres east and north of a point."""
    shrink = max(math.cos(math.radians(lat)), _LEAST_COSINE)
    degrees = (points - (lon, lat)) * (shrink, 1.0)
    metres: NDArray[np.float64] = np.radians(degrees) * _EARTH_RADIUS_M
    return metres


def _extent(points: NDArray[np.float64]) -> tuple[float, float, NDArray[np.float64]]:
    """Return the middle (lon, lat) of points and how many metres they span east and north."""
    low, high = points.min(axis=0), points.max(axis=0)
    lon, lat = ((low + high) / 2).tolist()
    corners = _metres(np.vstack((low, high)), lon, lat)
    return lon, lat, corners[1] - corners[0]


def _frame(points: NDArray[np.float64], columns: int, rows: int) -> Frame:
    """Return the projection that shows all points as large as they fit."""
    lon, lat, span = _extent(points)
    room = (
        (columns - 2 * _MARGIN_COLUMNS) * DOTS_ACROSS,
        max(rows - 2 * _MARGIN_ROWS, 1) * DOTS_DOWN,
    )
    across, down = span[0] / room[0], span[1] / room[1]
    least = _LEAST_SPAN_M / min(columns * DOTS_ACROSS, rows * DOTS_DOWN)
    return Frame(lon, lat, float(max(across, down, least)), columns, rows)


def _place_marks(
    sites: Sequence[tuple[int | None, str, float, float]], frame: Frame, *, ascii: bool
) -> tuple[Mark, ...]:
    """Give every mark its own cells, as near to its place as others leave it room.

    Stops take precedence over start and end, in order; all are returned in order of the walk. An
    end in the very cell of the start is the same sign. A mark is left out only when no cell of the
    map is free.
    """
    cells = [
        (math.floor(x / DOTS_ACROSS), math.floor(y / DOTS_DOWN))
        for x, y in frame.dots(np.array([(lon, lat) for _, _, lon, lat in sites])).tolist()
    ]
    anchors = {kind: cell for (_, kind, _, _), cell in zip(sites, cells, strict=True)}
    same = anchors.get(_START) == anchors.get(_END)
    taken: set[tuple[int, int]] = set()
    placed: dict[int, Mark] = {}
    for index in sorted(range(len(sites)), key=lambda i: sites[i][0] is None):
        number, kind, _, _ = sites[index]
        if kind == _END and same:
            continue
        meaning = f"{_START} and {_END}" if kind == _START and same else kind
        text = anchor_sign(kind, ascii=ascii) if number is None else stop_sign(number, ascii=ascii)
        spot = _free_spot(cells[index], len(text), taken, frame)
        if spot is None:
            continue
        column, row = spot
        taken.update((column + offset, row) for offset in range(len(text)))
        placed[index] = Mark(text, column, row, meaning, number)
    return tuple(placed[index] for index in sorted(placed))


def _free_spot(
    wanted: tuple[int, int], size: int, taken: set[tuple[int, int]], frame: Frame
) -> tuple[int, int] | None:
    """Return the free cells nearest to the wanted one, with a blank to each side if there is room.

    A cell counts as twice as far in height as in width, as it looks.
    """

    def is_free(column: int, row: int, gap: int) -> bool:
        return not any((at, row) in taken for at in range(column - gap, column + size + gap))

    if wanted[0] + size <= frame.columns and is_free(*wanted, 1):
        return wanted
    spots = sorted(
        ((column, row) for row in range(frame.rows) for column in range(frame.columns - size + 1)),
        key=lambda at: (math.hypot(at[0] - wanted[0], 2 * (at[1] - wanted[1])), at),
    )
    for gap in (1, 0):
        for column, row in spots:
            if is_free(column, row, gap):
                return column, row
    return None


def _is_room_for_one_note(width: int) -> bool:
    """Tell whether scale and credit fit beside each other."""
    scale = len("000 m ") + math.ceil(width * _SCALE_SHARE)
    return scale + _GAP + len(CREDIT_ASCII) + _GAP <= width


def _footer(frame: Frame, marks: Sequence[Mark], *, ascii: bool) -> tuple[tuple[Cell, ...], ...]:
    """Return the last rows: the scale, what the signs mean if there is room, and the credit."""
    width = frame.columns
    credit = CREDIT_ASCII if ascii else CREDIT
    scale = _scale_bar(frame, ascii=ascii)
    if not _is_room_for_one_note(width):
        return _note(scale, "", width), _note("", credit, width)
    legend = "  ".join(f"{mark.text} {mark.meaning}" for mark in marks if mark.number is None)
    if legend and len(scale) + len(legend) + len(credit) + 3 * _GAP <= width:
        scale = f"{scale}  {legend}"
    return (_note(scale, credit, width),)


def _note(left: str, right: str, width: int) -> tuple[Cell, ...]:
    """Return a row with words at both sides, a blank away from the rim."""
    line = f" {left}{' ' * (width - 2 - len(left) - len(right))}{right} "
    return tuple(BLANK if char == " " else Cell(char, Layer.NOTE) for char in line)


def _scale_bar(frame: Frame, *, ascii: bool) -> str:
    """Return a bar of a round length, about a fifth of the width, with its length in words."""
    metres_per_column = frame.metres_per_dot * DOTS_ACROSS
    most = frame.columns * _SCALE_SHARE * metres_per_column
    power = 10.0 ** math.floor(math.log10(most))
    length = max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))
    columns = max(round(length / metres_per_column), 2)
    bar = "|" + "-" * (columns - 2) + "|" if ascii else "├" + "─" * (columns - 2) + "┤"
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004 - a kilometre
    return f"{words} {bar}"


def _empty_rows(width: int, height: int) -> tuple[tuple[Cell, ...], ...]:
    """Return a map without a walk: a word in the middle."""
    word = _NO_WALK.center(width)
    row = tuple(BLANK if char == " " else Cell(char, Layer.NOTE) for char in word)
    return tuple(row if index == height // 2 else (BLANK,) * width for index in range(height))
