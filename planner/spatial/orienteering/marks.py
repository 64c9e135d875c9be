"""What a relaxed walk remembers of the groups it has visited.

Wishes, must-sees and limits on numbers are told exactly by a small counter each; with a few of them
remembered, the bound no longer serves one wish twice and another not at all. Nodes that the best
relaxed walk visits again and again are remembered where there is room (decremental state-space
relaxation: Righini & Salani 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.spatial.orienteering.arrays import Arrays
    from planner.spatial.orienteering.kernels.completions import Marks

WORD = 64
USUAL = 16
"""Memories at first."""
WISHED = 64
"""Memories where must-sees and wishes take more: what they bring would else be priced."""
COUNTED = 3
"""The largest limit on the number of a group that is remembered."""
FEWEST = 2
"""Groups of so many members are counted whole."""
FEW = 7
"""The largest limit on the number of stops that is."""


@dataclass(frozen=True, slots=True)
class _Counter:
    """A count of visits to some nodes: what it is worth, its limit, and the least number."""

    members: frozenset[int]
    worth: tuple[float, ...]
    barred: bool
    least: int
    groups: tuple[int, ...] = ()

    @property
    def rank(self) -> tuple[bool, bool, float, int, list[int]]:
        """Sort key: must-sees, wishes by what they bring, limits."""
        brings = max(self.worth)
        return (
            not (self.least > 0 and self.barred),
            brings <= 0.0,
            -brings,
            -len(self.members),
            sorted(self.members),
        )


def marks(a: Arrays, nodes: Sequence[int] = (), most: int = USUAL) -> Marks:
    """Choose what to remember.

    Parameters
    ----------
    a
        The problem.
    nodes
        Nodes to remember beside its groups.
    most
        The most memories for what is neither asked for nor wished.
    """
    from planner.spatial.orienteering.kernels.completions import Marks

    chosen: list[_Counter] = []
    states = 1
    stops = _stops(a)
    counted = stops is not None and len(stops.worth) <= most
    if stops is not None and counted:
        chosen.append(stops)
        states = len(stops.worth)
    once = [_once(i) for i in nodes]
    for counter in [*sorted(_counters(a), key=lambda each: each.rank), *once]:
        alike = any(counter.members == each.members for each in chosen)
        room = max(most, WISHED) if max(counter.worth) > 0.0 or counter.least > 0 else most
        if not alike and states * len(counter.worth) <= room:
            chosen.append(counter)
            states *= len(counter.worth)
    follows = np.zeros((a.n, states), np.int64)
    worth = np.zeros(states)
    done = np.ones(states, np.bool_)
    for s in range(states):
        rest, unit = s, 1
        to = np.full(a.n, s, np.int64)
        for counter in chosen:
            size = len(counter.worth)
            count = rest % size
            worth[s] += counter.worth[count]
            done[s] &= count >= counter.least
            for i in counter.members:
                if count + 1 < size:
                    to[i] += unit if to[i] >= 0 else 0
                elif counter.barred:
                    to[i] = -1
            rest //= size
            unit *= size
        follows[:, s] = to
    known = np.zeros(a.groups, np.bool_)
    for counter in chosen:
        known[list(counter.groups)] = True
    return Marks(states, follows, worth, done, known, counted)


def _stops(a: Arrays) -> _Counter | None:
    """Return the count of all stops, where few are allowed."""
    if a.max_stops >= a.n or a.max_stops > FEW:
        return None
    worth = (0.0,) * (a.max_stops + 1)
    return _Counter(frozenset(range(a.n)), worth, barred=True, least=a.min_stops)


def _once(i: int) -> _Counter:
    return _Counter(frozenset({i}), (0.0, 0.0), barred=True, least=0)


def _counters(a: Arrays) -> list[_Counter]:
    """Return what counting visits to a group tells all of; groups of the same nodes are one."""
    found: dict[frozenset[int], _Counter] = {}
    for i in range(a.n):
        if a.required[i]:
            found[frozenset({i})] = _Counter(frozenset({i}), (0.0, 0.0), barred=True, least=1)
    for g in range(a.groups):
        counter = _counted(a, g)
        if counter is None:
            continue
        before = found.get(counter.members)
        found[counter.members] = counter if before is None else _joined(before, counter)
    return list(found.values())


def _joined(one: _Counter, other: _Counter) -> _Counter:
    """Return one counter for two of the same nodes; the stricter limit holds."""
    strict = [each for each in (one, other) if each.barred]
    size = min((len(each.worth) for each in strict), default=2)

    def worth(counter: _Counter, count: int) -> float:
        return counter.worth[min(count, len(counter.worth) - 1)]

    return _Counter(
        one.members,
        tuple(worth(one, k) + worth(other, k) for k in range(size)),
        barred=bool(strict),
        least=max(one.least, other.least),
        groups=one.groups + other.groups,
    )


def _counted(a: Arrays, g: int) -> _Counter | None:
    """Return a group as a counter; ``None`` where it needs a large one, or is of little use."""
    size, cap = int(a.sizes[g]), int(a.caps[g])
    members = frozenset(
        i for i in range(a.n) if a.members[g, i // WORD] >> np.uint64(i % WORD) & np.uint64(1)
    )
    worth = tuple(float(each) for each in a.so_far[g, : size + 1])
    least = int(a.at_least[g])
    if size == 0 or a.at_least[g] > 1:
        return None
    # As many visits as there are members are as many as there can be.
    if cap <= min(size - 1, COUNTED) or size <= FEWEST:
        return _Counter(members, worth[: cap + 1], barred=True, least=least, groups=(g,))
    if cap < size:
        return None
    flat = all(abs(each - worth[1]) < 1e-12 for each in worth[1:])  # noqa: PLR2004
    if not flat or worth[1] <= 0.0:
        return None
    return _Counter(members, worth[:2], barred=False, least=least, groups=(g,))
