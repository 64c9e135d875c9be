"""A timed sequence of visits turned into the plan that people get."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import TYPE_CHECKING

import msgspec

from planner.domain import Itinerary, Stop
from planner.itinerary.document import (
    AnchorPart,
    AppointmentPart,
    IntentPart,
    LegPart,
    OptimalityPart,
    SettingsPart,
    StopPart,
    SubRequestPart,
    TotalsPart,
    UnderstoodPart,
)
from planner.itinerary.wording import walked
from planner.library.hours import state_during

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from planner.domain import Anchor, BoundRequest, Candidate, Leg, Settings
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.schedule import DayWalk
    from planner.library.catalogue import Catalogue

SCORE_DIGITS = 4
NEAR_ENOUGH_M, AT_THE_DOOR_M = 600.0, 25.0
"""Metres on foot up to which a place is near another one, and up to which it is at its door."""
DEGREE_DIGITS = 7
"""Seven decimals of a degree are a centimetre on the ground."""


def compose(
    walks: Sequence[DayWalk],
    *,
    settings: Settings,
    bound: BoundRequest,
    catalogue: Catalogue,
    leg: Callable[[str, str, int, int], Leg],
) -> Itinerary:
    """Return the itinerary of timed walks.

    Parameters
    ----------
    walks
        One for each day.
    settings, bound
        The frame and the request.
    catalogue
        Tells what a wish names.
    leg
        Makes the leg between two ends, given by their names in the plan, of a length in seconds
        on a day.
    """
    stops: list[Stop] = []
    legs: list[Leg] = []
    for walk in walks:
        stops += _stops(walk, settings, bound, catalogue)
        problem, names = walk.problem, walk.place_ids
        rows = list(zip(names, walk.timed.sequence, strict=True))
        if problem.start is not None:
            rows.insert(0, ("start", problem.start))
        if problem.end is not None:
            rows.append(("end", problem.end))
        for (origin, before), (target, after) in itertools.pairwise(rows):
            legs.append(leg(origin, target, problem.seconds[before][after] or 0, walk.day))
    return Itinerary(settings, tuple(stops), tuple(legs), bound.start, bound.end)


def _stops(
    walk: DayWalk, settings: Settings, bound: BoundRequest, catalogue: Catalogue
) -> Iterator[Stop]:
    morning = settings.start + dt.timedelta(days=walk.day - 1)
    timed = walk.timed
    for n, i in enumerate(timed.sequence):
        candidate = walk.problem.visits[i].candidate
        place = candidate.place
        arrive, enter, depart = (
            morning + dt.timedelta(seconds=times[n])
            for times in (timed.arrive, timed.enter, timed.depart)
        )
        yield Stop(
            candidate=candidate,
            arrive=arrive,
            visit_from=enter,
            depart=depart,
            open=state_during(place.opening_hours, enter, depart, place.position),
            why=reason(candidate, bound, catalogue),
            day=walk.day,
            worth=walk.worths[n],
        )


def reason(candidate: Candidate, bound: BoundRequest, catalogue: Catalogue) -> str:
    """Return one sentence on why a place is in the walk."""
    date = next((each for each in bound.appointments if each.place_id == candidate.place.id), None)
    if date is not None:
        return f"You have a date there at {date.at:%H:%M}."
    if candidate.required:
        return "You asked to see it."
    said = [i for i in candidate.serves if i not in bound.proposed]
    wishes = [bound.request.subrequests[i].pos for i in said]
    if candidate.serves and not wishes:
        return bound.proposed[candidate.serves[0]]
    if wishes:
        asked = [f"“{words}”" for words in dict.fromkeys(wishes)]
        bare = [
            bound.near[i].wish if i in bound.near else bound.request.subrequests[i].pos
            for i in said
        ]
        where = _where(candidate, bound, said)
        return f"{_fit(bare, catalogue)} your wish for {_join(asked)}{where}."
    if candidate.place.favourite:
        return "You did not ask for it, but it is a favourite of yours and close to the way."
    return "You did not ask for it, but it is close to the way and worth a look."


def _fit(wishes: Sequence[str], catalogue: Catalogue) -> str:
    """Promise no more than is known: a kind is on the map, what it is like is not."""
    sure = any(catalogue.named_wholly(words) for words in wishes)
    return "It answers" if sure else "It comes close to"


def _where(candidate: Candidate, bound: BoundRequest, said: Sequence[int]) -> str:
    """Say how far it is on foot from what a wish is to be near."""
    everywhere = next((near for near in bound.near.values() if not near.wish), None)
    for i in said:
        near, metres = bound.near.get(i, everywhere), candidate.near.get(i)
        if near is not None and metres is not None and metres < AT_THE_DOOR_M:
            return f", right by {near.name}"
        if near is not None and metres is not None:
            far = "" if metres <= NEAR_ENOUGH_M else "though "
            return f", {far}{walked(metres)} on foot from {near.name}"
    return ""


def _join(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def settings_part(settings: Settings) -> SettingsPart:
    """Return the published form of the frame."""
    return SettingsPart(
        date=settings.start.date().isoformat(),
        start_time=settings.start.strftime("%H:%M"),
        hours=float(settings.hours),
        days=settings.days,
        stops=settings.stops,
        pace_kmh=settings.pace_kmh,
        step_free=settings.step_free,
        weather=settings.weather,
        mode=settings.mode,
        seed=settings.seed,
    )


def understood_part(bound: BoundRequest) -> UnderstoodPart:
    """Return the published form of what was understood."""
    request = bound.request
    return UnderstoodPart(
        subrequests=tuple(
            SubRequestPart(
                pos=each.pos,
                neg=each.neg,
                mustsee=each.mustsee,
                type=each.type,
                place_ids=place_ids,
                proposed=True if i in bound.proposed else msgspec.UNSET,
            )
            for i, (each, place_ids) in enumerate(
                zip(request.subrequests, bound.place_ids, strict=True)
            )
        ),
        hours=request.hours,
        start_time=None if request.start_time is None else request.start_time.strftime("%H:%M"),
        date=None if request.date is None else request.date.isoformat(),
        stops=request.stops,
        by=request.by,
        not_understood=request.strange or msgspec.UNSET,
    )


def appointment_parts(bound: BoundRequest) -> tuple[AppointmentPart, ...] | msgspec.UnsetType:
    """Return the published form of the appointments, if there are any."""
    parts = tuple(
        AppointmentPart(place_id=each.place_id, at=f"{each.at:%H:%M}")
        for each in bound.appointments
    )
    return parts or msgspec.UNSET


def intent_parts(itinerary: Itinerary, bound: BoundRequest) -> tuple[IntentPart, ...]:
    """Return what the hours suggested, as far as the walk does it, with its times."""
    return tuple(
        IntentPart(
            category=stop.place.category,
            start=f"{stop.visit_from:%H:%M}",
            end=f"{stop.depart:%H:%M}",
            reason=bound.proposed[wish],
        )
        for stop in itinerary.stops
        for wish in stop.candidate.serves[:1]
        if wish in bound.proposed
    )


def proposed_of(document: PlanDocument) -> dict[int, str]:
    """Return which wishes of a plan nobody said, as far as its stops serve them, and why."""
    reasons = {part.reason for part in document.intents}
    return {
        stop.serves[0]: stop.why for stop in document.stops if stop.serves and stop.why in reasons
    }


def anchor_part(anchor: Anchor | None) -> AnchorPart | None:
    """Return the published form of a fixed start or end."""
    if anchor is None:
        return None
    return AnchorPart(
        place_id=None if anchor.place is None else anchor.place.id,
        name=anchor.name,
        lat=anchor.position.lat,
        lon=anchor.position.lon,
    )


def stop_part(stop: Stop) -> StopPart:
    """Return the published form of a stop."""
    place = stop.place
    return StopPart(
        place_id=place.id,
        name=place.name,
        lat=place.position.lat,
        lon=place.position.lon,
        category=place.category,
        day=stop.day,
        osm=place.osm,
        arrive=stop.arrive.isoformat(),
        visit_from=stop.visit_from.isoformat(),
        depart=stop.depart.isoformat(),
        opening_hours=place.opening_hours,
        open=stop.open,
        score=round(stop.worth, SCORE_DIGITS),
        serves=stop.candidate.serves,
        required=stop.candidate.required,
        why=stop.why,
    )


def leg_part(leg: Leg) -> LegPart:
    """Return the published form of a leg."""
    return LegPart(
        day=leg.day,
        origin=leg.origin,
        target=leg.target,
        distance_m=round(leg.distance_m, 1),
        duration_s=leg.duration_s,
        path=tuple((round(lon, DEGREE_DIGITS), round(lat, DEGREE_DIGITS)) for lon, lat in leg.path),
        steps=leg.steps,
        ride_m=round(leg.ride_m, 1) if leg.ride_m else msgspec.UNSET,
        ride_s=round(leg.ride_s, 1) if leg.ride_s else msgspec.UNSET,
    )


def totals_part(itinerary: Itinerary) -> TotalsPart:
    """Return the sums over a walk."""
    walk_s = sum(leg.duration_s for leg in itinerary.legs)
    visit_s = sum(int((stop.depart - stop.visit_from).total_seconds()) for stop in itinerary.stops)
    wait_s = sum(int((stop.visit_from - stop.arrive).total_seconds()) for stop in itinerary.stops)
    return TotalsPart(
        walk_m=round(sum(round(leg.distance_m - leg.ride_m, 1) for leg in itinerary.legs), 1),
        walk_s=walk_s,
        visit_s=visit_s,
        wait_s=wait_s,
        elapsed_s=walk_s + visit_s + wait_s,
        score=round(
            math.fsum(round(stop.worth, SCORE_DIGITS) for stop in itinerary.stops), SCORE_DIGITS
        ),
    )


def optimality_part(score: float, bound: float, *, proven: bool, candidates: int) -> OptimalityPart:
    """Return what is known of the best that any walk could be worth, and the gap in percent.

    Parameters
    ----------
    score
        What the walk is worth, as published.
    bound
        What no walk is worth more than, as the solver proved it.
    proven
        Whether the solver proved that there is no better walk.
    candidates
        The places that the bound speaks of.
    """
    unit = 10**SCORE_DIGITS
    reached = score if proven else max(math.ceil(bound * unit) / unit, score)
    gap = 0.0 if reached <= score else 100 * (reached - score) / max(abs(reached), 1 / unit)
    return OptimalityPart(
        proven=proven, bound=round(reached, SCORE_DIGITS), gap=round(gap, 2), candidates=candidates
    )
