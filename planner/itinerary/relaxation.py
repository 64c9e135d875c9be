"""Changes that make an impossible request possible, each checked by planning it."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.domain import Relaxation
from planner.itinerary.conflict import least_seconds, shortest_visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from planner.domain import Settings
    from planner.itinerary.conflict import Feasible
    from planner.itinerary.schedule import WalkProblem

    Effect = Callable[["Change"], str | None]

ENOUGH = 3
LONGEST_HOURS = 24.0
NEXT_DAYS = 7
HALF_AN_HOUR_S = 30 * 60
MOST_ENDS = 3


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


def relaxations(
    problem: WalkProblem, settings: Settings, effect: Effect, feasible: Feasible
) -> tuple[Relaxation, ...]:
    """Return changes of the frame under which the request can be planned, the smallest first.

    Parameters
    ----------
    problem
        The problem that has no walk.
    settings
        Its frame.
    effect
        Plans under a change and says what came of it, or ``None`` if nothing did.
    feasible
        Whether a problem has a walk.
    """
    found: list[Relaxation] = []
    for kind in (*KINDS, *LAST_RESORTS):
        if found and kind in LAST_RESORTS:
            break
        for each in kind(problem, settings, feasible):
            outcome = effect(each)
            if outcome is not None:
                found.append(Relaxation(each.change, outcome, each.options))
                break
        if len(found) >= ENOUGH:
            break
    return tuple(found)


def _other_stops(problem: WalkProblem, settings: Settings, feasible: Feasible) -> Iterator[Change]:
    if settings.stops is None:
        return
    least = max(1, len(problem.required))
    for stops in (_most_stops(problem, least, feasible), *range(settings.stops + 1, least + 1)):
        if stops is None or stops == settings.stops:
            continue
        yield Change(
            f"{stops} {'stop' if stops == 1 else 'stops'} instead of {settings.stops}",
            ("--stops", str(stops)),
            replace(settings, stops=stops),
        )


def _most_stops(problem: WalkProblem, least: int, feasible: Feasible) -> int | None:
    """Return the largest number of stops below the one asked for that makes a walk."""
    low, high = least, (problem.stops or 0) - 1
    if low > high or not feasible(replace(problem, stops=low)):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        if feasible(replace(problem, stops=middle)):
            low = middle
        else:
            high = middle - 1
    return low


def _more_hours(problem: WalkProblem, settings: Settings, feasible: Feasible) -> Iterator[Change]:
    needed = [
        seconds
        for seconds in (least_seconds(problem, feasible), shortest_visit(problem))
        if seconds is not None
    ]
    floor = max(needed, default=0) / 3600
    first = max(math.ceil(2 * floor) / 2, math.floor(2 * settings.hours) / 2 + 0.5)
    for extra in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
        hours = first + extra
        if hours > LONGEST_HOURS:
            return
        yield Change(
            f"{hours:g} hours instead of {settings.hours:g}",
            ("--hours", f"{hours:g}"),
            replace(settings, hours=hours),
        )


def _other_time(problem: WalkProblem, settings: Settings, feasible: Feasible) -> Iterator[Change]:
    del problem, feasible
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


def _other_day(problem: WalkProblem, settings: Settings, feasible: Feasible) -> Iterator[Change]:
    del problem, feasible
    for days in range(1, NEXT_DAYS + 1):
        moment = settings.start + dt.timedelta(days=days)
        yield Change(
            f"{moment:%A} {moment.date().isoformat()} instead of {settings.start:%A}",
            ("--date", moment.date().isoformat()),
            replace(settings, start=moment),
        )


def _more_time_another_day(
    problem: WalkProblem, settings: Settings, feasible: Feasible
) -> Iterator[Change]:
    longer = max(LONGEST_HOURS / 3, settings.hours)
    for other in _other_day(problem, settings, feasible):
        start = dt.datetime.combine(other.settings.start.date(), dt.time(10))
        yield Change(
            f"{other.change}, from 10:00, {longer:g} hours",
            (*other.options, "--start-time", "10:00", "--hours", f"{longer:g}"),
            replace(other.settings, start=start, hours=longer),
        )


def _fewer_must_sees(
    problem: WalkProblem, settings: Settings, feasible: Feasible
) -> Iterator[Change]:
    del feasible
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


def _other_appointments(
    problem: WalkProblem, settings: Settings, feasible: Feasible
) -> Iterator[Change]:
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
            if at == asked or not feasible(replace(problem, visits=visits)):
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


def _other_ends(problem: WalkProblem, settings: Settings, feasible: Feasible) -> Iterator[Change]:
    """Begin or end at a place of the walk where the fixed end cannot be had."""
    del feasible
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
