"""A walk as an iCalendar file (RFC 5545): one event a stop, with its time and its place.

Where the city's time zone is known, times carry it; elsewhere they are local to wherever the
calendar is. An event's identity stays as long as the plan and the stop do, so that a calendar that
reads the file again changes its events and doubles none.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from planner.itinerary.document import encode
from planner.itinerary.exporters.journey import CREDIT, geo_link

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from icalendar import Event

    from planner.itinerary.exporters.journey import Day, Journey, Visit

_PRODUCT: Final = "-//flaneur//A walk//EN"
_YEARS: Final = 10
_FAMILY: Final = UUID("5a3a6a30-9f4b-5c0e-8d53-6d0f5f1f4c11")


def compose(journey: Journey, *, now: dt.datetime) -> bytes:
    """Return the bytes of a calendar.

    Parameters
    ----------
    journey
        The walk.
    now
        The moment of writing, local without a zone.
    """
    from icalendar import Calendar

    zone = journey.zone()
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", journey.title)
    calendar.add("x-wr-caldesc", f"{journey.facts}. {CREDIT}")
    for day in journey.days:
        for visit in day.visits:
            calendar.add_component(_event(journey, day, visit, zone, now))
    if zone is not None:
        # Some calendars keep the first rules that they get of a zone: give whole years of them.
        year = journey.days[0].date.year
        calendar.add_missing_timezones(
            first_date=dt.date(year - 1, 1, 1), last_date=dt.date(year + _YEARS, 1, 1)
        )
    made: bytes = calendar.to_ical()
    return made


def _event(
    journey: Journey, day: Day, visit: Visit, zone: ZoneInfo | None, now: dt.datetime
) -> Event:
    """Return the event of a stop, from coming to leaving."""
    from icalendar import Event

    stop = visit.stop
    event = Event()
    event.add("uid", _identity(journey, visit))
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", visit.arrive.replace(tzinfo=zone))
    event.add("dtend", visit.depart.replace(tzinfo=zone))
    event.add("summary", visit.name)
    event.add("location", f"{visit.name}, {journey.city}")
    event.add("geo", (stop.lat, stop.lon))
    way = day.way_to(stop.place_id)
    coming = f"From {way.origin}: {way.words}" if way is not None else ""
    lines = [visit.facts, visit.waiting, visit.why, coming, geo_link(stop.lat, stop.lon), CREDIT]
    event.add("description", "\n".join(filter(None, lines)))
    event.add("categories", [visit.kind])
    return event


def _identity(journey: Journey, visit: Visit) -> str:
    """Return what tells an event from all others, the same at every writing."""
    plan = journey.document
    # A plan that was not saved is known by what it was made from.
    whole = plan.plan_id or _frame(journey)
    return f"{uuid5(_FAMILY, f'{whole}/{visit.stop.day}/{visit.stop.place_id}')}@flaneur"


def _frame(journey: Journey) -> str:
    """Return what a plan was made from as text."""
    from msgspec.structs import replace

    plan = journey.document
    frame = type(plan)(
        status=plan.status,
        city=plan.city,
        request=plan.request,
        settings=plan.settings,
        understood=replace(plan.understood, by=""),
        start=plan.start,
        end=plan.end,
    )
    return encode(frame, indent=0)
