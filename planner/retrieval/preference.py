"""Preference-aware retrieval (ItiNera, section 3.4, equations 1 to 4).

For every wish the places most similar to its positive words are found (1), the similarity to its
negative words is taken off (2, 3), and the scores of a place are summed over the wishes (4).
Must-sees stand above all. Four things are added to the published method. A wish that names a
category ("one good coffee") is answered by that category alone, so that a lookalike in the
embedding space does not stand in for it. A wish that says where ("near the station") prefers what
is a short way on foot from there (:mod:`planner.retrieval.nearness`). What makes a place worth a
walk at all counts a little (the catalogue's appeal, how widely it is known, the person's
favourites, the weather). And a few of the city's own sights are offered beside the wishes, to fill
time that the wishes leave.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import Candidate
from planner.library.suitability import Wants, suitability, usual, wants_of
from planner.retrieval.binding import PLACEHOLDER
from planner.retrieval.nearness import closeness, crow, neighbours, on_foot
from planner.retrieval.table import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain import BoundRequest, Near, Place, SubRequestType, Weather
    from planner.library.catalogue import Catalogue
    from planner.retrieval.index import PlaceIndex, Rows, Vectors
    from planner.retrieval.nearness import Walked

    Encoder = Callable[[Sequence[str]], NDArray[np.float32]]

GENERAL_WISH = "interesting sights, museums and parks that are worth a walk"
THEME_APPEAL = 0.5
"""What a place must be worth in itself to answer a theme of the walk."""
LIFT = 0.5
"""How far words such as "with kids" lift the appeal of what suits them wholly."""
OWN_DRAW, FAVOURITE_DRAW = 0.2, 0.4
"""How far a place is lifted that the person saved, or marked as a favourite."""
FILLER_APPEAL = 0.65
"""What a place must be worth in itself to be offered unasked."""
_MOST_ALIKE = 1.0
_KIND_LEVEL, _KIND_SHARE = 0.45, 0.3
"""What a place is usually similar to the bare word for its kind, and how much of a difference from
that counts."""
_MOST_COMPARED = 2000
_FILLER_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each consideration counts, in units of cosine similarity.

    ``suits`` is what a place is worth that is just right for words which name no kind ("quiet",
    "with kids", "free"), and ``weather`` one that is just right for the weather.

    ``category`` rewards a place of the very category that was asked for; ``similar`` is the least
    similarity at which a place answers a wish that names no category. ``near`` is what a place is
    worth at the door of what a wish is to be near; half of that at 300 metres on foot.
    """

    category: float = 0.30
    appeal: float = 0.20
    renown: float = 0.20
    own: float = 0.10
    favourite: float = 0.25
    dislike: float = 0.60
    weather: float = 0.20
    must: float = 1.0
    similar: float = 0.30
    suits: float = 0.35
    near: float = 0.80


@dataclass(frozen=True, slots=True)
class Limits:
    """What retrieval offers.

    ``total``, ``per_wish`` and ``fillers`` say how many candidates: in all, at least for each
    wish, and as fillers. ``own_only`` keeps to the person's own places, ``new_only`` to those that
    they have not visited.
    """

    total: int = 60
    per_wish: int = 8
    fillers: int = 16
    own_only: bool = False
    new_only: bool = False


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
    walked: Walked = crow,
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
        Their embeddings, and what retrieval weighs of them.
    encode
        Turns texts into unit vectors of the same space.
    catalogue
        The category catalogue.
    weather
        Rain, heat and cold favour what is indoors.
    weights, limits
        How considerations count, and what and how much comes back.
    walked
        Measures ways on foot between positions, shape (origins, targets), for wishes that say near
        what they should be.
    """
    search = _Search(bound, index, catalogue, weather, weights, limits, places, walked)
    wishes = [i for i in themes if not bound.request.subrequests[i].mustsee]
    scores: dict[int, float] = defaultdict(float)
    serves: dict[int, list[int]] = defaultdict(list)
    reserved: set[int] = set()
    vectors, general = _encode(search, wishes, encode)
    metres: dict[int, dict[int, float]] = defaultdict(dict)
    for i in wishes:
        answers = search.answers(i, *vectors[i])
        if search.near(i) is not None:
            answers, ways = search.by_nearness(i, answers)
            for row, way in ways.items():
                metres[row][i] = way
        least = search.least_of_answer(i)
        for row, score in answers:
            scores[row] += score
            if score >= least:
                serves[row].append(i)
        reserved.update(row for row, _ in answers[: limits.per_wish])
    # What the wishes leave of the places on offer, the city's sights fill.
    sights = search.fillers(general[0], max(limits.fillers, limits.total))
    new = [sight for sight in sights[limits.fillers :] if sight[0] not in scores]
    first = sights[: limits.fillers]
    there = len(scores.keys() | {row for row, _ in first})
    fillers = [*first, *new[: max(limits.total - there, 0)]]
    for row, score in fillers:
        scores.setdefault(row, score)
    rows = np.fromiter(scores, dtype=np.int64, count=len(scores))
    values = np.fromiter(scores.values(), dtype=np.float64, count=len(scores))
    worth = values + search.worth(rows, general[1:])
    ranked = _ranked(worth, rows, index)
    kept = {*rows[ranked[: limits.total]].tolist(), *reserved, *(row for row, _ in fillers)}
    kept -= {index.row(place_id) for place_id in bound.required}
    chosen = [n for n in ranked.tolist() if int(rows[n]) in kept]
    found = index.places(rows[chosen].tolist())
    top = float(worth.max(initial=-np.inf)) if len(worth) else 0.0
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
            Candidate(
                place,
                round(float(worth[n]), 4),
                tuple(serves[int(rows[n])]),
                near=dict(metres.get(int(rows[n]), {})),
            )
            for n, place in zip(chosen, found, strict=True)
        ),
    )


def _encode(
    search: _Search, wishes: Sequence[int], encode: Encoder
) -> tuple[dict[int, tuple[Vectors, Vectors | None]], Vectors]:
    """Embed everything that a request says, at once.

    Returns the positive and the negative vector of each wish, and those of what anybody likes
    and of what this person does not.
    """
    subrequests = search.bound.request.subrequests
    said = [search.words(i) for i in wishes]
    texts = [GENERAL_WISH if each.casefold() == PLACEHOLDER else each for each in said]
    negatives = [i for i in wishes if subrequests[i].neg]
    vectors = encode(
        [
            *texts,
            *(subrequests[i].neg or "" for i in negatives),
            GENERAL_WISH,
            *search.bound.disliked,
        ]
    )
    negative = {i: vectors[len(wishes) + n] for n, i in enumerate(negatives)}
    wished = {i: (vectors[n], negative.get(i)) for n, i in enumerate(wishes)}
    return wished, vectors[len(wishes) + len(negatives) :]


@dataclass(frozen=True)
class _Search:
    """One request's search over one city; rows are those of the index."""

    bound: BoundRequest
    index: PlaceIndex
    catalogue: Catalogue
    weather: Weather
    weights: Weights
    limits: Limits
    places: Mapping[str, Place]
    walked: Walked

    def near(self, wish: int) -> Near | None:
        """Return what a wish is to be near; "all near the station" speaks of every wish."""
        return self.bound.near.get(wish, self._near_all)

    @cached_property
    def _near_all(self) -> Near | None:
        return next((each for each in self.bound.near.values() if not each.wish), None)

    def by_nearness(
        self, wish: int, answers: Sequence[tuple[int, float]]
    ) -> tuple[list[tuple[int, float]], dict[int, float]]:
        """Weigh the answers to a wish by the way to them from what they are to be near.

        Returns the answers, best first, and the metres on foot of each that can be walked to.
        """
        near = self.near(wish)
        if near is None or not answers:
            return list(answers), {}
        rows = [row for row, _ in answers]
        there = [place.position for place in self.index.places(rows)]
        metres = on_foot(near, there, self.walked)
        scores = np.array([score for _, score in answers]) + self.weights.near * closeness(metres)
        at = np.array(rows, dtype=np.int64)
        order = _ranked(scores, at, self.index)
        ways = {row: float(way) for row, way in zip(rows, metres, strict=True) if np.isfinite(way)}
        return list(zip(at[order].tolist(), scores[order].tolist(), strict=True)), ways

    def beside(self, wish: int, wanted: NDArray[np.bool_], known: Rows) -> Rows:
        """Return rows that may answer a wish and lie around what it is to be near."""
        near = self.near(wish)
        if near is None:
            return known[:0]
        table = self.index.table
        kinds = {table.kinds[code] for code in np.unique(table.kind[wanted]).tolist()}
        found = (self.index.row(each.id) for each in neighbours(near, self.places, sorted(kinds)))
        have = set(known.tolist())
        rows = [row for row in found if row is not None and wanted[row] and row not in have]
        return np.array(rows, dtype=np.int64)

    def answers(
        self, wish: int, positive: Vectors, negative: Vectors | None
    ) -> list[tuple[int, float]]:
        """Equations 1 to 3 for one wish: rows and scores, best first."""
        named = self.named(wish)
        wanted = self.allowed & self.may_answer(wish, named)
        bare = bool(named) and not self.catalogue.mention(self.words(wish)).rest
        if bare:
            rows, similarity = self.best_of_kind(positive, wanted)
        else:
            rows, similarity = self.index.nearest(positive, self.limits.total, wanted)
        more = self.beside(wish, wanted, rows)
        if len(more):
            alike = self.index.similarity(positive, more)
            rows = np.concatenate([rows, more])
            similarity = np.concatenate([similarity, of_kind(alike) if bare else alike])
        fits = self.fits(rows, self.wants(wish))
        if named and self.wants(wish).need:
            # A diet is met by what is known to meet it, else by the kinds that were named.
            met = fits > 0
            if not met.any():
                met = self.index.table.of_kinds(self.said(wish))[rows]
            rows, similarity, fits = rows[met], similarity[met], fits[met]
        if not named:
            # The nearest to nonsense is still no answer to it; what "two kids" like need not be
            # called by these words.
            similar = (similarity >= self.weights.similar) | self.suiting(wish)[rows]
            rows, similarity, fits = rows[similar], similarity[similar], fits[similar]
        scores = similarity.astype(np.float64)
        if negative is not None:
            scores -= np.maximum(self.index.similarity(negative, rows), 0)
        if named:
            scores += self.weights.category
        scores += self.weights.suits * fits
        order = _ranked(scores, rows, self.index)
        return list(zip(rows[order].tolist(), scores[order].tolist(), strict=True))

    def best_of_kind(self, positive: Vectors, wanted: NDArray[np.bool_]) -> tuple[Rows, Vectors]:
        """Return the best rows of a kind that was named and nothing more ("one museum").

        All of them answer the wish, and how much a name sounds like the word for its kind tells
        little of a place: how widely it is known tells more.
        """
        rows = np.flatnonzero(wanted)
        known = self.weights.renown * self.index.table.renown + self.weights.suits * self.suited
        if len(rows) > _MOST_COMPARED:
            rows = np.sort(rows[np.lexsort((rows, -known[rows]))[:_MOST_COMPARED]])
        similarity = self.index.similarity(positive, rows)
        similarity = of_kind(similarity)
        order = np.lexsort((rows, -(similarity + known[rows])))
        chosen = order[: self.limits.total]
        return rows[chosen], similarity[chosen].astype(np.float32)

    def words(self, wish: int) -> str:
        """Return the words of a wish, without those that say where it is to be."""
        near = self.bound.near.get(wish)
        if near is not None:
            return near.wish or PLACEHOLDER
        return self.bound.request.subrequests[wish].pos

    def may_answer(self, wish: int, named: frozenset[str]) -> NDArray[np.bool_]:
        """Which rows are of a kind that can answer a wish at all.

        A theme of the whole walk ("romantic") is answered by what is worth a stop in itself: no
        shop becomes a sight because its name sounds right.
        """
        if named:
            return self.index.table.of_kinds(named)
        theme = self.bound.request.subrequests[wish].type == "itinerary"
        may = np.maximum(self.appeal, self.draw) >= THEME_APPEAL if theme else self.appeal > 0
        may &= ~self.index.table.marked(Mark.NAMELESS)
        suiting = may & self.suiting(wish)
        return suiting if suiting.any() else may

    def suiting(self, wish: int) -> NDArray[np.bool_]:
        """Which rows are of a kind that usually suits a theme such as "romantic"."""
        subrequest = self.bound.request.subrequests[wish]
        wants = Wants()
        if subrequest.type == "itinerary":
            wants = wants_of(subrequest.pos, catalogue=self.catalogue)
        table = self.index.table
        suits = [usual(self.catalogue.category(key), wants) > 0 for key in table.kinds]
        found: NDArray[np.bool_] = table.each(np.array(suits, dtype=np.bool_))
        return found

    def named(self, wish: int) -> frozenset[str]:
        """Return the kinds that can answer a wish: a vegan lunch may be at any restaurant."""
        said = self.said(wish)
        if not said or not self.wants(wish).need:
            return said
        roles = {self.catalogue.category(key).role for key in said} - {"none"}
        wider = said.union(*(self.catalogue.with_role(role) for role in roles))
        return wider - self.bound.excluded_categories

    def said(self, wish: int) -> frozenset[str]:
        """Return the kinds that the words of a wish name."""
        return self._said[wish]

    @cached_property
    def _said(self) -> tuple[frozenset[str], ...]:
        return tuple(
            self._kinds_in(self.words(i), each.type) - self.bound.excluded_categories
            for i, each in enumerate(self.bound.request.subrequests)
        )

    def _kinds_in(self, words: str, kind: SubRequestType) -> frozenset[str]:
        """Return the kinds that words name; of a theme's words, only where they name nothing else.

        "Something historical" is a theme and names castles and monuments all the same, while a
        romantic walk through parks is more than parks.
        """
        if words.casefold() == PLACEHOLDER:
            return frozenset()
        if kind == "place":
            return self.catalogue.named(words)
        return self.catalogue.named_wholly(words)

    def least_of_answer(self, wish: int) -> float:
        """Return the score from which on what was found may be called an answer to the wish."""
        if self.words(wish).casefold() == PLACEHOLDER:
            return np.inf
        return -np.inf if self.named(wish) else self.weights.similar

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Which rows may be offered to this person, shape (rows,)."""
        table = self.index.table
        refused = Mark.NEVER | Mark.HIDDEN | (Mark.VISITED if self.limits.new_only else Mark(0))
        allowed = ~table.marked(refused)
        if self.limits.own_only:
            allowed &= table.marked(Mark.OWN)
        if self.bound.excluded_categories:
            allowed &= ~table.of_kinds(self.bound.excluded_categories)
        anchors = (self.bound.start, self.bound.end)
        refused_ids = {each.place.id for each in anchors if each and each.place}
        for place_id in refused_ids | self.bound.excluded_ids:
            row = self.index.row(place_id)
            if row is not None:
                allowed[row] = False
        return allowed

    @cached_property
    def appeal(self) -> NDArray[np.float64]:
        """How much each row is worth a stop in itself, shape (rows,)."""
        table = self.index.table
        kinds = [self.catalogue.category(key).appeal for key in table.kinds]
        return table.each(np.array(kinds, dtype=np.float64))

    def wants(self, wish: int) -> Wants:
        """Return what the words of a wish for a place say of any place ("a quiet café")."""
        return self._wants[wish]

    @cached_property
    def _wants(self) -> tuple[Wants, ...]:
        return tuple(
            wants_of(self.words(i), catalogue=self.catalogue) if each.type == "place" else Wants()
            for i, each in enumerate(self.bound.request.subrequests)
        )

    @cached_property
    def overall(self) -> Wants:
        """What the other words of the request say of every place ("with two kids")."""
        text = self.bound.request.text
        for each in self.bound.request.subrequests:
            if each.type == "place":
                text = text.replace(each.pos, ",", 1)
        said = wants_of(text, catalogue=self.catalogue)
        # Weather has a weight of its own.
        return Wants(tuple(each for each in said.preferences if each not in self.sky.preferences))

    @cached_property
    def sky(self) -> Wants:
        """What the weather says of every place."""
        return wants_of("", weather=self.weather, catalogue=self.catalogue)

    @cached_property
    def suited(self) -> NDArray[np.float64]:
        """How well the kind of each row usually suits the rest of the request and the weather."""
        table = self.index.table
        kinds = [self.catalogue.category(key) for key in table.kinds]
        suits = [usual(each, self.overall) + usual(each, self.sky) for each in kinds]
        return np.array(suits, dtype=np.float64)[table.kind]

    @cached_property
    def draw(self) -> NDArray[np.float64]:
        """The appeal of each row to whoever says what this person says, shape (rows,).

        With children a playground is worth a stop, in the rain a park is not. What one eats and
        drinks is not offered unasked, however well it suits.
        """
        table = self.index.table
        kinds = [self.catalogue.category(key) for key in table.kinds]
        lifts = [
            usual(each, self.overall) + usual(each, self.sky)
            if each.appeal > 0 and not each.serves
            else 0.0
            for each in kinds
        ]
        lifted: NDArray[np.float64] = self.appeal + LIFT * table.each(
            np.array(lifts, dtype=np.float64)
        )
        # Whoever saved a place thinks it worth a stop, whatever its kind; to eat is to be asked.
        saved = OWN_DRAW * table.marked(Mark.OWN) + FAVOURITE_DRAW * table.marked(Mark.FAVOURITE)
        plain = table.each(np.array([not each.serves for each in kinds], dtype=np.bool_))
        drawn: NDArray[np.float64] = lifted + saved * plain
        return drawn

    def fits(self, rows: Rows, wants: Wants) -> NDArray[np.float64]:
        """Return how well places suit what words say of any place, -1 to 1, shape (len(rows),)."""
        if not wants or not len(rows):
            return np.zeros(len(rows), dtype=np.float64)
        kinds = self.catalogue
        return np.array(
            [
                suitability(place, kinds.category(place.category), wants, catalogue=kinds)
                for place in self.index.places(rows.tolist())
            ],
            dtype=np.float64,
        )

    def worth(self, rows: Rows, disliked: Vectors) -> NDArray[np.float64]:
        """Weigh what speaks for or against places whatever was asked for, shape (len(rows),)."""
        table, weights = self.index.table, self.weights
        value = weights.appeal * self.appeal[rows] + weights.renown * table.renown[rows]
        value += weights.own * table.marked(Mark.OWN)[rows]
        value += weights.favourite * table.marked(Mark.FAVOURITE)[rows]
        value += weights.suits * self.fits(rows, self.overall)
        value += weights.weather * self.fits(rows, self.sky)
        for vector in disliked:
            value -= weights.dislike * np.maximum(self.index.similarity(vector, rows), 0)
        return value

    def fillers(self, general: Vectors, many: int) -> list[tuple[int, float]]:
        """Return up to so many of the city's own sights, to fill time that the wishes leave.

        They rank by appeal, renown and half their similarity. Those that appeal most are looked
        at first, until no similarity could lift another one among the best.
        """
        nameless = self.index.table.marked(Mark.NAMELESS)
        for least in (FILLER_APPEAL, THEME_APPEAL, np.finfo(np.float64).tiny):
            rows = np.flatnonzero(self.allowed & ~nameless & (self.draw >= least))
            if len(rows) >= many:
                break
        if not len(rows) or not self.limits.fillers:
            return []
        draw = self.draw[rows] + self.index.table.renown[rows]
        order = np.lexsort((rows, -draw))
        rows, draw = rows[order], draw[order]
        halves = np.empty(0, dtype=np.float64)
        for begin in range(0, len(rows), _FILLER_CHUNK):
            seen = len(halves)
            if seen >= many:
                ranks = np.sort(draw[:seen] + halves)
                if ranks[-many] > draw[begin] + _MOST_ALIKE / 2:
                    break
            chunk = rows[begin : begin + _FILLER_CHUNK]
            alike = self.index.similarity(general, chunk).astype(np.float64)
            halves = np.concatenate([halves, alike / 2])
        seen = len(halves)
        best = _ranked(draw[:seen] + halves, rows[:seen], self.index)[:many]
        return list(zip(rows[best].tolist(), halves[best].tolist(), strict=True))


def of_kind(similarity: Vectors) -> Vectors:
    """Return how similar places of a kind that was named count as: little sets them apart."""
    counted: Vectors = (_KIND_LEVEL + _KIND_SHARE * (similarity - _KIND_LEVEL)).astype(np.float32)
    return counted


def _ranked(values: NDArray[np.float64], rows: Rows, index: PlaceIndex) -> Rows:
    """Return the order by falling value; of equal ones by id, the same on every machine."""
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    equal = np.flatnonzero(ranked[1:] == ranked[:-1])
    if len(equal):
        tied = np.union1d(equal, equal + 1)
        ids = index.ids(rows[order[tied]].tolist())
        keys = list(zip((-ranked[tied]).tolist(), ids, strict=True))
        by_id = sorted(range(len(keys)), key=keys.__getitem__)
        order[tied] = order[tied[by_id]]
    return order
