"""Opening hours of people's files: two columns made one value, and what may be the wrong way round.

A place that opens in the evening closes in the night or early in the morning. One that closes
later than that, and yet before it opens, has its two times swapped, most of the time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.library.hours import is_readable

if TYPE_CHECKING:
    from collections.abc import Iterable

NIGHT_ENDS = "06:00"
_SHOWN = 60
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s*(?:h|uhr|(am|pm|a\.m\.|p\.m\.))?", re.IGNORECASE
)
_RANGE = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})\s*[-\u2010-\u2015]\s*(\d{1,2}):(\d{2})(?![\d:])")
_QUOTED = re.compile(r'"[^"]*"')
_NOON = 12


def clock(value: object) -> str | None:
    """Return a time of day as ``HH:MM``, None if the value is none, or may be two.

    Understood are ``9``, ``9:30``, ``9.30``, ``09:30:00`` and ``9:30 pm``; "12 am" is written for
    noon and for midnight.
    """
    found = _CLOCK.fullmatch(str(value).strip())
    if found is None:
        return None
    hour, minute, half = int(found[1]), found[2] or "00", (found[3] or "")[:1].casefold()
    if half:
        if not 1 <= hour <= _NOON or (hour == _NOON and half == "a"):
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    whole = f"{hour:02}:{minute}"
    return whole if minute < "60" and whole <= "24:00" else None


def joined(opens: str | None, closes: str | None) -> str | None:
    """Return the opening hours of two times, with an open end where that is missing."""
    if not opens:
        return None
    return f"{opens}-{closes}" if closes else f"{opens}+"


def is_swapped(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether columns of opening and closing times stand in each other's place.

    They do if every pair makes sense the other way, and some pair does not this way.
    """
    known = list(pairs)
    return all(_makes_sense(closes, opens) for opens, closes in known) and not all(
        _makes_sense(opens, closes) for opens, closes in known
    )


def doubt(hours: str) -> str:
    """Say what is doubtful about opening hours, for a person; empty where nothing is."""
    if not is_readable(hours):
        return f"its opening hours {hours[:_SHOWN]!r} cannot be read and count as unknown"
    for found in _RANGE.finditer(_QUOTED.sub("", hours)):
        opens, closes = f"{found[1]:0>2}:{found[2]}", f"{found[3]:0>2}:{found[4]}"
        if not _makes_sense(opens, closes):
            return (
                f"its opening hours {found[0]} last through the night; "
                "opening and closing may be swapped"
            )
    return ""


def _makes_sense(opens: str, closes: str) -> bool:
    return opens <= closes or closes <= NIGHT_ENDS
