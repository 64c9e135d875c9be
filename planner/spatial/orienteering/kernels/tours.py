"""Shortest tours and orders: exactly for few stops, by iterated local search for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering.kernels.compiling import compiled
from planner.spatial.orienteering.kernels.neighbourhoods import draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bits = NDArray[np.uint64]


@compiled
def shortest_order(cost: Floats, order: Ints) -> float:
    """Write the cheapest order of n stops from row n to row n + 1 (Held & Karp 1962).

    ``cost`` has shape (n + 2, n + 2) and may differ by direction; the memory is n times 2 to the n.
    """
    n = order.shape[0]
    sets = 1 << n
    best = np.full((sets, n), np.inf)
    before = np.full((sets, n), -1, np.int8)
    for i in range(n):
        best[1 << i, i] = cost[n, i]
    for done in range(1, sets):
        for i in range(n):
            now = best[done, i]
            if now == np.inf:
                continue
            for j in range(n):
                if done >> j & 1 == 0:
                    value = now + cost[i, j]
                    if value < best[done | 1 << j, j]:
                        best[done | 1 << j, j] = value
                        before[done | 1 << j, j] = i
    top, last = np.inf, 0
    for i in range(n):
        value = best[sets - 1, i] + cost[i, n + 1]
        if value < top:
            top, last = value, i
    done = sets - 1
    for p in range(n - 1, -1, -1):
        order[p] = last
        other = before[done, last]
        done ^= 1 << last
        last = other
    return top


@compiled
def _reverse(tour: Ints, place: Ints, i: int, j: int) -> None:
    """Reverse the tour between two positions, the shorter way round."""
    n = tour.shape[0]
    inside = (j - i + n) % n + 1
    if 2 * inside > n:
        i, j = (j + 1) % n, (i - 1 + n) % n
        inside = n - inside
    for _ in range(inside // 2):
        one, other = tour[i], tour[j]
        tour[i], tour[j] = other, one
        place[other], place[one] = i, j
        i = (i + 1) % n
        j = (j - 1 + n) % n


@compiled
def _mend(d: Ints, near: Ints, tour: Ints, place: Ints, queue: Ints, waiting: Ints) -> int:
    """Improve a tour by 2-opt and Or-opt moves around the nodes marked; return what was gained."""
    n = tour.shape[0]
    gained = 0
    head, size = 0, 0
    for i in range(n):
        if waiting[i]:
            queue[size] = i
            size += 1
    while size > 0:
        a = queue[head]
        head = (head + 1) % n
        size -= 1
        waiting[a] = 0
        better = True
        while better:
            better = False
            for way in range(2):
                # 2-opt: the arc from a to its neighbour in one direction is replaced.
                pa = place[a]
                b = tour[(pa + 1) % n] if way == 0 else tour[(pa - 1 + n) % n]
                for at in range(near.shape[1]):
                    c = near[a, at]
                    gain = d[a, b] - d[a, c]
                    if gain <= 0:
                        break
                    pc = place[c]
                    e = tour[(pc + 1) % n] if way == 0 else tour[(pc - 1 + n) % n]
                    change = gain + d[c, e] - d[b, e]
                    if change > 0:
                        if way == 0:
                            _reverse(tour, place, place[b], place[c])
                        else:
                            _reverse(tour, place, place[c], place[b])
                        gained += change
                        better = True
                        for each in (a, b, c, e):
                            if waiting[each] == 0:
                                waiting[each] = 1
                                queue[(head + size) % n] = each
                                size += 1
                        break
                if better:
                    break
            if better:
                continue
            # Or-opt: up to three nodes that begin with a go between c and its neighbour.
            for way in range(2):
                for many in range(1, 4):
                    step = 1 if way == 0 else -1
                    pa = place[a]
                    z = tour[(pa + step * (many - 1) + n) % n]
                    p = tour[(pa - step + n) % n]
                    q = tour[(pa + step * many + n) % n]
                    if p == q:
                        continue
                    spared = d[p, a] + d[z, q] - d[p, q]
                    if spared <= 0:
                        continue
                    for at in range(near.shape[1]):
                        c = near[a, at]
                        if d[a, c] >= spared:
                            break
                        away = (step * (place[c] - pa) + n) % n
                        if away < many:
                            continue
                        for side in range(2):
                            e = tour[(place[c] + (1 if side == 0 else -1) + n) % n]
                            if (step * (place[e] - pa) + n) % n < many:
                                continue
                            change = spared - d[a, c] - d[z, e] + d[c, e]
                            if change > 0:
                                _move(tour, place, pa, step, many, c, e)
                                gained += change
                                better = True
                                for each in (a, z, p, q, c, e):
                                    if waiting[each] == 0:
                                        waiting[each] = 1
                                        queue[(head + size) % n] = each
                                        size += 1
                                break
                        if better:
                            break
                    if better:
                        break
                if better:
                    break
    return gained


@compiled
def _move(tour: Ints, place: Ints, pa: int, step: int, many: int, c: int, e: int) -> None:
    """Put a run of nodes between the neighbours c and e, its first node next to c."""
    n = tour.shape[0]
    run = np.empty(3, np.int64)
    for r in range(many):
        run[r] = tour[(pa + step * r + n) % n]
    out = np.empty(n, np.int64)
    size = 0
    start = (pa + step * many + n) % n
    for r in range(n - many):
        here = tour[(start + step * r + n) % n]
        after = tour[(start + step * (r + 1) + n) % n] if r < n - many - 1 else -1
        out[size] = here
        size += 1
        # The two that the run goes between follow one another in this direction, in either order.
        if here == c and (after == e or (r == n - many - 1 and out[0] == e)):
            for k in range(many):
                out[size] = run[k]
                size += 1
        elif here == e and (after == c or (r == n - many - 1 and out[0] == c)):
            for k in range(many):
                out[size] = run[many - 1 - k]
                size += 1
    for r in range(n):
        tour[r] = out[r]
        place[out[r]] = r


@compiled
def improve_tour(
    d: Ints, near: Ints, tour: Ints, rounds: int, state: Bits, stop: Ints, target: int
) -> int:
    """Improve a closed tour by iterated local search, in place; return its length.

    Parameters
    ----------
    d
        Symmetric distances of shape (n, n), n at least 8.
    near
        The nearest other nodes of each, nearest first.
    tour
        The nodes in order.
    rounds
        How often to perturb it.
    state
        Of chance.
    stop
        The search ends when ``stop[0]`` is set.
    target
        A length that is good enough.
    """
    n = tour.shape[0]
    place = np.empty(n, np.int64)
    queue = np.empty(n, np.int64)
    waiting = np.ones(n, np.int64)
    best = np.empty(n, np.int64)
    length = 0
    for p in range(n):
        place[tour[p]] = p
        length += d[tour[p], tour[(p + 1) % n]]
    length -= _mend(d, near, tour, place, queue, waiting)
    for p in range(n):
        best[p] = tour[p]
    shortest = length
    cuts = np.empty(3, np.int64)
    out = np.empty(n, np.int64)
    for _ in range(rounds):
        if stop[0] != 0 or shortest <= target:
            break
        # A double bridge between three cuts close to one another.
        span = min(n - 2, 30)
        start = int(draw(state) * n)
        for k in range(3):
            cuts[k] = 1 + int(draw(state) * span)
        cuts.sort()
        if cuts[0] == cuts[1] or cuts[1] == cuts[2]:
            continue
        for p in range(n):
            out[p] = tour[(start + p) % n]
        i, j, k = cuts[0], cuts[1], cuts[2]
        size = 0
        for p in range(i):
            tour[size] = out[p]
            size += 1
        for p in range(j, k):
            tour[size] = out[p]
            size += 1
        for p in range(i, j):
            tour[size] = out[p]
            size += 1
        for p in range(k, n):
            tour[size] = out[p]
            size += 1
        for p in range(n):
            place[tour[p]] = p
        length = shortest
        a0, a1 = out[i - 1], out[i]
        b0, b1 = out[j - 1], out[j]
        c0, c1 = out[k - 1], out[k % n]
        length += d[a0, b1] + d[c0, a1] + d[b0, c1] - d[a0, a1] - d[b0, b1] - d[c0, c1]
        for each in (a0, a1, b0, b1, c0, c1):
            waiting[each] = 1
        length -= _mend(d, near, tour, place, queue, waiting)
        if length <= shortest:
            shortest = length
            for p in range(n):
                best[p] = tour[p]
        else:
            for p in range(n):
                tour[p] = best[p]
                place[best[p]] = p
    for p in range(n):
        tour[p] = best[p]
    return shortest
