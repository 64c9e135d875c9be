"""The sentence that is embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.catalogue import Catalogue
from planner.library.context import LIMIT, context_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOGUE = Catalogue.load()


def _sentence(
    name: str, tags: Mapping[str, str], names: Mapping[str, str] | None = None, address: str = ""
) -> str:
    place = Place("1", name, Position(60, 25), "restaurant", names or {}, tags, address or None)
    return context_sentence(place, CATALOGUE.category("restaurant"))


def test_it_says_name_kind_telling_tags_and_address() -> None:
    tags = {
        "cuisine": "thai;noodle_soup",
        "outdoor_seating": "yes",
        "diet:vegan": "yes",
        "phone": "123",
    }
    assert _sentence(
        "Lemon Grass", tags, {"en": "Lemongrass", "fi": "Lemon grass"}, "Katu 1, Helsinki"
    ) == (
        "Lemon Grass (Lemongrass): restaurant, a sit-down meal, lunch or dinner; "
        "thai, noodle soup, tables outside, vegan dishes; Katu 1, Helsinki."
    )


@given(st.text(max_size=600), st.text(max_size=600), st.text(max_size=600))
def test_it_is_short_and_clean_whatever_the_tags(name: str, cuisine: str, address: str) -> None:
    text = _sentence(name, {"cuisine": cuisine, "description": address}, {"alt": cuisine}, address)
    assert len(text) <= LIMIT + 1
    assert "\x1b" not in text
    assert "\n" not in text
