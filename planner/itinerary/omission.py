"""What was wished for or found and is not in the walk, and why."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from planner.domain import LeftOut
from planner.itinerary.schedule import LIGHT_ROLES
from planner.library.hours import closed_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.domain import BoundRequest, Candidate, Place, Settings
    from planner.itinerary.schedule import DayWalk, Timeline, Visit, WalkProblem

NEXT_BEST = 3


def left_out(
    walks: Sequence[DayWalk],
    *,
    bound: BoundRequest,
    settings: Settings,
    offered: Sequence[Candidate],
    places: Mapping[str, Place],
    counts: Mapping[int, int],
) -> tuple[LeftOut, ...]:
    """Return everything that a person may miss in a walk, with reasons.

    Parameters
    ----------
    walks
        The walks that were chosen, at least one; the first day speaks for all.
    bound, settings
        The request and its frame.
    offered
        All candidates of retrieval, of which the problem may hold only the likelier ones.
    places
        The city's places by id.
    counts
        For a wish with a stated number, how many stops were asked for.
    """
    problem, timed = walks[0].problem, walks[0].timed
    chosen = {place_id for walk in walks for place_id in walk.place_ids}
    served = {
        wish
        for walk in walks
        for i in walk.timed.sequence
        for wish in walk.problem.visits[i].candidate.serves
    }
    return (
        *bound.unbound,
        *_wishes_unserved(problem, served, bound, settings, offered),
        *_too_few(walks, counts, bound, settings),
        *_next_best(problem, timed, bound, settings, chosen),
        *_excluded(bound, places),
        *(
            LeftOut(words, "a map cannot tell; places that sound like it count less")
            for words in bound.disliked
        ),
    )


def _wishes_unserved(
    problem: WalkProblem,
    served: set[int],
    bound: BoundRequest,
    settings: Settings,
    offered: Sequence[Candidate],
) -> Iterator[LeftOut]:
    for wish in sorted(problem.wishes - served):
        words = bound.request.subrequests[wish].pos
        answers = [candidate for candidate in offered if wish in candidate.serves]
        if not answers:
            yield LeftOut(words, "nothing of the kind is known in this city")
            continue
        visits = [visit for visit in problem.visits if wish in visit.candidate.serves]
        if visits and not any(visit.opens_within(problem.budget_s) for visit in visits):
            yield LeftOut(words, f"all closed on {settings.start:%A} at that time")
        elif visits and not any(_can_begin(problem, visit) for visit in visits):
            yield LeftOut(words, "none is open at the time that was asked for")
        else:
            yield LeftOut(words, f"does not fit into {_room(settings)} with the rest")


def _room(settings: Settings) -> str:
    return "the hours" if settings.stops is None else f"{settings.stops} stops"


def _too_few(
    walks: Sequence[DayWalk],
    counts: Mapping[int, int],
    bound: BoundRequest,
    settings: Settings,
) -> Iterator[LeftOut]:
    """Say of which wishes fewer are in the walk than were asked for, and why."""
    daily = walks[0].problem.daily
    for wish, asked in sorted(counts.items()):
        serving = [
            (walk.problem, visit)
            for walk in walks
            for visit in walk.problem.visits
            if wish in visit.candidate.serves
        ]
        got = sum(
            wish in walk.problem.visits[i].candidate.serves
            for walk in walks
            for i in walk.timed.sequence
        )
        if wish in daily or not 0 < got < asked:
            continue
        known = {visit.candidate.place.id for _, visit in serving}
        able = {
            visit.candidate.place.id
            for problem, visit in serving
            if visit.opens_within(problem.budget_s)
        }
        if len(known) < asked:
            why = "no more are known in this city"
        elif len(able) < asked:
            day = f"on {settings.start:%A}" if settings.days == 1 else "on these days"
            why = f"the others are closed {day} at that time"
        else:
            why = f"more do not fit into {_room(settings)} with the rest"
        yield LeftOut(bound.request.subrequests[wish].pos, f"{got} instead of {asked}: {why}")


def _can_begin(problem: WalkProblem, visit: Visit) -> bool:
    """Whether any stay at a place can begin within the hours at the times that words allow."""
    entries = visit.entries(visit.stays[0])
    return entries is None or any(
        a <= problem.budget_s - visit.stays[0] and b >= 0 for a, b in entries
    )


def _enough(problem: WalkProblem, bound: BoundRequest, wish: int) -> str:
    count = problem.caps[wish]
    words = bound.request.subrequests[wish].pos
    return f"{'one was' if count == 1 else f'{count} were'} enough for “{words}”"


def _next_best(
    problem: WalkProblem,
    timed: Timeline,
    bound: BoundRequest,
    settings: Settings,
    chosen: set[str],
) -> Iterator[LeftOut]:
    rest = sorted(
        (
            visit
            for visit in problem.visits
            if visit.candidate.place.id not in chosen and visit.candidate.serves
        ),
        key=lambda visit: (-visit.candidate.score, visit.candidate.place.id),
    )
    best = list({visit.candidate.place.id: visit for visit in reversed(rest)}.values())[::-1]
    slack = problem.budget_s - timed.finish
    light = sum(problem.visits[i].role in LIGHT_ROLES for i in timed.sequence)
    for visit in best[:NEXT_BEST]:
        place = visit.candidate.place
        full = [
            wish
            for wish in visit.candidate.serves
            if wish in problem.caps
            and sum(wish in problem.visits[i].candidate.serves for i in timed.sequence)
            >= problem.caps[wish]
        ]
        if place.opening_hours and not visit.opens_within(problem.budget_s):
            at = settings.start + dt.timedelta(seconds=timed.finish // 2)
            reason = closed_reason(place.opening_hours, at, place.position)
        elif full:
            reason = _enough(problem, bound, full[0])
        elif problem.stops is not None and len(timed.sequence) >= problem.stops:
            reason = f"more than {problem.stops} stops"
        elif visit.role in LIGHT_ROLES and light >= problem.rules.cafes_and_bars:
            reason = f"{problem.rules.cafes_and_bars} cafés and bars are enough for one walk"
        elif slack < visit.stays[0]:
            reason = "over the time budget"
        else:
            reason = "the others go together better"
        yield LeftOut(place.name, reason)


def _excluded(bound: BoundRequest, places: Mapping[str, Place]) -> Iterator[LeftOut]:
    for place_id in sorted(bound.excluded_ids):
        words = bound.excluded_by.get(place_id, places[place_id].name)
        yield LeftOut(places[place_id].name, f"excluded by “{words}”")
    for word in sorted({bound.excluded_by[key] for key in bound.excluded_categories}):
        yield LeftOut(word, f"excluded by “{word}”")
