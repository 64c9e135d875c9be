"""The planner whole, as it was published, and with one part taken out at a time.

Each is the product's own stages, called one after the other as the pipeline calls them; what is
taken out is replaced by the plainest thing that could stand there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from planner.domain import Request, SubRequest
from planner.frame import frame_of
from planner.language.answers import TokenCost
from planner.retrieval.binding import bind, with_wishes
from planner.solving import solve_case
from planner.stopwatch import Stopwatch

if TYPE_CHECKING:
    import datetime as dt

    from planner.domain import BoundRequest, Settings, Wishes
    from planner.pipeline import Planner
    from planner.solving import Case

Variant: TypeAlias = Literal["whole", "paper", "no RD", "no PPR", "no CSO"]

BOUND_SECONDS: Final = 0.01
"""For the bound that mode ``paper`` tells, which is not looked at here."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Places in order, the ends that were understood, and the tokens that it cost."""

    stops: tuple[str, ...]
    start: str | None
    end: str | None
    cost: TokenCost


def walk(
    planner: Planner,
    text: str,
    wishes: Wishes,
    *,
    now: dt.datetime,
    variant: Variant = "whole",
    given: Wishes | None = None,
) -> Walked:
    """Plan a walk as far as its stops and their order.

    Parameters
    ----------
    planner
        Plans in one city.
    text, wishes, now
        As in :meth:`planner.pipeline.Planner.plan`.
    variant
        ``"no RD"``: the request is not taken apart but embedded whole. ``"no PPR"``: every place is
        a candidate, none better than another, and no wish or dislike is known. ``"no CSO"``: the
        first candidates by rank, in order of rank.
    given
        For ``"no RD"``: the options that say what is not read from the words then.
    """
    cost = TokenCost()
    if variant == "no RD":
        bound, settings = _undecomposed(planner, text, given or wishes, now)
    else:
        asked = replace(wishes, mode="paper") if variant == "paper" else wishes
        understanding, bound, settings = planner.understood(text, asked, now=now)
        cost = understanding.cost
    case = planner.case(bound, settings, Stopwatch())
    if variant == "no PPR":
        case = _unranked(case)
    stops = _by_rank(case) if variant == "no CSO" else _solved(planner, case, variant)
    start, end = (
        anchor.place.id if anchor is not None and anchor.place is not None else None
        for anchor in (bound.start, bound.end)
    )
    return Walked(stops, start, end, cost)


def _solved(planner: Planner, case: Case, variant: Variant) -> tuple[str, ...]:
    answer = solve_case(
        case,
        planner.catalogue,
        seconds=BOUND_SECONDS if variant == "paper" else planner.seconds,
        engine=planner.engine,
        compare=False,
    )
    return tuple(place_id for day in answer.walks for place_id in day.place_ids)


def _undecomposed(
    planner: Planner, text: str, wishes: Wishes, now: dt.datetime
) -> tuple[BoundRequest, Settings]:
    whole = Request(text, (SubRequest(text, type="itinerary"),))
    request = with_wishes(whole, wishes)
    return bind(request, wishes, planner.library), frame_of(request, wishes, now)


def _unranked(case: Case) -> Case:
    """Return a case in which every candidate is as good as any other and answers nothing."""
    plain = tuple(
        replace(each, score=0.5, serves=()) if not each.required else each
        for each in case.candidates
    )
    return replace(case, candidates=plain, wishes=frozenset(), counts={})


def _by_rank(case: Case) -> tuple[str, ...]:
    first = case.candidates[: case.settings.stops]
    return tuple(each.place.id for each in first)
