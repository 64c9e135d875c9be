"""What a plan says of itself beside its stops: what is missing and why, dates gone by, loose bounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import UNSET

from planner.domain import Settings, Wishes
from planner.frame import past
from planner.itinerary.document import encode
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

NOW = dt.datetime(2026, 11, 25, 9)


@pytest.fixture(scope="module")
def planner(helsinki: City, embedder: Embedder) -> Planner:
    return Planner(helsinki, embedder.encode, Catalogue.load(), seconds=0.2)


def plan(planner: Planner, text: str, **wishes: Any) -> PlanDocument:
    document = planner.plan(text, Wishes(**wishes), now=NOW)
    assert document.status == "ok", document.conflicts
    return document


def notes(document: PlanDocument) -> dict[str, str]:
    return {each.name: each.reason for each in document.left_out}


def test_fewer_than_asked_for_is_said_with_the_reason(planner: Planner) -> None:
    short = notes(plan(planner, "three museums", hours=1.5))
    assert short["three museums"].startswith("2 instead of 3: more do not fit into the hours")


def test_who_asks_for_three_stops_that_are_museums_hears_how_many_are_and_why(
    planner: Planner,
) -> None:
    document = plan(
        planner,
        "Exactly three stops: museums",
        date=dt.date(2026, 11, 30),
        start_time=dt.time(17, 30),
        hours=2,
    )
    assert len(document.stops) == 3
    assert "closed on Monday at that time" in notes(document)["museums"]


def test_a_time_at_which_nothing_is_open_is_said(planner: Planner) -> None:
    found = notes(plan(planner, "dinner at 4am and a park"))
    assert found["dinner"] == "none is open at the time that was asked for"


def test_as_many_as_asked_for_needs_no_word(planner: Planner) -> None:
    assert "two museums" not in notes(plan(planner, "two museums"))


def test_a_date_gone_by_is_said(planner: Planner) -> None:
    document = plan(planner, "a park", date=dt.date(2026, 11, 20), hours=1)
    assert notes(document)["date"] == (
        "the walk lies in the past: it starts on Friday 2026-11-20 at 10:00"
    )
    assert "date" not in notes(plan(planner, "a park", hours=1))


@pytest.mark.parametrize(
    ("start", "days", "said"),
    [
        (dt.datetime(2026, 11, 25, 8), 1, "has begun already: it starts today at 08:00"),
        (dt.datetime(2026, 11, 25, 4), 1, "lies in the past: it starts today at 04:00"),
        (dt.datetime(2026, 11, 24, 10), 3, "has begun already: it starts on Tuesday 2026-11-24"),
        (dt.datetime(2026, 11, 25, 8, 45), 1, None),
        (dt.datetime(2026, 11, 25, 10), 1, None),
    ],
)
def test_of_a_walk_under_way_it_is_said_since_when(
    start: dt.datetime, days: int, said: str | None
) -> None:
    found = [each.reason for each in past(Settings(start=start, hours=4, days=days), NOW)]
    assert bool(found) == (said is not None)
    assert said is None or said in found[0]


def test_the_bound_on_several_days_is_said_to_be_loose(planner: Planner) -> None:
    several = plan(planner, "museums and parks", days=2, hours=3)
    assert several.optimality.loose is True
    assert '"loose": true' in encode(several)
    assert plan(planner, "museums and parks", hours=3).optimality.loose is UNSET
