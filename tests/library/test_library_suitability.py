"""What words say of any place, and how places suit them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.catalogue import Catalogue
from planner.library.suitability import NO_FIT, fit, suitability, usual, wants_of

CATALOGUE = Catalogue.load()


def place(category: str, **tags: str) -> Place:
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return Place("x", "X", Position(60.17, 24.95), category, tags=named)


def score(words: str, one: Place) -> float:
    return suitability(one, CATALOGUE.category(one.category), words)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("a quiet romantic walk", {"quiet", "romantic"}),
        ("museums with two kids, it's raining", {"children", "rain"}),
        ("free things to see", {"free"}),
        ("I have two free hours", set()),
        ("gluten-free cakes", {"gluten_free"}),
        ("a hot dog and free wifi", {"wifi"}),
        ("my dog is with us", {"dogs"}),
        ("no dogs, without children", set()),
        ("not too quiet", set()),
        ("no museums, quiet", {"quiet"}),
        ("nothing expensive", {"cheap"}),
        ("no meat", {"vegetarian"}),
        ("step-free, with a pram", {"wheelchair"}),
        ("no steps please", {"wheelchair"}),
        ("rain or shine", set()),
        ("somewhere with WLAN", {"wifi"}),
        ("old churches", set()),
        ("", set()),
    ],
)
def test_words_that_speak_of_any_place_are_read(words: str, keys: set[str]) -> None:
    assert wants_of(words).keys == keys


def test_the_weather_speaks_without_a_word() -> None:
    assert wants_of("old churches", weather="rain").keys == {"rain"}
    assert wants_of("old churches", weather="hot").keys == {"heat"}
    assert not wants_of("old churches", weather="dry")


@pytest.mark.parametrize(
    ("words", "better", "worse"),
    [
        ("it's raining", place("museum"), place("park")),
        ("it's raining", place("attraction", indoor="yes"), place("attraction")),
        ("two kids", place("playground"), place("church")),
        ("two kids", place("science_museum"), place("art_museum")),
        ("two kids", place("restaurant", highchair="yes"), place("restaurant")),
        ("two kids", place("church"), place("nightclub")),
        ("free", place("park"), place("theme_park")),
        ("free", place("museum", fee="no"), place("museum")),
        ("free", place("museum"), place("museum", fee="yes")),
        ("quiet", place("cemetery"), place("nightclub")),
        ("romantic", place("viewpoint"), place("supermarket")),
        ("with a dog", place("cafe", dog="yes"), place("cafe")),
        ("with a dog", place("park"), place("museum")),
        ("vegan", place("restaurant", diet__vegan="yes"), place("restaurant")),
        ("vegan", place("restaurant"), place("restaurant", diet__vegetarian="no")),
        ("wheelchair", place("museum", wheelchair="yes"), place("museum")),
        ("wheelchair", place("museum"), place("museum", wheelchair="no")),
        ("wheelchair", place("museum", wheelchair="limited"), place("museum")),
        ("cheap", place("fast_food"), place("steak_house")),
        ("lively", place("marketplace"), place("cemetery")),
        ("on a terrace", place("cafe", outdoor_seating="yes"), place("cafe")),
    ],
)
def test_what_suits_better_scores_higher(words: str, better: Place, worse: Place) -> None:
    assert score(words, better) > score(words, worse)


def test_what_nobody_asked_for_weighs_nothing() -> None:
    church = place("church", wheelchair="no", fee="yes")
    assert fit(church, CATALOGUE.category("church"), "old churches") is NO_FIT
    # A diet says nothing of a church.
    assert score("vegan lunch and churches", church) == 0


@pytest.mark.parametrize(
    ("words", "one", "reason"),
    [
        ("wheelchair", place("museum", wheelchair="yes"), "step-free"),
        ("wheelchair", place("museum", wheelchair="no"), "not step-free"),
        ("free", place("museum", fee="no"), "free entry"),
        ("free", place("park"), "usually free"),
        ("quiet", place("library"), "usually quiet"),
        ("it's raining", place("museum"), "under a roof"),
        ("it's raining", place("park"), "in the open air"),
    ],
)
def test_a_reason_says_why(words: str, one: Place, reason: str) -> None:
    assert fit(one, CATALOGUE.category(one.category), words).reason == reason


@given(
    st.sampled_from(sorted(CATALOGUE.preferences)),
    st.sampled_from(sorted(CATALOGUE.categories)),
    st.dictionaries(
        st.sampled_from(["fee", "dog", "wheelchair", "diet:vegan", "indoor", "min_age"]),
        st.sampled_from(["yes", "no", "limited", "18", ""]),
    ),
)
def test_scores_stay_between_their_bounds(key: str, category: str, tags: dict[str, str]) -> None:
    kind = CATALOGUE.category(category)
    words = " and ".join((*CATALOGUE.preferences[key].words, "romantic", "free"))
    found = fit(place(category, **tags), kind, words)
    assert -1 <= found.score <= 1
    assert bool(found.reason) == bool(found.score)
    assert -1 <= usual(kind, wants_of(words)) <= 1


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    assert wants_of(text).keys <= CATALOGUE.preferences.keys()
