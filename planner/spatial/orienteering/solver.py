"""The search for the best walk, and for the proof that there is no better one."""

from __future__ import annotations

import math
import threading
import time as clock
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering import walks
from planner.spatial.orienteering.arrays import compact
from planner.spatial.orienteering.instance import TOLERANCE, Outcome, Solution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays, Compact
    from planner.spatial.orienteering.instance import Instance
    from planner.spatial.orienteering.kernels.bounds import Completions
    from planner.spatial.orienteering.kernels.labels import Labels

LABELS = 400_000
COMPARED = 400
COARSE = 240
FINE = 1200
ROUNDS = 80


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
        The most time to spend.
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
    del seed
    began = clock.perf_counter()
    small = compact(instance)
    found: walks.Timing | None = walks.time(instance, ())
    by = "empty walk"
    if warm and (given := walks.time(instance, warm)) is not None:
        found, by = (
            (given, "given walk") if found is None or given.value > found.value else (found, by)
        )
    if small.impossible:
        return Outcome(None, infeasible=True, bound=-math.inf, seconds=_since(began))
    if small.arrays.n == 0:
        return _outcome(found, -math.inf if found is None else found.value, by, began)
    with _alarm(seconds - _since(began), cancel) as stop:
        best = -math.inf if found is None else found.value
        proof = prove(small, best, stop)
    if proof.sequence is not None:
        found, by = walks.time(instance, proof.sequence), "label setting"
    return _outcome(found, proof.bound, by, began)


@dataclass(frozen=True, slots=True)
class Proof:
    """A bound, and a better walk than was known if there is one (nodes of the instance)."""

    bound: float
    sequence: tuple[int, ...] | None
    labels: int


def prove(small: Compact, best: float, stop: NDArray[np.int64]) -> Proof:
    """Bound the value of all walks, and look for the best one exactly.

    Parameters
    ----------
    small
        The problem.
    best
        The value of a walk that is known, or minus infinity.
    stop
        The search ends when ``stop[0]`` is set.
    """
    from planner.spatial.orienteering.kernels import bounds, labels

    a = small.arrays
    single, group, every = np.zeros(a.n), np.zeros(a.groups), np.zeros(1)
    coarse = _tables(a, COARSE)
    bound = bounds.descend(a, coarse, single, group, every, best, ROUNDS, stop)
    if bound == -math.inf or bound <= best + TOLERANCE:
        return Proof(max(bound, best), None, 0)
    price = np.empty(a.n)
    fine = _tables(a, FINE)
    constant = bounds.prices(a, single, group, every[0], price)
    bound = min(bound, bounds.fill(a, price, fine) + constant)
    rows = _rows(LABELS, a.shuts.shape[1])
    value = np.array([best])
    row, reached, made = labels.grow(
        a, fine, single, group, every[0], rows, value, COMPARED, LABELS, stop
    )
    sequence: list[int] = []
    at = row
    while at >= 0:
        sequence.append(small.nodes[rows.node[at]])
        at = rows.parent[at]
    return Proof(min(bound, reached), tuple(reversed(sequence)) if row >= 0 else None, made)


def _tables(a: Arrays, grid: int) -> Completions:
    from planner.spatial.orienteering.kernels.bounds import Completions

    step = max(1, -(-(a.budget + 1) // grid))
    k = a.budget // step + 1
    return Completions(
        step,
        np.empty((a.n, k, 2)),
        np.empty((a.n, k, 2), np.int64),
        np.empty((a.n + 1, k, 2)),
        np.empty((a.n + 1, k, 2), np.int64),
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
    )


@contextmanager
def _alarm(seconds: float, cancel: Callable[[], bool] | None) -> Iterator[NDArray[np.int64]]:
    """Yield a flag that is set after some seconds, or soon after ``cancel`` says so."""
    flag = np.zeros(1, np.int64)
    done = threading.Event()

    def watch() -> None:
        until = clock.perf_counter() + seconds
        while not done.is_set() and not flag[0]:
            left = until - clock.perf_counter()
            if left <= 0 or (cancel is not None and cancel()):
                flag[0] = 1
                return
            done.wait(left if cancel is None else min(left, 0.05))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield flag
    finally:
        done.set()
        watcher.join()


def _since(began: float) -> float:
    return clock.perf_counter() - began


def _outcome(found: walks.Timing | None, bound: float, by: str, began: float) -> Outcome:
    if found is None:
        return Outcome(None, infeasible=bound == -math.inf, bound=bound, seconds=_since(began))
    bound = max(bound, found.value)
    proven = bound <= found.value + TOLERANCE
    if proven:
        bound = found.value
    solution = Solution(
        sequence=found.sequence,
        options=found.options,
        arrive=found.arrive,
        enter=found.enter,
        depart=found.depart,
        finish=found.finish,
        value=found.value,
        bound=bound,
        proven=proven,
        seconds=_since(began),
        by=by,
    )
    return Outcome(solution, infeasible=False, bound=bound, seconds=solution.seconds)
