"""What the rest of a walk can be worth at most.

Nodes may be visited again (though never after just one other), rules on presence and on groups
are priced by multipliers, waits may be of any length, and times are rounded down to a grid; each
of these can only make a walk look better. What is left is a longest path over nodes and times,
computed backwards (Christofides, Mingozzi & Toth 1981, state-space relaxation). The multipliers
come from subgradient steps (Held, Wolfe & Crowder 1974).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.spatial.orienteering.kernels.compiling import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NEVER = -1e18
PATIENCE = 8


class Completions(NamedTuple):
    """Bounds on the rest of a walk at times on a grid of ``step`` seconds.

    ``leaving[h, k]``: having departed from row h (start included) at second ``k * step``;
    ``arriving[i, k]``: arriving at node i then. ``..._to`` holds the node that the best goes on to
    from there, ``..._2`` the best that goes on to another one. Idling at the price of waiting is
    free to them, so at ``r`` seconds past a grid point the bound is the grid point's plus ``r``
    seconds of waiting.
    """

    step: int
    arriving: Floats
    arriving_2: Floats
    arriving_to: Ints
    leaving: Floats
    leaving_2: Floats
    leaving_to: Ints
    leaving_to_2: Ints


@compiled
def _arrive(a: Arrays, node_price: Floats, c: Completions, i: int, k: int) -> None:
    """Fill what arriving at a node is worth at one time."""
    step = c.step
    grid = c.leaving.shape[1]
    now = k * step
    one, two = NEVER, NEVER
    to_one = -1
    for o in range(a.first[i], a.first[i + 1]):
        if now > a.latest[o]:
            continue
        enter = max(now, a.earliest[o])
        depart = enter + a.stay[o]
        at = depart // step
        if at >= grid:
            continue
        gain = a.prize[o] + node_price[i]
        gain += a.wait_cost * (depart - at * step - (enter - now))
        value, to = gain + c.leaving[i, at], c.leaving_to[i, at]
        if value > one:
            if to != to_one:
                two = one
            one, to_one = value, to
        elif value > two and to != to_one:
            two = value
        value, to = gain + c.leaving_2[i, at], c.leaving_to_2[i, at]
        if value > one:
            if to != to_one:
                two = one
            one, to_one = value, to
        elif value > two and to != to_one:
            two = value
    c.arriving[i, k] = one
    c.arriving_2[i, k] = two
    c.arriving_to[i, k] = to_one


@compiled
def _leave(
    a: Arrays, c: Completions, h: int, low: int, high: int, shift: Ints, extra: Floats, last: Ints
) -> None:
    """Fill what departing from a row is worth at times from ``low`` up to ``high``.

    ``shift`` and ``extra`` say how far an arc goes on the grid and what it adds; ``last`` is the
    last time on the grid at which a node can be arrived at.
    """
    n, step = a.n, c.step
    many = high - low
    first, second, back = c.arriving, c.arriving_2, c.arriving_to
    one, two = np.empty(many), np.empty(many)
    to_one, to_two = np.empty(many, np.int64), np.empty(many, np.int64)
    for k in range(many):
        one[k] = two[k] = NEVER
        to_one[k] = to_two[k] = -1
    if h == n or not a.not_last[h]:
        for k in range(many):
            if (low + k) * step + a.seconds[h, n + 1] <= a.budget:
                one[k] = -a.cost[h, n + 1]
                to_one[k] = n + 1
    if h == n or not a.last_only[h]:
        for i in range(n):
            at = low + shift[h, i]
            some = min(many, last[i] + 1 - at)
            if some <= 0 or i == h:
                continue
            add = extra[h, i]
            # Written without branches, so that it runs on several times at once.
            for k in range(some):
                value = second[i, at + k] if back[i, at + k] == h else first[i, at + k]
                value += add
                best, other = one[k], two[k]
                better = value > best
                third = value > other
                two[k] = best if better else (value if third else other)
                to_two[k] = to_one[k] if better else (i if third else to_two[k])
                one[k] = value if better else best
                to_one[k] = i if better else to_one[k]
    for k in range(many):
        c.leaving[h, low + k] = one[k]
        c.leaving_2[h, low + k] = two[k]
        c.leaving_to[h, low + k] = to_one[k]
        c.leaving_to_2[h, low + k] = to_two[k]


@compiled
def fill(a: Arrays, node_price: Floats, c: Completions, stop: Ints) -> float:
    """Fill the tables; return the bound of the whole walk without the multipliers' constants.

    ``node_price`` is added to the prize of each option of a node. Infinity, and tables that are
    not to be used, where ``stop[0]`` was set meanwhile.
    """
    n = a.n
    grid = c.leaving.shape[1]
    width = a.budget
    for o in range(a.stay.shape[0]):
        width = min(width, a.stay[o])
    # Within so many grid times, no arrival leads to a departure among them.
    width = width // c.step
    shift = np.empty((n + 1, n), np.int64)
    extra = np.empty((n + 1, n))
    last = np.full(n, -1, np.int64)
    for i in range(n):
        for o in range(a.first[i], a.first[i + 1]):
            last[i] = max(last[i], min(a.latest[o] // c.step, grid - 1))
        for h in range(n + 1):
            shift[h, i] = a.seconds[h, i] // c.step
            extra[h, i] = a.wait_cost * (a.seconds[h, i] - shift[h, i] * c.step) - a.cost[h, i]
    # Nothing is anywhere before these times, rounded as they are; the tables stay empty there.
    soonest = np.zeros(n + 1, np.int64)
    for i in range(n):
        soonest[i] = shift[n, i]
    changed = True
    while changed:
        changed = False
        for h in range(n):
            for i in range(n):
                if soonest[h] + shift[h, i] < soonest[i]:
                    soonest[i] = soonest[h] + shift[h, i]
                    changed = True
    rounds = 1 if width > 0 else n + 2
    high = grid
    while high > 0:
        if stop[0] != 0:
            return np.inf
        low = max(0, high - max(1, width))
        if width == 0:
            for h in range(n + 1):
                c.leaving[h, low] = NEVER
                c.leaving_2[h, low] = NEVER
                c.leaving_to[h, low] = -1
                c.leaving_to_2[h, low] = -1
        for turn in range(rounds):
            # What the tables hold at first is of another time.
            changed = turn == 0
            for i in range(n):
                for k in range(max(low, soonest[i]), high):
                    before = c.arriving[i, k]
                    _arrive(a, node_price, c, i, k)
                    changed = changed or c.arriving[i, k] != before
            for h in range(n + 1):
                if high > soonest[h]:
                    _leave(a, c, h, max(low, soonest[h]), high, shift, extra, last)
            if not changed:
                break
        high = low
    return float(c.leaving[n, 0])


@compiled
def through(a: Arrays, node_price: Floats, c: Completions) -> Floats:
    """Return a bound on the relaxed walks that take each option, without the constants.

    The tables are those that :func:`fill` made with the same prices. The same longest paths are
    followed from the start on, and joined with the completions.
    """
    n, step = a.n, c.step
    grid = c.leaving.shape[1]
    best = np.full(a.stay.shape[0], NEVER)
    here = np.full((n, grid), NEVER)
    left = np.full((n, grid), NEVER)
    short = False
    for i in range(n):
        at = a.seconds[n, i] // step
        if at < grid:
            here[i, at] = a.wait_cost * (a.seconds[n, i] - at * step) - a.cost[n, i]
        for h in range(n):
            short = short or a.seconds[h, i] < step
        for o in range(a.first[i], a.first[i + 1]):
            short = short or a.stay[o] < step
    for k in range(grid):
        now = k * step
        # Where visits are shorter than the grid is wide, one leads to another within a grid time.
        for _ in range(2 * n + 2 if short else 1):
            changed = False
            for i in range(n):
                if here[i, k] <= NEVER / 2:
                    continue
                for o in range(a.first[i], a.first[i + 1]):
                    if now > a.latest[o]:
                        continue
                    enter = max(now, a.earliest[o])
                    depart = enter + a.stay[o]
                    at = depart // step
                    if at >= grid:
                        continue
                    value = here[i, k] + a.prize[o] + node_price[i]
                    value += a.wait_cost * (depart - at * step - (enter - now))
                    best[o] = max(best[o], value + c.leaving[i, at])
                    if value > left[i, at]:
                        left[i, at] = value
                        changed = True
            for h in range(n):
                value = left[h, k]
                if value <= NEVER / 2 or a.last_only[h]:
                    continue
                for i in range(n):
                    away = a.seconds[h, i]
                    at = (now + away) // step
                    if at < grid:
                        other = value + a.wait_cost * (now + away - at * step) - a.cost[h, i]
                        if other > here[i, at]:
                            here[i, at] = other
                            changed = changed or at == k
            if not changed:
                break
    return best


@compiled
def trace(a: Arrays, c: Completions, visits: Ints) -> int:
    """Count how often the best relaxed walk visits each node; return its number of visits."""
    n = a.n
    step = c.step
    for i in range(n):
        visits[i] = 0
    here, k, before, total = n, 0, -1, 0
    while total < c.leaving.shape[1] + n:
        i = c.leaving_to[here, k]
        if i == before:
            i = c.leaving_to_2[here, k]
        if i < 0 or i == n + 1:
            break
        visits[i] += 1
        total += 1
        arrive = (k * step + a.seconds[here, i]) // step * step
        top, to = NEVER / 2, -1
        for o in range(a.first[i], a.first[i + 1]):
            if arrive > a.latest[o]:
                continue
            enter = max(arrive, a.earliest[o])
            depart = enter + a.stay[o]
            at = depart // step
            if at >= c.leaving.shape[1]:
                continue
            gain = a.prize[o] + a.wait_cost * (depart - at * step - (enter - arrive))
            gain += c.leaving_2[i, at] if c.leaving_to[i, at] == here else c.leaving[i, at]
            if gain > top:
                top, to = gain, at
        if to < 0:
            break
        before, here, k = here, i, to
    return total


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
def prices(a: Arrays, single: Floats, group: Floats, every: float, out: Floats) -> float:
    """Write what the multipliers add to each node's prize; return their constants' sum."""
    total = 0.0
    for i in range(a.n):
        out[i] = every - single[i]
        total += single[i]
        for at in range(a.group_first[i], a.group_first[i + 1]):
            out[i] += group[a.group_of[at]]
    for g in range(a.groups):
        total += conjugate(a.worth[g], a.sizes[g] + 1, group[g], 0)[0]
    return total + conjugate(a.counts, a.n + 1, every, 0)[0]


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
    c: Completions,
    single: Floats,
    group: Floats,
    every: Floats,
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
    visits = np.zeros(n, np.int64)
    counts = np.zeros(groups, np.int64)
    size = n + groups + 1
    slope, way = np.zeros(size), np.zeros(size)
    best, guess = np.inf, target
    best_single, best_group, best_every = np.empty(n), np.empty(groups), every[0]
    _copy(single, best_single)
    _copy(group, best_group)
    scale, stale = 1.0, 0
    for turn in range(rounds):
        constant = prices(a, single, group, every[0], price)
        bound = fill(a, price, c, stop)
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
            _copy(single, best_single)
            _copy(group, best_group)
            best_every = every[0]
        else:
            stale += 1
        if best <= target + 1e-9 or stop[0] != 0:
            break
        if stale >= PATIENCE:
            scale *= 0.6
            stale = 0
            if scale < 0.02:
                break
        total = trace(a, c, visits)
        for g in range(groups):
            counts[g] = 0
        for i in range(n):
            slope[i] = 1.0 - visits[i]
            if not a.required[i] and single[i] <= 0.0 and visits[i] == 0:
                slope[i] = 0.0
            for at in range(a.group_first[i], a.group_first[i + 1]):
                counts[a.group_of[at]] += visits[i]
        for g in range(groups):
            slope[n + g] = excess(a.worth[g], a.sizes[g] + 1, group[g], counts[g])
        slope[n + groups] = excess(a.counts, n + 1, every[0], total)
        if _dot(slope, slope) < 0.5:
            break
        # Camerini, Fratta & Maffioli (1975): turn away from where one came if that leads back.
        length = _dot(way, way)
        back = _dot(slope, way)
        turned = max(0.0, -1.5 * back / length) if turn > 0 and length > 0 else 0.0
        for i in range(size):
            way[i] = slope[i] + turned * way[i]
        reach = scale * max(bound - guess, 1e-6) / _dot(way, way)
        for i in range(n):
            single[i] -= reach * way[i]
            if not a.required[i] and single[i] < 0.0:
                single[i] = 0.0
        for g in range(groups):
            group[g] -= reach * way[n + g]
        every[0] -= reach * way[n + groups]
    _copy(best_single, single)
    _copy(best_group, group)
    every[0] = best_every
    return best
