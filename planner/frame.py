"""The frame of a walk: day, time, hours, pace and weather, after everything said was weighed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from planner.domain import LeftOut, Settings
from planner.language.quantities import read_quantities, weather_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain import Request, Wishes

DEFAULT_HOURS = 4.0
DEFAULT_START = dt.time(10, 0)
QUARTER = dt.timedelta(minutes=15)
ANY_DAY = dt.datetime(2026, 1, 5, 12)


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
        step_free=wishes.step_free,
        weather=wishes.weather or weather_of(request.text) or "dry",
        seed=wishes.seed,
    )


def unread(request: Request) -> Iterator[LeftOut]:
    """Yield what a request says and the plan does not heed, so that it can be told."""
    if not request.subrequests:
        yield LeftOut("wishes", "none was found in your words; these are well-known places")
    for quantity in read_quantities(request.text, now=ANY_DAY).found:
        if quantity.kind == "appointment":
            words = " ".join(request.text[quantity.start : quantity.end].split())
            yield LeftOut(words, "a time for one stop is not kept; --start-time says when to begin")
