"""Edits that are refused: they speak of what is not there, or would move what is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.errors import FlaneurError
from planner.itinerary.editing import Add, HereNow, Move, Remove, Stay, Swap, edits_of, standing

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument, StopPart
    from planner.itinerary.editing import Edit
    from planner.pipeline import Planner

LONGEST_STAY_MIN = 12 * 60


class EditRefusedError(FlaneurError, ValueError):
    """An edit that no walk can follow, or that would move what is locked."""


def stop_of(document: PlanDocument, place_id: str) -> StopPart:
    """Return the stop at a place.

    Raises
    ------
    EditRefusedError
        If there is none.
    """
    for stop in document.stops:
        if stop.place_id == place_id:
            return stop
    raise EditRefusedError("That place is no stop of this walk.", "Choose one of its stops.")


def refuse_the_impossible(planner: Planner, document: PlanDocument, edit: Edit) -> None:
    """Refuse an edit that speaks of what is not there, or moves what is locked.

    Raises
    ------
    EditRefusedError
        If it does.
    """
    before = standing(edits_of(document))
    if isinstance(edit, Add | Swap):
        new = edit.place_id if isinstance(edit, Add) else edit.other_id
        if new not in planner.city.places:
            raise EditRefusedError("That place is not in this city.", "Choose another one.")
        if any(stop.place_id == new for stop in document.stops):
            name = planner.city.places[new].name
            raise EditRefusedError(f"{name} is a stop already.", "Choose another place.")
    if isinstance(edit, Add):
        if not 1 <= edit.day <= document.settings.days:
            raise EditRefusedError(f"There is no day {edit.day}.", "Choose one of the plan's days.")
        return
    if isinstance(edit, HereNow):
        return
    name = stop_of(document, edit.place_id).name
    if isinstance(edit, Remove | Swap) and edit.place_id in before.locked:
        raise EditRefusedError(f"{name} is locked.", "Unlock it first.")
    if isinstance(edit, Move) and edit.place_id in before.in_place:
        raise EditRefusedError(f"{name} is locked in its place.", "Unlock it first.")
    if isinstance(edit, Stay) and not 1 <= edit.minutes <= LONGEST_STAY_MIN:
        raise EditRefusedError(
            f"A stay of {edit.minutes} minutes makes no sense.", "Choose 1 to 720 minutes."
        )
