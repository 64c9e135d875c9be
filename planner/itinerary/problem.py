"""The walk's problem stated in seconds: what may be visited when, and under which rules."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.itinerary.schedule import (
    LIGHT_ROLES,
    MAX_WAIT_S,
    NO_LIMIT,
    TasteRules,
    Visit,
    WalkProblem,
)
from planner.library.hours import opening_windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain import BoundRequest, Candidate, Settings
    from planner.itinerary.schedule import Windows
    from planner.library.catalogue import Catalogue

PARTS_OF_DAY: dict[str, tuple[float, float]] = {
    "morning": (5, 12),
    "midday": (11, 14.5),
    "afternoon": (12, 18),
    "evening": (17, 23),
    "night": (21, 29),
}
"""Hours of the day, counted on past midnight, that the catalogue's words stand for."""
MEAL_HOURS: tuple[tuple[float, float], ...] = ((11, 15), (17.5, 22.5))
"""A meal begins between these hours, unless the person's words say otherwise."""
MEALS: dict[str, tuple[float, float]] = {
    "breakfast": (5, 11),
    "brunch": (9, 14.5),
    "lunch": (11, 15),
    "dinner": (17.5, 22.5),
    "supper": (17.5, 22.5),
}
"""Hours of the day between which a meal begins that is called by its name."""
HALFWAY: tuple[float, float] = (0.3, 0.65)
"""Shares of the hours between which a stop begins that is wished for halfway."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a walk has to fit, beside the candidates and the ways between them.

    Attributes
    ----------
    settings, bound
        The frame and the request.
    counts
        For a wish with a stated number, how many stops may serve it.
    wishes
        The sub-requests that want at least one stop.
    has_start, has_end
        Whether the ends are fixed.
    stays
        For a place id, the shortest, usual and longest stay in seconds that were asked for.
    chains
        Runs of place ids that keep their order.
    positions
        For a place id, the one place in the order that it can have, counted from 0.
    unreachable
        Place ids that no street leads to.
    """

    settings: Settings
    bound: BoundRequest
    counts: Mapping[int, int]
    wishes: frozenset[int]
    has_start: bool
    has_end: bool
    stays: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    chains: tuple[tuple[str, ...], ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)
    unreachable: frozenset[str] = frozenset()


def pose(
    frame: Frame,
    candidates: Sequence[Candidate],
    metres: NDArray[np.float64],
    catalogue: Catalogue,
) -> WalkProblem:
    """State the problem of choosing and timing stops.

    Parameters
    ----------
    frame
        Hours, start, end and wishes.
    candidates
        The places that may be chosen.
    metres
        Walking distances of shape (n, n): a row for each candidate, then one for the start and
        one for the end, where those are fixed.
    catalogue
        For stays and roles.
    """
    settings, bound = frame.settings, frame.bound
    roles = _as_answers(frame, candidates)
    visits = tuple(_visit(role, frame, catalogue) for _, role in roles)
    anchors = range(len(candidates), len(candidates) + frame.has_start + frame.has_end)
    rows = [*(row for row, _ in roles), *anchors]
    seconds = walking_seconds(metres, settings.speed_ms)
    n = len(visits)
    first, last, before = _order(frame, visits)
    return WalkProblem(
        visits=visits,
        seconds=tuple(tuple(seconds[i][j] for j in rows) for i in rows),
        budget_s=round(settings.hours * 3600),
        start=n if frame.has_start else None,
        end=n + frame.has_start if frame.has_end else None,
        stops=settings.stops,
        caps=dict(frame.counts),
        wishes=frame.wishes,
        rules=taste_rules(bound, frame.counts, settings.stops, catalogue),
        metres=tuple(
            tuple(float(metres[i, j]) if np.isfinite(metres[i, j]) else None for j in rows)
            for i in rows
        ),
        first=first,
        last=last,
        before=before,
        positions={
            i: frame.positions[visit.candidate.place.id]
            for i, visit in enumerate(visits)
            if visit.candidate.place.id in frame.positions
        },
        max_wait_s=None if any(visit.only is not None for visit in visits) else MAX_WAIT_S,
        daily=daily(bound, frame.counts),
        unreachable=frozenset(
            i for i, visit in enumerate(visits) if visit.candidate.place.id in frame.unreachable
        ),
    )


def _as_answers(frame: Frame, candidates: Sequence[Candidate]) -> list[tuple[int, Candidate]]:
    """Return the candidates with their rows; one that may serve wishes in two ways stands twice.

    A restaurant answers "lunch" and "dinner", but not with one visit: where the words give a wish
    an hour or a place in the order, a candidate stands once for each such wish, and once for the
    others.
    """
    found = []
    timed = {rule.wish for rule in frame.bound.order if rule.kind in {"at", "halfway"}}
    timed |= {rule.wish for rule in frame.bound.order if rule.kind in {"first", "last"}}
    timed |= {i for i in frame.wishes if meal_named(frame.bound.request.subrequests[i].pos)}
    for row, each in enumerate(candidates):
        alone = [wish for wish in each.serves if wish in timed]
        if len(each.serves) < 2 or not alone or each.required:  # noqa: PLR2004 - one way
            found.append((row, each))
            continue
        found += [(row, replace(each, serves=(wish,))) for wish in alone]
        rest = tuple(wish for wish in each.serves if wish not in timed)
        if rest:
            found.append((row, replace(each, serves=rest)))
    return found


def _order(
    frame: Frame, visits: Sequence[Visit]
) -> tuple[frozenset[int], frozenset[int], tuple[tuple[frozenset[int], frozenset[int]], ...]]:
    """Return the visits that can only come first or last, and what comes before what."""
    everyone = frozenset(range(len(visits)))
    ids = [visit.candidate.place.id for visit in visits]
    first: set[int] = set()
    last: set[int] = set()
    before: list[tuple[frozenset[int], frozenset[int]]] = []
    for rule in frame.bound.order:
        serving = _serving(visits, rule.wish)
        one = frame.counts.get(rule.wish) == 1 or any(visits[i].candidate.required for i in serving)
        if rule.kind == "first":
            if one:
                first |= serving
            else:
                before.append((serving, everyone - serving))
        elif rule.kind == "last":
            if one:
                last |= serving
            else:
                before.append((everyone - serving, serving))
        elif rule.kind == "before" and rule.other is not None:
            others = _serving(visits, rule.other)
            before.append((serving - others, others - serving))
    for chain in frame.chains:
        for early, late in itertools.pairwise(chain):
            before.append(
                (
                    frozenset(i for i in everyone if ids[i] == early),
                    frozenset(i for i in everyone if ids[i] == late),
                )
            )
    return (
        frozenset(first),
        frozenset(last),
        tuple(pair for pair in before if all(pair)),
    )


def _serving(visits: Sequence[Visit], wish: int) -> frozenset[int]:
    return frozenset(i for i, visit in enumerate(visits) if wish in visit.candidate.serves)


def daily(bound: BoundRequest, counts: Mapping[int, int]) -> frozenset[int]:
    """Return the wishes whose stated count is a day's: three days hold three lunches."""
    subrequests = bound.request.subrequests
    return frozenset(i for i in counts if meal_named(subrequests[i].pos))


def meal_named(words: str) -> tuple[float, float] | None:
    """Return the hours of the meal that words call by its name, if they do."""
    said = set(re.findall(r"[a-z]+", words.casefold()))
    return next((hours for name, hours in MEALS.items() if name in said), None)


def walking_seconds(
    metres: NDArray[np.float64], speed_ms: float
) -> tuple[tuple[int | None, ...], ...]:
    """Return whole seconds on foot; ``None`` where there is no way."""
    return tuple(
        tuple(round(metre / speed_ms) if np.isfinite(metre) else None for metre in row)
        for row in metres.tolist()
    )


def _visit(candidate: Candidate, frame: Frame, catalogue: Catalogue) -> Visit:
    settings, place = frame.settings, candidate.place
    category = catalogue.category(place.category)
    short, usual, long = category.minutes
    stays = frame.stays.get(place.id, (short * 60, usual * 60, long * 60))
    if place.visit_minutes and place.id not in frame.stays:
        # This person's own visits say more than the catalogue.
        own = place.visit_minutes * 60
        stays = (min(stays[0], own), own, own)
    # A day is looked at even for a short walk, so that "too short" and "closed" can be told apart.
    horizon = max(settings.latest_end, settings.start + dt.timedelta(days=1))
    windows = opening_windows(place.opening_hours, settings.start, horizon, place.position)
    only = _only(candidate, frame)
    return Visit(
        candidate=candidate,
        stays=stays,
        windows=None
        if windows is None
        else tuple(
            (_since(settings, opens), _since(settings, closes)) for opens, closes in windows
        ),
        role=category.role,
        suits=hours_of_day([PARTS_OF_DAY[part] for part in category.times], settings),
        only=only,
        meal_hours=None
        if only is not None or candidate.required
        else _meal_hours(candidate, frame, category.role),
    )


def _only(candidate: Candidate, frame: Frame) -> Windows | None:
    """Return when a visit must begin by the person's words; ``None`` where they do not say."""
    settings, bound = frame.settings, frame.bound
    found: Windows | None = None
    for each in bound.appointments:
        if each.place_id == candidate.place.id:
            found = _both(found, _at(each.at, 0, each.slack_s, settings))
    for rule in bound.order:
        if rule.wish not in candidate.serves:
            continue
        if rule.kind == "at" and rule.at is not None:
            found = _both(found, _at(rule.at, rule.early_s, rule.slack_s, settings, sure=rule.sure))
        elif rule.kind == "halfway":
            low, high = (round(share * settings.hours * 3600) for share in HALFWAY)
            found = _both(found, ((low, high),))
    return found


def meal_hours_of_day(
    problem: WalkProblem, bound: BoundRequest
) -> tuple[tuple[float, float], ...] | None:
    """Return the hours of the day between which meals of a walk begin; ``None`` for any time."""
    meals = [visit for visit in problem.visits if visit.role == "meal"]
    freed = any(
        visit.meal_hours is None and visit.only is None and not visit.candidate.required
        for visit in meals
    )
    if freed or problem.rules.meals_any_time:
        return None
    named = (meal_named(each.pos) for each in bound.request.subrequests)
    return (*MEAL_HOURS, *(hours for hours in named if hours is not None))


def _both(found: Windows | None, more: Windows) -> Windows:
    if found is None:
        return more
    pairs = ((max(a, c), min(b, d)) for a, b in found for c, d in more)
    return tuple((a, b) for a, b in pairs if a <= b)


def _at(
    at: dt.time, early_s: int, slack_s: int, settings: Settings, *, sure: bool = True
) -> Windows:
    """Return the seconds of the walk around a time of day, on the day or past its midnight.

    Where the words leave open which half of the day is meant, the first that lies in the walk is.
    """
    moment = dt.datetime.combine(settings.start.date(), at)
    if not sure and moment < settings.start:
        moment += dt.timedelta(hours=12)
    if moment + dt.timedelta(seconds=slack_s) < settings.start:
        later = moment + dt.timedelta(days=1)
        moment = later if later <= settings.latest_end else moment
    begin = _since(settings, moment)
    return ((begin - early_s, begin + slack_s),)


def _meal_hours(candidate: Candidate, frame: Frame, role: str) -> Windows | None:
    """Return the hours for a meal that is called by its name, or for meals of any kind."""
    subrequests = frame.bound.request.subrequests
    named = [
        hours
        for wish in candidate.serves
        if (hours := meal_named(subrequests[wish].pos)) is not None
    ]
    if not named and role != "meal":
        return None
    found = hours_of_day(named or MEAL_HOURS, frame.settings)
    # Whoever asks for a meal on a walk between the hours for meals wants one nonetheless.
    asked = bool(candidate.serves)
    reached = any(a <= frame.settings.hours * 3600 and b >= 0 for a, b in found)
    return found if reached or not asked else None


def _since(settings: Settings, moment: dt.datetime) -> int:
    return int((moment - settings.start).total_seconds())


def hours_of_day(parts: Sequence[tuple[float, float]], settings: Settings) -> Windows:
    """Return hours of the day in seconds from the start of the walk, for all of its days."""
    midnight = dt.datetime.combine(settings.start.date(), dt.time())
    days = range(-1, int(settings.hours // 24) + 2)
    return tuple(
        (
            _since(settings, midnight + dt.timedelta(days=day, hours=begin)),
            _since(settings, midnight + dt.timedelta(days=day, hours=end)),
        )
        for day in days
        for begin, end in parts
    )


def taste_rules(
    bound: BoundRequest, counts: Mapping[int, int], stops: int | None, catalogue: Catalogue
) -> TasteRules:
    """Return the paper's rules of taste as far as the person's own words leave them standing.

    Whoever asks for three bars gets three; whoever names a bar and a museum as must-sees may get
    the bar first; whoever asks for nothing but coffee may end with it.
    """
    asked = {
        i: roles
        for i, each in enumerate(bound.request.subrequests)
        if each.type == "place" and (roles := _roles(bound, i, catalogue))
    }
    light = {i: roles for i, roles in asked.items() if roles <= LIGHT_ROLES}
    wanted = sum(counts.get(i, 1) for i in light)
    only_light = bool(asked) and all(roles <= LIGHT_ROLES for roles in asked.values())
    only_light = only_light and len(asked) == len(_place_wishes(bound))
    if only_light:
        # Whoever asks for nothing but coffee or bars may have as many as fit.
        wanted = max(wanted, stops or 0, NO_LIMIT)
    meals = [i for i, roles in asked.items() if roles == {"meal"}]
    # Whoever says when to have a drink, or that the walk ends with a coffee, wins over taste.
    early = {rule.wish for rule in bound.order if rule.kind != "last"}
    late = {rule.wish for rule in bound.order if rule.kind in {"last", "at"}}
    late |= {rule.other for rule in bound.order if rule.other is not None}
    must = {i for i in asked if bound.request.subrequests[i].mustsee}
    return TasteRules(
        cafes_and_bars=max(2, wanted),
        bars_anywhere=any("bar" in asked[i] for i in asked if i in must | early),
        cafe_may_end=only_light or any("cafe" in asked[i] for i in asked if i in must | late),
        meals_may_follow=bool(meals) and len(meals) == len(_place_wishes(bound)),
    )


def _place_wishes(bound: BoundRequest) -> list[int]:
    return [i for i, each in enumerate(bound.request.subrequests) if each.type == "place"]


def _roles(bound: BoundRequest, i: int, catalogue: Catalogue) -> set[str]:
    """Return the roles of what a wish names; empty where it names nothing of the kind."""
    each = bound.request.subrequests[i]
    named = catalogue.named(each.pos)
    roles: set[str] = {catalogue.category(key).role for key in named}
    # "Tea" also names tea shops; what one drinks is meant.
    return roles - {"none"} if roles & LIGHT_ROLES else roles
