"""Words for a way: which street, which turn, how far.

A way is described as a walker sees it: along one street until the street or the direction changes.
Short unnamed pieces, such as the crossing between two pavements, go with what follows them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.streets.geodesy import bearing
from planner.streets.network import WayFlag, WayKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.streets.network import StreetNetwork

    Point = tuple[float, float]

_SHORT_M: Final = 15.0
_SIGHT_M: Final = 10.0
_BEND_DEGREES: Final = 50.0
_STRAIGHT_DEGREES: Final = 30.0
_ROUND_DEGREES: Final = 150.0
_METRES_PER_KM: Final = 1000.0

_COMPASS: Final = (
    "north",
    "northeast",
    "east",
    "southeast",
    "south",
    "southwest",
    "west",
    "northwest",
)

_WORDS: Final[Mapping[WayKind, str]] = {
    WayKind.STREET: "a street",
    WayKind.FOOTPATH: "a footpath",
    WayKind.STEPS: "the steps",
    WayKind.PEDESTRIAN: "a pedestrian street",
    WayKind.PATH: "a path",
    WayKind.TRACK: "a track",
    WayKind.SERVICE: "a service road",
    WayKind.CROSSING: "a crossing",
    WayKind.INDOOR: "a passage indoors",
    WayKind.SQUARE: "a square",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an edge as it is walked: against the edge's direction if ``to_m`` is less."""

    edge: int
    from_m: float
    to_m: float

    @property
    def metres(self) -> float:
        """How long it is."""
        return abs(self.to_m - self.from_m)


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece of a way: two (lon, lat) and what it leads along."""

    begin: Point
    end: Point
    metres: float
    name: int
    kind: WayKind
    flags: WayFlag


@dataclass(slots=True)
class _Run:
    """Pieces that are walked as one."""

    name: int
    kind: WayKind
    metres: float
    points: list[Point]


def pieces_of(network: StreetNetwork, stretch: Stretch) -> list[Piece]:
    """Return the straight pieces of a stretch, in walking order, cut exactly at its ends."""
    low, high = sorted((stretch.from_m, stretch.to_m))
    begin = int(network.vertex_start[stretch.edge])
    end = int(network.vertex_start[stretch.edge + 1])
    metres = network.vertex_m[begin:end].tolist()
    lon = network.vertex_lon[begin:end].tolist()
    lat = network.vertex_lat[begin:end].tolist()
    found: list[Piece] = []
    for i in range(len(metres) - 1):
        near, far = max(metres[i], low), min(metres[i + 1], high)
        if far <= near:
            continue

        def at(along: float, i: int = i) -> Point:
            if along == metres[i]:
                return lon[i], lat[i]
            if along == metres[i + 1]:
                return lon[i + 1], lat[i + 1]
            share = (along - metres[i]) / (metres[i + 1] - metres[i])
            return (
                lon[i] + share * (lon[i + 1] - lon[i]),
                lat[i] + share * (lat[i + 1] - lat[i]),
            )

        ends = (at(near), at(far)) if stretch.from_m <= stretch.to_m else (at(far), at(near))
        found.append(
            Piece(
                *ends,
                metres=far - near,
                name=int(network.vertex_name[begin + i]),
                kind=WayKind(int(network.vertex_kind[begin + i])),
                flags=WayFlag(int(network.vertex_flags[begin + i])),
            )
        )
    if stretch.from_m > stretch.to_m:
        found.reverse()
    return found


def directions(network: StreetNetwork, legs: Iterable[Sequence[Piece]]) -> tuple[str, ...]:
    """Describe a way.

    Parameters
    ----------
    network
        The streets, for their names.
    legs
        For every stretch between two junctions its straight pieces.

    Returns
    -------
    steps
        One line a street, for example ``"left into Aleksanterinkatu, 220 m"``.
    """
    runs = _merged(_runs(legs))
    steps: list[str] = []
    for index, run in enumerate(runs):
        turn = _turn(runs[index - 1], run) if index else _departure(run)
        name = network.name(run.name)
        where = name or _WORDS[run.kind]
        preposition = _preposition(run, turn) if index else "on"
        steps.append(f"{turn} {preposition} {where}, {spoken_metres(run.metres)}")
    return tuple(steps)


def _runs(legs: Iterable[Sequence[Piece]]) -> list[_Run]:
    """Join pieces of the same street until it turns at a junction."""
    runs: list[_Run] = []
    for leg in legs:
        for index, piece in enumerate(leg):
            run = runs[-1] if runs else None
            if run is not None and (run.name, run.kind if run.name < 0 else None) == (
                piece.name,
                piece.kind if piece.name < 0 else None,
            ):
                ahead = _Run(piece.name, piece.kind, 0.0, [p.end for p in leg])
                ahead.points.insert(0, piece.begin)
                if index or abs(_angle(run, ahead)) < _BEND_DEGREES:
                    run.metres += piece.metres
                    run.points.append(piece.end)
                    continue
            runs.append(_Run(piece.name, piece.kind, piece.metres, [piece.begin, piece.end]))
    return runs


def _merged(runs: list[_Run]) -> list[_Run]:
    """Add short unnamed runs to the next one, and join what then is one street."""
    merged: list[_Run] = []
    carried = 0.0
    for index, run in enumerate(runs):
        minor = run.name < 0 and run.kind is not WayKind.STEPS
        if minor and carried + run.metres < _SHORT_M and index < len(runs) - 1:
            carried += run.metres
            continue
        before = merged[-1] if merged else None
        same = before is not None and before.name == run.name and before.kind == run.kind
        if before is not None and same and abs(_angle(before, run)) < _BEND_DEGREES:
            before.metres += carried + run.metres
            before.points.extend(run.points)
        else:
            merged.append(_Run(run.name, run.kind, carried + run.metres, list(run.points)))
        carried = 0.0
    return merged


def _heading(points: Sequence[Point], *, leaving: bool) -> float:
    """Return the bearing of the first metres of a line, or of its last ones."""
    line = points if leaving else points[::-1]
    origin = line[0]
    seen = line[-1]
    for point in line[1:]:
        if _apart(origin, point) >= _SIGHT_M:
            seen = point
            break
    a, b = (origin, seen) if leaving else (seen, origin)
    return bearing(a[1], a[0], b[1], b[0])


def _apart(a: Point, b: Point) -> float:
    """Return roughly how many metres two near points are apart."""
    degree = 111_195.0
    return degree * math.hypot((b[0] - a[0]) * math.cos(math.radians(a[1])), b[1] - a[1])


def _angle(before: _Run, after: _Run) -> float:
    """Return by how many degrees one turns right (negative: left) from one run to the next."""
    turned = _heading(after.points, leaving=True) - _heading(before.points, leaving=False)
    return (turned + 180.0) % 360.0 - 180.0


def _departure(run: _Run) -> str:
    return f"head {_COMPASS[round(_heading(run.points, leaving=True) / 45.0) % 8]}"


def _turn(before: _Run, after: _Run) -> str:
    angle = _angle(before, after)
    if abs(angle) < _STRAIGHT_DEGREES:
        return "straight on"
    if abs(angle) > _ROUND_DEGREES:
        return "turn round"
    return "right" if angle > 0 else "left"


def _preposition(run: _Run, turn: str) -> str:
    if run.kind is WayKind.SQUARE:
        return "across"
    if turn in {"left", "right"}:
        return "into" if run.name >= 0 else "onto"
    return "along"


def spoken_metres(metres: float) -> str:
    """Say a distance as one would: to ten metres, from a kilometre on to a tenth of one."""
    if metres >= _METRES_PER_KM:
        return f"{metres / _METRES_PER_KM:.1f} km"
    return f"{max(10, round(metres / 10) * 10)} m"
