"""Distances, durations and times as people say them."""

from __future__ import annotations

import datetime as dt
from typing import Final

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ROUNDED_M: Final = 10
_KILOMETRE: Final = 1000
_KILOMETRES_IN_TENTHS: Final = 10
_BYTES_STEP: Final = 1000
_BYTES_IN_TENTHS: Final = 10


def format_distance(metres: float) -> str:
    """Return a distance as one would say it: "410 m", "2.9 km", "12 km"."""
    rounded = round(metres / _ROUNDED_M) * _ROUNDED_M if metres >= _ROUNDED_M else round(metres)
    if rounded < _KILOMETRE:
        return f"{rounded} m"
    kilometres = metres / _KILOMETRE
    if round(kilometres, 1) < _KILOMETRES_IN_TENTHS:
        return f"{kilometres:.1f} km"
    return f"{kilometres:.0f} km"


def format_duration(seconds: float) -> str:
    """Return a duration to the minute: "5 min", "3 h 52 min", "2 h"; no time at all is "0 min"."""
    minutes = max(round(seconds / 60), 1 if seconds > 0 else 0)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def format_hours(hours: float) -> str:
    """Return a number of hours: "1 hour", "4 hours", "2 h 30 min"."""
    whole = round(hours)
    if abs(hours - whole) * 60 < 1:
        return "1 hour" if whole == 1 else f"{whole} hours"
    return format_duration(hours * 3600)


def format_clock(moment: str | dt.datetime | dt.time) -> str:
    """Return the time of day: "10:12".

    Parameters
    ----------
    moment
        A time, or its ISO 8601 text (date and time, or time alone).

    Raises
    ------
    ValueError
        If the text is no such time.
    """
    if isinstance(moment, str):
        moment = (
            dt.datetime.fromisoformat(moment) if "T" in moment else dt.time.fromisoformat(moment)
        )
    return f"{moment.hour:02d}:{moment.minute:02d}"


def format_date(date: str | dt.date) -> str:
    """Return a date with its weekday: "Wednesday 25 November 2026", in English in every locale.

    Parameters
    ----------
    date
        A date or its ISO 8601 text.

    Raises
    ------
    ValueError
        If the text is no date.
    """
    if isinstance(date, str):
        date = dt.date.fromisoformat(date)
    return f"{_DAYS[date.weekday()]} {date.day} {_MONTHS[date.month - 1]} {date.year}"


def format_count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 stop", "5 stops", "1,200 places"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def format_bytes(size: int) -> str:
    """Return a size in decimal units: "512 B", "9.8 MB", "98 MB"."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < _BYTES_STEP:
            break
        amount, unit = amount / _BYTES_STEP, larger
    tenths = unit != "B" and amount < _BYTES_IN_TENTHS
    return f"{amount:.1f} {unit}" if tenths else f"{amount:.0f} {unit}"
