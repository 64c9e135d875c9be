"""Exact search over intents and places: the best walk of a few intents, each at any of its places.

Branch and bound, depth first, the most promising continuation first. A beginning is dropped once
even the best that may follow, each intent at its best place and its best later minute, behind what
is done, does not beat the best walk known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering.kernels.compiling import compiled
from planner.spatial.orienteering.moments import ROLES, STAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.spatial.orienteering.moments import Moment

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@compiled
def reaches(moment: Moment) -> Floats:
    """Return for each intent and minute the most that it can be worth from then on."""
    intents, minutes = moment.weight.shape
    top = np.zeros(intents)
    for pair in range(len(moment.visit)):
        own = moment.factor[pair] * max(moment.stay_worth[pair, 0], moment.stay_worth[pair, 1])
        top[moment.intent[pair]] = max(top[moment.intent[pair]], own)
    found = np.zeros((intents, minutes + 1))
    for intent in range(intents):
        for minute in range(minutes - 1, -1, -1):
            here = moment.weight[intent, minute] * moment.later[minute] * top[intent]
            found[intent, minute] = max(found[intent, minute + 1], here)
    return found


@compiled
def entered(moment: Moment, visit: int, stay: int, arrive: int) -> int:
    """Return the earliest second at which a stay can begin, or -1."""
    row = visit * STAYS + stay
    for n in range(moment.first_entry[row], moment.first_entry[row + 1]):
        if moment.entries[n, 1] < 0:
            return arrive
        if arrive <= moment.entries[n, 1]:
            return int(max(arrive, moment.entries[n, 0]))
    return -1


@compiled
def best_walk(
    moment: Moment, longest: int, known: float, script: Ints
) -> tuple[float, int, Ints, Ints, int, bool]:
    """Return the best walk.

    Parameters
    ----------
    moment
        What is known.
    longest
        The most intents in a walk.
    script
        The intents in their order, where these are given, all of them; empty for any.
    known
        What is worth no more is not looked for.

    Returns
    -------
    tuple
        The value, how many intents it has, its pairs, for each the seconds of walking there and
        when the stay begins and ends, the beginnings looked at, and whether all were.
    """
    pairs, intents = len(moment.visit), len(moment.weight)
    budget, longest_wait, most = moment.numbers
    km_cost, wait_cost, least = moment.costs
    reach = reaches(moment)
    start = len(moment.seconds) - 1
    chosen = np.full(longest + 1, -1, np.int64)
    leave = np.zeros(longest + 1, np.int64)
    value = np.zeros(longest + 1)
    left_of = np.ones((longest + 1, intents))
    taste = np.zeros(longest + 1, np.int64)
    order = np.zeros((longest + 1, pairs), np.int64)
    count = np.zeros(longest + 1, np.int64)
    at = np.zeros(longest + 1, np.int64)
    gained = np.zeros((longest + 1, pairs))
    times = np.zeros((longest + 1, pairs, 3), np.int64)
    hopes = np.zeros(intents)
    best_value, best_length, nodes = known, 0, 0
    best_pairs = np.full(longest, -1, np.int64)
    best_times = np.zeros((longest, 3), np.int64)
    level, fresh = 0, True
    while level >= 0:
        if fresh:
            # Which pairs can come next, and what each adds; the most promising first.
            fresh = False
            count[level] = 0
            at[level] = 0
            steps = longest - level
            now = leave[level]
            last = moment.intent[chosen[level]] if level else -1
            if steps > 0:
                minute = min(now // 60, reach.shape[1] - 1)
                for intent in range(intents):
                    hopes[intent] = reach[intent, minute] * left_of[level, intent]
                    if level and not moment.follows[intent, last]:
                        hopes[intent] = 0.0
                hope = np.sort(hopes)[intents - min(steps, intents) :].sum()
                if value[level] + hope > best_value and nodes < most:
                    here = moment.visit[chosen[level]] if level else start
                    for pair in range(pairs):
                        intent, visit = moment.intent[pair], moment.visit[pair]
                        if left_of[level, intent] == 0.0 or moment.seconds[here, visit] < 0:
                            continue
                        if len(script) and intent != script[level]:
                            continue
                        if level and not moment.follows[intent, last]:
                            continue
                        again = False
                        for before in range(1, level + 1):
                            again |= moment.visit[chosen[before]] == visit
                        if again:
                            continue
                        walk = moment.seconds[here, visit]
                        for stay in range(STAYS):
                            enter = entered(moment, visit, stay, now + walk)
                            length = moment.stay_s[visit, stay]
                            if enter < 0 or enter + length > budget:
                                continue
                            if enter - now - walk > longest_wait:
                                continue
                            weight = moment.weight[intent, enter // 60] * left_of[level, intent]
                            if weight < least:
                                break
                            gain = weight * moment.stay_worth[pair, stay] * moment.factor[pair]
                            gain *= moment.later[enter // 60]
                            gain -= km_cost * moment.metres[here, visit] / 1000
                            gain -= wait_cost * (enter - now - walk) / 3600
                            if gain > 0:
                                order[level, count[level]] = pair
                                gained[level, pair] = gain
                                times[level, pair, 0] = walk
                                times[level, pair, 1] = enter
                                times[level, pair, 2] = enter + length
                                count[level] += 1
                            break
                    some = order[level, : count[level]].copy()
                    ranks = np.argsort(-gained[level][some], kind="mergesort")
                    order[level, : count[level]] = some[ranks]
        if at[level] == count[level] or nodes >= most:
            level -= 1
            continue
        pair = order[level, at[level]]
        at[level] += 1
        nodes += 1
        intent = moment.intent[pair]
        chosen[level + 1] = pair
        leave[level + 1] = times[level, pair, 2]
        value[level + 1] = value[level] + gained[level, pair]
        taste[level + 1] = taste[level] * (ROLES + 1) + moment.role[moment.visit[pair]]
        for other in range(intents):
            left_of[level + 1, other] = left_of[level, other] * moment.behind[other, intent]
        left_of[level + 1, intent] = 0.0
        whole = len(script) == 0 or level + 1 == len(script)
        if whole and value[level + 1] > best_value and moment.tasteful[taste[level + 1]]:
            best_value, best_length = value[level + 1], level + 1
            for n in range(best_length):
                best_pairs[n] = chosen[n + 1]
                best_times[n] = times[n, chosen[n + 1]]
        level += 1
        fresh = True
    return best_value, best_length, best_pairs, best_times, nodes, nodes < most
