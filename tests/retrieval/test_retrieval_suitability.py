"""Words that name no kind, weighed through retrieval in central Helsinki."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain import BoundRequest, Request, SubRequest
from planner.library import attributes
from planner.library.catalogue import Catalogue
from planner.library.suitability import suitability
from planner.retrieval.preference import retrieve

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain import Candidate, Weather
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

    Ask = Callable[..., tuple[Candidate, ...]]

CATALOGUE = Catalogue.load()


@pytest.fixture(scope="session")
def ask(helsinki: City, embedder: Embedder) -> Ask:
    def found(text: str, *wishes: SubRequest, weather: Weather = "dry") -> tuple[Candidate, ...]:
        bound = BoundRequest(Request(text, wishes), tuple(() for _ in wishes))
        return retrieve(
            bound,
            themes=range(len(wishes)),
            places=helsinki.places,
            index=helsinki.index,
            encode=embedder.encode,
            catalogue=CATALOGUE,
            weather=weather,
        )

    return found


def share(candidates: tuple[Candidate, ...], setting: str) -> float:
    best = candidates[:20]
    return sum(CATALOGUE.category(c.place.category).setting == setting for c in best) / len(best)


def test_rain_prefers_a_roof(ask: Ask) -> None:
    wish = SubRequest("interesting sights")
    dry, wet = ask("interesting sights", wish), ask("interesting sights", wish, weather="rain")
    said = ask("interesting sights, it's raining", wish)
    assert share(wet, "indoor") > share(dry, "indoor")
    assert share(wet, "outdoor") < share(dry, "outdoor")
    assert share(said, "outdoor") < share(dry, "outdoor")


def test_two_kids_bring_what_children_like(ask: Ask) -> None:
    wish = SubRequest("interesting sights")
    alone = ask("interesting sights", wish)
    family = ask("interesting sights with two kids", wish, SubRequest("two kids", type="itinerary"))

    def liked(candidates: tuple[Candidate, ...]) -> float:
        return float(np.mean([
            suitability(c.place, CATALOGUE.category(c.place.category), "kids") for c in candidates[:20]
        ]))  # fmt: skip

    assert liked(family) > liked(alone) + 0.05
    assert {c.place.category for c in family} & {"playground", "zoo", "toy_shop", "science_museum"}


def test_free_prefers_what_asks_no_fee(ask: Ask) -> None:
    museums = ask("museums", SubRequest("museums"))
    free = ask("free museums", SubRequest("free museums"))

    def fees(candidates: tuple[Candidate, ...]) -> list[str]:
        return [attributes.fee(c.place) for c in candidates if c.serves][:8]

    assert fees(free).count("yes") <= fees(museums).count("yes")
    sights = ask("free things", SubRequest("free things", type="itinerary"))
    costs = [CATALOGUE.category(c.place.category).cost for c in sights[:15]]
    assert costs.count("free") >= 12


def test_a_wishs_own_words_weigh_on_its_answers_alone(ask: Ask) -> None:
    plain = ask("a café and museums", SubRequest("café"), SubRequest("museums"))
    vegan = ask("a vegan café and museums", SubRequest("vegan café"), SubRequest("museums"))

    def museums(candidates: tuple[Candidate, ...]) -> dict[str, float]:
        return {c.place.id: c.score for c in candidates if c.serves == (1,)}

    def cafes(candidates: tuple[Candidate, ...]) -> list[str]:
        best = [c.place for c in candidates if 0 in c.serves][:5]
        return [attributes.diet(place, "vegan") for place in best]

    assert museums(plain) == museums(vegan)
    assert cafes(vegan).count("yes") >= cafes(plain).count("yes")
    # What is known to be vegan is wanted, not what might be.
    assert cafes(vegan)
    assert set(cafes(vegan)) <= {"yes", "limited"}


def test_wheelchairs_prefer_what_is_step_free(ask: Ask) -> None:
    wishes = SubRequest("museums"), SubRequest("wheelchair", type="itinerary")
    found = [c for c in ask("museums, we have a wheelchair", *wishes) if 0 in c.serves]
    answers = [attributes.wheelchair(c.place) for c in found]
    assert "no" not in answers[:3]
    assert answers[:5].count("yes") >= answers[-5:].count("yes")
