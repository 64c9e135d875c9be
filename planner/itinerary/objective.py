"""What a walk is worth, as a sum of parts that an exact solver can bound.

Every visit has options: a stay of some length, begun within some time, for a prize. Sets of visits
have a worth that depends on how many of them are in the walk alone: the first that answers a wish
brings a bonus, each further one of a kind takes a little more off than the one before. Ways cost
by their metres, waiting costs by the second. Nothing depends on more than that, so the worth of a
walk is the same whatever order its parts are added in; ``docs/optimiser.md`` states it whole.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from planner.itinerary.schedule import LIGHT_ROLES, NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.itinerary.schedule import Timeline, Visit, WalkProblem

AN_ORDINARY_STAY_S = 30 * 60
"""A stay whose score counts as it is; longer ones count more, since they fill more of a walk."""
STAY_POWER = 0.75
"""How much more: between not at all (0) and by the minute (1)."""
LONG_LEG_M = 1500.0
"""Behind this many metres without a stop, a metre counts double."""
ANY_TIME = (-(10**9), 10**9)
TYPICAL = 3
"""So many of the best of a kind say what one of the kind is worth."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a walk is worth, in units of a candidate's score.

    Attributes
    ----------
    wish
        The first stop that serves a wish.
    counted
        Each stop that serves a wish with a stated number ("two museums"), up to that number.
    again, again_to_eat
        What the second stop of a category keeps of a typical prize of its kind, and the second
        for coffee, for a drink or for a meal; the third keeps the square of it, and so on.
    unasked
        The share of its prize that a stop keeps which serves no wish, where there are any.
    stop
        What every stop costs, so that a walk is not torn into pieces.
    km_walked, hour_waited
        What a kilometre on foot and an hour before a closed door cost.
    ill_timed
        The share of its prize that a stop keeps at a time of day that does not suit it.
    lingering
        What a long stay is worth, beside a usual one.
    """

    wish: float = 4.0
    counted: float = 1.5
    again: float = 0.85
    again_to_eat: float = 0.35
    unasked: float = 0.45
    stop: float = 0.08
    km_walked: float = 0.17
    hour_waited: float = 1.5
    ill_timed: float = 0.5
    lingering: float = 1.08


DEFAULT_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True)
class Option:
    """One way to visit: begin between two seconds, ends included, stay, and get a prize."""

    earliest: int
    latest: int
    stay: int
    prize: float


@dataclass(frozen=True, slots=True)
class Kin:
    """Visits whose number in the walk counts.

    ``penalties[k]`` is taken off in all once ``k`` of them are visited; ``cap`` and ``at_least``
    limit their number.
    """

    members: frozenset[int]
    bonus: float = 0.0
    penalties: tuple[float, ...] = ()
    cap: int | None = None
    at_least: int = 0

    def worth(self, visited: int) -> float:
        """Return the bonus less the penalty once some number of members are visited."""
        if not visited:
            return 0.0
        if not self.penalties:
            return self.bonus
        last = len(self.penalties) - 1
        step = self.penalties[last] - self.penalties[last - 1] if last else 0.0
        beyond = max(visited - last, 0) * step
        return self.bonus - self.penalties[min(visited, last)] - beyond


def prize(
    problem: WalkProblem,
    i: int,
    stay: int,
    *,
    suited: bool = True,
    preferences: Preferences = DEFAULT_PREFERENCES,
) -> float:
    """Return the prize of a visit for a stay of a length.

    A prize grows with the square of the stay up to a usual one, since half a visit is worth less
    than half, and hardly beyond.
    """
    visit = problem.visits[i]
    candidate = visit.candidate
    short, usual, long = visit.stays
    value: float = max(candidate.score, 0.01) * (usual / AN_ORDINARY_STAY_S) ** STAY_POWER
    if problem.wishes and not candidate.serves and not candidate.required:
        value *= preferences.unasked
    if not suited and not candidate.required:
        value *= preferences.ill_timed
    if long > usual and stay >= long:
        value *= preferences.lingering
    elif stay < usual:
        # Between the lengths that the catalogue states, a stay counts as the shorter of them.
        value *= (short / usual) ** 2
    counted = sum(wish in problem.caps for wish in candidate.serves)
    if counted and not candidate.required:
        value += preferences.counted
    return value - preferences.stop


def options(
    problem: WalkProblem, i: int, preferences: Preferences = DEFAULT_PREFERENCES
) -> tuple[Option, ...]:
    """Return the ways to visit a candidate in the hours of a walk; none where it cannot be done.

    Parameters
    ----------
    problem
        The walk's problem.
    i
        The visit.
    preferences
        What a walk is worth.
    """
    visit = problem.visits[i]
    if i in problem.unreachable:
        return ()
    found: list[Option] = []
    for stay in dict.fromkeys(visit.stays):
        entries = problem.entries(i, stay)
        for a, b in (ANY_TIME,) if entries is None else entries:
            earliest, latest = max(a, 0), min(b, problem.budget_s - stay)
            if earliest > latest:
                continue
            for begin, end in _suited(visit, earliest, latest):
                found.append(
                    Option(begin, end, stay, prize(problem, i, stay, preferences=preferences))
                )
            if not _all_suited(visit, earliest, latest):
                less = prize(problem, i, stay, suited=False, preferences=preferences)
                found.append(Option(earliest, latest, stay, less))
    return tuple(found)


def _suited(visit: Visit, earliest: int, latest: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a window at which one likes to come."""
    if not visit.suits or visit.candidate.required:
        yield earliest, latest
        return
    for begin, end in _merged(visit):
        a, b = max(earliest, begin), min(latest, end - 1)
        if a <= b:
            yield a, b


def _merged(visit: Visit) -> list[tuple[int, int]]:
    """Return the suited windows with those that touch made one."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(visit.suits):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _all_suited(visit: Visit, earliest: int, latest: int) -> bool:
    return any(part == (earliest, latest) for part in _suited(visit, earliest, latest))


def kins(problem: WalkProblem, preferences: Preferences = DEFAULT_PREFERENCES) -> tuple[Kin, ...]:
    """Return the sets of visits whose number counts: wishes, kinds, and limits."""
    return (
        *_answers(problem),
        *_twins(problem),
        *_wishes(problem, preferences),
        *_repetition(problem, preferences),
        Kin(
            frozenset(i for i, visit in enumerate(problem.visits) if visit.role in LIGHT_ROLES),
            cap=problem.rules.cafes_and_bars,
        ),
    )


def _answers(problem: WalkProblem) -> Iterator[Kin]:
    """Yield what a walk must hold one of, so that it does not pass by all that was asked for."""
    yield Kin(frozenset(problem.answers), at_least=1)


def _twins(problem: WalkProblem) -> Iterator[Kin]:
    """Yield the visits that are one place: it is visited once, whichever wish it answers."""
    same: dict[str, list[int]] = defaultdict(list)
    for i, visit in enumerate(problem.visits):
        same[visit.candidate.place.id].append(i)
    for members in same.values():
        if len(members) > 1:
            required = any(problem.visits[i].candidate.required for i in members)
            yield Kin(frozenset(members), cap=1, at_least=int(required))


def _wishes(problem: WalkProblem, preferences: Preferences) -> Iterator[Kin]:
    for wish in sorted(problem.wishes | set(problem.caps)):
        serving = [i for i, v in enumerate(problem.visits) if wish in v.candidate.serves]
        if serving and wish in problem.wishes:
            yield Kin(frozenset(serving), bonus=preferences.wish)
        free = [i for i in serving if not problem.visits[i].candidate.required]
        if free and wish in problem.caps:
            yield Kin(frozenset(free), cap=problem.caps[wish])


def _repetition(problem: WalkProblem, preferences: Preferences) -> Iterator[Kin]:
    """Each further stop of a kind adds a little less than the one before."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for i, visit in enumerate(problem.visits):
        if not visit.candidate.required:
            category = visit.candidate.place.category
            kinds[visit.role if visit.role != "none" else f"category {category}"].append(i)
    for kind, members in sorted(kinds.items()):
        if len(members) < 2:  # noqa: PLR2004 - one cannot come twice
            continue
        keeps = preferences.again_to_eat
        # Whoever asks for nothing but bars, or nothing but meals, likes them.
        if kind.startswith("category ") or (
            problem.rules.meals_may_follow
            if kind == "meal"
            else problem.rules.cafes_and_bars >= NO_LIMIT
        ):
            keeps = preferences.again
        asked = max(
            (problem.caps.get(w, 1) for i in members for w in problem.visits[i].candidate.serves),
            default=1,
        )
        best = sorted(
            (
                prize(problem, i, problem.visits[i].stays[1], preferences=preferences)
                for i in members
            ),
            reverse=True,
        )
        typical = max(fmean(best[:TYPICAL]), 0.0)
        # What was asked for by number is no repetition.
        steps = (typical * (1 - keeps ** max(n - asked + 1, 0)) for n in range(len(members)))
        penalties = (0.0, *itertools.accumulate(steps))
        yield Kin(frozenset(members), penalties=penalties)


def way_cost(metres: float, preferences: Preferences = DEFAULT_PREFERENCES) -> float:
    """Return what a way without a stop costs; a metre behind a long way counts double."""
    return preferences.km_walked * (metres + max(metres - LONG_LEG_M, 0.0)) / 1000


def contributions(
    problem: WalkProblem, timed: Timeline, preferences: Preferences = DEFAULT_PREFERENCES
) -> tuple[float, ...]:
    """Return what each stop adds to a walk: its prize, its share in wishes and kinds, its way.

    They sum up to :func:`worth`. The way to a fixed end is the last stop's.

    Parameters
    ----------
    problem, timed
        The walk, with stays as the catalogue states them; a stay between counts as the shorter.
    preferences
        What a walk is worth.
    """
    groups = kins(problem, preferences)
    counts = [0] * len(groups)
    here, found = problem.start, []
    for n, i in enumerate(timed.sequence):
        visit, enter, stay = problem.visits[i], timed.enter[n], timed.stays[n]
        suited = visit.suited(enter)
        value = prize(problem, i, stay, suited=suited, preferences=preferences)
        for g, group in enumerate(groups):
            if i in group.members:
                value += group.worth(counts[g] + 1) - group.worth(counts[g])
                counts[g] += 1
        if here is not None:
            value -= way_cost(problem.leg_m(here, i), preferences)
        value -= preferences.hour_waited * (enter - timed.arrive[n]) / 3600
        found.append(value)
        here = i
    if found and problem.end is not None and here is not None:
        found[-1] -= way_cost(problem.leg_m(here, problem.end), preferences)
    return tuple(found)


def worth(
    problem: WalkProblem, timed: Timeline, preferences: Preferences = DEFAULT_PREFERENCES
) -> float:
    """Return what a walk is worth, whether or not it holds."""
    return math.fsum(contributions(problem, timed, preferences))
