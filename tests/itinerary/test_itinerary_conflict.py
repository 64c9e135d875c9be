"""Why there is no walk, in words."""

from __future__ import annotations

import datetime as dt

from planner.domain import BoundRequest, Candidate, Place, Position, Request, Settings
from planner.impossibility import possible
from planner.itinerary.conflict import conflicts, smallest_clash
from planner.itinerary.schedule import Visit, WalkProblem

MINUTE = 60
SETTINGS = Settings(start=dt.datetime(2026, 11, 25, 10), hours=4.0)
BOUND = BoundRequest(request=Request(text="", subrequests=(), by="rules"), place_ids=())


def must_see(name: str) -> Visit:
    place = Place(id=name, name=name, position=Position(60.0, 24.0), category="sight")
    stays = (10 * MINUTE, 20 * MINUTE, 30 * MINUTE)
    return Visit(Candidate(place, 0.5, required=True), stays)


def test_two_places_held_at_one_position_are_named() -> None:
    problem = WalkProblem(
        (must_see("Ateneum"), must_see("Kiasma")),
        ((0, 300), (300, 0)),
        budget_s=4 * 3600,
        positions={0: 1, 1: 1},
    )
    # Each alone stands where there is nothing before it, so that no must-see is part of the clash.
    assert smallest_clash(problem, possible).must_sees == ()
    first, *_ = conflicts(problem, SETTINGS, BOUND, possible)
    assert first.text.startswith("Ateneum and Kiasma cannot be visited in the order")
