"""What a walk is measured by: ItiNera's section 4.2, and the measures of tour recommendation.

Nothing here knows how a walk came about. Distances come as a matrix in which a row stands for each
end and stop; points come as (east, north) in metres or as (lon, lat) over the extent of a city,
where a degree of either is as good as straight.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    Point: TypeAlias = tuple[float, float]

LIKE_ENOUGH: Final = 90.0
"""Of 100: how like an existing name one must be to count as that name (appendix C)."""
_SHORTEST_PART: Final = 5
_EXACT_STOPS: Final = 10


def recall(found: Collection[str], wanted: Collection[str]) -> float:
    """Return RR: the share of the wanted places that were found.

    Raises
    ------
    ValueError
        If nothing was wanted.
    """
    if not wanted:
        raise ValueError("recall of nothing")
    return len(set(found) & set(wanted)) / len(set(wanted))


def precision(found: Collection[str], wanted: Collection[str]) -> float:
    """Return the share of the places found that were wanted; 0 where none was found."""
    return len(set(found) & set(wanted)) / len(set(found)) if found else 0.0


def f1(found: Collection[str], wanted: Collection[str]) -> float:
    """Return the harmonic mean of precision and recall."""
    return _harmonic(precision(found, wanted), recall(found, wanted))


def pairs_f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the F1 of ordered pairs: of any two places, which comes before the other.

    Ends that are given count as places of both walks; without them a walk of one place has no
    pair. Chen, Ong and Xie (2016).

    Parameters
    ----------
    found, wanted
        Places in order, none twice.
    """
    one = set(itertools.combinations(found, 2))
    other = set(itertools.combinations(wanted, 2))
    if not one or not other:
        return 0.0
    same = len(one & other)
    return _harmonic(same / len(one), same / len(other))


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def average_margin(
    metres: NDArray[np.float64], *, fixed_start: bool = False, fixed_end: bool = False
) -> float:
    """Return AM: metres for each stop by which a walk is longer than the shortest through them.

    The shortest walk keeps the ends that were given. It is exact up to ten stops, and above that
    the walk itself, improved by local search until nothing is shorter.

    Parameters
    ----------
    metres
        (n, n) distances between the points of the walk, in its order, ends that are given included.
    fixed_start, fixed_end
        Whether the first and the last of them are given ends, which are no stops.
    """
    n = len(metres)
    stops = n - fixed_start - fixed_end
    if stops < 1:
        return 0.0
    walked = _length(metres, range(n))
    best = shortest(metres, fixed_start=fixed_start, fixed_end=fixed_end)
    return max(walked - best, 0.0) / stops


def shortest(
    metres: NDArray[np.float64], *, fixed_start: bool = False, fixed_end: bool = False
) -> float:
    """Return the length of the shortest walk through all points, each visited once.

    Parameters
    ----------
    metres, fixed_start, fixed_end
        As in :func:`average_margin`.
    """
    n = len(metres)
    free = list(range(int(fixed_start), n - fixed_end))
    if len(free) < 2:  # noqa: PLR2004 - nothing to order
        return _length(metres, range(n))
    if len(free) <= _EXACT_STOPS:
        return _by_subsets(metres, free, fixed_start=fixed_start, fixed_end=fixed_end)
    return _improved(metres, free, fixed_start=fixed_start, fixed_end=fixed_end)


def _length(metres: NDArray[np.float64], order: Sequence[int]) -> float:
    return float(sum(metres[a, b] for a, b in itertools.pairwise(order)))


def _by_subsets(
    metres: NDArray[np.float64], free: list[int], *, fixed_start: bool, fixed_end: bool
) -> float:
    """Held and Karp: the shortest way to each point over each set of points."""
    count = len(free)
    among = metres[np.ix_(free, free)]
    first = metres[0, free] if fixed_start else np.zeros(count)
    last = metres[free, -1] if fixed_end else np.zeros(count)
    best = np.full((1 << count, count), math.inf)
    for i in range(count):
        best[1 << i, i] = first[i]
    for subset in range(1, 1 << count):
        reached = best[subset]
        if not np.isfinite(reached).any():
            continue
        onward = (reached[:, None] + among).min(axis=0)
        others = [i for i in range(count) if not subset >> i & 1]
        into = [subset | 1 << i for i in others]
        best[into, others] = np.minimum(best[into, others], onward[others])
    return float((best[-1] + last).min())


def _improved(
    metres: NDArray[np.float64], free: list[int], *, fixed_start: bool, fixed_end: bool
) -> float:
    """Reverse and move stretches until nothing becomes shorter, from the walk itself."""
    head, tail = [0] * fixed_start, [len(metres) - 1] * fixed_end
    order, length = free, _length(metres, [*head, *free, *tail])
    while True:
        trials = (
            trial
            for a, b in itertools.combinations(range(len(order) + 1), 2)
            for trial in _changed(order, a, b)
        )
        shorter = min(trials, key=lambda trial: _length(metres, [*head, *trial, *tail]))
        found = _length(metres, [*head, *shorter, *tail])
        if found >= length - 1e-9:
            return length
        order, length = shorter, found


def _changed(order: list[int], a: int, b: int) -> list[list[int]]:
    stretch, rest = order[a:b], order[:a] + order[b:]
    moved = [rest[:at] + stretch + rest[at:] for at in range(len(rest) + 1)] if b - a < 4 else []  # noqa: PLR2004
    return [order[:a] + stretch[::-1] + order[b:], *moved]


def overlaps(line: Sequence[Point]) -> int:
    """Return OL: how many times a line crosses itself.

    Two pieces cross where they meet in a point inside both. Pieces that follow each other, touch
    with an end, or run over each other do not: whoever walks a street back has not crossed it.

    Parameters
    ----------
    line
        The points of the line: the stops for OL, the way on foot for ``ol_walked``.
    """
    points = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    if len(points):
        points = points[np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]]
    if len(points) < 4:  # noqa: PLR2004 - three pieces at least
        return 0
    a, b = points[:-1], points[1:]
    total = 0
    for i in range(len(a) - 2):
        c, d = a[i + 2 :], b[i + 2 :]
        one = _side(a[i], b[i], c) * _side(a[i], b[i], d) < 0
        if one.any():
            c, d = c[one], d[one]
            total += int((_sides(c, d, a[i]) * _sides(c, d, b[i]) < 0).sum())
    return total


def _side(
    a: NDArray[np.float64], b: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return on which side of the line a-b points lie: 1, -1, or 0 for on it."""
    ahead, there = b - a, p - a
    area = ahead[0] * there[:, 1] - ahead[1] * there[:, 0]
    return _signs(area, np.hypot(*ahead) * np.hypot(there[:, 0], there[:, 1]))


def _sides(
    a: NDArray[np.float64], b: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return on which side of each line a-b one point lies."""
    ahead, there = b - a, p - a
    area = ahead[:, 0] * there[:, 1] - ahead[:, 1] * there[:, 0]
    size = np.hypot(ahead[:, 0], ahead[:, 1]) * np.hypot(there[:, 0], there[:, 1])
    return _signs(area, size)


def _signs(area: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    signs: NDArray[np.float64] = np.where(np.abs(area) <= 1e-9 * size, 0.0, np.sign(area))
    return signs


def fail_rate(named: Sequence[str], existing: Sequence[str]) -> float | None:
    """Return FR: the share of the places named that do not exist; ``None`` where none was named.

    Parameters
    ----------
    named
        Names as a method gave them.
    existing
        The names of all places there are.
    """
    if not named:
        return None
    return sum(match is None for match in matches(named, existing)) / len(named)


def matches(named: Sequence[str], existing: Sequence[str]) -> list[int | None]:
    """Return which existing name each name stands for, by fuzzy matching, if any.

    A name stands for the existing name that it is most like, from :data:`LIKE_ENOUGH` on. Words may
    stand in another order; and of two words or more, one may have some that the other leaves out
    ("the CN Tower in Toronto").

    Parameters
    ----------
    named, existing
        As in :func:`fail_rate`.
    """
    from rapidfuzz import fuzz

    from planner.library.words import fold

    folded = [fold(name) for name in existing]

    def likeness(name: str, other: str) -> float:
        whole: float = fuzz.ratio(name, other)
        if min(len(name), len(other)) >= _SHORTEST_PART:
            # Below a whole likeness, so that of two names the one that is all there wins.
            whole = max(whole, 0.99 * fuzz.token_sort_ratio(name, other))
            few, many = sorted(({*name.split()}, {*other.split()}), key=len)
            if len(few) > 1 and few <= many:
                whole = max(whole, 0.95 * 100)
        return whole

    found: list[int | None] = []
    for name in map(fold, named):
        ranked = [likeness(name, other) for other in folded] if name else []
        best = max(range(len(ranked)), key=ranked.__getitem__, default=None)
        found.append(best if best is not None and ranked[best] >= LIKE_ENOUGH else None)
    return found
