"""The proof that a walk is the best, or a better one, or at least a bound on all of them.

Multipliers bring the bound down; then the question is whether any walk is worth more than some
value between the best known and the bound. Options whose relaxed walks do not reach that value
drop out, the rest is looked at on a finer grid, and label setting answers. Whatever the answer,
the gap is smaller afterwards; where there is none in time, the value is raised.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.orienteering.arrays import narrowed
from planner.spatial.orienteering.instance import NO_WAY, TOLERANCE
from planner.spatial.orienteering.marks import USUAL, marks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.spatial.orienteering.arrays import Arrays, Compact
    from planner.spatial.orienteering.clock import Effort
    from planner.spatial.orienteering.kernels.bounds import Prices
    from planner.spatial.orienteering.kernels.completions import Completions, Marks
    from planner.spatial.orienteering.kernels.labels import Labels

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COMPARED = 6
PLAIN, STRICT = 1.8, 4.2
"""Nanoseconds that eight steps along an arc take to fill the tables, roughly."""
ROW, VISIT = 40.0, 3.0
"""Nanoseconds for eight departures beside their arcs, and for a way to visit, roughly."""
LANES = 8
LABEL = 4500.0
"""Nanoseconds that a walk to grow takes, roughly."""
THROUGH = 4
"""Fillings of the tables that it takes to see what to leave out, roughly."""
COARSE = 120
"""Times on a grid at least."""
STARTING = 5
"""Steps of the multipliers from each of the starts."""
DESCENTS = ((COARSE, 16, False), (240, 12, True))
"""Times on the grid, steps of the multipliers, and whether it is looked at strictly."""
FINE = 400
"""Times on the grid for what is left beside a value."""
FEW = 12
"""So many nodes are looked at on a fine grid at once, and until all is known."""
LABELS = 20_000
"""Walks to grow before a question is given up at first."""
MOST_LABELS = 2_000_000
EASY = 8
"""A question answered by such a part of the labels is easy."""
SHARE = 0.6
"""How far between the best walk known and the bound a question is asked."""
CLOSE = 0.004
"""Gaps below this share of the bound are closed in one question."""
FINEST = 2500
STOPS = 16.0
"""So many of the largest prizes are what tables are first expected to hold."""
MORE = 64
"""Memories where nodes are remembered, too."""
STEPS = 24_000_000
"""Steps that filling the tables may take."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A bound, and a better walk than was known if there is one (nodes of the instance)."""

    bound: float
    sequence: tuple[int, ...] | None
    labels: int


@dataclass(frozen=True, slots=True)
class _Stand:
    """What is left of a problem, the multipliers, and the best relaxed walk.

    ``hints`` are the nodes of the instance that it visits, in order.
    """

    small: Compact
    prices: Prices
    bound: float
    through: Floats
    along: Floats
    visits: Ints
    hints: tuple[int, ...] = ()

    @classmethod
    def begun(cls, small: Compact) -> _Stand:
        """Nothing is known yet."""
        a = small.arrays
        return cls(
            small=small,
            prices=_nothing(a),
            bound=_everything(a),
            through=np.full(len(a.stay), math.inf),
            along=np.full((a.n + 1, a.n), math.inf),
            visits=np.zeros(a.n, np.int64),
        )

    def above(self, value: float) -> tuple[Compact, Ints] | None:
        """Return the problem without what no walk worth more than a value takes.

        The second are the rows of the nodes that are left; ``None`` where there is no such walk.
        """
        a = self.small.arrays
        keep = self.through > value
        if not keep.any():
            return None
        many = np.add.reduceat(keep, a.first[:-1])
        if (a.required & (many == 0)).any():
            return None
        small, left = self.small, np.arange(a.n)
        if not keep.all():
            small, left = narrowed(small, keep)
        rows = np.append(left, a.n)
        seconds = small.arrays.seconds.copy()
        between = seconds[: len(rows), : len(left)]
        between[self.along[np.ix_(rows, left)] <= value] = NO_WAY
        return replace(small, arrays=small.arrays._replace(seconds=seconds)), left


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a question: a bound, and whether nothing was left open."""

    bound: float
    whole: bool
    value: float = -math.inf
    sequence: tuple[int, ...] | None = None
    labels: int = 0
    hints: tuple[int, ...] = ()


def prove(
    small: Compact,
    best: float,
    effort: Effort,
    stop: NDArray[np.int64],
    better: Callable[[Sequence[int]], float] | None = None,
    known: Sequence[int] = (),
) -> Proof:
    """Bound the value of all walks, and look for the best one exactly.

    Parameters
    ----------
    small
        The problem.
    best
        The value of a walk that is known, or minus infinity.
    effort
        What may be done.
    stop
        The search ends when ``stop[0]`` is set.
    better
        Asked for the value of the best walk known, given nodes that a good one may visit, in order.
    known
        Nodes of a good walk, to begin with their prices.
    """
    stand = _Stand.begun(small)
    found: tuple[int, ...] | None = None
    made = 0
    for grid, rounds, strict in DESCENTS[1:] if small.arrays.n <= FEW else DESCENTS:
        stand = _descended(stand, best, grid, rounds, effort, stop, strict=strict, known=known)
        if stand.bound <= best + TOLERANCE or stop[0] or effort.spent:
            return Proof(max(stand.bound, best), found, made)
        if better is not None:
            best = max(best, better(stand.hints))
    bound, limit, share = stand.bound, LABELS, SHARE
    if small.arrays.n <= FEW:
        limit = MOST_LABELS
    while bound > best + TOLERANCE and not stop[0] and not effort.spent:
        gap = bound - max(best, bound - abs(bound))
        # What is nearly proven is asked for outright.
        outright = share >= 1.0 or gap < CLOSE * abs(bound)
        value = best if outright else bound - share * gap
        most = int(min(limit, max(1000.0, effort.left / LABEL)))
        answer = _asked(stand, value, most, effort, stop)
        made += answer.labels
        if answer.sequence is not None:
            found = answer.sequence
            best = max(best, answer.value)
        bound = min(bound, max(answer.bound, best))
        if better is not None and not stop[0] and bound > best + TOLERANCE:
            best = max(best, better(answer.hints))
        if answer.whole:
            share = 1.0 if answer.labels < limit // EASY else min(1.0, share * 1.3)
            continue
        if limit >= MOST_LABELS and value == best:
            break
        limit = min(4 * limit, MOST_LABELS)
        share *= 0.7
    return Proof(max(bound, best), found, made)


def _descended(
    stand: _Stand,
    best: float,
    grid: int,
    rounds: int,
    effort: Effort,
    stop: Ints,
    *,
    strict: bool,
    known: Sequence[int] = (),
) -> _Stand:
    """Leave out what cannot be part of a better walk, and bring the bound down on a grid."""
    from planner.spatial.orienteering.kernels import bounds, relaxed
    from planner.spatial.orienteering.kernels.completions import fill

    above = stand.above(best)
    if above is None:
        return replace(stand, bound=best)
    small, left = above
    a, p, visits = small.arrays, stand.prices, stand.visits[left]
    p = p._replace(single=p.single[left])
    memory = marks(a)
    p.group[memory.known] = 0.0
    affordable = STEPS // (memory.states * a.n**2)
    tables = _tables(a, memory, max(COARSE, min(grid, affordable)), strict=strict)
    filling = _filling(a, memory, tables)
    if not strict:
        # Which start is the better one shows after some steps only.
        at = {i: k for k, i in enumerate(small.nodes)}
        guess = guessed(a, memory, [at[i] for i in known if i in at])
        starts = (p._replace(group=guess.group.copy()), guess)
        effort.spend(len(starts) * STARTING * filling)
        tried = [bounds.descend(a, memory, tables, each, best, STARTING, stop) for each in starts]
        p = starts[int(np.argmin(tried))]
        stand = replace(stand, bound=min(stand.bound, *tried))
    effort.spend((rounds + THROUGH) * filling)
    bound = min(stand.bound, bounds.descend(a, memory, tables, p, best, rounds, stop))
    if bound <= best + TOLERANCE or stop[0]:
        through, along = np.full(len(a.stay), math.inf), np.full((a.n + 1, a.n), math.inf)
        return _Stand(small, p, bound, through, along, visits, stand.hints)
    price = np.empty(a.n)
    constant = bounds.prices(a, memory, p, price)
    along = np.full((a.n + 1, a.n), math.inf)
    second = float(p.every[1])
    if fill(a, memory, price, second, tables, stop) == math.inf:
        through = np.full(len(a.stay), math.inf)
        return _Stand(small, p, bound, through, along, visits, stand.hints)
    visits, hints = _traced(small, memory, tables, second)
    through = relaxed.through(a, memory, price, second, tables, along)
    return _Stand(small, p, bound, through + constant, along + constant, visits, hints)


def _asked(stand: _Stand, value: float, limit: int, effort: Effort, stop: Ints) -> _Answer:
    """Tell whether any walk is worth more than a value."""
    from planner.spatial.orienteering.kernels import bounds, labels
    from planner.spatial.orienteering.kernels.completions import fill

    above = stand.above(value)
    if above is None:
        return _Answer(value, whole=True, hints=stand.hints)
    small, left = above
    a, p, visits = small.arrays, stand.prices, stand.visits[left]
    p = bounds.Prices(p.single[left], p.group.copy(), p.every.copy())
    often = [int(i) for i in np.argsort(-visits, kind="stable") if visits[i] > 1]
    memory = marks(a, often, most=max(2 * USUAL, min(MORE, STEPS // (COARSE * a.n**2))))
    p.group[memory.known] = 0.0
    affordable = STEPS // (memory.states * a.n**2)
    tables = _tables(a, memory, max(COARSE, min(FINE, affordable)), strict=True)
    effort.spend(_filling(a, memory, tables))
    price = np.empty(a.n)
    constant = bounds.prices(a, memory, p, price)
    bound = min(stand.bound, constant + fill(a, memory, price, float(p.every[1]), tables, stop))
    if bound <= value + TOLERANCE:
        return _Answer(value, whole=True, hints=stand.hints)
    if stop[0]:
        return _Answer(stand.bound, whole=False, hints=stand.hints)
    _, hints = _traced(small, memory, tables, float(p.every[1]))
    rows = _rows(limit, a.shuts.shape[1])
    record = np.array([value])
    row, reached, made = labels.grow(a, memory, tables, p, rows, record, COMPARED, limit, stop)
    effort.spend(LABEL * made)
    whole = reached <= max(float(record[0]), value) + TOLERANCE
    bound = min(bound, reached)
    if row < 0:
        return _Answer(bound, whole, labels=made, hints=hints)
    return _Answer(bound, whole, float(record[0]), _sequence(small, rows, row), made, hints)


def _filling(a: Arrays, memory: Marks, tables: Completions) -> float:
    """Return roughly what it takes to fill the tables, in nanoseconds."""
    width = int(a.stay.min()) // tables.step
    blocks = tables.grid / width if width else 2 * tables.grid
    runs = blocks * -(-max(1, width) * memory.states // LANES)
    ways = int((a.seconds[:, : a.n] <= a.budget).sum())
    visits = len(a.stay) * tables.grid * memory.states
    return runs * (ways * (STRICT if tables.strict else PLAIN) + a.n * ROW) + VISIT * visits


def _traced(
    small: Compact, memory: Marks, tables: Completions, second: float
) -> tuple[Ints, tuple[int, ...]]:
    """Return how often the best relaxed walk visits each node, and its nodes in order."""
    from planner.spatial.orienteering.kernels import relaxed

    a = small.arrays
    visits, path = np.zeros(a.n, np.int64), np.zeros(tables.grid + a.n, np.int64)
    many, _ = relaxed.trace(a, memory, second, tables, visits, path)
    return visits, tuple(dict.fromkeys(small.nodes[i] for i in path[:many]))


def _nothing(a: Arrays) -> Prices:
    from planner.spatial.orienteering.kernels.bounds import Prices

    return Prices(np.zeros(a.n), np.zeros(a.groups), np.zeros(2))


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


def _tables(a: Arrays, memory: Marks, grid: int, *, strict: bool) -> Completions:
    from planner.spatial.orienteering.kernels.completions import NEVER, Completions

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
    # Blocks of times are as wide as the shortest visit, and read eight numbers at once.
    size = (k + max(1, int(a.stay.min()) // step)) * memory.states + LANES

    def table(rows: int) -> NDArray[np.float32]:
        return np.full((rows, size), NEVER, np.float32)

    def links(rows: int) -> NDArray[np.int32]:
        return np.full((rows, size), -1, np.int32)

    return Completions(
        strict=strict,
        step=step,
        grid=k,
        arriving=table(a.n),
        arriving_2=table(a.n),
        arriving_to=links(a.n),
        leaving=table(a.n + 1),
        leaving_2=table(a.n + 1),
        leaving_to=links(a.n + 1),
        scale=np.array([STOPS * max(1.0, float(np.abs(a.prize).max()))]),
    )


def guessed(a: Arrays, memory: Marks, known: Sequence[int]) -> Prices:
    """Return multipliers to begin with: those of a knapsack of stops and their shortest ways.

    What one more stop of a group is worth is taken from a walk that is known.
    """
    from planner.spatial.orienteering.kernels.bounds import Prices

    group = np.zeros(a.groups)
    counts = np.zeros(a.groups, np.int64)
    owner = np.repeat(np.arange(a.n), np.diff(a.group_first))
    for i in known:
        counts[a.group_of[a.group_first[i] : a.group_first[i + 1]]] += 1
    for g in np.flatnonzero(~memory.known):
        count = min(int(counts[g]), int(a.caps[g]) - 1)
        group[g] = a.so_far[g, count + 1] - a.so_far[g, count] if a.sizes[g] else 0.0
    more = np.bincount(owner, group[a.group_of], a.n)
    owner = np.repeat(np.arange(a.n), np.diff(a.first))
    near = np.sort(a.seconds[:, : a.n], axis=0)[:2].mean(axis=0)
    takes = a.stay + near[owner]
    prize = a.prize + more[owner]
    rate = prize / np.maximum(takes, 1)
    best = np.array([a.first[i] + rate[a.first[i] : a.first[i + 1]].argmax() for i in range(a.n)])
    order = best[np.argsort(-rate[best], kind="stable")]
    full = np.flatnonzero(np.cumsum(takes[order]) > a.budget)
    second = max(0.0, float(rate[order[full[0]]])) if len(full) else 0.0
    left = prize - second * takes
    single = np.array([max(0.0, left[a.first[i] : a.first[i + 1]].max()) for i in range(a.n)])
    return Prices(single, group, np.array([0.0, second]))


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
        marks=whole(),
    )
