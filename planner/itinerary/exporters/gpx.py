"""A walk as GPX 1.1: for OsmAnd, Organic Maps, Garmin's devices and others.

Stops are waypoints, each day is a route through them and a track along the streets, a leg a
segment. GPX tells time in UTC alone: where the time zone is not known, times stand in words only.
"""

from __future__ import annotations

import datetime as dt
from itertools import accumulate, pairwise
from math import cos, hypot, radians
from typing import TYPE_CHECKING, Final

from planner.drawing.amounts import format_clock, format_date
from planner.itinerary.exporters.journey import CREDIT, LICENCE
from planner.library.cityfile import ATTRIBUTION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from gpxpy.gpx import GPX, GPXTrack

    from planner.itinerary.exporters.journey import Day, Journey, Spot, Visit, Way

_VERSION: Final = "1.1"
_LEAST_COSINE: Final = 0.01


def compose(journey: Journey, *, now: dt.datetime) -> str:
    """Return the text of a GPX file.

    Parameters
    ----------
    journey
        The walk.
    now
        The moment of writing, local without a zone.
    """
    from gpxpy.gpx import GPX, GPXWaypoint

    zone = journey.zone()
    made = GPX()
    made.creator = "flaneur"
    made.name = journey.title
    made.description = "\n".join(filter(None, (journey.request, journey.facts, CREDIT)))
    made.copyright_author = ATTRIBUTION.removeprefix("© ")
    made.copyright_year = str(now.year)
    made.copyright_license = LICENCE
    made.time = now.astimezone(dt.UTC)
    for day in journey.days:
        for spot, which in ((day.start, "start"), (day.end, "end")):
            if spot is not None and _is_told(journey, day, which):
                made.waypoints.append(
                    GPXWaypoint(
                        spot.lat, spot.lon, name=spot.name, description=which.capitalize(),
                        time=_utc(spot.moment, zone), type=which,
                    )
                )  # fmt: skip
        for visit in day.visits:
            stop = visit.stop
            made.waypoints.append(
                GPXWaypoint(
                    stop.lat, stop.lon, name=_label(visit), description=_said(visit),
                    time=_utc(visit.arrive, zone), type=visit.kind or None,
                )
            )  # fmt: skip
        _add_route(made, journey, day)
        made.tracks.append(_track(journey, day, zone))
    text: str = made.to_xml(version=_VERSION)
    return text


def _is_told(journey: Journey, day: Day, which: str) -> bool:
    """Tell whether a fixed start or end is told on this day: each is one waypoint in a file."""
    spots = [getattr(other, which) for other in journey.days]
    return next(other for other, spot in zip(journey.days, spots, strict=True) if spot) is day


def _label(visit: Visit) -> str:
    """Return a name that keeps the order where a device sorts by name."""
    return f"{visit.number}. {visit.name}"


def _said(visit: Visit) -> str:
    """Return what a device shows beside a name."""
    day = format_date(visit.arrive)
    lines = [f"{day}, {visit.times}", visit.facts, visit.waiting, visit.why]
    return "\n".join(filter(None, lines))


def _heading(journey: Journey, day: Day) -> str:
    return journey.title if len(journey.days) == 1 else f"{journey.title}: day {day.number}"


def _add_route(made: GPX, journey: Journey, day: Day) -> None:
    """Add the day's route: its start, stops and end, without the streets between."""
    from gpxpy.gpx import GPXRoute, GPXRoutePoint

    route = GPXRoute(name=_heading(journey, day), number=day.number)
    route.source = CREDIT

    def add(spot: Spot | None) -> None:
        if spot is not None:
            words = format_clock(spot.moment)
            point = GPXRoutePoint(spot.lat, spot.lon, name=spot.name, description=words)
            route.points.append(point)

    add(day.start)
    for visit in day.visits:
        stop = visit.stop
        route.points.append(
            GPXRoutePoint(stop.lat, stop.lon, name=_label(visit), description=_said(visit))
        )
    add(day.end)
    made.routes.append(route)


def _track(journey: Journey, day: Day, zone: ZoneInfo | None) -> GPXTrack:
    """Return the day's way along the streets, a segment a leg."""
    from gpxpy.gpx import GPXTrack, GPXTrackPoint, GPXTrackSegment

    track = GPXTrack(name=_heading(journey, day), number=day.number)
    track.description = "; ".join(f"{way.origin} – {way.target}: {way.words}" for way in day.ways)
    track.source = CREDIT
    for way in day.ways:
        segment = GPXTrackSegment()
        for (lon, lat), moment in zip(way.line, _moments(way), strict=True):
            segment.points.append(GPXTrackPoint(lat, lon, time=_utc(moment, zone)))
        if segment.points:
            track.segments.append(segment)
    return track


def _moments(way: Way) -> Iterator[dt.datetime | None]:
    """Yield when one is at each point of a way, at one pace from its beginning to its end.

    On a way with a ferry only the ends are known.
    """
    path = way.line
    squeeze = max(cos(radians(path[0][1])), _LEAST_COSINE) if path else 1.0
    done = [
        0.0,
        *accumulate(hypot((b[0] - a[0]) * squeeze, b[1] - a[1]) for a, b in pairwise(path)),
    ]
    takes = way.arrive - way.depart
    for number in range(len(path)):
        if number == len(path) - 1:
            yield way.arrive
        elif number and way.leg.afloat[0]:
            yield None
        else:
            share = done[number] / done[-1] if done[-1] else 0.0
            yield way.depart + dt.timedelta(seconds=round(takes.total_seconds() * share))


def _utc(moment: dt.datetime | None, zone: ZoneInfo | None) -> dt.datetime | None:
    if moment is None or zone is None:
        return None
    return moment.replace(tzinfo=zone).astimezone(dt.UTC)
