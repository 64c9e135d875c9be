"""What a neighbourhood has to offer for each intent: places that are open while one may come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.intents.policy import LEAST, alone
from planner.library.distance import metres_apart
from planner.library.hours import opening_windows
from planner.library.renown import renown
from planner.library.suitability import usual, wants_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from planner.domain import Place
    from planner.intents.context import Context
    from planner.intents.vocabulary import Vocabulary
    from planner.library.catalogue import Catalogue
    from planner.library.hours import Window

PER_INTENT = 4
"""Places kept for each intent."""
LOOKED_AT = 30
"""Places of an intent whose hours are read, at most."""
DETOUR = 1.3
"""How much longer a way is than the straight line, before it is measured."""
KM_COST = 0.25
QUARTER = dt.timedelta(minutes=15)
DAY_BEGINS, DAY_ENDS = 8, 20
"""Hours between which a door of unknown hours may be tried."""
FAVOURITE, OWN, SEEN, UNKNOWN_HOURS, WEATHER = 0.35, 0.12, -0.3, -0.2, 0.25


@dataclass(frozen=True, slots=True)
class Offer:
    """A place for an intent; ``score`` is what it is worth, its way not counted."""

    place: Place
    score: float
    straight_m: float


@dataclass(frozen=True, slots=True)
class Opening:
    """A place that one may go to, from when on, and whether its door is open already."""

    place: Place
    opens: dt.datetime
    straight_m: float
    open_now: bool


def supply(
    places: Iterable[Place],
    context: Context,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    *,
    reach_m: float,
    speed_ms: float,
    without: Collection[str] = (),
) -> dict[str, tuple[Offer, ...]]:
    """Return for each intent the best places that can be visited in time.

    Parameters
    ----------
    places
        The places around.
    context
        When, where and in which weather; its position must be known.
    catalogue, vocabulary
        The kinds of places and the intents.
    reach_m
        Metres as the crow flies beyond which nobody goes.
    speed_ms
        Walking speed in metres a second.
    without
        Ids of places that are not offered.
    """
    if context.position is None:
        raise ValueError("a context without a position has no neighbourhood")
    ranked = _ranked(places, context, catalogue, reach_m=reach_m, without=without)
    found: dict[str, tuple[Offer, ...]] = {}
    hours = _Hours(context, speed_ms)
    for intent in vocabulary:
        kept: list[Offer] = []
        looked = 0
        for offer in ranked:
            if offer.place.category not in intent.categories:
                continue
            looked += 1
            if looked > LOOKED_AT or len(kept) == PER_INTENT:
                break
            short = catalogue.category(offer.place.category).minutes[0]
            setting = catalogue.category(offer.place.category).setting
            known = hours.can_be_visited(offer, short, indoor=setting != "outdoor")
            if known is not None:
                kept.append(offer if known else _less_sure(offer))
        if kept:
            found[intent.key] = tuple(kept)
    return found


def _ranked(
    places: Iterable[Place],
    context: Context,
    catalogue: Catalogue,
    *,
    reach_m: float,
    without: Collection[str],
) -> list[Offer]:
    """Return the places within reach, best first, their ways weighed in."""
    sky = wants_of("", weather=context.weather, catalogue=catalogue)
    ranked: list[tuple[float, str, Offer]] = []
    suited: dict[str, float] = {}
    for place in places:
        straight = metres_apart(context.position or place.position, place.position)
        if place.never or place.id in without or straight > reach_m:
            continue
        kind = catalogue.category(place.category)
        if kind.key not in suited:
            suited[kind.key] = WEATHER * usual(kind, sky)
        score = 0.3 + 0.4 * kind.appeal + 0.3 * renown(place) + suited[kind.key]
        score += FAVOURITE * place.favourite + OWN * place.own
        score += 0.0 if place.favourite or not place.visited else SEEN
        offer = Offer(place, round(max(score, 0.05), 4), straight)
        ranked.append((KM_COST * DETOUR * straight / 1000 - score, place.id, offer))
    ranked.sort(key=lambda each: each[:2])
    return [offer for _, _, offer in ranked]


def _less_sure(offer: Offer) -> Offer:
    return Offer(offer.place, round(max(offer.score + UNKNOWN_HOURS, 0.05), 4), offer.straight_m)


class _Hours:
    """The opening hours of places around, each read once."""

    def __init__(self, context: Context, speed_ms: float) -> None:
        self._context = context
        self._speed_ms = speed_ms
        self._until = context.now + dt.timedelta(minutes=context.left_min)
        self._known: dict[str, tuple[Window, ...] | None] = {}

    def can_be_visited(self, offer: Offer, short_min: int, *, indoor: bool) -> bool | None:
        """Whether a short visit fits in: surely, perhaps (hours unknown), or ``None`` for no."""
        place = offer.place
        if place.id not in self._known:
            self._known[place.id] = opening_windows(
                place.opening_hours, self._context.now, self._until, place.position
            )
        windows = self._known[place.id]
        there = self._context.now + dt.timedelta(seconds=offer.straight_m / self._speed_ms)
        stay = dt.timedelta(minutes=short_min)
        if windows is None:
            by_day = DAY_BEGINS <= there.hour < DAY_ENDS
            return False if there + stay <= self._until and (by_day or not indoor) else None
        fits = any(
            min(closes, self._until) - max(opens, there) >= stay for opens, closes in windows
        )
        return True if fits else None


def next_openings(
    places: Iterable[Place],
    context: Context,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    *,
    hours: int = 24,
    most: int = 60,
) -> Iterator[Opening]:
    """Yield places with the next time at which it makes sense to go there; nearest first.

    A bar that opens at noon makes sense in the evening alone.

    Parameters
    ----------
    places
        The places around.
    context
        When and where.
    catalogue, vocabulary
        The kinds of places and the intents; what serves no intent is passed over.
    hours
        How far ahead to look.
    most
        How many places are looked at.
    """
    if context.position is None:
        raise ValueError("a context without a position has no neighbourhood")
    here = context.position
    worth = [
        (metres_apart(here, place.position), place.id, place)
        for place in places
        if not place.never
        and place.opening_hours
        and catalogue.category(place.category).appeal > 0
        and vocabulary.serving(place.category)
    ]
    limit = context.now + dt.timedelta(hours=hours)
    patient = replace(context, left_min=hours * 60, done=(), now=context.now)
    for straight, _, place in sorted(worth)[:most]:
        windows = opening_windows(place.opening_hours, context.now, limit, place.position) or ()
        intents = vocabulary.serving(place.category)
        opens = next(
            (
                at
                for window in windows
                for at in _quarters(*window)
                if any(alone(intent, patient, at) >= LEAST for intent in intents)
            ),
            None,
        )
        if opens is not None:
            yield Opening(place, opens, straight, open_now=windows[0][0] <= context.now)


def _quarters(start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    at = start
    while at < end:
        yield at
        at += QUARTER
