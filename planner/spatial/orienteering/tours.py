"""The shortest way through given stops, without regard to time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering.clock import alarm

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_STOPS = 15
NEIGHBOURS = 10
ROUNDS_A_NODE = 500
FEWEST = 8


def shortest_order(cost: NDArray[np.float64]) -> tuple[tuple[int, ...], float]:
    """Return the cheapest order of some stops between a start and an end, exactly.

    Parameters
    ----------
    cost
        Of shape (n + 2, n + 2): from row to column; rows n and n + 1 are the start and the end
        (zeros where one is free), infinity stands where there is no way.

    Returns
    -------
    :
        The order, and what it costs (infinity where there is none).

    Raises
    ------
    ValueError
        If there are more than ``EXACT_STOPS`` stops.
    """
    n = len(cost) - 2
    if n > EXACT_STOPS:
        raise ValueError(f"{n} stops are too many to order exactly")
    if n == 0:
        return (), float(cost[0, 1])
    from planner.spatial.orienteering.kernels import tours

    order = np.zeros(n, np.int64)
    total = tours.shortest_order(np.ascontiguousarray(cost, np.float64), order)
    if not np.isfinite(total):
        return tuple(range(n)), float("inf")
    return tuple(int(i) for i in order), float(total)


def shortest_tour(
    distance: NDArray[np.int64], *, seconds: float, seed: int = 0, target: int = 0
) -> tuple[tuple[int, ...], int]:
    """Return a short closed tour of all nodes: the shortest for few, else the best found.

    Parameters
    ----------
    distance
        Symmetric whole distances of shape (n, n).
    seconds
        The most time to spend; ordinarily a number of rounds ends the search first.
    seed
        Of chance.
    target
        A length at which the search may end.

    Returns
    -------
    :
        The tour, beginning with node 0, and its length.
    """
    n = len(distance)
    if n <= FEWEST:
        return _small_tour(distance)
    from planner.spatial.orienteering.kernels import tours

    distance = np.ascontiguousarray(distance, np.int64)
    far = distance + np.where(np.eye(n, dtype=bool), distance.max() + 1, 0)
    near = np.argsort(far, axis=1, kind="stable")[:, : min(NEIGHBOURS, n - 1)].astype(np.int64)
    tour = _nearest_neighbours(distance)
    state = np.array([(seed + 1) * 0x9E3779B97F4A7C15 % 2**64 or 1], np.uint64)
    with alarm(seconds, None) as stop:
        length = tours.improve_tour(
            distance, near, tour, ROUNDS_A_NODE * n, state, stop, int(target)
        )
    at = int(np.flatnonzero(tour == 0)[0])
    return tuple(int(i) for i in np.roll(tour, -at)), int(length)


@cache
def warm_up() -> None:
    """Compile, or load what was compiled before."""
    shortest_order(np.ones((4, 4)))
    shortest_tour(np.ones((FEWEST + 1, FEWEST + 1), np.int64), seconds=1, target=FEWEST + 1)


def _small_tour(distance: NDArray[np.int64]) -> tuple[tuple[int, ...], int]:
    n = len(distance)
    if n <= 1:
        return tuple(range(n)), 0
    rows = [*range(1, n), 0, 0]
    order, total = shortest_order(distance[np.ix_(rows, rows)].astype(np.float64))
    return (0, *(i + 1 for i in order)), round(total)


def _nearest_neighbours(distance: NDArray[np.int64]) -> NDArray[np.int64]:
    left = np.ones(len(distance), bool)
    tour = [0]
    left[0] = False
    while left.any():
        near = np.where(left, distance[tour[-1]], np.iinfo(np.int64).max)
        tour.append(int(near.argmin()))
        left[tour[-1]] = False
    return np.array(tour, np.int64)
