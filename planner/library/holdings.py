"""What a person keeps of places: their own, and marks on those of a city.

A *holding* is one place in a person's library. It may have no position yet, and nobody may know
what kind of place it is; once it has both it can be in a walk. A holding that stands for a place
of a city's map names it (``osm``), so that what the person thinks of it is kept when the city is
built anew, and so that the place is in a walk once.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.domain import Place, Position
from planner.errors import FlaneurError
from planner.library.catalogue import Catalogue
from planner.library.context import context_sentence
from planner.library.findings import LONGEST_NAME, LONGEST_TEXT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from planner.domain import Source

UNKNOWN_CATEGORY = "place"
"""What ``category`` says of a place of no known kind, wherever a word is needed."""
LONGEST_NOTES = 25 * LONGEST_TEXT
"""Notes grow with what is merged."""
_MINUTES = 24 * 60
_BEST_RATING = 5.0


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


def checked(holding: Holding) -> None:
    """Refuse a holding with a value that makes no sense.

    Raises
    ------
    FlaneurError
        If its name is empty or too long, or a number is out of range.
    """
    if not holding.name.strip():
        raise FlaneurError("A place needs a name.", 'Give one with --name "NAME".')
    if len(holding.name) > LONGEST_NAME or len(holding.notes) > LONGEST_NOTES:
        raise FlaneurError(
            f"A name has at most {LONGEST_NAME} signs, notes have at most {LONGEST_NOTES}.",
            "Shorten it.",
        )
    if holding.position is not None:
        check_position(holding.position)
    if holding.rating is not None and not 0 <= holding.rating <= _BEST_RATING:
        raise FlaneurError(f"{holding.rating:g} is no rating.", "Ratings go from 0 to 5.")
    if holding.visit_minutes is not None and not 0 < holding.visit_minutes <= _MINUTES:
        raise FlaneurError(
            f"One cannot stay {holding.visit_minutes} minutes at a place.",
            "Give between 1 minute and a day.",
        )


def check_position(position: Position) -> None:
    """Refuse what is no point on the earth.

    Raises
    ------
    FlaneurError
        If a degree is out of range.
    """
    if not (
        math.isfinite(position.lat)
        and math.isfinite(position.lon)
        and -90 <= position.lat <= 90  # noqa: PLR2004 - the earth
        and -180 <= position.lon <= 180  # noqa: PLR2004 - the earth
    ):
        raise FlaneurError(
            f"{position.lat:g},{position.lon:g} is no point on the earth.",
            "Latitude comes first, from -90 to 90, then longitude, from -180 to 180.",
        )
