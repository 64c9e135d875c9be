"""The frame of a walk: day, time, hours, pace and weather, after everything said was weighed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from planner.domain import Settings
from planner.language.quantities import weather_of

if TYPE_CHECKING:
    from planner.domain import Request, Wishes

DEFAULT_HOURS = 4.0
DEFAULT_START = dt.time(10, 0)
QUARTER = dt.timedelta(minutes=15)


def frame_of(request: Request, wishes: Wishes, now: dt.datetime) -> Settings:
    """Weigh options, request and defaults into the frame of a walk.

    An option wins over the request's words. Where no time was said, a walk begins at ten, or at
    the next quarter of an hour if that is past today.
    """
    date = wishes.date or request.date or now.date()
    said = wishes.start_time or request.start_time
    start = dt.datetime.combine(date, said or DEFAULT_START)
    if said is None and date == now.date() and start < now:
        since = now - dt.datetime.combine(date, dt.time())
        start = dt.datetime.combine(date, dt.time()) - (-since // QUARTER) * QUARTER
    return Settings(
        start=start,
        hours=wishes.hours or request.hours or DEFAULT_HOURS,
        stops=wishes.stops or request.stops,
        pace_kmh=wishes.pace_kmh,
        weather=wishes.weather or weather_of(request.text) or "dry",
        seed=wishes.seed,
    )
