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


class Completions(NamedTuple):
    """Bounds on the rest of a walk at times on a grid of ``step`` seconds.

    ``leaving[h, k]``: having departed from row h (start included) at second ``k * step``;
    ``arriving[i, k]``: arriving at node i then. Each holds the best in ``[..., 0]`` and the best
    that goes on to another node in ``[..., 1]``; ``after_...`` the nodes they go on to. Idling at
    the price of waiting is free to them, so at ``r`` seconds past a grid point the bound is the
    grid point's plus ``r`` seconds of waiting.
    """

    step: int
    arriving: Floats
    after_arriving: Ints
    leaving: Floats
    after_leaving: Ints


@compiled
def _push(value: float, after: int, top: Floats, nodes: Ints) -> None:
    """Keep the two best values that go on to different nodes."""
    if value > top[0]:
        if after != nodes[0]:
            top[1] = top[0]
            nodes[1] = nodes[0]
        top[0] = value
        nodes[0] = after
    elif value > top[1] and after != nodes[0]:
        top[1] = value
        nodes[1] = after


@compiled
def fill(a: Arrays, node_price: Floats, c: Completions) -> float:
    """Fill the tables; return the bound of the whole walk without the multipliers' constants.

    ``node_price`` is added to the prize of each option of a node.
    """
    n = a.n
    step = c.step
    grid = c.leaving.shape[1]
    short = a.stay.shape[0] > 0 and a.stay.min() < step
    rounds = n if short else 1
    arriving, leaving = c.arriving, c.leaving
    after_arriving, after_leaving = c.after_arriving, c.after_leaving
    for k in range(grid - 1, -1, -1):
        now = k * step
        for h in range(n + 1):
            leaving[h, k, 0] = NEVER
            leaving[h, k, 1] = NEVER
            after_leaving[h, k, 0] = -1
            after_leaving[h, k, 1] = -1
            if (h == n or not a.not_last[h]) and now + a.seconds[h, n + 1] <= a.budget:
                leaving[h, k, 0] = -a.cost[h, n + 1]
                after_leaving[h, k, 0] = n + 1
        for _ in range(rounds):
            changed = False
            for i in range(n):
                before = arriving[i, k, 0]
                arriving[i, k, 0] = NEVER
                arriving[i, k, 1] = NEVER
                after_arriving[i, k, 0] = -1
                after_arriving[i, k, 1] = -1
                for o in range(a.first[i], a.first[i + 1]):
                    if now > a.latest[o]:
                        continue
                    enter = max(now, a.earliest[o])
                    depart = enter + a.stay[o]
                    to = depart // step
                    if to >= grid:
                        continue
                    gain = a.prize[o] + node_price[i]
                    gain += a.wait_cost * (depart - to * step - (enter - now))
                    for best in range(2):
                        if leaving[i, to, best] > NEVER:
                            _push(
                                gain + leaving[i, to, best],
                                after_leaving[i, to, best],
                                arriving[i, k],
                                after_arriving[i, k],
                            )
                if short and arriving[i, k, 0] != before:
                    changed = True
            for h in range(n + 1):
                if h < n and a.last_only[h]:
                    continue
                top0 = leaving[h, k, 0]
                top1 = leaving[h, k, 1]
                node0 = after_leaving[h, k, 0]
                node1 = after_leaving[h, k, 1]
                for i in range(n):
                    away = a.seconds[h, i]
                    to = (now + away) // step
                    if to >= grid or i == h:
                        continue
                    if after_arriving[i, to, 0] == h:
                        value = arriving[i, to, 1]
                    else:
                        value = arriving[i, to, 0]
                    if value <= NEVER:
                        continue
                    value += a.wait_cost * (now + away - to * step) - a.cost[h, i]
                    if value > top0:
                        if i != node0:
                            top1 = top0
                            node1 = node0
                        top0 = value
                        node0 = i
                    elif value > top1 and i != node0:
                        top1 = value
                        node1 = i
                leaving[h, k, 0] = top0
                leaving[h, k, 1] = top1
                after_leaving[h, k, 0] = node0
                after_leaving[h, k, 1] = node1
            if not changed:
                break
    return float(leaving[n, 0, 0])


@compiled
def trace(a: Arrays, c: Completions, visits: Ints) -> int:
    """Count how often the best relaxed walk visits each node; return its number of visits."""
    n = a.n
    step = c.step
    visits[:] = 0
    here, k, before, total = n, 0, -1, 0
    while total < c.leaving.shape[1] + n:
        best = 1 if before >= 0 and c.after_leaving[here, k, 0] == before else 0
        i = c.after_leaving[here, k, best]
        if i < 0 or i == n + 1:
            break
        visits[i] += 1
        total += 1
        arrive = (k * step + a.seconds[here, i]) // step * step
        top, to = NEVER, -1
        for o in range(a.first[i], a.first[i + 1]):
            if arrive > a.latest[o]:
                continue
            enter = max(arrive, a.earliest[o])
            depart = enter + a.stay[o]
            at = depart // step
            if at >= c.leaving.shape[1]:
                continue
            gain = a.prize[o] + a.wait_cost * (depart - at * step - (enter - arrive))
            best = 1 if c.after_leaving[i, at, 0] == here else 0
            if c.leaving[i, at, best] > NEVER and gain + c.leaving[i, at, best] > top:
                top = gain + c.leaving[i, at, best]
                to = at
        if to < 0:
            break
        before, here, k = here, i, to
    return total


@compiled
def conjugate(worth: Floats, price: float, visited: int) -> tuple[float, int]:
    """Return the largest ``worth[k] - price * k`` over k from ``visited`` on, and that k."""
    top, at = -np.inf, visited
    for k in range(visited, worth.shape[0]):
        value = worth[k] - price * k
        if value > top:
            top, at = value, k
    return top, at


@compiled
def excess(worth: Floats, price: float, count: int) -> float:
    """Return by how much a count is over the one that the conjugate picks; ties pick the count."""
    top, at = conjugate(worth, price, 0)
    if count < worth.shape[0] and worth[count] - price * count >= top - 1e-9:
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
        total += conjugate(a.worth[g, : a.sizes[g] + 1], group[g], 0)[0]
    return total + conjugate(a.counts, every, 0)[0]


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
    best = np.inf
    best_single, best_group, best_every = single.copy(), group.copy(), every[0]
    guess = target
    slope_single, slope_group = np.zeros(n), np.zeros(groups)
    scale, stale = 1.0, 0
    for _ in range(rounds):
        constant = prices(a, single, group, every[0], price)
        bound = fill(a, price, c)
        if bound <= NEVER:
            best = -np.inf
            break
        bound += constant
        if guess == -np.inf:
            guess = bound - 0.3 * abs(bound) - 1.0
        if bound < best - 1e-9:
            stale = 0 if bound < best - 1e-3 * abs(best - guess) else stale + 1
            best = bound
            best_single[:] = single
            best_group[:] = group
            best_every = every[0]
        else:
            stale += 1
        if best <= target + 1e-9 or stop[0] != 0:
            break
        if stale >= 4:
            scale *= 0.6
            stale = 0
            single[:] = best_single
            group[:] = best_group
            every[0] = best_every
            if scale < 0.02:
                break
        total = trace(a, c, visits)
        norm = 0.0
        for i in range(n):
            slope = visits[i] - 1.0
            if not a.required[i] and single[i] <= 0.0 and slope < 0.0:
                slope = 0.0
            slope_single[i] = 0.7 * slope + 0.3 * slope_single[i]
            norm += slope * slope
        for g in range(groups):
            count = 0
            for i in range(n):
                if visits[i] > 0:
                    for at in range(a.group_first[i], a.group_first[i + 1]):
                        if a.group_of[at] == g:
                            count += visits[i]
            slope = excess(a.worth[g, : a.sizes[g] + 1], group[g], count)
            slope_group[g] = 0.7 * slope + 0.3 * slope_group[g]
            norm += slope * slope
        slope_every = excess(a.counts, every[0], total)
        norm += slope_every * slope_every
        if norm < 0.5:
            break
        length = scale * max(bound - guess, 1e-6) / norm
        for i in range(n):
            single[i] += length * slope_single[i]
            if not a.required[i] and single[i] < 0.0:
                single[i] = 0.0
        for g in range(groups):
            group[g] -= length * slope_group[g]
        every[0] -= length * slope_every
    single[:] = best_single
    group[:] = best_group
    every[0] = best_every
    return best
