"""Wishes that are to be near something: what is meant, and how much it weighs.

"A café near the station" prefers cafés by the way on foot from there. The preference halves with
every 300 metres and excludes nothing: where the only café is a kilometre off, it is still a café,
and the plan says how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain import LeftOut, Near
from planner.library.cityplaces import places_of_kinds, places_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain import Place, Position
    from planner.retrieval.binding import Library

    Walked = Callable[[Sequence[Position], Sequence[Position]], NDArray[np.float64]]

HALVING_M: Final = 300.0
"""Metres on foot over which nearness halves."""
AROUND_M: Final = 1200.0
"""How far from an anchor places are looked at that nothing else would bring up."""
MOST_LOOKED_AT: Final = 100
_MOST_ANCHORS: Final = 40
_OWNERS: Final = frozenset({"my", "our"})
# Of these any part of the shore will do, since one point on the map cannot stand for a river.
_SHORES: Final = frozenset({"water", "beach", "marina", "pier"})
_METRES_A_DEGREE: Final = 111_195.0


def located(
    anchor: str, *, any_one: bool, library: Library, wish: str, said: str
) -> Near | LeftOut:
    """Find the places that words of nearness lean on.

    Parameters
    ----------
    anchor
        A name, a person's own word for a point ("my hotel") or a kind of place.
    any_one
        Whether any place of the kind will do; otherwise it is the one that is known best, but for
        water, of which any shore counts.
    library
        The city.
    wish, said
        What is to be there, and the words that say where.

    Returns
    -------
    Near or LeftOut
        Where it is, or why nearness does not weigh.
    """
    named = library.named(anchor)
    if named is not None:
        return Near(wish, named.name, (named.position,))
    owner, _, point = anchor.partition(" ")
    if owner.casefold() in _OWNERS:
        # Some hotel is not theirs.
        how = f'say which one it is: flaneur places anchor "{point}" PLACE'
        return LeftOut(said, f"nearness does not weigh, {how}")
    kinds = library.catalogue.named_wholly(anchor)
    if any_one or kinds & _SHORES:
        found = tuple(place.position for place in places_of_kinds(library.places, kinds))
        if found:
            return Near(wish, f"the nearest {anchor}" if any_one else f"the {anchor}", found)
    best = library.best_known(anchor)
    if best is not None:
        return Near(wish, best.name, (best.position,))
    what = "there is none on the map" if kinds else "no place of that name"
    city = library.city.title() if library.city.islower() else library.city
    return LeftOut(said, f"{what} in {city}, so nearness does not weigh")


def closeness(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much nearness is worth, 1 at the door, half of it every 300 metres."""
    value: NDArray[np.float64] = np.exp2(-np.maximum(metres, 0.0) / HALVING_M)
    return value


def neighbours(near: Near, places: Mapping[str, Place], kinds: Sequence[str]) -> tuple[Place, ...]:
    """Return places of some kinds within :data:`AROUND_M` of an anchor as the crow flies."""
    found: dict[str, Place] = {}
    for at in near.positions[:_MOST_ANCHORS]:
        high = AROUND_M / _METRES_A_DEGREE
        wide = high / max(np.cos(np.radians(at.lat)), 0.01)
        box = (at.lon - wide, at.lat - high, at.lon + wide, at.lat + high)
        found |= {place.id: place for place in places_within(places, box, kinds)}
    rest = list(found.values())
    flown = crow(near.positions, [place.position for place in rest]).min(axis=0, initial=np.inf)
    order = sorted(range(len(rest)), key=lambda n: (flown[n], rest[n].id))
    return tuple(rest[n] for n in order[:MOST_LOOKED_AT] if flown[n] <= AROUND_M)


def on_foot(near: Near, positions: Sequence[Position], walked: Walked) -> NDArray[np.float64]:
    """Return the metres along streets from an anchor to each place, shape (len(positions),).

    Where any place of a kind will do, the one next to a place as the crow flies counts.
    """
    if not len(positions):
        return np.zeros(0)
    if len(near.positions) == 1:
        alone: NDArray[np.float64] = walked(near.positions, positions)[0]
        return alone
    closest = crow(near.positions, positions).argmin(axis=0)
    used = sorted({int(each) for each in closest})
    metres = walked([near.positions[each] for each in used], positions)
    row = {each: n for n, each in enumerate(used)}
    chosen: NDArray[np.float64] = metres[
        [row[int(each)] for each in closest], np.arange(len(positions))
    ]
    return chosen


def crow(origins: Sequence[Position], targets: Sequence[Position]) -> NDArray[np.float64]:
    """Return straight metres between points of one city, shape (len(origins), len(targets))."""
    lat = np.array([each.lat for each in origins])[:, None], np.array([t.lat for t in targets])
    lon = np.array([each.lon for each in origins])[:, None], np.array([t.lon for t in targets])
    shrink = np.cos(np.radians(lat[0]))
    flat: NDArray[np.float64] = _METRES_A_DEGREE * np.hypot(
        lat[0] - lat[1], (lon[0] - lon[1]) * shrink
    )
    return flat
