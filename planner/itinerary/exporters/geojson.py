"""A walk as a GeoJSON FeatureCollection (RFC 7946): legs are lines, stops are points.

Every property of a stop and of a leg stands there as in the plan, under the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from planner.itinerary.exporters.journey import CREDIT, LICENCE, geo_link, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.itinerary.exporters.journey import Journey, Spot


def compose(journey: Journey) -> str:
    """Return the text of a GeoJSON file, one feature a line."""
    plan = journey.document
    head = {
        "type": "FeatureCollection",
        "name": journey.title,
        "attribution": CREDIT,
        "licence": LICENCE,
        "plan": {
            "plan_id": plan.plan_id,
            "city": plan.city,
            "request": plan.request,
            "settings": msgspec.to_builtins(plan.settings),
            "totals": msgspec.to_builtins(plan.totals),
        },
    }
    features = ",\n".join(msgspec.json.encode(one).decode() for one in _features(journey))
    return f'{msgspec.json.encode(head).decode()[:-1]},"features":[\n{features}\n]}}\n'


def _features(journey: Journey) -> Iterator[dict[str, Any]]:
    for day in journey.days:
        if day.start is not None:
            yield _anchor(day.start, "start", day.number)
        for visit in day.visits:
            stop = msgspec.to_builtins(visit.stop)
            about = {"kind": "stop", "number": visit.number, "geo": _geo(stop)}
            yield _feature(_point(stop["lon"], stop["lat"]), {**about, **stop})
        for way in day.ways:
            leg = msgspec.to_builtins(way.leg)
            leg.pop("path")
            line = {"type": "LineString", "coordinates": way.line} if way.line else None
            about = {"kind": "leg", "from_name": way.origin, "to_name": way.target}
            moments = {"depart": way.depart.isoformat(), "arrive": way.arrive.isoformat()}
            yield _feature(line, {**about, **moments, **leg})
        if day.end is not None:
            yield _anchor(day.end, "end", day.number)


def _anchor(spot: Spot, kind: str, day: int) -> dict[str, Any]:
    about = {"kind": kind, "name": named(spot.name), "day": day, "time": spot.moment.isoformat()}
    return _feature(_point(spot.lon, spot.lat), about)


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _geo(stop: dict[str, Any]) -> str:
    return geo_link(stop["lat"], stop["lon"])
