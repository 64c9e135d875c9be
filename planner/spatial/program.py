"""The shortest path through all places between two ends, as an integer program.

ItiNera, appendix D.2, algorithm 4, with a subtour rule that eliminates subtours: see
``docs/paper-notes.md``. The program is built and solved through PuLP.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.spatial.matrices import Matrix

# Random cities came near none of these: up to 60 places took a handful of rounds and at most four
# seconds in all. They keep a hostile matrix from holding up a plan.
NODE_LIMIT = 20_000
ROUND_LIMIT = 60
SECONDS_LIMIT = 10
HALF = 0.5


def shortest_path(costs: Matrix) -> tuple[int, ...] | None:
    """Return the cheapest path from the first row to the last one through all others.

    Binary variables say which row follows which. Each row but the last has one successor, each
    but the first one predecessor. That alone also allows a short path beside closed rounds, so
    rounds are forbidden: those of two rows from the beginning, longer ones as soon as a solution
    holds one (Dantzig, Fulkerson and Johnson 1954), and the program is solved again.

    Parameters
    ----------
    costs
        Costs of going from row to column, of shape (n, n) with n of at least 2, finite except
        where they are not read: the diagonal, into the first row and out of the last one.

    Returns
    -------
    tuple of int or None
        All rows, the first one first, the last one last; ``None`` if no solver runs on this
        machine or none proved an optimum within its limits.
    """
    import pulp

    count = len(costs)
    last = count - 1
    rows = range(count)
    problem = pulp.LpProblem("path", pulp.LpMinimize)
    follows = {
        (i, j): problem.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary)
        for i in rows
        for j in rows
        # Straight from the first to the last row is a path only if there are no others.
        if i not in (j, last) and j != 0 and ((i, j) != (0, last) or count == 2)  # noqa: PLR2004
    }
    problem += pulp.lpSum(float(costs[arc]) * x for arc, x in follows.items())
    for k in rows:
        if k != last:
            problem += pulp.lpSum(x for (i, _), x in follows.items() if i == k) == 1
        if k != 0:
            problem += pulp.lpSum(x for (_, j), x in follows.items() if j == k) == 1
    for (i, j), x in follows.items():
        if i < j and (j, i) in follows:
            problem += x + follows[j, i] <= 1

    for _ in range(ROUND_LIMIT):
        if not _solved(problem):
            return None
        successor = {i: j for (i, j), x in follows.items() if (x.value() or 0.0) > HALF}
        path, rounds = _traced(successor, count)
        if not rounds:
            return tuple(path)
        for ring in rounds:
            inside = pulp.lpSum(x for (i, j), x in follows.items() if i in ring and j in ring)
            problem += inside <= len(ring) - 1
    return None


def _solved(problem: Any) -> bool:  # noqa: ANN401 - PuLP carries no types
    """Solve a program to optimality with the first solver that can; say whether one could."""
    import pulp

    for solver in _solvers():
        with tempfile.TemporaryDirectory() as folder:
            # CBC is a program of its own that reads and writes files: here they go away with the
            # folder, even if the person interrupts it.
            solver.tmpDir = folder
            try:
                problem.solve(solver)
            except (pulp.PulpSolverError, OSError):
                continue
        if problem.sol_status == pulp.LpSolutionOptimal:
            return True
    return False


def _solvers() -> list[Any]:
    """Return the solvers that run on this machine, the paper's kind first.

    The CBC that comes with PuLP, a CBC on the search path, HiGHS. PuLP 4 no longer carries CBC
    itself, so the first may be missing.
    """
    import pulp

    limits: dict[str, Any] = {"msg": False, "timeLimit": SECONDS_LIMIT}
    bundled = getattr(getattr(pulp, "PULP_CBC_CMD", None), "pulp_cbc_path", None)
    # Named by its path, since PuLP warns of the class that goes with the bundled program.
    offered = [pulp.COIN_CMD(path=bundled, maxNodes=NODE_LIMIT, **limits)] if bundled else []
    offered += [pulp.COIN_CMD(maxNodes=NODE_LIMIT, **limits), pulp.HiGHS(**limits)]
    return [solver for solver in offered if solver.available()]


def _traced(successor: dict[int, int], count: int) -> tuple[list[int], list[frozenset[int]]]:
    """Follow the successors: the path from the first row, and the rounds beside it."""
    path = [0]
    while path[-1] in successor:
        path.append(successor[path[-1]])
    rounds: list[frozenset[int]] = []
    left = set(range(count)).difference(path)
    while left:
        ring = [min(left)]
        while successor[ring[-1]] != ring[0]:
            ring.append(successor[ring[-1]])
        rounds.append(frozenset(ring))
        left.difference_update(ring)
    return path, rounds
