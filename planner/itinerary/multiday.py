"""Why must-sees cannot be shared out among several days."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain import Violation
from planner.itinerary.possibility import assess, quickest
from planner.itinerary.wording import closed_as, listed, span
from planner.library.hours import closed_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import Settings
    from planner.itinerary.schedule import WalkProblem

MOST_SHARED = 9
"""So many must-sees are shared out to see whether they fit at all."""


def day_holds(problem: WalkProblem, musts: Sequence[int]) -> bool:
    """Whether one day may hold some must-sees, as far as that is plain.

    Parameters
    ----------
    problem
        The day's.
    musts
        Of its must-sees, those that the day would hold.
    """
    kept = set(musts)
    visits = tuple(
        visit
        if i in kept or not visit.candidate.required
        else replace(visit, candidate=replace(visit.candidate, required=False))
        for i, visit in enumerate(problem.visits)
    )
    return assess(replace(problem, visits=visits, stops=None)).holds is not False


def day_conflicts(problems: Sequence[WalkProblem], settings: Settings) -> tuple[Violation, ...]:
    """Return why must-sees do not fit into several days; empty where that is not why.

    Parameters
    ----------
    problems
        One a day.
    settings
        The frame of all days.
    """
    musts = problems[0].required
    alone = [i for i in musts if not any(day_holds(each, (i,)) for each in problems)]
    if alone:
        return tuple(_alone(problems, i, settings) for i in alone)
    if len(musts) > MOST_SHARED or _shared(problems, musts):
        return ()
    # What can be left out while the rest still does not fit is no part of the conflict.
    needed = list(musts)
    for i in musts:
        rest = [j for j in needed if j != i]
        if not _shared(problems, rest):
            needed = rest
    names = listed([problems[0].visits[i].candidate.place.name for i in needed])
    days = len(problems)
    hours = span(problems[0].budget_s, up=False)
    text = f"{names} cannot be shared out among {days} days of {hours} from {settings.start:%H:%M}"
    return (
        Violation("hours", f"{text} while they are open"),
        *(
            Violation(
                "must-see",
                f"you asked to see {problems[0].visits[i].candidate.place.name}",
                problems[0].visits[i].candidate.place.id,
            )
            for i in needed
        ),
    )


def _shared(problems: Sequence[WalkProblem], musts: Sequence[int]) -> bool:
    """Whether must-sees can be given to days, each of which may hold what it is given."""
    given: list[tuple[int, ...]] = [() for _ in problems]

    def give(n: int) -> bool:
        if n == len(musts):
            return True
        for day, problem in enumerate(problems):
            before = given[day]
            given[day] = (*before, musts[n])
            if day_holds(problem, given[day]) and give(n + 1):
                return True
            given[day] = before
        return False

    return give(0)


def _alone(problems: Sequence[WalkProblem], i: int, settings: Settings) -> Violation:
    """Say why a must-see can be seen on none of the days."""
    visit = problems[0].visits[i]
    place = visit.candidate.place
    last = settings.start + dt.timedelta(days=len(problems) - 1)
    asked = (
        f"{settings.start:%A} to {last:%A}, {settings.start:%H:%M}–{settings.latest_end:%H:%M} each"
    )
    shut = all(not problem.visits[i].opens_within(problem.budget_s) for problem in problems)
    if i in problems[0].unreachable:
        return Violation("reach", f"{place.name} cannot be reached on foot", place.id)
    if shut and problems[0].budget_s >= min(visit.stays):
        reason = closed_reason(place.opening_hours or "", settings.start, place.position)
        text = f"{closed_as(place.name, reason)}; you asked for {asked}"
        return Violation(
            "opening hours",
            f"{text}, and on none of these days it is open for {span(min(visit.stays))}",
            place.id,
        )
    long = replace(problems[0], budget_s=24 * 3600)
    needs = quickest(long, (i,))
    least = f" needs at least {span(needs.finish)}" if needs.sequence else " takes longer"
    hours = span(problems[0].budget_s, up=False)
    text = f"{place.name} with the ways{least}; you asked for {hours} a day"
    return Violation("hours", text, place.id)
