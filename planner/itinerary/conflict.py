"""Why no walk holds, in words: the constraints that stand against each other."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain import Violation
from planner.itinerary.schedule import timeline
from planner.itinerary.selection import must_see_walks
from planner.library.hours import closed_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain import Settings
    from planner.itinerary.schedule import WalkProblem

A_DAY_S = 24 * 3600


def conflicts(problem: WalkProblem, settings: Settings) -> tuple[Violation, ...]:
    """Return why a problem has no walk, most telling first; never empty.

    Parameters
    ----------
    problem
        The problem for which no walk was found.
    settings
        Its frame, for words.
    """
    found = (
        *_unwalkable(problem),
        *_closed(problem, settings),
    )
    if found:
        return found
    together = _together(problem, settings)
    if together is not None:
        return (together,)
    return (_nothing_fits(problem, settings),)


def least_seconds(problem: WalkProblem) -> int | None:
    """Return the least time that all must-sees need, or ``None`` if no time is enough."""
    patient = replace(problem, budget_s=A_DAY_S * 7)
    finishes = [
        timed.finish
        for sequence in must_see_walks(patient)
        if (timed := timeline(patient, sequence, [_short(patient, i) for i in sequence]))
    ]
    return min(finishes, default=None)


def shortest_visit(problem: WalkProblem) -> int | None:
    """Return the least time that a walk with one answer needs, or ``None`` if there is none."""
    patient = replace(problem, budget_s=A_DAY_S * 7)
    finishes = [
        timed.finish
        for i in problem.answers
        if (timed := timeline(patient, (i,), [_short(patient, i)]))
    ]
    return min(finishes, default=None)


def _short(problem: WalkProblem, i: int) -> int:
    return problem.visits[i].stays[0]


def _unwalkable(problem: WalkProblem) -> Iterator[Violation]:
    for i in problem.required:
        place = problem.visits[i].candidate.place
        others = [
            j for j in (problem.start, problem.end, *problem.required) if j is not None and j != i
        ]
        if others and all(problem.seconds[j][i] is None for j in others):
            yield Violation(
                "reach", f"{place.name} cannot be reached on foot from the other places", place.id
            )


def _closed(problem: WalkProblem, settings: Settings) -> Iterator[Violation]:
    for i in problem.required:
        visit, place = problem.visits[i], problem.visits[i].candidate.place
        if visit.opens_within(problem.budget_s) or problem.budget_s < visit.stays[0]:
            continue
        reason = closed_reason(place.opening_hours or "", settings.start, place.position)
        asked = f"{settings.start:%A} {settings.start:%H:%M}–{settings.latest_end:%H:%M}"
        yield Violation(
            "opening hours",
            f"{place.name} is {reason}; you asked for {asked}, "
            f"and a visit takes at least {_minutes(visit.stays[0])}",
            place.id,
        )


def _together(problem: WalkProblem, settings: Settings) -> Violation | None:
    if not problem.required:
        return None
    names = _list([problem.visits[i].candidate.place.name for i in problem.required])
    if problem.stops is not None and len(problem.required) > problem.stops:
        return Violation(
            "stops",
            f"{names} are {len(problem.required)} stops; you asked for {problem.stops}",
        )
    if next(must_see_walks(problem), None) is not None:
        return None
    least = least_seconds(problem)
    only = problem.visits[problem.required[0]].candidate.place.id
    place_id = only if len(problem.required) == 1 else None
    if least is None:
        return Violation(
            "opening hours",
            f"there is no order in which {names} are all open when one arrives",
            place_id,
        )
    if least > problem.budget_s:
        return Violation(
            "hours",
            f"{names} with the way between need at least {_minutes(least)}; "
            f"you asked for {_minutes(problem.budget_s, up=False)}",
            place_id,
        )
    return Violation(
        "opening hours",
        f"{names} cannot all be visited while open between "
        f"{settings.start:%H:%M} and {settings.latest_end:%H:%M}",
        place_id,
    )


def _nothing_fits(problem: WalkProblem, settings: Settings) -> Violation:
    if not problem.visits:
        return Violation("places", "no place of this city answers the request")
    least = shortest_visit(problem)
    if least is not None and least > problem.budget_s:
        return Violation(
            "hours",
            f"the shortest walk that answers the request takes {_minutes(least)}; "
            f"you asked for {_minutes(problem.budget_s, up=False)}",
        )
    if problem.stops is not None:
        return Violation(
            "stops",
            f"no walk of exactly {problem.stops} stops fits into {_minutes(problem.budget_s)}",
        )
    return Violation(
        "opening hours",
        f"no place that answers the request is open between {settings.start:%H:%M} "
        f"and {settings.latest_end:%H:%M} on {settings.start:%A}",
    )


def _minutes(seconds: int, *, up: bool = True) -> str:
    """Write a length in hours and minutes; what is needed is rounded up."""
    minutes = math.ceil(seconds / 60) if up else round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h" if not rest else f"{hours} h {rest} min"


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
