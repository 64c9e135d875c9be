"""Changes that make an impossible request possible, each checked by planning it."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain import Relaxation
from planner.itinerary.conflict import least_seconds, shortest_visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.domain import Settings
    from planner.itinerary.schedule import WalkProblem

    Effect = Callable[[Settings, frozenset[str]], str | None]

ENOUGH = 3
LONGEST_HOURS = 24.0
NEXT_DAYS = 7


@dataclass(frozen=True, slots=True)
class _Change:
    """One change to try; ``without`` holds ids that need not be seen any more."""

    change: str
    options: tuple[str, ...]
    settings: Settings
    without: frozenset[str] = frozenset()


def relaxations(problem: WalkProblem, settings: Settings, effect: Effect) -> tuple[Relaxation, ...]:
    """Return changes of the frame under which the request can be planned, the smallest first.

    Parameters
    ----------
    problem
        The problem that has no walk.
    settings
        Its frame.
    effect
        Plans under a changed frame, without some places that were must-sees, and says what came
        of it, or ``None`` if nothing did.
    """
    found: list[Relaxation] = []
    for kind in (*KINDS, *LAST_RESORTS):
        if found and kind in LAST_RESORTS:
            break
        for each in kind(problem, settings):
            outcome = effect(each.settings, each.without)
            if outcome is not None:
                found.append(Relaxation(each.change, outcome, each.options))
                break
        if len(found) >= ENOUGH:
            break
    return tuple(found)


def _other_stops(problem: WalkProblem, settings: Settings) -> Iterator[_Change]:
    if settings.stops is None:
        return
    least = max(1, len(problem.required))
    fewer = range(settings.stops - 1, least - 1, -1)
    for stops in (*fewer, *range(settings.stops + 1, least + 1)):
        yield _Change(
            f"{stops} {'stop' if stops == 1 else 'stops'} instead of {settings.stops}",
            ("--stops", str(stops)),
            replace(settings, stops=stops),
        )


def _more_hours(problem: WalkProblem, settings: Settings) -> Iterator[_Change]:
    needed = [
        seconds
        for seconds in (least_seconds(problem), shortest_visit(problem))
        if seconds is not None
    ]
    floor = max(needed, default=0) / 3600
    first = max(math.ceil(2 * floor) / 2, math.floor(2 * settings.hours) / 2 + 0.5)
    for extra in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
        hours = first + extra
        if hours > LONGEST_HOURS:
            return
        yield _Change(
            f"{hours:g} hours instead of {settings.hours:g}",
            ("--hours", f"{hours:g}"),
            replace(settings, hours=hours),
        )


def _other_time(problem: WalkProblem, settings: Settings) -> Iterator[_Change]:
    del problem
    day = dt.datetime.combine(settings.start.date(), dt.time())
    times = sorted(
        (day + dt.timedelta(hours=hour) for hour in range(8, 21)),
        key=lambda moment: abs(moment - settings.start),
    )
    for moment in times:
        if moment != settings.start:
            yield _Change(
                f"start at {moment:%H:%M} instead of {settings.start:%H:%M}",
                ("--start-time", f"{moment:%H:%M}"),
                replace(settings, start=moment),
            )


def _other_day(problem: WalkProblem, settings: Settings) -> Iterator[_Change]:
    del problem
    for days in range(1, NEXT_DAYS + 1):
        moment = settings.start + dt.timedelta(days=days)
        yield _Change(
            f"{moment:%A} {moment.date().isoformat()} instead of {settings.start:%A}",
            ("--date", moment.date().isoformat()),
            replace(settings, start=moment),
        )


def _more_time_another_day(problem: WalkProblem, settings: Settings) -> Iterator[_Change]:
    longer = max(LONGEST_HOURS / 3, settings.hours)
    for other in _other_day(problem, settings):
        start = dt.datetime.combine(other.settings.start.date(), dt.time(10))
        yield _Change(
            f"{other.change}, from 10:00, {longer:g} hours",
            (*other.options, "--start-time", "10:00", "--hours", f"{longer:g}"),
            replace(other.settings, start=start, hours=longer),
        )


def _fewer_must_sees(problem: WalkProblem, settings: Settings) -> Iterator[_Change]:
    places = [problem.visits[i].candidate.place for i in problem.required]
    for size in (1, 2):
        for left_out in itertools.combinations(places, size):
            names = " and ".join(place.name for place in left_out)
            yield _Change(
                f"leave out {names}",
                tuple(word for place in left_out for word in ("--avoid", place.name)),
                settings,
                frozenset(place.id for place in left_out),
            )


KINDS = (
    _other_stops,
    _more_hours,
    _other_time,
    _other_day,
)
LAST_RESORTS = (_more_time_another_day, _fewer_must_sees)
