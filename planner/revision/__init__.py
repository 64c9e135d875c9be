"""The next plan of a plan and an edit.

What a person did not touch stays as it is: an edit of one stop leaves the order of the others, and
other days, alone, and takes as few of them out as the hours allow, never one that is locked. Only
"I am here now" plans the rest anew. An edit that cannot be had is refused with the reason, and the
plan stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.itinerary.editing import HereNow, Lock, Swap
from planner.revision.draft import Draft
from planner.revision.refusal import EditRefusedError, stop_of

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.editing import Edit
    from planner.pipeline import Planner

__all__ = ["Alternative", "EditRefusedError", "alternatives", "revise"]

ALTERNATIVES = 3
LOOKED_AT = 12
"""So many of the best alike are planned to find the three that cost least."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A place that may stand where a stop stands.

    ``cost`` is what the plan loses by it, below zero where it gains; ``walk_m`` how much longer
    the way becomes.
    """

    place_id: str
    name: str
    category: str
    cost: float
    walk_m: float


def revise(planner: Planner, document: PlanDocument, edit: Edit) -> PlanDocument:
    """Return the plan after an edit, verified like any other, with the edit written into it.

    Parameters
    ----------
    planner
        The planner of the plan's city.
    document
        A plan with stops.
    edit
        What to change.

    Raises
    ------
    EditRefusedError
        If the edit speaks of a place that is not there, would move what is locked, or leaves no
        walk that holds.
    """
    if not document.stops:
        raise EditRefusedError("There is no walk to edit.", "Plan one first.")
    draft = Draft.of(planner, document, edit)
    if isinstance(edit, HereNow):
        return draft.rest()
    return draft.changed()


def alternatives(
    planner: Planner, document: PlanDocument, place_id: str
) -> tuple[Alternative, ...]:
    """Return up to three places alike that could stand where a stop stands, the cheapest first.

    Alike is what answers a wish that the stop answers, then what is of its category, then of its
    family; where that is not enough, what else retrieval offered.

    Parameters
    ----------
    planner, document
        The plan, and the planner of its city.
    place_id
        The stop's.
    """
    stop = stop_of(document, place_id)
    draft = Draft.of(planner, document, Lock(place_id=place_id))
    there = {each.place_id for each in document.stops}
    gone = draft.standing.removed
    kind = planner.catalogue.category(stop.category)
    category = planner.catalogue.category
    alike = [
        each
        for each in draft.case.candidates
        if each.place.id not in there | gone and category(each.place.category).role == kind.role
    ]
    alike.sort(
        key=lambda each: (
            not set(each.serves) & set(stop.serves),
            each.place.category != stop.category,
            category(each.place.category).group != kind.group,
            -each.score,
            each.place.id,
        )
    )
    found: list[Alternative] = []
    for each in alike[:LOOKED_AT]:
        try:
            swapped = revise(planner, document, Swap(place_id=place_id, other_id=each.place.id))
        except EditRefusedError:
            continue
        found.append(
            Alternative(
                each.place.id,
                each.place.name,
                each.place.category,
                round(document.totals.score - swapped.totals.score, 4),
                round(swapped.totals.walk_m - document.totals.walk_m, 1),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.cost, each.place_id))[:ALTERNATIVES])
