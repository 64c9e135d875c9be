"""Kinds of places: from tags and from words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.library.catalogue import Catalogue

CATALOGUE = Catalogue.load()


def test_holds_at_least_250_tag_values_over_many_keys() -> None:
    values = CATALOGUE.tag_values
    assert len(values) >= 250
    assert {"amenity", "shop", "tourism", "leisure", "historic", "man_made", "natural", "place",
            "craft", "railway", "building"} <= {value.split("=")[0] for value in values}  # fmt: skip


def test_every_category_is_complete_and_in_order() -> None:
    for category in CATALOGUE:
        short, usual, long = category.minutes
        assert 0 <= short <= usual <= long, category.key
        assert 0 <= category.appeal <= 1, category.key
        assert category.role in {"cafe", "bar", "meal", "none"}, category.key
        assert category.setting in {"indoor", "outdoor", "either"}, category.key
        assert category.times, category.key
        assert set(category.times) <= {"morning", "midday", "afternoon", "evening", "night"}
        assert category.tags
        assert category.phrase


def test_no_tag_belongs_to_two_categories() -> None:
    owners: dict[frozenset[str], str] = {}
    for category in CATALOGUE:
        for tag in category.tags:
            parts = frozenset(part.strip() for part in tag.split("&"))
            assert owners.setdefault(parts, category.key) == category.key, tag


@pytest.mark.parametrize(
    ("tags", "key"),
    [
        ({"amenity": "cafe"}, "cafe"),
        ({"tourism": "museum", "building": "public"}, "museum"),
        (
            {"tourism": "attraction", "amenity": "place_of_worship", "building": "cathedral"},
            "cathedral",
        ),
        ({"place": "square", "highway": "pedestrian", "tourism": "attraction"}, "square"),
        ({"amenity": "marketplace", "tourism": "attraction"}, "marketplace"),
        ({"amenity": "restaurant", "cuisine": "sushi;thai"}, "sushi"),
        ({"amenity": "restaurant", "cuisine": "unheard_of"}, "restaurant"),
        ({"amenity": "nightclub;restaurant"}, "restaurant"),
        ({"shop": "something_new"}, "shop"),
        (
            {"railway": "station", "station": "subway", "public_transport": "station"},
            "subway_station",
        ),
        ({"railway": "station", "public_transport": "station"}, "station"),
        ({"highway": "pedestrian", "area": "yes"}, "pedestrian_area"),
    ],
)
def test_the_kind_most_worth_a_walk_wins(tags: dict[str, str], key: str) -> None:
    found = CATALOGUE.classify(tags)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "tags", [{}, {"highway": "residential"}, {"building": "yes"}, {"highway": "pedestrian"}]
)
def test_what_is_no_place_has_no_kind(tags: dict[str, str]) -> None:
    assert CATALOGUE.classify(tags) is None


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("museums", {"museum", "art_museum"}, {"gallery", "cafe"}),
        ("shopping malls", {"mall"}, {"clothes_shop", "bookshop"}),
        ("Shopping", {"mall", "clothes_shop", "bookshop", "supermarket"}, {"cafe", "park"}),
        ("shops", {"clothes_shop", "bakery"}, {"restaurant"}),
        ("one good coffee", {"cafe"}, {"tea_shop"}),
        ("CAFÉS", {"cafe"}, {"bar"}),
        ("churches", {"church", "cathedral", "chapel"}, {"mosque"}),
        ("loud bars", {"bar", "pub"}, {"cafe"}),
        ("small wine bar", {"wine_bar"}, {"bar"}),
        ("a sports bar", {"sports_bar"}, {"bar"}),
        ("quiet park", {"park"}, {"theme_park", "dog_park"}),
        ("somewhere for lunch", {"restaurant", "fast_food"}, {"cafe"}),
        ("second-hand shops", {"second_hand_shop"}, {"clothes_shop"}),
        ("galleries", {"gallery"}, {"mall"}),
    ],
)
def test_words_name_kinds(words: str, inside: set[str], outside: set[str]) -> None:
    named = CATALOGUE.named(words)
    assert inside <= named
    assert not outside & named


@pytest.mark.parametrize("words", ["crowds", "touristy", "stairs", "queues", "long straight streets",
                                   "steps at the door", "chains", "Local places", "two kids", ""])  # fmt: skip
def test_words_that_name_no_kind(words: str) -> None:
    assert CATALOGUE.named(words) == frozenset()


def test_a_whole_phrase_is_told_from_one_that_holds_a_kind() -> None:
    assert CATALOGUE.named_wholly("the loud bars") == CATALOGUE.named("bars")
    assert CATALOGUE.named_wholly("two good museums")
    assert not CATALOGUE.named_wholly("lunch near Stockmann")
    assert CATALOGUE.mention("quiet park").qualifiers == ("quiet",)
    assert CATALOGUE.mention("park").bare
    assert not CATALOGUE.mention("quiet park").bare


def test_roles_serve_the_rules_of_taste() -> None:
    assert {"restaurant", "fast_food", "sushi"} <= CATALOGUE.with_role("meal")
    assert {"pub", "bar", "nightclub", "wine_bar"} <= CATALOGUE.with_role("bar")
    assert "bakery" not in CATALOGUE.with_role("cafe")


@given(st.text(max_size=80))
def test_any_text_can_be_asked(text: str) -> None:
    assert CATALOGUE.named(text) <= set(CATALOGUE.categories)


@given(
    st.dictionaries(
        st.sampled_from(["amenity", "shop", "cuisine", "x"]), st.text(max_size=12), max_size=4
    )
)
def test_any_tags_can_be_classified(tags: dict[str, str]) -> None:
    found = CATALOGUE.classify(tags)
    assert found is None or found.key in CATALOGUE


def test_a_catalogue_with_an_unknown_group_is_refused() -> None:
    text = '[category.x]\nlabel="x"\nphrase="x"\ntags=["a=b"]\ngroup="nowhere"\n'
    with pytest.raises(ValueError, match="nowhere"):
        Catalogue.parse(text)
