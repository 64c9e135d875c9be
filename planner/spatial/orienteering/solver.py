"""The search for the best walk, and for the proof that there is no better one.

A short large neighbourhood search finds a good walk; priced bounds and label setting then prove
that it is the best, or find the best; where that takes too long, neighbourhoods are searched until
time is up.
"""

from __future__ import annotations

import math
import threading
import time as clock
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering import walks
from planner.spatial.orienteering.arrays import compact, narrowed
from planner.spatial.orienteering.clock import alarm
from planner.spatial.orienteering.instance import (
    TOLERANCE,
    Instance,
    Node,
    Outcome,
    Solution,
    VisitOption,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays, Compact
    from planner.spatial.orienteering.kernels.bounds import Completions
    from planner.spatial.orienteering.kernels.labels import Labels

COMPARED = 6
STAGES = ((120, 15, 0), (120, 30, 10_000), (240, 20, 30_000), (1000, 10, 600_000))
"""Times on the grid, rounds of the descent, and labels to make, ever finer while a proof fails."""
FINEST = 2500
FIRST_ROUNDS = 500
FIRST_SHARE = 0.3
SLICE = 100
LONG = 13
HOT = 0.06
COLD = 0.003


def solve(
    instance: Instance,
    *,
    seconds: float,
    seed: int = 0,
    warm: Sequence[int] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Solution | None:
    """Return the best walk found; see :func:`search` for the parameters.

    Returns
    -------
    :
        ``None`` if there is no walk, or if none was found in time; :func:`search` tells which.
    """
    return search(instance, seconds=seconds, seed=seed, warm=warm, cancel=cancel).solution


def search(
    instance: Instance,
    *,
    seconds: float,
    seed: int = 0,
    warm: Sequence[int] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Outcome:
    """Search for the best walk until it is proven to be the best or time is up.

    Parameters
    ----------
    instance
        The problem.
    seconds
        The most time to spend, not counting the first call's :func:`warm_up`.
    seed
        Of what is left to chance.
    warm
        A sequence of nodes to begin with, if it is any good.
    cancel
        Asked now and then whether to stop; what was found until then is returned.

    Returns
    -------
    :
        The walk, a bound on every walk, and whether it is proven that there is none.
    """
    warm_up()
    return _search(instance, seconds, seed, warm, cancel)


def warm_up(report: Callable[[str], None] | None = None) -> None:
    """Compile, or load what was compiled before; the first time this takes half a minute.

    Called once when a machine is set up, it leaves later processes a fraction of a second.

    Parameters
    ----------
    report
        Told what is being done.
    """
    if report is not None:
        report("Compiling the optimiser")
    _warm_up()


@cache
def _warm_up() -> None:
    seconds = np.full((4, 4), 60, np.int64)
    node = Node((VisitOption(0, 3600, 60, 1.0),))
    tiny = Instance((node, node), seconds, np.zeros((4, 4)), budget_s=3600, max_stops=1)
    _search(tiny, math.inf, 0, None, None)
    # The search has already proven so small a walk; what proves long ones is asked by itself.
    prove(compact(tiny), -math.inf, np.zeros(1, np.int64))


@dataclass(slots=True)
class _Best:
    """The best walk so far, and the lowest bound."""

    timing: walks.Timing | None
    by: str
    bound: float = math.inf

    @property
    def value(self) -> float:
        return -math.inf if self.timing is None else self.timing.value

    @property
    def proven(self) -> bool:
        return self.bound <= self.value + TOLERANCE

    def offer(self, timing: walks.Timing | None, by: str) -> None:
        """Take over a walk if it is better."""
        if timing is not None and timing.value > self.value + 1e-9:
            self.timing, self.by = timing, by


def _search(
    instance: Instance,
    seconds: float,
    seed: int,
    warm: Sequence[int] | None,
    cancel: Callable[[], bool] | None,
) -> Outcome:
    began = clock.perf_counter()
    small = compact(instance)
    if small.impossible:
        return Outcome(None, infeasible=True, bound=-math.inf, seconds=_since(began))
    best = _Best(walks.time(instance, ()), "empty walk")
    if warm:
        best.offer(walks.time(instance, warm), "given walk")
    if small.arrays.n == 0:
        best.bound = best.value
        return _outcome(best, began)
    left = seconds - _since(began)
    with alarm(left * FIRST_SHARE, cancel) as soon:
        first = Wanderer(small, best.timing, seed)
        first.wander(min(FIRST_ROUNDS, 20 * small.arrays.n), soon)
        best.offer(first.timing(instance), "neighbourhoods")
    with alarm(seconds - _since(began), cancel) as stop:
        _improve(instance, small, best, first, seed, stop, began + seconds)
    return _outcome(best, began)


def _improve(
    instance: Instance,
    small: Compact,
    best: _Best,
    first: Wanderer,
    seed: int,
    stop: NDArray[np.int64],
    until: float,
) -> None:
    """Prove that the walk is the best or find a better one, and search on meanwhile."""
    # Where walks are long a proof is unlikely, and neighbourhoods are searched beside it.
    long = best.timing is not None and len(best.timing.sequence) >= LONG
    halt = np.zeros(1, np.int64)
    beside = threading.Thread(target=first.anneal, args=(until - clock.perf_counter(), halt))

    def better() -> float:
        if not long:
            first.wander(FIRST_ROUNDS, stop)
            best.offer(first.timing(instance), "neighbourhoods")
        return best.value

    if long:
        beside.start()
    try:
        proof = prove(small, best.value, stop, better)
        best.bound = proof.bound
        if proof.sequence is not None:
            best.offer(walks.time(instance, proof.sequence), "label setting")
        if not best.proven and not stop[0]:
            second = Wanderer(small, best.timing, seed + 1)
            second.anneal(until - clock.perf_counter(), stop)
            best.offer(second.timing(instance), "neighbourhoods")
    finally:
        halt[0] = 1
        if long:
            beside.join()
    if not best.proven:
        best.offer(first.timing(instance), "neighbourhoods")


class Wanderer:
    """A large neighbourhood search that can go on where it stopped.

    Parameters
    ----------
    small
        The problem.
    given
        A walk to begin with.
    seed
        Of its chance.
    """

    def __init__(self, small: Compact, given: walks.Timing | None, seed: int) -> None:
        from planner.spatial.orienteering.kernels import neighbourhoods

        self._kernel = neighbourhoods
        self._small = small
        a = small.arrays
        self._current, self._best = neighbourhoods.new_walk(a), neighbourhoods.new_walk(a)
        self._values = np.full(2, neighbourhoods.BROKEN)
        # Any number but 0 will do; neighbouring seeds should differ in many bits.
        self._state = np.array([(seed + 1) * 0x9E3779B97F4A7C15 % 2**64 or 1], np.uint64)
        if given is not None:
            self._take(given)
        barred = np.full(a.n, -1, np.int64)
        if neighbourhoods.survey(a, self._current) > neighbourhoods.BROKEN:
            neighbourhoods.recreate(a, self._current, barred, 0, 1.5, 0.0, self._state)
        self._values[:] = neighbourhoods.survey(a, self._current)
        neighbourhoods.copy(self._current, self._best)
        neighbourhoods.survey(a, self._best)

    def _take(self, given: walks.Timing) -> None:
        at = {i: k for k, i in enumerate(self._small.nodes)}
        first = self._small.arrays.first
        for p, (i, option) in enumerate(zip(given.sequence, given.options, strict=True)):
            k = at[i]
            kept = self._small.options[first[k] : first[k + 1]]
            self._kernel.insert(self._current, p, k, int(first[k]) + kept.index(option))

    def wander(self, rounds: int, stop: NDArray[np.int64], heat: float = 0.02) -> int:
        """Search for some rounds; return how many were done."""
        a = self._small.arrays
        if self._kernel.survey(a, self._current) <= self._kernel.BROKEN:
            return 0
        return self._kernel.improve(
            a,
            self._current,
            self._best,
            self._values,
            self._state,
            rounds,
            np.array([heat, heat]),
            stop,
        )

    def anneal(self, seconds: float, stop: NDArray[np.int64]) -> None:
        """Search for some seconds, ever less ready to take over worse walks."""
        began = clock.perf_counter()
        rounds = SLICE
        while not stop[0] and (past := _since(began)) < seconds:
            share = past / seconds
            at = clock.perf_counter()
            if not self.wander(rounds, stop, HOT * (1 - share) + COLD * share):
                return
            # Short enough to end in time and to cool evenly.
            rounds = max(10, min(5000, int(rounds * seconds / 30 / max(_since(at), 1e-5))))

    def timing(self, instance: Instance) -> walks.Timing | None:
        """Return the best walk found; ``None`` if it lacks something."""
        size = int(self._best.size[0])
        if self._values[1] < -self._kernel.MISSING / 2:
            return None
        return walks.time(instance, [self._small.nodes[i] for i in self._best.node[:size]])


@dataclass(frozen=True, slots=True)
class Proof:
    """A bound, and a better walk than was known if there is one (nodes of the instance)."""

    bound: float
    sequence: tuple[int, ...] | None
    labels: int


def prove(
    small: Compact,
    best: float,
    stop: NDArray[np.int64],
    better: Callable[[], float] | None = None,
) -> Proof:
    """Bound the value of all walks, and look for the best one exactly.

    Parameters
    ----------
    small
        The problem.
    best
        The value of a walk that is known, or minus infinity.
    stop
        The search ends when ``stop[0]`` is set.
    better
        Asked, after a proof on a coarse grid has failed, for the value of the best walk known.
    """
    from planner.spatial.orienteering.kernels import bounds, labels

    single, group = np.zeros(small.arrays.n), np.zeros(small.arrays.groups)
    every = np.zeros(1)
    bound = _everything(small.arrays)
    found: tuple[int, ...] | None = None
    made = 0
    for grid, rounds, limit in STAGES:
        a = small.arrays
        tables = _tables(a, grid)
        bound = min(bound, bounds.descend(a, tables, single, group, every, best, rounds, stop))
        if bound <= best + TOLERANCE or stop[0]:
            break
        price = np.empty(a.n)
        constant = bounds.prices(a, single, group, every[0], price)
        if bounds.fill(a, price, tables, stop) == math.inf:
            break
        if limit > 0:
            rows = _rows(limit, a.shuts.shape[1])
            value = np.array([best])
            row, reached, labelled = labels.grow(
                a, tables, single, group, every[0], rows, value, COMPARED, limit, stop
            )
            made += labelled
            if row >= 0:
                best = float(value[0])
                found = _sequence(small, rows, row)
            bound = min(bound, reached)
            if bound <= best + TOLERANCE or stop[0]:
                break
            if better is not None:
                best = max(best, better())
        hopeful = bounds.through(a, price, tables) + constant > best
        if not hopeful.all():
            small, left = narrowed(small, hopeful)
            single = single[left]
    return Proof(max(bound, best), found, made)


def _sequence(small: Compact, rows: Labels, row: int) -> tuple[int, ...]:
    """Return the nodes of the instance that a label's walk visits."""
    sequence: list[int] = []
    while row >= 0:
        sequence.append(small.nodes[rows.node[row]])
        row = int(rows.parent[row])
    return tuple(reversed(sequence))


def _everything(a: Arrays) -> float:
    """Return the sum of all that could be won: a first bound, and a poor one."""
    most = [a.prize[a.first[i] : a.first[i + 1]].max() for i in range(a.n)]
    known = np.where(np.isfinite(a.worth), a.worth, 0.0)
    cheapest = min(0.0, float(a.cost.min())) * (a.n + 1)
    return float(np.maximum(most, 0.0).sum() + known.max(axis=1, initial=0.0).sum() - cheapest)


def _tables(a: Arrays, grid: int) -> Completions:
    from planner.spatial.orienteering.kernels.bounds import NEVER, Completions

    step = max(1, -(-(a.budget + 1) // grid))
    # Visits shorter than the grid is wide cost much more to follow.
    least = int(a.stay.min())
    if 0 < least < step and a.budget // least <= FINEST:
        step = least
    # Stays and opening times that lie on the grid need no rounding.
    common = math.gcd(*(int(x) for x in a.stay), *(int(x) for x in a.earliest if x > 0))
    if common >= step:
        step = common // -(-common // step)
    elif common > 1:
        step = -(-step // common) * common
    k = a.budget // step + 1
    return Completions(
        step,
        np.full((a.n, k), NEVER),
        np.full((a.n, k), NEVER),
        np.full((a.n, k), -1, np.int64),
        np.full((a.n + 1, k), NEVER),
        np.full((a.n + 1, k), NEVER),
        np.full((a.n + 1, k), -1, np.int64),
        np.full((a.n + 1, k), -1, np.int64),
    )


def _rows(limit: int, words: int) -> Labels:
    from planner.spatial.orienteering.kernels.labels import Labels

    def whole() -> NDArray[np.int64]:
        return np.empty(limit + 1, np.int64)

    return Labels(
        node=whole(),
        option=whole(),
        parent=whole(),
        time=whole(),
        stops=whole(),
        value=np.empty(limit + 1),
        hope=np.empty(limit + 1),
        visited=np.empty((limit + 1, words), np.uint64),
        shut=np.empty((limit + 1, words), np.uint64),
        later=whole(),
        other=whole(),
        twin=whole(),
    )


def _since(began: float) -> float:
    return clock.perf_counter() - began


def _outcome(best: _Best, began: float) -> Outcome:
    found = best.timing
    if found is None:
        return Outcome(
            None, infeasible=best.bound == -math.inf, bound=best.bound, seconds=_since(began)
        )
    solution = Solution(
        sequence=found.sequence,
        options=found.options,
        arrive=found.arrive,
        enter=found.enter,
        depart=found.depart,
        finish=found.finish,
        value=found.value,
        bound=found.value if best.proven else best.bound,
        proven=best.proven,
        seconds=_since(began),
        by=best.by,
    )
    return Outcome(solution, infeasible=False, bound=solution.bound, seconds=solution.seconds)
