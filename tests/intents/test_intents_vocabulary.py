from __future__ import annotations

import pytest

from planner.intents.vocabulary import Vocabulary
from planner.library.catalogue import Catalogue

WORTH_A_STOP = 0.3
NO_ERRAND = {"pedestrian_area", "cave", "tree", "aerial_lift", "district", "place"}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def test_every_category_of_an_intent_is_in_the_catalogue(
    vocabulary: Vocabulary, catalogue: Catalogue
) -> None:
    for intent in vocabulary:
        assert intent.categories <= set(catalogue.categories), intent.key


def test_every_kind_worth_a_stop_serves_an_intent(
    vocabulary: Vocabulary, catalogue: Catalogue
) -> None:
    left = {each.key for each in catalogue if each.appeal >= WORTH_A_STOP}
    assert {key for key in left if not vocabulary.serving(key)} <= NO_ERRAND


def test_the_map_goes_both_ways(vocabulary: Vocabulary) -> None:
    assert [each.key for each in vocabulary.serving("museum")] == ["museum", "refuge"]
    assert "museum" in vocabulary["museum"].categories


def test_the_catalogue_knows_the_words_of_every_intent(
    vocabulary: Vocabulary, catalogue: Catalogue
) -> None:
    for intent in vocabulary:
        assert catalogue.named_wholly(intent.wish) & intent.categories, intent.key


def test_weights_lie_on_the_line_and_reach_over_midnight(vocabulary: Vocabulary) -> None:
    bar = vocabulary["bar"]
    assert bar.at(15) == 0.0
    assert bar.at(21) == pytest.approx(0.95)
    assert bar.at(1) == bar.at(25) > 0.5


def test_hours_that_do_not_rise_are_refused() -> None:
    text = """
    [intent.coffee]
    label = "coffee"
    wish = "coffee"
    categories = ["cafe"]
    family = "drink"
    setting = "indoor"
    minutes = [20, 40, 70]
    hours = [[8, 0], [8, 1]]
    because = "now"
    """
    with pytest.raises(ValueError, match="do not rise"):
        Vocabulary.parse(text)
