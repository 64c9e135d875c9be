"""Large neighbourhood search: stops are torn out of a walk and others put in, again and again.

Ruin and recreate (Schrimpf et al. 2000) with constant-time tests of insertions by slack
(Vansteenwegen et al. 2009), every rule of the problem included. What is missing (required nodes,
demanded counts) costs so much that walks without it lose against any walk with it.
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
    Bits = NDArray[np.uint64]
    Bools = NDArray[np.bool_]

MISSING = 1e7
"""What each missing thing costs."""
BROKEN = -1e18
FEW = 12
"""Limits on the number of stops that may matter more than the hours."""


class Walk(NamedTuple):
    """A walk in the making; the first ``size[0]`` of each array are its stops.

    ``slack[p]`` is by how much the arrival at stop p may be delayed (p = size: at the end),
    ``waits[p]`` the seconds waited from stop p on, ``shifts[p]`` whether stops from p on may move
    one position back. ``inside`` marks the nodes on it, ``members`` counts those of each group;
    ``last_first`` and ``first_second`` are positions of the pairs in ``before``.
    """

    size: Ints
    node: Ints
    option: Ints
    arrive: Ints
    depart: Ints
    slack: Ints
    waits: Ints
    shifts: Bools
    inside: Bools
    members: Ints
    last_first: Ints
    first_second: Ints


@compiled
def new_walk(a: Arrays) -> Walk:
    """Return room for a walk."""
    n = a.n + 2
    pairs = a.before_first.shape[0]
    return Walk(
        np.zeros(1, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(a.groups, np.int64),
        np.zeros(pairs, np.int64),
        np.zeros(pairs, np.int64),
    )


@compiled
def draw(state: Bits) -> float:
    """Return a random number between 0 and 1 (xorshift64*)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    mixed = x * np.uint64(2685821657736338717)
    return float(mixed >> np.uint64(11)) / 9007199254740992.0


@compiled
def survey(a: Arrays, w: Walk) -> float:
    """Time a walk and fill what insertions need; return its value, or ``BROKEN``."""
    n, size = a.n, w.size[0]
    value = 0.0
    clock, here = 0, n
    for i in range(n):
        w.inside[i] = False
    for g in range(a.groups):
        w.members[g] = 0
    for pair in range(a.before_first.shape[0]):
        w.last_first[pair] = -1
        w.first_second[pair] = size
    missing = max(0, a.min_stops - size)
    if size > a.max_stops:
        return BROKEN
    for p in range(size):
        i, o = w.node[p], w.option[p]
        arrive = clock + a.seconds[here, i]
        enter = max(arrive, a.earliest[o])
        if enter > a.latest[o] or enter - arrive > a.max_wait or w.inside[i]:
            return BROKEN
        if p < a.min_position[i] or p > a.max_position[i]:
            return BROKEN
        if (a.last_only[i] and p < size - 1) or (a.not_last[i] and p == size - 1):
            return BROKEN
        w.inside[i] = True
        w.arrive[p] = arrive
        clock = enter + a.stay[o]
        w.depart[p] = clock
        w.waits[p] = enter - arrive
        value += a.prize[o] - a.cost[here, i] - a.wait_cost * (enter - arrive)
        for at in range(a.group_first[i], a.group_first[i + 1]):
            w.members[a.group_of[at]] += 1
        for pair in range(a.before_first.shape[0]):
            if a.before_first[pair, i]:
                w.last_first[pair] = p
            if a.before_second[pair, i]:
                w.first_second[pair] = min(w.first_second[pair], p)
        here = i
    for pair in range(a.before_first.shape[0]):
        if w.last_first[pair] > w.first_second[pair]:
            return BROKEN
    clock += a.seconds[here, n + 1]
    if clock > a.budget:
        return BROKEN
    value -= a.cost[here, n + 1]
    w.arrive[size] = clock
    w.slack[size] = a.budget - clock
    w.waits[size] = 0
    w.shifts[size] = True
    for p in range(size - 1, -1, -1):
        o = w.option[p]
        enter = w.arrive[p] + w.waits[p]
        w.slack[p] = w.waits[p] + min(a.latest[o] - enter, w.slack[p + 1])
        w.waits[p] += w.waits[p + 1]
        w.shifts[p] = w.shifts[p + 1] and p + 1 <= a.max_position[w.node[p]]
    for g in range(a.groups):
        if w.members[g] > a.caps[g]:
            return BROKEN
        value += a.so_far[g, w.members[g]]
        missing += max(0, a.at_least[g] - w.members[g])
    for i in range(n):
        if a.required[i] and not w.inside[i]:
            missing += 1
    return float(value - MISSING * missing)


@compiled
def insert(w: Walk, p: int, i: int, o: int) -> None:
    """Put a node in before position p; times are not brought up to date."""
    for q in range(w.size[0], p, -1):
        w.node[q] = w.node[q - 1]
        w.option[q] = w.option[q - 1]
    w.node[p] = i
    w.option[p] = o
    w.size[0] += 1


@compiled
def remove(w: Walk, p: int, many: int) -> None:
    """Take out stops from position p on; times are not brought up to date."""
    for q in range(p, w.size[0] - many):
        w.node[q] = w.node[q + many]
        w.option[q] = w.option[q + many]
    w.size[0] -= many


@compiled
def copy(one: Walk, other: Walk) -> None:
    """Copy the stops of a walk, without times."""
    size = one.size[0]
    other.size[0] = size
    for p in range(size):
        other.node[p] = one.node[p]
        other.option[p] = one.option[p]


@compiled
def recreate(
    a: Arrays,
    w: Walk,
    barred: Ints,
    now: int,
    power: float,
    haste: float,
    noise: float,
    state: Bits,
) -> None:
    """Insert what brings most for its time, until nothing fits or pays.

    ``w`` is surveyed before and after. Nodes with ``barred[i] == now`` stay out. ``power``: how
    much prizes count, ``haste``: how much time does; ``noise``: how much chance does.
    """
    n = a.n
    while w.size[0] < a.max_stops:
        size = w.size[0]
        top, best_p, best_i, best_o = 0.0, -1, -1, -1
        # The last places are kept for what must be there.
        missing = 0
        for i in range(n):
            if a.required[i] and not w.inside[i]:
                missing += 1
        for g in range(a.groups):
            missing += max(0, a.at_least[g] - w.members[g])
        reserved = a.max_stops - size <= missing
        for i in range(n):
            if w.inside[i] or barred[i] == now:
                continue
            bonus = MISSING if a.required[i] or size < a.min_stops else 0.0
            full = False
            needed = a.required[i]
            for at in range(a.group_first[i], a.group_first[i + 1]):
                g = a.group_of[at]
                k = w.members[g]
                if k >= a.caps[g]:
                    full = True
                    break
                bonus += a.so_far[g, k + 1] - a.so_far[g, k]
                if k < a.at_least[g]:
                    bonus += MISSING
                    needed = True
            if full or (reserved and not needed):
                continue
            low, high = a.min_position[i], min(size, a.max_position[i])
            for pair in range(a.before_first.shape[0]):
                if a.before_first[pair, i]:
                    high = min(high, w.first_second[pair])
                if a.before_second[pair, i]:
                    low = max(low, w.last_first[pair] + 1)
            if a.last_only[i]:
                low = max(low, size)
            if a.not_last[i]:
                high = min(high, size - 1)
            if size > 0 and a.last_only[w.node[size - 1]]:
                high = min(high, size - 1)
            chance = 1.0 + noise * draw(state)
            for o in range(a.first[i], a.first[i + 1]):
                gain = a.prize[o] + bonus
                if gain <= 0.0:
                    continue
                last = a.latest[o]
                done = max(a.earliest[o], 0) + a.stay[o]
                for p in range(low, high + 1):
                    if w.arrive[p] + w.slack[p] < done:
                        continue
                    before = w.node[p - 1] if p > 0 else n
                    left = w.depart[p - 1] if p > 0 else 0
                    if left > last:
                        break
                    arrive = left + a.seconds[before, i]
                    if arrive > last:
                        continue
                    enter = max(arrive, a.earliest[o])
                    if enter - arrive > a.max_wait:
                        continue
                    after = w.node[p] if p < size else n + 1
                    delay = enter + a.stay[o] + a.seconds[i, after] - w.arrive[p]
                    if delay > w.slack[p] or not w.shifts[p]:
                        continue
                    if delay < 0 and a.max_wait < a.budget:
                        continue
                    pure = gain - a.cost[before, i] - a.cost[i, after] + a.cost[before, after]
                    pure -= a.wait_cost * (enter - arrive - min(max(delay, 0), w.waits[p]))
                    if pure <= 1e-9:
                        continue
                    score = pure**power / (max(delay, 0) + 1.0) ** haste * chance
                    if score > top:
                        top, best_p, best_i, best_o = score, p, i, o
        if best_i < 0:
            return
        insert(w, best_p, best_i, best_o)
        if survey(a, w) <= BROKEN:
            remove(w, best_p, 1)
            barred[best_i] = now
            survey(a, w)


@compiled
def retime(a: Arrays, w: Walk, value: float) -> float:
    """Take better options of the stops, first what brings most for its time; return the value."""
    while True:
        top, best_p, best_o = 0.0, -1, -1
        for p in range(w.size[0]):
            i = w.node[p]
            if a.first[i + 1] - a.first[i] == 1:
                continue
            now = w.option[p]
            for o in range(a.first[i], a.first[i + 1]):
                if o == now:
                    continue
                w.option[p] = o
                gain = survey(a, w) - value
                if gain > 1e-9:
                    score = gain / max(1, a.stay[o] - a.stay[now])
                    if score > top:
                        top, best_p, best_o = score, p, o
            w.option[p] = now
        if best_p < 0:
            break
        w.option[best_p] = best_o
        value = survey(a, w)
    return survey(a, w)


@compiled
def thin(a: Arrays, w: Walk, spare: Walk, value: float, haste: float, state: Bits) -> float:
    """Take out stops whose time is worth more at the others or to other stops; return the value."""
    barred = np.zeros(a.n, np.int64)
    better = True
    while better:
        better = False
        for p in range(w.size[0]):
            copy(w, spare)
            gone = w.node[p]
            remove(spare, p, 1)
            other = survey(a, spare)
            if other <= BROKEN:
                continue
            other = retime(a, spare, other)
            for i in range(a.n):
                barred[i] = 0
            barred[gone] = 1
            recreate(a, spare, barred, 1, 1.0, haste, 0.0, state)
            other = retime(a, spare, survey(a, spare))
            if other > value + 1e-9:
                copy(spare, w)
                value = survey(a, w)
                better = True
                break
    return value


@compiled
def straighten(a: Arrays, w: Walk, spare: Walk, value: float, longest: int) -> float:
    """Reverse or move runs of stops where that is worth more or ends sooner; return the value."""
    better = True
    while better:
        better = False
        size = w.size[0]
        for p in range(size - 1):
            for q in range(p + 1, min(size, p + longest)):
                copy(w, spare)
                for r in range(q - p + 1):
                    spare.node[p + r] = w.node[q - r]
                    spare.option[p + r] = w.option[q - r]
                if _nicer(a, w, spare, value):
                    value = survey(a, w)
                    better = True
        for p in range(size):
            for many in range(1, min(4, size - p + 1)):
                for q in range(max(0, p - longest), min(size - many + 1, p + longest)):
                    if q == p:
                        continue
                    copy(w, spare)
                    remove(spare, p, many)
                    for r in range(many):
                        insert(spare, q + r, w.node[p + r], w.option[p + r])
                    if _nicer(a, w, spare, value):
                        value = survey(a, w)
                        better = True
    return value


@compiled
def _nicer(a: Arrays, w: Walk, spare: Walk, value: float) -> bool:
    """Take over the spare walk if it is worth more, or as much and ends sooner."""
    clock, here = 0, a.n
    for p in range(spare.size[0]):
        o = spare.option[p]
        clock = max(clock + a.seconds[here, spare.node[p]], a.earliest[o])
        if clock > a.latest[o]:
            return False
        clock += a.stay[o]
        here = spare.node[p]
    clock += a.seconds[here, a.n + 1]
    if clock > a.budget:
        return False
    if clock >= w.arrive[w.size[0]] and a.wait_cost == 0.0 and not a.priced:
        return False
    other = survey(a, spare)
    sooner = clock < w.arrive[w.size[0]]
    if other > value + 1e-9 or (sooner and other > value - 1e-9):
        copy(spare, w)
        return True
    return False


@compiled
def improve(
    a: Arrays,
    current: Walk,
    best: Walk,
    values: Floats,
    state: Bits,
    rounds: int,
    heat: Floats,
    stop: Ints,
) -> int:
    """Tear out and put in.

    Parameters
    ----------
    a
        The problem.
    current, best
        The walk to go on from and the best one; both are surveyed, and changed.
    values
        Their two values, brought up to date.
    state
        Of chance; one number that is not 0.
    rounds
        How often.
    heat
        How much worse than the current walk a new one may be at first and at last, as shares of
        the best value.
    stop
        The search ends when ``stop[0]`` is set.

    Returns
    -------
    :
        Rounds done.
    """
    n = a.n
    w, spare = new_walk(a), new_walk(a)
    barred = np.full(n, -1, np.int64)
    many_options = a.stay.shape[0] > n
    few = a.max_stops < n and a.max_stops <= FEW
    stale = 0
    for now in range(rounds):
        if stop[0] != 0:
            return now
        copy(current, w)
        size = w.size[0]
        kind = draw(state)
        if size > 0:
            if kind < 0.55:
                # A run of stops.
                many = 1 + int(draw(state) * min(size, max(3, size // 2)))
                many = min(many, size)
                remove(w, int(draw(state) * (size - many + 1)), many)
            elif kind < 0.95:
                # Stops here and there.
                share = 0.05 + 0.45 * draw(state)
                for p in range(size - 1, -1, -1):
                    if draw(state) < share:
                        remove(w, p, 1)
            else:
                # A run, and what may take its place must be new.
                many = 1 + int(draw(state) * min(size, 4))
                p = int(draw(state) * (size - many + 1))
                for r in range(many):
                    barred[w.node[p + r]] = now
                remove(w, p, many)
        if kind < 0.55 and draw(state) < 0.3 and w.size[0] > 0:
            p = int(draw(state) * w.size[0])
            remove(w, p, 1)
        if draw(state) < 0.3:
            for r in range(size):
                if draw(state) < 0.2:
                    barred[current.node[r]] = now
        if many_options and draw(state) < 0.5:
            for p in range(w.size[0]):
                i = w.node[p]
                for o in range(a.first[i], a.first[i + 1]):
                    if a.stay[o] < a.stay[w.option[p]]:
                        w.option[p] = o
        if survey(a, w) <= BROKEN:
            # What was left does not hold by itself; take stops out until it does.
            copy(current, w)
            p = int(draw(state) * max(1, size))
            if size > 0:
                remove(w, p, 1)
            if survey(a, w) <= BROKEN:
                w.size[0] = 0
                if survey(a, w) <= BROKEN:
                    return now
        power = 0.5 + 2.0 * draw(state)
        noise = 0.6 * draw(state)
        # Where stops are few, it is they that run out, not the time.
        haste = 0.0 if few and draw(state) < 0.7 else 1.0
        recreate(a, w, barred, now, power, haste, noise, state)
        value = survey(a, w)
        if many_options:
            value = retime(a, w, value)
        if many_options and value > values[1] + 1e-9:
            value = thin(a, w, spare, value, haste, state)
        if value > values[0] - 0.01 * abs(values[1]) and draw(state) < 0.1:
            value = straighten(a, w, spare, value, 8)
            recreate(a, w, barred, -2, 1.0 + draw(state), haste, 0.0, state)
            value = survey(a, w)
            if many_options:
                value = retime(a, w, value)
        share = now / rounds
        allowed = heat[0] * (1 - share) + heat[1] * share
        floor = values[0] - allowed * abs(values[1]) * draw(state)
        sooner = w.arrive[w.size[0]] <= current.arrive[current.size[0]]
        if value > floor or (value >= values[0] and sooner):
            copy(w, current)
            survey(a, current)
            values[0] = value
        if value > values[1] + 1e-9:
            copy(w, best)
            survey(a, best)
            values[1] = value
            stale = 0
        else:
            stale += 1
        if stale > 1500:
            copy(best, current)
            survey(a, current)
            values[0] = values[1]
            stale = 0
    return rounds
