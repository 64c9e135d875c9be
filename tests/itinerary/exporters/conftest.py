"""Walks to export: a plain one, one with strangers' names, of two days, and with a ferry."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from planner.itinerary.document import AnchorPart, LegPart, decode

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument, StopPart

WALK = Path(__file__).parents[2] / "drawing" / "helsinki_walk.json"
WILD = (
    "<script>alert('x')</script> & \"Söhne\"",
    "[a](javascript:x) **b** `c` # | www.evil.org http://evil.org <!-- a@b.org",
    "\x1b[31mred\x07\x00 \ufffe two\r\nlines\u2028BEGIN:VEVENT",
    "בית קפה \u202egnihtyna\u202c (القهوة)",
    "👩\u200d🍳 東京; 1,5\\n %s {{ 7 * 7 }} ]]>",
)


def _wild(walk: PlanDocument) -> PlanDocument:
    stops = tuple(
        replace(stop, name=name, why=f"why {name}", category="<i>&amenity=bar")
        for stop, name in zip(walk.stops, WILD, strict=True)
    )
    start = AnchorPart(place_id=None, name=WILD[0], lat=60.17043, lon=24.95219)
    legs = tuple(replace(leg, steps=(f"left into {WILD[1]}, 20 m",)) for leg in walk.legs)
    summary = "\n".join(WILD)
    return replace(
        walk, stops=stops, legs=legs, start=start, request=" ".join(WILD), city=WILD[0],
        narrative=replace(walk.narrative, summary=summary),
        left_out=tuple(replace(part, name=WILD[0], reason=WILD[1]) for part in walk.left_out),
    )  # fmt: skip


def _two_days(walk: PlanDocument) -> PlanDocument:
    """The walk, and on the next day the same stops again with a way back and a wait."""
    home = replace(walk, end=AnchorPart(place_id=None, name="Hotel", lat=60.168, lon=24.931))
    back = LegPart(
        origin=walk.stops[-1].place_id, target="end", distance_m=1200.5, duration_s=901,
        path=((walk.stops[-1].lon, walk.stops[-1].lat), (24.931, 60.168)),
        steps=("right into Esplanadi, 900 m",),
    )  # fmt: skip
    legs = (*walk.legs, back)
    later = tuple(_later(stop) for stop in walk.stops)
    return replace(
        home,
        stops=(*walk.stops, *later),
        legs=(*legs, *(replace(leg, day=2) for leg in legs)),
        settings=replace(walk.settings, days=2),
        totals=replace(walk.totals, wait_s=600),
    )


def _later(stop: StopPart) -> StopPart:
    day = dt.timedelta(days=1)
    wait = dt.timedelta(minutes=10)
    arrive, depart = (dt.datetime.fromisoformat(text) for text in (stop.arrive, stop.depart))
    return replace(
        stop, day=2, arrive=(arrive + day).isoformat(), visit_from=(arrive + day + wait).isoformat(),
        depart=(depart + day).isoformat(),
    )  # fmt: skip


def _ferry(walk: PlanDocument) -> PlanDocument:
    first, *rest = walk.legs
    still = replace(rest[0], path=rest[0].path[:1], distance_m=0.0)
    nowhere = replace(rest[1], path=())
    return replace(
        walk, legs=(replace(first, ride_m=500.0, ride_s=420.0), still, nowhere, *rest[2:])
    )


@pytest.fixture(scope="session")
def walk() -> PlanDocument:
    """Five stops in Helsinki, from the cathedral."""
    return decode(WALK.read_text(encoding="utf-8"))


@pytest.fixture(scope="session", params=["plain", "wild", "two days", "ferry"])
def plan(request: pytest.FixtureRequest, walk: PlanDocument) -> PlanDocument:
    """Every walk in turn."""
    made = {"plain": lambda plan: plan, "wild": _wild, "two days": _two_days, "ferry": _ferry}
    document: PlanDocument = made[request.param](walk)
    return document


@pytest.fixture
def now() -> dt.datetime:
    """The moment of writing."""
    return dt.datetime(2026, 11, 20, 8, 30)
