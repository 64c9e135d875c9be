"""A city of visits as a library: places, kinds after the tables' themes, and straight lines.

The published tables come without streets. In this one suite every two places are therefore joined
by a straight line, which is taken :data:`DETOUR` times as long as it is; nothing else of the
product is replaced. How widely a place is known, which a map tells by articles and languages, is
told here by how many persons saw it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain import Place
from planner.library.catalogue import Catalogue
from planner.library.cataloguefile import shipped_text
from planner.library.context import context_sentence
from planner.library.naming import NameIndex
from planner.library.words import fold
from planner.pipeline import City
from planner.retrieval.index import PlaceIndex
from planner.streets.building import compile_network
from planner.streets.extract import Walkways
from planner.streets.geodesy import great_circle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.evaluation.visits import TourCity
    from planner.retrieval.preference import Encoder
    from planner.streets.network import StreetNetwork

DETOUR: Final = 1.3
"""How much longer a way on foot is taken to be than the straight line. In this suite alone."""
HOURS: Final = 24.0
"""How long a walk may take: the tables do not say, and some places lie far outside their city."""
_MINUTES: Final = (15, 30, 60)
_NO_KEY: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class TourLibrary:
    """One city of visits, ready to be planned in.

    Attributes
    ----------
    visits
        The city, as its tables have it.
    city
        The same with names, embeddings and straight lines, nobody's popularity in it.
    catalogue
        The shipped kinds with the tables' themes laid over them.
    metres
        (n, n) metres on foot between attractions, in the order of ``visits.attractions``.
    """

    visits: TourCity
    city: City
    catalogue: Catalogue
    metres: NDArray[np.float64]

    def known_by(self, counts: Mapping[str, int]) -> City:
        """Return the city as widely known as so many visitors make it.

        Parameters
        ----------
        counts
            For each attraction, how many persons saw it.
        """
        known = np.array([counts[each] for each in self.visits.attractions], dtype=np.float64)
        known /= max(known.max(initial=0.0), 1.0)
        return replace(self.city, index=self.city.index.with_renown(known))


def open_library(visits: TourCity, encode: Encoder) -> TourLibrary:
    """Make a library of a city of visits.

    Parameters
    ----------
    visits
        The city.
    encode
        Turns texts into unit vectors.
    """
    catalogue = _catalogue(tuple(sorted({each.theme for each in visits.attractions.values()})))
    places = {}
    for each in visits.attractions.values():
        bare = Place(each.id, each.name, each.position, kind_of(each.theme))
        context = context_sentence(bare, catalogue.category(bare.category))
        places[each.id] = replace(bare, context=context)
    index = PlaceIndex.of(places.values(), encode([place.context for place in places.values()]))
    streets = straight_lines(places)
    city = City(
        name=visits.name,
        places=places,
        names=NameIndex(places.values(), catalogue=catalogue),
        index=index,
        streets=streets,
    )
    return TourLibrary(visits, city, catalogue, metres_between(places.values()))


def straight_lines(places: Mapping[str, Place]) -> StreetNetwork:
    """Return streets that join every two places by a straight line of :data:`DETOUR` its length.

    Parameters
    ----------
    places
        Three or more; those at one position share a junction.
    """
    spots = sorted({(place.position.lat, place.position.lon) for place in places.values()})
    lat, lon = np.array(spots, dtype=np.float64).T
    u, v = np.array(list(itertools.combinations(range(len(spots)), 2)), dtype=np.int64).T
    built = compile_network(
        Walkways(
            node_id=np.arange(len(spots), dtype=np.int64),
            lat=lat,
            lon=lon,
            u=u,
            v=v,
            kind=np.zeros(len(u), dtype=np.uint8),
            flags=np.zeros(len(u), dtype=np.uint8),
            name=np.full(len(u), -1, dtype=np.int32),
            names=(),
            ride_s=np.zeros(len(u), dtype=np.float32),
        )
    ).network
    return replace(
        built,
        edge_length=built.edge_length * DETOUR,
        vertex_m=built.vertex_m * DETOUR,
        up_m=built.up_m * DETOUR,
    )


def kind_of(theme: str) -> str:
    """Return the key of the kind that a theme is."""
    plain = _NO_KEY.sub("_", fold(theme)).strip("_")
    return f"theme_of_{plain or hashlib.blake2b(theme.encode(), digest_size=4).hexdigest()}"


def metres_between(places: Iterable[Place]) -> NDArray[np.float64]:
    """Return metres on foot between places, by straight lines taken longer."""
    lat, lon = np.array([(each.position.lat, each.position.lon) for each in places]).T
    straight = great_circle(lat[:, None], lon[:, None], lat, lon)
    return straight * DETOUR


def _catalogue(themes: Sequence[str]) -> Catalogue:
    """Lay the themes over the shipped kinds, as a person lays kinds of their own."""
    lines = []
    for theme in themes:
        said = theme.casefold()
        lines += [
            f"[category.{kind_of(theme)}]",
            f"label = {json.dumps(said)}",
            f"phrase = {json.dumps(said)}",
            f"tags = [{json.dumps(f'theme={kind_of(theme)}')}]",
            'group = "sight"',
            f"minutes = {list(_MINUTES)}",
            'times = ["morning", "midday", "afternoon", "evening", "night"]',
            f"aliases = [{json.dumps(said)}]",
        ]
    return Catalogue.parse(shipped_text(), "\n".join(lines), own_name="the tables' themes")
