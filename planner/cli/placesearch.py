"""Places looked up for a command: in the library, and in the city in use."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.cli.context import Session
    from planner.domain import Place
    from planner.library.holdings import Holding
    from planner.library.search import Filter, Hit

LATER = 500
"""New places that a search embeds on the way; more of them wait for an import or a plan."""


def find(
    run: Session,
    query: str,
    *,
    filter_: Filter,
    city: str | None,
    limit: int,
    own_only: bool = False,
) -> tuple[Hit, ...]:
    """Search one's own places and, unless those alone are wanted, those of a city.

    Raises
    ------
    UnknownCityError
        If that city is not installed.
    """
    import numpy as np

    from planner import cities
    from planner.language.embeddings import Embedder
    from planner.library.citywords import open_city_words
    from planner.library.search import Corpus, Search
    from planner.library.vectors import count_pending, embed_pending

    places = run.store.places
    embedder = Embedder.configured(run.home.embedding_folder())
    if 0 < count_pending(places, embedder.space) <= LATER:
        embed_pending(places, embedder.space, embedder.encode)

    def encode(text: str) -> NDArray[np.float32]:
        return np.asarray(embedder.encode([text])[0], dtype=np.float32)

    name = None if own_only else city or cities.current_name(run.home, run.store)
    with ExitStack() as opened:
        words = None
        if name is not None:
            path = cities.installed_path(run.home, name)
            cache = run.home.folder(run.home.street_cache)
            words = opened.enter_context(open_city_words(path, cache, embedder.space))
        search = Search(Corpus(places, embedder.space), words, encode, held=places)
        return search.find(query, filter_=filter_, limit=limit)


def browse(run: Session, *, filter_: Filter, city: str | None, limit: int) -> tuple[Holding, ...]:
    """Return the places that pass a filter: one's own first, then those of a city.

    Parameters
    ----------
    run
        The session.
    filter_
        What they have to be.
    city
        The city; ``None`` for one's own places alone.
    limit
        How many at most.

    Raises
    ------
    UnknownCityError
        If that city is not installed.
    """
    from planner import cities
    from planner.library.citywords import open_city_words
    from planner.library.search import Corpus, with_mark

    marked = filter_.is_for_marked
    # What is marked lies in the library, the places of the map among it.
    own = city is None or not marked
    found = Corpus(run.store.places).browse(filter_, limit, own=own)
    if marked or city is None or filter_.label is not None or len(found) >= limit:
        return found
    have = {each.osm for each in found}
    # What is held of a place of the map decides about its marks, not the map.
    cache = run.home.folder(run.home.street_cache)
    with open_city_words(cities.installed_path(run.home, city), cache, None) as words:
        on_map = words.browse(filter_.without_marks(), limit + len(found))
    more = (with_mark(run.store.places, each) for each in on_map if each.osm not in have)
    return (*found, *(each for each in more if filter_.admits(each)))[:limit]


def look_up(run: Session, place_id: str) -> Holding:
    """Return a place by its id, be it one's own or one of an installed city's map.

    Raises
    ------
    UnknownPlaceError
        If there is none.
    """
    from planner.library.search import with_mark

    held = run.store.places.find(place_id)
    if held is not None and held.own:
        return held
    place = _on_map(run, place_id)
    return with_mark(run.store.places, place) if place else run.store.places.get(place_id)


def hold(run: Session, place_id: str) -> Holding:
    """Return what is held of a place; a place of the map is held from now on.

    Raises
    ------
    UnknownPlaceError
        If there is no such place.
    """
    places = run.store.places
    held = places.find(place_id)
    if held is not None:
        return held
    place = _on_map(run, place_id)
    return places.get(place_id) if place is None else places.mark(place, now=run.now)


def held_id(run: Session, place_id: str) -> str:
    """Return the library's own id of a place that may be named by the map's."""
    from planner.library.places import MAP_PREFIX

    if place_id.startswith(MAP_PREFIX):
        held = run.store.places.of_map(place_id.removeprefix(MAP_PREFIX))
        if held is not None:
            return held.id
    return place_id


def set_anchor(run: Session, name: str, target: str) -> None:
    """Name a fixed point: a position, a place of one's own, or one of the map.

    Raises
    ------
    UnknownPlaceError
        If there is no such place.
    FlaneurError
        If nobody knows where that place is.
    """
    from planner.errors import FlaneurError
    from planner.retrieval.binding import parse_position

    places = run.store.places
    position = parse_position(target)
    if position is not None:
        places.set_anchor(name, position)
        return
    with run.store.transaction():
        held = hold(run, target)
        if held.position is None:
            raise FlaneurError(
                f"Nobody knows where {held.name} is.",
                f"Say it with: flaneur places locate {held.id} LAT,LON",
            )
        places.set_anchor(name, held.position, held.id)


def _on_map(run: Session, place_id: str) -> Place | None:
    """Return a place of the city in use, else of any installed one."""
    from planner import cities
    from planner.library.cityplaces import CityPlaces
    from planner.library.places import MAP_PREFIX

    if not place_id.startswith(MAP_PREFIX):
        return None
    current = cities.current_name(run.home, run.store)
    for name in sorted(cities.names(run.home), key=lambda each: each != current):
        places = CityPlaces(cities.installed_path(run.home, name))
        try:
            if place_id in places:
                return places[place_id]
        finally:
            places.close()
    return None
