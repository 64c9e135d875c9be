"""A problem with some of its visits only, and what may be left out of a day."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.itinerary.schedule import WalkProblem


def narrowed(problem: WalkProblem, keep: Sequence[int]) -> WalkProblem:
    """Return a problem with some of its visits only."""
    new = {i: n for n, i in enumerate(keep)}
    n = len(problem.visits)
    anchors = [row for row in (problem.start, problem.end) if row is not None]
    rows = [*keep, *anchors]

    def some(ids: frozenset[int]) -> frozenset[int]:
        return frozenset(new[i] for i in ids if i in new)

    pairs = tuple((some(early), some(late)) for early, late in problem.before)
    start, end = problem.start, problem.end
    return replace(
        problem,
        visits=tuple(problem.visits[i] for i in keep),
        seconds=tuple(tuple(problem.seconds[a][b] for b in rows) for a in rows),
        metres=None
        if problem.metres is None
        else tuple(tuple(problem.metres[a][b] for b in rows) for a in rows),
        start=None if start is None else start - n + len(keep),
        end=None if end is None else end - n + len(keep),
        before=tuple(pair for pair in pairs if all(pair)),
        first=some(problem.first),
        last=some(problem.last),
        positions={new[i]: at for i, at in problem.positions.items() if i in new},
        unreachable=some(problem.unreachable),
    )


def subsets(ids: Sequence[str], most: int) -> Iterator[frozenset[str]]:
    """Yield sets to drop, the smallest first, and of one size the least worth first."""
    for size in range(min(most, len(ids)) + 1):
        for dropped in itertools.combinations(ids, size):
            yield frozenset(dropped)
