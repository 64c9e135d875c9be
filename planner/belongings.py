"""A city as one person knows it: their own places in it, their marks laid over it.

The city file is the same for everybody and only read. What a person holds lies in their library,
and is joined to the city whenever it is opened: favourites and visits, corrected hours, own
places, and fixed points such as "hotel".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import Anchor
from planner.library import vectors
from planner.library.cityplaces import CityPlaces
from planner.library.holdings import as_place, marked
from planner.library.ownnames import OwnNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from planner.domain import Place
    from planner.library.catalogue import Catalogue
    from planner.library.holdings import Holding
    from planner.library.store import Store
    from planner.pipeline import City
    from planner.retrieval.preference import Encoder

MARGIN_DEGREES = 0.005
"""How far outside the city's streets an own place may lie and still be asked for: some 500 m, as
far as a place may be from a street."""


def joined(city: City, store: Store, *, space: str, encode: Encoder, catalogue: Catalogue) -> City:
    """Return a city with what a person holds of it.

    Places that have no embedding yet get one, which is kept in the library.

    Parameters
    ----------
    city
        The city, as its file has it.
    store
        The person's library.
    space
        The name of the embedding model of the city.
    encode
        Turns texts into unit vectors of that model.
    catalogue
        The kinds of places.

    Raises
    ------
    StoreError
        If the library cannot be read or written.
    """
    fixed = _fixed_points(store)
    known = replace(city, fixed=fixed, names=OwnNames(city.names, (), fixed=fixed))
    numbers = store.places.numbers_within(_around(city))
    if not numbers:
        return known
    held = store.places.numbered(numbers)
    of_map = _of_map(city, held.values())
    places = {
        number: place
        for number, holding in held.items()
        if (place := _known(of_map, holding, catalogue)) is not None
    }
    rows = _vectors(city, store, places, space, encode)
    # One place of the map may be held twice; what the person owns goes before a mere mark.
    mine = {
        places[number].id: (places[number], row)
        for number, row in sorted(rows.items(), key=lambda item: held[item[0]].own)
    }
    if not mine:
        return known
    own = [place for place, _ in mine.values()]
    embeddings = np.array([row for _, row in mine.values()], dtype=np.float32)
    return replace(
        known,
        places=_laid_over(city.places, own),
        names=OwnNames(city.names, own, fixed=fixed),
        index=city.index.with_own(own, embeddings),
    )


def _around(city: City) -> tuple[float, float, float, float]:
    west, south, east, north = city.streets.bbox()
    margin = MARGIN_DEGREES
    return west - 2 * margin, south - margin, east + 2 * margin, north + margin


def _fixed_points(store: Store) -> dict[str, Anchor]:
    """Return the person's fixed points by name; one at a place is that place's position."""
    return {point.name: Anchor(point.name, point.position) for point in store.places.anchors()}


def _of_map(city: City, held: Iterable[Holding]) -> dict[str, Place]:
    """Return the city's places that holdings stand for, by the object of the map."""
    objects = [holding.osm for holding in held if holding.osm is not None]
    if isinstance(city.places, CityPlaces):
        found: Iterable[Place] = city.places.of_osm(objects)
    else:
        wanted = frozenset(objects)
        found = (place for place in city.places.values() if place.osm in wanted)
    return {place.osm: place for place in found if place.osm is not None}


def _known(of_map: Mapping[str, Place], holding: Holding, catalogue: Catalogue) -> Place | None:
    """Return a holding as a place of this city, ``None`` for a mark on another city's."""
    place = None if holding.osm is None else of_map.get(holding.osm)
    if place is not None:
        return marked(place, holding)
    return as_place(holding, catalogue=catalogue) if holding.own else None


def _vectors(
    city: City, store: Store, places: Mapping[int, Place], space: str, encode: Encoder
) -> dict[int, NDArray[np.float32]]:
    """Return a vector for each place: the city's where nothing was said beside it."""
    rows: dict[int, NDArray[np.float32]] = {}
    for number, place in places.items():
        base = city.places.get(place.id)
        vector = city.index.vector(place.id) if base and base.context == place.context else None
        if vector is not None:
            rows[number] = vector
    others = [number for number in places if number not in rows]
    vectors.embed_pending(store.places, space, encode, among=frozenset(others))
    return rows | vectors.of(store.places, space, others)


def _laid_over(places: Mapping[str, Place], own: Iterable[Place]) -> Mapping[str, Place]:
    if isinstance(places, CityPlaces):
        return places.with_own(own)
    return {**places, **{place.id: place for place in own}}
