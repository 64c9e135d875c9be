"""All that could be done next as one problem of places, and a part of it as another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain import BoundRequest, OrderRule, Request, Settings, SubRequest
from planner.guidance.surroundings import PACE_KMH
from planner.solving import Case
from planner.streets.network import NO_FLAGS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain import Anchor, Candidate
    from planner.intents.context import Context
    from planner.intents.policy import Sequence as IntentSequence
    from planner.intents.vocabulary import Intent
    from planner.itinerary.schedule import WalkProblem
    from planner.streets.attachment import Attachments

BY = "table"


@dataclass(frozen=True, slots=True)
class Offered:
    """All that could be done next, as one problem.

    Attributes
    ----------
    case, problem
        The places on offer, and the walks through them.
    intents
        For each visit of the problem, the intents that it may serve.
    """

    case: Case
    problem: WalkProblem
    intents: tuple[tuple[Intent, ...], ...]

    def layers(self, sequence: IntentSequence) -> list[list[int]]:
        """Return for each intent of a sequence the visits that serve it."""
        serving = self.serving()
        return [serving.get(key, []) for key in sequence.keys]

    def serving(self) -> dict[str, list[int]]:
        """Return for each intent the visits that serve it."""
        found: dict[str, list[int]] = {}
        for i, served in enumerate(self.intents):
            for intent in served:
                found.setdefault(intent.key, []).append(i)
        return found


def _request(sequence: IntentSequence, at: Anchor) -> BoundRequest:
    """State a sequence of intents as wishes in their order."""
    wishes = tuple(SubRequest(step.intent.wish) for step in sequence.steps)
    order = tuple(
        OrderRule("before", wish, other=wish + 1) for wish in range(len(sequence.steps) - 1)
    )
    text = ", then ".join(step.intent.label for step in sequence.steps)
    return BoundRequest(
        request=Request(text=text, subrequests=wishes, by=BY),
        place_ids=tuple(() for _ in wishes),
        start=at,
        order=order,
    )


def case_of(
    sequence: IntentSequence,
    at: Anchor,
    context: Context,
    candidates: tuple[Candidate, ...],
    ways: tuple[Attachments, NDArray[np.float64]],
) -> Case:
    """State intents and places for them; the last row of the ways is where one stands."""
    attachments, metres = ways
    return Case(
        bound=_request(sequence, at),
        settings=Settings(
            start=context.now,
            hours=round(context.left_min / 60, 4),
            pace_kmh=PACE_KMH,
            weather=context.weather,
        ),
        avoid=NO_FLAGS,
        candidates=candidates,
        attachments=attachments,
        metres=metres,
        start=len(candidates),
        end=None,
        counts=dict.fromkeys(range(len(sequence.steps)), 1),
        wishes=frozenset(range(len(sequence.steps))),
        unreachable=frozenset(
            each.place.id for i, each in enumerate(candidates) if attachments.edge[i] < 0
        ),
    )
