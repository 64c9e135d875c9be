"""The tables of what the rest of a walk can be worth, beside a plain recursion over the same."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numba
import numpy as np
import pytest

from planner.spatial.orienteering import proof
from planner.spatial.orienteering.arrays import compact
from planner.spatial.orienteering.kernels import lanes
from planner.spatial.orienteering.kernels.completions import NEVER, fill
from planner.spatial.orienteering.marks import marks
from tests.spatial.test_orienteering_exact import random_instance

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.spatial.orienteering.arrays import Arrays
    from planner.spatial.orienteering.kernels.completions import Completions, Marks

SECOND = 0.0007


def rest(
    a: Arrays, m: Marks, price: np.ndarray, c: Completions
) -> Callable[[int, int, int], float]:
    """Return the worth of departing from a row at a time with a memory, in long floats."""

    @cache
    def leaving(h: int, k: int, s: int, before: int) -> float:
        best = -math.inf
        if (h == a.n or not a.not_last[h]) and m.done[s]:
            away = int(a.seconds[h, a.n + 1])
            if k * c.step + away <= a.budget:
                best = -float(a.cost[h, a.n + 1]) - SECOND * away
        if h < a.n and a.last_only[h]:
            return best
        for i in range(a.n):
            away = int(a.seconds[h, i])
            at = k + away // c.step
            if i == h or at >= c.grid or (c.strict and i == before):
                continue
            best = max(best, arriving(i, at, s, h) - float(a.cost[h, i]) - SECOND * away)
        return best

    @cache
    def arriving(i: int, k: int, s: int, before: int) -> float:
        best, t = -math.inf, int(m.follows[i, s])
        for o in range(a.first[i], a.first[i + 1]):
            enter = max(k * c.step, int(a.earliest[o]))
            at = (enter + int(a.stay[o])) // c.step
            if t < 0 or k * c.step > a.latest[o] or at >= c.grid:
                continue
            gain = float(a.prize[o]) + price[i] - SECOND * float(a.stay[o])
            gain += float(m.worth[t] - m.worth[s])
            best = max(best, gain + leaving(i, at, t, before if c.strict else -1))
        return best

    return lambda h, k, s: leaving(h, k, s, -1)


@pytest.mark.parametrize("scale", [1.0, 3e4])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_what_the_tables_hold_is_never_too_little(seed: int, strict: bool, scale: float) -> None:
    small = compact(random_instance(seed, 6))
    a = small.arrays
    a = a._replace(prize=a.prize * scale, cost=a.cost * scale)
    memory = marks(a)
    tables = proof._tables(a, memory, 60, strict=strict)
    price = np.random.default_rng(seed).normal(0.0, scale, a.n)
    bound = fill(a, memory, price, SECOND, tables, np.zeros(1, np.int64))
    true = rest(a, memory, price, tables)
    off = scale * 1e-4
    assert true(a.n, 0, 0) <= bound <= max(true(a.n, 0, 0) + off, NEVER / 2)
    states = memory.states
    reached = 0
    for h in range(a.n):
        soonest = int(a.seconds[a.n, h]) // tables.step
        for k in range(min(soonest + int(a.stay.min()) // tables.step, tables.grid), tables.grid):
            for s in range(states):
                held, value = float(tables.leaving[h, k * states + s]), true(h, k, s)
                assert held >= value or value == -math.inf, (h, k, s)
                # Where two runs are joined the tables hold the best; they are tight.
                assert held <= max(value + off, NEVER / 2), (h, k, s)
                reached += value > -math.inf
    assert reached > 0


def test_an_expected_magnitude_that_was_too_small_is_mended() -> None:
    small = compact(random_instance(3, 6))
    a = small.arrays
    memory = marks(a)
    tables = proof._tables(a, memory, 60, strict=True)
    bold = tables._replace(scale=np.full(1, 1e-9))
    stop = np.zeros(1, np.int64)
    none = np.zeros(a.n)
    first = fill(a, memory, none, SECOND, tables, stop)
    assert fill(a, memory, none, SECOND, bold, stop) == pytest.approx(first, rel=1e-5)
    assert bold.scale[0] > float(np.abs(a.prize).max())


@numba.njit(error_model="numpy")
def _larger(one: np.ndarray, other: np.ndarray, names: np.ndarray, out: np.ndarray) -> None:
    left, right = lanes.load(one, 1), lanes.plus(lanes.load(other, 2), lanes.spread(one[0]))
    is_left = lanes.above(left, right)
    lanes.store(out, 3, lanes.chosen(is_left, left, right))
    known = lanes.same(lanes.load(names, 0), lanes.spread(names[0]))
    here = lanes.spread(np.int32(-7))
    lanes.store(names, 8, lanes.chosen(known, here, lanes.load(names, 0)))


def test_eight_at_once_are_what_one_by_one_are() -> None:
    chance = np.random.default_rng(1)
    one, other = chance.normal(size=12).astype("f4"), chance.normal(size=12).astype("f4")
    names = np.array([4, 1, 4, 2, 3, 4, 0, 9, *[100] * 8], np.int32)
    out = np.full(13, 5.0, np.float32)
    _larger(one, other, names, out)
    np.testing.assert_array_equal(out[3:11], np.maximum(one[1:9], other[2:10] + one[0]))
    np.testing.assert_array_equal(out[[0, 1, 2, 11, 12]], 5.0)
    assert names[8:].tolist() == [-7, 1, -7, 2, 3, -7, 0, 9]
