"""The search for the best walk, and for the proof that there is no better one.

A short large neighbourhood search finds a good walk; priced bounds and label setting then prove
that it is the best, or find the best; where that takes too long, neighbourhoods are searched until
time is up.
"""

from __future__ import annotations

import math
import time as clock
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering import walks
from planner.spatial.orienteering.arrays import compact
from planner.spatial.orienteering.clock import Effort, alarm
from planner.spatial.orienteering.instance import (
    TOLERANCE,
    Instance,
    Node,
    Outcome,
    Solution,
    VisitOption,
)
from planner.spatial.orienteering.proof import FEW, prove

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Compact

LEAST_SECONDS = 0.15
"""What every search is given: enough to settle what is small."""
FIRST_ROUNDS = 300
HINTED_ROUNDS = 60
SERVING_ROUNDS = 200
SLICES = 60
"""Of annealing, each a little cooler."""
ROUND = 12.0
"""Nanoseconds that a round takes, times the options and the stops to the power of 1.5, roughly."""
LONG = 13
LONG_SHARE = 0.2
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
    another: Callable[[], Sequence[int] | None] | None = None,
    cancel: Callable[[], bool] | None = None,
    patience: float = 0.0,
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
    another
        Asked for one more walk to look at, where nothing is proven soon.
    cancel
        Asked now and then whether to stop; what was found until then is returned.
    patience
        How many seconds more a machine that is slow or busy may take to do all that an ordinary
        one does in ``seconds``. A search that the clock stops may return another walk next time.

    Returns
    -------
    :
        The walk, a bound on every walk, and whether it is proven that there is none.
    """
    warm_up()
    return _search(instance, seconds, seed, warm, another, cancel, patience)


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
    _search(tiny, math.inf, 0, None, None, None)
    # The search has already proven so small a walk; what proves long ones is asked by itself.
    prove(compact(tiny), -math.inf, Effort.of(math.inf), np.zeros(1, np.int64))


@dataclass(slots=True)
class _Best:
    """The best walk so far, and the lowest bound."""

    instance: Instance
    timing: walks.Timing | None = None
    by: str = ""
    bound: float = math.inf
    seen: set[tuple[int, ...]] = field(default_factory=set)

    @property
    def value(self) -> float:
        return -math.inf if self.timing is None else self.timing.value

    @property
    def proven(self) -> bool:
        return self.bound <= self.value + TOLERANCE

    def offer(self, sequence: Sequence[int] | None, by: str) -> None:
        """Time a sequence of nodes if it is a new one, and take it over if it is better."""
        if sequence is None or (known := tuple(sequence)) in self.seen:
            return
        self.seen.add(known)
        timing = walks.time(self.instance, known)
        if timing is not None and timing.value > self.value + 1e-9:
            self.timing, self.by = timing, by


def _search(
    instance: Instance,
    seconds: float,
    seed: int,
    warm: Sequence[int] | None,
    another: Callable[[], Sequence[int] | None] | None,
    cancel: Callable[[], bool] | None,
    patience: float = 0.0,
) -> Outcome:
    began = clock.perf_counter()
    small = compact(instance)
    if small.impossible:
        return Outcome(None, infeasible=True, bound=-math.inf, seconds=_since(began))
    best = _Best(instance)
    best.offer((), "empty walk")
    if warm:
        best.offer(warm, "given walk")
    if small.arrays.n == 0:
        best.bound = best.value
        return _outcome(best, began)
    limit = max(seconds, 2 * LEAST_SECONDS) + patience
    with alarm(limit - _since(began), cancel) as stop:
        least = LEAST_SECONDS / 3 if small.arrays.n > FEW else LEAST_SECONDS
        _improve(instance, small, best, Effort.of(max(seconds, least)), seed, another, stop)
    return _outcome(best, began)


def _improve(
    instance: Instance,
    small: Compact,
    best: _Best,
    effort: Effort,
    seed: int,
    another: Callable[[], Sequence[int] | None] | None,
    stop: NDArray[np.int64],
) -> None:
    """Find a good walk, prove that it is the best or find a better one, and search on."""
    asked = [another] if another is not None else []
    first = Wanderer(small, best.timing, seed)
    first.wander(min(FIRST_ROUNDS, 8 * small.arrays.n), effort, stop)
    best.offer(first.sequence, "neighbourhoods")
    # Where walks are long a proof is unlikely.
    long = [LONG_SHARE] if best.timing and len(best.timing.sequence) >= LONG else []
    _serve(instance, small, best, effort, seed, stop)

    def better(hints: Sequence[int]) -> float:
        """Search from the stops of the best relaxed walk, and on from the best one known."""
        if asked:
            best.offer(asked.pop()(), "given walk")
        best.offer(hints, "relaxed walk")
        hinted = Wanderer(small, None, seed, hints=hints)
        hinted.wander(HINTED_ROUNDS, effort, stop)
        best.offer(hinted.sequence, "neighbourhoods")
        if long:
            first.anneal(long.pop(), effort, stop)
        first.wander(HINTED_ROUNDS, effort, stop)
        best.offer(first.sequence, "neighbourhoods")
        return best.value

    known = best.timing.sequence if best.timing is not None else ()
    proof = prove(small, best.value, effort, stop, better, known)
    best.bound = proof.bound
    best.offer(proof.sequence, "label setting")
    if not best.proven and not stop[0]:
        second = Wanderer(small, best.timing, seed + 1)
        second.anneal(1.0, effort, stop)
        best.offer(second.sequence, "neighbourhoods")


def _serve(
    instance: Instance,
    small: Compact,
    best: _Best,
    effort: Effort,
    seed: int,
    stop: NDArray[np.int64],
) -> None:
    """Look for walks that serve what the best one passes by.

    They may be other walks altogether, which small steps do not reach.
    """
    a = small.arrays
    wished = [g for g, group in enumerate(instance.groups) if group.bonus > 0.0 and a.sizes[g] > 0]
    for g in sorted(wished, key=lambda g: -instance.groups[g].bonus):
        served = {
            other
            for other in wished
            if best.timing is not None
            and not instance.groups[other].members.isdisjoint(best.timing.sequence)
        }
        if g in served or stop[0]:
            continue
        least = a.at_least.copy()
        least[[g, *served]] = np.maximum(least[[g, *served]], 1)
        other = Wanderer(replace(small, arrays=a._replace(at_least=least)), None, seed)
        other.wander(SERVING_ROUNDS, effort, stop)
        best.offer(other.sequence, "neighbourhoods")


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
    hints
        Nodes of the instance to begin with, as many of them as fit.
    """

    def __init__(
        self,
        small: Compact,
        given: walks.Timing | None,
        seed: int,
        hints: Sequence[int] = (),
    ) -> None:
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
        if hints and neighbourhoods.survey(a, self._current) > neighbourhoods.BROKEN:
            at = {i: k for k, i in enumerate(small.nodes)}
            barred[:] = 1
            barred[[at[i] for i in hints]] = -1
            neighbourhoods.recreate(a, self._current, barred, 1, 1.0, 1.0, 0.0, self._state)
            barred[:] = -1
        if neighbourhoods.survey(a, self._current) > neighbourhoods.BROKEN:
            neighbourhoods.recreate(a, self._current, barred, 0, 1.5, 1.0, 0.0, self._state)
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

    @property
    def cost(self) -> float:
        """Roughly what a round takes, in nanoseconds."""
        stops = float(self._best.size[0]) + 2.0
        return ROUND * len(self._small.options) * stops * math.sqrt(stops)

    def wander(
        self, rounds: int, effort: Effort, stop: NDArray[np.int64], heat: float = 0.02
    ) -> None:
        """Search for some rounds."""
        a = self._small.arrays
        if self._kernel.survey(a, self._current) <= self._kernel.BROKEN:
            return
        effort.spend(rounds * self.cost)
        self._kernel.improve(
            a,
            self._current,
            self._best,
            self._values,
            self._state,
            rounds,
            np.array([heat, heat]),
            stop,
        )

    def anneal(self, share: float, effort: Effort, stop: NDArray[np.int64]) -> None:
        """Search with a share of the effort left, ever less ready to take over worse walks."""
        until = effort.left * (1.0 - share)
        all_of_it = effort.left - until
        while not stop[0] and effort.left > until:
            past = 1.0 - (effort.left - until) / all_of_it
            rounds = max(1, int(all_of_it / SLICES / self.cost))
            self.wander(rounds, effort, stop, HOT * (1.0 - past) + COLD * past)

    @property
    def sequence(self) -> tuple[int, ...] | None:
        """The best walk found, as nodes of the instance; ``None`` if it lacks something."""
        size = int(self._best.size[0])
        if self._values[1] < -self._kernel.MISSING / 2:
            return None
        return tuple(self._small.nodes[i] for i in self._best.node[:size])


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
