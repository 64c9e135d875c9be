"""What becomes of a walk once it was taken: its stops were visited, on the day it was for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from planner.domain import Place
    from planner.library.places import Places


@dataclass(frozen=True, slots=True)
class Outing:
    """A stop of a walk and the day it was for."""

    place: Place
    day: dt.date


@dataclass(frozen=True, slots=True)
class Noted:
    """A stop that is noted as visited; ``new`` is false if it was before."""

    id: str
    name: str
    day: dt.date
    new: bool


def note_visits(
    places: Places, outings: Iterable[Outing], *, plan: str, now: dt.datetime
) -> tuple[Noted, ...]:
    """Note that the stops of a plan were visited, each once for a day.

    A stop on the map that the person holds nothing of is held from now on, as a mark.

    Parameters
    ----------
    places
        The library.
    outings
        The stops.
    plan
        The plan's id, under which the visits can be taken back.
    now
        When they are noted.

    Raises
    ------
    StoreError
        If it cannot be written; then nothing was noted.
    """
    noted = []
    with places.store.transaction():
        for outing in outings:
            place = outing.place
            held = places.find(places.resolve(place.id)) or places.mark(place, now=now)
            new = places.visit(held.id, outing.day, plan=plan)
            noted.append(Noted(held.id, place.name, outing.day, new))
    return tuple(noted)
