"""What may be told of a plan: the published figures, as the narration takes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from planner.language.facts import PlanFacts, StopFacts

if TYPE_CHECKING:
    from planner.itinerary.document import LegPart, PlanDocument
    from planner.library.catalogue import Catalogue

_INTO = re.compile(r"(?:into|on|along|onto) (?P<street>[^,]+), \d")
STREETS_TOLD = 2


def facts_of(document: PlanDocument, catalogue: Catalogue) -> PlanFacts:
    """Return the facts of a plan that its telling may use.

    Parameters
    ----------
    document
        A plan with stops.
    catalogue
        For words about each kind of place.
    """
    to = {leg.target: leg for leg in document.legs}
    stops = []
    for stop in document.stops:
        category = catalogue.category(stop.category)
        leg = to.get(stop.place_id)
        stay = _moment(stop.depart) - _moment(stop.visit_from)
        stops.append(
            StopFacts(
                name=stop.name,
                category=category.label,
                arrive=f"{_moment(stop.arrive):%H:%M}",
                stay_minutes=round(stay.total_seconds() / 60),
                why=stop.why,
                about=category.phrase,
                open=stop.open,
                streets=streets_of(leg),
                walk_m=leg.distance_m - leg.afloat[0] if leg else 0.0,
                walk_minutes=round(leg.duration_s / 60) if leg else 0,
                by_ferry=leg is not None and leg.afloat[0] > 0,
            )
        )
    home = to.get("end")
    finish = _moment(document.stops[-1].depart)
    if home is not None:
        finish += dt.timedelta(seconds=home.duration_s)
    settings = document.settings
    return PlanFacts(
        city=document.city.title() if document.city.islower() else document.city,
        date=dt.date.fromisoformat(settings.date),
        begin=settings.start_time,
        finish=f"{finish:%H:%M}",
        stops=tuple(stops),
        walk_m=document.totals.walk_m,
        start_name=document.start.name if document.start else None,
        end_name=document.end.name if document.end else None,
        end_walk_minutes=round(home.duration_s / 60) if home else 0,
        end_by_ferry=home is not None and home.afloat[0] > 0,
    )


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def streets_of(leg: LegPart | None) -> tuple[str, ...]:
    """Return the first streets that a leg's steps name."""
    if leg is None:
        return ()
    named = (_INTO.search(step) for step in leg.steps)
    # "along a footpath" says what the way is like, not what it is called.
    found = dict.fromkeys(
        match["street"] for match in named if match and match["street"][0].isupper()
    )
    return tuple(found)[:STREETS_TOLD]
