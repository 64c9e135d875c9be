"""Relaxed walks, read off the tables of what the rest of a walk can be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering.kernels.compiling import compiled
from planner.spatial.orienteering.kernels.completions import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays
    from planner.spatial.orienteering.kernels.completions import Completions, Marks

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@compiled
def through(
    a: Arrays, m: Marks, node_price: Floats, second: float, c: Completions, arcs: Floats
) -> Floats:
    """Return a bound on the relaxed walks that take each option, without the constants.

    The tables are those that :func:`fill` made with the same prices. The same longest paths are
    followed from the start on, and joined with the completions. ``arcs``, of shape (n + 1, n), is
    filled with the bounds on the relaxed walks along each arc.
    """
    n, step, grid, states = a.n, c.step, c.grid, m.states
    best = np.full(a.stay.shape[0], NEVER)
    arrived = np.full((n, grid * states), NEVER)
    here, left = arrived.reshape(-1), np.full(n * grid * states, NEVER)
    row, far = grid * states, c.arriving.shape[1]
    ahead = c.arriving.reshape(-1)
    for h in range(n + 1):
        for i in range(n):
            arcs[h, i] = NEVER
    short = False
    for i in range(n):
        away = a.seconds[n, i]
        at = away // step
        if at < grid:
            arrived[i, at * states] = -a.cost[n, i] - second * away
            arcs[n, i] = arrived[i, at * states] + c.arriving[i, at * states]
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
                for s in range(states):
                    t = m.follows[i, s]
                    if t < 0 or arrived[i, k * states + s] <= NEVER / 2:
                        continue
                    for o in range(a.first[i], a.first[i + 1]):
                        if now > a.latest[o]:
                            continue
                        enter = max(now, a.earliest[o])
                        depart = enter + a.stay[o]
                        at = depart // step
                        if at >= grid:
                            continue
                        value = arrived[i, k * states + s] + a.prize[o] + node_price[i]
                        value += m.worth[t] - m.worth[s] - second * a.stay[o]
                        to = at * states + t
                        best[o] = max(best[o], value + c.leaving[i, to])
                        if value > left[i * row + to]:
                            left[i * row + to] = value
                            changed = changed or at == k
            for h in range(n):
                begin = np.uint64(h * row + k * states)
                known = NEVER
                for s in range(np.uint64(states)):
                    known = max(known, left[begin + s])
                if known <= NEVER / 2 or a.last_only[h]:
                    continue
                for i in range(n):
                    away = a.seconds[h, i]
                    at = (now + away) // step
                    if at >= grid:
                        continue
                    add = -a.cost[h, i] - second * away
                    there = np.uint64(i * row + at * states)
                    on = np.uint64(i * far + at * states)
                    top = arcs[h, i] - add
                    for s in range(np.uint64(states)):
                        top = max(top, left[begin + s] + ahead[on + s])
                    arcs[h, i] = top + add
                    if at > k:
                        for s in range(np.uint64(states)):
                            here[there + s] = max(here[there + s], left[begin + s] + add)
                    else:
                        for s in range(np.uint64(states)):
                            if left[begin + s] + add > here[there + s]:
                                here[there + s] = left[begin + s] + add
                                changed = True
            if not changed:
                break
    return best


@compiled
def trace(
    a: Arrays, m: Marks, second: float, c: Completions, visits: Ints, path: Ints
) -> tuple[int, int]:
    """Follow the best relaxed walk by the tables of :func:`fill`.

    ``visits`` is filled with how often it visits each node, ``path`` with the nodes in order.

    Returns
    -------
    :
        Its number of visits, and its seconds on foot and at stops, not rounded.
    """
    n, step, states = a.n, c.step, m.states
    for i in range(n):
        visits[i] = 0
    here, k, s, before, total, seconds = n, 0, 0, -1, 0, 0
    while total < path.shape[0]:
        top, i, at = NEVER / 2, -1, 0
        now = k * step
        ends = (here == n or not a.not_last[here]) and m.done[s]
        if ends and now + a.seconds[here, n + 1] <= a.budget:
            top = -a.cost[here, n + 1] - second * a.seconds[here, n + 1]
            i = n + 1
        if here == n or not a.last_only[here]:
            for j in range(n):
                away = a.seconds[here, j]
                if j == here or (c.strict and j == before) or now + away > a.budget:
                    continue
                to = (now + away) // step
                value = c.arriving[j, to * states + s]
                if c.strict and c.arriving_to[j, to * states + s] == here:
                    value = c.arriving_2[j, to * states + s]
                value -= a.cost[here, j] + second * away
                if value > top:
                    top, i, at = value, j, to
        if i < 0:
            break
        seconds += a.seconds[here, i]
        if i == n + 1:
            break
        visits[i] += 1
        path[total] = i
        total += 1
        arrive = at * step
        top, to, stay = NEVER / 2, -1, 0
        t = m.follows[i, s]
        for o in range(a.first[i], a.first[i + 1]):
            if arrive > a.latest[o]:
                continue
            enter = max(arrive, a.earliest[o])
            depart = enter + a.stay[o]
            on = depart // step
            if on >= c.grid:
                continue
            gain = a.prize[o] - second * a.stay[o]
            spot = on * states + t
            if c.strict and c.leaving_to[i, spot] == here:
                gain += c.leaving_2[i, spot]
            else:
                gain += c.leaving[i, spot]
            if gain > top:
                top, to, stay = gain, on, a.stay[o]
        if to < 0:
            break
        seconds += stay
        before, here, k, s = here, i, to, t
    return total, seconds
