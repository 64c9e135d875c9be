from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain import BoundRequest, Request, Settings, SubRequest, Wishes
from planner.intents.shaping import Ground, is_vague, shaped
from planner.itinerary.editing import Remove
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner
from planner.revision import revise

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

CATALOGUE = Catalogue.load()
EVERYTHING = Ground(frozenset(CATALOGUE.categories))
WEDNESDAY = dt.datetime(2026, 11, 25, 10)
MORNING = Settings(start=WEDNESDAY, hours=4.0)


def bound(*wishes: str, kind: str = "itinerary", **changes: object) -> BoundRequest:
    subrequests = tuple(SubRequest(each, type=kind) for each in wishes)  # type: ignore[arg-type]
    made = BoundRequest(Request("text", subrequests), tuple(() for _ in wishes))
    return replace(made, **changes)  # type: ignore[arg-type]


def shape(request: BoundRequest, settings: Settings = MORNING, ground: Ground = EVERYTHING):  # noqa: ANN201
    themes = range(len(request.request.subrequests))
    return shaped(request, settings, CATALOGUE, themes=themes, ground=ground)


@pytest.mark.parametrize(
    "words", [(), ("afternoon",), ("relaxed",), ("lazy", "morning"), ("kids",), ("places",)]
)
def test_a_request_that_names_nothing_to_see_is_vague(words: tuple[str, ...]) -> None:
    assert is_vague(bound(*words), range(len(words)), CATALOGUE)


@pytest.mark.parametrize("words", ["museum", "art and design", "street art", "Ateneum", "jazz"])
def test_a_kind_a_theme_or_a_name_is_not_vague(words: str) -> None:
    assert not is_vague(bound(words), [0], CATALOGUE)


def test_a_must_see_is_not_vague() -> None:
    assert not is_vague(bound(required=("a",)), [], CATALOGUE)


def test_the_hours_get_a_shape_and_say_why() -> None:
    found = shape(bound("relaxed"))
    wishes = [each.pos for each in found.request.subrequests]
    assert wishes[0] == "relaxed"
    assert "lunch" in wishes
    assert set(found.proposed) == set(range(1, len(wishes)))
    assert len(found.place_ids) == len(wishes)
    assert found.unbound[0].name == "wishes"
    assert "lunch" in found.unbound[0].reason


def test_words_for_the_weather_are_no_wish_for_a_place() -> None:
    found = shape(bound("wet", kind="place"), replace(MORNING, weather="rain"))
    assert [each.type for each in found.request.subrequests][:2] == ["itinerary", "place"]


def test_what_is_named_is_left_alone() -> None:
    request = bound("museum", kind="place")
    assert shape(request) is request


def test_the_evening_ends_in_a_bar_and_the_morning_knows_none() -> None:
    evening = replace(MORNING, start=WEDNESDAY.replace(hour=18))
    assert shape(bound(), evening).request.subrequests[-1].pos == "bar"
    for hour in range(7, 13):
        early = replace(MORNING, start=WEDNESDAY.replace(hour=hour))
        assert "bar" not in {each.pos for each in shape(bound(), early).request.subrequests}


def test_rain_proposes_nothing_under_the_open_sky() -> None:
    wet = {
        each.pos for each in shape(bound(), replace(MORNING, weather="rain")).request.subrequests
    }
    assert wet
    assert not wet & {"park", "sight", "view", "waterfront"}


def test_dislikes_hold() -> None:
    museums = CATALOGUE.named("museums")
    found = shape(bound("places", excluded_categories=museums))
    assert "museum" not in {each.pos for each in found.request.subrequests}


def test_only_what_the_city_has_is_proposed() -> None:
    found = shape(bound(), ground=Ground(frozenset({"park", "cafe"})))
    assert {each.pos for each in found.request.subrequests} <= {"coffee", "breakfast", "park"}


def test_one_stop_gets_one_wish() -> None:
    assert len(shape(bound(), replace(MORNING, stops=1)).proposed) == 1


def test_the_published_method_and_several_days_stay_as_they_are() -> None:
    request = bound()
    assert shape(request, replace(MORNING, mode="paper")) is request
    assert shape(request, replace(MORNING, days=2)) is request


@pytest.fixture(scope="module")
def surprise(helsinki: City, embedder: Embedder) -> PlanDocument:
    planner = Planner(helsinki, embedder.encode, CATALOGUE, seconds=0.25)
    return planner.plan("surprise me", Wishes(), now=WEDNESDAY.replace(hour=9))


def test_a_surprise_is_a_day_with_a_meal_at_its_time(surprise: PlanDocument) -> None:
    assert surprise.violations == ()
    meals = [
        stop.visit_from[11:16]
        for stop in surprise.stops
        if CATALOGUE.category(stop.category).role == "meal"
    ]
    assert len(meals) == 1
    assert "11:00" <= meals[0] <= "15:00"


def test_the_plan_says_what_the_hours_suggested(surprise: PlanDocument) -> None:
    assert surprise.intents
    assert surprise.left_out[0].name == "wishes"
    reasons = {each.reason for each in surprise.intents}
    assert reasons <= {stop.why for stop in surprise.stops}
    assert not any("your wish" in stop.why for stop in surprise.stops)


def test_after_an_edit_nobody_is_said_to_have_wished_for_it(
    helsinki: City, embedder: Embedder, surprise: PlanDocument
) -> None:
    planner = Planner(helsinki, embedder.encode, CATALOGUE, seconds=0.25)
    edited = revise(planner, surprise, Remove(place_id=surprise.stops[0].place_id))
    assert edited.violations == ()
    assert edited.intents
    assert not any("your wish" in stop.why for stop in edited.stops)
