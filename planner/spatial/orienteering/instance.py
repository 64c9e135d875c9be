"""The problem: nodes to visit for a prize, each in its time, on a walk that ends in time.

The walk leaves the start at second 0 and stops at nodes, each at most once. At a stop one of the
node's options is taken: having arrived at second ``a``, one enters at ``max(a, earliest)``, which
must be no later than ``latest`` and no more than ``max_wait_s`` after ``a``, and departs ``stay``
seconds after entering. Nobody lingers: a visit begins as soon as its option allows. The walk must
reach the end by ``budget_s``. Its value, to be as large as possible, is the prizes of the options
taken, plus what the groups are worth, minus the costs of its arcs and of its waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_WAY = 10**9
"""Seconds (at least) of an arc that does not exist."""

TOLERANCE = 1e-6
"""Values closer than this are the same."""


@dataclass(frozen=True, slots=True)
class VisitOption:
    """One way to visit a node: enter within a window, stay, and get a prize.

    ``earliest`` and ``latest`` are seconds from the start of the walk between which one may enter;
    ``latest`` leaves room for the stay, so a door that closes at ``c`` has ``latest = c - stay``.
    ``earliest`` may lie before the walk (be negative). ``stay`` is in seconds.
    """

    earliest: int
    latest: int
    stay: int
    prize: float


@dataclass(frozen=True, slots=True)
class Node:
    """Something to visit.

    Positions count the stops of the walk from 0. ``last_only``: nothing is visited after it;
    ``not_last``: something is.
    """

    options: tuple[VisitOption, ...]
    required: bool = False
    min_position: int | None = None
    max_position: int | None = None
    last_only: bool = False
    not_last: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes whose number on the walk counts.

    ``bonus`` (not negative) comes with the first member visited. ``penalties[k]`` is taken off in
    all once ``k`` members are visited; it begins with 0, never falls, and each step is at least as
    large as the one before; beyond its end it goes on by its last step. ``cap`` is the largest
    number of members that a walk may visit, ``at_least`` the smallest.
    """

    members: frozenset[int]
    bonus: float = 0.0
    penalties: tuple[float, ...] = ()
    cap: int | None = None
    at_least: int = 0

    def penalty(self, visited: int) -> float:
        """Return what is taken off once some number of members are visited."""
        known = self.penalties
        if not known:
            return 0.0
        if visited < len(known):
            return known[visited]
        step = known[-1] - known[-2] if len(known) > 1 else 0.0
        return known[-1] + step * (visited - len(known) + 1)

    def worth(self, visited: int) -> float:
        """Return the bonus less the penalty once some number of members are visited."""
        return (self.bonus if visited else 0.0) - self.penalty(visited)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A problem with ``n`` nodes.

    Parameters
    ----------
    nodes
        What may be visited.
    seconds
        Whole seconds of shape (n + 2, n + 2): from row to column; row and column n are the start,
        n + 1 the end, and ``NO_WAY`` or more stands where there is no way. A free start or end has
        zeros.
    arc_cost
        What an arc costs, in units of prizes, of the same shape.
    allowed
        Whether the column may follow the row at once, of the same shape; all where absent.
    groups
        Bonuses, penalties and limits on sets of nodes.
    before
        Pairs of sets of nodes: every visited member of the first is visited before every visited
        member of the second.
    budget_s
        The second by which the end must be reached.
    max_wait_s
        The longest wait before one stop; without limit where absent.
    wait_cost
        What a second of waiting costs.
    min_stops, max_stops
        Limits on the number of stops; equal ones demand an exact number.

    Raises
    ------
    ValueError
        If shapes do not fit, an index is out of range, penalties fall or are not convex, or a
        node is to come before itself.
    """

    nodes: tuple[Node, ...]
    seconds: NDArray[np.int64]
    arc_cost: NDArray[np.float64]
    budget_s: int
    allowed: NDArray[np.bool_] | None = None
    groups: tuple[Group, ...] = ()
    before: tuple[tuple[frozenset[int], frozenset[int]], ...] = ()
    max_wait_s: int | None = None
    wait_cost: float = 0.0
    min_stops: int = 0
    max_stops: int | None = None

    def __post_init__(self) -> None:
        self._check_matrices()
        self._check_sets()
        if self.wait_cost < 0:
            raise ValueError("waiting brings a prize")
        if any(option.stay < 0 for node in self.nodes for option in node.options):
            raise ValueError("a stay is negative")

    def _check_matrices(self) -> None:
        shape = (len(self.nodes) + 2, len(self.nodes) + 2)
        for name in ("seconds", "arc_cost", "allowed"):
            matrix = getattr(self, name)
            if matrix is not None and matrix.shape != shape:
                raise ValueError(f"{name} has shape {matrix.shape}, not {shape}")
        if np.any(self.seconds < 0):
            raise ValueError("an arc takes negative time")
        if not np.all(np.isfinite(self.arc_cost)):
            raise ValueError("an arc's cost is not finite")

    def _check_sets(self) -> None:
        named = [group.members for group in self.groups]
        named += [members for pair in self.before for members in pair]
        everyone = frozenset(range(len(self.nodes)))
        for members in named:
            if not members <= everyone:
                raise ValueError(f"no such nodes: {sorted(members - everyone)}")
        for group in self.groups:
            _check_worth(group)
        if any(first & second for first, second in self.before):
            raise ValueError("a node is to come before itself")

    @property
    def start(self) -> int:
        """Row of the start."""
        return len(self.nodes)

    @property
    def end(self) -> int:
        """Row of the end."""
        return len(self.nodes) + 1

    def may_follow(self, row: int, column: int) -> bool:
        """Whether there is a way from row to column, and one that is allowed."""
        if self.allowed is not None and not self.allowed[row, column]:
            return False
        return bool(self.seconds[row, column] < NO_WAY)


def _check_worth(group: Group) -> None:
    if group.bonus < 0:
        raise ValueError("a group's bonus is negative")
    steps = [after - before for before, after in pairwise(group.penalties)]
    falls = any(step < 0 for step in steps) or (group.penalties and group.penalties[0] != 0)
    if falls or any(after < before - TOLERANCE for before, after in pairwise(steps)):
        raise ValueError(f"penalties must begin with 0 and be convex: {group.penalties}")


@dataclass(frozen=True, slots=True)
class Solution:
    """A walk, and how good a walk can be at most.

    Parameters
    ----------
    sequence
        The nodes visited, in order.
    options
        Which of each one's options is taken.
    arrive, enter, depart
        Seconds from the start of the walk, one a stop.
    finish
        The second at which the end is reached.
    value
        What the walk is worth.
    bound
        No walk through any of the instance's nodes is worth more.
    proven
        Whether the value reaches the bound.
    seconds
        Time spent on it.
    by
        The solver that found the walk.
    """

    sequence: tuple[int, ...]
    options: tuple[int, ...]
    arrive: tuple[int, ...]
    enter: tuple[int, ...]
    depart: tuple[int, ...]
    finish: int
    value: float
    bound: float
    proven: bool
    seconds: float
    by: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a search.

    ``infeasible`` is true only where it is proven that there is no walk; without a solution and
    without that proof, time ran out.
    """

    solution: Solution | None
    infeasible: bool
    bound: float
    seconds: float
