"""What the rest of a walk can be worth at most.

Nodes may be visited again (though never after just one other), rules on presence and on groups
are priced by multipliers, waits may be of any length, and times are rounded down to a grid; each
of these can only make a walk look better. A few sets of nodes are remembered instead of priced: a
walk knows which of them it has visited. What is left is a longest path over nodes, times and
memories, computed backwards (Christofides, Mingozzi & Toth 1981, state-space relaxation). The
multipliers come from subgradient steps (Held, Wolfe & Crowder 1974).
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
PATIENCE = 3
PARTS = 10
"""Of a walk, for which the price of a second is told."""


class Marks(NamedTuple):
    """What a relaxed walk remembers, as one of ``states`` memories, of which it begins with 0.

    ``follows[i, s]`` is the memory behind a visit to node i, -1 where memory s bars it;
    ``worth[s]`` is what the visits remembered have brought to the groups that are ``known``, and
    ``done[s]`` tells whether a walk may end with it. ``counted``: the number of stops is remembered
    where it is limited.
    """

    states: int
    follows: Ints
    worth: Floats
    done: NDArray[np.bool_]
    known: NDArray[np.bool_]
    counted: bool


class Completions(NamedTuple):
    """Bounds on the rest of a walk at times on a grid of ``step`` seconds.

    ``leaving[h, k * states + s]``: having departed from row h (start included) at second
    ``k * step`` with memory s; ``arriving[i, ...]``: arriving at node i then. Where ``strict``,
    no node is visited again after just one other: ``..._to`` holds the node that the best goes on
    to from there, ``..._2`` the best that goes on to another one; elsewhere all of ``..._to`` is
    -1. Waiting costs nothing here, so that what is earlier on the grid than it is is never worth
    less: to charge for it would mean to credit every stop with what rounding may add to a wait.
    """

    strict: bool
    step: int
    grid: int
    arriving: Floats
    arriving_2: Floats
    arriving_to: Ints
    leaving: Floats
    leaving_2: Floats
    leaving_to: Ints


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
def _arrive(
    a: Arrays, m: Marks, node_price: Floats, second: float, c: Completions, i: int, k: int
) -> None:
    """Fill what arriving at a node is worth at one time."""
    step, states = c.step, m.states
    now = k * step
    base = k * states
    for s in range(states):
        c.arriving[i, base + s] = NEVER
    if c.strict:
        for s in range(states):
            c.arriving_2[i, base + s] = NEVER
            c.arriving_to[i, base + s] = -1
    for o in range(a.first[i], a.first[i + 1]):
        if now > a.latest[o]:
            continue
        enter = max(now, a.earliest[o])
        depart = enter + a.stay[o]
        at = depart // step
        if at >= c.grid:
            continue
        gain = a.prize[o] + node_price[i] - second * a.stay[o]
        for s in range(states):
            t = m.follows[i, s]
            if t < 0:
                continue
            on = at * states + t
            value = gain + m.worth[t] - m.worth[s] + c.leaving[i, on]
            if not c.strict:
                c.arriving[i, base + s] = max(c.arriving[i, base + s], value)
                continue
            one, two = c.arriving[i, base + s], c.arriving_2[i, base + s]
            if value <= two:
                continue
            # Of two walks that go on differently the worse is the second best; a walk behind it
            # that goes on as neither cannot be.
            to, to_one = c.leaving_to[i, on], c.arriving_to[i, base + s]
            other = gain + m.worth[t] - m.worth[s] + c.leaving_2[i, on]
            if value > one:
                c.arriving[i, base + s] = value
                c.arriving_to[i, base + s] = to
                c.arriving_2[i, base + s] = max(two if to == to_one else one, other)
            elif to != to_one:
                c.arriving_2[i, base + s] = value
            else:
                c.arriving_2[i, base + s] = max(two, other)


@compiled
def _leave(  # noqa: PLR0913 - compiled, so that a record would have to be one of its own
    a: Arrays,
    m: Marks,
    second: float,
    c: Completions,
    h: int,
    low: int,
    high: int,
    shift: Ints,
    extra: Floats,
    last: Ints,
    buffer: Floats,
) -> None:
    """Fill what departing from a row is worth at times from ``low`` up to ``high``.

    ``shift`` and ``extra`` say how far an arc goes on the grid and what it adds; ``last`` is the
    last time on the grid at which a node can be arrived at.
    """
    n, states = a.n, m.states
    row = c.grid * states
    first, next_, back = c.arriving.reshape(-1), c.arriving_2.reshape(-1), c.arriving_to.reshape(-1)
    one, two, to_one = c.leaving.reshape(-1), c.leaving_2.reshape(-1), c.leaving_to.reshape(-1)
    begin = h * row + low * states
    for k in range(begin, begin + (high - low) * states):
        one[k] = NEVER
    if c.strict:
        for k in range(begin, begin + (high - low) * states):
            two[k] = NEVER
            to_one[k] = -1
    if h == n or not a.not_last[h]:
        for k in range(low, high):
            if k * c.step + a.seconds[h, n + 1] > a.budget:
                break
            for s in range(states):
                if m.done[s]:
                    one[h * row + k * states + s] = -a.cost[h, n + 1] - second * a.seconds[h, n + 1]
                    if c.strict:
                        to_one[h * row + k * states + s] = n + 1
    if h < n and a.last_only[h]:
        return
    # Numbers without a sign spare a look at each whether it counts from the end.
    here = np.uint64(begin)
    for i in range(n):
        at = low + shift[h, i]
        some = np.uint64(max(0, min(high - low, last[i] + 1 - at) * states))
        if some == 0 or i == h:
            continue
        there = np.uint64(i * row + at * states)
        add = extra[h, i]
        # Written without branches, so that each runs on several times and memories at once.
        if c.strict:
            for k in range(some):
                best, other = first[there + k], next_[there + k]
                buffer[k] = (other if back[there + k] == h else best) + add
            for k in range(some):
                value = buffer[k]
                best, other = one[here + k], two[here + k]
                better = value > best
                two[here + k] = best if better else max(value, other)
                one[here + k] = max(value, best)
                to_one[here + k] = i if better else to_one[here + k]
        else:
            for k in range(some):
                one[here + k] = max(one[here + k], first[there + k] + add)


@compiled
def fill(
    a: Arrays, m: Marks, node_price: Floats, second: float, c: Completions, stop: Ints
) -> float:
    """Fill the tables; return the bound of the whole walk without the multipliers' constants.

    ``node_price`` is added to the prize of each option of a node; ``second`` is what a second
    costs. Infinity, and tables that are not to be used, where ``stop[0]`` was set meanwhile.
    """
    n, grid, states = a.n, c.grid, m.states
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
            away = a.seconds[h, i]
            shift[h, i] = away // c.step
            extra[h, i] = -a.cost[h, i] - second * away
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
    buffer = np.empty(max(1, width) * states)
    rounds = 1 if width > 0 else n + 2
    high = grid
    while high > 0:
        if stop[0] != 0:
            return np.inf
        low = max(0, high - max(1, width))
        if width == 0:
            for h in range(n + 1):
                for k in range(low * states, high * states):
                    c.leaving[h, k] = NEVER
                    if c.strict:
                        c.leaving_2[h, k] = NEVER
                        c.leaving_to[h, k] = -1
        for turn in range(rounds):
            # What the tables hold at first is of another time.
            changed = turn == 0
            for i in range(n):
                for k in range(max(low, soonest[i]), high):
                    before = 0.0
                    if width == 0:
                        for s in range(states):
                            before += c.arriving[i, k * states + s]
                    _arrive(a, m, node_price, second, c, i, k)
                    if width == 0:
                        after = 0.0
                        for s in range(states):
                            after += c.arriving[i, k * states + s]
                        changed = changed or after != before
            for h in range(n + 1):
                if high > soonest[h]:
                    low_h = max(low, soonest[h])
                    _leave(a, m, second, c, h, low_h, high, shift, extra, last, buffer)
            if not changed:
                break
        high = low
    return float(c.leaving[n, 0])


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
    row = grid * states
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
                    top = arcs[h, i] - add
                    for s in range(np.uint64(states)):
                        top = max(top, left[begin + s] + ahead[there + s])
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
