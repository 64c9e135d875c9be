"""The way between two places: its line, its length, and words for its turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.streets.directions import Stretch, directions, pieces_of
from planner.streets.geodesy import plane
from planner.streets.network import NO_FLAGS
from planner.streets.surroundings import Disc, surroundings, symmetric

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork, WayFlag
    from planner.streets.surroundings import Surroundings

_FIRST_DETOUR: Final = 1.5
_MARGIN_M: Final = 250.0
_GROWTH: Final = 2.0


@dataclass(frozen=True, slots=True)
class Route:
    """A way from one place to another.

    Attributes
    ----------
    distance_m
        Metres, approaches and rides included; without rides equal to the walking matrix's entry.
    path
        (lon, lat) from place to place.
    steps
        The turns in words, for example ``"left into Aleksanterinkatu, 220 m"``.
    ride_m, ride_s
        Metres of the distance that one rides on ferries, and the seconds that takes.
    """

    distance_m: float
    path: tuple[tuple[float, float], ...]
    steps: tuple[str, ...]
    ride_m: float = 0.0
    ride_s: float = 0.0

    def seconds(self, speed_ms: float) -> float:
        """Return how long the way takes at a walking speed, ferries in their own time."""
        return (self.distance_m - self.ride_m) / speed_ms + self.ride_s


def route(
    network: StreetNetwork,
    attachments: Attachments,
    origin: int,
    target: int,
    *,
    avoid: WayFlag = NO_FLAGS,
) -> Route:
    """Return the shortest way on foot between two places.

    Parameters
    ----------
    network
        The streets.
    attachments
        Places on them.
    origin, target
        Indices of two of those places.
    avoid
        Stretches with any of these flags are not walked on.

    Raises
    ------
    ValueError
        If there is no way; the walking matrix is infinite there.
    """
    pair = attachments.take([origin, target])
    begin, end = _place(pair, 0), _place(pair, 1)
    if begin == end:
        return Route(0.0, (begin, end), ())
    part = network.node_part[network.edge_u[pair.edge]]
    together = pair.reachable.all() and part[0] == part[1]
    found = _shortest(network, pair, avoid) if together else None
    if found is None:
        raise ValueError(f"there is no way between places {origin} and {target}")
    near, links = found
    stretches = _stretches(near, links, int(near.terminal[0]))
    legs = [pieces_of(network, stretch) for stretch in stretches]
    line = [begin, _street_point(pair, 0)]
    for leg in legs:
        line.extend(piece.end for piece in leg)
    line.extend((_street_point(pair, 1), end))
    metres = sum(stretch.metres for stretch in stretches)
    return Route(
        distance_m=float(pair.approach_m[0] + metres + pair.approach_m[1]),
        path=without_repeats(line),
        steps=directions(network, legs),
    )


def without_repeats(line: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Drop points that repeat the one before, but keep a line of two points at least."""
    kept = [line[0]]
    kept.extend(point for before, point in pairwise(line) if point != before)
    return tuple(kept) if len(kept) > 1 else (line[0], line[-1])


def _place(pair: Attachments, which: int) -> tuple[float, float]:
    return float(pair.lon[which]), float(pair.lat[which])


def _street_point(pair: Attachments, which: int) -> tuple[float, float]:
    return float(pair.point_lon[which]), float(pair.point_lat[which])


def _shortest(
    network: StreetNetwork, pair: Attachments, avoid: WayFlag
) -> tuple[Surroundings, list[int]] | None:
    """Return the links of the shortest way, found in a disc that provably holds it."""
    from scipy.sparse.csgraph import dijkstra

    lat0, lon0 = float(pair.point_lat.mean()), float(pair.point_lon.mean())
    x, y = plane(pair.point_lat, pair.point_lon, lat0, lon0)
    straight = float(np.hypot(x[1] - x[0], y[1] - y[0]))
    disc = Disc(lat0, lon0, straight / 2 * _FIRST_DETOUR + _MARGIN_M)
    while True:
        near = surroundings(network, pair, disc, avoid)
        start, stop = int(near.terminal[0]), int(near.terminal[1])
        reached, before = dijkstra(
            symmetric(near.size, near.a, near.b, near.metres),
            indices=[start],
            return_predecessors=True,
        )
        length = float(reached[0, stop])
        # All of an ellipse with both places as its foci lies within half its length of the middle.
        if near.whole or length * 1.005 <= 2 * disc.radius_m:
            break
        grown = disc.radius_m * _GROWTH if np.isinf(length) else length / 2 * 1.01 + 1.0
        disc = replace(disc, radius_m=grown)
    return None if np.isinf(length) else (near, _links(near, before[0], start, stop))


def _links(near: Surroundings, before: npt.NDArray[np.int32], start: int, stop: int) -> list[int]:
    """Return the links from start to stop; between two nodes the shortest of parallel ones."""
    pairs: list[tuple[int, int]] = []
    node = stop
    while node != start:
        pairs.append((int(before[node]), node))
        node = int(before[node])
    pairs.reverse()
    if not pairs:
        return []
    key = np.minimum(near.a, near.b) * near.size + np.maximum(near.a, near.b)
    order = np.lexsort((near.metres, key))
    wanted = np.array([min(pair) * near.size + max(pair) for pair in pairs])
    return [int(link) for link in order[np.searchsorted(key[order], wanted)]]


def _stretches(near: Surroundings, links: Sequence[int], start: int) -> list[Stretch]:
    """Return the stretches of edges that are walked, in walking order and direction."""
    stretches: list[Stretch] = []
    node = start
    for link in links:
        a, b = int(near.a[link]), int(near.b[link])
        from_m, to_m = float(near.from_m[link]), float(near.to_m[link])
        if node != a:
            b, from_m, to_m = a, to_m, from_m
        stretches.append(Stretch(int(near.edge[link]), from_m, to_m))
        node = b
    return stretches
