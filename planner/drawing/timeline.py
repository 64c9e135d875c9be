"""The walk in time: one line a stop with its times, and the way on foot between two of them."""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from planner.domain import Position
from planner.drawing.amounts import format_clock, format_date, format_distance, format_duration
from planner.drawing.lettering import clean, clean_name, fit, to_ascii, wrap
from planner.drawing.map import anchor_sign, stop_sign
from planner.library.hours import opening_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.itinerary.document import LegPart, PlanDocument, StopPart

_TIMES: Final = len("10:12–11:42")
_GAP: Final = 2
_ALWAYS: Final = "24/7"
_UNREADABLE: Final = "--:--"
_STAY_RAIL: Final = "│"
_WALK_RAIL: Final = "┊"
_STAY_RAIL_ASCII: Final = "|"
_WALK_RAIL_ASCII: Final = ":"
_DAY: Final = dt.timedelta(days=1)
_HOURS_STYLES: Final = {"yes": "green", "no": "bold red", "unknown": "yellow"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One stop in words."""

    stop: StopPart
    sign: str
    times: str
    name: str
    category: str
    stay: str
    hours: str
    asides: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """What stands in columns beside the name, or beneath it."""
        return self.category, self.stay, self.hours


def timeline(
    document: PlanDocument,
    *,
    width: int,
    ascii: bool = False,
) -> Text:
    """Return the stops in order with the ways between them.

    Where all names leave room, kind, stay and opening state stand in columns beside them,
    otherwise on a line beneath.

    Parameters
    ----------
    document
        The plan.
    width
        Columns that no line exceeds; at least 40.
    ascii
        Use no character beyond ASCII.

    Raises
    ------
    ValueError
        If the width is too small.
    """
    if width < 40:  # noqa: PLR2004 - as documented
        raise ValueError(f"A timeline needs 40 columns, not {width}.")
    rows = [_row(stop, number, ascii=ascii) for number, stop in enumerate(document.stops, start=1)]
    setter = _Setter(rows, width, ascii=ascii)
    legs = {(leg.day, leg.target): leg for leg in document.legs}
    days = sorted({stop.day for stop in document.stops})
    lines: list[Text] = []
    for day in days:
        of_day = [row for row in rows if row.stop.day == day]
        if len(days) > 1 or day > 1:
            lines += [Text()] if lines else []
            lines.append(_day_heading(day, of_day[0].stop))
        lines += _day_lines(document, day, of_day, legs, setter)
    return Text("\n", no_wrap=True, overflow="crop").join(lines)


def opening_words(stop: StopPart) -> str:
    """Return what is known of a stop being open during the stay.

    Parameters
    ----------
    stop
        The stop; what it says of itself is never bettered, its hours only tell when it closes.
    """
    if stop.open == "unknown":
        return "hours unknown"
    if stop.open == "no":
        return "closed then"
    raw = (stop.opening_hours or "").strip()
    if raw == _ALWAYS:
        return "always open"
    since = _moment(stop.visit_from)
    closes = _closing(raw, since, stop) if raw and since is not None else None
    return "open" if closes is None else f"open, closes {format_clock(closes)}"


def category_words(category: str) -> str:
    """Return a category's key as words: "place of worship"."""
    return clean(category.rpartition("=")[2].replace("_", " "))


class _Setter:
    """Sets lines in the columns of one timeline."""

    def __init__(self, rows: Sequence[_Row], width: int, *, ascii: bool) -> None:
        self.width = width
        self.ascii = ascii
        self.sign = max((len(row.sign) for row in rows), default=1)
        self.body = width - _TIMES - self.sign - 2 * _GAP
        self.name = max((cell_len(row.name) for row in rows), default=0)
        self.facts = [
            max(cell_len(fact) for fact in column)
            for column in zip(*(row.facts for row in rows), strict=True)
        ]
        # Columns only where everything fits in them: one long name changes the form of all.
        room = self.name + sum(self.facts) + _GAP * len(self.facts)
        self.in_columns = room <= self.body

    def line(self, times: str, sign: str, *parts: tuple[str, str], rail: str = "") -> Text:
        """Return one line: times, a sign of the rail, and styled parts of the body."""
        line = Text(no_wrap=True, overflow="crop", end="")
        line.append(times.ljust(_TIMES + _GAP))
        line.append(sign.ljust(self.sign + _GAP), rail or "bold")
        for words, style in parts:
            line.append(words, style)
        line.rstrip()
        return line

    def stop(self, row: _Row) -> Iterator[Text]:
        """Yield the lines of one stop."""
        hours_style = _HOURS_STYLES[row.stop.open]
        if self.in_columns:
            parts = [(_pad(row.name, self.name), "bold")]
            for fact, size in zip(row.facts, self.facts, strict=True):
                parts += [(" " * _GAP, ""), (_pad(fact, size), "")]
            parts[-1] = (row.hours, hours_style)
            yield self.line(row.times, row.sign, *parts)
        else:
            name = fit(row.name, self.body, ascii=self.ascii)
            yield self.line(row.times, row.sign, (name, "bold"))
            dot = " - " if self.ascii else " · "
            facts = dot.join(fact for fact in row.facts if fact)
            for words in wrap(facts, self.body):
                yield self.beside(words)
        for aside in row.asides:
            for words in wrap(aside, self.body):
                yield self.beside(words, "italic")

    def beside(self, words: str, style: str = "") -> Text:
        """Return a line beneath a stop."""
        rail = _STAY_RAIL_ASCII if self.ascii else _STAY_RAIL
        return self.line("", rail, (words, style), rail="dim")

    def leg(self, leg: LegPart) -> Text:
        """Return the line of a way on foot."""
        rail = _WALK_RAIL_ASCII if self.ascii else _WALK_RAIL
        dot = "-" if self.ascii else "·"
        how = "on foot and by ferry" if leg.afloat[0] else "on foot"
        words = f"{format_distance(leg.distance_m)} {dot} {format_duration(leg.duration_s)} {how}"
        return self.line("", rail, (words, "cyan"), rail="cyan")

    def anchor(self, which: str, time: str, name: str) -> Text:
        """Return the line of the start or the end."""
        sign = anchor_sign(which, ascii=self.ascii)
        words = fit(
            clean_name(name, ascii=self.ascii), self.body - len(which) - 2, ascii=self.ascii
        )
        return self.line(time, sign, (words, "bold"), (f", {which}", "dim"))


def _row(stop: StopPart, number: int, *, ascii: bool) -> _Row:
    """Put one stop into words."""
    arrive, begin, depart = map(_moment, (stop.arrive, stop.visit_from, stop.depart))
    asides = []
    if arrive and begin and begin > arrive:
        wait = format_duration((begin - arrive).total_seconds())
        asides.append(f"wait {wait}, inside from {format_clock(begin)}")
    if why := clean(stop.why, ascii=ascii):
        asides.append(why)
    return _Row(
        stop=stop,
        sign=stop_sign(number, ascii=ascii),
        times=f"{_clock(arrive)}{'-' if ascii else '–'}{_clock(depart)}",
        name=fit(clean_name(stop.name, ascii=ascii), 10_000),
        category=to_ascii(category_words(stop.category))
        if ascii
        else category_words(stop.category),
        stay=format_duration((depart - begin).total_seconds()) if begin and depart else "",
        hours=opening_words(stop),
        asides=tuple(asides),
    )


def _closing(raw: str, since: dt.datetime, stop: StopPart) -> dt.datetime | None:
    """Return when a place that is open closes within a day, None if it does not or who knows."""
    try:
        tomorrow = since + _DAY
    except OverflowError:
        return None
    windows = opening_windows(raw, since, tomorrow, Position(stop.lat, stop.lon))
    if not windows or windows[0][0] > since or windows[0][1] >= tomorrow:
        return None
    return windows[0][1]


def _day_heading(day: int, first: StopPart) -> Text:
    """Return the line above a day's stops."""
    moment = _moment(first.arrive)
    words = f"Day {day}" + (f", {format_date(moment)}" if moment else "")
    return Text(words, "bold underline", no_wrap=True, overflow="crop", end="")


def _day_lines(
    document: PlanDocument,
    day: int,
    rows: Sequence[_Row],
    legs: dict[tuple[int, str], LegPart],
    setter: _Setter,
) -> Iterator[Text]:
    """Yield the lines of one day: start, stops, end, and the ways between."""
    first = legs.get((day, rows[0].stop.place_id))
    if document.start is not None:
        begin = _moment(rows[0].stop.arrive)
        if begin is not None and first is not None:
            begin -= dt.timedelta(seconds=first.duration_s)
        yield setter.anchor("start", _clock(begin), document.start.name)
    for row in rows:
        if (leg := legs.get((day, row.stop.place_id))) is not None:
            yield setter.leg(leg)
        yield from setter.stop(row)
    last = legs.get((day, "end"))
    if document.end is not None and last is not None:
        yield setter.leg(last)
        finish = _moment(rows[-1].stop.depart)
        if finish is not None:
            finish += dt.timedelta(seconds=last.duration_s)
        yield setter.anchor("end", _clock(finish), document.end.name)


def _pad(words: str, width: int) -> str:
    """Return words filled up with blanks to a width in columns."""
    return words + " " * (width - cell_len(words))


def _moment(text: str) -> dt.datetime | None:
    """Return a local time, or None for text that is none: a saved plan may have been edited."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _clock(moment: dt.datetime | None) -> str:
    """Return the time of day, or a sign that it cannot be told."""
    return _UNREADABLE if moment is None else format_clock(moment)
