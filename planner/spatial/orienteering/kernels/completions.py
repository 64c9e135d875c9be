"""What the rest of a relaxed walk can be worth at most, from every node, time and memory.

Nodes may be visited again (though never after just one other), waits may be of any length, and
times are rounded down to a grid; each of these can only make a walk look better. A few sets of
nodes are remembered: a walk knows which of them it has visited. What is left is a longest path
over nodes, times and memories, computed backwards (Christofides, Mingozzi & Toth 1981, state-space
relaxation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.spatial.orienteering.kernels.compiling import compiled
from planner.spatial.orienteering.kernels.lanes import (
    WIDTH,
    above,
    chosen,
    load,
    plus,
    same,
    spread,
    store,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays

    Floats = NDArray[np.float64]
    Shorts = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Nodes = NDArray[np.int32]

NEVER = -1e18
ROUNDING = 2.0**-22
"""Of the largest magnitude, more than rounding a sum and what was added to it can take away."""


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

    The numbers are short and rounded, though never below what they bound: ``scale[0]`` is the
    magnitude that they are expected to have. Rows are longer than the grid by some elements
    of ``NEVER``, so that runs of times can be read beyond its end.
    """

    strict: bool
    step: int
    grid: int
    arriving: Shorts
    arriving_2: Shorts
    arriving_to: Nodes
    leaving: Shorts
    leaving_2: Shorts
    leaving_to: Nodes
    scale: Floats


class Ways(NamedTuple):
    """The arcs from each row, the start included: ``many[h]`` of them.

    Arc w goes ``to[h, w]``. Having departed at time k with memory s one arrives at element
    ``offset[h, w] + k * states + s`` of the tables, k at most ``until[h, w]``, which adds
    ``extra[h, w]``.
    """

    many: Ints
    to: Nodes
    offset: Ints
    until: Ints
    extra: Shorts


@compiled
def _arrive(
    a: Arrays,
    m: Marks,
    node_price: Floats,
    second: float,
    slack: float,
    c: Completions,
    i: int,
    k: int,
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
        gain = a.prize[o] + node_price[i] - second * a.stay[o] + slack
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
def _leave(
    m: Marks, c: Completions, ways: Ways, h: int, low: int, high: int, ends: Floats, last: Ints
) -> None:
    """Fill what departing from a row is worth at times from ``low`` up to ``high``.

    ``ends`` says what it is worth to go on to the end, for each memory; ``last[h]`` is the last
    time on the grid at which that can be.
    """
    states, row = m.states, c.leaving.shape[1]
    first, next_, back = c.arriving.reshape(-1), c.arriving_2.reshape(-1), c.arriving_to.reshape(-1)
    one, two, to_one = c.leaving.reshape(-1), c.leaving_2.reshape(-1), c.leaving_to.reshape(-1)
    value, node = np.empty(WIDTH, np.float32), np.empty(WIDTH, np.int32)
    here, end = spread(np.int32(h)), np.int32(ways.offset.shape[1])
    never, nowhere = spread(np.float32(NEVER)), spread(np.int32(-1))
    total, begin = (high - low) * states, low * states
    for part in range(0, total, WIDTH):
        size = min(WIDTH, total - part)
        best, other, to = never, never, nowhere
        k = low + part // states
        if k <= last[h]:
            state = part % states
            for e in range(WIDTH):
                value[e] = ends[state] if k <= last[h] else NEVER
                node[e] = end + 1 if value[e] > NEVER / 2 else -1
                state += 1
                if state == states:
                    k, state = k + 1, 0
            best, to = load(value, 0), load(node, 0)
        if c.strict:
            for w in range(ways.many[h]):
                if ways.until[h, w] < low:
                    continue
                at = ways.offset[h, w] + begin + part
                returns = same(load(back, at), here)
                ahead = chosen(returns, load(next_, at), load(first, at))
                ahead = plus(ahead, spread(ways.extra[h, w]))
                better = above(ahead, best)
                worse = chosen(better, best, ahead)
                other = chosen(above(worse, other), worse, other)
                best = chosen(better, ahead, best)
                to = chosen(better, spread(ways.to[h, w]), to)
        else:
            for w in range(ways.many[h]):
                if ways.until[h, w] < low:
                    continue
                ahead = load(first, ways.offset[h, w] + begin + part)
                ahead = plus(ahead, spread(ways.extra[h, w]))
                best = chosen(above(ahead, best), ahead, best)
        at = h * row + begin + part
        if size == WIDTH:
            store(one, at, best)
            if c.strict:
                store(two, at, other)
                store(to_one, at, to)
            continue
        store(value, 0, best)
        for e in range(size):
            one[at + e] = value[e]
        if c.strict:
            store(value, 0, other)
            store(node, 0, to)
            for e in range(size):
                two[at + e] = value[e]
                to_one[at + e] = node[e]


@compiled
def _ways(a: Arrays, m: Marks, second: float, slack: float, c: Completions) -> Ways:
    """Collect the arcs that there are, and what they add."""
    n, states, row = a.n, m.states, c.arriving.shape[1]
    many = np.zeros(n + 1, np.int64)
    to = np.empty((n + 1, n), np.int32)
    offset = np.empty((n + 1, n), np.int64)
    until = np.empty((n + 1, n), np.int64)
    extra = np.empty((n + 1, n), np.float32)
    for h in range(n + 1):
        if h < n and a.last_only[h]:
            continue
        for i in range(n):
            away = a.seconds[h, i]
            if i == h or away > a.budget:
                continue
            last = -1
            for o in range(a.first[i], a.first[i + 1]):
                last = max(last, min(a.latest[o] // c.step, c.grid - 1))
            shift = away // c.step
            w = many[h]
            many[h] += 1
            to[h, w] = i
            offset[h, w] = i * row + shift * states
            until[h, w] = last - shift
            extra[h, w] = -a.cost[h, i] - second * away + slack
    return Ways(many, to, offset, until, extra)


@compiled
def _soonest(a: Arrays, step: int) -> Ints:
    """Return before which times on the grid nothing is anywhere, rounded as they are."""
    n = a.n
    soonest = np.zeros(n + 1, np.int64)
    for i in range(n):
        soonest[i] = a.seconds[n, i] // step
    changed = True
    while changed:
        changed = False
        for h in range(n):
            for i in range(n):
                at = soonest[h] + a.seconds[h, i] // step
                if at < soonest[i]:
                    soonest[i] = at
                    changed = True
    return soonest


@compiled
def _largest(a: Arrays, node_price: Floats, second: float, c: Completions, ways: Ways) -> float:
    """Return the largest magnitude of all that was added up."""
    most = 0.0
    for table in (c.leaving, c.arriving):
        for h in range(table.shape[0]):
            for k in range(table.shape[1]):
                if table[h, k] > NEVER / 2:
                    most = max(most, abs(table[h, k]))
    for h in range(a.n + 1):
        for w in range(ways.many[h]):
            most = max(most, abs(ways.extra[h, w]))
    for i in range(a.n):
        for o in range(a.first[i], a.first[i + 1]):
            most = max(most, abs(a.prize[o] + node_price[i] - second * a.stay[o]))
    return float(most)


@compiled
def fill(
    a: Arrays, m: Marks, node_price: Floats, second: float, c: Completions, stop: Ints
) -> float:
    """Fill the tables; return the bound of the whole walk without the multipliers' constants.

    ``node_price`` is added to the prize of each option of a node; ``second`` is what a second
    costs. Infinity, and tables that are not to be used, where ``stop[0]`` was set meanwhile.
    """
    while True:
        # Short floats are rounded to the nearest; so much more on each makes them bounds again.
        slack = ROUNDING * c.scale[0]
        ways = _ways(a, m, second, slack, c)
        bound = _filled(a, m, node_price, second, slack, c, ways, stop)
        if stop[0] != 0:
            return np.inf
        most = _largest(a, node_price, second, c, ways)
        enough = most <= c.scale[0]
        c.scale[0] = 2.0 * most
        if enough:
            return bound


@compiled
def _filled(
    a: Arrays,
    m: Marks,
    node_price: Floats,
    second: float,
    slack: float,
    c: Completions,
    ways: Ways,
    stop: Ints,
) -> float:
    """Fill the tables once; ``slack`` is added on each arc and at each stop."""
    n, states = a.n, m.states
    # Within so many grid times, no arrival leads to a departure among them.
    width = a.stay.min() // c.step
    soonest = _soonest(a, c.step)
    ends = np.empty((n + 1, states))
    last = np.full(n + 1, -1, np.int64)
    for h in range(n + 1):
        away = a.seconds[h, n + 1]
        if (h == n or not a.not_last[h]) and away <= a.budget:
            last[h] = (a.budget - away) // c.step
        for s in range(states):
            ends[h, s] = -a.cost[h, n + 1] - second * away + slack if m.done[s] else NEVER
    rounds = 1 if width > 0 else n + 2
    high = c.grid
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
                    _arrive(a, m, node_price, second, slack, c, i, k)
                    if width == 0:
                        after = 0.0
                        for s in range(states):
                            after += c.arriving[i, k * states + s]
                        changed = changed or after != before
            if not changed:
                break
            for h in range(n + 1):
                if high > soonest[h]:
                    _leave(m, c, ways, h, max(low, soonest[h]), high, ends[h], last)
        high = low
    return float(c.leaving[n, 0])
