"""Where nothing can be done: what is the matter, and what opens first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.guidance.document import Nothing
from planner.guidance.surroundings import PACE_KMH
from planner.intents.supply import next_openings

if TYPE_CHECKING:
    from planner.domain import Position
    from planner.guidance.surroundings import Surroundings
    from planner.intents.context import Context
    from planner.intents.supply import Opening
    from planner.intents.vocabulary import Vocabulary
    from planner.pipeline import Planner

FAR_KM = (1.0, 3.0, 10.0)
"""How far around one looks for what opens next, as long as nothing is found."""


def nothing_to_do(
    planner: Planner,
    vocabulary: Vocabulary,
    surroundings: Surroundings,
    here: Position,
    context: Context,
) -> Nothing:
    """Say why nothing can be done, and what opens next."""
    opening: Opening | None = None
    for km in FAR_KM:
        found = next_openings(
            surroundings.around(here, km * 1000),
            context,
            planner.catalogue,
            vocabulary,
        )
        opening = min(
            found,
            key=lambda each: (max(each.opens, context.now), each.straight_m),
            default=None,
        )
        if opening is not None:
            break
    if opening is None:
        return Nothing(
            text="Nothing that can be visited now is within reach, and no place around "
            "here says when it opens."
        )
    walk_s = _walk_s(planner, here, opening.place.position)
    way = "" if walk_s is None else f", {max(1, round(walk_s / 60))} min on foot"
    name = opening.place.name
    if opening.opens <= context.now:
        text = f"Nothing within reach fits into {context.left_min} min; open now: {name}{way}."
    elif opening.open_now:
        text = (
            f"Nothing within reach suits {context.now:%H:%M}; "
            f"from {opening.opens:%H:%M} on: {name}{way}."
        )
    else:
        day = "" if opening.opens.date() == context.now.date() else "tomorrow "
        text = (
            f"Nothing open within reach; nearest opens {day}at {opening.opens:%H:%M}: {name}{way}."
        )
    return Nothing(
        text=text,
        place_id=opening.place.id,
        opens=opening.opens.isoformat(),
        walk_s=walk_s,
    )


def _walk_s(planner: Planner, here: Position, there: Position) -> int | None:
    from planner.streets.attachment import attach
    from planner.streets.travel import paced_matrix

    attachments = attach(planner.city.streets, [here, there])
    metres = float(paced_matrix(planner.city.streets, attachments, speed_ms=PACE_KMH / 3.6)[0, 1])
    return round(metres / (PACE_KMH / 3.6)) if math.isfinite(metres) else None
