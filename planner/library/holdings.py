"""What a person keeps of places: their own, and marks on those of a city.

A *holding* is one place in a person's library. It may have no position yet, and nobody may know
what kind of place it is; once it has both it can be in a walk. A holding that stands for a place
of a city's map names it (``osm``), so that what the person thinks of it is kept when the city is
built anew, and so that the place is in a walk once.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.domain import Place, Position
from planner.library.catalogue import Catalogue
from planner.library.context import context_sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from planner.domain import Source

UNKNOWN_CATEGORY = "place"
"""What ``category`` says of a place of no known kind, wherever a word is needed."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One place of a person's library.

    Attributes
    ----------
    id
        Stable: it never changes.
    own
        False for a mere mark (favourite, note, never) on a place of a city's map.
    opening_hours, hours_corrected
        The hours, and whether the person set them by hand: then they win over any map's.
    osm
        The object of a city's map that this is, such as ``"node/123"``; ``None`` if it is none.
    first_seen
        When it came into the library, or when the person saved it elsewhere; ISO 8601.
    visits
        Days on which the person was there, oldest first; ``visited`` may be true without any.
    merged_from
        Ids of what was merged into it.

    The rest is as in :class:`planner.library.findings.Finding`.
    """

    id: str
    name: str
    position: Position | None = None
    category: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    notes: str = ""
    description: str = ""
    rating: float | None = None
    favourite: bool = False
    visited: bool = False
    never: bool = False
    visit_minutes: int | None = None
    opening_hours: str | None = None
    hours_corrected: bool = False
    address: str | None = None
    url: str | None = None
    osm: str | None = None
    own: bool = True
    first_seen: str = ""
    visits: tuple[dt.date, ...] = ()
    sources: tuple[Source, ...] = ()
    merged_from: tuple[str, ...] = ()


def as_place(holding: Holding, *, catalogue: Catalogue | None = None) -> Place | None:
    """Return a holding as a place that a walk can hold, ``None`` if it has no position.

    Parameters
    ----------
    holding
        The holding.
    catalogue
        The kinds of places, for the sentence that is embedded; the shipped ones where absent.
    """
    if holding.position is None:
        return None
    place = Place(
        id=holding.id,
        name=holding.name,
        position=holding.position,
        category=holding.category or UNKNOWN_CATEGORY,
        names=holding.names,
        tags=holding.tags,
        address=holding.address,
        opening_hours=holding.opening_hours,
        osm=holding.osm,
        notes=holding.notes,
        favourite=holding.favourite,
        visited=holding.visited,
        never=holding.never,
        sources=holding.sources,
        rating=holding.rating,
        visit_minutes=holding.visit_minutes,
        own=holding.own,
    )
    return dataclasses.replace(place, context=embedded_text(holding, catalogue))


def embedded_text(holding: Holding, catalogue: Catalogue | None = None) -> str:
    """Return the sentence about a holding that is embedded: what it is, and the person's words."""
    kinds = catalogue or Catalogue.load()
    bare = Place(
        id=holding.id,
        name=holding.name,
        position=holding.position or Position(0.0, 0.0),
        category=holding.category or UNKNOWN_CATEGORY,
        names=holding.names,
        tags=holding.tags,
        address=holding.address,
    )
    words = [holding.description, holding.notes, ", ".join(holding.labels)]
    told = "; ".join(word for word in words if word)
    category = kinds.categories.get(holding.category or "")
    if category is not None:
        said = context_sentence(bare, category)
    else:
        others = [name for name in dict.fromkeys(holding.names.values()) if name != holding.name]
        said = f"{holding.name} ({', '.join(others[:4])})" if others else holding.name
    return (f"{said.rstrip('.')}; {told}" if told else said)[:600]


def with_marks(places: Iterable[Place], holdings: Iterable[Holding]) -> tuple[Place, ...]:
    """Return a city's places as this person knows them, and their own places after them.

    A place of the map that a holding stands for keeps its id and what the map tells of it; the
    person's marks, notes, names and corrections are laid over it. Own places that are on no map
    follow; those without a position are left out, as no one can walk there.

    Parameters
    ----------
    places
        The city's, in any order; order and length of what comes first are kept.
    holdings
        The person's, wherever they lie: who asks for one city passes those near it.
    """
    marks = {each.osm: each for each in holdings if each.osm is not None}
    seen: set[str] = set()
    result: list[Place] = []
    for place in places:
        mark = marks.get(place.osm) if place.osm is not None else None
        if mark is not None and place.osm is not None:
            seen.add(place.osm)
        result.append(place if mark is None else marked(place, mark))
    for holding in holdings:
        if holding.own and holding.osm not in seen:
            place_ = as_place(holding)
            if place_ is not None:
                result.append(place_)
    return tuple(result)


def marked(place: Place, holding: Holding) -> Place:
    """Return a place of the map with what a person holds of it laid over."""
    names = dict(place.names)
    if holding.name != place.name and holding.name not in names.values():
        names["alt"] = "; ".join(name for name in (names.get("alt"), holding.name) if name)
    for key, name in holding.names.items():
        names.setdefault(key, name)
    corrected = holding.opening_hours if holding.hours_corrected else None
    words = "; ".join(word for word in (holding.description, holding.notes) if word)
    context = f"{place.context.rstrip('.')}; {words}" if words else place.context
    return dataclasses.replace(
        place,
        names=names,
        tags={**holding.tags, **place.tags},
        address=place.address or holding.address,
        opening_hours=corrected or place.opening_hours or holding.opening_hours,
        notes=holding.notes,
        favourite=holding.favourite,
        visited=holding.visited,
        never=holding.never,
        rating=holding.rating,
        visit_minutes=holding.visit_minutes,
        own=holding.own,
        sources=(*place.sources, *holding.sources),
        context=context[:600],
    )
