"""Exact search: all walks, grown stop by stop, without those that cannot be part of a better one.

Label setting for the elementary longest path with resources (Feillet, Dejax, Gendreau & Gueguen
2004), forwards in time. A walk so far is dropped if its own worth and the bound on what can follow
do not beat the best walk known, or if another one at the same node is no later, worth no less, and
open to all that it is open to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.spatial.orienteering.kernels.bounds import conjugate
from planner.spatial.orienteering.kernels.compiling import compiled
from planner.spatial.orienteering.kernels.completions import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays
    from planner.spatial.orienteering.kernels.bounds import Prices
    from planner.spatial.orienteering.kernels.completions import Completions, Marks

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bits = NDArray[np.uint64]

SLACK = 1e-9
"""Walks that are better by no more than this are not better."""
TABLE = 1 << 16
"""Places in the table that finds walks through the same nodes."""
GRID = 64
"""Number of times for which it is known what cannot be reached any more."""


class Labels(NamedTuple):
    """Walks so far, one a row.

    ``node``, ``option``, ``parent`` (row, or -1), ``time`` of departure, ``stops``,
    ``value`` so far, ``hope`` (the most that any walk from here can be worth; minus infinity once
    another one beats it),
    ``visited`` and ``shut`` (visited or no longer allowed) as bits. ``later`` links rows of one
    moment, ``other`` rows of one node, ``twin`` rows that share a place in the table of sets.
    ``marks`` is what the bounds remember of the walk.
    """

    node: Ints
    option: Ints
    parent: Ints
    time: Ints
    stops: Ints
    value: Floats
    hope: Floats
    visited: Bits
    shut: Bits
    later: Ints
    other: Ints
    twin: Ints
    marks: Ints


@compiled
def ones(word: np.uint64) -> int:
    """Count the bits of a word."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    pair = np.uint64(0x3333333333333333)
    word = (word & pair) + ((word >> np.uint64(2)) & pair)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def both(one: Bits, other: Bits) -> int:
    """Count what two sets share."""
    total = 0
    for word in range(one.shape[0]):
        total += ones(one[word] & other[word])
    return total


@compiled
def out_of_reach(a: Arrays) -> Bits:
    """Return, for each node and time of departure on a grid, the nodes it is too late for.

    Shape (n, GRID, words); a row holds from its time on.
    """
    words = a.shuts.shape[1]
    late = np.zeros((a.n, GRID, words), np.uint64)
    for j in range(a.n):
        last = -1
        for o in range(a.first[j], a.first[j + 1]):
            last = max(last, a.latest[o])
        for i in range(a.n):
            for k in range(GRID):
                if k * a.budget // GRID + a.nearest[i, j] > last:
                    late[i, k, j // 64] |= np.uint64(1) << np.uint64(j % 64)
    return late


@compiled
def too_early(a: Arrays) -> Bits:
    """Return, for each node and time of departure on a grid, the nodes it may be too early for.

    To those a wait may be too long, so that being there sooner can be a drawback. Shape
    (n, GRID, words); a row holds until the next.
    """
    words = a.shuts.shape[1]
    early = np.zeros((a.n, GRID, words), np.uint64)
    for j in range(a.n):
        opens = -1
        for o in range(a.first[j], a.first[j + 1]):
            opens = max(opens, a.earliest[o])
        for i in range(a.n):
            if i != j and a.nearest[i, j] < a.budget:
                for k in range(GRID):
                    if k * a.budget // GRID + a.nearest[i, j] + a.max_wait < opens:
                        early[i, k, j // 64] |= np.uint64(1) << np.uint64(j % 64)
    return early


@compiled
def _beats(a: Arrays, x: Labels, one: int, two: int, late: Bits, early: Bits, opens: int) -> bool:
    """Whether the first walk can do whatever the second can, for no less."""
    t1, t2 = x.time[one], x.time[two]
    # Behind the last door to open, being earlier never means to wait longer.
    idle = a.wait_cost * min(t2 - t1, max(0, opens - t1))
    if t1 > t2 or x.value[one] < x.value[two] + idle - 1e-12:
        return False
    i = x.node[two]
    k1, k2 = x.stops[one], x.stops[two]
    if k1 != k2 and (
        a.positions or (k1 > k2 and a.max_stops < a.n) or (k1 < k2 and k1 < a.min_stops)
    ):
        return False
    row = late[i, min(t2 * GRID // a.budget, GRID - 1)] if a.budget > 0 else late[i, 0]
    for w in range(a.shuts.shape[1]):
        if x.shut[one, w] & ~(x.shut[two, w] | row[w]):
            return False
    if t1 < t2:
        soon = early[i, min(t1 * GRID // a.budget, GRID - 1)]
        for w in range(a.shuts.shape[1]):
            if soon[w] & ~(x.shut[two, w] | row[w]):
                return False
    for j in range(a.n):
        if a.required[j]:
            bit = np.uint64(1) << np.uint64(j % 64)
            if x.visited[two, j // 64] & bit and not x.visited[one, j // 64] & bit:
                return False
    lost = 0.0
    for g in range(a.groups):
        c1 = both(x.visited[one], a.members[g])
        c2 = both(x.visited[two], a.members[g])
        if c1 < c2 and c1 < a.at_least[g]:
            return False
        if c1 > c2:
            rest = 0
            for w in range(a.shuts.shape[1]):
                rest += ones(a.members[g, w] & ~(x.shut[two, w] | row[w]))
            if c1 + rest > a.caps[g]:
                return False
            # What has been earned already is in the values; only what is yet to come is compared.
            worst = 0.0
            for k in range(1, rest + 1):
                gain2 = a.so_far[g, c2 + k] - a.so_far[g, c2]
                gain1 = a.so_far[g, c1 + k] - a.so_far[g, c1]
                worst = max(worst, gain2 - gain1)
            lost += worst
    return bool(x.value[one] - idle - lost >= x.value[two] - 1e-12)


@compiled
def _complete(a: Arrays, x: Labels, row: int) -> bool:
    """Whether a walk has all that it must have."""
    if x.stops[row] < a.min_stops:
        return False
    for j in range(a.n):
        if a.required[j] and not x.visited[row, j // 64] & (np.uint64(1) << np.uint64(j % 64)):
            return False
    for g in range(a.groups):
        if a.at_least[g] > 0 and both(x.visited[row], a.members[g]) < a.at_least[g]:
            return False
    return True


@compiled
def grow(
    a: Arrays,
    m: Marks,
    c: Completions,
    p: Prices,
    x: Labels,
    best: Floats,
    compare: int,
    limit: int,
    stop: Ints,
) -> tuple[int, float, int]:
    """Search.

    Parameters
    ----------
    a, m, c, p
        The problem, the bounds on completions, and the marks and multipliers they were made with.
    x
        Room for labels.
    best
        ``best[0]``: the value to beat, raised with every better walk.
    compare
        How many walks at the same node a new one is compared with.
    limit
        The most labels to make.
    stop
        The search ends when ``stop[0]`` is set from another thread.

    Returns
    -------
    :
        The row of the best walk (-1: none better than was known), a bound on the value of all
        walks, and the number of labels made.
    """
    n, step, grid, states = a.n, c.step, c.grid, m.states
    single, group, every, second = p.single, p.group, p.every[0], p.every[1]
    words = a.shuts.shape[1]
    price = np.zeros(n)
    constant = 0.0
    for i in range(n):
        price[i] = every - single[i]
        constant += single[i]
        for at in range(a.group_first[i], a.group_first[i + 1]):
            price[i] += group[a.group_of[at]]
    most = a.worth.shape[1]
    rest = np.full((a.groups, most + 1), -np.inf)
    for g in range(a.groups):
        for k in range(a.sizes[g] + 1):
            if m.known[g]:
                rest[g, k] = a.so_far[g, k]
            else:
                rest[g, k] = conjugate(a.worth[g], a.sizes[g] + 1, group[g], k)[0]
    rest_every = np.empty(n + 1)
    for k in range(n + 1):
        rest_every[k] = 0.0 if m.counted else conjugate(a.counts, n + 1, every, k)[0]
    late = out_of_reach(a)
    early = too_early(a)
    opens = 0
    for o in range(a.earliest.shape[0]):
        opens = max(opens, a.earliest[o])
    head = np.full(grid, -1, np.int64)
    tail = np.full(grid, -1, np.int64)
    at_node = np.full(n, -1, np.int64)
    table = np.full(TABLE, -1, np.int64)
    walk = -1
    made = 0
    nothing = np.uint64(0)
    base = constant + rest_every[0]
    for g in range(a.groups):
        base += rest[g, 0]
    # Row -1 stands for the walk that has not left the start.
    row, k = -1, 0
    now, here, count, marks, value, extra = 0, n, 0, 0, 0.0, base
    room = True
    open_hope = -np.inf
    while True:
        if row >= 0:
            now, here, count, value = x.time[row], x.node[row], x.stops[row], x.value[row]
            marks = x.marks[row]
            extra = constant + rest_every[count]
            for g in range(a.groups):
                visited = both(x.visited[row], a.members[g])
                extra += rest[g, visited] + group[g] * visited - a.so_far[g, visited]
            for j in range(n):
                if x.visited[row, j // 64] & (np.uint64(1) << np.uint64(j % 64)):
                    extra += every - single[j]
        if row < 0 or x.hope[row] > best[0] + SLACK:
            for j in range(n):
                if count >= a.max_stops:
                    break
                if row >= 0:
                    if a.last_only[here]:
                        break
                    if x.shut[row, j // 64] & (np.uint64(1) << np.uint64(j % 64)):
                        continue
                arrive = now + a.seconds[here, j]
                if arrive >= a.budget + 1 or count < a.min_position[j]:
                    continue
                if count > a.max_position[j]:
                    continue
                to = arrive // step
                at = to * states + marks
                ahead = c.arriving[j, at]
                if c.arriving_to[j, at] == here:
                    ahead = c.arriving_2[j, at]
                ahead += second * (a.budget - arrive)
                if value + extra + ahead - a.cost[here, j] <= best[0] + SLACK:
                    continue
                worth = 0.0
                change = every - single[j] + rest_every[count + 1] - rest_every[count]
                for at in range(a.group_first[j], a.group_first[j + 1]):
                    g = a.group_of[at]
                    visited = 0 if row < 0 else both(x.visited[row], a.members[g])
                    worth += a.so_far[g, visited + 1] - a.so_far[g, visited]
                    change += group[g] + rest[g, visited + 1] - rest[g, visited]
                for o in range(a.first[j], a.first[j + 1]):
                    enter = max(arrive, a.earliest[o])
                    if enter > a.latest[o] or enter - arrive > a.max_wait:
                        continue
                    depart = enter + a.stay[o]
                    to = depart // step
                    gained = value + a.prize[o] + worth - a.cost[here, j]
                    gained -= a.wait_cost * (enter - arrive)
                    after = m.follows[j, marks]
                    if after < 0:
                        continue
                    on = to * states + after
                    ahead = c.leaving[j, on]
                    if c.leaving_to[j, on] == here:
                        ahead = c.leaving_2[j, on]
                    hope = gained - worth + extra + change + ahead
                    hope += second * (a.budget - depart)
                    if hope <= best[0] + SLACK or ahead <= NEVER / 2:
                        continue
                    if made >= limit:
                        room = False
                        open_hope = max(open_hope, hope)
                        continue
                    new = made
                    x.node[new] = j
                    x.option[new] = o
                    x.parent[new] = row
                    x.time[new] = depart
                    x.stops[new] = count + 1
                    x.marks[new] = after
                    x.value[new] = gained
                    x.hope[new] = hope
                    for w in range(words):
                        x.visited[new, w] = nothing
                        x.shut[new, w] = a.shuts[j, w]
                        if row >= 0:
                            x.visited[new, w] = x.visited[row, w]
                            x.shut[new, w] |= x.shut[row, w]
                    x.visited[new, j // 64] |= np.uint64(1) << np.uint64(j % 64)
                    for at in range(a.group_first[j], a.group_first[j + 1]):
                        g = a.group_of[at]
                        if both(x.visited[new], a.members[g]) >= a.caps[g]:
                            for w in range(words):
                                x.shut[new, w] |= a.members[g, w]
                    # Compare with those at the same node; beaten ones leave the list.
                    beaten = False
                    # Most are beaten by one through the same nodes in another order.
                    key = np.uint64(j + 1)
                    for w in range(words):
                        key = (key ^ x.visited[new, w]) * np.uint64(0x9E3779B97F4A7C15)
                        key ^= key >> np.uint64(32)
                    place = np.int64(key % np.uint64(TABLE))
                    other = table[place]
                    while other >= 0 and not beaten:
                        if x.node[other] == j and x.hope[other] > -np.inf:
                            alike = True
                            for w in range(words):
                                if x.visited[other, w] != x.visited[new, w]:
                                    alike = False
                            beaten = alike and _beats(a, x, other, new, late, early, opens)
                        other = x.twin[other]
                    if beaten:
                        continue
                    last, other, seen = -1, at_node[j], 0
                    while other >= 0 and seen < compare:
                        if _beats(a, x, other, new, late, early, opens):
                            beaten = True
                            break
                        if _beats(a, x, new, other, late, early, opens):
                            x.hope[other] = -np.inf
                            if last < 0:
                                at_node[j] = x.other[other]
                            else:
                                x.other[last] = x.other[other]
                        else:
                            last = other
                        other = x.other[other]
                        seen += 1
                    if beaten:
                        continue
                    made += 1
                    x.twin[new] = table[place]
                    table[place] = new
                    x.other[new] = at_node[j]
                    at_node[j] = new
                    x.later[new] = -1
                    if tail[to] < 0:
                        head[to] = new
                    else:
                        x.later[tail[to]] = new
                    tail[to] = new
                    end = depart + a.seconds[j, n + 1]
                    if end <= a.budget and not a.not_last[j] and _complete(a, x, new):
                        total = gained - a.cost[j, n + 1]
                        if total > best[0] + SLACK:
                            best[0] = total
                            walk = new
        # The next one in time; rows of the moment at hand may have been added behind this one.
        row = x.later[row] if row >= 0 else head[0]
        while row < 0 and k + 1 < grid:
            k += 1
            row = head[k]
        if row < 0:
            break
        if stop[0] != 0:
            room = False
            while row >= 0:
                open_hope = max(open_hope, x.hope[row])
                row = x.later[row]
                while row < 0 and k + 1 < grid:
                    k += 1
                    row = head[k]
            break
    bound = best[0] if room else max(best[0], open_hope)
    return walk, bound, made
