"""Shortest tours and paths through a set of places.

ItiNera, appendix D: ``SolveTSP`` by simulated annealing (algorithm 3) and ``SolveTSPWithEndpoints``
by an integer program (algorithm 4). Small sets are solved exactly by dynamic programming, which
gives what both of them seek, sooner.

Every problem here becomes one form: a closed directed round in which one node, the *hinge*, stands
for both ends. Leaving the hinge costs what leaving the start costs, coming back to it what reaching
the end costs, and an open end costs nothing.
"""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.improvement import improve
from planner.spatial.matrices import checked, require_reachable
from planner.spatial.program import shortest_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from planner.spatial.matrices import Matrix

# The paper's cooling rate.
COOLING = 0.99
# Nodes of a round, the hinge included, up to which dynamic programming is sooner: than annealing
# (12 nodes take 0.06 s, and are exact), and than the integer program (10 nodes take 0.01 s; one
# start of CBC takes as much, and two or three are usual).
EXACT_TOUR_NODES = 12
EXACT_PATH_NODES = 10
# Beyond this many places the integer program takes seconds (40: 0.5 to 1.8, 60: 0.6 to 4); no walk
# through one neighbourhood holds as many stops.
PROGRAM_PLACES = 40
MOVES = "itinera"

_annealing = threading.Lock()


def solve_tsp(
    distances: npt.ArrayLike,
    *,
    seed: int,
    start: int | None = None,
    end: int | None = None,
    cooling: float = COOLING,
) -> tuple[int, ...]:
    """Find a short tour by simulated annealing (``SolveTSP``).

    Without ends, or with the same row as both, the tour is closed and its way back is not
    repeated in the answer. Otherwise it is an open path, and an end that is not given is free.

    Up to ``EXACT_TOUR_NODES`` the tour is optimal. Beyond, python-tsp anneals with the paper's
    four kinds of moves and cooling rate. python-tsp estimates its first temperature from the tour
    it begins with and stops once a temperature accepts no move three times over; a
    nearest-neighbour tour to begin with brings the estimate to the order of the paper's 5000.

    Parameters
    ----------
    distances
        Metres, of shape (n, n), finite.
    seed
        The same seed gives the same tour. The global random generators are left as they were.
    start, end
        Rows at which the tour begins and ends.
    cooling
        The factor from one temperature to the next, between 0 and 1.

    Returns
    -------
    tuple of int
        All rows in order: from ``start`` if given, to ``end`` if given and another; a closed tour
        without ends begins at row 0.

    Raises
    ------
    ValueError
        If the matrix is malformed or holds ``inf``, an end is no row of it, or the cooling factor
        is out of range.
    """
    matrix = _finite(distances, start, end)
    if not 0 < cooling < 1:
        raise ValueError("the cooling factor lies between 0 and 1")
    if len(matrix) == 0:
        return ()
    if start is None and end is None:
        start = end = 0
    costs, others = _hinged(matrix, start, end)
    if len(costs) <= EXACT_TOUR_NODES:
        round_ = _exact_round(costs)
    else:
        round_ = _annealed_round(costs, seed=seed, cooling=cooling)
    return _unhinged(round_, others, start, end)


def solve_path(
    distances: npt.ArrayLike, start: int | None = None, end: int | None = None
) -> tuple[int, ...]:
    """Find the shortest path through all places between two ends (``SolveTSPWithEndpoints``).

    Above ``EXACT_PATH_NODES`` this is the paper's integer program; below, dynamic programming
    finds the same optimum sooner. Where no solver for integer programs runs, or beyond
    ``PROGRAM_PLACES``, the path is a nearest-neighbour path improved by local search, and no
    longer sure to be the shortest.

    Parameters
    ----------
    distances
        Metres, of shape (n, n), finite.
    start, end
        Rows at which the path begins and ends; an end that is not given is free.

    Returns
    -------
    tuple of int
        All rows in order.

    Raises
    ------
    ValueError
        If the matrix is malformed or holds ``inf``, an end is no row of it, or a path through
        several places is to end where it began.
    """
    matrix = _finite(distances, start, end)
    if len(matrix) > 1 and start is not None and start == end:
        raise ValueError("a path through several places cannot end where it began")
    if len(matrix) <= 1:
        return tuple(range(len(matrix)))
    costs, others = _hinged(matrix, start, end)
    if len(costs) <= EXACT_PATH_NODES:
        return _unhinged(_exact_round(costs), others, start, end)
    if len(matrix) <= PROGRAM_PLACES:
        # The program wants both ends as rows: the hinge opened, its way back as the last column.
        opened = np.zeros((len(costs) + 1, len(costs) + 1))
        opened[:-1, :-1] = costs
        opened[:-1, -1] = costs[:, 0]
        path = shortest_path(opened)
        if path is not None:
            return _unhinged(path[:-1], others, start, end)
    rough = _unhinged(_nearest_round(costs), others, None, None)
    better = improve(rough, matrix, start=start, end=end)
    return tuple(row for row in (start, *better, end) if row is not None)


def _finite(distances: npt.ArrayLike, start: int | None, end: int | None) -> Matrix:
    """Return the checked matrix if all its rows reach each other and the ends are rows of it."""
    matrix = checked(distances)
    require_reachable(matrix, range(len(matrix)))
    if any(row is not None and not 0 <= row < len(matrix) for row in (start, end)):
        raise ValueError("an end of a tour is a row of the matrix")
    return matrix


def _hinged(matrix: Matrix, start: int | None, end: int | None) -> tuple[Matrix, list[int]]:
    """Return the costs of the directed round, hinge first, and the rows of its other nodes."""
    others = [row for row in range(len(matrix)) if row not in (start, end)]
    costs = np.zeros((len(others) + 1, len(others) + 1))
    costs[1:, 1:] = matrix[np.ix_(others, others)]
    if start is not None:
        costs[0, 1:] = matrix[start, others]
    if end is not None:
        costs[1:, 0] = matrix[others, end]
    return costs, others


def _unhinged(
    round_: Sequence[int], others: Sequence[int], start: int | None, end: int | None
) -> tuple[int, ...]:
    """Return the rows of a round that begins at its hinge."""
    middle = [others[node - 1] for node in round_[1:]]
    last = None if start == end else end
    return tuple(row for row in (start, *middle, last) if row is not None)


def _exact_round(costs: Matrix) -> list[int]:
    """Return the cheapest round, by Held and Karp's dynamic programme."""
    from python_tsp.exact import solve_tsp_dynamic_programming

    return _rotated(solve_tsp_dynamic_programming(costs)[0], costs)


def _nearest_round(costs: Matrix) -> list[int]:
    """Return the round that always goes on to the nearest node left."""
    round_ = [0]
    left = np.ones(len(costs), dtype=bool)
    left[0] = False
    while left.any():
        following = int(np.where(left, costs[round_[-1]], np.inf).argmin())
        round_.append(following)
        left[following] = False
    return round_


def _annealed_round(costs: Matrix, *, seed: int, cooling: float) -> list[int]:
    """Return a round by simulated annealing, never dearer than the nearest-neighbour round."""
    from python_tsp.heuristics import solve_tsp_simulated_annealing
    from python_tsp.heuristics.perturbation_schemes import (
        neighborhood_gen,
    )

    # The library draws from one kind of move at a time and looks it up by name in this table; the
    # paper mixes four.
    neighborhood_gen[MOVES] = _moves
    # In whole metres sums are exact. In fractions the same tour, walked the other way, can differ
    # in its last digit; that counts as a move accepted and holds off the end.
    whole = np.rint(costs)
    first = _nearest_round(whole)
    with _seeded(seed):
        annealed, _ = solve_tsp_simulated_annealing(
            whole, x0=list(first), perturbation_scheme=MOVES, alpha=cooling
        )
    # The library returns its last round, not its best.
    return min((_rotated(annealed, costs), first), key=lambda round_: _cost(round_, costs))


def _moves(round_: list[int]) -> Iterator[list[int]]:
    """Yield one random neighbour of a round (algorithm 3, ``Neighbor``); the first node stays.

    Swaps two nodes, reverses a stretch, moves a node, or moves a stretch, each as likely.
    """
    first, last = sorted(random.sample(range(1, len(round_)), 2))
    kind = random.randrange(4)  # noqa: S311 - no secret
    changed = round_.copy()
    if kind == 0:
        changed[first], changed[last] = changed[last], changed[first]
    elif kind == 1:
        changed[first : last + 1] = changed[first : last + 1][::-1]
    elif kind == 2:  # noqa: PLR2004 - the third of four
        # Either way along the round: what lies between moves up by one.
        if random.randrange(2):  # noqa: S311 - no secret
            changed.insert(last, changed.pop(first))
        else:
            changed.insert(first, changed.pop(last))
    else:
        stretch = changed[first : last + 1]
        del changed[first : last + 1]
        place = random.randint(1, len(changed))  # noqa: S311 - no secret
        changed[place:place] = stretch
    yield changed


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the two global generators that python-tsp draws from, and put them back afterwards.

    One thread at a time: two runs that draw in turn would not repeat.
    """
    with _annealing:
        plain, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002 - theirs
        random.seed(seed % 2**32)
        np.random.seed(seed % 2**32)  # noqa: NPY002 - theirs
        try:
            yield
        finally:
            random.setstate(plain)
            np.random.set_state(numbers)  # noqa: NPY002 - theirs


def _rotated(round_: Sequence[int], costs: Matrix) -> list[int]:
    """Return a library's round with its hinge first, once it is proved to be a round.

    python-tsp promises neither for its heuristics.

    Raises
    ------
    RuntimeError
        If a node is missing or stands twice.
    """
    nodes = [int(node) for node in round_]
    if sorted(nodes) != list(range(len(costs))):
        raise RuntimeError(f"python-tsp returned {nodes}, which is no round of {len(costs)} nodes")
    hinge = nodes.index(0)
    return nodes[hinge:] + nodes[:hinge]


def _cost(round_: Sequence[int], costs: Matrix) -> float:
    """Return what a closed directed round costs."""
    return float(costs[round_, np.roll(round_, -1)].sum())
