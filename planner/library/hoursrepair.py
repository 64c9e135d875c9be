"""Writing of opening hours that breaks the grammar, mended where it can have one meaning only.

Each repair keeps the one meaning that the writing can have; where there are two (an evening "6",
an "11 to 7"), nothing is touched and the hours stay unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_DAY_SIGN = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
LOOSE_DAYS = re.compile(rf"\b({_DAY_SIGN}(?:-{_DAY_SIGN})?),\s+(?={_DAY_SIGN}\b)")
_DAY_NAMES = re.compile(
    r"(?i)\b(mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day)?s?\b(?!\w)|"
    r"\b(tuesday|wednesday|thursday|saturday)s?\b"
)
_CLOCK_12 = re.compile(r"(?i)\b(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)")
_HOUR_RANGE = re.compile(
    r"(?<![\d:.\-])(\d{1,2})(?::?(\d{2}))?\s*-\s*(\d{1,2})(?::?(\d{2}))?(?![\d:.])"
)
_MONTH_BEFORE = re.compile(r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\s*$")
_NOON = 12
_EARLIEST_BARE = 5
_HOURS_A_DAY = 24


def _plain_signs(text: str) -> str:
    text = _DASHES.sub("-", text).replace("\uff1a", ":").replace("\uff0c", ",")
    return text.strip().rstrip(";,").strip()


def _plain_clock(text: str) -> str:
    text = re.sub(r"(?i)(\d)\s*(?:uhr|hrs)\b", r"\1", text)
    text = re.sub(r"\b(\d{1,2})h(\d{2})?\b", lambda m: f"{m[1]}:{m[2] or '00'}", text)
    text = re.sub(r"\b(\d{1,2})\.(\d{2})\b", r"\1:\2", text)
    return re.sub(r"\s*&\s*", ",", text)


def _english_days(text: str) -> str:
    def code(match: re.Match[str]) -> str:
        return match.group()[:2].capitalize()

    text = _DAY_NAMES.sub(code, text)
    return re.sub(r"\b(Mo|Tu|We|Th|Fr|Sa|Su)\s*-\s*(Mo|Tu|We|Th|Fr|Sa|Su)\b", r"\1-\2", text)


def _half_days(text: str) -> str:
    """Turn "9am-5pm" into 24 hours; "12am" is written for noon as well, so it is left alone."""

    def clock(match: re.Match[str]) -> str:
        hour, half = int(match[1]), match[3][0].lower()
        if not 1 <= hour <= _NOON or (hour == _NOON and half == "a"):
            return match.group()
        hour = hour % _NOON + (_NOON if half == "p" else 0)
        return f"{hour:02}:{match[2] or '00'}"

    return _CLOCK_12.sub(clock, text)


def _full_times(text: str) -> str:
    """Turn "10-18", "7:00-21" and "09:00-1300" into times; leave what may be the evening."""

    def span(match: re.Match[str]) -> str:
        if _MONTH_BEFORE.search(text[: match.start()]):
            return match.group()
        opens, closes = int(match[1]), int(match[3])
        if opens > _HOURS_A_DAY or closes > _HOURS_A_DAY:
            return match.group()
        # "8-6" and "3-7" may speak of the afternoon; "8-18", "15-02" and "10-12" cannot.
        plain = closes > _NOON or match[3][0] == "0" or (_EARLIEST_BARE <= opens < closes)
        if not plain and not (match[2] and match[4]):
            return match.group()
        return f"{opens:02}:{match[2] or '00'}-{closes:02}:{match[4] or '00'}"

    return _HOUR_RANGE.sub(span, text)


def _open_ends(text: str) -> str:
    """Turn "16:00-" at the end of a rule into an open end."""
    return re.sub(r"(\d{1,2}:\d{2})\s*-\s*(?=$|[,;])", r"\1+", text)


def _separated_rules(text: str) -> str:
    """Put the missing sign between a time and the weekday of the next rule."""
    text = re.sub(r"\b(Mo|Tu|We|Th|Fr|Sa|Su)(?=\d)", r"\1 ", text)
    text = re.sub(r"(\d{2}:\d{2}\+?)\s+(?=(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)\b)", r"\1; ", text)
    return re.sub(r"\s*-\s*", "-", text)


REPAIRS: tuple[Callable[[str], str], ...] = (
    _plain_signs,
    _plain_clock,
    _english_days,
    _half_days,
    _full_times,
    _open_ends,
    _separated_rules,
)
