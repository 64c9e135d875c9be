"""What a walk can be worth at most, by multipliers.

Rules on presence and on groups, the number of stops and the seconds there are are priced; the best
relaxed walk with those prices is a bound on every walk (Lagrangian relaxation). The multipliers
come from subgradient steps (Held, Wolfe & Crowder 1974).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.spatial.orienteering.kernels.compiling import compiled
from planner.spatial.orienteering.kernels.completions import NEVER, fill
from planner.spatial.orienteering.kernels.relaxed import trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays
    from planner.spatial.orienteering.kernels.completions import Completions, Marks

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

PATIENCE = 3
PARTS = 10
"""Of a walk, for which the price of a second is told."""


class Prices(NamedTuple):
    """Multipliers: of each node's one visit, of groups' counts, of every stop and every second.

    ``every[0]`` is added to each stop's prize. ``every[1]`` (not negative) is what a second on foot
    or at a stop costs: though a walk on the grid is as short as it seems there, its seconds are
    paid for as they are, which makes up for most of what rounding gains.
    """

    single: Floats
    group: Floats
    every: Floats


@compiled
def conjugate(worth: Floats, size: int, price: float, visited: int) -> tuple[float, int]:
    """Return the largest ``worth[k] - price * k`` for ``visited <= k < size``, and that k."""
    top, at = -np.inf, visited
    for k in range(visited, size):
        value = worth[k] - price * k
        if value > top:
            top, at = value, k
    return top, at


@compiled
def excess(worth: Floats, size: int, price: float, count: int) -> float:
    """Return by how much a count is over the one that the conjugate picks; ties pick the count."""
    top, at = conjugate(worth, size, price, 0)
    if count < size and worth[count] - price * count >= top - 1e-9:
        return 0.0
    return float(count - at)


@compiled
def prices(a: Arrays, m: Marks, p: Prices, out: Floats) -> float:
    """Write what the multipliers add to each node's prize; return their constants' sum.

    The multipliers of groups that the marks know are 0.
    """
    total = 0.0
    for i in range(a.n):
        out[i] = p.every[0] - p.single[i]
        total += p.single[i]
        for at in range(a.group_first[i], a.group_first[i + 1]):
            out[i] += p.group[a.group_of[at]]
    for g in range(a.groups):
        if not m.known[g]:
            total += conjugate(a.worth[g], a.sizes[g] + 1, p.group[g], 0)[0]
    total += p.every[1] * a.budget
    if not m.counted:
        total += conjugate(a.counts, a.n + 1, p.every[0], 0)[0]
    return float(total)


@compiled
def _copy(one: Floats, other: Floats) -> None:
    # Loops compile in a fraction of the time that array expressions take.
    for i in range(one.shape[0]):
        other[i] = one[i]


@compiled
def _dot(one: Floats, other: Floats) -> float:
    total = 0.0
    for i in range(one.shape[0]):
        total += one[i] * other[i]
    return total


@compiled
def descend(
    a: Arrays,
    m: Marks,
    c: Completions,
    p: Prices,
    target: float,
    rounds: int,
    stop: Ints,
) -> float:
    """Improve the multipliers by subgradient steps, in place; return the best bound.

    ``target`` is the value of a known walk (or any low guess of it), which scales the steps;
    the search ends early where the bound reaches it, or when ``stop[0]`` is set. Minus infinity:
    there is no walk.
    """
    n, groups = a.n, a.groups
    price = np.empty(n)
    visits, path = np.zeros(n, np.int64), np.zeros(c.grid + n, np.int64)
    counts = np.zeros(groups, np.int64)
    size = n + groups + 2
    slope, way = np.zeros(size), np.zeros(size)
    best, guess = np.inf, target
    best_single, best_group, best_every = np.empty(n), np.empty(groups), np.empty(2)
    _copy(p.single, best_single)
    _copy(p.group, best_group)
    _copy(p.every, best_every)
    # The price of a second moves with the others when it is told for a part of the walk.
    part = max(1.0, a.budget / PARTS)
    scale, stale = 0.5, 0
    for turn in range(rounds):
        constant = prices(a, m, p, price)
        bound = fill(a, m, price, p.every[1], c, stop)
        if bound == np.inf:
            break
        if bound <= NEVER / 2:
            return -np.inf
        bound += constant
        if guess == -np.inf:
            guess = bound - 0.3 * abs(bound) - 1.0
        if bound < best - 1e-9:
            stale = 0 if bound < best - 2e-3 * abs(best - guess) else stale + 1
            best = bound
            _copy(p.single, best_single)
            _copy(p.group, best_group)
            _copy(p.every, best_every)
        else:
            stale += 1
        if best <= target + 1e-9 or stop[0] != 0:
            break
        if stale >= PATIENCE:
            scale *= 0.6
            stale = 0
            if scale < 0.02:
                break
        total, seconds = trace(a, m, p.every[1], c, visits, path)
        for g in range(groups):
            counts[g] = 0
        for i in range(n):
            slope[i] = 1.0 - visits[i]
            if not a.required[i] and p.single[i] <= 0.0 and visits[i] == 0:
                slope[i] = 0.0
            for at in range(a.group_first[i], a.group_first[i + 1]):
                counts[a.group_of[at]] += visits[i]
        for g in range(groups):
            slope[n + g] = 0.0
            if not m.known[g]:
                slope[n + g] = excess(a.worth[g], a.sizes[g] + 1, p.group[g], counts[g])
        slope[n + groups] = 0.0
        if not m.counted:
            slope[n + groups] = excess(a.counts, n + 1, p.every[0], total)
        slope[n + groups + 1] = (a.budget - seconds) / part
        if p.every[1] <= 0.0 and seconds <= a.budget:
            slope[n + groups + 1] = 0.0
        if _dot(slope, slope) < 1e-4:
            break
        # Camerini, Fratta & Maffioli (1975): turn away from where one came if that leads back.
        length = _dot(way, way)
        back = _dot(slope, way)
        turned = max(0.0, -1.5 * back / length) if turn > 0 and length > 0 else 0.0
        for i in range(size):
            way[i] = slope[i] + turned * way[i]
        reach = scale * max(bound - guess, 1e-6) / _dot(way, way)
        for i in range(n):
            p.single[i] -= reach * way[i]
            if not a.required[i] and p.single[i] < 0.0:
                p.single[i] = 0.0
        for g in range(groups):
            p.group[g] -= reach * way[n + g]
        p.every[0] -= reach * way[n + groups]
        p.every[1] = max(0.0, p.every[1] - reach * way[n + groups + 1] / part)
    _copy(best_single, p.single)
    _copy(best_group, p.group)
    _copy(best_every, p.every)
    return best
