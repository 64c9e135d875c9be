"""Preference-aware retrieval (ItiNera, section 3.4, equations 1 to 4).

For every wish the places most similar to its positive words are found (1), the similarity to its
negative words is taken off (2, 3), and the scores of a place are summed over the wishes (4).
Must-sees stand above all. Three things are added to the published method. A wish that names a
category ("one good coffee") is answered by that category alone, so that a lookalike in the
embedding space does not stand in for it. What makes a place worth a walk at all counts a little
(the catalogue's appeal, how widely it is known, the person's favourites, the weather). And a few
of the city's own sights are offered beside the wishes, to fill time that the wishes leave.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain import Candidate
from planner.library.renown import renown
from planner.retrieval.binding import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain import BoundRequest, Place, Weather
    from planner.library.catalogue import Catalogue, Category
    from planner.retrieval.index import PlaceIndex

    Encoder = Callable[[Sequence[str]], NDArray[np.float32]]

GENERAL_WISH = "interesting sights, museums and parks that are worth a walk"
THEME_APPEAL = 0.5
"""What a place must be worth in itself to answer a theme of the walk."""
FILLER_APPEAL = 0.65
"""What a place must be worth in itself to be offered unasked."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each consideration counts, in units of cosine similarity.

    ``category`` rewards a place of the very category that was asked for; ``similar`` is the least
    similarity at which a place answers a wish that names no category.
    """

    category: float = 0.30
    appeal: float = 0.20
    renown: float = 0.20
    favourite: float = 0.25
    dislike: float = 0.60
    weather: float = 0.20
    must: float = 1.0
    similar: float = 0.30


@dataclass(frozen=True, slots=True)
class Limits:
    """How many candidates retrieval offers: in all, at least for each wish, and as fillers."""

    total: int = 60
    per_wish: int = 8
    fillers: int = 16


DEFAULT_WEIGHTS = Weights()
DEFAULT_LIMITS = Limits()


def retrieve(
    bound: BoundRequest,
    *,
    themes: Sequence[int],
    places: Mapping[str, Place],
    index: PlaceIndex,
    encode: Encoder,
    catalogue: Catalogue,
    weather: Weather = "dry",
    weights: Weights = DEFAULT_WEIGHTS,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Candidate, ...]:
    """Return the places that answer a request, best first, must-sees on top.

    Parameters
    ----------
    bound
        The request with names bound and hard dislikes known.
    themes
        Indices of the sub-requests that ask for something to see or do; those that only state
        a length or a time are left out by the caller.
    places
        The city's places by id.
    index
        Their embeddings.
    encode
        Turns texts into unit vectors of the same space.
    catalogue
        The category catalogue.
    weather
        Rain, heat and cold favour what is indoors.
    weights, limits
        How considerations count and how many candidates come back.
    """
    search = _Search(bound, places, index, catalogue, weather, weights, limits)
    wishes = [i for i in themes if not bound.request.subrequests[i].mustsee]
    scores: dict[str, float] = defaultdict(float)
    serves: dict[str, list[int]] = defaultdict(list)
    reserved: set[str] = set()
    vectors = _encode_wishes(bound, wishes, encode)
    for i in wishes:
        answers = search.answers(i, *vectors[i])
        for place_id, score in answers:
            scores[place_id] += score
            if search.serves(i, place_id, score):
                serves[place_id].append(i)
        reserved.update(place_id for place_id, _ in answers[: limits.per_wish])
    general = encode([GENERAL_WISH, *bound.disliked])
    fillers = search.fillers(general[0])
    for place_id, score in fillers:
        scores.setdefault(place_id, score)
    worth = {
        place_id: score + search.worth(place_id, general[1:]) for place_id, score in scores.items()
    }
    ranked = sorted(worth, key=lambda place_id: (-worth[place_id], place_id))
    kept = set(ranked[: limits.total]) | reserved | {place_id for place_id, _ in fillers}
    top = max(worth.values(), default=0.0)
    must = [
        Candidate(
            places[place_id],
            round(top + weights.must, 4),
            tuple(i for i, ids in enumerate(bound.place_ids) if place_id in ids),
            required=True,
        )
        for place_id in bound.required
    ]
    return (
        *must,
        *(
            Candidate(places[place_id], round(worth[place_id], 4), tuple(serves[place_id]))
            for place_id in ranked
            if place_id in kept and place_id not in bound.required
        ),
    )


def _encode_wishes(
    bound: BoundRequest, wishes: Sequence[int], encode: Encoder
) -> dict[int, tuple[NDArray[np.float32], NDArray[np.float32] | None]]:
    subrequests = bound.request.subrequests
    texts = [
        GENERAL_WISH if subrequests[i].pos.casefold() == PLACEHOLDER else subrequests[i].pos
        for i in wishes
    ]
    negatives = [i for i in wishes if subrequests[i].neg]
    vectors = encode([*texts, *(subrequests[i].neg or "" for i in negatives)])
    negative = {i: vectors[len(wishes) + n] for n, i in enumerate(negatives)}
    return {i: (vectors[n], negative.get(i)) for n, i in enumerate(wishes)}


@dataclass(frozen=True, slots=True)
class _Search:
    """One request's search over one city."""

    bound: BoundRequest
    places: Mapping[str, Place]
    index: PlaceIndex
    catalogue: Catalogue
    weather: Weather
    weights: Weights
    limits: Limits

    def answers(
        self, wish: int, positive: NDArray[np.float32], negative: NDArray[np.float32] | None
    ) -> list[tuple[str, float]]:
        """Equations 1 to 3 for one wish: places and scores, best first."""
        named = self.named(wish)
        found = [
            (place_id, similarity)
            for place_id, similarity in self.index.search(positive, self.pool(named))
            if self.allowed(place_id)
            and self.may_answer(wish, place_id, named)
            # The nearest to nonsense is still no answer to it.
            and (named or similarity >= self.weights.similar)
        ][: self.limits.total]
        if not found:
            return []
        scores = dict(found)
        if negative is not None:
            ids = list(scores)
            for place_id, minus in zip(ids, self.index.similarity(negative, ids), strict=True):
                scores[place_id] -= max(float(minus), 0.0)
        if named:
            scores = {place_id: value + self.weights.category for place_id, value in scores.items()}
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def may_answer(self, wish: int, place_id: str, named: frozenset[str]) -> bool:
        """Whether a place is of a kind that can answer a wish at all.

        A theme of the whole walk ("romantic") is answered by what is worth a stop in itself: no
        shop becomes a sight because its name sounds right.
        """
        if named:
            return self.places[place_id].category in named
        theme = self.bound.request.subrequests[wish].type == "itinerary"
        appeal = self.category(place_id).appeal
        return appeal >= THEME_APPEAL if theme else appeal > 0

    def pool(self, named: frozenset[str]) -> int:
        """How many places are looked at: a named category is searched to the end."""
        return len(self.index) if named else 4 * self.limits.total

    def named(self, wish: int) -> frozenset[str]:
        subrequest = self.bound.request.subrequests[wish]
        if subrequest.type != "place" or subrequest.pos.casefold() == PLACEHOLDER:
            return frozenset()
        return self.catalogue.named(subrequest.pos) - self.bound.excluded_categories

    def serves(self, wish: int, place_id: str, score: float) -> bool:
        """Whether a found place may be called an answer to the wish."""
        subrequest = self.bound.request.subrequests[wish]
        if subrequest.pos.casefold() == PLACEHOLDER:
            return False
        named = self.named(wish)
        return self.places[place_id].category in named if named else score >= self.weights.similar

    def allowed(self, place_id: str) -> bool:
        place = self.places[place_id]
        return not (
            place.never
            or place_id in self.bound.excluded_ids
            or place.category in self.bound.excluded_categories
            or self._is_anchor(place_id)
        )

    def _is_anchor(self, place_id: str) -> bool:
        anchors = (self.bound.start, self.bound.end)
        return any(each and each.place and each.place.id == place_id for each in anchors)

    def category(self, place_id: str) -> Category:
        return self.catalogue.category(self.places[place_id].category)

    def worth(self, place_id: str, disliked: NDArray[np.float32]) -> float:
        """Weigh what speaks for or against a place whatever was asked for."""
        place, category = self.places[place_id], self.category(place_id)
        value = self.weights.appeal * category.appeal + self.weights.renown * renown(place)
        value += self.weights.favourite * place.favourite
        if self.weather != "dry":
            value += (
                self.weights.weather
                * {"indoor": 0.5, "either": 0.0, "outdoor": -1.0}[category.setting]
            )
        for vector in disliked:
            value -= self.weights.dislike * max(
                float(self.index.similarity(vector, [place_id])[0]), 0.0
            )
        return value

    def fillers(self, general: NDArray[np.float32]) -> list[tuple[str, float]]:
        """Return the city's own sights, to fill time that the wishes leave."""
        found = [
            (place_id, similarity / 2)
            for place_id, similarity in self.index.search(general, len(self.index))
            if self.allowed(place_id) and self.category(place_id).appeal >= FILLER_APPEAL
        ]
        found.sort(
            key=lambda item: (
                -item[1] - self.category(item[0]).appeal - renown(self.places[item[0]]),
                item[0],
            )
        )
        return found[: self.limits.fillers]
