"""Changes that make an impossible request possible, each checked by planning it."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.domain import Relaxation
from planner.itinerary.conflict import least_seconds, shortest_visit
from planner.itinerary.possibility import least_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from planner.domain import Settings
    from planner.itinerary.conflict import Feasible
    from planner.itinerary.schedule import WalkProblem

ENOUGH = 3
LONGEST_HOURS = 24.0
NEXT_DAYS = 7
HALF_AN_HOUR_S = 30 * 60
MOST_ENDS = 3
TRIED_STOPS = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One change to try.

    Attributes
    ----------
    change, options
        What it is, and how to say it on the command line.
    settings
        The frame after it.
    without
        Ids that need not be seen any more.
    times
        For ids with an appointment, another time.
    moved
        For ``"start"`` and ``"end"``, the id of the place that it lies at instead.
    """

    change: str
    options: tuple[str, ...]
    settings: Settings
    without: frozenset[str] = frozenset()
    times: Mapping[str, dt.time] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Means:
    """What is asked of the planner to find changes that work.

    Attributes
    ----------
    effect
        Plans under a change and says what came of it, or ``None`` if nothing did.
    feasible
        Whether a problem has a walk.
    most_stops
        How many stops the longest walk of a problem has.
    """

    effect: Callable[[Change], str | None]
    feasible: Feasible
    most_stops: Callable[[WalkProblem], int]


def relaxations(problem: WalkProblem, settings: Settings, means: Means) -> tuple[Relaxation, ...]:
    """Return changes of the frame under which the request can be planned, the smallest first.

    Parameters
    ----------
    problem
        The problem that has no walk.
    settings
        Its frame.
    means
        What plans them.
    """
    found: list[Relaxation] = []
    for kind in (*KINDS, *LAST_RESORTS):
        if found and kind in LAST_RESORTS:
            break
        for each in kind(problem, settings, means):
            outcome = means.effect(each)
            if outcome is not None:
                found.append(Relaxation(each.change, outcome, each.options))
                break
        if len(found) >= ENOUGH:
            break
    return tuple(found)


def _other_stops(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    if settings.stops is None:
        return
    least = max(1, len(problem.required))
    tried: Sequence[int] = (least,)
    if least <= settings.stops:
        most = min(means.most_stops(problem), settings.stops - 1)
        tried = range(most, least - 1, -1)[:TRIED_STOPS]
    for stops in tried:
        yield Change(
            f"{stops} {'stop' if stops == 1 else 'stops'} instead of {settings.stops}",
            ("--stops", str(stops)),
            replace(settings, stops=stops),
        )


def _more_hours(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    needed = [
        seconds
        for seconds in (least_seconds(problem, means.feasible), shortest_visit(problem))
        if seconds is not None
    ]
    if problem.stops is not None:
        day = replace(problem, budget_s=round(LONGEST_HOURS * 3600))
        needed.append(round(min(least_of(day, problem.stops), day.budget_s)))
    floor = max(needed, default=0) / 3600
    first = max(math.ceil(2 * floor) / 2, math.floor(2 * settings.hours) / 2 + 0.5)
    for extra in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
        hours = first + extra
        if hours > LONGEST_HOURS:
            return
        yield Change(
            f"{hours:g} {'hour' if hours == 1 else 'hours'} instead of {settings.hours:g}",
            ("--hours", f"{hours:g}"),
            replace(settings, hours=hours),
        )


def _other_time(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    del problem, means
    day = dt.datetime.combine(settings.start.date(), dt.time())
    times = sorted(
        (day + dt.timedelta(hours=hour) for hour in range(8, 21)),
        key=lambda moment: abs(moment - settings.start),
    )
    for moment in times:
        if moment != settings.start:
            yield Change(
                f"start at {moment:%H:%M} instead of {settings.start:%H:%M}",
                ("--start-time", f"{moment:%H:%M}"),
                replace(settings, start=moment),
            )


def _other_day(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    del problem, means
    for days in range(1, NEXT_DAYS + 1):
        moment = settings.start + dt.timedelta(days=days)
        yield Change(
            f"{moment:%A} {moment.date().isoformat()} instead of {settings.start:%A}",
            ("--date", moment.date().isoformat()),
            replace(settings, start=moment),
        )


def _more_time_another_day(
    problem: WalkProblem, settings: Settings, means: Means
) -> Iterator[Change]:
    longer = max(LONGEST_HOURS / 3, settings.hours)
    for other in _other_day(problem, settings, means):
        start = dt.datetime.combine(other.settings.start.date(), dt.time(10))
        yield Change(
            f"{other.change}, from 10:00, {longer:g} hours",
            (*other.options, "--start-time", "10:00", "--hours", f"{longer:g}"),
            replace(other.settings, start=start, hours=longer),
        )


def _fewer_must_sees(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    del means
    places = [problem.visits[i].candidate.place for i in problem.required]
    for size in (1, 2):
        for left_out in itertools.combinations(places, size):
            names = " and ".join(place.name for place in left_out)
            yield Change(
                f"leave out {names}",
                tuple(word for place in left_out for word in ("--forgo", place.name)),
                settings,
                frozenset(place.id for place in left_out),
            )


def _other_appointments(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    """Move one appointment to the nearest time at which everything goes together."""
    dated = [i for i in problem.required if problem.visits[i].only]
    for i in dated:
        visit = problem.visits[i]
        place = visit.candidate.place
        asked = min(begin for begin, _ in visit.only or ())
        slots = range(0, problem.budget_s, HALF_AN_HOUR_S)
        offset = -settings.start.minute % 30 * 60
        for at in sorted((slot + offset for slot in slots), key=lambda at: abs(at - asked)):
            moved = replace(visit, only=((at, at),))
            visits = (*problem.visits[:i], moved, *problem.visits[i + 1 :])
            if at == asked or not means.feasible(replace(problem, visits=visits)):
                continue
            moment = settings.start + dt.timedelta(seconds=at)
            then = settings.start + dt.timedelta(seconds=asked)
            yield Change(
                f"{place.name} at {moment:%H:%M} instead of {then:%H:%M}",
                ("--at", f"{place.name}@{moment:%H:%M}"),
                settings,
                times={place.id: moment.time()},
            )
            break


def _other_ends(problem: WalkProblem, settings: Settings, means: Means) -> Iterator[Change]:
    """Begin or end at a place of the walk where the fixed end cannot be had."""
    del means
    near = [*problem.required, *problem.answers][:MOST_ENDS]
    start, end = problem.start, problem.end
    loop = start is not None and end is not None and problem.seconds[start][end] == 0
    for name, row in (("start", problem.start), ("end", problem.end)):
        if row is None or (loop and name == "end"):
            continue
        for i in dict.fromkeys(near):
            place = problem.visits[i].candidate.place
            yield Change(
                f"{name} at {place.name} instead",
                (f"--{name}", f"{place.position.lat:.6f},{place.position.lon:.6f}"),
                settings,
                moved=dict.fromkeys(("start", "end") if loop else (name,), place.id),
            )


KINDS = (
    _other_appointments,
    _other_stops,
    _more_hours,
    _other_time,
    _other_day,
)
LAST_RESORTS = (_more_time_another_day, _fewer_must_sees, _other_ends)
