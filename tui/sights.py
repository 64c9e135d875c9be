"""What else the map may show: places by kind, one's own, and what words find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.widgets.map import Sight

if TYPE_CHECKING:
    from planner.domain import Place
    from tui.desk import Desk

KINDS: Final[tuple[tuple[str, str, str, frozenset[str]], ...]] = (
    ("food", "Food and drink", "cafés, restaurants, bars", frozenset({"food", "drink"})),
    ("sights", "Sights", "views, monuments, churches, history",
     frozenset({"sight", "history", "worship"})),
    ("culture", "Culture", "museums, galleries, stages", frozenset({"culture", "stage"})),
    ("nature", "Green and water", "parks, gardens, beaches, leisure",
     frozenset({"nature", "leisure"})),
    ("shopping", "Shops", "bookshops, markets, antiques", frozenset({"shopping"})),
)  # fmt: skip
"""Kinds of places: key, name, examples, and groups of the catalogue."""

NONE, OWN, LIKED, FOUND = "none", "own", "liked", "found"


async def sights_of(desk: Desk, city: str, which: str) -> tuple[Sight, ...]:
    """Return places of a city.

    Parameters
    ----------
    desk
        Where the work is done.
    city
        The city.
    which
        A key of :data:`KINDS`, ``"own"`` or ``"liked"``; nothing else is anywhere.
    """
    groups = next((each[3] for each in KINDS if each[0] == which), frozenset[str]())

    def admits(place: Place, group: str) -> bool:
        if place.never:
            return False
        if which == OWN:
            return place.own
        return place.favourite if which == LIKED else group in groups

    return tuple(map(_as_sight, await desk.places_of(city, admits)))


async def sights_that_answer(desk: Desk, city: str, words: str) -> tuple[Sight, ...]:
    """Return the places of a city that answer some words best."""
    found = []
    for hit in await desk.search(words, city):
        position = hit.holding.position
        place_id = await desk.walk_id(city, hit.holding)
        if position is not None and place_id is not None:
            holding = hit.holding
            found.append(
                Sight(
                    place_id,
                    holding.name,
                    _kind(holding.category),
                    position.lat,
                    position.lon,
                    holding.favourite,
                )
            )
    return tuple(found)


def _as_sight(place: Place) -> Sight:
    return Sight(
        place.id,
        place.name,
        _kind(place.category),
        place.position.lat,
        place.position.lon,
        place.favourite,
    )


def _kind(category: str | None) -> str:
    return (category or "place").rpartition("=")[2].replace("_", " ")
