"""What tags tell of a place: yes, limited, no, and nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library import attributes
from planner.library.catalogue import Catalogue

CATALOGUE = Catalogue.load()


def tagged(**tags: str) -> Place:
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return Place("x", "X", Position(60.17, 24.95), "restaurant", tags=named)


@pytest.mark.parametrize(
    ("ask", "tags", "found"),
    [
        (attributes.wheelchair, {"wheelchair": "yes"}, "yes"),
        (attributes.wheelchair, {"wheelchair": "designated"}, "yes"),
        (attributes.wheelchair, {"wheelchair": "limited"}, "limited"),
        (attributes.wheelchair, {"wheelchair": "no"}, "no"),
        (attributes.wheelchair, {"wheelchair": "who knows"}, "unknown"),
        (attributes.wheelchair, {}, "unknown"),
        (attributes.fee, {"fee": "no"}, "no"),
        (attributes.fee, {"charge": "5 EUR"}, "yes"),
        (attributes.fee, {"charge": "0"}, "no"),
        (attributes.fee, {"fee": "donation"}, "limited"),
        (attributes.fee, {"fee": "no", "charge": "5 EUR"}, "no"),
        (attributes.fee, {}, "unknown"),
        (attributes.dogs, {"dog": "leashed"}, "yes"),
        (attributes.dogs, {"dog": "outside"}, "limited"),
        (attributes.dogs, {"dog": "no"}, "no"),
        (attributes.children, {"kids_area": "yes"}, "yes"),
        (attributes.children, {"highchair": "yes"}, "yes"),
        (attributes.children, {"min_age": "18"}, "no"),
        (attributes.children, {"kids_area": "no"}, "unknown"),
        (attributes.outdoor_seating, {"outdoor_seating": "garden"}, "yes"),
        (attributes.outdoor_seating, {"outdoor_seating": "no"}, "no"),
        (attributes.internet, {"internet_access": "wlan;terminal"}, "limited"),
        (attributes.internet, {"internet_access": "wlan"}, "yes"),
        (attributes.toilets, {"toilets": "customers"}, "limited"),
    ],
)
def test_a_tag_answers(ask: attributes.Ask, tags: dict[str, str], found: str) -> None:
    assert ask(tagged(**tags)) == found


@pytest.mark.parametrize(
    ("tags", "name", "found"),
    [
        ({"diet__vegan": "yes"}, "vegan", "yes"),
        ({"diet__vegan": "only"}, "Vegan", "yes"),
        ({"cuisine": "thai;vegan"}, "vegan", "yes"),
        ({"diet__vegan": "yes"}, "vegetarian", "yes"),
        ({"diet__vegetarian": "yes"}, "vegan", "unknown"),
        ({"diet__vegetarian": "no"}, "vegan", "no"),
        ({"diet__vegan": "limited"}, "vegetarian", "limited"),
        ({"diet__gluten_free": "yes"}, "gluten-free", "yes"),
        ({"diet__vegan": "yes"}, "lactose free", "yes"),
        ({"diet__paleo": "only"}, "paleo", "yes"),
        ({}, "paleo", "unknown"),
        ({"diet__halal": "no"}, "halal", "no"),
    ],
)
def test_a_diet_is_answered_with_what_follows_from_others(
    tags: dict[str, str], name: str, found: str
) -> None:
    assert attributes.diet(tagged(**tags), name) == found


def test_an_answer_is_told_in_words() -> None:
    assert attributes.says(tagged(wheelchair="yes"), "wheelchair") == "step-free"
    assert attributes.says(tagged(fee="no"), "fee") == "free entry"
    assert attributes.says(tagged(), "fee") is None
    with pytest.raises(KeyError):
        attributes.says(tagged(), "colour")


@given(
    st.dictionaries(
        st.sampled_from(sorted({key for each in CATALOGUE.attributes.values() for key in each.keys})),
        st.text(max_size=12),
    )
)  # fmt: skip
def test_any_tags_can_be_asked(tags: dict[str, str]) -> None:
    place = Place("x", "X", Position(0, 0), "cafe", tags=tags)
    for key in CATALOGUE.attributes:
        assert attributes.attribute(place, key) in {"yes", "limited", "no", "unknown"}
