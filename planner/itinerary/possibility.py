"""Whether a problem has a walk at all, answered at once where that is easy to see.

Two quick answers: a walk that holds was found, so there is one; or even the quickest walk through
what must be seen, with the shortest stays and any wait, ends too late, so there is none. Only
where neither is plain does a solver need to be asked.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.itinerary.schedule import timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.itinerary.schedule import Timeline, WalkProblem

MOST_STEPS = 30_000
"""So many steps from one stop to the next are looked at; beyond, a solver is quicker."""
MOST_LABELS = 40
FIRST_TRIES = 2
EXTRAS = 24


@dataclass(frozen=True, slots=True)
class Possibility:
    """What is plain of a problem.

    Attributes
    ----------
    holds
        Whether it has a walk; ``None`` where that is not plain.
    walk
        A walk that holds, where there is one.
    """

    holds: bool | None
    walk: Timeline | None = None


IMPOSSIBLE = Possibility(holds=False)
UNKNOWN = Possibility(holds=None)


def assess(problem: WalkProblem) -> Possibility:
    """Say whether a problem has a walk, as far as that is easy to see.

    Parameters
    ----------
    problem
        The problem; its rules of taste are kept.
    """
    required = problem.required
    if (
        len(required) > (problem.stops or len(required))
        or not _joined(problem)
        or any(i in problem.unreachable for i in required)
    ):
        return IMPOSSIBLE
    if not required:
        return _of_one(problem) if problem.stops in {None, 1} else _with_more(problem, ())
    found = quickest(problem, required)
    if found.sequence is None:
        return IMPOSSIBLE if found.known else UNKNOWN
    if problem.stops in {None, len(required)}:
        return _settled(problem, [found.sequence])
    return _with_more(problem, found.sequence)


@dataclass(frozen=True, slots=True)
class Quickest:
    """The quickest sequence of some visits; ``known`` is false where there were too many."""

    known: bool
    sequence: tuple[int, ...] | None = None
    finish: int = 0


def quickest(problem: WalkProblem, ids: Sequence[int]) -> Quickest:
    """Return the sequence of some visits that ends first, with the shortest stays and any wait.

    Exact: who comes earlier to a stop is never later at the next (Held and Karp, 1962). Rules of
    taste and the longest wait are not looked at, hence where there is no such sequence no walk
    holds all of the visits, whatever else is in it.

    Parameters
    ----------
    problem
        Ways, doors, times, order and hours.
    ids
        The visits.
    """
    full = (1 << len(ids)) - 1
    behind = _behind(problem, ids)
    reached: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(0, -1): (0, ())}
    steps = 0
    for _ in ids:
        following: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
        for (mask, last), (now, path) in reached.items():
            if steps > MOST_STEPS:
                return Quickest(known=False)
            row = problem.start if last < 0 else ids[last]
            for n, i in enumerate(ids):
                if mask >> n & 1 or behind[n] & ~mask or not _placed(problem, i, mask, n, full):
                    continue
                steps += 1
                left = _left(problem, row, i, now)
                key = (mask | 1 << n, n)
                if left is not None and (key not in following or left < following[key][0]):
                    following[key] = (left, (*path, i))
        reached = following
    best: Quickest = Quickest(known=True)
    for now, path in reached.values():
        home = _way(problem, path[-1] if path else problem.start, problem.end)
        if home is None or now + home > problem.budget_s:
            continue
        if best.sequence is None or now + home < best.finish:
            best = Quickest(known=True, sequence=path, finish=now + home)
    return best


def _behind(problem: WalkProblem, ids: Sequence[int]) -> list[int]:
    """Return for each visit a mask of those that come before it."""
    behind = [0] * len(ids)
    for early, late in problem.before:
        mask = sum(1 << n for n, i in enumerate(ids) if i in early)
        for n, i in enumerate(ids):
            if i in late:
                behind[n] |= mask & ~(1 << n)
    return behind


def _placed(problem: WalkProblem, i: int, mask: int, n: int, full: int) -> bool:
    """Whether a visit may come behind some others."""
    if mask and i in problem.first:
        return False
    if i in problem.last and mask | 1 << n != full:
        return False
    return mask.bit_count() <= problem.positions.get(i, len(problem.visits))


def _left(problem: WalkProblem, row: int | None, i: int, now: int) -> int | None:
    """Return when one has left a visit after its shortest stay."""
    way = _way(problem, row, i)
    stay = min(problem.visits[i].stays)
    if way is None:
        return None
    begin = problem.entry(i, now + way, stay)
    return None if begin is None or begin + stay > problem.budget_s else begin + stay


def _way(problem: WalkProblem, row: int | None, column: int | None) -> int | None:
    return 0 if row is None or column is None else problem.seconds[row][column]


def _joined(problem: WalkProblem) -> bool:
    return _way(problem, problem.start, problem.end) is not None


def holds(problem: WalkProblem, timed: Timeline) -> bool:
    """Whether a walk with these times keeps everything that a problem asks for."""
    sequence = timed.sequence
    chosen = set(sequence)
    places = Counter(problem.visits[i].candidate.place.id for i in sequence)
    if max(places.values(), default=0) > 1 or not chosen.issuperset(problem.required):
        return False
    if problem.stops is not None and len(sequence) != problem.stops:
        return False
    served = Counter(
        wish
        for i in sequence
        if not problem.visits[i].candidate.required
        for wish in problem.visits[i].candidate.serves
    )
    if any(served[wish] > cap for wish, cap in problem.caps.items()):
        return False
    return (
        not chosen.isdisjoint(problem.answers)
        and problem.ordered(sequence)
        and problem.tastes(sequence)
    )


def _settled(problem: WalkProblem, sequences: Sequence[Sequence[int]]) -> Possibility:
    """Return a walk of one of some sequences, if one holds."""
    for sequence in sequences:
        timed = stretched(problem, sequence)
        if timed is not None and holds(problem, timed):
            return Possibility(holds=True, walk=timed)
    return UNKNOWN


def stretched(problem: WalkProblem, sequence: Sequence[int]) -> Timeline | None:
    """Time a sequence with short stays, and longer ones where one would wait too long.

    Parameters
    ----------
    problem
        Its frame.
    sequence
        Visits in order.
    """
    stays: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    row = problem.start
    for i in sequence:
        way = _way(problem, row, i)
        longer: dict[int, tuple[int, ...]] = {}
        for now, chosen in stays:
            for stay in sorted(set(problem.visits[i].stays)) if way is not None else ():
                arrive = now + (way or 0)
                begin = problem.entry(i, arrive, stay)
                if begin is None or begin + stay > problem.budget_s:
                    continue
                if problem.max_wait_s is not None and begin - arrive > problem.max_wait_s:
                    continue
                longer.setdefault(begin + stay, (*chosen, stay))
        stays = sorted(longer.items())[:MOST_LABELS]
        row = i
    for _, chosen in stays:
        timed = timeline(problem, sequence, chosen)
        if timed is not None:
            return timed
    return None


def _of_one(problem: WalkProblem) -> Possibility:
    """Look for a walk of one stop: where there is none, longer ones take longer still."""
    found = _settled(problem, [(i,) for i in problem.answers if i not in problem.unreachable])
    if found.holds:
        return found
    patient = replace(problem, max_wait_s=None)
    alone = (
        quickest(patient, (i,)).sequence for i in problem.answers if i not in problem.unreachable
    )
    return IMPOSSIBLE if all(sequence is None for sequence in alone) else UNKNOWN


def _with_more(problem: WalkProblem, sequence: tuple[int, ...]) -> Possibility:
    """Look for a walk of so many stops, some of them free to choose."""
    wanted = problem.stops or 1
    extras = [i for i in _by_length(problem) if i not in sequence]
    if least_of(problem, wanted) > problem.budget_s or len(sequence) + len(extras) < wanted:
        return IMPOSSIBLE
    starts = [(i,) for i in extras if i in problem.answers] if not sequence else [sequence]
    for start in starts[:FIRST_TRIES]:
        grown = start
        while len(grown) < wanted:
            longer = _grown(problem, grown, extras[: EXTRAS + wanted])
            if longer is None:
                break
            grown = longer
        found = _settled(problem, [grown]) if len(grown) == wanted else UNKNOWN
        if found.holds:
            return found
    return UNKNOWN


def _by_length(problem: WalkProblem) -> list[int]:
    """Return the visits that can be made, the shortest first."""
    able = (
        i
        for i in range(len(problem.visits))
        if i not in problem.unreachable and quickest(problem, (i,)).sequence is not None
    )
    return sorted(able, key=lambda i: (min(problem.visits[i].stays), i))


def _grown(
    problem: WalkProblem, sequence: tuple[int, ...], extras: Sequence[int]
) -> tuple[int, ...] | None:
    """Return a sequence with one more stop, the one that makes it least longer."""
    free = replace(problem, stops=None)
    best: tuple[int, tuple[int, ...]] | None = None
    there = {problem.visits[i].candidate.place.id for i in sequence}
    for i in extras:
        if problem.visits[i].candidate.place.id in there:
            continue
        for longer, added in _insertions(problem, sequence, i):
            if best is not None and added >= best[0]:
                continue
            stays = [min(problem.visits[each].stays) for each in longer]
            timed = timeline(replace(free, max_wait_s=None), longer, stays)
            if timed is not None and holds(free, timed):
                best = (added, longer)
    return None if best is None else best[1]


def _insertions(
    problem: WalkProblem, sequence: tuple[int, ...], i: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the sequences with one more stop, and how much longer each is."""
    rows = (problem.start, *sequence, problem.end)
    for at in range(len(sequence) + 1):
        ways = (
            _way(problem, rows[at], i),
            _way(problem, i, rows[at + 1]),
            _way(problem, rows[at], rows[at + 1]),
        )
        if ways[0] is not None and ways[1] is not None:
            added = ways[0] + ways[1] - (ways[2] or 0) + min(problem.visits[i].stays)
            yield (*sequence[:at], i, *sequence[at:]), added


def least_of(problem: WalkProblem, stops: int) -> float:
    """Return seconds that a walk of so many stops needs at least, must-sees among them.

    Parameters
    ----------
    problem
        The problem.
    stops
        How many.
    """
    required = problem.required
    rows = range(len(problem.visits))
    needs: dict[str, tuple[int, int]] = {}
    for i in _by_length(problem):
        others = [*rows, *(() if problem.start is None else (problem.start,))]
        ways = [way for j in others if j != i and (way := problem.seconds[j][i]) is not None]
        place_id = problem.visits[i].candidate.place.id
        need = (min(problem.visits[i].stays), min(ways, default=0))
        needs[place_id] = min(needs.get(place_id, need), need, key=sum)
    musts = [needs.pop(problem.visits[i].candidate.place.id, (0, 0)) for i in required]
    chosen = musts + sorted(needs.values(), key=sum)[: max(stops - len(musts), 0)]
    if len(chosen) < stops:
        return math.inf
    lengths = [stay + way for stay, way in chosen]
    # Where the start is free, one way is spared; which one is not known.
    return sum(lengths) - (max(lengths, default=0) if problem.start is None else 0)
