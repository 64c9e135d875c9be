"""Whether a place is open during a stay, read from the raw tag a second time.

The verifier's own reading: strict evaluation is by opening-hours-py; what the specification leaves
open stays unknown (notes without a state, school holidays, of which there is no calendar). A
value that breaks the grammar is read as plain days and times if it consists of nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from opening_hours import (  # type: ignore[attr-defined]  # the stubs leave its errors out
    InvalidCoordinatesError,
    OpeningHours,
    ParserError,
    State,
)

from planner.library.countries import country_at

if TYPE_CHECKING:
    import datetime as dt

    from planner.domain import OpenState, Position

_NOTE = re.compile(r'"[^"]*"')
_FALLBACK = re.compile(r'\|\|(?=(?:[^"]*"[^"]*")*[^"]*$)')
_SCHOOL = re.compile(r"\bSH\b")
_SCHOOL_BEFORE_DAYS = re.compile(r"\bSH\b[\s,]*(?=Mo|Tu|We|Th|Fr|Sa|Su)")
_WORD = re.compile(
    r"""(?ix)
    (?P<day>mo(?:n(?:day)?)?|tu(?:e(?:s(?:day)?)?)?|we(?:d(?:s|nesday)?)?
      |th(?:u(?:rs?(?:day)?)?)?|fr(?:i(?:day)?)?|sa(?:t(?:urday)?)?|su(?:n(?:day)?)?)s?(?![a-z])
    | (?P<hour>\d{1,2}) (?:[:.h]?(?P<minute>\d\d))? (?:\s*h|\s*uhr)?(?!\d)
      (?:\s*(?P<half>[ap])\.?m\b\.?)?
    | (?P<dash>\s*[-\u2010-\u2015\u2212]\s*)
    | (?P<gap>[\s,;&]+)
    """
)
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212]")
_ALWAYS = re.compile(
    r"(?i)(?=.*(?:24|always|stop))(?:24|7|open|always|non-?stop|h(?:ou)?rs?|[hx/\s-])+"
)
_HOLIDAY = re.compile(r"\bPH\b")
_OF_THE_PLACE = re.compile(r"\bPH\b|sunrise|sunset|dawn|dusk")
_LONGEST = 1000
_NOON = 12
_EARLY = 5
_NOON_OR_MIDNIGHT = re.compile(r"(?i)12(?:[:.]00)?\s*am")
"""People write "12am" for both."""


_Rule: TypeAlias = tuple[list[str], list[str]]


class _Clock(NamedTuple):
    """A time as written; ``sure`` unless it could be meant for the other half of the day."""

    hour: int
    minute: int
    sure: bool

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


_DAY_SIGNS = frozenset({"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH", "SH"})


class Reading(NamedTuple):
    """What the tag says of a stay; not ``strict`` where it breaks the grammar of such tags."""

    state: OpenState
    strict: bool


def read_opening(
    raw: str | None, begin: dt.datetime, end: dt.datetime, position: Position
) -> Reading:
    """Read whether a place is open throughout a stay, closed at some time, or nobody can say.

    Parameters
    ----------
    raw
        The OSM ``opening_hours`` value.
    begin, end
        The stay, in local time without zone.
    position
        Where the place is: it decides on public holidays and the sun.
    """
    if raw is None or len(raw) > _LONGEST:
        return Reading("unknown", strict=True)
    strict = _evaluate(_days_joined(raw), begin, end, position)
    if strict is not None:
        return Reading(strict, strict=True)
    plain = _plain(raw)
    state = None if plain is None else _evaluate(plain, begin, end, position)
    return Reading(state or "unknown", strict=False)


def _days_joined(raw: str) -> str:
    """Join days that a comma and a space tear apart: "Sa, Su 09:00-16:00" means both days."""
    words = raw.split(" ")
    for at in range(len(words) - 1):
        days = words[at].removesuffix(",")
        last = days.rpartition(",")[2]
        torn = days != words[at] and set(last.split("-")) <= _DAY_SIGNS
        if torn and words[at + 1][:2] in _DAY_SIGNS:
            words[at + 1] = f"{words[at]}{words[at + 1]}"
            words[at] = ""
    return " ".join(word for word in words if word)


def _evaluate(
    value: str, begin: dt.datetime, end: dt.datetime, position: Position
) -> OpenState | None:
    """Evaluate a value of the grammar; ``None`` if it is none."""
    term = _states(value, begin, end, position)
    if term is None or not _SCHOOL.search(_NOTE.sub("", value)):
        return term
    holiday = _SCHOOL.sub("Mo-Su", _SCHOOL_BEFORE_DAYS.sub("", value))
    return term if _states(holiday, begin, end, position) == term else "unknown"


def _states(
    value: str, begin: dt.datetime, end: dt.datetime, position: Position
) -> OpenState | None:
    """Evaluate a value as if no day were a school holiday."""
    try:
        choices = [(_placed(part, position), part) for part in _FALLBACK.split(value)]
    except (ParserError, InvalidCoordinatesError):
        return None
    changes = {begin}
    for hours, _ in choices:
        changes |= {change.replace(tzinfo=None) for change, *_ in hours.intervals(begin, end)}
    states = {_first_word(choices, at) for at in changes}
    return "no" if "no" in states else "unknown" if "unknown" in states else "yes"


def _placed(value: str, position: Position) -> OpeningHours:
    """Read a value where it stands; borders are looked up only where holidays or the sun matter."""
    if not _OF_THE_PLACE.search(value):
        return OpeningHours(value)
    country = country_at(position)
    if country is None or not country or not _HOLIDAY.search(value):
        return OpeningHours(value, coords=(position.lat, position.lon))
    if _OF_THE_PLACE.search(_HOLIDAY.sub("", value)):
        return OpeningHours(value, coords=(position.lat, position.lon), country=country)
    return OpeningHours(value, country=country)


def _first_word(choices: list[tuple[OpeningHours, str]], at: dt.datetime) -> OpenState:
    """Return the state of the first choice that does not say closed."""
    for hours, text in choices:
        state, note = hours.state(at)
        # The library takes a rule with a note and no state for open; the note says to ask.
        asks = note and not re.search(r'\bopen\s*"', text)
        if state != State.CLOSED:
            return "unknown" if asks or state == State.UNKNOWN else "yes"
    return "no"


def _plain(raw: str) -> str | None:
    """Write days and times anew in the grammar; ``None`` if there is more or less to it."""
    if _ALWAYS.fullmatch(raw):
        return "24/7"
    rules: list[_Rule] = [([], [])]
    pending: list[str | _Clock] = []
    position = 0
    while position < len(raw):
        word = _WORD.match(raw, position)
        if word is None or _NOON_OR_MIDNIGHT.match(word.group()):
            return None
        position = word.end()
        if word["day"] and rules[-1][1]:
            rules.append(([], []))
        pending += _parts(word)
        spans = word["dash"] or _DASH.match(raw, position)
        if not spans:
            if not _file(pending, rules[-1]):
                return None
            pending = []
    if not (_file(pending, rules[-1]) and rules[-1][1]):
        return None
    return "; ".join(f"{','.join(days)} {','.join(times)}".strip() for days, times in rules)


def _parts(word: re.Match[str]) -> list[str | _Clock]:
    """Return what a word stands for: a day, a time, a dash, or nothing."""
    if word["day"]:
        return [word["day"][:2].title()]
    if word["hour"]:
        return [_clock(word)]
    return ["-"] if word["dash"] else []


def _file(pending: list[str | _Clock], rule: _Rule) -> bool:
    """Add a finished day, run of days or span of time to a rule; false if it is none."""
    match pending:
        case []:
            return True
        case [str(day)]:
            rule[0].append(day)
        case [str(first), "-", str(last)]:
            rule[0].append(f"{first}-{last}")
        case [_Clock() as opens, "-", _Clock() as closes] if _one_meaning(opens, closes):
            rule[1].append(f"{opens}-{closes}")
        case [_Clock(sure=True) as opens, "-"]:
            rule[1].append(f"{opens}+")
        case _:
            return False
    return True


def _clock(word: re.Match[str]) -> _Clock:
    hour, half = int(word["hour"]), (word["half"] or "").lower()
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    sure = bool(half or word["minute"]) or hour > _NOON or word["hour"].startswith("0")
    return _Clock(hour, int(word["minute"] or 0), sure)


def _one_meaning(opens: _Clock, closes: _Clock) -> bool:
    """Say whether a span can mean one thing only: "10-18" can, "8-6" and "3-7" cannot."""
    if closes.sure and (opens.sure or closes.hour > _NOON or closes.hour < _EARLY):
        return True
    return _EARLY <= opens.hour < closes.hour
