"""Walks for maps: GPX, KML and GeoJSON, read back by GDAL and held against the plan."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyogrio
import pytest
import shapely
from defusedxml import ElementTree
from msgspec import to_builtins
from msgspec.structs import replace

from planner.itinerary.exporters import write
from planner.itinerary.exporters.journey import journey_of, zone_at
from planner.library.words import clean

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from planner.itinerary.document import LegPart, PlanDocument

HELSINKI = ZoneInfo("Europe/Helsinki")
GPX = "{http://www.topografix.com/GPX/1/1}"
KML = "{http://www.opengis.net/kml/2.2}"

_POINT = [
    "ele",
    "time",
    "magvar",
    "geoidheight",
    "name",
    "cmt",
    "desc",
    "src",
    "link",
    "sym",
    "type",
    "fix",
    "sat",
    "hdop",
]
_WAY = ["name", "cmt", "desc", "src", "link", "number", "type", "extensions"]
# The sequences of the GPX 1.1 schema, as far as a walk needs them.
SCHEMA: dict[str, list[str]] = {
    "gpx": ["metadata", "wpt", "rte", "trk", "extensions"],
    "metadata": ["name", "desc", "author", "copyright", "link", "time", "keywords", "bounds", "extensions"],
    "copyright": ["year", "license"],
    "wpt": _POINT, "rtept": _POINT, "trkpt": _POINT,
    "rte": [*_WAY, "rtept"],
    "trk": [*_WAY, "trkseg"],
    "trkseg": ["trkpt", "extensions"],
}  # fmt: skip


def layer(path: Path, name: str) -> tuple[list[dict[str, Any]], np.ndarray[Any, Any]]:
    """Return the attributes and the geometries of a layer, as GDAL reads it."""
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=name)
    rows = [dict(zip(meta["fields"], row, strict=True)) for row in zip(*columns, strict=True)]
    return rows, np.array([shapely.from_wkb(shape) for shape in shapes], dtype=object)


def moment(text: str) -> dt.datetime:
    """Return a moment of a plan in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(dt.UTC)


def line_of(leg: LegPart) -> list[tuple[float, float]]:
    """Return what a reader gets of a leg's path: no line has a single point."""
    return list(leg.path) * (2 if len(leg.path) == 1 else 1)


def check(element: Element) -> None:
    """Hold an element and all in it against the schema."""
    kind = element.tag.removeprefix(GPX)
    assert element.tag.startswith(GPX)
    children = [child.tag.removeprefix(GPX) for child in element]
    if kind in SCHEMA:
        places = [SCHEMA[kind].index(child) for child in children]
        assert places == sorted(places), (kind, children)
    else:
        assert not children
    if kind in {"wpt", "rtept", "trkpt"}:
        assert set(element.attrib) == {"lat", "lon"}
        assert -90 <= float(element.attrib["lat"]) <= 90
        assert -180 <= float(element.attrib["lon"]) < 180
    if kind == "time":
        assert element.text is not None
        assert dt.datetime.fromisoformat(element.text).utcoffset() == dt.timedelta(0)
    if kind == "number":
        assert int(element.text or "") > 0
    if kind == "year":
        assert len(element.text or "") == 4
    for child in element:
        check(child)


def test_gpx_is_of_the_published_form(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    write(plan, tmp_path / "walk.gpx", now=now)
    root = ElementTree.parse(tmp_path / "walk.gpx").getroot()
    assert root is not None
    check(root)
    assert root.attrib["version"] == "1.1"
    assert root.attrib["creator"]
    owner = root.find(f"{GPX}metadata/{GPX}copyright")
    assert owner is not None
    assert owner.attrib["author"] == "OpenStreetMap contributors"
    assert "© OpenStreetMap contributors" in (root.findtext(f"{GPX}metadata/{GPX}desc") or "")


def test_gpx_holds_the_plan(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "walk.gpx"
    write(plan, path, now=now)
    rows, points = layer(path, "waypoints")
    stops = [(row, at) for row, at in zip(rows, points, strict=True) if row["name"][0].isdigit()]
    assert len(stops) == len(plan.stops)
    for number, (stop, (row, at)) in enumerate(zip(plan.stops, stops, strict=True), start=1):
        assert row["name"] == f"{number}. {clean(stop.name)}"
        assert (at.x, at.y) == (stop.lon, stop.lat)
        assert np.datetime64(row["time"], "s") == np.datetime64(
            moment(stop.arrive).replace(tzinfo=None)
        )
        assert f"{stop.arrive[11:16]}–{stop.depart[11:16]}" in row["desc"]
    days = sorted({stop.day for stop in plan.stops})
    routes, _ = layer(path, "routes")
    assert [row["number"] for row in routes] == days
    _, tracks = layer(path, "tracks")
    drawn = [[leg for leg in plan.legs if leg.day == day and leg.path] for day in days]
    assert [
        [list(map(tuple, shapely.get_coordinates(part).tolist())) for part in track.geoms]
        for track in tracks
    ] == [[line_of(leg) for leg in legs] for legs in drawn]


def test_gpx_tells_when_one_is_where(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    write(plan, tmp_path / "walk.gpx", now=now)
    root = ElementTree.parse(tmp_path / "walk.gpx").getroot()
    assert root is not None
    segments = list(root.iter(f"{GPX}trkseg"))
    legs = [leg for leg in plan.legs if leg.path]
    stops = {(stop.day, stop.place_id): stop for stop in plan.stops}
    for leg, segment in zip(legs, segments, strict=True):
        told = [point.findtext(f"{GPX}time") for point in segment]
        times = [dt.datetime.fromisoformat(text) for text in told if text]
        assert times == sorted(times)
        if target := stops.get((leg.day, leg.target)):
            assert times[-1] == moment(target.arrive)
        if origin := stops.get((leg.day, leg.origin)):
            assert times[0] == moment(origin.depart)
        assert (times[-1] - times[0]).total_seconds() == leg.duration_s
        # On a ferry nobody knows the moment of each point.
        assert len(times) == (2 if leg.afloat[0] else len(line_of(leg)))


def test_kml_holds_the_plan(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "walk.kml"
    write(plan, path, now=now)
    root = ElementTree.parse(path).getroot()
    assert root is not None
    assert "© OpenStreetMap contributors" in (
        root.findtext(f"{KML}Document/{KML}description") or ""
    )
    marks = list(root.iter(f"{KML}Placemark"))
    data = [
        {part.attrib["name"]: part.findtext(f"{KML}value") for part in mark.iter(f"{KML}Data")}
        for mark in marks
    ]
    stops = [(mark, about) for mark, about in zip(marks, data, strict=True) if "place_id" in about]
    for number, (stop, (mark, about)) in enumerate(zip(plan.stops, stops, strict=True), start=1):
        assert mark.findtext(f"{KML}name") == f"{number}. {clean(stop.name)}"
        assert (about["arrive"], about["depart"]) == (stop.arrive, stop.depart)
        begin = mark.findtext(f"{KML}TimeSpan/{KML}begin") or ""
        assert dt.datetime.fromisoformat(begin) == moment(stop.arrive)
        # Map programs show a description as HTML.
        assert "<script" not in (mark.findtext(f"{KML}description") or "")
    ways = [about for about in data if "distance_m" in about]
    assert [float(about["distance_m"] or "nan") for about in ways] == [
        leg.distance_m for leg in plan.legs
    ]
    assert [int(about["duration_s"] or "0") for about in ways] == [
        leg.duration_s for leg in plan.legs
    ]
    days = pyogrio.list_layers(path)[:, 0].tolist()
    assert len(days) == len({stop.day for stop in plan.stops})
    shapes = [shape for day in days for shape in layer(path, day)[1] if shape is not None]
    lines = [shape for shape in shapes if shape.geom_type == "LineString"]
    for leg, line in zip((leg for leg in plan.legs if leg.path), lines, strict=True):
        flat = shapely.get_coordinates(line)
        assert np.abs(flat - np.array(line_of(leg))).max() < 1e-7
    found = [shape for shape in shapes if shape.geom_type == "Point"]
    assert {(stop.lon, stop.lat) for stop in plan.stops} <= {(one.x, one.y) for one in found}


def test_geojson_holds_the_plan(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "walk.geojson"
    write(plan, path, now=now)
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert "© OpenStreetMap contributors" in whole["attribution"]
    assert whole["plan"]["totals"] == to_builtins(plan.totals)
    by_kind: dict[str, list[Any]] = {}
    for feature in whole["features"]:
        by_kind.setdefault(feature["properties"]["kind"], []).append(feature)
    for stop, feature in zip(plan.stops, by_kind["stop"], strict=True):
        told = json.loads(json.dumps(to_builtins(stop)))
        assert told.items() <= feature["properties"].items()
        assert feature["geometry"] == {"type": "Point", "coordinates": [stop.lon, stop.lat]}
    for leg, feature in zip(plan.legs, by_kind["leg"], strict=True):
        told = json.loads(json.dumps(to_builtins(leg)))
        points = [list(point) for point in line_of(leg)]
        del told["path"]
        assert told.items() <= feature["properties"].items()
        assert (feature["geometry"] or {"coordinates": []})["coordinates"] == points
    _, shapes = layer(path, pyogrio.list_layers(path)[0, 0])
    assert len(shapes) == len(whole["features"])


def test_times_stand_in_words_alone_where_no_zone_is_known(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    assert zone_at(60.17, 24.94) == HELSINKI
    assert zone_at(0.0, -30.0) is None
    at_sea = replace(walk, stops=tuple(replace(stop, lat=0.0, lon=-30.0) for stop in walk.stops))
    write(at_sea, tmp_path / "walk.gpx", now=now)
    root = ElementTree.parse(tmp_path / "walk.gpx").getroot()
    assert root is not None
    check(root)
    assert [time for point in root.iter(f"{GPX}trkpt") for time in point.iter(f"{GPX}time")] == []
    assert "10:10–10:30" in (root.findtext(f"{GPX}wpt[2]/{GPX}desc") or "")


def test_every_way_begins_when_one_leaves(plan: PlanDocument) -> None:
    journey = journey_of(plan)
    assert [visit.number for visit in journey.visits] == list(range(1, len(plan.stops) + 1))
    for day in journey.days:
        for way in day.ways:
            assert (way.arrive - way.depart).total_seconds() == pytest.approx(way.leg.duration_s)
        assert math.isclose(
            sum(way.leg.distance_m for way in day.ways),
            sum(leg.distance_m for leg in plan.legs if leg.day == day.number),
        )
