"""The paper's equations on a tiny space of meanings, computed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain import Anchor, BoundRequest, Place, Position, Request, SubRequest
from planner.library.catalogue import Catalogue
from planner.library.renown import renown
from planner.retrieval import preference
from planner.retrieval.index import PlaceIndex
from planner.retrieval.preference import GENERAL_WISH, Limits, Weights, retrieve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import Candidate

# Words that no catalogue knows, on three axes of meaning.
MEANINGS = {
    "alpha": (1.0, 0.0, 0.0),
    "beta": (0.0, 1.0, 0.0),
    "gamma": (0.0, 0.0, 1.0),
    "crowds": (-1.0, 0.0, 0.0),
    "parks": (0.0, 1.0, 0.0),
    GENERAL_WISH: (0.6, 0.8, 0.0),
}
PLACES = {
    place.id: place
    for place in (
        Place("park", "Park", Position(60.1, 24.9), "park"),
        Place("loud park", "Loud Park", Position(60.1, 24.9), "park"),
        Place("bakery", "Bakery", Position(60.1, 24.9), "bakery"),
        Place("shop", "Shop", Position(60.1, 24.9), "clothes_shop"),
    )
}
VECTORS = {
    "park": (0.6, 0.8, 0.0),
    "loud park": (-0.6, 0.8, 0.0),
    "bakery": (0.0, 0.0, 1.0),
    "shop": (0.0, 0.6, 0.8),
}
PLAIN = Weights(category=0, appeal=0, renown=0, favourite=0.25, dislike=0.5, weather=0, similar=0.3)


def encode(texts: Sequence[str]) -> np.ndarray:
    return np.array([MEANINGS[text] for text in texts], dtype=np.float32)


def index_of(places: dict[str, Place]) -> PlaceIndex:
    vectors = np.array([VECTORS[key] for key in places], dtype=np.float32)
    return PlaceIndex.of(places.values(), vectors.reshape(-1, 3))


@pytest.fixture
def index() -> PlaceIndex:
    return index_of(PLACES)


def found(
    index: PlaceIndex,
    bound: BoundRequest,
    *,
    weights: Weights = PLAIN,
    limits: Limits | None = None,
    places: dict[str, Place] | None = None,
) -> dict[str, Candidate]:
    candidates = retrieve(
        bound,
        themes=range(len(bound.request.subrequests)),
        places=places or PLACES,
        index=index if places is None else index_of(places),
        encode=encode,
        catalogue=Catalogue.load(),
        weights=weights,
        limits=limits or Limits(fillers=0),
    )
    return {candidate.place.id: candidate for candidate in candidates}


def request(*subrequests: SubRequest) -> BoundRequest:
    return BoundRequest(Request("text", subrequests), tuple(() for _ in subrequests))


def test_positive_similarity_ranks(index: PlaceIndex) -> None:
    candidates = found(index, request(SubRequest("alpha")))
    assert next(iter(candidates)) == "park"
    assert candidates["park"].score == pytest.approx(0.6, abs=1e-3)


def test_negative_similarity_is_taken_off(index: PlaceIndex) -> None:
    candidates = found(index, request(SubRequest("beta", neg="gamma")))
    assert candidates["shop"].score == pytest.approx(0.6 - 0.8, abs=1e-3)
    assert candidates["park"].score == pytest.approx(0.8, abs=1e-3)


def test_scores_of_several_wishes_are_summed(index: PlaceIndex) -> None:
    candidates = found(index, request(SubRequest("beta"), SubRequest("gamma")))
    assert candidates["shop"].score == pytest.approx(0.6 + 0.8, abs=1e-3)
    assert candidates["shop"].serves == (0, 1)


def test_must_sees_stand_above_all(index: PlaceIndex) -> None:
    bound = replace(request(SubRequest("alpha")), required=("shop",))
    candidates = found(index, bound)
    assert next(iter(candidates)) == "shop"
    assert candidates["shop"].required
    assert candidates["shop"].score > max(
        each.score for key, each in candidates.items() if key != "shop"
    )


def test_a_named_kind_is_answered_by_that_kind_alone(index: PlaceIndex) -> None:
    candidates = found(index, request(SubRequest("parks")))
    assert {key for key, each in candidates.items() if each.serves} == {"park", "loud park"}
    assert "shop" not in candidates


def test_a_theme_that_is_nothing_but_a_kind_is_answered_by_that_kind(index: PlaceIndex) -> None:
    candidates = found(index, request(SubRequest("parks", type="itinerary")))
    assert set(candidates) == {"park", "loud park"}
    assert all(candidate.serves == (0,) for candidate in candidates.values())


def test_hard_dislikes_are_never_offered(index: PlaceIndex) -> None:
    bound = replace(
        request(SubRequest("beta")),
        excluded_categories=frozenset({"clothes_shop"}),
        excluded_ids=frozenset({"loud park"}),
    )
    assert set(found(index, bound)) == {"park"}


def test_what_is_far_from_every_place_is_answered_by_none(index: PlaceIndex) -> None:
    assert found(index, request(SubRequest("crowds"))).keys() == {"loud park"}
    assert "bakery" not in found(index, request(SubRequest("beta")))


def test_soft_dislikes_weigh(index: PlaceIndex) -> None:
    bound = replace(request(SubRequest("beta")), disliked=("crowds",))
    candidates = found(index, bound)
    assert candidates["park"].score > candidates["loud park"].score


def test_places_marked_never_are_never_offered(index: PlaceIndex) -> None:
    places = {**PLACES, "park": replace(PLACES["park"], never=True)}
    assert "park" not in found(index, request(SubRequest("beta")), places=places)


def test_favourites_weigh_more(index: PlaceIndex) -> None:
    places = {**PLACES, "loud park": replace(PLACES["loud park"], favourite=True)}
    candidates = found(index, request(SubRequest("beta")), places=places)
    assert candidates["loud park"].score == pytest.approx(0.8 + 0.25, abs=1e-3)


def test_sights_fill_time_that_wishes_leave(index: PlaceIndex) -> None:
    candidates = found(index, request(SubRequest("gamma")), limits=Limits(fillers=2))
    assert candidates["park"].serves == ()


def test_only_own_places_if_asked(index: PlaceIndex) -> None:
    places = {**PLACES, "bakery": replace(PLACES["bakery"], own=True)}
    limits = Limits(own_only=True)
    bound = request(SubRequest("beta"), SubRequest("gamma"))
    assert found(index, bound, places=places, limits=limits).keys() == {"bakery"}


def test_nothing_visited_if_asked(index: PlaceIndex) -> None:
    places = {**PLACES, "park": replace(PLACES["park"], visited=True)}
    candidates = found(
        index, request(SubRequest("beta")), places=places, limits=Limits(new_only=True, fillers=3)
    )
    assert "loud park" in candidates
    assert "park" not in candidates


def test_start_and_end_are_no_stops(index: PlaceIndex) -> None:
    anchor = Anchor("Park", Position(60.1, 24.9), PLACES["park"])
    bound = replace(request(SubRequest("beta")), start=anchor)
    assert "park" not in found(index, bound)


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_fillers_are_the_best_of_all(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at the most appealing first finds what looking at all of them finds."""
    monkeypatch.setattr(preference, "_FILLER_CHUNK", chunk)
    rng = np.random.default_rng(5)
    kinds = [each.key for each in Catalogue.load()]
    places = [
        Place(
            f"{n}", f"P{n}", Position(60, 25), kinds[rng.integers(len(kinds))],
            tags={"wikidata": "Q1"} if rng.random() < 0.3 else {},
            names={f"l{i}": "x" for i in range(rng.integers(8))},
        )
        for n in range(300)
    ]  # fmt: skip
    vectors = rng.standard_normal((300, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    candidates = retrieve(
        request(),
        themes=(),
        places={place.id: place for place in places},
        index=PlaceIndex.of(places, vectors),
        encode=encode,
        catalogue=Catalogue.load(),
        limits=Limits(total=12, fillers=12),
    )
    draws = {
        place.id: float(vectors[n] @ np.array(MEANINGS[GENERAL_WISH])) / 2
        + Catalogue.load().category(place.category).appeal
        + renown(place)
        for n, place in enumerate(places)
        if Catalogue.load().category(place.category).appeal >= preference.FILLER_APPEAL
    }
    best = sorted(draws, key=lambda place_id: -draws[place_id])[:12]
    assert {each.place.id for each in candidates} == set(best)
