"""The verifier objects to every figure that is wrong, by the right name, and to nothing else.

A tiny city: a square grid of 6 x 6 junctions, streets of about 100 m, and places a few metres
north of the streets that run east. ``Walk`` lays out a plan that holds for any order of places,
so that each test breaks one thing alone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain import Anchor, Place, Position, Settings
from planner.itinerary.document import (
    AnchorPart,
    ConflictPart,
    LegPart,
    PlanDocument,
    RelaxationPart,
    SettingsPart,
    StopPart,
    SubRequestPart,
    TotalsPart,
    UnderstoodPart,
)
from planner.itinerary.evidence import Allowances, GroundTruth, Kind, catalogued_kinds
from planner.itinerary.survey import StreetTruth, great_circle_m, run_length_m
from planner.itinerary.verifier import verify

SIDE = 6
SOUTH, WEST = 60.17, 24.94
NORTHWARD, EASTWARD = 0.0009, 0.0018
SPEED = 4.8 / 3.6
DATE = dt.date(2026, 11, 25)  # a Wednesday
KINDS = {
    "museum": Kind(40, 120, "none"),
    "park": Kind(10, 60, "none"),
    "cafe": Kind(20, 70, "cafe"),
    "restaurant": Kind(40, 110, "meal"),
    "bar": Kind(25, 80, "bar"),
}
replace = msgspec.structs.replace


def junction(row: float, column: float) -> tuple[float, float]:
    """Return (lon, lat) of a junction, or of a point between two."""
    return (WEST + column * EASTWARD, SOUTH + row * NORTHWARD)


def grid_streets() -> StreetTruth:
    """Return the grid; every street has a vertex halfway."""
    ends = [((r, c), (r, c + 1)) for r in range(SIDE) for c in range(SIDE - 1)]
    ends += [((r, c), (r + 1, c)) for r in range(SIDE - 1) for c in range(SIDE)]
    lines = [
        [junction(*a), junction((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), junction(*b)]
        for a, b in ends
    ]
    nodes = np.array([junction(r, c) for r in range(SIDE) for c in range(SIDE)])
    vertices = np.array([point for line in lines for point in line])
    return StreetTruth(
        node_lat=nodes[:, 1],
        node_lon=nodes[:, 0],
        edge_u=np.array([r * SIDE + c for (r, c), _ in ends]),
        edge_v=np.array([r * SIDE + c for _, (r, c) in ends]),
        edge_length=np.array([run_length_m(line) for line in lines]),
        vertex_start=np.arange(len(lines) + 1) * 3,
        vertex_lat=vertices[:, 1],
        vertex_lon=vertices[:, 0],
    )


@dataclass(frozen=True)
class Spot:
    """A point on the street of a row, and how many degrees north of it the place stands."""

    row: int
    column: float
    off: float = 0.0001

    @property
    def position(self) -> Position:
        lon, lat = junction(self.row, self.column)
        return Position(lat + self.off, lon)


SPOTS = {
    "museum": Spot(0, 1.3),
    "gallery": Spot(1, 4.4),
    "park": Spot(4, 3.6),
    "cafe": Spot(2, 0.5),
    "cafe2": Spot(2, 2.25),
    "cafe3": Spot(5, 4.75),
    "kitchen": Spot(3, 1.7),
    "diner": Spot(3, 3.2),
    "bar": Spot(5, 2.5),
    "bar2": Spot(5, 0.4),
    "start": Spot(0, 0.2, 0.0),
    "end": Spot(4, 4.6, 0.00005),
}


def place(key: str, category: str, name: str, hours: str | None, **more: Any) -> Place:
    return Place(
        id=key,
        name=name,
        position=SPOTS[key].position,
        category=category,
        opening_hours=hours,
        osm=f"node/{len(name)}",
        **more,
    )


PLACES = {
    each.id: each
    for each in (
        place("museum", "museum", "Long Gallery", "Tu-Su 10:00-18:00"),
        place("gallery", "museum", "Glass Hall", "We-Fr 10:00-11:00,14:00-20:00"),
        place("park", "park", "North Park", None),
        place("cafe", "cafe", "Corner Café", "Mo-Su 08:00-20:00"),
        place("cafe2", "cafe", "Second Café", "Mo-Su 08:00-20:00"),
        place("cafe3", "cafe", "Third Café", "call first"),
        place("kitchen", "restaurant", "Old Kitchen", "24/7"),
        place("diner", "restaurant", "New Diner", "24/7"),
        place("bar", "bar", "Night Bar", "12:00-02:00"),
        place("bar2", "bar", "Pier Bar", "12:00-02:00"),
    )
}
START = Anchor("my hotel", SPOTS["start"].position)
END = Anchor("the station", SPOTS["end"].position)


def way(origin: Spot, target: Spot) -> tuple[tuple[float, float], ...]:
    """Return the shortest path between two spots, approaches included."""
    a, b = origin.position, target.position
    runs = [
        [junction(origin.row, origin.column), *middle, junction(target.row, target.column)]
        for middle in _middles(origin, target)
    ]
    best = min(runs, key=run_length_m)
    return ((a.lon, a.lat), *best, (b.lon, b.lat))


def _middles(origin: Spot, target: Spot) -> list[list[tuple[float, float]]]:
    if origin.row == target.row:
        low, high = sorted((origin.column, target.column))
        between = [junction(origin.row, c) for c in range(math.ceil(low), math.floor(high) + 1)]
        return [between if origin.column < target.column else between[::-1]]
    found = []
    for out in (math.floor(origin.column), math.ceil(origin.column)):
        for home in (math.floor(target.column), math.ceil(target.column)):
            turn = max(origin.row, target.row)
            step = 1 if target.row > origin.row else -1
            rows = range(origin.row, target.row + step, step)
            east = range(out, home, 1 if home > out else -1)
            if turn == target.row:
                nodes = [(r, out) for r in rows] + [(turn, c) for c in [*east, home][1:]]
            else:
                nodes = [(turn, c) for c in [*east, home]] + [(r, home) for r in list(rows)[1:]]
            found.append([junction(*node) for node in nodes])
    return found


@dataclass(frozen=True)
class Walk:
    """An order of places with stays in minutes, to be laid out as a plan that holds."""

    stops: tuple[str, ...] = ("museum", "cafe", "kitchen", "park", "bar")
    stays: dict[str, int] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    start: Anchor | None = START
    end: Anchor | None = END
    required: tuple[str, ...] = ("museum",)
    hours: float = 6.0
    start_time: str = "10:30"

    def document(self) -> PlanDocument:
        names = [*self.stops]
        names[:0] = ["start"] if self.start else []
        names += ["end"] if self.end else []
        legs = [self._leg(a, b) for a, b in pairwise(names)]
        begin = now = dt.datetime.fromisoformat(f"{DATE}T{self.start_time}:00")
        stops = []
        ahead = {leg.target: leg.duration_s for leg in legs}
        for n, key in enumerate(self.stops):
            arrive = now + dt.timedelta(seconds=ahead.get(key, 0))
            enter = arrive + dt.timedelta(minutes=self.waits.get(key, 0))
            now = enter + dt.timedelta(minutes=self.stays.get(key, 45))
            stops.append(self._stop(n, key, (arrive, enter, now)))
        finish = now + dt.timedelta(seconds=ahead["end"] if self.end else 0)
        return PlanDocument(
            status="ok",
            city="grid",
            request="a walk",
            settings=SettingsPart(
                date=DATE.isoformat(), start_time=self.start_time, hours=self.hours
            ),
            understood=UnderstoodPart(
                subrequests=(
                    SubRequestPart(pos="Long Gallery", neg=None, mustsee=True, type="place"),
                    SubRequestPart(pos="coffee", neg=None, mustsee=False, type="place"),
                )
            ),
            start=self._anchor(self.start),
            end=self._anchor(self.end),
            stops=tuple(stops),
            legs=tuple(legs),
            totals=TotalsPart(
                walk_m=sum(leg.distance_m for leg in legs),
                walk_s=sum(leg.duration_s for leg in legs),
                visit_s=60 * sum(self.stays.get(key, 45) for key in self.stops),
                wait_s=60 * sum(self.waits.values()),
                elapsed_s=int((finish - begin).total_seconds()),
                score=sum(stop.score for stop in stops),
            ),
        )

    def truth(self, **more: Any) -> GroundTruth:
        given = {
            "places": PLACES,
            "streets": STREETS,
            "required": self.required,
            "start": self.start,
            "end": self.end,
            "kinds": KINDS,
            **more,
        }
        return GroundTruth(**given)

    def _leg(self, origin: str, target: str) -> LegPart:
        path = way(SPOTS[origin], SPOTS[target])
        metres = round(run_length_m(path), 1)
        return LegPart(
            origin=origin,
            target=target,
            distance_m=metres,
            duration_s=round(metres / SPEED),
            path=tuple((round(lon, 7), round(lat, 7)) for lon, lat in path),
        )

    def _stop(self, n: int, key: str, times: tuple[dt.datetime, ...]) -> StopPart:
        known = PLACES[key]
        arrive, enter, depart = (at.isoformat() for at in times)
        return StopPart(
            place_id=key,
            name=known.name,
            lat=known.position.lat,
            lon=known.position.lon,
            category=known.category,
            osm=known.osm,
            arrive=arrive,
            visit_from=enter,
            depart=depart,
            opening_hours=known.opening_hours,
            open="unknown" if known.opening_hours in {None, "call first"} else "yes",
            score=0.5 + n / 10,
            serves=(1,) if known.category == "cafe" else (),
            required=key in self.required,
        )

    @staticmethod
    def _anchor(anchor: Anchor | None) -> AnchorPart | None:
        if anchor is None:
            return None
        spot = anchor.position
        return AnchorPart(place_id=None, name=anchor.name, lat=spot.lat, lon=spot.lon)


STREETS = grid_streets()
WALK = Walk()
PLAN = WALK.document()
TRUTH = WALK.truth()


def broken(document: PlanDocument, truth: GroundTruth = TRUTH) -> set[str]:
    """Return the names of the constraints that a plan breaks."""
    return {violation.constraint for violation in verify(document, truth=truth)}


def with_stop(index: int, **changes: Any) -> PlanDocument:
    stops = list(PLAN.stops)
    stops[index] = replace(stops[index], **changes)
    return replace(PLAN, stops=tuple(stops))


def with_leg(index: int, **changes: Any) -> PlanDocument:
    legs = list(PLAN.legs)
    legs[index] = replace(legs[index], **changes)
    return replace(PLAN, legs=tuple(legs))


def with_totals(**changes: Any) -> PlanDocument:
    return replace(PLAN, totals=replace(PLAN.totals, **changes))


def with_settings(**changes: Any) -> PlanDocument:
    return replace(PLAN, settings=replace(PLAN.settings, **changes))


def later(text: str, seconds: int) -> str:
    return (dt.datetime.fromisoformat(text) + dt.timedelta(seconds=seconds)).isoformat()


def shifted(index: int, seconds: int, *, fields: tuple[str, ...]) -> PlanDocument:
    stop = PLAN.stops[index]
    return with_stop(index, **{name: later(getattr(stop, name), seconds) for name in fields})


class TestPlansThatHold:
    @pytest.mark.parametrize(
        "walk",
        [
            WALK,
            Walk(start=None),
            Walk(end=None),
            Walk(start=None, end=None),
            Walk(("park",), required=()),
            Walk(("museum", "gallery"), stays={"museum": 90}, waits={"gallery": 120}),
            Walk(("cafe", "museum", "bar2", "bar"), start_time="11:30", end=None),
            Walk(("museum", "cafe3", "park")),
        ],
        ids=[
            *("start-end", "end", "start", "free", "one-stop", "waiting", "bars-last"),
            "unreadable-hours",
        ],
    )
    def test_nothing_is_objected_to(self, walk: Walk) -> None:
        truth = walk.truth(allowances=Allowances(cafes_and_bars=3))
        assert verify(walk.document(), truth=truth) == ()

    def test_a_walk_within_one_street(self) -> None:
        places = {
            key: dataclasses.replace(PLACES[key], position=Spot(2, column).position)
            for key, column in (("park", 2.2), ("museum", 2.7))
        }
        path = way(Spot(2, 2.2), Spot(2, 2.7))
        metres = run_length_m(path)
        legs = (
            LegPart(
                origin="park",
                target="museum",
                distance_m=metres,
                duration_s=round(metres / SPEED),
                path=path,
            ),
        )
        walk = Walk(("park", "museum"), start=None, end=None)
        document = walk.document()
        shift = legs[0].duration_s - document.legs[0].duration_s
        museum = document.stops[1]
        stops = tuple(
            replace(
                stop, lat=places[stop.place_id].position.lat, lon=places[stop.place_id].position.lon
            )
            for stop in (
                document.stops[0],
                replace(
                    museum,
                    **{
                        name: later(getattr(museum, name), shift)
                        for name in ("arrive", "visit_from", "depart")
                    },
                ),
            )
        )
        totals = replace(
            document.totals,
            walk_m=metres,
            walk_s=legs[0].duration_s,
            elapsed_s=document.totals.elapsed_s + shift,
        )
        document = replace(document, legs=legs, stops=stops, totals=totals)
        assert verify(document, truth=walk.truth(places=places)) == ()

    def test_a_walk_over_two_days(self) -> None:
        first = Walk(("museum", "cafe", "bar"), required=()).document()
        second = Walk(("diner", "cafe2", "park"), required=()).document()
        moved = tuple(
            replace(stop, day=2, **{name: later(getattr(stop, name), 86_400) for name in TIMES})
            for stop in second.stops
        )
        totals = {
            name: getattr(first.totals, name) + getattr(second.totals, name)
            for name in ("walk_m", "walk_s", "visit_s", "wait_s", "elapsed_s", "score")
        }
        document = replace(
            first,
            settings=replace(first.settings, days=2),
            stops=first.stops + moved,
            legs=first.legs + tuple(replace(leg, day=2) for leg in second.legs),
            totals=TotalsPart(**totals),
        )
        truth = WALK.truth(required=())
        # Each day has its own end: the bar of the first is not before the café of the second.
        assert broken(document, truth) == set()
        one_day = replace(document, settings=first.settings)
        assert broken(one_day, truth) == {"stops"}

    def test_an_impossible_plan_with_its_reasons(self) -> None:
        document = replace(
            PLAN,
            status="infeasible",
            stops=(),
            legs=(),
            totals=TotalsPart(),
            conflicts=(ConflictPart(constraint="opening_hours", text="Closed on Mondays."),),
            relaxations=(RelaxationPart(change="go on Tuesday", effect="open"),),
        )
        assert broken(document) == set()
        assert broken(replace(document, conflicts=())) == {"status"}
        assert broken(replace(document, relaxations=())) == {"status"}
        assert broken(replace(document, stops=PLAN.stops)) == {"status"}


STRAIGHT_ON = tuple(PLAN.legs[1].path[:1] + PLAN.legs[1].path[-1:])


class TestWays:
    def test_a_leg_stretched_by_two_metres(self) -> None:
        leg = PLAN.legs[1]
        assert broken(with_leg(1, distance_m=leg.distance_m + 2)) == {
            *("distance", "path", "totals", "duration"),
        }

    def test_a_leg_shortened_in_every_figure(self) -> None:
        leg = PLAN.legs[1]
        document = with_leg(1, distance_m=leg.distance_m - 0.7)
        totals = replace(document.totals, walk_m=document.totals.walk_m - 0.7)
        assert broken(replace(document, totals=totals)) == {"distance", "path"}

    def test_a_corner_cut(self) -> None:
        leg = PLAN.legs[1]
        cut = (*leg.path[:2], *leg.path[3:])
        assert len(leg.path) > 4
        assert broken(with_leg(1, path=cut)) == {"path"}

    def test_as_the_crow_flies(self) -> None:
        metres = run_length_m(STRAIGHT_ON)
        document = with_leg(1, path=STRAIGHT_ON, distance_m=metres)
        assert {"path", "distance"} <= broken(document)

    def test_a_detour_along_streets(self) -> None:
        leg = PLAN.legs[0]
        around = (
            leg.path[0],
            junction(0, 0.2),
            *(junction(0, 0), junction(1, 0), junction(1, 1), junction(1, 2), junction(0, 2)),
            junction(0, 1.3),
            leg.path[-1],
        )
        metres = run_length_m(around)
        document = with_leg(0, path=around, distance_m=metres, duration_s=round(metres / SPEED))
        assert broken(document) == {"distance", "times", "totals"}

    def test_a_path_beside_the_street(self) -> None:
        leg = PLAN.legs[1]
        off = tuple(
            (lon, lat + (0.00001 if 0 < n < len(leg.path) - 1 else 0))
            for n, (lon, lat) in enumerate(leg.path)
        )
        assert broken(with_leg(1, path=off)) == {"path"}

    def test_an_approach_that_meets_the_wrong_street(self) -> None:
        spot = PLACES["museum"].position
        leg = PLAN.legs[0]
        assert broken(with_leg(0, path=(leg.path[0], (spot.lon, spot.lat)))) == {"path"}

    def test_a_path_that_ends_elsewhere(self) -> None:
        leg = PLAN.legs[1]
        lon, lat = leg.path[-1]
        moved = (*leg.path[:-1], (lon, lat + 0.00002))
        assert broken(with_leg(1, path=moved)) == {"path"}

    @pytest.mark.parametrize(
        "path", [(), ((math.nan, 60.17),), ((24.94, 160.0), (24.94, 60.17)), ((math.inf, 0.0),)]
    )
    def test_no_line_on_the_ground(self, path: tuple[tuple[float, float], ...]) -> None:
        assert broken(with_leg(1, path=path)) == {"path"}

    def test_there_is_no_way(self) -> None:
        lonely = dataclasses.replace(
            STREETS,
            edge_u=np.array([*STREETS.edge_u[:1], *STREETS.edge_u[6:]]),
            edge_v=np.array([*STREETS.edge_v[:1], *STREETS.edge_v[6:]]),
            edge_length=np.array([*STREETS.edge_length[:1], *STREETS.edge_length[6:]]),
            vertex_start=np.arange(len(STREETS.edge_u) - 5 + 1) * 3,
            vertex_lat=np.array([*STREETS.vertex_lat[:3], *STREETS.vertex_lat[18:]]),
            vertex_lon=np.array([*STREETS.vertex_lon[:3], *STREETS.vertex_lon[18:]]),
        )
        cut = [
            n
            for n, (u, v) in enumerate(zip(lonely.edge_u, lonely.edge_v, strict=True))
            if u in {0, 1} and n
        ]
        keep = np.array([n for n in range(len(lonely.edge_u)) if n not in cut])
        island = dataclasses.replace(
            lonely,
            edge_u=lonely.edge_u[keep],
            edge_v=lonely.edge_v[keep],
            edge_length=lonely.edge_length[keep],
            vertex_start=np.arange(len(keep) + 1) * 3,
            vertex_lat=lonely.vertex_lat.reshape(-1, 3)[keep].ravel(),
            vertex_lon=lonely.vertex_lon.reshape(-1, 3)[keep].ravel(),
        )
        found = verify(PLAN, truth=WALK.truth(streets=island))
        assert any(v.constraint == "distance" and "does not exist" in v.text for v in found)

    def test_a_missing_leg(self) -> None:
        found = broken(replace(PLAN, legs=PLAN.legs[:2] + PLAN.legs[3:]))
        assert found == {"legs", "totals"}

    def test_an_extra_leg(self) -> None:
        found = broken(replace(PLAN, legs=(*PLAN.legs, PLAN.legs[0])))
        assert found == {"legs", "totals"}

    def test_legs_out_of_order(self) -> None:
        assert broken(replace(PLAN, legs=PLAN.legs[::-1])) == {"legs"}

    def test_no_leg_from_a_free_start(self) -> None:
        document = replace(PLAN, start=None)
        assert broken(document, WALK.truth(start=None)) >= {"legs", "times"}


class TestTimes:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (("arrive",), {"times", "totals"}),
            (("visit_from",), {"totals"}),
            (("depart",), {"times", "totals"}),
            (("arrive", "visit_from", "depart"), {"times"}),
        ],
    )
    @pytest.mark.parametrize("seconds", [60, -60])
    def test_a_shifted_time(
        self, fields: tuple[str, ...], expected: set[str], seconds: int
    ) -> None:
        document = shifted(2, seconds, fields=fields)
        if fields in {("arrive",), ("visit_from",)} and (fields == ("arrive",)) == (seconds > 0):
            expected = expected | {"times"}  # one enters before one arrives
        assert broken(document) == expected | (
            {"times"} if fields == ("visit_from",) and seconds < 0 else set()
        )

    def test_one_second_is_too_much(self) -> None:
        assert broken(shifted(0, 1, fields=("arrive", "visit_from", "depart"))) == {"times"}

    def test_stops_swapped(self) -> None:
        stops = (PLAN.stops[0], PLAN.stops[2], PLAN.stops[1], *PLAN.stops[3:])
        assert {"legs", "times"} <= broken(replace(PLAN, stops=stops))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "10:12",
            "2026-11-25T25:00:00",
            "2026-11-25T10:12:00+02:00",
            "2026-11-25T10:12",
            "٢٠٢٦-11-25T10:12:00",
        ],
    )
    def test_a_time_that_is_none(self, text: str) -> None:
        assert "times" in broken(with_stop(1, arrive=text))

    def test_a_walk_that_begins_late(self) -> None:
        walk = Walk(start=None)
        document = walk.document()
        moved = tuple(
            replace(
                stop,
                **{
                    name: later(getattr(stop, name), 60)
                    for name in ("arrive", "visit_from", "depart")
                },
            )
            for stop in document.stops
        )
        assert broken(replace(document, stops=moved), walk.truth()) == {"times", "totals"}

    def test_another_day(self) -> None:
        moved = tuple(
            replace(
                stop,
                **{
                    name: later(getattr(stop, name), 86_400)
                    for name in ("arrive", "visit_from", "depart")
                },
            )
            for stop in PLAN.stops
        )
        assert {"times", "hours"} <= broken(replace(PLAN, stops=moved))

    def test_the_way_home_counts(self) -> None:
        hours = PLAN.totals.elapsed_s / 3600
        assert broken(with_settings(hours=hours)) == set()
        assert broken(with_settings(hours=hours - 1 / 3600)) == {"hours"}

    def test_a_wrong_pace(self) -> None:
        assert broken(with_settings(pace_kmh=3.6)) == {"duration"}

    def test_a_wrong_duration(self) -> None:
        document = with_leg(1, duration_s=PLAN.legs[1].duration_s + 2)
        assert broken(document) == {"duration", "times", "totals"}

    @pytest.mark.parametrize(
        "name", ["walk_m", "walk_s", "visit_s", "wait_s", "elapsed_s", "score"]
    )
    def test_a_wrong_total(self, name: str) -> None:
        assert broken(with_totals(**{name: getattr(PLAN.totals, name) + 1})) == {"totals"}

    @pytest.mark.parametrize(("key", "minutes"), [("park", 9), ("park", 61)])
    def test_a_stay_too_short_or_too_long(self, key: str, minutes: int) -> None:
        walk = Walk(stays={key: minutes}, end=None)
        assert broken(walk.document(), walk.truth()) == {"stay"}
        asked = Allowances(stays={key: (minutes, minutes)})
        assert broken(walk.document(), walk.truth(allowances=asked)) == set()


class TestOpeningHours:
    def test_yes_for_unknown_hours(self) -> None:
        assert broken(with_stop(3, open="yes")) == {"opening_hours"}

    def test_unknown_for_known_hours(self) -> None:
        assert broken(with_stop(0, open="unknown")) == {"opening_hours"}

    def test_no(self) -> None:
        assert broken(with_stop(0, open="no")) == {"opening_hours"}

    @pytest.mark.parametrize(
        ("walk", "expected"),
        [
            (Walk(("gallery",), required=(), start_time="10:00"), set()),
            (Walk(("gallery",), required=(), start_time="10:30"), {"opening_hours"}),
            (Walk(("gallery",), required=(), start_time="12:00"), {"opening_hours"}),
            (Walk(("bar",), required=(), start_time="11:00"), {"opening_hours"}),
            (Walk(("museum",), start_time="17:15", start=None), set()),
            (Walk(("museum",), start_time="17:16", start=None), {"opening_hours"}),
        ],
    )
    def test_the_whole_stay_must_be_open(self, walk: Walk, expected: set[str]) -> None:
        assert broken(walk.document(), walk.truth()) == expected

    def test_a_public_holiday_of_the_place_counts(self) -> None:
        closed = dataclasses.replace(PLACES["museum"], opening_hours="Mo-Su 10:00-18:00; PH off")
        document = with_stop(0, opening_hours=closed.opening_hours)
        truth = WALK.truth(places={**PLACES, "museum": closed})
        assert broken(document, truth) == set()
        christmas = msgspec.json.decode(
            msgspec.json.encode(document).replace(b"2026-11-25", b"2026-12-25"), type=PlanDocument
        )
        assert broken(christmas, truth) == {"opening_hours"}

    def test_hours_that_depend_are_unknown(self) -> None:
        vague = dataclasses.replace(
            PLACES["museum"], opening_hours='Mo-Su 10:00-18:00 unknown "ask"'
        )
        document = with_stop(0, opening_hours=vague.opening_hours)
        truth = WALK.truth(places={**PLACES, "museum": vague})
        assert broken(document, truth) == {"opening_hours"}
        stops = (replace(document.stops[0], open="unknown"), *document.stops[1:])
        assert broken(replace(document, stops=stops), truth) == set()


class TestPlaces:
    @pytest.mark.parametrize(
        "changes",
        [
            {"name": "Short Gallery"},
            {"lat": PLAN.stops[0].lat + 1e-5},
            {"lon": math.nan},
            {"category": "park"},
            {"osm": None},
            {"opening_hours": None},
        ],
    )
    def test_a_wrong_fact(self, changes: dict[str, Any]) -> None:
        assert broken(with_stop(0, **changes)) == {"place"}

    def test_a_stop_twice(self) -> None:
        walk = Walk(("museum", "cafe", "park", "cafe", "bar"))
        truth = walk.truth(allowances=Allowances(cafes_and_bars=3))
        assert "stops" in broken(walk.document(), truth)

    def test_a_place_of_another_city(self) -> None:
        places = {key: known for key, known in PLACES.items() if key != "cafe"}
        assert broken(PLAN, WALK.truth(places=places)) == {"place"}

    def test_a_category_nobody_knows(self) -> None:
        kinds = {key: kind for key, kind in KINDS.items() if key != "park"}
        assert broken(PLAN, WALK.truth(kinds=kinds)) == {"category"}

    def test_a_must_see_dropped(self) -> None:
        walk = Walk(("cafe", "park"), required=())
        assert broken(walk.document(), walk.truth(required=("museum",))) == {"required"}

    def test_marks_of_must_sees(self) -> None:
        assert broken(with_stop(0, required=False)) == {"required"}
        assert broken(with_stop(1, required=True)) == {"required"}

    @pytest.mark.parametrize("serves", [(2,), (-1,), (0, 0)])
    def test_wishes_that_were_never_made(self, serves: tuple[int, ...]) -> None:
        assert broken(with_stop(0, serves=serves)) == {"serves"}

    def test_one_coffee_is_one(self) -> None:
        walk = Walk(("museum", "cafe", "cafe2", "park"))
        assert broken(walk.document(), walk.truth(counts={1: 2})) == set()
        assert broken(walk.document(), walk.truth(counts={1: 1})) == {"count"}
        must = Walk(("museum", "cafe", "cafe2", "park"), required=("museum", "cafe"))
        assert broken(must.document(), must.truth(counts={1: 1})) == set()

    def test_an_exact_number_of_stops(self) -> None:
        assert broken(with_settings(stops=5)) == set()
        assert broken(with_settings(stops=4)) == {"stops"}

    def test_what_was_not_wanted(self) -> None:
        assert broken(PLAN, WALK.truth(excluded_categories=frozenset({"park"}))) == {"excluded"}
        assert broken(PLAN, WALK.truth(excluded_ids=frozenset({"cafe"}))) == {"excluded"}
        never = {**PLACES, "cafe": dataclasses.replace(PLACES["cafe"], never=True)}
        assert broken(PLAN, WALK.truth(places=never)) == {"excluded"}


class TestTaste:
    @pytest.mark.parametrize(
        ("walk", "expected", "lifted"),
        [
            (
                Walk(("museum", "cafe", "park", "cafe2", "bar")),
                "cafes_and_bars",
                {"cafes_and_bars": 3},
            ),
            (Walk(("bar", "museum"), start_time="12:30"), "bars_last", {"bars_anywhere": True}),
            (Walk(("museum", "cafe")), "cafe_last", {"cafe_may_end": True}),
            (
                Walk(("museum", "kitchen", "diner", "park")),
                "meals_in_a_row",
                {"meals_may_follow": True},
            ),
        ],
    )
    def test_a_rule_holds_unless_lifted(
        self, walk: Walk, expected: str, lifted: dict[str, Any]
    ) -> None:
        assert broken(walk.document(), walk.truth()) == {expected}
        allowed = Allowances(**lifted)
        assert broken(walk.document(), walk.truth(allowances=allowed)) == set()

    def test_meals_with_something_between(self) -> None:
        walk = Walk(("museum", "kitchen", "park", "diner"))
        assert broken(walk.document(), walk.truth()) == set()


class TestFrame:
    def test_no_stop_is_no_walk(self) -> None:
        document = replace(PLAN, stops=(), legs=(), totals=TotalsPart(), start=None, end=None)
        assert broken(document, WALK.truth(start=None, end=None, required=())) == {"status"}

    def test_a_plan_that_owns_up(self) -> None:
        owned = (ConflictPart(constraint="cafe_last", text="It ends with a café."),)
        assert broken(replace(PLAN, violations=owned)) == {"status"}
        assert broken(replace(PLAN, conflicts=owned)) == {"status"}

    @pytest.mark.parametrize(
        "changes",
        [{"date": "25.11.2026"}, {"start_time": "10 o'clock"}, {"date": "2026-02-30"}],
    )
    def test_no_beginning(self, changes: dict[str, Any]) -> None:
        assert "settings" in broken(with_settings(**changes))

    @pytest.mark.parametrize(
        "changes",
        [
            {"hours": 0.0},
            {"hours": math.nan},
            {"pace_kmh": -1.0},
            {"pace_kmh": math.inf},
            {"days": 0},
        ],
    )
    def test_a_frame_without_sense(self, changes: dict[str, Any]) -> None:
        assert "settings" in broken(with_settings(**changes))

    @pytest.mark.parametrize(
        "change",
        [
            {"start": dt.datetime(2026, 11, 25, 10, 0)},
            {"hours": 7.0},
            {"stops": 5},
            {"pace_kmh": 3.6},
            {"weather": "rain"},
            {"seed": 1},
        ],
    )
    def test_another_frame_than_settled(self, change: dict[str, Any]) -> None:
        settled = Settings(start=dt.datetime(2026, 11, 25, 10, 30), hours=6.0)
        assert broken(PLAN, WALK.truth(settings=settled)) == set()
        other = dataclasses.replace(settled, **change)
        assert broken(PLAN, WALK.truth(settings=other)) == {"settings"}

    def test_another_start_or_end(self) -> None:
        assert PLAN.start is not None
        assert broken(PLAN, WALK.truth(end=None)) == {"end"}
        for change in ({"name": "your hotel"}, {"place_id": "museum"}, {"lat": 60.171}):
            assert broken(replace(PLAN, start=replace(PLAN.start, **change))) == {"start"}
        moved = Anchor(START.name, Position(START.position.lat, START.position.lon + 0.001))
        assert {"start", "path", "distance"} <= broken(PLAN, WALK.truth(start=moved))

    def test_a_start_that_was_never_asked_for(self) -> None:
        assert "start" in broken(PLAN, WALK.truth(start=None))
        without = Walk(start=None)
        assert "start" in broken(without.document(), without.truth(start=START))

    def test_every_objection_says_something(self) -> None:
        walk = Walk(("bar", "cafe", "kitchen", "diner", "cafe2", "cafe"), hours=0.5)
        found = verify(walk.document(), truth=walk.truth())
        assert len(found) > 5
        assert all(violation.text.endswith(".") for violation in found)


def test_the_catalogue_gives_every_kind_a_stay_and_a_role() -> None:
    kinds = catalogued_kinds()
    assert len(kinds) >= 120
    assert {kind.role for kind in kinds.values()} == {"cafe", "bar", "meal", "none"}
    assert all(0 <= kind.short_min < kind.long_min for kind in kinds.values())
    assert kinds["cafe"].role == "cafe"
    assert kinds["restaurant"].role == "meal"


NUMBERS = (
    *((("legs", n), name) for n in range(len(PLAN.legs)) for name in ("distance_m", "duration_s")),
    *((("stops", n), name) for n in range(len(PLAN.stops)) for name in ("lat", "lon", "score")),
    *(
        (("totals", None), name)
        for name in ("walk_m", "walk_s", "visit_s", "wait_s", "elapsed_s", "score")
    ),
)
TIMES = ("arrive", "visit_from", "depart")


def changed(document: PlanDocument, part: str, index: int | None, **changes: Any) -> PlanDocument:
    whole = getattr(document, part)
    if index is None:
        return replace(document, **{part: replace(whole, **changes)})
    items = list(whole)
    items[index] = replace(items[index], **changes)
    return replace(document, **{part: tuple(items)})


@settings(max_examples=150, deadline=None)
@given(
    where=st.sampled_from(NUMBERS),
    by=st.floats(min_value=3, max_value=1e12) | st.floats(min_value=-1e12, max_value=-3),
)
def test_any_number_that_is_off_is_objected_to(
    where: tuple[tuple[str, int | None], str], by: float
) -> None:
    (part, index), name = where
    whole = getattr(PLAN, part)
    value = getattr(whole if index is None else whole[index], name)
    off = value + (int(by) if isinstance(value, int) else by)
    assert verify(changed(PLAN, part, index, **{name: off}), truth=TRUTH)


@settings(max_examples=100, deadline=None)
@given(
    index=st.integers(0, len(PLAN.stops) - 1),
    fields=st.sets(st.sampled_from(TIMES), min_size=1),
    seconds=st.integers(1, 10**6) | st.integers(-(10**6), -1),
)
def test_any_time_that_is_off_is_objected_to(index: int, fields: set[str], seconds: int) -> None:
    assert verify(shifted(index, seconds, fields=tuple(fields)), truth=TRUTH)


@settings(max_examples=100, deadline=None)
@given(
    leg=st.integers(0, len(PLAN.legs) - 1),
    point=st.integers(0, 100),
    east=st.floats(-300, 300),
    north=st.floats(-300, 300),
)
def test_any_point_moved_off_its_way_is_objected_to(
    leg: int, point: int, east: float, north: float
) -> None:
    path = list(PLAN.legs[leg].path)
    lon, lat = path[point % len(path)]
    moved = (lon + east / 55_000, lat + north / 111_000)
    path[point % len(path)] = moved
    off = great_circle_m(lat, lon, moved[1], moved[0])
    found = broken(with_leg(leg, path=tuple(path)))
    # A point moved along its own street changes nothing; beyond that, something must be said.
    still = not STREETS.strays(path[1:-1], slack_m=0.5) or off <= 1.0
    assert found == {"path"} or (found == set() and still)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_that_can_be_read_raises(data: st.DataObject) -> None:
    text = st.text(max_size=12) | st.sampled_from(["start", "end", "museum", "9999-12-31T23:59:59"])
    number = st.floats()
    whole = st.integers() | st.sampled_from([10**400, -(10**400)])
    point = st.tuples(number, number)
    document = changed(
        PLAN,
        "stops",
        data.draw(st.integers(0, 4)),
        **data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "place_id": text,
                    "name": text,
                    "lat": number,
                    "lon": number,
                    "category": text,
                    "day": whole,
                    "arrive": text,
                    "visit_from": text,
                    "depart": text,
                    "opening_hours": text,
                    "score": number,
                    "serves": st.lists(whole, max_size=3).map(tuple),
                },
            )
        ),
    )
    document = changed(
        document,
        "legs",
        data.draw(st.integers(0, 5)),
        **data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "day": whole,
                    "origin": text,
                    "target": text,
                    "distance_m": number,
                    "duration_s": whole,
                    "path": st.lists(point, max_size=4).map(tuple),
                },
            )
        ),
    )
    document = changed(
        document,
        "settings",
        None,
        **data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "date": text,
                    "start_time": text,
                    "hours": number,
                    "days": whole,
                    "stops": whole,
                    "pace_kmh": number,
                },
            )
        ),
    )
    document = changed(
        document,
        "totals",
        None,
        **data.draw(
            st.fixed_dictionaries(
                {},
                optional={"walk_m": number, "walk_s": whole, "elapsed_s": whole, "score": number},
            )
        ),
    )
    document = changed(
        document,
        "start",
        None,
        **data.draw(st.fixed_dictionaries({}, optional={"lat": number, "lon": number})),
    )
    found = verify(document, truth=WALK.truth(start=data.draw(st.sampled_from([START, None]))))
    assert all(violation.constraint and violation.text for violation in found)


def test_the_verifier_shares_no_code_with_the_planner() -> None:
    code = "import sys, planner.itinerary.verifier\nprint(*[m for m in sys.modules if m.startswith('planner')])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(loaded.stdout.split()) == {
        "planner",
        "planner.domain",
        "planner.itinerary",
        "planner.library",
        "planner.library.countries",  # a table: which country a point is in
        *(
            f"planner.itinerary.{name}"
            for name in ("evidence", "opening", "promises", "survey", "verifier")
        ),
    }
