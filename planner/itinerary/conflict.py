"""Why no walk holds, in words: the smallest set of constraints that stand against each other.

The set is found by deletion filtering (Chinneck and Dravnieks, 1991): one constraint after the
other is lifted, and stays lifted as long as there is still no walk; those that cannot be lifted
without one are the conflict, and none of them is there in vain.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain import Violation
from planner.itinerary.possibility import holds, quickest, stretched
from planner.itinerary.schedule import timeline
from planner.itinerary.wording import closed_as, listed, span
from planner.library.hours import closed_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.domain import BoundRequest, Settings
    from planner.itinerary.schedule import Visit, WalkProblem

    Feasible = Callable[[WalkProblem], bool]

A_DAY_S = 24 * 3600
ENDS = {"start": "the start", "end": "the end"}


@dataclass(frozen=True, slots=True)
class Clash:
    """Constraints that no walk keeps together, each needed for that.

    ``must_sees``, ``doors`` and ``times`` are visits: that they must be made, that they are open
    only then, that they begin only then. ``frame`` holds ``"hours"``, ``"stops"``, ``"order"``,
    ``"start"`` and ``"end"``.
    """

    must_sees: tuple[int, ...] = ()
    doors: tuple[int, ...] = ()
    times: tuple[int, ...] = ()
    frame: frozenset[str] = frozenset()


def smallest_clash(problem: WalkProblem, feasible: Feasible) -> Clash:
    """Return a smallest set of constraints that no walk keeps together.

    Parameters
    ----------
    problem
        A problem without a walk.
    feasible
        Whether a problem has one.
    """
    required = problem.required
    parts: list[tuple[str, int]] = [
        *((kind, -1) for kind in ("start", "end", "order", "stops")),
        *(("must_sees", i) for i in required),
        *(("times", i) for i in required if problem.visits[i].only is not None),
        *(("doors", i) for i in required if problem.visits[i].windows is not None),
        ("hours", -1),
    ]
    current, needed = problem, []
    for kind, i in parts:
        if i >= 0 and not current.visits[i].candidate.required:
            continue
        without = _lifted(current, kind, i)
        if without == current:
            continue
        if feasible(without):
            needed.append((kind, i))
        else:
            current = without
    return Clash(
        must_sees=tuple(i for kind, i in needed if kind == "must_sees"),
        doors=tuple(i for kind, i in needed if kind == "doors"),
        times=tuple(i for kind, i in needed if kind == "times"),
        frame=frozenset(kind for kind, i in needed if i < 0),
    )


def _lifted(problem: WalkProblem, kind: str, i: int) -> WalkProblem:
    """Return a problem without one of its constraints."""
    match kind:
        case "start":
            return replace(problem, start=None)
        case "end":
            return replace(problem, end=None)
        case "order":
            return replace(problem, before=(), first=frozenset(), last=frozenset(), positions={})
        case "stops":
            return replace(problem, stops=None)
        case "hours":
            return replace(problem, budget_s=max(A_DAY_S, problem.budget_s))
    visit = problem.visits[i]
    if kind == "must_sees":
        changed = replace(visit, candidate=replace(visit.candidate, required=False))
    elif kind == "times":
        changed = replace(visit, only=None)
    else:
        changed = replace(visit, windows=None)
    visits = (*problem.visits[:i], changed, *problem.visits[i + 1 :])
    return replace(problem, visits=visits)


def conflicts(
    problem: WalkProblem, settings: Settings, bound: BoundRequest, feasible: Feasible
) -> tuple[Violation, ...]:
    """Return why a problem has no walk, most telling first; never empty.

    Parameters
    ----------
    problem
        The problem for which no walk was found.
    settings, bound
        Its frame and its request, for words.
    feasible
        Whether a problem has a walk.
    """
    found = (*_unwalkable(problem), *_closed(problem, settings))
    if found:
        return found
    if not problem.required and problem.stops is None:
        return (_nothing_fits(problem, settings, bound),)
    clash = smallest_clash(problem, feasible)
    return (_said(problem, settings, clash, feasible), *_members(problem, settings, bound, clash))


def least_seconds(problem: WalkProblem, feasible: Feasible) -> int | None:
    """Return the least time that all must-sees need, to the minute; ``None`` if none is enough."""
    if not problem.required:
        return None
    day = replace(problem, budget_s=A_DAY_S)
    low = 0
    if problem.stops in {None, len(problem.required)}:
        found = quickest(day, problem.required)
        if found.known and found.sequence is None:
            return None
        if found.known and found.sequence is not None:
            timed = stretched(day, found.sequence)
            if timed is not None and timed.finish == found.finish and holds(day, timed):
                return -(-found.finish // 60) * 60
            low = found.finish // 60
    high = A_DAY_S // 60
    if not feasible(day):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if feasible(replace(problem, budget_s=middle * 60)):
            high = middle
        else:
            low = middle
    return high * 60


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


def _name(problem: WalkProblem, i: int) -> str:
    return problem.visits[i].candidate.place.name


def _unwalkable(problem: WalkProblem) -> Iterator[Violation]:
    for i in problem.required:
        place = problem.visits[i].candidate.place
        others = [
            j for j in (problem.start, problem.end, *problem.required) if j is not None and j != i
        ]
        cut_off = bool(others) and all(problem.seconds[j][i] is None for j in others)
        if cut_off or i in problem.unreachable:
            yield Violation(
                "reach", f"{place.name} cannot be reached on foot from the other places", place.id
            )
    if problem.start is None or problem.end is None:
        return
    if problem.seconds[problem.start][problem.end] is None:
        yield Violation("reach", "no way on foot leads from the start to the end")


def _closed(problem: WalkProblem, settings: Settings) -> Iterator[Violation]:
    for i in problem.required:
        visit, place = problem.visits[i], problem.visits[i].candidate.place
        if visit.opens_within(problem.budget_s) or problem.budget_s < visit.stays[0]:
            continue
        if i in problem.unreachable:
            continue
        reason = closed_reason(place.opening_hours or "", settings.start, place.position)
        asked = f"{settings.start:%A} {settings.start:%H:%M}–{settings.latest_end:%H:%M}"
        yield Violation(
            "opening hours",
            f"{closed_as(place.name, reason)}; you asked for {asked}, "
            f"and a visit takes at least {span(visit.stays[0])}",
            place.id,
        )


def _said(problem: WalkProblem, settings: Settings, clash: Clash, feasible: Feasible) -> Violation:
    """Say a clash in one sentence."""
    involved = tuple(dict.fromkeys((*clash.must_sees, *clash.times, *clash.doors)))
    names = listed([_name(problem, i) for i in involved]) if involved else "the walk"
    only = problem.visits[involved[0]].candidate.place.id if len(involved) == 1 else None
    if clash.times:
        return _appointments(problem, settings, clash, only)
    if "stops" in clash.frame:
        text = f"no walk of exactly {problem.stops} stops fits into {span(problem.budget_s)}"
        if len(clash.must_sees) > (problem.stops or 0):
            text = f"{names} are {len(clash.must_sees)} stops; you asked for {problem.stops}"
        return Violation("stops", text, only)
    if "order" in clash.frame:
        named = [_name(problem, i) for i in dict.fromkeys((*involved, *_ordered(problem)))]
        names = listed(named) if named else "these stops"
        return Violation(
            "order",
            f"{names} cannot be visited in the order that you asked for between "
            f"{settings.start:%H:%M} and {settings.latest_end:%H:%M}"
            f"{_opening_later(problem, settings)}",
            only,
        )
    if clash.doors:
        text = f"there is no order in which {names} are all open when one arrives"
        if "hours" in clash.frame:
            text = (
                f"{names} cannot {'all ' if len(involved) > 1 else ''}be visited while open "
                f"between {settings.start:%H:%M} and {settings.latest_end:%H:%M}"
            )
        return Violation("opening hours", text, only)
    alone = _only_these(problem, clash.must_sees)
    least = least_seconds(alone, feasible)
    if least is None or least <= problem.budget_s:
        least = least_seconds(_lifted_all(alone), feasible)
    needed = f"at least {span(least)}" if least is not None else "longer"
    way = "the ways" if only else "the way between"
    text = f"{names} with {way} need{'s' if only else ''} {needed}"
    return Violation("hours", f"{text}; you asked for {span(problem.budget_s, up=False)}", only)


def _ordered(problem: WalkProblem) -> Iterator[int]:
    """Yield the must-sees of which the words say when they come."""
    told = {*problem.first, *problem.last, *problem.positions}
    for early, late in problem.before:
        told |= early if len(early) < len(problem.visits) - len(late) else late
        told |= late if len(late) < len(problem.visits) - len(early) else early
    yield from (i for i in problem.required if i in told)


def _opening_later(problem: WalkProblem, settings: Settings) -> str:
    """Say which must-sees open only after the walk began."""
    later = [
        (i, min(opens for opens, _ in windows))
        for i in problem.required
        if (windows := problem.visits[i].windows) and all(opens > 0 for opens, _ in windows)
    ]
    said = [f"{_name(problem, i)} opens at {_clock(settings, opens)}" for i, opens in later]
    return f"; {listed(said)}" if said else ""


def _only_these(problem: WalkProblem, must_sees: tuple[int, ...]) -> WalkProblem:
    """Return a problem without the must-sees that have no part in a clash."""
    lifted = problem
    for i in problem.required:
        if i not in must_sees:
            lifted = _lifted(lifted, "must_sees", i)
    return lifted


def _lifted_all(problem: WalkProblem) -> WalkProblem:
    """Return a problem in which every door is open."""
    visits = tuple(replace(visit, windows=None, only=None) for visit in problem.visits)
    return replace(problem, visits=visits)


def _appointments(
    problem: WalkProblem, settings: Settings, clash: Clash, only: str | None
) -> Violation:
    """Say why an appointment cannot be kept."""
    i = clash.times[0]
    visit = problem.visits[i]
    begin = min((a for a, _ in visit.only or ()), default=0)
    at = _clock(settings, begin)
    dated = listed([_dated(problem, settings, j) for j in clash.times])
    if len(clash.times) > 1 or (clash.must_sees and set(clash.must_sees) - set(clash.times)):
        others = [
            _name(problem, j) for j in (*clash.must_sees, *clash.doors) if j not in clash.times
        ]
        also = f" with {listed(list(dict.fromkeys(others)))}" if others else ""
        return Violation(
            "appointment", f"{dated}{also} do not go together: the visits and the ways overlap"
        )
    place = visit.candidate.place
    if begin < 0:
        text = f"{place.name} at {at} is before the walk begins at {settings.start:%H:%M}"
    elif begin + visit.stays[0] > problem.budget_s:
        text = (
            f"{place.name} at {at} with a visit of at least {span(visit.stays[0])} is beyond "
            f"the end of the walk at {settings.latest_end:%H:%M}"
        )
    elif i in clash.doors:
        moment = settings.start + dt.timedelta(seconds=begin)
        reason = closed_reason(place.opening_hours or "", moment, place.position)
        text = f"{closed_as(place.name, reason)}; you asked for {at}"
    else:
        text = f"{dated} cannot be reached in time"
        way = None if problem.start is None else problem.seconds[problem.start][i]
        if way is not None and way > begin:
            text += f": the walk begins at {settings.start:%H:%M} and the way takes {span(way)}"
    return Violation("appointment", text, only or place.id)


def _dated(problem: WalkProblem, settings: Settings, i: int) -> str:
    begin = min((a for a, _ in problem.visits[i].only or ()), default=0)
    return f"{_name(problem, i)} at {_clock(settings, begin)}"


def _clock(settings: Settings, seconds: int) -> str:
    return f"{settings.start + dt.timedelta(seconds=seconds):%H:%M}"


def _members(
    problem: WalkProblem, settings: Settings, bound: BoundRequest, clash: Clash
) -> Iterator[Violation]:
    """Yield each constraint of a clash of several by itself."""
    parts = [*clash.must_sees, *clash.doors, *clash.times, *clash.frame]
    if len(parts) < 2:  # noqa: PLR2004 - one was said already
        return
    for i in clash.must_sees:
        place = problem.visits[i].candidate.place
        yield Violation("must-see", f"you asked to see {place.name}", place.id)
    for i in clash.times:
        place = problem.visits[i].candidate.place
        yield Violation("appointment", f"you asked for {_dated(problem, settings, i)}", place.id)
    for i in clash.doors:
        visit: Visit = problem.visits[i]
        place = visit.candidate.place
        yield Violation("opening hours", f"{place.name} is open {place.opening_hours}", place.id)
    said = {
        "hours": (
            f"the walk ends by {settings.latest_end:%H:%M}, "
            f"{span(problem.budget_s, up=False)} after it began"
        ),
        "stops": f"you asked for exactly {problem.stops} stops",
        "order": "you asked for an order of the stops",
    }
    for name, anchor in (("start", bound.start), ("end", bound.end)):
        if anchor is not None:
            said[name] = f"{anchor.name} is {ENDS[name]} of the walk"
    for kind in sorted(clash.frame):
        yield Violation(kind, said[kind])


def _nothing_fits(problem: WalkProblem, settings: Settings, bound: BoundRequest) -> Violation:
    if not problem.visits:
        kept = [word for word, asked in (("your own", bound.own_only),) if asked]
        kept += [word for word, asked in (("those you have not visited", bound.new_only),) if asked]
        of = f", of {' and '.join(kept)}," if kept else ""
        return Violation("places", f"no place of this city{of} answers the request")
    least = shortest_visit(problem)
    if least is not None and least > problem.budget_s:
        return Violation(
            "hours",
            f"the shortest walk that answers the request takes {span(least)}; "
            f"you asked for {span(problem.budget_s, up=False)}",
        )
    if problem.stops is not None:
        return Violation(
            "stops",
            f"no walk of exactly {problem.stops} stops fits into {span(problem.budget_s)}",
        )
    return Violation(
        "opening hours",
        f"no place that answers the request is open between {settings.start:%H:%M} "
        f"and {settings.latest_end:%H:%M} on {settings.start:%A}",
    )
