"""The walk's problem stated in seconds: what may be visited when, and under which rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.itinerary.schedule import TasteRules, Visit, WalkProblem
from planner.library.hours import opening_windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain import BoundRequest, Candidate, Settings
    from planner.library.catalogue import Catalogue

PARTS_OF_DAY: dict[str, tuple[float, float]] = {
    "morning": (5, 12),
    "midday": (11, 14.5),
    "afternoon": (12, 18),
    "evening": (17, 23),
    "night": (21, 29),
}
"""Hours of the day, counted on past midnight, that the catalogue's words stand for."""

NO_LIMIT = 99
LIGHT_ROLES = frozenset({"cafe", "bar"})


@dataclass(frozen=True, slots=True)
class Frame:
    """What a walk has to fit, beside the candidates and the ways between them.

    ``counts`` says for a wish with a stated number how many stops may serve it; ``wishes`` holds
    the sub-requests that want at least one stop.
    """

    settings: Settings
    bound: BoundRequest
    counts: Mapping[int, int]
    wishes: frozenset[int]
    has_start: bool
    has_end: bool


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
    seconds = walking_seconds(metres, frame.settings.speed_ms)
    n = len(candidates)
    return WalkProblem(
        visits=tuple(_visit(candidate, frame.settings, catalogue) for candidate in candidates),
        seconds=seconds,
        budget_s=round(frame.settings.hours * 3600),
        start=n if frame.has_start else None,
        end=n + frame.has_start if frame.has_end else None,
        stops=frame.settings.stops,
        caps=dict(frame.counts),
        wishes=frame.wishes,
        rules=taste_rules(frame.bound, frame.counts, frame.settings.stops, catalogue),
    )


def walking_seconds(
    metres: NDArray[np.float64], speed_ms: float
) -> tuple[tuple[int | None, ...], ...]:
    """Return whole seconds on foot; ``None`` where there is no way."""
    return tuple(
        tuple(round(metre / speed_ms) if np.isfinite(metre) else None for metre in row)
        for row in metres.tolist()
    )


def _visit(candidate: Candidate, settings: Settings, catalogue: Catalogue) -> Visit:
    category = catalogue.category(candidate.place.category)
    short, usual, long = category.minutes
    # A day is looked at even for a short walk, so that "too short" and "closed" can be told apart.
    horizon = max(settings.latest_end, settings.start + dt.timedelta(days=1))
    windows = opening_windows(
        candidate.place.opening_hours, settings.start, horizon, candidate.place.position
    )
    return Visit(
        candidate=candidate,
        stays=(short * 60, usual * 60, long * 60),
        windows=None
        if windows is None
        else tuple(
            (_since(settings, opens), _since(settings, closes)) for opens, closes in windows
        ),
        role=category.role,
        suits=_suits(category.times, settings),
    )


def _since(settings: Settings, moment: dt.datetime) -> int:
    return int((moment - settings.start).total_seconds())


def _suits(times: Sequence[str], settings: Settings) -> tuple[tuple[int, int], ...]:
    midnight = dt.datetime.combine(settings.start.date(), dt.time())
    days = range(-1, int(settings.hours // 24) + 2)
    return tuple(
        (
            _since(settings, midnight + dt.timedelta(days=day, hours=begin)),
            _since(settings, midnight + dt.timedelta(days=day, hours=end)),
        )
        for day in days
        for begin, end in (PARTS_OF_DAY[part] for part in times)
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
    return TasteRules(
        cafes_and_bars=max(2, wanted),
        bars_anywhere=any("bar" in asked[i] for i in asked if bound.request.subrequests[i].mustsee),
        cafe_may_end=only_light
        or any("cafe" in asked[i] and bound.request.subrequests[i].mustsee for i in asked),
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
