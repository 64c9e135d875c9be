"""The paper's equations on a tiny space of meanings, computed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain import BoundRequest, Place, Position, Request, SubRequest
from planner.library.catalogue import Catalogue
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


@pytest.fixture
def index() -> PlaceIndex:
    return PlaceIndex(list(VECTORS), np.array(list(VECTORS.values()), dtype=np.float32))


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
        index=index,
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


def test_an_index_needs_a_row_a_place() -> None:
    with pytest.raises(ValueError, match="2 places"):
        PlaceIndex(["a", "b"], np.ones((1, 3), dtype=np.float32))


def test_an_empty_index_finds_nothing() -> None:
    assert PlaceIndex([], np.ones((0, 3), dtype=np.float32)).search(np.ones(3), 5) == ()
