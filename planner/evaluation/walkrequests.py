"""Generated requests over real cities: kinds, must-sees, dislikes, hours, starts, loops, numbers.

Drawn from a seed over central Helsinki and, where the real data is, Monaco and Rome.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner import cities
from planner.domain import Wishes
from planner.library.catalogue import Catalogue
from planner.library.renown import renown
from planner.pipeline import Planner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from planner.config import Home
    from planner.language.embeddings import Embedder

NOW: Final = dt.datetime(2026, 11, 25, 8)
EXTRACTS: Final = {"monaco": "osm/monaco.osm.pbf", "rome": "osm/rome-esquilino.osm.pbf"}
KINDS: Final = (
    "old churches", "a museum", "museums", "two museums", "a quiet park", "parks", "street art",
    "art galleries", "bookshops", "lunch", "a good coffee", "dinner", "viewpoints", "ice cream",
    "history", "modern art", "squares", "monuments", "a bar", "a market", "architecture",
    "gardens", "a bakery", "shopping", "fountains",
)  # fmt: skip
DISLIKES: Final = ("museums", "churches", "bars", "shops", "crowds")
MOST_FAMOUS: Final = 20
_NEVER: Final = "no "


@dataclass(frozen=True, slots=True)
class Asked:
    """One generated request."""

    city: str
    text: str
    wishes: Wishes

    @property
    def kinds(self) -> tuple[str, ...]:
        """What was asked for, in its words."""
        return tuple(each for each in self.text.split(", ") if not each.startswith(_NEVER))

    @property
    def dislike(self) -> str | None:
        """What was asked to be left out."""
        said = (each for each in self.text.split(", ") if each.startswith(_NEVER))
        return next((each.removeprefix(_NEVER) for each in said), None)


def requests(names: Mapping[str, Sequence[str]], count: int, seed: int) -> list[Asked]:
    """Draw requests: kinds, must-sees, dislikes, hours, starts, loops, numbers of stops.

    Parameters
    ----------
    names
        For each city, names of well-known places.
    count, seed
        How many, and of which draw.
    """
    rng = random.Random(seed)  # noqa: S311 - a draw of requests, no secret
    found = []
    towns = sorted(names)
    for n in range(count):
        city = towns[n % len(towns)]
        wishes = rng.sample(KINDS, rng.choice([1, 2, 2, 3, 3, 4]))
        parts = [", ".join(wishes)]
        if _by_chance(rng, 0.25):
            parts.append(_NEVER + rng.choice(DISLIKES))
        famous = names[city]
        must = tuple(rng.sample(famous, 1)) if _by_chance(rng, 0.25) else ()
        start = rng.choice(famous) if _by_chance(rng, 0.3) else None
        found.append(
            Asked(
                city,
                ", ".join(parts),
                Wishes(
                    hours=rng.choice([1.5, 2, 3, 4, 4, 5, 6, 8]),
                    start_time=dt.time(rng.choice([9, 10, 10, 11, 13, 15, 17])),
                    date=dt.date(2026, 11, 24) + dt.timedelta(days=rng.randrange(7)),
                    start=start if start not in must else None,
                    loop=start is not None and start not in must and _by_chance(rng, 0.5),
                    stops=rng.choice([3, 4, 5]) if _by_chance(rng, 0.1) else None,
                    must=must,
                    weather="rain" if _by_chance(rng, 0.1) else None,
                    seed=n,
                ),
            )
        )
    return found


def _by_chance(rng: random.Random, share: float) -> bool:
    return rng.random() < share


def opened(home: Home, data: Path, embedder: Embedder) -> dict[str, Planner]:
    """Return a planner for each city that there is data for.

    Parameters
    ----------
    home
        Where cities are, or are built.
    data
        The folder of the real data.
    embedder
        Embeds places and requests.
    """
    found = {cities.DEMO_NAME: cities.demo_extract()}
    found |= {name: data / file for name, file in EXTRACTS.items() if (data / file).is_file()}
    planners = {}
    for name, extract in found.items():
        if not (home.cities / f"{name}.flaneur").exists():
            cities.build(name, extract, home, embedder)
        city = cities.open_city(home, name)
        planners[name] = Planner(city, embedder.encode, Catalogue.load())
    return planners


def famous(planner: Planner) -> list[str]:
    """Return names of a city's best-known places that mean just one place."""
    known = sorted(planner.city.places.values(), key=lambda place: (-renown(place), place.id))
    found = []
    for place in known[:60]:
        match = planner.library.find(place.name)
        if match is not None and match.id == place.id and "," not in place.name:
            found.append(place.name)
    return found[:MOST_FAMOUS]
