"""Stops chosen along an order, within the hours, as the rules of taste allow.

The paper hands the ordered candidates to a language model, which picks a sub-sequence and may
break any bound. Here the choice along the order is a label-setting search: every label is a walk
that holds so far, labels that are worse in every respect are dropped, and each stop keeps a
bounded number of the best. Where must-sees do not fit in the given order, any order of them is
tried. A last pass shortens the way between the stops that were chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.itinerary.schedule import MAX_WAIT_S, settle, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.itinerary.schedule import Timeline, WalkProblem

LABELS_PER_STOP = 40
AN_ORDINARY_STAY_S = 30 * 60
"""A stay whose score counts as it is; longer ones count more, since they fill more of a walk."""
EXACT_MUST_SEES = 7


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a walk is worth, in units of a candidate's score.

    ``wish`` is the worth of the first stop that serves a wish, ``must`` of a must-see, ``again``
    the factor for each further stop of one category, ``again_to_eat`` that for eating and drinking,
    ``unasked`` the factor for a stop that serves
    no wish where there are any, ``hour_walked`` and ``hour_waited`` what an
    hour on foot and before a closed door costs, ``ill_timed`` the factor for a stop at a time of
    day that does not suit it, ``hurried`` the factor for a stay of no length; up to a usual stay
    it grows to one.
    """

    wish: float = 4.0
    must: float = 100.0
    again: float = 0.85
    again_to_eat: float = 0.35
    unasked: float = 0.35
    hour_walked: float = 0.8
    hour_waited: float = 1.5
    ill_timed: float = 0.5
    hurried: float = 0.1


DEFAULT_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True)
class _Label:
    """A walk up to its last stop."""

    sequence: tuple[int, ...]
    time: int
    worth: float
    served: frozenset[int]

    @property
    def last(self) -> int | None:
        return self.sequence[-1] if self.sequence else None


def choose(
    problem: WalkProblem,
    orders: Iterable[Sequence[int]],
    *,
    preferences: Preferences = DEFAULT_PREFERENCES,
) -> Timeline | None:
    """Return the best walk found that holds, or ``None`` if none was.

    Parameters
    ----------
    problem
        Candidates, walking times, hours and rules.
    orders
        Orders of the candidates to choose along; stops keep that order in a first choice.
    preferences
        What a walk is worth.
    """
    best: tuple[float, Timeline] | None = None
    found = [
        (sequence, level)
        for order in orders
        for level in (1, 0)
        if (sequence := _along(problem, order, level, preferences)) is not None
    ]
    if not found:
        found = [(sequence, 0) for sequence in _around_must_sees(problem, preferences)]
    for sequence, level in dict.fromkeys(found):
        shorter = _shorten(problem, sequence, level)
        walked = _shorten(problem, _grow(problem, shorter, level, preferences), level)
        timed = settle(problem, walked)
        if timed is None:
            continue
        worth = value(problem, timed, preferences)
        if best is None or worth > best[0]:
            best = (worth, timed)
    return None if best is None else best[1]


def value(
    problem: WalkProblem, timed: Timeline, preferences: Preferences = DEFAULT_PREFERENCES
) -> float:
    """Return what a walk is worth."""
    worth = 0.0
    seen: list[int] = []
    served: frozenset[int] = frozenset()
    for i, enter, stay in zip(timed.sequence, timed.enter, timed.stays, strict=True):
        worth += _gain(problem, seen, served, i, (enter, stay), preferences)
        served |= frozenset(problem.visits[i].candidate.serves)
        seen.append(i)
    worth -= preferences.hour_walked * timed.walk_s / 3600
    return worth - preferences.hour_waited * timed.wait_s / 3600


def _gain(
    problem: WalkProblem,
    before: Sequence[int],
    served: frozenset[int],
    i: int,
    times: tuple[int, int],
    preferences: Preferences,
) -> float:
    """Return what one more stop is worth, entered at a second for a stay of some seconds."""
    enter, stay = times
    visit = problem.visits[i]
    candidate = visit.candidate
    new = (frozenset(candidate.serves) & problem.wishes) - served
    if candidate.required:
        return preferences.must + preferences.wish * len(new)
    gain = max(candidate.score, 0.01) * math.sqrt(visit.stays[1] / AN_ORDINARY_STAY_S)
    if visit.role == "none":
        category = candidate.place.category
        same = sum(problem.visits[j].candidate.place.category == category for j in before)
        gain *= preferences.again**same
    else:
        same = sum(problem.visits[j].role == visit.role for j in before)
        gain *= preferences.again_to_eat**same
    if problem.wishes and not candidate.serves:
        gain *= preferences.unasked
    if not visit.suited(enter):
        gain *= preferences.ill_timed
    calm = min(1.0, stay / visit.stays[1])
    gain *= preferences.hurried + (1 - preferences.hurried) * calm
    return gain + preferences.wish * len(new)


def _over_cap(problem: WalkProblem, before: Sequence[int], i: int) -> bool:
    """Whether one more stop would exceed a stated count ("one coffee")."""
    for wish in problem.visits[i].candidate.serves:
        cap = problem.caps.get(wish)
        if cap is not None and not problem.visits[i].candidate.required:
            used = sum(wish in problem.visits[j].candidate.serves for j in before)
            if used >= cap:
                return True
    return False


def _extend(
    problem: WalkProblem, label: _Label, i: int, level: int, preferences: Preferences
) -> _Label | None:
    visit = problem.visits[i]
    here = problem.start if label.last is None else label.last
    step = 0 if here is None else problem.seconds[here][i]
    if step is None:
        return None
    arrive = label.time + step
    enter = problem.entry(i, arrive, visit.stays[level])
    if enter is None or enter - arrive > MAX_WAIT_S:
        return None
    leave = enter + visit.stays[level]
    home = 0 if problem.end is None else problem.seconds[i][problem.end]
    if home is None or leave + home > problem.budget_s:
        return None
    sequence = (*label.sequence, i)
    if not problem.tastes(sequence, complete=False) or not problem.ordered(sequence):
        return None
    if _over_cap(problem, label.sequence, i):
        return None
    worth = label.worth + _gain(
        problem, label.sequence, label.served, i, (enter, visit.stays[level]), preferences
    )
    worth -= preferences.hour_walked * step / 3600
    worth -= preferences.hour_waited * (enter - arrive) / 3600
    return _Label(sequence, leave, worth, label.served | frozenset(visit.candidate.serves))


def _along(
    problem: WalkProblem, order: Sequence[int], level: int, preferences: Preferences
) -> tuple[int, ...] | None:
    """Choose a sub-sequence of an order; ``None`` if the must-sees do not fit along it."""
    best: _Label | None = None
    best_worth = float("-inf")
    waiting: dict[int, list[_Label]] = {i: [] for i in order}
    empty = _Label((), 0, 0.0, frozenset())
    for position, i in enumerate(order):
        labels = _keep([*waiting[i], *_first(problem, empty, i, level, preferences)], problem)
        must_before = [j for j in order[:position] if problem.visits[j].candidate.required]
        for label in labels:
            if not set(must_before) <= set(label.sequence):
                continue
            if _complete(problem, label.sequence):
                worth = label.worth - _way_home(problem, label, preferences)
                if worth > best_worth:
                    best, best_worth = label, worth
            if problem.stops is not None and len(label.sequence) >= problem.stops:
                continue
            for j in order[position + 1 :]:
                longer = _extend(problem, label, j, level, preferences)
                if longer is not None:
                    waiting[j].append(longer)
                # A must-see cannot be passed by: what lies behind it comes after it.
                if problem.visits[j].candidate.required:
                    break
    return None if best is None else best.sequence


def _first(
    problem: WalkProblem, empty: _Label, i: int, level: int, preferences: Preferences
) -> Iterator[_Label]:
    label = _extend(problem, empty, i, level, preferences)
    if label is not None:
        yield label


def _way_home(problem: WalkProblem, label: _Label, preferences: Preferences) -> float:
    if problem.end is None or label.last is None:
        return 0.0
    return preferences.hour_walked * (problem.seconds[label.last][problem.end] or 0) / 3600


def _complete(problem: WalkProblem, sequence: Sequence[int]) -> bool:
    """Whether a sequence may be the whole walk, as far as its stops go."""
    if problem.stops is not None and len(sequence) != problem.stops:
        return False
    # A walk past everything that was asked for answers nothing.
    if not set(sequence).intersection(problem.answers):
        return False
    return set(problem.required) <= set(sequence) and problem.tastes(sequence)


def _keep(labels: list[_Label], problem: WalkProblem) -> list[_Label]:
    """Drop labels that another one beats in every respect, then all but the best few."""
    labels.sort(key=lambda label: (-label.worth, label.time, label.sequence))
    kept: list[_Label] = []
    for label in labels:
        bars = _light_roles(problem, label)
        beaten = any(
            other.time <= label.time
            and other.served >= label.served
            and _light_roles(problem, other) <= bars
            and (problem.stops is None or len(other.sequence) == len(label.sequence))
            for other in kept
        )
        if not beaten:
            kept.append(label)
        if len(kept) >= LABELS_PER_STOP:
            break
    return kept


def _light_roles(problem: WalkProblem, label: _Label) -> int:
    return sum(problem.visits[i].role in {"cafe", "bar"} for i in label.sequence)


def must_see_walks(problem: WalkProblem, level: int = 0) -> Iterator[tuple[int, ...]]:
    """Yield every order of the must-sees that holds by itself with stays of a level.

    Complete for up to ``EXACT_MUST_SEES``; beyond that, orders that begin with the earliest
    closing door are tried first and the search stops at the first that holds.
    """
    required = sorted(problem.required, key=lambda i: (_closes(problem, i), i))
    stays = {i: problem.visits[i].stays[level] for i in required}
    many = len(required) > EXACT_MUST_SEES

    def search(done: tuple[int, ...], left: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if timeline(problem, done, [stays[i] for i in done]) is None:
            return
        if not left:
            yield done
        for i in left:
            yield from search((*done, i), tuple(j for j in left if j != i))

    for found in search((), tuple(required)):
        yield found
        if many:
            return


def _closes(problem: WalkProblem, i: int) -> int:
    windows = problem.visits[i].windows
    return max((closes for _, closes in windows), default=0) if windows is not None else 10**9


def _around_must_sees(
    problem: WalkProblem, preferences: Preferences, tries: int = 12
) -> Iterator[tuple[int, ...]]:
    """Yield walks grown around the must-sees by the best insertion, one at a time."""
    skeletons = sorted(
        must_see_walks(problem),
        key=lambda sequence: _finish(problem, sequence),
    )[:tries]
    for skeleton in skeletons:
        sequence = _grow(problem, skeleton, 0, preferences)
        if _complete(problem, sequence):
            yield sequence


def _finish(problem: WalkProblem, sequence: Sequence[int]) -> int:
    timed = timeline(problem, sequence, [problem.visits[i].stays[0] for i in sequence])
    return problem.budget_s + 1 if timed is None else timed.finish


def _grow(
    problem: WalkProblem, sequence: tuple[int, ...], level: int, preferences: Preferences
) -> tuple[int, ...]:
    """Insert what adds most, with stays of a level, as long as something adds anything."""

    def walked(order: tuple[int, ...]) -> Timeline | None:
        return timeline(problem, order, [problem.visits[i].stays[level] for i in order])

    while problem.stops is None or len(sequence) < problem.stops:
        complete = _complete(problem, sequence)
        best: tuple[bool, float, tuple[int, ...]] | None = None
        for i in range(len(problem.visits)):
            if i in sequence or _over_cap(problem, sequence, i):
                continue
            for position in range(len(sequence) + 1):
                longer = (*sequence[:position], i, *sequence[position:])
                if not problem.tastes(longer, complete=complete):
                    continue
                timed = walked(longer)
                if timed is None:
                    continue
                found = (problem.tastes(longer), value(problem, timed, preferences), longer)
                if best is None or found[:2] > best[:2]:
                    best = found
        timed = walked(sequence)
        now = float("-inf") if timed is None else value(problem, timed, preferences)
        if best is None or (complete and best[1] <= now):
            return sequence
        sequence = best[2]
    return sequence


def _shorten(problem: WalkProblem, sequence: tuple[int, ...], level: int) -> tuple[int, ...]:
    """Reverse or move runs of stops as long as that saves walking and the walk still holds."""
    stays = {i: problem.visits[i].stays[level] for i in sequence}

    def length(order: tuple[int, ...]) -> float:
        if not problem.tastes(order):
            return float("inf")
        timed = timeline(problem, order, [stays[i] for i in order])
        return float("inf") if timed is None else timed.walk_s + timed.wait_s

    current, now = sequence, length(sequence)
    improved = True
    while improved:
        improved = False
        for order in _neighbours(current):
            shorter = length(order)
            if shorter < now:
                current, now, improved = order, shorter, True
                break
    return current


def _neighbours(sequence: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    n = len(sequence)
    for i in range(n):
        for j in range(i + 2, n + 1):
            yield (*sequence[:i], *reversed(sequence[i:j]), *sequence[j:])
    for i in range(n):
        rest = (*sequence[:i], *sequence[i + 1 :])
        for j in range(n):
            if j != i:
                yield (*rest[:j], sequence[i], *rest[j:])
