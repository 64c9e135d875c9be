"""The places around a spot and the ways between them: looked up as asked, or surveyed at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from planner.library.cityplaces import places_within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from planner.domain import Place, Position
    from planner.intents.vocabulary import Vocabulary
    from planner.pipeline import City
    from planner.streets.attachment import Attachments

    Floats = npt.NDArray[np.float64]

METRES_A_DEGREE = 111_195.0
PACE_KMH = 4.8


class Surroundings(Protocol):
    """What is around a spot."""

    def around(self, here: Position, reach_m: float) -> tuple[Place, ...]:
        """Return the places, in a square around a position at least, that serve any intent."""

    def ways(self, places: Sequence[Place], here: Position) -> tuple[Attachments, Floats]:
        """Return where places, and then the spot, meet the streets, and metres between them."""


@dataclass(frozen=True)
class AsAsked:
    """Reads from the city's file what one question needs."""

    city: City
    vocabulary: Vocabulary

    def around(self, here: Position, reach_m: float) -> tuple[Place, ...]:
        """Return the places in a square around a position that serve any intent."""
        high = reach_m / METRES_A_DEGREE
        wide = high / max(math.cos(math.radians(here.lat)), 0.01)
        bbox = (here.lon - wide, here.lat - high, here.lon + wide, here.lat + high)
        return places_within(self.city.places, bbox, _kinds(self.vocabulary))

    def ways(self, places: Sequence[Place], here: Position) -> tuple[Attachments, Floats]:
        """Measure the ways between places and the spot."""
        return _measured(self.city, [*(place.position for place in places), here])


@dataclass(frozen=True)
class Survey:
    """A whole city, its places read and all ways between them measured once, for many questions.

    One stands where a place is; other spots are not known.
    """

    places: tuple[Place, ...]
    attachments: Attachments
    metres: Floats
    rows: Mapping[str, int]
    spots: Mapping[Position, int]

    @staticmethod
    def of(city: City, vocabulary: Vocabulary) -> Survey:
        """Read and measure a city.

        Parameters
        ----------
        city
            The city; ways take memory and time with the square of its places.
        vocabulary
            The intents; places that serve none are left out.
        """
        kinds = _kinds(vocabulary)
        places = tuple(place for place in city.places.values() if place.category in kinds)
        attachments, metres = _measured(city, [place.position for place in places])
        return Survey(
            places,
            attachments,
            metres,
            {place.id: row for row, place in enumerate(places)},
            {place.position: row for row, place in enumerate(places)},
        )

    def around(self, here: Position, reach_m: float) -> tuple[Place, ...]:  # noqa: ARG002 - supply looks at the reach
        """Return all places of the city."""
        return self.places

    def ways(self, places: Sequence[Place], here: Position) -> tuple[Attachments, Floats]:
        """Take the ways between places and the spot from what was measured.

        Raises
        ------
        KeyError
            If no place is at the spot.
        """
        chosen = [*(self.rows[place.id] for place in places), self.spots[here]]
        return self.attachments.take(chosen), self.metres[np.ix_(chosen, chosen)]


def _kinds(vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset(kind for intent in vocabulary for kind in intent.categories)


def _measured(city: City, positions: Sequence[Position]) -> tuple[Attachments, Floats]:
    from planner.streets.attachment import attach
    from planner.streets.travel import paced_matrix

    attachments = attach(city.streets, positions)
    return attachments, paced_matrix(city.streets, attachments, speed_ms=PACE_KMH / 3.6)
