"""Distances and ways measured anew, straight from the street graph's raw arrays.

The verifier must not trust the code that made the plan, so this is a second implementation of
everything that code does with streets: nearest point on an edge, shortest way on foot, and
whether a drawn path stays on the streets. Only the raw arrays are shared.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain import Position

EARTH_RADIUS_M = 6_371_009.0
TIE_M = 0.1
"""Streets whose distances from a place differ by less than this count as equally near: maps are
no more exact than that, and another projection may order them differently."""

_METRES_PER_DEGREE = math.radians(EARTH_RADIUS_M)
_FIRST_REACH_M = 200.0
_LAST_REACH_M = 2.1e7
_PIECES_AT_ONCE = 32

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.integer[Any]]
Truths: TypeAlias = NDArray[np.bool_]


class Attachment(NamedTuple):
    """Where a place meets the streets.

    ``offset_m`` counts from the edge's ``u`` along the edge, in the edge's own length;
    ``approach_m`` is the straight way from the place to ``(lon, lat)``.
    """

    edge: int
    offset_m: float
    approach_m: float
    lon: float
    lat: float


class _Segments(NamedTuple):
    """Every straight piece of every edge, with its box, in degrees."""

    edge: Whole
    lon: Floats
    lat: Floats
    lon_end: Floats
    lat_end: Floats
    before_m: Floats
    length_m: Floats
    west: Floats
    east: Floats
    south: Floats
    north: Floats
    solid: Truths


class _Adjacency(NamedTuple):
    """Neighbours of node n are ``target[first[n]:first[n + 1]]``; plain lists are quick to walk."""

    first: list[int]
    target: list[int]
    length_m: list[float]


def great_circle_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the length in metres of the great circle between two points in degrees."""
    return run_length_m(((lon, lat), (other_lon, other_lat)))


def run_length_m(path: Sequence[tuple[float, float]]) -> float:
    """Return the length in metres of a run of (lon, lat), piece by piece along great circles."""
    points = np.asarray(path, dtype=float).reshape(-1, 2)
    return float(_haversine(points[:-1, 1], points[:-1, 0], points[1:, 1], points[1:, 0]).sum())


@dataclass(frozen=True, eq=False)
class StreetTruth:
    """The walkable streets as raw arrays; every street can be walked both ways.

    The caller decides which streets there are: for a walk without steps it gives the graph
    without them.

    Parameters
    ----------
    node_lat, node_lon
        Positions of the n nodes, in degrees.
    edge_u, edge_v
        The nodes that each of the m edges joins.
    edge_length
        Walking length of each edge, in metres.
    vertex_start
        m + 1 indices: the vertices of edge e are ``vertex_start[e]`` up to, but without,
        ``vertex_start[e + 1]``; they run from u to v and include both.
    vertex_lat, vertex_lon
        Positions of all vertices, in degrees.
    vertex_ferry
        For each vertex, whether the piece that begins there is a ferry: one travels on it, but
        no place lies on it. ``None`` where there are no ferries.

    Raises
    ------
    ValueError
        If the arrays do not fit together.
    """

    node_lat: Floats
    node_lon: Floats
    edge_u: Whole
    edge_v: Whole
    edge_length: Floats
    vertex_start: Whole
    vertex_lat: Floats
    vertex_lon: Floats
    vertex_ferry: Truths | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together, before anything is concluded from them."""
        edges = len(self.edge_u)
        if len(self.node_lat) != len(self.node_lon):
            raise ValueError("node_lat and node_lon differ in length")
        if not edges == len(self.edge_v) == len(self.edge_length):
            raise ValueError("edge_u, edge_v and edge_length differ in length")
        if len(self.vertex_start) != edges + 1:
            raise ValueError("vertex_start must have one entry more than there are edges")
        if not len(self.vertex_lat) == len(self.vertex_lon) == self.vertex_start[-1]:
            raise ValueError("vertex_lat and vertex_lon must end where vertex_start ends")
        if self.vertex_ferry is not None and len(self.vertex_ferry) != len(self.vertex_lat):
            raise ValueError("vertex_ferry and vertex_lat differ in length")
        if (np.diff(self.vertex_start) < 2).any():  # noqa: PLR2004 - a line has two ends
            raise ValueError("every edge needs at least two vertices")

    def attachments(self, position: Position) -> tuple[Attachment, ...]:
        """Return the nearest point on a street, and those that are as near within a hand's breadth.

        A street corner counts once, however many edges meet there.

        Parameters
        ----------
        position
            The place.
        """
        segments = self._segments
        reach = _FIRST_REACH_M
        while reach < _LAST_REACH_M:
            box = self._within(position.lon, position.lat, position.lon, position.lat, reach)
            box = box[segments.solid[box]]
            if len(box):
                along, off = _foot(segments, box, position)
                # A street outside the box may still be nearer than the farthest inside it.
                if off.min() <= reach:
                    return self._nearest(box, along, off, position)
            reach *= 4
        return ()

    def walking_distances(self, origin: Position, target: Position) -> Iterator[float]:
        """Yield the shortest walking distance in metres, for each choice of equally near streets.

        Approach, street and approach again; infinite where no street leads from one to the
        other, nothing at all where there are no streets. The first is that of the very nearest.
        Two places at one position are 0 apart.

        Parameters
        ----------
        origin, target
            The two places.
        """
        if origin == target:
            yield 0.0
            return
        pairs = itertools.product(self.attachments(origin), self.attachments(target))
        for start, end in pairs:
            yield start.approach_m + self._street_m(start, end) + end.approach_m

    def strays(self, path: Sequence[tuple[float, float]], *, slack_m: float) -> list[int]:
        """Return the indices of those pieces of a path that do not lie on a street.

        Piece i runs from point i to point i + 1. It lies on a street if straight runs of edges
        carry all of it within the slack.

        Parameters
        ----------
        path
            Points (lon, lat).
        slack_m
            How far off a street still counts as on it.
        """
        points = np.asarray(path, dtype=float).reshape(-1, 2)
        west, south = points.min(axis=0)
        east, north = points.max(axis=0)
        near = self._within(west, south, east, north, slack_m)
        stray: list[int] = []
        for first in range(0, len(points) - 1, _PIECES_AT_ONCE):
            part = points[first : first + _PIECES_AT_ONCE + 1]
            lies = _covered(self._segments, near, part, slack_m)
            stray.extend((first + np.flatnonzero(~lies)).tolist())
        return stray

    def afloat_m(self, path: Sequence[tuple[float, float]], *, slack_m: float) -> float:
        """Return how many metres of a path lie on ferries.

        Parameters
        ----------
        path
            Points (lon, lat).
        slack_m
            How far off a ferry's line still counts as on it.
        """
        points = np.asarray(path, dtype=float).reshape(-1, 2)
        west, south = points.min(axis=0)
        east, north = points.max(axis=0)
        near = self._within(west, south, east, north, slack_m)
        near = near[~self._segments.solid[near]]
        if not len(near):
            return 0.0
        lies = _covered(self._segments, near, points, slack_m)
        lengths = _haversine(points[:-1, 1], points[:-1, 0], points[1:, 1], points[1:, 0])
        return float(lengths[lies].sum())

    @cached_property
    def _segments(self) -> _Segments:
        """The straight pieces of all edges."""
        lat = np.asarray(self.vertex_lat, dtype=float)
        lon = np.asarray(self.vertex_lon, dtype=float)
        offsets = np.asarray(self.vertex_start)
        # Between an edge's last vertex and the next edge's first one there is no street.
        inside = np.ones(max(len(lat) - 1, 0), dtype=bool)
        inside[offsets[1:-1] - 1] = False
        begin = np.flatnonzero(inside)
        edge = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets) - 1)
        length = _haversine(lat[begin], lon[begin], lat[begin + 1], lon[begin + 1])
        run = np.concatenate(([0.0], np.cumsum(length)))
        water = np.zeros(len(lat), bool) if self.vertex_ferry is None else self.vertex_ferry
        first_of_edge = offsets[:-1] - np.arange(len(offsets) - 1)
        return _Segments(
            edge=edge,
            lon=lon[begin],
            lat=lat[begin],
            lon_end=lon[begin + 1],
            lat_end=lat[begin + 1],
            before_m=run[:-1] - run[first_of_edge][edge],
            length_m=length,
            west=np.minimum(lon[begin], lon[begin + 1]),
            east=np.maximum(lon[begin], lon[begin + 1]),
            south=np.minimum(lat[begin], lat[begin + 1]),
            north=np.maximum(lat[begin], lat[begin + 1]),
            solid=~np.asarray(water, dtype=bool)[begin],
        )

    @cached_property
    def _drawn_m(self) -> Floats:
        """The length of each edge's geometry, which may differ a little from its stated length."""
        segments = self._segments
        return np.bincount(
            segments.edge, weights=segments.length_m, minlength=len(self.edge_u)
        ).astype(float)

    @cached_property
    def _adjacency(self) -> _Adjacency:
        """Both directions of every edge, sorted by the node they leave."""
        tail = np.concatenate((self.edge_u, self.edge_v))
        order = np.argsort(tail, kind="stable")
        degrees = np.bincount(tail, minlength=len(self.node_lat))
        return _Adjacency(
            first=[0, *np.cumsum(degrees).tolist()],
            target=np.concatenate((self.edge_v, self.edge_u))[order].tolist(),
            length_m=np.tile(np.asarray(self.edge_length, dtype=float), 2)[order].tolist(),
        )

    @cached_property
    def _in_space(self) -> Floats:
        """The nodes as points in space, in metres: chords are cheap lower bounds."""
        return _in_space(np.asarray(self.node_lat, float), np.asarray(self.node_lon, float))

    @cached_property
    def _shortening(self) -> float:
        """The least ratio of an edge's stated length to the straight line, at most 1."""
        ends = self._in_space
        straight = np.linalg.norm(ends[self.edge_u] - ends[self.edge_v], axis=1)
        drawn = np.maximum(np.maximum(straight, self._drawn_m), 1e-9)
        return min(1.0, float((self.edge_length / drawn).min(initial=1.0))) * (1 - 1e-9)

    def _within(
        self, west: float, south: float, east: float, north: float, reach_m: float
    ) -> Whole:
        """Return the indices of the segments whose boxes come within the reach of a box."""
        segments = self._segments
        high = reach_m / _METRES_PER_DEGREE
        parallel = math.cos(math.radians(min(max(abs(south), abs(north)) + high, 89.9)))
        wide = high / parallel
        chosen: Whole = np.flatnonzero(
            (segments.south <= north + high)
            & (segments.north >= south - high)
            & (segments.west <= east + wide)
            & (segments.east >= west - wide)
        )
        return chosen

    def _nearest(
        self, box: Whole, along: Floats, off: Floats, position: Position
    ) -> tuple[Attachment, ...]:
        """Return the nearest points on the segments in a box, each spot of a street once."""
        found: list[Attachment] = []
        spots: list[tuple[str, int, float]] = []
        for which in np.argsort(off, kind="stable"):
            if off[which] > off.min() + TIE_M:
                break
            here = self._attachment(int(box[which]), float(along[which]), position)
            kind, index, offset = spot = self._spot(here)
            # An edge may come by twice, so the same edge need not be the same spot.
            if not any(
                (kind, index) == other[:2] and abs(offset - other[2]) <= TIE_M for other in spots
            ):
                found.append(here)
                spots.append(spot)
        return tuple(found)

    def _attachment(self, segment: int, share: float, position: Position) -> Attachment:
        """Return the attachment at a share of a segment."""
        segments = self._segments
        edge = int(segments.edge[segment])
        drawn, stated = float(self._drawn_m[edge]), float(self.edge_length[edge])
        run = float(segments.before_m[segment] + share * segments.length_m[segment])
        lon = float((1 - share) * segments.lon[segment] + share * segments.lon_end[segment])
        lat = float((1 - share) * segments.lat[segment] + share * segments.lat_end[segment])
        return Attachment(
            edge=edge,
            offset_m=min(stated * run / drawn, stated) if drawn > 0 else 0.0,
            approach_m=great_circle_m(position.lat, position.lon, lat, lon),
            lon=lon,
            lat=lat,
        )

    def _spot(self, at: Attachment) -> tuple[str, int, float]:
        """Name the spot of the network where an attachment lies: a junction, or within an edge."""
        if at.offset_m <= 0:
            return "node", int(self.edge_u[at.edge]), 0.0
        if at.offset_m >= self.edge_length[at.edge]:
            return "node", int(self.edge_v[at.edge]), 0.0
        return "edge", at.edge, at.offset_m

    def _street_m(self, start: Attachment, end: Attachment) -> float:
        """Return the shortest way along streets between two attachments, in metres.

        Dijkstra's algorithm, led by the straight distance to the end, which no street undercuts;
        it stops at the end.
        """
        adjacency, goal = self._adjacency, len(self.node_lat)
        aim = _in_space(np.asarray(end.lat), np.asarray(end.lon))
        ahead = (np.linalg.norm(self._in_space - aim, axis=1) * self._shortening).tolist()
        ahead.append(0.0)
        # A ring has one node at both ends: the nearer way out counts.
        rest = dict(sorted(self._ends(end), key=lambda way: -way[1]))
        best: dict[int, float] = {}
        queue: list[tuple[float, float, int]] = []

        def offer(node: int, distance: float) -> None:
            if distance < best.get(node, math.inf):
                best[node] = distance
                heapq.heappush(queue, (distance + ahead[node], distance, node))

        for node, distance in self._ends(start):
            offer(node, distance)
        if start.edge == end.edge:
            offer(goal, abs(start.offset_m - end.offset_m))
        while queue:
            _, distance, node = heapq.heappop(queue)
            if node == goal:
                return distance
            if node in rest:
                offer(goal, distance + rest[node])
            if distance == best[node]:
                for road in range(adjacency.first[node], adjacency.first[node + 1]):
                    offer(adjacency.target[road], distance + adjacency.length_m[road])
        return math.inf

    def _ends(self, attachment: Attachment) -> tuple[tuple[int, float], tuple[int, float]]:
        """Return the two nodes of an attachment's edge and how far each is from it."""
        edge, offset = attachment.edge, attachment.offset_m
        rest = float(self.edge_length[edge]) - offset
        return (int(self.edge_u[edge]), offset), (int(self.edge_v[edge]), rest)


def _haversine(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> Floats:
    """Great-circle lengths in metres between points in degrees."""
    north, other_north = np.radians(lat), np.radians(other_lat)
    half = (
        np.sin((other_north - north) / 2) ** 2
        + np.cos(north) * np.cos(other_north) * np.sin(np.radians(other_lon - lon) / 2) ** 2
    )
    length: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return length


def _in_space(lat: Floats, lon: Floats) -> Floats:
    """Points in degrees as points in space, in metres from the earth's centre."""
    north, east = np.radians(lat), np.radians(lon)
    level = np.cos(north)
    unit = np.stack((level * np.cos(east), level * np.sin(east), np.sin(north)), axis=-1)
    return unit * EARTH_RADIUS_M


def _foot(segments: _Segments, chosen: Whole, position: Position) -> tuple[Floats, Floats]:
    """Return, for each chosen segment, the share of it at the foot point, and the way there."""
    level = math.cos(math.radians(position.lat))
    x = (segments.lon[chosen] - position.lon) * _METRES_PER_DEGREE * level
    y = (segments.lat[chosen] - position.lat) * _METRES_PER_DEGREE
    dx = (segments.lon_end[chosen] - segments.lon[chosen]) * _METRES_PER_DEGREE * level
    dy = (segments.lat_end[chosen] - segments.lat[chosen]) * _METRES_PER_DEGREE
    return _project(-x, -y, dx, dy)


def _project(px: Floats, py: Floats, dx: Floats, dy: Floats) -> tuple[Floats, Floats]:
    """Project points, given from a segment's begin, on that segment: share along and way off."""
    square = dx * dx + dy * dy
    along = np.clip((px * dx + py * dy) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return along, np.hypot(px - along * dx, py - along * dy)


def _covered(segments: _Segments, near: Whole, part: Floats, slack_m: float) -> Truths:
    """Say of each piece of a run of points whether segments carry it from end to end."""
    centre = part.mean(axis=0)
    scale = np.array((math.cos(math.radians(float(centre[1]))), 1.0)) * _METRES_PER_DEGREE
    points = (part - centre) * scale
    begin = (np.column_stack((segments.lon[near], segments.lat[near])) - centre) * scale
    end = (np.column_stack((segments.lon_end[near], segments.lat_end[near])) - centre) * scale
    low, high = np.minimum(begin, end) - slack_m, np.maximum(begin, end) + slack_m
    around = (low <= points.max(axis=0)).all(axis=1) & (high >= points.min(axis=0)).all(axis=1)
    begin, end, low, high = begin[around], end[around], low[around], high[around]
    tips = np.stack((points[:-1], points[1:]))
    piece, segment = np.nonzero(
        (low <= tips.max(axis=0)[:, None]).all(axis=2)
        & (high >= tips.min(axis=0)[:, None]).all(axis=2)
    )
    enter, leave = _carried(tips[:, piece], begin[segment], end[segment], slack_m)
    reached = np.zeros(len(points) - 1)
    length = np.linalg.norm(tips[1] - tips[0], axis=1)
    close = slack_m / np.maximum(length, slack_m)
    for which in np.lexsort((enter, piece)):
        here = piece[which]
        if enter[which] <= reached[here] + close[here]:
            reached[here] = max(reached[here], leave[which])
    whole: Truths = reached >= 1 - close
    return whole


def _carried(tips: Floats, begin: Floats, end: Floats, slack_m: float) -> tuple[Floats, Floats]:
    """Return the shares at which pieces enter and leave their segments, 1 and 0 where they do not.

    A piece is on a segment while it is beside the segment's length and both ends of that stretch
    lie within the slack.
    """
    step, way = end - begin, tips[1] - tips[0]
    square = (step * step).sum(axis=1)
    square = np.where(square > 0, square, 1.0)
    first = ((tips[0] - begin) * step).sum(axis=1) / square
    pace = (way * step).sum(axis=1) / square
    level = np.abs(pace) < 1e-12  # noqa: PLR2004 - square to the segment, or a point
    slope = np.where(level, 1.0, pace)
    shares = np.sort(np.stack((-first / slope, (1 - first) / slope)), axis=0)
    enter = np.where(level, 0.0, np.clip(shares[0], 0.0, 1.0))
    leave = np.where(level, 1.0, np.clip(shares[1], 0.0, 1.0))
    on = np.ones(len(enter), dtype=bool)
    for share in (enter, leave):
        gap = tips[0] + share[:, None] * way - begin
        _, off = _project(gap[:, 0], gap[:, 1], step[:, 0], step[:, 1])
        on &= off <= slack_m
    return np.where(on, enter, 1.0), np.where(on, leave, 0.0)
