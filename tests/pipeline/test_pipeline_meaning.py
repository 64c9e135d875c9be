"""What a request's words mean in a city: nonsense is told, and nearness weighs, up to the plan."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from planner.domain import Wishes
from planner.errors import FlaneurError
from planner.itinerary.editing import Remove
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner
from planner.revision import revise

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

NOW = dt.datetime(2026, 11, 25, 9)


@pytest.fixture(scope="module")
def planner(helsinki: City, embedder: Embedder) -> Planner:
    return Planner(helsinki, embedder.encode, Catalogue.load(), seconds=0.2, knows=embedder.knows)


def plan(planner: Planner, text: str, **wishes: str) -> PlanDocument:
    document = planner.plan(text, Wishes(**wishes), now=NOW)  # type: ignore[arg-type]
    assert document.status == "ok", document.conflicts
    assert document.violations == ()
    return document


@pytest.mark.parametrize("text", ["blorp zzz qwrt", "blorp", "?!"])
def test_nonsense_is_refused_with_what_can_be_said(planner: Planner, text: str) -> None:
    with pytest.raises(FlaneurError, match="understood") as caught:
        planner.plan(text, Wishes(), now=NOW)
    assert text in caught.value.problem
    assert "surprise me" in str(caught.value)


def test_nonsense_beside_an_option_is_told_and_the_option_planned(planner: Planner) -> None:
    document = plan(planner, "blorp", must=("Ateneum",))  # type: ignore[arg-type]
    assert "Ateneum" in [stop.name for stop in document.stops]
    assert document.understood.not_understood == ("blorp",)


def test_half_of_a_request_is_planned_and_the_other_half_told(planner: Planner) -> None:
    document = plan(planner, "bookshops and blorp")
    assert [each.pos for each in document.understood.subrequests] == ["bookshops"]
    assert document.understood.not_understood == ("blorp",)
    reasons = {each.name: each.reason for each in document.left_out}
    assert reasons["blorp"].startswith("not understood")
    assert not any("blorp" in stop.why for stop in document.stops)


def test_what_is_proposed_is_told_apart(planner: Planner) -> None:
    document = plan(planner, "surprise me")
    assert document.understood.not_understood is msgspec.UNSET
    assert {each.proposed for each in document.understood.subrequests} == {True}
    said = plan(planner, "museums").understood.subrequests
    assert {each.proposed for each in said} == {msgspec.UNSET}


def test_a_word_of_a_name_here_is_a_wish(planner: Planner) -> None:
    document = plan(planner, "a kirjakauppa")
    assert document.understood.not_understood is msgspec.UNSET


def test_lunch_near_a_place_is_near_it_and_says_how_near(planner: Planner) -> None:
    near = [
        stop
        for stop in plan(planner, "dinner near the market square and museums").stops
        if 0 in stop.serves
    ]
    assert len(near) == 1
    assert " m on foot from Kauppatori." in near[0].why
    assert "though" not in near[0].why


def test_an_unknown_anchor_is_told(planner: Planner) -> None:
    document = plan(planner, "a café near Blorpistan")
    reasons = {each.name: each.reason for each in document.left_out}
    assert "no place of that name in Helsinki" in reasons["near Blorpistan"]
    assert any(stop.category == "cafe" for stop in document.stops)


def test_an_edit_keeps_what_was_not_understood_and_nearness(planner: Planner) -> None:
    document = plan(planner, "a café near the station, churches and blorp")
    gone = next(stop for stop in document.stops if 0 not in stop.serves)
    edited = revise(planner, document, Remove(place_id=gone.place_id))
    assert edited.understood.not_understood == ("blorp",)
    assert any("on foot from" in stop.why for stop in edited.stops if 0 in stop.serves)
