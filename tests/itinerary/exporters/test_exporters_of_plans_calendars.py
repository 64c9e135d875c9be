"""Walks for calendars, read back by another library than the one that writes them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import vobject
from msgspec.structs import replace

from planner.itinerary.exporters import write
from planner.library.words import clean

if TYPE_CHECKING:
    from pathlib import Path

    from planner.itinerary.document import PlanDocument


def events(path: Path) -> list[Any]:
    return list(vobject.readOne(path.read_text(encoding="utf-8")).vevent_list)


def test_each_stop_is_an_event(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "walk.ics"
    write(plan, path, now=now)
    found = events(path)
    for stop, event in zip(plan.stops, found, strict=True):
        assert event.summary.value == clean(stop.name)
        assert clean(stop.name) in event.location.value
        for told, value in (
            (stop.arrive, event.dtstart.value),
            (stop.depart, event.dtend.value),
        ):
            assert value.replace(tzinfo=None) == dt.datetime.fromisoformat(told)
            assert value.utcoffset() == dt.timedelta(hours=2)
        assert [float(part) for part in event.geo.value.split(";")] == [stop.lat, stop.lon]
        assert clean(stop.why) in event.description.value
        assert "© OpenStreetMap contributors" in event.description.value
    assert len({event.uid.value for event in found}) == len(plan.stops)


def test_lines_are_as_the_standard_wants_them(
    plan: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    write(plan, tmp_path / "walk.ics", now=now)
    data = (tmp_path / "walk.ics").read_bytes()
    lines = data.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    # No name opens an event of its own.
    assert data.count(b"\r\nBEGIN:VEVENT") == len(plan.stops)
    assert b"TZID=Europe/Helsinki" in data
    assert b"BEGIN:VTIMEZONE" in data


def test_events_keep_their_identity(walk: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    def identities(plan: PlanDocument, moment: dt.datetime) -> list[str]:
        write(plan, tmp_path / "walk.ics", now=moment)
        return [event.uid.value for event in events(tmp_path / "walk.ics")]

    first = identities(walk, now)
    later = tuple(
        replace(stop, depart=(dt.datetime.fromisoformat(stop.depart) + dt.timedelta(minutes=5)).isoformat())
        for stop in walk.stops
    )  # fmt: skip
    assert identities(replace(walk, stops=later), now + dt.timedelta(days=1)) == first
    assert set(identities(replace(walk, plan_id="k7f4"), now)).isdisjoint(first)
    unsaved = identities(replace(walk, plan_id=None), now)
    assert identities(replace(walk, plan_id=None, stops=later), now) == unsaved
    assert set(unsaved).isdisjoint(first)


def test_times_float_where_no_zone_is_known(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    at_sea = replace(walk, stops=tuple(replace(stop, lat=0.0, lon=-30.0) for stop in walk.stops))
    write(at_sea, tmp_path / "walk.ics", now=now)
    for stop, event in zip(walk.stops, events(tmp_path / "walk.ics"), strict=True):
        assert event.dtstart.value == dt.datetime.fromisoformat(stop.arrive)
        assert event.dtstart.value.tzinfo is None


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 2), ("2026-03-29", 3), ("2026-10-25", 2), ("2026-07-01", 3)]
)
def test_summer_time_is_minded(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime, day: str, hours: int
) -> None:
    stop = walk.stops[0]
    moved = replace(
        stop, **{key: day + getattr(stop, key)[10:] for key in ("arrive", "visit_from", "depart")}
    )
    write(replace(walk, stops=(moved,), legs=()), tmp_path / "walk.ics", now=now)
    (event,) = events(tmp_path / "walk.ics")
    assert event.dtstart.value.utcoffset() == dt.timedelta(hours=hours)
