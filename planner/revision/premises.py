"""What a plan was made from, restored from the plan itself, and what its edits ask for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from planner.domain import (
    Anchor,
    Appointment,
    Position,
    Request,
    Settings,
    SubRequest,
    Wishes,
)
from planner.itinerary.composition import proposed_of
from planner.itinerary.editing import HereNow, days_of, edits_of
from planner.itinerary.problem import daily
from planner.language.succession import order_rules
from planner.meaning import with_nearness
from planner.retrieval.binding import bind
from planner.revision.refusal import EditRefusedError

if TYPE_CHECKING:
    from planner.domain import BoundRequest
    from planner.itinerary.document import AnchorPart, PlanDocument
    from planner.itinerary.editing import Edit, Standing
    from planner.pipeline import Planner
    from planner.solving import Case


def settings_of(document: PlanDocument) -> Settings:
    """Return the frame that a plan was made for."""
    said = document.settings
    return Settings(
        start=dt.datetime.fromisoformat(f"{said.date}T{said.start_time}"),
        hours=said.hours,
        stops=said.stops,
        pace_kmh=said.pace_kmh,
        step_free=said.step_free,
        weather=said.weather,  # type: ignore[arg-type]  # a plan's weather is one of them
        days=said.days,
        seed=said.seed,
    )


def _anchor(planner: Planner, part: AnchorPart | None) -> Anchor | None:
    if part is None:
        return None
    place = None if part.place_id is None else planner.city.places.get(part.place_id)
    return Anchor(part.name, Position(part.lat, part.lon), place)


def bound_of(
    planner: Planner, document: PlanDocument, settings: Settings, after: Standing, edit: Edit
) -> BoundRequest:
    """Bind the plan's request again, with what its edits ask for.

    Parameters
    ----------
    planner
        The planner of the plan's city.
    document, settings
        The plan and the frame of the next one.
    after
        What all edits, the new one too, ask for together.
    edit
        The new one.
    """
    understood = document.understood
    request = Request(
        document.request,
        tuple(
            SubRequest(each.pos, each.neg, mustsee=each.mustsee, type=each.type)
            for each in understood.subrequests
        ),
        stops=understood.stops,
        by=understood.by,
        strange=() if understood.not_understood is msgspec.UNSET else understood.not_understood,
    )
    kept = Wishes(
        own_only=document.settings.own_only is True, new_only=document.settings.new_only is True
    )
    bound = with_nearness(bind(request, kept, planner.library), planner.library)
    there = {stop.place_id for stop in document.stops}
    wanted = [
        place_id
        for place_id in (*bound.required, *(s.place_id for s in document.stops if s.required))
        if place_id in there
    ]
    required = dict.fromkeys((*wanted, *sorted(after.added)))
    dates = () if document.appointments is msgspec.UNSET else document.appointments
    served = {
        wish for stop in document.stops if stop.place_id in after.moved for wish in stop.serves
    }
    under_way = any(isinstance(each, HereNow) for each in (*edits_of(document), edit))
    order = tuple(
        rule
        for rule in order_rules(document.request, request.subrequests, now=settings.start)
        if not {rule.wish, rule.other} & served
        and not (under_way and rule.kind in {"first", "halfway"})
    )
    return replace(
        bound,
        required=tuple(each for each in required if each not in after.removed),
        excluded_ids=(bound.excluded_ids | after.removed) - after.added,
        excluded_by={**_reasons(document, edit, after), **bound.excluded_by},
        start=Anchor(edit.name, Position(edit.lat, edit.lon))
        if isinstance(edit, HereNow)
        else _anchor(planner, document.start),
        end=_anchor(planner, document.end),
        order=order,
        proposed=proposed_of(document),
        appointments=tuple(
            Appointment(each.place_id, dt.time.fromisoformat(each.at))
            for each in dates
            if each.place_id not in after.removed and each.place_id in there
        ),
    )


def _reasons(document: PlanDocument, edit: Edit, after: Standing) -> dict[str, str]:
    """Return what keeps each place out that edits took away."""
    reasons = dict.fromkeys(after.removed, "your edit")
    for each in (*edits_of(document), edit):
        if isinstance(each, HereNow):
            reasons |= dict.fromkeys(each.visited, "the walk so far")
            reasons |= dict.fromkeys(each.elsewhere, "another day of the plan")
    return {place_id: reason for place_id, reason in reasons.items() if place_id in after.removed}


def without_served(case: Case, document: PlanDocument, edit: Edit) -> Case:
    """Return a case without the wishes that stops behind, and on other days, serve already.

    Parameters
    ----------
    case
        Of what is left of a day.
    document
        The plan before the edit.
    edit
        An edit; only "I am here now" leaves stops behind.
    """
    if not isinstance(edit, HereNow):
        return case
    of_a_day = daily(case.bound, case.counts)
    used = Counter(
        wish
        for stop in document.stops
        for wish in stop.serves
        if stop.place_id in edit.visited
        or (stop.place_id in edit.elsewhere and wish not in of_a_day)
    )
    counts = {wish: max(count - used[wish], 0) for wish, count in case.counts.items()}
    return replace(case, wishes=case.wishes - set(used), counts=counts)


def rest_of(document: PlanDocument, settings: Settings, edit: HereNow) -> tuple[HereNow, Settings]:
    """Return "I am here now" with the stops that it leaves, and the frame of the rest of its day.

    Parameters
    ----------
    document, settings
        The plan and its frame.
    edit
        Where and when one is.

    Raises
    ------
    EditRefusedError
        If no walk of the plan is under way then.
    """
    day, moment = _moment(settings, edit)
    today = days_of(document).get(day, ())
    visited = tuple(
        stop.place_id for stop in today if dt.datetime.fromisoformat(stop.visit_from) <= moment
    )
    elsewhere = tuple(stop.place_id for stop in document.stops if stop.day != day)
    until = settings.latest_end + dt.timedelta(days=day - 1)
    due = settings.stops if settings.days == 1 else len(today)
    left = (until - moment).total_seconds() / 3600
    stops = None if settings.stops is None or due is None else max(due - len(visited), 1)
    return (
        msgspec.structs.replace(edit, visited=visited, elsewhere=elsewhere),
        replace(settings, start=moment, hours=round(left, 4), stops=stops, days=1),
    )


def _moment(settings: Settings, edit: HereNow) -> tuple[int, dt.datetime]:
    """Return the day of the plan that it is, and the moment."""
    try:
        time = dt.time.fromisoformat(edit.time)
    except ValueError as error:
        raise EditRefusedError(f'"{edit.time}" is no time.', "Write it like 14:20.") from error
    first = settings.start.date()
    if edit.date is None:
        if settings.days > 1:
            raise EditRefusedError(
                f"The plan has {settings.days} days, from {first:%A} on.",
                "Say which of them it is.",
            )
        at = dt.datetime.combine(first, time)
        if at < settings.start:
            at += dt.timedelta(days=1)
    else:
        try:
            at = dt.datetime.combine(dt.date.fromisoformat(edit.date), time)
        except ValueError as error:
            text = f'"{edit.date}" is no date.'
            raise EditRefusedError(text, "Write it like 2026-11-25.") from error
    length = settings.latest_end - settings.start
    for day in range(1, settings.days + 1):
        morning = settings.start + dt.timedelta(days=day - 1)
        if morning <= at < morning + length:
            return day, at
    raise EditRefusedError(
        f"No walk of this plan is under way on {at:%A} at {at:%H:%M}: it goes from "
        f"{settings.start:%H:%M} to {settings.latest_end:%H:%M}"
        + (f" on {settings.days} days from {first:%A} on." if settings.days > 1 else "."),
        "Plan another one.",
    )
