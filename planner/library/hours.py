"""Opening hours at a local time, by the OpenStreetMap specification.

Evaluation is by opening-hours-py, with three things added: writing that has one meaning only is
repaired before it is given up; what a value leaves open stays unknown (appointments, school
holidays, of which no calendar is at hand, and fallback rules); and nothing here ever raises.

Times are naive and local, as on a clock in the street.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from planner.library.countries import country_at
from planner.library.hoursrepair import LOOSE_DAYS, REPAIRS
from planner.library.words import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain import OpenState, Position

Window: TypeAlias = tuple[dt.datetime, dt.datetime]
_State: TypeAlias = Literal["open", "closed", "unknown"]
_Segment: TypeAlias = tuple[dt.datetime, dt.datetime, _State]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December"
_CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_LONGEST = 1000
_NIGHT_ENDS = 6
_DAY = dt.timedelta(days=1)

_ALWAYS = re.compile(
    r"(?i)(?:open\s+|always\s+)?(?:24\s*[/\-x]\s*7|24\s*(?:h|hrs|hours?)(?:\s*/?\s*7)?"
    r"|always(?:\s+open)?|non[- ]?stop)(?:\s+open)?"
)
_OPEN_END = re.compile(r"\d\+")
_SUN = re.compile(r"sunrise|sunset|dawn|dusk")
_HOLIDAYS = re.compile(r"\bPH\b")
_QUOTED = re.compile(r'"[^"]*"')
_OPEN_NOTE = re.compile(r'\bopen\s*"')
_SCHOOL = re.compile(r"\bSH\b")
_SCHOOL_DAYS = re.compile(r"\bSH\b\s*,?\s*(?=(?:Mo|Tu|We|Th|Fr|Sa|Su)\b)")


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a place is surely open, and when nobody can say; otherwise it is closed."""

    open: tuple[Window, ...]
    unknown: tuple[Window, ...]


def timetable(
    raw: str | None, start: dt.datetime, end: dt.datetime, position: Position | None = None
) -> Timetable | None:
    """Return the hours between two times, None if nothing is known.

    Parameters
    ----------
    raw
        The OSM ``opening_hours`` value.
    start, end
        The range; windows are clipped to it.
    position
        Where the place is, for public holidays and the sun.
    """
    segments = _segments(raw, start, end, position)
    if segments is None:
        return None
    return Timetable(_windows(segments, "open"), _windows(segments, "unknown"))


def opening_windows(
    raw: str | None, start: dt.datetime, end: dt.datetime, position: Position | None = None
) -> tuple[Window, ...] | None:
    """Return when a place is surely open between two times.

    Returns
    -------
    tuple[Window, ...] | None
        Windows in order, clipped to the range; empty if it is closed throughout; None if that is
        not known: no value, none that can be read, or one that leaves the whole range open to
        doubt.
    """
    table = timetable(raw, start, end, position)
    if table is None or (table.unknown and not table.open):
        return None
    return table.open


def state_during(
    raw: str | None, start: dt.datetime, end: dt.datetime, position: Position | None = None
) -> OpenState:
    """Return whether a place is open for the whole of a stay.

    "yes" if it is open from ``start`` to ``end``, "no" if it is surely closed for any part,
    otherwise "unknown". A stay of no length is judged by its one moment.
    """
    end = max(end, _later(start, dt.timedelta(minutes=1)))
    segments = _segments(raw, start, end, position)
    if not segments:
        return "unknown"
    states = {state for _start, _end, state in segments}
    if "closed" in states:
        return "no"
    return "unknown" if "unknown" in states else "yes"


def next_opening(
    raw: str | None, at: dt.datetime, position: Position | None = None, *, days: int = 14
) -> dt.datetime | None:
    """Return the next time a place surely opens or is open, None if none is known of."""
    table = timetable(raw, at, _later(at, days * _DAY), position)
    return table.open[0][0] if table is not None and table.open else None


@dataclass(frozen=True, slots=True)
class HoursState:
    """Whether a place is open at a moment, and what comes next.

    Attributes
    ----------
    open
        "unknown" if nobody can say, which is neither open nor closed.
    until
        When that changes; ``None`` if it does not within a year, or if nothing is known.
    after
        What it changes to; ``None`` where ``until`` is.
    note
        The same for people: "closes at 18:00", "opens tomorrow 09:00", "opening hours unknown".
    """

    open: OpenState
    until: dt.datetime | None = None
    after: OpenState | None = None
    note: str = ""


_ANSWERS: dict[_State, OpenState] = {"open": "yes", "closed": "no", "unknown": "unknown"}
# How far ahead a change is looked for: most come soon, and the rest costs more.
_AHEAD = (_DAY, 8 * _DAY, 366 * _DAY)


def state_at(raw: str | None, moment: dt.datetime, position: Position | None = None) -> HoursState:
    """Return whether a place is open at a moment, when that changes, and how to say so.

    Parameters
    ----------
    raw
        The OSM ``opening_hours`` value, or the person's own correction of it.
    moment
        A local time, as on a clock in the street.
    position
        Where the place is, for the public holidays of its country and for its sun.
    """
    moment = moment.replace(tzinfo=None)
    note = f" ({quoted})" if (quoted := _note(raw)) else ""
    open_ended = bool(raw and _OPEN_END.search(raw))
    for ahead in _AHEAD:
        end = _later(moment, ahead)
        segments = _segments(raw, moment, end, position)
        if not segments:
            return HoursState("unknown", note=f"opening hours unknown{note}")
        _start, until, state = segments[0]
        if len(segments) > 1:
            after = segments[1][2]
            said = _change(state, after, moment, until, open_ended=open_ended)
            if "unknown" in {state, after}:
                said += note
            return HoursState(_ANSWERS[state], until, _ANSWERS[after], said)
    said = {"open": "always open", "closed": "closed", "unknown": "opening hours uncertain"}[state]
    return HoursState(_ANSWERS[state], note=said + (note if state == "unknown" else ""))


def _change(
    state: _State, after: _State, moment: dt.datetime, until: dt.datetime, *, open_ended: bool
) -> str:
    when = _when(moment, until)
    if state == "open" and after == "closed" and open_ended:
        midnight = until.time() == dt.time()
        return "open; no closing time is given" if midnight else f"closes {when} or later"
    if state == "open":
        return f"closes {when}" if after == "closed" else f"open; uncertain from {when}"
    if state == "closed":
        return f"opens {when}" if after == "open" else f"closed; may open {when}"
    return f"opening hours uncertain until {when.removeprefix('at ')}"


def _when(moment: dt.datetime, until: dt.datetime) -> str:
    """Say a time as people do: "at 18:00", "tomorrow 09:00", "on Monday 09:00"."""
    days = (until.date() - moment.date()).days
    # What closes at midnight, or in the night, closes today.
    if days == 0 or (days == 1 and until.hour < _NIGHT_ENDS and moment.hour >= _NIGHT_ENDS):
        return "at midnight" if until.time() == dt.time() else f"at {until:%H:%M}"
    if days == 1:
        return f"tomorrow {until:%H:%M}"
    if days < len(WEEKDAYS):
        return f"on {WEEKDAYS[until.weekday()]} {until:%H:%M}"
    year = f" {until.year}" if until.year != moment.year else ""
    return f"on {until.day} {_MONTHS.split()[until.month - 1]}{year} {until:%H:%M}"


def _note(raw: str | None) -> str:
    """Return what a value says in quotes ("by appointment"), cleaned."""
    quoted = _QUOTED.search(clean(raw, limit=_LONGEST)) if raw else None
    return quoted.group().strip('"').strip()[:80] if quoted else ""


def knows_holidays(position: Position, year: int) -> bool:
    """Whether the public holidays of the country at a position are known for a year.

    Where they are not, a rule for public holidays ("PH off") never holds.
    """
    found = _evaluate("PH", dt.datetime(year, 1, 1), dt.datetime(year + 1, 1, 1), position)
    return found is not None and any(state == "open" for _start, _end, state in found)


def closed_reason(raw: str | None, at: dt.datetime, position: Position | None = None) -> str:
    """Say in a few words why a place is closed at a time, or when it closes if it is open.

    For example "closed on Mondays", "closed until 11:00", "closes at 17:00", "closed on 25
    December", "opening hours unknown".
    """
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    table = timetable(raw, midnight, _later(midnight, 2 * _DAY), position)
    if table is None:
        return "opening hours unknown"
    if any(start <= at < end for start, end in table.unknown):
        return "opening hours uncertain"
    for start, end in table.open:
        if start <= at < end:
            return f"closes at {end:%H:%M}" if end < midnight + 2 * _DAY else "open"
    tomorrow = _later(midnight, _DAY)
    today = [window for window in table.open if midnight <= window[0] < tomorrow]
    ahead = [start for start, _end in today if start > at]
    if ahead:
        return f"closed until {ahead[0]:%H:%M}"
    # A night that began yesterday does not make today a day of opening.
    if any(
        start > midnight or end > _later(midnight, dt.timedelta(hours=6)) for start, end in today
    ):
        return f"closes at {max(end for _start, end in today if end <= at):%H:%M}"
    return _closed_day(raw, midnight, position)


def _closed_day(raw: str | None, midnight: dt.datetime, position: Position | None) -> str:
    """Say why a place does not open at all on a day."""
    weeks = [_opens(raw, _later(midnight, 7 * week * _DAY), position) for week in range(-4, 5)]
    others = [_opens(raw, _later(midnight, day * _DAY), position) for day in range(-6, 7)]
    if not any(weeks) and any(others):
        return f"closed on {WEEKDAYS[midnight.weekday()]}s"
    if any(weeks):
        return f"closed on {midnight.day} {_MONTHS.split()[midnight.month - 1]}"
    if next_opening(raw, midnight, position, days=366) is not None:
        return "closed at this time of year"
    return "closed"


def _opens(raw: str | None, midnight: dt.datetime, position: Position | None) -> bool:
    """Whether a place opens, or may, on a day; a night begun the day before does not count."""
    segments = _segments(raw, midnight, _later(midnight, _DAY), position) or []
    morning = _later(midnight, dt.timedelta(hours=6))
    return any(
        state != "closed" and (start > midnight or end > morning) for start, end, state in segments
    )


def is_readable(raw: str | None) -> bool:
    """Whether a value can be read, after repair if need be."""
    return raw is not None and _expression(raw) is not None


def _later(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """Add a duration, staying within the calendar."""
    try:
        return moment + by
    except OverflowError:
        return dt.datetime.max if by > dt.timedelta() else dt.datetime.min


def _windows(segments: list[_Segment], state: _State) -> tuple[Window, ...]:
    return tuple((start, end) for start, end, found in segments if found == state)


def _segments(
    raw: str | None, start: dt.datetime, end: dt.datetime, position: Position | None
) -> list[_Segment] | None:
    """Return the states between two times without gaps, None if nothing is known."""
    expression = _expression(raw) if raw is not None and start < end else None
    if expression is None:
        return None
    start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    first, *fallbacks = _split_fallbacks(expression)
    segments = _with_school_holidays(first, start, end, position)
    for fallback in fallbacks:
        other = _with_school_holidays(fallback, start, end, position)
        if segments is None or other is None:
            return None
        segments = _overlay(segments, other, lambda a, b: b if a == "closed" else a)
    return segments


def _with_school_holidays(
    expression: str, start: dt.datetime, end: dt.datetime, position: Position | None
) -> list[_Segment] | None:
    """Evaluate; where it matters whether a day is a school holiday, the state is unknown."""
    never = _evaluate(expression, start, end, position)
    if never is None or not _SCHOOL.search(_QUOTED.sub("", expression)):
        return never
    always_text = _SCHOOL.sub("Mo-Su", _SCHOOL_DAYS.sub("", expression))
    always = _evaluate(always_text, start, end, position)
    if always is None:
        return [(start, end, "unknown")]
    return _overlay(never, always, lambda a, b: a if a == b else "unknown")


def _overlay(
    one: list[_Segment], other: list[_Segment], choose: Callable[[_State, _State], _State]
) -> list[_Segment]:
    """Join two runs over one range, the state of each piece chosen from both."""
    cuts = sorted({edge for start, end, _state in (*one, *other) for edge in (start, end)})

    def state(run: list[_Segment], at: dt.datetime) -> _State:
        return next((found for start, end, found in run if start <= at < end), "unknown")

    return _joined(
        [
            (start, end, choose(state(one, start), state(other, start)))
            for start, end in pairwise(cuts)
        ]
    )


def _joined(segments: list[_Segment]) -> list[_Segment]:
    """Make one of neighbours in the same state."""
    result: list[_Segment] = []
    for start, end, state in segments:
        if result and result[-1][1] == start and result[-1][2] == state:
            result[-1] = (result[-1][0], end, state)
        elif start < end:
            result.append((start, end, state))
    return result


def _evaluate(
    expression: str, start: dt.datetime, end: dt.datetime, position: Position | None
) -> list[_Segment] | None:
    hours = _parsed(expression, position)
    if hours is None:
        return None
    # A note without a state says that somebody has to be asked: unknown by the specification,
    # while the library takes it for open.
    noted: _State = "open" if _OPEN_NOTE.search(expression) else "unknown"
    segments: list[_Segment] = []
    try:
        for begins, ends, state, note in hours.intervals(start, end):
            low = max(start, begins.replace(tzinfo=None))
            high = min(end, ends.replace(tzinfo=None)) if ends is not None else end
            name: _State = _STATES.get(str(state), "unknown")
            segments.append((low, high, noted if name == "open" and note else name))
    except Exception:  # noqa: BLE001 - the library's own limits, of which none may reach a person
        return None
    # A range beyond the library's calendar has no intervals: nothing is known of it.
    return _joined(segments) or None


def _parsed(expression: str, position: Position | None) -> Any:  # noqa: ANN401 - no types
    """Return the library's object for a place, as far as the value depends on where it is.

    Only holidays and the sun do. To look up a country by its borders, the library first loads
    those of all countries, which takes a good part of a second; an opened city knows it.
    """
    sun = bool(_SUN.search(expression))
    if position is None or not (sun or _HOLIDAYS.search(expression)):
        return _parse(expression)
    country = country_at(position)
    near = (round(position.lat, 4), round(position.lon, 4)) if sun or country is None else None
    return _parse(expression, near, country)


_STATES: dict[str, _State] = {"open": "open", "closed": "closed", "unknown": "unknown"}


@lru_cache(maxsize=8192)
def _parse(
    expression: str, near: tuple[float, float] | None = None, country: str | None = None
) -> Any:  # noqa: ANN401 - no types
    """Return the library's object, None if it cannot read the value."""
    from opening_hours import OpeningHours

    try:
        return OpeningHours(
            expression,
            country=country or None,
            coords=near,
            auto_country=country is None,
            # Only the sun needs the zone; without it, times stay as they are on the wall.
            auto_timezone=near is not None and bool(_SUN.search(expression)),
            max_interval_days=366,
        )
    except Exception:  # noqa: BLE001 - it raises several kinds, none of which says more
        return None if near is None and country is None else _parse(expression)


def _split_fallbacks(expression: str) -> list[str]:
    """Split at "||" outside of notes."""
    if "||" not in expression:
        return [expression]
    hidden = _QUOTED.sub(lambda note: note.group().replace("|", "\0"), expression)
    return [part.replace("\0", "|").strip() for part in hidden.split("||") if part.strip()]


@lru_cache(maxsize=8192)
def _expression(raw: str) -> str | None:
    """Return a value that the library can read, repaired if there is but one meaning."""
    text = clean(raw, limit=_LONGEST + 1)
    if not text or len(text) > _LONGEST:
        return None
    if _ALWAYS.fullmatch(text):
        return "24/7"
    # By the letter "Sa, Su 09:00-16:00" is all of Saturday, and Sunday from nine: no one means it.
    text = LOOSE_DAYS.sub(r"\1,", text)
    if _readable(text):
        return text
    for repair in REPAIRS:
        text = repair(text)
        if text and _readable(text):
            return text
    return None


def _readable(text: str) -> bool:
    parts = _split_fallbacks(text)
    return bool(parts) and all(_parse(part) is not None for part in parts)
