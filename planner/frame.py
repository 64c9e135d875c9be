"""The frame of a walk: day, time, hours, pace and weather, after everything said was weighed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from planner.domain import LeftOut, Settings
from planner.language.quantities import read_quantities, weather_of
from planner.language.succession import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain import OrderRule, Request, Wishes

DEFAULT_HOURS = 4.0
DEFAULT_START = dt.time(10, 0)
QUARTER = dt.timedelta(minutes=15)
ANY_DAY = dt.datetime(2026, 1, 5, 12)
HOUR = dt.timedelta(hours=1)
SHORTEST = dt.timedelta(minutes=15)
BEFORE_AN_APPOINTMENT = dt.timedelta(hours=1)
AFTER_AN_APPOINTMENT = dt.timedelta(hours=2)
NOON_MINUTES = 12 * 60
A_MOMENT = dt.timedelta(minutes=30)
"""Who asks for a walk that began so long ago knows it."""


def frame_of(
    request: Request, wishes: Wishes, now: dt.datetime, order: Sequence[OrderRule] = ()
) -> Settings:
    """Weigh options, request and defaults into the frame of a walk.

    An option wins over the request's words. Where no time was said, a walk begins at ten, or at
    the next quarter of an hour if that is past today. Where no length was said, it takes four
    hours, or as long as until the deadline that was ("back by six"). What was not said gives way
    to appointments: for dinner at seven, a walk of unsaid hours does not end at two.

    Parameters
    ----------
    request, wishes
        What words and options say.
    now
        The moment at which the person asks.
    order
        What the words say of order and times.
    """
    date = wishes.date or request.date or now.date()
    said = wishes.start_time or request.start_time
    start = dt.datetime.combine(date, said or DEFAULT_START)
    if said is None and date == now.date() and start < now:
        since = now - dt.datetime.combine(date, dt.time())
        start = dt.datetime.combine(date, dt.time()) - (-since // QUARTER) * QUARTER
    earliest = start
    hours = wishes.hours or request.hours
    until = _deadline(request, start, now)
    if hours is None and until is not None:
        hours = (until - start) / HOUR
    times = [*(at for _, at in wishes.at), *_times_said(order, start, fixed=said is not None)]
    moments = [dt.datetime.combine(date, at) for at in times]
    if moments and wishes.days == 1:
        latest = max(moments) + AFTER_AN_APPOINTMENT
        if said is None:
            length = dt.timedelta(hours=hours or DEFAULT_HOURS)
            if latest > start + length:
                start = max(min(latest - length, min(moments) - BEFORE_AN_APPOINTMENT), earliest)
        if hours is None:
            hours = max(DEFAULT_HOURS, (latest - start) / HOUR)
    return Settings(
        start=start,
        hours=round(hours or DEFAULT_HOURS, 4),
        stops=wishes.stops or request.stops,
        pace_kmh=wishes.pace_kmh,
        step_free=wishes.step_free,
        weather=wishes.weather or weather_of(request.text) or "dry",
        days=wishes.days,
        mode=wishes.mode,
        seed=wishes.seed,
    )


def _deadline(request: Request, start: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Return when the walk must be over by the request's words, if that can be."""
    minutes = deadline(request.text, now=now)
    if minutes is None:
        return None
    until = dt.datetime.combine(start.date(), dt.time()) + dt.timedelta(minutes=minutes)
    if until <= start and minutes < NOON_MINUTES:
        until += dt.timedelta(hours=12)
    return until if until - start >= SHORTEST else None


def _times_said(
    order: Sequence[OrderRule], start: dt.datetime, *, fixed: bool
) -> Iterator[dt.time]:
    """Yield the times of day that wishes were given."""
    for rule in order:
        if rule.at is None:
            continue
        unsure = not rule.sure and rule.at.hour < NOON_MINUTES // 60
        if unsure and fixed and rule.at < start.time():
            yield rule.at.replace(hour=rule.at.hour + 12)
        else:
            yield rule.at


def past(settings: Settings, now: dt.datetime) -> Iterator[LeftOut]:
    """Yield that a walk lies in the past, so that nobody misreads a date.

    Parameters
    ----------
    settings
        The walk's frame.
    now
        The moment at which the person asks.
    """
    begin = settings.start
    over = begin + dt.timedelta(days=settings.days - 1, hours=settings.hours) < now
    if begin + A_MOMENT >= now:
        return
    day = "today" if begin.date() == now.date() else f"on {begin:%A} {begin.date().isoformat()}"
    what = "the walk lies in the past" if over else "the walk has begun already"
    yield LeftOut("date", f"{what}: it starts {day} at {begin:%H:%M}")


def unread(request: Request, order: Sequence[OrderRule] = ()) -> Iterator[LeftOut]:
    """Yield what a request says and the plan does not heed, so that it can be told.

    Parameters
    ----------
    request
        What was understood.
    order
        The times among the words that are kept.
    """
    if not request.subrequests:
        yield LeftOut("wishes", "none was found in your words; these are well-known places")
    kept = sum(rule.kind == "at" for rule in order)
    found = [
        quantity
        for quantity in read_quantities(request.text, now=ANY_DAY).found
        if quantity.kind == "appointment"
    ]
    for quantity in found[: len(found) - kept]:
        words = " ".join(request.text[quantity.start : quantity.end].split())
        yield LeftOut(words, 'no wish stands beside that time; --at "PLACE@HH:MM" makes a date')
