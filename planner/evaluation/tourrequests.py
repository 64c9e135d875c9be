"""A person's tour, left out, as somebody might have asked for it.

The words say where the walk begins and ends, how many stops lie between, and which themes these
have. They name none of the places that are looked for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.evaluation.visits import Tour, TourCity

PHRASINGS: Final = (
    "From {first} to {last}, {count} in between: {themes}.",
    "Start at {first}, end at {last}, {count}, {themes}.",
    "{Count} on the way: {themes}. We begin at {first} and finish at {last}.",
    "I would like to see {themes}, {count}, starting at {first} and ending at {last}.",
    "A walk with {count} from {first} to {last}. I like {themes}.",
)
_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class TourRequest:
    """One request, and the tour that it was made of."""

    text: str
    tour: Tour
    themes: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many stops lie between the ends."""
        return len(self.tour.interior)


def tour_requests(city: TourCity, *, seed: int = 0, most: int | None = None) -> list[TourRequest]:
    """Return the requests of a city, in the order of their sequences.

    Parameters
    ----------
    city
        The city.
    seed
        Decides which tours, where there are too many, and the words for each.
    most
        How many at most. A smaller sample is part of every larger one.
    """
    # A string seeds the same everywhere, whatever the order in which cities come.
    order = list(range(len(city.tours)))
    random.Random(f"{seed} {city.name}").shuffle(order)  # noqa: S311 - a draw, no secret
    return [
        _asked(city, city.tours[n], random.Random(f"{seed} {city.tours[n].id}"))  # noqa: S311
        for n in order[:most]
    ]


def _asked(city: TourCity, tour: Tour, rng: random.Random) -> TourRequest:
    themes = sorted({city.attractions[stop].theme for stop in tour.interior})
    rng.shuffle(themes)
    phrasing = rng.choice(PHRASINGS)
    count = _count(len(tour.interior), in_words=rng.random() < 0.5)  # noqa: PLR2004 - half of them
    text = phrasing.format(
        first=city.attractions[tour.stops[0]].name,
        last=city.attractions[tour.stops[-1]].name,
        count=count,
        Count=count[0].upper() + count[1:],
        themes=_listed([theme.casefold() for theme in themes]),
    )
    return TourRequest(text, tour, tuple(themes))


def _count(count: int, *, in_words: bool) -> str:
    said = _WORDS[count] if in_words and count < len(_WORDS) else str(count)
    return f"{said} stop{'' if count == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
