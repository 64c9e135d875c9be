"""A walk as a map in SVG, drawn from its own geometry: streets, ways, numbered stops, a scale.

The ground is projected around the middle of the walk so that lengths are true there (an
equirectangular projection), with one scale in both directions; north is up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.drawing.amounts import format_distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from planner.itinerary.exporters.journey import Day, Journey
    from planner.itinerary.exporters.scenery import Area, Line, Scenery

WIDTH: Final = 1000
DAY_STYLES: Final = 5
"""Days in a row that look different."""

_EARTH_RADIUS_M: Final = 6_371_008.8
_LEAST_COSINE: Final = 0.01
_LEAST_SPAN_M: Final = 300.0
_FLATTEST: Final = 0.45
_STEEPEST: Final = 0.62
_MARGIN: Final = 0.07
# Half the size of a dot on a good screen: what is smaller is not seen.
_FINENESS: Final = 0.6
_BEYOND: Final = 20.0
_APART: Final = 31.0
_ROUNDS: Final = 60
_MOVED: Final = 6.0
_SCALE_SHARE: Final = 0.22
_TURN: Final = 2.399963


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on the map: what it says, where it stands, and the point that it means."""

    text: str
    name: str
    style: str
    x: float
    y: float
    at_x: float
    at_y: float

    @property
    def moved(self) -> bool:
        """Tell whether it stands beside its point, for want of room."""
        return math.hypot(self.x - self.at_x, self.y - self.at_y) > _MOVED


@dataclass(frozen=True, slots=True)
class Track:
    """A way on the map as the data of an SVG path."""

    path: str
    style: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a map shows, in units of a view ``width`` wide and ``height`` high."""

    width: int
    height: int
    water: str
    parks: str
    squares: str
    shores: str
    streets: str
    tracks: tuple[Track, ...]
    marks: tuple[Mark, ...]
    scale: float
    scale_text: str


@dataclass(frozen=True, slots=True)
class _View:
    """How the ground lies in the view."""

    lon: float
    lat: float
    per_metre: float
    height: int
    squeeze: float = field(default=1.0)

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where (lon, lat) rows lie, x to the right and y down."""
        per_degree = math.radians(1) * _EARTH_RADIUS_M * self.per_metre
        placed: NDArray[np.float64] = (points - (self.lon, self.lat)) * (
            per_degree * self.squeeze,
            -per_degree,
        ) + (WIDTH / 2, self.height / 2)
        return placed


def chart_of(journey: Journey, scenery: Scenery) -> Chart:
    """Return the map of a walk.

    Parameters
    ----------
    journey
        The walk.
    scenery
        What lies around it; what cannot be seen is left away.
    """
    view = _view(journey)
    metres = _round_length(WIDTH * _SCALE_SHARE / view.per_metre)
    return Chart(
        width=WIDTH,
        height=view.height,
        water=_areas(scenery.water, view),
        parks=_areas(scenery.parks, view),
        squares=_areas(scenery.squares, view),
        shores=_lines((*scenery.shores, *scenery.rivers), view),
        streets=_lines(scenery.streets, view),
        tracks=tuple(_tracks(journey, view)),
        marks=_marks(journey, view),
        scale=round(metres * view.per_metre, 1),
        scale_text=format_distance(metres),
    )


def day_style(day: int) -> str:
    """Return the style class of a day."""
    return f"day{(day - 1) % DAY_STYLES + 1}"


def _view(journey: Journey) -> _View:
    points = np.array([*chain.from_iterable(map(_points, journey.days))], dtype=np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    lon, lat = ((low + high) / 2).tolist()
    squeeze = max(math.cos(math.radians(lat)), _LEAST_COSINE)
    metre = math.radians(1) * _EARTH_RADIUS_M
    across = float(high[0] - low[0]) * metre * squeeze
    down = float(high[1] - low[1]) * metre
    least = _LEAST_SPAN_M
    height = round(WIDTH * min(max(max(down, least) / max(across, least), _FLATTEST), _STEEPEST))
    room = 1 - 2 * _MARGIN
    per_metre = min(WIDTH * room / max(across, least), height * room / max(down, least))
    return _View(lon, lat, per_metre, height, squeeze)


def _points(day: Day) -> Iterator[tuple[float, float]]:
    """Yield every (lon, lat) that must be seen."""
    for spot in (day.start, day.end):
        if spot is not None:
            yield spot.lon, spot.lat
    for visit in day.visits:
        yield visit.stop.lon, visit.stop.lat
    for way in day.ways:
        yield from way.leg.path


def _tracks(journey: Journey, view: _View) -> Iterator[Track]:
    for day in journey.days:
        for way in day.ways:
            if not way.line:
                continue
            placed = view.place(np.array(way.line, dtype=np.float64))
            style = day_style(day.number) + (" ferry" if way.leg.afloat[0] else "")
            yield Track(_data(placed), style)


def _marks(journey: Journey, view: _View) -> tuple[Mark, ...]:
    """Return the signs, moved apart where they would cover each other."""
    signs: list[tuple[str, str, str, float, float]] = []
    seen: set[tuple[str, float, float]] = set()
    for day in journey.days:
        for spot, which in ((day.start, "start"), (day.end, "end")):
            # Each morning may begin at the same place: one sign stands for all.
            if spot is not None and (which, spot.lon, spot.lat) not in seen:
                seen.add((which, spot.lon, spot.lat))
                signs.append((which[0].upper(), spot.name, which, spot.lon, spot.lat))
        signs += (
            (str(visit.number), visit.name, day_style(day.number), visit.stop.lon, visit.stop.lat)
            for visit in day.visits
        )
    if not signs:
        return ()
    true = view.place(np.array([sign[3:] for sign in signs], dtype=np.float64))
    stand = _apart(true, view.height)
    return tuple(
        Mark(sign[0], sign[1], sign[2], *(round(value, 1) for value in (*at, *point)))
        for sign, at, point in zip(signs, stand.tolist(), true.tolist(), strict=True)
    )


def _apart(true: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    """Return where signs stand so that, as far as there is room, none covers another."""
    turns = np.arange(len(true)) * _TURN
    # Two signs of one point need some direction in which to part.
    stand: NDArray[np.float64] = true + 0.1 * np.column_stack([np.cos(turns), np.sin(turns)])
    for _ in range(_ROUNDS):
        between = stand[:, None] - stand[None, :]
        far = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(far, np.inf)
        push = np.maximum(_APART - far, 0) / 2
        if not push.any():
            break
        stand = stand + (between / far[..., None] * push[..., None]).sum(axis=1)
        stand = np.clip(stand, _APART / 2, (WIDTH - _APART / 2, height - _APART / 2))
    return stand


def _lines(lines: Sequence[Line], view: _View) -> str:
    """Return the data of all lines that can be seen, in one path."""
    import shapely

    lines = [line for line in lines if len(line) > 1]
    if not lines:
        return ""
    placed = view.place(np.array([*chain.from_iterable(lines)], dtype=np.float64))
    whose = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    made = shapely.linestrings(placed, indices=whose)
    seen = np.asarray(shapely.clip_by_rect(made, *_window(view)))
    parts = shapely.get_parts(shapely.simplify(seen[~shapely.is_empty(seen)], _FINENESS))
    return "".join(
        _data(shapely.get_coordinates(part))
        for part in parts
        if shapely.get_num_coordinates(part) > 1
    )


def _areas(areas: Iterable[Area], view: _View) -> str:
    """Return the data of all areas that can be seen, in one path to be filled by even and odd."""
    import shapely

    window = _window(view)
    seen = [one for area in areas if (one := _seen(area, view, window)) is not None]
    if not seen:
        return ""
    # Areas that overlap become one: filled by even and odd, twice would be none.
    whole = shapely.simplify(shapely.union_all(seen), _FINENESS)
    return "".join(
        f"{_data(shapely.get_coordinates(ring)[:-1])}z"
        for part in shapely.get_parts(whole)
        if isinstance(part, shapely.Polygon) and part.area > 1
        for ring in (part.exterior, *part.interiors)
    )


def _seen(area: Area, view: _View, window: tuple[float, ...]) -> BaseGeometry | None:
    """Return what of an area lies in the window, None for nothing."""
    import shapely

    found: BaseGeometry | None = None
    for rim in area:
        if len(rim) <= 3:  # noqa: PLR2004 - a triangle ends where it begins
            continue
        placed = view.place(np.array(rim, dtype=np.float64))
        low, high = placed.min(axis=0), placed.max(axis=0)
        if (high < window[:2]).any() or (low > window[2:]).any():
            continue
        rough = shapely.make_valid(shapely.Polygon(placed))
        part = shapely.clip_by_rect(rough, *window)
        # A rim within a rim is a hole.
        found = part if found is None else found.symmetric_difference(part)
    return found


def _window(view: _View) -> tuple[float, float, float, float]:
    """Return what is drawn: a little more than is seen, so that no line ends at the edge."""
    return -_BEYOND, -_BEYOND, WIDTH + _BEYOND, view.height + _BEYOND


def _data(points: NDArray[np.float64]) -> str:
    """Return points as a path of steps, each as short as a tenth of a unit allows."""
    tenths = np.rint(points * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[steps.any(axis=1)]
    begin = f"M{_tenth(tenths[0, 0])} {_tenth(tenths[0, 1])}"
    moves = " ".join(f"{_tenth(x)} {_tenth(y)}" for x, y in steps.tolist())
    return f"{begin}l{moves or '0 0'}"


def _tenth(value: int) -> str:
    return f"{value / 10:g}"


def _round_length(metres: float) -> float:
    """Return the longest of 1, 2, 5, 10, ... metres that is not longer."""
    power = 10 ** math.floor(math.log10(metres))
    return next(float(times * power) for times in (5, 2, 1) if times * power <= metres)
