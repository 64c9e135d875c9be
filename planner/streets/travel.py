"""Ways that may use ferries: walks to landings, rides from there, and walks on.

The streets stay what they are, and so does the proof that distances along them are exact. Landings
join the places of a matrix, and a search over these few points puts walks and rides together.
Since a ride takes its own time while a walk's depends on the pace, lengths are compared in *paced
metres*: metres walked, and for a ride the metres that one would have walked in its time.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.streets.attachment import Attachments
from planner.streets.directions import spoken_metres
from planner.streets.geodesy import plane
from planner.streets.matrix import walk_matrix
from planner.streets.network import NO_FLAGS
from planner.streets.routing import Route, route, without_repeats

if TYPE_CHECKING:
    import numpy.typing as npt

    from planner.streets.network import StreetNetwork, WayFlag

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# Straight lines are measured in a plane; within any city it is true to less than this.
_PLANE_SHARE: Final = 0.99


def paced_matrix(
    network: StreetNetwork,
    attachments: Attachments,
    *,
    speed_ms: float,
    avoid: WayFlag = NO_FLAGS,
) -> Floats:
    """Return the paced metres of the quickest way between every two places.

    Without ferries in reach this is :func:`~planner.streets.matrix.walk_matrix`. It is a metric
    too: symmetric, 0 on the diagonal, and no detour over a third place is shorter.

    Parameters
    ----------
    network
        The streets and rides.
    attachments
        n places on them.
    speed_ms
        Walking speed in metres a second.
    avoid
        Stretches with any of these flags are not walked on.

    Returns
    -------
    matrix
        (n, n) paced metres; infinite where there is no way.
    """
    metres = walk_matrix(network, attachments, avoid=avoid)
    known = _with_landings(network, attachments, metres, speed_ms, avoid)
    if known is None:
        return metres
    count = len(attachments)
    between = known.metres[count:, count:].copy()
    for landing in range(len(between)):
        np.minimum(between, between[:, landing, None] + between[landing], out=between)
    reach = known.metres[:count, count:].copy()
    for landing in range(len(between)):
        np.minimum(reach, reach[:, landing, None] + between[landing], out=reach)
    whole = metres.copy()
    for landing in range(len(between)):
        np.minimum(
            whole, reach[:, landing, None] + known.metres[count + landing, :count], out=whole
        )
    # Sums along a way and back differ in the last bit; one of the two is as good.
    return np.minimum(whole, whole.T)


def journey(
    network: StreetNetwork,
    attachments: Attachments,
    origin: int,
    target: int,
    *,
    speed_ms: float,
    avoid: WayFlag = NO_FLAGS,
) -> Route:
    """Return the quickest way between two places, on foot and by ferry.

    Parameters
    ----------
    network
        The streets and rides.
    attachments
        Places on them.
    origin, target
        Indices of two of those places.
    speed_ms
        Walking speed in metres a second.
    avoid
        Stretches with any of these flags are not walked on.

    Raises
    ------
    ValueError
        If there is no way; the matrix is infinite there.
    """
    pair = attachments.take([origin, target])
    metres = walk_matrix(network, pair, avoid=avoid)
    known = _with_landings(network, pair, metres, speed_ms, avoid)
    stops = [0, 1] if known is None else _chain(known.metres, 0, 1)
    if known is None or len(stops) == 2:  # noqa: PLR2004 - straight from one place to the other
        return route(network, attachments, origin, target, avoid=avoid)
    parts: list[Route] = []
    for here, there in pairwise(stops):
        ride = known.ride.get((here, there))
        if ride is None:
            parts.append(route(network, known.points, here, there, avoid=avoid))
        else:
            parts.append(_ridden(network, abs(ride) - 1, back=ride < 0))
    return _joined(parts)


@dataclass(frozen=True, slots=True)
class _Known:
    """Places and landings together.

    Attributes
    ----------
    points
        The places, then the landings.
    metres
        Paced metres between all of them, by one walk or one ride.
    ride
        Where that is a ride: its number from 1 on, negative where it goes from b to a.
    """

    points: Attachments
    metres: Floats
    ride: dict[tuple[int, int], int]


def _with_landings(
    network: StreetNetwork,
    attachments: Attachments,
    metres: Floats,
    speed_ms: float,
    avoid: WayFlag,
) -> _Known | None:
    """Measure the ways over landings; ``None`` where no ferry can be of use."""
    rides = _useful(network, attachments, metres, speed_ms)
    if not len(rides):
        return None
    a, b = network.ride_a[rides].astype(np.int64), network.ride_b[rides].astype(np.int64)
    nodes = np.unique(np.concatenate([a, b]))
    points = _with_nodes(network, attachments, nodes)
    whole = walk_matrix(network, points, avoid=avoid)
    at_a = len(attachments) + np.searchsorted(nodes, a)
    at_b = len(attachments) + np.searchsorted(nodes, b)
    ride: dict[tuple[int, int], int] = {}
    for number, i, j in zip(rides.tolist(), at_a.tolist(), at_b.tolist(), strict=True):
        cost = float(network.ride_s[number]) * speed_ms
        if cost < whole[i, j]:
            whole[i, j] = whole[j, i] = cost
            ride[i, j], ride[j, i] = number + 1, -(number + 1)
    return _Known(points, whole, ride) if ride else None


def _useful(
    network: StreetNetwork, attachments: Attachments, metres: Floats, speed_ms: float
) -> Ints:
    """Return the rides that may be part of a quickest way between two of the places.

    No part of a way is quicker than the straight line at the speed of the fastest ferry. So a ride
    that takes longest with the straight lines from and to the nearest places has no use.
    """
    at = attachments.reachable
    every = np.arange(len(network.ride_a), dtype=np.int64)
    if not len(every) or at.sum() < 2:  # noqa: PLR2004 - a way has two ends
        return every[:0]
    longest = float(metres[np.ix_(at, at)].max()) / speed_ms
    if not np.isfinite(longest):
        return every
    lat, lon = attachments.point_lat[at], attachments.point_lon[at]
    lat0, lon0 = float(lat.mean()), float(lon.mean())
    x, y = plane(lat, lon, lat0, lon0)
    seconds = np.asarray(network.ride_s, dtype=np.float64)
    straight: list[Floats] = []
    ends: list[tuple[Floats, Floats]] = []
    for node in (network.ride_a, network.ride_b):
        ends.append(plane(network.node_lat[node], network.node_lon[node], lat0, lon0))
        straight.append(np.hypot(ends[-1][0][:, None] - x, ends[-1][1][:, None] - y).min(axis=1))
    ridden = np.hypot(ends[0][0] - ends[1][0], ends[0][1] - ends[1][1])
    fastest = max(speed_ms, float((ridden / np.maximum(seconds, 1.0)).max()))
    least = (straight[0] + straight[1]) * _PLANE_SHARE / fastest + seconds
    return every[least < longest]


def _with_nodes(network: StreetNetwork, attachments: Attachments, nodes: Ints) -> Attachments:
    """Add nodes of the network to places, each as a place at the end of one of its edges."""
    edge = network.half_edge[network.half_start[nodes]]
    along = np.where(network.edge_u[edge] == nodes, 0.0, network.edge_length[edge])
    lat, lon = network.node_lat[nodes], network.node_lon[nodes]
    return Attachments(
        lat=np.concatenate([attachments.lat, lat]),
        lon=np.concatenate([attachments.lon, lon]),
        edge=np.concatenate([attachments.edge, edge]),
        along_m=np.concatenate([attachments.along_m, along]),
        approach_m=np.concatenate([attachments.approach_m, np.zeros(len(nodes))]),
        point_lat=np.concatenate([attachments.point_lat, lat]),
        point_lon=np.concatenate([attachments.point_lon, lon]),
    )


def _chain(metres: Floats, origin: int, target: int) -> list[int]:
    """Return the points of the shortest way over a dense matrix, fewest points first."""
    best = {origin: (0.0, 0)}
    before: dict[int, int] = {}
    queue = [(0.0, 0, origin)]
    done: set[int] = set()
    while queue:
        length, hops, here = heapq.heappop(queue)
        if here in done:
            continue
        done.add(here)
        if here == target:
            break
        for there in np.flatnonzero(np.isfinite(metres[here])).tolist():
            offer = (length + float(metres[here, there]), hops + 1)
            if there not in done and offer < best.get(there, (np.inf, 0)):
                best[there], before[there] = offer, here
                heapq.heappush(queue, (*offer, there))
    if target not in before:
        return [origin, target]
    chain = [target]
    while chain[-1] != origin:
        chain.append(before[chain[-1]])
    return chain[::-1]


def _ridden(network: StreetNetwork, ride: int, *, back: bool) -> Route:
    """Return one ride as a way."""
    part = slice(int(network.ride_start[ride]), int(network.ride_start[ride + 1]))
    path = list(zip(network.ride_lon[part].tolist(), network.ride_lat[part].tolist(), strict=True))
    metres, seconds = float(network.ride_m[ride]), float(network.ride_s[ride])
    name = network.name(int(network.ride_name[ride]))
    step = (
        f"by {f'the ferry {name}' if name else 'a ferry'}, {spoken_metres(metres)}, "
        f"{max(1, round(seconds / 60))} min with boarding (its hours are not known here)"
    )
    return Route(metres, tuple(path[::-1] if back else path), (step,), metres, seconds)


def _joined(parts: list[Route]) -> Route:
    """Put walks and rides one after the other."""
    return Route(
        distance_m=sum(part.distance_m for part in parts),
        path=without_repeats([point for part in parts for point in part.path]),
        steps=tuple(step for part in parts for step in part.steps),
        ride_m=sum(part.ride_m for part in parts),
        ride_s=sum(part.ride_s for part in parts),
    )
