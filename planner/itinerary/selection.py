"""The published method's last step: stops picked from an order, by rank and by its rules of taste.

ItiNera gives the ordered candidates to a language model with a list of rules (prompt F.4). Without
a model, rank picks: from the best candidate down, each is taken while the walk stays within the
hours. Opening hours play no part, as in the paper.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from planner.itinerary.schedule import LIGHT_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.itinerary.schedule import WalkProblem


def ranked_subset(problem: WalkProblem, order: Sequence[int]) -> tuple[int, ...]:
    """Pick stops from an order by rank.

    Parameters
    ----------
    problem
        Scores, hours and rules of taste.
    order
        Visits in the order of the tour, which is kept.

    Returns
    -------
    tuple of int
        Must-sees are in, whatever they break.
    """
    scores = {i: problem.visits[i].candidate.score for i in order}
    chosen = {i for i in order if problem.visits[i].candidate.required}
    for i in sorted(set(order) - chosen, key=lambda i: (-scores[i], i)):
        if problem.stops is not None and len(chosen) >= problem.stops:
            break
        if _over_cap(problem, chosen, i):
            continue
        longer = [j for j in order if j in chosen or j == i]
        kept = keep_taste(problem, longer)
        if len(kept) == len(longer) and _elapsed(problem, longer) <= problem.budget_s:
            chosen.add(i)
    return keep_taste(problem, [i for i in order if i in chosen])


def keep_taste(problem: WalkProblem, sequence: Sequence[int]) -> tuple[int, ...]:
    """Leave out what breaks the rules of taste where it stands; must-sees stay.

    Parameters
    ----------
    problem
        Roles and rules.
    sequence
        Visits in order.
    """
    rules = problem.rules
    kept = [*sequence]

    def role(i: int) -> str:
        return problem.visits[i].role

    def optional(i: int) -> bool:
        return not problem.visits[i].candidate.required

    if not rules.bars_anywhere:
        # As the prompt has it: the order stays, so that a bar in its middle is left out.
        last = max((n for n, i in enumerate(kept) if role(i) != "bar"), default=-1)
        kept = [i for n, i in enumerate(kept) if role(i) != "bar" or n > last or not optional(i)]
    if not rules.meals_may_follow:
        spaced: list[int] = []
        for i in kept:
            follows = bool(spaced) and role(i) == role(spaced[-1]) == "meal"
            if not (follows and optional(i)):
                spaced.append(i)
        kept = spaced
    while kept and role(kept[-1]) == "cafe" and not rules.cafe_may_end and optional(kept[-1]):
        kept.pop()
    light = [i for i in kept if role(i) in LIGHT_ROLES]
    spare = max(len(light) - rules.cafes_and_bars, 0)
    worst = sorted(
        (i for i in light if optional(i)), key=lambda i: problem.visits[i].candidate.score
    )
    dropped = set(worst[:spare])
    return tuple(i for i in kept if i not in dropped)


def _elapsed(problem: WalkProblem, sequence: Sequence[int]) -> int:
    """Return the seconds that a sequence takes with usual stays and without waiting."""
    path = [problem.start, *sequence, problem.end]
    rows = [row for row in path if row is not None]
    walked = sum(problem.seconds[a][b] or 0 for a, b in itertools.pairwise(rows))
    return walked + sum(problem.visits[i].stays[1] for i in sequence)


def _over_cap(problem: WalkProblem, chosen: set[int], i: int) -> bool:
    """Whether one more stop would exceed a stated count ("one coffee")."""
    for wish in problem.visits[i].candidate.serves:
        cap = problem.caps.get(wish)
        if cap is None:
            continue
        used = sum(
            wish in problem.visits[j].candidate.serves and not problem.visits[j].candidate.required
            for j in chosen
        )
        if used >= cap:
            return True
    return False
