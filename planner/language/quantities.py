"""Hours, clock times, dates and counts, read from a person's words.

`planner.language.measures` says which words are a quantity; here what was claimed is weighed: a
length wins over a part of the day, two clock times make a length, and so on.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from planner.language.lexicon import words
from planner.language.measures import (
    CLOCK_PARTS,
    MINUTES,
    MONTHS,
    NUMBERS,
    PARTS,
    PATTERNS,
    TABLE_TIME,
    VULGAR,
    WEEKDAYS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import Weather
    from planner.language.measures import (
        Kind,
    )

_NOON: Final = 12 * 60
_DAY: Final = 24 * 60
# A night out that begins this late may end after midnight, up to then.
_EVENING: Final = 17 * 60
_MORNING: Final = 6 * 60
_LONGEST_HOURS: Final = 24
# "1h30" is a length, "10h00" a clock time, and so is "12h".
_LONGEST_H_AND_MINUTES: Final = 8
_LONGEST_H: Final = 10
# A bare hour up to this one is in the afternoon.
_LAST_PM_HOUR: Final = 7
_HOURS_A_DAY: Final = 8.0

_WEATHER: tuple[tuple[Weather, str], ...] = (
    ("rain", r"rain\w{0,4}|pouring|drizzl\w{1,3}|showers|wet|thunderstorms?|stormy|umbrella"),
    ("hot", r"hot|heat\w{0,4}|scorching|sweltering|boiling|roasting|baking|sunstroke"),
    ("cold", r"cold|freezing|frosty?|snow\w{0,3}|icy|chilly|below zero|sub-?zero|minus \d{1,2}"),
)
# "hot chocolate" and "cold brew" are things to drink, and who does not mind rain speaks of none.
_NOT_WEATHER = re.compile(
    r"(?:hot|cold) (?:choc\w{0,7}|drinks?|dogs?|pot|springs?|spots?|meals?|food|brew|cuts|beers?|"
    r"tubs?|plunge|coffee|cocoa|toddy|spiced|new|water)|rainbow\w?|snow ?(?:globes?|shoes?)|"
    r"(?:don't|do not|dont|doesn't) (?:mind|care)[^.!?;]{0,40}"
)
_START_WORDS = re.compile(
    r"\b(?:start|begin|leav|depart|set(?:ting)? off|meet|pick|kick|first|from)\w{0,4}\b"
)
_END_WORDS = re.compile(r"\b(?:end|finish|back|done|be (?:at|on|in)|drop|last|until|over)\w{0,4}\b")
# What goes, opens or closes at a time of its own.
_DEPARTURES = re.compile(
    r"\b(?:bus|train|ferry|boat|flight|plane|tram|match|game|film|show|concert|gig|mass|goes|sails|closes|opens)\b"
)
# "Our train gets in at 11.05 and leaves again at 16.20": the walk lies between.
_ARRIVES = re.compile(
    r"\b(?:arriv\w{1,4}|(?:gets?|comes?|pulls?) in(?:to)?|lands?|docks?|drops?|dropped)\b"
)
_LEAVES = re.compile(
    r"\b(?:leaves?|leaving|depart\w{0,4}|sails?|goes|flies|picks?|picked|collected|fetched|departure)\b"
)
_CONTENT_BEFORE = re.compile(r"(?P<word>[^\W\d_]{3,})\s{1,3}$")
_NO_CONTENT = words("start starting begin and then but with walk tour stroll route please") | {
    *WEEKDAYS,
    *PARTS,
    "today",
    "tomorrow",
}
_APOSTROPHES = frozenset("’\u2018`\u00b4")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Words of the request that say a number, a time or a day.

    ``start`` and ``end`` bound everything that was read, ``wish_start`` and ``wish_end`` the words
    that a sub-request would copy ("no more than five stops": ``five stops``). ``asks`` tells
    whether the words are also a wish about the whole walk. ``minutes`` is the clock time that a
    deadline or an appointment names, after midnight; ``sure`` whether the words settle which half
    of the day it lies in.
    """

    kind: Kind
    start: int
    end: int
    wish_start: int
    wish_end: int
    asks: bool = False
    minutes: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Quantities:
    """The numbers of a request; ``None`` stands for "not said"."""

    hours: float | None = None
    start_time: dt.time | None = None
    date: dt.date | None = None
    stops: int | None = None
    found: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A stretch of text that a pattern claims."""

    kind: Kind
    match: re.Match[str]

    def said(self, group: str) -> str:
        """Give the words of a group, empty where the pattern has none or it is unused."""
        return self.match.groupdict().get(group) or ""

    def quantity(self, *, asks: bool) -> Quantity:
        """Give the bounds of this claim."""
        begin, end = self.match.span("w" if self.said("w") else 0)
        # The verb of "start at ten" stays a cue for the place that may follow.
        first = self.match.end("verb") if self.said("verb") else self.match.start()
        clock = None
        if self.kind in {"deadline", "appointment"}:
            clock = _clock(self.said("t2") or self.said("t1"))
        return Quantity(
            self.kind,
            first,
            self.match.end(),
            begin,
            end,
            asks,
            minutes=None if clock is None else clock.minutes,
            sure=clock is not None and clock.sure,
        )


@dataclass(frozen=True, slots=True)
class _Clock:
    """Minutes after midnight; ``sure`` when the words settle the half of the day."""

    minutes: int
    sure: bool
    half_said: bool = False


def _fold_char(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char.isspace():
        return " "
    low = char.lower()
    return low if len(low) == 1 else char


def fold(text: str) -> str:
    """Lower the case and straighten apostrophes and odd spaces, one character for one."""
    return "".join(map(_fold_char, text))


def _value(said: str) -> float:
    """Read a number; nothing said counts as one ("an hour")."""
    if said in NUMBERS:
        return NUMBERS[said]
    if said in VULGAR:
        return VULGAR[said]
    plain = said.replace(" ", "")
    if re.fullmatch(r"\d{1,3},\d{3}", plain):
        plain = plain.replace(",", "")
    return float(plain.replace(",", ".") or 1)


def _hours(claim: _Claim) -> float | None:
    """Read a length, in hours with two decimals."""
    for group, hours in (("halfday", 4.0), ("wholeday", 8.0), ("halfhour", 0.5), ("most", 0.75)):
        if claim.said(group):
            return hours
    if vulgar := claim.said("vulgar"):
        count = float(claim.said("n") or 0) + VULGAR[vulgar]
        return count * (_HOURS_A_DAY if claim.said("hour") == "day" else 1)
    if not claim.said("n") and claim.said("hour") not in {"hour", "hr"}:
        return None  # "minutes" or "hours" without a number
    count = _value(claim.said("n")) + (0.5 if claim.said("half") else 0)
    if fraction := claim.said("fraction"):
        count += 0.75 if fraction.startswith("three") else {"half": 0.5, "quarter": 0.25}[fraction]
    longest = _LONGEST_H_AND_MINUTES if claim.said("more") else _LONGEST_H
    if claim.said("hour") == "h" and count > longest:
        return None  # "15h" is a clock time
    hours = count / 60 if claim.said("minute") else count
    hours = round(hours + _value(claim.said("more") or "0") / 60, 2)
    return hours if 0 < hours <= _LONGEST_HOURS else None


def _clock(said: str) -> _Clock | None:
    """Read a clock time; a bare hour from 1 to 7 is p.m."""
    if figures := TABLE_TIME.match(said.strip()):
        return _Clock(int(figures[1]) * 60 + int(figures[2]), sure=True)
    match = CLOCK_PARTS.match(said.strip())
    if match is None:
        return None
    part = {name: value or "" for name, value in match.groupdict().items()}
    if part["named"]:
        return _Clock(_DAY if part["named"] == "midnight" else _NOON, sure=True)
    hour, day = int(_value(part["hour"])), part["day"]
    late = int(part["minutes"] or 0) + MINUTES.get(part["later"], 0) + (30 if part["half"] else 0)
    if fives := part["fives"]:
        step = int(fives) if fives.isdigit() else MINUTES[fives]
        late = step if part["side"] == "past" else -step
    # "13.15" and "07:30" say what they mean.
    sure = hour > _NOON // 60 or (bool(part["minutes"]) and part["hour"].startswith("0"))
    late_half = day.startswith("p") or day.endswith(("afternoon", "evening", "night"))
    if late_half:
        hour, sure = hour % 12 + 12, True
    elif day.startswith("a") or day.endswith("morning"):
        hour, sure = hour % 12, True
    elif not sure and 1 <= hour <= _LAST_PM_HOUR:
        hour += 12
    minutes = hour * 60 + late
    return _Clock(minutes, sure, late_half) if 0 <= minutes <= _DAY else None


def _date(claim: _Claim, today: dt.date) -> dt.date | None:
    """Resolve a date; a weekday, or a day without a year, is the next such day."""
    for group, days in (("overmorrow", 2), ("tomorrow", 1), ("today", 0)):
        if claim.said(group):
            return today + dt.timedelta(days=days)
    if name := claim.said("weekday") or claim.said("short"):
        index = next(i for i, day in enumerate(WEEKDAYS) if day.startswith(name[:3]))
        return today + dt.timedelta(days=(index - today.weekday()) % 7)
    try:
        return _calendar_date(claim, today)
    except ValueError:
        return None  # "30 February"


def _calendar_date(claim: _Claim, today: dt.date) -> dt.date | None:
    """Resolve a day of a month."""
    if iso := claim.said("iso"):
        return dt.date.fromisoformat(iso)
    if not claim.said("day"):
        return None
    day = int(claim.said("day"))
    month = MONTHS[claim.said("month")] if claim.said("month") else int(claim.said("number"))
    if year := claim.said("year"):
        return dt.date(int(year), month, day)
    date = dt.date(today.year, month, day)
    return date if date >= today else date.replace(year=today.year + 1)


def _claims(folded: str) -> list[_Claim]:
    """List every stretch that a pattern claims, in order of mention."""
    taken = bytearray(len(folded))
    claims: list[_Claim] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(folded):
            begin, end = match.span()
            claim = _Claim(kind, match)
            free = begin < end and not any(taken[begin:end])
            if free and (kind != "length" or _hours(claim) is not None):
                taken[begin:end] = b"\x01" * (end - begin)
                claims.append(_Claim(_role(kind, match, folded), match))
    return _by_timetable(sorted(claims, key=lambda claim: claim.match.start()), folded)


def _by_timetable(claims: list[_Claim], folded: str) -> list[_Claim]:
    """Read an arrival and a later departure as the start and the end of the walk."""
    times = [
        at
        for at, claim in enumerate(claims)
        if claim.kind in {"start", "appointment"}
        or (claim.kind == "deadline" and not claim.said("w"))
    ]
    for first, second in pairwise(times):
        here = _before(folded, claims[first].match)
        there = folded[claims[first].match.end() : claims[second].match.end()]
        if _ARRIVES.search(here) and _LEAVES.search(there):
            claims[first] = _Claim("start", claims[first].match)
            claims[second] = _Claim("deadline", claims[second].match)
            break
    return claims


def _before(folded: str, match: re.Match[str]) -> str:
    """Give the words before a match in the same breath, with its own verb."""
    verb = match.groupdict().get("verb") or ""
    end = match.start() + len(verb)
    return re.split(r"[,.;:!?\n]", folded[max(0, match.start() - 80) : end])[-1]


def _role(kind: Kind, match: re.Match[str], folded: str) -> Kind:
    """Say what a lone clock time is for: the start, a deadline, or one thing on the way."""
    if kind != "appointment":
        return kind
    before = _before(folded, match)
    if _DEPARTURES.search(before):
        return "appointment"
    if folded.startswith(" start", match.end()) or _START_WORDS.search(before):
        return "start"
    if _END_WORDS.search(before):
        return "deadline"
    content = _CONTENT_BEFORE.search(before)
    plain = content is None or content["word"] in _NO_CONTENT
    return "start" if plain else "appointment"


def _in_part(clock: _Clock | None, part: str) -> _Clock | None:
    """Let a part of the day settle which half of it a clock time means."""
    if clock is None or not part or clock.sure:
        return clock
    minutes = clock.minutes % _NOON if PARTS[part][1] < dt.time(12) else clock.minutes
    if PARTS[part][1] >= dt.time(12) and minutes < _NOON:
        minutes += _NOON
    return _Clock(_NOON if minutes == 0 else minutes, sure=True)


def _ordered(first: _Clock, second: _Clock) -> tuple[int, int]:
    """Put the times of a range in order, moving one by half a day where only that makes sense."""
    begin, end = first.minutes, second.minutes
    if second.half_said and not first.sure and begin + _NOON < end:
        begin += _NOON  # "8 to 10 pm"
    if second.sure and not first.sure and begin >= _NOON >= end:
        begin -= _NOON
    if end <= begin and not second.sure and end + _NOON < _DAY:
        end += _NOON
    if end <= begin and not first.sure and begin >= _NOON:
        begin -= _NOON
    small_hours = end if second.sure else end % _NOON
    if end <= begin and begin >= _EVENING and small_hours <= _MORNING:
        end = small_hours + _DAY
    return begin, end


def _clock_times(claims: Sequence[_Claim], part: str) -> tuple[int | None, int | None]:
    """Find the minutes after midnight at which the walk begins and must be over, where said."""
    begin: _Clock | None = None
    end: _Clock | None = None
    for claim in sorted(claims, key=lambda claim: claim.kind != "range"):
        if claim.kind == "range" and begin is None:
            begin, end = _clock(claim.said("t1")), _clock(claim.said("t2"))
        elif claim.kind == "start" and begin is None:
            begin = _clock(claim.said("t1"))
        elif claim.kind == "deadline" and end is None:
            end = _clock(claim.said("t2") or claim.said("t1"))
    begin, end = _in_part(begin, part), _in_part(end, "" if begin else part)
    if begin is not None and end is not None:
        return _ordered(begin, end)
    return (begin.minutes if begin else None), (end.minutes if end else None)


def _first(claims: Sequence[_Claim], kind: Kind) -> _Claim | None:
    return next((claim for claim in claims if claim.kind == kind), None)


def read_quantities(text: str, *, now: dt.datetime) -> Quantities:
    """Read hours, start time, date and number of stops from a request.

    A stated length goes before two clock times, which go before a part of the day; a deadline
    alone is a wish and gives no hours.

    Parameters
    ----------
    text
        The request as typed.
    now
        The clock against which weekdays and days without a year are resolved.

    Returns
    -------
    The values and every stretch of text that was read, in order of mention.
    """
    claims = _claims(fold(text))
    length, part, stops = _first(claims, "length"), _first(claims, "part"), _first(claims, "stops")
    dates = (_date(claim, now.date()) for claim in claims if claim.kind == "date")
    begin, end = _clock_times(claims, part.said("part") if part else "")

    hours = _hours(length) if length else None
    between = begin is not None and end is not None and end > begin
    if hours is None and begin is not None and end is not None and between:
        hours = round((end - begin) / 60, 2)
    start_time = None if begin is None else dt.time(begin // 60 % 24, begin % 60)
    by_part = hours is None and begin is None and part is not None
    if part is not None and begin is None:
        part_hours, start_time = PARTS[part.said("part")]
        hours = part_hours if hours is None else hours

    asking = {claim for claim in (length, stops, part if by_part else None) if claim}
    asking |= {claim for claim in claims if claim.kind == "limit"}
    asking |= {claim for claim in claims if claim.kind == "deadline" and not between}
    return Quantities(
        hours=hours,
        start_time=start_time,
        date=next(filter(None, dates), None),
        stops=round(_value(stops.said("n"))) if stops else None,
        found=tuple(claim.quantity(asks=claim in asking) for claim in claims),
    )


def weather_of(text: str) -> Weather | None:
    """Read the weather that a request speaks of: ``rain``, ``hot``, ``cold`` or ``None``."""
    folded = _NOT_WEATHER.sub(" ", fold(text))
    for weather, said in _WEATHER:
        if re.search(rf"(?<!\w)(?:{said})(?!\w)", folded):
            return weather
    return None
