"""A plan as every format tells it: its days, ways and visits at their moments, in clean words.

A plan holds the times of its stops and the lengths of its ways. Here each way gets its two moments
and each stop its number, once for all formats, so that no two of them can differ.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from planner.drawing.amounts import format_clock, format_date, format_distance, format_duration
from planner.drawing.timeline import category_words, opening_words
from planner.errors import FlaneurError, UnreadableFileError
from planner.library.cityfile import ATTRIBUTION
from planner.library.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.itinerary.document import AnchorPart, LegPart, PlanDocument, StopPart

CREDIT: Final = f"{ATTRIBUTION}, ODbL 1.0"
LICENCE: Final = "https://opendatacommons.org/licenses/odbl/1-0/"
NAMELESS: Final = "(no name)"
START: Final = "start"
END: Final = "end"
_LONG_TEXT: Final = 20_000
_NOWHERE: Final = "Etc/"
_SOME_DAY: Final = dt.datetime(2026, 1, 1)


class NoWalkError(FlaneurError, ValueError):
    """A plan holds no walk that could be taken along."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop with its number in the walk, from 1, and its moments in local time.

    ``arrive`` to ``begin`` is waiting, ``begin`` to ``depart`` the stay.
    """

    number: int
    stop: StopPart
    arrive: dt.datetime
    begin: dt.datetime
    depart: dt.datetime

    @property
    def name(self) -> str:
        """The name in signs that are safe everywhere."""
        return named(self.stop.name)

    @property
    def kind(self) -> str:
        """What kind of place it is: "place of worship"."""
        return category_words(self.stop.category)

    @property
    def facts(self) -> str:
        """Kind, stay and what is known of its hours: "museum · 1 h 15 min · hours unknown"."""
        stay = format_duration((self.depart - self.begin).total_seconds())
        return " · ".join(filter(None, (self.kind, stay, opening_words(self.stop))))

    @property
    def waiting(self) -> str:
        """Words about the wait before it, empty without one."""
        if self.begin <= self.arrive:
            return ""
        wait = format_duration((self.begin - self.arrive).total_seconds())
        return f"wait {wait}, inside from {format_clock(self.begin)}"

    @property
    def times(self) -> str:
        """When one comes and goes: "10:36–11:51"."""
        return f"{format_clock(self.arrive)}–{format_clock(self.depart)}"

    @property
    def why(self) -> str:
        """Why it is in the walk, one sentence or empty."""
        return clean(self.stop.why)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a day begins or ends, and when."""

    name: str
    lat: float
    lon: float
    moment: dt.datetime


@dataclass(frozen=True, slots=True)
class Way:
    """A leg with the names of both its ends and its moments in local time."""

    leg: LegPart
    origin: str
    target: str
    depart: dt.datetime
    arrive: dt.datetime

    @property
    def words(self) -> str:
        """How far and how long: "420 m · 5 min on foot"."""
        how = "on foot and by ferry" if self.leg.afloat[0] else "on foot"
        leg = self.leg
        return f"{format_distance(leg.distance_m)} · {format_duration(leg.duration_s)} {how}"

    @property
    def line(self) -> tuple[tuple[float, float], ...]:
        """The (lon, lat) of it: none, or at least two, since readers take no line of one point."""
        path = self.leg.path
        return path * 2 if len(path) == 1 else path

    @property
    def steps(self) -> tuple[str, ...]:
        """The turns to take, in words."""
        return tuple(filter(None, map(clean, self.leg.steps)))


@dataclass(frozen=True, slots=True)
class Day:
    """One day's walk: where it begins, its ways and visits in order, where it ends."""

    number: int
    date: dt.date
    start: Spot | None
    visits: tuple[Visit, ...]
    ways: tuple[Way, ...]
    end: Spot | None

    def way_to(self, target: str) -> Way | None:
        """Return the way to a stop, by its place's id, or to the end."""
        return next((way for way in self.ways if way.leg.target == target), None)


@dataclass(frozen=True, slots=True)
class Journey:
    """A walk to take along."""

    document: PlanDocument
    days: tuple[Day, ...]

    @property
    def visits(self) -> Iterator[Visit]:
        """Every stop in order."""
        return (visit for day in self.days for visit in day.visits)

    @property
    def city(self) -> str:
        """The city as one writes it."""
        name = named(self.document.city)
        return name.title() if name.islower() else name

    @property
    def title(self) -> str:
        """What the walk is called: "A walk in Helsinki, Wednesday 25 November 2026"."""
        last = f" to {format_date(self.days[-1].date)}" if len(self.days) > 1 else ""
        return f"A walk in {self.city}, {format_date(self.days[0].date)}{last}"

    @property
    def request(self) -> str:
        """What was asked for."""
        return clean(self.document.request, limit=_LONG_TEXT)

    @property
    def facts(self) -> str:
        """What the walk amounts to: "5 stops · 2.9 km on foot · 3 h 52 min"."""
        totals, count = self.document.totals, len(self.document.stops)
        parts = [f"{count} stop" if count == 1 else f"{count} stops"]
        parts.append(f"{format_distance(totals.walk_m)} on foot")
        parts.append(format_duration(totals.elapsed_s))
        if totals.wait_s:
            parts.append(f"{format_duration(totals.wait_s)} of it waiting")
        return " · ".join(parts)

    @property
    def told(self) -> tuple[str, ...]:
        """The narrative by paragraph, empty where there is none."""
        summary = self.document.narrative.summary or ""
        return tuple(
            words for part in summary.splitlines() if (words := clean(part, limit=_LONG_TEXT))
        )

    def zone(self) -> ZoneInfo | None:
        """Return the time zone in which the walk begins, None where it is not known."""
        visit = next(self.visits, None)
        if visit is not None:
            return zone_at(visit.stop.lat, visit.stop.lon)
        spot = self.days[0].start or self.days[0].end
        return zone_at(spot.lat, spot.lon) if spot is not None else None


def journey_of(document: PlanDocument) -> Journey:
    """Return a plan as a walk to take along.

    Raises
    ------
    NoWalkError
        If no walk was found, or the plan holds nothing to walk to.
    UnreadableFileError
        If a moment of it is none: the saved plan was changed by hand.
    """
    if document.status != "ok" or not (document.stops or document.legs):
        which = f"Plan {clean(document.plan_id)}" if document.plan_id else "This plan"
        raise NoWalkError(
            f"{which} holds no walk to take along: what was asked for cannot all be had at once."
            if document.status != "ok"
            else f"{which} holds no stop.",
            "Plan again with one of the changes that it names, then export that.",
        )
    visits = [_visit(number, stop) for number, stop in enumerate(document.stops, start=1)]
    numbers = sorted({stop.day for stop in document.stops} | {leg.day for leg in document.legs})
    return Journey(document, tuple(_day(document, number, visits) for number in numbers))


def named(text: str) -> str:
    """Return a name in signs that are safe everywhere, or words for none."""
    return clean(text) or NAMELESS


def degrees(value: float) -> str:
    """Return degrees to a centimetre, never in powers of ten: "60.17018"."""
    return f"{value:.7f}".rstrip("0").rstrip(".")


def geo_link(lat: float, lon: float) -> str:
    """Return a link that map programs open (RFC 5870): "geo:60.17018,24.94396"."""
    return f"geo:{degrees(lat)},{degrees(lon)}"


def zone_at(lat: float, lon: float) -> ZoneInfo | None:
    """Return the time zone at a position, None at sea or where it is not known.

    The boundaries are those that opening-hours-py carries.
    """
    from opening_hours import OpeningHours

    change = OpeningHours("10:00-18:00", coords=(lat, lon)).next_change(_SOME_DAY)
    zone = getattr(change, "tzinfo", None)
    if isinstance(zone, ZoneInfo) and zone.key and not zone.key.startswith(_NOWHERE):
        return zone
    return None


def _visit(number: int, stop: StopPart) -> Visit:
    arrive, begin, depart = map(_moment, (stop.arrive, stop.visit_from, stop.depart))
    return Visit(number, stop, arrive, begin, depart)


def _day(document: PlanDocument, number: int, all_visits: list[Visit]) -> Day:
    """Give one day's ways their moments: a way begins when one leaves, and ends on arrival."""
    visits = tuple(visit for visit in all_visits if visit.stop.day == number)
    by_place = {visit.stop.place_id: visit for visit in visits}
    ways: list[Way] = []
    for leg in document.legs:
        if leg.day != number:
            continue
        origin, target = by_place.get(leg.origin), by_place.get(leg.target)
        takes = dt.timedelta(seconds=leg.duration_s)
        if origin is not None:
            depart = origin.depart
        elif target is not None:
            depart = target.arrive - takes
        else:
            depart = _begin(document, number)
        ways.append(
            Way(
                leg=leg,
                origin=origin.name if origin else _anchor_name(document.start, START),
                target=target.name if target else _anchor_name(document.end, END),
                depart=depart,
                arrive=target.arrive if target else depart + takes,
            )
        )
    first = visits[0].arrive if visits else ways[0].depart
    start, end = document.start, document.end
    leaving = next((way.depart for way in ways if way.leg.origin == START), first)
    reaching = next((way.arrive for way in ways if way.leg.target == END), None)
    return Day(
        number=number,
        date=leaving.date(),
        start=_spot(start, leaving) if start else None,
        visits=visits,
        ways=tuple(ways),
        end=_spot(end, reaching) if end and reaching else None,
    )


def _spot(anchor: AnchorPart, moment: dt.datetime) -> Spot:
    return Spot(named(anchor.name), anchor.lat, anchor.lon, moment)


def _anchor_name(anchor: AnchorPart | None, which: str) -> str:
    return named(anchor.name) if anchor else which


def _begin(document: PlanDocument, day: int) -> dt.datetime:
    settings = document.settings
    return _moment(f"{settings.date}T{settings.start_time}") + dt.timedelta(days=day - 1)


def _moment(text: str) -> dt.datetime:
    """Return a local time of a plan."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise UnreadableFileError(
            f'The plan has "{clean(text, limit=40)}" where a time should stand.',
            "It may have been changed by hand; plan the walk again.",
        ) from error
